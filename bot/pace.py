"""The platform's limits as sliding windows: for all together, for a chat (one a second on average), for a group."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


class Window:
    """At most `most` events in any `seconds`; `reserve` books the next free moment and says how long to wait for it."""

    def __init__(self, most: int, seconds: float) -> None:
        self.seconds = seconds
        self._booked: deque[float] = deque(maxlen=most)

    def reserve(self, now: float) -> float:
        at = now
        if len(self._booked) == self._booked.maxlen:
            at = max(now, self._booked[0] + self.seconds)
        self._booked.append(at)
        return at - now


@dataclass
class Departure:
    """When a message left and when its answer came, in seconds of the pace's clock."""

    left: float
    landed: float | None = None


class Pace:
    """Windows for all chats together and for each chat. `hold` stops a chat, or everybody, for as long as the platform asks."""

    SLACK = 0.02  # seconds added to every window: the platform measures on its own clock
    BURST = 3  # messages that a chat may get at once; the platform allows short bursts as long as it stays at one a second
    CATCH_UP = 2  # messages that may follow at once after a late wake-up
    LONGEST_WAY = 0.5  # seconds after which a message without an answer is taken to have arrived
    TOGETHER = 1.0  # seconds within which three chats asked to wait mean that everybody is meant

    def __init__(self, per_second: int, *, group_per_minute: int = 19, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._every = 1.0 / per_second
        self._next = 0.0
        self._turn = asyncio.Lock()
        self._gone: deque[Departure] = deque(maxlen=per_second + 1)  # 29 a second stays within 30 in every window
        self._chats: defaultdict[str, Window] = defaultdict(
            lambda: Window(self.BURST, self.BURST + self.SLACK))
        self._groups: defaultdict[str, Window] = defaultdict(lambda: Window(group_per_minute, 60 + self.SLACK))
        self._held_until = 0.0
        self._held_chats: dict[str, float] = {}
        self._floods: deque[tuple[str, float]] = deque(maxlen=3)

    async def wait(self, address: str, *, group: bool, ready: Callable[[], Awaitable[None]] | None = None) -> Departure:
        """Sleep until one more message may leave for this address; the caller says `landed` when it was answered.

        `ready` is awaited by the first in the queue, which stops everybody behind it too.
        """
        own = self._chats[address].reserve(self._clock())
        if group:
            own = max(own, self._groups[address].reserve(self._clock()))
        await asyncio.sleep(own)
        while (held := self._held_chats.get(address, 0.0) - self._clock()) > 0:
            await asyncio.sleep(held)
        async with self._turn:
            if ready is not None:
                await ready()
            departure = await self._leave()
        if len(self._chats) > 50_000:
            self._chats.clear()
            self._held_chats.clear()
        return departure

    async def _leave(self) -> Departure:
        """Evenly, and never more on the way and arrived in the last second than the platform takes.

        The platform counts when a message arrives, which we do not see: it is at the latest when the answer comes.
        """
        while (pause := max(self._held_until, self._next, self._room()) - self._clock()) > 0:
            await asyncio.sleep(min(pause, 0.05) if self._gone and self._gone[0].landed is None else pause)
        now = self._clock()
        self._next = max(self._next, now - self.CATCH_UP * self._every) + self._every
        self._gone.append(Departure(now))
        return self._gone[-1]

    def _room(self) -> float:
        """The moment from which the platform's window has room for one more."""
        if len(self._gone) < (self._gone.maxlen or 1):
            return 0.0
        first = self._gone[0]
        return (first.landed if first.landed is not None else first.left + self.LONGEST_WAY) + 1.0

    def landed(self, departure: Departure) -> None:
        departure.landed = self._clock()

    def hold(self, seconds: float, *, address: str | None = None) -> None:
        """The platform asked to wait. It does not say whether it meant one chat or all: three chats at once mean all."""
        now = self._clock()
        until = now + seconds + self.SLACK
        if address is not None:
            self._held_chats[address] = max(self._held_chats.get(address, 0.0), until)
            self._floods.append((address, now))
            if len({chat for chat, at in self._floods if now - at <= self.TOGETHER}) < 3:
                return
        self._held_until = max(self._held_until, until)
