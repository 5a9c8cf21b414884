"""How near each entry is to a question: several measures, weighed by numbers fitted on the ways to ask we hold back."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nlp.finder_features import Cut, Ideas, cut, features, terms_of
from nlp.finder_index import Arrays, Index
from nlp.finder_meaning import Meaning
from nlp.finder_terms import packed, unpacked
from nlp.finder_themes import ThemeReader, bag

CHANNELS = {"char": 1.0, "word": 0.8, "idea": 0.6, "sound": 0.3}
PARTS = ("meaning", "index", "answers", "reader")  # with terms of their own
MEASURES = ("words", "answer", "meaning", "centre", "theme")
SHORTLIST = 48
DENSE_UP_TO = 30_000  # lines; beyond that meaning is compared for the lines that share words with the question only


@dataclass(frozen=True)
class Seen:
    """The shortlist for one question: entry numbers and one row of MEASURES each."""

    entries: np.ndarray
    measures: np.ndarray
    terms: dict[str, int]
    known: float  # share of the question's weight in terms the base holds

    def sorted(self, order: np.ndarray) -> "Seen":
        return Seen(self.entries[order], self.measures[order], self.terms, self.known)


class Prepared(NamedTuple):
    """A question cut, its terms, its meaning, and how near its meaning is to each entry (None: too many lines to compare)."""

    made: Cut
    terms: Counter[str]
    vector: np.ndarray
    near: np.ndarray | None


class _Once(dict[str, str]):
    """Gives the same object for the same term: of millions in the base few differ, and a first start must fit a small machine."""

    def __missing__(self, term: str) -> str:
        return self.setdefault(term, term)

    def all(self, terms: Iterable[str]) -> list[str]:
        return [self[term] for term in terms]


class Scorer:
    """Made by `build`, or by `of` from what `arrays` kept of an earlier one."""

    def __init__(self, meaning: Meaning, ideas: Ideas, index: Index, answers: Index, reader: ThemeReader, *,
                 starts: np.ndarray, vectors: np.ndarray, centres: np.ndarray, themes: np.ndarray):
        self.meaning, self.ideas, self.index, self.answers, self.reader = meaning, ideas, index, answers, reader
        self.starts, self.vectors, self.centres, self.themes = starts, vectors, centres, themes

    @classmethod
    def build(cls, lines: Sequence[Sequence[str]], answers: Sequence[str], themes: Sequence[int], *,
              meaning: Meaning, ideas: Ideas) -> "Scorer":
        """`lines[n]` are the ways to ask entry n; `answers[n]` its answer with steps; `themes[n]` its theme's number."""
        texts = [text for group in lines for text in group]
        sizes = np.array([len(group) for group in lines])
        starts, owner = np.cumsum(sizes) - sizes, np.repeat(np.arange(len(lines)), sizes)
        cuts = [cut(text) for text in texts]
        once = _Once()
        read = [{channel: once.all(found) for channel, found in features(made, ideas).items()} for made in cuts]
        terms = [dict(zip(once.all(counted), counted.values(), strict=True)) for counted in map(terms_of, cuts)]
        vectors = np.stack([meaning.vector(counted) for counted in terms])
        centres = np.add.reduceat(vectors, starts, axis=0)
        themes = np.asarray(themes)
        reader = ThemeReader.build([bag(counted, f["idea"]) for counted, f in zip(terms, read, strict=True)], themes[owner])
        index, replies = Index.build(read, CHANNELS), Index.build([features(cut(text), ideas) for text in answers], CHANNELS)
        return cls(meaning, ideas, index, replies, reader, starts=starts, vectors=vectors, themes=themes,
                   centres=centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9))

    def arrays(self) -> dict[str, np.ndarray]:
        """All that was computed from the entries, as plain arrays."""
        kept = {name: getattr(self, name) for name in ("starts", "vectors", "centres", "themes")}
        kept["terms"], owns = packed([getattr(self, part).terms for part in PARTS])
        for part, own in zip(PARTS, owns, strict=True):
            kept |= {f"{part}.{name}": array for name, array in getattr(self, part).arrays().items()} | {f"{part}.own": own}
        return kept

    @classmethod
    def of(cls, arrays: Arrays, *, ideas: Ideas) -> "Scorer":
        parts = {part: {key.removeprefix(part + "."): array for key, array in arrays.items() if key.startswith(part + ".")}
                 for part in PARTS}
        terms = dict(zip(PARTS, unpacked(arrays["terms"], [parts[part]["own"] for part in PARTS]), strict=True))
        return cls(Meaning.of(parts["meaning"], terms["meaning"]), ideas, Index.of(parts["index"], terms["index"], CHANNELS),
                   Index.of(parts["answers"], terms["answers"], CHANNELS), ThemeReader.of(parts["reader"], terms["reader"]),
                   **{name: arrays[name] for name in ("starts", "vectors", "centres", "themes")})

    def see(self, text: str) -> Seen:
        return self.seen(self.prepare([text])[0])

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        """The questions cut and their meaning compared in one product, which costs little more for many than for one."""
        cuts = [cut(text) for text in texts]
        terms = [terms_of(made) for made in cuts]
        vectors = np.stack([self.meaning.vector(counted) for counted in terms])
        near: Iterable[np.ndarray | None] = [None] * len(texts)
        if len(self.vectors) <= DENSE_UP_TO:
            near = np.maximum.reduceat(vectors @ self.vectors.T, self.starts, axis=1)
        return [Prepared(*one) for one in zip(cuts, terms, vectors, near, strict=True)]

    def seen(self, one: Prepared) -> Seen:
        """The shortlist of a prepared question."""
        made, terms, vector, near = one
        asked = features(made, self.ideas)
        words, known = self.index.scores(asked)
        top = np.maximum.reduceat(words, self.starts)
        if near is not None:
            chosen = self._nearest(top + near)
            close = near[chosen]
        else:
            chosen = self._nearest(top)
            ends = np.append(self.starts[1:], len(words))
            close = np.array([(self.vectors[self.starts[n]: ends[n]] @ vector).max() for n in chosen], dtype=np.float32)
        by_theme = self.reader.read(bag(terms, asked["idea"]))
        measures = np.stack([
            top[chosen], self.answers.scores(asked)[0][chosen], close, self.centres[chosen] @ vector,
            by_theme[self.themes[chosen]],
        ], axis=1)
        return Seen(chosen, measures, terms, known)

    @staticmethod
    def _nearest(rough: np.ndarray) -> np.ndarray:
        size = min(SHORTLIST, len(rough))
        return np.argpartition(-rough, size - 1)[:size]
