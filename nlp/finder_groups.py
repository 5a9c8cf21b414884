"""Forty ways to ask one entry say a dozen different things; comparing meaning with those is a third of the work and no worse."""

from collections.abc import Iterator

import numpy as np

from nlp.linear import unit

ROUGH = 24  # axes of a first look
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


def roughly(groups: np.ndarray, starts: np.ndarray, *, most: int) -> dict[str, np.ndarray]:
    """What a first look at all entries takes, an eighth of what is compared with every group: `axes` (size × ROUGH) in which the
    groups differ most, `rough` (ROUGH × places × entries) where each group lies on them, the last group of an entry again where it
    has few, and `beyond` (entries × size), the middle of an entry's groups beside the axes. All empty for more than `most` places.
    """
    sizes = np.diff(np.append(starts, len(groups)))
    wide = int(sizes.max())
    if wide * len(starts) > most:
        return {"axes": np.zeros((groups.shape[1], 0), np.float32), "rough": np.zeros((0, 0, 0), np.float32),
                "beyond": np.zeros((0, groups.shape[1]), np.float32)}
    axes = np.ascontiguousarray(np.linalg.eigh(groups.T @ groups)[1][:, ::-1][:, :ROUGH]).astype(np.float32)
    places = starts + np.minimum(np.arange(wide)[:, None], sizes - 1)
    middle = np.add.reduceat(groups, starts, axis=0) / sizes[:, None]
    return {"axes": axes, "rough": np.ascontiguousarray(np.moveaxis((groups @ axes)[places], 2, 0)),
            "beyond": (middle - middle @ axes @ axes.T).astype(np.float32)}
