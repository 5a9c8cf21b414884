"""What each move does to a ticket: one function a move, called by tickets/lifecycle.py after it has checked who and when."""

from sqlalchemy import ColumnElement, update

from tickets import assignment
from tickets.clock_effects import reclock
from tickets.models import Alert, Attachment, Branch, Event, Message, Owed, Ticket
from tickets.models.ticket_text import heard
from tickets.news import UNHAPPY, waiting, wrote
from tickets.register import OPEN, regrade
from tickets.step import MoveRefused, Step, by_hand, running
from tickets.telling import owe_told, reachable, told_text
from tickets.urgency import RINGING


def assign(step: Step) -> None:
    staff_id = int(step.need("assignee_id", "请选择承办人。"))
    if assignment.must_stay_away(step.session, step.ticket, staff_id):
        raise MoveRefused("这位同事与投诉事项有利害关系，依规定须回避，请另选承办人。")
    if not assignment.available(step.session, step.ticket, staff_id):
        raise MoveRefused("这位同事不能承办（已停用或只有审计权限），请另选承办人。")
    branch_id = step.asked.get("branch_id")
    if branch_id is not None:
        step.ticket.branch_id = branch_id
    step.data |= {"from": step.ticket.assignee_id, "to": staff_id}
    step.ticket.assignee_id = staff_id
    if step.ticket.first_handler_id is None:
        step.ticket.first_handler_id = staff_id
    step.to = "assigned" if step.ticket.status in ("received", "assigned", "reopened") else None
    step.quiet = step.ticket.status == "decided"  # 「已有专人承办」 after or beside the decision would puzzle her


def take(step: Step) -> None:
    holder = step.ticket.assignee_id
    if holder not in (None, step.staff.id) and step.staff.role not in assignment.LEADS:
        raise MoveRefused("这张工单已有同事承办，如需接手请由主管转办。")
    step.asked = {"assignee_id": step.staff.id}
    assign(step)
    _acknowledge(step)


def contact(step: Step) -> None:
    how = step.need("how", "请选择联系方式。")
    step.data["how"] = how
    if step.ticket.first_contact_at is None:
        step.ticket.first_contact_at = step.at
    if step.ticket.assignee_id is not None:  # 「打了三次没人接」 is a try: nobody has it in hand yet
        _acknowledge(step, Alert.kind.in_((*RINGING, UNHAPPY)))


def decide(step: Step) -> None:
    decision = str(step.need("decision", "请写明核实情况与处理决定。"))
    if step.ticket.told_owed_id is not None:
        raise MoveRefused("处理决定已在发送给客户，不能再改；如有新情况请在送达后重新办理。")
    if "business_channel" in step.asked:
        step.ticket.business_channel = str(step.need("business_channel", "请选择业务办理渠道，统计报送要用。"))
    step.ticket.decision, step.ticket.decision_reason = decision, step.reason
    step.ticket.redress = step.asked.get("redress") or ""
    step.ticket.upheld = step.asked.get("upheld")
    step.ticket.decided_at = step.at
    step.data["upheld"] = step.ticket.upheld


def tell(step: Step) -> None:
    """Told is told with evidence: by hand with a note of it, or by the outbox once the platform took the message.

    A message that is still on its way leaves the ticket decided; `sweep` completes the telling when it has arrived.
    """
    ticket, how = step.ticket, step.asked.get("how") or "outbox"
    if not ticket.decision:
        raise MoveRefused("还没有处理决定，不能告知。")
    if how != "outbox":
        by_hand(step, how)
        ticket.told_how, ticket.told_evidence, ticket.told_at = how, str(step.asked["evidence"])[:200], step.at
    else:
        owed = _told_by_outbox(step)
        ticket.told_how, ticket.told_owed_id = "outbox", owed.id
        step.data |= {"how": "outbox", "owed_id": owed.id}
        if owed.status != "sent":
            step.to, step.event_kind = None, "telling"
            return
        ticket.told_at, ticket.told_evidence = owed.sent_at or step.at, f"outbox:{owed.id}"
    ticket.extension_asked_by = None  # what waits for approval is moot
    if ticket.first_contact_at is None:
        ticket.first_contact_at = ticket.told_at


def _told_by_outbox(step: Step) -> Owed:
    owed_id = step.asked.get("owed_id") or step.ticket.told_owed_id
    if owed_id is not None:
        owed = step.session.get(Owed, owed_id, populate_existing=True)
        if owed is None or owed.ticket_id != step.ticket.id:
            raise MoveRefused("没有找到这条发送记录。")
        if owed.status == "dead":
            raise MoveRefused("这条消息没有送达，请改用电话、信函或当面告知，并登记凭据。")
        return owed
    if step.wording is None:
        raise MoveRefused("请登记告知的方式和凭据。")
    letter = Event(data={"tell": {"key": "told.decided", "fields": {
        "number": step.ticket.number, "decision": step.ticket.decision, "reason": step.ticket.decision_reason}}})
    text = told_text(step.ticket, letter, wording=step.wording)
    owed = owe_told(step.session, step.ticket, text or "", at=step.at, enclosure=step.asked.get("enclosure"))
    if owed is None:
        raise MoveRefused("客户没有可用的在线渠道，请用电话、信函或当面告知，并登记凭据。")
    return owed


def close(step: Step) -> None:
    """Who is not content is answered before the end, or it is written down why not: her mark goes off with a word, and the
    event keeps that it stood."""
    if step.staff is not None and UNHAPPY in waiting(step.session, step.ticket):
        if not step.reason:
            raise MoveRefused("客户说不满意，还没有人答复。请先答复客户；仍要结案的，请在工作台写明原因。")
        step.data["unhappy"] = True
    step.ticket.closed_at = step.at
    _acknowledge(step)


def end(step: Step) -> None:
    """Withdrawn or not accepted: handling ends on this day, and so does every pause."""
    step.ticket.closed_at = step.at
    step.ticket.extension_asked_by = None
    for one in running(step):
        one.ended_at = step.at
    _acknowledge(step)


def withdraw(step: Step) -> None:
    """第三号令第十五条. Her own press is record enough; a colleague who enters it writes down how she asked."""
    if step.staff is not None and not step.reason:
        raise MoveRefused("请写明客户是怎样提出撤回的。")
    end(step)


def not_accept(step: Step) -> None:
    how = step.asked.get("how")
    if how is not None:
        by_hand(step, how)
    elif step.wording is None or reachable(step.session, step.ticket) is None:
        raise MoveRefused("不予办理也须告知：请用电话、信函或当面告知，并在这里登记方式和凭据。")
    end(step)


def merge(step: Step) -> None:
    """第三号令第十八条: the same matter again within the time joins the first ticket, words and files included."""
    source = step.ticket
    target = step.session.get(Ticket, int(step.need("into_id", "请选择要并入的工单。")), with_for_update={"key_share": True})
    if target is None or target.id == source.id:
        raise MoveRefused("没有找到要并入的工单。")
    same_chat = source.chat_id is not None and source.chat_id == target.chat_id
    same_person = source.customer_id is not None and source.customer_id == target.customer_id
    if not (same_chat or same_person):
        raise MoveRefused("两张工单不是同一位客户的，不能合并。")
    if target.status not in OPEN:
        raise MoveRefused("要并入的工单已经办完，不能并入；请重新办理那张工单或单独办理。")
    if (target.received_at, target.id) > (source.received_at, source.id):
        raise MoveRefused("请把后收到的工单并入先收到的，期限以先收到的为准。")
    if assignment.must_stay_away(step.session, target, step.staff.id) or not assignment.sees(step.session, step.staff, target):
        raise MoveRefused("您不能处理要并入的那张工单。")
    for table in (Message, Attachment):
        step.session.execute(update(table).where(table.ticket_id == source.id).values(ticket_id=target.id)
                             .execution_options(synchronize_session=False))
    for one in (source, target):
        heard(step.session, one.id)
    regrade(target, flags=dict.fromkeys([*target.flags, *source.flags]),
            urgency=min(target.urgency, source.urgency))  # "I" < "II" < "III" < "none"
    if source.regulator_due_at is not None:
        target.regulator_due_at = min(source.regulator_due_at, target.regulator_due_at or source.regulator_due_at)
        target.due_at = min(target.due_at, target.regulator_due_at)
    step.session.add(Event(ticket_id=target.id, kind="absorbed", actor="staff", staff_id=step.staff.id, reason=step.reason,
                           data={"ticket_id": source.id, "number": source.number}, at=step.at))
    if step.wording is not None and target.assignee_id not in (None, step.staff.id):
        wrote(step.session, target, step.wording("alert.absorbed", number=target.number, other=source.number), at=step.at)
    source.merged_into_id = target.id
    step.number, step.data = target.number, {"into_id": target.id, "number": target.number}
    end(step)


def reopen(step: Step) -> None:
    """A closed matter is handled anew; what was decided before, and whether it was told late, stays on the event."""
    ticket = step.ticket
    step.data["before"] = {"status": ticket.status, "decision": ticket.decision, "reason": ticket.decision_reason,
                           "told_at": ticket.told_at.isoformat() if ticket.told_at else None, "told_how": ticket.told_how,
                           "decided_at": ticket.decided_at.isoformat() if ticket.decided_at else None,
                           "redress": ticket.redress, "upheld": ticket.upheld, "extension": ticket.extension,
                           "late": ticket.told_at is not None and ticket.told_at > ticket.due_at}
    ticket.decision = ticket.decision_reason = ticket.redress = ticket.told_evidence = ""
    ticket.upheld = ticket.decided_at = ticket.told_at = ticket.closed_at = ticket.told_how = ticket.told_owed_id = None
    ticket.extension_asked_by = None
    ticket.clock_from, ticket.extension, ticket.regulator_due_at, ticket.warned = step.at, 0, None, 0
    _acknowledge(step, Alert.kind == UNHAPPY)  # of what is decided anew she has said nothing yet
    reclock(step)


def release(step: Step) -> None:
    """Nobody's again: the queue lists it under 待分派, and what it misses goes to the leads. Work that was begun is not undone."""
    step.data["from"], step.ticket.assignee_id = step.ticket.assignee_id, None
    step.to = "received" if step.ticket.status == "assigned" else None


def refer(step: Step) -> None:
    """To another branch or department, which names its own handler; the first handler stays on record (首问负责制)."""
    branch_id = int(step.need("branch_id", "请选择转往的机构或部门。"))
    branch = step.session.get(Branch, branch_id)
    if branch is None or not branch.active:
        raise MoveRefused("没有找到这个机构。")
    step.data |= {"from": step.ticket.branch_id, "to": branch_id, "was_with": step.ticket.assignee_id}
    step.ticket.branch_id, step.ticket.assignee_id = branch_id, None


def _acknowledge(step: Step, *which: ColumnElement[bool]) -> None:
    """Whoever takes or ends a ticket has seen its alerts; who has called her, those that ring and that she is not content."""
    step.session.execute(
        update(Alert).where(Alert.ticket_id == step.ticket.id, Alert.acknowledged_at.is_(None), *which)
        .values(acknowledged_by=step.staff.id if step.staff else None, acknowledged_at=step.at))
