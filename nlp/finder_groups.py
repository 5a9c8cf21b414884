"""Forty ways to ask one entry say a dozen different things; comparing meaning with those is a third of the work and no worse."""

from collections.abc import Iterator

import numpy as np

from nlp.linear import unit

MOST = 16  # groups an entry: of 8, 12, 16, 24 and all lines apart none finds more


def grouped(vectors: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors of at most MOST groups an entry, and where each entry's begin. Rows of an entry begin at `starts`."""
    groups = [_groups(rows) for rows in np.split(vectors, starts[1:])]
    sizes = np.array([len(rows) for rows in groups])
    return np.concatenate(groups).astype(np.float32), np.cumsum(sizes) - sizes


def _groups(rows: np.ndarray) -> np.ndarray:
    """The sums of the rows that lie nearest to each of MOST rows far from each other."""
    if len(rows) <= MOST:
        return rows
    near = (rows @ rows[list(_far_apart(rows))].T).argmax(1)
    return unit(np.stack([rows[near == n].sum(0) for n in np.unique(near)]))


def _far_apart(rows: np.ndarray) -> Iterator[int]:
    """The row nearest to all, then each time the one farthest from those that were taken."""
    place = int((rows @ rows.sum(0)).argmax())
    best = np.full(len(rows), -np.inf)
    for _ in range(MOST):
        yield place
        best = np.maximum(best, rows @ rows[place])
        place = int(best.argmin())
