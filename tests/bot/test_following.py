"""What is said after an answer: questions that name no subject, how things stand with her, and words that nobody knows."""

import itertools
from dataclasses import replace
from datetime import timedelta

import msgspec
import numpy as np
import pytest
import time_machine

from bot.flows import filing, following, listening
from knowledge.tables import Followup
from nlp.retrieval import Candidate, Found
from nlp.talks import ACTS
from tests import builders
from tests.bot.test_asides import hear, say, tickets, word
from tickets.models import Gap, now

pytestmark = pytest.mark.words

HALF = 0.5


class Unsure(builders.WordFinder):
    """After an answer it finds the same entry, half surely; and no line of it tells anything."""

    sure = HALF

    def after(self, entry, text, **more):
        return Found(entry, "anti_fraud", self.sure, (Candidate(entry, "anti_fraud", self.sure),))


class Grieved:
    """Every message tells more, and perhaps blames somebody."""

    def shares(self, *_):
        return dict.fromkeys(ACTS, 0.0) | {"add": 0.7, "file": 0.3}


@pytest.fixture
def asked(store, tmp_path):
    return after_an_answer(store, tmp_path)


def after_an_answer(store, tmp_path):
    """A house whose visitor was answered a moment ago, by `just-transferred`."""
    finder = Unsure(builders.knowledge().entries.values())
    house = builders.house(store, tmp_path, read=replace(builders.understanding(), finder=finder, acts=builders.Doing("ask")))
    assert say(house, builders.QUESTION).startswith(house.knowledge.entries["just-transferred"].question)
    return house


@pytest.mark.parametrize(("text", "kind"), [
    ("那要带啥", "bring"), ("大概多久能好啊", "how_long"), ("要收钱吗", "cost"), ("我儿子替我去办行不", "proxy"),
    ("非得我本人去吗", "in_person"), ("在老家能办不能", "elsewhere"), ("手机上能弄不", "online"), ("去哪办啊", "where"),
    ("那我找谁说", "whom"), ("电话多少", "phone"),
    ("社保局电话多少", "phone_of_others"), ("公积金中心打哪个号", "phone_of_others"), ("派出所的电话给我一个", "phone_of_others"),
    ("那谁赔我", "get_back"), ("要是查出来不是你们的钱呢", "refused"),
    ("几点下班呀", "hours"), ("会上征信吗", "credit_record"), ("不交会怎么样", "what_if_not"), ("他要是不认咋办", "refused"),
    ("没有合同了怎么办", "proof"), ("起诉去哪个法院", "court"), ("钱能要回来不", "get_back"), ("我会坐牢吗", "blame"),
    ("还来得及吗", "in_time"), ("那利息咋算", "interest"), ("我没干啥违法的啊", "blame"), ("能不收吗", "cost"),
    ("你说的是真的吗", "sure"), ("一天最多能取多少", "limit"), ("去哪投诉", "complain")])
def test_a_question_without_a_subject_is_known_by_its_words(text, kind):
    knowledge = builders.knowledge()
    found = following.asked(text, knowledge.followups)
    assert found is not None and found.kind == kind and following.bare(text, found)


@pytest.mark.parametrize("text", [
    "信用卡年费多少钱一年我没刷够次数能不能免掉", "我上个月刚开过白内障", "柜员态度不好", "银行卡被冻结了怎么办"])
def test_what_names_its_subject_or_asks_nothing_is_no_such_question(text):
    found = following.asked(text, builders.knowledge().followups)
    assert found is None or not following.bare(text, found)


@pytest.mark.parametrize("text", ["他能不收吗", "柜员能不收吗", "他们可以不收吗", "人家能不收么"])
def test_whether_somebody_may_refuse_to_take_it_is_no_question_of_the_price(text):
    found = following.asked(text, builders.knowledge().followups)
    assert found is None or found.kind != "cost"


def test_who_has_done_nothing_wrong_is_told_that_being_limited_is_no_verdict(asked):
    entry = replace_entry(asked, steps=("带身份证到网点。", "被限制不等于认定您违法。"))
    assert following.line(asked.knowledge.followups["blame"], entry, entry.answer) == "被限制不等于认定您违法。"


@pytest.mark.parametrize("text", ["公安打电话叫我转钱", "法院给我打电话是真的吗", "他们把电话打到我单位", "你们电话多少"])
def test_no_other_office_is_heard_where_it_is_not_asked_for_its_number(text):
    found = following.asked(text, builders.knowledge().followups)
    assert found is None or found.kind != "phone_of_others"


def test_it_is_answered_of_what_was_answered_once_for_each_kind(asked):
    bring, entry = asked.knowledge.followups["bring"], asked.knowledge.entries["just-transferred"]
    assert say(asked, "那要带啥吗") == following.line(bring, entry, entry.answer)
    assert say(asked, "电话多少呢") != following.line(bring, entry, entry.answer)
    assert say(asked, "要带啥材料呢") == word(asked, "ask.beside")
    with time_machine.travel(now() + timedelta(hours=2)):
        assert say(asked, "那要带啥吗") not in (following.line(bring, entry, entry.answer), word(asked, "ask.hand_over_again"))


def test_what_the_answer_says_comes_before_what_may_be_said_of_its_theme(asked):
    entry = replace_entry(asked, steps=("带身份证到网点。", "等消息。"))
    kind = Followup("bring", ("带",), ("带.*证",), "一般这样。", {entry.theme: "这一类这样。"})
    assert following.line(kind, entry, entry.answer) == "带身份证到网点。"
    kept = replace_entry(asked, steps=("等消息。",), more=("家里人带两个人的证去。",), answer="不用怕。")
    assert following.line(kind, kept, kept.answer) == "家里人带两个人的证去。"
    silent = replace_entry(asked, steps=("等消息。",), more=(), answer="不用怕。")
    assert following.line(kind, silent, silent.answer) == "这一类这样。"
    assert following.line(kind, None) == "一般这样。" and following.line(Followup("how", ("怎么",), (), "先{first}"), None) == ""
    assert following.line(Followup("how", ("怎么",), (), "先{first}"), silent, silent.answer) == "先等消息。"


@pytest.mark.parametrize(("kind", "entry", "told"), [
    ("phone_of_others", "em-pension-not-arrived", "没有核对过"), ("phone_of_others", None, "没有核对过"),
    ("what_if_not", "cr-identity-loan-record", "不必先替人还"), ("what_if_not", "loan-identity-fraud", "不必先替人还"),
    ("how_long", "aml-id-expired", "派出所"), ("proof", "fake-cash-left-counter", "没有小票也能查"),
    ("refused", "fake-cash-left-counter", "不让申请鉴定"), ("get_back", "fake-cash-left-counter", "要看核查结果")])
def test_the_entry_tells_what_is_asked_on_of_it(kind, entry, told):
    knowledge = builders.knowledge()
    one = knowledge.entries[entry] if entry else None
    assert told in following.line(knowledge.followups[kind], one, one.answer if one else "").splitlines()[0]


def test_who_asks_how_is_not_sent_to_the_family_over_a_limit():
    knowledge = builders.knowledge()
    for slug in ("acct-limit-shop", "acct-limit-low", "fraud-limit-appeal"):
        entry = knowledge.entries[slug]
        assert "家里人" not in following.line(knowledge.followups["how"], entry, entry.answer)


def replace_entry(house, **fields):
    return msgspec.structs.replace(house.knowledge.entries["just-transferred"], **fields)


def test_an_entry_that_surely_answers_comes_first(asked):
    finder = asked.intake.understanding.finder
    finder.after = lambda entry, text, **more: Found("di-limit", "deposit_insurance", 0.95, (
        Candidate("di-limit", "deposit_insurance", 0.9),))
    assert say(asked, "要收钱吗").startswith(asked.knowledge.entries["di-limit"].question)


@pytest.mark.parametrize(("text", "felt"), [
    ("唉，她走得太突然了", "grief"), ("我手抖得厉害", "fear"), ("我走了八里路来的", "weary"), ("都怪我自己", "shame"),
    ("那是我的救命钱", "hardship"), ("真是太欺负人了", "anger"), ("就在东门那个网点", None)])
def test_who_says_how_she_feels_is_heard_first(asked, text, felt):
    assert listening.feeling(text) == felt
    asked.intake.understanding = replace(asked.intake.understanding, acts=builders.Doing("add"))
    words = say(asked, text)
    if felt:
        assert words == word(asked, f"feeling.{felt}")
    assert not tickets(asked)


def test_who_goes_on_telling_is_not_told_the_same_twice_and_may_hand_it_over(asked):
    asked.intake.understanding = replace(asked.intake.understanding, acts=builders.Doing("add"))
    said = [say(asked, text) for text in ("昨天的事情", "就在东门那个网点办的业务", "我儿子也在场的他看见了", "刚才")]
    assert said[0] == word(asked, "listening.go_on")
    assert all(one != other for one, other in itertools.pairwise(said))
    say(asked, button="human")
    assert all(part in tickets(asked)[-1].summary for part in ("东门", "看见了"))


def test_a_word_that_nobody_explained_is_said_to_be_unknown_and_kept_for_the_office(asked):
    assert say(asked, "什么是雪球敲入") == word(asked, "lookup.unknown", term="雪球敲入")
    with asked.store.read() as session:
        assert [gap.text for gap in session.query(Gap)] == ["什么是雪球敲入"]


def test_a_question_handed_over_is_kept_for_the_office_too(asked):
    hear(asked, "她那本折子上的名字写得对不对呢")
    with asked.store.read() as session:
        assert [gap.text for gap in session.query(Gap)] == ["她那本折子上的名字写得对不对呢"]


def test_after_a_complaint_it_is_asked_of_what_her_ticket_is_about(store, tmp_path):
    class Aware(Unsure):
        def ask(self, text, **more):
            if text == builders.COMPLAINT:
                return Found(None, "anti_fraud", HALF, (Candidate("just-transferred", "anti_fraud", 0.9),))
            return super().ask(text, **more)

    finder = Aware(builders.knowledge().entries.values())
    house = builders.house(store, tmp_path, read=replace(builders.understanding(), finder=finder))
    say(house, builders.COMPLAINT)
    house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing("ask"))
    entry, made = house.knowledge.entries["just-transferred"], tickets(house)[0]
    line = following.line(house.knowledge.followups["bring"], entry, entry.answer)
    words = say(house, "那要带啥吗")
    assert words.startswith(word(house, "ask.follow_filed", line=line, number=made.number, due=filing.day(made.due_at)))
    assert words.endswith(word(house, "filing.ask_branch")), "another question, never the same one twice in a row"
    assert tickets(house)[0].facts == ""


@pytest.mark.parametrize("text", ["不是转账，我问的是存款限额", "是存款限额，不是转账"])
@pytest.mark.parametrize(("found", "told"), [("di-limit", "di-limit"), (None, "")])
def test_who_says_that_the_answer_was_about_something_else_is_answered_anew(asked, found, told, text):
    finder = asked.intake.understanding.finder
    after = finder.after
    finder.after = lambda entry, text, **more: (
        Found(found, "deposit_insurance", 0.9, (Candidate("di-limit", "deposit_insurance", 0.9),)) if text == "存款限额"
        else after(entry, text, **more))
    words = say(asked, text)
    assert words.startswith(word(asked, "ask.misheard"))
    assert (asked.knowledge.entries[told].question if told else word(asked, "ask.near")) in words


def test_what_was_told_before_becomes_the_complaint_and_is_not_asked_for_again(asked):
    asked.intake.understanding = replace(asked.intake.understanding, acts=builders.Doing("add"))
    say(asked, "就在西门那个取款机")
    say(asked, "我要投诉你们")
    assert "西门那个取款机" in tickets(asked)[0].summary


def test_what_the_answer_says_of_what_she_tells_is_said_once_more_and_else_what_she_may_want_to_read(asked):
    finder = asked.intake.understanding.finder
    line = "超过约定日子才去的，多出来的几天另算。"
    finder.lines = lambda entry, text: ([line], np.array([0.7, 0.3] if "日子" in text else [0.3, 0.7]))
    assert say(asked, "我是过了日子才去的") == line
    reply = hear(asked, "是我爱人陪着去的，我那天自己正好在外地")[-1]
    related = asked.knowledge.entries["just-transferred"].related
    assert reply.text == word(asked, "listening.which")
    assert [button.data for row in reply.buttons for button in row][:1] == [f"faq:{related[0]}"]
    assert sum(map(len, reply.buttons)) <= listening.BUTTONS


def test_a_question_about_a_line_that_was_quoted_is_answered_with_it_again_but_not_a_third_time(asked):
    line = "从还清的那一天往后数，到期就应当删掉。"
    asked.intake.understanding.finder.lines = lambda entry, text: ([line], np.array([0.7, 0.3]))
    said = [say(asked, text) for text in ("是去年十月的事情了", "从申请那天算还是从批下来那天算", "到底从哪一天数起的呢")]
    assert said == [line, line, word(asked, "ask.beside")]


def test_it_is_searched_for_with_all_that_she_said_of_the_matter(asked):
    told = []

    def after(entry, text, *, said="", **more):
        told.append(said)
        return Found(entry, "anti_fraud", HALF, (Candidate(entry, "anti_fraud", HALF),))

    asked.intake.understanding.finder.after = after
    for text in ("是我爱人陪着去的", "那天还下着雨呢", "她那本折子上的名字写得对不对呢"):
        say(asked, text)
    first = f"{builders.QUESTION}，是我爱人陪着去的"
    assert set(told) == {builders.QUESTION, first, f"{first}，那天还下着雨呢"}


@pytest.mark.parametrize("text", ["你们电话是多少", "该打哪个电话呀", "客服热线多少", "那我给谁打电话"])
def test_the_banks_own_number_comes_first(store, tmp_path, text):
    asking = replace(builders.understanding(), acts=builders.Doing("ask"))
    house = builders.house(store, tmp_path, read=asking, bank_hotline="0571-96000")
    general = house.knowledge.followups["phone"].general
    assert say(house, text) == f"{word(house, 'ask.number', hotline='0571-96000')}\n{general}"
    unset = builders.house(store, tmp_path, read=house.intake.understanding)
    assert "卡背面" in say(unset, text) and not tickets(unset)


@pytest.mark.parametrize(("text", "hinted"), [("客户的投诉几天内要报给上级", True), ("我的投诉几天内有人管", False)])
def test_who_asks_as_the_office_does_hears_that_staff_see_more_once_signed_in(store, tmp_path, text, hinted):
    class Staffed(builders.WordFinder):
        def ask(self, text, *, staff=False, **more):
            if not staff:
                return super().ask(text, **more)
            slug, theme = "cp-staff-deadline", "complaint_process"
            return Found(slug, theme, 0.99, (Candidate(slug, theme, 0.9),))

    models = replace(builders.understanding(), finder=Staffed(builders.knowledge().entries.values()), acts=builders.Doing("ask"))
    house = builders.house(store, tmp_path, read=models)
    assert (word(house, "ask.for_staff") in say(house, text)) == hinted
    assert word(house, "ask.for_staff") not in say(house, text), "said once"


def test_who_touched_nothing_after_an_answer_about_a_swindle_is_told_so(asked):
    assert say(asked, "我没点 我删了") == word(asked, "scam.untouched")


@pytest.mark.parametrize(("text", "kind"), [
    ("图片咋发给你们", "send_file"), ("微信截图我有，发给谁", "send_file"),
    ("材料从哪里上传呀", "send_file"), ("一定要留电话号码吗", "leave_number"),
    ("我手机尾号要不要报", "leave_number"), ("这个可以一块投诉不", "together"),
    ("要是后来自己到账了要不要跟你们说一声", "settled_itself"),
    ("那天电话里有没有录音啊", "recording")])
def test_what_is_asked_of_the_complaint_itself_is_told_where_there_is_one(store, tmp_path, text, kind):
    house = builders.house(store, tmp_path)
    say(house, builders.COMPLAINT)
    say(house, button="done")
    house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing("ask"))
    assert say(house, text).startswith(house.knowledge.followups[kind].general)


def test_how_many_months_come_back_is_no_question_of_how_long():
    found = following.asked("能退几个月的", builders.knowledge().followups)
    assert found is None or found.kind != "how_long"


def test_then_what_gets_the_step_after_the_one_that_she_says_is_done(asked):
    steps = asked.knowledge.entries["just-transferred"].steps
    assert say(asked, "这个弄好了，然后呢") == word(asked, "ask.next_step", step=steps[1])
    for step in steps[2:]:
        assert say(asked, "接下来呢") == word(asked, "ask.next_step", step=step)
    assert say(asked, "然后呢") == word(asked, "ask.steps_done")


@pytest.mark.parametrize(("text", "filed"), [
    ("好，那就这么办", True), ("行吧，登记", True), ("嗯，我晓得了", False), ("行，我记到起了", False)])
def test_a_yes_right_after_a_ticket_was_held_out_files_it_and_else_it_is_a_goodbye(asked, text, filed):
    asked.intake.understanding = replace(asked.intake.understanding, acts=Grieved())
    for told in ("就在东门那个网点办的业务", "我儿子也在场的他看见了", "那天还下着雨呢"):
        last = say(asked, told)
    assert last == word(asked, "listening.kept_3") and not tickets(asked)
    words = say(asked, text)
    assert bool(tickets(asked)) == filed and (filed or words == word(asked, "greeting.fine"))


def test_without_an_offer_an_agreement_is_a_goodbye(asked):
    assert say(asked, "好，那就这么办") == word(asked, "greeting.fine") and not tickets(asked)


def test_few_words_that_tell_are_noted_with_two_buttons_and_none_for_what_they_deny(asked):
    asked.intake.understanding = replace(asked.intake.understanding, acts=builders.Doing("add"))
    finder = asked.intake.understanding.finder
    finder.lines = lambda entry, text: ([], np.array([]))
    for text in ("就是消费贷也有八千", "我不是被骗哈"):
        reply = hear(asked, text)[-1]
        assert reply.text != word(asked, "listening.which") and sum(map(len, reply.buttons)) <= 2
        assert "骗" not in text or [button.data for row in reply.buttons for button in row] == ["human"]


@pytest.mark.parametrize(("text", "grieves"), [
    ("我爹走了 存折咋取", True), ("我外婆去世了", True), ("我妈卡里的钱没了", False), ("我妈的存折没了", False)])
def test_who_has_lost_somebody_is_heard_and_not_who_has_lost_money(text, grieves):
    assert (listening.feeling(text) == "grief") == grieves


@pytest.mark.parametrize("text", ["那个小姑娘早就不在了", "小哥不在了换了个人", "那姑娘走了"])
def test_a_clerk_who_left_is_not_mourned(text):
    assert listening.feeling(text) != "grief"


def test_the_answer_to_who_has_lost_somebody_begins_with_a_word_for_it(store, tmp_path):
    house = builders.house(store, tmp_path, read=replace(builders.understanding(), acts=builders.Doing("ask")))
    entry = house.knowledge.entries["acct-inherit"]
    assert word(house, "feeling.grief") in hear(house, f"我爹走了，{entry.question}")[0].text
    assert word(house, "feeling.grief") not in hear(house, entry.question)[0].text


def test_who_cannot_use_a_mobile_asks_about_no_number_of_hers():
    asked = following.asked("不会用手机 要本人去不", builders.knowledge().followups)
    assert asked is None or asked.kind != "leave_number"
