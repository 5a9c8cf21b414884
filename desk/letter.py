"""告知书: the letter of decision as a Word document, with the parts that 第三号令第十九条 requires and an office's fonts.

Findings, basis and reasons, and the remedies (核查、调解、仲裁、诉讼). It is deterministic: the same ticket gives the same words.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from knowledge.base import Knowledge
from tickets.models import Ticket
from tickets.numbers import SHANGHAI
from tickets.telling import Enclosure

SURNAME = re.compile(r"(?:^|[,，](?=我姓|免贵|本人))(?:我|免贵|本人)?姓"
                     r"(欧阳|司马|上官|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|令狐|[\u4e00-\u9fff])(?<![名氏什啥哪])(?=[,，。 ]|$)")
"""Her own and nobody else's: what opens the words, or after a comma what says that it is hers."""
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


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
             Line("dear", _dear(ticket, knowledge)),
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
    from desk.letter_word import document  # loaded when the first letter is written
    lines = lines_of(ticket, knowledge, bank=bank, hotline=hotline)
    return document(knowledge.wording("letter.title"), [(line.kind, line.text) for line in lines])


def enclosed(ticket: Ticket, knowledge: Knowledge, *, bank: str, hotline: str = "") -> tuple[Enclosure, bytes]:
    """The letter as it goes to the customer, under a stored name that nobody can guess; the caller writes the bytes."""
    body = letter_of(ticket, knowledge, bank=bank, hotline=hotline)
    name, words = (knowledge.wording(key, number=ticket.number) for key in ("letter.file", "told.letter"))
    return Enclosure(name, f"{secrets.token_hex(16)}.docx", MEDIA_TYPE, len(body), words), body


def _dear(ticket: Ticket, knowledge: Knowledge) -> str:
    """By her surname where she told it with how to reach her."""
    surname = SURNAME.search(ticket.contact) if ticket.customer_type == "person" else None
    return knowledge.wording("letter.dear_named", surname=surname[1]) if surname else knowledge.wording("letter.dear")


def _remedies(ticket: Ticket, knowledge: Knowledge) -> list[str]:
    """A review has no further review; everything else stays open to her."""
    word = knowledge.wording
    first = word("letter.reviewed") if ticket.kind == "review" else word("letter.review")
    return [word("letter.intro_remedies"), first, word("letter.mediation"), word("letter.arbitration"), word("letter.lawsuit"),
            word("letter.hotline")]


def _day(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return f"{local.year} 年 {local.month} 月 {local.day} 日"
