"""Complaints that come by telephone, counter, letter or from a regulator, in one XLSX: shown first, then filed all or none."""

import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge.base import Taxonomy
from knowledge.clocks import Deadlines
from knowledge.tables import Kind
from tickets import deadlines, repeats
from tickets.assignment import match_branch
from tickets.customers import PhoneRefused, customer_of, masked_name, phone_digits
from tickets.models import Branch, Staff, Ticket
from tickets.numbers import SHANGHAI
from tickets.reading import Reads, joined, unread
from tickets.register import Filing, file_ticket

MOST_ROWS = 2000
MOST_BYTES = 5_000_000  # of the file
MOST_PARTS = 2000  # files inside it
MOST_UNPACKED = 60_000_000  # a small file can hold a very large sheet
SUMMARY_LONGEST = 4000  # characters
REQUIRED = ("来源", "收到时间", "投诉内容")
HEADERS = ("来源", "来文编号", "收到时间", "投诉内容", "工单类型", "业务类别", "投诉原因", "办理渠道", "被投诉机构", "诉求",
           "客户类型", "特殊群体", "客户姓名", "联系电话", "监管期限", "紧急程度")
GROUPS = {"老年人": "elderly", "未成年人": "minor", "残障孕病": "disabled", "残障": "disabled", "孕产": "disabled",
          "重病": "disabled"}
CUSTOMER_TYPES = {"个人": "person", "企业": "corp", "单位": "corp"}
KINDS_BY_SHEET = ("complaint", "credit_objection", "aml_objection", "fraud_appeal", "report", "suggestion", "praise")


NO_SHEET = "这不是 XLSX 文件，请用模板另存为 .xlsx 后再传。"
BROKEN = (zipfile.BadZipFile, zlib.error, LookupError, ValueError, TypeError, AttributeError, OSError,
          RuntimeError, EOFError, SyntaxError)
"""What openpyxl and its parsers raise on a file that only looks like a workbook."""


class SheetRefused(Exception):
    """The file as a whole cannot be used; the message is the sentence for the person who sent it."""


@dataclass(frozen=True)
class SheetError:
    """One cell that must be mended: the row as the spreadsheet counts it, the column's header, and what is wrong."""

    row: int
    column: str
    what: str


@dataclass
class SheetRow:
    """One complaint, read and checked. `phone` is only in memory: the register keeps a keyed hash and four digits."""

    row: int
    source: str = ""
    outer_number: str | None = None
    received_at: datetime | None = None
    summary: str = ""
    kind: str = "complaint"
    category: str | None = None
    cause: str | None = None
    business_channel: str | None = None
    branch_named: str = ""
    branch_id: int | None = None
    claim: str = ""
    customer_type: str = "person"
    flags: tuple[str, ...] = ()
    name: str = ""
    phone: str = ""
    regulator_due_at: datetime | None = None
    urgency: str = "none"


@dataclass
class Preview:
    """What would be filed. Anything in `errors` and nothing is; `notes` are worth a look and stop nothing."""

    rows: list[SheetRow] = field(default_factory=list)
    errors: list[SheetError] = field(default_factory=list)
    notes: list[SheetError] = field(default_factory=list)
    numbered: list[tuple[int, str]] = field(default_factory=list)  # row and 来文编号 of every row, also of those with errors

    @property
    def good(self) -> bool:
        return bool(self.rows) and not self.errors


def read_sheet(session: Session, data: bytes, *, taxonomy: Taxonomy, mask: Callable[[str], str], at: datetime) -> Preview:
    """Read and check every row; nothing is written. `mask` takes personal data out of free text before anything keeps it.

    Raises SheetRefused when the file is no sheet of ours. Formulas are read as their last computed values.
    """
    headers, lines = _lines(data)
    preview = Preview()
    branches = list(session.scalars(select(Branch).where(Branch.active)))
    reader = _Reader(taxonomy, branches, mask, at, preview)
    for number, line in lines:
        cells = {header: _text(value) if not isinstance(value, datetime | date) else value
                 for header, value in zip(headers, line, strict=False) if header}
        if any(value != "" for value in cells.values()):
            reader.read(number, cells)
    if not preview.rows and not preview.errors:
        raise SheetRefused("表里没有数据行，请从第 2 行开始填写。")
    _doubles(session, preview)
    return preview


def file_sheet(session: Session, preview: Preview, *, rules: Deadlines, staff: Staff, secret_key: str,
               at: datetime, read: Reads = unread, right_of: Mapping[str, str] | None = None) -> list[Ticket]:
    """File every row in the caller's one transaction, so that nothing is half-imported. Raises SheetRefused on any error.

    `read` fills in what the sheet leaves open; `right_of` is the right that each cause offends by default.
    """
    if not preview.good:
        raise SheetRefused("还有错误没有改正，没有导入任何一条。")
    made = []
    for row, found in zip(preview.rows, read([row.summary for row in preview.rows]), strict=True):
        received = row.received_at
        ticket = file_ticket(
            session,
            Filing(source=row.source, kind=row.kind, summary=row.summary,
                   **joined(found, kind=row.kind, category=row.category, cause=row.cause, urgency=row.urgency, flags=row.flags,
                            right=(right_of or {}).get(row.cause or "", "")),
                   extra={"outer_number": row.outer_number, "business_channel": row.business_channel,
                          "branch_named": row.branch_named, "branch_id": row.branch_id, "claim": row.claim,
                          "customer_type": row.customer_type, "regulator_due_at": row.regulator_due_at,
                          "contact": _contact(row), "first_handler_id": staff.id}),
            due_at=deadlines.first_due(rules, kind=row.kind, received_at=received), actor="staff", staff_id=staff.id, at=received)
        if row.regulator_due_at is not None:
            ticket.due_at = min(ticket.due_at, row.regulator_due_at)
        if row.phone:
            ticket.customer_id = customer_of(session, phone=row.phone, name=row.name, kind=row.customer_type,
                                             secret_key=secret_key).id
        if at > ticket.contact_due_at:
            ticket.contact_due_at = at + timedelta(hours=rules.office.first_contact_hours)
        session.flush()
        repeats.link(session, ticket, rules=rules)
        made.append(ticket)
    session.flush()
    return made


class _Reader:
    """Reads one row after the other and collects what is wrong with each cell."""

    def __init__(self, taxonomy: Taxonomy, branches: list[Branch], mask: Callable[[str], str], at: datetime,
                 preview: Preview) -> None:
        self.taxonomy, self.branches, self.mask, self.at, self.preview = taxonomy, branches, mask, at, preview

    def read(self, number: int, cells: dict[str, Any]) -> None:
        row, before = SheetRow(number), len(self.preview.errors)
        get = cells.get
        for header in REQUIRED:
            if get(header, "") == "":
                self._wrong(row, header, "必填")
        row.source = self._code(row, "来源", self.taxonomy.source, get("来源", "")) or ""
        row.outer_number = self._short(row, "来文编号", get("来文编号", ""), 40) or None
        row.received_at = self._moment(row, "收到时间", get("收到时间", ""))
        row.summary = self.mask(self._short(row, "投诉内容", get("投诉内容", ""), SUMMARY_LONGEST))
        row.kind = self._code(row, "工单类型", {k: self.taxonomy.ticket_kind[k] for k in KINDS_BY_SHEET},
                              get("工单类型", "")) or "complaint"
        row.category = self._code(row, "业务类别", self.taxonomy.category, get("业务类别", ""))
        row.cause = self._code(row, "投诉原因", self.taxonomy.cause, get("投诉原因", ""))
        row.business_channel = self._code(row, "办理渠道", self.taxonomy.business_channel, get("办理渠道", ""))
        row.branch_named = self._short(row, "被投诉机构", get("被投诉机构", ""), 100)
        row.branch_id = self._branch(row)
        row.claim = self.mask(self._short(row, "诉求", get("诉求", ""), 200))
        row.customer_type = self._choice(row, "客户类型", CUSTOMER_TYPES, get("客户类型", "")) or "person"
        row.flags = self._groups(row, get("特殊群体", ""))
        row.urgency = self._code(row, "紧急程度", self.taxonomy.urgency, get("紧急程度", "")) or "none"
        row.name = masked_name(self._short(row, "客户姓名", get("客户姓名", ""), 40))
        row.phone = self._phone(row, get("联系电话", ""))
        if get("监管期限", "") != "":
            row.regulator_due_at = self._moment(row, "监管期限", cells["监管期限"], end_of_day=True, future=True)
        if row.received_at and row.regulator_due_at and row.regulator_due_at < row.received_at:
            self._wrong(row, "监管期限", "早于收到时间")
        if row.outer_number:
            self.preview.numbered.append((row.row, row.outer_number))
        if len(self.preview.errors) == before:
            self.preview.rows.append(row)

    def _wrong(self, row: SheetRow, column: str, what: str) -> None:
        self.preview.errors.append(SheetError(row.row, column, what))

    def _short(self, row: SheetRow, column: str, value: Any, limit: int) -> str:
        words = _text(value)
        if len(words) > limit:
            self._wrong(row, column, f"超过 {limit} 个字")
        return words[:limit]

    def _code(self, row: SheetRow, column: str, kinds: Mapping[str, Kind], value: Any) -> str | None:
        """A name as people read it, or the code itself."""
        names = {**{kind.name: code for code, kind in kinds.items()}, **{code: code for code in kinds}}
        return self._choice(row, column, names, value)

    def _choice(self, row: SheetRow, column: str, names: Mapping[str, str], value: Any) -> str | None:
        wanted = _text(value)
        if not wanted:
            return None
        if wanted not in names:
            self._wrong(row, column, f"没有「{wanted[:20]}」这个选项")
        return names.get(wanted)

    def _groups(self, row: SheetRow, value: Any) -> tuple[str, ...]:
        found = [self._choice(row, "特殊群体", GROUPS, part) for part in re.split(r"[、,，;；/\s]+", _text(value)) if part]
        return tuple(dict.fromkeys(flag for flag in found if flag))

    def _branch(self, row: SheetRow) -> int | None:
        if not row.branch_named:
            return None
        by_code = next((one for one in self.branches if one.code == row.branch_named), None)
        branch = by_code or match_branch(self.branches, row.branch_named)
        if branch is None:
            self.preview.notes.append(SheetError(row.row, "被投诉机构", f"没有认出「{row.branch_named[:20]}」，导入后请人工分派"))
        return branch.id if branch else None

    def _phone(self, row: SheetRow, value: Any) -> str:
        words = _text(value)
        try:
            return phone_digits(words) if words else ""
        except PhoneRefused:
            self._wrong(row, "联系电话", "不是电话号码")
            return ""

    def _moment(self, row: SheetRow, column: str, value: Any, *, end_of_day: bool = False, future: bool = False) -> datetime | None:
        if value == "":
            return None
        moment = _read_moment(value)
        if moment is None:
            self._wrong(row, column, "应为日期，如 2026-11-24 或 2026-11-24 15:30")
            return None
        if end_of_day:
            moment = deadlines.last_second(deadlines.shanghai_day(moment))
        if not future and moment > self.at:
            self._wrong(row, column, "在将来")
        elif moment < self.at - timedelta(days=3650):
            self._wrong(row, column, "早于十年前，请核对年份")
        return moment


def _declares_a_type(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    """Excel writes no document type; one that defines entities can grow without end when it is read."""
    if not info.filename.endswith((".xml", ".rels")):
        return False
    with packed.open(info) as part:
        return b"<!DOCTYPE" in part.read(1 << 20).replace(b"\0", b"")  # behind a long comment or in two-byte characters too


def _lines(data: bytes) -> tuple[list[str], list[tuple[int, tuple[Any, ...]]]]:
    from openpyxl import load_workbook  # 17 MB, and few import anything
    from openpyxl.utils.exceptions import InvalidFileException
    if len(data) > MOST_BYTES:
        raise SheetRefused(f"文件超过 {MOST_BYTES // 1_000_000} MB，请分几次导入。")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(info.file_size for info in parts) > MOST_UNPACKED:
                raise SheetRefused("文件展开后过大，没有导入。")
            if any(_declares_a_type(packed, info) for info in parts):
                raise SheetRefused("文件里有不允许的内容，没有导入。请用模板另存为 .xlsx 后再传。")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (*BROKEN, InvalidFileException) as error:
        raise SheetRefused(NO_SHEET) from error
    try:
        rows = book.worksheets[0].iter_rows(values_only=True, max_row=MOST_ROWS + 2, max_col=40)
        headers = [_text(value).rstrip("*＊") for value in next(rows, ())]
        missing = [header for header in REQUIRED if header not in headers]
        if missing:
            raise SheetRefused(f"第 1 行缺少列：{'、'.join(missing)}。请使用模板。")
        unknown = [header for header in headers if header and header not in HEADERS]
        if unknown:
            raise SheetRefused(f"第 1 行有不认识的列：{'、'.join(unknown[:5])}。请使用模板。")
        double = sorted({header for header in headers if header and headers.count(header) > 1})
        if double:
            raise SheetRefused(f"第 1 行有重复的列：{'、'.join(double)}。")
        lines = [(number, line) for number, line in enumerate(rows, 2) if any(value not in (None, "") for value in line)]
    except BROKEN as error:
        raise SheetRefused(NO_SHEET) from error
    finally:
        book.close()
    if len(lines) > MOST_ROWS:
        raise SheetRefused(f"一次最多导入 {MOST_ROWS} 行，请分几次。")
    return headers, lines


def _doubles(session: Session, preview: Preview) -> None:
    """The same file sent twice must not file everything twice: a regulator's number is filed once, equal rows are pointed at."""
    numbers: dict[str, int] = {}
    words: dict[tuple[str, str], int] = {}
    for row, outer in preview.numbered:
        if outer in numbers:
            preview.errors.append(SheetError(row, "来文编号", f"与第 {numbers[outer]} 行相同，一个编号只能登记一次"))
        numbers.setdefault(outer, row)
    for row in preview.rows:
        key = (row.summary, row.phone)
        if key in words:
            preview.notes.append(SheetError(row.row, "投诉内容", f"与第 {words[key]} 行相同，请确认不是重复登记"))
        words.setdefault(key, row.row)
    for start in range(0, len(numbers), 500):
        some = list(numbers)[start:start + 500]
        for outer, number in session.execute(select(Ticket.outer_number, Ticket.number).where(Ticket.outer_number.in_(some))):
            preview.errors.append(SheetError(numbers[outer], "来文编号", f"已登记过，工单 {number}"))
    preview.errors.sort(key=lambda error: (error.row, HEADERS.index(error.column)))


def _read_moment(value: Any) -> datetime | None:
    """Excel's own dates and what people type; without a zone it is Shanghai's."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=SHANGHAI) if value.tzinfo is None else value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=SHANGHAI)
    plain = re.sub(r"[年月/.]", "-", _text(value)).replace("日", " ").replace("时", ":").replace("分", "").strip()
    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(plain, form).replace(tzinfo=SHANGHAI)
        except ValueError:
            continue
    return None


def _text(value: Any) -> str:
    """A cell as its reader sees it: whole numbers without `.0`, no control characters, no blanks around."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    plain = unicodedata.normalize("NFC", str(value))
    return "".join(char for char in plain if char in "\n\t" or unicodedata.category(char) != "Cc").strip()


def _contact(row: SheetRow) -> str:
    return " ".join(part for part in (row.name, f"尾号 {row.phone[-4:]}" if row.phone else "") if part)
