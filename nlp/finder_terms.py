"""Terms and their numbers. The parts of the finder know much the same terms, so those that are kept share one dictionary."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nlp.hashed import Hashed


class LookedUp(NamedTuple):
    """A text's bag (`finder_themes.bag`) by a dictionary that several parts share, so that it is looked up once for all of them."""

    numbers: np.ndarray  # in the shared dictionary, -1 for a term that it lacks
    values: np.ndarray  # float32, beside them
    words: int  # so many of the first are the text's own terms, those behind them ideas


Ids = Mapping[str, int] | Hashed


def numbers(ids: Ids, terms: Iterable[str]) -> np.ndarray:
    """The number of each term in a dictionary (int64), -1 where it is not known."""
    if isinstance(ids, Hashed):
        return ids.rows(terms)
    get = ids.get
    return np.array([get(term, -1) for term in terms], dtype=np.int64)


@dataclass(frozen=True)
class Terms:
    """`ids` gives a term its number. Where it is shared, `own` turns that into the part's own number (-1: not one of ours)."""

    ids: Ids
    own: np.ndarray | None = None

    def numbers(self, terms: Iterable[str]) -> np.ndarray:
        """A number for each term, -1 where it is not known."""
        return self.ours(numbers(self.ids, terms))

    def within(self, shared: "Terms") -> "Terms":
        """The same numbers by the dictionary of others, so that its own need not be held; a term that those lack is forgotten."""
        own = np.full(len(shared.ids) + 1, -1, dtype=np.int32)
        places = numbers(shared.ids, self.ids)
        own[places] = np.arange(len(places))
        own[-1] = -1
        return Terms(shared.ids, own)

    def ours(self, numbers: np.ndarray) -> np.ndarray:
        """Our own numbers for those of the dictionary."""
        return numbers if self.own is None else self.own.take(numbers)


def looked_up(bag: Mapping[str, float], words: int, ids: Ids) -> LookedUp:
    """A bag of which the first `words` are terms, by a shared dictionary."""
    return LookedUp(numbers(ids, bag), np.array(list(bag.values()), dtype=np.float32), words)


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
    ids = Hashed(kept.tobytes().decode().split("\n"))
    return [Terms(ids, own) for own in owns]
