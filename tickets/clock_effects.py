"""The moves that touch the clock: pauses, extensions, new facts, a regulator's own date."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge.clocks import Deadlines
from tickets import assignment, deadlines
from tickets.models import Event, Pause, Ticket
from tickets.step import MoveRefused, Step, by_hand, running
from tickets.telling import PAUSE_NAMES, reachable


def reclock(step: Step) -> None:
    """Set the due moment anew; the warnings begin again when it moved away."""
    pauses = list(step.session.scalars(select(Pause).where(Pause.ticket_id == step.ticket.id)))
    step.promised = deadlines.law_due(step.rules, step.ticket, pauses, at=step.at)
    moved = deadlines.due(step.rules, step.ticket, pauses, at=step.at)
    if moved > step.ticket.due_at:
        step.ticket.warned = 0
    step.ticket.due_at = moved
    step.data["due_at"] = moved.isoformat()


def pause(step: Step) -> None:
    kind = step.to
    if any(one.kind == kind for one in running(step)):
        raise MoveRefused(f"这张工单已在{PAUSE_NAMES[kind]}中。")
    if not deadlines.rule_for(step.rules, kind=step.ticket.kind, received_at=step.ticket.received_at).pauses:
        raise MoveRefused("这类工单依规定不能停表。")
    step.session.add(Pause(ticket_id=step.ticket.id, kind=kind, reason=step.reason, began_at=step.at))
    step.what = PAUSE_NAMES[kind]
    step.data["what"] = kind


def resume(step: Step) -> None:
    """End the pause named by `what`, or the one the state shows; when another is still open the clock stays stopped."""
    open_pauses = running(step)
    kind = step.asked.get("what") or step.ticket.status
    ending = [one for one in open_pauses if one.kind == kind]
    if not ending:
        raise MoveRefused("没有正在进行的停表事项。")
    for one in ending:
        one.ended_at = step.at
    step.session.flush()
    still = [one for one in open_pauses if one.ended_at is None]
    step.to = still[0].kind if still else "investigating"
    step.what = PAUSE_NAMES[kind]
    step.data["what"] = kind
    reclock(step)


def from_regulator(rules: Deadlines, ticket: Ticket) -> bool:
    """Whether somebody above the bank may have named a date: by where it came from, or by the letter's own number."""
    return ticket.source in rules.office.regulators or ticket.outer_number is not None or ticket.regulator_due_at is not None


def asked_for(session: Session, ticket: Ticket) -> Event | None:
    """What waits for approval; None when nothing does. `data["asks"]` names it: extension | extend | new_facts | regulator_date."""
    if ticket.extension_asked_by is None:
        return None
    return session.scalars(select(Event).where(Event.ticket_id == ticket.id, Event.kind.in_(ASKING))
                           .order_by(Event.at.desc(), Event.id.desc()).limit(1)).first()


ASKING = ("extension_asked", "clock_asked")


def what_is_asked(event: Event | None) -> str:
    return event.data.get("asks", "extension") if event is not None else "extension"


def _ask(step: Step, what: str) -> None:
    """Who handles a case does not move its clock alone: it waits for a lead, as a further extension waits for the superior."""
    if step.ticket.extension_asked_by is not None:
        raise MoveRefused("已有一项期限申请在等审批。")
    step.ticket.extension_asked_by, step.ticket.extension_reason = step.staff.id, step.reason
    step.event_kind, step.data["asks"] = "clock_asked", what


def _alone(step: Step) -> bool:
    return step.staff is not None and step.staff.role not in assignment.LEADS


def extend(step: Step) -> None:
    rule = deadlines.rule_for(step.rules, kind=step.ticket.kind, received_at=step.ticket.received_at)
    if not rule.complex:
        raise MoveRefused("这类工单依规定不能延期。")
    if step.ticket.extension:
        raise MoveRefused("已经延期过一次，再延期须经上级审批。")
    _still_in_time(step)
    pauses = list(step.session.scalars(select(Pause).where(Pause.ticket_id == step.ticket.id)))
    left = deadlines.days_left(deadlines.law_due(step.rules, step.ticket, pauses, at=step.at), step.at)
    if _alone(step) and left > step.rules.office.extend_within:
        return _ask(step, "extend")
    _extend(step)


def _extend(step: Step) -> None:
    if step.ticket.extension:
        raise MoveRefused("已经延期过一次，再延期须经上级审批。")
    _still_in_time(step)
    step.ticket.extension, step.ticket.extension_asked_by = 1, None
    if step.ticket.grade == "普通":
        step.ticket.grade = "复杂"
    reclock(step)


def ask_extension(step: Step) -> None:
    rule = deadlines.rule_for(step.rules, kind=step.ticket.kind, received_at=step.ticket.received_at)
    if not rule.approved:
        raise MoveRefused("这类工单依规定不能再延期。")
    if step.ticket.extension != 1:
        raise MoveRefused("请先按情况复杂延期至 30 日。" if not step.ticket.extension else "已经批准过再次延期，不能再延。")
    if step.ticket.extension_asked_by is not None:
        raise MoveRefused("延期申请已提交，正在等上级审批。")
    _still_in_time(step)
    step.ticket.extension_asked_by, step.ticket.extension_reason = step.staff.id, step.reason


def approve_extension(step: Step) -> None:
    """第三号令第十八条: the superior approves on record *and* the customer is told; neither alone moves the clock.

    What else moves the clock (a restart, a regulator's date, an early extension) is approved by a lead, by the bank's own rule.
    """
    asked = asked_for(step.session, step.ticket)
    what = what_is_asked(asked)
    _may_approve(step, what)
    if step.ticket.status == "decided" and what in ("extension", "extend"):
        raise MoveRefused("已经作出处理决定，不需要再延期。")
    if what != "extension":
        return _approve(step, what, asked)
    _still_in_time(step)
    how = step.asked.get("how")
    if how is not None:
        by_hand(step, how)
    elif step.wording is None or reachable(step.session, step.ticket) is None:
        raise MoveRefused("客户没有可用的在线渠道：请先用电话、信函或当面告知延期，并在这里登记方式和凭据。")
    step.data |= {"asked_by": step.ticket.extension_asked_by, "approved_by": step.staff.id}
    if step.reason:
        step.data["opinion"] = step.reason  # for the record; she is told why it takes longer, not what superiors think
    step.reason = step.ticket.extension_reason
    step.ticket.extension, step.ticket.extension_asked_by = 2, None
    reclock(step)


def _approve(step: Step, what: str, asked: Event) -> None:
    step.data |= {"asked_by": step.ticket.extension_asked_by, "approved_by": step.staff.id}
    if step.reason:
        step.data["opinion"] = step.reason
    step.reason, step.ticket.extension_asked_by = step.ticket.extension_reason, None
    if what == "extend":
        return _extend(step)
    step.event_kind = what
    if what == "new_facts":
        return _restart(step, since=asked.at)
    step.asked = {**step.asked, "due_at": datetime.fromisoformat(asked.data["regulator_due_at"])}
    _their_date(step)


def refuse_extension(step: Step) -> None:
    _may_approve(step, what_is_asked(asked_for(step.session, step.ticket)))
    step.data["asked_by"] = step.ticket.extension_asked_by
    step.ticket.extension_asked_by = None


def new_facts(step: Step) -> None:
    """第三号令第十八条: new facts *within the time* start the clock again; a broken deadline is not mended by them."""
    rule = deadlines.rule_for(step.rules, kind=step.ticket.kind, received_at=step.ticket.received_at)
    if not rule.restarts:
        raise MoveRefused("这类工单补充材料不重新计算期限，直接补充即可。")
    if _alone(step):
        _still_in_time(step)
        return _ask(step, "new_facts")
    _restart(step, since=step.at)


def _restart(step: Step, *, since: datetime) -> None:
    """From the day on which the facts came, however long the approval took."""
    _still_in_time(step)
    if step.ticket.told_owed_id is not None:
        raise MoveRefused("处理决定已在发送给客户，请在送达后重新办理。")
    step.ticket.clock_from, step.ticket.extension, step.ticket.extension_asked_by = since, 0, None
    if step.ticket.status == "decided":
        step.to = "investigating"
        step.ticket.decided_at = None
    step.ticket.warned = 0
    reclock(step)


def regulator_date(step: Step) -> None:
    """The regulator named a date, or agreed to another one; our own extensions never move it."""
    if not from_regulator(step.rules, step.ticket):
        raise MoveRefused("只有监管或政府部门转来的工单才有监管期限。请先在要素里填写来文编号。")
    due_at = step.need("due_at", "请填写监管要求的期限。")
    if _alone(step):
        step.data["regulator_due_at"] = due_at.isoformat()
        return _ask(step, "regulator_date")
    _their_date(step)


def _their_date(step: Step) -> None:
    step.ticket.regulator_due_at = step.need("due_at", "请填写监管要求的期限。")
    step.data["regulator_due_at"] = step.ticket.regulator_due_at.isoformat()
    reclock(step)


def _may_approve(step: Step, what: str) -> None:
    if step.ticket.extension_asked_by is None:
        raise MoveRefused("没有待审批的延期申请。")
    if step.staff.id in (step.ticket.extension_asked_by, step.ticket.assignee_id):
        raise MoveRefused("申请人和承办人不能审批自己的延期申请。")
    if what == "extension" and not assignment.is_superior(step.session, step.staff, step.ticket.branch_id):
        raise MoveRefused("再次延期须由上级机构或总行审批。")


def _still_in_time(step: Step) -> None:
    pauses = list(step.session.scalars(select(Pause).where(Pause.ticket_id == step.ticket.id)))
    if step.at > deadlines.law_due(step.rules, step.ticket, pauses, at=step.at):
        raise MoveRefused("处理期限已过，不能再改期限。请尽快办结并向客户说明。")
