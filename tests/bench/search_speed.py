"""How fast the search is over many entries, beside bm25s: `python -m tests.bench.search_speed`.

Each question is asked of both in turn, in processor time, after the collector was told that what is loaded stays.
"""

import gc
import statistics

import bm25s
import numpy as np

from knowledge.base import load
from nlp.finder_features import cut
from nlp.retrieval import Finder, Ranker, ways
from tests.bench.figures_table import Row, machine, written
from tests.bench.reading_speed import clock


def p99(spent: list[float]) -> float:
    return float(np.quantile(spent, 0.99))


def lines_of(texts: list[str], size: int) -> list[str]:
    """As many different lines as wanted, made of the entries' own ways to ask."""
    return [a[:20] + b[:8] for a, b in np.random.default_rng(2).choice(texts, (size, 2))]


def rows(*, large: int = 100_000) -> list[Row]:
    entries = load().entries
    texts = [text for entry in entries.values() for text in ways(entry)]
    asked = np.random.default_rng(3).choice(texts, 600, replace=False).tolist()
    lines = lines_of(texts, 10_000)
    ranker, finder, plain = Ranker([(str(n), line) for n, line in enumerate(lines)]), Finder(entries), bm25s.BM25()
    plain.index([cut(line).words for line in lines], show_progress=False)

    def other(text: str) -> None:
        plain.retrieve([cut(text).words or ["?"]], k=10, show_progress=False)
    for text in asked[:50]:
        ranker.rank(text), finder.ask(text), other(text)
    gc.collect()
    gc.freeze()
    ours, theirs = [], []
    for text in asked:
        theirs.append(clock(other, text))
        ours.append(clock(ranker.rank, text))
    whole = [clock(finder.ask, text) for text in asked]  # apart: it reads 14 MB of vectors, which would empty the others' caches
    median, share = statistics.median(ours), statistics.median(ours) / statistics.median(theirs)
    found = [
        Row("一万条里找，中位数", f"{median:.2f} ms", "≤ 0.50 ms", median <= 0.5, f"{len(asked)} 问，处理器时间"),
        Row("一万条里找，p99", f"{p99(ours):.1f} ms", "≤ 2.0 ms", p99(ours) <= 2, "同上"),
        Row("一万条里找 ÷ bm25s", f"{share:.1f}", "—", None,
            f"bm25s 中位数 {statistics.median(theirs):.2f} ms，p99 {p99(theirs):.1f} ms；它只比词，逐问交替"),
        Row(f"答一问（{len(entries)} 条，{len(texts)} 种问法），中位数", f"{statistics.median(whole):.2f} ms", "—", None,
            f"含拒答判断；p99 {p99(whole):.1f} ms"),
    ]
    if large:
        ranker = Ranker([(str(n), line) for n, line in enumerate(lines_of(texts, large))])
        for text in asked[:50]:
            ranker.rank(text)
        gc.collect()
        gc.freeze()
        spent = [clock(ranker.rank, text) for text in asked]
        found.append(Row("十万条里找，中位数", f"{statistics.median(spent):.2f} ms", "≤ 2.0 ms", statistics.median(spent) <= 2,
                         f"p99 {p99(spent):.1f} ms"))
    return found


if __name__ == "__main__":
    print(machine(), "\n")
    print(written(rows()))
