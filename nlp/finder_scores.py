"""How near each entry is to a question: several measures, weighed by numbers fitted on the ways to ask we hold back."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from nlp.finder_features import Cut, Ideas, cut, features, terms_of
from nlp.finder_groups import grouped
from nlp.finder_index import Arrays, Index
from nlp.finder_meaning import Meaning
from nlp.finder_terms import packed, unpacked
from nlp.finder_themes import ThemeReader, bag
from nlp.linear import unit

CHANNELS = {"char": 1.0, "word": 0.8, "idea": 0.6, "sound": 0.3}
PARTS = ("meaning", "index", "answers", "reader")  # with terms of their own
OWN = ("starts", "groups", "group_starts", "centres", "themes")
MEASURES = ("words", "answer", "meaning", "centre", "theme")
SHORTLIST = 48
DENSE_UP_TO = 30_000  # groups of lines; beyond that meaning is compared for the entries that share words with the question only


@dataclass(frozen=True)
class Seen:
    """The shortlist for one question: entry numbers and one row of MEASURES each; `themes` is what `ThemeReader.read` says."""

    entries: np.ndarray
    measures: np.ndarray
    terms: dict[str, int]
    vector: np.ndarray  # the question's meaning
    known: float  # share of the question's weight in terms the base holds
    themes: np.ndarray
    ideas: list[str]

    def sorted(self, order: np.ndarray) -> "Seen":
        return replace(self, entries=self.entries[order], measures=self.measures[order])


class Prepared(NamedTuple):
    """A question's terms and meaning, and how near each entry is in words, in its answer's words, in meaning and as a theme."""

    terms: Counter[str]
    vector: np.ndarray
    meaning: np.ndarray | None  # None: too many entries to compare
    theme: np.ndarray
    words: np.ndarray
    known: float
    answer: np.ndarray
    ideas: list[str]


class _Once(dict[str, str]):
    """Gives the same object for the same term: of millions in the base few differ, and a first start must fit a small machine."""

    def __missing__(self, term: str) -> str:
        return self.setdefault(term, term)

    def all(self, found: dict[str, list[str]]) -> dict[str, list[str]]:
        return {channel: [self[term] for term in terms] for channel, terms in found.items()}


def vectors_of(cuts: Sequence[Cut], meaning: Meaning) -> np.ndarray:
    """The meaning of each text; of many the terms are never held together."""
    return meaning.vectors(terms_of(made) for made in cuts)


class Scorer:
    """Made by `build`, or by `of` from what `arrays` kept of an earlier one."""

    def __init__(self, meaning: Meaning, ideas: Ideas, index: Index, answers: Index, reader: ThemeReader, *,
                 starts: np.ndarray, groups: np.ndarray, group_starts: np.ndarray, centres: np.ndarray, themes: np.ndarray):
        """Of entry n the lines begin at `starts[n]`, the vectors of its groups of lines (finder_groups.py) at `group_starts[n]`."""
        self.meaning, self.ideas, self.index, self.answers, self.reader = meaning, ideas, index, answers, reader
        self.starts, self.groups, self.group_starts, self.centres, self.themes = starts, groups, group_starts, centres, themes

    @classmethod
    def build(cls, lines: Sequence[Sequence[str]], answers: Sequence[str], themes: Sequence[str], *,
              meaning: Meaning, reader: ThemeReader, ideas: Ideas) -> "Scorer":
        """`lines[n]` are the ways to ask entry n; `answers[n]` its answer with steps; `themes[n]` its theme."""
        texts = [text for group in lines for text in group]
        sizes = np.array([len(group) for group in lines])
        starts = np.cumsum(sizes) - sizes
        cuts, once = [cut(text) for text in texts], _Once()
        vectors = vectors_of(cuts, meaning)
        centres = unit(np.add.reduceat(vectors, starts, axis=0))
        groups, group_starts = grouped(vectors, starts)
        index, replies = (Index.build([once.all(features(made, ideas)) for made in some], CHANNELS)
                          for some in (cuts, [cut(text) for text in answers]))
        return cls(meaning, ideas, index, replies, reader, starts=starts, groups=groups, group_starts=group_starts,
                   centres=centres, themes=np.array([reader.number(theme) for theme in themes]))

    def arrays(self) -> dict[str, np.ndarray]:
        """All that was computed from the entries, as plain arrays."""
        kept = {name: getattr(self, name) for name in OWN}
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
                   **{name: arrays[name] for name in OWN})

    def see(self, text: str) -> Seen:
        return self.seen(self.prepare([text])[0])

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        """The questions compared with all entries at once, which costs little more for many than for one."""
        cuts = [cut(text) for text in texts]
        terms, asked = [terms_of(made) for made in cuts], [features(made, self.ideas) for made in cuts]
        vectors = self.meaning.vectors(terms)
        near: Iterable[np.ndarray | None] = [None] * len(texts)
        if len(self.groups) <= DENSE_UP_TO:
            near = np.maximum.reduceat(vectors @ self.groups.T, self.group_starts, axis=1)
        themes = self.reader.read([bag(counted, found["idea"]) for counted, found in zip(terms, asked, strict=True)])
        return [Prepared(*one, *self._words(found), found["idea"])
                for *one, found in zip(terms, vectors, near, themes, asked, strict=True)]

    def _words(self, asked: Mapping[str, Sequence[str]]) -> tuple[np.ndarray, float, np.ndarray]:
        """How near each entry's ways to ask are in words, what share of the question they know, and its answer."""
        lines, known = self.index.scores(asked)
        nearest = np.maximum.reduceat(lines, self.starts).astype(np.float32)
        return nearest, known, self.answers.scores(asked)[0].astype(np.float32)

    def seen(self, one: Prepared) -> Seen:
        """The shortlist of a prepared question."""
        if one.meaning is not None:
            chosen = self._nearest(one.words + one.meaning)
            close = one.meaning[chosen]
        else:
            chosen = self._nearest(one.words)
            ends = np.append(self.group_starts[1:], len(self.groups))
            close = np.array([(self.groups[self.group_starts[n]: ends[n]] @ one.vector).max() for n in chosen], dtype=np.float32)
        measures = np.stack([one.words[chosen], one.answer[chosen], close, self.centres[chosen] @ one.vector,
                             one.theme[self.themes[chosen]]], axis=1)
        return Seen(chosen, measures, one.terms, one.vector, one.known, one.theme, one.ideas)

    @staticmethod
    def _nearest(rough: np.ndarray) -> np.ndarray:
        size = min(SHORTLIST, len(rough))
        return np.argpartition(-rough, size - 1)[:size]
