"""Which line of an answer is said to who asks on or tells more, and what of a theme's line fits an entry."""

from dataclasses import replace

import numpy as np
import pytest

from bot.flows import following, quoting, slots, sought
from bot.flows.quoting import PERHAPS, PLAINLY, SURELY
from nlp.finder_lines import chosen, shared
from nlp.retrieval import Candidate, Found, _whole
from tests import builders
from tests.bot.test_asides import hear, say, tickets, word
from tests.bot.test_following import after_an_answer

pytestmark = pytest.mark.words

LINES = ["先问清还有几天才算满期，再定取不取。", "满期前先拿走的那一半，只给活期的利息。", "到期日写在存单正面右下角。"]


@pytest.fixture
def asked(store, tmp_path):
    return after_an_answer(store, tmp_path)


def lined(house, *shares, lines=LINES):
    """The base's lines for whatever is asked on, each so likely to tell it; the rest is the chance that none does."""
    house.intake.understanding.finder.lines = lambda entry, text: (list(lines), np.array([*shares, 1 - sum(shares)]))


def test_the_line_that_surely_tells_it_is_said_alone(asked):
    lined(asked, 0.2, 0.7, 0.05)
    assert say(asked, "拿走一半的话就成活期了吗") == LINES[1]


def test_two_lines_of_which_one_surely_tells_it_are_said_in_their_order(asked):
    lined(asked, 0.3, 0.4, 0.2)
    assert say(asked, "拿走一半的话就成活期了吗") == f"{LINES[0]}\n{LINES[1]}"


def test_where_no_line_tells_it_none_is_said(asked):
    lined(asked, 0.2, 0.2, 0.05)
    assert say(asked, "那俺咋说得明白呀") == word(asked, "ask.beside")


def test_a_line_that_only_repeats_her_question_tells_her_nothing(asked):
    lined(asked, 0.1, 0.65, 0.2, lines=[LINES[0], "先问能不能只取走一部分出来。", LINES[2]])
    assert say(asked, "能不能只取走一部分出来，活期咋算") == word(asked, "ask.beside")


def test_a_line_that_is_too_brief_alone_comes_with_the_next(asked):
    lined(asked, 0.8, 0.1, 0.05, lines=["不行。", *LINES[1:]])
    assert say(asked, "今天先拿一半走成不") == f"不行。\n{LINES[1]}"


def test_a_line_is_quoted_twice_and_then_another_or_none(asked):
    lined(asked, 0.9, 0.02, 0.02)
    said = [say(asked, text) for text in ("今天先拿一半走成不", "先拿一半走到底成不", "先拿一半走嘛成不成")]
    assert said[:2] == [LINES[0]] * 2 and said[2] != LINES[0]


@pytest.mark.parametrize(("shares", "bar", "picked"), [
    ((0.6, 0.3, 0.1), SURELY, [0]), ((0.3, 0.35, 0.35), SURELY, [1, 0]), ((0.3, 0.2, 0.5), SURELY, []), ((0.8, 0.2), SURELY, [0]),
    ((0.4, 0.6), SURELY, []), ((1.0,), SURELY, []), ((0.55, 0.1, 0.35), PERHAPS, [0]), ((0.55, 0.1, 0.35), SURELY, [0, 1]),
    ((0.55, 0.1, 0.35), PLAINLY, [])])
def test_so_likely_a_line_must_be_to_be_said(shares, bar, picked):
    assert chosen(np.array(shares), bar) == picked


def test_what_is_shared_beside_the_subject_counts_and_the_subject_does_not():
    assert shared("冠字号码在哪看", "看冠字号码", beside="假币") > (0, 0)
    assert shared("假币咋看", "假币收缴", beside="假币收缴") == (0, 0)


def test_related_questions_are_held_out_once_and_then_a_colleague(asked):
    first, second = say(asked, "那俺咋说得明白呀"), say(asked, "俺还是弄不清爽，会不会白跑嘛")
    assert first == word(asked, "ask.beside") and second == word(asked, "ask.hand_over_again")


@pytest.mark.parametrize(("entry", "kind", "absent"), [
    ("acct-inherit", "elsewhere", "挂失"), ("acct-inherit", "where", "冻"), ("acct-inherit", "whom", "冻"),
    ("pay-cash-refused", "blame", "转错"), ("acct-bedridden", "refused", "充值")])
def test_a_themes_line_names_no_business_of_another_entry(entry, kind, absent):
    knowledge = builders.knowledge()
    held = knowledge.entries[entry]
    assert absent not in following.line(knowledge.followups[kind], held, held.answer)


@pytest.mark.parametrize("text", ["我要投诉交通银行", "我想投诉建行", "要投诉邮储"])
def test_a_bank_alone_is_no_matter_yet(asked, text):
    before = len(tickets(asked))
    asked.intake.understanding.finder.lines = lambda *_: ([], np.ones(1))
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
    assert [slots.known_place(text) for text in ("要投诉城西支行", "投诉工商银行城西支行", "我去了城西支行")] == ["城西支行"] * 3
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


def test_the_only_entry_that_may_be_meant_is_held_out_with_its_short_answer(store, tmp_path):
    class Lone(builders.WordFinder):
        def ask(self, text, **more):
            return Found(None, "deposit_insurance", 0.05, (Candidate("di-limit", "deposit_insurance", 0.95),))

    models = replace(builders.understanding(), finder=Lone(builders.knowledge().entries.values()), acts=builders.Doing("ask"))
    house = builders.house(store, tmp_path, read=models)
    entry = house.knowledge.entries["di-limit"]
    assert say(house, "钱放一家怕不怕") == word(house, "ask.near_one", question=entry.question, answer=entry.answer)


def test_who_was_just_asked_what_she_means_gets_a_line_only_where_it_is_certain(asked):
    two_are_near(asked, "di-limit", "di-over-limit")
    lined(asked, 0.1, 0.3, 0.05)
    assert say(asked, "放八十万怕不怕呀") == word(asked, "ask.near")
    del asked.intake.understanding.finder.after
    lined(asked, 0.1, 0.8, 0.05)
    assert LINES[1] not in say(asked, "银行把它收走了")
    lined(asked, 0.05, 0.9, 0.02)
    assert LINES[1] in say(asked, "银行把那张收走了")


def two_are_near(house, *near):
    """Of what is asked on these two entries may be meant, and neither surely."""
    house.intake.understanding.finder.after = lambda entry, text, **more: Found(
        None, "deposit_insurance", 0.1, tuple(Candidate(one, "deposit_insurance", 0.4) for one in near))


def test_where_no_entry_is_surely_meant_the_nearest_line_is_said_as_no_more_than_that(asked):
    two_are_near(asked, "di-limit", "di-over-limit")
    lined(asked, 0.1, 0.7, 0.05)
    question = asked.knowledge.entries["di-limit"].question
    headed = word(asked, "ask.brief", question=question, line=LINES[1])
    (reply,) = hear(asked, "放八十万怕不怕呀")
    assert reply.text == word(asked, "ask.perhaps", line=headed)
    assert reply.buttons[0][0].data == "faq:di-limit" and reply.buttons[-1][0].data == "human"


def test_another_entry_amid_a_talk_is_told_by_its_short_answer_and_the_line_that_likely_tells(asked):
    asked.intake.understanding.finder.after = lambda entry, text, **more: Found("di-limit", "deposit_insurance", 0.7, (
        Candidate("di-limit", "deposit_insurance", 0.9), Candidate("di-over-limit", "deposit_insurance", 0.1)))
    entry = asked.knowledge.entries["di-limit"]
    lined(asked, 0.1, 0.55, 0.05)
    (reply,) = hear(asked, "我想问问钱放一家怕不怕")
    assert reply.text == f"「{entry.question}」\n{entry.answer}\n{LINES[1]}" and reply.buttons[0][0].data == "faq:di-limit"
    lined(asked, 0.55, 0.1, 0.05, lines=[entry.answer[:12], *LINES[1:]])
    assert say(asked, button="faq:just-transferred") and say(asked, "那我八十万都放一家怕不怕嘛") != reply.text


def test_who_tells_how_things_stand_hears_the_nearest_line_of_her_matter(asked):
    two_are_near(asked, "just-transferred", "di-limit")
    lined(asked, 0.1, 0.55, 0.05)
    assert LINES[1] in say(asked, "单子压在老家柜子底下了")
    lined(asked, 0.1, 0.05, 0.3)
    assert LINES[2] not in say(asked, "单子一直压在老家柜子底下")


AGES = "不满 8 周岁的，钱可以要回；8 周岁以上的大额付款，要大人同意。"


@pytest.mark.parametrize(("text", "said"), [
    ("他才九岁", "8 周岁以上的大额付款，要大人同意。"), ("娃7岁", "不满 8 周岁的，钱可以要回。"), ("孩子还小", AGES),
])
def test_of_several_ages_the_one_that_she_names_is_told(text, said):
    assert quoting.of_age(text, AGES) == said and quoting.of_age(text, "10 天以内。") == "10 天以内。"


@pytest.mark.parametrize(("text", "asks"), [
    ("随时能停吧", True), ("不会上征信吧", True), ("还是算了吧", False), ("那就等吧", False), ("多久能好", True)])
def test_a_question_is_known_by_its_form(text, asks):
    assert (sought.FORM.search(text) is not None) == asks
