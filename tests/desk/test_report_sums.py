"""A demonstration year, with what a year can hold besides: every column adds up to its sum, every sentence to its total."""

import re
import shutil
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from desk import reports
from desk.reports.blocks import Text
from knowledge.base import FOLDER, load
from tests.conftest import POSTGRES, empty
from tickets import dashboard, rectification, statistics
from tickets.dashboard import Look
from tickets.db import Store
from tickets.demo.year import fill
from tickets.models import Rectification, Staff, Ticket
from tickets.periods import Period, read_period

NOW = datetime(2026, 11, 24, 4, tzinfo=ZoneInfo("UTC"))
MADE = [("monthly", f"2026-{month:02}") for month in range(1, 12)] + [("quarterly", f"2026-Q{n}") for n in range(1, 5)] + [
    ("half", "2026-H1"), ("half", "2026-H2"), ("annual", "2025"), ("annual", "2026")]
NUMBER = re.compile(r"(\d+) 件")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)] if POSTGRES
                else ["sqlite"])
def year(request, tmp_path_factory):
    """The store and what the office knows. Some tickets go ways that the synthetic year does not know."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("sums") / "xiaobao.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("postgres_url")
        empty(url)
    store, knowledge = Store(url), load()
    fill(store, FOLDER, year=2026, taxonomy=knowledge.taxonomy, rules=knowledge.deadlines, tickets=1500, seed=7, until=NOW,
         surges=4)
    with store.write() as session:
        for n, ticket in enumerate(session.scalars(select(Ticket).where(Ticket.kind == "complaint").order_by(Ticket.id))):
            if n % 23 == 0:
                ticket.told_at = ticket.closed_at = ticket.upheld = None
                ticket.status = ("investigating", "appraisal", "closed", "not_accepted", "reopened")[n % 5]
            if n % 31 == 0:
                ticket.category = ticket.branch_id = ticket.primary_right = None
            if n % 29 == 0:
                ticket.flags = ["elderly", "disabled"]
    yield store, knowledge
    store.close()


def made(year, kind, key):
    store, knowledge = year
    with store.read() as session:
        return reports.make(session, knowledge, reports.KINDS[kind], read_period(key), at=NOW, mask=str, bank="示范银行")


def sheet(report, *names):
    return next((one for one in report.sheets if one.title in names), None)


def said(report):
    return [block.text for block in report.blocks if isinstance(block, Text)]


def numbers(sentence):
    return [int(n) for n in NUMBER.findall(sentence)]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "key"), MADE)
def test_every_column_adds_up_to_its_sum(year, kind, key):
    report, found = made(year, kind, key), 0
    for one in report.sheets:
        sums = next((row for row in one.rows if row[one.label] == "合计"), None)
        if sums is None:
            continue
        found += 1
        for place, whole in enumerate(sums):
            if isinstance(whole, int):
                parts = [row for row in one.rows if row is not sums and not str(row[one.label]).startswith("小计")]
                assert sum(row[place] for row in parts) == whole, (one.title, one.columns[place])
    assert found >= {"monthly": 8, "quarterly": 4, "half": 4, "annual": 5}[kind]


@pytest.mark.parametrize(("kind", "key"), [one for one in MADE if one[0] != "annual"])
def test_the_indicators_agree_with_each_other_and_with_the_tables(year, kind, key):
    report = made(year, kind, key)
    rows = {row[0]: row for row in sheet(report, "总体情况", "主要指标").rows}
    for place in (1, 2, 4):  # this period, the one before, the one a year before
        n = {name: row[place] for name, row in rows.items() if isinstance(row[place], int)}
        total = n["投诉总量（合并后）"]
        assert total == n["办结"] + n["在途"] + n["撤诉"] + n["不予办理"] + n["未作决定结案"]
        assert n["不计入办结考核（撤诉、不予办理等）"] == n["撤诉"] + n["不予办理"] + n["未作决定结案"]
        assert n["应办结"] == n["办结"] + n["在途（期限已到）"]
        assert n["超期"] == n["办结"] - n["按时办结"] + n["在途（期限已到）"]
        for key_, (part, whole) in statistics.RATES.items():
            names = (reports.FIGURES.get(part), reports.FIGURES.get(whole), reports.tables.RATES[key_])
            if all(name in rows for name in names):
                assert rows[names[2]][place] == statistics.rate(n[names[0]], n[names[1]]), names
        for title in ("表A 办理渠道", "表B 业务类别", "表C 投诉原因", "表E 来源渠道", "表G 时限分档", "图表 2　业务类别",
                      "图表 3　投诉原因"):
            if table := sheet(report, title):
                assert table.rows[-1][{1: 1, 2: 3, 4: 5}[place]] == total, title
    if bands := sheet(report, "表G 时限分档"):
        counts = {row[0]: row[1] for row in bands.rows}
        assert [counts[name] for name in ("在途（尚未办结）", "撤诉", "不予办理", "未作决定结案")] == [
            rows[name][1] for name in ("在途", "撤诉", "不予办理", "未作决定结案")]
        assert sum(row[-1] for row in sheet(report, "表B×C 类别与原因").rows[:-1]) == rows["投诉总量（合并后）"][1]
        assert sheet(report, "表H 特殊群体").rows[-1][1] == rows["特殊群体投诉"][1]
    if months := sheet(report, "图表 1　各月投诉量"):
        assert [months.rows[-1][place] for place in (1, 2, 3)] == [rows["投诉总量（合并后）"][place] for place in (1, 4, 5)]


@pytest.mark.parametrize(("kind", "key"), [one for one in MADE if one[0] != "monthly"])
def test_the_sentences_add_up_and_say_what_is_left_out(year, kind, key):
    report = made(year, kind, key)
    texts = said(report)
    total = numbers(texts[2 if kind == "annual" else 1])[0]
    handling = next(one for one in texts if one.startswith("全部 "))
    parts, rest = handling.split("。", 1)
    assert numbers(parts)[0] == total == sum(numbers(parts)[1:])
    should, done, due, later, aside = numbers(rest)[:5]
    assert should == done + due == total - later - aside
    assert f"已办结 {done} 件" in parts and f"在途 {due + later} 件" in parts
    late = numbers(rest[rest.index("超期"):])[-3:]
    assert late[0] == late[1] + late[2] and late[2] == due
    for one in texts:
        if re.match("从(业务类别|投诉原因|办理渠道|来源渠道|机构)看", one):
            assert sum(numbers(one)) == total, one
        if one.startswith("从办理时长看"):
            assert sum(numbers(one)[:-1]) == numbers(one)[-1] == total
        if one.startswith("已认定责任的投诉"):
            assert numbers(one)[1] == sum(numbers(one)[2:])
    if kind != "annual":
        open_now = next((numbers(one)[0] for one in texts if "继续办理在途投诉" in one), 0)
        assert open_now == due + later
        assert (open_now == 0) or not any("没有在途" in one for one in texts)


def test_a_period_that_still_runs_is_compared_with_as_many_days(year):
    report = made(year, "monthly", "2026-11")
    store, _ = year
    with store.read() as session:
        before, ago = (statistics.count(session, statistics.received(Period(first.date(), last.date()))) for first, last in (
            (datetime(2026, 10, 1), datetime(2026, 10, 24)), (datetime(2025, 11, 1), datetime(2025, 11, 24))))
    row = sheet(report, "总体情况").rows[0]
    assert (row[2], row[4]) == (before, ago) and "同样这些天" in report.notes[0]


def test_a_rest_of_one_is_named_and_of_more_is_one_row(year):
    report = made(year, "half", "2026-H1")
    rows = sheet(report, "图表 2　业务类别").rows
    assert rows[-2][0] == "其余" and rows[-1][0] == "合计" and len(rows) == 12


@pytest.mark.parametrize("days", [7, 30, 90, 365])
def test_the_parts_of_the_dashboard_add_up(year, days):
    store, _ = year
    with store.read() as session:
        lead = session.scalars(select(Staff).where(Staff.role == "lead").order_by(Staff.id)).first()
        last = NOW.date()
        look = Look(lead, Period(last - timedelta(days=days - 1), last), NOW, soon=5)
        total, open_now = dashboard.total(session, look), dashboard.now_open(session, look)["open"].count
        assert total == sum(one.count for one in dashboard.trend(session, look)) == sum(
            one.count for one in dashboard.by_source(session, look))
        cells = dashboard.cells(session, look)
        assert all(sum(one.count for one in dashboard.mixed(cells, head, look)) == total for head in ("category", "cause"))
        loads = dashboard.workload(session, look)
        assert open_now == sum(load.open for load in loads) == sum(one.count for one in dashboard.ageing(session, look))
        assert len(loads) > 15, "more people than the page names: the others are one row"


def test_the_disclosure_compares_with_nothing_that_is_not_there_and_keeps_the_offices_gaps_to_the_office(year):
    report = made(year, "annual", "2025")
    texts = said(report)
    assert not [one for one in texts if re.search("无可比|环比|同比|整改台账|没有登记", one)]
    assert not [name for one in report.sheets for name in one.columns if name in ("上期", "环比", "同比", "上年", "上年同月")]
    headings = [block.text for block in report.blocks if isinstance(block, Text) and block.kind == "heading"]
    assert [one[:2] for one in headings] == [f"{digit}、" for digit in "一二三四五六"] and "六、办理情况" in headings
    assert any("没有登记本年已采取" in one for one in report.warnings) and len(report.warnings) == 3
    compared = made(year, "annual", "2026")
    assert all("环比" not in one.columns for one in compared.sheets) and "同比" in sheet(compared, "业务类别").columns
    assert "环比" not in said(compared)[2] and said(compared)[2].count("同比") == 2
    assert any("还" in one or "才结束" in one for one in compared.warnings)


def test_measures_are_said_without_the_name_of_their_field(year):
    store, _ = year
    with store.write() as session:
        item = rectification.open_item(session, problem="双录话术不清", measures="整改措施：更新话术并培训",
                                       root_cause="根因：无人复核",
                                       owner="个金部", at=datetime(2026, 3, 1, tzinfo=ZoneInfo("UTC")))
        rectification.set_state(item, "doing")
    annual, bulletin = made(year, "annual", "2026"), made(year, "quarterly", "2026-Q1")
    with store.write() as session:
        session.delete(session.get_one(Rectification, item.id))
    assert any("针对“双录话术不清”，正在采取措施：更新话术并培训。" in one for one in said(annual))
    assert not any("自助设备吞卡" in one and "采取措施" in one for one in said(annual)), "what is only planned is not taken"
    assert "七、采取的措施" in said(annual) and "八、下一步工作" in said(annual)
    assert any("根因：无人复核" in one for one in said(bulletin)) and not any("根因：根因" in one for one in said(bulletin))
    assert not any("措施" in one for one in annual.warnings)
