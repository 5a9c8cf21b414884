"""「老年版」 in words: short answers from then on, in the middle of a filing too, and back."""

import re

import pytest
from sqlalchemy import select

from bot.flows import following
from bot.turn import EVERYBODY, OLD
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
    assert said == f"{word(house, 'plainly.on')}\n{house.knowledge.entries[SPOTTED].versions[OLD]}"
    assert audience(house) == OLD
    assert say(house, "标准版") == word(house, "plainly.off") and audience(house) == EVERYBODY


@pytest.mark.parametrize("text", ["老年卡怎么办", "大白话讲就是你们骗人", "普通存款", "标准是什么"])
def test_other_words_change_nothing(house, text):
    say(house, text)
    assert audience(house) == EVERYBODY


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
    assert house.knowledge.entries[SPOTTED].versions[OLD] in say(house, "看不懂")
    assert say(house, "看不懂") == word(house, "plainly.again", line=house.knowledge.entries[SPOTTED].versions[OLD].splitlines()[0])
    assert say(house, "看不懂") == word(house, "plainly.person"), "there is no simpler one"


@pytest.mark.parametrize("text", [
    "说短一点", "看不懂", "讲短点", "讲短啲", "睇唔明", "再说一遍", "听不懂 再讲一道", "太长了", "再讲一道嘛"])
def test_who_reads_short_words_already_hears_the_first_line_again_then_of_a_colleague(house, text):
    say(house, "老年版")
    say(house, button=f"faq:{SPOTTED}")
    assert say(house, text) == word(house, "plainly.again", line=house.knowledge.entries[SPOTTED].versions[OLD].splitlines()[0])
    assert say(house, text) == word(house, "plainly.person")
    assert word(house, "greeting.plain") != word(house, "old.greeting.plain")


@pytest.mark.parametrize("text", ["再说一遍", "请再说一遍吧"])
def test_said_again_changes_no_version(house, text):
    say(house, button=f"faq:{SPOTTED}")
    assert say(house, text).startswith(word(house, "plainly.again", line="").split("{")[0][:6])
    assert audience(house) == EVERYBODY


@pytest.mark.parametrize(("text", "key"), [
    ("字太小了", "plainly.letters_elsewhere"), ("字大一点", "plainly.letters_elsewhere"), ("念给我听", "plainly.read_out"),
    ("能不能读给我听", "plainly.read_out")])
def test_larger_letters_and_who_reads_them_out(house, text, key):
    say(house, button=f"faq:{SPOTTED}")
    assert say(house, text) == word(house, key)


def test_with_nothing_answered_the_short_words_send_nobody_to_themselves(house):
    say(house, "老年版")
    assert say(house, "看不懂") == word(house, "old.greeting.plain") and "老年版" not in say(house, "看不懂")


def test_the_question_of_a_filing_is_asked_again(house):
    say(house, builders.COMPLAINT)
    assert word(house, "filing.ask_facts") in say(house, "再说一遍")
    assert tickets(house)[0].facts == ""


def test_the_way_to_short_words_stands_beneath_the_first_answer_and_for_who_says_she_is_old(house):
    entry = house.knowledge.entries[SPOTTED]
    shorter = word(house, "ask.shorter")

    def labels(text):
        return [button.label for row in hear(house, text)[-1].buttons for button in row]

    assert shorter in labels(entry.question)
    assert shorter not in labels(house.knowledge.entries["acct-lost-debit-card"].question)
    say(house, button="plain")
    assert audience(house) == OLD


def test_it_is_no_answer_to_a_question_of_the_filing(house):
    say(house, builders.COMPLAINT)
    said = say(house, "用大白话说")
    assert said.startswith(word(house, "plainly.on")) and word(house, "old.filing.ask_facts") in said
    assert tickets(house)[0].facts == ""


def test_the_tip_of_today_is_told_when_asked_for(house):
    tips = [tip for one in house.knowledge.campaigns.values() for tip in one.tips]
    assert say(house, "今日提示") in tips


def test_the_old_are_told_what_to_do_in_short_and_the_steps_when_they_ask_for_the_whole(house):
    entry = house.knowledge.entries[SPOTTED]
    say(house, "老年版")
    brief = say(house, entry.question)
    assert entry.versions[OLD] in brief and entry.checked.isoformat() in brief and entry.steps[0] not in brief
    assert entry.steps[0] in say(house, button=f"faq:{SPOTTED}")
    say(house, "标准版")
    assert entry.answer in say(house, entry.question), "the same words once more are answered once more"


def test_a_filing_speaks_short_words_to_who_asked_for_them(house):
    say(house, "老年版")
    said = [say(house, builders.COMPLAINT), say(house, "昨天扣的"), say(house, "手机银行"), say(house, button="skip"),
            say(house, "姓李，下午打")]
    for reply, key in zip(said, ("ask_facts", "ask_branch", "ask_claim", "ask_contact", "remedies"), strict=True):
        assert word(house, f"old.filing.{key}") in reply and word(house, f"filing.{key}") not in reply
    (made,) = tickets(house)
    assert f"单号：{made.number}" in said[0] and "最晚" in said[0] and "15 日内" in said[-1]
    say(house, "标准版")
    assert word(house, "filing.appended", number=made.number) in say(house, "还扣了第二笔，也是年费")


def test_the_short_words_are_short_and_lose_no_day_number_or_way(house):
    texts = house.knowledge.wording.texts
    short = {key.removeprefix("old."): text for key, text in texts.items() if key.startswith("old.")}
    assert len(short) > 12
    for key, text in short.items():
        assert max(map(len, re.split("[。！？\n]", text))) <= 36, key
        assert house.knowledge.wording.fields[f"old.{key}"] == house.knowledge.wording.fields[key]
        assert set(re.findall(r"\d+", texts[key])) <= set(re.findall(r"\d+", text)), f"{key}: a day or a number is lost"


def test_in_an_alarm_too_she_reads_short_words(house):
    say(house, "老年版")
    said, guidance = say(house, "我正在被骗"), house.knowledge.emergencies["fraud_now"]
    assert said.startswith("\n".join((guidance.title, "", guidance.short[0])))
    assert all(line.replace("{hotline}", "") in said for line in guidance.short)
    assert "屏幕共享" not in said and word(house, "old.emergency.after") in said


def test_the_short_words_of_an_alarm_are_short_and_keep_its_calls():
    guided = [one for one in builders.knowledge().emergencies.values() if one.short]
    assert {"fraud_now", "fraud_gone", "fraud_code", "fraud_other", "stolen"} <= {one.kind for one in guided}
    for one in guided:
        whole, words = "".join(one.lines), "".join(one.short)
        assert len(words) < len(whole) and max(map(len, one.short)) <= 55, one.kind
        assert not re.search("挂失|止付|屏幕共享|口头|限制", words.replace("书面挂失", "")), one.kind
        assert all(number in words for number in ("110", "{hotline}") if number in whole), one.kind
        assert ("保证" in whole) <= ("说不准" in words) and not re.search("一定|保证|冻结", words), one.kind


def test_what_is_asked_on_is_answered_in_short_words_where_they_say_it(house):
    entry, followup = house.knowledge.entries["acct-loss-report"], house.knowledge.followups["bring"]
    short = following.line(followup, entry, entry.versions[OLD], brief=True)
    assert short and set(short.splitlines()) <= set(entry.versions[OLD].splitlines())
    assert short != following.line(followup, entry, entry.answer)


def test_the_days_of_a_right_and_the_questions_once_more_are_in_short_words_too(house):
    say(house, "老年版")
    say(house, button="faq:ins-deposit-became")
    said = say(house, "昨天签的")
    assert "看合同）" not in said and "今天是第 1 天。\n犹豫期有几天，从哪天算，看合同。" in said
    assert all(f"old.filing.again_{step}" in house.knowledge.wording for step in ("branch", "channel", "claim", "contact"))
