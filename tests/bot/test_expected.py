"""What she was asked to tell is kept as that, and what she says instead is heard as what it is."""

from datetime import timedelta

import pytest
import time_machine

from bot.intake import ANOTHER_TALK
from bot.messages import Incoming, Upload
from tests import builders
from tests.bot.test_asides import say, tickets, word
from tests.bot.test_reckoning import NOON
from tests.bot.test_while_open import doing

pytestmark = pytest.mark.words

LOST = "借记卡丢了怎么办？"


@pytest.fixture
def house(store, tmp_path):
    made = builders.house(store, tmp_path)
    say(made, "你好")
    return made


@pytest.mark.parametrize("asked", ["我要投诉", "我要举报", "我要表扬", "我要提建议", "这是不是骗局"])
def test_a_question_that_the_base_answers_is_answered(house, asked):
    doing(house, "ask")
    say(house, asked)
    assert house.knowledge.entries["acct-lost-debit-card"].answer in say(house, LOST)
    assert not tickets(house)


def test_a_greeting_is_no_complaint(house):
    say(house, "我要投诉")
    doing(house, "small")
    say(house, "你好")
    assert not tickets(house)


def test_blame_is_no_praise(house):
    say(house, "我要表扬")
    doing(house, "file")
    say(house, "你们柜员骂人，什么态度")
    assert [one.kind for one in tickets(house)] == ["complaint"]


@pytest.mark.parametrize(("asked", "text"), [
    ("我要举报", "算了不举报了"), ("我要表扬", "不表扬了"), ("我要提建议", "算了，不提了吧"), ("我要投诉", "不投诉了")])
def test_what_is_taken_back_is_not_filed(house, asked, text):
    say(house, asked)
    doing(house, "file")
    assert word(house, "greeting.fine") in say(house, text)
    assert not tickets(house)


@pytest.mark.parametrize(("asked", "text"), [
    ("我要投诉", "经理答应退我三百块，后来就不提了"), ("我要投诉", "客服说给我查，第二天就不查了"),
    ("我要举报", "卖假理财，领导知道也不查了")])
def test_what_others_do_no_more_is_told_and_kept(house, asked, text):
    say(house, asked)
    doing(house, "file")
    say(house, text)
    assert len(tickets(house)) == 1


def test_praise_may_speak_of_complaints(house):
    doing(house, "small")
    say(house, "我要表扬")
    say(house, "小王帮我妈找回存折，要是都像她这样谁还会投诉你们")
    assert [one.kind for one in tickets(house)] == ["praise"]


def test_what_was_asked_for_is_kept_as_that(house):
    doing(house, "ask")
    say(house, "我要提建议")
    say(house, "能不能把叫号机的字弄大一点")
    doing(house, "file")
    say(house, "我要投诉")
    say(house, "柜台不给我办业务")
    assert [one.kind for one in tickets(house)] == ["suggestion", "complaint"]


def test_after_hours_nothing_is_expected_any_more(house):
    with time_machine.travel(NOON, tick=False) as clock:
        say(house, "你好")
        say(house, "我要投诉")
        clock.shift(ANOTHER_TALK + timedelta(minutes=1))
        doing(house, "small")
        say(house, "在吗")
    assert not tickets(house)


@pytest.mark.parametrize("asked", ["a photo", "我要投诉"])
def test_a_swindlers_text_sent_on_where_a_complaint_was_asked_for_is_checked_and_not_filed(house, asked):
    if asked == "a photo":
        house.intake.receive([Incoming("telegram", "photo", "7", kind="photo", uploads=(Upload("p.jpg", "image/jpeg", 9, "f"),))])
    else:
        say(house, asked)
    said = say(house, "【某银行】您的账户异常，请点击 http://a.example/x 转入安全账户")
    assert not tickets(house) and house.knowledge.wording("scam.scam_unsure", signs="—") in said
