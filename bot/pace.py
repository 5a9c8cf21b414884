"""The platform's limits as sliding windows: so many a second in all, one a second in a chat, so many a minute in a group."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable


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


class Pace:
    """Windows for all chats together and for each chat. `hold` stops a chat, or everybody, for as long as the platform asks."""

    SLACK = 0.02  # seconds added to every window: the platform measures on its own clock

    def __init__(self, per_second: int, *, group_per_minute: int = 19, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._all = Window(per_second, 1 + self.SLACK)
        self._chats: defaultdict[str, Window] = defaultdict(lambda: Window(1, 1 + self.SLACK))
        self._groups: defaultdict[str, Window] = defaultdict(lambda: Window(group_per_minute, 60 + self.SLACK))
        self._held_until = 0.0
        self._held_chats: dict[str, float] = {}

    async def wait(self, address: str, *, group: bool) -> None:
        """Sleep until one more message may leave for this address."""
        own = self._chats[address].reserve(self._clock())
        if group:
            own = max(own, self._groups[address].reserve(self._clock()))
        held = max(self._held_chats.get(address, 0.0) - self._clock(), 0.0)
        await asyncio.sleep(max(own, held))
        while (held := self._held_until - self._clock()) > 0:
            await asyncio.sleep(held)
        await asyncio.sleep(self._all.reserve(self._clock()))
        if len(self._chats) > 50_000:
            self._chats.clear()

    def hold(self, seconds: float, *, address: str | None = None) -> None:
        until = self._clock() + seconds + self.SLACK
        if address is None:
            self._held_until = max(self._held_until, until)
        else:
            self._held_chats[address] = until
