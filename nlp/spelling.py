"""Rights a character that was written for another of the same sound (验正码, 贷宽), as dictation and hurried thumbs leave them.

A character is doubted when it stands alone as a word and neither of its neighbours was ever seen beside it in our corpus; it is
replaced when another of its sound (`nlp.sounds`) is often seen there. What cannot be doubted costs one look into a table.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import rjieba

from nlp.sounds import sounds

FILE = "pairs.npz"
BITS = 21  # of one character; a pair is one number
EDGE = "\n"  # before the first and after the last character
MOST = 255  # a pair seen more often counts so many
COMMON = 5  # a character must have been seen so often to be what was meant
OFTEN, TWICE = 20, 2  # seen with one neighbour so often, or with both so often


class Spelling:
    """Holds how often each pair of characters stands in the corpus; `keys` is sorted, `counts` runs beside it."""

    def __init__(self, keys: np.ndarray, counts: np.ndarray):
        self._keys, self._counts = keys, counts
        chars, owner = np.unique(keys >> BITS, return_inverse=True)
        seen = np.bincount(owner, weights=counts)
        self._alike: dict[str, np.ndarray] = {}
        self._weight: dict[str, np.ndarray] = {}
        known = [(char, count) for char, count in zip(map(chr, chars.tolist()), seen.tolist(), strict=True) if count >= COMMON]
        by_sound: dict[str, list[tuple[str, float]]] = {}
        for (char, count), sound in zip(known, sounds("".join(char for char, _ in known)), strict=True):
            if sound != char:
                by_sound.setdefault(sound, []).append((char, count))
        for sound, found in by_sound.items():
            self._alike[sound] = np.array([ord(char) for char, _ in found], dtype=np.int64)
            self._weight[sound] = 0.5 * np.log([count for _, count in found])

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Spelling":
        """From normalised texts."""
        chars = _characters(EDGE + EDGE.join(texts) + EDGE)
        keys, counts = np.unique(chars[:-1] << BITS | chars[1:], return_counts=True)
        return cls(keys, np.minimum(counts, MOST).astype(np.uint8))

    @classmethod
    def load(cls, folder: Path) -> "Spelling":
        with np.load(folder / FILE, allow_pickle=False) as kept:
            return cls(kept["keys"], kept["counts"])

    def save(self, folder: Path) -> None:
        np.savez_compressed(folder / FILE, keys=self._keys, counts=self._counts)

    def right(self, text: str) -> str:
        """The normalised text as it was meant; of the same length."""
        if len(text) < 2:
            return text  # nothing beside it tells what else it could be
        chars = _characters(EDGE + text + EDGE)
        seen, _ = self._find(chars[:-1] << BITS | chars[1:])
        doubted = np.flatnonzero(~(seen[:-1] | seen[1:])) + 1
        if not len(doubted):
            return text
        alone = _alone(text)
        for place in doubted.tolist():
            if place - 1 in alone and (meant := self._meant(*chars[place - 1 : place + 2].tolist())):
                chars[place] = meant
        return "".join(map(chr, chars[1:-1].tolist()))

    def _meant(self, before: int, char: int, after: int) -> int | None:
        sound = sounds(chr(char))[0]
        alike = self._alike.get(sound)
        if alike is None:
            return None
        left, right = self._seen(before << BITS | alike), self._seen(alike << BITS | after)
        sure = (np.maximum(left, right) >= OFTEN) | (np.minimum(left, right) >= TWICE)
        if not sure.any():
            return None
        return int(alike[np.argmax(np.where(sure, np.log1p(left) + np.log1p(right) - self._weight[sound], -np.inf))])

    def _find(self, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Whether each pair was ever seen, and where it stands if it was."""
        place = np.searchsorted(self._keys, pairs)
        return self._keys.take(place, mode="clip") == pairs, place

    def _seen(self, pairs: np.ndarray) -> np.ndarray:
        """How often each pair was seen."""
        known, place = self._find(pairs)
        return np.where(known, self._counts.take(place, mode="clip"), 0).astype(np.float64)


def _characters(text: str) -> np.ndarray:
    """The number of each character."""
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)


def _alone(text: str) -> set[int]:
    """Where words of one character stand, by the dictionary alone."""
    found, place = set(), 0
    for word in rjieba.cut(text, False):
        if len(word) == 1:
            found.add(place)
        place += len(word)
    return found
