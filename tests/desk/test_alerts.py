"""Alerts: what stands in the banner, the page of all of them, and what may be ticked off together."""

import re
from datetime import timedelta

import pytest

from tests.desk.conftest import words
from tickets.models import Alert, Audit, Event, Ticket, now

MINUTE = timedelta(minutes=1)


def raised(house, *kinds, ticket=None):
    with house.store.write() as session:
        session.add_all([Alert(kind=kind, text=f"{kind} 第 {n} 条", ticket_id=ticket.id if ticket else None)
                         for n, kind in enumerate(kinds, 1)])


def test_the_banner_shows_the_gravest_first_and_says_that_there_are_more(house):
    raised(house, "breach", "level_one", *["contact_late"] * 5)
    page = house.as_("handler").page("/desk/queue")
    shown = re.findall(r'<section class="alarm (\w+)"', page)
    assert shown == ["grave", "mild"] and 'href="/desk/alerts">还有其他提醒' in page


def test_late_ones_are_ticked_off_together_and_graver_ones_are_not(house):
    ticket = house.ticket()
    raised(house, "breach", "level_one", "human", "tell_failed", "escalated", ticket=ticket)
    desk = house.as_("lead")
    page = desk.page("/desk/alerts")
    assert len(re.findall('name="alert"', page)) == 3 and "等待处理（5）" in words(page)
    answer = desk.post("/desk/alerts/acknowledge", {"alert": ["1", "2", "3", "4"]})
    assert answer.status_code == 303
    left = [one.kind for one in house.rows(Alert) if one.acknowledged_at is None]
    assert left == ["level_one", "human", "escalated"]
    assert house.ticket_now(ticket).assignee_id is None, "to have seen it is not to take it over"
    page = desk.page(answer.headers["location"])
    assert "已知悉" in words(page) and "lead同事" in words(page)
    assert house.rows(Audit)[-1].data == {"count": 2}


@pytest.mark.parametrize("chosen", [[], ["x"], ["9" * 30], ["-1"]])
def test_nothing_chosen_is_said(house, chosen):
    answer = house.as_("lead").post("/desk/alerts/acknowledge", {"alert": chosen})
    assert answer.status_code == 422 and "勾选" in words(answer.text)


def test_alerts_of_a_ticket_about_herself_are_not_hers_to_see(house):
    handler = house.of_role("handler")
    raised(house, "breach", ticket=house.ticket(against_staff_id=handler.id))
    desk = house.as_(handler)
    assert "等待处理（0）" in words(desk.page("/desk/alerts"))
    desk.post("/desk/alerts/acknowledge", {"alert": "1"})
    assert house.rows(Alert)[0].acknowledged_at is None
    assert 'name="alert"' not in house.as_("auditor").page("/desk/alerts")


def test_what_is_new_goes_by_its_moment_and_not_by_its_number(house):
    """The intake takes numbers in blocks, so that a later alarm, ticket or event may have a smaller one."""
    ticket, at = house.ticket(), now()
    with house.store.write() as session:
        session.add_all([Alert(id=90, kind="level_one", text="先", at=at), Alert(id=5, kind="level_one", text="后", at=at + MINUTE),
                         Event(id=900, ticket_id=ticket.id, kind="assigned", actor="bot", at=at + MINUTE),
                         Event(id=800, ticket_id=ticket.id, kind="told", actor="bot", at=at + 2 * MINUTE)])
    desk = house.as_("lead")
    assert desk.get("/desk/news").json()["siren"] == int((at + MINUTE).timestamp() * 1000)
    page = words(desk.page(f"/desk/tickets/{ticket.number}"))
    assert page.index("已告知") < page.index("分派 小助手") < page.index("登记 客户")


def test_of_those_in_danger_the_one_who_waits_longest_stands_first(house):
    with house.store.write() as session:
        session.add_all([Alert(kind="level_one", text=f"等了 {n} 分钟", at=now() - n * MINUTE) for n in (2, 30, 9)])
    page = words(house.as_("handler").page("/desk/queue"))
    assert page.index("等了 30 分钟") < page.index("等了 9 分钟") < page.index("等了 2 分钟")


@pytest.mark.parametrize(("minutes", "said"), [(2, "已等 2 分钟，请在 5 分钟内接手"), (7, "已等 7 分钟，超过 5 分钟没人接手")])
def test_the_minutes_of_an_alarm_run(house, minutes, said):
    with house.store.write() as session:
        session.add(Alert(kind="level_one", text="【I 级】", at=now() - minutes * MINUTE))
    desk = house.as_("handler")
    assert said in words(desk.page("/desk/queue")) and said in desk.get("/desk/news").json()["banner"]


def test_the_escalation_stands_first_instead_of_its_alarm_and_one_press_takes_both(house):
    ticket, other = house.ticket("我正在被骗", urgency="I", assignee_id=house.of_role("handler").id), house.ticket(urgency="I")
    with house.store.write() as session:
        session.add_all([Alert(kind="level_one", text="早的报警", ticket_id=other.id, at=now() - 9 * MINUTE),
                         Alert(kind="level_one", text="没人接的报警", ticket_id=ticket.id, at=now() - 8 * MINUTE),
                         Alert(kind="untaken", text="【I 级无人接手】", ticket_id=ticket.id, at=now() - 3 * MINUTE)])
    desk = house.as_("lead")
    page = desk.page("/desk/queue")
    assert re.findall(r'<section class="alarm (\w+)" role="alert">\s*<p>([^<]+)', page) == [
        ("grave", "【I 级无人接手】"), ("grave", "早的报警")]
    assert "已等 8 分钟" in words(page)
    desk.post("/desk/alerts/3/take")
    assert [one.acknowledged_by for one in house.rows(Alert)] == [None, desk.staff.id, desk.staff.id]


def test_who_takes_over_an_alarm_has_the_ticket_that_another_branch_passed_on(house):
    ticket = house.ticket("我正在被骗", urgency="I")
    with house.store.write() as session:
        session.get(Ticket, ticket.id).status = "investigating"
    raised(house, "level_one", ticket=ticket)
    desk = house.as_("handler")
    page = desk.page(f"/desk/tickets/{ticket.number}")
    assert "下一步：接单" in words(page)
    desk.post("/desk/alerts/1/take")
    assert (house.ticket_now(ticket).assignee_id, house.ticket_now(ticket).status) == (desk.staff.id, "investigating")
