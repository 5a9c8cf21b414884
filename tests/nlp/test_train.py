"""Training is repeatable, measures on strangers, and never lets a worse model in."""

import msgspec
import numpy as np
import pytest

from nlp import heads as learn
from nlp.classifier import Reader
from nlp.heads import documents, fit, score
from nlp.measure import Said, Truth, Unusable, cross_validate, macro_f1, reliability, scores
from nlp.sense import Sense
from nlp.train import WorseModel, parts, train
from tests import builders

LINES = """complaint|CREDIT_CARD/FEE|||信用卡年费乱扣{n}
complaint|LOAN/PROCESS|||房贷提前还款排不上队{n}
complaint|DEBIT_CARD/FACILITY|||取款机把卡吞了{n}
question||||定期利率是多少{n}
chat||||你好呀{n}
"""
WORDS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    for place, writer in enumerate(("a", "b", "c")):
        lines = "".join(LINES.format(n=WORDS[place * 7 + n]) for n in range(7))
        (folder / f"{writer}.txt").write_text(lines, encoding="utf-8")
    return folder


@pytest.mark.slow
def test_training_twice_gives_the_same_model(corpus, tmp_path):
    first, second = (train(tmp_path / name, progress=False, corpus=corpus) for name in ("one", "two"))
    assert first == second
    assert (tmp_path / "one" / "weights.npz").read_bytes() == (tmp_path / "two" / "weights.npz").read_bytes()
    assert Reader.load(tmp_path / "one").read(["信用卡年费又扣了"])[0].category == "CREDIT_CARD"
    assert "# The classifier's card" in (tmp_path / "one" / "card.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_worse_model_is_refused_unless_forced(corpus, tmp_path):
    folder = tmp_path / "model"
    about = train(folder, progress=False, corpus=corpus)
    better = msgspec.structs.replace(about, scores=dict.fromkeys(about.scores, 1.5))
    (folder / "about.json").write_bytes(msgspec.json.encode(better))
    before = (folder / "weights.npz").read_bytes()
    with pytest.raises(WorseModel):
        train(folder, progress=False, corpus=corpus)
    assert (folder / "weights.npz").read_bytes() == before
    assert train(folder, progress=False, corpus=corpus, force=True).scores == about.scores


@pytest.mark.slow
def test_no_writer_is_on_both_sides():
    messages = builders.corpus()
    place = parts(messages)
    sides = {}
    for message, part in zip(messages, place, strict=True):
        sides.setdefault(message.writer, set()).add(int(part))
    assert all(len(found) == 1 for found in sides.values()) and len(set(place)) == 3


def test_a_head_learns_what_is_there_to_learn():
    docs = documents(["信用卡年费"] * 6 + ["房贷利率"] * 6, Sense.load())
    words = learn.vocabulary(docs)
    x, wanted = learn.matrix(docs, words), np.repeat(np.eye(2), 6, axis=0)
    table = fit(x, wanted, np.ones(12), one=True)
    assert score(x, table).argmax(axis=1).tolist() == [0] * 6 + [1] * 6


def test_a_second_pair_that_fits_counts_as_right():
    truths = [
        Truth("complaint", "LOAN", "FEE", also=(("CREDIT_CARD", "FEE"),)),
        Truth("chat", urgency="I", flags=frozenset({"self_harm"})),
    ]
    said = [
        Said("complaint", "CREDIT_CARD", ("CREDIT_CARD", "LOAN", "CASH"), "FEE", ("FEE", "YIELD", "OTHER")),
        Said("chat", urgency="I"),
    ]
    found = scores(truths, said)
    assert found["category"] == found["cause"] == found["intent_f1"] == found["level_one_recall"] == 1.0
    assert found["flags_recall"] == 0.0


def test_macro_f1_weighs_rare_labels_like_common_ones():
    assert macro_f1([("a", "a")] * 98 + [("b", "a")] * 2) == pytest.approx((2 * 98 / 198) / 2)


def test_reliability_counts_every_reading_once():
    rows = reliability(np.array([0.1, 0.3, 0.35, 0.9]), np.array([False, True, False, True]))
    assert sum(count for *_, count in rows) == 4 and rows[1][2] == 0.5


def test_anybodys_labelled_file_can_be_cross_validated(tmp_path):
    path = tmp_path / "any.csv"
    rows = "".join(f"信用卡年费{word},card\n房贷利率{word},loan\n" for word in WORDS)
    path.write_text("text,topic\n" + rows, encoding="utf-8")
    found = cross_validate(path, "topic")
    assert found["accuracy"] > 0.9 and found["rows"] == 2 * len(WORDS)


@pytest.mark.parametrize("content", [
    "text,topic\n信用卡,card\n", "text,other\n信用卡,card\n", "text,topic\n" + "信用卡,card\n" * 30,
])
def test_a_file_too_small_or_of_one_label_is_refused(tmp_path, content):
    path = tmp_path / "any.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Unusable):
        cross_validate(path, "topic")
    with pytest.raises(Unusable):
        cross_validate(tmp_path / "none.csv", "topic")
