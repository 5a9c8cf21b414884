"""投诉登记台账: the tickets that a filter lists, one line each with how it ended, for whoever may see them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tickets.models import Branch, Rating, Staff, Ticket
from tickets.numbers import SHANGHAI
from tickets.queue import QueueFilter, conditions

MOST = 5000  # lines of one file: more take a minute to be written, and nobody reads them


@dataclass(frozen=True)
class Line:
    """One ticket of the ledger. `days` are natural days from receipt to telling, as the law counts; None while it is untold."""

    ticket: Ticket
    branch: str
    handler: str
    days: int | None
    score: int | None


def lines(session: Session, staff: Staff, filters: QueueFilter, *, at: datetime, soon: datetime | None = None) -> list[Line]:
    """The latest received first, at most MOST + 1: one more than a file holds says that there are more."""
    rows = session.execute(
        select(Ticket, Branch.name, Staff.name, Rating.score).outerjoin(Branch, Branch.id == Ticket.branch_id)
        .outerjoin(Staff, Staff.id == Ticket.assignee_id).outerjoin(Rating, Rating.ticket_id == Ticket.id)
        .where(*conditions(session, staff, filters, at=at, soon=soon))
        .order_by(Ticket.received_at.desc(), Ticket.id.desc()).limit(MOST + 1))
    return [Line(ticket, branch or "", handler or "", _days(ticket), score) for ticket, branch, handler, score in rows]


def _days(ticket: Ticket) -> int | None:
    if ticket.told_at is None:
        return None
    return (ticket.told_at.astimezone(SHANGHAI).date() - ticket.received_at.astimezone(SHANGHAI).date()).days
