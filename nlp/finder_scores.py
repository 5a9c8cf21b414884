"""How near each entry is to a question: several measures, weighed by numbers fitted on the ways to ask we hold back."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from nlp.finder_features import Cut, Ideas, cut, features, terms_of
from nlp.finder_groups import grouped, roughly
from nlp.finder_index import Arrays, Index
from nlp.finder_meaning import Meaning
from nlp.finder_terms import LookedUp, looked_up, numbers, packed, unpacked
from nlp.finder_themes import ThemeReader, bag
from nlp.linear import unit

CHANNELS = {"char": 1.0, "word": 0.8, "idea": 0.6, "sound": 0.3}
PARTS = ("meaning", "index", "answers", "reader")  # with terms of their own
OWN = ("starts", "groups", "group_starts", "centres", "themes", "axes", "rough", "beyond")
MEASURES = ("words", "answer", "meaning", "centre", "theme")
SHORTLIST = 48
AT_FIRST = 80  # entries whose meaning is compared after a first look at all; of the ten nearest it then lacks one in 170
DENSE_UP_TO = 60_000  # places for groups of lines; beyond that only entries that share words with the question are compared


class Seen(NamedTuple):
    """The shortlist for one question: entry numbers and one row of MEASURES each; `themes` is what `ThemeReader.read` says."""

    entries: np.ndarray
    measures: np.ndarray
    terms: dict[str, int]
    vector: np.ndarray  # the question's meaning
    known: float  # share of the question's weight in terms the base holds
    themes: np.ndarray
    looked_up: LookedUp

    def sorted(self, order: np.ndarray) -> "Seen":
        return self._replace(entries=self.entries.take(order), measures=self.measures.take(order, axis=0))


class Prepared(NamedTuple):
    """A question's terms and meaning, and how near each entry is in words, its answer's words, roughly in meaning, as a theme."""

    terms: Counter[str]
    looked_up: LookedUp
    vector: np.ndarray
    rough: np.ndarray | float  # 0: too many entries to compare
    theme: np.ndarray
    words: np.ndarray
    known: float
    answer: np.ndarray


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
                 starts: np.ndarray, groups: np.ndarray, group_starts: np.ndarray, centres: np.ndarray, themes: np.ndarray,
                 axes: np.ndarray, rough: np.ndarray, beyond: np.ndarray):
        """Of entry n the lines begin at `starts[n]`, the vectors of its groups of lines (finder_groups.py) at `group_starts[n]`;
        `axes`, `rough` and `beyond` are for a first look at all entries."""
        self.meaning, self.ideas, self.index, self.answers, self.reader = meaning, ideas, index, answers, reader
        self.starts, self.groups, self.group_starts, self.centres, self.themes = starts, groups, group_starts, centres, themes
        self.axes, self.rough, self.beyond = axes, rough, beyond
        self._group_counts = np.diff(np.append(group_starts, len(groups)))

    @classmethod
    def build(cls, lines: Sequence[Sequence[str]], answers: Sequence[str], themes: Sequence[str], *,
              meaning: Meaning, reader: ThemeReader, ideas: Ideas) -> "Scorer":
        """As `of` what `computed` computes."""
        return cls.of(cls.computed(lines, answers, themes, meaning=meaning, reader=reader, ideas=ideas), ideas=ideas)

    @classmethod
    def computed(cls, lines: Sequence[Sequence[str]], answers: Sequence[str], themes: Sequence[str], *,
                 meaning: Meaning, reader: ThemeReader, ideas: Ideas) -> dict[str, np.ndarray]:
        """What is to be kept of these entries. `lines[n]` are the ways to ask entry n; `answers[n]` its answer with steps;
        `themes[n]` its theme."""
        texts = [text for group in lines for text in group]
        sizes = np.array([len(group) for group in lines])
        starts = np.cumsum(sizes) - sizes
        cuts, once = [cut(text) for text in texts], _Once()
        vectors = vectors_of(cuts, meaning)
        centres = unit(np.add.reduceat(vectors, starts, axis=0))
        groups, group_starts = grouped(vectors, starts)
        index, replies = (Index.build([once.all(features(made, ideas)) for made in some], CHANNELS)
                          for some in (cuts, [cut(text) for text in answers]))
        made = cls(meaning, ideas, index, replies, reader, starts=starts, groups=groups, group_starts=group_starts,
                   centres=centres, themes=np.array([reader.number(theme) for theme in themes]),
                   **roughly(groups, group_starts, most=DENSE_UP_TO))
        return made._arrays()

    def _arrays(self) -> dict[str, np.ndarray]:
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
        found = [looked_up(bag(counted, shown["idea"]), len(counted), self.index.terms.ids)
                 for counted, shown in zip(terms, asked, strict=True)]
        vectors = np.array([self.meaning.vector_found(one) for one in found])
        rough: Iterable[np.ndarray | float] = [0.0] * len(texts)
        if self.rough.size:
            size, wide, many = self.rough.shape
            rough = (vectors @ self.axes @ self.rough.reshape(size, -1)).reshape(-1, wide, many).max(axis=1)
            rough += vectors @ self.beyond.T
        themes = self.reader.read_found(found)
        return [Prepared(*one, *self._words(shown))
                for *one, shown in zip(terms, found, vectors, rough, themes, asked, strict=True)]

    def _words(self, asked: Mapping[str, Sequence[str]]) -> tuple[np.ndarray, float, np.ndarray]:
        """How near each entry's ways to ask are in words, what share of the question they know, and its answer."""
        counted = self.index.counted(asked)
        number = numbers(self.index.terms.ids, counted.terms)
        lines, known = self.index.scores_of(counted, self.index.terms.ours(number))
        nearest = np.maximum.reduceat(lines, self.starts).astype(np.float32)
        return nearest, known, self.answers.scores_of(counted, self.answers.terms.ours(number))[0].astype(np.float32)

    def seen(self, one: Prepared) -> Seen:
        """The shortlist of a prepared question."""
        chosen = self.nearest(one, AT_FIRST if self.rough.size else SHORTLIST)
        close = self._close(chosen, one.vector)
        if len(chosen) > SHORTLIST:
            kept = _largest(one.words.take(chosen) + close, SHORTLIST)
            chosen, close = chosen.take(kept), close.take(kept)
        measures = np.stack([one.words.take(chosen), one.answer.take(chosen), close, self.centres.take(chosen, axis=0) @ one.vector,
                             one.theme.take(self.themes.take(chosen))], axis=1)
        return Seen(chosen, measures, one.terms, one.vector, one.known, one.theme, one.looked_up)

    @staticmethod
    def nearest(one: Prepared, most: int = SHORTLIST) -> np.ndarray:
        """Entry numbers after a first look alone, in no order."""
        return _largest(one.words + one.rough, most)

    def _close(self, chosen: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """How near the nearest group of each of these entries is in meaning."""
        many = self._group_counts.take(chosen)
        ends = np.cumsum(many)
        places = np.arange(ends[-1]) + np.repeat(self.group_starts.take(chosen) - ends + many, many)
        return np.maximum.reduceat(self.groups.take(places, axis=0) @ vector, ends - many)


def _largest(scores: np.ndarray, most: int) -> np.ndarray:
    """Places of the `most` largest, in no order."""
    size = min(most, len(scores))
    return np.argpartition(-scores, size - 1)[:size]
