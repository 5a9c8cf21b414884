"""A sheet of complaints: every wrong cell is named by row, and nothing is filed until nothing is wrong."""

import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from knowledge.base import FOLDER, GROUPS, Taxonomy
from knowledge.tables import read_taxonomy
from tests.tickets.build import last_second, person
from tickets import intake_sheet
from tickets.assignment import add_branch
from tickets.customers import PhoneRefused, customer_of, masked_name, phone_digits
from tickets.intake_sheet import HEADERS, SheetRefused, file_sheet, read_sheet
from tickets.models import Base, Customer, Event, Ticket
from tickets.numbers import SHANGHAI
from tickets.sheet_template import blank_sheet

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)
KEY = "a key that only the tests know"
GOOD = {"来源": "客服热线", "收到时间": "2026-11-23 15:30", "投诉内容": "贷款利息算错了"}


@pytest.fixture
def session(store):
    with store.write() as session:
        yield session


@pytest.fixture(scope="module")
def taxonomy():
    groups = read_taxonomy(FOLDER / "taxonomy.toml")
    return Taxonomy(**{name: groups[name] for name in GROUPS})


def sheet(*rows, headers=HEADERS):
    book = Workbook()
    book.active.append(headers)
    for row in rows:
        book.active.append([row.get(header) for header in headers])
    return saved(book)


def saved(book):
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


@pytest.fixture
def read(session, taxonomy):
    def read(*rows, data=None, **more):
        return read_sheet(session, data if data is not None else sheet(*rows, **more), taxonomy=taxonomy,
                          mask=lambda words: words.replace("6222020000000000000", "▇▇▇"), at=NOW)
    return read


@pytest.fixture
def file(session, rules):
    def file(preview, staff=None):
        return file_sheet(session, preview, rules=rules, staff=staff or person(session, "intake"), secret_key=KEY, at=NOW)
    return file


def wrongs(preview):
    return [(error.row, error.column) for error in preview.errors]


def test_a_full_row_becomes_a_ticket_with_the_laws_clock_and_the_regulators(session, taxonomy, read, file):
    branch = add_branch(session, code="E01", name="城东支行", aliases=("东门网点",))
    preview = read({**GOOD, "来源": taxonomy.source["r12378"].name, "来文编号": "转办 2026-88", "业务类别": "贷款",
                    "投诉原因": "定价收费", "办理渠道": "营业现场", "被投诉机构": "东门网点", "诉求": "退还利息",
                    "客户类型": "个人", "特殊群体": "老年人、残障",
                    "客户姓名": "王小明", "联系电话": "138 0013-8000", "监管期限": "2026/12/1",
                    "紧急程度": "II 级",
                    "投诉内容": "卡号 6222020000000000000 的利息算错了"})
    assert preview.good and preview.notes == []
    staff = person(session, "intake")
    ticket, = file(preview, staff)
    assert (ticket.source, ticket.outer_number, ticket.category, ticket.cause) == ("r12378", "转办 2026-88", "LOAN", "FEE")
    assert (ticket.business_channel, ticket.branch_id, ticket.claim) == ("COUNTER", branch.id, "退还利息")
    assert (ticket.flags, ticket.urgency, ticket.first_handler_id) == (["elderly", "disabled"], "II", staff.id)
    assert ticket.received_at == datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    assert (ticket.regulator_due_at, ticket.due_at) == (last_second(2026, 12, 1), last_second(2026, 12, 1))
    assert "6222020000000000000" not in ticket.summary and "▇" in ticket.summary
    assert ticket.contact == "王** 尾号 8000"
    customer = session.get(Customer, ticket.customer_id)
    assert (customer.name, customer.phone_tail) == ("王**", "8000")
    assert session.scalars(select(Event.staff_id)).all() == [staff.id]


def test_no_full_telephone_number_and_no_full_name_is_kept_anywhere(session, read, file):
    file(read({**GOOD, "客户姓名": "王小明", "联系电话": "13800138000"}))
    everything = "".join(str(row) for table in Base.metadata.sorted_tables for row in session.execute(select(table)))
    assert "13800138000" not in everything and "王小明" not in everything


def test_the_least_a_row_needs(session, read, file):
    ticket, = file(read(GOOD))
    assert (ticket.kind, ticket.customer_type, ticket.urgency, ticket.customer_id) == ("complaint", "person", "none", None)
    assert ticket.due_at == last_second(2026, 12, 8)


@pytest.mark.parametrize(("cells", "column"), [
    ({"来源": ""}, "来源"), ({"来源": "鸽子"}, "来源"), ({"收到时间": ""}, "收到时间"), ({"收到时间": "昨天"}, "收到时间"),
    ({"收到时间": "2026-02-30"}, "收到时间"), ({"收到时间": "2026-11-25"}, "收到时间"), ({"收到时间": "1926-11-24"}, "收到时间"),
    ({"收到时间": 46000}, "收到时间"), ({"投诉内容": "  "}, "投诉内容"), ({"投诉内容": "长" * 4001}, "投诉内容"),
    ({"业务类别": "房贷"}, "业务类别"), ({"投诉原因": "PROCES"}, "投诉原因"), ({"客户类型": "外星人"}, "客户类型"),
    ({"特殊群体": "老年人、巨人"}, "特殊群体"), ({"联系电话": "12345"}, "联系电话"), ({"监管期限": "2026-11-01"}, "监管期限"),
    ({"监管期限": "尽快"}, "监管期限"), ({"工单类型": "核查申请"}, "工单类型"), ({"紧急程度": "IV"}, "紧急程度"),
    ({"来文编号": "9" * 41}, "来文编号"),
])
def test_every_wrong_cell_is_named_by_row_and_column(session, read, file, cells, column):
    preview = read(GOOD, {**GOOD, "投诉内容": "另一件事", **cells})
    assert wrongs(preview) == [(3, column)]
    with pytest.raises(SheetRefused):
        file(preview)
    assert session.scalar(select(func.count()).select_from(Ticket)) == 0, "the good row is not filed alone"


def test_all_errors_are_shown_at_once_in_the_order_of_the_sheet(read):
    preview = read({**GOOD, "业务类别": "?", "来源": "?"}, GOOD, {"诉求": "只有诉求"})
    assert wrongs(preview) == [(2, "来源"), (2, "业务类别"), (4, "来源"), (4, "收到时间"), (4, "投诉内容")]


def test_excels_own_dates_codes_and_empty_lines_are_understood(read):
    preview = read({"来源": "phone", "收到时间": datetime(2026, 11, 23, 15, 30), "投诉内容": 12345}, {},
                   {"来源": None, "诉求": "  "},
                   {**GOOD, "收到时间": "2026年11月23日", "业务类别": "LOAN", "联系电话": 13800138000.0})
    assert preview.good, preview.errors
    assert [(row.row, row.summary) for row in preview.rows] == [(2, "12345"), (5, "贷款利息算错了")]
    assert preview.rows[0].received_at == datetime(2026, 11, 23, 15, 30, tzinfo=SHANGHAI)
    assert preview.rows[1].phone == "13800138000"


def test_an_unknown_branch_is_a_note_and_no_error(session, read, file):
    preview = read({**GOOD, "被投诉机构": "火星支行"})
    assert preview.good and [(note.row, note.column) for note in preview.notes] == [(2, "被投诉机构")]
    assert file(preview)[0].branch_named == "火星支行"


def test_a_regulators_number_is_filed_once(session, read, file):
    numbered = {**GOOD, "来文编号": "A-1"}
    assert wrongs(read(numbered, {**numbered, "投诉内容": "x1"})) == [(3, "来文编号")]
    made = file(read(numbered))
    again = read(numbered)
    assert wrongs(again) == [(2, "来文编号")] and made[0].number in again.errors[0].what


def test_a_number_that_stands_twice_is_named_with_all_other_errors(read):
    numbered = {**GOOD, "来文编号": "A-1"}
    preview = read({**numbered, "收到时间": "昨天"}, {**numbered, "投诉内容": "x1"}, {**numbered, "投诉内容": "x2"})
    assert wrongs(preview) == [(2, "收到时间"), (3, "来文编号"), (4, "来文编号")]
    assert "第 2 行" in preview.errors[1].what and "第 2 行" in preview.errors[2].what


def test_equal_rows_are_pointed_at_but_filed_when_they_are_meant(read):
    preview = read(GOOD, GOOD)
    assert preview.good and [(note.row, note.column) for note in preview.notes] == [(3, "投诉内容")]


def test_the_same_telephone_is_the_same_customer_and_her_repeat_is_linked(session, read, file):
    first, second, other = file(read(
        {**GOOD, "业务类别": "贷款", "联系电话": "13800138000"},
        {**GOOD, "业务类别": "贷款", "联系电话": "+86 138-0013-8000", "收到时间": "2026-11-23 16:00", "投诉内容": "还没解决"},
        {**GOOD, "业务类别": "贷款", "联系电话": "13900139000", "投诉内容": "别人的事"}))
    assert first.customer_id == second.customer_id != other.customer_id
    assert (second.repeat_of_id, other.repeat_of_id) == (first.id, None)


def test_a_failure_half_way_files_nothing(store, rules, taxonomy, monkeypatch):
    real, calls = intake_sheet.file_ticket, []

    def failing(*args, **more):
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("power cut")
        return real(*args, **more)

    monkeypatch.setattr(intake_sheet, "file_ticket", failing)
    rows = [{**GOOD, "投诉内容": f"第 {n} 件"} for n in range(5)]
    with pytest.raises(RuntimeError), store.write() as session:
        preview = read_sheet(session, sheet(*rows), taxonomy=taxonomy, mask=str, at=NOW)
        file_sheet(session, preview, rules=rules, staff=person(session), secret_key=KEY, at=NOW)
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(Ticket)) == 0


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x03\x04broken", "来源,收到时间\n".encode()])
def test_what_is_no_workbook_is_refused_in_plain_words(read, data):
    with pytest.raises(SheetRefused, match="不是 XLSX"):
        read(data=data)


def test_a_zip_that_is_no_workbook_is_refused(read):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as packed:
        packed.writestr("hello.txt", "hello")
    with pytest.raises(SheetRefused, match="不是 XLSX"):
        read(data=kept.getvalue())


def test_a_small_file_that_unpacks_to_a_giant_is_refused(read):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (intake_sheet.MOST_UNPACKED + 1))
    assert len(kept.getvalue()) < 200_000
    with pytest.raises(SheetRefused, match="过大"):
        read(data=kept.getvalue())


def test_too_large_too_long_and_too_empty_are_refused(read):
    with pytest.raises(SheetRefused, match="MB"):
        read(data=b"x" * (intake_sheet.MOST_BYTES + 1))
    with pytest.raises(SheetRefused, match="最多导入"):
        read(*[GOOD] * (intake_sheet.MOST_ROWS + 1))
    with pytest.raises(SheetRefused, match="没有数据行"):
        read()


@pytest.mark.parametrize(("headers", "what"), [
    (("来源", "投诉内容"), "缺少列：收到时间"), ((*HEADERS, "心情"), "不认识的列：心情"), ((*HEADERS, "诉求"), "重复的列：诉求"),
    ((), "缺少列"),
])
def test_other_headers_are_refused_by_name(read, headers, what):
    with pytest.raises(SheetRefused, match=what):
        read(GOOD, headers=headers)


def test_columns_may_stand_in_any_order_and_carry_a_star(read):
    data = sheet({"投诉内容*": "利息", "来源*": "网点", "收到时间": "2026-11-23"}, headers=("投诉内容*", "来源*", "收到时间"))
    assert read(data=data).rows[0].source == "counter"


def test_a_formula_counts_as_what_it_last_showed_and_is_never_run(read):
    book = Workbook()
    book.active.append(HEADERS[:4])
    book.active.append(["客服热线", None, "2026-11-23", '=HYPERLINK("http://example.com","点我")'])
    preview = read(data=saved(book))
    assert wrongs(preview) == [(2, "投诉内容")], "nobody has computed it, so the cell is empty"


def test_our_own_template_is_read_back(session, taxonomy, read):
    book = load_workbook(io.BytesIO(blank_sheet(taxonomy)))
    assert [cell.value for cell in book["投诉"][1]] == list(HEADERS)
    book["投诉"].append(["客服热线", None, "2026-11-23", "利息"])
    assert read(data=saved(book)).good
    for rule in book["投诉"].data_validations.dataValidation:
        assert rule.formula1.startswith("可选值!$")


@pytest.mark.parametrize(("typed", "digits"), [
    ("13800138000", "13800138000"), ("+86 138 0013 8000", "13800138000"), ("８６13800138000", "13800138000"),
    ("0571-8888 1234", "057188881234"), ("（010）8888-1234", "01088881234"), ("400-123-4567", "4001234567"), ("8888123", "8888123"),
])
def test_telephone_numbers_as_people_write_them(typed, digits):
    assert phone_digits(typed) == digits


@pytest.mark.parametrize("typed", ["", "abc", "1380013800", "138001380001", "110", "13800138000#1"])
def test_what_is_no_telephone_number_is_refused(typed):
    with pytest.raises(PhoneRefused):
        phone_digits(typed)


def test_names_are_masked_beyond_the_family_name():
    assert [masked_name(name) for name in ("王小明", "李", "", "阿卜杜拉·买买提")] == ["王**", "李", "", "阿***"]


def test_a_customer_is_made_once(session):
    first = customer_of(session, phone="13800138000", name="王小明", secret_key=KEY)
    assert customer_of(session, phone="138-0013-8000", secret_key=KEY).id == first.id
    assert customer_of(session, phone="13800138000", secret_key="another key").id != first.id


def test_an_old_complaint_that_comes_late_is_not_called_late_by_the_office(session, read, file):
    ticket, = file(read({**GOOD, "收到时间": "2026-11-20 09:00"}))
    assert ticket.contact_due_at == (NOW + timedelta(hours=24)).astimezone(UTC)
    assert ticket.due_at == last_second(2026, 12, 5), "the law's clock runs from receipt all the same"
