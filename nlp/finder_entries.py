"""Which entry a question asks for, read from its words as one of all; fitted on the ways to ask (finder_entries_fit.py).

The search compares a question with one way to ask after another; this reader has learnt what tells the entries apart.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from nlp.finder_terms import Terms
from nlp.linear import softmax

FILE, TERMS = "entries.npz", "entries_terms.json"


class EntryReader:
    """`rows`: int8, one a term, times `scale`, a place between terms and entries; `mix` leads from there to the entries, each with
    its `bias`. `idf` weighs the terms."""

    def __init__(self, entries: list[str], terms: Terms, *, rows: np.ndarray, scale: np.ndarray, idf: np.ndarray,
                 middle: np.ndarray, mix: np.ndarray, bias: np.ndarray, weight: float):
        self.entries, self.terms = entries, terms
        self.rows, self.scale, self.idf, self.middle = rows, scale, idf, middle
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
        number, value, _ = self.terms.known([bag])
        value = value * self.idf.take(number)
        length = max(float(np.sqrt(value @ value)), 1e-6)
        place = (value / length * self.scale.take(number)) @ self.rows.take(number, axis=0).astype(np.float32) + self.middle
        return np.log(np.maximum(softmax(place @ self.mix + self.bias), 1e-9))
