"""The learning loop on the whole corpus: `python -m tests.bench.learning`. A new product is learnt, poison is refused. Minutes.

Corrections are simulated: 500 of a product that the model has not met (templates, not from the corpus), then labels flipped by
everybody, labels drawn at random, emergencies called calm, and one person against all. Exit status 1 when one comes out wrong.
"""

import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from nlp import learning, messages_corpus
from nlp.classifier import Reader
from nlp.lessons import Taught
from nlp.messages_corpus import CATEGORIES, CAUSES
from nlp.urgency import LEVEL_ONE
from tests.nlp.lesson_texts import new_product

COUNT, PEOPLE = 500, 5


def simulate(reader: Reader, texts: list[str], truth: Callable[[int, str], tuple[str, str]], *,
             people: int = PEOPLE) -> list[Taught]:
    """What people make of what the reader says of these texts; only what they change is a correction."""
    found = []
    for n, (text, said) in enumerate(zip(texts, reader.read(texts), strict=True)):
        category, cause = truth(n, text)
        was = {head: now or "" for head, now, right in (("category", said.category, category), ("cause", said.cause, cause))
               if now != right}
        if was:
            found.append(Taught(n + 1, text, "complaint", category, cause, said.urgency, tuple(said.flags), was, n % people + 1))
    return found[:COUNT]


def cases(reader: Reader) -> dict[str, tuple[list[Taught], bool]]:
    """Name → corrections, and whether the challenger ought to be promoted."""
    pick = random.Random(5)
    messages = messages_corpus.read()
    about = [m for m in messages if m.intent == "complaint" and m.pair]
    loans = [m for m in about if m.pair[0] == "LOAN"]
    pick.shuffle(loans)
    flipped = [m.text[pick.randrange(2):len(m.text) - pick.randrange(1, 3)] if len(m.text) > 14 else m.text for m in loans]
    urgent = [m for m in messages if m.flags & LEVEL_ONE][:COUNT]
    some = pick.sample(about, COUNT)
    calm = [Taught(n + 1, m.text, m.intent, *(m.pair or ("OTHER", "OTHER")), "none", (), {"urgency": "I"}, n % PEOPLE + 1)
            for n, m in enumerate(urgent)]
    return {
        "新产品（500 件，应当提升）": (simulate(reader, new_product(600), lambda n, text: ("CASH", "PROCESS")), True),
        "贷款都改成人民币管理": (simulate(reader, flipped, lambda n, text: ("CASH", loans[n].pair[1])), False),
        "标签随机乱改": (simulate(reader, [m.text for m in some],
                            lambda n, text: (pick.choice(CATEGORIES), pick.choice(CAUSES))), False),
        "紧急情形改成不紧急": (calm, False),
        "一个人把贷款都改错": (simulate(reader, flipped, lambda n, text: ("CASH", loans[n].pair[1]), people=1), False),
    }


def main() -> int:
    reader, wrong = Reader.load(), 0
    print("| 模拟的更正 | 结果 | 没学过的更正：类别 | 留出语料：类别 | I 级识别率 | 原因 |\n|---|---|---|---|---|---|")
    for name, (taught, good) in cases(reader).items():
        with tempfile.TemporaryDirectory() as folder:
            found = learning.challenge(taught, reader, Path(folder))
        wrong += found.promoted != good
        pairs = [found.corrections.get("category"), found.corpus.get("category"), found.corpus.get("level_one_recall")]
        shown = " | ".join(f"{pair[0]:.3f} → {pair[1]:.3f}" if pair else "—" for pair in pairs)
        reasons = "、".join(found.reasons) or "—"
        odd = f"（搁置 {found.left_out['odd']} 件）" if found.left_out["odd"] else ""
        print(f"| {name} | {'提升' if found.promoted else '不替换'} | {shown} | {reasons}{odd} |", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
