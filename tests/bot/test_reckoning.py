"""Whoever tells on which day a right began that lapses is told which day is her last."""

from datetime import UTC, datetime

import pytest
import time_machine

from nlp.retrieval import Candidate, Found
from tests import builders
from tests.bot.test_asides import hear, say, word
from tests.bot.test_following import after_an_answer
from tests.bot.test_while_open import doing

pytestmark = pytest.mark.words

NOON = datetime(2026, 12, 1, 4, tzinfo=UTC)  # in Shanghai, a Tuesday
INSURED, SEIZED = "ins-deposit-became", "fake-cash-objection"


@pytest.fixture
def told(store, tmp_path):
    """Says something after the answer `slug` was given, at noon of the first of December."""
    with time_machine.travel(NOON, tick=False):
        house = after_an_answer(store, tmp_path)

        def after(slug: str, *texts: str) -> str:
            say(house, button=f"faq:{slug}")
            return [say(house, text) for text in texts][-1]
        yield after


@pytest.mark.parametrize(("slug", "texts", "said"), [
    (INSURED, ["25号签的，合同写15天"], "按您说的 11 月 25 日算，犹豫期（从哪天起算看合同）到 12 月 10 日，还剩 9 天：今天就"),
    (INSURED, ["25号签的", "合同上是十五天"], "到 12 月 10 日，还剩 9 天"),
    (INSURED, ["16号签的，合同写15天"], "今天（12 月 1 日）是最后一天"),
    (INSURED, ["10号签的，合同写15天"], "到 11 月 25 日。犹豫期过了再退，一般只退现金价值"),
    (INSURED, ["上个月25号签的"], "今天是第 6 天。犹豫期（从哪天起算看合同）几天，看合同上写的"),
    (INSURED, ["我是3号签的字，12号才收到合同"], "按您说的 11 月 12 日算，今天是第 19 天"),
    ("cp-not-satisfied", ["结果是11月3号给的，来得及吗"], "申请核查的 30 日到 12 月 3 日，还剩 2 天"),
    (SEIZED, ["上周五没收的"], "申请鉴定的 3 个工作日到 12 月 2 日，还剩 1 天"),
])
def test_her_last_day_is_reckoned_from_what_she_tells(told, slug, texts, said):
    assert said in told(slug, *texts)


@pytest.mark.parametrize(("slug", "texts"), [
    (INSURED, ["我妈67了，不识字"]), (INSURED, ["昨天打的电话没人接"]), (INSURED, ["去年3月签的，去年3月2号签的"]),
    (INSURED, ["去年11月25号签的"]), (INSURED, ["2025年11月25日收到合同的"]),
    (INSURED, ["25号签的，合同写15天", "25号签的，写的15天"]), ("just-transferred", ["25号签的，合同写15天"]),
])
def test_nothing_is_reckoned_without_a_day_that_counts_nor_twice(told, slug, texts):
    assert "按您说的" not in told(slug, *texts)


def filed(house, slugs, text):
    """What is said when this is told as a grievance, and these entries share what is found for it."""
    found = tuple(Candidate(slug, "", 0.9 / len(slugs)) for slug in slugs)
    house.intake.understanding.finder.ask = lambda *_, **__: Found(None, "", 0.3, found)
    doing(house, "file")
    return [reply.text for reply in hear(house, text)]


@pytest.mark.parametrize(("slugs", "text", "span"), [
    ([INSURED], "存单给办成了保单，扣了我五万，我要投诉", "犹豫期（从哪天起算看合同）"),
    (["di-limit", "cp-court", INSURED], "存单给办成了保单，扣了我五万，我要投诉", "犹豫期（从哪天起算看合同）"),
    (["fake-cash-get-back", "fake-cash-receipt", SEIZED], "说是假的就给扣了，态度恶劣，我要投诉", "申请鉴定的 3 个工作日")])
def test_a_ticket_about_a_right_that_lapses_says_so_before_our_question(store, tmp_path, slugs, text, span):
    house = builders.house(store, tmp_path)
    *_, told, asked = filed(house, slugs, text)
    assert told.startswith(f"登记了也别干等，{span}不会停下来") and asked == word(house, "filing.ask_facts")
    assert "不会停下来" not in say(house, "就是这么回事没别的了")


@pytest.mark.parametrize(("slugs", "text"), [
    ([INSURED], "2019年买的保单扣了我五万，我要投诉"), ([INSURED], "好几年前买的保单扣了我的钱，我要投诉"),
    (["cr-error-objection"], "征信写错了扣我的分，我要投诉"), (["just-transferred"], "柜员态度恶劣，我要投诉"),
    (["di-limit", "di-who-pays", "cp-expose", "cp-court", INSURED], "柜员态度恶劣，我要投诉")])
def test_no_ticket_about_anything_else_says_so(store, tmp_path, slugs, text):
    assert "不会停下来" not in "".join(filed(builders.house(store, tmp_path), slugs, text))


def test_the_day_told_in_answer_to_our_question_counts_without_a_word_for_it(store, tmp_path):
    with time_machine.travel(NOON, tick=False):
        house = builders.house(store, tmp_path)
        say(house, button=f"faq:{INSURED}")
        filed(house, [INSURED], "存单给办成了保单，扣了我五万，我要投诉")
        doing(house, "add")
        assert "按您说的 11 月 18 日算，今天是第 13 天" in say(house, "就上月18 人民路支行 她说利息比存款高")
        assert "到 12 月 3 日，还剩 2 天" in say(house, "合同我翻了写15天")
