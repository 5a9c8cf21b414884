"""Photos that she sent before she told what they are about: they go along with the ticket that she files next."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from bot.turn import Turn
from tickets.models import Attachment, Message, Ticket

WAITING = timedelta(hours=2)


def keep(turn: Turn) -> None:
    since = turn.state.get("loose")
    turn.remember(loose=since if turn.lately(since, WAITING) else turn.at.isoformat())


def take_along(turn: Turn, ticket: Ticket) -> None:
    """Onto this ticket, with the messages that brought them."""
    since = turn.state.get("loose")
    if since is None:
        return
    turn.remember(loose=None)
    if not turn.lately(since, WAITING):
        return
    turn.session.flush()  # the ticket first: they are about to point to it
    brought = list(turn.session.scalars(
        select(Message.id).join(Attachment, Attachment.message_id == Message.id)
        .where(Message.chat_id == turn.chat.id, Message.ticket_id.is_(None), Message.at >= datetime.fromisoformat(since))))
    for column in (Attachment.message_id, Message.id):
        turn.session.execute(update(column.class_).where(column.in_(brought)).values(ticket_id=ticket.id))
