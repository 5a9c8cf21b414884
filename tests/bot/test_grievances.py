"""What is surely a grievance is filed at once, a greeting is heard; her words decide the field; few buttons are shown."""

from dataclasses import replace
from unittest import mock

import pytest
from sqlalchemy import select

from bot.flows import filing, matters, meanwhile, slots, sought
from bot.messages import MOST, Button, Reply, thinned
from nlp.retrieval import Candidate, Found
from nlp.talks import ACTS
from tests import builders
from tests.bot.test_asides import hear, say, tickets, word
from tests.bot.test_while_open import Kinds, confirm, doing
from tickets.models import Gap, Ticket

pytestmark = pytest.mark.words


class Leaning:
    """Takes every message for a grievance, so surely."""

    def __init__(self, sure):
        self.sure = sure

    def shares(self, *_):
        return dict.fromkeys(ACTS, 0.0) | {"file": self.sure, "small": 1 - self.sure}


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path, read=replace(builders.understanding(), reader=Kinds()))


@pytest.mark.parametrize(("text", "intent", "sure", "filed"), [
    ("小姑娘好，我耳朵背，孩子教我点开的", "chat", 0.9, False), ("我这人手笨，字也认不全", "chat", 0.55, False),
    ("你们柜员把我撵出来了", "chat", 0.55, True), ("存折上少了八百", "complaint", 0.9, True)])
def test_a_greeting_is_heard_and_a_ticket_held_out(store, tmp_path, text, intent, sure, filed):
    reader = builders.Taking(intent=intent, category="OTHER", category_top3=("OTHER",), cause="SERVICE")
    made = builders.house(store, tmp_path, read=replace(builders.understanding(), reader=reader, acts=Leaning(sure)))
    replies = hear(made, text)
    assert bool(tickets(made)) == filed
    assert filed or [button.data for reply in replies for row in reply.buttons for button in row].count("file") >= 1


def test_after_an_answer_what_blames_nobody_is_filed_only_where_it_surely_is_one(house):
    say(house, builders.QUESTION)
    house.intake.understanding = replace(house.intake.understanding, acts=Leaning(0.58))
    with mock.patch.object(sought, "surely", lambda _: True):
        say(house, "那会儿也没人跟我讲要转存")
    assert not tickets(house)
    say(house, "你们柜台没跟我讲要转存")
    assert len(tickets(house)) == 1


@pytest.mark.parametrize(("step", "text", "into"), [
    ("branch", "签字那页是她握着我手机点的", "facts"), ("contact", "诉求就是按原来的利率算", "claim"),
    ("claim", "姓刘，晚上六点以后打我", "contact"), ("contact", "姓王的经理打电话骂我", "facts"),
    ("contact", "是180不是200", "facts")])
def test_her_words_decide_the_field_and_not_the_question(step, text, into):
    later = {"branch": ["claim", "contact"], "claim": ["contact"], "contact": ["claim"]}[step]
    assert slots.told(step, later, text) == {into: text}


def test_the_number_of_who_calls_in_a_debt_is_not_hers(house):
    found = slots.told("contact", [], "尾号0216的号码打来的，说是受你们委托", calls=True)
    assert "contact" not in found and found["branch"] == "尾号0216的号码打来的"


def test_an_amount_is_put_right_whatever_is_asked(house):
    say(house, builders.COMPLAINT)
    say(house, "看错了，是280不是300")
    (made,) = tickets(house)
    assert "280" in made.facts and not made.contact


def test_how_long_it_lasted_is_no_question(house):
    say(house, builders.COMPLAINT)
    doing(house, "ask")
    assert word(house, "filing.question_noted", number=tickets(house)[0].number) not in say(house, "少说半年多了吧")
    assert "半年多了" in tickets(house)[0].facts


def test_what_happened_is_not_asked_again_once_it_was_told(house):
    say(house, "信用卡年费扣了我两百")
    for act, text in (("ask", "你们几点下班"), ("add", "单子上写的就是扣了，没有人跟我说过一声"), ("ask", "行长管不管"),
                      ("add", "我都记着呢没有错")):
        doing(house, act)
        assert word(house, "filing.ask_story") not in say(house, text)
    assert tickets(house)[0].facts


def test_thanks_withdraw_nothing_and_finish_nothing(house):
    say(house, builders.COMPLAINT)
    (made,) = tickets(house)
    assert hear(house, "那不投诉了")[0].text == confirm(house, made)
    assert say(house, "谢谢") == word(house, "progress.withdraw_again", number=made.number)
    assert word(house, "greeting.thanks") in say(house, "多谢")
    assert tickets(house)[0].status == "received"


def test_thanks_and_then_yes_withdraw(house):
    say(house, builders.COMPLAINT)
    for text in ("那不投诉了", "谢谢", "嗯，撤吧"):
        say(house, text)
    assert tickets(house)[0].status == "withdrawn"


@pytest.mark.parametrize(("text", "over"), [
    ("刚重新试了下，能用了", True), ("哎呀又试了一遍好了", True), ("他们说已经好了", False), ("又没弄好了", False)])
def test_what_came_right_by_itself_is_taken_back(house, text, over):
    say(house, builders.COMPLAINT)
    doing(house, "add")
    (made,) = tickets(house)
    paused = word(house, "filing.paused", number=made.number, due=filing.day(made.due_at))
    assert (say(house, text) == paused) == over


@pytest.mark.parametrize(("text", "none"), [
    ("我再看看，先别登记", True), ("我没要投诉哈，莫给我登记", True), ("别登记错了名字", False), ("登记了没有", False),
    ("不要登记我的手机号", False), ("先别登记，我还没说完呢", False), ("别登记 真不用", True)])
def test_who_wants_no_ticket_says_so_in_any_clause(text, none):
    assert meanwhile.wants_none(text) == none


@pytest.mark.parametrize(("text", "money"), [
    ("柜台取钱少给我 200 块，客服态度恶劣，我要投诉", True), ("柜员态度恶劣，我要投诉", False)])
def test_who_tells_of_a_sum_is_offered_money_first(house, text, money):
    say(house, text)
    with house.store.write() as session:
        made = session.scalars(select(Ticket)).one()
        made.category, made.cause = "CASH", "SERVICE"
    say(house, "昨天")
    labels = [button.label for row in hear(house, "城东支行")[-1].buttons for button in row]
    assert (labels[0] == word(house, "claim.compensate")) == money and word(house, "claim.apology") in labels


def test_every_category_has_remedies_that_can_be_pressed(house):
    kinds = house.knowledge.taxonomy
    assert all(2 <= len(one.claims) <= filing.SHOWN for one in kinds.category.values())
    named = {name for group in (kinds.category, kinds.cause) for one in group.values() for name in one.claims}
    assert named <= set(filing.CLAIMS) and all(word(house, f"claim.{name}") for name in filing.CLAIMS)


def test_few_buttons_go_with_one_message():
    def reply(name, *lengths):
        return Reply(name, tuple((Button(name, name),) * length for length in lengths))

    before, last = thinned([reply("a", 1, 1, 1, 2, 2), reply("b", 2, 2, 2)])
    assert last == reply("b", 2, 2, 2) and before == reply("a", 1, 1)
    (menu,) = thinned([reply("c", *[2] * 8)])
    assert menu == reply("c", *[2] * 8) and MOST == 8


@pytest.mark.parametrize(("share", "filed"), [(0.4, True), (0.3, False)])
def test_what_is_nearly_as_much_a_grievance_is_filed_though_an_entry_answers(store, tmp_path, share, filed):
    reader = builders.Taking(intent="complaint", intent_confidence=0.95, category="DEPOSIT", cause="SERVICE")

    class Torn:
        def shares(self, *_):
            return dict.fromkeys(ACTS, 0.0) | {"ask": 0.9 - share, "file": share}

    made = builders.house(store, tmp_path, read=replace(builders.understanding(), reader=reader, acts=Torn()))
    with mock.patch.object(sought, "answered", lambda _: "di-limit"):
        say(made, "存款没了保险了，你们客服电话打不通")
    assert bool(tickets(made)) == filed


@pytest.mark.parametrize(("text", "offered"), [
    ("存款没了保险了，你们客服电话打不通", True), ("存款没了保险了", False), ("存款保险你们客服说最多保多少？", False)])
def test_a_mishap_that_blames_somebody_is_answered_and_a_ticket_held_out(store, tmp_path, text, offered):
    reader = builders.Taking(intent="complaint", intent_confidence=0.95, category="DEPOSIT", cause="SERVICE")

    class Mostly:
        def shares(self, *_):
            return dict.fromkeys(ACTS, 0.0) | {"ask": 0.8, "file": 0.2}

    made = builders.house(store, tmp_path, read=replace(builders.understanding(), reader=reader, acts=Mostly()))
    with mock.patch.object(sought, "answered", lambda _: "di-limit"):
        replies = hear(made, text)
    assert made.knowledge.entries["di-limit"].answer in replies[0].text and not tickets(made)
    assert any(word(made, "ask.offer") in reply.text for reply in replies) == offered
    say(made, "好")
    assert bool(tickets(made)) == offered


@pytest.mark.parametrize(("text", "kind"), [
    ("我要投诉你们支行，让老人在太阳底下排队", "complaint"), ("我要投诉有人在网点门口搞非法集资", "report"),
    ("有人在网点门口拉老人投钱", "report")])
def test_who_says_that_she_complains_is_no_informer(store, tmp_path, text, kind):
    reader = builders.Taking(intent="report", intent_confidence=0.6)
    made = builders.house(store, tmp_path, read=replace(builders.understanding(), reader=reader, acts=builders.Doing("file")))
    say(made, text)
    assert [one.kind for one in tickets(made)] == [kind]


@pytest.mark.parametrize("sure", [0.62, 0.97])
@pytest.mark.parametrize(("text", "filed"), [
    ("柜台的小伙子嫌烦说不收", False), ("那个柜员看着也挺忙的样子", False), ("你们柜台的小伙子嫌烦说不收", True),
    ("柜台的小伙子骂我", True), ("网点说要排队等两个月", False), ("他说要我自己数好卷起来", False)])
def test_an_aside_about_somebody_after_an_answer_is_offered_a_ticket(store, tmp_path, text, filed, sure):
    made = builders.house(store, tmp_path)
    say(made, builders.QUESTION)
    reader = builders.Taking(intent="complaint", intent_confidence=sure)
    made.intake.understanding = replace(made.intake.understanding, reader=reader, acts=Leaning(0.61))
    with mock.patch.object(sought, "answered", lambda _: None):
        replies = hear(made, text)
    assert bool(tickets(made)) == filed
    assert filed or "file" in [button.data for reply in replies for row in reply.buttons for button in row]


def test_what_ends_in_a_question_after_an_answer_is_answered_and_a_ticket_offered(store, tmp_path):
    made = builders.house(store, tmp_path)
    say(made, builders.QUESTION)
    reader = builders.Taking(intent="complaint", intent_confidence=0.98)
    made.intake.understanding = replace(made.intake.understanding, reader=reader, acts=Leaning(0.6))
    assert word(made, "ask.offer") in say(made, "那个违约金扣了我四十多能不能退") and not tickets(made)
    say(made, "那个违约金乱扣了我四十多")
    assert len(tickets(made)) == 1


@pytest.mark.parametrize("text", ["<script>alert(1)</script><b>粗</b>", "qwerty 123", "？？？！"])
def test_what_tells_nothing_opens_no_ticket(house, text):
    doing(house, "file")
    say(house, text)
    assert not tickets(house)


@pytest.mark.parametrize(("after", "chosen"), [
    ({"text": builders.QUESTION}, None), ({"button": "faq:di-limit"}, None), ({"button": "faq:acct-inherit"}, "acct-inherit")])
def test_only_what_she_presses_was_meant_by_what_could_not_be_answered(store, tmp_path, after, chosen):
    class Near(builders.WordFinder):
        def ask(self, text, **more):
            near = (Candidate("acct-close", "cards_accounts", 0.4), Candidate("acct-inherit", "cards_accounts", 0.3))
            return Found(None, "", 0.3, near) if "框框" in text else super().ask(text, **more)

    finder = Near(builders.knowledge().entries.values())
    house = builders.house(store, tmp_path, read=replace(builders.understanding(), finder=finder, acts=builders.Doing("ask")))
    say(house, "那个框框老跳出来怎么关")
    say(house, **after)
    with house.store.read() as session:
        assert session.scalars(select(Gap).order_by(Gap.id).limit(1)).one().chosen == chosen


@pytest.mark.parametrize(("text", "filed"), [
    ("投诉客服电话", False), ("投诉你们的电话", False), ("我要投诉渠道", False), ("我要投诉信模板", False),
    ("投诉你们银行的流程", False),
    ("投诉期限", False), ("我要投诉催收电话骚扰", True), ("投诉你们客服乱扣", True)])
def test_who_asks_for_the_way_to_complain_files_nothing(house, text, filed):
    doing(house, "file")
    say(house, text)
    assert bool(tickets(house)) == filed


@pytest.mark.parametrize(("text", "sues"), [
    ("柜台那个妹儿把我定期整成保险了 我要告", True), ("我还要告柜台把我定期整成保险了", True),
    ("ATM少吐我两百块，我要告你们", True), ("我要告那个柜员", True),
    ("我要告诉你一件事", False), ("我不要告他们", False),
    ("我要告银行怎么告", False), ("我要告那个骗子", False), ("我要告到法院去，告银行", False)])
def test_who_will_sue_complains(house, text, sues):
    assert (matters.SUES.search(text) is not None) == sues


@pytest.mark.parametrize("act", ["add", "ask", "small"])
def test_i_will_sue_files_whatever_else_the_words_may_do_and_beside_another_ticket(house, act):
    say(house, "乱扣短信费，我要投诉")
    say(house, button="done")
    doing(house, act)
    say(house, "信用卡年费扣了我两百块 我要告")
    assert len(tickets(house)) == 2
    say(house, "银行柜台把保单的钱扣了 我要告")  # in the midst of the questions
    assert len(tickets(house)) == 3


@pytest.mark.parametrize("before", [None, "乱扣短信费，我要投诉"])
@pytest.mark.parametrize(("text", "answered"), [
    ("另外一个事 我的社保卡取不到养老金 说要激活", True), ("还有个事，我的社保卡取不到养老金 说要激活", True),
    ("另外一个事 柜员扣了我的社保卡 我要投诉", False)])
def test_another_matter_that_the_base_answers_is_answered_whatever_is_open(house, before, text, answered):
    known = (Candidate("acct-social-card", "cards_accounts", 1.0),)
    house.intake.understanding.finder.known = dict.fromkeys((text, "我的社保卡取不到养老金 说要激活"), known)
    if before:
        say(house, before)
        say(house, button="done")
    doing(house, "add" if answered else "file")
    words = say(house, text)
    assert (house.knowledge.entries["acct-social-card"].answer in words) == answered
    assert len(tickets(house)) == bool(before) + (not answered)
