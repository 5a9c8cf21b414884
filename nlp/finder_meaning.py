"""Two questions may share no word and mean the same; a small table of word vectors, taught by a sentence model, sees that.

The table was fitted so that the weighted sum of a text's words, characters and character pairs lies where a large multilingual
sentence model would put the whole text (see finder_teach.py). Using it costs microseconds and needs numpy only.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from nlp.finder_features import cut, terms_of
from nlp.finder_index import Arrays
from nlp.finder_terms import Terms

MODEL = Path(__file__).parent / "model"


class Meaning:
    """`rows` is int8 (terms × size); a row times its `scale` is the term's vector, its weight included."""

    def __init__(self, ids: Mapping[str, int], rows: np.ndarray, scale: np.ndarray, *, terms: Terms | None = None):
        self.ids, self.rows, self.scale = ids, rows, scale
        self.terms = terms or Terms(ids)
        self.size = rows.shape[1]

    @classmethod
    def load(cls, folder: Path = MODEL) -> "Meaning":
        terms = json.loads((folder / "meaning_terms.json").read_text(encoding="utf-8"))
        with np.load(folder / "meaning.npz") as kept:
            return cls({term: n for n, term in enumerate(terms)}, kept["rows"], kept["scale"].astype(np.float32))

    def arrays(self) -> dict[str, np.ndarray]:
        return {"rows": self.rows, "scale": self.scale}

    @classmethod
    def of(cls, arrays: Arrays, terms: Terms) -> "Meaning":
        """From what `arrays` kept: quicker than `load`, since nothing is compressed."""
        return cls(terms.ids, arrays["rows"], arrays["scale"], terms=terms)

    def vector(self, terms: Mapping[str, int]) -> np.ndarray:
        """Unit vector of a text's terms (`terms_of`), float32; zeros when no term is known."""
        number = self.terms.numbers(terms)
        known = number >= 0
        number = number[known]
        if not len(number):
            return np.zeros(self.size, dtype=np.float32)
        weights = self.scale.take(number)
        if max(terms.values()) > 1:
            weights *= (1.0 + np.log(list(terms.values()))).astype(np.float32)[known]
        summed = weights @ self.rows.take(number, axis=0).astype(np.float32)
        length = float(np.sqrt(summed @ summed))
        return summed / np.float32(length) if length > 0 else summed

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([self.vector(terms_of(cut(text))) for text in texts]) if texts else np.zeros((0, self.size), np.float32)
