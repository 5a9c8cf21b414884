"""Which of her tickets she is speaking of: the one filed a moment ago, the one a colleague writes to her about, her call."""

import re
from datetime import timedelta

from sqlalchemy import func, select

from bot.turn import Turn
from tickets.batch import tickets_of
from tickets.models import Message, Ticket
from tickets.register import OPEN

FOLLOW_UP = timedelta(hours=2)
"""A further complaint of the same kind within this time is taken as more about the same ticket."""
TALKING = timedelta(days=2)
"""So long after a colleague wrote to her, or after a merge, what she says is about that ticket."""
TALKED_OF = (*OPEN, "told")


def continued(turn: Turn) -> Ticket | None:
    """The open complaint of this chat that was touched a moment ago: filed, merged into, or written about by a colleague."""
    for one in tickets_of(turn.session, turn.chat.id):
        ticket = survivor(turn, one) if one.kind == "complaint" else None
        if ticket is None or ticket.status not in OPEN or turn.state.get("mistaken", {}).get("ticket") == ticket.id:
            continue
        lately = turn.at - one.received_at <= FOLLOW_UP or (one is not ticket and turn.at - one.closed_at <= TALKING)
        return ticket if lately or wrote_lately(turn, ticket) else None
    return None


def survivor(turn: Turn, ticket: Ticket) -> Ticket:
    """The ticket into which this one was merged, and that one again; itself when it was not."""
    while ticket.merged_into_id is not None:
        ticket = turn.session.get_one(Ticket, ticket.merged_into_id)
    return ticket


def in_hand(turn: Turn) -> Ticket | None:
    """Her newest complaint that a colleague is handling, however old."""
    return next((one for one in tickets_of(turn.session, turn.chat.id)
                 if one.kind == "complaint" and one.status in OPEN and one.assignee_id is not None), None)


RECALLS = re.compile("想起(?:来|了|[她他那有])|(?:^|我|那个?)[她他](?:们)?(?:当时|那天|叫|姓|没|还|就|说|让|喊|给|拿)")
"""「我想起她叫小李」 「她没喊我抄那句话」: more of a complaint, days after it."""


def waiting(turn: Turn) -> Ticket | None:
    """Her newest complaint that is open, however old, and no alarm."""
    return next((one for one in tickets_of(turn.session, turn.chat.id)
                 if one.kind == "complaint" and one.status in OPEN and one.urgency != "I"), None)


def recalls(turn: Turn) -> bool:
    """Whether she tells more of a complaint that is open."""
    return RECALLS.search(turn.text) is not None and waiting(turn) is not None


def talking(turn: Turn) -> Ticket | None:
    """The ticket about which a colleague has written to her lately: she is talking with a person."""
    mine = tickets_of(turn.session, turn.chat.id)
    newest = next((one for one in mine if one.status in TALKED_OF and one.assignee_id is not None), None)
    return newest if newest is not None and wrote_lately(turn, newest) else None


def wrote_lately(turn: Turn, ticket: Ticket) -> bool:
    """Whether a colleague has written to her about this ticket lately, in the topic also one who did not take it."""
    if ticket.first_contact_at is None:
        return False
    if ticket.id not in turn.spoken:
        last = turn.session.scalar(select(func.max(Message.at)).where(Message.ticket_id == ticket.id, Message.author == "staff"))
        turn.spoken[ticket.id] = last is not None and turn.at - last <= TALKING
    return turn.spoken[ticket.id]


def called(turn: Turn) -> Ticket | None:
    """Her open call for a person, if it was made lately."""
    return next((one for one in tickets_of(turn.session, turn.chat.id)
                 if one.kind == "human" and one.status in OPEN and turn.at - one.received_at <= FOLLOW_UP), None)


def on_call(turn: Turn) -> Ticket | None:
    """Her open call for a person, made lately or answered lately."""
    return next((one for one in tickets_of(turn.session, turn.chat.id) if one.kind == "human" and one.status in OPEN
                 and (turn.at - one.received_at <= FOLLOW_UP or wrote_lately(turn, one))), None)
