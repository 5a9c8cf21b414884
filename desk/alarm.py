"""An alarm of level I that is raised at the desk wakes the same people as one that a customer writes."""

from datetime import datetime
from typing import Any

from desk.visit import Visit
from tickets import assignment
from tickets.models import Ticket
from tickets.register import owe, raise_alert

SHOWN = 120  # characters of the customer's words


def ring(visit: Visit, ticket: Ticket, *, at: datetime) -> None:
    """The banner on every page, a message to the staff group, and one to each linked person on duty. Who handles the ticket and
    raises it herself has it in hand: it is kept, and nobody is asked to take it over."""
    taxonomy = visit.knowledge.taxonomy
    flags = "、".join(taxonomy.flag[code].name for code in ticket.flags) or taxonomy.urgency["I"].name
    text = visit.word("alert.level_one", flags=flags, number=ticket.number, text=ticket.summary[:SHOWN])
    alert = raise_alert(visit.session, kind="level_one", ticket=ticket, at=at, text=text)
    if ticket.assignee_id == visit.me.id:
        alert.acknowledged_by, alert.acknowledged_at = visit.me.id, at
        return
    text += "\n" + visit.word("alert.take_at_once", minutes=visit.knowledge.deadlines.office.take_level_one_minutes)
    group = visit.office.settings.telegram_staff_group
    take = [[{"label": visit.word("alert.take"), "data": f"st-take:{ticket.id}"}]]
    if group:
        owe(visit.session, channel="telegram", address=str(group), purpose="alert", ticket_id=ticket.id, at=at,
            body=_body(text, ticket, tone="staff", buttons=take))
    for person in assignment.on_duty(visit.session, at):
        if person.telegram_id is not None:
            owe(visit.session, channel="telegram", address=person.telegram_id, purpose="alert", ticket_id=ticket.id, at=at,
                body=_body(text, ticket, tone="emergency", buttons=take))


def _body(text: str, ticket: Ticket, *, tone: str, buttons: list[Any]) -> dict[str, Any]:
    """bot.messages.Reply as plain data."""
    return {"text": text, "buttons": buttons, "tone": tone, "ticket": ticket.number, "document": None}
