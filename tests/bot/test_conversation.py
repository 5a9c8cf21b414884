"""What a customer meets: every promise of the conversation, through the front door of the intake."""

import itertools
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
import time_machine
from sqlalchemy import select

from bot.flows import despair
from bot.flows.entries import cited
from bot.flows.filing import day
from bot.messages import Incoming, Upload
from tests import builders
from tickets.models import Alert, Attachment, Correction, Gap, Message, Owed, Rating, Ticket, now

keys = itertools.count()


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path)


def say(house, text="", *, button="", address="7", **fields):
    """What the bot answers, as one text."""
    incoming = Incoming("telegram", f"c{next(keys)}", address, text, button=button, kind="button" if button else "text", **fields)
    (outcome,) = house.intake.receive([incoming])
    assert outcome.status == "handled"
    return "\n".join(reply.text for reply in outcome.replies)


def ticket(house, **where):
    with house.store.read() as session:
        return session.scalars(select(Ticket).filter_by(**where).order_by(Ticket.id.desc())).first()


def test_a_greeting_says_what_the_bot_does_and_where_the_data_goes(house):
    words = say(house, "/start")
    assert "消保小助手" in words and "境外" in words and "验证码" in words


def test_each_law_of_a_basis_is_named_once_with_its_articles_and_since_when():
    assert cited([
        "《甲法》第一条（主席令第 5 号，2020-01-01 施行）：说了一 [V]",
        "《甲法》第三条第（二）项（主席令第 5 号，2020-01-01 施行） [V]",
        "三部门的公告（2024 年 6 月）：分工，依据公开转载 [S]", "《乙办法》（2021-02-03 施行），依据公开转载：说了二 [S]"]
    ) == "《甲法》第一条、第三条第（二）项（2020-01-01 施行）；三部门的公告（2024 年 6 月）；《乙办法》（2021-02-03 施行）"


def test_a_question_is_answered_word_for_word_with_source_and_date(house):
    words = say(house, builders.QUESTION)
    entry = next(e for e in house.knowledge.entries.values() if e.question == builders.QUESTION)
    assert entry.answer in words and cited(entry.basis) in words and entry.checked.isoformat() in words


def test_a_question_nobody_can_answer_is_kept_as_a_gap_and_a_person_is_offered(house):
    words = say(house, "什么是量子纠缠的退相干时间")
    assert "不敢乱说" in words or "您是不是想问" in words
    with house.store.read() as session:
        assert session.scalars(select(Gap)).one().text == "什么是量子纠缠的退相干时间"


def test_a_complaint_is_filed_at_once_with_number_date_and_what_was_understood(house):
    words = say(house, builders.COMPLAINT)
    made = ticket(house)
    assert made.number in words and "信用卡——定价收费" in words and "最迟答复日" in words
    assert made.status == "received" and made.due_at > now()


def test_every_question_of_a_filing_can_be_answered_or_skipped(house):
    say(house, builders.COMPLAINT)
    assert "哪个网点" in say(house, "11 月 3 号扣的")
    assert "怎么解决" in say(house, button="skip")
    assert "怎么联系" in say(house, button="claim:refund")
    words = say(house, "姓王，下午打")
    made = ticket(house)
    assert (made.facts, made.branch_named, made.claim, made.contact) == ("11 月 3 号扣的", "", "申请退费", "姓王，下午打")
    assert made.number in words and "核查" in words and "12378" in words


def test_an_emergency_is_told_the_one_thing_to_do_before_anything_else(house):
    words = say(house, "我正在被骗")
    assert words.index("110") < words.index("登记")
    made = ticket(house)
    assert made.urgency == "I" and made.grade == "普通", "第二十九条: a live swindle is no 重大投诉"
    with house.store.read() as session:
        assert session.scalars(select(Alert)).one().ticket_id == made.id


def test_an_emergency_interrupts_a_filing_and_a_second_cry_makes_no_second_ticket(house):
    say(house, builders.COMPLAINT)
    say(house, "我正在被骗")
    say(house, "正在被骗啊快点")
    with house.store.read() as session:
        assert len(session.scalars(select(Ticket)).all()) == 2
        assert len(session.scalars(select(Alert)).all()) == 2


def test_who_cries_again_reads_only_the_first_steps_until_the_others_have_left_the_screen(house):
    first, second = say(house, "我正在被骗"), say(house, "正在被骗啊快点")
    _, *steps = house.knowledge.emergencies["fraud_now"].lines
    assert "110" in second and second.startswith(house.knowledge.emergencies["fraud_now"].title)
    assert steps[-1] in first and steps[-1] not in second and house.knowledge.wording("first_aid.as_above") in second
    with time_machine.travel(now() + timedelta(minutes=11)):
        assert steps[-1] in say(house, "还是正在被骗")


def test_another_language_is_told_so_and_the_person_she_calls_reads_her_words(house):
    words = "Hello, I lost my card, can you help me?"
    assert say(house, words).startswith(house.knowledge.wording("greeting.foreign"))
    say(house, button="human")
    assert ticket(house).summary == words
    assert "网点" not in say(house, "https://abc.example/win")


def test_who_is_relieved_after_an_alarm_is_told_so_and_not_the_steps_again(house):
    say(house, "我正在被骗")
    made = ticket(house)
    assert say(house, "女儿打来了，没事，她好好的") == house.knowledge.wording("emergency.relieved", number=made.number)
    assert say(house, "应该没事吧") != house.knowledge.wording("emergency.relieved", number=made.number)


@pytest.mark.parametrize("text", ["投诉，我被骗了", "投诉，妻子手机被骗 钱没了"])
def test_a_swindle_that_turns_out_to_be_of_this_minute_rings_in_the_middle_of_the_filing(house, text):
    assert house.knowledge.entries["just-transferred"].answer in say(house, text)
    assert ticket(house).urgency == "none"
    words = say(house, "刚刚，微信转的")
    assert words.startswith(house.knowledge.emergencies["fraud_gone"].title)
    with house.store.read() as session:
        assert "I" in session.scalars(select(Ticket.urgency)).all()


class Despairing(builders.WordReader):
    def _one(self, text):
        if "不想活" not in text:
            return super()._one(text)
        return msgspec.structs.replace(super()._one(text), urgency="I", flags=("self_harm",))


def test_in_despair_a_plain_matter_of_the_bank_is_taken_up_after_a_word_to_her(store, tmp_path):
    models = builders.understanding()
    house = builders.house(store, tmp_path, read=replace(models, reader=Despairing()))
    say(house, "我不想活了")
    made = ticket(house)
    first, second, _ = comfort(house, made.number)
    house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing("ask"))
    words = say(house, builders.QUESTION)
    assert words.startswith(first) and house.knowledge.entries["just-transferred"].answer in words
    house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing("file"))
    words = say(house, builders.COMPLAINT)
    assert words.startswith(second) and "工单号" in words


@pytest.mark.parametrize(("text", "steps"), [
    ("没扣钱 是不是没事了", True), ("然后呢", True), ("正开着呢", True), 
    ("没事了", False)])
def test_after_an_alarm_who_does_not_know_what_next_hears_the_steps_again(house, text, steps):
    say(house, "我正在被骗")
    assert (house.knowledge.emergencies["fraud_now"].title in say(house, text)) == steps


@pytest.mark.parametrize(("text", "key"), [
    ("我想再填一次试试", "dont"), ("那我就交了吧", "dont"), ("我要填吗", "dont"), ("我不转了", "right"),
    ("电话我挂了", "right"), ("柜员把她劝住了", "relieved")])
def test_after_an_alarm_what_she_says_is_answered_to_the_point(house, text, key):
    say(house, "我正在被骗")
    assert say(house, text) == house.knowledge.wording(f"emergency.{key}", number=ticket(house).number)


def test_after_an_alarm_the_base_answers_what_the_swindler_says(house):
    say(house, "我正在被骗")
    entry = house.knowledge.entries["fraud-safe-account"]
    assert say(house, entry.question.rstrip("？")).startswith(entry.answer)


def test_after_an_alarm_a_call_for_a_person_is_one(house):
    say(house, "我正在被骗")
    say(house, "正在被骗呢，人呢，快给我转人工")
    assert ticket(house).kind == "human"


@pytest.mark.parametrize(("text", "alarm"), [
    ("A policeman tells me to transfer my money", True), ("What are your opening hours?", False), ("도와주세요 제발요", False)])
def test_danger_is_heard_in_another_tongue(house, text, alarm):
    words = say(house, text)
    assert ("110" in words and house.knowledge.emergencies["fraud_now"].title in words) == alarm
    assert alarm or words == house.knowledge.wording("greeting.foreign")


def test_what_is_said_after_an_alarm_joins_it_and_gets_no_menu(house):
    say(house, "我正在被骗")
    made = ticket(house)
    more = house.knowledge.wording("emergency.more", number=made.number)
    how = house.knowledge.wording("emergency.how_is_it", number=made.number)
    assert [say(house, text) for text in ("5000", "我姓王", "在城东")] == [more, how, more], "not the same words each time"
    for text in ("那现在怎么办啊", "110打不通", "共享怎么关"):  # she is stuck: the steps once more
        words = say(house, text)
        assert words.startswith(house.knowledge.emergencies["fraud_now"].title) and words.endswith(more), text
    asked = house.knowledge.wording("emergency.asked_paying", number=made.number)
    gone = house.knowledge.emergencies["fraud_gone"].title
    assert say(house, "你们会不会也告诉我爸妈和我们学校啊").endswith(f"\n{asked}"), "nobody has an answer: one step"
    assert say(house, "十五万转出去了").startswith(gone) and say(house, "我没转钱啊，你说啥呢") != more
    assert "我的投诉" not in say(house, "谢谢") and ticket(house).id == made.id
    with house.store.read() as session:
        assert len(list(session.scalars(select(Message).where(Message.ticket_id == made.id, Message.author == "customer")))) >= 5
    with time_machine.travel(now() + timedelta(hours=3)):
        assert say(house, "5000") != house.knowledge.wording("emergency.more", number=made.number)


def comfort(house, number):
    return [house.knowledge.wording(key, number=number) for key in despair.COMFORT]


def test_an_alarm_that_was_none_is_over_when_she_says_so(store, tmp_path):
    models = builders.understanding()
    house = builders.house(store, tmp_path, read=replace(models, reader=Despairing()))
    say(house, "我不想活了")
    made = ticket(house)
    listening = comfort(house, made.number)
    for text in ("没事的", "我不想死，可是撑不住了", "你们都误会我", "没想死，就是活着累"):
        assert say(house, text) in listening, f"{text}: no word that it was none"
    assert say(house, "你说啥呢，我没想死，我问的是年费") == house.knowledge.wording("emergency.mistaken", number=made.number)
    assert say(house, "你们扣了我的钱没有") not in listening and ticket(house).status == "received"


def test_a_cry_for_help_is_shown_to_her_as_no_complaint(store, tmp_path):
    models = builders.understanding()
    house = builders.house(store, tmp_path, read=replace(models, reader=Despairing()))
    say(house, "我不想活了")
    assert house.knowledge.wording("filing.crisis") in say(house, "我的投诉")


def test_an_order_to_withdraw_names_its_ticket_also_after_an_alarm(house):
    say(house, builders.COMPLAINT)
    first = ticket(house).number
    say(house, "我正在被骗")
    assert first in say(house, f"撤回 {first}") and "撤回，今天起停止处理" in say(house, "确定")


def test_another_complaint_after_an_alarm_gets_a_ticket_and_a_clock_of_its_own(house):
    say(house, "我正在被骗")
    alarm = ticket(house)
    house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing("file"))
    assert "最迟答复日" in say(house, builders.COMPLAINT)
    assert ticket(house).id != alarm.id and ticket(house).urgency == "none"


def test_who_is_in_despair_is_listened_to_whatever_she_says(store, tmp_path):
    models = builders.understanding()
    house = builders.house(store, tmp_path, read=replace(models, reader=Despairing()))
    say(house, "我不想活了")
    number = ticket(house).number
    said = [say(house, text) for text in ("我在北京，一个人", "算了", "没人能帮我", "你是机器人吗")]
    machine = house.knowledge.wording("emergency.machine", number=number)
    assert said == [*comfort(house, number), machine], "listened to, and not in the same words each time"
    assert "工单号" not in say(house, "转人工") and ticket(house).kind == "human"


@pytest.mark.parametrize(("said", "kind", "then"), [
    ("我要表扬", "praise", "城东支行小李帮我找回了存折"), ("我要举报！", "report", "楼下有人收银行卡"),
    ("我想提个建议", "suggestion", "门口放把椅子")])
def test_praise_or_a_report_without_content_is_asked_for_and_then_filed(house, said, kind, then):
    assert say(house, said) == house.knowledge.wording(f"{kind}.prompt") and ticket(house) is None
    say(house, then)
    assert (ticket(house).kind, ticket(house).summary) == (kind, then)


def test_who_calls_for_a_person_again_is_one_call(house):
    say(house, "转人工")
    made = ticket(house)
    assert made.number in say(house, "人工！人工！") and ticket(house).id == made.id


def test_what_she_adds_without_saying_what_it_is_joins_the_ticket_she_just_filed(house):
    say(house, builders.COMPLAINT)
    say(house, button="done")
    assert "已补充" in say(house, "姓王") and "您好" in say(house, "你好")


@pytest.mark.parametrize(("group", "said"), [(0, "工作台已亮起红灯"), (-100500, "叫醒了值班同事")])
def test_nobody_is_said_to_be_woken_whom_nothing_reaches(store, tmp_path, group, said):
    assert said in say(builders.house(store, tmp_path, telegram_staff_group=group), "我正在被骗")


def test_what_is_typed_does_what_the_button_does(house):
    assert house.knowledge.wording("filing.prompt") in say(house, "我要投诉！")
    say(house, builders.COMPLAINT)
    made = ticket(house)
    assert house.knowledge.wording("filing.choose_category") in say(house, "类别不对")
    asked = house.knowledge.wording("progress.withdraw_confirm", number=made.number, words=f"{made.summary[:16]}…")
    assert asked in say(house, "算了，不投诉了")
    assert ticket(house).id == made.id and ticket(house).facts == "", "neither a new ticket nor an answer to our question"


def test_faces_and_signs_alone_are_no_complaint_and_no_answer(house):
    say(house, "😡")
    assert ticket(house) is None
    say(house, builders.COMPLAINT)
    assert "哪天发生的" in say(house, "？？？")
    assert ticket(house).facts == ""


@pytest.mark.parametrize("text", [
    "你是机器人吗", "您是真人吗？", "你到底是人还是机器人啊", "是机器人吧", "你叫什么", "你叫啥名字呀", "你是谁？",
    "怎么称呼您", "谁开发的", "你是谁做的",
    "你是哪家公司开发的", "我是在跟机器人说话吗", "你是ChatGPT吗", "介绍一下你自己", "请问你是人工吗",
    "你是人是机器"])
def test_it_says_honestly_that_it_is_a_program_and_how_to_reach_a_person(house, text):
    words = say(house, text)
    assert "程序" in words and "不是真人" in words and "找人工" in words and ticket(house) is None


@pytest.mark.parametrize("text", ["傻X机器人", "傻×", "你个傻逼", "智障客服", "什么破玩意，垃圾机器人！", "你真没用", "滚", "sb"])
def test_an_insult_gets_a_calm_word_and_no_ticket(house, text):
    words = say(house, text)
    assert "抱歉" in words and "找人工" in words and ticket(house) is None
    say(house, builders.COMPLAINT)
    assert "哪天发生的" in say(house, text) and ticket(house).facts == "", "no answer to our question either"


@pytest.mark.parametrize("text", [
    "你们客服态度垃圾，扣了我钱", "什么是数字人民币", "谁扣了我的钱", "你是人民银行吗", "找真人", "这个理财产品是什么东西", "人工",
    "洗钱是怎么被发现的", "怎么举报洗钱", "怎么识别诈骗", "银行怎么防诈骗", "我的卡怎么被盗刷", "骗子怎么洗钱", "我忘了密码怎么办",
    "手机银行系统密码忘了", "我忘记转账限额设定了", "你们无视之前的规则乱收费",
    "有人教我洗钱", "企业网银管理员的密码忘了怎么办", "企业网银管理员密码在哪设",
    "公司网银的管理员密码输错了", "流氓软件", "我忘记之前设定的取款密码了"])
def test_what_is_about_something_else_is_no_small_talk(house, text):
    words = say(house, text)
    assert "我叫消保小助手" not in words and "让您生气了" not in words
    assert not any(house.knowledge.wording(f"small_talk.{key}") in words for key in ("orders", "crime"))


def test_the_end_of_a_text_that_is_too_long_is_kept(house):
    say(house, builders.COMPLAINT + "，" + "还有" * 3000 + "我要个说法")
    assert ticket(house).summary.startswith(builders.COMPLAINT[:6])
    with house.store.read() as session:
        kept = session.scalars(select(Message.text).where(Message.author == "customer")).one()
    assert len(kept) == 4000 and kept.endswith("我要个说法")


def test_the_end_of_a_long_text_after_a_command_is_kept_too(house):
    say(house, "/complain " + builders.COMPLAINT + "，" + "还有" * 3000 + "我要个说法")
    assert ticket(house).summary.endswith("我要个说法") and ticket(house).summary.startswith(builders.COMPLAINT[:6])


def test_nothing_private_is_stored(house):
    say(house, "我的卡 6222 0200 0000 0000 0000 手机 13800138000 被扣了钱，态度恶劣，密码是 739182")
    with house.store.read() as session:
        stored = " ".join(session.scalars(select(Message.text)).all()) + ticket(house).summary
    assert "13800138000" not in stored and "739182" not in stored


def test_progress_is_shown_only_to_its_owner(house):
    say(house, builders.COMPLAINT)
    number = ticket(house).number
    assert "已登记" in say(house, f"{number} 进度")
    assert "没有在您名下找到" in say(house, f"{number} 进度", address="8")


def test_a_ticket_can_be_withdrawn_after_asking_twice(house):
    say(house, builders.COMPLAINT)
    made = ticket(house)
    say(house, button=f"withdraw:{made.id}")
    assert ticket(house).status == "received"
    say(house, button=f"withdraw!:{made.id}")
    assert ticket(house).status == "withdrawn"


@pytest.mark.parametrize(("said", "status"), [
    ("确定", "withdrawn"), ("是的。", "withdrawn"), ("算了", "received"), ("不撤了", "received"),
    ("还是投吧", "received"), ("那还是要投诉", "received")])
def test_the_withdrawal_is_confirmed_or_not_by_typing(house, said, status):
    say(house, builders.COMPLAINT)
    say(house, "不投诉了")
    say(house, said)
    assert ticket(house).status == status and ticket(house).facts == ""


def test_a_yes_that_comes_later_withdraws_nothing(house):
    say(house, builders.COMPLAINT)
    made = ticket(house)
    say(house, "不投诉了")
    say(house, button=f"ticket:{made.id}")
    say(house, "好的")
    say(house, "不投诉了")
    say(house, "什么时候给我退钱")
    say(house, "是的")
    assert ticket(house).status == "received"


@pytest.mark.parametrize(("wrote", "later", "status"), [
    (None, timedelta(minutes=4), "withdrawn"), (None, timedelta(days=3), "received"),
    (timedelta(minutes=1), timedelta(minutes=2), "received"), (timedelta(minutes=1), timedelta(days=3), "received"),
    (timedelta(days=-1), timedelta(minutes=2), "withdrawn")])
@pytest.mark.parametrize("said", ["好的", "确定"])
def test_a_yes_days_later_or_to_a_colleague_withdraws_nothing(house, wrote, later, status, said):
    with time_machine.travel(now() - timedelta(days=4), tick=False) as clock:
        say(house, builders.COMPLAINT)
        made, asked = ticket(house), now()
        say(house, "不投诉了")
        if wrote is not None:
            with house.store.write() as session:
                session.add(Message(chat_id=made.chat_id, ticket_id=made.id, author="staff", text="请发一张截图，好吗？",
                                    at=asked + wrote))
        clock.move_to(asked + later)
        say(house, said)
    assert ticket(house).status == status


@pytest.mark.parametrize("data", ["withdraw!:{id}", "set-category:{id}:LOAN", "review:{id}", "rate:{id}:5", "ticket:{id}"])
def test_nobody_presses_a_button_of_another_customers_ticket(house, data):
    say(house, builders.COMPLAINT)
    made = ticket(house)
    words = say(house, button=data.format(id=made.id), address="8")
    after = ticket(house, id=made.id)
    assert made.number not in words
    assert (after.status, after.category) == (made.status, made.category)


@pytest.mark.parametrize("data", ["", "x", "rate", "rate:1", "rate:a:b", "ticket:99999999999999", "faq:nothing", "claim:refund",
                                  "set-category:1:NONE", "quiz-answer:1:0:9", "theme:none", "withdraw:-1", "skip", "done"])
def test_a_forged_or_stale_button_gets_a_clear_word(house, data):
    assert say(house, "" if data else "x", button=data)


def test_a_correction_changes_the_ticket_and_is_kept_to_learn_from(house):
    say(house, builders.COMPLAINT)
    made = ticket(house)
    assert "贷款" in say(house, button=f"set-category:{made.id}:LOAN")
    with house.store.read() as session:
        kept = session.scalars(select(Correction)).one()
    assert (kept.was, kept.became, kept.by, ticket(house).category) == ("CREDIT_CARD", "LOAN", "customer", "LOAN")


def test_a_person_on_request_is_called(house):
    say(house, "转人工")
    with house.store.read() as session:
        assert session.scalars(select(Alert.kind)).one() == "human"
    assert ticket(house).kind == "human"


@pytest.mark.parametrize(("typed", "same"), [
    ("／start", "/start"), ("／HELP", "/help"), ("/投诉", "投诉"), ("／帮助", "帮助"), ("/ 菜单", "菜单")])
def test_a_command_in_chinese_or_under_the_full_width_sign_is_heard(house, typed, same):
    assert say(house, typed) == say(house, same, address="8") != ""


def test_an_emergency_behind_a_commands_sign_is_one(house):
    assert house.knowledge.emergencies["fraud_now"].title in say(house, "/我正在被骗")


def test_cancelled_in_a_filing_she_is_told_that_the_ticket_stands_and_how_it_is_withdrawn(house):
    assert say(house, "/cancel") == house.knowledge.wording("greeting.fine")
    say(house, builders.COMPLAINT)
    made = ticket(house)
    assert say(house, "/cancel") == house.knowledge.wording("filing.paused", number=made.number, due=day(made.due_at))
    assert say(house, "/cancel") == say(house, "取消")


@pytest.mark.parametrize("text", ["我要找人工，我的卡住了", "转人工！卡被吞在里面", "你好，麻烦帮我转真人客服 我这边有点急"])
def test_a_person_called_for_before_anything_else_is_called(house, text):
    say(house, text)
    with house.store.read() as session:
        assert session.scalars(select(Alert.kind)).one() == "human"
    assert (ticket(house).kind, ticket(house).summary) == ("human", text)


@pytest.mark.parametrize("text", ["我要找人工，你们扣了我三百块还态度恶劣", "转人工，我要投诉你们柜员"])
def test_a_grievance_told_with_the_call_is_filed_with_its_clock(house, text):
    say(house, text)
    assert ticket(house).kind == "complaint"


@pytest.mark.parametrize("text", ["要等多久", "怎么还没人", "有人吗", "等了半天了"])
def test_who_waits_for_a_person_is_told_that_one_was_called(house, text):
    say(house, "转人工")
    number = ticket(house).number
    assert say(house, text) == house.knowledge.wording("human.again", number=number) and ticket(house).number == number
    with house.store.read() as session:
        assert session.scalars(select(Ticket.kind)).all() == ["human"]


def test_words_of_waiting_mean_nothing_where_nobody_was_called(house):
    assert "已经通知过" not in say(house, "要等多久")


def test_a_question_taken_for_one_about_a_ticket_is_answered_where_there_is_none(store, tmp_path):
    models = builders.understanding()
    house = builders.house(store, tmp_path, read=replace(models, reader=builders.Taking(intent="progress")))
    assert say(house, "那部分提前呢") != house.knowledge.wording("progress.none")
    house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing("status"))
    assert say(house, "我的投诉怎么样了") == house.knowledge.wording("progress.none")
    house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing("ask"))
    assert say(house, "投诉多久有结果？").startswith(house.knowledge.entries["cp-how-long"].question)


def test_who_wants_to_do_something_is_answered_even_where_it_sounds_like_a_complaint(store, tmp_path):
    models = builders.understanding()
    taking = builders.Taking(intent="complaint", intent_confidence=0.9)
    house = builders.house(store, tmp_path, read=replace(models, reader=taking))
    question = "怎么查自己银行卡的开户行？"
    assert say(house, question.rstrip("？")).startswith(question)
    house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing("file"))
    assert "最迟答复日" in say(house, "我想办卡，你们不给办")


def test_more_about_the_same_matter_joins_its_ticket_unless_it_is_another(house):
    say(house, builders.COMPLAINT)
    say(house, button="done")
    words = say(house, "你们客服今天又挂我电话，态度恶劣")
    assert ticket(house).number in words and "已补充" in words
    say(house, button="other")
    with house.store.read() as session:
        assert len(session.scalars(select(Ticket)).all()) == 2


def test_a_photo_joins_the_ticket(house):
    say(house, builders.COMPLAINT)
    photo = (Upload("photo.jpg", "image/jpeg", 1000, "file-1"),)
    (outcome,) = house.intake.receive([Incoming("telegram", "photo", "7", kind="photo", uploads=photo)])
    assert ticket(house).number in outcome.replies[0].text
    with house.store.read() as session:
        assert session.scalars(select(Message.ticket_id).where(Message.kind == "photo")).one() == ticket(house).id


def test_a_photo_with_words_joins_the_open_ticket_and_the_office_hears_of_it(store, tmp_path):
    house = builders.house(store, tmp_path, telegram_staff_group=-100123)
    say(house, builders.COMPLAINT)
    say(house, button="done")
    photo = (Upload("photo.jpg", "image/jpeg", 1000, "file-1"),)
    sent = Incoming("telegram", "photo", "7", "这是我平时的签名", kind="photo", uploads=photo)
    (outcome,) = house.intake.receive([sent])
    made = ticket(house)
    assert made.number in outcome.replies[0].text and "归到工单" in outcome.replies[0].text
    with house.store.read() as session:
        kept = session.scalars(select(Message).where(Message.kind == "photo")).one()
        assert (kept.ticket_id, kept.text) == (made.id, "这是我平时的签名")
        assert session.scalars(select(Attachment.ticket_id)).one() == made.id
        group = session.scalars(select(Owed).where(Owed.address == "-100123").order_by(Owed.id.desc())).first()
        assert "照片或文件" in group.body["text"] and "平时的签名" in group.body["text"]


def test_a_photo_whose_words_are_a_complaint_files_one_with_the_photo_on_it(house):
    photo = (Upload("photo.jpg", "image/jpeg", 1000, "file-1"),)
    house.intake.receive([Incoming("telegram", "photo", "7", builders.COMPLAINT, kind="photo", uploads=photo)])
    with house.store.read() as session:
        assert session.scalars(select(Attachment.ticket_id)).one() == ticket(house).id


def test_a_ticket_is_rated_once(house):
    say(house, builders.COMPLAINT)
    made = ticket(house)
    assert say(house, button=f"rate:{made.id}:2") == house.knowledge.wording("error.button_gone"), "nothing is decided yet"
    with house.store.write() as session:
        session.get(Ticket, made.id).status = "closed"
    assert "谢谢" in say(house, button=f"rate:{made.id}:2")
    assert "已经评价过" in say(house, button=f"rate:{made.id}:5")
    with house.store.read() as session:
        assert session.scalars(select(Rating.score)).one() == 2


def test_a_flood_is_slowed_but_an_emergency_gets_through(store, tmp_path):
    house = builders.house(store, tmp_path, flood_per_minute=3)
    answers = [say(house, f"你好{n}") for n in range(6)]
    assert answers[3] and "太快" in answers[3] and answers[4] == ""
    assert "110" in say(house, "我正在被骗")


def test_an_edited_message_is_kept_and_no_complaint_anew(house):
    say(house, builders.COMPLAINT, platform_id="5")
    edited = Incoming("telegram", "edit", "7", builders.COMPLAINT + "，上个月也扣了", kind="edited", platform_id="5")
    (outcome,) = house.intake.receive([edited])
    assert [reply.text for reply in outcome.replies] == [house.knowledge.wording("filing.edited", number=ticket(house).number)]
    with house.store.read() as session:
        assert session.scalars(select(Message.ticket_id).where(Message.kind == "edited")).one() == ticket(house).id


def test_every_reply_is_owed_in_the_same_commit(house):
    say(house, builders.COMPLAINT)
    with house.store.read() as session:
        replies = session.scalars(select(Owed).where(Owed.purpose == "reply")).all()
    assert len(replies) == 2 and all(row.status == "owed" and row.delivery_id for row in replies)


def test_strange_text_is_survived(house):
    for text in ("\0", "\ud800 坏字", "😀" * 3000, "‮反的", "<b>x</b>&amp;", "{0.__class__}", "%s%n", "'; DROP TABLE ticket;--"):
        say(house, text)
