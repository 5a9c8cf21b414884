"""The dashboard: every figure and the queue behind it agree, a branch sees its own, and an address can be wrong."""

import html
import re
from datetime import timedelta

import pytest

from tests.desk.conftest import words
from tickets import assignment, dashboard
from tickets.dashboard import Look
from tickets.models import Chat, Gap, Message, Staff, Ticket, now
from tickets.numbers import SHANGHAI
from tickets.periods import Period
from tickets.queue import count, queue, read_filter

KINDS = (("CREDIT_CARD", "FEE"), ("LOAN", "PROCESS"), ("LOAN", "SERVICE"), (None, None))


@pytest.fixture
def furnished(house):
    """Two branches, four people, ninety days of tickets in every state that the pictures tell apart."""
    at = now()
    with house.store.write() as session:
        head = assignment.add_branch(session, code="H", name="总行", kind="head")
        house.branches = [assignment.add_branch(session, code=code, name=f"城{code}支行", parent=head).id for code in "东西"]
        chat = Chat(channel="web", address="asker")
        session.add(chat)
        session.flush()
        asker = chat.id
    people = [house.person(f"p{n}", "handler", branch_id=house.branches[n % 2]) for n in range(3)]
    with house.store.write() as session:
        for n in range(60):
            category, cause = KINDS[n % 4]
            came = at - timedelta(days=n * 1.5, hours=1)
            status = ("received", "investigating", "told", "closed", "merged", "appraisal")[n % 6]
            told = came + timedelta(days=10 if n % 4 else 20) if status in ("told", "closed") else None
            session.add(Ticket(
                number=f"26{n:04d}", kind="complaint" if n % 15 else "praise", status=status,
                source=("web", "r12378", "phone")[n % 3], category=category, cause=cause, urgency="I" if n == 1 else "none",
                branch_id=house.branches[n % 2], assignee_id=people[n % 3].id if n % 4 else None,
                chat_id=asker if n == 2 else None, summary="话", received_at=came,
                due_at=at + timedelta(days=n % 20 - 4, hours=2), told_at=told))
        session.add_all(Message(chat_id=asker, author="customer", text="话", reading={"intent": intent},
                                at=at - timedelta(days=days)) for intent, days in (("question", 4), ("complaint", 3)))
        session.add(Gap(chat_id=asker, text="年费多少", group_key="fee", at=at - timedelta(days=4)))
    return house


def look(house, *, days=45, branch=None, staff=None, soon=5):
    at = now()
    today = at.astimezone(SHANGHAI).date()
    return Look(staff or house.of_role("lead"), Period(today - timedelta(days=days - 1), today), at, branch, soon=soon)


def shown(session, given):
    """Every figure of the page by name."""
    found = {f"trend {one.key}": one for one in dashboard.trend(session, given)}
    found |= {f"source {one.key}": one for one in dashboard.by_source(session, given)}
    found |= {f"age {one.key}": one for one in dashboard.ageing(session, given)}
    found |= {f"due {one.key}": one for one in dashboard.forecast(session, given)}
    found |= {f"now {name}": one for name, one in dashboard.now_open(session, given).items()}
    cells = dashboard.cells(session, given)
    for head in ("category", "cause"):
        found |= {f"{head} {one.key}": one for one in dashboard.mixed(cells, head, given)}
    return found | {"filed": dashboard.funnel(session, given).filed}


@pytest.mark.parametrize("days", [7, 90])
def test_every_figure_is_as_many_tickets_as_the_queue_lists_behind_it(furnished, days):
    given = look(furnished, days=days)
    with furnished.store.read() as session:
        figures = shown(session, given)
        assert sum(one.count for one in figures.values()) > 60
        for name, one in figures.items():
            listed = read_filter(one.filter.to_query())
            assert listed == one.filter, name
            assert len(queue(session, given.staff, listed, at=given.at, limit=500).rows) == one.count, name
            assert count(session, given.staff, listed, at=given.at) == one.count, name


def test_the_parts_add_up_to_the_whole(furnished):
    given = look(furnished)
    with furnished.store.read() as session:
        total, figures = dashboard.total(session, given), shown(session, given)
        rows = session.query(Ticket).all()
        by_hand = [one for one in rows if one.kind == "complaint" and one.status != "merged"
                   and given.period.start <= one.received_at < given.period.end]
        assert total == len(by_hand) > 20
        for part in ("trend ", "source ", "category ", "cause "):
            assert sum(one.count for name, one in figures.items() if name.startswith(part)) == total, part
        cells = dashboard.cells(session, given)
        assert sum(cell.count for cell in cells) == total
        assert sum(cell.told for cell in cells) == sum(one.told_at is not None for one in by_hand)
        open_now = figures["now open"].count
        assert sum(one.count for name, one in figures.items() if name.startswith("age ")) == open_now
        assert sum(load.open for load in dashboard.workload(session, given)) == open_now == sum(one.is_open for one in rows)
        funnel = dashboard.funnel(session, given)
        assert (funnel.chats, funnel.asked, funnel.missed, funnel.filed.count) == (1, 1, 1, 1)


def test_a_paused_clock_is_not_in_the_forecast_and_today_is(furnished):
    given = look(furnished)
    with furnished.store.write() as session:
        session.query(Ticket).update({"status": "appraisal"})
        one, = session.query(Ticket).order_by(Ticket.id).limit(1)
        one.status, one.due_at = "investigating", given.at + timedelta(seconds=30)
    with furnished.store.read() as session:
        ahead = dashboard.forecast(session, given)
    assert len(ahead) == 14 and sum(day.count for day in ahead) == 1


def test_a_branch_sees_its_own_and_no_conversations(furnished):
    mine = furnished.person("lead-east", "lead", branch_id=furnished.branches[0])
    with furnished.store.read() as session:
        whole, own = (dashboard.total(session, look(furnished, staff=one)) for one in (furnished.of_role("lead"), mine))
        narrowed = dashboard.total(session, look(furnished, branch=furnished.branches[0]))
        other = dashboard.total(session, look(furnished, staff=session.get_one(Staff, mine.id), branch=furnished.branches[1]))
    assert own == narrowed and 0 < own < whole and other == 0
    page = furnished.as_(mine).page("/desk/dashboard?days=90")
    assert "由总行查看" in page and "来说话的对话" not in page
    assert "来说话的对话" in furnished.as_("lead").page("/desk/dashboard?days=90")


def test_each_number_on_the_page_leads_to_a_queue_that_says_the_same_number(furnished):
    desk = furnished.as_("lead")
    page = desk.page("/desk/dashboard?days=90")
    links = re.findall(r'<td[^>]*><a href="(/desk/queue[^"]+)">(\d+)</a>', page)
    assert len(links) > 30
    for address, number in links[::6]:
        behind = desk.page(html.unescape(address))
        told = re.search(r"共 <b>(\d+)</b> 件", behind)
        assert (told.group(1) if told else str(len(re.findall("<tr data-row", behind)))) == number, address


def test_pictures_have_their_tables_and_mean_nothing_to_a_screen_reader(furnished):
    page = furnished.as_("handler").page("/desk/dashboard")
    drawings = re.findall(r"<svg[^>]*>", page)
    assert len(drawings) > 10 and all('aria-hidden="true"' in one for one in drawings)
    assert "趋势的数字表" in page and "到期的数字表" in page
    assert "<script" not in page.split("</head>")[1] and " style=" not in page


def test_an_address_can_be_wrong(house):
    desk = house.as_("auditor")
    for query in ("", "?days=8", "?days=x&branch=y", "?from=2026-13-40&to=zzz", "?from=2020-01-01&to=2026-01-01",
                  "?from=2026-11-24&to=2026-11-01", "?branch=999999999"):
        page = words(desk.page(f"/desk/dashboard{query}"))
        assert "本期收到" in page and "这段时间没有投诉" in page, query


def test_a_chosen_span_is_kept_and_counted_in_weeks_when_long(furnished):
    page = furnished.as_("lead").page("/desk/dashboard?from=2026-01-01&to=2026-03-31")
    assert 'value="2026-01-01"' in page and "每周收到的投诉" in page


@pytest.mark.parametrize(("soon", "count"), [(5, 0), (7, 1)])
def test_what_is_due_soon_is_as_the_office_warns(house, soon, count):
    ticket = house.ticket()
    with house.store.write() as session:
        session.get_one(Ticket, ticket.id).due_at = now() + timedelta(days=6)
    given = look(house, soon=soon)
    with house.store.read() as session:
        assert dashboard.now_open(session, given)["soon"].count == count == dashboard.workload(session, given)[0].soon
    assert f"{max(house.knowledge.deadlines.office.warn)} 日内到期" in house.as_("lead").page("/desk/dashboard")
