"""The empty XLSX that the office fills in: our headers, lists to choose from, one sheet that intake_sheet.py reads back."""

import io
from collections.abc import Mapping

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from knowledge.base import Taxonomy
from knowledge.tables import Kind
from tickets.intake_sheet import CUSTOMER_TYPES, GROUPS, HEADERS, KINDS_BY_SHEET, MOST_ROWS, REQUIRED


def blank_sheet(taxonomy: Taxonomy) -> bytes:
    """The file's bytes. Required headers are red; every cell with a fixed set of values offers them."""
    book = Workbook()
    sheet = book.active
    sheet.title = "投诉"
    sheet.append(HEADERS)
    for place, header in enumerate(HEADERS, 1):
        cell = sheet.cell(1, place)
        cell.font = Font(bold=True, color="C00000" if header in REQUIRED else "000000")
        sheet.column_dimensions[get_column_letter(place)].width = 60 if header == "投诉内容" else 18
    sheet.freeze_panes = "A2"
    lists = book.create_sheet("可选值")
    choices = {"来源": names(taxonomy.source), "业务类别": names(taxonomy.category), "投诉原因": names(taxonomy.cause),
               "办理渠道": names(taxonomy.business_channel), "客户类型": list(CUSTOMER_TYPES)[:2], "特殊群体": list(GROUPS)[:3],
               "紧急程度": names(taxonomy.urgency), "工单类型": [taxonomy.ticket_kind[code].name for code in KINDS_BY_SHEET]}
    for place, (header, values) in enumerate(choices.items(), 1):
        letter = get_column_letter(place)
        for line, name in enumerate([header, *values], 1):
            lists.cell(line, place, name)
        rule = DataValidation(type="list", formula1=f"可选值!${letter}$2:${letter}${len(values) + 1}", allow_blank=True)
        sheet.add_data_validation(rule)
        column = get_column_letter(HEADERS.index(header) + 1)
        rule.add(f"{column}2:{column}{MOST_ROWS + 1}")
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def names(kinds: Mapping[str, Kind]) -> list[str]:
    return [kind.name for kind in kinds.values()]
