"""People's own questions, some answered, some refused, lie around a new one in meaning; the nearer kind says what to do with it."""

from pathlib import Path

import numpy as np
from sklearn.cluster import MiniBatchKMeans

from nlp.finder_meaning import MODEL
from nlp.linear import unit

FILE = "neighbours.npz"
SIZE = 48  # directions in which the questions differ most; with all of them none is told apart better
CELLS, VISITED = 128, 8  # the questions stand in so many cells, of which the nearest are looked into: as good as all
NEAREST = 5
SIGNS = ("answered", "answered_five", "refused", "refused_five")


class Neighbours:
    """`rows` (eight bits, questions × SIZE) stand cell by cell from `starts` on; `answered` says which kind each is."""

    def __init__(self, middle: np.ndarray, axes: np.ndarray, cells: np.ndarray, starts: np.ndarray, rows: np.ndarray,
                 answered: np.ndarray):
        self.middle, self.axes, self.cells, self.starts = middle, axes, cells, starts
        self.rows, self.answered = rows, answered

    @classmethod
    def build(cls, vectors: np.ndarray, answered: np.ndarray) -> "Neighbours":
        """From the meaning (`Meaning.vectors`) of each question, and whether it is one to answer."""
        middle = vectors.mean(0)
        away = vectors - middle
        axes = np.linalg.eigh(away.T @ away)[1][:, ::-1][:, :SIZE]
        rows = unit(away @ axes)
        found = MiniBatchKMeans(min(CELLS, len(rows)), n_init=1, random_state=0).fit(rows)
        order = np.argsort(found.labels_, kind="stable")
        starts = np.searchsorted(found.labels_[order], np.arange(len(found.cluster_centers_) + 1))
        return cls(middle.astype(np.float32), axes.astype(np.float32), unit(found.cluster_centers_).astype(np.float32), starts,
                   np.rint(rows[order] * 127).astype(np.int8), answered[order])

    @classmethod
    def load(cls, folder: Path = MODEL) -> "Neighbours":
        with np.load(folder / FILE, allow_pickle=False) as kept:
            return cls(*(kept[name] for name in ("middle", "axes", "cells", "starts", "rows", "answered")))

    def save(self, folder: Path = MODEL) -> None:
        np.savez_compressed(folder / FILE, **vars(self))

    def near(self, vector: np.ndarray) -> np.ndarray:
        """SIGNS of a question's meaning: how near the nearest and the nearest five are, of those answered and of those refused."""
        away = (vector - self.middle) @ self.axes
        away /= max(float(np.linalg.norm(away)), 1e-9)
        visited = np.argsort(-(self.cells @ away))[:VISITED]
        places = np.concatenate([np.arange(self.starts[cell], self.starts[cell + 1]) for cell in visited])
        close = self.rows.take(places, axis=0) @ away / 127
        answered = self.answered.take(places)
        return np.array([*_nearest(close[answered]), *_nearest(close[~answered])], dtype=np.float32)


def _nearest(close: np.ndarray) -> tuple[float, float]:
    """The largest, and the mean of the NEAREST largest; what is missing or points away counts as none."""
    best = np.sort(np.maximum(close, 0))[-NEAREST:]
    return (float(best[-1]), float(best.sum() / NEAREST)) if len(best) else (0.0, 0.0)
