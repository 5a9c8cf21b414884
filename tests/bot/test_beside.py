"""A question in the course of an alarm that has nothing to do with it: answered, with the alarm's next step behind the answer; and
what may belong to the swindle never leaves the alarm."""

from dataclasses import replace

import pytest

from bot.flows import beside
from nlp.retrieval import Candidate, Found
from nlp.text import normalise
from tests import builders
from tests.bot.test_asides import say

STILL = "被骗的事也请别搁下："


@pytest.fixture
def alarmed(store, tmp_path):
    """Says something in an alarm, for which the base has this entry, so surely."""
    house = builders.house(store, tmp_path, read=replace(builders.understanding(), acts=builders.Doing("ask")))
    say(house, builders.EMERGENCY)

    def asks(text: str, slug: str, sure: float = 0.85) -> str:
        found = Found(slug, house.knowledge.entries[slug].theme, sure,
                      (Candidate(slug, house.knowledge.entries[slug].theme, 0.9),))
        finder = house.intake.understanding.finder
        finder.ask = finder.after = lambda *_, **__: found
        return say(house, text)
    asks.house = house
    return asks


@pytest.mark.parametrize(("text", "slug"), [
    ("我还想问存款保险赔多少", "di-limit"), ("存款保险赔多少", "di-limit"), ("残缺的钱按多少换", "damaged-how-much"),
    ("欠你们行那张能分期慢慢还吗", "cc-personal-installment"), ("假币被没收了能换吗", "fake-cash-get-back")])
def test_what_no_swindle_is_about_is_answered_and_the_next_step_stands_behind(alarmed, text, slug):
    words = alarmed(text, slug)
    assert alarmed.house.knowledge.entries[slug].question in words
    assert STILL in words.splitlines()[-1]


@pytest.mark.parametrize(("text", "slug"), [
    ("存款保险赔不赔我被骗的钱", "di-limit"), ("他说的平台有存款保险吗", "di-limit"), ("转过去的钱存款保险保吗", "di-limit"),
    ("信用卡提额要验证码吗", "cc-annual-fee"), ("信用卡客服让我开会议能信吗", "cc-annual-fee"),
    ("解冻收多少手续费", "fee-price-list"), ("退款收多少手续费", "fee-price-list"),
    ("下载那个软件收费吗", "fee-price-list"), ("这笔钱存款保险赔吗", "di-limit"),
    ("定期提前取利息怎么算", "acct-early-withdraw"), ("贷款要什么条件呢", "loan-apply-what"),
    ("损失的两万存款保险赔吗", "di-limit")])
def test_what_may_belong_to_the_swindle_stays_in_the_alarm(alarmed, text, slug):
    words = alarmed(text, slug)
    assert alarmed.house.knowledge.entries[slug].question not in words and STILL not in words


@pytest.mark.parametrize(("text", "slug"), [
    ("合同都签了，我要还那个贷款吗", "loan-contract-copy"), ("不打他说算我骗贷，要起诉我吗", "coll-sms-lawsuit")])
def test_how_he_presses_her_stays_in_the_alarm_however_surely_something_is_found(alarmed, text, slug):
    assert alarmed.house.knowledge.entries[slug].question not in alarmed(text, slug, 0.99)


def test_less_surely_found_it_stays_in_the_alarm(alarmed):
    assert STILL not in alarmed("存款保险赔多少", "di-limit", 0.6)


def test_where_the_police_know_no_step_is_pressed_on_her(alarmed):
    alarmed("已经去派出所报案做完笔录了，民警立案了", "just-transferred", 0.1)
    words = alarmed("存款保险赔多少", "di-limit")
    assert alarmed.house.knowledge.entries["di-limit"].question in words and STILL not in words


@pytest.mark.parametrize("text", ["我信用卡年费怎么收的", "你们周六开门吗"])
def test_plain_business_too_has_the_step_behind_it(alarmed, text):
    assert beside.business(normalise(text))
    assert STILL in alarmed(text, "cc-annual-fee", 0.98).splitlines()[-1]
