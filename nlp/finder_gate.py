"""Whether to answer at all: a linear reader of how sure the search is and of the words themselves, with a published threshold."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from nlp import finder_neighbours
from nlp.finder_meaning import MODEL
from nlp.finder_scores import MEASURES, Seen
from nlp.finder_terms import Ids, LookedUp, numbers
from nlp.finder_themes import bag

FILE = "finder.json"
SIGNS = (*MEASURES, "score", "margin", "agreement", "third", "known", *finder_neighbours.SIGNS)


def signs(seen: Seen, scores: np.ndarray, themes: np.ndarray, near: np.ndarray) -> np.ndarray:
    """What the gate reads, besides the words: SIGNS for one question, its shortlist sorted best first; `near`: its neighbours'."""
    best = seen.measures[0]
    top = scores[:5]
    mass = np.exp(top - top[0])
    agreement = float(mass[themes[: len(top)] == themes[0]].sum() / mass.sum())
    margin = float(top[0] - top[1]) if len(top) > 1 else 1.0
    third = float(top[: 3].mean())
    return np.array([*best, top[0], margin, agreement, third, seen.known, *near], dtype=np.float32)


class TermWeights:
    """A weight a term, by a dictionary that others hold already: for those that it lacks alone, another is kept."""

    def __init__(self, weights: Mapping[str, float], ids: Ids):
        self._known = np.zeros(len(ids) + 1, dtype=np.float32)  # the last for a term that the dictionary lacks
        places = numbers(ids, weights)
        self._known[places] = list(weights.values())
        self._known[-1] = 0.0
        self._rest = {term: weight for (term, weight), place in zip(weights.items(), places, strict=True) if place < 0}

    def of(self, text: LookedUp, terms: Mapping[str, int]) -> float:
        """What the terms of a text weigh together; `text`: the same terms, looked up in the dictionary."""
        numbers, values = text.numbers[: text.words], text.values[: text.words]
        total = float(self._known.take(numbers) @ values)
        if self._rest and (lacking := np.flatnonzero(numbers < 0)).size:
            names = list(terms)
            total += sum(self._rest.get(names[place], 0.0) * float(values[place]) for place in lacking)
        return total


class Gate:
    """`chance` is the probability that the office should answer; below `threshold` the question is refused.

    `by_entry`: how much the theme of the answer counts beside what the question itself was read as (`finder_themes.settled`).
    """

    def __init__(self, ranking: np.ndarray, by_sign: np.ndarray, middle: np.ndarray, spread: np.ndarray,
                 by_term: Mapping[str, float] | TermWeights, bias: float, threshold: float, by_entry: float = 0.0):
        self.ranking, self.by_sign, self.middle, self.spread = ranking, by_sign, middle, spread
        self.by_term, self.bias, self.threshold, self.by_entry = by_term, bias, threshold, by_entry

    @classmethod
    def load(cls, folder: Path = MODEL) -> "Gate":
        kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
        rows = {name: np.array(kept[name], dtype=np.float32)
                for name in ("ranking", "by_sign", "middle", "spread")}
        return cls(**rows, by_term=kept["by_term"], bias=kept["bias"], threshold=kept["threshold"],
                   by_entry=kept["by_entry"])

    def save(self, folder: Path = MODEL) -> None:
        kept = {name: [round(float(x), 5) for x in getattr(self, name)]
                for name in ("ranking", "by_sign", "middle", "spread")}
        kept |= {"by_term": {t: round(float(v), 3) for t, v in self.by_term.items() if abs(v) > 0.02},
                 "bias": round(self.bias, 5), "threshold": round(self.threshold, 4), "by_entry": self.by_entry}
        (folder / FILE).write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")

    def words(self, terms: Mapping[str, int]) -> float:
        """What the terms (`terms_of`) of a text say to the gate."""
        return sum(self.by_term.get(term, 0.0) * value for term, value in bag(terms).items())

    def chance(self, read: np.ndarray, words: float) -> float:
        """From the SIGNS of a question and what its `words` say."""
        total = self.bias + float((read - self.middle) / self.spread @ self.by_sign) + words
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))
