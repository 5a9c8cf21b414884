"""Names that are only ever looked up are kept by their hashes: the names themselves would take a tenth of the process."""

from collections.abc import Iterable, Sequence

import numpy as np


class Hashed:
    """The row of each name, in the order given. A name that is not ours is taken for one that is once in ninety million million."""

    def __init__(self, names: Sequence[str]):
        hashes = _hashes(names)
        self._rows = np.argsort(hashes).astype(np.int32)
        self._hashes = hashes[self._rows]

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, names: Iterable[str]) -> np.ndarray:
        """A row for each name (int64), -1 where it is not known."""
        asked = _hashes(list(names))
        at = np.minimum(self._hashes.searchsorted(asked), len(self._hashes) - 1)
        return np.where(self._hashes.take(at) == asked, self._rows.take(at), -1)


def _hashes(names: Sequence[str]) -> np.ndarray:
    return np.fromiter(map(hash, names), np.int64, len(names))
