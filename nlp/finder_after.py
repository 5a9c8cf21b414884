"""What a message asks for that follows an answer: 「那要带啥」 names nothing, 「那我妈呢」 half of it.

Entries are compared with the message alone and with the question that was answered, all that she said of it and the message; they
are weighed by how near they stand to the entry that was answered (the same, one that the base calls related, one of its theme) and
by how often our dialogues go on to them. The few weights are fitted by `finder_after_fit.py`.
"""

import math
from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np

from nlp.finder_meaning import MODEL

FILE = "after.json"
READ = ("words", "centre", "theme", "entry")
"""In words, in meaning, as a theme, as one of all entries (finder_entries.py):"""
NEAR = (*(f"{how} alone" for how in READ), *(f"{how} joined" for how in READ),
        "same", "same, by length", "related", "its theme", "then")
SAID = 80  # characters: so much of what she said of the matter is read
LENGTH = 10.0  # characters; 「那要带啥」 is shorter, and what is longer names its own matter
SURE = ("share", "theme", "bias")


class After(msgspec.Struct, frozen=True):
    """`ranking` weighs NEAR, `sure` weighs SURE into the chance that the first is right; from `threshold` on it is answered.
    `then`: how often the dialogues go on from one entry to another."""

    ranking: tuple[float, ...]
    sure: tuple[float, ...]
    threshold: float
    then: Mapping[str, Mapping[str, int]] = {}

    @classmethod
    def load(cls, folder: Path = MODEL) -> "After":
        return msgspec.json.decode((folder / FILE).read_bytes(), type=cls)

    def save(self, folder: Path = MODEL) -> None:
        (folder / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=1))

    def chance(self, signs: np.ndarray) -> float:
        """The chance that the first entry answers, from its `Follow.sure`."""
        return 1.0 / (1.0 + math.exp(-float(signs @ np.array(self.sure))))


class Follow(msgspec.Struct):
    """What may be asked for: entry numbers, and one row of NEAR each."""

    entries: list[int]
    near: np.ndarray

    def scores(self, ranking: tuple[float, ...]) -> np.ndarray:
        # so few columns: a BLAS kernel reads past them and may warn of what lies there
        return (self.near * np.array(ranking, dtype=np.float32)).sum(axis=1)

    def sure(self, scores: np.ndarray) -> np.ndarray:
        """SURE of the first by these scores: the share of its score in all, whether it is of the theme that was answered."""
        first = int(scores.argmax())
        share = 1.0 / float(np.exp(scores - scores[first]).sum())
        return np.array([math.log(share + 1e-6), self.near[first, NEAR.index("its theme")], 1.0], dtype=np.float32)


def often(times: int) -> float:
    """What NEAR tells of an entry that the dialogues went on to so many times."""
    return math.log1p(times)


def by_length(text: str) -> float:
    """How long a message is, none in the middle."""
    return math.log((len(text) + 1) / (LENGTH + 1))
