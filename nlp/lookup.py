"""Serving's short cut: a text's feature rows without spelling out feature names; a test holds it to `features()`."""

from collections.abc import Mapping, Sequence

from nlp.features import LONGEST_CHARS, PUNCTUATION, ideas
from nlp.signs import signs
from nlp.text import segmenter


class Lookup:
    """The vocabulary's rows, arranged by how a text shows them. Names not in the vocabulary have no row and count nothing."""

    def __init__(self, names: Sequence[str]):
        kinds: dict[str, dict[str, int]] = {kind: {} for kind in "wcirf"}
        for row, name in enumerate(names):
            kinds[name[0]][name[1:]] = row
        self._words = kinds["w"]
        self._signs = kinds["r"]
        self._flags = kinds["f"]
        grams: dict[str, set[int]] = {part: {row} for part, row in kinds["c"].items()}
        longer: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
        for phrase, codes in ideas().items():
            rows = tuple(kinds["i"][code] for code in codes if code in kinds["i"])
            if len(phrase) <= LONGEST_CHARS:
                grams.setdefault(phrase, set()).update(rows)
            else:
                longer.setdefault(phrase[:LONGEST_CHARS], []).append((phrase, rows))
        self._grams = {part: tuple(sorted(rows)) for part, rows in grams.items() if rows}
        self._longer = {head: tuple(phrases) for head, phrases in longer.items()}

    def rows(self, text: str, rules: Mapping[str, bool]) -> list[int]:
        """The rows of a normalised text whose flag rules have been read already; each once, in no order."""
        words = [word for word in segmenter().cut(text) if word not in PUNCTUATION]
        plain = "".join(words)
        size = len(plain)
        found: set[int] = set()
        triples = {plain[i : i + 3] for i in range(size - 2)}
        grams = self._grams
        for parts in (set(plain), {plain[i : i + 2] for i in range(size - 1)}, triples):
            for part in parts:
                if part in grams:
                    found.update(grams[part])
        for head in self._longer.keys() & triples:
            for phrase, rows in self._longer[head]:
                if phrase in plain:
                    found.update(rows)
        for names, rows in ((words, self._words), (signs(text), self._signs), ([f for f, hit in rules.items() if hit], self._flags)):
            for name in names:
                row = rows.get(name)
                if row is not None:
                    found.add(row)
        return list(found)
