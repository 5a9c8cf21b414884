"""A customer's question finds the maintained answer, or is honestly refused: a wrong answer from a bank is worse than none."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np

from knowledge.base import Entry
from knowledge.today import Fit, today
from nlp import finder_meaning, finder_themes
from nlp.finder_after import After, Follow, by_length, often
from nlp.finder_entries import EntryReader
from nlp.finder_features import cut, features, read_ideas, terms_of
from nlp.finder_gate import Gate, TermWeights, signs
from nlp.finder_index import Index, largest
from nlp.finder_kept import kept, mark
from nlp.finder_lines import LineReader, Told
from nlp.finder_meaning import MODEL, Meaning
from nlp.finder_neighbours import Neighbours
from nlp.finder_scores import MEASURES, Prepared, Scorer, Seen, vectors_of
from nlp.finder_terms import LookedUp
from nlp.finder_themes import ThemeReader, settled
from nlp.linear import unit

SYNONYMS = Path(__file__).parent.parent / "knowledge" / "synonyms.txt"
MADE_OF = (*finder_meaning.FILES, finder_themes.FILE, finder_themes.TERMS)  # go into the index
HOMOPHONES = SYNONYMS.with_name("homophones.txt")
SHOWN = 5
HELD = 1024  # entries whose lines are kept ready, 13 KB each
SENTENCE = re.compile("(?<=[。！？])")
CLAUSE = re.compile("(?<=[。！？；])")
LEANS = re.compile("但|再|其[他它余]|不过|另|同时|也|它|所以|因此|否则|这[类样]|那|还[可要能得应]")
"""So begins what says nothing without the line before it."""
Embed = Callable[[Sequence[str]], np.ndarray]
SAME = 5.0  # a way to ask that stands in the base word for word finds its own entry, whatever the others mean
FOREIGN = {"char": 1.0, "word": 0.4, "idea": 0.4, "sound": 0.2}
SENTENCES = 1.0  # weight of a sentence model where one is used
WORDS = 0.5  # weight of words beside meaning in a foreign list
SMALL = 5000  # up to so many lines meaning is compared for all,
DENSE = 256  # in a longer list for those nearest by words only


class Candidate(msgspec.Struct, frozen=True):
    entry: str
    theme: str
    score: float


class Found(msgspec.Struct, frozen=True):
    """`entry` is None when refused; `candidates` are then near misses to offer. `confidence`: chance that answering is right.

    `theme` is what the question is about, which need not be the shelf its answer stands on (a card lent to a friend: `aml`).
    """

    entry: str | None
    theme: str
    confidence: float
    candidates: tuple[Candidate, ...]


BY_WORDS = MEASURES.index("words")
NOTHING = Found(None, "", 0.0, ())


def _same(seen: Seen) -> np.ndarray:
    """Which entries of the shortlist hold the question word for word."""
    return seen.measures[:, BY_WORDS] > 0.999


def _says_something(text: str) -> bool:
    return any(char.isalnum() for char in text)


class Asked:
    """One of several prepared questions."""

    def __init__(self, finder: "Finder", ready: Prepared | None):
        self._finder, self.ready = finder, ready

    @cached_property
    def found(self) -> Found:
        return NOTHING if self.ready is None else self._finder._found(self._finder.scorer.seen(self.ready), False)


class Finder:
    """Searches the entries it was made with; make a new one when the base changes."""

    def __init__(self, entries: Mapping[str, Entry] | Iterable[Entry], *, ideas: Path = SYNONYMS, model: Path = MODEL,
                 keep: Path | None = None):
        """`keep` names a folder in which what was computed from the entries waits for the next start."""
        self.day = entries.day if isinstance(entries, Fit) else today
        self.entries = sorted(entries.values() if isinstance(entries, Mapping) else entries, key=lambda e: e.id)
        self.gate, self.neighbours = Gate.load(model), Neighbours.load(model)
        self.reader, self.afterwards = EntryReader.load(model), After.load(model)
        taught = {entry: column for column, entry in enumerate(self.reader.entries)}
        self.columns = np.array([taught.get(e.id, -1) for e in self.entries], dtype=np.int64)
        self.numbers = {entry.id: n for n, entry in enumerate(self.entries)}
        self.line_reader, self._lines = LineReader.load(model), dict[str, Told]()
        self.open = np.array([not e.staff_only for e in self.entries], dtype=bool)
        self.until = np.array([(e.valid_until or date.max).toordinal() for e in self.entries], dtype=np.int64)
        self._shown: tuple[date, np.ndarray, np.ndarray] = (date.min, self.open, self.open)
        self.scorer = self._scorer(ideas, model, keep) if self.entries else None
        if self.scorer is not None:  # one dictionary for all parts: own ones would hold a dozen megabytes
            shared = self.scorer.index.terms
            self.reader.terms = self.reader.terms.within(shared)
            self.gate.by_term = TermWeights(self.gate.by_term, shared.ids)

    def _scorer(self, ideas: Path, model: Path, keep: Path | None) -> Scorer:
        known, lines, answers = read_ideas(ideas), [ways(e) for e in self.entries], [reply(e) for e in self.entries]

        def make() -> dict[str, np.ndarray]:
            return Scorer.computed(lines, answers, [e.theme for e in self.entries], meaning=Meaning.load(model),
                                   reader=ThemeReader.load(model), ideas=known)
        if keep is None:
            return Scorer.of(make(), ideas=known)
        key = mark([(e.id, e.theme, answer, *line) for e, answer, line in zip(self.entries, answers, lines, strict=True)],
                   (ideas, HOMOPHONES, *(model / name for name in MADE_OF)))
        return Scorer.of(kept(keep, key, make), ideas=known)

    def ask(self, text: str, *, staff: bool = False) -> Found:
        """Staff-only entries answer staff only."""
        if self.scorer is None or not _says_something(text):
            return NOTHING
        return self._found(self.scorer.see(text), staff)

    def prepare(self, texts: Sequence[str]) -> list["Asked"]:
        """Questions that came together, made ready at once; each is searched for when its `found` is asked for."""
        said = [text for text in texts if self.scorer is not None and _says_something(text)]
        ready = dict(zip(said, self.scorer.prepare(said), strict=True)) if said else {}
        return [Asked(self, ready.get(text)) for text in texts]

    def _found(self, seen: Seen, staff: bool) -> Found:
        ranked = self._ranked(seen, staff)
        if ranked is None:
            return NOTHING
        entries, scores, chance = ranked
        return self._told(scores, entries, chance, self.gate.threshold, self._theme(seen, entries[0]))

    def _ranked(self, seen: Seen, staff: bool) -> tuple[list[int], np.ndarray, float] | None:
        """The entries of the shortlist, best first, their scores, and the chance that answering is right."""
        scores = seen.measures @ self.gate.ranking + SAME * _same(seen)
        shown = np.flatnonzero(self._may_see(staff).take(seen.entries))
        if not len(shown):
            return None
        order = shown.take(np.argsort(-scores.take(shown), kind="stable"))
        seen, scores = seen.sorted(order), scores.take(order)
        near = self.neighbours.near(seen.vector)
        chance = self.gate.chance(signs(seen, scores, self.scorer.themes[seen.entries], near),
                                  self.gate.by_term.of(seen.looked_up, seen.terms))
        scores = scores + self.reader.weight * self.read(seen)  # the gate has said whether; this says which
        order = np.argsort(-scores, kind="stable")
        return seen.entries.take(order).tolist(), scores.take(order), chance

    def _may_see(self, staff: bool) -> np.ndarray:
        """Which entries may be shown today to staff or to anybody; what has lapsed since the start is not."""
        day, *shown = self._shown
        if day != (now := self.day()):
            fit = self.until >= now.toordinal()
            shown = [fit & self.open, fit]
            self._shown = (now, *shown)
        return shown[staff]

    def _told(self, scores: np.ndarray, entries: Sequence[int], chance: float, threshold: float, theme: str) -> Found:
        """What is found, from entries and scores sorted best first."""
        shares = np.exp(scores - scores[0])
        shares /= shares.sum()
        shown = tuple(Candidate(self.entries[n].id, self.entries[n].theme, round(float(share), 4))
                      for n, share in zip(entries[:SHOWN], shares, strict=False))
        return Found(shown[0].entry if chance >= threshold else None, theme, round(chance, 4), shown)

    def after(self, entry: str, text: str, *, said: str = "", staff: bool = False, asked: Asked | None = None) -> Found:
        """What a message asks for that follows the answer `entry`; `confidence` is the chance that the first candidate answers it.
        Where the base does not hold `entry`, as `ask`. `said`: her words of the matter so far; `asked`: the message as it was
        prepared already."""
        follow = self.follow(entry, text, said=said, staff=staff, asked=asked)
        if follow is None:
            return self.ask(text, staff=staff)
        scores = follow.scores(self.afterwards.ranking)
        order = np.argsort(-scores, kind="stable")
        return self._told(scores[order], [follow.entries[n] for n in order], self.afterwards.chance(follow.sure(scores)),
                          self.afterwards.threshold, self.entries[follow.entries[order[0]]].theme)

    def lines(self, entry: str, text: str) -> tuple[list[str], np.ndarray]:
        """This entry's lines, and the chance of each to be what tells a message that follows it, as the last that none does. No
        lines where the base does not hold the entry, or there is nothing to go on."""
        if entry not in self.numbers or not _says_something(text):
            return [], np.ones(1)
        told = self.told(entry)
        lies, joined = self.scorer.meaning.vectors(terms_of(cut(way)) for way in (text, told.question + text))
        return told.lines, self.line_reader.shares(told, text, lies, joined)

    def told(self, entry: str) -> Told:
        """An entry's lines as the reader of lines compares them, made ready when first asked for."""
        if entry not in self._lines:
            known = self.entries[self.numbers[entry]]
            lines = lines_of(known)
            *meant, asked = vectors_of([cut(one) for one in (*lines, known.question)], self.scorer.meaning)
            if len(self._lines) >= HELD:
                self._lines.pop(next(iter(self._lines)))
            self._lines[entry] = self.line_reader.told(lines, np.array(meant), known.question, asked)
        return self._lines[entry]

    def follow(self, entry: str, text: str, *, said: str = "", staff: bool = False, asked: Asked | None = None) -> Follow | None:
        """The entries that a message may ask for after this one, and how near each is. None: nothing to go on."""
        number = self.numbers.get(entry)
        if number is None or not _says_something(text):
            return None
        before = self.entries[number]
        whole = f"{before.question}{said}，{text}" if said else f"{before.question}{text}"
        joined, *alone = self.scorer.prepare([whole] if asked and asked.ready else [whole, text])
        both = (alone[0] if alone else asked.ready, joined)
        related = {self.numbers[one] for one in before.related if one in self.numbers}
        known = self.afterwards.then.get(entry, {})
        then = {self.numbers[one]: often(times) for one, times in known.items() if one in self.numbers}
        may_see = self._may_see(staff)
        first = (n for way in both for n in self.scorer.nearest(way).tolist())
        entries = sorted(n for n in {*related, *then, number, *first} if may_see[n])
        if not entries:
            return None
        chosen = np.array(entries)
        same = chosen == number
        near = np.stack([*(column for way in both for column in self._near(way, chosen)), same, same * by_length(text),
                         [n in related or before.id in self.entries[n].related for n in entries],
                         [self.entries[n].theme == before.theme for n in entries],
                         [then.get(n, 0.0) for n in entries]], axis=1).astype(np.float32)
        return Follow(entries, near)

    def _near(self, way: Prepared, chosen: np.ndarray) -> list[np.ndarray]:
        """READ of these entries."""
        return [way.words.take(chosen), self.scorer.centres.take(chosen, axis=0) @ way.vector,
                way.theme.take(self.scorer.themes.take(chosen)), self._read(way.looked_up, chosen)]

    def _read(self, text: LookedUp, chosen: np.ndarray, *, held: np.ndarray | bool = False) -> np.ndarray:
        """What the reader of entries says of these. One that it was not taught, or that is `held` to be the one asked for, does not
        stand behind the others."""
        columns = self.columns[chosen]
        read = self.reader.read_found(text, columns)
        known = columns >= 0
        return np.where(known & ~np.asarray(held), read, read.max(where=known, initial=-np.inf) if known.any() else 0.0)

    def read(self, seen: Seen) -> np.ndarray:
        """What the reader of entries says of the shortlist; what holds the question word for word is the one asked for."""
        return self._read(seen.looked_up, seen.entries, held=_same(seen))

    def _theme(self, seen: Seen, best: int) -> str:
        names = self.scorer.reader.themes
        theme = settled(seen.themes, self.scorer.themes[best], self.gate.by_entry)
        return names[theme] if theme < len(names) else self.entries[best].theme


def _whole(parts: Iterable[str]) -> list[str]:
    """The lines that can stand alone: one that leans on the line before it is joined to that."""
    lines: list[str] = []
    for part in filter(None, parts):
        if lines and LEANS.match(part):
            lines[-1] += part
        else:
            lines.append(part)
    return lines


def lines_of(entry: Entry) -> list[str]:
    """What can be said of its answer by itself: the clauses of the answer, the steps, and what is kept for who asks on."""
    return [*_whole(CLAUSE.split(entry.answer)), *_whole(entry.steps), *entry.more]


def ways(entry: Entry) -> tuple[str, ...]:
    return (entry.question, *entry.variants)


def reply(entry: Entry) -> str:
    return "\n".join((entry.answer, *entry.steps))


class Ranker:
    """Ranks any list of short texts for a query, without training: a bank can try its own FAQ before importing it."""

    def __init__(self, faq: Sequence[tuple[str, str]], *, ideas: Path = SYNONYMS, model: Path = MODEL,
                 embed: Embed | None = None):
        """`embed` adds a sentence model (finder_texts.sentence_model, extra [semantic]): better, ten milliseconds slower."""
        self.ids = [i for i, _ in faq]
        self.ideas = read_ideas(ideas)
        self.meaning = Meaning.load(model)
        cuts = [cut(text) for _, text in faq]
        self.index = Index.build([features(made, self.ideas) for made in cuts], FOREIGN)
        self.vectors = vectors_of(cuts, self.meaning)
        self.embed = embed
        if embed:
            rows = unit(np.asarray(embed([text for _, text in faq]), dtype=np.float32))
            self.middle = rows.mean(0)
            self.sentences = unit(rows - self.middle)

    def rank(self, query: str, *, most: int = 10) -> list[str]:
        made = cut(query)
        scores = WORDS * self.index.scores(features(made, self.ideas))[0]
        vector = self.meaning.vector(terms_of(made))
        if self.embed:
            said = unit(np.asarray(self.embed([query]), dtype=np.float32))
            scores += SENTENCES * (self.sentences @ unit(said - self.middle)[0])
        if len(scores) <= SMALL:
            chosen = np.arange(len(scores))
            scores += self.vectors @ vector
        else:
            chosen = largest(scores, DENSE)
            scores = scores[chosen] + self.vectors[chosen] @ vector
        return [self.ids[chosen[n]] for n in np.argsort(-scores, kind="stable")[:most]]


def retrieve(faq: Sequence[tuple[str, str]], queries: Sequence[str], *, most: int = 10) -> list[list[str]]:
    """The `most` best ids for each query, best first."""
    ranker = Ranker(faq)
    return [ranker.rank(query, most=most) for query in queries]
