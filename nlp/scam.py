"""A customer forwards a text and asks whether it is a scam: which kind, and the words that give it away.

The answer "clean" only ever means "no known sign": nobody may be told that a text is safe.
"""
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np

from nlp.classifier import ModelError
from nlp.damage import UNREADABLE
from nlp.hashed import Hashed
from nlp.scam_text import features, plain, signs
from nlp.text import tokens

FOLDER = Path(__file__).parent / "model"
FILES = ABOUT, WEIGHTS = "scam.json", "scam.npz"
LONGEST = 4000
Find = Callable[[Sequence[str]], np.ndarray]  # a row for each name, -1 where it is not known
MOST = 3  # signs shown


class ScamAbout(msgspec.Struct, frozen=True):
    """What the numbers in scam.npz mean. `bar`: the calibrated probability from which we say scam."""

    format: int
    words: list[str]
    kinds: list[str]
    slope: float
    offset: float
    bar: float


class ScamVerdict(msgspec.Struct, frozen=True):
    """`label` scam or clean (= no known sign); `confidence` of that label; `signs` words of the text or names of lures."""

    label: str
    kind: str
    confidence: float
    signs: tuple[str, ...]


class ScamChecker:
    """Holds the model; checking changes nothing, so threads may share it."""

    def __init__(self, about: ScamAbout, idf: np.ndarray, weight: np.ndarray, bias: float, kind_weight: np.ndarray,
                 kind_bias: np.ndarray):
        self._rows = Hashed(about.words)
        self._about = msgspec.structs.replace(about, words=[])
        self._idf = idf
        self._weight = weight
        self._bias = bias
        self._kind_weight = kind_weight  # in half precision, as kept: thirty megabytes would be the largest part of the process
        self._kind_bias = kind_bias

    @classmethod
    def load(cls, folder: Path | None = None) -> "ScamChecker":
        folder = folder or FOLDER
        try:
            about = msgspec.json.decode((folder / ABOUT).read_bytes(), type=ScamAbout)
            with np.load(folder / WEIGHTS, allow_pickle=False) as arrays:
                idf, weight, bias, kind_bias = (arrays[name].astype(np.float32) for name in ("idf", "weight", "bias", "kind_bias"))
                checker = cls(about, idf, weight, float(bias[0]), arrays["kind_weight"], kind_bias)
        except UNREADABLE as wrong:
            raise ModelError(f"scam model in {folder.name}/ cannot be read: {wrong}") from wrong
        if about.format != 1 or len(checker._rows) != len(checker._weight):
            raise ModelError(f"scam model in {folder.name}/ has another format")
        return checker

    def check(self, texts: Sequence[str]) -> list[ScamVerdict]:
        return [self._one(text[:LONGEST]) for text in texts]

    def _one(self, text: str) -> ScamVerdict:
        said = plain(text)
        if not said.strip():
            return ScamVerdict("clean", "", 0.5, ())
        names, rows, values = vector(said, self._rows.rows, self._idf)
        score = float(self._weight[rows] @ values) + self._bias
        chance = 1 / (1 + math.exp(-(self._about.slope * score + self._about.offset)))
        if chance < self._about.bar:
            return ScamVerdict("clean", "", round(1 - chance, 4), ())
        kind = self._about.kinds[int(np.argmax(values @ self._kind_weight[rows].astype(np.float32) + self._kind_bias))]
        push = dict(zip(names, self._weight[rows] * values, strict=True))
        return ScamVerdict("scam", kind, round(chance, 4), self._signs(said, push))

    @staticmethod
    def _signs(said: str, push: dict[str, float]) -> tuple[str, ...]:
        """The lures, each with its words of the text; where these are few, also words of two characters and more, weighed with the
        character groups inside them, that a person knows for a sign."""
        words = {}
        for word in dict.fromkeys(tokens(said)):
            if len(word) >= 2 and not word.isascii():
                inside = [word[i:j] for i in range(len(word)) for j in range(i + 2, min(len(word), i + 4) + 1)]
                words[word] = push.get("w:" + word, 0.0) + sum(push.get("c:" + part, 0.0) for part in inside)
        lures = sorted((w[2:] for w, p in push.items() if w.startswith("l:") and not w[2:].isdigit() and p > 0),
                       key=lambda name: -push["l:" + name])[:MOST]
        known = signs()
        told = [_with_words(name, known.lures[name], said) for name in lures]
        best = sorted((w for w, p in words.items() if p > 0.02 and w not in known.dull and not any(w in one for one in told)),
                      key=lambda w: -words[w])
        return (*told, *best[:max(0, MOST - len(told))])


def _with_words(name: str, lure: re.Pattern[str], said: str) -> str:
    """The name of a lure, and up to two of the turns of speech that show it."""
    turns = dict.fromkeys("链接" if found[0] == "链" else found[0] for found in lure.finditer(said) if "0" not in found[0])
    return f"{name}（{'、'.join(list(turns)[:2])}）" if turns else name


def vector(said: str, find: Find, idf: np.ndarray) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Known features of a plain text: names, rows, TF-IDF values of unit length; training uses the very same."""
    counted = features(said)
    names = list(counted)
    found = find(names)
    known = np.flatnonzero(found >= 0)
    rows, counts = found[known], np.fromiter(counted.values(), np.float32, len(counted))[known]
    values = (1 + np.log(counts)) * idf[rows]
    return [names[place] for place in known], rows, values / max(float(np.linalg.norm(values)), 1e-9)
