"""投诉登记台账: the tickets that a filter lists, one line each with how it ended, for whoever may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from tickets.models import Branch, Event, Rating, Staff, Ticket
from tickets.numbers import SHANGHAI
from tickets.queue import QueueFilter, conditions
from tickets.statistics import LATE_BEFORE

MOST = 5000  # lines of one file: more take a minute to be written, and nobody reads them


@dataclass(frozen=True)
class Line:
    """One ticket of the ledger. `days` are natural days from receipt to telling, as the law counts; None while it is untold.
    `into` is the number of the ticket that it was merged into, `before` what stood decided when it was last handled anew,
    `unhappy` whether it was closed last while nobody had answered that she is not content, `late_before` whether it was ever told
    late before it was handled anew: late it stays."""

    ticket: Ticket
    branch: str
    handler: str
    days: int | None
    score: int | None
    into: str = ""
    before: dict[str, Any] | None = None
    unhappy: bool = False
    late_before: bool = False


def lines(session: Session, staff: Staff, filters: QueueFilter, *, at: datetime, soon: datetime | None = None) -> list[Line]:
    """The latest received first, at most MOST + 1: one more than a file holds says that there are more."""
    into = aliased(Ticket)
    rows = session.execute(
        select(Ticket, Branch.name, Staff.name, Rating.score, into.number, LATE_BEFORE)
        .outerjoin(Branch, Branch.id == Ticket.branch_id).outerjoin(Staff, Staff.id == Ticket.assignee_id)
        .outerjoin(Rating, Rating.ticket_id == Ticket.id).outerjoin(into, into.id == Ticket.merged_into_id)
        .where(*conditions(session, staff, filters, at=at, soon=soon))
        .order_by(Ticket.received_at.desc(), Ticket.id.desc()).limit(MOST + 1)).all()
    ids = [ticket.id for ticket, *_ in rows]
    before, unhappy = _decided_before(session, ids), _closed_unhappy(session, ids)
    return [Line(ticket, branch or "", handler or "", _days(ticket), score, number or "", before.get(ticket.id),
                 ticket.id in unhappy, late)
            for ticket, branch, handler, score, number, late in rows]


def _decided_before(session: Session, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Ticket → what had been decided and told when it was reopened, the last time that there was something."""
    anew = session.execute(select(Event.ticket_id, Event.data).where(Event.ticket_id.in_(ids), Event.kind == "reopened")
                           .order_by(Event.at, Event.id))
    return {ticket_id: data["before"] for ticket_id, data in anew if data.get("before", {}).get("decision")}


def _closed_unhappy(session: Session, ids: Sequence[int]) -> set[int]:
    closed = session.execute(select(Event.ticket_id, Event.data).where(Event.ticket_id.in_(ids), Event.kind == "closed")
                             .order_by(Event.at, Event.id))
    return {ticket_id for ticket_id, data in dict(map(tuple, closed)).items() if data.get("unhappy")}


def _days(ticket: Ticket) -> int | None:
    if ticket.told_at is None:
        return None
    return (ticket.told_at.astimezone(SHANGHAI).date() - ticket.received_at.astimezone(SHANGHAI).date()).days
