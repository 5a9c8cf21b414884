"""Serving's short cut: a text's feature rows without spelling out feature names; a test holds it to `features()`."""

from collections.abc import Sequence

import numpy as np

from nlp.features import LONGEST_CHARS, cut
from nlp.sense import Sense
from nlp.signs import Heard
from nlp.text import ideas


class Lookup:
    """The vocabulary's rows, arranged by how a text shows them. Names not in the vocabulary have no row and count nothing."""

    def __init__(self, names: Sequence[str], sense: Sense):
        kinds: dict[str, dict[str, int]] = {kind: {} for kind in "wcirf"}
        for row, name in enumerate(names):
            kinds[name[0]][name[1:]] = row
        self._sense = sense
        self._words, self._chars, self._signs, self._flags = kinds["w"], kinds["c"], kinds["r"], kinds["f"]
        self._ideas: dict[str, tuple[int, ...]] = {}
        self._longer: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
        for phrase, codes in ideas().items():
            rows = tuple(kinds["i"][code] for code in codes if code in kinds["i"])
            if len(phrase) <= LONGEST_CHARS:
                self._ideas[phrase] = rows
            else:
                self._longer.setdefault(phrase[:LONGEST_CHARS], []).append((phrase, rows))

    def read(self, text: str, heard: Heard) -> tuple[list[int], np.ndarray]:
        """The rows of a normalised text in which `heard` was heard, each once and in order, and the text's sense."""
        words, plain = cut(text)
        size = len(plain)
        parts = {*plain, *(plain[i : i + 2] for i in range(size - 1))}
        triples = {plain[i : i + 3] for i in range(size - 2)}
        rows = [row for row in map(self._chars.get, parts) if row is not None]
        rows += [row for row in map(self._chars.get, triples) if row is not None]
        ideas: set[int] = set()
        for phrase in (self._ideas.keys() & parts) | (self._ideas.keys() & triples):
            ideas.update(self._ideas[phrase])
        for head in self._longer.keys() & triples:
            for phrase, of_phrase in self._longer[head]:
                if phrase in plain:
                    ideas.update(of_phrase)
        rows += ideas
        once = set(words)
        for names, known in ((once, self._words), (heard.signs, self._signs), (heard.flags, self._flags)):
            rows += [row for row in map(known.get, names) if row is not None]
        rows.sort()
        return rows, self._sense.vector(once, parts)
