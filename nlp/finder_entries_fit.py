"""Fits the reader of entries (finder_entries.py) on the ways to ask them, and how much it counts beside the search.

    python -m nlp.finder_entries_fit      two minutes; needs no sentence model; writes nlp/model/

The weight is fitted on `nlp/corpus/questions/named.txt`, from which nothing else is learnt: the word vectors know the ways to ask
too well for these to say how far the search can be trusted.
"""

import json
import warnings
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from knowledge.base import load
from nlp.finder_entries import EntryReader
from nlp.finder_features import read_ideas
from nlp.finder_meaning import MODEL
from nlp.finder_texts import questions
from nlp.finder_themes_fit import tabled, themed_bag
from nlp.linear import softmax
from nlp.retrieval import SYNONYMS, Finder, ways

SIZE = 128  # places between terms and entries: half as many lose two right entries in a hundred
RAREST = 4
EPOCHS, STEP, AT_ONCE = 8, 0.003, 512
MOST = 3.0  # of the weight
CAUTION = 0.5  # that part of the likeliest weight: who wrote those questions had the entry before them, who asks has not


def fit_entries(asked: Sequence[tuple[str, Mapping[str, float]]]) -> EntryReader:
    """From (entry, bag) of each way to ask."""
    terms, idf, table = tabled([one for _, one in asked], rarest=RAREST)
    net = MLPClassifier((SIZE,), activation="identity", alpha=1e-6, batch_size=min(AT_ONCE, len(asked)), learning_rate_init=STEP,
                        max_iter=EPOCHS, n_iter_no_change=EPOCHS, random_state=0)
    with warnings.catch_warnings(category=ConvergenceWarning, action="ignore"):  # so many epochs and no more are wanted
        net.fit(table, [entry for entry, _ in asked])
    rows, mix = net.coefs_
    scale = np.maximum(np.abs(rows).max(axis=1), 1e-9) / 127
    return EntryReader(net.classes_.tolist(), terms, rows=np.rint(rows / scale[:, None]).astype(np.int8),
                       scale=scale.astype(np.float32), idf=idf, middle=net.intercepts_[0].astype(np.float32),
                       mix=mix.astype(np.float16), bias=net.intercepts_[1].astype(np.float32), weight=1.0)


def fit_weight(finder: Finder, named: Sequence[tuple[str, str]]) -> tuple[float, dict[str, float]]:
    """Part of the weight under which the right entry is likeliest for (entry, question), and how often it then is first."""
    place = {entry.id: n for n, entry in enumerate(finder.entries)}
    found = []
    for entry, text in named:
        seen = finder.scorer.see(text)
        right = seen.entries == place[entry]
        if right.any():
            found.append((seen.measures @ finder.gate.ranking, finder.read(seen), right))
    scores, read, right = (np.stack(part) for part in zip(*found, strict=True))

    def cost(weight: float) -> float:
        return -float(np.log(softmax(scores + weight * read)[right]).mean())

    weight = round(CAUTION * float(minimize_scalar(cost, bounds=(0, MOST), method="bounded").x), 2)
    return weight, {name: round(float((right.argmax(1) == (scores + w * read).argmax(1)).sum() / len(named)), 3)
                    for name, w in (("search", 0.0), ("both", weight))}


def main() -> None:
    entries, ideas = load().entries.values(), read_ideas(SYNONYMS)
    reader = fit_entries([(entry.id, themed_bag(text, ideas)) for entry in entries for text in ways(entry)])
    reader.save(MODEL)
    reader.weight, first = fit_weight(Finder(entries), questions("named"))
    reader.save(MODEL)
    print(json.dumps({"weight": reader.weight, "right entry first": first}))


if __name__ == "__main__":
    main()
