"""No file that leaves the house holds a cell that a spreadsheet would run: every writer of tables, given formulas everywhere."""

import csv
import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from bot.rows_out import write_rows
from desk import table_file
from desk.reports import word, xlsx
from desk.reports.blocks import Report, Sheet, Text
from knowledge.base import load
from tickets.periods import read_period
from tickets.sheet_template import blank_sheet

ROOT = Path(__file__).parent.parent
EVIL = ("=1+1", "=cmd|' /C calc'!A0", "+1+cmd", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://a.example","x")')
STARTS = ("=", "+", "-", "@", "\t", "\r")


def rows_out(folder: Path, suffix: str) -> bytes:
    path = folder / f"out{suffix}"
    write_rows([{"id": text, "text": text, "list": [text]} for text in EVIL], str(path))
    return path.read_bytes()


def report() -> Report:
    period = read_period("2026-Q3")
    sheet = Sheet("表", ("=A1", *EVIL[:2]), tuple((text, n, text) for n, text in enumerate(EVIL)), chart=2)
    return Report("quarterly", "2026-Q3", "=1+1", period, (Text("heading", "一"), sheet), notes=EVIL)


WRITERS = {
    "bot/rows_out.py": lambda folder: rows_out(folder, ".xlsx"),
    "desk/table_file.py": lambda folder: table_file.book(EVIL[0], [table_file.Table("表", EVIL, [EVIL, EVIL])], EVIL),
    "desk/reports/xlsx.py": lambda folder: xlsx.workbook(report()),
    "desk/reports/word.py": lambda folder: word._book(report().sheets[0], report()),
    "tickets/sheet_template.py": lambda folder: blank_sheet(load().taxonomy),
}


def test_every_module_that_writes_tables_is_tried_here():
    makes = re.compile(r"Workbook\(|csv\.(?:writer|DictWriter)\(")
    found = {path.relative_to(ROOT).as_posix() for room in ("bot", "desk", "tickets", "nlp", "knowledge")
             for path in (ROOT / room).rglob("*.py") if makes.search(path.read_text(encoding="utf-8"))}
    assert found == set(WRITERS)


@pytest.mark.parametrize("name", WRITERS)
def test_no_cell_of_a_workbook_is_a_formula(name, tmp_path):
    body = WRITERS[name](tmp_path)
    cells = [cell for page in load_workbook(BytesIO(body)) for row in page.iter_rows() for cell in row if cell.value is not None]
    assert cells
    assert [(cell.coordinate, cell.value) for cell in cells if cell.data_type == "f"] == []
    assert [cell.value for cell in cells if isinstance(cell.value, str) and cell.value.startswith(STARTS)] == []
    with ZipFile(BytesIO(body)) as archive:
        assert not [one for one in archive.namelist() if "externalLink" in one or "vbaProject" in one]
        assert not any(b"<f>" in archive.read(one) for one in archive.namelist() if one.startswith("xl/worksheets/"))


def test_no_cell_of_a_csv_is_a_formula(tmp_path):
    rows = list(csv.reader(rows_out(tmp_path, ".csv").decode("utf-8-sig").splitlines()))
    assert len(rows) > len(EVIL)
    assert [cell for row in rows for cell in row if cell.startswith(STARTS)] == []


def test_a_report_in_word_holds_words_of_customers_as_text_only():
    hostile = '</w:t><w:instrText>DDEAUTO c:\\\\x</w:instrText><script>&"\'\x01\x0b'
    made = report()
    sheet = replace(made.sheets[0], rows=tuple((hostile, n, hostile) for n in range(3)))
    blocks = (Text("heading", hostile), Text("text", hostile), sheet)
    body = word.document(replace(made, title="季度", blocks=blocks), notes=hostile)
    with ZipFile(BytesIO(body)) as archive:
        shown = archive.read("word/document.xml").decode()
        targets = "".join(archive.read(one).decode() for one in archive.namelist() if one.endswith(".rels"))
    assert "DDEAUTO" in shown and "<w:instrText>DDEAUTO" not in shown and "<script" not in shown
    assert 'TargetMode="External"' not in targets


def test_a_control_character_spoils_no_table_and_hides_no_formula():
    body = table_file.book("考试", [table_file.Table("成绩", ("姓名",), [("\x00=1+1",), ("+3\x0b",)])])
    page = load_workbook(BytesIO(body))["成绩"]
    assert [page.cell(row, 1).value for row in (4, 5)] == ["'=1+1", "'+3"]
