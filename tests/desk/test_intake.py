"""What a colleague takes down by telephone or at the counter is read as a customer's own message is; she has the last word."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.app import create_app
from tests import builders
from tests.desk.conftest import SUMMARY, words
from tickets import reading
from tickets.models import Alert, Correction, Duty, Owed, Ticket, now
from tickets.numbers import SHANGHAI

DANGER = "客户来电说正在被骗，刚转给骗子两万"


def take_down(desk, summary=SUMMARY, **more):
    form = {"summary": summary, "source": "phone", "kind": "complaint", "customer_type": "person", "category": "", "cause": "",
            "urgency": "", **more}
    return desk.post("/desk/tickets/new", form)


def test_what_is_left_open_is_read_from_her_words(house):
    desk = house.as_("intake")
    answer = take_down(desk)
    assert answer.status_code == 303 and "filed_read" in answer.headers["location"]
    made = house.rows(Ticket)[0]
    assert (made.category, made.cause, made.urgency, made.model_version) == ("CREDIT_CARD", "FEE", "none", "words")
    assert made.reading["category_top3"] == ["CREDIT_CARD"] and made.reading["intent"] == ["complaint", 0.9]
    page = desk.page(answer.headers["location"])
    assert '<button name="category" value="CREDIT_CARD" data-key="1"' in page and "按客户的话读出" in words(page)
    assert house.rows(Correction) == [] and house.rows(Alert) == []


def test_it_is_read_exactly_as_on_the_web_page(house, tmp_path):
    listening = builders.house(house.store, tmp_path)
    listening.intake.receive([builders.message("1", SUMMARY)])
    take_down(house.as_("intake"))
    written, taken = house.rows(Ticket)
    for name in ("category", "cause", "also", "rights", "primary_right", "urgency", "flags", "reading", "model_version", "grade"):
        assert getattr(written, name) == getattr(taken, name), name


def test_the_whole_house_hands_the_desk_its_reader(house, tmp_path):
    listening = builders.house(house.store, tmp_path)
    whole = replace(house, app=create_app(house=listening), settings=listening.settings)
    take_down(whole.as_("intake"))
    assert house.rows(Ticket)[0].category == "CREDIT_CARD"


def test_what_the_colleague_chose_stands_and_teaches(house):
    desk = house.as_("intake")
    take_down(desk, category="LOAN", cause="SERVICE")
    made = house.rows(Ticket)[0]
    assert (made.category, made.cause, made.primary_right) == ("LOAN", "SERVICE", "RESPECT")
    kept = [(one.head, one.was, one.became, one.staff_id) for one in house.rows(Correction)]
    assert kept == [("category", "CREDIT_CARD", "LOAN", desk.staff.id), ("cause", "FEE", "SERVICE", desk.staff.id)]


@pytest.mark.parametrize("chosen", ["", "none", "III"])
def test_an_alarm_is_raised_and_wakes_the_duty_whatever_was_chosen(house, chosen):
    duty = house.person("night", "handler", telegram_id="77")
    with house.store.write() as session:
        session.add(Duty(staff_id=duty.id, starts_at=now() - timedelta(hours=1), ends_at=now() + timedelta(hours=1)))
    desk = house.as_("intake")
    answer = take_down(desk, DANGER, urgency=chosen, flags=["elderly"])
    made, (alert,) = house.rows(Ticket)[0], house.rows(Alert)
    assert (made.urgency, made.flags, made.grade) == ("I", ["fraud_now", "elderly"], "普通")
    assert alert.kind == "level_one" and "正在被骗" in alert.text and made.number in alert.text
    assert [(one.channel, one.address, one.purpose) for one in house.rows(Owed)] == [
        ("telegram", "-100200", "alert"), ("telegram", "77", "alert")]
    assert 'class="alarm grave"' in desk.page(answer.headers["location"])


def test_a_colleague_may_call_it_more_urgent_than_it_reads(house):
    take_down(house.as_("intake"), urgency="II")
    assert house.rows(Ticket)[0].urgency == "II"


def test_other_kinds_have_no_category_of_the_models(house):
    take_down(house.as_("intake"), kind="credit_objection")
    made = house.rows(Ticket)[0]
    assert (made.category, made.cause) == (None, None) and made.reading["category_top3"] == ["CREDIT_CARD"]


def test_without_a_model_nothing_is_made_up():
    read = reading.unread(["钱没了"])[0]
    assert reading.joined(read, kind="complaint", category=None, cause=None, urgency="none", flags=(), right="")["category"] is None
    assert reading.put_right(read, category="LOAN") == {}


def test_what_cannot_have_come_yet_is_said_so(house):
    later = f"{(now() + timedelta(days=3)).astimezone(SHANGHAI):%Y-%m-%d}"
    answer = take_down(house.as_("intake"), received=later)
    assert answer.status_code == 422 and "收到日期不能晚于今天" in words(answer.text)
