"""Terms and their numbers. The parts of the finder know much the same terms, so those that are kept share one dictionary."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Terms:
    """`ids` gives a term its number. Where it is shared, `own` turns that into the part's own number (-1: not one of ours)."""

    ids: Mapping[str, int]
    own: np.ndarray | None = None

    def numbers(self, terms: Iterable[str]) -> np.ndarray:
        """A number for each term, -1 where it is not known."""
        get = self.ids.get
        found = np.array([get(term, -1) for term in terms], dtype=np.int64)
        return found if self.own is None else self.own.take(found)

    def packed(self) -> np.ndarray:
        """The terms in the order of their numbers as one array of bytes; no term holds a line end."""
        if self.own is None:
            return np.frombuffer("\n".join(self.ids).encode(), dtype=np.uint8)
        shared = list(self.ids)
        places = np.flatnonzero(self.own[:-1] >= 0)
        return np.frombuffer("\n".join(shared[n] for n in places[np.argsort(self.own[places])]).encode(), dtype=np.uint8)


def unpacked(*kept: np.ndarray) -> list[Terms]:
    """What several `packed` kept, on one dictionary."""
    parts = [one.tobytes().decode().split("\n") if len(one) else [] for one in kept]
    ids: dict[str, int] = {}
    places = [np.array([ids.setdefault(term, len(ids)) for term in part], dtype=np.int64) for part in parts]
    found = []
    for mine in places:
        own = np.full(len(ids) + 1, -1, dtype=np.int32)  # the last for a term that nobody knows
        own[mine] = np.arange(len(mine))
        found.append(Terms(ids, own))
    return found
