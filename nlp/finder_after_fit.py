"""Fits how a message that follows an answer finds its own (finder_after.py), on our own dialogues.

    python -m nlp.finder_after_fit      one minute; writes nlp/model/after.json and after.md
"""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from knowledge.base import load
from nlp import talks
from nlp.acts_fit import ONE_LINERS
from nlp.finder_after import NEAR, SAID, SURE, After, Follow, often
from nlp.finder_meaning import MODEL
from nlp.retrieval import Finder

RIDGE = 1.0
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)
THEN, ALONE = NEAR.index("then"), NEAR.index("entry alone")
EMPTY = After((1.0,) * len(NEAR), (0.0,) * len(SURE), 1.0)
PRECISION = 0.8
"""So many of the answers to what follows must be right; what is less sure is only offered."""


class Row(msgspec.Struct):
    """One message that asks after an answer (`topic`); `right`: which of the entries answer it, none where the base holds none."""

    writer: str
    topic: str
    ids: list[str]
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
                ids = [finder.entries[n].id for n in follow.entries]
                rows.append(Row(path.stem, step.topic, ids, follow, np.array([one in answers for one in ids])))
    return rows


def counted(rows: Sequence[Row]) -> Counter[tuple[str, str]]:
    """How often these go on from one entry to another."""
    return Counter((row.topic, one) for row in rows for one, right in zip(row.ids, row.right, strict=True) if right)


def with_then(row: Row, then: Counter[tuple[str, str]]) -> Row:
    """The row as the talk is known to go on by these counts."""
    near = row.follow.near.copy()
    near[:, THEN] = [often(then[row.topic, one]) for one in row.ids]
    return msgspec.structs.replace(row, follow=Follow(row.follow.entries, near))


def unseen(rows: Sequence[Row]) -> list[Row]:
    """Every row as the others' writers let it be known: its own told how the talk went on."""
    every = counted(rows)
    return [with_then(row, every - counted(own)) for own in by_writer(rows).values() for row in own]


def by_writer(rows: Sequence[Row]) -> dict[str, list[Row]]:
    return {writer: [row for row in rows if row.writer == writer] for writer in sorted({row.writer for row in rows})}


def fit_ranking(rows: Sequence[Row]) -> np.ndarray:
    """The weights of NEAR under which the entries that answer are likeliest."""
    taught = [row for row in rows if row.right.any()]
    near, right = np.concatenate([row.follow.near for row in taught]).astype(float), np.concatenate([row.right for row in taught])
    sizes = np.array([len(row.right) for row in taught])
    starts, owner = np.cumsum(sizes) - sizes, np.repeat(np.arange(len(taught)), sizes)
    spread = near.std(axis=0) + 1e-9
    near /= spread

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = near @ weights
        raised = np.exp(scores - np.maximum.reduceat(scores, starts)[owner])
        shares = raised / np.add.reduceat(raised, starts)[owner]
        held = np.maximum(np.add.reduceat(shares * right, starts), 1e-12)
        slope = near.T @ (shares - shares * right / held[owner])
        return RIDGE / 2 * float(weights @ weights) - float(np.log(held).sum()), RIDGE * weights + slope

    return minimize(loss, np.zeros(len(NEAR)), jac=True, method="L-BFGS-B").x / spread


def fit(rows: Sequence[Row]) -> After:
    known = unseen(rows)
    ranking = tuple(fit_ranking(known).round(3).tolist())
    signs, right = zip(*(_first(ranking, row) for row in known), strict=True)
    sure = LogisticRegression(C=1.0, fit_intercept=False).fit(np.stack(signs), right).coef_[0]
    made = After(ranking, tuple(sure.round(3).tolist()), 0.0, _listed(counted(rows)))
    chances, found = np.array([made.chance(one) for one in signs]), np.array(right)
    enough = [at for at in THRESHOLDS if found[chances >= at].mean() >= PRECISION]
    return msgspec.structs.replace(made, threshold=enough[0] if enough else THRESHOLDS[-1])


def _listed(then: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    listed: dict[str, dict[str, int]] = {}
    for (topic, one), times in sorted(then.items()):
        listed.setdefault(topic, {})[one] = times
    return listed


def _first(ranking: tuple[float, ...], row: Row) -> tuple[np.ndarray, bool]:
    """The signs of the entry that comes first, and whether it answers."""
    scores = row.follow.scores(ranking)
    return row.follow.sure(scores), bool(row.right[scores.argmax()])


def report(rows: Sequence[Row]) -> str:
    """Each writer's messages found with the weights that the others fitted."""
    chances, first, three, alone, held = [], [], [], [], []
    for writer, own in by_writer(rows).items():
        others = [row for row in rows if row.writer != writer]
        made, then = fit(others), counted(others)
        for row in (with_then(one, then) for one in own):
            signs, right = _first(made.ranking, row)
            chances.append(made.chance(signs))
            first.append(right)
            three.append(bool(row.right[np.argsort(-row.follow.scores(made.ranking))[:3]].any()))
            alone.append(bool(row.right[row.follow.near[:, ALONE].argmax()]))
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
        EMPTY.save(folder)
    finder = Finder(load().entries)
    finder.afterwards = EMPTY
    rows = [row for path in sorted(talks.FOLDER.glob("*.txt")) if path.stem != ONE_LINERS for row in rows_of(path, finder)]
    made = fit(rows)
    made.save(folder)
    text = report(rows) + f"\nThreshold in use: {made.threshold}.\n"
    (folder / "after.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    sys.exit(main())
