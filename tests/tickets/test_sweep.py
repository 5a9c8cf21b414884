"""The worker's look at the clocks: each warning once, breaches up the chain, tellings completed, new tickets placed."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.tickets.build import DAY, MONDAY, complaint, last_second, person
from tickets import lifecycle
from tickets.assignment import add_branch
from tickets.models import Alert, Duty, Event, Owed, Route, Staff, Ticket
from tickets.register import raise_alert
from tickets.sweep import sweep


@pytest.fixture
def look(store, rules, wording):
    """`look(now)`: one sweep in its own transaction, told as (kind, days, staff ids)."""
    def look(now):
        with store.write() as session:
            return [(one.kind, one.days, set(one.staff_ids)) for one in sweep(session, rules, now, wording=wording)
                    if one.kind != "contact_late"]
    return look


def file(store, rules, **more):
    with store.write() as session:
        return complaint(session, rules, **more).id


def test_each_warning_is_given_once_five_three_and_one_day_before(store, rules, look):
    file(store, rules)  # due on 8 December
    due = last_second(2026, 12, 8)
    assert look(due - 6 * DAY) == []
    assert look(due - 5 * DAY) == [("due_soon", 5, set())]
    assert look(due - 5 * DAY + timedelta(hours=3)) == []
    assert look(due - 3 * DAY) == [("due_soon", 3, set())]
    assert look(due - DAY) == [("due_soon", 1, set())]
    assert look(due) == [], "the last second itself is still in time"
    assert look(due + timedelta(seconds=1)) == [("breach", 1, set())]
    assert look(due + timedelta(seconds=2)) == []


def test_a_worker_that_slept_gives_the_latest_warning_and_not_all_of_them(store, rules, look):
    file(store, rules)
    assert look(last_second(2026, 12, 8) - DAY) == [("due_soon", 1, set())]


def test_a_breach_climbs_the_offices_chain(store, rules, look):
    with store.write() as session:
        head = add_branch(session, code="0", name="总行", kind="head")
        city = add_branch(session, code="1", name="城区支行", parent=head)
        outlet = add_branch(session, code="2", name="东门网点", parent=city, kind="outlet")
        handler, lead = person(session, branch=outlet).id, person(session, "lead", branch=outlet).id
        superior, top, admin = (person(session, "lead", branch=city).id, person(session, "lead", branch=head).id,
                                person(session, "admin", branch=head).id)
        complaint(session, rules, branch_id=outlet.id, assignee_id=handler)
    due = last_second(2026, 12, 8)
    assert look(due + timedelta(hours=1)) == [("breach", 1, {handler, lead})]
    assert look(due + DAY + timedelta(hours=1)) == [("escalated", 2, {superior})]
    assert look(due + 2 * DAY) == []
    assert look(due + 3 * DAY + timedelta(hours=1)) == [("escalated", 4, {top, admin})]
    assert look(due + 30 * DAY) == []
    with store.read() as session:
        assert session.scalars(select(Event.kind).where(Event.actor == "clock")).all() == ["breach", "escalated", "escalated"]
        assert [alert.kind for alert in session.scalars(select(Alert).where(Alert.kind != "contact_late"))] == [
            "breach", "escalated", "escalated"]


def test_a_stopped_clock_warns_nobody(store, rules, look):
    with store.write() as session:
        handler = person(session)
        ticket = complaint(session, rules)
        for name, more in (("take", {}), ("begin", {}), ("pause_appraisal", {"reason": "鉴定"})):
            lifecycle.move(session, ticket, name, actor="staff", staff=handler, rules=rules, at=MONDAY, **more)
    assert look(MONDAY + 60 * DAY) == []


def test_an_extension_lets_the_warnings_begin_again(store, rules, look):
    with store.write() as session:
        handler = person(session)
        ticket_id = complaint(session, rules).id
        lifecycle.move(session, session.get(Ticket, ticket_id), "take", actor="staff", staff=handler, rules=rules, at=MONDAY)
        handler_id = handler.id
    due = last_second(2026, 12, 8)
    assert look(due - DAY) == [("due_soon", 1, {handler_id})]
    with store.write() as session:
        ticket = session.get(Ticket, ticket_id)
        lifecycle.move(session, ticket, "extend", actor="staff", staff=session.merge(handler), rules=rules, at=due, reason="复杂")
    assert look(due + DAY) == []
    assert look(due + 10 * DAY) == [("due_soon", 5, {handler_id})]


def test_a_clock_of_one_day_is_not_warned_about_as_soon_as_it_starts(store, rules, look):
    file(store, rules, kind="human", category=None, cause=None)
    assert look(MONDAY + timedelta(minutes=1)) == []
    assert look(MONDAY + 2 * DAY)[0][0] == "breach"


def test_two_workers_that_sweep_at_once_give_each_notice_once(store, rules, wording):
    for _ in range(5):
        file(store, rules)
    start, heard = threading.Barrier(3), []

    def work():
        start.wait()
        with store.write() as session:
            notices = sweep(session, rules, last_second(2026, 12, 8) + DAY, wording=wording)
            heard.extend((one.kind, one.ticket_id) for one in notices)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(heard) == len(set(heard)) == 10  # five breaches and five that nobody called


def test_of_two_who_take_at_the_same_moment_one_has_it(store, rules):
    ticket_id = file(store, rules)
    with store.write() as session:
        people = [person(session).id for _ in range(3)]
    start, refused = threading.Barrier(3), []

    def take(staff_id):
        start.wait()
        try:
            with store.write() as session:
                lifecycle.move(session, session.get(Ticket, ticket_id), "take", actor="staff", staff=session.get(Staff, staff_id),
                               rules=rules, at=MONDAY)
        except lifecycle.MoveRefused:
            refused.append(staff_id)

    hands = [threading.Thread(target=take, args=(staff_id,)) for staff_id in people]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    with store.read() as session:
        assert len(refused) == 2 and session.get(Ticket, ticket_id).assignee_id == (set(people) - set(refused)).pop()
        assert session.scalars(select(Event.kind).where(Event.ticket_id == ticket_id)).all() == ["received", "assigned"]


def test_what_is_done_is_left_alone(store, rules, look):
    with store.write() as session:
        lifecycle.move(session, complaint(session, rules), "withdraw", actor="customer", rules=rules, at=MONDAY)
    assert look(MONDAY + 100 * DAY) == []


def test_a_mark_of_the_sweep_does_not_spoil_a_colleagues_open_form(store, rules, look):
    ticket_id = file(store, rules)
    with store.read() as session:
        drawn_from = session.get(Ticket, ticket_id).version
    assert look(last_second(2026, 12, 8) + DAY)
    with store.read() as session:
        assert session.get(Ticket, ticket_id).version == drawn_from


def test_an_alarm_that_nobody_takes_rings_once_more_with_the_heads(store, rules, look):
    with store.write() as session:
        head = add_branch(session, code="0", name="总行", kind="head")
        top = person(session, "lead", branch=head).id
        left, taken, called, tried = (complaint(session, rules, branch_id=head.id) for _ in range(4))
        called.first_contact_at = tried.first_contact_at = MONDAY
        called.assignee_id = person(session).id
        for ticket in (left, taken, called, tried):
            raise_alert(session, kind="level_one", text="急", ticket=ticket, at=MONDAY)
        session.flush()
        session.scalars(select(Alert).where(Alert.ticket_id == taken.id)).one().acknowledged_at = MONDAY
    assert look(MONDAY + timedelta(minutes=4)) == []
    assert look(MONDAY + timedelta(minutes=6)) == [("untaken", 15, {top})] * 2
    assert look(MONDAY + timedelta(minutes=7)) == []
    with store.read() as session:
        assert [alert.text for alert in session.scalars(select(Alert).where(Alert.kind == "untaken").order_by(Alert.id))] == [
            f"【I 级无人接手】工单 {session.get(Ticket, one.id).number} 报警已超过 5 分钟，还没有人接手，请马上联系客户。"
            for one in (left, tried)]


def test_an_alarm_that_was_given_to_somebody_is_not_called_untaken(store, rules, wording):
    with store.write() as session:
        ticket, handler = complaint(session, rules), person(session)
        ticket.assignee_id = handler.id
        raise_alert(session, kind="level_one", text="急", ticket=ticket, at=MONDAY)
        session.flush()
        (notice,) = sweep(session, rules, MONDAY + timedelta(minutes=6), wording=wording)
        said = notice.text(wording)
    assert notice.kind == "untaken" and handler.name in said and "没有联系客户" in said and "接手" not in said


def test_who_was_not_called_within_a_day_is_reported_once(store, rules, wording):
    ticket_id = file(store, rules)
    for _ in range(2):
        with store.write() as session:
            late = [one for one in sweep(session, rules, MONDAY + DAY + timedelta(minutes=1), wording=wording)
                    if one.kind == "contact_late"]
            if late:
                assert (late[0].ticket_id, late[0].hours) == (ticket_id, 24)
                assert "24" in late[0].text(wording)
    assert late == []


def test_a_telling_is_complete_when_the_message_arrived(store, rules, wording, look):
    with store.write() as session:
        handler = person(session)
        ticket = complaint(session, rules)
        for name, more in (("take", {}), ("begin", {}), ("decide", {"reason": "依据", "decision": "退还", "upheld": True}),
                           ("tell", {})):
            lifecycle.move(session, ticket, name, actor="staff", staff=handler, rules=rules, at=MONDAY, wording=wording, **more)
        ticket_id, owed_id = ticket.id, ticket.told_owed_id
    look(MONDAY + timedelta(hours=1))
    with store.write() as session:
        assert session.get(Ticket, ticket_id).status == "decided"
        owed = session.get(Owed, owed_id)
        owed.status, owed.sent_at = "sent", MONDAY + timedelta(hours=2)
    look(MONDAY + timedelta(hours=3))
    with store.read() as session:
        ticket = session.get(Ticket, ticket_id)
        assert (ticket.status, ticket.told_at) == ("told", MONDAY + timedelta(hours=2))


def test_a_decision_that_cannot_arrive_comes_back_to_the_office(store, rules, wording, look):
    with store.write() as session:
        handler = person(session)
        ticket = complaint(session, rules)
        for name, more in (("take", {}), ("decide", {"reason": "依据", "decision": "退还", "upheld": True}), ("tell", {})):
            lifecycle.move(session, ticket, name, actor="staff", staff=handler, rules=rules, at=MONDAY, wording=wording, **more)
        session.get(Owed, ticket.told_owed_id).status = "dead"
        ticket_id, handler_id = ticket.id, handler.id
    assert look(MONDAY + timedelta(hours=1)) == [("tell_failed", 15, {handler_id})]
    assert look(MONDAY + timedelta(hours=2)) == []
    with store.write() as session:
        ticket, handler = session.get(Ticket, ticket_id), session.merge(handler)
        assert (ticket.status, ticket.told_owed_id) == ("decided", None)
        lifecycle.move(session, ticket, "tell", actor="staff", staff=handler, rules=rules, at=MONDAY + DAY, how="call",
                       evidence="通话")
        assert ticket.status == "told"


def test_a_new_ticket_finds_its_branch_by_alias_and_its_handler_by_rule(store, rules, look):
    with store.write() as session:
        head = add_branch(session, code="0", name="总行", kind="head")
        east = add_branch(session, code="1", name="城东支行", parent=head, aliases=("东门网点",))
        loans = person(session, branch=east)
        session.add_all([Route(position=2, category="LOAN", branch_id=head.id, to_staff_id=loans.id),
                         Route(position=1, category="CASH", to_staff_id=loans.id)])
        ticket_id, east_id, loans_id = complaint(session, rules, summary="上周在东门 网点办的贷款").id, east.id, loans.id
    look(MONDAY + timedelta(minutes=1))
    with store.read() as session:
        ticket = session.get(Ticket, ticket_id)
        assert (ticket.branch_id, ticket.assignee_id, ticket.status) == (east_id, loans_id, "assigned")
        assert any(ticket.number in row.body["text"] for row in session.scalars(select(Owed))), "she is told that somebody has it"


def test_a_ticket_that_was_taken_first_still_finds_the_branch_that_she_named(store, rules, look):
    with store.write() as session:
        head = add_branch(session, code="0", name="总行", kind="head")
        south = add_branch(session, code="1", name="城南支行", parent=head)
        ticket, handler = complaint(session, rules), person(session, branch=head)
        lifecycle.move(session, ticket, "take", actor="staff", staff=handler, rules=rules, at=MONDAY)
        ticket.branch_named = "城南支行"
        ticket_id, south_id, handler_id = ticket.id, south.id, handler.id
    for minute in (1, 2):
        look(MONDAY + timedelta(minutes=minute))
    with store.read() as session:
        ticket = session.get(Ticket, ticket_id)
        assert (ticket.branch_id, ticket.assignee_id) == (south_id, handler_id)
        assert len(session.scalars(select(Event).where(Event.kind == "placed")).all()) == 1


def test_level_one_goes_to_whoever_is_on_duty_but_never_to_the_accused(store, rules, look):
    with store.write() as session:
        accused, other = person(session), person(session)
        for staff in (accused, other):
            session.add(Duty(staff_id=staff.id, starts_at=MONDAY - DAY, ends_at=MONDAY + DAY))
        ticket_id = complaint(session, rules, urgency="I", against_staff_id=accused.id).id
        other_id = other.id
    look(MONDAY + timedelta(minutes=1))
    with store.read() as session:
        assert session.get(Ticket, ticket_id).assignee_id == other_id


@pytest.mark.parametrize("urgency", ["I", "none"])
def test_what_no_rule_places_does_not_stand_before_what_is_urgent_or_new(store, rules, look, monkeypatch, urgency):
    monkeypatch.setattr("tickets.sweep.AT_ONCE", 2)
    with store.write() as session:
        duty = person(session)
        session.add(Duty(staff_id=duty.id, starts_at=MONDAY - DAY, ends_at=MONDAY + DAY))
        session.add(Route(position=1, category="CASH", to_staff_id=duty.id))
        duty_id = duty.id
        for minute in range(4):
            complaint(session, rules, urgency="II" if urgency == "I" else "none", at=MONDAY + timedelta(minutes=minute))
        last_id = complaint(session, rules, urgency=urgency, category="CASH", at=MONDAY + timedelta(minutes=5)).id
    look(MONDAY + timedelta(minutes=6))
    with store.read() as session:
        assert session.get(Ticket, last_id).assignee_id == duty_id
