"""Sends what is owed: after the commit, in order within a chat (an emergency first), again until it arrives, inside the
platform's limits.

A crash between the platform's "done" and our mark repeats that message: Telegram's API offers no idempotent send. Such rows
carry `uncertain`, so that the repetition is counted and not hidden.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from bot.pace import Pace
from tickets.db import Store
from tickets.models import URGENT, Chat, Owed, now
from tickets.telling import contacted

log = logging.getLogger("xiaobao.outbox")

LEASE = 20.0  # seconds; renewed while a reply is in the air, so it only lapses when a worker died
MOST_ATTEMPTS = 14  # with the pauses below, about a day
LONGEST_PAUSE = 3 * 3600.0  # seconds
IN_FLIGHT = 60
CLOCK_SLACK, LOOK_AGAIN = 1.0, 10.0  # seconds that the clock may be moved unnoticed; how long we look after it was put back
MOST_UNMARKED = 8
"""Replies that were sent and are not marked yet: as many may arrive twice when the worker dies, so a slow database slows us."""


class Later(Exception):
    """Not now. `seconds` is how long the platform asked us to wait (no failed try then); `everybody` if it meant all chats."""

    def __init__(self, why: str, *, seconds: float | None = None, everybody: bool = False, uncertain: bool = False) -> None:
        super().__init__(why)
        self.seconds, self.everybody, self.uncertain = seconds, everybody, uncertain


class Never(Exception):
    """It will not arrive however often we try. `unreachable` when the person has blocked us or the chat is gone."""

    def __init__(self, why: str, *, unreachable: bool = False) -> None:
        super().__init__(why)
        self.unreachable = unreachable


class Sender(Protocol):
    """A channel's way out. Returns the platform's message id; raises Later or Never."""

    async def send(self, owed: "Owing") -> str | None: ...


@dataclass(frozen=True)
class Owing:
    """One claimed row, detached from the database."""

    id: int
    channel: str
    address: str
    thread: int | None
    ticket_id: int | None
    purpose: str
    body: dict
    attempts: int


@dataclass(frozen=True)
class Result:
    owing: Owing
    platform_id: str | None = None
    error: Later | Never | None = None


class Outbox:
    """The worker's loop over owed rows. Several may run beside each other on PostgreSQL; `rate` is this worker's share.

    `lease` is how many seconds a row is ours; a dead worker's rows come back to the others after it. `undelivered` hears, in the
    same commit, of each row that is given up.
    """

    def __init__(self, store: Store, senders: dict[str, Sender], *, rate: int, tick: float = 0.05, idle: float = 0.5,
                 lease: float = LEASE, undelivered: Callable[[Session, Owing], None] | None = None) -> None:
        self.store, self.senders, self.pace, self.undelivered = store, senders, Pace(rate), undelivered
        self.tick, self.idle, self.lease = tick, idle, timedelta(seconds=lease)
        self._flying: dict[asyncio.Task[None], Owing] = {}
        self._waiting: set[asyncio.Task[None]] = set()  # those in the air that have not begun to send
        self._done: list[Result] = []
        self._writing = 0
        self._marked = asyncio.Event()
        self._renewed = time.monotonic()
        self._ours_until = 0.0  # by the monotonic clock: after it another worker may have our rows
        self._offset, self._look_until, self._looked = time.time() - time.monotonic(), time.monotonic() + LOOK_AGAIN, 0.0
        self.counts = {"sent": 0, "later": 0, "dead": 0}

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; then what is being sent lands and is marked, and what still waits for its turn is given back."""
        while not stop.is_set():
            claimed = await self.step()
            pause = self.tick if claimed or self._flying or self._done else self.idle
            try:
                await asyncio.wait_for(stop.wait(), pause)
            except TimeoutError:
                pass
        for task in self._waiting:
            task.cancel()
        if self._flying:
            await asyncio.wait(self._flying, timeout=20)
        await self._settle(claim=0)

    async def drain(self) -> None:
        """Send all that may be sent now and return when nothing is left to do at this moment."""
        while await self.step() or self._flying or self._done:
            await asyncio.sleep(self.tick)

    async def step(self) -> int:
        """Mark what has landed, claim what may fly, let it fly. Returns how many were claimed."""
        claimed = await self._settle(claim=IN_FLIGHT - len(self._flying))
        for owing in claimed:
            task = asyncio.create_task(self._fly(owing))
            self._flying[task] = owing
            self._waiting.add(task)
            task.add_done_callback(self._landed)
        return len(claimed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        """It leaves the air only once its result is among the done: `_renew` in another thread must find it in one of them."""
        self._waiting.discard(task)
        owing = self._flying[task]
        if task.cancelled():
            self._done.append(Result(owing, error=Later("given back", seconds=0)))
        elif (error := task.exception()) is not None:  # a bug of ours must not hold up the chat behind it for ever
            log.error("reply %d could not be sent: %s", owing.id, type(error).__name__, exc_info=error)
            self._done.append(Result(owing, error=Later(f"bug: {type(error).__name__}", uncertain=True)))
        del self._flying[task]

    async def _settle(self, *, claim: int) -> list[Owing]:
        done, self._done = self._done, []
        self._writing = len(done)
        try:
            return await asyncio.to_thread(self._write, done, claim)
        except Exception:
            self._done = done + self._done  # nothing that was sent may be forgotten because the database is away
            raise
        finally:
            self._writing = 0
            self._marked.set()

    async def _few_unmarked(self) -> None:
        while len(self._done) + self._writing >= MOST_UNMARKED:
            self._marked.clear()
            await self._marked.wait()

    def _write(self, done: list[Result], claim: int) -> list[Owing]:
        if self._clock_was_put_back():
            with self.store.write() as session:
                _put_right(session, self.lease)
        renew = bool(self._flying) and time.monotonic() - self._renewed > self.lease.total_seconds() / 3
        if not done and not renew and not self._anything():
            return []
        with self.store.write() as session:
            for result in done:
                self._mark(session, result)
            session.flush()
            began, at = time.monotonic(), now()  # one moment for both, or a clock put forward between them takes our own rows back
            self._renew(session, {result.owing.id for result in done}, at)
            claimed = _claim(session, list(self.senders), claim, at, lease=self.lease) if claim > 0 else []
        self._ours_until = began + self.lease.total_seconds()
        return claimed

    def _clock_was_put_back(self) -> bool:
        """For a while after a start too: it may have been put back while no worker ran."""
        offset = time.time() - time.monotonic()
        if offset < self._offset - CLOCK_SLACK:
            log.warning("the clock was put back by %.0f s", self._offset - offset)
            self._look_until = time.monotonic() + LOOK_AGAIN
        self._offset = offset
        if time.monotonic() > self._look_until or time.monotonic() - self._looked < 1.0:
            return False
        self._looked = time.monotonic()
        return True

    def _renew(self, session: Session, landed: set[int], at: datetime) -> None:
        """A reply that waits long for its turn stays ours, and so does what landed while we were writing, until it is marked.

        Our own claim, even under a clock put forward, never takes it back; another worker's may, and `uncertain` counts it.
        """
        ours = {owing.id for owing in list(self._flying.values())}  # before the done: what lands goes from here to there
        ours |= {result.owing.id for result in list(self._done)}
        self._renewed = time.monotonic()
        if ours := ours - landed:
            session.execute(update(Owed).where(Owed.id.in_(ours), Owed.status == "sending")
                            .values(lease_until=at + self.lease))

    def _anything(self) -> bool:
        """A look without the write lock, so that an idle worker never stands in the intake's way."""
        at = now()
        with self.store.read() as session:
            return session.scalars(select(Owed.id).where(
                Owed.channel.in_(list(self.senders)),
                or_(and_(Owed.status == "owed", Owed.next_try_at <= at), and_(Owed.status == "sending", Owed.lease_until < at)),
            ).limit(1)).first() is not None

    async def _fly(self, owing: Owing) -> None:
        group = owing.address.startswith("-")
        departure = await self.pace.wait(f"{owing.channel}:{owing.address}", group=group, ready=self._few_unmarked)
        self._waiting.discard(asyncio.current_task())
        if time.monotonic() > self._ours_until:  # a database that kept us waiting for so long: somebody else may be sending it
            self.pace.landed(departure)
            self._done.append(Result(owing, error=Later("given back", seconds=0)))
            return
        try:
            platform_id = await self.senders[owing.channel].send(owing)
        except Later as error:
            if error.seconds is not None:
                self.pace.hold(error.seconds, address=None if error.everybody else f"{owing.channel}:{owing.address}")
            self._done.append(Result(owing, error=error))
        except Never as error:
            self._done.append(Result(owing, error=error))
        else:
            self._done.append(Result(owing, platform_id))
        finally:
            self.pace.landed(departure)

    def _mark(self, session: Session, result: Result) -> None:
        at, owing, error = now(), result.owing, result.error
        row = update(Owed).where(Owed.id == owing.id, Owed.attempts == owing.attempts)  # not if another worker took it over
        if error is None:
            self.counts["sent"] += 1
            session.execute(row.values(status="sent", sent_at=at, platform_id=result.platform_id, lease_until=None, error=None))
            if owing.purpose == "answer":
                contacted(session, Owed.id == owing.id, at=at)
        elif isinstance(error, Later) and (error.seconds is not None or owing.attempts < MOST_ATTEMPTS):
            self.counts["later"] += 1
            asked = error.seconds is not None
            pause = error.seconds if asked else pause_after(owing.attempts)
            session.execute(row.values(status="owed", next_try_at=at + timedelta(seconds=pause), lease_until=None,
                                       attempts=Owed.attempts - int(asked), error=str(error)[:300],
                                       uncertain=Owed.uncertain + int(error.uncertain)))
        else:
            self.counts["dead"] += 1
            log.warning("reply %d is undeliverable after %d tries: %s", owing.id, owing.attempts, error)
            given_up = session.execute(row.values(status="dead", lease_until=None, error=str(error)[:300])).rowcount
            if given_up and self.undelivered is not None:
                self.undelivered(session, owing)
            if isinstance(error, Never) and error.unreachable:
                session.execute(update(Chat).where(Chat.channel == owing.channel, Chat.address == owing.address)
                                .values(unreachable_since=at))


def pause_after(attempts: int) -> float:
    """Seconds until the next try: doubling from one second, with jitter so that a recovered platform is not stormed."""
    return min(2.0 ** (attempts - 1), LONGEST_PAUSE) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, not a secret


def _put_right(session: Session, lease: timedelta) -> None:
    """What was owed or leased by a clock that ran ahead does not wait until that time has come."""
    at = now()
    session.execute(update(Owed).where(Owed.status == "owed", Owed.next_try_at > at, Owed.at > at).values(next_try_at=at, at=at))
    latest = at + timedelta(seconds=LONGEST_PAUSE * 1.3)
    session.execute(update(Owed).where(Owed.status == "owed", Owed.next_try_at > latest).values(next_try_at=at))
    session.execute(update(Owed).where(Owed.status == "sending", Owed.lease_until > at + 2 * lease).values(lease_until=at + lease))


def _claim(session: Session, channels: list[str], most: int, at: datetime, *, lease: timedelta) -> list[Owing]:
    """Take rows whose chat has nothing older still owed: order holds within a chat, and a dead worker's rows come back. What is
    said in an emergency waits only for its own kind and for what is in the air, and everything else of that chat waits for it."""
    lapsed = session.execute(update(Owed).where(Owed.status == "sending", Owed.lease_until < at)
                             .values(status="owed", lease_until=None, uncertain=Owed.uncertain + 1))
    if lapsed.rowcount:
        log.warning("%d replies taken back from a worker that died; they may arrive twice", lapsed.rowcount)
    other, urgent = aliased(Owed), Owed.purpose == URGENT
    first = or_(other.status == "sending",
                and_(other.purpose == URGENT, or_(~urgent, other.id < Owed.id)), and_(~urgent, other.id < Owed.id))
    ready = (
        select(Owed).where(Owed.status == "owed", Owed.next_try_at <= at, Owed.channel.in_(channels),
                           ~exists().where(other.channel == Owed.channel, other.address == Owed.address,
                                           other.status.in_(("owed", "sending")), first))
        .order_by(~urgent, Owed.id).limit(most).with_for_update(skip_locked=True, of=Owed)
    )
    rows = list(session.scalars(ready))
    for row in rows:
        row.status, row.lease_until, row.attempts = "sending", at + lease, row.attempts + 1
    return [Owing(r.id, r.channel, r.address, r.thread, r.ticket_id, r.purpose, r.body, r.attempts) for r in rows]

