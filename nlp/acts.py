"""What a message does in the talk (asks, tells a grievance, adds to one, is only small talk…), from its words, its intent and how
the talk stands. The intent alone cannot say: 「本人来不了」 after an answer asks on, after our question it is the answer to it.

A linear model over characters; fitted on our own dialogues by `acts_fit.py`, whose figures stand in `model/acts.md`.
"""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from nlp.finder_meaning import MODEL
from nlp.linear import softmax
from nlp.talks import ACTS, STEPS, Before
from nlp.text import normalise

FILE = "acts.npz"
RUNS = (1, 2, 3)  # characters
RUN_WEIGHT = 0.5
FLOOR, SPAN = 1e-3, 7.0  # of an intent's share, and of its logarithm


def features(text: str, intents: Iterable[tuple[str, float]], before: Before) -> dict[str, float]:
    """Name → value. Everything that is heard counts once in general and once for how the talk stands."""
    plain = normalise(text)
    stands = "step" if before.open in STEPS else before.open
    heard = {f"intent:{name}": math.log(share + FLOOR) / SPAN + 1.0 for name, share in intents}
    made = {f"{name}@{before.last}": value for name, value in heard.items()}
    heard["length"] = math.log(len(plain) + 1) / 2
    for size in RUNS:
        heard.update((f"c{plain[n: n + size]}", RUN_WEIGHT) for n in range(len(plain) - size + 1))
    for size in (1, 2):
        heard[f"^{plain[:size]}"] = heard[f"${plain[-size:]}"] = RUN_WEIGHT
    for name, value in heard.items():
        made[name] = made[f"{name}@{stands}"] = value
    made[f"open:{before.open}"] = made[f"last:{before.last}"] = made[f"{before.open}:{before.last}"] = 1.0
    return made


class Acts:
    """`table`: int8, one row a feature and one column an act, times `scale`; `bias` is an act's own."""

    def __init__(self, rows: dict[str, int], table: np.ndarray, scale: np.ndarray, bias: np.ndarray):
        self.rows, self.table, self.scale, self.bias = rows, table, scale, bias

    @classmethod
    def load(cls, folder: Path = MODEL) -> "Acts":
        with np.load(folder / FILE, allow_pickle=False) as kept:
            names = kept["names"].tobytes().decode().split("\n")
            return cls({name: row for row, name in enumerate(names)}, kept["table"], kept["scale"], kept["bias"])

    def save(self, folder: Path = MODEL) -> None:
        names = np.frombuffer("\n".join(self.rows).encode(), dtype=np.uint8)
        np.savez_compressed(folder / FILE, names=names, table=self.table, scale=self.scale, bias=self.bias)

    def scores(self, heard: Mapping[str, float]) -> np.ndarray:
        """One raw score an act for the features of a message."""
        found = [(row, value) for name, value in heard.items() if (row := self.rows.get(name)) is not None]
        if not found:
            return self.bias
        rows, values = zip(*found, strict=True)
        return self.bias + np.array(values, dtype=np.float32) @ self.table.take(rows, axis=0).astype(np.float32) * self.scale

    def likeliest(self, heard: Mapping[str, float]) -> str:
        return ACTS[int(self.scores(heard).argmax())]

    def shares(self, text: str, intents: Iterable[tuple[str, float]], before: Before) -> dict[str, float]:
        """How likely the message does each of ACTS; the shares sum to one."""
        return dict(zip(ACTS, softmax(self.scores(features(text, intents, before))).tolist(), strict=True))
