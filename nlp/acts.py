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


STANDS = ("nothing", "topic", "step", "ticket", "alarm")


def heard(text: str, intents: Iterable[tuple[str, float]]) -> dict[str, float]:
    """What a message shows: name → value. Each counts once in general and once for how the talk stands."""
    plain = normalise(text)
    made = {f"intent:{name}": math.log(share + FLOOR) / SPAN + 1.0 for name, share in intents}
    made["length"] = math.log(len(plain) + 1) / 2
    for size in RUNS:
        made.update((f"c{plain[n: n + size]}", RUN_WEIGHT) for n in range(len(plain) - size + 1))
    for size in (1, 2):
        made[f"^{plain[:size]}"] = made[f"${plain[-size:]}"] = RUN_WEIGHT
    return made


def around(shown: Mapping[str, float], before: Before) -> dict[str, float]:
    """What counts only once: the intents beside what was done last, and the state of the talk itself."""
    made = {f"{name}|{before.last}": value for name, value in shown.items() if name.startswith("intent:")}
    return made | {f"open:{before.open}": 1.0, f"last:{before.last}": 1.0, f"{before.open}|{before.last}": 1.0}


def stands(before: Before) -> str:
    return "step" if before.open in STEPS else before.open


class Acts:
    """`table`: int8, a feature, how it counts (in general, then for each of STANDS), an act; times `scale`, one an act."""

    def __init__(self, rows: dict[str, int], table: np.ndarray, scale: np.ndarray, bias: np.ndarray):
        self.rows, self.table, self.scale, self.bias = rows, table, scale, bias
        told = table.astype(np.int16)
        # what counts as the talk stands, general part included; the last row is that of a feature that was never met
        self._stands = {name: np.append(told[:, 0] + told[:, 1 + place], np.zeros((1, len(scale)), np.int16), axis=0)
                        for place, name in enumerate(STANDS)}

    @classmethod
    def load(cls, folder: Path = MODEL) -> "Acts":
        with np.load(folder / FILE, allow_pickle=False) as kept:
            names = kept["names"].tobytes().decode().split("\n")
            return cls({name: row for row, name in enumerate(names)}, kept["table"], kept["scale"], kept["bias"])

    def save(self, folder: Path = MODEL) -> None:
        names = np.frombuffer("\n".join(self.rows).encode(), dtype=np.uint8)
        np.savez_compressed(folder / FILE, names=names, table=self.table, scale=self.scale, bias=self.bias)

    def scores(self, text: str, intents: Iterable[tuple[str, float]], before: Before) -> np.ndarray:
        """One raw score an act."""
        shown, get = heard(text, intents), self.rows.get
        shown |= around(shown, before)
        weight = self._stands[stands(before)].take([get(name, -1) for name in shown], axis=0)
        return self.bias + np.array(list(shown.values()), dtype=np.float32) @ weight * self.scale

    def shares(self, text: str, intents: Iterable[tuple[str, float]], before: Before) -> dict[str, float]:
        """How likely the message does each of ACTS; the shares sum to one."""
        return dict(zip(ACTS, softmax(self.scores(text, intents, before)).tolist(), strict=True))
