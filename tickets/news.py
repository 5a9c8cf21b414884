"""What a customer has said since her handler last looked: one reminder a ticket, until somebody has looked."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from tickets.models import Alert, Staff, Ticket
from tickets.register import raise_alert

WROTE, UNHAPPY = "wrote", "unhappy"


def wrote(session: Session, ticket: Ticket, text: str, *, at: datetime, kind: str = WROTE) -> Alert:
    """Remind once; while nobody has looked, the reminder that stands takes the newest words."""
    standing = waiting(session, ticket).get(kind)
    if standing is None:
        return raise_alert(session, kind=kind, text=text, ticket=ticket, at=at)
    standing.text, standing.at = text, at
    return standing


def waiting(session: Session, ticket: Ticket) -> dict[str, Alert]:
    """The reminders of this ticket that nobody has looked at yet, by their kind."""
    found = session.scalars(select(Alert).where(Alert.ticket_id == ticket.id, Alert.kind.in_((WROTE, UNHAPPY)),
                                                Alert.acknowledged_at.is_(None)).order_by(Alert.at, Alert.id))
    return {one.kind: one for one in found}


def looked(session: Session, ticket: Ticket, staff: Staff, *, at: datetime, kinds: Iterable[str] = (WROTE,)) -> None:
    """Somebody has read what she wrote, or has answered it."""
    session.execute(update(Alert).where(Alert.ticket_id == ticket.id, Alert.kind.in_(tuple(kinds)), Alert.acknowledged_at.is_(None))
                    .values(acknowledged_by=staff.id, acknowledged_at=at))


def unread() -> ColumnElement[bool]:
    """A condition on Ticket: she has written, and her handler has not looked yet."""
    return (select(Alert.id).where(Alert.ticket_id == Ticket.id, Alert.kind == WROTE, Alert.acknowledged_at.is_(None))
            .correlate(Ticket).exists())
