"""Fits what a message does in the talk (acts.py) on our own dialogues, and publishes how often it is right on writers held out.

    python -m nlp.acts_fit      one minute; writes nlp/model/acts.npz and acts.md
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction import DictVectorizer

from nlp import heads, talks
from nlp.acts import Acts, features
from nlp.classifier import Reader
from nlp.finder_meaning import MODEL
from nlp.talks import ACTS, Said

RAREST = 4  # messages that a feature must stand in
RIDGE, STEPS = 2.0, 150
BEST = 0.75  # share of belief of the act that its writer named first, where others are right too
ONE_LINERS, ONE_LINER = "firsts", 0.1
"""A file of first messages alone, complaints of the other corpus read again: the dialogues know too few to hear a grievance surely.
What each of them is worth beside a message of a dialogue."""
Row = tuple[str, Said, dict[str, float]]


def rows_of(path: Path, reader: Reader) -> list[Row]:
    """Of every message of a file: the writer, the message, its features."""
    steps = [step for dialogue in talks.dialogues(path) for step in talks.walk(dialogue)]
    readings = reader.read([step.said.text for step in steps])
    return [(path.stem, step.said, features(step.said.text, reading.intents, step.before))
            for step, reading in zip(steps, readings, strict=True)]


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
    x = seen.fit_transform([made for *_, made in rows])
    often = np.flatnonzero(x.getnnz(axis=0) >= RAREST)
    worth = np.array([ONE_LINER if writer == ONE_LINERS else 1.0 for writer, *_ in rows], dtype=np.float32)
    wanted = np.stack([shares(said) for _, said, _ in rows])
    table = heads.fit(x[:, often].tocsr(), wanted, worth, one=True, ridge=RIDGE, steps=STEPS)
    scale = np.maximum(np.abs(table[:-1]).max(axis=0), 1e-9) / 127
    names = seen.get_feature_names_out()[often]
    return Acts({name: row for row, name in enumerate(names)}, np.rint(table[:-1] / scale).astype(np.int8),
                scale.astype(np.float32), table[-1])


def judged(acts: Acts, rows: Sequence[Row]) -> tuple[float, float]:
    """How often the likeliest act is right, and how often it is the one named first."""
    likeliest = [acts.likeliest(made) for *_, made in rows]
    right = [act in said.acts for act, (_, said, _) in zip(likeliest, rows, strict=True)]
    first = [act == said.acts[0] for act, (_, said, _) in zip(likeliest, rows, strict=True)]
    return float(np.mean(right)), float(np.mean(first))


def report(rows: Sequence[Row]) -> str:
    """Each writer read by a model that did not learn from her, the talk before every message being as it should."""
    lines = ["# What a message does: figures of the last fit", "",
             "Each writer's dialogues were read by a model fitted without them; what was done before each message was right.", "",
             "| writer | messages | a right act | the best act |", "|---|---|---|---|"]
    found = []
    for writer in sorted({writer for writer, *_ in rows} - {ONE_LINERS}):
        held = [row for row in rows if row[0] == writer]
        found.append(judged(fit([row for row in rows if row[0] != writer]), held))
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
