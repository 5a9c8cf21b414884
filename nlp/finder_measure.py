"""Measures the speed of the search over many entries, beside bm25s in the same run.

    python -m nlp.finder_measure [ENTRIES]      prints medians and 99th percentiles in microseconds
"""

import gc
import sys
import time
from collections.abc import Callable, Sequence

import bm25s
import numpy as np

from knowledge.base import load
from nlp.finder_features import cut
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


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
