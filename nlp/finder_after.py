"""What a message asks for that follows an answer: 「那要带啥」 names nothing, 「那我妈呢」 half of it.

Entries are ranked by the message alone, by the question that was answered with all that she said of it and the message, and by how
near they stand to the entry that was answered: the same, one that the base calls related, one of its theme. The few weights are
fitted by `finder_after_fit.py`.
"""

import math
from pathlib import Path

import msgspec
import numpy as np

from nlp.finder_meaning import MODEL

FILE = "after.json"
NEAR = ("alone", "joined", "same", "related", "theme")
SAID = 80  # characters: so much of what she said of the matter is read
SURE = ("share", "alone", "joined", "theme", "bias")


class After(msgspec.Struct, frozen=True):
    """`ranking` weighs NEAR, `sure` weighs SURE into the chance that the first is right; from `threshold` on it is answered."""

    ranking: tuple[float, ...]
    sure: tuple[float, ...]
    threshold: float

    @classmethod
    def load(cls, folder: Path = MODEL) -> "After":
        return msgspec.json.decode((folder / FILE).read_bytes(), type=cls)

    def save(self, folder: Path = MODEL) -> None:
        (folder / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=1))

    def chance(self, signs: np.ndarray) -> float:
        """The chance that the first entry answers, from its `signs_of`."""
        return 1.0 / (1.0 + math.exp(-float(signs @ np.array(self.sure))))


def behind(scores: dict[int, float], entries: list[int]) -> np.ndarray:
    """How far each entry stands behind the first by these scores; one that was not on the list as far as its last."""
    last, first = min(scores.values()), max(scores.values())
    return np.array([scores.get(entry, last) - first for entry in entries], dtype=np.float32)


def signs_of(share: float, alone: float, joined: float, *, theme: bool) -> np.ndarray:
    """SURE: the share of the first entry, what the gate says of the message alone and of both together, its theme the same."""
    return np.array([math.log(share + 1e-6), alone, joined, float(theme), 1.0], dtype=np.float32)
