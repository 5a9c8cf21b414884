"""What she adds to an open complaint may be graver than what she filed: its marks and its level follow."""

from sqlalchemy import select

from bot.flows import filing
from bot.turn import Turn
from nlp.urgency import LEVEL_ONE
from tickets.models import Event
from tickets.register import OPEN, regrade

CLAIMS = ("complaint", "progress")
"""So who complains or urges is read; a question about 12378 is no threat to go there."""


def weigh(turn: Turn) -> None:
    """「这是第三次了，再没人管我打 12378」: the marks of what she adds join the ticket's, and a level II that they make counts,
    unless a colleague has judged the level already. What is an alarm rings by itself."""
    reading, ticket = turn.understood.reading, turn.ticket or filing.current(turn)
    if turn.did != "ADD" or reading is None or reading.intent not in CLAIMS:
        return
    if ticket is None or ticket.kind != "complaint" or ticket.status not in OPEN:
        return
    added = set(reading.flags) - set(ticket.flags) - LEVEL_ONE
    if not added:
        return
    regrade(ticket, flags=sorted({*ticket.flags, *added}))
    ticket.is_repeat = ticket.is_repeat or "repeat" in added
    judged = select(Event.id).where(Event.ticket_id == ticket.id, Event.kind == "urgency", Event.actor == "staff")
    if reading.urgency == "II" and ticket.urgency > "II" and turn.session.scalar(judged.limit(1)) is None:
        data = {"urgency": [ticket.urgency, "II"]}
        turn.session.add(Event(ticket_id=ticket.id, kind="urgency", actor="bot", data=data, at=turn.at))
        regrade(ticket, urgency="II")
