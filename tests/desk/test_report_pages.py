"""Reports on the desk and by command: preview, figures that lead to their tickets, editions that say what changed, the ledger."""

import re
from datetime import UTC, datetime
from html import unescape
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from docx import Document
from openpyxl import load_workbook

from desk import reports
from knowledge.base import load
from tests.desk.conftest import words
from tickets import assignment, editions
from tickets.models import Edition, Rectification, Ticket
from tickets.periods import half, last_whole, month, quarter, read_period, whole_year

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 24, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def knowledge():
    return load()


@pytest.fixture
def filled(house):
    """Twelve complaints of October 2026, five of September."""
    with house.store.write() as session:
        branch = assignment.add_branch(session, code="CD", name="城东支行")
    tickets = [house.ticket(category="LOAN" if n % 3 else "CASH", branch_id=branch.id if n % 2 else None) for n in range(17)]
    with house.store.write() as session:
        for n, ticket in enumerate(tickets):
            row = session.get_one(Ticket, ticket.id)
            row.received_at = row.clock_from = datetime(2026, 10 if n < 12 else 9, 5 + n, 12, tzinfo=SHANGHAI)
    return house


def made(store, knowledge, kind, period, at=AT):
    with store.read() as session:
        return reports.make(session, knowledge, reports.KINDS[kind], read_period(period), at=at, mask=str, bank="示范银行")


def test_every_linked_figure_of_a_page_shows_as_many_tickets(filled):
    desk = filled.as_("lead")
    for address in ("kind=monthly&period=2026-10", "kind=annual&period=2026", "kind=assessment&period=2026-10"):
        page = desk.page(f"/desk/reports?{address}")
        links = re.findall(r'<a href="(/desk/reports/tickets\?[^"]+)">(\d+)</a>', page)
        assert len(links) >= 2
        for link, count in dict(links[::4]).items():
            behind = desk.page(unescape(link))
            assert f"：{count} 件</h1>" in behind, (link, count)
            assert len(re.findall(r'href="/desk/tickets/\d', behind)) == int(count)


@pytest.mark.parametrize(("code", "name"), [("CREDIT_CARD", "银行卡—信用卡"), ("LOAN", "贷款"), ("", "未填")])
def test_the_list_behind_a_figure_names_its_codes_as_the_table_does(house, code, name):
    ticket = house.ticket(category=code or None)
    with house.store.write() as session:
        session.get_one(Ticket, ticket.id).received_at = datetime(2026, 10, 5, 12, tzinfo=SHANGHAI)
    page = house.as_("lead").page(f"/desk/reports/tickets?kind=monthly&period=2026-10&figure=total&category={code}")
    assert f"·{name}：1 件</h1>" in page and f"<td>{name}</td>" in page


@pytest.mark.parametrize(("kind", "running"), [("monthly", "2026-11"), ("quarterly", "2026-Q4"), ("annual", "2026")])
def test_the_running_period_is_offered_first_and_marked_as_unfinished(filled, knowledge, kind, running):
    with time_machine.travel(AT):
        desk = filled.as_("lead")
        offered = re.findall(r'<option value="([^"]+)"[^>]*>([^<]+)</option>', desk.page(f"/desk/reports?kind={kind}"))
        assert offered[0][0] == running and "未完" in offered[0][1] and "未完" not in offered[1][1]
        assert "截至 2026-11-24" in words(desk.page(f"/desk/reports?kind={kind}&period={running}"))
    assert not any("未完" in note for note in made(filled.store, knowledge, "monthly", "2026-10").notes)


@pytest.mark.parametrize("address", ["kind=nothing", "kind=monthly&period=2026-Q3", "kind=quarterly&period=x", "period=2099-01"])
def test_a_wrong_address_is_refused_in_words(house, address):
    answer = house.as_("lead").get(f"/desk/reports?{address}")
    assert answer.status_code in (404, 422) and "<h1>" in answer.text


@pytest.mark.parametrize("figure", ["figure=total&branch=x", "figure=nothing", "figure=total&within=abc"])
def test_a_wrong_figure_is_refused_in_words(house, figure):
    assert house.as_("lead").get(f"/desk/reports/tickets?kind=monthly&period=2026-10&{figure}").status_code in (404, 422)


def test_what_the_office_has_yet_to_write_down_is_a_warning_on_the_page_and_in_no_file(filled):
    page = filled.as_("lead").page("/desk/reports?kind=annual&period=2026")
    assert "发布前请先处理" in page and "没有登记本年已采取" in page
    file = filled.as_("lead").post("/desk/reports/download?kind=annual&period=2026")
    said = "\n".join(one.text for one in Document(BytesIO(file.content)).paragraphs)
    assert "第二十六条" in said and "没有登记" not in said and "整改台账" not in said
    assert "发布前请先处理" not in filled.as_("lead").page("/desk/reports?kind=monthly&period=2026-10")


def test_taking_a_report_away_keeps_an_edition_and_the_page_says_what_changed(filled):
    desk, address = filled.as_("lead"), "kind=monthly&period=2026-10"
    answer = desk.post(f"/desk/reports/download?{address}")
    assert answer.status_code == 200 and load_workbook(BytesIO(answer.content))["总体情况"]["B5"].value == 12
    assert "没有变化" in words(desk.page(f"/desk/reports?{address}"))
    ticket = filled.rows(Ticket, category="CASH")[0]
    with filled.store.write() as session:
        session.get_one(Ticket, ticket.id).category = "FX"
    page = words(desk.page(f"/desk/reports?{address}"))
    assert "处变化" in page and "表B 业务类别 · 外汇 · 件数 0 1" in page
    desk.post(f"/desk/reports/download?{address}")
    first, second = filled.rows(Edition)
    assert not first.changes and ["表B 业务类别 · 外汇 · 件数", "0", "1"] in second.changes
    again = desk.post(f"/desk/reports/editions/{first.id}")
    assert again.content == answer.content, "an edition is the file as it was"


def test_the_same_report_made_again_is_the_same_edition(store, knowledge):
    report = made(store, knowledge, "monthly", "2026-10")
    with store.write() as session:
        kept = [editions.keep(session, kind="monthly", period=report.key, said=report.said(), name="x.xlsx",
                              body=reports.written(report, knowledge)) for _ in range(2)]
    assert kept[0][1] and not kept[1][1] and kept[0][0].id == kept[1][0].id


@pytest.mark.parametrize("kind", ["monthly:2026-10", "quarterly:2026-Q3", "annual:2025", "assessment:2026-Q3", "ledger:2026-Q3"])
def test_an_empty_period_has_dashes_and_no_zero_percent(store, knowledge, kind):
    report = made(store, knowledge, *kind.split(":"))
    assert reports.written(report, knowledge)
    words = " ".join(report.said().values())
    assert "0.00%" not in words and "nan" not in words
    if kind.startswith("monthly"):
        cover = {row[0]: row[1:] for row in report.sheets[0].rows}
        assert cover["投诉总量（合并后）"] == (0, 0, "—", 0, "—") and cover["办结率"] == ("—",) * 5
        assert cover["平均办结天数"][0] == "—" and cover["每万客户投诉量"][0] == "0.00"


def test_the_ledger_is_kept_on_the_desk_from_the_problem_to_the_evidence(house):
    desk, ticket = house.as_("lead"), house.ticket()
    form = {"problem": "短信费没有经客户同意就开通，见 13800138000", "root_cause": "系统默认勾选", "owner": "电子银行部",
            "due_on": "2026-12-31", "category": "OTHER_INTERMED", "tickets": ticket.number}
    assert desk.post("/desk/rectification", form).status_code == 303
    item = house.rows(Rectification)[0]
    assert item.tickets == [ticket.id] and "13800138000" not in item.problem and item.opened_by == desk.staff.id
    assert "系统默认勾选" in desk.page("/desk/rectification")
    refused = desk.post(f"/desk/rectification/{item.id}", {**form, "state": "done"})
    assert refused.status_code == 422 and "证据" in refused.text and house.rows(Rectification)[0].state == "open"
    desk.post(f"/desk/rectification/{item.id}", {**form, "state": "done", "evidence": "11 月 20 日已上线二次确认"})
    item = house.rows(Rectification)[0]
    assert item.state == "done" and item.closed_at is not None
    assert "二次确认" in desk.page("/desk/rectification?view=done") and "二次确认" not in desk.page("/desk/rectification")
    desk.post(f"/desk/rectification/{item.id}", {**form, "state": "doing", "evidence": "发现仍有遗漏"})
    assert house.rows(Rectification)[0].closed_at is None, "opened again, it is not closed"


@pytest.mark.parametrize(("field", "value"), [("tickets", "没有的单号"), ("problem", ""), ("due_on", "明天"), ("branch_id", "99")])
def test_the_ledger_refuses_what_it_cannot_keep(house, field, value):
    answer = house.as_("lead").post("/desk/rectification", {"problem": "有问题", field: value})
    assert answer.status_code == 422 and not house.rows(Rectification)


def test_an_auditor_reads_the_ledger_and_changes_nothing(house):
    desk = house.as_("auditor")
    assert "登记整改事项" not in desk.page("/desk/rectification")
    assert desk.post("/desk/rectification", {"problem": "x"}).status_code == 403


@pytest.mark.parametrize(("text", "period"), [
    ("2026-10", month(2026, 10)), ("2026-Q3", quarter(2026, 3)), ("2026q3", quarter(2026, 3)), ("2026-H1", half(2026, 1)),
    ("2026", whole_year(2026))])
def test_periods_are_read_as_they_are_written(text, period):
    assert read_period(text) == period and read_period(period.key) == period


@pytest.mark.parametrize(("period", "before", "year"), [
    (quarter(2026, 1), quarter(2025, 4), quarter(2025, 1)), (half(2026, 1), half(2025, 2), half(2025, 1)),
    (whole_year(2024), whole_year(2023), whole_year(2023)), (quarter(2024, 1), quarter(2023, 4), quarter(2023, 1))])
def test_quarters_halves_and_years_compare_with_their_own_kind(period, before, year):
    assert period.before() == before and period.year_before() == year


def test_the_last_whole_period_and_its_report_day():
    day = datetime(2026, 11, 24).date()
    assert [last_whole(kind, day).key for kind in ("month", "quarter", "half", "year")] == ["2026-10", "2026-Q3", "2026-H1", "2025"]
    assert quarter(2026, 3).report_day().isoformat() == "2026-10-08", "the National Day holiday is over"
