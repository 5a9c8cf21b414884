"""Two questions may share no word and mean the same; a small table of word vectors, taught by a sentence model, sees that.

The table was fitted so that the weighted sum of a text's words, characters and character pairs lies where a large multilingual
sentence model would put the whole text (see finder_teach.py). Using it costs microseconds and needs numpy only.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from nlp.finder_index import Arrays
from nlp.finder_terms import LookedUp, Terms
from nlp.linear import unit

MODEL = Path(__file__).parent / "model"
FILES = TERMS, ROWS = "meaning_terms.json", "meaning.npz"


class Meaning:
    """`rows` is int8 (terms × size); a row times its `scale` is the term's vector, its weight included."""

    def __init__(self, ids: Mapping[str, int], rows: np.ndarray, scale: np.ndarray, *, terms: Terms | None = None):
        self.ids, self.rows, self.scale = ids, rows, scale
        self.terms = terms or Terms(ids)
        self._scale = np.append(scale, np.float32(0))
        self.size = rows.shape[1]

    @classmethod
    def load(cls, folder: Path = MODEL) -> "Meaning":
        terms = json.loads((folder / TERMS).read_text(encoding="utf-8"))
        with np.load(folder / ROWS, allow_pickle=False) as kept:
            if len(terms) != len(kept["scale"]):
                raise ValueError(f"{TERMS} has {len(terms)} terms, {ROWS} {len(kept['scale'])}")
            return cls({term: n for n, term in enumerate(terms)}, kept["rows"], kept["scale"].astype(np.float32))

    def arrays(self) -> dict[str, np.ndarray]:
        return {"rows": self.rows, "scale": self.scale}

    @classmethod
    def of(cls, arrays: Arrays, terms: Terms) -> "Meaning":
        """From what `arrays` kept: quicker than `load`, since nothing is compressed."""
        return cls(terms.ids, arrays["rows"], arrays["scale"], terms=terms)

    def vector(self, terms: Mapping[str, int]) -> np.ndarray:
        """A unit vector (float32) for the terms (`terms_of`) of a text; zeros where none is known."""
        number = self.terms.numbers(terms)
        often = np.ones(1) if len(terms) == sum(terms.values()) else 1.0 + np.log(list(terms.values()))
        return self._lies(number, often.astype(np.float32))

    def vector_found(self, text: LookedUp) -> np.ndarray:
        """`vector` of a text that was looked up in the dictionary we share."""
        return self._lies(self.terms.ours(text.numbers[: text.words]), text.values[: text.words])

    def _lies(self, number: np.ndarray, often: np.ndarray) -> np.ndarray:
        weight = self._scale.take(number) * often  # of a term that is not known: the last, which weighs nothing
        return unit((weight @ self.rows.take(number, axis=0).astype(np.float32))[None])[0]

    def vectors(self, counted: Iterable[Mapping[str, int]]) -> np.ndarray:
        """One row a text."""
        return np.array([self.vector(terms) for terms in counted], dtype=np.float32).reshape(-1, self.size)
