"""Praise that was invited or is wished for is taken as that, and what is told next goes with it."""

from types import SimpleNamespace

import pytest

from bot.flows import in_alarm, praising
from tests import builders
from tests.bot.test_asides import hear, say, tickets, word

pytestmark = pytest.mark.words


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path)


@pytest.mark.parametrize("text", ["城南支行的王晓燕 帮我妈搬凳子倒水", "解放路网点的保安师傅下雨给我打伞", "就是大堂那个小姑娘"])
def test_what_is_told_after_the_invitation_is_the_praise(house, text):
    hear(house, button="faq:cp-praise")
    say(house, text)
    praise, = tickets(house)
    assert praise.kind == "praise" and praise.summary == text
    assert say(house, "那个大堂小李还帮我填单子") == word(house, "praise.added", number=praise.number)
    assert say(house, "表扬有用没 她能晓得不") == word(house, "praise.use")
    assert len(tickets(house)) == 1


def test_who_wishes_to_praise_and_says_whom_is_asked_for_no_more_than_the_rest(house):
    assert word(house, "praise.more") in say(house, "那个小王服务蛮好的 想表扬哈")
    say(house, "城南支行的王晓燕 帮我妈搬凳子倒水")
    assert [one.kind for one in tickets(house)] == ["praise"]


def test_a_proposal_after_the_invitation_is_a_suggestion(house):
    hear(house, button="faq:cp-praise")
    say(house, "建议大厅多放几把椅子")
    assert [one.kind for one in tickets(house)] == ["suggestion"]


@pytest.mark.parametrize("text", ["要本人去网点吗", "你们那个柜员态度太差", "谢谢", "年费多少"])
def test_a_question_thanks_or_blame_is_no_praise(house, text):
    hear(house, button="faq:cp-praise")
    say(house, text)
    assert "praise" not in [one.kind for one in tickets(house)]


def test_who_praises_is_offered_no_complaint(house):
    replies = hear(house, button="faq:cp-praise")
    assert "file" not in [button.data for reply in replies for row in reply.buttons for button in row]


def test_who_says_that_it_was_no_complaint_hears_that_it_is_praise(house):
    say(house, "我要表扬城西支行的小周，帮我爸填单子")
    (praise,) = tickets(house)
    assert say(house, "不是投诉哦 是表扬") == word(house, "praise.is_praise", number=praise.number)
    assert say(house, "你们会告诉她领导不") == word(house, "praise.use") and len(tickets(house)) == 1


@pytest.mark.parametrize("text", ["柜员拦下来了 谢天谢地", "到了，大堂经理劝住了，谢天谢地"])
def test_relief_praises_nobody(text):
    assert not in_alarm.PRAISING.search(text) and not praising.KIND.search(praising.DENIED.sub("", text.replace("劝住", "")))


def test_thanks_of_who_has_lost_her_money_are_no_praise():
    turn = SimpleNamespace(text="多谢提醒，可钱还是没了")
    assert not praising.meant(turn, 1.0) and praising.meant(SimpleNamespace(text="多谢柜员小李提醒，钱保住了"), 1.0)
