"""Lays out people's questions so that the nearest are found in microseconds (finder_neighbours.py)."""

import numpy as np
from sklearn.cluster import MiniBatchKMeans

from nlp.finder_neighbours import Neighbours
from nlp.linear import unit

SIZE = 48  # directions in which the questions differ most; with all of them none is told apart better
CELLS = 128


def fit_neighbours(vectors: np.ndarray, answered: np.ndarray) -> Neighbours:
    """From the meaning (`Meaning.vectors`) of each question, and whether it is one to answer."""
    middle = vectors.mean(0)
    away = vectors - middle
    axes = np.linalg.eigh(away.T @ away)[1][:, ::-1][:, :SIZE]
    rows = unit(away @ axes)
    found = MiniBatchKMeans(min(CELLS, len(rows)), n_init=1, random_state=0).fit(rows)
    order = np.argsort(found.labels_, kind="stable")
    starts = np.searchsorted(found.labels_[order], np.arange(len(found.cluster_centers_) + 1))
    return Neighbours(middle.astype(np.float32), axes.astype(np.float32), unit(found.cluster_centers_).astype(np.float32), starts,
                      np.rint(rows[order] * 127).astype(np.int8), answered[order])
