"""告知书: the letter of decision as a Word document, with the parts that 第三号令第十九条 requires and an office's fonts.

Findings, basis and reasons, and the remedies (核查、调解、仲裁、诉讼). It is deterministic: the same ticket gives the same words.
"""

import io
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph

from knowledge.base import Knowledge
from tickets.models import Ticket
from tickets.numbers import SHANGHAI
from tickets.telling import Enclosure

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TITLE_FONT, HEADING_FONT, BODY_FONT = "宋体", "黑体", "仿宋"
LATIN_FONT = "Times New Roman"
TITLE_SIZE, BODY_SIZE = Pt(22), Pt(16)  # 二号、三号, as in 《党政机关公文格式》
LINE = Pt(28)
STYLES: dict[str, dict[str, Any]] = {
    "title": {"font": TITLE_FONT, "size": TITLE_SIZE, "bold": True, "align": WD_ALIGN_PARAGRAPH.CENTER, "indent": False},
    "number": {"align": WD_ALIGN_PARAGRAPH.RIGHT, "indent": False}, "dear": {"indent": False}, "text": {},
    "heading": {"font": HEADING_FONT}, "sign": {"align": WD_ALIGN_PARAGRAPH.RIGHT, "indent": False}}


@dataclass(frozen=True)
class Line:
    """One paragraph of the letter. Kinds: title, number, dear, text, heading, sign."""

    kind: str
    text: str


def lines_of(ticket: Ticket, knowledge: Knowledge, *, bank: str, hotline: str = "") -> list[Line]:
    """What the letter of a decided ticket says, in Word and on the screen, signed on the day of the decision in Shanghai."""
    word = knowledge.wording
    source = knowledge.taxonomy.source.get(ticket.source)
    category = knowledge.taxonomy.category.get(ticket.category or "") or knowledge.taxonomy.ticket_kind[ticket.kind]
    lines = [Line("title", word("letter.title")), Line("number", word("letter.number", number=ticket.number)),
             Line("dear", word("letter.dear")),
             Line("text", word("letter.opening", received=_day(ticket.received_at), matter=category.name,
                               source=source.name if source else ticket.source))]
    if ticket.claim:
        lines.append(Line("text", word("letter.claim", claim=ticket.claim)))
    parts = (("letter.part_findings", ticket.decision), ("letter.part_basis", ticket.decision_reason),
             ("letter.part_redress", ticket.redress or word("letter.redress_above" if ticket.upheld else "letter.no_redress")))
    for heading, text in parts:
        lines.append(Line("heading", word(heading)))
        lines += [Line("text", one.strip()) for one in text.splitlines() if one.strip()]
    lines.append(Line("heading", word("letter.part_remedies")))
    lines += [Line("text", sentence) for sentence in _remedies(ticket, knowledge)]
    if hotline:
        lines.append(Line("text", word("letter.contact", hotline=hotline)))
    lines.append(Line("text", word("letter.closing")))
    signed = (word("letter.sign", bank=bank), word("letter.seal"), _day(ticket.decided_at or ticket.received_at))
    return lines + [Line("sign", sentence) for sentence in signed]


def letter_of(ticket: Ticket, knowledge: Knowledge, *, bank: str, hotline: str = "") -> bytes:
    """The letter as a Word document."""
    document = Document()
    _page(document, knowledge.wording("letter.title"))
    for line in lines_of(ticket, knowledge, bank=bank, hotline=hotline):
        _line(document, line.text, **STYLES[line.kind])
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def enclosed(ticket: Ticket, knowledge: Knowledge, *, bank: str, hotline: str = "") -> tuple[Enclosure, bytes]:
    """The letter as it goes to the customer, under a stored name that nobody can guess; the caller writes the bytes."""
    body = letter_of(ticket, knowledge, bank=bank, hotline=hotline)
    name, words = (knowledge.wording(key, number=ticket.number) for key in ("letter.file", "told.letter"))
    return Enclosure(name, f"{secrets.token_hex(16)}.docx", MEDIA_TYPE, len(body), words), body


def _remedies(ticket: Ticket, knowledge: Knowledge) -> list[str]:
    """A review has no further review; everything else stays open to her."""
    word = knowledge.wording
    first = word("letter.reviewed") if ticket.kind == "review" else word("letter.review")
    return [word("letter.intro_remedies"), first, word("letter.mediation"), word("letter.arbitration"), word("letter.lawsuit"),
            word("letter.hotline")]


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


def _day(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return f"{local.year} 年 {local.month} 月 {local.day} 日"
