"""Finding the maintained answers that belong to a text, by the pairs of characters they share; rare pairs weigh more.

The bot's finder lives in nlp and is out of the desk's reach; for a list of suggestions beside a ticket this is enough.
"""

import math
from collections import Counter
from collections.abc import Iterable

from knowledge.base import Entry
from tickets.models.ticket_text import pairs, runs

LEAST = 0.08
"""Below this share of the query's weight an entry has nothing to do with it."""


class Shelf:
    """The entries with their pairs, made once when the desk opens. Staff-only entries stand on it too."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = list(entries)
        self.bags = [bag(" ".join((one.question, *one.variants))) for one in self.entries]
        counts = Counter(pair for pieces in self.bags for pair in pieces)
        self.weight = {pair: math.log(1 + len(self.bags) / count) for pair, count in counts.items()}
        self.lengths = [math.sqrt(sum(self.weight[pair] for pair in pieces)) for pieces in self.bags]

    def find(self, text: str, *, stressed: Iterable[str] = (), most: int = 5) -> list[Entry]:
        """The entries nearest to this text, best first; none at all when nothing is near. `stressed` words count thrice."""
        loud = bag(" ".join(stressed))
        wanted = {pair: self.weight[pair] * (3 if pair in loud else 1) for pair in bag(text[:400]) if pair in self.weight}
        whole = sum(wanted.values())
        if not whole:
            return []
        scored = []
        for entry, pieces, length in zip(self.entries, self.bags, self.lengths, strict=True):
            common = sum(weight for pair, weight in wanted.items() if pair in pieces)
            if common / whole >= LEAST:
                scored.append((common / length, entry.id, entry))
        scored.sort(key=lambda row: (-row[0], row[1]))
        return [entry for _, _, entry in scored[:most]]


def bag(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a text, stretch by stretch."""
    return frozenset(pair for run in runs(text) for pair in pairs(run))
