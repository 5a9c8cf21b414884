"""Fits the table of word vectors (finder_meaning.py) to a sentence model; run by hand when the base or corpus has grown much.

    python -m nlp.finder_teach      needs the optional extra [semantic]; the result in nlp/model/ needs numpy only

The sentence model embeds our own texts: the corpus, the entries, their other ways to ask, their steps. Texts are asked to lie where
the model puts them, ways to ask one entry moved towards their common centre, so that paraphrases meet. Ridge regression in its
dual form gives the vectors of words and character pairs; words our texts do not hold keep the vector the model gives the word.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
from scipy import sparse

from nlp.finder_features import cut, terms_of
from nlp.finder_meaning import MODEL, Meaning
from nlp.linear import unit

SIZE = 192
RIDGE = 0.5
TOGETHER = 2.0  # how strongly ways to ask one entry are drawn to their centre
PLAIN_WORDS = 24_000
OTHERS = 6_000  # texts taught beside the ways to ask
FRAME = 16_000  # texts that the axes are taken from
STEPS, CLOSE = 300, 1e-3  # of the solver: at most so many, or until so little of each column is left
Embed = Callable[[Sequence[str]], np.ndarray]


def plain_words(most: int = PLAIN_WORDS) -> list[str]:
    """The commonest Chinese words and characters of the segmenter's dictionary, names of people left out."""
    rows = []
    for line in (files("jieba") / "dict.txt").read_text(encoding="utf-8").splitlines():
        word, count, kind = line.split()
        if re.fullmatch(r"[\u4e00-\u9fff]{1,6}", word) and not kind.startswith("nr"):
            rows.append((int(count), word))
    rows.sort(reverse=True)
    chars = [word for _, word in rows if len(word) == 1]
    return list(dict.fromkeys([word for _, word in rows if len(word) > 1][:most] + chars[:5000]))


def spread(texts: Sequence[str], most: int) -> Sequence[str]:
    """At most so many of the texts, taken evenly from the whole."""
    return texts[:: max(1, math.ceil(len(texts) / most))]


def teach(groups: Iterable[Sequence[str]], others: Iterable[str], words: Sequence[str], embed: Embed, *,
          frame: Sequence[str]) -> Meaning:
    """`groups`: texts that mean the same (the ways to ask one entry). `others`: any texts. `embed`: texts → rows.

    The axes come from `frame` alone: tables taught with the same frame share them, so that what the gate learnt on one (see
    finder_fit.py) holds on the other.
    """
    groups = [list(dict.fromkeys(group)) for group in groups]
    texts = [text for group in groups for text in group]
    asked = set(texts)
    others = [text for text in dict.fromkeys(others) if text not in asked]
    others = spread(others, OTHERS)
    raw = unit(embed([*texts, *others]).astype(np.float32))
    framed = unit(embed(spread(frame, FRAME)).astype(np.float32))
    middle = framed.mean(0)
    targets = unit(raw - middle)
    spans = []
    start = 0
    for group in groups:
        span = slice(start, start + len(group))
        centre = unit(targets[span].mean(0, keepdims=True))
        targets[span] = unit(targets[span] + TOGETHER * centre)
        spans.append(span)
        start += len(group)
    texts += others
    counted = [terms_of(cut(text)) for text in texts]
    held: Counter[str] = Counter()
    for terms in counted:
        held.update(terms.keys())
    ids: dict[str, int] = {}
    for word in words:
        ids.setdefault("w" + word, len(ids))
        if len(word) == 1:
            ids.setdefault("c" + word, len(ids))
    for term, lines in held.items():
        if lines >= 2:
            ids.setdefault(term, len(ids))
    weights = np.array([min(math.log((len(texts) + 1) / (held.get(t, 0) + 0.5)), 8.0) * (1.0 if t[0] == "w" else 0.5)
                        for t in ids], dtype=np.float32)
    table = bag(counted, ids, weights)
    framed = unit(framed - middle)
    axes = np.linalg.eigh(framed.T @ framed)[1][:, ::-1][:, :SIZE]
    goals = unit(targets @ axes)
    own = unit(embed(words).astype(np.float32))
    own = unit(own - own.mean(0)) @ axes
    first = np.zeros((len(ids), axes.shape[1]), dtype=np.float32)
    for word, row in zip(words, own, strict=True):
        first[ids["w" + word]] = row
        if len(word) == 1:
            first[ids["c" + word]] = row
    said = table @ first
    first *= float((said * goals).sum() / (said * said).sum())
    rows = first + table.T @ _ridge(table, goals - table @ first)
    rows = rows @ _together(unit(table @ rows), spans)
    return compress(ids, rows * weights[:, None])


def _ridge(table: sparse.csr_matrix, goals: np.ndarray) -> np.ndarray:
    """Solves (table table^T + RIDGE) x = goals by conjugate gradients, every column by itself: the kernel is never made."""
    back = table.T.tocsr()
    found, left = np.zeros_like(goals), goals.copy()
    way, size = left.copy(), np.square(left).sum(0)
    enough = size * CLOSE**2
    for _ in range(STEPS):
        moved = table @ (back @ way) + RIDGE * way
        step = size / np.maximum((way * moved).sum(0), 1e-12)
        found += step * way
        left -= step * moved
        before, size = size, np.square(left).sum(0)
        if (size <= enough).all():
            break
        way = left + size / np.maximum(before, 1e-12) * way
    return found


def bag(counted: Sequence[Mapping[str, int]], ids: Mapping[str, int], weights: np.ndarray) -> sparse.csr_matrix:
    """One row of unit length a text."""
    places, starts, values = [], [0], []
    for terms in counted:
        for term, count in terms.items():
            if (place := ids.get(term)) is not None:
                places.append(place)
                values.append((1.0 + math.log(count)) * weights[place])
        starts.append(len(places))
    table = sparse.csr_matrix((np.array(values, np.float32), places, starts), shape=(len(counted), len(ids)))
    lengths = np.sqrt(np.asarray(table.multiply(table).sum(1))).ravel()
    return (sparse.diags(1.0 / np.maximum(lengths, 1e-6)) @ table).tocsr()


def _together(vectors: np.ndarray, spans: Sequence[slice]) -> np.ndarray:
    """Within-class whitening, half shrunk: directions in which the ways to ask one thing differ count less; symmetric."""
    apart = np.vstack([vectors[span] - vectors[span].mean(0) for span in spans])
    values, axes = np.linalg.eigh(apart.T @ apart / len(apart))
    return (axes / np.sqrt(values + values.mean()) @ axes.T).astype(np.float32)


def compress(ids: Mapping[str, int], rows: np.ndarray) -> Meaning:
    """int8 with one scale a term; terms that hardly move a text are dropped."""
    lengths = np.linalg.norm(rows, axis=1)
    kept = [(term, n) for term, n in ids.items() if lengths[n] > 0.02 * lengths.mean()]
    rows = rows[[n for _, n in kept]]
    scale = np.maximum(np.abs(rows).max(1), 1e-9) / 127.0
    return Meaning({term: n for n, (term, _) in enumerate(kept)}, np.rint(rows / scale[:, None]).astype(np.int8),
                   scale.astype(np.float32))


def save(meaning: Meaning, folder: Path = MODEL) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "meaning_terms.json").write_text(json.dumps(list(meaning.ids), ensure_ascii=False), encoding="utf-8")
    np.savez_compressed(folder / "meaning.npz", rows=meaning.rows, scale=meaning.scale)
