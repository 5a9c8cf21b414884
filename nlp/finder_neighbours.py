"""People's own questions, some answered, some refused, lie around a new one in meaning; the nearer kind says what to do with it."""

from pathlib import Path

import numpy as np

from nlp.finder_meaning import MODEL

FILE = "neighbours.npz"
VISITED = 8  # cells that are looked into: as good as all
NEAREST = 5
SIGNS = ("answered", "answered_five", "refused", "refused_five")


class Neighbours:
    """`rows` (eight bits, one a question) stand cell by cell from `starts` on; `answered` says which kind each is."""

    def __init__(self, middle: np.ndarray, axes: np.ndarray, cells: np.ndarray, starts: np.ndarray, rows: np.ndarray,
                 answered: np.ndarray):
        self.middle, self.axes, self.cells, self.starts = middle, axes, cells, starts
        self.rows, self.answered = rows, answered
        self._begins = starts.tolist()

    @classmethod
    def load(cls, folder: Path = MODEL) -> "Neighbours":
        with np.load(folder / FILE, allow_pickle=False) as kept:
            return cls(**kept)

    def save(self, folder: Path = MODEL) -> None:
        np.savez_compressed(folder / FILE, **{name: array for name, array in vars(self).items() if not name.startswith("_")})

    def near(self, vector: np.ndarray) -> np.ndarray:
        """SIGNS of a question's meaning: how near the nearest and the nearest five are, of those answered and of those refused."""
        away = (vector - self.middle) @ self.axes
        away /= max(float(np.linalg.norm(away)), 1e-9)
        nearest = np.argsort(-(self.cells @ away))[:VISITED].tolist()
        visited = [slice(self._begins[cell], self._begins[cell + 1]) for cell in nearest]
        close = np.concatenate([self.rows[cell] for cell in visited]) @ away / 127
        answered = np.concatenate([self.answered[cell] for cell in visited])
        return np.array([*_nearest(close[answered]), *_nearest(close[~answered])], dtype=np.float32)


def _nearest(close: np.ndarray) -> tuple[float, float]:
    """The largest, and the mean of the NEAREST largest; what is missing or points away counts as none."""
    if not len(close):
        return 0.0, 0.0
    near = np.partition(close, -NEAREST)[-NEAREST:] if len(close) > NEAREST else close
    near = np.maximum(near, 0)
    return float(near.max()), float(near.sum() / NEAREST)
