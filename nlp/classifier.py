"""Reads a customer's message: what kind it is, what about, why, how urgent, and which words said so, in well under a millisecond."""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np

from nlp.features import spans
from nlp.heads import sigmoid, softmax
from nlp.lookup import Lookup
from nlp.rights import rights
from nlp.text import normalise
from nlp.urgency import level, raise_flags, rules, shown

FOLDER = Path(__file__).parent / "model"
FORMAT = 2
NO_MATTER = ("chat", "human", "praise")


class ModelError(RuntimeError):
    """The model folder is missing, incomplete or of another format."""


class Head(msgspec.Struct, frozen=True):
    """The columns `start:stop` of the weights, their labels, and the temperature that makes their confidence honest."""

    labels: tuple[str, ...]
    start: int
    stop: int
    temperature: float = 1.0


class About(msgspec.Struct, frozen=True):
    format: int
    version: str
    heads: dict[str, Head]
    abstain_below: float
    corpus: str
    scores: dict[str, float]


class Reading(msgspec.Struct, frozen=True):
    intent: str
    intent_confidence: float
    category: str | None
    category_confidence: float
    category_top3: tuple[str, ...]
    cause: str | None
    cause_confidence: float
    cause_top3: tuple[str, ...]
    also: tuple[str, ...]
    rights: tuple[str, ...]
    urgency: str
    flags: tuple[str, ...]
    needs_human: bool
    because: dict[str, tuple[str, ...]]
    model_version: str


class Reader:
    """Holds the model; safe to share between threads, since reading changes nothing."""

    def __init__(self, about: About, names: Sequence[str], weight: np.ndarray, table: np.ndarray, bias: np.ndarray,
                 together: np.ndarray):
        self.about = about
        self._names = names
        self._lookup = Lookup(names)
        self._weight = weight
        self._table = table
        self._bias = bias
        self._together = together
        self.read(["你好"])

    @classmethod
    def load(cls, folder: Path | None = None) -> "Reader":
        folder = folder or FOLDER
        try:
            about = msgspec.json.decode((folder / "about.json").read_bytes(), type=About)
            names = (folder / "words.txt").read_text(encoding="utf-8").split("\n")
            with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
                parts = {name: arrays[name] for name in arrays.files}
        except (OSError, KeyError, ValueError, msgspec.DecodeError) as problem:
            raise ModelError(f"{folder}: {problem}; `make train` writes the model") from problem
        if about.format != FORMAT or len(names) != len(parts["table"]):
            raise ModelError(f"{folder}: the model is of another format; `make train` writes it anew")
        table = parts["table"].astype(np.float32) * parts["scale"]
        return cls(about, names, parts["weight"].astype(np.float32), table,
                   parts["bias"], parts["together"])

    def scores(self, normalised: str, said: Mapping[str, bool]) -> np.ndarray:
        """The raw score of every column for one normalised text whose flag rules have been read."""
        rows = self._lookup.rows(normalised, said)
        if not rows:
            return self._bias
        weight = self._weight.take(rows)
        return (weight @ self._table.take(rows, axis=0)) / math.sqrt(weight @ weight) + self._bias

    def read(self, texts: Sequence[str], *, explain: bool = False) -> list[Reading]:
        return [self._one(text, explain) for text in texts]

    def _one(self, text: str, explain: bool) -> Reading:
        plain = normalise(text)
        said = rules(plain)
        scores = self.scores(plain, said)
        heads = self.about.heads
        part = {name: scores[head.start : head.stop] / head.temperature for name, head in heads.items()}
        intents = softmax(part["intent"])
        intent = heads["intent"].labels[int(intents.argmax())]
        category, cause = self.decode(softmax(part["category"]), softmax(part["cause"]))
        categories, causes = heads["category"].labels, heads["cause"].labels
        first, second = np.argsort(-category)[:3], np.argsort(-cause)[:3]
        learnt = dict(zip(heads["flags"].labels, sigmoid(part["flags"]).tolist(), strict=True))
        raised = raise_flags(plain, learnt, said, intent=intent)
        urgency = level(raised, intent=intent)
        matter = intent not in NO_MATTER or float(intents.max()) < 0.7
        best, why = categories[first[0]], causes[second[0]]
        unsure = float(category[first[0]]) < self.about.abstain_below
        return Reading(
            intent=intent,
            intent_confidence=round(float(intents.max()), 4),
            category=best if matter else None,
            category_confidence=round(float(category[first[0]]), 4) if matter else 0.0,
            category_top3=tuple(categories[i] for i in first) if matter else (),
            cause=why if matter else None,
            cause_confidence=round(float(cause[second[0]]), 4) if matter else 0.0,
            cause_top3=tuple(causes[i] for i in second) if matter else (),
            also=(),
            rights=rights(plain, why, overdue="repeat" in raised, alarmed="harsh_collection" in raised)
            if intent in ("complaint", "progress") else (),
            urgency=urgency,
            flags=shown(raised),
            needs_human=urgency in ("I", "II") or intent == "human" or (intent in ("complaint", "progress") and unsure),
            because=self._because(plain, intent, best, why, raised) if explain else {},
            model_version=self.about.version,
        )

    def decode(self, category: np.ndarray, cause: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Category and cause judged together: pairs that never happen pull each other down."""
        pairs = category[:, None] * cause[None, :] * self._together
        pairs /= pairs.sum()
        return pairs.sum(axis=1), pairs.sum(axis=0)

    @cached_property
    def _rows(self) -> dict[str, int]:
        """Feature → row; made once, since only explanations ask for it."""
        return {name: row for row, name in enumerate(self._names)}

    @cached_property
    def _rest(self) -> dict[int, np.ndarray]:
        """For each head (by its first column) what a feature says on average of all its labels."""
        return {head.start: self._table[:, head.start : head.stop].mean(axis=1) for head in self.about.heads.values()}

    def _because(self, plain: str, intent: str, category: str, cause: str, raised: set[str]) -> dict[str, tuple[str, ...]]:
        """For each head the words of the message that spoke loudest for what was said."""
        wanted = {"intent": [intent], "category": [category], "cause": [cause], "flags": sorted(raised)}
        found = {}
        for name, labels in wanted.items():
            head = self.about.heads[name]
            for label in labels:
                if label in head.labels:
                    words = self._loudest(plain, head, head.labels.index(label), against_rest=name != "flags")
                    found[name if name != "flags" else label] = words
        return found

    def _loudest(self, plain: str, head: Head, column: int, *, against_rest: bool) -> tuple[str, ...]:
        words, places = spans(plain)
        rows, rest = self._rows, self._rest[head.start]
        loud = np.zeros(len(words))
        for feature, owners in places:
            row = rows.get(feature)
            if row is None or not owners:
                continue
            voice = self._table[row, head.start + column] - (rest[row] if against_rest else 0.0)
            loud[list(owners)] += voice * self._weight[row] / len(owners)
        order = [i for i in np.argsort(-loud) if loud[i] > 0 and (len(words[i]) > 1 or loud[i] > 0.5 * loud.max())]
        return tuple(dict.fromkeys(words[i] for i in order))[:5]
