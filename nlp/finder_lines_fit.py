"""Fits which line of an answer tells what is asked on after it (finder_lines.py), on `nlp/corpus/lines/`.

    python -m nlp.finder_lines_fit      ten minutes; writes nlp/model/lines.npz and lines.md

A line of that corpus is `entry<TAB>message<TAB>label`: how the lines that tell it begin, the best first (`a / b`), or `Q`: it asks
something that no line tells, or `S`: it asks nothing and no line is worth saying. The files `next_*` hold what people say next when
they look at no lines, labelled afterwards: they show how often none tells it, and the reader is judged by them alone. The writers
of `then_*` went on to write the lines that theirs still lacked, so that these teach and show nothing of what is lacking.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from scipy.sparse import csr_matrix

from knowledge.base import load
from nlp.finder_features import cut, terms_of
from nlp.finder_lines import FILE, NEAR, NONE, Bar, LineReader, Side, chosen, terms, whole
from nlp.finder_meaning import MODEL, Meaning
from nlp.linear import softmax
from nlp.retrieval import Finder, lines_of

FOLDER = Path(__file__).parent / "corpus" / "lines"
LABELS = ("Q", "S")
RAREST = 12  # texts that hold a term
PLACES = 256  # in which what asks and what tells meet
FORGOTTEN = 0.5  # of the places of what asks, at each step, so that none is leaned on
EPOCHS, AT_ONCE, STEP, SHRINK = 4, 128, 0.0045, 0.1
FIRST, SECOND, TINY = 0.9, 0.999, 1e-8  # Adam's memories, and what keeps it from dividing by nothing
START = 0.05  # spread of the weights at first
NEXT, WORTH = ("next_", "then_"), 4.0  # what is said next counts so much more than what was written for a line
JUDGED = "next_"
FOLDS = 2  # parts of those who wrote it
UNMET = 4  # every so many-th entry is held back, as if it were new
BARS = (Bar(0.5, 0.5), Bar(0.6, 0.6), Bar(0.7, 0.7), Bar(0.8, 0.8), Bar(0.9, 0.9))


class Row(msgspec.Struct):
    """One message that follows an answer; `right`: which of the answer's lines tell it."""

    writer: str
    entry: str
    text: str
    label: str
    right: np.ndarray


def read(path: Path, finder: Finder) -> tuple[list[Row], list[str]]:
    """The messages of one file, and those whose line stands in their entry no more. Raises ValueError with what is no message."""
    rows, lost, cut_once = [], [], dict[str, list[str]]()
    for written in path.read_text(encoding="utf-8").splitlines():
        entry, _, rest = written.partition("\t")
        text, tab, label = rest.partition("\t")
        if not (tab and text.strip() and label):
            raise ValueError(f"entry, message and label are needed: {written}")
        number = finder.numbers.get(entry)
        if number is not None and entry not in cut_once:
            cut_once[entry] = lines_of(finder.entries[number])
        begins = () if label in LABELS else tuple(label.split(" / "))
        right = np.array([line.startswith(begins) for line in cut_once.get(entry, ())], dtype=bool)
        if number is None or (begins and not right.any()):
            lost.append(written)
        else:
            rows.append(Row(path.stem, entry, text, label if not begins else "L", right))
    return rows, lost


class Table:
    """All messages and lines as numbers. A pair is a message and a line of the answer it follows; `pairs[n]` are those of message
    n, `line` is each one's line."""

    def __init__(self, rows: Sequence[Row], finder: Finder):
        self.rows = rows
        self.writers, self.entries = (np.array([getattr(row, name) for row in rows]) for name in ("writer", "entry"))
        told = {entry: finder.told(entry) for entry in sorted(set(self.entries))}
        texts, lines = [row.text for row in rows], [line for one in told.values() for line in one.lines]
        self.asking, self.telling = _common(texts), _common(lines)
        self.asks, self.tells = _spread(texts, self.asking), _spread(lines, self.telling)
        meant = finder.scorer.meaning
        self.lies, joined = (meant.vectors(terms_of(cut(text)) for text in some) for some in (
            texts, [told[row.entry].question + row.text for row in rows]))
        self.meant = np.concatenate([one.meant for one in told.values()]).astype(np.float32)
        near = [told[row.entry].near(row.text, *where) for row, *where in zip(rows, self.lies, joined, strict=True)]
        self.near, self.whole = np.concatenate(near), np.stack([whole(row.text, one) for row, one in zip(rows, near, strict=True)])
        next_, self.judged = (np.array([writer.startswith(named) for writer in self.writers]) for named in (NEXT, JUDGED))
        self.worth = np.where(next_, WORTH, 1.0).astype(np.float32)
        self.right, self.none = np.concatenate([row.right for row in rows]), np.array([not row.right.any() for row in rows])
        size = np.array([len(row.right) for row in rows])
        begins = dict(zip(told, np.cumsum([0, *(len(one.lines) for one in told.values())]), strict=False))
        self.pairs = [np.arange(end - many, end) for end, many in zip(np.cumsum(size), size, strict=True)]
        self.line = np.concatenate([begins[row.entry] + np.arange(many) for row, many in zip(rows, size, strict=True)])


def _common(texts: Sequence[str]) -> dict[str, int]:
    counted = Counter(term for text in texts for term in sorted(terms(text)))
    return {term: n for n, term in enumerate(term for term, times in counted.most_common() if times >= RAREST)}


def _spread(texts: Sequence[str], known: Mapping[str, int]) -> csr_matrix:
    """The known terms of each text as a row of length one."""
    found = [[known[term] for term in sorted(terms(text)) if term in known] for text in texts]
    many = np.array([len(one) for one in found])
    values = np.repeat(1.0 / np.sqrt(np.maximum(many, 1)), many).astype(np.float32)
    places = np.concatenate([*found, []]).astype(np.int64)
    return csr_matrix((values, places, np.cumsum([0, *many])), shape=(len(texts), len(known)))


class Weights(NamedTuple):
    """What is learnt, in the order of the steps: the two sides, and what weighs NEAR, NONE and the place of what asks."""

    ask_rows: np.ndarray
    ask_meant: np.ndarray
    ask_middle: np.ndarray
    tell_rows: np.ndarray
    tell_meant: np.ndarray
    tell_middle: np.ndarray
    near: np.ndarray
    none: np.ndarray
    unasked: np.ndarray

    @classmethod
    def blank(cls, asking: int, telling: int, meaning: int) -> "Weights":
        """Before anything is learnt; the same each time."""
        random = np.random.default_rng(0)
        sides = [part for many in (asking, telling) for part in (
            random.normal(0, START, (many, PLACES)), random.uniform(-1, 1, (meaning, PLACES)) / meaning ** 0.5, np.zeros(PLACES))]
        return cls(*(part.astype(np.float32) for part in (*sides, np.zeros(len(NEAR)), np.zeros(len(NONE)), np.zeros(PLACES))))


def _slopes(now: Weights, table: Table, rows: np.ndarray, kept: np.ndarray) -> Weights:
    """How the cost of these messages changes with each weight; `kept`: how much of each place of what asks is kept."""
    pairs = np.concatenate([table.pairs[row] for row in rows])
    owner = np.repeat(np.arange(len(rows)), [len(table.pairs[row]) for row in rows])
    lines, line = np.unique(table.line[pairs], return_inverse=True)
    asks, tells = table.asks[rows], table.tells[lines]
    lies, meant = table.lies[rows], table.meant[lines]
    asked = np.tanh(asks @ now.ask_rows + lies @ now.ask_meant + now.ask_middle)
    told = np.tanh(tells @ now.tell_rows + meant @ now.tell_meant + now.tell_middle)
    seen, near, none = asked * kept, table.near[pairs], table.none[rows]
    score = np.einsum("ij,ij->i", seen.take(owner, axis=0), told.take(line, axis=0)) + near @ now.near
    empty = table.whole[rows] @ now.none + seen @ now.unasked
    starts = np.searchsorted(owner, np.arange(len(rows)))
    most = np.maximum(np.maximum.reduceat(score, starts), empty)
    score, empty = np.exp(score - most[owner]), np.exp(empty - most)
    every = np.add.reduceat(score, starts) + empty
    held = np.maximum(np.add.reduceat(score * table.right[pairs], starts) + empty * none, 1e-20)
    weigh = table.worth[rows] / len(rows)
    score = weigh[owner] * (score / every[owner] - score * table.right[pairs] / held[owner])
    empty = weigh * (empty / every - empty * none / held)
    meet = csr_matrix((score, (owner, line)), shape=(len(rows), len(lines)))
    asked_too = (meet @ told + empty[:, None] * now.unasked) * kept * (1 - asked * asked)
    told_too = (meet.T @ seen) * (1 - told * told)
    return Weights(asks.T @ asked_too, lies.T @ asked_too, asked_too.sum(0),
                   tells.T @ told_too, meant.T @ told_too, told_too.sum(0),
                   near.T @ score, table.whole[rows].T @ empty, seen.T @ empty)


def fit(table: Table, taught: np.ndarray | None = None) -> LineReader:
    """The reader under which the right lines, or none, of the `taught` messages are likeliest (by AdamW, the same each time)."""
    order = np.arange(len(table.rows)) if taught is None else np.flatnonzero(taught)
    random, table = np.random.default_rng(0), _evened(table)
    now = Weights.blank(len(table.asking), len(table.telling), table.lies.shape[1])
    first, second = ([np.zeros_like(part) for part in now] for _ in range(2))
    batches = -(-len(order) // AT_ONCE)
    steps = EPOCHS * batches
    for step in range(steps):
        place = step % batches * AT_ONCE
        if place == 0:
            order = random.permutation(order)
        rows = np.sort(order[place:place + AT_ONCE])
        kept = (random.random((len(rows), PLACES)) >= FORGOTTEN).astype(np.float32) / (1 - FORGOTTEN)
        stride = STEP * (1 - step / steps)
        for part, slope, mean, square in zip(now, _slopes(now, table, rows, kept), first, second, strict=True):
            mean += (1 - FIRST) * (slope - mean)
            square += (1 - SECOND) * (slope * slope - square)
            part *= 1 - stride * SHRINK
            part -= stride * mean / (1 - FIRST ** (step + 1)) / (np.sqrt(square / (1 - SECOND ** (step + 1))) + TINY)
    return _reader(now, table)


def _evened(table: Table) -> Table:
    """The same with NEAR and NONE of one spread each, and messages that are worth one in the mean."""
    made = copy(table)
    made.worth = table.worth / table.worth.mean()
    made.spread = [np.where(part.std(axis=0) > 0, part.std(axis=0), 1.0) for part in (table.near, table.whole)]
    made.near, made.whole = (part / spread for part, spread in zip((table.near, table.whole), made.spread, strict=True))
    return made


def _reader(now: Weights, table: Table) -> LineReader:
    near, whole_ = table.spread
    return LineReader(_side(table.asking, now.ask_rows, now.ask_meant, now.ask_middle),
                      _side(table.telling, now.tell_rows, now.tell_meant, now.tell_middle),
                      now.near / near, now.none / whole_, now.unasked)


def _side(known: Mapping[str, int], rows: np.ndarray, meant: np.ndarray, middle: np.ndarray) -> Side:
    scale = (np.maximum(np.abs(rows).max(axis=1), 1e-9) / 127).astype(np.float32)
    return Side(known, np.rint(rows / scale[:, None]).astype(np.int8), scale, meant, middle)


def shares(reader: LineReader, table: Table, rows: Iterable[int]) -> Iterator[tuple[Row, np.ndarray]]:
    """Of each of these messages the chance of every line, and as the last of none."""
    ask, tell = (side.scale[:, None] * side.rows for side in (reader.asking, reader.telling))
    asked = np.tanh(table.asks @ ask + table.lies @ reader.asking.meant + reader.asking.middle)
    told = np.tanh(table.tells @ tell + table.meant @ reader.telling.meant + reader.telling.middle)
    for row in rows:
        pairs = table.pairs[row]
        score = table.near[pairs] @ reader.near + told[table.line[pairs]] @ asked[row]
        yield table.rows[row], softmax(np.append(score, table.whole[row] @ reader.none + asked[row] @ reader.unasked))


def parts(table: Table) -> Iterator[np.ndarray]:
    """Which messages are held back: those of a part of the writers of what is said next."""
    every = sorted(set(table.writers[table.judged]))
    for place in range(FOLDS):
        yield np.isin(table.writers, every[place::FOLDS])


def report(table: Table) -> str:
    """What is said next, read by what others taught: by other writers, and as a new entry is read."""
    known = [one for held in parts(table) for one in shares(fit(table, ~held), table, np.flatnonzero(held))]
    fresh = np.isin(table.entries, sorted(set(table.entries))[::UNMET])
    new = shares(fit(table, ~fresh), table, np.flatnonzero(fresh & table.judged))
    order, unmet = ([(row.right, np.argsort(-one[:-1])) for row, one in read if row.right.any()] for read in (known, new))
    nearest = [table.right[pairs][table.near[pairs, 0].argmax()] for pairs, said in zip(table.pairs, table.judged, strict=True)
               if said and table.right[pairs].any()]
    shown, wrote = Counter(row.label for row, _ in known), len(set(table.writers[table.judged]))
    lines = ["# Which line tells it: figures of the last fit", "",
             f"{len(table.rows)} messages by {len(set(table.writers))} writers; {len(known)} of them are what people say next, by "
             f"{wrote} writers who looked at no lines: {shown['L']} are told by a line, {shown['Q']} "
             f"ask what none tells, {shown['S']} ask nothing. Only these are counted here, read by what other writers taught.", "",
             "| measure | value |", "|---|---|",
             f"| right line first | {np.mean([right[best[0]] for right, best in order]):.3f} |",
             f"| … by meaning alone | {np.mean(nearest):.3f} |",
             f"| … of entries of which nobody had taught anything | {np.mean([right[best[0]] for right, best in unmet]):.3f} |",
             f"| right line among the first two | {np.mean([right[best[:2]].any() for right, best in order]):.3f} |", "",
             "| bar | a line or two said | of these with the right one | of what a line tells, told | "
             "of questions that none tells, said | of what asks nothing, said |", "|---|---|---|---|---|---|"]
    for bar in BARS:
        told = [(row.label, chosen(one, bar), row.right) for row, one in known]
        hit = [right[picked].any() for _, picked, right in told if picked]
        beside = [np.mean([bool(picked) for label, picked, _ in told if label == one]) for one in LABELS]
        cells = (len(hit) / len(told), np.mean(hit), sum(hit) / len(order), *beside)
        lines.append(f"| {bar.alone} | {' | '.join(f'{cell:.3f}' for cell in cells)} |")
    return "\n".join([*lines, ""])


def main(folder: Path = MODEL) -> None:
    if not (folder / FILE).exists():  # the finder does not open without it
        empty = Weights.blank(1, 1, Meaning.load(folder).size)
        sides = (_side({"?": 0}, *part) for part in (empty[:3], empty[3:6]))
        LineReader(*sides, *empty[6:]).save(folder)
    finder = Finder(entry for entry in load().entries.values() if not entry.staff_only)
    found = [read(path, finder) for path in sorted(FOLDER.glob("*.txt"))]
    table = Table([row for rows, _ in found for row in rows], finder)
    fit(table).save(folder)
    lost = sum(len(one) for _, one in found)
    text = report(table) + f"\n{lost} messages speak of lines that stand in their entry no more.\n"
    (folder / "lines.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    sys.exit(main())
