"""What a question is about, before which entry answers it: complement naive Bayes, closed form, no training."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from nlp.finder_index import Arrays
from nlp.finder_terms import Terms

SMOOTH = 0.3
SHARP = 7.5  # spreads the scores of a short text over about the range of log-probabilities
IDEA = 0.15


def bag(counted: Mapping[str, int], ideas: Sequence[str] = ()) -> dict[str, float]:
    """Terms (`terms_of`) of unit length, and each idea a little."""
    terms = {term: 1.0 + math.log(count) for term, count in counted.items()}
    length = math.sqrt(sum(v * v for v in terms.values())) or 1.0
    made = {term: value / length for term, value in terms.items()}
    for idea in ideas:
        made[idea] = made.get(idea, 0.0) + IDEA
    return made


class ThemeReader:
    """`weights`: one row a term, one column a theme."""

    def __init__(self, terms: Terms, weights: np.ndarray):
        self.terms, self.weights = terms, weights

    @classmethod
    def build(cls, bags: Sequence[Mapping[str, float]], themes: Sequence[int]) -> "ThemeReader":
        """`bags[n]` belongs to theme number `themes[n]`."""
        ids: dict[str, int] = {}
        rows = np.array([ids.setdefault(term, len(ids)) for one in bags for term in one], dtype=np.int64)
        values = np.array([value for one in bags for value in one.values()])
        columns = int(max(themes, default=0)) + 1
        cells = rows * columns + np.repeat(np.asarray(themes, dtype=np.int64), [len(one) for one in bags])
        counts = np.bincount(cells, weights=values, minlength=len(ids) * columns).reshape(len(ids), columns)
        others = counts.sum(1, keepdims=True) - counts + SMOOTH
        return cls(Terms(ids), (-np.log(others / others.sum(0)) * SHARP).astype(np.float32))

    def arrays(self) -> dict[str, np.ndarray]:
        return {"weights": self.weights}

    @classmethod
    def of(cls, arrays: Arrays, terms: Terms) -> "ThemeReader":
        return cls(terms, arrays["weights"])

    def read(self, one: Mapping[str, float]) -> np.ndarray:
        """Log of each theme's share."""
        number = self.terms.numbers(one)
        known = np.flatnonzero(number >= 0)
        if not len(known):
            return np.full(self.weights.shape[1], -math.log(self.weights.shape[1]), dtype=np.float32)
        values = np.array(list(one.values()), dtype=np.float32)
        scores = values.take(known) @ self.weights.take(number.take(known), axis=0)
        scores -= scores.max()
        return scores - np.log(np.exp(scores).sum())
