"""Words that our corpus never saw still lie near words that it did: a text's place in a small table of word vectors.

The table is the finder's (`nlp.finder_teach`) seen in the few directions in which our own messages differ most. It is kept apart,
so that teaching the finder anew leaves the classifier as it is; `python -m nlp.sense_draw` draws it again, then `make train`.
"""

import zlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from nlp.features import cut

FOLDER = Path(__file__).parent / "model"


class Sense:
    """`terms`: w and a word, or c and one or two characters; a row of eight-bit numbers times its scale is the term's vector."""

    def __init__(self, terms: Sequence[str], rows: np.ndarray, scale: np.ndarray):
        self.terms = terms
        self._rows = rows
        self._scale = scale.astype(np.float32)
        self.size = rows.shape[1]
        # Weights fitted on one table mean nothing on another; the model carries this mark.
        self.mark = f"{zlib.crc32(rows.tobytes()):08x}"

    @classmethod
    def load(cls, folder: Path = FOLDER) -> "Sense":
        terms = (folder / "sense.txt").read_text(encoding="utf-8").split("\n")
        with np.load(folder / "sense.npz", allow_pickle=False) as kept:
            return cls(terms, kept["rows"], kept["scale"])

    def vector(self, words: Iterable[str], grams: Iterable[str]) -> np.ndarray:
        """A unit vector from a text's words and its characters and pairs of characters; zeros when none is known."""
        rows = [row for row in map(self._words.get, words) if row is not None]
        rows += [row for row in map(self._grams.get, grams) if row is not None]
        rows.sort()
        return self.all(np.array(rows, dtype=np.int64), np.array([0, len(rows)]))[0]

    def all(self, rows: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Unit vectors of many texts: text n's terms are in `rows[ends[n]:ends[n + 1]]`; zeros where there are none."""
        found = np.zeros((len(ends) - 1, self.size), dtype=np.float32)
        some = np.flatnonzero(ends[1:] > ends[:-1])
        if len(some):
            found[some] = np.add.reduceat(self._rows.take(rows, axis=0) * self._scale.take(rows)[:, None], ends[some])
            length = np.sqrt(np.einsum("ij,ij->i", found, found))
            found /= np.where(length > 0, length, 1)[:, None]
        return found

    def places(self, kind: str) -> dict[str, int]:
        """Term → row of the words (`w`) or of the runs of characters (`c`)."""
        return {term[1:]: row for row, term in enumerate(self.terms) if term[0] == kind}

    def bare(self) -> "Sense":
        """Only what `all` needs: serving finds the rows by itself and need not keep the terms."""
        return Sense((), self._rows, self._scale)

    @cached_property
    def _words(self) -> dict[str, int]:
        return self.places("w")

    @cached_property
    def _grams(self) -> dict[str, int]:
        return self.places("c")

    def of(self, text: str) -> np.ndarray:
        """The vector of a normalised text."""
        words, plain = cut(text)
        return self.vector(set(words), {*plain, *(plain[i : i + 2] for i in range(len(plain) - 1))})
