"""Serving's short cut: feature rows and senses of many texts at once, without spelling out feature names.

A run of one to three characters is one number (21 bits a character), so numpy finds the runs of a whole batch in one sorted table
where a dictionary would be asked a hundred times a text. Every known run and word has a place, and three columns say what a place
leads to: a row of the weights, a row of the sense, an idea. Tests hold this to `features()` and to `Sense.of`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nlp.features import LONGEST_CHARS, cut
from nlp.sense import Sense
from nlp.signs import Heard
from nlp.text import ideas

BITS = 21  # of one character; three fill a number of 63
WALL = "\uffff"  # between texts: no character of any language, so no known run reaches across it


class Rows(NamedTuple):
    """The feature rows of all texts one after the other, each once and in order; text n's are `rows[ends[n]:ends[n + 1]]`."""

    rows: np.ndarray
    ends: np.ndarray


class Lookup:
    """The vocabulary's rows, arranged by how a text shows them. Names not in the vocabulary have no row and count nothing."""

    def __init__(self, names: Sequence[str], sense: Sense):
        self._sense, self._size = sense.bare(), len(names)
        kinds: dict[str, dict[str, int]] = {kind: {} for kind in "wcir"}
        for row, name in enumerate(names):
            kinds[name[0]][name[1:]] = row
        self._signs = kinds["r"]
        starts, self._hints = _phrases(kinds["i"])
        keyed = [(_keys(list(rows)), list(rows.values())) for rows in (kinds["c"], sense.places("c"), starts)]
        words = (kinds["w"], sense.places("w"))
        self._keys = np.unique(np.concatenate([keys for keys, _ in keyed]))
        self._words = {word: place for place, word in enumerate(dict.fromkeys((*words[0], *words[1])), len(self._keys))}
        self._places = len(self._keys) + len(self._words)
        self._leads = np.full((3, self._places), -1, dtype=np.int32)
        for lead, (keys, rows) in zip(self._leads, keyed, strict=True):
            lead[np.searchsorted(self._keys, keys)] = rows
        for lead, rows in zip(self._leads, words, strict=False):
            lead[[self._words[word] for word in rows]] = list(rows.values())

    def read(self, texts: Sequence[str], heard: Sequence[Heard]) -> tuple[Rows, np.ndarray]:
        """The rows of normalised texts in which `heard` was heard, and the texts' senses (one row a text)."""
        place_of = self._words.get
        plains, places, more = [], [], []
        for n, (text, one) in enumerate(zip(texts, heard, strict=True)):
            words, plain = cut(text)
            plains.append(plain)
            base = n * self._places
            places += [base + place for place in map(place_of, words) if place is not None]
            base = n * self._size
            more += [base + row for row in map(self._signs.get, one.signs) if row is not None]
        text, place = np.divmod(_once(np.concatenate([self._runs(plains), np.array(places, dtype=np.int64)])), self._places)
        rows, senses, hints = self._leads.take(place, axis=1)
        at = np.flatnonzero(hints >= 0)
        more += self._ideas(text[at].tolist(), hints[at].tolist(), plains)
        numbers = np.arange(len(texts) + 1)
        at = np.flatnonzero(rows >= 0)
        whole = np.concatenate([text[at] * self._size + rows[at], np.array(more, dtype=np.int64)])
        whole.sort()
        at = np.flatnonzero(senses >= 0)
        return (Rows(whole % self._size, np.searchsorted(whole, numbers * self._size)),
                self._sense.all(senses[at], np.searchsorted(text[at], numbers)))

    def _runs(self, plains: Sequence[str]) -> np.ndarray:
        """For every known run of characters in the texts: the text's number times all places, plus the run's place."""
        chars = characters(WALL.join([*plains, WALL]))
        pairs = chars[:-1] << BITS | chars[1:]
        keys = np.concatenate([chars, pairs, pairs[:-1] << BITS | chars[2:]])
        place = np.searchsorted(self._keys, keys)
        known = np.flatnonzero(self._keys.take(place, mode="clip") == keys)
        place = place.take(known)
        if len(plains) > 1:
            owner = np.repeat(np.arange(len(plains) + 1), [len(plain) + 1 for plain in plains] + [1])
            place += np.concatenate([owner, owner[:-1], owner[:-2]]).take(known) * self._places
        return place

    def _ideas(self, texts: list[int], hints: list[int], plains: list[str]) -> set[int]:
        found: set[int] = set()
        for text, hint in zip(texts, hints, strict=True):
            own, longer = self._hints[hint]
            base = text * self._size
            found.update([base + row for row in own])
            for phrase, rows in longer:
                if phrase in plains[text]:
                    found.update([base + row for row in rows])
        return found


def _phrases(codes: dict[str, int]) -> tuple[dict[str, int], list[tuple[list[int], list[tuple[str, list[int]]]]]]:
    """Starts of the ideas' phrases → their hint; a hint is the rows of the start itself, and the longer phrases with theirs."""
    by_start: dict[str, tuple[list[int], list[tuple[str, list[int]]]]] = {}
    for phrase, said in ideas().items():
        rows = [codes[code] for code in said if code in codes]
        own, longer = by_start.setdefault(phrase[:LONGEST_CHARS], ([], []))
        if len(phrase) <= LONGEST_CHARS:
            own += rows
        else:
            longer.append((phrase, rows))
    return {start: n for n, start in enumerate(by_start)}, list(by_start.values())


def _once(numbers: np.ndarray) -> np.ndarray:
    """Sorted and each once (what np.unique does, without its ceremony)."""
    if not len(numbers):
        return numbers
    numbers.sort()
    fresh = np.empty(len(numbers), dtype=bool)
    fresh[0] = True
    np.not_equal(numbers[1:], numbers[:-1], out=fresh[1:])
    return numbers[fresh]


def characters(text: str) -> np.ndarray:
    """The number of each character, BITS of it at most."""
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)


def _keys(runs: Sequence[str]) -> np.ndarray:
    """Runs of one to three characters as numbers."""
    sizes = np.fromiter(map(len, runs), dtype=np.int64, count=len(runs))
    chars, starts = characters("".join(runs) + WALL * 3), np.cumsum(sizes) - sizes
    keys = chars[starts]
    for more in (1, 2):
        keys = np.where(sizes > more, keys << BITS | chars[starts + more], keys)
    return keys
