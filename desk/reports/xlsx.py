"""A report as a workbook: one page a table, native charts, the definitions as footnotes, and no cell that begins a formula."""

import re
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.chart import Reference
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from desk.reports import charts
from desk.reports.blocks import Report, Sheet
from desk.table_file import FONT, GREEN, literal
from tickets.statistics import Reckoned


def workbook(report: Report) -> bytes:
    """Made from the same rows it is the same file: no moment of making is written into it."""
    book = Workbook()
    book.remove(book.active)
    last = report.period.last
    stamp = datetime(last.year, last.month, last.day)
    book.properties.creator, book.properties.title = "消保小助手", report.title
    book.properties.created = book.properties.modified = stamp
    for sheet in report.sheets:
        _draw(book.create_sheet(sheet.title), sheet, report)
    kept = BytesIO()
    book.save(kept)
    return settled(kept.getvalue(), stamp)


THIN = Border(*(Side(style="thin", color="BFC7CF"),) * 4)
WIDE, NARROW = 36, 17  # columns, in characters


def _draw(page: Worksheet, sheet: Sheet, report: Report) -> None:
    page["A1"] = plain(report.title)
    page["A1"].font = Font(name=FONT, size=14, bold=True)
    page["A2"] = plain(f"{sheet.title}（统计期间：{report.period.first} 至 {report.period.last}）")
    page["A2"].font = Font(name=FONT, size=10, color="5A6875")
    page["A3"] = plain(report.head)
    page["A3"].font = Font(name=FONT, size=10, color="5A6875")
    notes = [small(sheet, values) for values in sheet.rows]
    lines: list[tuple[Any, ...]] = [sheet.columns, *sheet.rows]
    if any(notes):
        lines = [(*values, note) for values, note in zip(lines, ("备注", *notes), strict=True)]
    width = len(lines[0])
    for row, values in enumerate(lines, 4):
        for column, value in enumerate(values, 1):
            cell = page.cell(row, column, plain(value))
            cell.font = Font(name=FONT, size=10, bold=row == 4, color="FFFFFF" if row == 4 else "1B2733")
            cell.border = THIN
            left = column - 1 in sheet.wide or column - 1 == sheet.label
            cell.alignment = Alignment(horizontal="center" if row == 4 else "left" if left else side(value), vertical="center",
                                       wrap_text=row == 4 or left)
            if row == 4:
                cell.fill = PatternFill("solid", fgColor=GREEN)
            if isinstance(value, float):
                cell.number_format = "0.00"
            elif isinstance(value, Reckoned):
                cell.number_format = value.shape
    below = len(sheet.rows) + 6
    if report.foot:
        page.cell(below, 1, plain(report.foot)).font = Font(name=FONT, size=10)
        below += 2
    for line, note in enumerate(report.notes, below):
        page.cell(line, 1, plain(note)).font = Font(name=FONT, size=9, color="5A6875")
    for column in range(1, width + 1):
        wide = column - 1 in sheet.wide or column - 1 == sheet.label
        page.column_dimensions[get_column_letter(column)].width = WIDE if wide else NARROW
    page.freeze_panes = page.cell(5, sheet.label + 2)
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.page_setup.fitToHeight, page.sheet_properties.pageSetUpPr.fitToPage = 0, True
    page.print_title_rows = "4:4"
    if sheet.chart is not None and sheet.bars:
        chart, last = charts.blank(sheet, font=FONT), 4 + sheet.bars
        chart.add_data(Reference(page, min_col=sheet.chart, min_row=4, max_row=last), titles_from_data=True)
        chart.set_categories(Reference(page, min_col=sheet.label + 1, min_row=5, max_row=last))
        charts.paint(chart)
        page.add_chart(chart, f"{get_column_letter(width + 2)}4" if width < 10 else f"B{below + len(report.notes) + 2}")


def side(value: Any) -> str:
    """Figures stand to the right, words in the middle."""
    return "right" if isinstance(value, (int, float, Reckoned)) or FIGURE.match(value) else "center"


def plain(value: Any) -> Any:
    """Our own figures are numbers to be reckoned with; what a customer or a branch wrote stays text, also where it is "+3.20%"."""
    return value.value if isinstance(value, Reckoned) else literal(value)


def small(sheet: Sheet, values: tuple[Any, ...]) -> str:
    """「环比、同比基数小」: what is noted of a row, in a column of its own, so that the figures stay numbers."""
    named = [name for name, value in zip(sheet.columns, values, strict=True) if isinstance(value, Reckoned) and value.small]
    return f"{'、'.join(named)}基数小" if named else ""


FIGURE = re.compile(r"(?<!\d)[+-]?\d+(\.\d+)?(%|$| 个百分点)|—$|$")
MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def settled(book: bytes, stamp: datetime) -> bytes:
    """The same archive without the moment of its making, so that the same figures are the same file, byte for byte."""
    kept = BytesIO()
    with ZipFile(BytesIO(book)) as old, ZipFile(kept, "w", ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            body = old.read(name)
            if name == "docProps/core.xml":
                body = MODIFIED.sub(rb"\g<1>" + stamp.strftime("%Y-%m-%dT00:00:00Z").encode(), body)
            new.writestr(ZipInfo(name, (1980, 1, 1, 0, 0, 0)), body, ZIP_DEFLATED)
    return kept.getvalue()
