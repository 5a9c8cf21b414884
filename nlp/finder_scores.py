"""How near each entry is to a question: several measures, weighed by numbers fitted on the ways to ask we hold back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp.finder_features import cut, features, terms_of
from nlp.finder_index import Index
from nlp.finder_meaning import Meaning
from nlp.finder_themes import ThemeReader, bag

CHANNELS = {"char": 1.0, "word": 0.8, "idea": 0.6, "sound": 0.3}
MEASURES = ("words", "answer", "meaning", "centre", "theme")
SHORTLIST = 48
DENSE_UP_TO = 20_000  # lines; beyond that meaning is compared for the lines that share words with the question only


@dataclass(frozen=True)
class Seen:
    """The shortlist for one question: entry numbers and one row of MEASURES each."""

    entries: np.ndarray
    measures: np.ndarray
    terms: dict[str, int]
    known: float  # share of the question's weight in terms the base holds

    def sorted(self, order: np.ndarray) -> "Seen":
        return Seen(self.entries[order], self.measures[order], self.terms, self.known)


class Scorer:
    """`lines[n]` are the ways to ask entry n; `answers[n]` its answer with steps; `themes[n]` its theme's number."""

    def __init__(self, lines: Sequence[Sequence[str]], answers: Sequence[str], themes: Sequence[int], *,
                 meaning: Meaning, ideas: dict[str, tuple[str, ...]]):
        self.meaning, self.ideas = meaning, ideas
        texts = [text for group in lines for text in group]
        sizes = np.array([len(group) for group in lines])
        self.owner = np.repeat(np.arange(len(lines)), sizes)
        self.starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        cuts = [cut(text) for text in texts]
        read = [features(made, ideas) for made in cuts]
        self.index = Index(read, CHANNELS)
        self.answers = Index([features(cut(text), ideas) for text in answers], CHANNELS)
        self.vectors = meaning.vectors(texts)
        centres = np.add.reduceat(self.vectors, self.starts, axis=0)
        self.centres = centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
        self.themes = np.asarray(themes)
        self.reader = ThemeReader([bag(terms_of(made), f["idea"]) for made, f in zip(cuts, read, strict=True)],
                                  self.themes[self.owner].tolist())

    def see(self, text: str) -> Seen:
        made = cut(text)
        asked, terms = features(made, self.ideas), terms_of(made)
        vector = self.meaning.vector(terms)
        words, known = self.index.scores(asked)
        top = np.maximum.reduceat(words, self.starts)
        if len(words) <= DENSE_UP_TO:
            near = np.maximum.reduceat(self.vectors @ vector, self.starts)
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
