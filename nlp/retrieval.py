"""A customer's question finds the maintained answer, or is honestly refused: a wrong answer from a bank is worse than none."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from knowledge.base import Entry
from nlp.finder_features import features, read_ideas
from nlp.finder_index import Index

SYNONYMS = Path(__file__).parent.parent / "knowledge" / "synonyms.txt"
WEIGHTS = {"char": 1.0, "word": 1.0, "idea": 0.6, "sound": 0.3}
SHOWN = 5
REFUSE_BELOW = 0.2


class Candidate(msgspec.Struct, frozen=True):
    entry: str
    theme: str
    score: float


class Found(msgspec.Struct, frozen=True):
    """`entry` is None when refused; `candidates` are then the near misses to offer. `confidence` is that of the decision."""

    entry: str | None
    theme: str
    confidence: float
    candidates: tuple[Candidate, ...]


class Finder:
    """Searches the entries it was made with; make a new one when the base changes."""

    def __init__(self, entries: Mapping[str, Entry] | Iterable[Entry], *, ideas: Path = SYNONYMS):
        self.entries = list(entries.values() if isinstance(entries, Mapping) else entries)
        self.ideas = read_ideas(ideas)
        lines = [(n, text) for n, e in enumerate(self.entries) for text in (e.question, *e.variants)]
        self.index = Index([features(text, self.ideas) for _, text in lines], WEIGHTS)
        self.starts = np.searchsorted([n for n, _ in lines], np.arange(len(self.entries)))

    def ask(self, text: str, *, staff: bool = False, audience: str | None = None) -> Found:
        """Staff-only entries answer staff only; `audience` breaks ties towards entries written for it."""
        scores = np.maximum.reduceat(self.index.scores(features(text, self.ideas)), self.starts)
        best = [n for n in np.argsort(-scores)[: SHOWN * 4] if staff or not self.entries[n].staff_only][:SHOWN]
        shown = tuple(Candidate(self.entries[n].id, self.entries[n].theme, round(float(scores[n]), 4)) for n in best)
        if not shown:
            return Found(None, "", 0.0, ())
        top = shown[0]
        return Found(top.entry if top.score >= REFUSE_BELOW else None, top.theme, top.score, shown)


class Ranker:
    """Ranks any list of short texts for a query, without training: a bank can try its own FAQ before importing it."""

    def __init__(self, faq: Sequence[tuple[str, str]], *, ideas: Path = SYNONYMS):
        self.ids = [i for i, _ in faq]
        self.ideas = read_ideas(ideas)
        self.index = Index([features(text, self.ideas) for _, text in faq], WEIGHTS)

    def rank(self, query: str, *, most: int = 10) -> list[str]:
        scores = self.index.scores(features(query, self.ideas))
        return [self.ids[n] for n in np.argsort(-scores, kind="stable")[:most]]


def retrieve(faq: Sequence[tuple[str, str]], queries: Sequence[str], *, most: int = 10) -> list[list[str]]:
    """The `most` best ids for each query, best first."""
    ranker = Ranker(faq)
    return [ranker.rank(query, most=most) for query in queries]
