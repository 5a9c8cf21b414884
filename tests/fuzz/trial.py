"""Asks the whole application, in this process, whatever was made up, and counts what came back."""

import asyncio
import itertools
import logging
import re
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from sqlalchemy import func, select

from bot.app import create_app
from bot.house import House
from desk.access import COOKIE as DESK_COOKIE
from tests import builders
from tests.fuzz.asked import GROUP, STAFF, WEBHOOK_PATH, Asked, Maker, body_of
from tickets import audit
from tickets.models import DeskSession, Owed, Staff, Ticket, now
from tickets.signing_in import token_hash

SECRET = "a-secret-of-the-webhook_123"
LEAKS = re.compile(rb"Traceback \(most recent|site-packages|sqlalchemy\.|File &#34;|" + re.escape(builders.TOKEN.encode()))
A_ROUND = 5000  # requests; each round has a seed and odd values of its own
SETTINGS = {"telegram_webhook_secret": SECRET, "telegram_staff_group": GROUP, "flood_per_minute": 10**9}


@dataclass
class Tally:
    """What came back, and every answer that was wrong (the first twenty in full)."""

    seed: int
    asked: Counter = field(default_factory=Counter)
    statuses: Counter = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)  # 5xx, or an exception that left the application
    leaks: list[str] = field(default_factory=list)
    errors: Counter = field(default_factory=Counter)  # lines of level ERROR in the log
    outcomes: dict[str, int] = field(default_factory=dict)
    slowest: tuple[float, str] = (0.0, "")
    seconds: float = 0.0
    answers_after: str = ""

    def judge(self, one: Asked, status: int, head: bytes, body: bytes, took: float) -> None:
        self.asked[one.kind] += 1
        self.statuses[one.kind, status] += 1
        self.slowest = max(self.slowest, (took, f"{one.method} {one.path.partition('?')[0]}"))
        shown = f"{one.method} {one.path} {one.headers} {one.body[:1500]!r} → {status} {body[:200]!r}"
        if status >= 500 or status == 0:
            self.failures.append(shown)
        if LEAKS.search(body) or LEAKS.search(head):
            self.leaks.append(shown)


class Inside:
    """The application, asked by ASGI itself: no socket between, so that a hundred thousand requests take minutes."""

    def __init__(self, house: House, loop: asyncio.Runner) -> None:
        self.app, self.loop = create_app(house.settings, house), loop
        self._events: asyncio.Queue = asyncio.Queue()
        self._raised: list[BaseException] = []

    async def open(self) -> None:
        self._up, self._down = asyncio.Event(), asyncio.Event()

        async def said(message: dict[str, Any]) -> None:
            (self._up if message["type"].startswith("lifespan.startup") else self._down).set()
        self._events.put_nowait({"type": "lifespan.startup"})
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        self._life = asyncio.create_task(self.app(scope, self._events.get, said))
        await self._up.wait()

    async def close(self) -> None:
        self._events.put_nowait({"type": "lifespan.shutdown"})
        await self._down.wait()
        await self._life

    async def ask(self, one: Asked, headers: dict[str, str]) -> tuple[int, bytes, bytes]:
        """Status, header lines and body; status 0 with the exception's name when one left the application."""
        path, _, query = one.path.partition("?")
        lines = [(name.encode(), value.encode("latin-1", "replace")) for name, value in ({**one.headers, **headers}).items()]
        scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": one.method, "scheme": "http",
                 "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "state": {},
                 "headers": [(b"host", b"desk.test"), *lines, (b"content-length", b"%d" % len(one.body))],
                 "client": ("127.0.0.1", 5000), "server": ("127.0.0.1", 80)}
        waiting, got, done = [{"type": "http.request", "body": one.body, "more_body": False}], [], asyncio.Event()

        async def receive() -> dict[str, Any]:
            if waiting:
                return waiting.pop()
            await done.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            got.append(message)
        try:
            await self.app(scope, receive, send)
        except Exception as error:  # the server would log it and cut the line: a failure, shown in the table
            return 0, b"", f"{type(error).__name__}: {error}".encode("utf-8", "replace")
        finally:
            done.set()
        status = next((m["status"] for m in got if m["type"] == "http.response.start"), 0)
        head = b"\n".join(b"%s: %s" % pair for m in got for pair in m.get("headers", ()))
        return status, head, b"".join(m.get("body", b"") for m in got)


class Errors(logging.Handler):
    def __init__(self, tally: Tally) -> None:
        super().__init__(logging.ERROR)
        self.tally = tally

    def emit(self, record: logging.LogRecord) -> None:
        self.tally.errors[f"{record.name}: {record.msg % record.args if record.args else record.msg}"[:300]] += 1


@contextmanager
def overheard(tally: Tally) -> Iterator[None]:
    log = logging.getLogger("xiaobao")
    handler, level, up = Errors(tally), log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.ERROR)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        log.propagate = up


def signed_in(house: House) -> tuple[dict[str, str], str]:
    """The cookie and form token of the office's administrator, who is linked on Telegram too.

    Whatever the run did to her (a page of the desk may disable her or take her password) is put right.
    """
    token, csrf, at = secrets.token_urlsafe(32), secrets.token_urlsafe(32), now()
    with house.store.write() as session:
        admin = session.get(Staff, 1) or Staff(username="admin", name="管理员", password_hash="!")
        session.add(admin)
        admin.role, admin.active, admin.must_change_password, admin.telegram_id = "admin", True, False, str(STAFF)
        session.flush()
        session.add(DeskSession(token_hash=token_hash(token, secret_key=house.settings.secret_key), staff_id=admin.id, csrf=csrf,
                                created_at=at, seen_at=at, expires_at=at + timedelta(days=3)))
    return {"cookie": f"{DESK_COOKIE}={token}"}, csrf


def run(house: House, count: int, *, begin: int = 0, said: Any = lambda tally: None) -> Tally:
    """`count` requests in moments of up to eight; `said` is told after every round. A failure is noted, the run goes on."""
    tally, began, ids = Tally(begin), time.perf_counter(), itertools.count(10)
    cookies = {"telegram": {"x-telegram-bot-api-secret-token": SECRET}, "nobody": {},
               "customer": {"cookie": f"xb_chat={secrets.token_urlsafe(32)[:43]}"}}
    cookies["staff"], csrf = signed_in(house)
    with asyncio.Runner() as loop, overheard(tally):
        inside = Inside(house, loop)
        loop.run(inside.open())

        async def moment(batch: list[Asked]) -> None:
            nonlocal csrf

            async def timed(one: Asked) -> None:
                start = time.perf_counter()
                if one.kind == "desk" and one.method == "POST":
                    one = Asked(one.kind, one.method, one.path, one.body + b"&csrf=" + csrf.encode(), one.headers, one.who)
                got = await inside.ask(one, cookies[one.who])
                tally.judge(one, *got, time.perf_counter() - start)
            before = tally.statuses["desk", 401]
            await asyncio.gather(*(timed(one) for one in batch))
            if tally.statuses["desk", 401] > before:
                cookies["staff"], csrf = signed_in(house)

        while (left := count - sum(tally.asked.values())) > 0:
            wanted = sum(tally.asked.values()) + min(left, A_ROUND)
            maker = Maker(begin * 1_000_003 + wanted, lambda: next(ids), odd=min(left, A_ROUND) // 50 + 5)
            while sum(tally.asked.values()) < wanted:
                loop.run(moment(maker.moment()))
            said(tally)
        cookies["staff"], csrf = signed_in(house)
        tally.answers_after = loop.run(_still_answers(inside, house, cookies, next(ids)))
        tally.outcomes = dict(house.intake.counts)
        loop.run(inside.close())
    tally.seconds = time.perf_counter() - began
    return tally


async def _still_answers(inside: Inside, house: House, cookies: dict, number: int) -> str:
    """Empty when the house is whole: ready, a complaint gets its ticket and replies, the desk opens, the audit chain holds."""
    ready = await inside.ask(Asked("page", "GET", "/ready"), {})
    chat = {"id": 777_000_111, "type": "private"}
    note = {"message_id": 1, "date": 1, "chat": chat, "from": {"id": chat["id"], "is_bot": False}, "text": builders.COMPLAINT}
    got = await inside.ask(Asked("update", "POST", WEBHOOK_PATH, body_of({"update_id": number, "message": note}, escaped=False)),
                           cookies["telegram"])
    queue = await inside.ask(Asked("desk", "GET", "/desk/queue"), cookies["staff"])
    with house.store.read() as session:
        owed = session.scalar(select(func.count()).select_from(Owed).where(Owed.address == str(chat["id"])))
        ticket = session.scalar(select(func.count()).select_from(Ticket).where(Ticket.summary.contains("300 块年费")))
        broken = audit.verify(session)
    found = {"ready": ready[2] == b"ready", "delivery": got[0] == 200, "replies": bool(owed), "ticket": bool(ticket),
             "desk": queue[0] == 200, "audit chain": broken is None}
    return ", ".join(name for name, good in found.items() if not good)
