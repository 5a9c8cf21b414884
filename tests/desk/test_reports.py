"""The monthly table against figures recomputed from the raw rows by other code, and the comparisons by hand-made cases."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from sqlalchemy import insert, select

from desk import reports
from knowledge.base import load
from tickets import statistics
from tickets.models import Ticket
from tickets.statistics import Period, change, month, rate

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 24, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def knowledge():
    return load()


@pytest.fixture
def rows(store, knowledge):
    """Nine hundred tickets over fourteen months, at moments that include both ends of days and months."""
    dice, made = random.Random(5), []
    start = datetime(2025, 9, 20, tzinfo=SHANGHAI)
    for n in range(900):
        received = start + timedelta(minutes=dice.randrange(60 * 24 * 425))
        if n % 9 == 0:
            received = received.replace(hour=23, minute=59, second=59)
        if n % 11 == 0:
            received = received.replace(day=1, hour=0, minute=0, second=0)
        told = received + timedelta(days=dice.choice((2, 9, 15, 16, 40))) if dice.random() < 0.8 else None
        made.append({
            "number": f"t{n}", "kind": dice.choice(("complaint",) * 9 + ("praise",)),
            "source": dice.choice(("web", "r12378", "phone")), "category": dice.choice(("LOAN", "CASH", None)),
            "status": dice.choice(("told", "closed", "merged", "withdrawn", "received")),
            "cause": dice.choice(("FEE", "SERVICE")), "received_at": received, "clock_from": received,
            "due_at": received + timedelta(days=15), "told_at": told, "is_repeat": dice.random() < 0.2, "extension": 0,
            "upheld": dice.choice((True, False, None)), "grade": "普通", "customer_type": "person", "urgency": "none", "also": [],
            "rights": [], "flags": [], "reading": {}, "warned": 0, "version": 1})
    with store.write() as session:
        session.execute(insert(Ticket), made)
    return made


def in_month(row, year, number):
    local = row["received_at"].astimezone(SHANGHAI)
    return row["kind"] == "complaint" and (local.year, local.month) == (year, number)


@pytest.fixture
def book(store, rows, knowledge):
    with store.read() as session:
        sheets = reports.monthly(session, knowledge, month(2026, 10), at=AT)
    return load_workbook(BytesIO(reports.workbook(sheets, title="表", period=month(2026, 10))))


def table(page):
    return {row[0]: row[1:] for row in page.iter_rows(min_row=5, values_only=True) if row[0]}


def test_the_cover_says_what_the_raw_rows_say(book, rows):
    cover = table(book["总体情况"])
    mine = [r for r in rows if in_month(r, 2026, 10)]
    kept = [r for r in mine if r["status"] != "merged"]
    last = [r for r in rows if in_month(r, 2026, 9) and r["status"] != "merged"]
    done = [r for r in kept if r["told_at"]]
    assert cover["投诉总量（合并前）"][0] == len(mine) and cover["投诉总量（合并后）"][0] == len(kept) > 20
    assert cover["投诉总量（合并后）"][1].startswith(f"{100 * (len(kept) - len(last)) / len(last):+.2f}%")
    assert cover["监管转办"][0] == sum(r["source"] == "r12378" for r in kept)
    assert cover["办结"][0] == len(done)
    on_time = sum(r["told_at"] <= r["due_at"] for r in done)
    assert cover["按时办结率"][0] == f"{100 * on_time / len(done):.2f}%"
    took = sorted((r["told_at"] - r["received_at"]).days for r in done)
    assert cover["平均办结天数"][0] == f"{sum(took) / len(took):.1f}"


def test_every_table_adds_up_to_the_total(book, rows):
    total = table(book["总体情况"])["投诉总量（合并后）"][0]
    kept = [r for r in rows if in_month(r, 2026, 10) and r["status"] != "merged"]
    categories = Counter(r["category"] for r in kept)
    page = table(book["表B 业务类别"])
    assert page["贷款"][0] == categories["LOAN"] and page["未填"][0] == categories[None] and page["合计"][0] == total
    assert page["国库"][0] == 0, "a category without a ticket is still a row"
    cells = table(book["表B×C 类别与原因"])
    assert cells["贷款"][-1] == categories["LOAN"]


def test_a_figure_and_the_tickets_behind_it_agree(store, rows, knowledge):
    conditions = statistics.figures(month(2026, 10), regulators=("r12378",), at=AT)
    with store.read() as session:
        counts = statistics.counted(session, conditions)
        for name, where in conditions.items():
            assert counts[name] == len(session.scalars(select(Ticket.id).where(where)).all()), name


def test_the_same_figures_are_the_same_file(store, rows, knowledge):
    def make():
        with store.read() as session:
            sheets = reports.monthly(session, knowledge, month(2026, 10), at=AT)
        return reports.workbook(sheets, title="表", period=month(2026, 10))
    assert make() == make()


def test_fonts_and_charts_are_native_and_chinese(book):
    assert book["表B 业务类别"]["A5"].font.name == "宋体"
    assert len(book["表B 业务类别"]._charts) == 1


def test_an_empty_month_has_dashes_and_no_zero_percent(store, knowledge):
    with store.read() as session:
        sheets = reports.monthly(session, knowledge, month(2026, 10), at=AT)
    cover = {row[0]: row[1:] for row in sheets[0].rows}
    assert cover["投诉总量（合并后）"] == (0, "—", "—") and cover["办结率"] == ("—", "—", "—") and cover["平均办结天数"][0] == "—"


@pytest.mark.parametrize(("now", "before", "said"), [(0, 0, "—"), (5, 0, "—"), (0, 5, "-100.00%（基数小）"), (11, 10, "+10.00%"),
                                                     (3, 9, "-66.67%（基数小）"), (10, 10, "+0.00%")])
def test_comparisons(now, before, said):
    assert change(now, before) == said


def test_rates():
    assert rate(0, 0) == "—" and rate(1, 3) == "33.33%" and rate(0, 3) == "0.00%"


@pytest.mark.parametrize(("period", "before", "year"), [
    (month(2026, 3), month(2026, 2), month(2025, 3)), (month(2026, 1), month(2025, 12), month(2025, 1)),
    (month(2024, 2), month(2024, 1), month(2023, 2)), (month(2025, 2), month(2025, 1), month(2024, 2)),
    (Period(date(2026, 3, 2), date(2026, 3, 8)), Period(date(2026, 2, 23), date(2026, 3, 1)),
     Period(date(2025, 3, 2), date(2025, 3, 8))),
])
def test_periods_compare_with_the_right_days(period, before, year):
    assert period.before() == before and period.year_before() == year


@pytest.mark.parametrize("text", ["=1+1", "@x", "+cmd|' /C calc'!A0", "-2+3", "\tx"])
def test_no_cell_begins_a_formula(text):
    assert reports.plain(text) == "'" + text


def test_our_own_percentages_stay_as_they_are():
    assert reports.plain("+3.20%（基数小）") == "+3.20%（基数小）"
