"""False alarms that no longer ring, plain ways out of an alarm, and what comes after the report to the police."""

from dataclasses import replace

import pytest

from bot.flows import alarm_steps, in_alarm, reported
from nlp.text import normalise
from tests import builders
from tests.bot.test_alarm_pieces import levels, reader, say, title, word

ALARM = "骗子正在骗我，让我转到安全账户"
REPORTED = "骗子骗了我三万，打过110了，笔录也做了"


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path, read=replace(builders.understanding(), reader=reader()))


@pytest.mark.parametrize(("text", "knows"), [
    ("被骗了3万 已经打过110了 现在还要干啥", True), ("我钱都转完了 卡也挂失了 笔录也做了", True), ("警察立案了 我还要做什么", True),
    ("昨天被骗两万，已经报警了，接下来怎么办", True), ("我妈被骗5万 报过案了 后面咋弄", True), ("110打了 卡也停了 还差啥", True),
    ("被骗了3万 要不要报警", False), ("被骗3万 还没报警", False), ("我报警了有用吗", False), ("报警了他还在让我转", False),
    ("刚报了警 他又打来叫我交保证金", False), ("他说他报警了要抓我", False), ("报警了吗", False), ("没做笔录", False)])
def test_whether_the_police_know_and_it_is_over(text, knows):
    plain = normalise(text)
    told = reported.REPORTED.search(plain) or reported.STATEMENT.search(plain)
    assert bool(told and not reported.GOES_ON.search(plain)) == knows


def test_who_has_reported_it_first_hears_what_comes_after(house):
    words = say(house, REPORTED)
    assert words.startswith(title(house, "fraud_reported")) and levels(house) == ["I"]
    assert title(house, "fraud_gone") not in say(house, "钱没了咋还房贷")
    assert say(house, "我刚又转了五千").startswith(title(house, "fraud_gone"))


def test_who_reported_it_yesterday_and_asks_what_is_left_gets_that_too(house):
    assert say(house, "昨天遭骗了两万，已经报警了，接下来怎么办").startswith(title(house, "fraud_reported"))


@pytest.mark.parametrize(("text", "name"), [
    ("那我会坐牢吗 我真不知道他拿去干啥", "jail"), ("转账记录微信的删了一半咋办", "deleted"),
    ("聊天记录我清空了还能报警吗", "deleted"),
    ("截图不小心删掉了", "deleted"), ("他让我把聊天记录删了", None), ("我把他删了", None),
    ("那我手机上的借钱软件他会不会拿去贷款", "his_loan"), ("我怕他用我名字贷款 咋查", "his_loan"),
    ("有没有人拿我身份证办网贷", "his_loan"), ("骗子会不会用我信息借钱", "his_loan"), ("他让我拿身份证去贷款", "borrow"),
    ("能不能先贷点款给他", "borrow"), ("他叫我用我名字贷款", None),
    ("做完笔录了 警察让我等", "after_statement"), ("笔录也做了 接下来呢", "after_statement"), ("笔录还没做", None),
    ("那我手机咋弄 要不要刷机", "phone"), ("会议软件删了就行了不", "phone"), ("手机被他控制了", "cut")])
def test_no_single_word_picks_the_paragraph(text, name):
    assert in_alarm.answer(text) == name


def test_who_lent_his_card_and_asks_of_prison_is_not_told_that_he_is_threatened(house):
    say(house, "我把银行卡借给了网友，他说给我五百，有人正在用来骗人")
    assert word(house, "in_alarm.jail") in say(house, "那我会坐牢吗 我真不知道他拿去干啥")
    assert word(house, "in_alarm.go") in say(house, "我是问我自己会不会坐牢"), "and not the same once more"


def test_what_stands_right_above_is_not_said_again(house):
    say(house, ALARM)
    assert word(house, "in_alarm.police") in say(house, "警察来了，在做笔录")
    assert word(house, "in_alarm.after_statement") in say(house, "做完笔录了 警察让我等 你们那单子还管不")
    assert word(house, "in_alarm.receipt") in say(house, "笔录也做完了")


def test_every_sentence_said_instead_is_there(house):
    for name in (*alarm_steps.TOLD, *alarm_steps.TOLD.values()):
        assert house.knowledge.wording(f"in_alarm.{name}", hotline="")
