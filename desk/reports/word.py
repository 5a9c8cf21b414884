"""A report as a Word document in the fonts of an office's papers, with tables and native charts whose figures can be edited."""

from datetime import datetime
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph
from openpyxl import Workbook
from openpyxl.xml.functions import tostring

from desk.reports import charts
from desk.reports.blocks import Report, Sheet, Text, shown
from desk.reports.xlsx import plain, settled, side

TITLE_FONT, HEADING_FONT, SUB_FONT, BODY_FONT, LATIN_FONT = "宋体", "黑体", "楷体", "仿宋", "Times New Roman"
BODY = Pt(15)
SHORT = ("排名", "件数", "有责", "重复", "超期")
TEXT_WIDTH = 8957  # twentieths of a point: 21 cm less both margins
STYLES: dict[str, dict[str, Any]] = {
    "title": {"font": TITLE_FONT, "size": Pt(20), "bold": True, "centre": True, "after": 16, "level": 0},
    "heading": {"font": HEADING_FONT, "size": Pt(16), "before": 10, "level": 1},
    "sub": {"font": SUB_FONT, "bold": True, "size": BODY, "level": 2},
    "text": {"font": BODY_FONT, "size": BODY, "indent": True},
    "caption": {"font": HEADING_FONT, "size": Pt(11), "centre": True, "before": 8, "keep": True},
    "signed": {"font": BODY_FONT, "size": BODY, "right": True, "keep": True},
    "note": {"font": BODY_FONT, "size": Pt(10.5)}}
CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHARTS = "http://schemas.openxmlformats.org/drawingml/2006/chart"


def document(report: Report, *, notes: str) -> bytes:
    """Made from the same report it is the same file. `notes` heads the definitions at the end."""
    made = Document()
    _page(made, report)
    _line(made, report.title, **STYLES["title"])
    drawn = 0
    for block in report.blocks:
        if isinstance(block, Text):
            _line(made, block.text, **STYLES[block.kind])
            continue
        _line(made, block.title, **STYLES["caption"])
        _table(made, block)
        if block.chart is not None and block.bars:
            drawn += 1
            _chart(made, block, drawn, report)
    for line in report.signed:
        _line(made, line, **STYLES["signed"])
    _line(made, notes, **STYLES["heading"])
    for note in report.notes:
        _line(made, note, **STYLES["note"])
    kept = BytesIO()
    made.save(kept)
    return settled(kept.getvalue(), _stamp(report))


def _stamp(report: Report) -> datetime:
    return datetime(report.period.last.year, report.period.last.month, report.period.last.day)


def _page(made: Any, report: Report) -> None:
    section = made.sections[0]
    section.orientation, section.page_width, section.page_height = WD_ORIENT.PORTRAIT, Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = Cm(3), Cm(2.6), Cm(2.6), Cm(2.6)
    properties = made.core_properties
    properties.title, properties.author, properties.last_modified_by, properties.comments = report.title, "消保小助手", "", ""
    properties.created = properties.modified = _stamp(report)
    normal = made.styles["Normal"]
    normal.font.name, normal.font.size = LATIN_FONT, BODY
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY_FONT)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for kind, words in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = foot.add_run()
        _letter(run, BODY_FONT, Pt(10))
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = words
        run._element.append(part)


def _line(made: Any, words: str, *, font: str, size: Pt, bold: bool = False, centre: bool = False, right: bool = False,
          indent: bool = False, before: int = 0, after: int = 0, keep: bool = False, level: int | None = None) -> Paragraph:
    paragraph = made.add_paragraph()
    shape = paragraph.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.MULTIPLE, 1.35
    shape.space_before, shape.space_after = Pt(before), Pt(after)
    shape.keep_with_next = keep or level is not None
    if indent:
        shape.first_line_indent = size * 2
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if centre:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if level is not None:  # so that Word's navigation and screen readers find their way
        outline = OxmlElement("w:outlineLvl")
        outline.set(qn("w:val"), str(level))
        paragraph._element.get_or_add_pPr().append(outline)
    _letter(paragraph.add_run(_shown(words)), font, size, bold=bold)
    return paragraph


def _letter(run: Any, font: str, size: Pt, *, bold: bool = False) -> None:
    """Word takes Chinese characters from `eastAsia`: naming the font alone would change nothing."""
    run.bold, run.font.size, run.font.name = bold, size, LATIN_FONT
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _shown(words: str) -> str:
    return "".join(char for char in words if char.isprintable())  # XML knows no control characters


def _table(made: Any, sheet: Sheet) -> None:
    """Written as XML in one piece: cell by cell through python-docx a bulletin takes seconds."""
    widths = _widths(sheet)
    size = 20 if len(sheet.columns) < 9 else 16  # half points
    rows = [_row(sheet, sheet.columns, widths, size, head=True), *(_row(sheet, row, widths, size) for row in sheet.rows)]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    made.element.body.insert(-1, parse_xml(  # before the section's own properties, which stay last
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        '<w:jc w:val="center"/><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="50" w:type="dxa"/>'
        '<w:right w:w="50" w:type="dxa"/></w:tblCellMar><w:tblLook w:val="04A0"/></w:tblPr>'
        f'<w:tblGrid>{grid}</w:tblGrid>{"".join(rows)}</w:tbl>'))
    made.add_paragraph().paragraph_format.space_after = Pt(2)


def _widths(sheet: Sheet) -> list[int]:
    """The page's width shared out by what stands in the columns, in twentieths of a point."""
    share = []
    for place, name in enumerate(sheet.columns):
        broadest = max(_broad(shown(row[place])) for row in (sheet.columns, *sheet.rows))
        most = 40 if place in sheet.wide or place == sheet.label else 16
        share.append(8 if name in SHORT else max(9, min(most, 3 + broadest)))
    return [int(TEXT_WIDTH * one / sum(share)) for one in share]


def _broad(words: str) -> int:
    """How broad a text is, a Chinese character counting two."""
    return sum(2 if ord(char) > 0x2E80 else 1 for char in words)


def _row(sheet: Sheet, values: tuple[Any, ...], widths: list[int], size: int, *, head: bool = False) -> str:
    cells, font = [], HEADING_FONT if head else TITLE_FONT
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="0B5D4E"/>' if head else ""
    colour = '<w:color w:val="FFFFFF"/>' if head else ""
    for place, (value, width) in enumerate(zip(values, widths, strict=True)):
        where = "center" if head else "left" if place == sheet.label or place in sheet.wide else side(value)
        cells.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}<w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr>'
            f'<w:spacing w:before="30" w:after="30"/><w:jc w:val="{where}"/></w:pPr>'
            f'<w:r><w:rPr><w:rFonts w:ascii="{LATIN_FONT}" w:hAnsi="{LATIN_FONT}" w:eastAsia="{font}"/>{colour}'
            f'<w:sz w:val="{size}"/></w:rPr><w:t xml:space="preserve">{escape(_shown(shown(value)))}</w:t></w:r></w:p></w:tc>')
    first = "<w:trPr><w:cantSplit/>" + ("<w:tblHeader/>" if head else "") + "</w:trPr>"
    return f"<w:tr>{first}{''.join(cells)}</w:tr>"


def _chart(made: Any, sheet: Sheet, number: int, report: Report) -> None:
    """The chart as a part of its own, with the workbook beside it that Word opens for 「编辑数据」."""
    chart = charts.whole(sheet, font=TITLE_FONT, page="数据")
    tree = chart._write()
    package = made.part.package
    book = Part(PackURI(f"/word/embeddings/chart{number}.xlsx"), BOOK_TYPE, _book(sheet, report), package)
    holder = Part(PackURI(f"/word/charts/chart{number}.xml"), CHART_TYPE, b"", package)
    book_id = holder.relate_to(book, RELATIONSHIP_TYPE.PACKAGE)
    outside = parse_xml(f'<c:externalData xmlns:c="{CHARTS}" {nsdecls("r")} r:id="{book_id}"><c:autoUpdate val="0"/>'
                        '</c:externalData>')
    holder._blob = _with(tostring(tree), outside)
    made.add_paragraph().alignment = WD_ALIGN_PARAGRAPH.CENTER
    wide, high = Cm(chart.width), Cm(chart.height)
    made.paragraphs[-1].add_run()._element.append(parse_xml(
        f'<w:drawing {nsdecls("w", "wp", "a", "r")}><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{wide}" cy="{high}"/><wp:docPr id="{100 + number}" name="图 {number}" descr={_heard(sheet)}/>'
        f'<wp:cNvGraphicFramePr/><a:graphic><a:graphicData uri="{CHARTS}"><c:chart xmlns:c="{CHARTS}" '
        f'r:id="{made.part.relate_to(holder, RELATIONSHIP_TYPE.CHART)}"/></a:graphicData></a:graphic></wp:inline></w:drawing>'))


def _with(body: bytes, child: Any) -> bytes:
    tree = parse_xml(body)
    tree.append(child)
    return b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + tostring(tree)


def _book(sheet: Sheet, report: Report) -> bytes:
    book = Workbook()
    page = book.active
    page.title = "数据"
    for row in (sheet.columns, *sheet.rows[:sheet.bars]):
        page.append([plain(value) for value in row])
    book.properties.created = book.properties.modified = _stamp(report)
    kept = BytesIO()
    book.save(kept)
    return settled(kept.getvalue(), _stamp(report))


def _heard(sheet: Sheet) -> str:
    """What the chart shows, for those who hear it, as an attribute."""
    drawn = "，".join(f"{row[sheet.label]} {row[sheet.chart - 1]}" for row in sheet.rows[:sheet.bars])
    return quoteattr(_shown(f"{sheet.title}：{drawn}"))
