"""What the finder computes from the entries takes some seconds; it is kept in a folder, and made anew when anything changed."""

import hashlib
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

log = logging.getLogger("xiaobao.finder")

HERE = Path(__file__).parent
READS_LIKE = ("text.py", "sounds.py", "finder_features.py", "finder_index.py", "finder_scores.py", "finder_terms.py",
              "finder_themes.py", "finder_meaning.py", "finder_groups.py", "linear.py", "model/sounds.txt")
Arrays = dict[str, np.ndarray]


def mark(texts: Iterable[Sequence[str]], files: Iterable[Path]) -> str:
    """Changes with any word of the entries, any line of the code that reads them, and any file given."""
    seen = hashlib.blake2b(digest_size=16)
    for text in texts:
        seen.update("\0".join(text).encode() + b"\1")
    for path in (*(HERE / name for name in READS_LIKE), *files):
        seen.update(path.read_bytes())
    return seen.hexdigest()


def kept(folder: Path, key: str, make: Callable[[], Arrays]) -> Arrays:
    """The arrays in `folder/key`, else made and written there. A read-only folder costs only time.

    They are mapped, not read: processes beside each other share them, and what no question touches stays on the disk.
    """
    place = folder / key
    if (arrays := _mapped(place)) is not None:
        return arrays
    arrays, fresh = make(), None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=folder, prefix=".made-"))
        fresh.chmod(0o755)  # it holds nothing private, and whoever serves must be able to read what a command has kept
        for name, array in {**arrays, "parts": np.array(len(arrays))}.items():
            np.save(fresh / f"{name}.npy", array, allow_pickle=False)
        for old in folder.iterdir():
            if old != fresh and (old == place or not old.name.startswith(".made-")):
                shutil.rmtree(old)
        fresh.rename(place)  # whole or not at all; of two processes that make it at once, the second keeps its own in memory
    except OSError as error:
        log.warning("the finder's index could not be kept (%s); the next start makes it again", type(error).__name__)
        if fresh is not None:
            shutil.rmtree(fresh, ignore_errors=True)
    return _mapped(place) or arrays


def _mapped(place: Path) -> Arrays | None:
    try:
        # as plain arrays: those that know of their file are slower at every step
        arrays = {path.stem: np.asarray(np.load(path, mmap_mode="r", allow_pickle=False)) for path in place.glob("*.npy")}
        return arrays if arrays and int(arrays.pop("parts")) == len(arrays) else None
    except (OSError, ValueError, EOFError, KeyError) as error:
        log.warning("the kept index cannot be read (%s) and is made again", type(error).__name__)
        return None
