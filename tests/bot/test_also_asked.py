"""Whoever asks two things in one message hears both answers, each once."""

from dataclasses import replace

import numpy as np
import pytest

from bot.flows import also_asked
from nlp.retrieval import Candidate, Found
from tests import builders
from tests.bot.test_asides import say

pytestmark = pytest.mark.words

COUNTED, CLOSING, LENT = "fraud-check-my-accounts", "acct-close", "fraud-rent-card"
BOTH = "怎么查自己名下有几张卡，还有不用的卡咋销户"
JAILED = "借别人银行卡用犯法吗？会被抓吗"
ARRESTED = "主动去说清楚，会不会处罚由公安机关看事实依法定。"
MEANT = {BOTH: COUNTED, "怎么查自己名下有几张卡": COUNTED, "不用的卡咋销户": CLOSING, JAILED: LENT, "借别人银行卡用犯法吗": LENT}


class Knowing(builders.WordFinder):
    """Finds what `MEANT` says, so surely; to other words nothing but what was answered before."""

    sure = 0.95

    def ask(self, text, *, staff=False):
        slug = MEANT.get(text)
        return Found(slug, "", self.sure, (Candidate(slug, "", self.sure),)) if slug else Found(None, "", 0.0, ())

    def lines(self, entry, text):
        return ([ARRESTED], np.array([0.9, 0.1])) if text == "会被抓吗" else ([], np.ones(1))


@pytest.fixture
def house(store, tmp_path):
    finder = Knowing(builders.knowledge().entries.values())
    return builders.house(store, tmp_path, read=replace(builders.understanding(), finder=finder, acts=builders.Doing("ask")))


@pytest.mark.parametrize(("text", "parts"), [
    ("假币没收给不给凭证？还有残币怎么换啊", ["假币没收给不给凭证", "残币怎么换啊"]),
    ("你好，怎么查自己名下有几张卡，另外想问一下不用的卡咋销户", ["怎么查自己名下有几张卡", "不用的卡咋销户"]),
    ("我妈的存折丢了，怎么挂失", ["我妈的存折丢了，怎么挂失"]),
    ("请问一下，挂失收多少钱\n谢谢", ["挂失收多少钱"]),
    ("存单到期了。谢谢", []),
])
def test_the_parts_of_a_message_that_ask(text, parts):
    assert also_asked.asked(text) == parts


def test_another_entry_is_told_by_its_short_answer(house):
    said = say(house, BOTH)
    assert said.startswith(house.knowledge.entries[COUNTED].question)
    assert said.endswith(f"您还问「不用的卡咋销户」：\n{house.knowledge.entries[CLOSING].answer}")


def test_what_is_not_surely_another_entry_is_not_told(house, monkeypatch):
    monkeypatch.setattr(Knowing, "sure", 0.75)
    assert "您还问" not in say(house, BOTH)


def test_the_entry_itself_is_told_by_the_line_that_speaks_of_the_second_part(house):
    said = say(house, JAILED)
    assert said.startswith(house.knowledge.entries[LENT].question)
    assert said.endswith(f"您还问「会被抓吗」：\n{ARRESTED}")


def test_nothing_is_said_twice(house):
    say(house, "不用的卡咋销户")
    assert "您还问" not in say(house, BOTH)


def test_what_is_asked_beside_a_complaint_is_answered_before_our_question(house):
    house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing("file"))
    said = say(house, f"{builders.COMPLAINT}。另外不用的卡咋销户")
    told = f"您还问「不用的卡咋销户」：\n{house.knowledge.entries[CLOSING].answer}"
    assert told in said and said.index(told) < said.index(house.knowledge.wording("filing.ask_facts"))


def test_a_line_that_answers_neither_of_two_is_not_said(house, monkeypatch):
    monkeypatch.setitem(MEANT, "不用的卡咋销户，会被抓吗", LENT)
    say(house, "借别人银行卡用犯法吗")
    monkeypatch.setattr(Knowing, "lines", lambda self, entry, text: ([ARRESTED], np.array([0.9, 0.1])))
    said = say(house, "不用的卡咋销户？怎么查自己名下有几张卡")
    assert ARRESTED not in said and said.count("您还问") == 2


def test_one_question_gets_one_answer(house):
    assert "您还问" not in say(house, "不用的卡咋销户")
