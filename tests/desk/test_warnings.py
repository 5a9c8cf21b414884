"""Warnings on the desk: each says why, is confirmed or dismissed with a reason, and may become a rectification item once."""

from datetime import timedelta

import pytest

from tests.desk.conftest import words
from tickets import assignment
from tickets.models import Audit, Branch, Rectification, Ticket, Warning_, now
from tickets.numbers import SHANGHAI


def warning(house, *, text="城东支行：近 3 天收到 9 件，按以往同期约 1.2 件。", branch=None, tickets=(), grade="high"):
    with house.store.write() as session:
        row = Warning_(kind="surge", key=f"surge:{text[:40]}:{grade}", text=text, data={
            "series": [branch, "LOAN", "FEE"], "word": "", "grade": grade, "days": 3, "count": 9, "usual": 1.2, "chance": 1e-5,
            "until": "2026-11-23", "last": "2026-11-23", "tickets": list(tickets), "words": [], "branch_id": branch})
        session.add(row)
        session.flush()
        return row


@pytest.fixture
def lead(house):
    return house.as_(house.person("leader", "lead"))


def test_the_monthly_report_asks_to_judge_its_warnings_first_and_no_longer_once_they_are(house, lead):
    row = warning(house)
    path = f"/desk/reports?kind=monthly&period={now().astimezone(SHANGHAI):%Y-%m}"
    assert "有 1 条预警还没有判定" in words(lead.page(path))
    with house.store.write() as session:
        session.get_one(Warning_, row.id).judged = "true"
    assert "还没有判定" not in words(lead.page(path))


def test_a_warning_is_confirmed_and_counted_as_right(house, lead):
    ticket = house.ticket()
    row = warning(house, tickets=(ticket.id,))
    page = lead.page("/desk/warnings")
    assert row.text in page and ticket.number in page
    assert lead.post(f"/desk/warnings/{row.id}/judge", {"judged": "true"}).status_code == 303
    kept = house.rows(Warning_)[0]
    assert (kept.judged, kept.judged_by) == ("true", lead.staff.id) and kept.judged_at is not None
    assert "100%" in words(lead.page("/desk/warnings?view=judged"))
    assert [one.action for one in house.rows(Audit)][-1] == "warning.judge"


def test_a_warning_is_a_short_title_with_its_odds_as_a_footnote_and_its_tickets_behind_a_link(house, lead):
    made = [house.ticket(f"第 {n} 件：评估费收了两次").id for n in range(15)]
    row = warning(house, text="城西分理处收费投诉异常增多：7 天 15 件（平常约 1 件）", tickets=made)
    page = lead.page("/desk/warnings")
    assert f"<h2 id=\"h{row.id}\">城西分理处收费投诉异常增多：7 天 15 件（平常约 1 件）</h2>" in page
    assert "统计说明：假如一切照常，只凭偶然，约 9 万次里有 1 次出现这样的增多。" in page
    assert f'<a href="/desk/warnings/{row.id}/tickets">等 15 件</a>' in page
    behind = lead.page(f"/desk/warnings/{row.id}/tickets")
    assert behind.count('<td><a href="/desk/tickets/') == 15 and "评估费收了两次" in behind
    lead.post(f"/desk/warnings/{row.id}/rectify")
    item, = house.rows(Rectification)
    assert item.problem == row.text and len(item.problem) < 40


def test_the_tickets_behind_a_warning_stay_within_what_the_reader_may_see(house):
    with house.store.write() as session:
        head = assignment.add_branch(session, code="H", name="总行", kind="head")
        east, west = (assignment.add_branch(session, code=code, name=f"城{code}支行", parent=head).id for code in "东西")
    made = [house.ticket(branch_id=branch).id for branch in (east, west)]
    row = warning(house, branch=east, tickets=made)
    auditor = house.as_(house.person("auditor-east", "auditor", branch_id=east))
    behind = auditor.page(f"/desk/warnings/{row.id}/tickets")
    assert behind.count('<td><a href="/desk/tickets/') == 1 and "另有 1 件不在您能看到的范围里" in behind
    west_lead = house.as_(house.person("lead-west", "lead", branch_id=west))
    assert west_lead.get(f"/desk/warnings/{row.id}/tickets").status_code == 404


def test_the_menu_says_how_many_warnings_wait_for_whom(house, lead):
    with house.store.write() as session:
        head = assignment.add_branch(session, code="H", name="总行", kind="head")
        east = assignment.add_branch(session, code="E", name="城东支行", parent=head).id
    warning(house, text="甲", branch=east)
    warning(house, text="乙")
    warning(house, text="丙", grade="low")
    assert 'title="2 条等您处理">2<' in lead.page("/desk/queue")
    assert 'title="2 条等您处理"' in house.as_(house.person("head-lead", "lead", branch_id=head.id)).page("/desk/queue")
    assert 'title="1 条等您处理"' in house.as_(house.person("east-lead", "lead", branch_id=east)).page("/desk/queue")
    assert "条等您处理" not in house.as_("handler").page("/desk/queue")
    lead.post(f"/desk/warnings/{house.rows(Warning_)[0].id}/judge", {"judged": "true"})
    assert 'title="1 条等您处理"' in lead.page("/desk/queue")


def test_to_dismiss_asks_for_a_reason(house, lead):
    row = warning(house)
    assert lead.post(f"/desk/warnings/{row.id}/judge", {"judged": "false", "reason": " "}).status_code == 422
    assert house.rows(Warning_)[0].judged is None
    lead.post(f"/desk/warnings/{row.id}/judge", {"judged": "false", "reason": "节后集中办理，电话 13812345678"})
    kept = house.rows(Warning_)[0]
    assert kept.judged == "false" and "节后" in kept.judged_reason and "13812345678" not in kept.judged_reason
    assert row.text not in lead.page("/desk/warnings") and row.text in lead.page("/desk/warnings?view=judged")


def test_a_warning_becomes_one_item_however_often_the_button_is_pressed(house, lead):
    ticket = house.ticket()
    row = warning(house, tickets=(ticket.id,))
    for _ in range(2):
        answer = lead.post(f"/desk/warnings/{row.id}/rectify")
        assert answer.status_code == 303 and "/desk/rectification" in answer.headers["location"]
    item, = house.rows(Rectification)
    assert (item.origin, item.tickets, item.category, item.cause) == (f"warning:{row.id}", [ticket.id], "LOAN", "FEE")
    assert "查看整改事项" in lead.page("/desk/warnings")


def test_a_branch_sees_its_own_warnings_and_an_auditor_only_looks(house):
    with house.store.write() as session:
        head = assignment.add_branch(session, code="H", name="总行", kind="head")
        east, west = (assignment.add_branch(session, code=code, name=name, parent=head)
                      for code, name in (("E", "城东支行"), ("W", "城西支行")))
    ours, theirs = warning(house, branch=east.id, text="城东的事"), warning(house, branch=west.id, text="城西的事")
    whole = warning(house, text="全行的事")
    desk = house.as_(house.person("east", "lead", branch_id=east.id))
    page = desk.page("/desk/warnings")
    assert "城东的事" in page and "城西的事" not in page and "全行的事" not in page
    assert desk.post(f"/desk/warnings/{theirs.id}/judge", {"judged": "true"}).status_code == 404
    auditor = house.as_(house.person("looks", "auditor", branch_id=head.id))
    page = auditor.page("/desk/warnings")
    assert all(one.text in page for one in (ours, theirs, whole)) and "确认属实" not in page
    assert auditor.post(f"/desk/warnings/{whole.id}/judge", {"judged": "true"}).status_code == 403


def test_a_crowd_and_a_person_who_comes_again_stand_there_too(house, lead):
    ticket = house.ticket()
    with house.store.write() as session:
        session.add(Warning_(kind="crowd", key="crowd:1", text="疑似群体的事", data={"tickets": [ticket.id], "people": 20}))
        session.add(Warning_(kind="person", key="person:c1:2026-11-23", text="同一位客户的事", data={
            "grade": "high", "tickets": [ticket.id], "count": 4, "until": "2026-11-23", "last": "2026-11-23", "branch_id": None}))
    page = words(lead.page("/desk/warnings"))
    assert "疑似群体的事" in page and "同一位客户的事" in page
    crowd = house.rows(Warning_, kind="crowd")[0]
    lead.post(f"/desk/warnings/{crowd.id}/rectify")
    assert house.rows(Rectification)[0].tickets == [ticket.id] and house.rows(Rectification)[0].category is None


def test_low_ones_stand_apart(house, lead):
    warning(house, text="高的", grade="high")
    warning(house, text="低的", grade="low")
    assert "低的" not in lead.page("/desk/warnings") and "低的" in lead.page("/desk/warnings?view=low")


def test_the_same_trouble_at_several_branches_is_shown_masked_and_offered_once(house, lead):
    with house.store.write() as session:
        branches = [assignment.add_branch(session, code=f"B{n}", name=f"第{n}支行") for n in range(3)]
    for n in range(6):
        house.ticket(f"提前还款预约第{n}次还是没有名额，回电 1381234567{n}", category="LOAN", cause="PROCESS",
                     branch_id=branches[n % 3].id)
        house.ticket(f"柜员{'甲乙丙丁戊己'[n]}态度不好让我白跑一趟", category="LOAN", cause="SERVICE", branch_id=branches[0].id)
    with house.store.write() as session:
        for ticket in session.query(Ticket):
            ticket.received_at = now() - timedelta(days=3)
    page = lead.page("/desk/causes")
    assert "6 件，3 个机构" in words(page) and "态度不好" not in page, "one branch is no common root"
    assert "1381234567" not in page and "提前还款预约" in page
    first = page.split('name="first" value="')[1].split('"')[0]
    for _ in range(2):
        assert lead.post("/desk/causes/rectify?days=90", {"first": first}).status_code == 303
    item, = house.rows(Rectification)
    assert len(item.tickets) == 6 and item.category == "LOAN" and "1381234567" not in item.problem
    assert len(house.rows(Branch)) == 3 and "查看整改事项" in lead.page("/desk/causes")
    assert lead.post("/desk/causes/rectify?days=90", {"first": "999999"}).status_code == 404
