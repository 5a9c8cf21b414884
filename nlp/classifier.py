"""Reads a customer's message: what kind it is, what about, why, how urgent, and which words said so, in under a millisecond."""

from collections.abc import Mapping, Sequence
from math import exp
from pathlib import Path

import msgspec
import numpy as np

from nlp.damage import UNREADABLE
from nlp.features import spans
from nlp.linear import placed, unit
from nlp.lookup import Lookup
from nlp.rights import rights
from nlp.sense import Sense
from nlp.signs import Heard, hear, lacks
from nlp.spelling import FILE as PAIRS
from nlp.spelling import Spelling
from nlp.text import normalise
from nlp.urgency import level, raise_flags, shown, surest

FOLDER = Path(__file__).parent / "model"
ABOUT, WORDS, WEIGHTS = "about.json", "words.txt", "weights.npz"
FILES = (ABOUT, WORDS, WEIGHTS, PAIRS)
FORMAT = 6
# Messages that are surely of these kinds have no category. A guess that nobody needs costs nothing; a complaint that was taken for
# praise and has no category costs the office a look.
NO_MATTER = ("chat", "human", "praise")
SURELY_NO_MATTER = 0.97
# A kind that a message must have words for ([needs] in knowledge/signs.toml) is believed without them from here on.
SURE_WITHOUT = 0.8
# A second pair is named when its share is at least this part of the first one's.
SECOND_SHARE = 0.5


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
    sense: str
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
    behind: tuple[str, ...] = ()  # for `explain`: the likeliest category and cause, named or not, and every flag raised
    intents: tuple[tuple[str, float], ...] = ()  # every intent with its share
    alarm: float = 0.0  # how likely the likeliest flag of level I is, where one is raised; 1 where its words alone raise it
    danger: float = 0.0  # how likely she is being defrauded, raised or not


class Reader:
    """Holds the model; safe to share between threads, since reading changes nothing."""

    def __init__(self, about: About, names: Sequence[str], arrays: Mapping[str, np.ndarray], sense: Sense,
                 spelling: Spelling):
        self.about = about
        self._right = spelling.right
        self._lookup = Lookup(names, sense.terms)
        labels, size = len(arrays["bias"]), self._lookup.size
        # One row holds a feature's weights and, behind them, its part in the sense: what a text shows is taken out at once.
        self._table = np.zeros((size, labels + sense.size), dtype=np.int8)
        self._table[: len(names), :labels] = arrays["table"][: len(names)]
        self._table[self._lookup.of_term, labels:] = sense.rows
        self._weight = np.zeros((2, size), dtype=np.float32)  # how much each half of a row counts
        self._weight[0, : len(names)], self._weight[1, self._lookup.of_term] = arrays["weight"], sense.scale
        self._scale = arrays["scale"]
        # In doubles, so exact that a text reads the same alone and in a batch.
        self._sense = arrays["table"][len(names) :].astype(np.float64) * self._scale
        self._bias = arrays["bias"]
        self._centre = arrays["centre"]
        self._temperature = np.concatenate(
            [np.full(head.stop - head.start, head.temperature, dtype=np.float32) for head in about.heads.values()]
        )
        self.read(["你好"])

    @classmethod
    def load(cls, folder: Path | None = None) -> "Reader":
        folder = folder or FOLDER
        try:
            about = msgspec.json.decode((folder / ABOUT).read_bytes(), type=About)
            names = (folder / WORDS).read_text(encoding="utf-8").split("\n")
            sense, spelling = Sense.load(), Spelling.load(folder)
            with np.load(folder / WEIGHTS, allow_pickle=False) as kept:
                arrays = {name: kept[name] for name in kept.files}
            if about.format != FORMAT or len(names) + sense.size != len(arrays["table"]):
                raise ModelError(f"{folder}: the model is of another format; `make train` writes it anew")
            if about.sense != sense.mark:
                raise ModelError(f"{folder}: the table of word vectors changed since training; `make train` writes the model anew")
            return cls(about, names, arrays, sense, spelling)
        except UNREADABLE as problem:
            raise ModelError(f"{folder}: {type(problem).__name__}: {problem}; `make train` writes the model") from problem

    def _plain(self, text: str) -> str:
        return self._right(normalise(text))

    def scores(self, plain: Sequence[str], heard: Sequence[Heard]) -> np.ndarray:
        """The raw scores of normalised texts: a row a text, a column a label."""
        labels = len(self._bias)
        sums = np.empty((len(plain), 2, self._table.shape[1]), dtype=np.float32)
        lengths = np.empty((len(plain), 1), dtype=np.float32)
        for n, (text, signs) in enumerate(zip(plain, heard, strict=True)):
            rows = self._lookup.read(text, signs)
            weight = self._weight.take(rows, axis=1)
            np.matmul(weight, self._table.take(rows, axis=0).astype(np.float32), out=sums[n])
            lengths[n] = weight[0] @ weight[0]
        voices = sums[:, 0, :labels] * self._scale / np.sqrt(np.maximum(lengths, 1e-12))
        return voices + (placed(unit(sums[:, 1, labels:]), self._centre) @ self._sense).astype(np.float32) + self._bias

    def read(self, texts: Sequence[str], *, explain: bool = False) -> list[Reading]:
        """A reading for each text, in order."""
        return self.judge(texts, explain=explain) if texts else []

    def explain(self, text: str, reading: Reading) -> Reading:
        """The reading of this text with its reasons, without reading it again."""
        category, cause, *raised = reading.behind
        return msgspec.structs.replace(reading, because=self._because(self._plain(text), reading.intent, category, cause, raised))

    def judge(self, texts: Sequence[str], raw: np.ndarray | None = None, *, explain: bool = False) -> list[Reading]:
        """`read`, with the raw scores given or taken from the texts."""
        plain = [self._plain(text) for text in texts]
        heard = [hear(text) for text in plain]
        raw = (self.scores(plain, heard) if raw is None else raw) / self._temperature
        return [self._reading(text, signs, scores, explain)
                for text, signs, scores in zip(plain, heard, raw.tolist(), strict=True)]

    def _reading(self, plain: str, heard: Heard, scores: list[float], explain: bool) -> Reading:
        heads = self.about.heads
        *one_of, flags = (scores[head.start : head.stop] for head in heads.values())
        intents, categories, causes = map(_shares, one_of)
        chances = [1 / (1 + exp(-score)) for score in flags]
        labels = heads["intent"].labels
        sure, intent = next((intents[n], labels[n]) for n in _best(intents)
                            if intents[n] >= SURE_WITHOUT or not lacks(plain, labels[n]))
        learnt = dict(zip(heads["flags"].labels, chances, strict=True))
        raised = raise_flags(learnt, heard, intent=intent)
        urgency = level(raised, intent=intent)
        matter = intent not in NO_MATTER or sure < SURELY_NO_MATTER
        first, second = _best(categories), _best(causes)
        category, cause = heads["category"].labels[first[0]], heads["cause"].labels[second[0]]
        claim = intent in ("complaint", "progress")
        unsure = categories[first[0]] < self.about.abstain_below
        return Reading(
            intent=intent,
            intent_confidence=round(sure, 4),
            category=category if matter else None,
            category_confidence=round(categories[first[0]], 4) if matter else 0.0,
            category_top3=tuple(heads["category"].labels[i] for i in first) if matter else (),
            cause=cause if matter else None,
            cause_confidence=round(causes[second[0]], 4) if matter else 0.0,
            cause_top3=tuple(heads["cause"].labels[i] for i in second) if matter else (),
            also=self._also(categories, causes, first, second) if claim else (),
            rights=rights(plain, cause, overdue="repeat" in raised, alarmed="harsh_collection" in raised) if claim else (),
            urgency=urgency,
            flags=shown(raised),
            needs_human=urgency in ("I", "II") or intent == "human" or (claim and unsure),
            because=self._because(plain, intent, category, cause, sorted(raised)) if explain else {},
            model_version=self.about.version,
            behind=(category, cause, *sorted(raised)),
            intents=tuple(zip(labels, intents, strict=True)),
            alarm=surest(raised, learnt, heard),
            danger=round(learnt["fraud_now"], 4),
        )

    def _also(self, categories: list[float], causes: list[float], first: list[int], second: list[int]) -> tuple[str, ...]:
        """The second pair, where it is nearly as likely as the first: another category, or else another cause."""
        heads = self.about.heads
        if categories[first[1]] > SECOND_SHARE * categories[first[0]]:
            return (f"{heads['category'].labels[first[1]]}/{heads['cause'].labels[second[0]]}",)
        if causes[second[1]] > SECOND_SHARE * causes[second[0]]:
            return (f"{heads['category'].labels[first[0]]}/{heads['cause'].labels[second[1]]}",)
        return ()

    def knows(self, word: str) -> bool:
        """Whether the word stands in the vocabulary."""
        return self._lookup.feature("w" + word) is not None

    def _because(self, plain: str, intent: str, category: str, cause: str, raised: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """For each head the words of the message that spoke loudest for what was said."""
        words, rows, sizes, owners = self._heard_from(plain)
        table, part = self._table.take(rows, axis=0), self._weight[0].take(rows) / sizes
        wanted = {"intent": [intent], "category": [category], "cause": [cause], "flags": raised}
        found = {}
        for name, labels in wanted.items():
            head = self.about.heads[name]
            for label in labels:
                if label not in head.labels:
                    continue
                column = head.start + head.labels.index(label)
                voice = table[:, column] * self._scale[column]
                if name != "flags":  # beside what the word says on average of all labels
                    voice -= table[:, head.start : head.stop] @ self._scale[head.start : head.stop] / len(head.labels)
                loud = np.bincount(owners, weights=np.repeat(voice * part, sizes), minlength=len(words))
                found[name if name != "flags" else label] = _loudest(words, loud)
        return found

    def _heard_from(self, plain: str) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
        """The words of a text; of each feature the row and how many words it was read from; the places of these words in turn."""
        words, places = spans(plain)
        rows = self._lookup.features(name for name, _ in places)
        known = [(row, owners) for row, (_, owners) in zip(rows, places, strict=True) if row is not None]
        rows, sizes = (np.array(part, dtype=np.int64) for part in ([row for row, _ in known], [len(owners) for _, owners in known]))
        return words, rows, sizes, np.array([owner for _, owners in known for owner in owners], dtype=np.int64)


def _loudest(words: list[str], loud: np.ndarray) -> tuple[str, ...]:
    order = [i for i in np.argsort(-loud) if loud[i] > 0 and (len(words[i]) > 1 or loud[i] > 0.5 * loud.max())]
    return tuple(dict.fromkeys(words[i] for i in order))[:5]


def _shares(scores: list[float]) -> list[float]:
    """What `linear.softmax` gives for one head of one message, without an array's ceremony."""
    top = max(scores)
    raised = [exp(score - top) for score in scores]
    whole = sum(raised)
    return [share / whole for share in raised]


def _best(shares: list[float]) -> list[int]:
    """The places of the three largest, largest first."""
    return sorted(range(len(shares)), key=shares.__getitem__, reverse=True)[:3]
