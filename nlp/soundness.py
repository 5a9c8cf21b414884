"""Which file of a model is broken: the start is refused with its name, so that nobody searches among thirty megabytes."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from knowledge.reading import KnowledgeError
from nlp import (
    acts,
    classifier,
    finder_after,
    finder_entries,
    finder_gate,
    finder_lines,
    finder_meaning,
    finder_neighbours,
    finder_themes,
    scam,
    sense,
    sounds,
)
from nlp.damage import UNREADABLE

PARTS: tuple[tuple[tuple[str, ...], Callable[[Path], object]], ...] = (
    ((sounds.TABLE.name,), lambda folder: sounds.read(folder / sounds.TABLE.name)),
    (sense.FILES, sense.Sense.load),
    (classifier.FILES, classifier.Reader.load),
    (scam.FILES, scam.ScamChecker.load),
    ((finder_gate.FILE,), finder_gate.Gate.load),
    (finder_meaning.FILES, finder_meaning.Meaning.load),
    ((finder_themes.TERMS, finder_themes.FILE), finder_themes.ThemeReader.load),
    ((finder_entries.TERMS, finder_entries.FILE), finder_entries.EntryReader.load),
    ((finder_neighbours.FILE,), finder_neighbours.Neighbours.load),
    ((finder_after.FILE,), finder_after.After.load),
    ((finder_lines.FILE,), finder_lines.LineReader.load),
    ((acts.FILE,), acts.Acts.load),
)
"""Every part of the model: the files it is read from, as its own module names them, and how it is read."""
NEEDED = tuple(name for names, _ in PARTS for name in names)


def broken(folder: Path) -> str:
    """The first needed file that is missing, cannot be read to its end or of another shape, and why; empty when all are sound."""
    if missing := next((name for name in NEEDED if not (folder / name).is_file()), ""):
        return f"{folder / missing}: file is missing"
    for name in NEEDED:
        try:
            _read(folder / name)
        except UNREADABLE as problem:
            return f"{folder / name}: {type(problem).__name__}: {problem}"
    for names, load in PARTS:
        try:
            load(folder)
        except KnowledgeError as problem:  # the lists of words and signs that a part reads with
            return str(problem)
        except (classifier.ModelError, *UNREADABLE) as problem:
            return f"{', '.join(str(folder / name) for name in names)}: {type(problem).__name__}: {problem}"
    return ""


def _read(path: Path) -> None:
    if path.suffix == ".npz":
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            for name in arrays.files:
                arrays[name]
    elif not (text := path.read_text(encoding="utf-8")).strip():
        raise ValueError("empty")
    elif path.suffix == ".json":
        json.loads(text)
