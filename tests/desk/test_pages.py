"""Every page opens for whoever may open it, full and empty, and says nothing that a customer could have planted there."""

import re

import pytest

from desk.nav import NAV
from tests.desk.conftest import ROLES, words
from tickets import assignment
from tickets.models import Duty, Gap, Owed, Parked, Route, now

HOSTILE = '<script>alert("x")</script>{{ 7 * 7 }}"><img src=x onerror=alert(1)>'


@pytest.mark.parametrize("role", ROLES)
def test_each_line_of_the_menu_leads_to_a_page(house, role):
    house.ticket()
    desk = house.as_(role)
    menu = desk.page("/desk/queue")
    for entry in NAV:
        assert (f'href="{entry.path}"' in menu) == (role in entry.roles), entry
        if role in entry.roles:
            desk.page(entry.path)


def test_what_a_customer_writes_is_only_text_on_every_page(house):
    ticket = house.ticket(HOSTILE, urgency="I", flags=("fraud_now",))
    with house.store.write() as session:
        session.add(Gap(text=HOSTILE, group_key="g1", candidates=[["loan-identity-fraud", 0.4]]))
        session.add(Gap(text=HOSTILE))
        session.add(Parked(channel="web", key="k", text=HOSTILE, error="ValueError", parked_at=now()))
        session.add(Owed(channel="web", address="a", ticket_id=ticket.id, status="dead", body={"text": HOSTILE}, error=HOSTILE))
    desk = house.as_("admin")
    paths = ("/desk/queue", f"/desk/tickets/{ticket.number}", "/desk/gaps", "/desk/gaps/draft?key=g1", "/desk/outbox",
             f"/desk/queue?words={HOSTILE}", f"/desk/knowledge?q={HOSTILE}", f"/desk/audit?action={HOSTILE}",
             f"/desk/tickets/new?text={HOSTILE}")
    for path in paths:
        page = desk.page(path)
        assert "<script>alert" not in page and "<img src=x" not in page, path
        assert "49" not in words(page) or "{{ 7 * 7 }}" in words(page), path


def test_pages_hold_no_inline_script_or_style(house):
    ticket = house.ticket(urgency="I")
    desk = house.as_("admin")
    for path in (*(entry.path for entry in NAV), f"/desk/tickets/{ticket.number}", "/desk/account"):
        page = desk.page(path)
        assert " style=" not in page and "<style" not in page and " onclick=" not in page and "<script>" not in page, path


def test_every_field_has_a_label(house):
    """A label names each input, select and textarea that is not hidden: by `for`, by wrapping it, or by aria-label."""
    ticket = house.ticket()
    desk = house.as_("admin")
    for path in ("/desk/queue", f"/desk/tickets/{ticket.number}", "/desk/people", "/desk/branches", "/desk/duty", "/desk/routing",
                 "/desk/tickets/new", "/desk/account", "/desk/password", "/desk/knowledge", "/desk/audit"):
        page = desk.page(path)
        for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", page):
            if 'type="hidden"' in tag or "aria-label" in tag or 'type="checkbox"' in tag:
                continue
            name = re.search(r'\bid="([^"]+)"', tag)
            assert name and f'for="{name[1]}"' in page, (path, tag)
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), (path, [one for one in ids if ids.count(one) > 1])


def test_the_office_pages_list_what_there_is(house):
    with house.store.write() as session:
        head = assignment.add_branch(session, code="ZH", name="总行营业部", kind="head")
        assignment.add_branch(session, code="CD", name="城东支行", parent=head, aliases=("东门网点",))
    admin = house.of_role("admin")
    with house.store.write() as session:
        at = now()
        session.add(Duty(staff_id=admin.id, starts_at=at, ends_at=at.replace(year=at.year + 1)))
        session.add(Route(position=1, category="LOAN", to_staff_id=admin.id))
    desk = house.as_("admin")
    assert "东门网点" in desk.page("/desk/branches")
    assert "正在值班" in desk.page("/desk/duty")
    assert "贷款" in words(desk.page("/desk/routing"))
    assert "admin同事" in desk.page("/desk/people")
