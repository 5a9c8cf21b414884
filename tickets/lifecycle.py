"""The life of a ticket as one table of moves: from which state to which, by whom, with what, and what the customer is told.

A new move is one row here, and a function in tickets/effects.py (or clock_effects.py) when it changes more than the state.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge.clocks import Deadlines
from tickets import assignment, audit, clock_effects, deadlines, effects
from tickets.assignment import HANDLING, LEADS
from tickets.models import PAUSED, Chat, Event, Staff, Ticket, now
from tickets.register import OPEN, Filing, file_ticket
from tickets.step import MoveRefused, Step
from tickets.telling import Say, tell_customer, told_fields

__all__ = ["MOVES", "Move", "MoveRefused", "ask_review", "confirm_told", "find", "may", "move", "moves_for"]

HANDLERS = frozenset({"handler", "lead", "admin"})
STAFF, ANY = frozenset({"staff"}), frozenset({"staff", "customer", "bot", "clock"})
WORKING = ("received", "assigned", "investigating", "reopened")
DONE = ("told", "closed", "withdrawn", "not_accepted")
LIGHT = frozenset({"suggestion", "praise", "human", "report"})
"""Kinds that are answered or passed on without a decision in the sense of the law."""


@dataclass(frozen=True)
class Move:
    """One row of the table. `hold` says whose hands the ticket must be in: mine = the handler's (or a lead's), free = mine or
    nobody's, any = no matter. `needs` names what the desk's form must ask for besides the reason."""

    name: str
    label: str
    source: tuple[str, ...]
    to: str | None  # None = the state stays, or the effect says
    event: str
    actors: frozenset[str] = STAFF
    roles: frozenset[str] = HANDLERS
    hold: str = "mine"
    reason: bool = False
    needs: tuple[str, ...] = ()
    kinds: frozenset[str] | None = None  # None = every kind that has no row of its own
    tells: str | None = None  # the sentence of wording.toml for the customer
    effect: Callable[[Step], None] | None = None


MOVES: tuple[Move, ...] = (
    Move("assign", "转办", (*WORKING, *PAUSED, "decided"), None, "assigned", actors=frozenset({"staff", "bot", "clock"}),
         roles=HANDLING, hold="free", needs=("assignee_id",), tells="told.assigned", effect=effects.assign),
    Move("take", "接单", (*WORKING, *PAUSED, "decided"), None, "assigned", roles=HANDLING, hold="any",
         tells="told.assigned", effect=effects.take),
    Move("begin", "开始核实", ("received", "assigned", "reopened"), "investigating", "investigating", tells="told.investigating"),
    Move("contact", "登记联系", (*OPEN, "told"), None, "contacted", roles=HANDLING, hold="any", reason=True, needs=("how",),
         effect=effects.contact),
    Move("pause_appraisal", "鉴定停表", ("investigating", "mediation"), "appraisal", "paused", reason=True,
         tells="told.paused", effect=clock_effects.pause),
    Move("pause_mediation", "调解停表", ("investigating", "appraisal"), "mediation", "paused", reason=True,
         tells="told.paused", effect=clock_effects.pause),
    Move("resume", "恢复办理", PAUSED, None, "resumed", actors=frozenset({"staff", "clock"}), tells="told.resumed",
         effect=clock_effects.resume),
    Move("extend", "延期至 30 日", (*WORKING, *PAUSED), None, "extended", reason=True, tells="told.extended",
         effect=clock_effects.extend),
    Move("ask_extension", "申请再延期", (*WORKING, *PAUSED), None, "extension_asked", reason=True,
         effect=clock_effects.ask_extension),
    Move("approve_extension", "批准期限申请", (*WORKING, *PAUSED, "decided"), None, "extended", roles=LEADS,
         hold="any", tells="told.extended", effect=clock_effects.approve_extension),
    Move("refuse_extension", "不批准", (*WORKING, *PAUSED, "decided"), None, "extension_refused", roles=LEADS,
         hold="any", reason=True, effect=clock_effects.refuse_extension),
    Move("decide", "作出决定", ("assigned", "investigating", "reopened", "decided"), "decided", "decided", reason=True,
         needs=("decision", "upheld", "redress", "business_channel"), effect=effects.decide),
    Move("tell", "告知客户", ("decided",), "told", "told", actors=frozenset({"staff", "clock", "bot"}), needs=("how", "evidence"),
         effect=effects.tell),
    Move("close", "结案", ("told",), "closed", "closed", tells="told.closed", effect=effects.close),
    Move("close", "办结", (*WORKING, "told"), "closed", "closed", kinds=LIGHT, roles=HANDLING, hold="free", tells="told.closed",
         effect=effects.close),
    Move("withdraw", "撤回", OPEN, "withdrawn", "withdrawn", actors=frozenset({"customer", "staff"}), roles=HANDLING, hold="any",
         effect=effects.withdraw),
    Move("merge", "合并", WORKING, "merged", "merged", roles=HANDLING, hold="free", needs=("into_id",), tells="told.merged",
         effect=effects.merge),
    Move("not_accept", "不予办理", WORKING, "not_accepted", "not_accepted", reason=True, tells="told.not_accepted",
         effect=effects.not_accept),
    Move("reopen", "重新办理", DONE, "reopened", "reopened", roles=LEADS, hold="any", reason=True,
         tells="told.reopened", effect=effects.reopen),
    Move("new_facts", "新事实重新计时", (*WORKING, *PAUSED, "decided"), None, "new_facts", reason=True,
         effect=clock_effects.new_facts),
    Move("regulator_date", "改监管期限", OPEN, None, "regulator_date", reason=True, needs=("due_at",),
         effect=clock_effects.regulator_date),
    Move("release", "退回待分派", OPEN, None, "released", actors=frozenset({"clock"}), hold="any", effect=effects.release),
    Move("refer", "转其他机构", (*WORKING, "decided"), None, "referred", roles=HANDLING, hold="free", reason=True,
         needs=("branch_id",), effect=effects.refer),
)


def find(ticket: Ticket, name: str) -> Move:
    """The row for this kind of ticket; an unknown name is a bug and raises KeyError."""
    rows = [row for row in MOVES if row.name == name]
    for row in rows:
        if row.kinds is not None and ticket.kind in row.kinds:
            return row
    for row in rows:
        if row.kinds is None:
            return row
    raise KeyError(name)


def may(ticket: Ticket, name: str, *, actor: str, role: str | None = None) -> bool:
    """Whether the table allows it in this state to this actor and role; hands, scope and time are looked at by `move`."""
    row = find(ticket, name)
    if ticket.status not in row.source or actor not in row.actors:
        return False
    return actor != "staff" or role in row.roles


def moves_for(ticket: Ticket, staff: Staff) -> list[Move]:
    """What this person may try on this ticket now: the desk's buttons, in the table's order."""
    if ticket.against_staff_id == staff.id:
        return []
    allowed = []
    for name in dict.fromkeys(row.name for row in MOVES):
        row = find(ticket, name)
        if may(ticket, name, actor="staff", role=staff.role) and _in_hand(row, ticket, staff) and _sensible(row, ticket, staff):
            allowed.append(row)
    return allowed


def move(session: Session, ticket: Ticket, name: str, *, actor: str, staff: Staff | None = None, reason: str = "",
         rules: Deadlines, at: datetime | None = None, wording: Say | None = None, version: int | None = None,
         **data: Any) -> Event:
    """Make one move and return its event. Raises MoveRefused with a sentence for the person who asked. Does not commit.

    With `wording` the customer is owed the sentence of this move in her channel; without, `event.data["tell"]` says which one
    (key and fields) and `telling.tell_customer` owes it later. `version` is what the desk's form was drawn from.
    """
    row = find(ticket, name)
    session.flush()
    if staff is not None:
        audit.hold(session)  # before the ticket's own lock: two colleagues with several tickets each must not wait in a ring
    session.refresh(ticket, with_for_update={"key_share": True})
    at = at or now()
    _check(session, row, ticket, actor=actor, staff=staff, reason=reason, version=version)
    before = ticket.status
    step = Step(session, ticket, staff, reason.strip(), rules, at, data, wording, to=row.to, event_kind=row.event)
    if row.effect is not None:
        row.effect(step)
    if step.to is not None:
        ticket.status = step.to
    kept = {"move": row.name, **step.data}
    if ticket.status != before:
        kept["status"] = [before, ticket.status]
    if row.tells is not None and step.event_kind == row.event and not step.quiet:
        kept["tell"] = {"key": row.tells, "fields": told_fields(ticket, row.tells, due_at=step.promised or ticket.due_at,
                                                               reason=step.reason, what=step.what, number=step.number)}
    event = Event(ticket_id=ticket.id, kind=step.event_kind, actor=actor, staff_id=staff.id if staff else None,
                  reason=step.reason, data=kept, at=at)
    session.add(event)
    session.flush()
    if wording is not None and "tell" in kept and data.get("how") is None:
        tell_customer(session, ticket, event, wording=wording)
    if staff is not None:
        audit.record(session, staff_id=staff.id, action=f"move.{row.name}", target=f"ticket:{ticket.id}",
                     data={"from": before, "to": ticket.status}, at=at)
    session.flush()
    return event


def _check(session: Session, row: Move, ticket: Ticket, *, actor: str, staff: Staff | None, reason: str,
           version: int | None) -> None:
    if (actor == "staff") != (staff is not None):
        raise ValueError("a staff move names its staff member, and no other move does")
    if version is not None and version != ticket.version:
        raise MoveRefused("这张工单刚被别人更新过，请刷新后再操作。")
    if staff is not None:
        if not staff.active or staff.role not in row.roles or actor not in row.actors:
            raise MoveRefused(f"您的角色不能「{row.label}」。")
        if assignment.must_stay_away(session, ticket, staff.id):
            raise MoveRefused("您与这张工单有利害关系，依规定须回避。")
        if not assignment.sees(session, staff, ticket):
            raise MoveRefused("这张工单不在您的机构范围内。")
    elif actor not in row.actors:
        raise MoveRefused(f"这项操作不能由{ACTOR_NAMES[actor]}进行。")
    if ticket.status not in row.source:
        raise MoveRefused(f"这张工单现在的状态不能「{row.label}」。")
    if staff is not None and not _in_hand(row, ticket, staff):
        raise MoveRefused(f"请先接单，再「{row.label}」。" if ticket.assignee_id is None
                          else f"这张工单由其他同事承办，只有承办人和主管可以「{row.label}」。")
    if row.reason and not reason.strip():
        raise MoveRefused(f"请写明「{row.label}」的原因。")


ACTOR_NAMES = {"customer": "客户", "bot": "小助手", "clock": "系统", "staff": "员工"}


def _in_hand(row: Move, ticket: Ticket, staff: Staff) -> bool:
    if row.hold == "any" or staff.role in LEADS or ticket.assignee_id == staff.id:
        return True
    return row.hold == "free" and ticket.assignee_id is None


def _sensible(row: Move, ticket: Ticket, staff: Staff) -> bool:
    """Hide buttons that would only be refused: what was done already, or is waiting for somebody else."""
    match row.name:
        case "take":
            return (ticket.told_owed_id is None and ticket.assignee_id != staff.id
                    and (ticket.assignee_id is None or staff.role in LEADS))
        case "extend":
            return ticket.extension == 0 and ticket.extension_asked_by is None
        case "regulator_date" if ticket.extension_asked_by is not None and staff.role not in LEADS:
            return False
        case "ask_extension":
            return ticket.extension == 1 and ticket.extension_asked_by is None
        case "approve_extension" | "refuse_extension":
            return ticket.extension_asked_by is not None and staff.id not in (ticket.extension_asked_by, ticket.assignee_id)
        case "decide":
            return ticket.told_owed_id is None
        case "new_facts":
            return ticket.told_owed_id is None and (staff.role in LEADS or ticket.extension_asked_by is None)
        case _:
            return True


def let_go(session: Session, staff: Staff, *, rules: Deadlines, reason: str) -> int:
    """Nobody is left alone with who is gone: her open tickets wait to be given to somebody. Returns how many."""
    audit.hold(session)  # as in `move`: before the locks of the tickets
    hers = list(session.scalars(select(Ticket).where(Ticket.assignee_id == staff.id, Ticket.is_open).order_by(Ticket.id)))
    for ticket in hers:
        move(session, ticket, "release", actor="clock", rules=rules, reason=reason)
    return len(hers)


def confirm_told(session: Session, ticket: Ticket, *, rules: Deadlines, at: datetime) -> Event | None:
    """Complete a telling whose message has arrived; None while it is still on its way. The clock's part of `tell`."""
    event = move(session, ticket, "tell", actor="clock", rules=rules, at=at, how="outbox")
    return event if event.kind == "told" else None


def ask_review(session: Session, ticket: Ticket, *, rules: Deadlines, at: datetime | None = None) -> Ticket | None:
    """第三号令第二十条: within 30 days of being told she may ask the superior for a review (核查), a ticket of its own.

    Asked again, the same review is returned. None when it is too late, not yet told, or a kind that has no review.
    """
    at = at or now()
    review = rules.review
    if ticket.told_at is None or ticket.kind not in review.kinds:
        return None
    earlier = session.scalars(select(Ticket).where(Ticket.review_of_id == ticket.id, Ticket.received_at >= ticket.told_at)
                              .order_by(Ticket.id).limit(1)).first()
    if earlier is not None:
        return earlier
    if at > deadlines.last_second(deadlines.shanghai_day(ticket.told_at) + timedelta(days=review.within)):
        return None
    made = file_ticket(
        session,
        Filing(source=ticket.source, kind="review", summary=ticket.summary, category=ticket.category,
               cause=ticket.cause, also=tuple(ticket.also), rights=tuple(ticket.rights), urgency=ticket.urgency,
               flags=tuple(ticket.flags),
               extra={"review_of_id": ticket.id, "customer_type": ticket.customer_type, "contact": ticket.contact,
                      "claim": ticket.claim, "against_staff_id": ticket.against_staff_id,
                      "branch_id": assignment.parent_of(session, ticket.branch_id)}),
        due_at=deadlines.first_due(rules, kind="review", received_at=at), at=at,
        chat=session.get(Chat, ticket.chat_id) if ticket.chat_id is not None else None)
    made.customer_id = ticket.customer_id
    session.add(Event(ticket_id=ticket.id, kind="review_asked", actor="customer",
                      data={"review_id": made.id, "number": made.number}, at=at))
    session.flush()
    return made
