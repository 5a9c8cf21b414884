"""What cannot wait for a ticket: she hears the one thing to do first, once, and the ticket is filed all the same."""

import itertools
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.flows import first_aid
from bot.messages import Incoming
from nlp.text import normalise
from tests import builders
from tickets.models import Ticket

keys = itertools.count()


HARDLY = builders.Taking(intent="complaint", intent_confidence=0.4)  # everything is a complaint, and nothing sure


def flagging(flag, *, urgency="II"):
    """Raises one flag on every text."""
    return builders.Taking(flags=(flag,), urgency=urgency)


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path, bank_hotline="95588")


def say(house, text):
    (outcome,) = house.intake.receive([Incoming("telegram", f"a{next(keys)}", "7", text)])
    return "\n".join(reply.text for reply in outcome.replies)


def numbers(house):
    with house.store.read() as session:
        return list(session.scalars(select(Ticket.number)))


def title(house, kind):
    return house.knowledge.emergencies[kind].title


@pytest.mark.parametrize("text", [
    "我的卡被偷了，客服态度恶劣", "钱包丢了，卡都在里面，打电话没人接，投诉", "刚才小偷偷了我的银行卡，投诉！",
    "卡没丢，卡里的钱没了，投诉", "银行说不是盗刷，可我卡里的钱突然没了，投诉"])
def test_a_stolen_card_is_told_to_be_locked_before_its_ticket(house, text):
    words = say(house, text)
    (number,) = numbers(house)
    assert words.startswith(title(house, "stolen")) and words.index("挂失") < words.index("95588") < words.index(number)


def test_the_flag_alone_calls_for_it_too(store, tmp_path):
    models = builders.understanding()
    house = builders.house(store, tmp_path, read=replace(models, reader=flagging("stolen")))
    words = say(house, "短信说扣了三千，投诉")
    assert words.startswith(title(house, "stolen")) and numbers(house)[0] in words


def test_it_is_said_once_and_not_for_what_is_long_past_or_done(house):
    assert title(house, "stolen") in say(house, "我的卡被偷了，投诉")
    assert title(house, "stolen") not in say(house, "卡被偷了没人管，投诉")
    for text in ("去年我的卡被偷了，到现在没说法，投诉", "卡丢了已经挂失了还扣了年费", "卡被偷，挂失后还是被扣了钱",
                 "她的手机卡在我手里，我看到就心里一揪"):
        assert first_aid.patterns(house.knowledge.emergencies["stolen"])[1].search(normalise(text)), text


def test_who_asks_what_to_do_hears_it_again(house):
    say(house, "老公打我，逼我把工资卡交给他，投诉")
    assert say(house, "那我怎么办").startswith(title(house, "home"))


def test_it_is_said_in_the_middle_of_a_filing(house):
    say(house, builders.COMPLAINT)
    assert say(house, "等等，我钱包不见了").startswith(title(house, "stolen"))


def test_a_question_that_nobody_can_answer_gets_the_first_step_instead_of_excuses(house):
    words = say(house, "坐车出来发现包被偷了可怎么好")
    assert words.startswith(title(house, "stolen")) and "不敢乱说" not in words


@pytest.mark.parametrize("text", [
    "老公打我，逼我把工资卡交给他，投诉", "儿子逼我去贷款，不贷就打我，投诉", "丈夫家暴，拿走了我的卡，投诉",
    "家里人逼我借网贷，投诉",
    "孙子把我的存折抢走了，投诉", "我被老公控制着，卡都被扣了", "我妈天天打我，投诉"])
def test_who_is_forced_at_home_is_told_of_the_police_and_that_the_bank_may_be_told(house, text):
    words = say(house, text)
    assert words.startswith(title(house, "home")) and words.index("110") < words.index(numbers(house)[0])
    assert "告诉柜员" in words and "12356" in words


@pytest.mark.parametrize("text", [
    "老公打我电话说卡被扣了年费", "儿子打我卡里的钱没到账，被扣了", "催收威胁我家人，逼我还钱，扣了两次",
    "你们他妈的逼我贷款，扣了钱",
    "骗子冒充我儿子逼我转钱，扣了三千", "手机银行找不到了入口，扣了钱", "信用卡权益被偷偷取消，态度恶劣",
    "ATM 把我的卡吞了，态度恶劣",
    "卡里的钱扣了三百，投诉", "我不是被盗刷，是我自己刷的，扣了两次", "小哥威胁我要投诉", "贷款利息扣了两次"])
def test_other_words_call_for_nothing(house, text):
    plain = normalise(text)
    for kind in first_aid.KINDS:
        calls, calms = first_aid.patterns(house.knowledge.emergencies[kind])
        assert not calls.search(plain) or (calms and calms.search(plain)), kind


def test_who_is_threatened_is_not_told_to_calm_down(store, tmp_path):
    models = builders.understanding()
    house = builders.house(store, tmp_path, read=replace(models, reader=flagging("violence", urgency="I")))
    words = say(house, "老公拿刀逼我把卡交给他")
    assert words.startswith(title(house, "home")) and title(house, "violence") not in words and "最高等级" in words


def test_half_a_sentence_about_a_lost_card_gets_the_first_step_and_not_a_question(store, tmp_path):
    models = builders.understanding()
    house = builders.house(store, tmp_path, read=replace(models, reader=HARDLY))
    assert title(house, "stolen") in say(house, "卡刚刚丢了") and numbers(house) == []


@pytest.mark.parametrize(("text", "other"), [
    ("我儿子说要跳楼", True), ("有个客户在楼顶要自杀", True), ("我想跳楼，对不起我儿子", False), ("我不想活了", False)])
def test_who_writes_of_anothers_life_hears_how_to_keep_him(store, tmp_path, text, other):
    models = builders.understanding()
    house = builders.house(store, tmp_path, read=replace(models, reader=flagging("self_harm", urgency="I")))
    assert say(house, text).startswith(title(house, "self_harm_other" if other else "self_harm"))


@pytest.mark.parametrize(("text", "kind"), [
    ("我妈在柜台非要给骗子转账，我劝不住", "fraud_other"), ("我奶奶接了个电话说是公安，现在要去银行汇款", "fraud_other"),
    ("我儿子正在跟人共享屏幕转账，我在旁边", "fraud_other"), ("我妈让我转给客服，我转了", "fraud_gone"),
    ("我刚给骗子转了两万", "fraud_gone"),
    ("我爸叫我去汇款，对方说是公安", "fraud_now"),
    ("买家给我发了付款截图，我把货给他了一直没到账", "fraud_seller"), ("顾客的付款页面是假的，烟都拿走了", "fraud_seller"),
    ("我把银行卡借给同学了，他说给我500，现在我有点怕", "fraud_lender"), ("有人让我租卡给他跑分，卡已经给他了", "fraud_lender"),
    ("我给卖家转了定金，他截图给我看就不发货了", "fraud_now"),
    ("有个姑娘刚抱走我一包现金，说替我保管", "fraud_handed"), ("刚把验证码报给他了", "fraud_code"),
    ("存折让卖药的收走了，说替我登记", "fraud_card"), ("取出来的八万，楼下有人等着拿", "fraud_cash"),
    ("我姑妈被卖保健品的拉去会场了，正在刷卡，叫我别多嘴", "fraud_other"),
    ("我爸非要把养老钱全汇出去，谁劝都不听", "fraud_other")])
def test_the_steps_are_for_who_writes_them(store, tmp_path, text, kind):
    models = builders.understanding()
    house = builders.house(store, tmp_path, read=replace(models, reader=flagging("fraud_now", urgency="I")))
    words = say(house, text)
    assert words.startswith(title(house, kind)) and "110" in words and "最高等级" in words


@pytest.mark.parametrize(("text", "cannot"), [
    ("我是聋人，刚给骗子转了钱，打不了电话", True), ("我妈听不见，她的钱刚被骗走", True),
    ("客服电话我听不到声音，钱刚转走", False),
    ("刚给骗子转了钱", False)])
def test_who_cannot_phone_hears_another_way(store, tmp_path, text, cannot):
    models = builders.understanding()
    house = builders.house(store, tmp_path, read=replace(models, reader=flagging("fraud_now", urgency="I")))
    assert (house.knowledge.wording("first_aid.cannot_phone") in say(house, text)) == cannot


def test_a_question_where_we_asked_for_a_place_is_answered_and_we_ask_on(store, tmp_path):
    models = builders.understanding()
    house = builders.house(store, tmp_path, read=replace(models, reader=HARDLY))
    say(house, "我要投诉")
    say(house, builders.COMPLAINT)
    assert "网点" in say(house, "上周五")
    house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing("ask"))
    said = say(house, "刚给骗子转了钱，怎么办？")
    assert house.knowledge.entries["just-transferred"].answer in said and "怎么解决" in said


def test_a_question_that_nobody_can_answer_is_no_place_either(store, tmp_path):
    models = builders.understanding()
    asking = builders.Taking(intent="question", intent_confidence=0.9)
    house = builders.house(store, tmp_path, read=replace(models, reader=asking))
    say(house, "我要投诉")
    say(house, builders.COMPLAINT)
    assert "网点" in say(house, "上周五")
    house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing("ask"))
    said = say(house, "你们食堂中午吃什么")
    assert house.knowledge.wording("filing.question_noted", number=numbers(house)[0]) in said and "怎么解决" in said


def test_who_says_who_she_is_and_asks_gets_the_answer_and_no_ticket(store, tmp_path):
    models = builders.understanding()
    deaf = builders.Taking(intent="complaint", intent_confidence=0.5, urgency="II", flags=("disabled",))
    house = builders.house(store, tmp_path, read=replace(models, reader=deaf))
    entry = house.knowledge.entries["di-limit"]
    assert entry.answer in say(house, entry.question) and not numbers(house)


def test_who_cannot_phone_need_not_say_it_twice(store, tmp_path):
    models = builders.understanding()
    house = builders.house(store, tmp_path, read=replace(models, reader=flagging("fraud_now", urgency="I")))
    say(house, "我是聋人，刚给骗子转了钱")
    assert house.knowledge.wording("first_aid.cannot_phone") in say(house, "又转了三千")


@pytest.mark.parametrize(("text", "called"), [
    ("用救护车拉去的", False), ("花钱叫救护车送过来的", False), ("难道要我叫救护车拉她去银行", False),
    ("她上周在你们大厅排队晕倒了", False), ("让我爸躺着救护车来激活", False),
    ("快叫救护车", True), ("我妈晕倒了，叫了救护车还没来", True), ("昨天救护车拉去的，现在又晕倒了", True),
    ("他昨天打我 今天又拿着刀来了", True), ("我爸在大厅晕倒了", True)])
def test_what_is_told_of_a_day_gone_by_is_no_danger_now(text, called):
    calls, calms = first_aid.patterns(builders.knowledge().emergencies["rescue"])
    plain = normalise(text)
    assert (calls.search(plain) is not None and calms.search(plain) is None) == called


@pytest.mark.parametrize(("text", "danger"), [
    ("打劫啊，收这么多", False), ("你们跟抢劫一样", False), ("绑架消费，办卡才给贷款", False), ("被绑架式捆绑销售", False),
    ("你们这是抢劫，利息这么高", False), ("有人打劫你们银行", True), ("打劫啊！", True), ("你们银行被打劫了", True),
    ("我儿子被绑架了", True),
    ("门口有人抢劫，像是真的抢劫", True), ("你们银行门前他们像是在绑架一个女孩", True), ("简直是抢劫，扣我三百", False),
    ("我在你们银行里 这是遇上抢劫了 怎么办", True), ("昨晚他跟着我抢劫 我的银行卡和现金都抢走了", True)])
def test_a_fee_like_a_robbery_is_none(text, danger):
    calls, calms = first_aid.patterns(builders.knowledge().emergencies["rescue"])
    assert bool(calls.search(normalise(text)) and not calms.search(normalise(text))) == danger
