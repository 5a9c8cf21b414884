"""The staff group on Telegram: one topic a ticket, buttons to take and close, and words in the topic that answer the customer."""

import re
from collections.abc import Callable

from sqlalchemy import select

from bot.messages import Button, Reply, rows
from bot.turn import Push, Turn
from nlp.privacy import mask
from tickets import accounts, audit, lifecycle
from tickets.models import OPEN, Alert, Chat, Correction, Event, Message, Owed, Staff, Ticket
from tickets.register import answer_customer
from tickets.sweep import RINGS_FOR
from tickets.telling import reachable

TAKING = re.compile("(?:(?:我[来先]?)?(?:接单|接手|接)(?:这[单个件])?(?:了|吧)?|我[来先](?:处理|办)(?:这[单个件])?吧?)[。.!！]?")
REACHED = ("phone", "landline", "address", "email")
"""Kinds of nlp.privacy that the office tells its customers of itself."""
SIGNS = str.maketrans("／＃＠", "/#@")
NOTE_MARKS = ("#", "//", "内部")
"""A message in a topic that begins with one of these is a note and never reaches the customer."""


def handle(turn: Turn) -> None:
    """A message or a press in the staff group. Who is not linked to a staff user can do nothing there."""
    if _command(turn):
        return
    staff = turn.session.scalars(
        select(Staff).where(Staff.telegram_id == turn.incoming.sender, Staff.active)).one_or_none()
    if staff is None:
        if turn.incoming.button:
            turn.say(turn.word("staff.not_staff"))
        elif _of_topic(turn) is not None:
            turn.say(turn.word("staff.not_linked"))
        return
    if turn.incoming.button:
        return _press(turn, staff)
    ticket = _of_topic(turn)
    if ticket is None:
        return
    turn.ticket = ticket
    if turn.incoming.uploads or not turn.text:  # a photo, a voice: there is no way for it to her yet, and its words alone say half
        return turn.say(turn.word("staff.file_not_sent"))
    written = _written(turn.incoming.text)
    if written.startswith(NOTE_MARKS):
        text = mask(written).text.lstrip("#/ ").removeprefix("内部").lstrip("：: ")
        turn.session.add(Message(ticket_id=ticket.id, author="note", staff_id=staff.id, text=text, at=turn.at))
        turn.session.add(Event(ticket_id=ticket.id, kind="noted", actor="staff", staff_id=staff.id, at=turn.at))
        return turn.say(turn.word("staff.noted"))
    if written.startswith("@"):  # said to a colleague
        return turn.say(turn.word("staff.held"))
    if staff.role == "auditor" or ticket.against_staff_id == staff.id:
        return turn.say(turn.word("staff.may_not"))
    if ticket.chat_id is not None and reachable(turn.session, ticket) is None:
        return turn.say(turn.word("staff.unreachable"))
    text = _for_her(turn)
    audit.hold(turn.session)  # before the ticket, as every move does: two of us must not wait in a ring
    body = Reply(text, tone="staff", ticket=ticket.number).plain()
    owed = answer_customer(turn.session, ticket, text, staff_id=staff.id, body=body)
    audit.record(turn.session, staff_id=staff.id, action="ticket.answer", target=f"ticket:{ticket.id}", at=turn.at,
                 data={"owed": owed.id if owed else None})
    turn.say(turn.word("staff.sent" if owed is not None else "staff.no_channel"))


def in_private(turn: Turn) -> bool:
    """A colleague in her own chat with us presses 接单 under an alert, or types it: it is for the ticket that she was told of last.
    False: neither."""
    if turn.incoming.channel != "telegram" or turn.incoming.group:
        return False
    if turn.incoming.button.startswith("st-"):
        handle(turn)
    elif turn.chat.staff_id is None or not TAKING.fullmatch(turn.text) or (told_of := _told_of(turn)) is None:
        return False
    else:
        _act(turn, turn.session.get_one(Staff, turn.chat.staff_id), turn.session.get_one(Ticket, told_of), _take)
    turn.ticket = None  # hers is the office's word, not the customer's
    return True


def _told_of(turn: Turn) -> int | None:
    return turn.session.scalar(
        select(Owed.ticket_id).where(Owed.channel == turn.chat.channel, Owed.address == turn.chat.address, Owed.purpose == "alert",
                                     Owed.ticket_id.is_not(None), Owed.at > turn.at - RINGS_FOR).order_by(Owed.id.desc()).limit(1))


def _for_her(turn: Turn) -> str:
    """The answer as she reads it: where the office can be reached stands in it whole, as it does in one from the desk."""
    text, pieces, at = turn.incoming.text.strip(), [], 0
    for span in mask(text).spans:
        pieces += (text[at:span.start], text[span.start:span.end] if span.kind in REACHED else span.shown)
        at = span.end
    return "".join((*pieces, text[at:]))


def _command(turn: Turn) -> bool:
    """A command is never a word for the customer, and a link code that the group has read is void. False: it is neither."""
    written = _written(turn.incoming.text)
    void = accounts.void_link_codes(turn.session, written.partition(" ")[2] if written.startswith("/") else written)
    command = written.startswith("/") and not written.startswith(NOTE_MARKS)
    if void:
        turn.say(turn.word("staff.code_void"))
    elif command and turn.incoming.thread is not None:
        turn.say(turn.word("staff.command"))
    return void or command


def _written(text: str) -> str:
    """Her words, with the signs before them as a Latin keyboard writes them."""
    text = text.strip()
    return text[:2].translate(SIGNS) + text[2:]


def _of_topic(turn: Turn) -> Ticket | None:
    if turn.incoming.thread is None:
        return None
    return turn.session.scalars(select(Ticket).where(Ticket.topic == turn.incoming.thread)).one_or_none()


def _press(turn: Turn, staff: Staff) -> None:
    verb, _, rest = turn.incoming.button.partition(":")
    number, *more = rest.split(":")
    ticket = turn.session.get(Ticket, int(number)) if number.isascii() and number.isdigit() and len(number) <= 18 else None
    action = ACTIONS.get(verb)
    if ticket is None or action is None:
        return turn.say(turn.word("error.button_gone"))
    _act(turn, staff, ticket, action, *more[:1])


def _act(turn: Turn, staff: Staff, ticket: Ticket, action: Callable[..., None], *more: str) -> None:
    turn.ticket = ticket
    if not staff.active or staff.role == "auditor" or ticket.against_staff_id == staff.id:
        return turn.say(turn.word("staff.may_not"))
    try:
        action(turn, staff, ticket, *more)
    except lifecycle.MoveRefused as refused:
        turn.say(str(refused))


def _take(turn: Turn, staff: Staff, ticket: Ticket) -> None:
    """接单: the ticket is hers, and every open alert of it is acknowledged."""
    if ticket.assignee_id != staff.id or ticket.status not in OPEN:  # hers already, nobody is told anything new
        lifecycle.move(turn.session, ticket, "take", actor="staff", staff=staff, rules=turn.knowledge.deadlines, at=turn.at,
                       wording=turn.knowledge.wording)
    for alert in turn.session.scalars(select(Alert).where(Alert.ticket_id == ticket.id, Alert.acknowledged_at.is_(None))):
        alert.acknowledged_by, alert.acknowledged_at = staff.id, turn.at
    said = turn.word("staff.taken", name=staff.name, number=ticket.number)
    turn.say(said)
    if not turn.incoming.group and turn.settings.telegram_staff_group:
        turn.pushes.append(Push("telegram", str(turn.settings.telegram_staff_group), Reply(said, tone="staff"), "topic", ticket.id))


def _categories(turn: Turn, staff: Staff, ticket: Ticket) -> None:
    kinds = turn.knowledge.taxonomy.category.values()
    turn.say(turn.word("filing.choose_category"),
             buttons=rows(*(Button(kind.name, f"st-set:{ticket.id}:{kind.code}") for kind in kinds), width=3))


def _set(turn: Turn, staff: Staff, ticket: Ticket, code: str = "") -> None:
    """改分类: kept as a correction from which the model learns."""
    kind = turn.knowledge.taxonomy.category.get(code)
    if kind is None:
        return turn.say(turn.word("error.button_gone"))
    audit.hold(turn.session)
    turn.session.add(Correction(ticket_id=ticket.id, head="category", text=ticket.summary, was=ticket.category or "", became=code,
                                model_version=ticket.model_version, by="staff", staff_id=staff.id, at=turn.at))
    ticket.category = code
    turn.session.add(Event(ticket_id=ticket.id, kind="reclassified", actor="staff", staff_id=staff.id, data={"category": code},
                           at=turn.at))
    audit.record(turn.session, staff_id=staff.id, action="ticket.correct", target=f"ticket:{ticket.id}", at=turn.at,
                 data={"category": code})
    turn.say(turn.word("staff.reclassified", number=ticket.number, category=kind.name))


def _colleagues(turn: Turn, staff: Staff, ticket: Ticket) -> None:
    """转办: whom to hand it to; never the person who is complained about."""
    others = turn.session.scalars(
        select(Staff).where(Staff.active, Staff.role.in_(("handler", "lead")), Staff.id != (ticket.against_staff_id or 0))
        .order_by(Staff.name).limit(12))
    turn.say(turn.word("staff.pass_to"),
             buttons=rows(*(Button(one.name, f"st-to:{ticket.id}:{one.id}") for one in others), width=3))


def _pass(turn: Turn, staff: Staff, ticket: Ticket, to: str = "") -> None:
    other = turn.session.get(Staff, int(to)) if to.isascii() and to.isdigit() and len(to) <= 18 else None
    if other is None or not other.active:
        return turn.say(turn.word("error.button_gone"))
    lifecycle.move(turn.session, ticket, "assign", actor="staff", staff=staff, rules=turn.knowledge.deadlines, at=turn.at,
                   wording=turn.knowledge.wording, assignee_id=other.id)
    turn.say(turn.word("staff.passed", number=ticket.number, name=other.name))


def _close(turn: Turn, staff: Staff, ticket: Ticket) -> None:
    """结案: only what is decided and told may close; then the customer is asked once what she thought."""
    lifecycle.move(turn.session, ticket, "close", actor="staff", staff=staff, rules=turn.knowledge.deadlines, at=turn.at,
                   wording=turn.knowledge.wording)
    turn.say(turn.word("staff.closed", number=ticket.number))
    chat = turn.session.get(Chat, ticket.chat_id) if ticket.chat_id else None
    if chat is not None:
        scores = tuple(turn.button(f"rating.s{n}", f"rate:{ticket.id}:{n}") for n in (5, 4, 3, 2, 1))
        turn.pushes.append(Push(chat.channel, chat.address, Reply(turn.word("rating.ask", number=ticket.number), rows(*scores),
                                ticket=ticket.number), "rating", ticket.id))


ACTIONS = {"st-take": _take, "st-cat": _categories, "st-set": _set, "st-pass": _colleagues, "st-to": _pass, "st-close": _close}
"""Button verbs of the group; the second part is always the ticket's id."""


def link(turn: Turn, code: str) -> None:
    """`/link CODE` in a private chat ties this Telegram account to the staff user who asked for the code on the desk."""
    staff = accounts.redeem_link_code(turn.session, code=code.strip(), telegram_id=turn.incoming.sender or turn.incoming.address,
                                      at=turn.at)
    if staff is None:
        return turn.say(turn.word("staff.link_bad"))
    turn.chat.staff_id = staff.id
    turn.say(turn.word("staff.linked", name=staff.name))
