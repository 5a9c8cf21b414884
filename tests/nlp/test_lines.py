"""Which line of an answer tells what is asked on: the writers' messages, and the reader that they taught."""

import re

import numpy as np
import pytest

from bot.flows.quoting import PERHAPS, SURELY
from knowledge.base import load
from nlp import finder_lines_fit as fitting
from nlp import retrieval
from nlp.finder_features import cut, terms_of
from nlp.finder_lines import LineReader, chosen, terms
from nlp.retrieval import Finder, lines_of
from tests.nlp.test_corpus import pairs

FILES = sorted(fitting.FOLDER.glob("*.txt"))
TELLING = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx]|62\d{14,17})(?!\d)")
"""A telephone, an ID or a card number."""
ASKED_ON = [
    ("fake-cash-objection", "几天内要去", "3 个工作日"), ("fake-cash-objection", "要不要掏钱", "免费"),
    ("ins-hesitation", "健康险几天", "15 天"), ("acct-inherit", "非得公证不", "公证"),
    ("coll-home-visit", "要是硬闯呢", "110"), ("cc-personal-installment", "最长能拖几年", "5 年"),
    ("di-limit", "我有八十万", "50 万"), ("pay-wrong-account", "他就是不给", "起诉"),
]


@pytest.fixture(scope="module")
def finder(finder_folder):
    return Finder(load().entries, keep=finder_folder)


@pytest.fixture(scope="module")
def read(finder):
    return {path.stem: fitting.read(path, finder) for path in FILES}


@pytest.mark.slow
def test_every_message_speaks_of_an_entry_and_hardly_any_of_a_line_that_is_gone(read):
    rows, lost = ([one for found in read.values() for one in found[place]] for place in (0, 1))
    assert len(read) == 58 and len(rows) > 61500 and len(lost) < 0.03 * len(rows), lost[:20]
    assert {row.label for row in rows} == {"L", "Q", "S"} and len({row.entry for row in rows}) > 700
    assert len({(row.entry, row.text) for row in rows}) == len(rows)


@pytest.mark.slow
def test_no_number_of_a_person_stands_in_it(read):
    assert [row.text for rows, _ in read.values() for row in rows if TELLING.search(row.text)] == []


@pytest.mark.slow
def test_nobody_learns_from_the_lists_that_measure(read):
    measured = {text for name in ("paraphrases.txt", "asked.txt", "refuse.txt") for _, text in pairs(name)}
    assert not measured & {row.text for rows, _ in read.values() for row in rows}


@pytest.mark.parametrize("line", ["pay-pos-refuse\t没有标签", "pay-pos-refuse", "pay-pos-refuse\t\tQ"])
def test_a_line_without_message_or_label_is_refused(tmp_path, finder, line):
    (tmp_path / "w.txt").write_text(line, encoding="utf-8")
    with pytest.raises(ValueError, match="message and label"):
        fitting.read(tmp_path / "w.txt", finder)


def test_a_line_that_was_rewritten_is_left_out(tmp_path, finder):
    (tmp_path / "w.txt").write_text("pay-pos-refuse\t那咋办\t这一句早就没有了\nno-such-entry\t几天\tQ\n", encoding="utf-8")
    assert [len(part) for part in fitting.read(tmp_path / "w.txt", finder)] == [0, 2]


@pytest.mark.parametrize(("entry", "text", "told"), ASKED_ON)
def test_the_line_that_tells_it_is_found(finder, entry, text, told):
    lines, shares = finder.lines(entry, text)
    assert lines == lines_of(finder.entries[finder.numbers[entry]]) and shares.sum() == pytest.approx(1)
    assert told in "".join(lines[n] for n in chosen(shares, PERHAPS))


@pytest.mark.parametrize("text", ["谢谢你啊", "好的", "你们几点下班", "我姓王"])
def test_what_asks_nothing_of_it_gets_no_line(finder, text):
    assert chosen(finder.lines("fake-cash-objection", text)[1], SURELY) == []


@pytest.mark.parametrize(("entry", "text"), [("acct-inherit", "！"), ("no-such-entry", "要公证吗")])
def test_without_words_or_an_entry_there_is_no_line(finder, entry, text):
    lines, shares = finder.lines(entry, text)
    assert lines == [] and chosen(shares, PERHAPS) == []


@pytest.mark.slow
def test_a_fit_learns_which_words_ask_for_which_and_is_kept_to_the_eighth_bit(tmp_path, finder, read, monkeypatch):
    monkeypatch.setattr(fitting, "EPOCHS", 6)
    table = fitting.Table([row for name in ("angry", "counter") for row in read[name][0]], finder)
    made, again = fitting.fit(table), fitting.fit(table)
    assert (made.asking.rows == again.asking.rows).all() and (made.near == again.near).all(), "the same each time"
    first = [row.right[one[:-1].argmax()] for row, one in fitting.shares(made, table, range(len(table.rows))) if row.right.any()]
    nearest = [row.right[table.near[pairs, 0].argmax()] for row, pairs in zip(table.rows, table.pairs, strict=True)
               if row.right.any()]
    assert np.mean(first) > np.mean(nearest) + 0.1
    made.save(tmp_path)
    kept = LineReader.load(tmp_path)
    told, row = finder.told(table.rows[0].entry), table.rows[0]
    ready = kept.told(told.lines, told.meant, told.question, finder.scorer.meaning.vectors([terms_of(cut(told.question))])[0])
    lies, joined = finder.scorer.meaning.vectors(terms_of(cut(text)) for text in (row.text, told.question + row.text))
    ((_, taught),) = fitting.shares(made, table, [0])
    assert np.abs(kept.shares(ready, row.text, lies, joined) - taught).max() < 0.01


def test_numbers_are_all_alike_and_signs_part_the_runs():
    assert terms("20 天，50天") == {"0", "天", "0天"} and terms("，。") == set()


def test_only_the_lines_of_so_many_entries_are_kept_ready(finder, monkeypatch):
    monkeypatch.setattr(retrieval, "HELD", 2)
    monkeypatch.setattr(finder, "_lines", {})
    first = finder.told("ins-hesitation")
    assert finder.told("ins-hesitation") is first
    for entry in ("fee-free-list", "cp-how-long"):
        finder.told(entry)
    assert list(finder._lines) == ["fee-free-list", "cp-how-long"]
