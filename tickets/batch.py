"""Many messages in one transaction: ids are given out beforehand and one flush serves all, where a flush a message costs more
than reading it.

Who uses a Batch sees what was added before only after `flush()`; the intake flushes before a chat speaks again.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select, text
from sqlalchemy.orm import Session, defer

from tickets.models import Alert, Correction, Event, Gap, Ticket

POINTED_AT = (Ticket, Gap)  # by other rows of the same flush
NUMBERED = (*POINTED_AT, Event, Alert, Correction)  # with its id given, a row need not be read back
BLOCK = 16  # ids taken at a time from a PostgreSQL sequence
SELDOM = (Ticket.reading, Ticket.also, Ticket.rights, Ticket.decision_reason, Ticket.redress, Ticket.extension_reason,
          Ticket.regulator_due_at, Ticket.decided_at, Ticket.closed_at)
"""What a conversation hardly ever asks of a remembered ticket; it is read when it does."""
MOST = 30
"""So many of a chat's tickets are remembered, the newest; who has more is asked about in the database."""


class Batch(Session):
    """A session that flushes only when it is told to, tickets before what points to them.

    `spare` holds ids that an earlier batch took from a sequence and did not use; the store empties it on every new connection.
    """

    def __init__(self, bind: Any, *, spare: dict[type, list[int]]) -> None:
        super().__init__(bind, expire_on_commit=False, autoflush=False)
        self._spare = spare
        self._next: dict[type, int] = {}
        self._of_chat: dict[int, list[Ticket]] = {}

    def add(self, instance: object, **options: Any) -> None:
        if isinstance(instance, NUMBERED) and instance.id is None:
            instance.id = self._number(type(instance))
        if isinstance(instance, Event):  # said of every one, so that all go in by one statement
            instance.data, instance.reason = instance.data or {}, instance.reason or ""
        if isinstance(instance, Ticket) and instance.chat_id in self._of_chat:
            self._of_chat[instance.chat_id].insert(0, instance)
        super().add(instance, **options)

    def flush(self, objects: Any = None) -> None:
        new = list(self.new)
        if any(isinstance(one, POINTED_AT) for one in new):
            later = [one for one in new if not isinstance(one, POINTED_AT)]
            for one in later:
                self.expunge(one)
            super().flush(objects)
            super().add_all(later)
        super().flush(objects)

    def remember(self, chat_ids: Iterable[int], *, fresh: Iterable[int] = ()) -> None:
        """Read the tickets of these chats in one query; `fresh` chats were made a moment ago and have none."""
        self._of_chat |= {chat_id: [] for chat_id in fresh}
        wanted = [chat_id for chat_id in chat_ids if chat_id not in self._of_chat]
        if not wanted:
            return
        found = defaultdict(list)
        for ticket in self.scalars(_newest_of(), {"chats": wanted}):
            found[ticket.chat_id].append(ticket)
        self._of_chat |= {chat_id: found[chat_id] for chat_id in wanted}

    def tickets_of(self, chat_id: int) -> list[Ticket]:
        """The newest tickets of a chat, newest first, those of this batch included."""
        self.remember([chat_id])
        return self._of_chat[chat_id]

    def _number(self, kind: type) -> int:
        if self.get_bind().dialect.name != "sqlite":
            spare = self._spare.setdefault(kind, [])
            if not spare:
                taken = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :many)")
                spare += sorted(self.scalars(taken, {"table": kind.__tablename__, "many": BLOCK}), reverse=True)
            return spare.pop()
        if kind not in self._next:  # we hold SQLite's write lock: nobody else can take these numbers
            self._next[kind] = (self.scalar(select(func.max(kind.id))) or 0) + 1
        else:
            self._next[kind] += 1
        return self._next[kind]


@lru_cache(maxsize=1)
def _newest_of() -> Select:
    """The newest tickets of each of these chats; built once."""
    place = func.row_number().over(partition_by=Ticket.chat_id, order_by=Ticket.id.desc()).label("place")
    newest = select(Ticket.id, place).where(Ticket.chat_id.in_(bindparam("chats", expanding=True))).subquery()
    return (select(Ticket).options(*map(defer, SELDOM)).join(newest, newest.c.id == Ticket.id)
            .where(newest.c.place <= MOST).order_by(Ticket.id.desc()))


def tickets_of(session: Session, chat_id: int) -> list[Ticket]:
    """The newest tickets of a chat, newest first; in a batch they are read once for all who speak."""
    if isinstance(session, Batch):
        return session.tickets_of(chat_id)
    return list(session.scalars(select(Ticket).where(Ticket.chat_id == chat_id).order_by(Ticket.id.desc()).limit(MOST)))
