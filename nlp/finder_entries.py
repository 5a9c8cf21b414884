"""Which entry a question asks for, read from its words as one of all; fitted on the ways to ask (finder_entries_fit.py).

The search compares a question with one way to ask after another; this reader has learnt what tells the entries apart.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from nlp.finder_terms import LookedUp, Terms
from nlp.linear import softmax

FILE, TERMS = "entries.npz", "entries_terms.json"


class EntryReader:
    """`rows`: int8, one a term, times `scale`, a place between terms and entries; `mix` leads from there to the entries, each with
    its `bias`. `idf` weighs the terms."""

    def __init__(self, entries: list[str], terms: Terms, *, rows: np.ndarray, scale: np.ndarray, idf: np.ndarray,
                 middle: np.ndarray, mix: np.ndarray, bias: np.ndarray, weight: float):
        self.entries, self.terms = entries, terms
        self.rows, self.scale, self.idf, self.middle = rows, scale, idf, middle
        self._idf = np.append(idf, np.float32(0))  # the last for a term that is not known: it weighs nothing
        self.mix, self.bias, self.weight = mix.astype(np.float32), bias, weight  # a product of halves is ten times as slow

    @classmethod
    def load(cls, folder: Path) -> "EntryReader":
        kept = json.loads((folder / TERMS).read_text(encoding="utf-8"))
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            return cls(kept["entries"], Terms({term: n for n, term in enumerate(kept["terms"])}), weight=kept["weight"], **arrays)

    def save(self, folder: Path) -> None:
        kept = {"entries": self.entries, "weight": self.weight, "terms": list(self.terms.ids)}
        (folder / TERMS).write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
        np.savez_compressed(folder / FILE, rows=self.rows, scale=self.scale, idf=self.idf, middle=self.middle,
                            mix=self.mix.astype(np.float16), bias=self.bias)

    def read(self, bag: Mapping[str, float]) -> np.ndarray:
        """Log of each entry's share in a question (`finder_themes.bag`)."""
        return np.log(self._floored(softmax(self._scores(self.terms.numbers(bag), np.array(list(bag.values()), dtype=np.float32)))))

    def read_found(self, text: LookedUp, columns: np.ndarray) -> np.ndarray:
        """`read` of a text that was looked up in the dictionary we share, in these columns alone."""
        scores = self._scores(self.terms.ours(text.numbers), text.values)
        raised = np.exp(scores - scores.max())
        return np.log(self._floored(raised.take(columns) / raised.sum()))

    @staticmethod
    def _floored(shares: np.ndarray) -> np.ndarray:
        return np.maximum(shares, 1e-9)

    def _scores(self, number: np.ndarray, value: np.ndarray) -> np.ndarray:
        value = value * self._idf.take(number)
        length = max(float(value @ value) ** 0.5, 1e-6)
        place = (value * self.scale.take(number) / length) @ self.rows.take(number, axis=0).astype(np.float32) + self.middle
        return place @ self.mix + self.bias
