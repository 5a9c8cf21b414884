"""When she writes again: not content with what was decided, or about a ticket that was merged into another meanwhile."""

import re
from datetime import timedelta

from sqlalchemy import select

from bot.flows import filing, staff_alerts
from bot.messages import rows
from bot.turn import Turn
from tickets.batch import tickets_of
from tickets.deadlines import last_second, shanghai_day
from tickets.models import Event, Message, Ticket
from tickets.models.ticket_text import heard
from tickets.news import UNHAPPY as UNHAPPY_ALERT
from tickets.news import waiting
from tickets.numbers import find_numbers
from tickets.register import OPEN

ENDED = ("told", "closed")
UNHAPPY = re.compile("不满意|不认可|不服气?|不接受|敷衍|糊弄|重新(?:处理|核查|核实|调查|查)|重新办理?(?:我的|这|投诉|工单)")
"""Words about how it was handled: after a decision they are about that decision."""
ENDING = re.compile("结案|办结|(?:处理|办理|核查)(?:结果|决定)")
"""And so are these, unless she only asks how far it is."""
STILL = re.compile("(?:还|仍|一直|到现在|根本|至今|都)(?:是|都)?(?:没|未|不)[^,，。!！]{0,6}"
                   "(?:退|到账|解决|处理|恢复|兑现|道歉|赔)|没(?:有)?(?:退|解决|处理好|兑现)|未到账|(?:说好|答应|承诺)[^。]{0,12}[没不]")
"""Words that say so of anything; about that decision only where little says that it is another matter."""
BRIEF = 30  # characters: so few words tell of no other matter
ASKS = re.compile("怎么办|如何|去哪|找谁|怎么(?:申请|查|写)|可以吗|能不能|是什么|多久")


def ended(turn: Turn) -> Ticket | None:
    """The complaint that she may be speaking of: the one she names, or her newest, where it was decided some weeks ago at most."""
    mine = [one for one in tickets_of(turn.session, turn.chat.id) if one.kind == "complaint"]
    named = find_numbers(turn.text)
    ticket = next((one for one in mine if (one.number in named if named else one.status in (*OPEN, *ENDED))), None)
    if ticket is not None and ticket.status in OPEN and UNHAPPY.search(turn.text):  # she speaks of what she was told since
        ticket = next((one for one in mine if one.status in ENDED and one.told_at and one.told_at > ticket.received_at), ticket)
    if ticket is None or ticket.status not in ENDED:
        return None
    since = ticket.closed_at or ticket.told_at
    within = timedelta(days=turn.knowledge.deadlines.review.within)
    return ticket if since is not None and turn.at <= last_second(shanghai_day(since) + within) else None


def dissatisfied(turn: Turn) -> bool:
    """「钱还没退到账！怎么就结案了，我不满意」: onto that ticket and before who handled it, with what she may ask for now; no form
    from the beginning. False: she says nothing of the kind."""
    still = STILL.search(turn.text)
    about = UNHAPPY.search(turn.text) or (ENDING.search(turn.text) and (still or turn.act in ("file", "add", "undo")))
    if not (about or still) or (ASKS.search(turn.text) and not still):
        return False
    ticket = ended(turn)
    if ticket is None:
        return False
    reading = turn.understood.reading
    if not about and len(turn.text) > BRIEF and not (reading.category == ticket.category or reading.needs_human):
        return False
    review = next((one for one in tickets_of(turn.session, turn.chat.id) if one.review_of_id == ticket.id and one.status in OPEN),
                  None)
    if review is not None:
        filing.append(turn, review)
        return True
    turn.ticket, turn.did, ticket.is_repeat = ticket, "ADD", True
    turn.remember(filing=None, expect=None, last=turn.text[:500])
    turn.session.add(Event(ticket_id=ticket.id, kind="dissatisfied", actor="customer", reason=turn.text[:500], at=turn.at))
    staff_alerts.unhappy(turn, ticket)
    turn.say(turn.word("after.unhappy", number=ticket.number), tone="ticket", ticket=ticket, buttons=rows(
        turn.button("progress.review", f"review:{ticket.id}"), turn.button("after.redo", f"redo:{ticket.id}"),
        turn.button("filing.new_matter", "other"), turn.button("menu.human", "human")))
    return True


def redo(turn: Turn, ticket_id: int) -> None:
    """She asks that it be handled anew; a lead decides, and she is told when it is."""
    ticket = filing.own(turn, ticket_id)
    if ticket is None or ticket.status not in ENDED:
        return turn.say(turn.word("progress.cannot"))
    turn.ticket = ticket
    if not _asked_before(turn, ticket):
        turn.session.add(Event(ticket_id=ticket.id, kind="reopen_asked", actor="customer", at=turn.at))
        staff_alerts.unhappy(turn, ticket, key="alert.redo")
    turn.say(turn.word("after.redo_asked", number=ticket.number), tone="ticket", ticket=ticket)


def _asked_before(turn: Turn, ticket: Ticket) -> bool:
    """Whether the same wish stands before the office still, and nobody has looked at it."""
    if UNHAPPY_ALERT not in waiting(turn.session, ticket):
        return False
    return turn.session.scalars(select(Event.id).where(
        Event.ticket_id == ticket.id, Event.kind == "reopen_asked", Event.at >= (ticket.told_at or ticket.received_at)).limit(1),
        ).first() is not None


def settle(turn: Turn) -> None:
    """Nobody is interviewed about a ticket that has ended; what she says goes on with the one it was merged into."""
    asked = turn.state.get("filing")
    ticket = turn.session.get(Ticket, asked["ticket"]) if asked else None
    if ticket is None or ticket.status in OPEN:
        return
    turn.remember(filing=None)
    if ticket.merged_into_id is not None:
        turn.survivor = filing.survivor(turn, ticket)


def to_survivor(turn: Turn) -> bool:
    """The answer to a question that is asked no longer: kept with the ticket that goes on."""
    if turn.survivor is None or turn.survivor.status not in OPEN or turn.act in ("ask", "human", "status", "alarm"):
        return False
    filing.append(turn, turn.survivor)
    return True


def edited(turn: Turn) -> bool:
    """An edited message is kept beside those before it, with their ticket; they were answered when they came. False: only now it
    tells of an emergency, and is heard as if it were new."""
    before = turn.session.scalars(
        select(Message).where(Message.chat_id == turn.chat.id, Message.platform_id == turn.incoming.platform_id,
                              Message.author == "customer").order_by(Message.id.desc()).limit(1)).first()
    if turn.incoming.place is not None:  # she shares where she is, and moves
        turn.understood.text = staff_alerts.sent(turn, "location")
    reading = turn.understood.reading
    rang = before is not None and before.reading is not None and before.reading.get("urgency") == "I"
    if reading is not None and reading.urgency == "I" and not rang and not turn.incoming.group:
        return False
    if before is None or before.ticket_id is None:
        return True
    turn.ticket = turn.session.get_one(Ticket, before.ticket_id)
    if turn.ticket.status not in OPEN or turn.incoming.group or turn.text == before.text:
        heard(turn.session, turn.ticket.id, turn.text)
        return True
    staff_alerts.customer_wrote(turn, turn.ticket)
    turn.did = "ADD"
    if turn.incoming.place is not None:
        return True
    turn.say(turn.word("filing.edited", number=turn.ticket.number), ticket=turn.ticket)
    return True
