"""In the course of an alarm: what has just gone, how the swindler presses, what she asks, who is in danger, and how it ends."""

import itertools
import json
from dataclasses import replace

import msgspec
import pytest
from sqlalchemy import select

from bot.channels import telegram_parse
from bot.flows import all_clear, beside, despair, first_aid, in_alarm
from bot.messages import Incoming
from nlp.text import normalise
from tests import builders
from tickets.models import URGENT, Alert, Message, Owed, Ticket

pytestmark = pytest.mark.words

keys = itertools.count()


class Alarming(builders.WordReader):
    """Rings for a swindle, for despair, for a threat, by plain words."""

    def _one(self, text):
        grave = (("正在被骗", "fraud_now"), ("不想活", "self_harm"), ("误听", "self_harm"), ("砸了你们", "violence"),
                 ("二十几个", "group"))
        flags = tuple(flag for word, flag in grave if word in text)
        return msgspec.structs.replace(super()._one(text), flags=flags, urgency="I" if flags else "none", alarm=float(bool(flags)))


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path, read=replace(builders.understanding(), reader=Alarming()))


def say(house, text):
    (outcome,) = house.intake.receive([Incoming("telegram", f"i{next(keys)}", "7", text)])
    return "\n".join(reply.text for reply in outcome.replies)


def first(house):
    with house.store.read() as session:
        return session.scalars(select(Ticket).order_by(Ticket.id)).first()


def alarms(house):
    with house.store.read() as session:
        return len(session.scalars(select(Alert).where(Alert.kind == "level_one")).all())


def title(house, kind):
    return house.knowledge.emergencies[kind].title


def word(house, key):
    return house.knowledge.wording(key, number=first(house).number, hotline="")


def test_the_grade_follows_what_the_alarm_grows_to(house):
    say(house, "我正在被骗")
    assert first(house).grade == "普通"
    say(house, "我们二十几个人都正在被骗")
    assert set(first(house).flags) == {"fraud_now", "group"} and first(house).grade == "复杂"


@pytest.mark.parametrize(("text", "kind"), [
    ("钱已经出去了", "fraud_gone"), ("刚又汇过去两万五", "fraud_gone"), ("我已经付了八千", "fraud_gone"),
    ("卡里的钱全没了", "fraud_gone"),
    ("又扣了三千块", "fraud_gone"), ("显示转账成功", "fraud_gone"), ("验证码报给他了", "fraud_code"),
    ("密码告诉对方了", "fraud_code"),
    ("钱已经给上门来拿的人了", "fraud_handed"),
    ("我念了", "fraud_code"), ("我给他了，人上车了", "fraud_handed"), ("金条交给那个人了", "fraud_handed"),
    ("快递已经寄了", "fraud_handed"), ("念完了，他挂了", "fraud_code"), ("我输了", "fraud_code"),
    ("余额变成零了", "fraud_gone"), ("办好了，三十万", "fraud_gone"), ("刷卡刷走了", "fraud_gone")])
def test_what_has_just_gone_is_stopped_at_once_and_the_duty_woken(house, text, kind):
    say(house, "我正在被骗")
    before = alarms(house)
    words = say(house, text)
    assert words.startswith(title(house, kind)) and "110" in words.splitlines()[2] and alarms(house) == before + 1


@pytest.mark.parametrize("text", [
    "我没转，他还在催", "打了110了", "要是转了怎么办", "差点就付了", "他说钱会退给我的", "我已经报警了", "那我就付了吧",
    "对方发来转账成功的截图", "他今天非要把房款全打过去，劝不动", "我同学给我转了三千"])
def test_what_has_not_gone_wakes_nobody(house, text):
    assert in_alarm.gone(normalise(text)) is None


def test_who_said_that_it_has_gone_is_not_asked_whether(house):
    say(house, "我正在被骗")
    say(house, "钱已经出去了")
    words = [say(house, text) for text in ("我姓周", "我在河西")]
    assert word(house, "emergency.how_is_it_gone") in words and word(house, "emergency.how_is_it") not in words
    assert say(house, "接下来呢").startswith(title(house, "fraud_gone"))


@pytest.mark.parametrize(("text", "name"), [
    ("手机关不掉", "cut"), ("客服热线一直占线", "busy"), ("那个业务员还在我家坐着", "beside"), ("我爸死活不听", "wont_listen"),
    ("他把门反锁了", "locked"), ("我自己能不能把卡锁了", "hers"), ("我不敢去派出所", "go"),
    ("没敢告诉家里", "tell_family"), ("警察叫银行配合", "cooperate"), ("这些截图发给谁", "records"),
    ("拿到受案回执了，然后呢", "receipt"), ("我报警了，然后呢", "reported"),
    ("三百块也能报案吗", "report"), ("那800要退给他吗", "dirty_money"), ("快递能不能截回来，截住快递", "courier"),
    ("你们几点给我打电话", "when"), ("他说再交两千就全退", "fee"), ("还要交一笔税", "fee"), ("他发了警官证给我看", "paper"),
    ("合同也签了", "paper"), ("视频里就是我女儿", "face"), ("他说不打钱就起诉我", "arrest"), ("今天最后一天", "haste"),
    ("不许跟家里人说", "secret"), ("他连名字都知道，怎么会知道我", "knows"), ("人家人很好的", "kind"),
    ("他又要我报验证码", "code"),
    ("到了就入账", "promise"), ("他说能帮我追回来", "recovery"), ("她要把我照片发出去", "exposed"),
    ("你们柜员不让我转", "teller"), ("这事要不要报警", "report_first"), ("报案管用吗", "report_first"),
    ("先去派出所还是先找领导", "report_first"), ("我儿子说打110没用", "report_first"), ("后天他来取镯子，我给不给", "give"),
    ("卡已经挂失了，接下来呢", "after_stopping"), ("我拔了卡，下一步做什么", "after_stopping"),
    ("那我先不管了行吗", "let_be"), ("袋子还没放，我在柜子边", "carry"), ("钱还在不在我咋知道", "check"),
    ("其他卡会不会有事", "other_cards"), ("这三千块我要还吗", "owed"), ("信用卡怎么停", "hers"), ("他说就找人收拾我", "threat"),
    ("他会不会闯进来", "at_door"), ("我不会退出那个软件", "cut"), ("十分钟不交就送看守所", "arrest"),
    ("不补前面的就全没了", "fee"), ("他对我是真心的", "kind"), ("他留了张收据", "paper")])
def test_what_she_says_in_an_alarm_has_the_sentence_that_fits(house, text, name):
    assert in_alarm.answer(normalise(text)) == name
    say(house, "我正在被骗")
    assert word(house, f"in_alarm.{name}") in say(house, text)


def test_every_name_has_its_sentence_and_promises_nothing():
    texts = builders.knowledge().wording.texts
    for table in (in_alarm.STUCK, in_alarm.ASKED, in_alarm.PRESSED):
        for name in table:
            assert "一定能" not in texts[f"in_alarm.{name}"] and "保证" not in texts[f"in_alarm.{name}"]
    assert set(in_alarm.ENTRIES.values()) <= set(builders.knowledge().entries)


def test_the_swindlers_agent_is_nobody_of_ours(house):
    say(house, "我正在被骗")
    house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing("human"))
    assert word(house, "in_alarm.fee") in say(house, "客服说再充三千就能提现")
    assert house.knowledge.wording("human.called", number="").split("：")[0] in say(house, "帮我找个客服")


def test_shame_in_a_swindle_is_despair_and_rings_again(house):
    say(house, "我正在被骗")
    before = alarms(house)
    assert say(house, "我没脸活了").startswith(title(house, "self_harm")) and alarms(house) == before + 1
    assert "self_harm" in first(house).flags
    assert not in_alarm.despairs(normalise("笑死，开玩笑的")) and not in_alarm.despairs(normalise("想死你了"))


@pytest.mark.parametrize(("text", "kind"), [
    ("我把药都吃了", "self_harm_pills"), ("他喝了农药", "self_harm_pills"), ("煤气我打开着", "self_harm_gas"),
    ("我坐在天台上", "self_harm_edge"), ("手里拿着刀", "self_harm_edge"), ("我在窗台上坐着", "self_harm_edge")])
def test_what_is_being_done_comes_before_every_comfort(house, text, kind):
    say(house, "我不想活了")
    before = alarms(house)
    words = say(house, text)
    assert words.startswith(title(house, kind)) and "120" in words and alarms(house) == before + 1
    assert say(house, "头晕，没力气").startswith(title(house, kind)), "it takes hold"
    assert say(house, "救护车来了") == word(house, "emergency.safer")


def test_medicine_of_every_day_is_none():
    calls, calms = first_aid.patterns(builders.knowledge().emergencies["self_harm_pills"])
    for text in ("我每天按时吃了药", "感冒吃了药"):
        assert not calls.search(text) or calms.search(text)


def test_a_relative_who_went_away_is_looked_for_until_he_is_found(house):
    assert say(house, "我哥说不想活了，留了张纸条就走了").startswith(title(house, "self_harm_away"))
    assert say(house, "他穿着黑外套，五十岁") == word(house, "emergency.tell_police")
    assert say(house, "能先别催他还款吗") == word(house, "emergency.debt_later")
    assert say(house, "找到他了，谢谢") == word(house, "emergency.found")
    words = [*despair.COMFORT, *despair.OF_ANOTHER["self_harm_away"]]
    assert say(house, "你们几点关门") not in [word(house, key) for key in words], "the alarm's words have stopped"


def test_who_is_better_and_asks_for_something_else_is_answered(house):
    say(house, "我不想活了")
    house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing("ask"))
    assert say(house, "能分期慢慢还吗") == word(house, "emergency.debt_later")
    assert say(house, "我没有想不开，就是累") in [word(house, key) for key in despair.COMFORT], "no word that she is better"
    assert say(house, "我好多了，就想问分期").startswith(word(house, "emergency.better"))
    assert "12356" not in say(house, "房贷利率是多少")


def test_a_daughter_stays_a_daughter(house):
    assert say(house, "我正在被骗吗，我妈现在要去银行汇款，劝不住").startswith(title(house, "fraud_other"))
    assert title(house, "fraud_other") in say(house, "接下来呢")


def test_cash_at_the_door_is_not_to_be_handed_over(house):
    assert say(house, "正在被骗，他叫我把现金装好，等会儿有人上门来拿").startswith(title(house, "fraud_cash"))


def test_praise_and_jokes_end_the_alarm(house):
    say(house, "我正在被骗")
    assert "肯定" in say(house, "我是来表扬你们小王的")
    assert word(house, "emergency.more") != say(house, "在解放路那家") != word(house, "emergency.how_is_it")


def test_a_threat_that_was_a_joke_is_over_also_where_a_complaint_was_asked_for(house):
    say(house, "真想砸了你们玻璃")
    say(house, "砸了你们")
    say(house, "我要投诉")
    assert say(house, "刚才是开玩笑的") == word(house, "emergency.mistaken")


def test_after_the_all_clear_the_talk_goes_on_until_money_has_gone_after_all(house):
    say(house, "我正在被骗")
    assert say(house, "虚惊一场，人没事") == word(house, "emergency.relieved")
    assert say(house, "嗯嗯我姓周啊") not in (word(house, "emergency.more"), word(house, "emergency.how_is_it"))
    assert say(house, "不过我刚才已经付了一万").startswith(title(house, "fraud_gone"))


def test_plain_business_in_an_alarm_is_no_part_of_it(house):
    say(house, "我正在被骗")
    assert word(house, "emergency.asked") not in say(house, "你们周六开门吗")
    assert not beside.business(normalise("他让我分期借钱"))


def test_what_she_did_right_is_praised_only_where_she_did_it(house):
    say(house, "我正在被骗")
    right = word(house, "emergency.right")
    assert say(house, "电话我掐断了，也挂了") == right
    assert say(house, "110打了，可是没用") != right and say(house, "他挂了") != right and say(house, "骗子刚刚挂了") != right
    assert word(house, "emergency.dont") not in say(house, "那我先给我爸打个电话")


def test_all_steps_are_told_once_and_then_one_at_a_time(house):
    first = say(house, "我正在被骗")
    last, steps = house.knowledge.emergencies["fraud_now"].lines[-1], set()
    assert last in first
    for text in ("怎么弄啊", "接下来呢", "然后怎么办"):
        words = say(house, text)
        assert last not in words and words.startswith(title(house, "fraud_now"))
        steps.add(words.splitlines()[2])
    assert len(steps) == 3, "each time another step"


def test_what_he_looked_like_goes_to_the_police(house):
    assert say(house, "正在被骗，刚有人拿走我三根金条").startswith(title(house, "fraud_handed"))
    assert word(house, "in_alarm.looks") in say(house, "骑一辆红色摩托，走了三分钟")


@pytest.mark.parametrize(("text", "key"), [
    ("我只知道他租房的小区", "his_place"), ("电话通了，他在那头哭", "on_the_line"), ("他又挂断了", "hung_up"),
    ("他把门反锁了", "door"), ("昨天他把存折和密码都写给我了", "gave_away"), ("我该怎么跟他开口", "how_to_say"),
    ("他说没事，叫我别烦他", "brushed_off"), ("医生到了", "safer_him")])
def test_who_fears_for_another_hears_what_fits_him(house, text, key):
    assert say(house, "我弟弟说他不想活了").startswith(title(house, "self_harm_other"))
    assert word(house, f"emergency.{key}") in say(house, text)


def test_another_at_the_water_is_looked_for_and_not_told_to_step_back(house):
    say(house, "我弟弟说他不想活了")
    assert say(house, "他说人在江边").startswith(title(house, "self_harm_there"))
    assert say(house, "他跟我回家了") == word(house, "emergency.found")


def test_another_who_was_held_back_is_not_spoken_to(house):
    assert say(house, "我姐姐不想活，割腕被我拦下").startswith(title(house, "self_harm_there"))
    assert word(house, "emergency.how_to_say") in say(house, "我怎么劝她")


def test_despair_for_another_is_no_swindle_when_it_rings_as_one(house):
    say(house, "我弟弟说他不想活了")
    words = say(house, "正在被骗似的，电话接通了，他一直哭")
    assert word(house, "emergency.on_the_line") in words and title(house, "fraud_now") not in words


def test_on_a_roof_she_steps_back_first_and_is_heard(house):
    assert say(house, "我在你们支行楼顶，不想活了").startswith(title(house, "self_harm_edge"))
    assert say(house, "砸了你们，叫行长上来").startswith(word(house, "emergency.his_step"))


def test_a_passbook_written_down_for_a_swindler_is_no_despair(house):
    say(house, "我正在被骗")
    assert say(house, "密码写给他们了，误听").startswith(title(house, "fraud_code"))
    assert "self_harm" not in first(house).flags


def test_a_crowd_that_grows_is_told_to_the_desk_and_a_complaint_beside_it_is_kept(house):
    say(house, "砸了你们")
    before = alarms(house)
    assert say(house, "现在来了四十个人了，有人推保安").startswith(house.knowledge.wording("emergency.crowd_grows"))
    assert alarms(house) == before + 1
    words = say(house, "动手了，我要投诉你们不管")
    assert words.startswith(house.knowledge.wording("emergency.crowd_grows")) and "工单号" in words


@pytest.mark.parametrize("text", ["不是真的，我写的小说", "没有人骗我", "我是正常交租"])
def test_who_says_that_it_was_none_is_believed(house, text):
    say(house, "我正在被骗")
    assert say(house, text) == word(house, "emergency.mistaken")


@pytest.mark.parametrize(("before", "text", "rings"), [
    ("我写的小说里有个抢匪", "第三章他砸了你们柜台", False), ("哈哈今天真倒霉", "想砸了你们", True),
    ("我写的小说里有个抢匪", "我现在就砸了你们", True)])
def test_a_novel_is_no_threat_and_who_speaks_of_herself_is_heard(house, before, text, rings):
    say(house, before)
    say(house, text)
    assert bool(alarms(house)) == rings


def test_a_question_about_another_subject_is_answered_by_the_base(store, tmp_path):
    house = builders.house(store, tmp_path, read=replace(builders.understanding(), acts=builders.Doing("ask")))
    say(house, builders.EMERGENCY)
    entry = house.knowledge.entries["fake-cash-get-back"]  # which also asks what may be had back
    assert say(house, entry.question).startswith(entry.question)


@pytest.mark.parametrize(("text", "kind"), [
    ("咽下去十几颗了", "self_harm_pills"), ("手边这瓶我全吞了", "self_harm_pills"), ("血一直流，止不住", "self_harm_bleed"),
    ("刚才割了手腕", "self_harm_bleed")])
def test_who_has_swallowed_or_cut_is_told_120_until_help_is_there(house, text, kind):
    say(house, "我不想活了")
    assert say(house, text).startswith(title(house, kind))
    before = alarms(house)
    assert say(house, "我住在建设路12号3单元").startswith(word(house, "emergency.address")) and alarms(house) == before + 1
    assert say(house, "你走开吧") == say(house, "…") == word(house, "emergency.call_120")
    assert say(house, "120打通了") == word(house, "emergency.called_120")
    assert say(house, "救护车到了") == word(house, "emergency.safer")


@pytest.mark.parametrize("text", ["晚饭都没吃", "刚吃了碗面", "取款机把卡吞了"])
def test_a_meal_is_no_overdose(house, text):
    say(house, "我不想活了")
    assert not say(house, text).startswith(title(house, "self_harm_pills"))


def test_despair_without_a_word_gets_no_menu_and_who_wants_no_number_gets_none(house):
    say(house, "我不想活了")
    assert say(house, "……") == say(house, "。") == word(house, "emergency.silent")
    assert say(house, "不想拨什么热线，想跟你聊聊") == word(house, "emergency.no_numbers")
    for text in ("厂子倒了", "欠了好多人的", "没人看得起我", "天天睡不着"):
        assert "12356" not in say(house, text)
    assert say(house, "遗书我都写了").startswith(word(house, "emergency.letter"))


@pytest.mark.parametrize(("text", "name"), [
    ("你就说是不是假的", "is_it"), ("不靠谱吧", "is_it"), ("我不给钱会坐牢吗", "no_arrest"), ("窗口正在给她转", "being_done"),
    ("我现在就在手机上要转了", "hold"), ("又来了个验证码", "code"), ("他叫我去酒店，不许出来", "isolated"),
    ("说报警就把人剁了", "dare"),
    ("要不要再借点钱", "borrow"), ("你们帮我拦一下吧", "stop_it"), ("群里大家都赚了", "decoys"), ("后台显示有三万", "shown")])
def test_what_is_most_urgent_in_a_swindle_is_said_outright(house, text, name):
    say(house, "我正在被骗")
    assert word(house, f"in_alarm.{name}") in say(house, text)


def test_a_victim_is_no_suspect_but_who_lent_her_card_may_be_one(house):
    say(house, "我正在被骗，把银行卡借给了网友")
    assert word(house, "in_alarm.jail") in say(house, "我会坐牢吗")


def test_where_money_has_gone_nothing_is_said_to_be_safe(house):
    say(house, "我正在被骗，已经转了八千")
    assert word(house, "in_alarm.found_out_late") in say(house, "问了老板，他说没找过我")
    assert word(house, "in_alarm.money_left") in say(house, "卡里还有三万 是在你们这")
    assert word(house, "in_alarm.shown") in say(house, "平台里还有三万")
    assert word(house, "in_alarm.more_kept") in say(house, "后面的取消了，退出了")


def test_after_an_alarm_she_goes_on_with_the_complaint_that_was_open(house):
    say(house, builders.COMPLAINT)
    complaint = first(house).number
    say(house, "我正在被骗")
    assert house.knowledge.wording("filing.resumed", number=complaint) in say(house, "刚才说的那个投诉，继续办吧")
    assert "要她赔个不是" in say(house, "要她赔个不是")
    with house.store.read() as session:
        assert len(session.scalars(select(Ticket)).all()) == 2


def test_who_knocks_at_his_door_is_not_told_to_lock_hers():
    assert in_alarm.answer("我敲门他不开") == in_alarm.answer("我去敲了门 他也不应") == "locked"
    assert in_alarm.answer("有人在敲门") == in_alarm.answer("他们在敲我家的门") == "at_door"


def test_whose_name_the_page_bears_is_no_denial_and_the_card_is_locked_all_the_same(house):
    say(house, "正在被骗")
    for text, answer in (("哦我看错了 是移动的积分 不是你们的", "挂谁的名字"), ("不是你们行的，是建行发的", "挂谁的名字"),
                         ("卡号被人知道了能把钱弄走吗", "光有卡号"), ("只填了卡号要紧吗", "光有卡号")):
        assert answer in say(house, text)


@pytest.mark.parametrize("text", ["卡是建行的", "是建行的卡", "是微信的", "是不是你们的人", "不是移动的"])
def test_which_bank_her_card_is_of_says_nothing_of_a_page(text):
    assert all_clear.WHOSE.search(text) is None


@pytest.mark.parametrize(("text", "denies"), [
    ("我看错了 是移动的 不是你们的", False), ("搞错了，是建行的短信", False), ("搞错了 是我爱人发的", True),
    ("误会，是我写小说", True)])
def test_a_denial_says_more_than_whose_page_it_was(text, denies):
    assert all_clear.denies(text) == denies


def test_relief_in_an_alarm_is_no_praise_and_what_follows_is_of_what_was_answered_since(house):
    say(house, "正在被骗")
    say(house, "拦住了 谢谢")
    with house.store.read() as session:
        assert [one.kind for one in session.scalars(select(Ticket))] == ["complaint"]
    say(house, house.knowledge.entries["acct-inherit"].question)
    house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing("add"))
    assert "已补充" not in say(house, "刷了有半个月了") and "半个月" not in (first(house).facts or "")


PLACE = {"location": {"latitude": 39.9042, "longitude": 116.4074}}


@pytest.mark.parametrize(("alarm", "sent", "kept", "rings"), [
    ("我不想活了", {"voice": {"file_id": "v", "duration": 3}}, "语音", 1), ("我不想活了", PLACE, "39.90420,116.40740", 1),
    ("我不想活了", {"sticker": {"file_id": "s"}}, "表情", 0), ("我正在被骗", {"video_note": {"file_id": "v"}}, "语音", 1),
    ("我正在被骗", PLACE, "39.90420,116.40740", 1), ("我正在被骗", {"dice": {}}, "表情", 0)])
def test_a_voice_or_a_place_in_an_alarm_goes_to_the_office_and_gets_no_menu(store, tmp_path, alarm, sent, kept, rings):
    reading = replace(builders.understanding(), reader=Alarming())
    house = builders.house(store, tmp_path, read=reading, telegram_staff_group=-100500)
    say(house, alarm)
    before = alarms(house)
    update = {"update_id": 8, "message": {"message_id": 8, "chat": {"id": 7}, "from": {"id": 7}, **sent}}
    (outcome,) = house.intake.receive([telegram_parse.parse(json.dumps(update).encode())[0]])
    said = "\n".join(reply.text for reply in outcome.replies)
    assert first(house).number in said and "还看不懂" not in said and not any(reply.buttons for reply in outcome.replies)
    assert alarms(house) == before + rings
    with store.read() as session:
        told = session.scalars(select(Owed).where(Owed.address == "-100500").order_by(Owed.id.desc())).first().body["text"]
        heard = session.scalars(select(Message).where(Message.platform_id == "8")).one()
    assert kept in told and kept in heard.text and heard.ticket_id == first(house).id


def test_a_place_sent_without_an_alarm_is_not_kept(house):
    house.intake.receive([Incoming("telegram", "p", "7", kind="location", place=(39.9, 116.4), platform_id="8")])
    with house.store.read() as session:
        assert session.scalars(select(Message.text).where(Message.platform_id == "8")).one() == ""


def test_what_is_said_in_an_alarm_is_owed_as_urgent_and_a_redelivery_hears_it_again(house):
    say(house, "在吗")
    alarm = Incoming("telegram", "urgent", "7", "我正在被骗")
    first_time, again = house.intake.receive([alarm])[0], house.intake.receive([alarm])[0]
    assert again.status == "duplicate" and again.replies == first_time.replies
    say(house, "对方还在催我")
    with house.store.read() as session:
        owed = session.scalars(select(Owed).where(Owed.address == "7").order_by(Owed.id)).all()
    assert [one.purpose == URGENT for one in owed] == [False] + [True] * (len(owed) - 1) and all(one.chat_id for one in owed)
