"""A synthetic year, all its reports by one command, and the figures counted again from the raw rows by SQL and this file alone."""

import json
import tomllib
from collections import Counter
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
import time_machine
from click.testing import CliRunner
from docx import Document
from openpyxl import load_workbook
from sqlalchemy import create_engine, text

from bot.cli import main
from tests.desk.test_reports import read
from tickets.db import database_url

SHANGHAI = ZoneInfo("Asia/Shanghai")
YEAR, MADE = 2025, datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
NAMES = tomllib.loads((Path(__file__).parents[2] / "knowledge" / "taxonomy.toml").read_text(encoding="utf-8"))
TABLES = {"表A 办理渠道": ("business_channel", "business_channel"), "表B 业务类别": ("category", "category"),
          "表C 投诉原因": ("cause", "cause"), "表D 侵害权益": ("primary_right", "right"), "表E 来源渠道": ("source", "source")}
"""Sheet, the ticket's column, and the table of names in the taxonomy."""


@pytest.mark.slow
@pytest.mark.database
def test_all_reports_of_a_synthetic_year_say_what_the_raw_rows_say(database, tmp_path, monkeypatch):
    monkeypatch.setenv("XIAOBAO_DATABASE_URL", database)
    monkeypatch.setenv("XIAOBAO_VAR_FOLDER", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    with time_machine.travel(MADE, tick=False):
        for words in (["demo", "--year", str(YEAR), "--tickets", "1500"], ["report", "all", str(YEAR), "--folder", "out"]):
            answer = CliRunner().invoke(main, words)
            assert answer.exit_code == 0, answer.output
    rows, units = raw(database)
    assert len(list(Path("out").iterdir())) == 12 + 6 + 3 + 1 + 5 + 5
    for month in range(1, 13):
        book = load_workbook(f"out/投诉分析统计表-{YEAR}-{month:02}.xlsx")
        monthly(book, *(Month(rows, *which) for which in (
            (YEAR, month), (YEAR, month - 1) if month > 1 else (YEAR - 1, 12), (YEAR - 1, month))), units)
    for quarter in range(1, 5):
        first = date(YEAR, 3 * quarter - 2, 1)
        last = (first + timedelta(days=92)).replace(day=1) - timedelta(days=1)
        before = ((first - timedelta(days=80)).replace(day=1), first - timedelta(days=1))
        kept, then = within(rows, first, last), within(rows, *before)
        bulletin(Document(f"out/消费投诉情况通报-{YEAR}-Q{quarter}.docx"), kept, then,
                 within(rows, first.replace(year=YEAR - 1), last.replace(year=YEAR - 1)))
        assessment(load_workbook(f"out/消费投诉考核-{YEAR}-Q{quarter}.xlsx"), kept, units)
    halves = [within(rows, date(year, first, 1), date(year, last, 30 if last == 6 else 31))
              for year in (YEAR - 1, YEAR) for first, last in ((1, 6), (7, 12))]
    for half in (2, 3):
        bulletin(Document(f"out/消费投诉情况通报-{YEAR}-H{half - 1}.docx"), halves[half], halves[half - 1], halves[half - 2])
    disclosure(Document(f"out/年度消费投诉信息披露-{YEAR}.docx"), halves[2] + halves[3])


def raw(address):
    """Complaints with moments in the office's time, and the unit that answers for each branch: outlets count for their parent."""
    engine = create_engine(database_url(address))
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(text("SELECT * FROM ticket WHERE kind = 'complaint'")).mappings()]
        pauses = [dict(row) for row in connection.execute(text("SELECT ticket_id, began_at, ended_at FROM pause")).mappings()]
        anew = set(connection.execute(text("SELECT ticket_id FROM event WHERE kind = 'reopened'")).scalars())
        branches = {row["id"]: row for row in connection.execute(text("SELECT id, parent_id, name, kind FROM branch")).mappings()}
    engine.dispose()
    for row in (*rows, *pauses):
        for name in {"received_at", "told_at", "due_at", "clock_from", "began_at", "ended_at"} & row.keys():
            moment = row[name]
            if isinstance(moment, str):
                moment = datetime.fromisoformat(moment)
            row[name] = moment and moment.replace(tzinfo=moment.tzinfo or ZoneInfo("UTC")).astimezone(SHANGHAI)
    for row in rows:
        row["begins"] = (row["received_at"] if row["id"] in anew else row["clock_from"]).date()
        row["pauses"] = [one for one in pauses if one["ticket_id"] == row["id"] and one["began_at"] <= row["due_at"]]
        row["flags"] = json.loads(row["flags"]) if isinstance(row["flags"], str) else row["flags"]
        row["day"] = row["received_at"].date()
    return rows, {one: branches[row["parent_id"] if row["kind"] == "outlet" else one]["name"] for one, row in branches.items()}


def within(rows, first, last):
    return [row for row in rows if first <= row["day"] <= last and row["status"] != "merged"]


class Month(list):
    """The complaints of a month, and when its open ones are looked at: the first working day after it, at midnight."""

    def __init__(self, rows, year, number):
        day = date(year + number // 12, number % 12 + 1, 1)
        super().__init__(within(rows, date(year, number, 1), day - timedelta(days=1)))
        while not chinese_calendar.is_workday(day):
            day += timedelta(days=1)
        self.cutoff = datetime.combine(day, time(), SHANGHAI)


def called(names, code):
    entry = NAMES[names][code]
    return entry.get("standard", entry["name"])


def took(row):
    """Days from the clock's beginning that no pause takes out, one by one."""
    first, last = row["begins"], row["told_at"].date()
    return sum(not any(one["began_at"].date() < day <= (one["ended_at"] or row["told_at"]).date() for one in row["pauses"])
               for day in (first + timedelta(days=n) for n in range(1, (last - first).days + 1)))


def percent(part, whole):
    """Two decimals, a half away from zero."""
    return (Decimal(100 * part) / whole).quantize(Decimal("0.01"), "ROUND_HALF_UP")


def moved(now, before):
    if not before:
        return "—"
    return f"{percent(now - before, before):+}%" + ("（基数小）" if before < 10 else "")


def plainly(now, before):
    return moved(now, before).removesuffix("（基数小）")


def share(part, whole):
    return f"{percent(part, whole)}%" if whole else "—"


def table(sheet, label=0):
    """Rows by name; 「基数小」 stands in a column of its own."""
    rows = [tuple(read(cell) for cell in row) for row in sheet.iter_rows(min_row=5)]
    return {row[label]: row for row in rows if row[label]}


def monthly(book, kept, last, year, units):
    cover = table(book["总体情况"])
    counted = {
        "投诉总量（合并后）": lambda some: len(some),
        "监管转办": lambda some: sum(row["source"] in ("r12378", "pbc") for row in some),
        "办结": lambda some: sum(row["told_at"] is not None for row in some),
        "按时办结": lambda some: sum(row["told_at"] is not None and row["told_at"] <= row["due_at"] for row in some),
        "15 日内办结": lambda some: sum(row["told_at"] is not None and took(row) <= 15 for row in some),
        "超期": lambda some: sum((row["told_at"] or some.cutoff) > row["due_at"] for row in some
                                if row["told_at"] or row["status"] not in ("withdrawn", "not_accepted", "closed")),
        "撤诉": lambda some: sum(row["status"] == "withdrawn" for row in some),
        "有责投诉": lambda some: sum(bool(row["upheld"]) and row["told_at"] is not None for row in some),
        "重复投诉（合并后）": lambda some: sum(bool(row["is_repeat"]) for row in some),
        "特殊群体投诉": lambda some: sum(bool({"elderly", "minor", "disabled"} & set(row["flags"])) for row in some),
    }
    aside = ("withdrawn", "not_accepted", "closed")
    still = any(row["told_at"] is None and row["due_at"] >= kept.cutoff and row["status"] not in aside for row in kept)
    for name, count in counted.items():
        mine, before, ago = count(kept), count(last), count(year)
        if still and name not in ("投诉总量（合并后）", "监管转办", "重复投诉（合并后）", "特殊群体投诉"):
            assert cover[name][1:6] == (mine, before, "—", ago, "—"), name
            continue
        assert cover[name][1:6] == (mine, before, plainly(mine, before), ago, plainly(mine, ago)), name
        small = [what for what, base in (("环比", before), ("同比", ago)) if 0 < base < 10]
        assert (cover[name][6] or "") == (f"{'、'.join(small)}基数小" if small else ""), name
    told = cover["办结"][1]
    assert cover["按时办结率"][1] == share(counted["按时办结"](kept), told)
    assert cover["监管转办占比"][1] == share(counted["监管转办"](kept), len(kept))
    for sheet, (field, names) in TABLES.items():
        page, here, before = table(book[sheet]), Counter(row[field] for row in kept), Counter(row[field] for row in last)
        for code in NAMES[names]:
            if code in here or called(names, code) in page:
                name = called(names, code)
                n, was = here[code], before[code]
                assert page[name][1:5] == (n, share(n, len(kept)), was, plainly(n, was)), name
        assert page["合计"][1] == len(kept)
    branches, here = table(book["表F 机构"], label=1), Counter(units.get(row["branch_id"]) for row in kept)
    assert {name: row[2] for name, row in branches.items()
            if isinstance(row[2], int) and row[2] and name not in ("未定机构", "合计")} == {
        name: n for name, n in here.items() if name}
    bands, days = table(book["表G 时限分档"]), [took(row) for row in kept if row["told_at"]]
    aside = [sum(row["status"] == status for row in kept) for status in ("withdrawn", "not_accepted")]
    assert [row[1] for row in bands.values() if isinstance(row[1], int)] == [
        sum(n <= 15 for n in days), sum(15 < n <= 30 for n in days), sum(30 < n <= 60 for n in days), sum(n > 60 for n in days),
        len(kept) - len(days) - sum(aside), *aside, 0, len(kept)]


def bulletin(paper, kept, before, year):
    said = "\n".join(one.text for one in paper.paragraphs)
    assert f"全行共收到消费投诉 {len(kept)} 件" in said
    figures = {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in paper.tables[0].rows}
    assert figures["投诉总量（合并后）"] == [str(len(kept)), str(len(before)), moved(len(kept), len(before)), str(len(year)),
                                         moved(len(kept), len(year))]
    counts = Counter(row["category"] for row in kept)
    most = max(counts.values())
    assert any(f"从业务类别看，{called('category', code)} {most} 件（占 {share(most, len(kept))}" in said
               for code, n in counts.items() if n == most)


def assessment(book, kept, units):
    item, details = "每万客户有责投诉", table(book["扣分明细"])
    counted = Counter(units[row["branch_id"]] for row in kept if row["upheld"] and row["told_at"])
    said = {name.partition("：")[0]: row[1] for name, row in details.items() if name.endswith(f"：{item}") and row[1]}
    assert said == counted and said


def disclosure(paper, kept):
    said = "\n".join(one.text for one in paper.paragraphs)
    assert f"全行共收到消费投诉 {len(kept)} 件" in said
    for field, one in zip(("business_channel", "category", "cause"), paper.tables[1:4], strict=True):
        shown = {row.cells[0].text: row.cells[1].text for row in one.rows}
        for code, n in Counter(row[field] for row in kept).items():
            assert shown[called(field, code)] == str(n)
