"""Which line of an answer tells what is asked on after it, and whether any does.

A line is weighed by how near it lies to the message, by the pairs of signs they share, by its place, and by where both are placed
in a space in which our writers (`nlp/corpus/lines/`) have taught what asks to meet what tells (「多久」 days, 「带啥」 papers).
Fitted by `finder_lines_fit.py`.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nlp.finder_meaning import MODEL
from nlp.linear import softmax
from nlp.text import normalise

FILE = "lines.npz"
NEAR = ("message", "joined", "question", "pairs", "signs", "apart", "first", "place", "length", "brief")
"""What each line shows: how near it is to the message, to the question with the message, to the question alone; how many pairs of
signs, and signs besides, it shares with the message and not with the question; how near without what all lines have in common;
whether it is the first; its place; its length; whether it is brief."""
NONE = ("always", "nearest", "pairs", "signs", "length", "asks")
"""What the whole shows of whether no line tells it."""
MOST = 3  # pairs and signs that count
LATE = 6  # lines after which the place says no more
BRIEF = 10  # characters
COMMON = frozenset(
    "的了吗呢吧啊呀我你您他她它们是不有没在就都也还要会能可以个这那一到说对给把被跟和上下去来过着得人里后"
    "前么什怎多少好行银钱手机号时下开外打做办话先再天年月日")
UNNAMED = re.compile(r"\W|\d")
NUMBER = re.compile(r"\d+")
APART = re.compile(r"\W+")


class Bar(NamedTuple):
    """So likely a line is said `alone`, or the first two, `both` together."""

    alone: float
    both: float


def chosen(shares: np.ndarray, bar: Bar) -> list[int]:
    """Which lines are said by their `LineReader.shares`: the first, the first two, or none."""
    best = np.argsort(-shares[:-1], kind="stable")[:2]
    if len(best) and shares[best[0]] >= bar.alone:
        return [int(best[0])]
    return best.tolist() if len(best) == 2 and shares[best].sum() >= bar.both else []


def shared(text: str, line: str, *, beside: str) -> tuple[int, int]:
    """How many pairs of signs, and how many signs outside them, two texts share `beside` those of the subject."""
    pairs = {one for one in (pairs_of(text) & pairs_of(line)) - pairs_of(beside) if not COMMON.issuperset(one)}
    signs = (_signs(text) & _signs(line)) - COMMON - _signs(beside) - set("".join(pairs))
    return len(pairs), len(signs)


@lru_cache(maxsize=4096)  # an entry's lines are compared with one message after the other
def pairs_of(text: str) -> frozenset[str]:
    plain = UNNAMED.sub("", text)
    return frozenset(plain[n:n + 2] for n in range(len(plain) - 1))


@lru_cache(maxsize=4096)
def _signs(text: str) -> frozenset[str]:
    return frozenset(UNNAMED.sub("", text))


def terms(text: str) -> set[str]:
    """Characters and pairs of them, all numbers alike."""
    runs = APART.split(NUMBER.sub("0", normalise(text)))
    return {run[n:n + size] for run in runs for size in (1, 2) for n in range(len(run) - size + 1)}


class Told:
    """The lines of one answer, as the reader compares them with every message. `meant`: where they lie in meaning, a row each;
    `question`: the question they answer, which lies at `asked`; `placed`: where each meets what asks for it, a row each."""

    def __init__(self, lines: Sequence[str], meant: np.ndarray, question: str, asked: np.ndarray, placed: np.ndarray):
        self.lines, self.question = lines, question
        self.meant, self.placed = meant.astype(np.float16), placed.astype(np.float16)  # those of all entries are held at once
        middle = meant.mean(axis=0) if len(lines) else np.zeros(meant.shape[1], np.float32)
        self.middle = middle / max(float(np.linalg.norm(middle)), 1e-6)
        long = np.array([len(line) for line in lines], dtype=np.float32)
        place = np.arange(len(lines), dtype=np.float32)
        self.fixed = np.stack([meant @ asked, place == 0, np.minimum(place, LATE) / LATE, np.log(long) / 3, long < BRIEF])

    def near(self, text: str, lies: np.ndarray, joined: np.ndarray) -> np.ndarray:
        """NEAR of every line for a message, where it `lies`, and where the question with it (`joined`)."""
        both = np.array([shared(text, line, beside=self.question) for line in self.lines], dtype=np.float32)
        meant = self.meant.astype(np.float32)
        apart = _without(meant, self.middle) @ _without(lies[None], self.middle)[0]
        question, first, place, length, brief = self.fixed
        pairs, signs = np.minimum(both, MOST).T
        return np.stack([meant @ lies, meant @ joined, question, pairs, signs, apart, first, place, length, brief],
                        axis=1).astype(np.float32)


def _without(rows: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Unit rows without their part in this direction."""
    rest = rows - (rows @ direction)[:, None] * direction
    return rest / np.maximum(np.linalg.norm(rest, axis=1, keepdims=True), 1e-6)


def whole(text: str, near: np.ndarray) -> np.ndarray:
    """NONE of a message, from its NEAR."""
    best = near.max(axis=0)
    at = NEAR.index
    marked = any(sign in "?？" for sign in text)
    return np.array([1.0, best[at("message")], best[at("pairs")], best[at("signs")], np.log(len(text)), marked], dtype=np.float32)


class Side(NamedTuple):
    """How one side, what asks or what tells, is placed in a space where the two meet: `rows`, one a term of `terms`, times `scale`;
    `meant` leads there from where a text lies in meaning."""

    terms: Mapping[str, int]
    rows: np.ndarray  # int8, terms × places
    scale: np.ndarray  # float32, one a term
    meant: np.ndarray  # float32, meaning × places
    middle: np.ndarray  # float32, places

    def placed(self, text: str, lies: np.ndarray) -> np.ndarray:
        known = [self.terms[term] for term in terms(text) if term in self.terms]
        weight = self.scale.take(known) / max(len(known), 1) ** 0.5
        return np.tanh(weight @ self.rows.take(known, axis=0).astype(np.float32) + lies @ self.meant + self.middle)

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        words = np.frombuffer("\n".join(self.terms).encode(), dtype=np.uint8)
        return {f"{name}.terms": words, f"{name}.rows": self.rows, f"{name}.scale": self.scale,
                f"{name}.meant": self.meant.astype(np.float16), f"{name}.middle": self.middle}

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray], name: str) -> "Side":
        words = arrays[f"{name}.terms"].tobytes().decode().split("\n")
        rows, scale, meant, middle = (arrays[f"{name}.{part}"] for part in ("rows", "scale", "meant", "middle"))
        return cls({term: n for n, term in enumerate(words)}, rows, scale, meant.astype(np.float32), middle)


class LineReader(NamedTuple):
    """`near` weighs NEAR beside how a message and a line meet; `none` weighs NONE, and `unasked` where the message is placed, into
    the weight of no line at all."""

    asking: Side
    telling: Side
    near: np.ndarray
    none: np.ndarray
    unasked: np.ndarray

    @classmethod
    def load(cls, folder: Path = MODEL) -> "LineReader":
        with np.load(folder / FILE, allow_pickle=False) as kept:
            arrays = dict(kept)
        return cls(Side.of(arrays, "asking"), Side.of(arrays, "telling"), arrays["near"], arrays["none"], arrays["unasked"])

    def save(self, folder: Path = MODEL) -> None:
        np.savez_compressed(folder / FILE, **self.asking.arrays("asking"), **self.telling.arrays("telling"),
                            near=self.near, none=self.none, unasked=self.unasked)

    def told(self, lines: Sequence[str], meant: np.ndarray, question: str, asked: np.ndarray) -> Told:
        """An answer's lines made ready to be read."""
        return Told(lines, meant, question, asked,
                    np.array([self.telling.placed(line, lies) for line, lies in zip(lines, meant, strict=True)]))

    def shares(self, told: Told, text: str, lies: np.ndarray, joined: np.ndarray) -> np.ndarray:
        """The chance of each line to be what tells it, and as the last that none does."""
        placed, near = self.asking.placed(text, lies), told.near(text, lies, joined)
        meets = told.placed.astype(np.float32) @ placed
        return softmax(np.append(near @ self.near + meets, whole(text, near) @ self.none + placed @ self.unasked))
