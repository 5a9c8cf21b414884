"""The figures by which a model is judged; the definitions are the office's own: a second pair that fits counts as right."""

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np

from nlp import heads as learn
from nlp.sense import Sense


class Truth(msgspec.Struct, frozen=True):
    """What a message really is. `also` holds the other pairs that are right too."""

    intent: str
    category: str | None = None
    cause: str | None = None
    also: tuple[tuple[str, str], ...] = ()
    urgency: str = "none"
    flags: frozenset[str] = frozenset()


class Said(msgspec.Struct, frozen=True):
    """What a reader said of it; `Reading` has the same fields."""

    intent: str
    category: str | None = None
    category_top3: Sequence[str] = ()
    cause: str | None = None
    cause_top3: Sequence[str] = ()
    urgency: str = "none"
    flags: Iterable[str] = ()


class Unusable(ValueError):
    """The file or column given cannot be measured on."""


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """Mean F1 over the true labels of (true, said)."""
    scores = []
    for label in sorted({true for true, _ in pairs}):
        hit = sum(true == said == label for true, said in pairs)
        named = sum(said == label for _, said in pairs) + sum(true == label for true, _ in pairs)
        scores.append(2 * hit / named)
    return float(np.mean(scores)) if scores else float("nan")


def _mean(values: Iterable[bool]) -> float:
    values = list(values)
    return float(np.mean(values)) if values else float("nan")


def scores(truths: Sequence[Truth], said: Sequence) -> dict[str, float]:
    """Every figure of one set; category and cause on complaints only. nan where nothing of the kind is in the set."""
    found = {"n": float(len(truths)), "intent_f1": macro_f1([(t.intent, s.intent) for t, s in zip(truths, said, strict=True)])}
    found["intent_accuracy"] = _mean(t.intent == s.intent for t, s in zip(truths, said, strict=True))
    complaints = [(t, s) for t, s in zip(truths, said, strict=True) if t.intent == "complaint"]
    for place, name in enumerate(("category", "cause")):
        right = [{getattr(t, name), *(pair[place] for pair in t.also)} for t, _ in complaints]
        found[name] = _mean(getattr(s, name) in r for (_, s), r in zip(complaints, right, strict=True))
        three = [set(getattr(s, name + "_top3")) for _, s in complaints]
        found[name + "_top3"] = _mean(bool(r & t) for t, r in zip(three, right, strict=True))
        found[name + "_f1"] = macro_f1([(getattr(t, name), getattr(s, name) or "") for t, s in complaints])
    found["level_one_recall"] = _mean(s.urgency == "I" for t, s in zip(truths, said, strict=True) if t.urgency == "I")
    found["level_one_false"] = _mean(s.urgency == "I" for t, s in zip(truths, said, strict=True) if t.urgency != "I")
    hit = sum(len(set(s.flags) & t.flags) for t, s in zip(truths, said, strict=True))
    found["flags_precision"] = hit / max(1, sum(len(set(s.flags)) for s in said))
    found["flags_recall"] = hit / max(1, sum(len(t.flags) for t in truths))
    return found


def reliability(sure: np.ndarray, right: np.ndarray, *, bands: int = 5) -> list[tuple[float, float, float, int]]:
    """(from, mean confidence, share right, how many) for each band of confidence that holds anything."""
    edges = np.linspace(0, 1, bands + 1)
    rows = []
    for low, high in pairwise(edges):
        inside = (sure > low) & (sure <= high)
        if inside.any():
            rows.append((float(low), float(sure[inside].mean()), float(right[inside].mean()), int(inside.sum())))
    return rows


def read_labelled(path: Path) -> tuple[list[Truth], list[str]]:
    """The truths and texts of a measuring file (JSONL as in the README)."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    truths = [
        Truth(
            intent=row["intent"], category=row.get("category"), cause=row.get("cause"), urgency=row.get("urgency", "none"),
            also=tuple(tuple(pair.split("/")) for pair in row.get("also", ())), flags=frozenset(row.get("flags", ())),
        )
        for row in rows
    ]
    return truths, [row["text"] for row in rows]


def measure(path: Path, read: Callable[[Sequence[str]], Sequence]) -> dict[str, float]:
    """The figures of a reader (`Reader.read`) on a labelled JSONL file."""
    truths, texts = read_labelled(path)
    return scores(truths, read(texts))


def read_column(path: Path, label: str) -> tuple[list[str], list[str]]:
    """The texts and one label column of anybody's .jsonl or .csv (text column `text`); raises Unusable."""
    if not path.is_file():
        raise Unusable(f"{path}: no such file")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = [json.loads(line) for line in lines if line.strip()] if path.suffix == ".jsonl" else list(csv.DictReader(lines))
    rows = [row for row in rows if row.get("text") and row.get(label) not in (None, "")]
    if not rows:
        raise Unusable(f"{path}: no row has both text and {label}")
    return [str(row["text"]) for row in rows], [str(row[label]) for row in rows]


def cross_validate(path: Path, label: str, *, folds: int = 5, tick=lambda: None) -> dict[str, float]:
    """Accuracy and macro-F1 of our pipeline on any labelled file, each row judged by a model that did not see it."""
    texts, labels = read_column(path, label)
    names = sorted(set(labels))
    if len(names) < 2 or len(texts) < 2 * folds:
        raise Unusable(f"{path}: {len(texts)} rows with {len(names)} values of {label} are too few to cross-validate")
    truth = np.array([names.index(value) for value in labels])
    docs = learn.documents(texts, Sense.load())
    part = np.empty(len(texts), dtype=int)
    order = np.lexsort((np.random.default_rng(20260101).random(len(texts)), truth))
    part[order] = np.arange(len(texts)) % folds
    said = np.empty_like(truth)
    for fold in range(folds):
        seen, held = np.flatnonzero(part != fold), np.flatnonzero(part == fold)
        words = learn.vocabulary(docs.only(seen))
        shares = np.eye(len(names), dtype=np.float32)[truth[seen]]
        weight = learn.balanced(shares, np.ones(len(seen)))
        table = learn.fit(learn.matrix(docs.only(seen), words), shares, weight, one=True)
        said[held] = learn.score(learn.matrix(docs.only(held), words), table).argmax(axis=1)
        tick()
    pairs = [(names[a], names[b]) for a, b in zip(truth, said, strict=True)]
    accuracy = float((truth == said).mean())
    return {"rows": float(len(texts)), "labels": float(len(names)), "accuracy": accuracy, "macro_f1": macro_f1(pairs)}
