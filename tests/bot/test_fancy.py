"""A novel, a film or a joke makes no alarm; a game, an app or a company that sounds like one silences none."""

import pytest

from bot import fancy
from nlp.text import normalise
from tests import builders
from tests.bot.test_asides import say, tickets

pytestmark = pytest.mark.words


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path)


@pytest.mark.parametrize(("text", "told"), [
    ("第三章骗子把老太太的钱转走了", True), ("第一集里有人抢银行", True), ("第八回中他跳了河", True),
    ("看的电影里，骗子转走五万", True), ("编个故事，老人被骗", True), ("女主最后跳楼了", True), ("反诈演练，有人被骗", True),
    ("游戏里加的好友，骗走两万", False),
    ("第一集团的客户，被骗子转走五万", False), ("第二回被骗了，转走三千", False), ("第三方集资平台跑路了", False),
    ("骗子编了个故事，骗走三万", False), ("看小说的软件弹出来的广告，被骗走三万", False), ("看电影票退款的，被骗子转走五千", False),
    ("女主播让刷礼物，被骗走两万", False), ("不是演练，被骗走两万", False), ("第一章程序都没走完", False)])
def test_what_is_told_of_a_story_is_known_by_its_words(text, told):
    assert bool(fancy.TOLD.search(normalise(text))) == told


@pytest.mark.parametrize(("before", "text", "rings"), [
    ("看的小说里有个理财骗局，是真的吗", "刚转给骗子三万，钱过去了", True),
    ("小说里写一个骗子", "正在被骗，老太太还没明白过来", False), ("小说里写一个骗子", "俺正在被骗", True),
    ("小说里写一个骗子", "第二章主角刚转给骗子三万，钱过去了", False)])
def test_money_that_has_just_left_is_no_story(house, before, text, rings):
    say(house, before)
    say(house, text)
    assert any(one.urgency == "I" for one in tickets(house)) == rings
