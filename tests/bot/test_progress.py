"""Taking back what is not here, a transfer that is no ticket, and what nobody can promise."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from bot import conversation
from tests import builders
from tests.bot.test_asides import hear, say, tickets, word


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path)


@pytest.mark.parametrize("text", ["刚才投诉的那个不投了", "我想撤了", "撤诉", "不投诉了", "撤回"])
def test_nothing_is_said_to_be_done_where_nothing_was_filed(house, text):
    assert say(house, text) == word(house, "progress.none_to_withdraw") and not tickets(house)


def test_whether_she_may_complain_again_afterwards_is_a_question(house):
    assert word(house, "greeting.fine") not in say(house, "撤了以后还能再投不")


@pytest.mark.parametrize("text", ["能撤回不", "想撤回", "撤回行不行"])
def test_after_a_transfer_no_ticket_is_taken_back(house, text):
    say(house, builders.COMPLAINT)
    say(house, "先这样")
    hear(house, button="faq:pay-wrong-account")
    words = say(house, text)
    assert "确定撤回" not in words and word(house, "progress.none_to_withdraw") not in words
    assert "确定撤回" in say(house, "那个投诉撤了吧")


@pytest.mark.parametrize(("text", "asked"), [
    ("我要全额退保，你们保证给我退", True), ("你们能保证赔我吗", True), ("能打包票不", True), ("要你们保证把钱要回来", True),
    ("你们客户经理当时保证能退", False), ("先交保证金才退", False), ("说好保证收益的", False), ("保证书要退吗", False)])
def test_money_back_is_promised_to_nobody(house, text, asked):
    assert (word(house, "progress.no_guarantee") in say(house, text)) == asked


def test_beside_an_open_ticket_no_other_is_offered(house):
    def offered():
        replies = hear(house, button="faq:di-limit")
        return "file" in [button.data for reply in replies for row in reply.buttons for button in row]

    assert offered()
    say(house, builders.COMPLAINT)
    assert not offered()


@pytest.mark.parametrize(("text", "hers"), [
    ("我上个月投诉过", True), ("在网点登记过了", True), ("上次投诉过的那个事", True), ("投诉过好几次了", True),
    ("之前反映过，没人理", True),
    ("我上礼拜投诉过理财那个事", True), ("投诉过，怎么还没消息", True), ("登记过的手机号怎么换", False),
    ("登记过户要什么材料", False),
    ("投诉过程是怎样的", False), ("举报过高息揽储有奖吗", False), ("投诉过期了怎么办", False),
    ("登记过短信提醒还收费吗", False),
    ("登记过户的材料", False), ("反映过快的利率调整", False)])
def test_who_has_complained_elsewhere_says_so_and_asks_nothing_else(text, hers):
    assert bool(conversation.BEFORE.search(text)) == hers


@pytest.mark.parametrize(("text", "hers"), [
    ("多久有结果", True), ("还要几天", True), ("什么时候退我钱", True), ("能快点吗", True), ("催一下", True),
    ("几天没到账", False), ("卡什么时候到", False),
    ("催一下快递", False), ("房贷多久批", False), ("什么时候开门", False), ("存单几天到期", False), ("转账多久到", False),
    ("什么时候还款", False)])
def test_how_long_in_a_word_or_two_is_hers_unless_it_is_of_something_else(text, hers):
    assert bool(conversation.HOW_FAR.search(text)) == hers


@pytest.mark.parametrize(("text", "shown"), [("快递到哪了", False), ("到哪了", True)])
def test_a_parcel_is_no_complaint_of_hers(house, text, shown):
    say(house, builders.COMPLAINT)
    say(house, "先这样")
    assert ("状态：" in say(house, text)) == shown


@pytest.mark.parametrize(("text", "pleased"), [
    ("我投诉你们上次那个事处理得挺好的，谢谢", True), ("我投诉的事处理得很好", True), ("投诉他的事解决得很满意", True),
    ("我投诉你们处理得太慢", False),
    ("我投诉的事处理得很好但钱没退", False), ("我投诉那件事处理得好几天了", False), ("我投诉你们处理得好不专业", False)])
def test_who_is_pleased_with_what_was_done_files_no_complaint(house, text, pleased):
    assert (say(house, text) == word(house, "greeting.thanks")) == pleased


@pytest.mark.parametrize("text", ["之前他投诉保险的那件还在处理吗", "上次投诉理财的那个怎么样了", "之前贷款的那件投诉到哪一步了"])
@pytest.mark.parametrize("before", [None, builders.COMPLAINT, "我正在被骗，叫我转钱"])
def test_a_complaint_that_is_not_in_this_chat_is_no_other_ticket_of_hers(house, before, text):
    for said in filter(None, (before, "先这样" if before == builders.COMPLAINT else None)):
        say(house, said)
    made = len(tickets(house))
    words = "\n".join(reply.text for reply in hear(house, text))
    assert "这个聊天里没有" in words and "催办" not in words and len(tickets(house)) == made
    assert ("被骗的事" in words) == (before is not None and before != builders.COMPLAINT)


@pytest.mark.parametrize("text", [
    "我要投诉你们网点那个大堂经理 凭什么赶我走", "我要投诉城东支行那个柜员 她把我的卡没收了 凭什么啊",
    "投诉信用卡中心那个催收员 他怎么能骂人"])
def test_who_is_complained_of_is_no_complaint_made_before(house, text):
    assert "这个聊天里没有" not in say(house, text) and len(tickets(house)) == 1


@pytest.mark.parametrize("text", ["不用催", "别催了", "我没催"])
def test_who_does_not_press_reminds_nobody(house, text):
    say(house, builders.COMPLAINT)
    say(house, "先这样")
    assert "催办" not in say(house, text)


def test_the_one_she_names_is_shown(house):
    say(house, builders.COMPLAINT)
    say(house, "先这样")
    assert tickets(house)[0].number in say(house, "之前投诉年费的那件怎么样了")


def complained(house, days):
    """Her complaint, and so many days later."""
    say(house, builders.COMPLAINT)
    say(house, "先这样")
    return time_machine.travel(datetime.now(UTC) + timedelta(days=days), tick=False)


@pytest.mark.parametrize("days", [0, 5])
@pytest.mark.parametrize("text", [
    "都好几天了咋个没得人打电话给我 催哈", "等咗好多日都冇人揾我", "帮我催一下", "我的钱退没退",
    "我个投诉搞成点呀", "我单嘢而家点呀"])
def test_how_her_complaint_stands_is_told_however_she_asks_and_calls_nobody_new(house, days, text):
    with complained(house, days):
        words = say(house, text)
    assert tickets(house)[0].number in words and word(house, "progress.pressed") in words
    assert len(tickets(house)) == 1


@pytest.mark.parametrize("text", ["催收又来催我还钱了", "快递没人打电话给我", "房贷放款催一下", "柜台没人理我"])
def test_what_else_is_pressed_for_is_no_complaint_of_hers(house, text):
    with complained(house, 0):
        assert word(house, "progress.pressed") not in say(house, text)


@pytest.mark.parametrize("act", ["small", "add"])
@pytest.mark.parametrize("text", ["我想起她叫小李", "她没喊我抄那句话"])
def test_what_she_remembers_days_later_goes_with_her_complaint(house, act, text):
    with complained(house, 5):
        house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing(act))
        assert say(house, text) == word(house, "filing.appended", number=tickets(house)[0].number)


@pytest.mark.parametrize("text", ["唔投诉喇", "唔告啦"])
def test_a_complaint_is_taken_back_in_cantonese(house, text):
    with complained(house, 0):
        assert "确定撤回" in say(house, text)


def test_what_she_tells_of_another_matter_days_later_does_not_go_into_the_old_complaint(house):
    with complained(house, 5):
        hear(house, button="faq:di-limit")
        house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing("add"))
        assert word(house, "filing.appended", number=tickets(house)[0].number) not in say(house, "我在两家各存了三十万")
