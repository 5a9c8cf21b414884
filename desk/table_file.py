"""Plain tables as a workbook to take away: a page a table, a bold head, and no cell that begins a formula."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any
from urllib.parse import quote

from fastapi import Response

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FONT = "宋体"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
GREEN = "0B5D4E"  # behind a head


@dataclass(frozen=True)
class Share:
    """A part of a whole; in a workbook a number that can be reckoned with, shown as a percentage."""

    value: float


def share(part: int, whole: int) -> Share | str:
    """Of nothing there is no share."""
    return Share(part / whole) if whole else "—"


def percent(share: Share | str) -> str:
    """As it is written on a page."""
    return f"{share.value:.1%}" if isinstance(share, Share) else share


@dataclass(frozen=True)
class Table:
    """`wide` columns (counted from 0) hold sentences and are broken into lines."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    wide: tuple[int, ...] = ()


def book(heading: str, tables: Sequence[Table], notes: Sequence[str] = ()) -> bytes:
    """The workbook as bytes. What writes it (17 MB) is loaded when the first is made."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    head = PatternFill("solid", fgColor=GREEN)
    titles, cells = Font(name=FONT, size=10, bold=True, color="FFFFFF"), Font(name=FONT, size=10, color="1B2733")
    right, left = (Alignment(vertical="center", horizontal=where) for where in ("right", "left"))
    broken = Alignment(vertical="center", horizontal="left", wrap_text=True)
    made = Workbook()
    made.remove(made.active)
    made.properties.creator, made.properties.title = "消保小助手", heading
    for table in tables:
        page = made.create_sheet(table.title)
        page["A1"] = literal(heading if table.title in heading else f"{heading}　{table.title}")
        page["A1"].font = Font(name=FONT, size=14, bold=True)
        for line, values in enumerate([table.columns, *table.rows], 3):
            for column, value in enumerate(values, 1):
                cell = page.cell(line, column, value.value if isinstance(value, Share) else literal(value))
                if (shape := _shape(value)) is not None:
                    cell.number_format = shape
                cell.font = titles if line == 3 else cells
                number = line > 3 and isinstance(value, int | float | Share)
                cell.alignment = right if number else broken if column - 1 in table.wide else left
                if line == 3:
                    cell.fill = head
        for line, note in enumerate(notes, len(table.rows) + 5):
            page.cell(line, 1, literal(note)).font = Font(name=FONT, size=9, color="5A6875")
        for column in range(len(table.columns)):
            page.column_dimensions[get_column_letter(column + 1)].width = 52 if column in table.wide else 15
        page.freeze_panes = "A4"
    kept = BytesIO()
    made.save(kept)
    return kept.getvalue()


def _shape(value: Any) -> str | None:
    """How a spreadsheet is to show what is no text."""
    if isinstance(value, Share):
        return "0.0%"
    if isinstance(value, datetime):
        return "yyyy-mm-dd hh:mm"
    return "yyyy-mm-dd" if isinstance(value, date) else None


def literal(value: Any) -> Any:
    """What people wrote is text and stays text: no cell may begin a formula, and a workbook knows no control characters."""
    if not isinstance(value, str):
        return value
    value = "".join(char for char in value if char.isprintable() or char in "\n\t")
    return "'" + value if value.startswith(FORMULA) else value


def attachment(body: bytes, name: str) -> Response:
    """Under its Chinese name; what knows only ASCII calls it `table.xlsx`."""
    return Response(body, media_type=XLSX, headers={
        "content-disposition": f"attachment; filename=\"table.xlsx\"; filename*=UTF-8''{quote(name, safe='')}"})
