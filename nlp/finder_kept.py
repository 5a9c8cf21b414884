"""What the finder computes from the entries takes a second or two; it is kept in a file, and made anew when anything changed."""

import hashlib
import logging
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

log = logging.getLogger("xiaobao.finder")

HERE = Path(__file__).parent
READS_LIKE = ("text.py", "sounds.py", "finder_features.py", "finder_index.py", "finder_scores.py", "finder_themes.py",
              "finder_meaning.py", "model/sounds.txt")
Arrays = dict[str, np.ndarray]


def mark(texts: Iterable[Sequence[str]], files: Iterable[Path]) -> str:
    """Changes with any word of the entries, any line of the code that reads them, and any file given."""
    seen = hashlib.blake2b(digest_size=16)
    for text in texts:
        seen.update("\0".join(text).encode() + b"\1")
    for path in (*(HERE / name for name in READS_LIKE), *files):
        seen.update(path.read_bytes())
    return seen.hexdigest()


def kept(path: Path, key: str, make: Callable[[], Arrays]) -> Arrays:
    """The arrays of this file if they were made under this key, else made and written. A read-only folder costs only time."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            if str(file["key"]) == key:
                return {name: file[name] for name in file.files}
    except (OSError, KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile):
        pass  # not there, cut off or of another kind: it is only a copy
    arrays = make()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            np.savez(file, key=np.array(key), **arrays)
        os.replace(name, path)
    except OSError as error:
        log.warning("the finder's index could not be kept (%s); the next start makes it again", type(error).__name__)
    return arrays
