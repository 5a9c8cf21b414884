"""Fits the reader of themes (finder_themes.py) on the ways to ask the entries and on general questions of each theme."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from scipy import sparse

from nlp.finder_features import Ideas, cut, features, terms_of
from nlp.finder_terms import Terms
from nlp.finder_themes import ThemeReader, bag
from nlp.heads import fit

RAREST = 2
RIDGE = 0.1
GENERAL = 10.0  # a general question, written without an entry in mind, is worth so many ways to ask one


def themed_bag(text: str, ideas: Ideas) -> dict[str, float]:
    made = cut(text)
    return bag(terms_of(made), features(made, ideas)["idea"])


def tabled(bags: Sequence[Mapping[str, float]], *, rarest: int) -> tuple[Terms, np.ndarray, sparse.csr_matrix]:
    """The terms that stand in so many bags at least, their weights, and one row of unit length a bag."""
    held = Counter(term for one in bags for term in one)
    ids = {term: n for n, term in enumerate(term for term, count in held.items() if count >= rarest)}
    idf = np.log((len(bags) + 1) / (np.array([held[term] for term in ids]) + 0.5)).astype(np.float32)
    places, starts, values = [], [0], []
    for one in bags:
        kept = [(place, value) for term, value in one.items() if (place := ids.get(term)) is not None]
        places += [place for place, _ in kept]
        values += [value for _, value in kept]
        starts.append(len(places))
    table = sparse.csr_matrix((np.array(values, np.float32), places, starts), shape=(len(bags), len(ids))) @ sparse.diags(idf)
    length = np.sqrt(np.asarray(table.multiply(table).sum(1))).ravel()
    return Terms(ids), idf, (sparse.diags(1 / np.maximum(length, 1e-6)) @ table).tocsr().astype(np.float32)


def fit_themes(asked: Sequence[tuple[str, Mapping[str, float], float]]) -> ThemeReader:
    """From (theme, bag, weight) of each question."""
    terms, idf, table = tabled([one for _, one, _ in asked], rarest=RAREST)
    themes = sorted({theme for theme, _, _ in asked})
    wanted = np.eye(len(themes), dtype=np.float32)[[themes.index(theme) for theme, _, _ in asked]]
    found = fit(table, wanted, np.array([weight for _, _, weight in asked]), one=True, ridge=RIDGE)
    scale = np.maximum(np.abs(found[:-1]).max(0), 1e-9) / 127
    return ThemeReader(themes, terms, np.rint(found[:-1] / scale).astype(np.int8), scale.astype(np.float32), idf, found[-1])
