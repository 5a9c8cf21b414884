"""Terms and their numbers. The parts of the finder know much the same terms, so those that are kept share one dictionary."""

from collections.abc import Iterable, Mapping, Sequence
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

    def within(self, shared: "Terms") -> "Terms":
        """The same numbers by the dictionary of others, so that its own need not be held; a term that those lack is forgotten."""
        own = np.full(len(shared.ids) + 1, -1, dtype=np.int32)
        places = [shared.ids.get(term, -1) for term in self.ids]
        own[places] = np.arange(len(places))
        own[-1] = -1
        return Terms(shared.ids, own)

    def known(self, texts: Sequence[Mapping[str, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of all texts one after the other the terms that are ours: number, value, and the place of the text they stand in."""
        number = self.numbers(term for one in texts for term in one)
        value = np.fromiter((value for one in texts for value in one.values()), dtype=np.float32, count=len(number))
        owner = np.repeat(np.arange(len(texts)), [len(one) for one in texts])
        ours = np.flatnonzero(number >= 0)
        return number.take(ours), value.take(ours), owner.take(ours)


def packed(parts: Sequence[Terms]) -> tuple[np.ndarray, list[np.ndarray]]:
    """The terms of all parts as one array of bytes (no term holds a line end), and each part's `own`."""
    ids: dict[str, int] = {}
    places = [np.array([ids.setdefault(term, len(ids)) for term in part.ids], dtype=np.int64) for part in parts]
    owns = []
    for mine in places:
        own = np.full(len(ids) + 1, -1, dtype=np.int32)  # the last for a term that nobody knows
        own[mine] = np.arange(len(mine))
        owns.append(own)
    return np.frombuffer("\n".join(ids).encode(), dtype=np.uint8), owns


def unpacked(kept: np.ndarray, owns: Sequence[np.ndarray]) -> list[Terms]:
    """What `packed` made."""
    terms = kept.tobytes().decode().split("\n")
    ids = dict(zip(terms, range(len(terms)), strict=True))
    return [Terms(ids, own) for own in owns]
