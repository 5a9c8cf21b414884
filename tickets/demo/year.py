"""Filling an empty database with the synthetic year: the same for the same seed, marked as a demonstration, any size."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, select, text

from knowledge.base import Taxonomy
from knowledge.clocks import Deadlines
from knowledge.reading import TomlFile
from knowledge.tables import Question
from tickets.db import Store
from tickets.demo import rows as columns
from tickets.demo.lives import NEVER, live
from tickets.demo.office import furnish
from tickets.demo.people import settle
from tickets.demo.plan import Planted, draw
from tickets.demo.pouring import mend_counters, pour
from tickets.demo.rows import Batch, Writer
from tickets.demo.talk import ask_questions
from tickets.models import Branch, Chat, Customer, Event, Fact, Gap, Message, Pause, Rating, Ticket, now
from tickets.models.ticket_text import put
from tickets.numbers import SHANGHAI

FACT = "demo"
AT_ONCE = 10_000  # complaints in a transaction
SEARCHED = 100_000  # above this the search index is left out; `xiaobao demo` says so


class DemoRefused(Exception):
    """The database is not empty, or the year lies ahead; the message is for the person who asked."""


@dataclass(frozen=True)
class Filled:
    """What was made: how many tickets of every kind, and the surges that were planted on purpose."""

    tickets: int
    first: date
    until: datetime
    searchable: bool
    planted: list[Planted]


def refuse_unless_empty(store: Store) -> None:
    """Invented complaints beside real ones would be counted and reported: only an empty database is filled."""
    with store.read() as session:
        demo = session.get(Fact, FACT)
        if demo is not None:
            raise DemoRefused(f"这个数据库已经有 {demo.value['year']} 年的演示数据。请换一个空的数据库（--database）。")
        for table, what in ((Ticket, "工单"), (Chat, "客户对话"), (Customer, "客户"), (Branch, "机构设置")):
            if session.scalars(select(table.id).limit(1)).first() is not None:
                raise DemoRefused(f"这个数据库里已有真实{what}，不能混入演示数据。请换一个空的数据库（--database）。")


def fill(store: Store, folder: Path, *, year: int, taxonomy: Taxonomy, rules: Deadlines, tickets: int = 12_000,
         seed: int = 1, until: datetime | None = None, before: bool = True, surges: int = 12,
         quiz: Mapping[str, Question] | None = None, progress: Callable[[int], None] = lambda _: None) -> Filled:
    """Fill an empty, migrated database. `folder` holds demo.toml; `before` fills the year before as well, so that 同比 has a
    base; `tickets` is the number of complaints in all. The year stands as it would at `until` (now, or the year's end)."""
    refuse_unless_empty(store)
    book = TomlFile(folder / "demo.toml").data
    first = date(year - 1 if before else year, 1, 1)
    ends = datetime.combine(date(year + 1, 1, 1), time(), SHANGHAI)
    until = min(until or now(), ends).astimezone(UTC)
    days_until = until.astimezone(SHANGHAI).date()
    if days_until <= date(year, 1, 7):
        raise DemoRefused(f"{year} 年还没有数据可演示，请换一个年份。")
    rng = np.random.default_rng(seed)
    with store.write() as session:
        bank = settle(session, book, since=datetime.combine(first, time(), SHANGHAI).astimezone(UTC))
        session.add(Fact(name=FACT, value={"year": year, "seed": seed, "tickets": tickets, "complete": False}))
    plan = draw(book, bank.offices, first=first, until=days_until, surges_from=max(date(year, 1, 1), first + timedelta(days=60)),
                count=tickets, surges=surges, rng=rng)
    lives = live(plan.received, plan.surge, rules, rng)
    asked = np.sort(lives.reviewed[lives.reviewed < NEVER])
    reviews = live(asked, np.full(len(asked), 0), rules, rng, kind="review")
    writer = Writer(plan, lives, reviews, book=book, taxonomy=taxonomy, until=int(until.timestamp()), head=bank.head,
                    handlers=bank.handlers, leads=bank.leads, rng=rng)
    made, searchable = 0, tickets <= SEARCHED
    for batch in writer.batches(AT_ONCE):
        with store.write() as session:
            _pour(session.connection(), batch, searchable=searchable)
        made += len(batch.ticket)
        progress(len(batch.ticket))
    with store.write() as session:
        ask_questions(session.connection(), book, writer.said, chats=writer.chats, first=first, until=days_until, rng=rng)
        furnish(session, book, bank, until=until, quiz=quiz or {}, seed=seed)
        mend_counters(session.connection(), [m.__table__ for m in (Chat, Customer, Event, Gap, Message, Pause, Rating, Ticket)])
        session.get_one(Fact, FACT).value = {
            "year": year, "seed": seed, "tickets": made, "until": until.isoformat(), "complete": True,
            "surges": [surge.plain() for surge in plan.planted]}
    with store.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("ANALYZE"))
    return Filled(made, first, until, searchable, plan.planted)


def _pour(connection: Connection, batch: Batch, *, searchable: bool) -> None:
    for model, names, rows in (
            (Customer, columns.CUSTOMER, batch.customer), (Chat, columns.CHAT, batch.chat), (Ticket, columns.TICKET, batch.ticket),
            (Event, columns.EVENT, batch.event), (Pause, columns.PAUSE, batch.pause), (Rating, columns.RATING, batch.rating),
            (Message, columns.MESSAGE, batch.message)):
        pour(connection, model.__table__, names, rows)
    if searchable and batch.words:
        put(connection, [{"id": ticket_id, "words": words} for ticket_id, words in batch.words])
