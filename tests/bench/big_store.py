"""What a message costs beside a million tickets: `make bench-big`, or `python -m tests.bench.big_store URL [--tickets 1000000]`.

URL is an *empty* database of your own. It is filled by plain inserts (five messages, two deliveries and two replies a ticket), then
the same deliveries are handled on it and on an empty database of the same kind in turn; the ratio of their cost is the figure.
"""

import argparse
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import func, insert, select, text
from tqdm import tqdm

from bot.house import House
from bot.intake import Intake
from bot.messages import Incoming
from bot.settings import Settings
from bot.understanding import Understanding
from knowledge.base import load
from nlp.classifier import Reader
from nlp.retrieval import Finder
from nlp.scam import ScamChecker
from tests.bench.__main__ import write
from tests.bench.figures_table import Row, machine, written
from tests.bench.mix import PEOPLE, messages
from tests.bench.queue_speed import CLOSED, WORDS, fill
from tickets import migrate, search
from tickets.db import Store
from tickets.models import Chat, Delivery, Message, Owed, Ticket

END = datetime(2026, 11, 24, tzinfo=UTC)
PART = 20_000  # rows of a transaction
BATCH, ROUNDS = 32, 12
keys, RUN = itertools.count(), uuid4().hex


def fill_big(store: Store, tickets: int, messages_of_ticket: int = 5) -> None:
    """A year and more of an office: one chat in three tickets, all old tickets closed."""
    fill(store, 2000, 0.2)
    pick, chats = random.Random(5), tickets // 3
    words = ["".join(pick.choices(WORDS, k=pick.randrange(8, 30))) for _ in range(5000)]

    def at(n: int) -> datetime:
        return END - timedelta(days=400) + timedelta(seconds=n * 34_000_000 // tickets)

    def chat_rows() -> Iterator[dict[str, Any]]:
        for n in range(chats):
            yield {"channel": "telegram", "address": str(10_000_000 + n), "state": {}, "created_at": at(n), "seen_at": at(n)}

    def ticket_rows() -> Iterator[dict[str, Any]]:
        for n in range(tickets):
            yield {"number": f"n{n:08d}", "kind": "complaint", "status": CLOSED[n % 5], "source": "telegram", "category": "LOAN",
                   "cause": "PROCESS", "also": [], "rights": [], "flags": [], "reading": {}, "chat_id": first_chat + n % chats,
                   "summary": words[n % 5000], "facts": "", "received_at": at(n), "clock_from": at(n),
                   "due_at": at(n) + timedelta(days=15)}

    def message_rows() -> Iterator[dict[str, Any]]:
        for n in range(tickets * messages_of_ticket):
            yield {"chat_id": first_chat + n % chats, "author": ("customer", "bot")[n % 2], "kind": "text", "text": words[n % 5000],
                   "reading": None, "at": at(n // messages_of_ticket)}

    def delivery_rows() -> Iterator[dict[str, Any]]:
        for n in range(tickets * 2):
            yield {"channel": "telegram", "key": f"old-{n}", "at": at(n // 2)}

    def owed_rows() -> Iterator[dict[str, Any]]:
        for n in range(tickets * 2):
            yield {"channel": "telegram", "address": str(10_000_000 + n % chats), "body": {"text": words[n % 5000]},
                   "purpose": "reply", "status": "sent", "attempts": 1, "uncertain": 0, "next_try_at": at(n // 2),
                   "sent_at": at(n // 2), "at": at(n // 2)}

    _pour(store, Chat, chat_rows(), chats)
    with store.read() as session:
        first_chat = session.scalar(select(func.min(Chat.id)))
    for kind, rows, count in ((Ticket, ticket_rows(), tickets), (Message, message_rows(), tickets * messages_of_ticket),
                              (Delivery, delivery_rows(), tickets * 2), (Owed, owed_rows(), tickets * 2)):
        _pour(store, kind, rows, count)
    with tqdm(total=tickets, desc="index of words", file=sys.stderr) as bar:
        last = 0
        while True:
            with store.write() as session:
                last = search.reindex(session, after=last, limit=PART)
            bar.update(PART)
            if not last:
                break
    with store.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("ANALYZE" if store.is_sqlite else "VACUUM ANALYZE"))


def _pour(store: Store, kind: Any, rows: Iterator[dict[str, Any]], count: int) -> None:
    with tqdm(total=count, desc=kind.__tablename__, file=sys.stderr) as bar:
        while part := list(itertools.islice(rows, PART)):
            with store.write() as session:
                session.connection().execute(insert(kind.__table__), part)
            bar.update(len(part))


@dataclass
class Side:
    """One database with the house on it, and milliseconds a message: of processor time, and on the clock."""

    house: House
    spent: list[float]
    clock: list[float]

    def handle(self, texts: list[str]) -> None:
        batch = []
        for text_ in texts:
            n = next(keys)
            pressed = text_.startswith("\t")
            batch.append(Incoming("telegram", f"{RUN}-{n}", f"{RUN[:8]}-{n % PEOPLE}", "" if pressed else text_, platform_id=str(n),
                                  button=text_[1:] if pressed else "", kind="button" if pressed else "text"))
        began, clock = time.thread_time(), time.perf_counter()
        outcomes = self.house.intake.receive(batch)
        self.spent.append((time.thread_time() - began) * 1000 / len(batch))
        self.clock.append((time.perf_counter() - clock) * 1000 / len(batch))
        if any(outcome.status != "handled" for outcome in outcomes):
            raise RuntimeError("a delivery was not handled")


def houses(urls: list[str], folder: Path) -> list[Side]:
    knowledge = load()
    read = Understanding(Reader.load(), Finder(knowledge.entries.values()), ScamChecker.load())
    sides = []
    for url in urls:
        store, settings = Store(url), Settings(var_folder=folder, database_url=url, secret_key="k" * 40, flood_per_minute=10**6)
        sides.append(Side(House(settings, store, knowledge, read, Intake(store, knowledge, read, settings)), [], []))
    return sides


def rows(url: str, empty: str, tickets: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        big, small = houses([url, empty], Path(folder))
        texts = messages(BATCH * (ROUNDS + 2))
        for n in range(ROUNDS + 2):
            for side in (big, small) if n % 2 else (small, big):
                side.handle(texts[n * BATCH:(n + 1) * BATCH])
        for side in (big, small):
            side.spent, side.clock = side.spent[2:], side.clock[2:]
            side.house.store.close()
    spent, clock = (statistics.median(getattr(big, name)) / statistics.median(getattr(small, name)) for name in ("spent", "clock"))
    return [Row(f"已存 {tickets:,} 件工单、{tickets * 5:,} 条消息时每条 ÷ 空库", f"{spent:.2f}", "≤ 1.20", spent <= 1.2,
                f"处理器时间 {statistics.median(big.spent):.2f} ÷ {statistics.median(small.spent):.2f} ms，"
                f"时钟上 {clock:.2f} 倍；每批 {BATCH} 条，{ROUNDS} 批，交替；{'SQLite' if 'sqlite' in url else 'PostgreSQL'}")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--empty", help="another empty database; on SQLite one is made", default="")
    parser.add_argument("--tickets", type=int, default=1_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        empty = asked.empty or f"sqlite:///{folder}/empty.sqlite3"
        for url in (asked.url, empty):
            migrate.upgrade(url)
        store = Store(asked.url)
        with store.read() as session:
            filled = session.scalar(select(Ticket.id).limit(1)) is not None
        if not filled:
            fill_big(store, asked.tickets)
        store.close()
        found = rows(asked.url, empty, asked.tickets)
        print(machine(), "\n")
        print(written(found))
        if asked.tickets >= 1_000_000:
            write(f"big-{'sqlite' if store.is_sqlite else 'postgresql'}", "已经存了很多的时候", found)


if __name__ == "__main__":
    main()
