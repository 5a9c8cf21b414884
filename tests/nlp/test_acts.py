"""What a message does in the talk, and what it asks for after an answer: read rightly for writers who taught nothing."""

from pathlib import Path

import numpy as np
import pytest

from knowledge.base import load
from nlp import acts_fit, finder_after_fit, talks
from nlp.acts import Acts
from nlp.classifier import Reader
from nlp.finder_after import NEAR, After
from nlp.retrieval import Finder
from nlp.talks import ACTS, Before, Said
from nlp.text import normalise
from tests import builders

HELD = Path(__file__).parents[1] / "talks"
TAUGHT, MEASURED = sorted(talks.FOLDER.glob("*.txt")), sorted(HELD.glob("*.txt"))


@pytest.fixture(scope="module")
def reader():
    return Reader.load()


def said(path: Path) -> list[Said]:
    return [one for dialogue in talks.dialogues(path) for one in dialogue]


def test_every_entry_that_a_dialogue_names_is_in_the_base():
    named = {entry for path in (*TAUGHT, *MEASURED) for one in said(path) for ids in one.labels.values() for entry in ids}
    assert len(TAUGHT) >= 12 and len(MEASURED) >= 2 and named - load().entries.written.keys() == set()


@pytest.mark.slow
def test_no_dialogue_that_measures_is_learnt_from():
    learnt = {normalise(one.text) for path in TAUGHT for one in said(path)} | {normalise(m.text) for m in builders.corpus()}
    held = {normalise(one.text) for path in MEASURED for one in said(path) if len(one.text) > 8}
    assert len(held) > 350 and held & learnt == set()


def test_a_dialogue_is_walked_as_it_stands(tmp_path):
    (tmp_path / "one.txt").write_text(
        "# a note\n卡丢了\tANSWER acct-lost-debit-card\n你们不管我\tFILE\n昨天\tADD | STATUS\n东街\tADD\n算了\tUNDO\n\n"
        "谢谢\tSMALL\n", encoding="utf-8")
    first, second = talks.dialogues(tmp_path / "one.txt")
    assert [(step.before.open, step.before.last, step.topic) for step in talks.walk(first)] == [
        ("nothing", "", None), ("topic", "ANSWER", "acct-lost-debit-card"), ("facts", "FILE", "acct-lost-debit-card"),
        ("branch", "ADD", "acct-lost-debit-card"), ("claim", "ADD", "acct-lost-debit-card")]
    assert first[2].acts == ("add", "status") and second[0].best == "SMALL"


@pytest.mark.parametrize("line", ["卡丢了", "卡丢了\tLOST", "\tADD"])
def test_a_line_that_is_none_is_refused(tmp_path, line):
    (tmp_path / "one.txt").write_text(line, encoding="utf-8")
    with pytest.raises(ValueError, match=r"label|tab"):
        list(talks.dialogues(tmp_path / "one.txt"))


def test_the_same_words_do_something_else_as_the_talk_stands(reader):
    acts = Acts.load()

    def does(text: str, before: Before) -> str:
        found = acts.shares(text, reader.read([text])[0].intents, before)
        assert set(found) == set(ACTS) and abs(sum(found.values()) - 1) < 1e-5
        return max(found, key=found.__getitem__)

    assert does("本人来不了", Before("topic", "ANSWER")) == "ask" and does("本人来不了", Before("branch", "ADD")) == "add"
    assert does("信用卡乱扣我年费，柜台还骂人", Before()) == "file" and does("谢谢啊", Before("ticket", "STATUS")) == "small"


def test_what_is_fitted_reads_the_same_from_its_file(tmp_path, reader):
    rows = acts_fit.rows_of(MEASURED[0], reader)
    made = acts_fit.fit(rows)
    made.save(tmp_path)
    kept, told = Acts.load(tmp_path), ("退我钱", [("complaint", 0.9)], Before("claim", "ADD"))
    assert np.array_equal(kept.scores(*told), made.scores(*told))
    assert kept.scores("", [], Before("nothing", "never")).shape == (len(ACTS),)
    assert acts_fit.judged(kept, rows)[0] > 0.9


@pytest.mark.parametrize("path", MEASURED, ids=lambda path: path.stem)
def test_the_acts_of_writers_held_out_are_read(reader, path):
    right, best = acts_fit.judged(Acts.load(), acts_fit.rows_of(path, reader))
    assert right > 0.88 and best > 0.72


def test_what_follows_an_answer_is_found_by_what_was_answered(finder_folder):
    finder = Finder(load().entries, keep=finder_folder)
    rows = [row for path in MEASURED for row in finder_after_fit.rows_of(path, finder)]
    held = [row for row in rows if row.right.any()]
    ranking, alone = After.load().ranking, NEAR.index("entry alone")
    first = np.mean([row.right[row.follow.scores(ranking).argmax()] for row in held])
    assert first > 0.7 and first - np.mean([row.right[row.follow.near[:, alone].argmax()] for row in held]) > 0.15
    fee = finder.after("cc-activate", "那能退给我吗", said="卡寄来没开通过，怎么收我年费")
    assert fee.candidates[0].entry == "cc-annual-fee" != finder.after("cc-activate", "那能退给我吗").candidates[0].entry
    assert finder.after("no such entry", "存款最多保多少？").entry == finder.ask("存款最多保多少？").entry
    assert finder.after("acct-inherit", "！！！").entry is None
