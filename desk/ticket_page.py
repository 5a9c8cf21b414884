"""One ticket as the office sees it: what was said, what the model thought and why, what may be done, what has happened."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from fastapi import Response
from sqlalchemy import select

from desk import letter as letters
from desk.visit import Refused, Visit
from desk.words import day
from knowledge.base import Knowledge
from tickets import assignment, clock_effects, lifecycle, news, repeats
from tickets.colleagues import colleagues
from tickets.models import Attachment, Branch, Chat, Event, Message, Owed, Pause, Rating, Staff, Ticket, now
from tickets.numbers import SHANGHAI
from tickets.register import OPEN
from tickets.step import BY_HAND
from tickets.telling import reachable
from tickets.urgency import may_lower

BY_CHOICE = ("withdraw", "merge", "approve_extension", "resume")
"""Moves whose form has room for a reason that nobody must give."""
JUST_NOW = timedelta(minutes=2)
SHOWN = 200  # messages, events
HEADS = ("category", "cause", "urgency")
SUM = re.compile(r"(?:\d|[一二两三四五六七八九十百千])\s?(?:元|块|万)")

NEXT = {"received": "take", "assigned": "begin", "reopened": "begin", "investigating": "decide", "decided": "tell", "told": "close",
        "appraisal": "resume", "mediation": "resume"}
"""The move that usually comes next; the page puts it first. An extension that waits for approval goes before everything."""


@dataclass(frozen=True)
class Line:
    """One line of the conversation, with who said it."""

    message: Message
    who: str
    files: list[Attachment]
    owed: Owed | None = None


def find_ticket(visit: Visit) -> Ticket:
    """The ticket of the address, if this person may see it. Raises Refused: what she may not see does not exist for her."""
    number = visit.request.path_params["number"]
    found = visit.session.scalars(
        select(Ticket).where(Ticket.number == number, assignment.visible(visit.me))).one_or_none() if len(number) < 20 else None
    if found is None:
        raise Refused(404, visit.word("desk.no_ticket"))
    return found


def ticket(visit: Visit) -> Response:
    found, session = find_ticket(visit), visit.session
    messages = list(session.scalars(
        select(Message).where(Message.ticket_id == found.id).order_by(Message.id.desc()).limit(SHOWN)))[::-1]
    events = list(session.scalars(select(Event).where(Event.ticket_id == found.id)
                                  .order_by(Event.at.desc(), Event.id.desc()).limit(SHOWN)))  # ids are taken in blocks
    files = list(session.scalars(select(Attachment).where(Attachment.ticket_id == found.id).order_by(Attachment.id)))
    owed = list(session.scalars(select(Owed).where(
        Owed.ticket_id == found.id, Owed.purpose.in_(("answer", "told"))).order_by(Owed.id)))
    staff = {one.id: one for one in session.scalars(select(Staff).order_by(Staff.name))}
    branches = {one.id: one for one in session.scalars(select(Branch).order_by(Branch.path))}
    chat = reachable(session, found)
    online = chat is not None
    asks = clock_effects.asked_for(session, found)
    unseen = news.waiting(session, found)
    corrected = _corrected(found, events)
    family, moves = _family(visit, found), _moves(
        visit, found, online, clock_effects.what_is_asked(asks), unhappy=news.UNHAPPY in unseen)
    return visit.page(
        "ticket.html", ticket=found, lines=_lines(messages, files, owed, staff), events=events, files=files, staff_of=staff,
        answered=answers(visit.knowledge, messages),
        branches=branches, pauses=list(session.scalars(select(Pause).where(Pause.ticket_id == found.id).order_by(Pause.id))),
        rating=session.scalars(select(Rating).where(Rating.ticket_id == found.id)).one_or_none(),
        moves=moves, asks=_asks(visit, asks),
        next_move=_next(moves, found),
        online=online, by_hand=BY_HAND, family=family,
        assignees=[one for one in colleagues(session) if one.id != found.against_staff_id],
        into=[one for one in family if one.id < found.id and one.status in OPEN],
        merged_into=session.scalar(select(Ticket.number).where(
            Ticket.id == found.merged_into_id, assignment.visible(visit.me))) if found.merged_into_id else None,
        similar=[one for one, _ in repeats.similar(session, visit.me, found, among=150)],
        entries=visit.office.shelf.find(found.summary, stressed=_because(found), most=4),
        pieces=marked(found.summary, _because(found)),
        corrected=bool(corrected),
        because={head: _telling(() if head in corrected else found.reading.get("because", {}).get(head, ())) for head in HEADS},
        guesses={head: guesses(found.reading, head) for head in ("category", "cause")}, drafts=_drafts(visit, found),
        draft=_chosen_draft(visit, found), channel=found.business_channel or _told_channel(visit, found),
        may_write=visit.me.role != "auditor",
        away=_away(visit, chat, messages),
        unarrived=any(one.purpose == "answer" and one.status in ("owed", "sending") for one in owed),
        earlier=_earlier_decisions(visit, events), may_lower=may_lower(found, visit.me), unread=news.WROTE in unseen,
        unhappy=unseen.get(news.UNHAPPY),
        heard=max((int(one.at.timestamp() * 1000) for one in messages if one.author == "customer"), default=0))


def _away(visit: Visit, chat: Chat | None, messages: Iterable[Message]) -> bool:
    """Whether she will see what is written only when she opens the web page again; Telegram delivers by itself."""
    if chat is None or chat.channel != "web" or visit.office.present(chat.address):
        return False
    return not any(one.author == "customer" and now() - one.at < JUST_NOW for one in messages)


def _earlier_decisions(visit: Visit, events: Iterable[Event]) -> list[tuple[str, dict[str, Any], Event]]:
    """What was decided before each reopening: its name, what it said, and the reopening; the first decision first."""
    anew = [one for one in events if one.kind == "reopened" and one.data.get("before", {}).get("decision")][::-1]
    return [(visit.word("desk.earlier_decision", nth="一二三四五六七八九"[min(n, 8)]), _moments(one.data["before"]), one)
            for n, one in enumerate(anew)]


def _moments(before: dict[str, Any]) -> dict[str, Any]:
    """As kept on the event, with its moments read again; older reopenings kept less."""
    moments = {name: datetime.fromisoformat(before[name]) if before.get(name) else None for name in ("decided_at", "told_at")}
    return {"redress": "", "upheld": None, "told_how": None, **before, **moments}


def answers(knowledge: Knowledge, messages: Iterable[Message]) -> dict[int, str]:
    """Message → the entry that it said: an answer opens with its entry's question."""
    asked = {entry.question: entry.id for entry in knowledge.entries.values()}
    said = ((one.id, asked.get(one.text.split("\n", 1)[0])) for one in messages if one.author == "bot")
    return {number: entry for number, entry in said if entry}


def _because(found: Ticket) -> list[str]:
    """The words that decided, whatever they decided."""
    return _telling(word for words in found.reading.get("because", {}).values() for word in words)


def _corrected(found: Ticket, events: Iterable[Event]) -> set[str]:
    """The heads that a person has judged otherwise than the model, whose words explain them no more."""
    thought = {head: guesses(found.reading, head)[:1] for head in ("category", "cause")}
    other = {head for head, first in thought.items() if first and getattr(found, head) not in (None, *first)}
    return other | {"urgency" for one in events if one.kind == "urgency" and one.actor == "staff"}


def _telling(words: Iterable[str]) -> list[str]:
    """Single characters and bare numbers may have decided, but tell a reader nothing."""
    return [word for word in words if len(word) > 1 and not word.isdigit()]


def letter(visit: Visit) -> Response:
    """告知书 as a Word document."""
    found = _decided(visit)
    body = letters.letter_of(found, visit.knowledge, **letterhead(visit))
    name = quote(f"{visit.word('letter.title')}-{found.number}.docx", safe="")
    return Response(body, media_type=letters.MEDIA_TYPE, headers={
        "content-disposition": f"attachment; filename=\"letter-{found.number}.docx\"; filename*=UTF-8''{name}",
        "x-content-type-options": "nosniff"})


def letter_on_screen(visit: Visit) -> Response:
    """The same words to read and print before they are sent."""
    found = _decided(visit)
    return visit.page("letter.html", ticket=found, lines=letters.lines_of(found, visit.knowledge, **letterhead(visit)))


def _decided(visit: Visit) -> Ticket:
    """Only what has been decided can be told."""
    found = find_ticket(visit)
    if not found.decision:
        raise Refused(409, visit.word("desk.no_decision"))
    return found


def letterhead(visit: Visit) -> dict[str, str]:
    settings = visit.office.settings
    return {"bank": settings.bank_name, "hotline": settings.bank_hotline}


def marked(text: str, words: list[str]) -> list[tuple[bool, str]]:
    """The text cut into pieces, with True for those that are one of the words; nothing of it is ever taken as markup."""
    known = sorted({word for word in words if word and word in text}, key=len, reverse=True)
    if not known:
        return [(False, text)]
    pieces = re.split("(" + "|".join(map(re.escape, known)) + ")", text)
    return [(piece in known, piece) for piece in pieces if piece]


def guesses(reading: dict[str, Any], head: str) -> list[str]:
    """The model's three best codes, the surest first; an older reading may hold pairs of code and share."""
    return [one if isinstance(one, str) else str(one[0]) for one in reading.get(f"{head}_top3") or []]


def _lines(messages: list[Message], files: list[Attachment], owed: list[Owed], staff: dict[int, Staff]) -> list[Line]:
    sent: dict[str, list[Owed]] = {}
    for one in owed:
        sent.setdefault(one.body.get("text", ""), []).append(one)
    lines = []
    for message in messages:
        person = staff.get(message.staff_id or 0)
        mine = [one for one in files if one.message_id == message.id]
        waiting = sent.get(message.text) if message.author in ("staff", "bot") else None
        lines.append(Line(message, person.name if person else "", mine, waiting.pop(0) if waiting else None))
    return lines


def _moves(visit: Visit, found: Ticket, online: bool, asks: str, *, unhappy: bool) -> list[tuple[lifecycle.Move, list[str]]]:
    """Each move that this person may make now, with the fields that its form asks for."""
    shown = []
    further = found.extension_asked_by is not None and asks == "extension"
    superior = not further or assignment.is_superior(visit.session, visit.me, found.branch_id)
    theirs = clock_effects.from_regulator(visit.knowledge.deadlines, found)
    for move in lifecycle.moves_for(found, visit.me):
        if move.name in ("approve_extension", "refuse_extension") and not superior:
            continue
        if move.name == "regulator_date" and not theirs:
            continue
        fields = [field for field in move.needs if field != "business_channel" or found.kind == "complaint"]
        if not online and (move.name == "not_accept" or (move.name == "approve_extension" and further)):
            fields += ["how", "evidence"]
        if move.reason or move.name in BY_CHOICE or (unhappy and move.name == "close") or (fields and move.name != "tell"):
            fields.append("reason")
        shown.append((move, fields))
    return shown


def _asks(visit: Visit, asked: Event | None) -> tuple[str, str]:
    """What waits for approval, and whose it is to give."""
    what = clock_effects.what_is_asked(asked)
    until = f" {day(datetime.fromisoformat(asked.data['regulator_due_at']))}" if what == "regulator_date" else ""
    return visit.word(f"desk.asks_{what}") + until, visit.word("desk.asks_superior" if what == "extension" else "desk.asks_lead")


def _next(moves: list[tuple[lifecycle.Move, list[str]]], found: Ticket) -> str:
    """What this person most likely does now: an extension that waits for her approval goes before everything, and what is
    nobody's is taken first."""
    names = {move.name for move, _ in moves}
    if "approve_extension" in names:
        return "approve_extension"
    return "take" if found.assignee_id is None and "take" in names else NEXT.get(found.status, "")


def _told_channel(visit: Visit, found: Ticket) -> str:
    """Where the business was done, if the place that she named is one channel and no other; a person confirms it."""
    place = found.branch_named.lower()
    named = [code for code, kind in visit.knowledge.taxonomy.business_channel.items() if any(one in place for one in kind.said)]
    return named[0] if len(named) == 1 else ""


def _family(visit: Visit, found: Ticket) -> list[Ticket]:
    """The same customer's other tickets: by her record, or by her chat. Never another customer's."""
    if found.customer_id is not None:
        same = Ticket.customer_id == found.customer_id
    elif found.chat_id is not None:
        same = Ticket.chat_id == found.chat_id
    else:
        return []
    return list(visit.session.scalars(
        select(Ticket).where(same, Ticket.id != found.id, assignment.visible(visit.me)).order_by(Ticket.id.desc()).limit(10)))


def _drafts(visit: Visit, found: Ticket) -> list[tuple[str, str, str]]:
    """The reply drafts of wording.toml with this ticket's facts filled in: key, title, text. None asks for what is known, none
    names a wish that she has not told."""
    texts = visit.knowledge.wording.texts
    keys = [key.split(".")[1] for key in texts if key.startswith("draft.") and key.endswith(".title")]
    kind = visit.knowledge.taxonomy.category.get(found.category or "")
    known_where = found.branch_id is not None or bool(found.branch_named)
    asks = (visit.word("desk.draft_when" if known_where else "desk.draft_when_where")
            + visit.word("desk.draft_course" if SUM.search(found.summary + found.facts) else "desk.draft_course_sum"))
    facts = {"number": found.number, "due": _day(found.due_at), "received": _day(found.received_at),
             "matter": kind.name if kind else "", "claim": found.claim, "name": visit.me.name, "asks": asks}
    said = {key: texts[f"draft.{key}.text"] if found.claim else texts.get(f"draft.{key}.without_claim", texts[f"draft.{key}.text"])
            for key in keys}
    return [(key, texts[f"draft.{key}.title"], said[key].format_map(facts)) for key in keys]


def _chosen_draft(visit: Visit, found: Ticket) -> str:
    """Without JavaScript a draft is chosen by a link and comes back in the box."""
    wanted = visit.query.get("draft", "")
    return next((text for key, _, text in _drafts(visit, found) if key == wanted), "")


def _day(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return f"{local.month} 月 {local.day} 日"


def stale(found: Ticket, visit: Visit) -> bool:
    """Whether the form was drawn before somebody else changed the ticket."""
    version = visit.said("version", most=12)
    return bool(version) and version != str(found.version)
