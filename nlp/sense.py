"""Words that our corpus never saw still lie near words that it did: a text's place in a small table of word vectors.

The table is the finder's (`nlp.finder_teach`) seen in the few directions in which our own messages differ most. It is kept apart,
so that teaching the finder anew leaves the classifier as it is; `python -m nlp.sense_draw` draws it again, then `make train`.
"""

import zlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from nlp.features import cut
from nlp.linear import unit

FOLDER = Path(__file__).parent / "model"
FILES = TERMS, ROWS = "sense.txt", "sense.npz"


class Sense:
    """`terms`: w and a word, or c and one or two characters; a row of eight-bit numbers times its scale is the term's vector."""

    def __init__(self, terms: Sequence[str], rows: np.ndarray, scale: np.ndarray):
        self.terms, self.rows, self.scale = terms, rows, scale.astype(np.float32)
        self.size = rows.shape[1]
        # Weights fitted on one table mean nothing on another; the model carries this mark.
        self.mark = f"{zlib.crc32(rows.tobytes()):08x}"

    @classmethod
    def load(cls, folder: Path | None = None) -> "Sense":
        folder = folder or FOLDER
        terms = (folder / TERMS).read_text(encoding="utf-8").split("\n")
        with np.load(folder / ROWS, allow_pickle=False) as kept:
            made = cls(terms, kept["rows"], kept["scale"])
        if len(terms) != len(made.rows):
            raise ValueError(f"{TERMS} has {len(terms)} terms, {ROWS} {len(made.rows)}")
        return made

    @cached_property
    def _places(self) -> dict[str, int]:
        return {term: row for row, term in enumerate(self.terms)}

    def of(self, text: str) -> np.ndarray:
        """The unit vector of a normalised text, from its words, characters and pairs of characters; zeros when none is known."""
        words, plain = cut(text)
        terms = {*("w" + word for word in words), *("c" + char for char in plain), *map("c{}{}".format, plain, plain[1:])}
        rows = sorted(row for row in map(self._places.get, terms) if row is not None)
        return unit((self.rows[rows].astype(np.float32) * self.scale[rows, None]).sum(axis=0, keepdims=True))[0]
