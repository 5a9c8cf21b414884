"""Which file of a model is broken: the start is refused with its name, so that nobody searches among thirty megabytes."""

import io
import json
import zipfile
import zlib
from pathlib import Path

import numpy as np

NEEDED = ("about.json", "words.txt", "weights.npz", "pairs.npz", "scam.json", "scam.npz", "finder.json", "meaning_terms.json",
          "meaning.npz", "themes_terms.json", "themes.npz", "entries_terms.json", "entries.npz", "neighbours.npz", "sense.txt",
          "sense.npz")
UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
"""All that reading a damaged file raises: numpy's, the archive's, JSON's and UTF-8's."""


def broken(folder: Path) -> str:
    """The first needed file that is missing or cannot be read to its end, and why; empty when all can."""
    for name in NEEDED:
        try:
            _read(folder / name)
        except UNREADABLE as problem:
            return f"{folder / name}: {type(problem).__name__}: {problem}"
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
