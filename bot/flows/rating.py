"""Rating: one press after closing, once a ticket, kept whoever handles the ticket later."""

from sqlalchemy import select

from bot.flows import filing, staff_alerts
from bot.flows.afterwards import ENDED
from bot.messages import rows
from bot.turn import Turn
from tickets.models import Rating


def rate(turn: Turn, ticket_id: int, score: int) -> None:
    ticket = filing.own(turn, ticket_id)
    if ticket is None or ticket.status not in ENDED or not 1 <= score <= 5:
        return turn.say(turn.word("error.button_gone"))
    turn.ticket = ticket
    if turn.session.scalars(select(Rating.id).where(Rating.ticket_id == ticket.id)).first():
        return turn.say(turn.word("rating.once"))
    turn.session.add(Rating(ticket_id=ticket.id, score=score, at=turn.at))
    if score > 2:
        return turn.say(turn.word("rating.thanks"))
    staff_alerts.unhappy(turn, ticket, key="alert.low_score")
    turn.say(turn.word("rating.thanks") + "\n" + turn.word("rating.sorry"),
             buttons=rows(turn.button("progress.review", f"review:{ticket.id}"), turn.button("after.redo", f"redo:{ticket.id}")))
