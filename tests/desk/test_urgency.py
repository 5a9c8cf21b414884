"""How urgent a ticket is: graver for everybody, milder only by who answers for it, and never by one key."""

import re

import pytest

from tests.desk.conftest import words
from tickets.models import Alert, Correction, Event, Owed, Ticket


def change(desk, ticket, urgency, reason=""):
    return desk.post(f"/desk/tickets/{ticket.number}/urgency", {"urgency": urgency, "reason": reason})


@pytest.mark.parametrize("was", ["I", "II"])
@pytest.mark.parametrize("role", ["handler", "intake"])
def test_who_does_not_handle_it_cannot_lower_a_grave_ticket(house, role, was):
    ticket = house.ticket(urgency=was, assignee_id=house.person("other", "handler").id)
    desk = house.as_(role)
    answer = change(desk, ticket, "none", "看着不急")
    assert answer.status_code == 409 and "承办人或主管" in words(answer.text)
    assert house.ticket_now(ticket).urgency == was and house.rows(Event, kind="urgency") == []
    page = desk.page(f"/desk/tickets/{ticket.number}")
    assert '<option value="none"' not in page[page.index('id="u-urgency"'):page.index('id="u-reason"')]


@pytest.mark.parametrize("role", ["handler", "lead"])
def test_who_handles_it_or_leads_lowers_it_with_a_reason_that_is_kept_and_told(house, role):
    handler = house.of_role("handler")
    ticket = house.ticket(urgency="I", flags=("fraud_now",), assignee_id=handler.id)
    with house.store.write() as session:
        session.add(Alert(kind="level_one", text="【I 级】", ticket_id=ticket.id))
    desk = house.as_(role)
    assert change(desk, ticket, "III").status_code == 409, "without a reason"
    assert change(desk, ticket, "III", "客户来电：已止付，钱没转出").status_code == 303
    (event,) = house.rows(Event, kind="urgency")
    assert (event.data, event.reason) == ({"urgency": ["I", "III"]}, "客户来电：已止付，钱没转出")
    page = words(desk.page(f"/desk/tickets/{ticket.number}"))
    assert "改紧急程度 " + desk.staff.name + " I 级 → III 级 客户来电" in page
    rung, told = house.rows(Alert)
    assert rung.acknowledged_by == desk.staff.id and told.kind == "lowered" and "由I 级改为III 级" in told.text
    assert told.text in words(house.as_(handler).page("/desk/alerts"))
    assert told.text not in words(house.as_("intake").page("/desk/alerts"))
    assert [(one.head, one.was, one.became) for one in house.rows(Correction)] == [("urgency", "I", "III")]


def test_anybody_may_call_it_graver_and_level_one_rings(house):
    ticket = house.ticket()
    assert change(house.as_("intake"), ticket, "I", "客户说现在还在转账").status_code == 303
    kept = house.ticket_now(ticket)
    assert (kept.urgency, kept.grade) == ("I", "普通")
    assert [one.kind for one in house.rows(Alert)] == ["level_one"]


@pytest.mark.parametrize(("flags", "grade", "lowered"), [
    (("fraud_now",), "普通", "普通"), (("group",), "重大", "复杂"), (("group", "fraud_now"), "复杂", "复杂"),
    (("self_harm", "identity_loan"), "复杂", "复杂")])
def test_of_level_one_only_a_crowd_is_a_grave_complaint_and_a_lowering_puts_the_grade_right(house, flags, grade, lowered):
    """第三号令第二十九条: 二十名以上投诉人面谈; one swindled customer is none."""
    ticket = house.ticket(urgency="I", flags=flags)
    desk = house.as_("lead")
    assert house.ticket_now(ticket).grade == grade
    assert ("重大投诉" in words(desk.page(f"/desk/tickets/{ticket.number}")).partition("投诉等级")[0]) == (grade == "重大")
    change(desk, ticket, "III", "误报")
    assert house.ticket_now(ticket).grade == lowered
    change(desk, ticket, "I")
    assert house.ticket_now(ticket).grade == grade


def test_marks_that_came_later_do_not_make_the_grade_a_persons(house):
    ticket, desk = house.ticket(), house.as_("lead")
    desk.post(f"/desk/tickets/{ticket.number}/details", {"kind": "complaint", "customer_type": "person", "grade": "普通",
                                                         "flags": ["group"]})
    change(desk, ticket, "I", "二十几人聚在网点")
    assert house.ticket_now(ticket).grade == "重大"


def test_a_grade_that_a_person_chose_stands(house):
    ticket = house.ticket(urgency="I", flags=("fraud_now",))
    with house.store.write() as session:
        session.get(Ticket, ticket.id).grade = "重大"
    change(house.as_("lead"), ticket, "III", "已止付")
    assert house.ticket_now(ticket).grade == "重大"


@pytest.mark.parametrize(("role", "urgency", "lower"), [
    ("lead", "I", ["II", "III", "none"]), ("lead", "II", ["III", "none"]), ("lead", "III", []), ("intake", "II", [])])
def test_the_form_itself_asks_for_the_reason_of_a_lowering_alone(house, role, urgency, lower):
    page = house.as_(role).page(f"/desk/tickets/{house.ticket(urgency=urgency).number}")
    form = page[page.index('id="u-urgency"'):page.index('确认修改')]
    assert re.findall(r'<option value="(\w+)"[^>]* data-lowers>', form) == lower and " required" not in form


def test_who_handles_it_and_raises_it_again_is_not_told_that_nobody_takes_it(house):
    ticket = house.ticket(urgency="III", assignee_id=house.of_role("handler").id)
    desk = house.as_("handler")
    change(desk, ticket, "I", "又有人打电话骗她")
    assert house.rows(Alert)[0].acknowledged_by == desk.staff.id and 'class="alarm grave"' not in desk.page("/desk/queue")
    assert house.rows(Owed, purpose="alert") == [], "nor the group, with a button to take it over"


def test_who_has_called_her_silences_the_alarm(house):
    ticket = house.ticket(urgency="III", assignee_id=house.of_role("handler").id)
    change(house.as_("intake"), ticket, "I", "客户说现在还在转账")
    desk = house.as_("handler")
    assert 'class="alarm grave"' in desk.page("/desk/queue")
    desk.post(f"/desk/tickets/{ticket.number}/move", {"move": "contact", "how": "call", "reason": "已劝停，正去派出所"})
    assert 'class="alarm grave"' not in desk.page("/desk/queue")


def test_a_call_that_reached_nobody_leaves_the_alarm_of_a_ticket_that_nobody_holds(house):
    ticket, desk = house.ticket(urgency="III"), house.as_("intake")
    change(desk, ticket, "I", "客户说现在还在转账")
    desk.post(f"/desk/tickets/{ticket.number}/move", {"move": "contact", "how": "call", "reason": "打了三次没人接"})
    assert house.ticket_now(ticket).first_contact_at is not None and house.rows(Alert)[0].acknowledged_at is None
    assert 'class="alarm grave"' in desk.page("/desk/queue")


def test_no_single_key_and_no_old_form_changes_it(house):
    ticket = house.ticket(urgency="I", assignee_id=house.of_role("handler").id)
    desk = house.as_("handler")
    page = desk.page(f"/desk/tickets/{ticket.number}")
    assert 'name="urgency" value' not in page and not any(f'data-key="{key}"' in page for key in "7890")
    desk.post(f"/desk/tickets/{ticket.number}/correct", {"urgency": "none"})
    assert house.ticket_now(ticket).urgency == "I"


def test_the_same_again_changes_nothing_and_a_stale_form_is_refused(house):
    ticket = house.ticket(urgency="II")
    desk = house.as_("lead")
    assert change(desk, ticket, "II").status_code == 303 and house.rows(Event, kind="urgency") == []
    answer = desk.post(f"/desk/tickets/{ticket.number}/urgency", {"urgency": "I", "version": "99"})
    assert answer.status_code == 409
    assert change(desk, ticket, "V").status_code == 422
