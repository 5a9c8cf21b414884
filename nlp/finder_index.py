"""Search stays under half a millisecond over ten thousand entries because postings are flat numpy arrays."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from nlp.finder_terms import Terms

# A term that stands in more than this share of the lines costs the most time and says the least: with shares from
# 0.25 down to 0.008 the right entry was found equally often.
COMMON = 0.015
LOUDEST = 64  # terms of a query that are looked up: of a whole story the others change nothing
Arrays = Mapping[str, np.ndarray]


class Counted(NamedTuple):
    """The terms of a query, channel by channel: where each channel begins, and its share of the weight."""

    terms: list[str]
    often: list[int]
    begins: list[int]
    shares: list[float]


class Index:
    """Weighted sum of cosines, one per channel, over sublinear TF-IDF; a query's score against each line is in [0, 1].

    Term n stands in the lines `places[starts[n]:starts[n + 1]]` with `values` beside them; the last `idf` is that of a term nobody
    wrote, which still counts in the length of a query: it is what the base does not know.
    """

    def __init__(self, weights: Mapping[str, float], size: int, terms: Terms, idf: np.ndarray, starts: np.ndarray,
                 places: np.ndarray, values: np.ndarray):
        total = sum(weights.values())
        self.weights = {channel: weight / total for channel, weight in weights.items()}
        self.size, self.terms = size, terms
        self.idf, self.starts, self.places, self.values = idf, starts, places, values
        self._counts = np.append(np.diff(starts), 0)  # of a term nobody wrote there are no lines

    @classmethod
    def build(cls, lines: Sequence[Mapping[str, Sequence[str]]], weights: Mapping[str, float]) -> "Index":
        ids: dict[str, int] = {}
        total, pieces = sum(weights.values()), []
        for channel, weight in weights.items():
            flat = np.array([ids.setdefault(term, len(ids)) for line in lines for term in line[channel]], dtype=np.int64)
            owner = np.repeat(np.arange(len(lines)), [len(line[channel]) for line in lines])
            pieces.append((weight / total, owner, flat))
        found = []
        for weight, owner, flat in pieces:
            once, counts = np.unique(owner * max(len(ids), 1) + flat, return_counts=True)
            found.append((weight, *np.divmod(once, max(len(ids), 1)), 1.0 + np.log(counts)))
        seen = np.bincount(np.concatenate([terms for _, _, terms, _ in found]), minlength=len(ids))
        idf = np.log((len(lines) + 1) / (seen + 0.5)) + 0.3
        if len(lines) > 200:
            idf[seen > COMMON * len(lines)] = 0.0
        shares = []
        for weight, owner, terms, often in found:
            value = often * idf[terms]
            square = np.bincount(owner, weights=value * value, minlength=len(lines))
            shares.append(value * np.sqrt(weight / np.where(square > 0, square, 1))[owner])
        place, term, value = (np.concatenate(parts) for parts in ([f[1] for f in found], [f[2] for f in found], shares))
        kept = np.flatnonzero(value > 0)
        kept = kept[np.argsort(term[kept], kind="stable")]
        starts = np.searchsorted(term[kept], np.arange(len(ids) + 1))
        idf = np.append(idf, math.log((len(lines) + 1) / 0.5) + 0.3)
        return cls(weights, len(lines), Terms(ids), idf, starts, place[kept].astype(np.int32), value[kept].astype(np.float32))

    def arrays(self) -> dict[str, np.ndarray]:
        """All of it as plain arrays, for `of`."""
        return {"size": np.array(self.size), "idf": self.idf, "starts": self.starts,
                "places": self.places, "values": self.values}

    @classmethod
    def of(cls, arrays: Arrays, terms: Terms, weights: Mapping[str, float]) -> "Index":
        return cls(weights, int(arrays["size"]), terms, *(arrays[name] for name in ("idf", "starts", "places", "values")))

    def scores(self, line: Mapping[str, Sequence[str]]) -> tuple[np.ndarray, float]:
        """Of a query one score a line, and the share of its weight in terms the lines hold."""
        counted = self.counted(line)
        return self.scores_of(counted, self.terms.numbers(counted.terms))

    def counted(self, line: Mapping[str, Sequence[str]]) -> Counted:
        """A query as `scores_of` takes it, of this index or of another with the same channels."""
        found = Counted([], [], [], [])
        for channel, weight in self.weights.items():
            if line[channel]:
                often = Counter(line[channel])
                found.begins.append(len(found.terms))
                found.terms.extend(often)
                found.often.extend(often.values())
                found.shares.append(weight)
        return found

    def scores_of(self, counted: Counted, numbers: np.ndarray) -> tuple[np.ndarray, float]:
        """`scores` of a query whose terms have these numbers of ours."""
        number, value, known = self._weighed(counted, numbers)
        if not len(number):
            return np.zeros(self.size), known
        starts, many = self.starts.take(number), self._counts.take(number)
        place = np.cumsum(many)
        at = np.arange(place[-1]) + np.repeat(starts - place + many, many)
        return np.bincount(self.places.take(at), self.values.take(at) * np.repeat(value, many), self.size), known

    def _weighed(self, counted: Counted, number: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        """The terms of a query that the lines hold, what each counts, and the share of the query's weight in them."""
        _, often, begins, shares = counted
        if not often:
            return np.zeros(0, dtype=np.int64), np.zeros(0), 0.0
        value = self.idf.take(number)
        if len(often) != sum(often):
            value *= 1.0 + np.log(often)
        square = value * value
        whole = np.add.reduceat(square, begins)
        share = np.array(shares) / np.where(whole > 0, whole, np.inf)
        held = np.flatnonzero((number >= 0) & (value > 0))
        share = share.take(np.searchsorted(begins, held, side="right") - 1)
        number, value, known = number.take(held), value.take(held) * np.sqrt(share), float(square.take(held) @ share)
        if len(number) > LOUDEST:
            loud = np.argpartition(-value, LOUDEST)[:LOUDEST]
            number, value = number.take(loud), value.take(loud)
        return number, value, known


def largest(scores: np.ndarray, most: int) -> np.ndarray:
    """Places of the `most` largest, in no order. Most lines of a long list score nothing; many equals make a selection slow."""
    near = np.flatnonzero(scores > 0)
    if len(near) < most:
        return np.append(near, np.flatnonzero(scores <= 0)[: most - len(near)])
    return near[np.argpartition(scores.take(near), len(near) - most)[-most:]]
