"""Telling the office: new tickets, words of a customer, and level I alarms, into the staff group and to who is on duty."""

from sqlalchemy import select

from bot.messages import Button, Reply, rows
from bot.shortening import excerpt
from bot.turn import Push, Turn
from tickets.models import Chat, Duty, Staff, Ticket
from tickets.models.ticket_text import heard
from tickets.news import wrote
from tickets.register import raise_alert

SHOWN, IN_TOPIC = 120, 1000  # characters of the customer's words in an alert, and where a colleague reads and answers them


def level_one(turn: Turn, ticket: Ticket) -> bool:
    """An alert on the desk, a message in the group, and one to each linked person on duty. False: only the desk rings."""
    reading = turn.understood.reading
    flags = reading.flags if reading is not None else ticket.flags
    names = "、".join(turn.knowledge.taxonomy.flag[f].name for f in flags if f in turn.knowledge.taxonomy.flag) or "紧急"
    because = turn.understood.explained.because if reading is not None and len(turn.text) > SHOWN else {}
    alarming = [word for flag in flags for word in because.get(flag, ()) if len(word) > 1]
    text = turn.word("alert.level_one", flags=names, number=ticket.number, text=excerpt(turn.text, SHOWN, around=alarming))
    raise_alert(turn.session, kind="level_one", text=text, ticket=ticket, at=turn.at)  # the desk counts the minutes itself
    text += "\n" + turn.word("alert.take_at_once", minutes=turn.knowledge.deadlines.office.take_level_one_minutes)
    _to_group(turn, ticket, text, purpose="alert")
    take = rows(turn.button("alert.take", f"st-take:{ticket.id}"))
    for telegram_id in _on_duty(turn):
        turn.pushes.append(Push("telegram", telegram_id, Reply(text, take, "emergency"), "alert", ticket.id))
    return bool(_listening(turn))


def woken_again(turn: Turn, ticket: Ticket) -> str:
    """The alarm rings once more for the same ticket; the words that tell her so."""
    return turn.word("emergency.again" if level_one(turn, ticket) else "emergency.again_desk", number=ticket.number)


def sent(turn: Turn, kind: str) -> str:
    """What the office reads in place of a voice, a place, a face."""
    latitude, longitude = turn.incoming.place or (0, 0)
    return turn.word(f"alert.sent_{kind}", place=f"{latitude:.5f},{longitude:.5f}")


def _on_duty(turn: Turn) -> list[str]:
    """The Telegram ids of those on duty now; asked once a transaction."""
    known = turn.session.info.get("on duty")
    if known is None:
        known = turn.session.info["on duty"] = list(turn.session.scalars(
            select(Staff.telegram_id).join(Duty, Duty.staff_id == Staff.id)
            .where(Duty.starts_at <= turn.at, Duty.ends_at > turn.at, Staff.active, Staff.telegram_id.is_not(None))))
    return known


def _listening(turn: Turn) -> set[str]:
    """The group and those on duty, but not who has blocked us or thrown us out: they hear nothing."""
    told = {*_on_duty(turn), *([str(group)] if (group := turn.settings.telegram_staff_group) else ())}
    gone = turn.session.scalars(select(Chat.address).where(
        Chat.channel == "telegram", Chat.address.in_(told), Chat.unreachable_since.is_not(None))) if told else ()
    return told.difference(gone)


def human_called(turn: Turn, ticket: Ticket) -> None:
    text = turn.word("alert.human", number=ticket.number, text=excerpt(ticket.summary, SHOWN))
    raise_alert(turn.session, kind="human", text=text, ticket=ticket, at=turn.at)
    _to_group(turn, ticket, text, purpose="alert")


def new_ticket(turn: Turn, ticket: Ticket) -> None:
    taxonomy = turn.knowledge.taxonomy
    category, cause = taxonomy.category.get(ticket.category or ""), taxonomy.cause.get(ticket.cause or "")
    named = [one.name for one in (category or taxonomy.ticket_kind[ticket.kind], cause) if one]
    text = turn.word("alert.new_ticket", number=ticket.number, kind="——".join(named), text=excerpt(ticket.summary, IN_TOPIC))
    _to_group(turn, ticket, text + "\n" + turn.word("alert.how"), purpose="topic")


def customer_wrote(turn: Turn, ticket: Ticket) -> None:
    """Into the ticket's topic, before who handles it, and into what the desk's search finds."""
    heard(turn.session, ticket.id, turn.text)
    _to_group(turn, ticket, turn.word("alert.message", text=_said(turn, IN_TOPIC)), purpose="topic")
    remind(turn, ticket)


def remind(turn: Turn, ticket: Ticket) -> None:
    """Before who handles the ticket: one reminder that stands until she has looked, with the newest words. Without a handler it
    marks the ticket in the queue; what a fresh ticket is told in answer to our own questions is no news there."""
    asked = turn.state.get("filing")
    if ticket.assignee_id is not None or not asked or asked["ticket"] != ticket.id:
        wrote(turn.session, ticket, turn.word("alert.wrote", number=ticket.number, text=_said(turn)), at=turn.at)


def unhappy(turn: Turn, ticket: Ticket, *, key: str = "alert.unhappy") -> None:
    """She is not content with what was decided: before who handled it and the leads, and on the handler's telephone if linked."""
    text = turn.word(key, number=ticket.number, text=_said(turn))
    wrote(turn.session, ticket, text, at=turn.at, kind="unhappy")
    _to_group(turn, ticket, text, purpose="topic")
    handler = turn.session.get(Staff, ticket.assignee_id) if ticket.assignee_id is not None else None
    if handler is not None and handler.active and handler.telegram_id is not None:
        turn.pushes.append(Push("telegram", handler.telegram_id, Reply(text, tone="staff"), "alert", ticket.id))


def _said(turn: Turn, most: int = SHOWN) -> str:
    return excerpt(turn.text, most) or turn.word("alert.pressed")


def file_came(turn: Turn, ticket: Ticket) -> None:
    heard(turn.session, ticket.id, turn.text)
    _to_group(turn, ticket, turn.word("alert.file", text=excerpt(turn.text, IN_TOPIC)), purpose="topic")
    remind(turn, ticket)


def _to_group(turn: Turn, ticket: Ticket, text: str, *, purpose: str) -> None:
    """Into the ticket's own topic of the staff group; the outbox makes the topic when it is not there yet."""
    if not turn.settings.telegram_staff_group:
        return
    first = purpose == "alert" or ticket.topic is None
    names = (("接单", "take"), ("改分类", "cat"), ("转办", "pass"), ("结案", "close"))
    buttons = rows(*(Button(label, f"st-{verb}:{ticket.id}") for label, verb in names), width=4) if first else ()
    turn.pushes.append(Push("telegram", str(turn.settings.telegram_staff_group), Reply(text, buttons, "staff", ticket.number),
                            purpose, ticket.id, ticket.topic))
