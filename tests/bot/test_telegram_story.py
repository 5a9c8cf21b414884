"""The whole story through Telegram: a question is answered, a complaint is filed, and the office's answer arrives in her chat."""

import pytest

from bot.flows.entries import cited
from bot.messages import Reply
from tests import builders
from tests.fake_telegram import FakeTelegram, wait_for
from tests.running import Web, Worker, free_port
from tickets.models import Attachment, Owed, Parked, Ticket
from tickets.register import answer_customer, owe, ticket_of_number

GROUP = -1001234567890


@pytest.fixture
def platform():
    with FakeTelegram(first_pause=0.1) as fake:
        fake.group(GROUP)
        yield fake


@pytest.fixture
def polling(platform, store, tmp_path):
    """The house behind the fake, asking for updates: what the other tests here need no web process for."""
    with Worker(builders.house(store, tmp_path, telegram_api_url=platform.url, telegram_staff_group=GROUP)):
        yield store


@pytest.fixture
def webhook(platform, store, tmp_path):
    """The house behind the fake, with updates pushed to it."""
    port = free_port()
    house = builders.house(store, tmp_path, telegram_api_url=platform.url, telegram_staff_group=GROUP,
                           public_url=f"http://127.0.0.1:{port}")
    with Web(house, port=port), Worker(house):
        yield store


@pytest.fixture(params=["webhook", "polling"])
def running(request, store):
    return request.getfixturevalue(request.param)


@pytest.mark.database
def test_question_answer_complaint_ticket_and_the_offices_reply(platform, running):
    asking = platform.person(10, "李先生")
    asking.says("/start")
    asking.hears("消保小助手", "境外")
    asking.says(builders.QUESTION)
    entry = builders.knowledge().entries["just-transferred"]
    answer = asking.hears(entry.answer)
    assert cited(entry.basis) in answer and entry.checked.isoformat() in answer

    anna = platform.person(11)
    anna.says(builders.COMPLAINT)
    said = anna.hears("工单号", "最迟答复日")
    with running.read() as session:
        ticket = session.query(Ticket).one()
        assert ticket.number in said and (ticket.category, ticket.summary) == ("CREDIT_CARD", builders.COMPLAINT)
        assert f"{ticket.due_at.year} 年" in said
    anna.presses("先这样")
    anna.hears("登记好了", ticket.number, "12378")
    anna.sends_photo()
    anna.hears("收到您发的材料", ticket.number)

    with running.write() as session:
        ticket = ticket_of_number(session, ticket.number)
        text = "王女士您好，年费已退回您的账户。"
        answer_customer(session, ticket, text, staff_id=None, body=Reply(text, ticket=ticket.number).plain())
    anna.hears("年费已退回")

    platform.settled()
    assert sum("工单号" in text for text in anna.heard) == 2  # the acknowledgement and the last word of the filing, once each
    assert len(anna.heard) == len(set(anna.heard)), "something was said twice"
    group = platform.world.chats[GROUP]
    assert any(ticket.number in message["text"] and message.get("is_topic_message") for message in group.heard)
    assert [query["answered"] for query in platform.world.queries.values()] == [1]


@pytest.mark.database
def test_a_photo_is_fetched_and_kept(platform, polling, tmp_path):
    anna = platform.person(11)
    anna.says(builders.COMPLAINT)
    anna.hears("工单号")
    anna.sends_photo(body=b"\xff\xd8\xff\xe0" + b"p" * 5000)
    anna.hears("收到您发的材料")

    def kept():
        with polling.read() as session:
            return [(row.stored_as, row.size) for row in session.query(Attachment) if row.stored_as]
    wait_for(kept, 10)
    [(stored_as, size)] = kept()
    assert (tmp_path / "attachments" / stored_as).read_bytes().startswith(b"\xff\xd8\xff") and size == 5004


@pytest.mark.database
def test_a_deleted_topic_is_made_again_and_a_closed_one_reopened(platform, polling):
    anna, group = platform.person(11), platform.world.chats[GROUP]
    anna.says(builders.COMPLAINT)
    anna.hears("工单号")
    wait_for(lambda: group.topics, 10)
    first = next(iter(group.topics))
    wait_for(lambda: group.heard, 10)

    platform.inside(lambda: setattr(group.topics[first], "closed", True))
    anna.presses("先这样")
    anna.hears("登记好了")
    anna.says("我的投诉怎么还没结果，催一下")
    wait_for(lambda: len(group.heard) == 2, 10, lambda: str(group.heard))
    assert not group.topics[first].closed

    platform.inside(lambda: setattr(group.topics[first], "deleted", True))
    anna.says("再催一下")
    wait_for(lambda: len(group.heard) == 3, 10, lambda: str(group.heard))
    assert len(group.topics) == 2 and group.heard[-1]["message_thread_id"] != first
    with polling.read() as session:
        assert not session.query(Owed).filter(Owed.status == "dead").all()


@pytest.mark.database
def test_an_alert_reaches_a_colleagues_own_telephone_when_the_ticket_has_a_topic(platform, polling):
    anna, wang, group = platform.person(11), platform.person(12), platform.world.chats[GROUP]
    wang.says("/start")
    wang.hears("消保小助手")
    anna.says(builders.COMPLAINT)
    wait_for(lambda: group.heard, 10)
    with polling.write() as session:
        ticket = session.query(Ticket).one()
        assert ticket.topic
        owe(session, channel="telegram", address="12", body=Reply("客户又来反映").plain(), purpose="alert", ticket_id=ticket.id)
    wang.hears("客户又来反映")
    assert len(group.topics) == 1


@pytest.mark.database
def test_the_topic_hears_that_an_answer_could_not_arrive(platform, polling):
    anna, group = platform.person(11), platform.world.chats[GROUP]
    anna.says(builders.COMPLAINT)
    wait_for(lambda: group.heard, 10)
    platform.inside(lambda: setattr(anna.chat, "blocked", True))
    with polling.write() as session:
        ticket, text = session.query(Ticket).one(), "年费已退回。"
        answer_customer(session, ticket, text, staff_id=None, body=Reply(text).plain())
    wait_for(lambda: any("没能送到客户" in one["text"] and one.get("is_topic_message") for one in group.heard), 10)


@pytest.mark.database
def test_a_polled_update_in_a_shape_new_to_us_ends_no_worker(platform, polling):
    anna = platform.person(11)
    note = {"message_id": 900, "date": 1, "chat": {"id": 11, "type": "private"}, "from": {"id": 11, "is_bot": False}}
    strange = {**note, "message_id": "a word", "text": "我的密码是 482913"}
    unreadable_to_the_library = {**note, "text": builders.COMPLAINT, "entities": [{"type": "of 2031"}]}
    for one in (strange, unreadable_to_the_library):
        platform.inside(lambda one=one: platform.delivery.emit("message", one, 11))
    anna.hears("工单号")
    with polling.read() as session:
        (row,) = session.query(Parked).all()
    assert row.parked_at is not None and "482913" not in row.text + row.error
