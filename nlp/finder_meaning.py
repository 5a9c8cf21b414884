"""Two questions may share no word and mean the same; a small table of word vectors, taught by a sentence model, sees that.

The table was fitted so that the weighted sum of a text's words, characters and character pairs lies where a large multilingual
sentence model would put the whole text (see finder_teach.py). Using it costs microseconds and needs numpy only.
"""

import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nlp.finder_features import bare, runs, words_of

MODEL = Path(__file__).parent / "model"


def terms_of(text: str) -> Counter[str]:
    """Words (w…), characters and character pairs (c…) of the bare text."""
    left = bare(text)
    terms = Counter("w" + word for word in words_of(left))
    for run in runs(left):
        terms.update("c" + char for char in run)
        terms.update("c" + run[i:i + 2] for i in range(len(run) - 1))
    return terms


class Meaning:
    """`rows` is int8 (terms × size); a row times its `scale` is the term's vector, its weight included."""

    def __init__(self, ids: dict[str, int], rows: np.ndarray, scale: np.ndarray):
        self.ids, self.rows, self.scale = ids, rows, scale
        self.size = rows.shape[1]

    @classmethod
    def load(cls, folder: Path = MODEL) -> "Meaning":
        terms = json.loads((folder / "meaning_terms.json").read_text(encoding="utf-8"))
        with np.load(folder / "meaning.npz") as kept:
            return cls({term: n for n, term in enumerate(terms)}, kept["rows"], kept["scale"].astype(np.float32))

    def vector(self, text: str) -> np.ndarray:
        """Unit vector, float32; zeros when no term is known."""
        places: list[int] = []
        counts: list[float] = []
        for term, count in terms_of(text).items():
            place = self.ids.get(term)
            if place is not None:
                places.append(place)
                counts.append(1.0 + math.log(count))
        if not places:
            return np.zeros(self.size, dtype=np.float32)
        weights = self.scale[places] * np.asarray(counts, dtype=np.float32)
        summed = weights @ self.rows[places].astype(np.float32)
        length = float(np.sqrt(summed @ summed))
        return summed / np.float32(length) if length > 0 else summed

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([self.vector(text) for text in texts]) if texts else np.zeros((0, self.size), np.float32)
