"""Many complaints from one sheet: looked at first, errors by row, and then all of them or none."""

import base64
import io
import re
import time
import zipfile

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import event

from tests.desk.conftest import words
from tickets.intake_sheet import HEADERS
from tickets.models import Alert, Audit, Customer, Ticket, now
from tickets.numbers import SHANGHAI

GOOD = {"来源": "客服热线", "收到时间": "2026-01-05", "投诉内容": "柜台排队两小时，电话 13812345678", "业务类别": "人民币储蓄",
        "联系电话": "138 1234 5678", "客户姓名": "王小明", "来文编号": "R-1"}


def sheet(*rows: dict) -> bytes:
    book = Workbook()
    book.active.append(HEADERS)
    for row in rows:
        book.active.append([row.get(header, "") for header in HEADERS])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def look(desk, data: bytes, name: str = "投诉.xlsx"):
    return desk.post("/desk/import", files={"file": (name, data)})


def confirm(desk, page: str):
    sent = re.search(r'name="data" value="([^"]+)"', page)[1]
    return desk.browser.post("/desk/import/confirm", files={"csrf": (None, desk.csrf), "data": (None, sent)})


def test_looking_writes_nothing_and_takes_no_write_lock(house):
    desk, began = house.as_("intake"), []
    event.listen(house.store.engine, "before_cursor_execute", lambda c, cursor, statement, *rest: began.append(statement))
    page = look(desk, sheet(GOOD)).text
    assert "1 行可以登记" in page and "全部登记" in page and "13812345678" not in words(page)
    assert not any(one.startswith(("BEGIN IMMEDIATE", "INSERT", "UPDATE")) for one in began)
    assert house.rows(Ticket) == []


def test_confirmed_rows_become_tickets_with_their_customer_known_again(house):
    desk = house.as_("intake")
    again = {**GOOD, "来文编号": "R-2", "投诉内容": "又一次排队"}
    answer = confirm(desk, look(desk, sheet(GOOD, again)).text)
    assert answer.status_code == 303
    first, second = house.rows(Ticket)
    assert (first.source, first.category, first.outer_number) == ("phone", "DEPOSIT", "R-1")
    assert "13812345678" not in first.summary and second.repeat_of_id == first.id
    assert [one.phone_tail for one in house.rows(Customer)] == ["5678"]
    assert house.rows(Audit)[-1].data == {"count": 2}


def test_one_bad_row_and_nothing_is_filed(house):
    desk = house.as_("intake")
    bad = {**GOOD, "来文编号": "R-2", "收到时间": "2099-01-01", "业务类别": "不存在的类别"}
    page = look(desk, sheet(GOOD, bad)).text
    assert "还没有登记任何一条" in page and "在将来" in page and "没有「不存在的类别」" in page and "全部登记" not in page
    forced = desk.browser.post("/desk/import/confirm", files={
        "csrf": (None, desk.csrf), "data": (None, base64.b64encode(sheet(GOOD, bad)).decode())})
    assert forced.status_code == 409 and house.rows(Ticket) == []


def test_the_same_sheet_confirmed_twice_is_filed_once(house):
    desk = house.as_("intake")
    page = look(desk, sheet(GOOD)).text
    assert confirm(desk, page).status_code == 303
    second = confirm(desk, page)
    assert second.status_code == 409 and "已登记过" in second.text
    assert len(house.rows(Ticket)) == 1


@pytest.mark.parametrize("data", [b"", b"not a sheet", b"PK\x03\x04broken", "来源,收到时间".encode("gbk"), b"\x00" * 5_000_001])
def test_what_is_no_sheet_of_ours_is_refused_in_words(house, data):
    desk = house.as_("intake")
    answer = look(desk, data)
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    forced = desk.browser.post("/desk/import/confirm", files={"csrf": (None, desk.csrf), "data": (None, "!!not base64!!")})
    assert forced.status_code == 422


def test_the_template_is_read_back_as_it_was_given_out(house):
    desk = house.as_("intake")
    answer = desk.get("/desk/import/template")
    book = load_workbook(io.BytesIO(answer.content))
    assert [cell.value for cell in book.worksheets[0][1]] == list(HEADERS)
    empty = look(desk, answer.content)
    assert empty.status_code == 422 and "没有数据行" in words(empty.text)


def bomb(name: str, text: bytes) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sheet(GOOD))) as good, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as packed:
        for info in good.infolist():
            packed.writestr(info.filename, text if info.filename == name else good.read(info))
    return kept.getvalue()


ENTITIES = b"".join(b'<!ENTITY %c "%s">' % (new, b"&%c;" % old * 8) for old, new in zip(b"abcdefghi", b"bcdefghij", strict=True))
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">' + ENTITIES + b"]><worksheet>&j;</worksheet>"
FIRST = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(("data", "why"), [
    (bomb(FIRST, b"<a>" + b" " * 60_000_001), "展开后过大"), (bomb(FIRST, LAUGHS), "不允许"),
    (bomb(FIRST, b"<!--" + b"x" * 100_000 + b"-->" + LAUGHS[21:]), "不允许"),
    (bomb(FIRST, LAUGHS[21:].decode().encode("utf-16")), "不允许"),
    (bomb("xl/workbook.xml", b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'), "不允许"),
    (bomb("[Content_Types].xml", b"<" * 100_000), "不是 XLSX"), (bomb(FIRST, b"<worksheet><<"), "不是 XLSX")])
def test_a_sheet_that_would_blow_up_is_refused_before_it_is_read(house, data, why):
    assert len(data) < 200_000
    began = time.monotonic()
    answer = look(house.as_("intake"), data)
    assert answer.status_code == 422 and why in words(answer.text) and "passwd" not in answer.text
    assert time.monotonic() - began < 5


def test_a_sheet_of_100_mb_is_refused_in_words(house):
    answer = look(house.as_("intake"), b"PK\x03\x04" + b"\0" * 100_000_000)
    assert answer.status_code == 413 and "不超过 10 MB" in answer.text and house.rows(Ticket) == []


def test_what_the_sheet_leaves_open_is_read_and_only_what_came_today_rings(house):
    today = now().astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    danger = {"来源": "网点", "收到时间": "2026-01-05", "投诉内容": "客户说正在被骗，要投诉"}
    desk = house.as_("intake")
    confirm(desk, look(desk, sheet({**GOOD, "业务类别": "", "投诉内容": "信用卡乱扣年费，态度恶劣"}, danger,
                                   {**danger, "收到时间": today})).text)
    made = house.rows(Ticket)
    assert [(one.category, one.urgency, one.model_version) for one in made] == [
        ("CREDIT_CARD", "none", "words"), ("CREDIT_CARD", "I", "words"), ("CREDIT_CARD", "I", "words")]
    assert [one.ticket_id for one in house.rows(Alert)] == [made[2].id]
