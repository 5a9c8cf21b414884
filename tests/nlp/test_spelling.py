"""What was written for another word of the same sound is read as it was meant, and nothing else is touched."""

import numpy as np
import pytest

from nlp.classifier import FOLDER
from nlp.robustness import homophones
from nlp.spelling import Spelling
from nlp.text import normalise
from tests import builders


@pytest.fixture(scope="module")
def spelling():
    return Spelling.load(FOLDER)


@pytest.mark.parametrize(("written", "meant"), [
    ("我的信用咔被冻结了", "我的信用卡被冻结了"), ("理材亏了好多", "理财亏了好多"), ("客服态渡很差", "客服态度很差"),
])
def test_a_character_of_the_same_sound_is_righted(spelling, written, meant):
    assert spelling.right(written) == meant


@pytest.mark.parametrize("text", ["", "。", "hello world 123", "我的信用卡被冻结了", "啪", "𠮷野家扣款两次"])
def test_what_needs_no_righting_stays(spelling, text):
    assert spelling.right(text) == text


@pytest.mark.slow
def test_the_corpus_itself_is_never_changed(spelling):
    texts = [normalise(m.text) for m in builders.corpus()[::50]]
    assert [spelling.right(text) for text in texts] == texts


@pytest.mark.slow
def test_unseen_writers_are_hardly_changed_and_their_slips_are_often_righted():
    messages = builders.corpus()
    writers = sorted({m.writer for m in messages})
    held = [normalise(m.text) for m in messages if m.writer in writers[:3]][:800]
    blind = Spelling.of(normalise(m.text) for m in messages if m.writer not in writers[:3])
    chance = np.random.default_rng(3)
    slips = righted = changed = 0
    for text in held:
        changed += sum(a != b for a, b in zip(text, blind.right(text), strict=True))
        wrong = homophones(text, chance)
        for meant, written, read in zip(text, wrong, blind.right(wrong), strict=True):
            slips += meant != written
            righted += meant != written and meant == read
    assert changed < 0.004 * sum(map(len, held))
    assert righted > 0.35 * slips


def test_what_is_saved_reads_alike(tmp_path):
    made = Spelling.of(["转账没到账"] * 30)
    made.save(tmp_path)
    assert made.right("转张没到账") == Spelling.load(tmp_path).right("转张没到账") == "转账没到账"
