"""Inside an alarm: who lent his card, who writes of another, a supposed employee, clauses parted by spaces, a swindle long past."""

from dataclasses import replace

import pytest

from bot.flows import in_alarm
from tests import builders
from tests.bot.test_alarm_pieces import levels, reader, say, title, word

pytestmark = pytest.mark.words

ALARM = "骗子正在骗我，让我转到安全账户"


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path, read=replace(builders.understanding(), reader=reader()))


@pytest.mark.parametrize(("text", "name"), [
    ("没给验证码 就是卡号说了", "keep_to_it"), ("我没说密码", "keep_to_it"), ("那我先打个110问问", None),
    ("还没转 就是看了下我余额", "not_paid"), ("还没填密码", "not_paid"), ("没来得及输验证码 就挂了", "not_paid"),
    ("他就在我旁边 正要去银行", "kin_paying"), ("我妈非要出门 这就去网点", "kin_paying"), ("她准备去柜台汇款", "hold"),
    ("她还要转", "kin_paying"), ("他说要转", None),
    ("我在去银行的路上", "to_the_bank"), ("我要去银行挂失", None), ("要不要去银行", None), ("我现在在银行", "my_place"),
    ("卡里有三万多 是在你们这", "money_here"), ("钱都存在你们行", "money_here"), ("平台里还有八万", "shown"),
    ("我卡里账上还有三万", "money_here"), ("账户里显示有八万", "shown"),
    ("要是真是你们的人呢", "truly_ours"), ("万一他真的是你们银行经理呢", "truly_ours"), ("是不是你们的人", "ours"),
    ("那我要举报他", "tell_on"), ("名字叫王建国 说是东门支行的", "named"), ("他说他姓李", "named"), ("他叫我别挂", "secret"),
    ("人家说公安冻了对方账户 钱啥时候还我", "recover"), ("公安把他卡冻结了", "recover"), ("能不能冻结他的卡", "freeze"),
    ("你们能不能拦住他", "stop_it"), ("卡现在去注销行不行", "hers")])
def test_what_is_meant_is_heard_between_the_spaces(text, name):
    assert in_alarm.answer(text) == name


def test_what_has_gone_is_heard_between_the_spaces():
    for text in ("我念了 他挂了", "我没转 就把验证码说了", "钱还没打，密码告诉他了"):
        assert in_alarm.gone(text) == "fraud_code"
    for text in ("还没转 就是看了余额", "验证码我没给他", "钱没转 验证码也没念", "要是验证码给他了呢"):
        assert in_alarm.gone(text) is None


@pytest.mark.parametrize("before", [
    ["fraud-rent-card", "上个礼拜给的 密码也给了"], ["我把银行卡借给了网友，他说给我五百，有人正在用来骗人"],
    [ALARM, "我之前把卡租给别人了"]])
def test_who_lent_his_card_is_no_victim_who_is_told_that_nothing_comes_of_it(house, before):
    entries = house.knowledge.entries
    words = [say(house, entries[text].question if text in entries else text) for text in before]
    assert before[0] == ALARM or words[-1].startswith(title(house, "fraud_lender"))
    assert word(house, "in_alarm.jail") in say(house, "我还是学生 会留案底吗")
    assert word(house, "in_alarm.dirty_money") in say(house, "卡里还有两千块")
    assert word(house, "in_alarm.kept") in say(house, "卡现在去注销行不行")
    assert title(house, "fraud_code") not in say(house, "然后咋整")
    again = say(house, "密码也给他了")
    assert again.startswith(title(house, "fraud_lender")) and title(house, "fraud_code") not in again


def test_a_victim_who_asked_of_lending_before_is_still_told_what_stops_the_money(house):
    say(house, house.knowledge.entries["fraud-rent-card"].question)
    assert say(house, "骗子正在骗我，刚转了三万到安全账户").startswith(title(house, "fraud_gone"))


def test_who_writes_of_another_is_not_answered_as_if_he_paid(house):
    assert say(house, "我老婆好像被骗了，她在网上跟人投资，现在还要转钱给骗子").startswith(title(house, "fraud_other"))
    for text in ("今天还要再转20万", "她正要去柜台"):
        assert word(house, "in_alarm.kin_paying") in say(house, text)
    assert word(house, "in_alarm.unaware") in say(house, "就在网点")


def test_what_is_said_of_another_fits_man_and_woman():
    texts = builders.knowledge().wording.texts
    for name in ("kin_paying", "unaware", "being_done", "another", "wont_listen", "locked"):
        assert not {"她", "他"} & set(texts[f"in_alarm.{name}"].replace("他们", "")), name
    assert "他" not in "".join(builders.knowledge().emergencies["fraud_other"].lines).replace("他们", "")


def test_the_name_of_a_supposed_employee_is_kept_for_the_office(house):
    say(house, ALARM, "他说他是你们行的客户经理")
    assert word(house, "in_alarm.tell_on_staff") in say(house, "那我要举报他")
    assert word(house, "in_alarm.named_staff") in say(house, "名字叫王建国 说是东门支行的")


def test_any_other_swindler_is_told_on_to_the_police(house):
    say(house, ALARM)
    assert house.knowledge.entries["fraud-report"].answer in say(house, "那我要举报他")
    assert word(house, "in_alarm.named") in say(house, "他说他姓李")


@pytest.mark.parametrize("text", [
    "我被骗了12万 上个月的事 警察立案了", "上个月被骗了三万，已经报案了", "两个月前被人骗了五万 派出所立案了 一直没消息",
    "去年被骗了8万，报过警了"])
def test_a_swindle_long_past_and_with_the_police_is_no_alarm(house, text):
    assert house.knowledge.entries["fraud-get-money-back"].answer in say(house, text) and not levels(house)


@pytest.mark.parametrize("text", [
    "上个月被骗了三万，报警了，今天他又叫我转两万", "我上个月被骗了，没报警", "上个月被骗报警，派出所不立案",
    "上个月被骗了三万，警察立案了，我要投诉你们银行", "刚被骗了三万，已经报警了"])
def test_what_goes_on_or_is_not_with_the_police_is_heard_as_before(house, text):
    assert house.knowledge.entries["fraud-get-money-back"].question not in say(house, text)
