"""How near each entry is to a question: several measures, weighed by numbers fitted on the ways to ask we hold back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp.finder_features import features
from nlp.finder_index import Index
from nlp.finder_meaning import Meaning
from nlp.finder_themes import ThemeReader, bag

CHANNELS = {"char": 1.0, "word": 0.8, "idea": 0.6, "sound": 0.3}
MEASURES = ("words", "two_lines", "answer", "meaning", "centre", "theme")
SHORTLIST = 48
DENSE_UP_TO = 20_000  # lines; beyond that meaning is compared for the lines that share words with the question only


@dataclass(frozen=True)
class Seen:
    """The shortlist for one question: entry numbers and one row of MEASURES each."""

    entries: np.ndarray
    measures: np.ndarray
    vector: np.ndarray
    known: float  # share of the question's weight in terms the base holds

    def sorted(self, order: np.ndarray) -> "Seen":
        return Seen(self.entries[order], self.measures[order], self.vector, self.known)


class Scorer:
    """`lines[n]` are the ways to ask entry n; `answers[n]` its answer with steps; `themes[n]` its theme's number."""

    def __init__(self, lines: Sequence[Sequence[str]], answers: Sequence[str], themes: Sequence[int], *,
                 meaning: Meaning, ideas: dict[str, tuple[str, ...]]):
        self.meaning, self.ideas = meaning, ideas
        texts = [text for group in lines for text in group]
        sizes = np.array([len(group) for group in lines])
        self.owner = np.repeat(np.arange(len(lines)), sizes)
        self.starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        read = [features(text, ideas) for text in texts]
        self.index = Index(read, CHANNELS)
        self.answers = Index([features(text, ideas) for text in answers], CHANNELS)
        self.vectors = meaning.vectors(texts)
        centres = np.add.reduceat(self.vectors, self.starts, axis=0)
        self.centres = centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
        self.themes = np.asarray(themes)
        self.reader = ThemeReader([bag(t, f["idea"]) for t, f in zip(texts, read, strict=True)],
                                  self.themes[self.owner].tolist())

    def see(self, text: str) -> Seen:
        asked = features(text, self.ideas)
        vector = self.meaning.vector(text)
        words, known = self.index.scores(asked)
        top = np.maximum.reduceat(words, self.starts)
        if len(words) <= DENSE_UP_TO:
            near = self.vectors @ vector
            nearest = np.maximum.reduceat(near, self.starts)
            rough = top + nearest
        else:
            nearest, rough = None, top
        size = min(SHORTLIST, len(rough))
        chosen = np.argpartition(-rough, size - 1)[:size]
        second = np.empty(size, dtype=np.float32)
        close = np.empty(size, dtype=np.float32)
        for place, n in enumerate(chosen):
            start = self.starts[n]
            end = self.starts[n + 1] if n + 1 < len(self.starts) else len(words)
            own = words[start:end]
            second[place] = np.partition(own, -2)[-2] if len(own) > 1 else own[0]
            close[place] = nearest[n] if nearest is not None else (self.vectors[start:end] @ vector).max()
        by_theme = self.reader.read(bag(text, asked["idea"]))
        measures = np.stack([
            top[chosen], second, self.answers.scores(asked)[0][chosen], close, self.centres[chosen] @ vector,
            by_theme[self.themes[chosen]],
        ], axis=1)
        return Seen(chosen, measures, vector, known)
