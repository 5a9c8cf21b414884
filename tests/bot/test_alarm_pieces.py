"""An alarm told in pieces or in the words of the country, the dangers that plain words hold, and the alarm that was none."""

import itertools
from dataclasses import replace
from functools import cache

import pytest
from sqlalchemy import select

from bot.messages import Incoming
from bot.understanding import Understood
from nlp.classifier import Reader
from tests import builders
from tickets.models import Alert, Ticket

pytestmark = pytest.mark.words

keys = itertools.count()
CALLED = "有人自称处理我的投诉，让我转账或要验证码，是真的吗？"


@cache
def reader():
    return Reader.load()


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path, read=replace(builders.understanding(), reader=reader()))


def say(house, *texts):
    """All that is said to the last of the texts."""
    for text in texts:
        (outcome,) = house.intake.receive([Incoming("telegram", f"p{next(keys)}", "7", text)])
        assert outcome.status == "handled"
    return "\n".join(reply.text for reply in outcome.replies)


def levels(house):
    with house.store.read() as session:
        return list(session.scalars(select(Ticket.urgency).order_by(Ticket.id)))


def alarms(house):
    with house.store.read() as session:
        return len(session.scalars(select(Alert).where(Alert.kind == "level_one")).all())


def word(house, key):
    with house.store.read() as session:
        first = session.scalars(select(Ticket).where(Ticket.urgency == "I").order_by(Ticket.id)).first()
    return house.knowledge.wording(key, number=first.number if first else "", hotline="")


def title(house, kind):
    return house.knowledge.emergencies[kind].title


@pytest.mark.parametrize("text", ["我遭骗惨了", "俺上了当了", "钱让人哄走了", "我着骗了", "我被人坑了"])
def test_who_was_swindled_in_whatever_words_is_asked_at_once_when_it_was(house, text):
    words = say(house, text)
    assert words == word(house, "defrauded.when") and "110" in words and not levels(house)


@pytest.mark.parametrize("more", ["半小时以前", "一万六", "支付宝付的", "昨天晚上转给他的"])
def test_a_time_or_a_sum_after_it_is_the_alarm(house, more):
    say(house, "我遭骗了")
    say(house, more)
    assert levels(house) == ["I"]


@pytest.mark.parametrize("more", ["大前年的事了", "三个月以前", "谢谢", "还没转"])
def test_what_is_long_ago_or_has_not_gone_is_none(house, more):
    say(house, "我上当了")
    say(house, more)
    assert not levels(house)


@pytest.mark.parametrize("text", [
    "有个差佬打嚟，话我洗黑钱，叫我过数", "有人扮差佬打电话嚟，叫我过数", "差佬打嚟叫我转钱去安全户口",
    "阿sir打电话嚟嗌我过数去安全户口"])
@pytest.mark.parametrize("before", [None, "乱扣短信费 我要投诉"])
def test_the_police_of_a_swindler_ring_in_cantonese_too(house, before, text):
    words = say(house, *filter(None, (before, text)))
    assert words.startswith(title(house, "fraud_now")) and levels(house)[-1] == "I"


@pytest.mark.parametrize("text", ["差佬局喺边度", "过数要几耐", "以前有个差佬打嚟，叫我过数，我冇理"])
def test_such_words_alone_ring_for_nothing(house, text):
    say(house, text)
    assert "I" not in levels(house)


@pytest.mark.parametrize("text", [
    "差点上当了", "我怕被骗", "隔壁老李被骗了", "新闻里有人被骗了", "我被你们经理坑了", "我妈没被骗", "去年我被骗过"])
def test_who_was_not_swindled_is_not_asked(house, text):
    assert word(house, "defrauded.when") not in say(house, text)


@pytest.mark.parametrize("texts", [
    ("我女儿在网上认识个男的", "他叫她转钱到安全账户"), ("我大伯在你们柜台要给一个导师转钱", "他不让我们管"),
    ("那个骗子打电话给我", "我已经把钱打给他了")])
def test_few_words_ring_together_with_those_before(house, texts):
    say(house, *texts)
    assert "I" in levels(house)


def test_pieces_that_are_far_from_a_swindle_are_not_read_together(house, monkeypatch):
    read = []
    monkeypatch.setattr(Understood, "again", lambda self, text: read.append(text))
    say(house, "存折是我爸的", "密码我记不得")
    assert not read


@pytest.mark.parametrize("texts", [
    ("存折是我爸的", "密码我记不得"), ("我想给儿子转学费", "手机银行转不了"), ("卡丢了", "刚补的卡"),
    ("信用卡年费三百", "昨天扣的"), ("我妈住院了", "急着交钱"), ("老板叫我来办事", "打个明细")])
def test_plain_life_in_pieces_rings_for_nothing(house, texts):
    say(house, *texts)
    assert "I" not in levels(house)


@pytest.mark.parametrize(("text", "kind"), [
    ("我妈要给一个联合国的将军汇钱", "fraud_other"), ("手机没信号了，营业厅讲我的号被人补卡了", "fraud_sim"),
    ("有人敲门自称银行的，要看我存折和密码", "fraud_door"), ("我哥在缅北，对方要二十万赎金", "fraud_asked"),
    ("货款的收款账户突然换了，客户发微信说的", "fraud_asked"), ("有人往我账户里转了八万，备注写的借款", "fraud_incoming"),
    ("我今天就去砍了你们那个经理", "violence"), ("要债的说后天带人上门，叫我爸小心点", "threatened")])
def test_a_plain_danger_rings_and_hears_the_steps_that_fit(house, text, kind):
    words = say(house, text)
    if not levels(house):  # no reading yet: at least nothing is filed for fifteen days
        pytest.fail(f"no alarm: {words[:60]}")
    assert levels(house)[0] == "I" and words.startswith(title(house, kind)), words[:40]


@pytest.mark.parametrize("text", [
    "我爸的存折密码我不晓得", "老伴在抢救，要用他卡里的钱", "师傅，我想取五万块", "公司财务叫我来打对账单", "要死了要死了，又排队",
    "上个月被骗的案子派出所立案了，钱还冻着", "老师要写刷单的手抄报", "考考你，有人叫我转账咋办", "忙得要死，短信费还乱扣"])
def test_plain_life_is_no_alarm(house, text):
    say(house, text)
    assert "I" not in levels(house)


def test_who_has_them_at_the_door_is_an_alarm_and_hears_no_word_of_a_swindle(house):
    assert say(house, "要债的在踹我家门").startswith(title(house, "rescue")) and levels(house) == ["I"]
    assert say(house, "娃儿吓哭了") == word(house, "emergency.threatened_on")
    assert say(house, "民警到了，他们跑了") == word(house, "emergency.threatened_safe")


def test_who_threatens_is_steadied_and_the_duty_hears_that_he_comes(house):
    say(house, "我要拿刀去你们网点砍人")
    before = alarms(house)
    assert word(house, "emergency.dont_go") in say(house, "我已经出发了") and alarms(house) == before + 1
    assert say(house, "欺人太甚") != say(house, "我就不信了")


@pytest.mark.parametrize(("text", "name"), [
    ("就差输指纹了", "hold"), ("喊我不要动手机", "watched"), ("来拿金子的人到楼下了", "collector"),
    ("我打了儿子以前的电话试试", "checking"), ("联系上了，他说没找我借过", "found_out"), ("公司电话关机了", "not_reached"),
    ("警察来了，在做笔录", "police"), ("已经报警了", "reported"), ("还没付钱", "not_paid"), ("我就在网点门口", "my_place"),
    ("不是我，是我姑妈", "another"),
    ("他微信把我拉黑了", "blocked"), ("那人跑了", "fled"), ("我真的太蠢了", "ashamed"), ("我先打给谁", "whom"),
    ("这算不算诈骗啊，是不是骗子", "is_it"), ("他说是国家规定", "official"), ("卡里还有三万", "money_here"),
    ("我把金条给他还是不给", "give"), ("不念对吧", "keep_to_it"), ("我老公晓得了会打死我", "tell_family")])
def test_what_is_new_in_an_alarm_has_its_sentence(house, text, name):
    say(house, "骗子正在骗我，让我转到安全账户")
    assert word(house, f"in_alarm.{name}") in say(house, text)


def test_a_new_danger_wakes_the_duty_once_more_and_only_once(house):
    say(house, "骗子正在骗我，让我转到安全账户")
    before = alarms(house)
    say(house, "我填好了就差确认")
    assert alarms(house) == before + 1
    say(house, "只差确认")
    assert alarms(house) == before + 1


@pytest.mark.parametrize("text", [
    "我没转钱", "还没转呢", "他又不是骗子，他是真的警察", "人家真是公安，你凭什么不信", "是不是弄错了吗"])
def test_what_is_no_denial_ends_no_alarm(house, text):
    say(house, "骗子正在骗我，让我转到安全账户")
    assert word(house, "emergency.mistaken") not in say(house, text)


@pytest.mark.parametrize("text", [
    "你弄错了，没得人骗我", "逗你玩的，开玩笑", "就考考你", "搞错了嘛", "其实没有，我瞎说的"])
def test_who_says_that_it_was_none_is_served_as_usual(house, text):
    say(house, "骗子正在骗我，让我转到安全账户")
    assert say(house, text).startswith(word(house, "emergency.mistaken")[:9])
    words = say(house, "银行卡丢了怎么办")
    assert "照上面说的做" not in words and word(house, "emergency.asked") not in words
    assert levels(house)[0] == "I", "the office keeps it"
    assert say(house, "我真的把三万转给他了").startswith(title(house, "fraud_gone")), "and it begins again where money has gone"


def test_the_matter_beside_the_denial_is_answered_at_once(house):
    say(house, "骗子正在骗我，让我转到安全账户")
    asked = next(one.question for one in house.knowledge.entries.values() if one.theme == "deposit_insurance")
    words = say(house, f"你搞错了，{asked}")
    assert words.startswith(word(house, "emergency.mistaken_so"))


@pytest.mark.parametrize(("before", "text", "key"), [
    (CALLED, "加他微信了", "added"), (CALLED, "让我先下个东西", "wants"),
    ("养老公寓投资年息20%保本，能投吗", "已经投了8万", "invested"),
    ("养老公寓投资年息20%保本，能投吗", "要不要再投一点", "no_more")])
def test_what_she_did_or_is_asked_to_do_after_a_word_of_a_swindle_is_no_small_talk(house, before, text, key):
    assert say(house, before, text) == word(house, f"defrauded.{key}") and not levels(house)


def test_who_installed_what_he_wants_is_an_alarm_but_not_who_installed_what_the_police_offer(house):
    say(house, "怎么下载国家反诈中心app", "装好了")
    assert not levels(house)
    say(house, "有人自称证监会的给我打电话", "叫我装个软件", "装好了")
    assert levels(house) == ["I"]


@pytest.mark.parametrize("text", ["征信上有一笔贷款不是我办的", "社保卡有笔消费不是我的"])
def test_another_mans_loan_is_no_lost_card(house, text):
    assert title(house, "stolen") not in say(house, text)


def test_a_code_told_to_the_boss_is_none_told_to_a_swindler(house):
    say(house, "公司要保管我的工资卡", "卡和密码都给了")
    assert not levels(house)
    say(house, "网上的老板要我的银行卡", "卡和密码都给骗子了")
    assert levels(house) == ["I"]


@pytest.mark.parametrize("text", [
    "我都七十一了 攒了一辈子", "我六十八岁了，省吃俭用攒了大半辈子的钱",
    "现在微信收的钱提不出来", "零钱里头的钱取不出来咋回事",
    "你们要是再不给我弄好我就去告", "再不解决我只能去法院起诉你们"])
def test_age_savings_a_limited_purse_and_the_law_ring_for_nobody(house, text):
    say(house, text)
    assert "I" not in levels(house)


@pytest.mark.parametrize("text", [
    "我都七十一了 不想活了", "平台说交了解冻费才行 现在微信的钱提不出来 他还让我转", "再不解决我就带汽油去告你们"])
def test_beside_a_graver_word_they_still_ring(house, text):
    say(house, text)
    assert levels(house) == ["I"]


def test_nobody_swindles_me_is_a_way_out_of_the_alarm(house):
    say(house, "客服让我转了三万到安全账户 刚转的")
    assert say(house, "没得哪个骗我，是我自己屋里的婆娘").startswith(word(house, "emergency.mistaken")[:9])


def test_on_the_roof_every_word_is_about_coming_down(house):
    say(house, "我不想活了")
    say(house, "我站在楼顶上")
    assert say(house, "没人能帮我") == word(house, "emergency.step_back")
    assert say(house, "都是骗人的") == word(house, "emergency.sit_down")


def test_who_scorns_the_machine_is_not_told_the_same_again(house):
    say(house, "我不想活了")
    assert say(house, "你一个机器人懂什么") == word(house, "emergency.machine")


def test_a_practical_question_in_despair_is_answered(house):
    say(house, "客服让我转了三万到安全账户 刚转的")
    say(house, "我不想活了")
    assert word(house, "in_alarm.statement") in say(house, "派出所让我打流水单 你们给不给打")


def test_what_she_tells_of_her_loss_in_despair_gets_no_card(house):
    say(house, "我不想活了")
    assert say(house, "三十多万 全没了 都是借的") == word(house, "emergency.more_self_harm")
