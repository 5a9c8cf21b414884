"""Finding the maintained answers that belong to a text, by the pairs of characters they share; rare pairs weigh more.

The bot's finder lives in nlp and is out of the desk's reach; for a list of suggestions beside a ticket this is enough.
"""

import math
from array import array
from collections import defaultdict
from collections.abc import Iterable
from itertools import islice

from knowledge.base import Entry
from knowledge.today import Fit, holds, today
from tickets.models.ticket_text import pairs, runs

LEAST = 0.08
"""Below this share of the query's weight an entry has nothing to do with it."""
WAYS = 12
"""So many ways to ask an entry are read, the first: all of them would cost every web process 40 MB."""


class Shelf:
    """The answers of a base, staff-only ones included. Read again whenever the base has changed."""

    def __init__(self, base: Fit[Entry]) -> None:
        self.base = base
        self._read = base.written, _Pairs(base.values())

    def find(self, text: str, *, stressed: Iterable[str] = (), most: int = 5) -> list[Entry]:
        """The entries nearest to this text, best first; none at all when nothing is near. `stressed` words count thrice."""
        written, read = self._read
        if written is not self.base.written:
            written, read = self._read = self.base.written, _Pairs(self.base.values())
        day = today()
        return list(islice((entry for entry in read.ranked(text, stressed) if holds(entry, day)), most))


class _Pairs:
    """For each pair the places of the entries that hold it."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = list(entries)
        self.holders: defaultdict[str, array[int]] = defaultdict(lambda: array("H"))
        bags = [bag(" ".join((one.question, *one.variants[:WAYS]))) for one in self.entries]
        for place, pieces in enumerate(bags):
            for pair in pieces:
                self.holders[pair].append(place)
        self.lengths = [math.sqrt(sum(map(self.weight, pieces))) for pieces in bags]

    def weight(self, pair: str) -> float:
        return math.log(1 + len(self.entries) / len(self.holders[pair]))

    def ranked(self, text: str, stressed: Iterable[str]) -> list[Entry]:
        loud = bag(" ".join(stressed))
        wanted = {pair: self.weight(pair) * (3 if pair in loud else 1) for pair in bag(text[:400]) if pair in self.holders}
        common: defaultdict[int, float] = defaultdict(float)
        for pair, weight in wanted.items():
            for place in self.holders[pair]:
                common[place] += weight
        least = LEAST * sum(wanted.values())
        scored = [(shared / self.lengths[place], self.entries[place]) for place, shared in common.items() if shared >= least]
        return [entry for _, entry in sorted(scored, key=lambda row: (-row[0], row[1].id))]


def bag(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a text, stretch by stretch."""
    return frozenset(pair for run in runs(text) for pair in pairs(run))
