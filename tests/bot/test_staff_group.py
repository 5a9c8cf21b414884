"""The staff group: who is linked may take, answer, note and pass on; the customer gets the answer and never the note."""

import itertools
import json
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from bot.channels import telegram_parse
from bot.messages import Incoming, Upload
from bot.shortening import excerpt
from tests import builders
from tickets import accounts, audit
from tickets.models import Alert, Attachment, Audit, Chat, Duty, Message, Owed, Staff, Ticket, now

GROUP = "-100500"
keys = itertools.count()


@pytest.fixture
def house(store, tmp_path):
    house = builders.house(store, tmp_path, telegram_staff_group=int(GROUP))
    with store.write() as session:
        for name, role in (("zhang", "handler"), ("li", "lead"), ("shen", "auditor")):
            staff = accounts.create_staff(session, username=name, name=name, role=role, password="竹杖芒鞋轻胜马 42")
            session.flush()
            session.execute(update(Staff).where(Staff.username == name).values(telegram_id=f"9{len(name)}"))
            assert staff.id
    return house


def write(house, text="", *, button="", sender="95", thread=None, address=GROUP, **fields):
    incoming = Incoming("telegram", f"g{next(keys)}", address, text, button=button, thread=thread, sender=sender,
                        group=address == GROUP, **{"kind": "button" if button else "text", **fields})
    (outcome,) = house.intake.receive([incoming])
    assert outcome.status == "handled"
    return "\n".join(reply.text for reply in outcome.replies)


@pytest.fixture
def ticket(house):
    house.intake.receive([builders.message("m1", builders.COMPLAINT, address="7")])
    with house.store.write() as session:
        made = session.scalars(select(Ticket)).one()
        made.topic = 41
    return made


def owed_to_customer(house):
    with house.store.read() as session:
        rows = session.scalars(select(Owed).where(Owed.address == "7", Owed.purpose == "answer")).all()
    return [row.body["text"] for row in rows]


def test_a_new_ticket_is_announced_in_the_group_with_buttons(house, ticket):
    with house.store.read() as session:
        row = session.scalars(select(Owed).where(Owed.address == GROUP)).one()
    assert ticket.number in row.body["text"]
    assert {b["data"] for line in row.body["buttons"] for b in line} >= {f"st-take:{ticket.id}", f"st-close:{ticket.id}"}


def test_words_in_the_topic_answer_the_customer(house, ticket):
    assert "已发送" in write(house, "您好，年费已退。", thread=41)
    assert owed_to_customer(house) == ["您好，年费已退。"]


@pytest.mark.parametrize("note", ["#客户说话冲，注意口气", "//先问网点", "内部：等明天流水", "／／别告诉客户", "＃别告诉客户"])
def test_a_note_never_reaches_the_customer(house, ticket, note):
    assert "备注" in write(house, note, thread=41)
    assert owed_to_customer(house) == []
    with house.store.read() as session:
        assert session.scalars(select(Message.text).where(Message.author == "note")).one() in note


def test_a_stranger_in_the_group_can_do_nothing(house, ticket):
    assert write(house, "我来答复", thread=41, sender="1") == house.knowledge.wording("staff.not_linked")
    assert write(house, "中午吃什么", sender="1") == ""
    assert "绑定" in write(house, button=f"st-take:{ticket.id}", sender="1")
    assert owed_to_customer(house) == []


def test_an_auditor_reads_but_does_not_answer(house, ticket):
    assert "不能处理" in write(house, "您好", thread=41, sender="94")
    assert owed_to_customer(house) == []


def test_the_person_complained_about_never_handles_it(house, ticket):
    with house.store.write() as session:
        zhang = session.scalars(select(Staff).where(Staff.username == "zhang")).one()
        session.get(Ticket, ticket.id).against_staff_id = zhang.id
    assert "不能处理" in write(house, "您好", thread=41)
    assert "不能处理" in write(house, button=f"st-take:{ticket.id}", thread=41)


def test_taking_a_ticket_acknowledges_its_alarm(house):
    house.intake.receive([builders.message("m1", "我正在被骗", address="7")])
    with house.store.read() as session:
        made = session.scalars(select(Ticket)).one()
        rung = session.scalars(select(Owed).where(Owed.purpose == "alert")).first().body
    assert "分钟内接单" in rung["text"] and rung["buttons"][0][0]["label"] == "接单", "one word for one press"
    assert "已接单" in write(house, button=f"st-take:{made.id}")
    with house.store.read() as session:
        assert session.scalars(select(Alert.acknowledged_at)).one() is not None
        assert session.get(Ticket, made.id).assignee_id is not None


def test_reclassifying_and_passing_on(house, ticket):
    assert "贷款" in write(house, button=f"st-set:{ticket.id}:LOAN")
    with house.store.read() as session:
        li = session.scalars(select(Staff).where(Staff.username == "li")).one()
    assert "li" in write(house, button=f"st-to:{ticket.id}:{li.id}")
    with house.store.read() as session:
        after = session.get(Ticket, ticket.id)
    assert (after.category, after.assignee_id) == ("LOAN", li.id)


def test_what_is_not_decided_cannot_be_closed(house, ticket):
    assert "不能" in write(house, button=f"st-close:{ticket.id}", sender="92")


@pytest.mark.parametrize("data", ["st-take:99", "st-take:x", "st-set:1:NONE", "st-to:1:x", "st-none:1", "st-take:"])
def test_forged_buttons_in_the_group_get_a_clear_word(house, ticket, data):
    assert write(house, button=data)


def test_another_group_is_told_once_to_write_in_private_and_nothing_said_there_is_kept(house):
    def hear(text, **more):
        incoming = Incoming("telegram", f"x{next(keys)}", "-7", text, group=True, sender="95", **more)
        return [reply.text for outcome in house.intake.receive([incoming]) for reply in outcome.replies]

    photo = {"kind": "photo", "uploads": (Upload("p.jpg", "image/jpeg", 9, "f"),)}
    heard = [hear(builders.COMPLAINT), hear("/start"), hear("我正在被骗"), hear("看", **photo), hear("改了", kind="edited")]
    assert heard == [[house.knowledge.wording("greeting.only_in_private")], [], [], [], []]
    with time_machine.travel(now() + timedelta(days=2), tick=False):
        assert (len(hear("你好")), len(hear("/start@xiaobao_bot"))) == (0, 1)
    with house.store.read() as session:
        assert session.scalars(select(Message)).all() == session.scalars(select(Attachment)).all() == []
        assert session.scalars(select(Ticket)).all() == []
        assert set(session.scalars(select(Chat).where(Chat.address == "-7")).one().state) == {"only_in_private"}


def test_linking_takes_a_fresh_code_once(house):
    with house.store.write() as session:
        staff = accounts.create_staff(session, username="wang", name="王", role="handler", password="竹杖芒鞋轻胜马 42")
        session.flush()
        code = accounts.issue_link_code(session, staff)
    assert "不对" in write(house, "/link 000000", address="77", sender="77")
    assert "已绑定" in write(house, f"/link {code}", address="77", sender="77")
    assert "不对" in write(house, f"/link {code}", address="78", sender="78")


def says(house, text, address="7"):
    (outcome,) = house.intake.receive([builders.message(f"c{next(keys)}", text, address=address)])
    return "\n".join(reply.text for reply in outcome.replies)


def in_group(house):
    with house.store.read() as session:
        return [row.body["text"] for row in session.scalars(select(Owed).where(Owed.address == GROUP).order_by(Owed.id))]


@pytest.fixture(params=["nobody answered", "somebody took it", "somebody wrote"])
def call(house, request):
    """A call for a person."""
    says(house, "/human")
    with house.store.write() as session:
        made = session.scalars(select(Ticket)).one()
        made.topic = 41
    if request.param != "nobody answered":
        write(house, button=f"st-take:{made.id}", thread=41)
    if request.param == "somebody wrote":
        write(house, "请问是哪一笔转账？", thread=41)
        with house.store.write() as session:
            session.get(Ticket, made.id).first_contact_at = now()
    return made


@pytest.mark.parametrize("text", ["昨天下午三点，转给我妈的两千块", "好的", "谢谢", "我的卡在家里呢", "怎么查征信报告？"])
def test_what_she_says_after_calling_for_a_person_reaches_the_topic(house, call, text):
    says(house, text)
    assert any(text in one for one in in_group(house))
    with house.store.read() as session:
        assert session.scalars(select(Message.ticket_id).where(Message.text == text)).one() == call.id


@pytest.mark.parametrize("call", ["somebody wrote"], indirect=True)
def test_an_answer_to_the_colleague_is_passed_on_and_asks_nothing_back(house, call):
    assert says(house, "昨天下午三点，转给我妈的两千块") == house.knowledge.wording("ask.passed_on", number=call.number)


@pytest.mark.parametrize("call", ["somebody wrote"], indirect=True)
@pytest.mark.parametrize("text", ["尾号8888", "是的", "没有了"])
def test_a_few_words_to_the_colleague_are_answered_by_no_greeting(house, call, text):
    assert says(house, text) == house.knowledge.wording("ask.passed_on", number=call.number)
    assert says(house, text) == house.knowledge.wording("filing.appended_too")


@pytest.mark.parametrize("call", ["somebody wrote"], indirect=True)
def test_an_alarm_and_a_complaint_of_hers_go_their_own_way_though_a_colleague_writes(house, call):
    says(house, "我正在被骗")
    says(house, "我要投诉，信用卡莫名其妙扣了我 300 块年费")
    with house.store.read() as session:
        assert session.scalars(select(Ticket.kind).where(Ticket.id != call.id)).all()


@pytest.mark.parametrize("text", ["/exam", "/help@bot", "/link 123456", "/nonsense 您好"])
def test_a_command_in_a_topic_is_never_sent_to_the_customer(house, ticket, text):
    assert write(house, text, thread=41) == house.knowledge.wording("staff.command")
    assert owed_to_customer(house) == []


@pytest.mark.parametrize("thread", [41, None])
@pytest.mark.parametrize("sender", ["95", "1"])
@pytest.mark.parametrize("text", ["/link {code}", "/link@bot {code}", "{code}", "绑定码 {code}"])
def test_a_link_code_that_the_group_has_read_is_void(house, ticket, text, sender, thread):
    with house.store.write() as session:
        staff = accounts.create_staff(session, username="wang", name="王", role="handler", password="竹杖芒鞋轻胜马 42")
        session.flush()
        code = accounts.issue_link_code(session, staff)
    assert "作废" in write(house, text.format(code=code), sender=sender, thread=thread)
    assert owed_to_customer(house) == []
    assert "不对" in write(house, f"/link {code}", address="7", sender="7")


def test_what_the_office_says_in_its_group_is_never_kept_as_the_customers(house, ticket):
    write(house, "// 先查一下年费规则", thread=41)
    write(house, "您好，年费已退。", thread=41)
    write(house, button=f"st-take:{ticket.id}", thread=41)
    write(house, "中午吃什么")
    with house.store.read() as session:
        kept = session.execute(select(Message.author, Message.text).where(Message.author != "bot").order_by(Message.id)).all()
    assert [tuple(one) for one in kept] == [
        ("customer", builders.COMPLAINT), ("note", "先查一下年费规则"), ("staff", "您好，年费已退。")]


def test_the_offices_own_telephone_and_address_reach_the_customer_whole_and_a_card_does_not(house, ticket):
    write(house, "请打027-85712345，地址解放大道123号，您的卡6222021234567890123已解冻", thread=41)
    assert owed_to_customer(house) == ["请打027-85712345，地址解放大道123号，您的卡[卡号 尾号0123]已解冻"]


@pytest.mark.parametrize("fields", [
    {"kind": "photo", "uploads": (Upload("photo.jpg", "image/jpeg", 9, "f1"),)},
    {"kind": "document", "text": "请看回单", "uploads": (Upload("回单.pdf", "application/pdf", 9, "f2"),)}, {"kind": "other"}])
def test_a_file_or_a_voice_in_a_topic_is_said_not_to_be_sent(house, ticket, fields):
    assert write(house, thread=41, **fields) == house.knowledge.wording("staff.file_not_sent")
    assert owed_to_customer(house) == []


@pytest.mark.parametrize("service", ["pinned_message", "forum_topic_edited"])
def test_what_telegram_itself_says_of_a_topic_is_nobodys_message(service):
    note = {"message_id": 3, "chat": {"id": -5, "type": "supergroup"}, "from": {"id": 9}, service: {}}
    assert telegram_parse.parse(json.dumps({"update_id": 1, "message": note}).encode()) == (None, None)


def test_the_first_message_of_a_topic_says_that_words_here_are_sent(house, ticket):
    (first,) = in_group(house)
    assert house.knowledge.wording("alert.how") in first
    says(house, "/human")
    says(house, "要等多久")
    assert sum(house.knowledge.wording("alert.how") in one for one in in_group(house)) == 2, "once a ticket"
    assert "要等多久" in in_group(house)[-1]


@pytest.mark.parametrize("text", ["@李四 这客户是不是老来闹的那个？", "＠lisi 你来回吧", " @lisi 在吗"])
def test_what_is_said_to_a_colleague_by_name_is_held_back(house, ticket, text):
    assert write(house, text, thread=41) == house.knowledge.wording("staff.held")
    assert owed_to_customer(house) == []


def test_who_has_blocked_the_bot_is_not_said_to_be_sent_anything(house, ticket):
    house.intake.receive([Incoming("telegram", "b1", "7", kind="blocked")])
    assert write(house, "您好", thread=41) == house.knowledge.wording("staff.unreachable")
    assert owed_to_customer(house) == []


@pytest.fixture
def alarm(house):
    """An alarm of level I while zhang, whose own chat is linked, is on duty."""
    with house.store.write() as session:
        zhang = session.scalars(select(Staff).where(Staff.username == "zhang")).one()
        session.add_all([Duty(staff_id=zhang.id, starts_at=now() - timedelta(hours=1), ends_at=now() + timedelta(hours=1)),
                         Chat(channel="telegram", address="95", staff_id=zhang.id)])
    says(house, "我正在被骗")
    with house.store.read() as session:
        rung = session.scalars(select(Owed).where(Owed.address == "95")).one()
        made = session.scalars(select(Ticket)).one()
    assert [button["data"] for row in rung.body["buttons"] for button in row] == [f"st-take:{made.id}"]
    return made


@pytest.mark.parametrize("press", [{"button": "st-take:{id}"}, {"text": "接单"}, {"text": "我来处理"}])
def test_an_alarm_is_taken_in_the_colleagues_own_chat(house, alarm, press):
    said = write(house, address="95", **{name: value.format(id=alarm.id) for name, value in press.items()})
    assert said == house.knowledge.wording("staff.taken", name="zhang", number=alarm.number)
    assert in_group(house)[-1] == said
    with house.store.read() as session:
        assert session.get(Ticket, alarm.id).assignee_id and session.scalars(select(Alert.acknowledged_at)).all()[0]
        assert session.scalars(select(Message.text).where(Message.ticket_id == alarm.id, Message.author == "customer")).all() == [
            "我正在被骗"]


@pytest.mark.parametrize("sender", ["7", "94"])
def test_only_who_may_handle_it_takes_an_alarm_in_her_own_chat(house, alarm, sender):
    write(house, button=f"st-take:{alarm.id}", address=sender, sender=sender)
    write(house, "接单", address=sender, sender=sender)
    with house.store.read() as session:
        assert session.get(Ticket, alarm.id).assignee_id is None


def test_who_takes_a_ticket_twice_tells_the_customer_once(house, ticket):
    for _ in range(2):
        assert "已接单" in write(house, button=f"st-take:{ticket.id}")
    with house.store.read() as session:
        assert session.scalars(select(Owed.purpose).where(Owed.address == "7", Owed.purpose == "told")).all() == ["told"]


@pytest.mark.parametrize(("what", "action"), [({"text": "您好，年费已退。", "thread": 41}, "ticket.answer"),
                                              ({"button": "st-set:{id}:LOAN"}, "ticket.correct")])
def test_what_is_done_in_the_group_stands_in_the_audit_log_as_from_the_desk(house, ticket, what, action):
    write(house, **{**what, "button": what.get("button", "").format(id=ticket.id)})
    with house.store.read() as session:
        row = session.scalars(select(Audit).where(Audit.target == f"ticket:{ticket.id}")).one()
        assert (row.action, row.staff_id) == (action, session.scalars(select(Staff.id).where(Staff.username == "zhang")).one())
        assert audit.verify(session) is None


@pytest.mark.parametrize(("text", "words", "shown"), [
    ("一二三四五六七八九", (), "一二三四五六七八九"), ("一二三四五六七八九十", (), "一二三…五六七八九十"),
    ("一二三四五六七八九十甲乙丙丁", ("八",), "一二三…五六七八九十…"),
    ("一二三四五六七八九十甲乙丙丁", ("二",), "一二三四五六七八九…"),
    ("一二三四五六七八九十甲乙丙丁", ("没有",), "一二三…九十甲乙丙丁")])
def test_what_is_left_out_of_her_words_is_marked_and_the_place_that_matters_stays(text, words, shown):
    assert excerpt(text, 9, around=words) == shown


def test_the_topic_shows_what_she_wrote_and_a_long_alarm_the_place_that_alarmed(house):
    long = "今天天气很好，我在家里看电视，" * 10 + "我正在被骗，对方让我别挂电话，" + "后来又聊了很多家常话，" * 20
    says(house, long)
    first, alarm = in_group(house)
    assert long in first and "…" in alarm


def test_a_call_by_button_and_a_kind_without_a_cause_leave_no_empty_places_in_the_group(house):
    for _ in range(2):
        house.intake.receive([Incoming("telegram", f"h{next(keys)}", "7", button="human", kind="button")])
    said = "\n".join(in_group(house))
    assert len(in_group(house)) == 3 and "「」" not in said and "补充：\n" not in said + "\n" and "———" not in said


def test_what_cannot_be_done_in_the_group_names_no_page_to_be_loaded_again(house, ticket):
    assert "刷新" not in write(house, button=f"st-close:{ticket.id}")


def membership(house, status):
    update = {"update_id": next(keys) + 10_000, "my_chat_member": {
        "chat": {"id": int(GROUP), "type": "supergroup"}, "new_chat_member": {"status": status}}}
    house.intake.receive([telegram_parse.parse(json.dumps(update).encode())[0]])


def test_nobody_is_said_to_be_woken_where_the_bot_was_thrown_out_and_nobody_is_on_duty(house):
    membership(house, "kicked")
    assert "叫醒" not in says(house, "我正在被骗", "8")
    membership(house, "member")
    assert "叫醒了值班同事" in says(house, "我正在被骗", "9")


def test_who_is_on_duty_is_woken_though_the_bot_was_thrown_out(house, alarm):
    membership(house, "left")
    assert "叫醒了值班同事" in says(house, "我正在被骗", "9")
