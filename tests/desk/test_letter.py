"""The 告知书: the parts that article 19 requires, in fonts that a Chinese office prints, from the ticket's own words."""

import io
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from docx import Document
from docx.oxml.ns import qn

from desk.letter import letter_of
from tests.desk.conftest import house_knowledge, words
from tickets.models import Ticket


def decided(**fields) -> Ticket:
    return Ticket(**{"number": "261124-000173", "kind": "complaint", "source": "web", "category": "CREDIT_CARD", "cause": "FEE",
                     "claim": "申请退费", "decision": "经核实多收年费 300 元。\n已于 11 月 26 日退还。", "redress": "退还 300 元",
                     "decision_reason": "收费须事前告知并经客户确认。", "received_at": datetime(2026, 11, 24, 17, 0, tzinfo=UTC),
                     "decided_at": datetime(2026, 11, 30, 16, 30, tzinfo=UTC), **fields})


def read(ticket: Ticket, **fields):
    return Document(io.BytesIO(letter_of(ticket, house_knowledge(), **{"bank": "城东农商银行", "hotline": "0512-96065", **fields})))


def text_of(document) -> str:
    return "\n".join(one.text for one in document.paragraphs)


def test_the_letter_has_findings_basis_and_every_remedy():
    text = text_of(read(decided()))
    places = [text.index(part) for part in ("消费投诉处理结果告知书", "261124-000173", "信用卡", "申请退费", "核实情况与处理决定",
                                            "经核实多收年费 300 元。", "依据和理由", "收费须事前告知", "处理措施", "退还 300 元",
                                            "申请核查", "申请调解", "申请仲裁", "提起诉讼", "城东农商银行")]
    assert places == sorted(places)
    assert "30 日内" in text and "0512-96065" in text


@pytest.mark.parametrize(("contact", "kind", "dear"), [
    ("姓周，下午打", "person", "尊敬的周先生/女士："), ("免贵姓欧阳", "person", "尊敬的欧阳先生/女士："),
    ("下午打，我姓周", "person", "尊敬的周先生/女士："), ("投诉的那个经理姓李，我姓陈", "person", "尊敬的陈先生/女士："),
    ("姓李 尾号 8888", "person", "尊敬的李先生/女士："), ("我们老百姓都是晚上在家", "person", "尊敬的客户："),
    ("随夫姓也行", "person", "尊敬的客户："), ("打给我儿子，姓王", "person", "尊敬的客户："),
    ("我不姓王，晚上打", "person", "尊敬的客户："),
    ("姓名不便说", "person", "尊敬的客户："), ("姓啥，不便说", "person", "尊敬的客户："),
    ("下午打 尾号 8888", "person", "尊敬的客户："), ("姓周，财务", "corp", "尊敬的客户：")])
def test_the_letter_greets_her_by_the_surname_that_she_told(contact, kind, dear):
    assert dear in text_of(read(decided(contact=contact, customer_type=kind))).split("\n")


def test_days_are_days_of_shanghai():
    text = text_of(read(decided()))
    assert "2026 年 11 月 25 日" in text and "2026 年 12 月 1 日" in text


def test_a_review_offers_no_further_review():
    text = text_of(read(decided(kind="review")))
    assert "申请核查" not in text and "核查决定" in text and "提起诉讼" in text


def test_chinese_characters_are_set_in_the_offices_fonts():
    document = read(decided())
    fonts = {run._element.rPr.rFonts.get(qn("w:eastAsia")) for one in document.paragraphs for run in one.runs}
    assert fonts == {"宋体", "黑体", "仿宋"}
    assert document.styles["Normal"].element.rPr.rFonts.get(qn("w:eastAsia")) == "仿宋"
    assert document.paragraphs[0].runs[0]._element.rPr.rFonts.get(qn("w:eastAsia")) == "宋体"


@pytest.mark.parametrize("text", ["a\x00b\x0bc\x1f", "<w:p>&amp;</w:p>", "𠮷野家\u200b", "=1+1"])
def test_odd_characters_make_no_broken_document(text):
    assert text_of(read(decided(decision=text)))


def test_the_letter_is_downloaded_from_the_ticket_once_it_is_decided(house):
    ticket = house.ticket()
    desk = house.as_("handler")
    assert desk.get(f"/desk/tickets/{ticket.number}/letter").status_code == 409
    for move, data in (("take", {}), ("decide", {"decision": "已退还。", "reason": "收费须事前告知。"})):
        desk.post(f"/desk/tickets/{ticket.number}/move", {"move": move, **data})
    answer = desk.get(f"/desk/tickets/{ticket.number}/letter")
    screen = words(desk.page(f"/desk/tickets/{ticket.number}/letter/read"))
    assert all(line in screen for line in text_of(Document(io.BytesIO(answer.content))).splitlines())
    plain, _, chinese = answer.headers["content-disposition"].partition("; filename*=UTF-8''")
    assert plain == f'attachment; filename="letter-{ticket.number}.docx"'
    assert unquote(chinese) == f"消费投诉处理结果告知书-{ticket.number}.docx"
    assert "已退还。" in text_of(Document(io.BytesIO(answer.content)))
