"""A swindler has reached her, or hers: the warning comes before every answer, form and ticket; who is in his hands, rings."""

from dataclasses import replace
from functools import cache

import pytest
from sqlalchemy import select

from bot.flows import approached, emergency, in_alarm
from nlp.classifier import Reader
from nlp.retrieval import Candidate
from nlp.scam import ScamChecker
from nlp.text import normalise
from tests import builders
from tests.bot.test_alarm_pieces import levels, say
from tickets.models import Ticket

pytestmark = pytest.mark.words


@cache
def models():
    return Reader.load(), ScamChecker.load()


@pytest.fixture
def house(store, tmp_path):
    reader, checker = models()
    return builders.house(store, tmp_path, read=replace(builders.understanding(), reader=reader, checker=checker))


def word(house, key, **fields):
    return house.knowledge.wording(key, hotline="", **fields)


@pytest.mark.parametrize("text", [
    "刚收到短信说我信用卡逾期要上征信,让点链接还款", "有人自称你们行的,说我有笔贷款额度30万,利息低",
    "有个电话讲他是银行的，说我额度能提", "来了条信息喊我填卡号认证"])
def test_a_swindlers_words_told_again_are_warned_of_and_no_ticket(house, text):
    assert word(house, "defrauded.wants") in say(house, text) and not levels(house)
    assert word(house, "scam.untouched") in say(house, "我没点")


@pytest.mark.parametrize("text", [
    "你们客服打电话让我点链接办分期，乱收费", "我要投诉，有人自称你们行的天天推销", "去年有人自称公安给我打电话"])
def test_a_grievance_or_an_old_story_is_heard_as_before(house, text):
    assert word(house, "defrauded.wants") not in say(house, text)


def test_a_caller_interrupts_the_form_and_the_complaint_goes_on_afterwards(house):
    words = say(house, builders.COMPLAINT, "等一下，有个电话打来说是你们银行的，说帮我退手续费")
    assert word(house, "defrauded.wants") in words and word(house, "defrauded.waits") in words
    assert len(levels(house)) == 1, "nothing more is filed"
    with house.store.read() as session:
        number = session.scalars(select(Ticket)).one().number
    assert word(house, "filing.resumed", number=number) in say(house, "那个投诉接着办吧")


@pytest.mark.parametrize(("text", "held"), [
    ("我妈的卡被锁了，转账转不了", False), ("我老婆的卡锁了，打电话也没人接", False),
    ("我爸的手机银行锁了，汇款汇不出去", False),
    ("柜台姑娘把卡锁了不让转账", False), ("我妈手机关着机，打电话不接", False), ("我老公躲债，天天有人打电话催", False),
    ("爸妈躲雨的时候打电话挂失", False), ("大伯的电话关着，转账短信收不到", False), ("我妈把自己锁在屋里打电话", True),
    ("我爸锁着门跟人视频", True), ("我妈关着门，要转账", True),
    ("我姑躲在厕所打电话", True)])
def test_a_card_that_is_locked_is_no_closed_door(text, held):
    assert bool(approached.IN_HIS_HANDS.search(normalise(text))) == held


@pytest.mark.parametrize(("text", "collects"), [
    ("村里说是信用社的存折要换卡", False), ("小区门口说是你们银行的存款机坏了", False), ("家里说是你们银行存一万送油", False),
    ("村里来了几个人，说是你们银行的，来收存款", True), ("广场上有人说是信用社的，存一万送油", True),
    ("楼下自称银行的收现金", True)])
def test_who_only_says_so_collects_nothing(text, collects):
    assert bool(approached.COLLECTS.search(normalise(text))) == collects


@pytest.mark.parametrize(("text", "wanted"), [
    ("收到短信说定期到期要转存，怎么办理", False), ("收到你们短信，说要转人工才能查", False), ("收到短信说利率要加点", False),
    ("收到短信说要点差费", False),
    ("收到短信要点链接", True), ("收到短信说要转账认证", True), ("收到短信让我加微信", True)])
def test_a_notice_of_ours_wants_nothing_of_her(text, wanted):
    assert bool(approached.RETOLD.search(normalise(text))) == wanted


@pytest.mark.parametrize(("text", "kind"), [
    ("我老公神神秘秘的，天天跟一个“王警官”打电话", "fraud_other"), ("俺娘跟检察官视频呢，关着门", "fraud_other"),
    ("村里来了几个人，穿着你们银行的衣服，说存钱送米", "fraud_cash"),
    ("小区楼下来了几个自称你们行的，收现金办存款", "fraud_cash")])
def test_who_is_in_a_swindlers_hands_rings_in_the_voice_for_who_writes(house, text, kind):
    assert say(house, text).startswith(house.knowledge.emergencies[kind].title) and levels(house) == ["I"]


@pytest.mark.parametrize("text", ["我老公是警察，天天打电话不着家", "我爸打电话给派出所报警了，跟民警说了", "我妈在跟我姨视频",
                                  "我妈打电话打了半天，你们客服都没人接，怀疑号码被骗子占了"])
def test_a_policeman_in_the_family_is_no_swindler(house, text):
    say(house, text)
    assert "I" not in levels(house)


@pytest.mark.parametrize(("text", "name"), [
    ("万一是真的呢", "maybe_true"), ("那笔钱我退给他行不行", "dirty_money")])
def test_how_he_leads_her_on_is_answered_after_a_word_on_the_swindle(house, text, name):
    asked = house.knowledge.entries["fraud-stock-group"].question
    assert say(house, asked, text) == word(house, f"in_alarm.{name}") and not levels(house)


@pytest.mark.parametrize(("text", "name"), [
    ("是不是你们的人?", "ours"), ("你们会让人加微信吗", "ours"), ("会不会真的是有苦衷", "maybe_true"),
    ("我觉得还挺靠谱的", "maybe_true"),
    ("刚刚看见他在用手机银行转钱", "kin_paying"), ("钱还没给出去，明天有人上门来收", "give"), ("约的明天来拿", "give"),
    ("我敲门他不开", "locked"), ("把门关起来不许我进去", "locked"), ("要不要换卡啊", "hers"),
    ("你们打个电话给他也行", "stop_it"),
    ("他有律师证照片的", "paper")])
def test_a_decision_in_an_alarm_has_one_clear_sentence(house, text, name):
    assert in_alarm.answer(normalise(text)) == name
    words = say(house, "骗子正在骗我，让我转到安全账户", text)
    assert word(house, f"in_alarm.{name}") in words


@pytest.mark.parametrize("text", ["讲出去要坐牢", "敲我家门", "你们派人来管管嘛", "会不会真的是警察办案"])
def test_what_only_sounds_like_it_has_another_answer(text):
    assert in_alarm.answer(normalise(text)) not in ("jail", "locked", "ours", "maybe_true")


def test_to_pay_once_more_is_refused_in_any_dialect(house):
    for text in ("俺寻思再充一回把钱弄出来中不中", "再垫一笔得不得行"):
        assert emergency.TEMPTED.search(text)
    words = say(house, "骗子正在骗我，让我转到安全账户", "俺寻思再充一回把钱弄出来中不中")
    assert words.startswith(house.knowledge.wording("emergency.dont", number="").split("您说的")[0])


def test_hours_on_the_telephone_and_a_doubt_ring(house):
    say(house, "我妈接电话接了一下午，怀疑被骗了")
    assert levels(house) == ["I"]


def test_cash_that_the_neighbour_gave_is_gone():
    assert in_alarm.gone(normalise("那邻居咋办，已经给了现金了")) == "fraud_handed"
    assert in_alarm.gone(normalise("我妈今天取了12万现金")) is None


@pytest.mark.parametrize("text", [
    "朋友叫我转给你们看看:恭喜您获得我行88元话费礼包,点击领取 www.bk-gift.top",
    "对了我今天收到个短信,你给看看是不是你们发的:【XX银行】您的积分8800即将过期,请点击 http://xx-bnk.cc/card 兑换",
    "我妈发我的【ETC中心】您的ETC已失效,请点击 http://etc-cn.vip 重新认证,逾期将影响通行"])
def test_her_own_words_before_a_forwarded_text_do_not_make_it_hers(house, text):
    words = say(house, text)
    assert words.startswith(word(house, "scam.scam", kind="|", signs="|").split("|")[0]) and not levels(house)


def test_what_shows_no_sign_ends_the_warning_before_it(house):
    say(house, "恭喜您获得我行88元话费礼包,点击领取 www.bk-gift.top")
    words = say(house, "那这个呢:【XX银行】您尾号3321的储蓄卡12月1日支出500.00元,余额1204.33元。")
    assert word(house, "scam.notice") in words
    assert word(house, "scam.again") not in say(house, "是诈骗的吗")


AGENT = "有人说收费帮我“全额退保”，能找他吗？"


def test_a_refund_for_a_fee_told_line_by_line_is_warned_of_at_each_line(house):
    say(house, AGENT)
    assert say(house, "让我先交2000块手续费") == word(house, "in_alarm.fee")
    assert say(house, "还要我身份证跟银行卡拍照发过去") == word(house, "defrauded.papers")
    assert say(house, "身份证已经发了，钱还没转") == word(house, "defrauded.papers_sent")
    assert say(house, "那咋办") == word(house, "defrauded.papers_next") and not levels(house)


@pytest.mark.parametrize(("text", "key"), [
    ("要我交800定金", None), ("叫我先交五百押金", "in_alarm.fee"), ("还要我拍身份证给他看", "defrauded.papers"),
    ("银行卡照片也发过去了", "defrauded.papers_sent"), ("你们网点也让我拍身份证了", None), ("身份证没发", None)])
def test_a_fee_first_or_papers_for_a_stranger_and_their_neighbours(house, text, key):
    words = say(house, AGENT, text)
    said = [one for one in ("in_alarm.fee", "defrauded.papers", "defrauded.papers_sent") if word(house, one) == words]
    assert (said == ([key] if key else []) or levels(house) == ["I"]) and words


def test_papers_after_plain_business_warn_of_nobody(house):
    assert word(house, "defrauded.papers") not in say(house, house.knowledge.entries["acct-temp-id"].question, "拍身份证传不上去")


@pytest.mark.parametrize(("text", "invited"), [
    ("卖保健品的喊我去听课", True), ("推销养生的拉我去开会", True), ("有人叫我去听讲座", True), ("他们让我入股", True),
    ("你们讲座几点", False), ("柜员叫我去窗口", False), ("我想去听课", False)])
def test_who_is_asked_to_where_things_are_sold(text, invited):
    assert (approached.INVITED.search(normalise(text)) is not None) == invited


def test_such_an_invitation_does_not_vanish_into_the_complaint_before(house):
    house.intake.understanding.finder.known = {"卖保健品的喊我去听课": (Candidate("camp-sales", "campaign", 0.95),)}
    say(house, builders.COMPLAINT, "先这样")
    assert house.knowledge.entries["camp-sales"].answer in say(house, "卖保健品的喊我去听课")
    assert house.knowledge.entries["fundraising-already-in"].answer in say(house, "我已经存了三万")
