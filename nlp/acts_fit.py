"""Fits what a message does in the talk (acts.py) on our own dialogues, and publishes how often it is right on writers held out.

    python -m nlp.acts_fit      one minute; writes nlp/model/acts.npz and acts.md
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.feature_extraction import DictVectorizer

from nlp import heads, talks
from nlp.acts import STANDS, Acts, around, heard, stands
from nlp.classifier import Reader
from nlp.finder_meaning import MODEL
from nlp.talks import ACTS, Before, Said

RAREST = 4  # messages that a feature must stand in
RIDGE, STEPS = 2.0, 150
BEST = 0.75  # share of belief of the act that its writer named first, where others are right too
ONE_LINERS, ONE_LINER = "firsts", 0.1
"""A file of first messages alone, complaints of the other corpus read again: the dialogues know too few to hear a grievance surely.
What each of them is worth beside a message of a dialogue."""


class Row(NamedTuple):
    """A message of a dialogue, read where it stands."""

    writer: str
    said: Said
    intents: tuple[tuple[str, float], ...]
    before: Before


def rows_of(path: Path, reader: Reader) -> list[Row]:
    steps = [step for dialogue in talks.dialogues(path) for step in talks.walk(dialogue)]
    readings = reader.read([step.said.text for step in steps])
    return [Row(path.stem, step.said, reading.intents, step.before) for step, reading in zip(steps, readings, strict=True)]


def features(row: Row) -> dict[str, float]:
    """Every feature by itself: what counts for how the talk stands bears its name behind an @."""
    shown = heard(row.said.text, row.intents)
    return shown | around(shown, row.before) | {f"{name}@{stands(row.before)}": value for name, value in shown.items()}


def shares(said: Said) -> np.ndarray:
    """What is believed of each of ACTS: most of the first that is right, the rest of the others."""
    made = np.zeros(len(ACTS), dtype=np.float32)
    best, *others = said.acts
    made[ACTS.index(best)] = BEST if others else 1.0
    for act in others:
        made[ACTS.index(act)] = (1 - BEST) / len(others)
    return made


def fit(rows: Sequence[Row]) -> Acts:
    """Raises ValueError where there are no rows."""
    seen = DictVectorizer(dtype=np.float32)
    x = seen.fit_transform(list(map(features, rows)))
    often = np.flatnonzero(x.getnnz(axis=0) >= RAREST)
    worth = np.array([ONE_LINER if row.writer == ONE_LINERS else 1.0 for row in rows], dtype=np.float32)
    wanted = np.stack([shares(row.said) for row in rows])
    table = heads.fit(x[:, often].tocsr(), wanted, worth, one=True, ridge=RIDGE, steps=STEPS)
    scale = np.maximum(np.abs(table[:-1]).max(axis=0), 1e-9) / 127
    names = seen.get_feature_names_out()[often]
    rows_of_names = {name: row for row, name in enumerate(dict.fromkeys(_parted(name)[0] for name in names))}
    counts = np.zeros((len(rows_of_names), 1 + len(STANDS), len(ACTS)), dtype=np.int8)
    for name, weights in zip(names, np.rint(table[:-1] / scale).astype(np.int8), strict=True):
        shown, place = _parted(name)
        counts[rows_of_names[shown], place] = weights
    return Acts(rows_of_names, counts, scale.astype(np.float32), table[-1])


def _parted(name: str) -> tuple[str, int]:
    """The feature, and where it counts: 0 in general, else for one of STANDS."""
    shown, at, where = name.rpartition("@")
    return (shown, 1 + STANDS.index(where)) if at and where in STANDS else (name, 0)


def judged(acts: Acts, rows: Sequence[Row]) -> tuple[float, float]:
    """How often the likeliest act is right, and how often it is the one named first."""
    likeliest = [ACTS[int(acts.scores(row.said.text, row.intents, row.before).argmax())] for row in rows]
    right = [act in row.said.acts for act, row in zip(likeliest, rows, strict=True)]
    first = [act == row.said.acts[0] for act, row in zip(likeliest, rows, strict=True)]
    return float(np.mean(right)), float(np.mean(first))


def report(rows: Sequence[Row]) -> str:
    """Each writer read by a model that did not learn from her, the talk before every message being as it should."""
    lines = ["# What a message does: figures of the last fit", "",
             "Each writer's dialogues were read by a model fitted without them; what was done before each message was right.", "",
             "| writer | messages | a right act | the best act |", "|---|---|---|---|"]
    found = []
    for writer in sorted({row.writer for row in rows} - {ONE_LINERS}):
        held = [row for row in rows if row.writer == writer]
        found.append(judged(fit([row for row in rows if row.writer != writer]), held))
        lines.append(f"| {writer} | {len(held)} | {found[-1][0]:.3f} | {found[-1][1]:.3f} |")
    means = np.mean(found, axis=0)
    return "\n".join([*lines, f"| mean | | {means[0]:.3f} | {means[1]:.3f} |", ""])


def main(folder: Path = MODEL) -> None:
    reader = Reader.load()
    rows = [row for path in sorted(talks.FOLDER.glob("*.txt")) for row in rows_of(path, reader)]
    fit(rows).save(folder)
    text = report(rows)
    (folder / "acts.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    sys.exit(main())
