"""What a person does on a ticket's page, and what stands in the database, the outbox and the customer's chat afterwards."""

import re
from datetime import timedelta

import pytest

from bot.messages import from_plain
from desk.words import PRESSED, filters
from knowledge.base import load
from tests import builders
from tests.desk.conftest import SUMMARY, words
from tickets import assignment, retention, telling
from tickets.models import Alert, Attachment, Audit, Chat, Correction, Customer, Event, Message, Owed, Ticket, now


def test_an_answer_is_owed_in_the_customers_channel_in_the_same_commit(house):
    ticket = house.ticket()
    desk = house.as_("handler")
    answer = desk.post(f"/desk/tickets/{ticket.number}/answer", {"text": "您好，年费已为您退回。"})
    assert answer.status_code == 303
    owed, chat = house.rows(Owed)[0], house.rows(Chat)[0]
    assert (owed.channel, owed.address, owed.status, owed.purpose) == ("web", chat.address, "owed", "answer")
    reply = from_plain(owed.body)
    assert (reply.text, reply.tone, reply.ticket) == ("您好，年费已为您退回。", "staff", ticket.number)
    page = desk.page(answer.headers["location"].partition("#")[0])
    assert "已发送给客户" in page and "等待发送" in page and "handler同事" in page
    assert house.ticket_now(ticket).first_contact_at is None, "it has not arrived yet"
    assert "已发送，等送达" in page and "客户不在线，上线后会看到" not in page, "she wrote a moment ago"


def test_first_contact_counts_when_the_answer_has_arrived(house):
    ticket, spoken = house.ticket(), house.ticket(online=False)
    desk = house.as_("handler")
    for one in (ticket, spoken):
        desk.post(f"/desk/tickets/{one.number}/answer", {"text": "您好，正在核实。"})
    assert house.ticket_now(spoken).first_contact_at is not None, "the record of a talk by telephone"
    version, at = house.ticket_now(ticket).version, now() + timedelta(hours=3)
    with house.store.write() as session:
        telling.contacted(session, Owed.id == house.rows(Owed)[0].id, at=at)
    assert (house.ticket_now(ticket).first_contact_at, house.ticket_now(ticket).version) == (at, version)
    with house.store.write() as session:
        telling.contacted(session, Owed.status == "owed", at=now() + timedelta(hours=9))
    assert house.ticket_now(ticket).first_contact_at == at


def test_what_waits_for_a_customer_who_is_away_is_said_and_listed(house):
    ticket = house.ticket()
    desk = house.as_("lead")
    desk.post(f"/desk/tickets/{ticket.number}/answer", {"text": "年费今天退。"})
    assert "等客户上线" not in words(desk.page("/desk/outbox"))
    with house.store.write() as session:
        for model in (Owed, Message):
            session.query(model).update({"at": now() - timedelta(minutes=10)})
    page = words(desk.page("/desk/outbox"))
    assert "等客户上线（1）" in page and "年费今天退。" in page and ticket.number in page
    assert "客户不在线，上线后会看到" in desk.page(f"/desk/tickets/{ticket.number}")


def test_the_page_says_when_the_answer_has_arrived_and_when_it_cannot(house):
    ticket = house.ticket()
    desk = house.as_("handler")
    for text, status in (("第一句", "sent"), ("第二句", "dead")):
        desk.post(f"/desk/tickets/{ticket.number}/answer", {"text": text})
        with house.store.write() as session:
            owed = session.query(Owed).order_by(Owed.id.desc()).first()
            owed.status, owed.sent_at = status, now()
    page = desk.page(f"/desk/tickets/{ticket.number}")
    assert "已送达" in page and "未送达" in page


def test_an_answer_to_somebody_without_a_channel_is_kept_as_a_record(house):
    ticket = house.ticket(online=False)
    desk = house.as_("handler")
    answer = desk.post(f"/desk/tickets/{ticket.number}/answer", {"text": "已在电话里说明。"})
    assert "answered_offline" in answer.headers["location"]
    assert house.rows(Owed) == [] and house.rows(Message, author="staff")[0].text == "已在电话里说明。"


def test_an_empty_answer_and_one_that_is_too_long_are_refused_and_given_back(house):
    ticket = house.ticket()
    desk = house.as_("handler")
    assert desk.post(f"/desk/tickets/{ticket.number}/answer", {"text": "  \n "}).status_code == 422
    long = "长" * 3501
    answer = desk.post(f"/desk/tickets/{ticket.number}/answer", {"text": long})
    assert answer.status_code == 422 and long in answer.text
    assert house.rows(Owed) == []


def test_a_note_never_leaves_the_house(house):
    ticket = house.ticket()
    desk = house.as_("handler")
    desk.post(f"/desk/tickets/{ticket.number}/note", {"text": "客户语气急"})
    assert house.rows(Owed) == []
    assert [one.text for one in house.rows(Message, author="note")] == ["客户语气急"]
    assert "客户语气急" in desk.page(f"/desk/tickets/{ticket.number}")


def test_numbers_of_telephones_and_cards_are_masked_in_notes_and_details(house):
    ticket = house.ticket()
    desk = house.as_("handler")
    desk.post(f"/desk/tickets/{ticket.number}/note", {"text": "回拨 13812345678，卡号 6222021234567890123"})
    assert "13812345678" not in house.rows(Message, author="note")[0].text
    page = desk.page(f"/desk/tickets/{ticket.number}")
    assert "13812345678" not in page and "6222021234567890123" not in page


@pytest.mark.parametrize(("head", "code", "was"), [("category", "LOAN", "CREDIT_CARD"), ("cause", "SERVICE", "FEE")])
def test_a_correction_is_one_press_and_teaches_the_model(house, head, code, was):
    ticket = house.ticket()
    desk = house.as_("intake")
    assert desk.post(f"/desk/tickets/{ticket.number}/correct", {head: code}).status_code == 303
    kept = house.rows(Correction)[0]
    assert (kept.head, kept.was, kept.became, kept.by, kept.staff_id) == (head, was, code, "staff", desk.staff.id)
    assert (kept.model_version, kept.text) == ("m1", SUMMARY)
    assert getattr(house.ticket_now(ticket), head) == code
    assert house.rows(Event, kind="reclassified")[0].data == {head: code, "was": {head: was}}


def test_a_correction_to_the_same_is_no_correction(house):
    ticket = house.ticket()
    assert house.as_("handler").post(f"/desk/tickets/{ticket.number}/correct", {"category": "CREDIT_CARD"}).status_code == 303
    assert house.rows(Correction) == []


def test_the_page_shows_what_the_model_thought_and_because_of_which_words(house):
    ticket = house.ticket()
    page = house.as_("handler").page(f"/desk/tickets/{ticket.number}")
    assert "<mark>信用卡</mark>莫名其妙<mark>扣了</mark>我 300 块<mark>年费</mark>" in page
    for key, name in ((1, "信用卡"), (2, "借记卡"), (4, "定价收费"), (5, "服务态度及服务质量")):
        assert re.search(rf'data-key="{key}"[^>]*><kbd>{key}</kbd>{name}', page), name
    assert "把握 91%" in page


def test_entries_and_settled_tickets_that_fit_stand_beside_the_ticket(house):
    old, other = house.ticket(), house.ticket("我妈存定期被换成了保险", category="AGENCY", cause="MARKETING")
    with house.store.write() as session:
        for one in (old, other):
            found = session.get(Ticket, one.id)
            found.decision, found.decided_at = f"{one.number} 的决定：退还年费", now()
    fresh = house.ticket("信用卡没激活，年费照扣 300 块，要求退")
    page = house.as_("handler").page(f"/desk/tickets/{fresh.number}")
    beside = page[page.index("以前类似的工单"):]
    assert old.number in beside and other.number not in beside
    assert "年费" in page[page.index("相关知识"):page.index("以前类似的工单")]


def test_drafts_come_with_the_tickets_own_facts_and_work_without_javascript(house):
    ticket = house.ticket()
    page = house.as_("handler").page(f"/desk/tickets/{ticket.number}?draft=ack")
    written = re.search(r'<textarea id="answer"[^>]*>([^<]*)', page)[1]
    assert ticket.number in written and "handler同事" in written and "{" not in written


def test_the_page_of_a_ticket_whose_words_were_forgotten_still_stands(house):
    ticket = house.ticket()
    kinds = [key.removeprefix("event.") for key in house.knowledge.wording.texts if key.startswith("event.")]
    with house.store.write() as session:
        session.add_all([Event(ticket_id=ticket.id, kind=kind, actor="staff", at=now()) for kind in kinds])
        retention.erase_ticket(session, session.get(Ticket, ticket.id))
    page = words(house.as_("lead").page(f"/desk/tickets/{ticket.number}"))
    assert "改紧急程度" in page and "到期清除个人信息" in page and SUMMARY not in page


def work(desk, ticket, move, **data):
    return desk.post(f"/desk/tickets/{ticket.number}/move", {"move": move, **data})


def test_a_ticket_goes_all_the_way_and_the_customer_is_told_and_asked(house):
    ticket = house.ticket()
    desk = house.as_("handler")
    for move, data in (("take", {}), ("begin", {}),
                       ("decide", {"decision": "经核实多收年费，已退还 300 元。", "reason": "收费须事前告知。", "upheld": "yes",
                                   "redress": "退还 300 元"}),
                       ("tell", {"how": "call", "evidence": "11 月 24 日 10:05 通话 6 分钟"}), ("close", {})):
        answer = work(desk, ticket, move, **data)
        assert answer.status_code == 303, (move, words(answer.text)[-300:])
    closed = house.ticket_now(ticket)
    assert (closed.status, closed.upheld, closed.told_how) == ("closed", True, "call")
    assert [one.kind for one in house.rows(Event)] == ["received", "assigned", "investigating", "decided", "told", "closed"]
    asked = from_plain(house.rows(Owed)[-1].body)
    buttons = [button.data for row in asked.buttons for button in row]
    assert buttons == [f"rate:{ticket.id}:{score}" for score in (5, 4, 3, 2, 1)] and ticket.number in asked.text
    assert {one.action for one in house.rows(Audit)} >= {"move.take", "move.decide", "move.tell", "move.close"}


@pytest.mark.parametrize("online", [True, False])
@pytest.mark.parametrize(("move", "status"), [("pause_appraisal", "investigating"), ("extend", "investigating"), ("close", "told"),
                                              ("reopen", "closed")])
def test_the_page_says_that_she_was_told_only_where_she_was(house, online, move, status):
    ticket = house.ticket(online=online)
    with house.store.write() as session:
        session.get(Ticket, ticket.id).status = status
    desk = house.as_("lead")
    answer = work(desk, ticket, move, reason="须笔迹鉴定")
    assert answer.status_code == 303 and len(house.rows(Owed, purpose="told")) == online
    said = re.search(r'class="said" role="status">([^<]+)', desk.page(answer.headers["location"]))[1]
    assert ("没有在线渠道" in said, "并告知客户" in said or "并请客户评价" in said) == (not online, online)


@pytest.mark.parametrize(("named", "kept", "guess"), [
    ("手机银行", None, "MOBILE"), ("城东支行", None, "COUNTER"), ("城东支行的取款机", None, ""), ("城东支行", "EBANK", "EBANK")])
def test_who_decides_says_where_the_business_was_done_and_a_plain_place_says_it_beforehand(house, named, kept, guess):
    ticket = house.ticket()
    with house.store.write() as session:
        found = session.get(Ticket, ticket.id)
        found.branch_named, found.business_channel = named, kept
    desk = house.as_("handler")
    work(desk, ticket, "take")
    form = re.search(r'<select id="decide-business_channel"[^>]* required>.*?</select>',
                     desk.page(f"/desk/tickets/{ticket.number}"))[0]
    assert re.findall(r'value="(\w+)" selected', form) == ([guess] if guess else [])
    told = {"decision": "已退还。", "reason": "收费须事前告知。"}
    answer = work(desk, ticket, "decide", business_channel="", **told)
    assert answer.status_code == 409 and "业务办理渠道" in words(answer.text)
    assert work(desk, ticket, "decide", business_channel="NOWHERE", **told).status_code == 422
    assert work(desk, ticket, "decide", business_channel="MOBILE", **told).status_code == 303
    assert (house.ticket_now(ticket).business_channel, house.ticket_now(ticket).status) == ("MOBILE", "decided")


def test_what_is_no_complaint_is_decided_without_a_channel(house):
    ticket = house.ticket(kind="credit_objection")
    desk = house.as_("handler")
    work(desk, ticket, "take")
    page = desk.page(f"/desk/tickets/{ticket.number}")
    assert 'id="decide-decision"' in page and "decide-business_channel" not in page


def test_a_decision_told_in_her_channel_counts_when_it_has_arrived(house):
    ticket = house.ticket()
    desk = house.as_("handler")
    work(desk, ticket, "take")
    work(desk, ticket, "decide", decision="已退还。", reason="收费须事前告知。", upheld="", redress="")
    answer = work(desk, ticket, "tell", how="outbox", evidence="")
    assert answer.status_code == 303 and "said=telling" in answer.headers["location"]
    assert house.ticket_now(ticket).status == "decided"
    words_of, letter = house.rows(Owed, purpose="told")[-2:]
    assert "已退还。" in words_of.body["text"] and "核查" in words_of.body["text"]
    assert letter.id == house.ticket_now(ticket).told_owed_id, "the letter comes last: when it has arrived, all has"
    (file,) = house.rows(Attachment, ticket_id=ticket.id)
    assert letter.body["document"] == {"name": f"处理结果告知书-{ticket.number}.docx", "stored_as": file.stored_as}
    body = (house.settings.attachment_folder / file.stored_as).read_bytes()
    assert len(body) == file.size and body.startswith(b"PK") and file.message_id is not None
    assert file.name in desk.page(f"/desk/tickets/{ticket.number}")


@pytest.mark.parametrize(("redress", "said"), [("退还 300 元", "\n\n处理措施：退还 300 元\n\n"), ("", "收费须事前告知。\n\n")])
def test_what_is_told_in_the_chat_names_the_redress_where_there_is_one(house, redress, said):
    ticket = house.ticket()
    desk = house.as_("handler")
    work(desk, ticket, "take")
    work(desk, ticket, "decide", decision="年费收得不对。", reason="收费须事前告知。", redress=redress)
    work(desk, ticket, "tell", how="outbox", evidence="")
    text = house.rows(Owed, purpose="told")[-2].body["text"]
    assert said in text and ("处理措施" in text) == bool(redress)


def test_a_letter_that_cannot_be_written_is_not_owed(house):
    ticket = house.ticket()
    desk = house.as_("handler")
    work(desk, ticket, "take")
    work(desk, ticket, "decide", decision="已退还。", reason="收费须事前告知。", upheld="", redress="")
    house.settings.attachment_folder.rmdir()
    house.settings.attachment_folder.write_text("in the way")
    answer = desk.post(f"/desk/tickets/{ticket.number}/move", {"move": "tell", "how": "outbox"})
    assert answer.status_code == 503 and "暂时无法保存" in words(answer.text)
    assert house.ticket_now(ticket).told_owed_id is None and house.rows(Attachment) == []


def test_told_by_hand_needs_its_evidence(house):
    ticket = house.ticket()
    desk = house.as_("handler")
    work(desk, ticket, "take")
    work(desk, ticket, "decide", decision="已退还。", reason="收费须事前告知。")
    answer = work(desk, ticket, "tell", how="letter", evidence="")
    assert answer.status_code == 409 and "凭据" in words(answer.text)


def test_the_page_offers_only_what_may_be_done_now(house):
    ticket = house.ticket()
    handler, auditor = house.as_("handler"), house.as_("auditor")
    page = handler.page(f"/desk/tickets/{ticket.number}")
    assert 'value="take"' in page and 'value="close"' not in page and 'value="approve_extension"' not in page
    read = auditor.page(f"/desk/tickets/{ticket.number}")
    assert 'name="move"' not in read and "答复客户</label>" not in read and SUMMARY[:5] in words(read).replace(" ", "")


def test_two_who_press_at_once_do_not_overwrite_each_other(house):
    ticket = house.ticket()
    first, second = house.as_("handler"), house.as_("lead")
    version = re.search(r'name="version" value="(\d+)"', second.page(f"/desk/tickets/{ticket.number}"))[1]
    assert work(first, ticket, "take", version=version).status_code == 303
    answer = work(second, ticket, "take", version=version)
    assert answer.status_code == 409 and "刚被别人更新过" in words(answer.text)
    assert house.ticket_now(ticket).assignee_id == first.staff.id


def test_details_keep_the_record_as_the_regulator_wants_it(house):
    ticket, handler = house.ticket(), house.of_role("handler")
    desk = house.as_("intake")
    form = {"kind": "credit_objection", "branch_id": "", "branch_named": "城东支行", "business_channel": "MOBILE",
            "claim": "更正记录", "facts": "11 月 3 日发现", "contact": "", "customer_type": "corp",
            "grade": "复杂", "outer_number": "银监转 2026-118",
            "against_staff_id": str(handler.id), "flags": ["elderly", "repeat", "no_such_flag"]}
    before = house.ticket_now(ticket)
    assert desk.post(f"/desk/tickets/{ticket.number}/details", form).status_code == 303
    kept = house.ticket_now(ticket)
    assert (kept.kind, kept.business_channel, kept.grade, kept.customer_type) == ("credit_objection", "MOBILE", "复杂", "corp")
    assert kept.flags == ["elderly", "repeat"] and kept.outer_number == "银监转 2026-118"
    assert (kept.due_at - before.due_at).days == 5, "a credit objection has 20 days, a complaint 15"


@pytest.mark.parametrize(("was", "became", "warned"), [("human", "complaint", 0), ("credit_objection", "human", 3)])
def test_the_warnings_begin_again_where_another_kind_gives_more_time(house, was, became, warned):
    ticket = house.ticket(kind=was)
    with house.store.write() as session:
        session.get(Ticket, ticket.id).warned = 3
    house.as_("intake").post(f"/desk/tickets/{ticket.number}/details", {
        "kind": became, "customer_type": "person", "grade": "普通"})
    assert (house.ticket_now(ticket).kind, house.ticket_now(ticket).warned) == (became, warned)


@pytest.mark.parametrize(("stood", "written", "kept"), [
    ("普通", "普通", "复杂"), ("普通", "重大", "重大"), ("重大", "重大", "重大")])
def test_marks_that_a_colleague_sets_carry_the_grade_that_nobody_chose(house, stood, written, kept):
    ticket = house.ticket()
    with house.store.write() as session:
        session.get(Ticket, ticket.id).grade = stood
    house.as_("intake").post(f"/desk/tickets/{ticket.number}/details", {
        "kind": "complaint", "customer_type": "person", "grade": written, "flags": ["identity_loan"]})
    assert (house.ticket_now(ticket).flags, house.ticket_now(ticket).grade) == (["identity_loan"], kept)


def test_the_person_complained_about_neither_sees_nor_handles_it(house):
    handler = house.of_role("handler")
    ticket = house.ticket(against_staff_id=handler.id)
    desk = house.as_("handler")
    assert desk.get(f"/desk/tickets/{ticket.number}").status_code == 404
    assert desk.post(f"/desk/tickets/{ticket.number}/answer", {"text": "我来解释一下"}).status_code == 404
    assert ticket.number not in desk.page("/desk/queue")
    assert work(house.as_("lead"), ticket, "assign", assignee_id=str(handler.id)).status_code == 409


def test_a_branch_sees_its_own_and_the_head_office_all(house):
    with house.store.write() as session:
        head = assignment.add_branch(session, code="ZH", name="总行", kind="head")
        east = assignment.add_branch(session, code="CD", name="城东支行", parent=head)
        west = assignment.add_branch(session, code="CX", name="城西支行", parent=head)
    theirs, mine = house.ticket(branch_id=west.id), house.ticket(branch_id=east.id)
    branch, head_office = house.as_(house.person("dong", "handler", branch_id=east.id)), house.as_("handler")
    assert branch.get(f"/desk/tickets/{mine.number}").status_code == 200
    for path in (f"/desk/tickets/{theirs.number}", f"/desk/tickets/{theirs.number}/letter"):
        assert branch.get(path).status_code == 404
    assert branch.post(f"/desk/tickets/{theirs.number}/note", {"text": "不该写进去"}).status_code == 404
    queue = branch.page("/desk/queue")
    assert mine.number in queue and theirs.number not in queue
    assert head_office.get(f"/desk/tickets/{theirs.number}").status_code == 200


def test_a_level_one_alarm_stands_on_every_page_until_somebody_takes_it(house):
    ticket = house.ticket("我正在被骗，已经转了两万", urgency="I", flags=("fraud_now",))
    with house.store.write() as session:
        session.add(Alert(kind="level_one", text=f"【I 级】工单 {ticket.number}", ticket_id=ticket.id))
    desk = house.as_("handler")
    for path in ("/desk/queue", "/desk/knowledge", f"/desk/tickets/{ticket.number}"):
        page = desk.page(path)
        assert 'class="alarm grave" role="alert"' in page and "接手" in page
    news = desk.get("/desk/news").json()
    assert news["siren"] > 0 and ticket.number in news["banner"]
    assert news["newest"] == int(house.ticket_now(ticket).received_at.timestamp() * 1000)
    assert desk.post("/desk/alerts/1/take").headers["location"].startswith(f"/desk/tickets/{ticket.number}")
    assert house.ticket_now(ticket).assignee_id == desk.staff.id
    assert desk.get("/desk/news").json()["siren"] == 0
    late = house.as_("lead").post("/desk/alerts/1/take")
    assert late.status_code == 409 and "已有同事接手" in words(late.text)


def test_a_telephone_complaint_is_filed_on_its_clock_from_the_day_it_came(house):
    desk = house.as_("intake")
    form = {"summary": "柜台排队两小时，只开一个窗口", "source": "r12378", "kind": "complaint", "received": "2026-01-05",
            "category": "DEPOSIT", "cause": "SERVICE", "urgency": "none", "branch_id": "", "business_channel": "COUNTER",
            "customer_type": "person", "claim": "改进", "contact": "下午打 13912340000", "name": "王小明",
            "phone": "0512-66668888", "outer_number": "12378-77", "regulator_due": "2026-01-15", "flags": ["elderly"]}
    answer = desk.post("/desk/tickets/new", form)
    assert answer.status_code == 303
    kept = house.rows(Ticket)[0]
    assert kept.due_at.isoformat() == "2026-01-15T15:59:59+00:00", "the regulator's date is earlier than the law's"
    assert (kept.source, kept.primary_right, kept.flags) == ("r12378", "RESPECT", ["elderly"])
    assert kept.contact.startswith("王** 尾号 8888 下午打") and "13912340000" not in kept.contact
    assert "超期" in desk.page(answer.headers["location"])
    future = desk.post("/desk/tickets/new", {**form, "received": "2099-01-01"})
    assert future.status_code == 422
    assert desk.post("/desk/tickets/new", {**form, "source": "telegram"}).status_code == 422
    again = desk.post("/desk/tickets/new", {**form, "outer_number": ""})
    assert again.status_code == 303 and house.rows(Ticket)[1].repeat_of_id == kept.id, "known again by her telephone"


def test_a_forwarded_complaint_joins_the_customer_of_an_earlier_ticket_and_she_is_told(house):
    earlier = house.ticket()
    desk = house.as_("intake")
    form = {"summary": "12378 转来：客户不认可年费处理", "source": "r12378", "kind": "complaint", "urgency": "none",
            "customer_type": "person", "outer_number": "沪转〔2026〕88 号", "earlier": earlier.number}
    answer = desk.post("/desk/tickets/new", form)
    assert answer.status_code == 303, words(answer.text)
    made = house.rows(Ticket)[-1]
    assert (made.chat_id, made.category) == (earlier.chat_id, "CREDIT_CARD")
    assert made.is_repeat and made.repeat_of_id == earlier.id
    (told,) = house.rows(Owed, ticket_id=made.id)
    assert made.number in told.body["text"] and "12378" in told.body["text"]
    assert "本单是它的重复投诉" in words(desk.page(f"/desk/tickets/{made.number}"))


@pytest.mark.parametrize("number", ["999999-000001", "x", "261125-000001' --"])
def test_an_earlier_ticket_that_is_not_there_files_nothing_and_keeps_what_was_typed(house, number):
    form = {"summary": "很长的一段话，写了很久，不能丢掉，客户说的每一句都在这里", "source": "phone", "kind": "complaint",
            "urgency": "none", "customer_type": "person", "earlier": number}
    answer = house.as_("intake").post("/desk/tickets/new", form)
    assert answer.status_code == 422 and "没有找到这个工单号" in answer.text and form["summary"] in answer.text
    assert house.rows(Ticket) == []


def test_a_telephone_never_joins_two_customers(house):
    desk = house.as_("intake")
    form = {"summary": "第一件", "source": "phone", "kind": "complaint", "urgency": "none", "customer_type": "person",
            "phone": "13800000001"}
    desk.post("/desk/tickets/new", form)
    first = house.rows(Ticket)[0]
    answer = desk.post("/desk/tickets/new", {**form, "summary": "第二件", "phone": "13800000002", "earlier": first.number})
    assert answer.status_code == 409 and "不是同一位客户" in answer.text
    assert len(house.rows(Ticket)) == 1 and len(house.rows(Customer)) == 1


def test_only_the_superior_is_offered_the_approval(house):
    with house.store.write() as session:
        head = assignment.add_branch(session, code="H", name="总行", kind="head")
        branch = assignment.add_branch(session, code="B", name="城东支行", parent=head)
        ids = head.id, branch.id
    ticket = house.ticket(branch_id=ids[1])
    with house.store.write() as session:
        session.get(Ticket, ticket.id).clock_from -= timedelta(days=8)  # a week is left
    handler = house.as_(house.person("branchhandler", "handler", branch_id=ids[1]))
    local = house.as_(house.person("branchlead", "lead", branch_id=ids[1]))
    superior = house.as_(house.person("headlead", "lead", branch_id=ids[0]))
    for move, data in (("take", {}), ("begin", {}), ("extend", {"reason": "须调档"}), ("ask_extension", {"reason": "待鉴定"})):
        assert work(handler, ticket, move, **data).status_code == 303
    pages = {desk.staff.username: desk.page(f"/desk/tickets/{ticket.number}") for desk in (handler, local, superior)}
    assert {name: 'value="approve_extension"' in page for name, page in pages.items()} == {
        "branchhandler": False, "branchlead": False, "headlead": True}
    assert "下一步：批准期限申请" in pages["headlead"] and "下一步：作出决定" in pages["branchhandler"]
    assert work(local, ticket, "approve_extension").status_code == 409


def test_a_clock_is_moved_by_who_handles_it_with_a_leads_approval(house):
    handler = house.of_role("handler")
    ticket = house.ticket(assignee_id=handler.id)
    due, other = house.ticket_now(ticket).due_at, house.person("other", "handler")
    for who in ("intake", other):
        page = house.as_(who).page(f"/desk/tickets/{ticket.number}")
        assert not any(f'value="{name}"' in page for name in ("new_facts", "regulator_date", "extend"))
        assert work(house.as_(who), ticket, "new_facts", reason="补了流水").status_code == 409
    desk = house.as_(handler)
    assert 'value="regulator_date"' not in desk.page(f"/desk/tickets/{ticket.number}"), "no regulator has sent it"
    answer = work(desk, ticket, "new_facts", reason="补了流水")
    page = words(desk.page(answer.headers["location"]))
    assert "等主管审批" in page and "申请按新事实重新计时 ：补了流水" in page.replace("重新计时：", "重新计时 ：")
    assert house.ticket_now(ticket).due_at == due and 'value="approve_extension"' not in desk.page(f"/desk/tickets/{ticket.number}")
    lead = house.as_("lead")
    assert "下一步：批准期限申请" in words(lead.page(f"/desk/tickets/{ticket.number}"))
    assert "待批延期 1" in words(lead.page("/desk/queue"))
    assert work(lead, ticket, "approve_extension", reason="").status_code == 303
    assert house.rows(Event, kind="new_facts")[0].data["asked_by"] == handler.id


def test_a_regulators_date_is_not_written_on_a_telephone_call(house):
    form = {"summary": "很长的一段话，写了很久，不能丢掉，客户说的每一句都在这里", "source": "phone", "kind": "complaint",
            "urgency": "", "category": "", "cause": "", "customer_type": "person", "regulator_due": "2026-01-15"}
    answer = house.as_("intake").post("/desk/tickets/new", form)
    assert answer.status_code == 422 and "监管期限" in words(answer.text) and house.rows(Ticket) == []


def test_handled_anew_the_first_decision_stays_in_sight_and_she_is_told(house):
    ticket = house.ticket()
    handler, lead = house.as_("handler"), house.as_("lead")
    work(handler, ticket, "take")
    first = {"decision": "年费照收。", "reason": "合同有约定。", "upheld": "no", "redress": "发送年费说明"}
    work(handler, ticket, "decide", **first)
    work(handler, ticket, "tell", how="call", evidence="通话 6 分钟")
    work(handler, ticket, "close")
    answer = work(lead, ticket, "reopen", reason="客户补来未开卡的证明")
    assert answer.status_code == 303
    told = house.rows(Owed)[-1]
    assert told.purpose == "told" and "已重新办理" in told.body["text"] and ticket.number in told.body["text"]
    work(handler, ticket, "begin")
    work(handler, ticket, "decide", decision="退还年费。", reason="未开卡不收费。", upheld="yes", redress="")
    page = words(handler.page(f"/desk/tickets/{ticket.number}"))
    assert page.index("处理决定") < page.index("退还年费。") < page.index("第一次决定") < page.index("年费照收。")
    assert all(part in page for part in ("合同有约定。", "发送年费说明", "我行无责", "客户补来未开卡的证明"))


def test_after_a_correction_the_words_that_led_to_the_old_judgement_explain_nothing_any_more(house):
    ticket = house.ticket(urgency="III")
    desk = house.as_("handler")
    path = f"/desk/tickets/{ticket.number}"

    def card():
        return words(desk.page(path)).replace(" ", "").partition("归类")[2].partition("要素")[0]

    assert re.match(r"系统建议.*因为：信用卡年费.*因为：扣了", card())
    desk.post(f"{path}/correct", {"category": "DEPOSIT"})
    assert card().startswith("已更正") and "系统建议" not in card()
    assert "因为：信用卡" not in card() and "因为：扣了" in card()


@pytest.mark.parametrize(("actor", "head", "reasons"), [("bot", "系统建议", True), ("staff", "已更正", False)])
def test_a_level_that_the_bot_raised_is_no_correction(house, actor, head, reasons):
    ticket = house.ticket(urgency="II")
    with house.store.write() as session:
        kept = session.get(Ticket, ticket.id)
        kept.reading = {**kept.reading, "because": {"urgency": ["态度恶劣"]}}
        session.add(Event(ticket_id=ticket.id, kind="urgency", actor=actor, data={"urgency": ["III", "II"]}, at=now()))
    card = words(house.as_("handler").page(f"/desk/tickets/{ticket.number}")).partition("归类 ")[2].partition("要素")[0]
    assert card.strip().startswith(head) and ("因为：态度恶劣" in card.replace(" ", "")) is reasons


@pytest.mark.parametrize(("urgency", "said"), [("I", "首次联系 — （请马上联系）"), ("II", " 前）")])
def test_the_head_of_level_one_grants_no_day_for_the_first_call(house, urgency, said):
    page = re.sub(r"\s+", " ", words(house.as_("lead").page(f"/desk/tickets/{house.ticket(urgency=urgency).number}")))
    assert said.replace(" ", "") in page.replace(" ", "") and ("前）" in page) == (urgency != "I")


def test_a_reason_that_ends_in_a_full_stop_is_told_with_one(house):
    ticket = house.ticket(assignee_id=house.of_role("handler").id)
    with house.store.write() as session:
        session.get(Ticket, ticket.id).clock_from -= timedelta(days=8)
    assert work(house.as_("handler"), ticket, "extend", reason="情况复杂，须调档。").status_code == 303
    text = house.rows(Owed, purpose="told")[-1].body["text"]
    assert "原因：情况复杂，须调档。给您" in text and house.rows(Event, kind="extended")[0].reason == "情况复杂，须调档。"


def test_a_merge_is_confirmed_and_names_the_ticket_that_goes_on(house):
    first = house.ticket()
    second = house.ticket("年费又扣了", online=False)
    with house.store.write() as session:
        session.get(Ticket, second.id).chat_id = first.chat_id
    desk = house.as_("handler")
    form = re.search(r'<select id="merge-into_id".*?</form>', desk.page(f"/desk/tickets/{second.number}"), re.DOTALL)[0]
    assert re.search(r'type="checkbox" required> 已核对是同一件事', form)
    assert work(desk, second, "merge", into_id=str(first.id)).status_code == 303
    page = desk.page(f"/desk/tickets/{second.number}")
    assert f'请看 <a href="/desk/tickets/{first.number}">' in page
    with house.store.write() as session:
        session.get(Ticket, first.id).against_staff_id = desk.staff.id
    page = desk.page(f"/desk/tickets/{second.number}")
    assert f"/desk/tickets/{first.number}" not in page and "不在您的查看范围内" in page


@pytest.mark.parametrize(("more", "sorry", "asked", "not_asked"), [
    ({"summary": "你们客服态度恶劣", "category": None, "cause": None}, "您反映的问题我们已经记下",
     "哪个网点或渠道发生的？当时的经过是怎样的，金额大概多少？", ""),
    ({"claim": "退还年费", "branch_named": "手机银行"}, "您提出的「退还年费」我们已经记下",
     "事情是哪天发生的？当时的经过是怎样的？", "网点|金额")])
def test_a_draft_asks_for_nothing_that_is_known_and_names_no_wish_that_was_not_told(house, more, sorry, asked, not_asked):
    ticket = house.ticket(**{key: value for key, value in more.items() if key in ("summary", "category", "cause")})
    with house.store.write() as session:
        found = session.get(Ticket, ticket.id)
        for name, value in more.items():
            setattr(found, name, value)
    desk = house.as_("handler")
    drafts = {key: re.search(r'<textarea id="answer"[^>]*>([^<]*)', desk.page(f"/desk/tickets/{ticket.number}?draft={key}"))[1]
              for key in ("sorry", "more", "call", "ack")}
    assert sorry in drafts["sorry"] and asked in drafts["more"] and not (not_asked and re.search(not_asked, drafts["more"]))
    assert not [one for one in drafts.values() if "您的诉求" in one or "您反映的您反映" in one or "反映的您" in one]


def test_no_draft_claims_what_nobody_has_done_yet():
    texts = load().wording.texts
    drafts = [text for key, text in texts.items() if key.startswith("draft.") and key.endswith(".text")]
    assert len(drafts) >= 6
    assert not [text for text in drafts if re.search("已联系|已调取|正在核实|已核实|已经(?:查|联系)", text)]


@pytest.mark.parametrize("post", ["answer", "note"])
def test_after_sending_the_page_stands_at_the_newest_message(house, post):
    ticket = house.ticket()
    desk = house.as_("handler")
    answer = desk.post(f"/desk/tickets/{ticket.number}/{post}", {"text": "第一句"})
    assert answer.headers["location"].endswith("#newest")
    page = desk.page(answer.headers["location"].partition("#")[0])
    assert re.search(r'<li class="\w+" id="newest">(?:(?!</li>).)*第一句', page, re.DOTALL) and page.count('id="newest"') == 1


@pytest.mark.parametrize(("data", "said"), [
    ("status", "我的投诉"), ("faq:di-limit", "存款最多保多少？"), ("file", "登记成投诉"), ("rate:1:1", "评价：很不满意"),
    ("rate:1:9", ""), ("redo:7", "要求重新办理"), ("claim:refund", "申请退费"), ("theme:loan", ""), ("quiz-answer:1:a", "")])
def test_a_pressed_button_is_read_as_what_it_said(data, said):
    assert filters(builders.knowledge())["pressed"](data) == f"（点了按钮）{said}"
    assert all(key in builders.knowledge().wording for key in PRESSED.values())
