"""Fits how a message that follows an answer finds its own (finder_after.py), on our own dialogues.

    python -m nlp.finder_after_fit      one minute; writes nlp/model/after.json and after.md
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from knowledge.base import load
from nlp import talks
from nlp.acts_fit import ONE_LINERS
from nlp.finder_after import NEAR, SAID, SURE, After
from nlp.finder_meaning import MODEL
from nlp.linear import softmax
from nlp.retrieval import Finder, Follow

RIDGE = 1.0
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)
PRECISION = 0.8
"""So many of the answers to what follows must be right; what is less sure is only offered."""


class Row(msgspec.Struct):
    """One message that asks after an answer; `right`: which of the entries answer it (none where the base holds no answer)."""

    writer: str
    follow: Follow
    right: np.ndarray


def rows_of(path: Path, finder: Finder) -> list[Row]:
    rows = []
    for dialogue in talks.dialogues(path):
        for step in talks.walk(dialogue):
            if step.topic is None or "ask" not in step.said.acts[:1]:
                continue
            follow = finder.follow(step.topic, step.said.text, said=step.words[-SAID:])
            if follow is not None:
                answers = step.said.labels.get("ANSWER", frozenset())
                rows.append(Row(path.stem, follow, np.array([finder.entries[n].id in answers for n in follow.entries])))
    return rows


def fit_ranking(rows: Sequence[Row]) -> np.ndarray:
    """The weights of NEAR under which the entries that answer are likeliest."""
    taught = [row for row in rows if row.right.any()]

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        cost, slope = RIDGE / 2 * float(weights @ weights), RIDGE * weights
        for row in taught:
            shares = softmax(row.follow.near @ weights)
            held = max(float(shares[row.right].sum()), 1e-12)
            cost -= float(np.log(held))
            slope = slope + (shares - shares * row.right / held) @ row.follow.near
        return cost, slope

    return minimize(loss, np.zeros(len(NEAR)), jac=True, method="L-BFGS-B").x


def fit(rows: Sequence[Row]) -> After:
    ranking = fit_ranking(rows)
    signs, right = zip(*(_first(ranking, row) for row in rows), strict=True)
    sure = LogisticRegression(C=1.0, fit_intercept=False).fit(np.stack(signs), right).coef_[0]
    made = After(tuple(ranking.round(3).tolist()), tuple(sure.round(3).tolist()), 0.0)
    chances, found = np.array([made.chance(one) for one in signs]), np.array(right)
    enough = [at for at in THRESHOLDS if found[chances >= at].mean() >= PRECISION]
    return msgspec.structs.replace(made, threshold=enough[0] if enough else THRESHOLDS[-1])


def _first(ranking: np.ndarray, row: Row) -> tuple[np.ndarray, bool]:
    """The signs of the entry that comes first, and whether it answers."""
    scores = row.follow.near @ ranking
    return row.follow.sure(scores), bool(row.right[scores.argmax()])


def report(rows: Sequence[Row]) -> str:
    """Each writer's messages found with the weights that the others fitted."""
    chances, first, three, alone, held = [], [], [], [], []
    for writer in sorted({row.writer for row in rows}):
        made = fit([row for row in rows if row.writer != writer])
        for row in rows:
            if row.writer == writer:
                signs, right = _first(np.array(made.ranking), row)
                order = np.argsort(-(row.follow.near @ np.array(made.ranking)))
                chances.append(made.chance(signs))
                first.append(right)
                three.append(bool(row.right[order[:3]].any()))
                alone.append(bool(row.right[row.follow.near[:, NEAR.index("alone")].argmax()]))
                held.append(bool(row.right.any()))
    chances, first, three, alone, held = map(np.array, (chances, first, three, alone, held))
    lines = ["# What follows an answer: figures of the last fit", "",
             f"{len(rows)} messages that ask on after an answer, {held.sum()} of them of what the base holds; each writer's were "
             "read with weights that the others fitted.", "", "| measure | value |", "|---|---|",
             f"| right entry first | {first[held].mean():.3f} |", f"| … by the message alone | {alone[held].mean():.3f} |",
             f"| right entry in the first three | {three[held].mean():.3f} |", "",
             "| threshold | answered | of these rightly | of what the base does not hold, answered |", "|---|---|---|---|"]
    for at in THRESHOLDS:
        sure = chances >= at
        lines.append(f"| {at:.1f} | {sure.mean():.3f} | {first[sure].mean():.3f} | {sure[~held].mean():.3f} |")
    return "\n".join([*lines, ""])


def main(folder: Path = MODEL) -> None:
    if not (folder / "after.json").exists():  # the finder does not open without it
        After((1.0,) * len(NEAR), (0.0,) * len(SURE), 1.0).save(folder)
    finder = Finder(load().entries)
    rows = [row for path in sorted(talks.FOLDER.glob("*.txt")) if path.stem != ONE_LINERS for row in rows_of(path, finder)]
    made = fit(rows)
    made.save(folder)
    text = report(rows) + f"\nThreshold in use: {made.threshold}.\n"
    (folder / "after.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    sys.exit(main())
