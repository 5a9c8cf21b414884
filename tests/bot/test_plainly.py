"""「老年版」 in words: short answers from then on, in the middle of a filing too, and back."""

import pytest
from sqlalchemy import select

from bot.flows import entries, plainly
from tests import builders
from tests.bot.test_asides import hear, say, tickets, word
from tickets.models import Chat

pytestmark = pytest.mark.words

SPOTTED = "fake-cash-identify-2019"


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path)


def audience(house) -> str:
    with house.store.read() as session:
        return session.scalars(select(Chat)).one().audience


@pytest.mark.parametrize("text", ["老年版", "换成老年版吧", "用大白话说", "说大白话", "请说白话", "能不能用大白话"])
def test_she_asks_for_short_words_and_gets_them(house, text):
    say(house, button=f"faq:{SPOTTED}")
    said = say(house, text)
    assert said == f"{word(house, 'plainly.on')}\n{house.knowledge.entries[SPOTTED].versions[entries.OLD]}"
    assert audience(house) == entries.OLD
    assert say(house, "标准版") == word(house, "plainly.off") and audience(house) == plainly.EVERYBODY


@pytest.mark.parametrize("text", ["老年卡怎么办", "大白话讲就是你们骗人", "普通存款", "标准是什么"])
def test_other_words_change_nothing(house, text):
    say(house, text)
    assert audience(house) == plainly.EVERYBODY


def test_a_student_stays_one(house):
    say(house, "你好")
    with house.store.write() as session:
        session.scalars(select(Chat)).one().audience = "学生"
    say(house, "标准版")
    assert audience(house) == "学生"
    say(house, "老年版")
    say(house, "标准版")
    assert audience(house) == "学生"


def test_who_does_not_understand_an_answer_hears_it_in_short_words(house):
    say(house, button=f"faq:{SPOTTED}")
    assert house.knowledge.entries[SPOTTED].versions[entries.OLD] in say(house, "看不懂")
    assert word(house, "greeting.plain") == say(house, "看不懂"), "there is no simpler one"


def test_the_way_to_short_words_stands_beneath_the_first_answer_and_for_who_says_she_is_old(house):
    entry = house.knowledge.entries[SPOTTED]
    shorter = word(house, "ask.shorter")

    def labels(text):
        return [button.label for row in hear(house, text)[-1].buttons for button in row]

    assert shorter in labels(entry.question)
    assert shorter not in labels(house.knowledge.entries["acct-lost-debit-card"].question)
    say(house, button="plain")
    assert audience(house) == entries.OLD


def test_it_is_no_answer_to_a_question_of_the_filing(house):
    say(house, builders.COMPLAINT)
    said = say(house, "用大白话说")
    assert said.startswith(word(house, "plainly.on")) and word(house, "filing.wait") in said
    assert tickets(house)[0].facts == ""


def test_the_tip_of_today_is_told_when_asked_for(house):
    tips = [tip for one in house.knowledge.campaigns.values() for tip in one.tips]
    assert say(house, "今日提示") in tips


def test_the_old_are_told_what_to_do_in_short_and_the_steps_when_they_ask_for_the_whole(house):
    entry = house.knowledge.entries[SPOTTED]
    say(house, "老年版")
    brief = say(house, entry.question)
    assert entry.versions[entries.OLD] in brief and entry.checked.isoformat() in brief and entry.steps[0] not in brief
    assert entry.steps[0] in say(house, button=f"faq:{SPOTTED}")
    say(house, "标准版")
    assert entry.answer in say(house, entry.question), "the same words once more are answered once more"
