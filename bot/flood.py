"""Floods are slowed, not silenced: who writes too fast gets one polite line a minute, and an emergency always gets through."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

REMEMBERED = 20_000  # chats


class Flood:
    """Counts messages a minute by chat, in memory: a restart forgives everybody, which harms nobody."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute, self._clock = per_minute, clock
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._told: dict[str, float] = {}

    def too_fast(self, who: str) -> bool:
        """Count one message of `who`; true when it is one too many for this minute."""
        now = self._clock()
        times = self._seen.setdefault(who, deque(maxlen=self.per_minute + 1))
        self._seen.move_to_end(who)
        times.append(now)
        if len(self._seen) > REMEMBERED:
            gone, _ = self._seen.popitem(last=False)
            self._told.pop(gone, None)
        return len(times) > self.per_minute and now - times[0] < 60

    def tell(self, who: str) -> bool:
        """Whether to say so now: once a minute is enough."""
        now = self._clock()
        if now - self._told.get(who, -60.0) < 60:
            return False
        self._told[who] = now
        return True
