"""Which line of an answer is said to who asks on or tells more, and what of a theme's line fits an entry."""

import pytest

from bot.flows import following, quoting, slots
from nlp.retrieval import _whole
from tests import builders
from tests.bot.test_asides import say, tickets, word
from tests.bot.test_following import after_an_answer

LINES = [("先问清还有几天才算满期，再定取不取。", 0.5), ("满期前先拿走的那一半，只给活期的利息。", 0.42)]


@pytest.fixture
def asked(store, tmp_path):
    return after_an_answer(store, tmp_path)


def lined(house, lines):
    house.intake.understanding.finder.lines = lambda entry, text, **more: lines


def test_the_line_that_shares_her_words_comes_before_one_that_is_only_nearer(asked):
    lined(asked, LINES)
    assert say(asked, "拿走一半的话就成活期了吗") == LINES[1][0]


def test_a_line_that_shares_nothing_with_her_is_not_said_unless_it_is_very_near(asked):
    lined(asked, [("以后取现当面过机点清楚，再离开柜台。", 0.5)])
    assert say(asked, "那俺咋说得明白呀") == word(asked, "ask.beside")
    lined(asked, [("以后取现当面过机点清楚，再离开柜台。", 0.7)])
    assert say(asked, "那俺咋说得清爽呀") == "以后取现当面过机点清楚，再离开柜台。"


def test_a_line_that_only_repeats_her_question_tells_her_nothing(asked):
    lined(asked, [("先问能不能只取走一部分出来。", 0.8), LINES[1]])
    assert say(asked, "能不能只取走一部分出来，活期咋算") == LINES[1][0]


def test_what_is_shared_beside_the_subject_counts_and_the_subject_does_not():
    assert quoting.shared("冠字号码在哪看", "看冠字号码", beside="假币") > (0, 0)
    assert quoting.shared("假币咋看", "假币收缴", beside="假币收缴") == (0, 0)


def test_related_questions_are_held_out_once_and_then_a_colleague(asked):
    first, second = say(asked, "那俺咋说得明白呀"), say(asked, "俺还是弄不清爽，会不会白跑嘛")
    assert first == word(asked, "ask.beside") and second == word(asked, "ask.hand_over_again")


@pytest.mark.parametrize(("entry", "kind", "absent"), [
    ("acct-inherit", "elsewhere", "挂失"), ("pay-cash-refused", "blame", "转错"), ("acct-bedridden", "refused", "充值")])
def test_a_themes_line_names_no_business_of_another_entry(entry, kind, absent):
    knowledge = builders.knowledge()
    held = knowledge.entries[entry]
    assert absent not in following.line(knowledge.followups[kind], held, held.answer)


@pytest.mark.parametrize("text", ["我要投诉交通银行", "我想投诉建行", "要投诉邮储"])
def test_a_bank_alone_is_no_matter_yet(asked, text):
    before = len(tickets(asked))
    asked.intake.understanding.finder.lines = lambda *_, **__: []
    say(asked, button="complain")
    assert len(tickets(asked)) == before and say(asked, text)


def test_a_branch_is_kept_until_she_says_what_happened_there(store, tmp_path):
    house = builders.house(store, tmp_path)
    say(house, "我要投诉")
    assert say(house, "交通银行西门支行") == word(house, "filing.where_first", where="交通银行西门支行") and not tickets(house)
    say(house, builders.COMPLAINT)
    (made,) = tickets(house)
    assert made.summary == builders.COMPLAINT and made.branch_named == "交通银行西门支行"


def test_what_she_cannot_use_is_no_place_and_what_she_wants_to_draw_no_wish():
    assert slots.known_place("手机银行不会弄") is None and slots.known_place("手机银行扣的") == "手机银行"
    assert not slots.fits("claim", "我就想取点养老钱") and slots.fits("claim", "我想退钱")
    assert not slots.fits("contact", "上个礼拜的事")


@pytest.mark.parametrize(("text", "denied"), [
    ("不是骗 就是输错一位账号", ["骗"]), ("没人骗我", ["骗"]), ("我没填也没转", ["填", "转"]), ("卡没丢", ["丢"]), ("没到账", [])])
def test_what_she_denies_is_known(text, denied):
    assert quoting.DENIED.findall(text) == denied


def test_a_line_that_leans_on_the_one_before_is_joined_to_it():
    joined = _whole(["亏了由自己担。", "但没讲清的，可以投诉。", "", "还清再说。"])
    assert joined == ["亏了由自己担。但没讲清的，可以投诉。", "还清再说。"]
