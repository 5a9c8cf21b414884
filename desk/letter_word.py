"""The letter of decision as a Word document, in the fonts and measures of 《党政机关公文格式》."""

import io
from collections.abc import Iterable
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph

TITLE_FONT, HEADING_FONT, BODY_FONT = "宋体", "黑体", "仿宋"
LATIN_FONT = "Times New Roman"
TITLE_SIZE, BODY_SIZE = Pt(22), Pt(16)  # 二号、三号, as in 《党政机关公文格式》
LINE = Pt(28)
STYLES: dict[str, dict[str, Any]] = {
    "title": {"font": TITLE_FONT, "size": TITLE_SIZE, "bold": True, "align": WD_ALIGN_PARAGRAPH.CENTER, "indent": False},
    "number": {"align": WD_ALIGN_PARAGRAPH.RIGHT, "indent": False}, "dear": {"indent": False}, "text": {},
    "heading": {"font": HEADING_FONT}, "sign": {"align": WD_ALIGN_PARAGRAPH.RIGHT, "indent": False}}


def document(title: str, lines: Iterable[tuple[str, str]]) -> bytes:
    """`lines`: kind of a paragraph (one of STYLES) and its text."""
    made = Document()
    _page(made, title)
    for kind, text in lines:
        _line(made, text, **STYLES[kind])
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def _page(document: Document, title: str) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = Cm(3.7), Cm(3.5), Cm(2.8), Cm(2.6)
    document.core_properties.title = title
    document.core_properties.author = ""
    style = document.styles["Normal"]
    style.font.name, style.font.size = LATIN_FONT, BODY_SIZE
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY_FONT)


def _line(document: Document, text: str, *, font: str = BODY_FONT, size: Pt = BODY_SIZE, bold: bool = False,
          align: WD_ALIGN_PARAGRAPH | None = None, indent: bool = True) -> Paragraph:
    """One paragraph; Word takes Chinese characters from `eastAsia`, so naming the font alone would change nothing."""
    paragraph = document.add_paragraph()
    shape = paragraph.paragraph_format
    shape.line_spacing_rule, shape.line_spacing, shape.space_after = WD_LINE_SPACING.EXACTLY, LINE, Pt(0)
    if indent:
        shape.first_line_indent = size * 2
    if align is not None:
        paragraph.alignment = align
    run = paragraph.add_run("".join(char for char in text if char.isprintable()))  # XML knows no control characters
    run.bold, run.font.size, run.font.name = bold, size, LATIN_FONT
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if size == TITLE_SIZE:
        shape.line_spacing, shape.space_after = Pt(36), Pt(14)
    return paragraph
