"""Messages in, one durable commit, replies out: the promise that an acknowledged message is never lost and never handled twice.

Messages that arrive together share one commit. If one of them makes the batch fail, the batch is undone and each message is
tried alone, so that a bad one cannot spoil its neighbours; the bad one is counted and, after some tries, parked for a person.
"""

import logging
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Insert, Select, Table, bindparam, exc, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.conversation import converse
from bot.flood import Flood
from bot.messages import COMMAND_SIGNS, Incoming, Reply, from_plain
from bot.settings import Settings
from bot.shortening import shortened
from bot.turn import EVERYBODY, Push, Turn
from bot.understanding import Understanding, Understood
from knowledge.base import Knowledge
from nlp.privacy import mask
from tickets.batch import Batch
from tickets.db import Store
from tickets.models import URGENT, Attachment, Chat, Delivery, Message, Owed, Parked, now

log = logging.getLogger("xiaobao.intake")

STALE = timedelta(minutes=10)
"""A chat's `seen_at` is written again only after this long: most messages then need no UPDATE of their chat."""

ANOTHER_TALK = timedelta(hours=2)
"""After this long a message does not go on from what was said before."""


@dataclass(frozen=True)
class Outcome:
    """What became of one delivery. `failed` must be answered 5xx so that the platform delivers it again."""

    status: str  # handled | duplicate | parked | failed
    replies: tuple[Reply, ...] = ()


class Intake:
    """Handles deliveries. One instance a process; calls must not overlap (the line in front of it sees to that)."""

    def __init__(self, store: Store, knowledge: Knowledge, understanding: Understanding, settings: Settings) -> None:
        self.store, self.knowledge, self.understanding, self.settings = store, knowledge, understanding, settings
        self.flood = Flood(settings.flood_per_minute)
        self.counts = {"handled": 0, "duplicate": 0, "parked": 0, "failed": 0}

    def receive(self, incomings: Sequence[Incoming]) -> list[Outcome]:
        """Handle deliveries in their order, with one commit if all goes well. Never raises for a bad message."""
        incomings = [one.storable() for one in incomings]
        try:
            outcomes = self._together(incomings)
        except Exception as error:  # the edge between one message's bug and everybody else's messages
            if len(incomings) > 1:
                log.warning("batch of %d undone (%s); trying one by one", len(incomings), type(error).__name__)
                return [outcome for one in incomings for outcome in self.receive([one])]
            outcomes = [self._failed(incomings[0], error)]
        for outcome in outcomes:
            self.counts[outcome.status] += 1
        return outcomes

    def _together(self, incomings: Sequence[Incoming]) -> list[Outcome]:
        understood = self.understanding.of(incomings)
        with self.store.batch() as session:
            delivered = _claim(session, incomings)
            chats = _chats(session, [one for one in incomings if (one.channel, one.key) in delivered])
            session.remember([chat.id for chat in chats.values()])
            outcomes, messages, owed, spoke = [], [], [], set()
            for one, meaning in zip(incomings, understood, strict=True):
                delivery_id = delivered.pop((one.channel, one.key), None)
                if delivery_id is None:
                    outcomes.append(None)
                    continue
                chat = chats[one.channel, one.address]
                crossing = _crosses(one, chat)
                if chat.id in spoke or crossing:  # what was said in this batch before must be seen
                    session.flush()
                    spoke.clear()
                spoke.add(chat.id)
                session.autoflush = crossing or not _plain(one)
                turn = self._converse(session, chat, one, meaning)
                session.autoflush = False
                if crossing:
                    session.flush()
                if not one.group:  # there what becomes an answer or a note is kept as such, and what strangers say is not
                    if one.uploads:
                        _keep_uploads(turn, delivery_id)
                    else:
                        messages.extend(_message_rows(turn, delivery_id))
                owed.extend(_owed_rows(turn, delivery_id))
                outcomes.append(Outcome("handled", tuple(turn.replies)))
            session.flush()
            connection = session.connection()
            if messages:
                connection.execute(insert(Message.__table__), messages)
            if owed:
                connection.execute(insert(Owed.__table__), owed)
        if None not in outcomes:
            return outcomes
        return [outcome or self._as_before(one) for one, outcome in zip(incomings, outcomes, strict=True)]

    def _converse(self, session: Session, chat: Chat, one: Incoming, meaning: Understood) -> Turn:
        turn = Turn(session, chat, one, meaning, self.knowledge, self.settings, at=now())
        if one.kind == "blocked":
            chat.unreachable_since = turn.at
        elif chat.unreachable_since is not None:
            chat.unreachable_since = None
        if turn.at - chat.seen_at > STALE:
            if turn.at - chat.seen_at > ANOTHER_TALK:
                turn.remember(did=None, topic=None, expect=None, near_gap=None)
            chat.seen_at = turn.at
        if not self._slowed(turn):
            converse(turn)
        return turn

    def greeting(self, channel: str) -> tuple[Reply, ...]:
        """What a stranger who opens the conversation is told; nothing is written of a visit in which nobody says a word."""
        begun = Incoming(channel, "", "", "/start")
        stranger = Chat(channel=channel, address="", audience=EVERYBODY, state={}, misses=0, seen_at=now())
        with self.store.read() as session:
            turn = Turn(session, stranger, begun, self.understanding.of([begun])[0], self.knowledge, self.settings, at=now())
            converse(turn)
            return tuple(turn.replies)

    def _slowed(self, turn: Turn) -> bool:
        """A flood is kept but not answered, except in an emergency, which is always answered."""
        chat, reading = turn.chat, turn.understood.reading
        who = f"{chat.channel}:{chat.address}"
        fast = not turn.incoming.group and self.flood.too_fast(who)
        if not fast or (reading is not None and reading.urgency == "I"):
            return False
        if self.flood.tell(who):
            turn.say(turn.word("error.flood"), tone="emergency")
        return True

    def park_unreadable(self, channel: str, key: str, why: str) -> None:
        """An update of the platform's in a shape that we cannot read: set aside for a person, without its content."""
        with self.store.write() as session:
            session.connection().execute(_unless_there(session, Parked, "id"), {
                "channel": channel, "key": key, "address": "", "text": "", "error": why[:200], "tries": 1, "parked_at": now(),
                "at": now()})
        self.counts["parked"] += 1

    def _as_before(self, one: Incoming) -> Outcome:
        """A delivery that was handled before gets the same replies again, read from what was owed for it."""
        with self.store.read() as session:
            rows = session.execute(
                select(Owed.body).join(Delivery, Delivery.id == Owed.delivery_id)
                .where(Delivery.channel == one.channel, Delivery.key == one.key, Owed.purpose.in_(("reply", URGENT)))
                .order_by(Owed.id))
            return Outcome("duplicate", tuple(from_plain(body) for (body,) in rows))

    def _failed(self, one: Incoming, error: Exception) -> Outcome:
        """Count the failure; park the delivery when it failed too often. A database that is away never counts."""
        log.error("delivery failed: channel=%s error=%s at %s", one.channel, type(error).__name__, _where(error))
        if isinstance(error, exc.OperationalError | exc.InterfaceError | exc.TimeoutError | OSError):
            return Outcome("failed")
        try:
            with self.store.write() as session:
                return _count_failure(session, one, error, park_after=self.settings.park_after, knowledge=self.knowledge)
        except exc.DBAPIError as second:
            log.error("failure could not be counted: %s", type(second).__name__)
            return Outcome("failed")


def _where(error: Exception) -> str:
    """The stack's places without the exception's own text, which may quote what a customer wrote."""
    return " < ".join(f"{frame.name} {Path(frame.filename).name}:{frame.lineno}"
                      for frame in reversed(traceback.extract_tb(error.__traceback__)))


def _crosses(one: Incoming, chat: Chat) -> bool:
    """Whether the turn may see or change what belongs to other chats; all other turns may be written together."""
    return bool(one.group or chat.staff_id or chat.customer_id)


def _plain(one: Incoming) -> bool:
    """A customer's own words: such a turn asks for nothing that it has just added itself."""
    return not (one.button or one.uploads or one.text.strip().startswith(COMMAND_SIGNS))


def _unless_there(session: Session, kind: type, *columns: str) -> Insert:
    """INSERT … ON CONFLICT DO NOTHING RETURNING these columns."""
    return _insert_of(session.get_bind().dialect.name, kind.__table__, columns)


@lru_cache(maxsize=8)
def _insert_of(dialect: str, table: Table, columns: tuple[str, ...]) -> Insert:
    statement = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    return statement.on_conflict_do_nothing().returning(*(table.c[name] for name in columns))


def _claim(session: Session, incomings: Sequence[Incoming]) -> dict[tuple[str, str], int]:
    """Insert the delivery keys; only the keys that were new come back. On PostgreSQL a racing twin waits here for our commit."""
    keys = sorted({(one.channel, one.key) for one in incomings})
    at = now()
    rows = session.connection().execute(_unless_there(session, Delivery, "channel", "key", "id"),
                                        [{"channel": channel, "key": key, "at": at} for channel, key in keys])
    return {(channel, key): delivery_id for channel, key, delivery_id in rows}


def _chats(session: Batch, incomings: Sequence[Incoming]) -> dict[tuple[str, str], Chat]:
    """The chats of these deliveries, made where new and locked in one order, so that two processes cannot deadlock."""
    wanted = sorted({(one.channel, one.address) for one in incomings})
    if not wanted:
        return {}
    found = _locked(session, wanted)
    missing = [pair for pair in wanted if pair not in found]
    if missing:
        made = session.connection().execute(
            _unless_there(session, Chat, "id"), [{"channel": channel, "address": address} for channel, address in missing])
        session.remember((), fresh=made.scalars())
        found |= _locked(session, missing)
    return found


def _locked(session: Session, wanted: list[tuple[str, str]]) -> dict[tuple[str, str], Chat]:
    found: dict[tuple[str, str], Chat] = {}
    for channel in sorted({c for c, _ in wanted}):
        addresses = [a for c, a in wanted if c == channel]
        found |= {(chat.channel, chat.address): chat
                  for chat in session.scalars(_chats_of(), {"channel": channel, "addresses": addresses})}
    return found


@lru_cache(maxsize=1)
def _chats_of() -> Select:
    """Built once. `key_share`: a desk move that only points at the chat need not wait for us."""
    return (select(Chat).where(Chat.channel == bindparam("channel"), Chat.address.in_(bindparam("addresses", expanding=True)))
            .order_by(Chat.id).with_for_update(key_share=True))


def _message_rows(turn: Turn, delivery_id: int) -> list[dict]:
    one, ticket_id = turn.incoming, turn.ticket.id if turn.ticket else None
    shared = {"chat_id": turn.chat.id, "ticket_id": ticket_id, "delivery_id": delivery_id, "at": turn.at}
    reading = turn.understood.reading
    seen = None if reading is None else {"intent": reading.intent, "confidence": round(reading.intent_confidence, 3),
                                         "urgency": reading.urgency, "version": reading.model_version}
    heard = {**shared, "author": "customer", "kind": one.kind, "text": turn.text or one.button, "platform_id": one.platform_id,
             "reading": seen}
    said = [{**shared, "author": "bot", "kind": "text", "text": reply.text, "platform_id": None, "reading": None}
            for reply in turn.replies]
    return [heard, *said]


def _owed_rows(turn: Turn, delivery_id: int) -> list[dict]:
    one, at = turn.incoming, turn.at
    urgent = turn.did == "ALARM" or (turn.ticket is not None and turn.ticket.urgency == "I")
    own = URGENT if urgent and not one.group else "reply"
    pushes = [Push(one.channel, one.address, reply, own, turn.ticket.id if turn.ticket else None, one.thread)
              for reply in turn.replies] + turn.pushes
    return [{"channel": p.channel, "address": p.address, "thread": p.thread, "body": p.reply.plain(), "purpose": p.purpose,
             "chat_id": turn.chat.id if p.purpose == own else None, "ticket_id": p.ticket_id, "delivery_id": delivery_id,
             "status": "owed", "attempts": 0, "uncertain": 0, "next_try_at": at, "at": at} for p in pushes]


def _keep_uploads(turn: Turn, delivery_id: int) -> None:
    """Remember the message and its files: the web page has stored its own already, Telegram's are fetched by the worker. A name
    may hold what is private, as words may."""
    heard, *said = [Message(**row) for row in _message_rows(turn, delivery_id)]
    turn.session.add_all([heard, *said])
    turn.session.flush()
    for upload in turn.incoming.uploads:
        stored = upload.platform_file.removeprefix("stored:") if upload.platform_file.startswith("stored:") else None
        turn.session.add(Attachment(
            message_id=heard.id, ticket_id=heard.ticket_id, name=mask(upload.name).text[:200], at=turn.at, size=upload.size,
            media_type=upload.media_type[:100], stored_as=stored, platform_file=None if stored else upload.platform_file[:200]))


def _masked(text: str) -> str:
    """What a person may see of a parked message: masked, or nothing at all when the masking itself is what failed."""
    try:
        return shortened(mask(text).text)
    except (ValueError, LookupError, TypeError, ArithmeticError) as error:
        log.error("a parked message could not be masked and is kept without its text: %s", type(error).__name__)
        return ""


def _count_failure(session: Session, one: Incoming, error: Exception, *, park_after: int, knowledge: Knowledge) -> Outcome:
    row = session.scalars(select(Parked).where(Parked.channel == one.channel, Parked.key == one.key)).one_or_none()
    if row is None:
        row = Parked(channel=one.channel, key=one.key, address=one.address, text=_masked(one.text), error=type(error).__name__,
                     tries=0)
        session.add(row)
    row.tries += 1
    if row.tries < park_after:
        return Outcome("failed")
    row.parked_at = now()
    claimed = _claim(session, [one])
    reply = Reply(knowledge.wording("error.parked"), tone="emergency")
    if claimed:
        session.add(Owed(channel=one.channel, address=one.address, body=reply.plain(), purpose="reply",
                         delivery_id=claimed[one.channel, one.key], next_try_at=now()))
    return Outcome("parked", (reply,))
