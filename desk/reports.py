"""The monthly table for the regulator: sheets from tickets/statistics.py, native charts, and the definitions as footnotes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy.orm import Session

from knowledge.base import Knowledge
from tickets import statistics
from tickets.statistics import Period, change, rate

FONT = "宋体"
NOTES = (
    "口径：按收到日（北京时间）统计投诉，不含咨询、建议、表扬；合并办理的重复投诉只在「合并前」计入。",
    "办结指已作出决定且已告知；办结率＝办结／本期应办结；按时办结率＝按时办结／办结。",
    "分母为 0 显示「—」；基数不足 10 件的同比、环比注明「基数小」；百分比四舍五入，合计可能不为 100%。",
)


@dataclass(frozen=True)
class Sheet:
    """One table of a report: a title, column names, rows; `chart` names the column to draw, if any."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    chart: int | None = None


def monthly(session: Session, knowledge: Knowledge, period: Period, *, at: datetime) -> list[Sheet]:
    """All tables of a period, as plain rows that a page can preview and a workbook can hold."""
    names = {"category": knowledge.taxonomy.category, "cause": knowledge.taxonomy.cause, "right": knowledge.taxonomy.right,
             "channel": knowledge.taxonomy.business_channel, "source": knowledge.taxonomy.source}
    base = statistics.received(period)
    sheets = [_cover(session, knowledge, period, at=at)]
    for title, group in (("表A 办理渠道", "channel"), ("表B 业务类别", "category"), ("表C 投诉原因", "cause"),
                         ("表D 侵害权益", "right"), ("表E 来源渠道", "source")):
        sheets.append(_grouped(session, title, group, names[group], period))
    sheets.append(_crossed(session, knowledge, base))
    sheets.append(_branches(session, period))
    return sheets


def _cover(session: Session, knowledge: Knowledge, period: Period, *, at: datetime) -> Sheet:
    regulators = [code for code, kind in knowledge.taxonomy.source.items() if kind.regulator]
    now, last, year = (statistics.counted(session, statistics.figures(p, regulators=regulators, at=at))
                       for p in (period, period.before(), period.year_before()))
    mean, median = statistics.days_taken(session, statistics.received(period))
    rows: list[tuple[Any, ...]] = [
        (name, now[key], change(now[key], last[key]), change(now[key], year[key])) for key, name in COUNTS.items()]
    for key, name in RATES.items():
        part, whole = statistics.RATES[key]
        rows.append((name, *(rate(counts[part], counts[whole]) for counts in (now, last, year))))
    rows += [("平均办结天数", _days(mean), "", ""), ("办结天数中位数", _days(median), "", "")]
    return Sheet("总体情况", ("指标", "本期", "环比（率为上期值）", "同比（率为上年同期值）"), tuple(rows))


COUNTS = {"total": "投诉总量（合并后）", "total_unmerged": "投诉总量（合并前）", "regulator": "监管转办", "done": "办结",
          "open": "在途", "overdue": "超期", "extended": "延期（30 日）", "extended_twice": "再延期（60 日）", "repeat": "重复投诉",
          "withdrawn": "撤诉", "review": "申请核查", "overturned": "核查改变决定", "upheld": "有责投诉", "grave": "重大投诉"}
RATES = {"regulator_share": "监管转办占比", "done_rate": "办结率", "on_time_rate": "按时办结率", "extended_rate": "延期率",
         "repeat_rate": "重复投诉率", "upheld_rate": "有责投诉率", "review_rate": "核查申请率", "overturned_rate": "核查推翻率",
         "once_rate": "一次解决率", "pleased_rate": "满意度", "withdrawn_rate": "撤诉率"}


def _days(value: float | None) -> str:
    return "—" if value is None else f"{value:.1f}"


def _grouped(session: Session, title: str, group: str, names: Mapping[str, Any], period: Period) -> Sheet:
    """Every code of the taxonomy is a row, also those without a ticket: the regulator's table has no holes."""
    now, last, year = (statistics.by(session, statistics.received(p), group)
                       for p in (period, period.before(), period.year_before()))
    total = sum(now.values())
    codes = [*names, *([None] if any(None in counts for counts in (now, last, year)) else [])]
    rows = [(names[code].name if code else "未填", now.get(code, 0), rate(now.get(code, 0), total),
             change(now.get(code, 0), last.get(code, 0)), change(now.get(code, 0), year.get(code, 0))) for code in codes]
    rows.append(("合计", total, rate(total, total), change(total, sum(last.values())), change(total, sum(year.values()))))
    return Sheet(title, ("项目", "件数", "占比", "环比", "同比"), tuple(rows), chart=2)


def _crossed(session: Session, knowledge: Knowledge, base: Any) -> Sheet:
    causes = knowledge.taxonomy.cause
    cells = statistics.crossed(session, base, "category", "cause")
    rows = [(kind.name, *(cells.get((code, cause), 0) for cause in causes),
             sum(n for (category, _), n in cells.items() if category == code))
            for code, kind in knowledge.taxonomy.category.items()]
    return Sheet("表B×C 类别与原因", ("业务类别", *(kind.name for kind in causes.values()), "合计"), tuple(rows))


def _branches(session: Session, period: Period) -> Sheet:
    names = statistics.branch_names(session)
    now, last = (statistics.by(session, statistics.received(p), "branch") for p in (period, period.before()))
    rows = [(n, names.get(branch, "未定机构"), count, change(count, last.get(branch, 0)))
            for n, (branch, count) in enumerate(now.items(), 1)]
    return Sheet("表F 机构", ("排名", "机构", "件数", "环比"), tuple(rows))


def workbook(sheets: list[Sheet], *, title: str, period: Period) -> bytes:
    """The report as XLSX. Made from the same rows it is the same file: no moment of making is written into it."""
    book = Workbook()
    book.remove(book.active)
    stamp = datetime(period.last.year, period.last.month, period.last.day)
    book.properties.creator, book.properties.title = "消保小助手", title
    book.properties.created = book.properties.modified = stamp
    for sheet in sheets:
        _draw(book.create_sheet(sheet.title), sheet, title, period)
    kept = BytesIO()
    book.save(kept)
    return _settled(kept.getvalue(), stamp)


THIN = Border(*(Side(style="thin", color="BFC7CF"),) * 4)
HEAD = PatternFill("solid", fgColor="0B5D4E")


def _draw(page: Worksheet, sheet: Sheet, title: str, period: Period) -> None:
    page["A1"] = f"{title}　{sheet.title}"
    page["A1"].font = Font(name=FONT, size=15, bold=True)
    page["A2"] = f"统计期间：{period.first:%Y-%m-%d} 至 {period.last:%Y-%m-%d}"
    page["A2"].font = Font(name=FONT, size=10, color="5A6875")
    for column, name in enumerate(sheet.columns, 1):
        cell = page.cell(4, column, name)
        cell.font, cell.fill, cell.border = Font(name=FONT, bold=True, color="FFFFFF"), HEAD, THIN
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    for line, row in enumerate(sheet.rows, 5):
        for column, value in enumerate(row, 1):
            cell = page.cell(line, column, plain(value))
            cell.font, cell.border = Font(name=FONT), THIN
            cell.alignment = Alignment(horizontal="left" if column == 1 else "right")
    for line, note in enumerate(NOTES, len(sheet.rows) + 6):
        page.cell(line, 1, note).font = Font(name=FONT, size=9, color="5A6875")
    page.column_dimensions["A"].width = 30
    for column in range(2, len(sheet.columns) + 1):
        page.column_dimensions[get_column_letter(column)].width = 16
    page.freeze_panes = "B5"
    if sheet.chart is not None and sheet.rows:
        page.add_chart(_chart(page, sheet), f"{get_column_letter(len(sheet.columns) + 2)}4")


def _chart(page: Worksheet, sheet: Sheet) -> BarChart:
    chart, last = BarChart(), 4 + len(sheet.rows) - 1  # the sum's row is not drawn
    chart.type, chart.style, chart.title, chart.legend = "bar", 10, sheet.title, None
    chart.add_data(Reference(page, min_col=sheet.chart, min_row=4, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(page, min_col=1, min_row=5, max_row=last))
    chart.x_axis.scaling.orientation = "maxMin"
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.height, chart.width = 10, 16
    return chart


def plain(value: Any) -> Any:
    """No cell may begin a formula: what a customer or a branch wrote is text and stays text. Our own "+3.20%" is no formula."""
    if not isinstance(value, str) or not value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return value
    return value if PERCENT.fullmatch(value) else "'" + value


PERCENT = re.compile(r"[+-]\d+\.\d\d%(（基数小）)?")
MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def _settled(book: bytes, stamp: datetime) -> bytes:
    """The same archive without the moment of its making, so that the same figures are the same file, byte for byte."""
    kept = BytesIO()
    with ZipFile(BytesIO(book)) as old, ZipFile(kept, "w", ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            body = old.read(name)
            if name == "docProps/core.xml":
                body = MODIFIED.sub(rb"\g<1>" + stamp.strftime("%Y-%m-%dT00:00:00Z").encode(), body)
            new.writestr(ZipInfo(name, (1980, 1, 1, 0, 0, 0)), body, ZIP_DEFLATED)
    return kept.getvalue()
