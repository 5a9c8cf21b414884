"""When a customer writes again: who handles her case hears of it, and nobody begins with her from the beginning."""

import itertools
import json
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from bot.channels import telegram_parse
from bot.flows import nothing_more
from bot.flows.asides import letters
from bot.flows.filing import day
from bot.messages import Incoming, Upload
from tests import builders
from tickets import lifecycle, search
from tickets.models import Alert, Attachment, Event, Message, Owed, Staff, Ticket, now
from tickets.register import answer_customer

keys = itertools.count()
AGAIN = "钱还没退到账！怎么就结案了，我不满意"


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path)


def say(house, text="", *, button="", address="7"):
    incoming = Incoming("telegram", f"a{next(keys)}", address, text, button=button, kind="button" if button else "text")
    (outcome,) = house.intake.receive([incoming])
    assert outcome.status == "handled"
    return outcome.replies


def rows(house, model, **where):
    with house.store.read() as session:
        return list(session.scalars(select(model).filter_by(**where).order_by(model.id)))


def staffed(house, role="handler", **fields):
    with house.store.write() as session:
        staff = Staff(username=f"s{next(keys)}", name="王强", role=role, password_hash="-", **fields)
        session.add(staff)
        session.flush()
        return staff


def work(house, ticket, *moves, staff):
    """Make these moves; each is a name with what its form asks for."""
    with house.store.write() as session:
        found, who = session.get(Ticket, ticket.id), session.get(Staff, staff.id)
        for name, more in moves:
            lifecycle.move(session, found, name, actor="staff", staff=who, rules=house.knowledge.deadlines,
                           wording=house.knowledge.wording, **more)


def filed(house):
    say(house, builders.COMPLAINT)
    say(house, button="done")
    return rows(house, Ticket)[-1]


DECIDED = (("decide", {"decision": "已退还 300 元", "reason": "收费须事前告知"}),
           ("tell", {"how": "call", "evidence": "通话 3 分钟"}))


def closed(house, staff):
    ticket = filed(house)
    work(house, ticket, ("take", {}), *DECIDED, ("close", {}), staff=staff)
    return ticket


def test_who_handles_it_is_reminded_once_with_the_newest_words(house):
    handler, ticket = staffed(house), filed(house)
    work(house, ticket, ("take", {}), staff=handler)
    for words in ("投诉：信用卡扣了两次", "投诉：又扣了一次"):
        say(house, words)
    (alert,) = rows(house, Alert, kind="wrote")
    assert alert.ticket_id == ticket.id and "又扣了一次" in alert.text and alert.acknowledged_at is None
    assert [one.ticket_id for one in rows(house, Message, author="customer")][-2:] == [ticket.id] * 2


def test_a_ticket_that_nobody_handles_is_marked_for_whoever_takes_it_but_not_by_answers_to_our_questions(house):
    say(house, builders.COMPLAINT)
    say(house, "11 月 3 号扣的")
    say(house, button="done")
    (ticket,) = rows(house, Ticket)
    assert ticket.facts and rows(house, Alert) == []
    say(house, "投诉：信用卡扣了两次")
    (alert,) = rows(house, Alert)
    assert (alert.kind, alert.ticket_id, alert.acknowledged_at) == ("wrote", ticket.id, None) and "扣了两次" in alert.text
    work(house, ticket, ("take", {}), staff=staffed(house))
    assert rows(house, Alert)[0].acknowledged_at is not None


@pytest.mark.parametrize("taken", [False, True])
@pytest.mark.parametrize("words", [
    "没有了，就这样", "没别的了", "没有了就这样", "没了，谢谢", "不用了，就这些", "暂时没有了", "没其他的了，谢谢你",
    "好的，没有了", "没有其他要补充的了", "不补充了", "先这样吧，麻烦你们了", "我说完了"])
def test_that_nothing_more_is_coming_stays_with_the_ticket_and_is_no_news(house, words, taken):
    ticket = filed(house)
    if taken:
        work(house, ticket, ("take", {}), staff=staffed(house))
    (reply,) = say(house, words)
    assert reply.text == house.knowledge.wording("greeting.fine")
    assert rows(house, Message, author="customer")[-1].ticket_id == ticket.id and rows(house, Ticket)[0].claim == ""
    assert rows(house, Alert, kind="wrote") == [] and len(rows(house, Ticket)) == 1


@pytest.mark.parametrize("words", ["没有收到退款，就这样", "我没有", "没有了，再加一条：他们还骂人", "没说清楚", "钱没了", "谢谢"])
def test_who_says_anything_beside_it_is_heard_as_before(words):
    assert not nothing_more.only(letters(words))


def found(house, words):
    with house.store.read() as session:
        return list(session.scalars(select(Ticket.number).where(search.matching(session, words))))


def test_what_she_adds_later_finds_her_ticket_also_after_a_correction_and_in_the_one_that_it_was_merged_into(house):
    handler, first = staffed(house), filed(house)
    for words in ("对了，收款人叫钱多多", "卖保险的是泰康人寿的人"):
        say(house, words)
    assert found(house, "钱多多") == found(house, "泰康人寿") == [first.number] and found(house, "太平人寿") == []
    work(house, first, ("take", {}), staff=handler)
    with house.store.write() as session:
        session.get(Ticket, first.id).branch_named = "城东支行"
    assert found(house, "钱多多") == found(house, "城东") == [first.number]
    with time_machine.travel(now() + timedelta(days=1), tick=False):
        say(house, "投诉！另一件事：贷款利息算错了，经办叫孙小果", button="")
        second = rows(house, Ticket)[-1]
        assert second.id != first.id and found(house, "孙小果") == [second.number]
        work(house, second, ("merge", {"into_id": first.id}), staff=handler)
    assert sorted(found(house, "孙小果")) == sorted([first.number, second.number])
    with house.store.write() as session:
        while search.reindex(session, limit=10):
            pass
    assert found(house, "泰康人寿") == [first.number]


PHOTO = (Upload("photo.jpg", "image/jpeg", 1000, "file-1"),)


@pytest.mark.parametrize("batches", [
    [[("对了，收款人叫钱多多", {}), ("卖保险的是泰康人寿的人", {})]],
    [[("对了，收款人叫王五", {"platform_id": "9"})], [("对了，收款人叫钱多多", {"platform_id": "9", "kind": "edited"})]],
    [[("钱多多的签名", {"kind": "photo", "uploads": PHOTO})], [("还要利息", {})]]])
def test_what_she_adds_in_one_batch_corrects_or_writes_under_a_photo_finds_her_ticket_and_goes_on_to(house, batches):
    ticket = filed(house)
    for batch in batches:
        house.intake.receive([Incoming("telegram", f"a{next(keys)}", "7", words, **more) for words, more in batch])
        assert all(found(house, words) == [ticket.number] for words, _ in batch)
    for _ in range(2):
        assert found(house, "钱多多") == [ticket.number]
        with house.store.write() as session:  # touched, it is indexed anew
            session.get(Ticket, ticket.id).branch_named += "城东"


def test_what_she_answers_to_a_colleague_the_next_day_goes_to_him(house):
    handler, ticket = staffed(house), filed(house)
    work(house, ticket, ("take", {}), ("contact", {"how": "call", "reason": "未接通"}), staff=handler)
    with time_machine.travel(now() + timedelta(hours=20), tick=False):
        with house.store.write() as session:
            answer_customer(session, session.get(Ticket, ticket.id), "您明天什么时间方便？", staff_id=handler.id,
                            body={"text": "？"})
    with time_machine.travel(now() + timedelta(hours=26), tick=False):
        (reply,) = say(house, "下午三点以后吧")
    assert ticket.number in reply.text
    assert rows(house, Message, author="customer")[-1].ticket_id == ticket.id
    assert "下午三点以后吧" in rows(house, Alert, kind="wrote")[-1].text


def test_after_a_merge_words_go_to_the_ticket_that_goes_on_and_no_interview_goes_on(house):
    handler, first = staffed(house), filed(house)
    work(house, first, ("take", {}), staff=handler)
    with time_machine.travel(now() + timedelta(days=1), tick=False):
        say(house, builders.COMPLAINT + "又来了")  # asked for what happened
        second = rows(house, Ticket)[-1]
        assert second.id != first.id
        work(house, second, ("merge", {"into_id": first.id}), staff=staffed(house, "intake"))
        absorbed = rows(house, Alert, kind="wrote", acknowledged_at=None)[-1]
        assert absorbed.ticket_id == first.id and second.number in absorbed.text
        replies = say(house, "就是上个月的账单里多的一笔")
    said = "\n".join(one.text for one in replies)
    assert first.number in said and second.number not in said and "哪个网点" not in said
    assert rows(house, Message, author="customer")[-1].ticket_id == first.id
    assert "多的一笔" in rows(house, Alert, kind="wrote", acknowledged_at=None)[-1].text


def test_a_merged_ticket_is_shown_with_the_number_under_which_it_goes_on_and_with_its_day(house):
    handler, first = staffed(house), filed(house)
    with time_machine.travel(now() + timedelta(days=1), tick=False):
        say(house, builders.COMPLAINT + "又来了")
        second = rows(house, Ticket)[-1]
        work(house, second, ("merge", {"into_id": first.id}), staff=handler)
        listed = say(house, button="status")[-1].text
        (shown,) = say(house, button=f"ticket:{second.id}")
    assert f"{second.number}　信用卡\n状态：已合并（并入 {first.number}，一起办理）" in listed
    assert listed.count(day(first.due_at)) == 2 and f"已合并（并入 {first.number}" in shown.text
    assert day(first.due_at) in shown.text and day(second.due_at) not in shown.text
    assert shown.buttons[0][0].data == f"ticket:{first.id}"


@pytest.mark.parametrize("words", [AGAIN, "我对处理结果不满意", "说好退的钱到现在也没退", "投诉！你们就是敷衍我"])
def test_who_is_not_content_after_the_case_is_closed_is_heard_about_that_case(house, words):
    handler = staffed(house, telegram_id="99")
    ticket = closed(house, handler)
    with time_machine.travel(now() + timedelta(days=12), tick=False):
        (reply,) = say(house, words)
    assert ticket.number in reply.text and "申请核查" in reply.text and "哪天发生" not in reply.text
    assert [b.data for row in reply.buttons for b in row] == [f"review:{ticket.id}", f"redo:{ticket.id}", "other", "human"]
    assert len(rows(house, Ticket)) == 1 and rows(house, Ticket)[0].is_repeat
    (alert,) = rows(house, Alert, kind="unhappy")
    assert alert.ticket_id == ticket.id and words in alert.text
    assert rows(house, Event, kind="dissatisfied")[0].reason == words
    assert [one.address for one in rows(house, Owed, purpose="alert")] == ["99"]
    assert rows(house, Message, author="customer")[-1].ticket_id == ticket.id


def test_what_she_was_told_since_is_meant_though_another_complaint_is_open(house):
    handler, made = staffed(house), filed(house)
    say(house, button="other")
    say(house, "信用卡又扣了 20 块短信费，投诉")
    say(house, button="done")
    work(house, made, ("take", {}), *DECIDED, staff=handler)
    reply = say(house, "不服，我要申请核查")[-1]
    assert made.number in reply.text and f"review:{made.id}" in [b.data for row in reply.buttons for b in row]


@pytest.mark.parametrize(("days", "words"), [(45, AGAIN), (3, "信用卡又扣了 20 块短信费，投诉"), (3, "对结果不满意怎么办"),
                                             (3, "投诉，另外还有一件事：柜台态度恶劣，不满意")])
def test_another_matter_and_a_question_are_no_dissatisfaction(house, days, words):
    closed(house, staffed(house))
    with time_machine.travel(now() + timedelta(days=days), tick=False):
        say(house, words)
    assert rows(house, Alert, kind="unhappy") == []


def test_she_may_ask_for_a_review_or_for_handling_it_anew(house):
    handler = staffed(house)
    ticket = closed(house, handler)
    say(house, AGAIN)
    (reply,) = say(house, button=f"redo:{ticket.id}")
    assert "主管" in reply.text and rows(house, Event, kind="reopen_asked")
    (alert,) = rows(house, Alert, kind="unhappy")
    assert "要求重新办理" in alert.text
    (reply,) = say(house, button=f"review:{ticket.id}")
    review = rows(house, Ticket)[-1]
    assert review.review_of_id == ticket.id
    say(house, AGAIN)
    assert rows(house, Message, author="customer")[-1].ticket_id == review.id, "the review goes on with it"
    (gone,) = say(house, button=f"redo:{ticket.id}", address="8")
    assert "不能这样操作" in gone.text


@pytest.mark.parametrize("wish", ["redo", "review"])
def test_a_wish_pressed_twice_is_told_to_the_office_once(store, tmp_path, wish):
    house = builders.house(store, tmp_path, telegram_staff_group=-100500)
    ticket = closed(house, staffed(house))
    first = say(house, button=f"{wish}:{ticket.id}")
    told = len(rows(house, Owed, address="-100500"))
    assert [one.text for one in say(house, button=f"{wish}:{ticket.id}")] == [one.text for one in first]
    assert len(rows(house, Owed, address="-100500")) == told


def test_a_bad_mark_is_told_to_who_handled_it(house):
    ticket = closed(house, staffed(house))
    say(house, button=f"rate:{ticket.id}:1")
    assert rows(house, Alert, kind="unhappy")[0].ticket_id == ticket.id


def album(house, *captions, address="7"):
    """Photos sent together, each an update of its own; what is said to all of them."""
    said = []
    for n, caption in enumerate(captions):
        note = {"message_id": n, "chat": {"id": int(address)}, "caption": caption, "media_group_id": "g1",
                "photo": [{"file_id": f"f{n}"}]}
        update = {"update_id": next(keys), "message": note}
        (outcome,) = house.intake.receive([telegram_parse.parse(json.dumps(update).encode())[0]])
        said += [reply.text for reply in outcome.replies]
    return said


@pytest.mark.parametrize(("open_before", "caption"), [(True, ""), (True, "这是回单"), (False, builders.COMPLAINT), (False, "")])
def test_photos_sent_together_are_answered_and_told_to_the_office_once_and_all_kept(store, tmp_path, open_before, caption):
    house = builders.house(store, tmp_path, telegram_staff_group=-100500)
    if open_before:
        filed(house)
    told = len(rows(house, Owed, address="-100500"))
    said = album(house, caption, "", "", "")
    assert len(said) == len(set(said)) <= 2 and sum("收到您发的材料" in text for text in said) == (caption != builders.COMPLAINT)
    tickets = rows(house, Ticket)
    assert len(rows(house, Owed, address="-100500")) == told + bool(tickets)
    assert [one.ticket_id for one in rows(house, Attachment)] == [tickets[0].id if tickets else None] * 4
    assert album(house, "这是另一张"), "a photo with words of its own is answered"


def test_photos_sent_before_the_complaint_go_along_with_it(house):
    album(house, "", "")
    album(house, "", address="8")
    say(house, builders.COMPLAINT)
    (ticket,) = rows(house, Ticket)
    assert [one.ticket_id for one in rows(house, Attachment)] == [ticket.id, ticket.id, None]
    assert len(rows(house, Message, ticket_id=ticket.id, kind="photo")) == 2
    say(house, "投诉！另一件事：贷款利息算错了")
    assert [one.ticket_id for one in rows(house, Attachment)] == [ticket.id, ticket.id, None]


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=3)])
def test_photos_and_the_complaint_in_one_batch_and_photos_of_long_ago(house, later):
    photo = Incoming("telegram", "p1", "7", kind="photo", uploads=PHOTO)
    if not later:
        house.intake.receive([photo, Incoming("telegram", "p2", "7", builders.COMPLAINT)])
    else:
        house.intake.receive([photo])
        with time_machine.travel(now() + later, tick=False):
            say(house, builders.COMPLAINT)
    assert [one.ticket_id is None for one in rows(house, Attachment)] == [bool(later)]


def edit(house, text, *, first, address="7"):
    house.intake.receive([Incoming("telegram", f"a{next(keys)}", address, first, platform_id="9")])
    (outcome,) = house.intake.receive([Incoming("telegram", f"a{next(keys)}", address, text, platform_id="9", kind="edited")])
    return "\n".join(reply.text for reply in outcome.replies)


def test_a_message_edited_into_an_emergency_is_heard_as_one_and_edited_again_rings_no_more(house):
    said = edit(house, "我正在被骗", first="客服电话是多少")
    assert house.knowledge.emergencies["fraud_now"].title in said and len(rows(house, Alert, kind="level_one")) == 1
    house.intake.receive([Incoming("telegram", "e9", "7", "我正在被骗！！", platform_id="9", kind="edited")])
    assert len(rows(house, Alert, kind="level_one")) == 1 and len(rows(house, Ticket)) == 1


def test_who_edits_what_she_complained_of_is_told_that_it_is_kept_and_the_office_hears_it(house):
    said = edit(house, builders.COMPLAINT + "，收款人叫钱多多", first=builders.COMPLAINT)
    (ticket,) = rows(house, Ticket)
    assert said == house.knowledge.wording("filing.edited", number=ticket.number)
    assert edit(house, "随便问问的", first="今天好", address="8") == "", "answered when it first came"
    house.intake.receive([Incoming("telegram", "e8", "7", builders.COMPLAINT + "，收款人叫钱多多", platform_id="9", kind="edited")])
    said = [one.body["text"] for one in rows(house, Owed, address="7")]
    assert sum("改过的这句" in text for text in said) == 1, "the platform also calls it an edit where nothing was changed"
