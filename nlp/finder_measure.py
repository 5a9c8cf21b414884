"""Measures the search over other people's lists: how fast it is beside bm25s, and how often it is right without any training.

    python -m nlp.finder_measure [ENTRIES]             medians and 99th percentiles in microseconds, in one run
    python -m nlp.finder_measure foreign EMBEDDED.npz  right first, beside character 1–3-gram TF-IDF; a few minutes
"""

import gc
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import bm25s
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge.base import load
from nlp.finder_features import cut
from nlp.finder_teach import plain_words, save, teach
from nlp.finder_texts import Embedded, our_texts
from nlp.retrieval import Finder, Ranker, ways


def clock(ask: Callable[[str], object], texts: Sequence[str]) -> str:
    for text in texts[:50]:
        ask(text)
    gc.collect()
    gc.freeze()  # as a server does once all is loaded: a full collection over the index costs 4 ms
    spent = []
    for text in texts:
        start = time.perf_counter()
        ask(text)
        spent.append((time.perf_counter() - start) * 1e6)
    return f"median {np.median(spent):.0f} µs, p99 {np.quantile(spent, 0.99):.0f} µs"


def main(size: int) -> None:
    entries = load().entries
    texts = [text for entry in entries.values() for text in ways(entry)]
    rng = np.random.default_rng(2)
    asked = rng.choice(texts, 500, replace=False).tolist()
    lines = [a[:20] + b[:8] for a, b in rng.choice(texts, (size, 2))]
    print(f"ask, {len(entries)} entries, {len(texts)} ways to ask: {clock(Finder(entries).ask, asked)}")
    print(f"rank, {size} lines: {clock(Ranker([(str(n), line) for n, line in enumerate(lines)]).rank, asked)}")
    plain = bm25s.BM25()
    plain.index([cut(line).words for line in lines], show_progress=False)
    print(f"bm25s, {size} lines: "
          f"{clock(lambda t: plain.retrieve([cut(t).words or ['?']], k=10, show_progress=False), asked)}")


def foreign(embedded: Path) -> None:
    """Half of the entries stand for a bank's own list: the word vectors never saw them, their other ways to ask are the queries."""
    embed = Embedded(embedded)
    entries = sorted((e for e in load().entries.values() if not e.staff_only), key=lambda e: e.id)
    half = np.random.default_rng(7).permutation(len(entries)) % 2
    frame, right = our_texts([]), []
    for side in (0, 1):
        mine = [e for n, e in enumerate(entries) if half[n] == side]
        faq, asked = [(e.id, e.question) for e in mine], [(e.id, text) for e in mine for text in e.variants[::6]]
        with tempfile.TemporaryDirectory() as folder:
            save(teach([ways(e) for n, e in enumerate(entries) if half[n] != side], frame, plain_words(), embed, frame=frame),
                 Path(folder))
            rankers = (Ranker(faq, model=Path(folder)), Ranker(faq, model=Path(folder), embed=embed))
        chars = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
        table = chars.fit_transform([question for _, question in faq])
        nearest = (chars.transform([text for _, text in asked]) @ table.T).toarray().argmax(1)
        right.append([np.mean([faq[n][0] == slug for n, (slug, _) in zip(nearest, asked, strict=True)]),
                      *(np.mean([ranker.rank(text, most=1)[0] == slug for slug, text in asked]) for ranker in rankers)])
    for name, share in zip(("characters", "ours", "ours with the sentence model"), np.mean(right, axis=0), strict=True):
        print(f"{name}: right first {share:.3f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["foreign"]:
        foreign(Path(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
