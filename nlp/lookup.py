"""Serving's short cut: the rows of a text's features, without spelling out feature names.

Words, runs of characters and signs are asked for as they stand; what a word or run leads to is one place in one table, be it a
feature of the model, a term of the sense, the start of an idea's phrase, or all of these. Tests hold this to `features()` and to
`Sense.of`.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from operator import add

import numpy as np

from nlp.features import LONGEST_CHARS, cut
from nlp.signs import Heard
from nlp.text import ideas

RUNS, WORDS, IDEAS, SIGNS = "cwir"


class Lookup:
    """Feature n of `names` has row n; rows from `len(names)` on are of what the sense alone knows, or of starts of phrases."""

    def __init__(self, names: Sequence[str], terms: Sequence[str]):
        """`terms` are those of the sense; `of_term[n]` is the row of the n-th."""
        self._rows: dict[str, dict[str, int]] = {kind: {} for kind in (RUNS, WORDS, IDEAS, SIGNS)}
        for row, name in enumerate(names):
            self._rows[name[0]][name[1:]] = row
        self._features = self.size = len(names)
        self.of_term = np.array([self._add(term[0], term[1:]) for term in terms], dtype=np.int64)
        self._hints = {self._add(RUNS, start): hint for start, hint in _phrases(self._rows[IDEAS]).items()}
        self._hinted = self._hints.keys()

    def _add(self, kind: str, term: str) -> int:
        row = self._rows[kind].setdefault(term, self.size)
        self.size += row == self.size
        return row

    def feature(self, name: str) -> int | None:
        """The row of a feature, None where the vocabulary lacks it."""
        return self.features((name,))[0]

    def features(self, names: Iterable[str]) -> list[int | None]:
        """`feature` of each."""
        rows, known = self._rows, self._features
        found = (rows[name[0]].get(name[1:]) for name in names)
        return [row if row is not None and row < known else None for row in found]

    def read(self, text: str, heard: Heard) -> np.ndarray:
        """The rows of a normalised text in which `heard` was heard, each once. What has no row counts nothing."""
        words, plain = cut(text)
        pairs = list(map(add, plain, plain[1:]))
        found = set(map(self._rows[RUNS].get, chain(plain, pairs, map(add, pairs, plain[2:]))))
        found.update(map(self._rows[WORDS].get, words))
        found.update(map(self._rows[SIGNS].get, heard.signs))
        found.discard(None)
        for place in self._hinted & found:
            own, longer = self._hints[place]
            found.update(own)
            for phrase, rows in longer:
                if phrase in plain:
                    found.update(rows)
        return np.array(list(found), dtype=np.int64)


def _phrases(codes: dict[str, int]) -> dict[str, tuple[list[int], list[tuple[str, list[int]]]]]:
    """Starts of the ideas' phrases → the rows of the start itself, and the longer phrases with theirs."""
    by_start: dict[str, tuple[list[int], list[tuple[str, list[int]]]]] = {}
    for phrase, said in ideas().items():
        rows = [codes[code] for code in said if code in codes]
        own, longer = by_start.setdefault(phrase[:LONGEST_CHARS], ([], []))
        if len(phrase) <= LONGEST_CHARS:
            own += rows
        else:
            longer.append((phrase, rows))
    return by_start
