"""A customer who has written again: a mark in the queue and on the open page, until the one who handles it has looked."""

import re
from datetime import timedelta

import pytest

from tests.desk.conftest import words
from tickets import ledger, news
from tickets.models import Alert, Message, Ticket, now
from tickets.queue import QueueFilter

MARK = "客户有新消息"


def written(house, ticket, text="钱到现在还没退"):
    with house.store.write() as session:
        found = session.get(Ticket, ticket.id)
        session.add(Message(chat_id=ticket.chat_id, ticket_id=ticket.id, author="customer", text=text))
        news.wrote(session, found, f"【客户有新消息】工单 {ticket.number}「{text}」", at=now())


def test_the_mark_stands_in_the_queue_and_on_the_page_until_the_handler_has_looked(house):
    handler = house.of_role("handler")
    mine, other = house.ticket(assignee_id=handler.id), house.ticket()
    written(house, mine)
    desk, lead = house.as_(handler), house.as_("lead")
    assert desk.page("/desk/queue").count(f'<span class="pill unread">{MARK}') == 1
    page = lead.page(f"/desk/tickets/{mine.number}")
    assert MARK in words(page) and "data-seen" not in page
    lead.post(f"/desk/tickets/{mine.number}/seen")
    assert house.rows(Alert)[0].acknowledged_at is None, "somebody else's look is not the handler's"
    page = desk.page(f"/desk/tickets/{mine.number}")
    assert "data-seen" in page and 'id="newest"' in page
    assert desk.post(f"/desk/tickets/{mine.number}/seen").status_code == 303
    assert house.rows(Alert)[0].acknowledged_by == handler.id
    assert "pill unread" not in desk.page("/desk/queue")
    assert MARK not in words(desk.page(f"/desk/tickets/{other.number}"))


def test_the_reminder_is_the_handlers_alone(house):
    handler = house.of_role("handler")
    written(house, house.ticket(assignee_id=handler.id))
    assert "钱到现在还没退" in words(house.as_(handler).page("/desk/alerts"))
    assert "钱到现在还没退" not in words(house.as_("lead").page("/desk/alerts")).replace("还没有", "")


def test_the_mark_stands_on_a_ticket_that_nobody_handles_too_but_rings_for_nobody(house):
    ticket = house.ticket()
    written(house, ticket)
    lead = house.as_("lead")
    assert f'<span class="pill unread">{MARK}' in lead.page("/desk/queue")
    assert "钱到现在还没退" not in words(lead.page("/desk/alerts"))
    lead.post(f"/desk/tickets/{ticket.number}/answer", {"text": "今天到账。"})
    assert "pill unread" not in lead.page("/desk/queue")


def test_an_answer_is_a_look(house):
    handler = house.of_role("handler")
    ticket = house.ticket(assignee_id=handler.id)
    written(house, ticket)
    house.as_(handler).post(f"/desk/tickets/{ticket.number}/answer", {"text": "今天到账。"})
    assert house.rows(Alert)[0].acknowledged_by == handler.id


def test_an_open_page_hears_of_it_by_its_looks_for_news(house):
    handler = house.of_role("handler")
    ticket = house.ticket(assignee_id=handler.id)
    desk = house.as_(handler)
    heard = int(re.search(r'data-heard="(\d+)"', desk.page(f"/desk/tickets/{ticket.number}"))[1])
    path = f"/desk/news?ticket={ticket.number}"
    assert desk.get(path).json()["wrote"] == heard > 0
    with house.store.write() as session:
        session.add(Message(ticket_id=ticket.id, author="customer", text="又一句", at=now() + timedelta(seconds=5)))
    assert desk.get(path).json()["wrote"] > heard
    written(house, ticket)
    assert desk.get("/desk/news?unread=1").json()["unread"] == [ticket.number]
    assert "unread" not in desk.get("/desk/news").json()
    hidden = house.ticket(against_staff_id=handler.id)
    assert desk.get(f"/desk/news?ticket={hidden.number}").json()["wrote"] == 0


@pytest.mark.parametrize("answered", [True, False])
def test_who_is_not_content_is_answered_before_the_case_is_closed_or_it_stays_on_record_why_not(house, answered):
    desk, ticket = house.as_("handler"), house.ticket(assignee_id=house.of_role("handler").id)
    path = f"/desk/tickets/{ticket.number}"
    with house.store.write() as session:
        found = session.get(Ticket, ticket.id)
        found.status, found.decision, found.told_at = "told", "年费照收。", now()
        news.wrote(session, found, "【客户不满意】「凭什么照收」", at=now(), kind=news.UNHAPPY)
    page = desk.page(path)
    form = page[page.index('name="move" value="close"'):].partition("</form>")[0]
    assert "凭什么照收" in form and "required" in form and "先答复客户" in form
    refused = desk.post(f"{path}/move", {"move": "close"})
    assert refused.status_code == 409 and "客户说不满意，还没有人答复" in words(refused.text)
    assert house.ticket_now(ticket).status == "told" and house.rows(Alert)[0].acknowledged_at is None
    if answered:
        desk.post(f"{path}/answer", {"text": "合同第三条写明了年费。"})
        assert "凭什么照收" not in desk.page(path)
    assert desk.post(f"{path}/move", {"move": "close"} | ({} if answered else {"reason": "已当面说明两次"})).status_code == 303
    page = words(desk.page(path))
    assert ("结案时客户不满意未答复" in page) is ("已当面说明两次" in page) is (not answered)
    with house.store.read() as session:
        line, = ledger.lines(session, desk.staff, QueueFilter(scope="closed"), at=now())
    assert line.unhappy is (not answered) and house.rows(Alert, kind="unhappy")[0].acknowledged_at is not None


@pytest.mark.parametrize(("path", "sent"), [("/desk/alerts/acknowledge", {"alert": ["1"]}), ("/desk/alerts/1/take", {})])
@pytest.mark.parametrize("ended", [False, True])
def test_to_have_seen_that_she_is_not_content_is_no_answer_while_her_case_may_still_be_closed(house, path, sent, ended):
    desk, ticket = house.as_("handler"), house.ticket(assignee_id=house.of_role("handler").id)
    with house.store.write() as session:
        found = session.get(Ticket, ticket.id)
        found.status, found.decision, found.told_at = "closed" if ended else "told", "年费照收。", now()
        found.closed_at = now() if ended else None
        news.wrote(session, found, "【客户不满意】「凭什么照收」", at=now(), kind=news.UNHAPPY)
    page = desk.page("/desk/alerts")
    assert ('name="alert"' in page) is ("知悉所选" in page) is ended
    assert desk.post(path, sent).status_code == 303
    assert (house.rows(Alert)[0].acknowledged_at is not None) is ended
    if not ended:
        assert desk.post(f"/desk/tickets/{ticket.number}/move", {"move": "close"}).status_code == 409


@pytest.mark.parametrize(("by", "sent", "left"), [
    ("handler", {"move": "contact", "how": "call", "reason": "已当面说明，客户认可"}, 0),
    ("lead", {"move": "reopen", "reason": "客户要求重新核实"}, 0),
    ("lead", {"move": "contact", "how": "call", "reason": "打了三次没人接"}, 1)])
def test_who_was_called_or_whose_case_is_handled_anew_has_been_answered(house, by, sent, left):
    ticket = house.ticket(assignee_id=None if left else house.of_role("handler").id)
    with house.store.write() as session:
        found = session.get(Ticket, ticket.id)
        found.status, found.decision, found.told_at = "told", "年费照收。", now()
        news.wrote(session, found, "【客户不满意】「凭什么照收」", at=now(), kind=news.UNHAPPY)
        news.wrote(session, found, "【客户有新消息】「凭什么照收」", at=now())
    assert house.as_(by).post(f"/desk/tickets/{ticket.number}/move", sent).status_code == 303
    standing = [one.kind for one in house.rows(Alert) if one.acknowledged_at is None]
    assert standing == [news.UNHAPPY] * left + [news.WROTE], "what she wrote stays unread until it has been read"
