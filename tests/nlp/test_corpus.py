"""The corpus is ours, well labelled, without repeats, and never touches the measuring set."""

import json
import re
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from knowledge.base import load
from nlp import messages_corpus
from nlp.messages_corpus import CATEGORIES, CAUSES, FLAGS, INTENTS, CorpusError, parse
from nlp.retrieval import ways
from nlp.text import normalise
from tests import builders
from tests.bench.figures import pairs

ROOT = Path(__file__).parents[2]
EVAL = ROOT.parent / "shared" / "eval"
LINES = ROOT / "nlp" / "corpus" / "lines"
KEPT_SUFFIXES = {".txt", ".md", ".toml", ".py", ".json", ".jsonl", ".csv", ".html"}


def grams(text, size=5):
    return {text[i : i + size] for i in range(len(text) - size + 1)}


@pytest.mark.slow
def test_every_line_reads_and_every_label_is_used():
    assert {m.intent for m in builders.corpus()} == set(INTENTS)
    assert {m.pair[0] for m in builders.corpus() if m.pair} == set(CATEGORIES)
    assert {m.pair[1] for m in builders.corpus() if m.pair} == set(CAUSES)
    assert {flag for m in builders.corpus() for flag in m.flags} == set(FLAGS)


@pytest.mark.parametrize(("line", "wrong"), [
    ("complaint|LOAN/FEE||利息太高", "five fields"), ("complain|LOAN/FEE|||利息太高", "intent"),
    ("complaint||||利息太高", "needs CATEGORY"),
    ("complaint|LOANS/FEE|||利息太高", "category"), ("question|LOAN/FEE|||利息多少", "has no category"),
    ("complaint|LOAN/FEE||old|利息太高", "flag"), ("complaint|LOAN/FEE|||", "empty"),
])
def test_a_bad_line_says_what_is_wrong(line, wrong):
    with pytest.raises(ValueError, match=wrong):
        parse(line, writer="w")


def test_a_bad_file_names_its_line(tmp_path):
    (tmp_path / "w.txt").write_text("chat||||你好\nchat|||你好\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"w\.txt:2"):
        messages_corpus.read(tmp_path)


@pytest.mark.slow
def test_no_two_messages_are_nearly_the_same():
    holders: dict[str, list[int]] = {}
    texts = [normalise(m.text) for m in builders.corpus()]
    for place, text in enumerate(texts):
        for gram in grams(text, 8):
            holders.setdefault(gram, []).append(place)
    pairs = {(a, b) for places in holders.values() if len(places) < 20 for i, a in enumerate(places) for b in places[i + 1 :]}
    twins = [
        (texts[a], texts[b]) for a, b in pairs
        if min(len(texts[a]), len(texts[b])) > 0.7 * max(len(texts[a]), len(texts[b]))
        and (alike := SequenceMatcher(None, texts[a], texts[b])).quick_ratio() > 0.85 and alike.ratio() > 0.85
    ]
    assert twins == []


@pytest.mark.slow
def test_no_number_of_a_real_person_stands_in_the_corpus():
    telling = re.compile(r"(?<!\d)(1[3-9]\d{9}|\d{17}[\dXx]|62\d{14,17})(?!\d)")
    assert [m.text for m in builders.corpus() if telling.search(m.text)] == []


@pytest.mark.slow
@pytest.mark.skipif(not EVAL.is_dir(), reason="the measuring set lies beside the repository only where models are measured")
def test_nothing_of_the_measuring_set_is_in_the_repository():
    texts = {
        json.loads(line)["text"]
        for path in EVAL.glob("*.jsonl") for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
    }
    openings = {text[:12] for text in texts if len(text) >= 12}
    found = []
    for folder in ("nlp", "knowledge", "tests", "bot", "desk", "tickets"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in KEPT_SUFFIXES and path.parent.name != "model":
                hits = openings & grams(path.read_text(encoding="utf-8"), 12)
                found += [(path.name, text[:40]) for text in texts if text[:12] in hits and text[:40] in path.read_text("utf-8")]
    assert found == []
    pieces = {text: grams(normalise(text)) for text in texts}
    known: dict[str, list[str]] = {}
    for text in texts:
        for gram in pieces[text]:
            known.setdefault(gram, []).append(text)
    near = []
    asked_on = [line.split("\t")[1] for path in LINES.glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()]
    for ours in (*(message.text for message in builders.corpus()), *asked_on):
        mine = grams(normalise(ours))
        if len(mine) >= 4:
            for text in {t for gram in mine for t in known.get(gram, ())}:
                if len(mine & pieces[text]) > 0.6 * len(mine):
                    near.append((ours, text))
    assert near == []


@pytest.mark.slow
def test_those_who_wrote_of_urgency_alone_are_known_by_their_names():
    numbers = {int(m.writer.partition("_")[0].removeprefix("w")) for m in builders.corpus() if messages_corpus.one_sided(m)}
    assert numbers == {5, 8, 9, *range(14, 21), *range(29, 33), 34, 35, *range(40, 48), 63, 64, 65, 153, 156}


@pytest.mark.slow
def test_no_text_of_our_own_lists_is_in_the_corpus_or_the_base():
    """They measure what was learnt, so nobody may learn from them."""
    names = ("urgency_seen.txt", "urgency_apart.txt", "urgency_third.txt", "urgency_fourth.txt", "paraphrases.txt", "asked.txt",
             "refuse.txt")
    lists = {normalise(line.rsplit("|", 1)[-1]) for name in names for _, line in pairs(name)}
    learnt = {normalise(line.rsplit("|", 1)[-1]) for path in messages_corpus.FOLDER.rglob("*.txt")
              for line in path.read_text(encoding="utf-8").splitlines()}
    learnt |= {normalise(text) for entry in load().entries.values() for text in ways(entry)}
    strangers = {normalise(message.text) for message in messages_corpus.read(ROOT / "tests" / "nlp" / "strangers")}
    assert len(lists) > 2850 and len(strangers) > 3500 and not (lists | strangers) & learnt
