"""What a question is about, before which entry answers it: linear weights fitted on our own questions (finder_themes_fit.py)."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from nlp.finder_index import Arrays
from nlp.finder_terms import LookedUp, Terms
from nlp.linear import softmax

FILE, TERMS = "themes.npz", "themes_terms.json"
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
    """`rows`: int8, one row a term, one column a theme, times `scale`; `idf` weighs the terms; `bias` is a theme's own."""

    def __init__(self, themes: Sequence[str], terms: Terms, rows: np.ndarray, scale: np.ndarray, idf: np.ndarray, bias: np.ndarray):
        self.themes, self.terms = tuple(themes), terms
        self.rows, self.scale, self.idf, self.bias = rows, scale, idf, bias
        self._idf = np.append(idf, np.float32(0))  # the last for a term that is not known: it weighs nothing

    @classmethod
    def load(cls, folder: Path) -> "ThemeReader":
        kept = json.loads((folder / TERMS).read_text(encoding="utf-8"))
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            return cls(kept["themes"], Terms({term: n for n, term in enumerate(kept["terms"])}),
                       *(arrays[name] for name in ("rows", "scale", "idf", "bias")))

    def save(self, folder: Path) -> None:
        (folder / TERMS).write_text(json.dumps({"themes": self.themes, "terms": list(self.terms.ids)}, ensure_ascii=False),
                                    encoding="utf-8")
        np.savez_compressed(folder / FILE, rows=self.rows, scale=self.scale, idf=self.idf, bias=self.bias)

    def arrays(self) -> dict[str, np.ndarray]:
        return {"themes": np.array(self.themes), "rows": self.rows, "scale": self.scale, "idf": self.idf, "bias": self.bias}

    @classmethod
    def of(cls, arrays: Arrays, terms: Terms) -> "ThemeReader":
        return cls(arrays["themes"].tolist(), terms, *(arrays[name] for name in ("rows", "scale", "idf", "bias")))

    def number(self, theme: str) -> int:
        """The column of `read` for a theme; all themes that were not taught share the last."""
        return self.themes.index(theme) if theme in self.themes else len(self.themes)

    def read(self, bags: Sequence[Mapping[str, float]]) -> np.ndarray:
        """Log of each theme's share, a row a question; in the last column what a theme has that nothing is known of."""
        return self._read([(self.terms.numbers(one), np.array(list(one.values()), dtype=np.float32)) for one in bags])

    def read_found(self, texts: Sequence[LookedUp]) -> np.ndarray:
        """`read` of texts that were looked up in the dictionary we share."""
        return self._read([(self.terms.ours(one.numbers), one.values) for one in texts])

    def _read(self, texts: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
        scores = np.zeros((len(texts), len(self.themes)), dtype=np.float32)
        for row, (number, value) in zip(scores, texts, strict=True):
            weighed = value * self._idf.take(number)
            length = float(weighed @ weighed) ** 0.5
            if length:
                row[:] = weighed @ self.rows.take(number, axis=0) / length
        shares = softmax(scores * self.scale + self.bias)
        return np.log(np.hstack([np.maximum(shares, 1e-9), np.full((len(texts), 1), 1 / len(self.themes))])).astype(np.float32)


def settled(read: np.ndarray, answered: int, by_entry: float) -> int:
    """The theme of a question: as it was read (a row of `ThemeReader.read`), with the theme of its answer in favour.

    The last column stands for every theme that was not taught, so only an answer of such a theme speaks for it.
    """
    scores = read.copy()
    scores[-1] = -np.inf
    scores[answered] = read[answered] + by_entry
    return int(scores.argmax())
