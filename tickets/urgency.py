"""How urgent a ticket is, as a person judges it: anybody may call it graver, whoever calms it answers for it by name."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from tickets import audit
from tickets.assignment import LEADS
from tickets.models import Alert, Correction, Event, Staff, Ticket
from tickets.register import regrade
from tickets.step import MoveRefused

GRAVE = ("I", "II")
RINGING = ("level_one", "untaken")


def lowers(ticket: Ticket, became: str) -> bool:
    """Whether a grave ticket would be taken for less: "I" < "II" < "III" < "none"."""
    return ticket.urgency in GRAVE and became > ticket.urgency


def may_lower(ticket: Ticket, staff: Staff) -> bool:
    return staff.role in LEADS or ticket.assignee_id == staff.id


def set_urgency(session: Session, ticket: Ticket, became: str, *, staff: Staff, reason: str, at: datetime) -> Event | None:
    """Change it and keep old and new on the timeline; None when it is the same. Raises MoveRefused. Does not commit.

    To lower level I or II is for the assignee or a lead, with a reason; an alarm that still rings for it stops then.
    """
    was = ticket.urgency
    if became == was:
        return None
    lowered = lowers(ticket, became)
    if lowered and not may_lower(ticket, staff):
        raise MoveRefused("把 I 级、II 级调低，只能由承办人或主管操作。")
    if lowered and not reason.strip():
        raise MoveRefused("请写明调低紧急程度的原因。")
    regrade(ticket, urgency=became)
    if was == "I":
        session.execute(update(Alert).where(Alert.ticket_id == ticket.id, Alert.kind.in_(RINGING), Alert.acknowledged_at.is_(None))
                        .values(acknowledged_by=staff.id, acknowledged_at=at))
    session.add(Correction(ticket_id=ticket.id, head="urgency", text=ticket.summary, was=was, became=became, by="staff",
                           staff_id=staff.id, model_version=ticket.model_version, at=at))
    event = Event(ticket_id=ticket.id, kind="urgency", actor="staff", staff_id=staff.id, reason=reason.strip(),
                  data={"urgency": [was, became]}, at=at)
    session.add(event)
    audit.record(session, staff_id=staff.id, action="ticket.urgency", target=f"ticket:{ticket.id}",
                 data={"from": was, "to": became}, at=at)
    session.flush()
    return event
