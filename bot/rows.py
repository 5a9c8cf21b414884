"""Files come from every office computer; here they become rows, and what cannot be read is said with its line, not guessed."""

import io
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from bot.csv_records import records

LONGEST_LINE = 1 << 20  # bytes of one JSONL or CSV line
SNIFFED = 1 << 16
LARGEST_BOOK = 100 << 20  # bytes of an .xlsx as it lies on disk
LARGEST_UNPACKED = 300 << 20
MOST_PARTS = 2000
MOST_COLUMNS = 200
UNCOUNTED = object()
"""Stands in a cell for a formula without a value: the program that wrote the book did not work it out."""
_TOO_LONG = "\udcff\udc00\udcff"
_CONVERT = "请另存为 UTF-8，例如：iconv -f GB18030 -t UTF-8 原文件 > 新文件"


class Row(NamedTuple):
    line: int
    cells: dict


class RowError(NamedTuple):
    """One row that cannot be used; the reason never quotes the row, which may hold personal data."""

    line: int
    reason: str


class Unusable(Exception):
    """The whole input cannot be used; the message is for the person at the terminal."""


def read_rows(path: str, columns: Sequence[str] = ("id", "text")) -> Iterator[Row | RowError]:
    """Rows of a .jsonl, .csv or .xlsx file ("-": standard input) that have all `columns`. Raises Unusable."""
    if path == "-":
        yield from _checked(_open(sys.stdin.buffer, ""), columns)
        return
    try:
        with Path(path).open("rb", buffering=SNIFFED) as file:
            yield from _checked(_open(file, Path(path).suffix.lower()), columns)
    except FileNotFoundError:
        raise Unusable(f"找不到文件 {path}") from None
    except IsADirectoryError:
        raise Unusable(f"{path} 是文件夹，不是文件") from None
    except PermissionError:
        raise Unusable(f"没有权限读取 {path}") from None
    except OSError as error:
        raise Unusable(f"读不了：{error.strerror or type(error).__name__}") from None


def _open(file: BinaryIO, suffix: str) -> Iterator[Row | RowError]:
    file = file if hasattr(file, "peek") else io.BufferedReader(file)
    start = file.peek(SNIFFED)[:SNIFFED]
    if not start.strip():
        raise Unusable("文件是空的")
    if start.startswith(b"PK\x03\x04"):
        return _read_xlsx(file)
    if suffix == ".xlsx":
        raise Unusable("扩展名是 .xlsx，内容却不是 Excel 工作簿")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unusable(f"文件是 UTF-16 编码。{_CONVERT.replace('GB18030', 'UTF-16')}")
    if b"\0" in start:
        raise Unusable("这是二进制文件，不是文本；可读 .jsonl、.csv、.xlsx")
    encoding = _encoding(start)
    body = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if suffix in (".jsonl", ".json", ".ndjson") or (suffix != ".csv" and body.startswith((b"{", b"["))):
        return _read_jsonl(file, encoding)
    return _read_csv(file, encoding)


def _encoding(start: bytes) -> str:
    """UTF-8 where any line with Chinese is UTF-8; GB18030 (what Excel saves in China) where all of them are only that."""
    whole = start[: start.rfind(b"\n")] if b"\n" in start else start  # the last line may be cut in the middle of a character
    lines = [line for line in whole.splitlines() if not line.isascii()]
    if not lines or any(_decodes(line, "utf-8") for line in lines):
        return "utf-8"
    if _decodes(whole, "gb18030") and _chinese(whole.decode("gb18030")):
        print("文件不是 UTF-8，按 GB18030（GBK）读取；若有乱码，" + _CONVERT, file=sys.stderr)
        return "gb18030"
    if b"\n" not in start and _decodes(start[:-3], "utf-8"):
        return "utf-8"
    raise Unusable("文件不是 UTF-8 文本。" + _CONVERT)


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _chinese(text: str) -> bool:
    """Most of what is not ASCII is common Chinese: bytes of another kind decode as rare signs instead."""
    beyond = [c for c in text if not c.isascii()]
    common = sum("\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef" for c in beyond)
    return common >= 0.8 * len(beyond)


def _lines(file: BinaryIO) -> Iterator[bytes | None]:
    """Lines as bytes; None for one that is too long (it is skipped without being kept in memory)."""
    first = True
    while line := file.readline(LONGEST_LINE + 1):
        if first:
            line, first = line.removeprefix(b"\xef\xbb\xbf"), False
        if len(line) <= LONGEST_LINE:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE)
        yield None


def _too_long() -> str:
    return f"超过 {LONGEST_LINE >> 20} MB，未读取"


def _read_jsonl(file: BinaryIO, encoding: str) -> Iterator[Row | RowError]:
    for number, line in enumerate(_lines(file), 1):
        if line is None:
            yield RowError(number, _too_long())
            continue
        if not line.strip():
            continue
        try:
            if encoding != "utf-8":
                line = line.decode(encoding).encode()
            cells = msgspec.json.decode(line)
        except UnicodeDecodeError:
            yield RowError(number, "不是 UTF-8 文字")
        except (msgspec.DecodeError, RecursionError) as wrong:
            yield RowError(number, "不是 UTF-8 文字" if not _decodes(line, "utf-8") else f"不是有效的 JSON（{_where(wrong)}）")
        else:
            yield Row(number, cells) if isinstance(cells, dict) else RowError(number, "应是一个 JSON 对象 {…}")


def _where(wrong: Exception) -> str:
    """The byte that spoils it, without the words around it."""
    place = str(wrong).rpartition("(byte ")[2].rstrip(")")
    return f"第 {place} 字节处" if place.isdigit() else "不完整或嵌套过深"


def _read_csv(file: BinaryIO, encoding: str) -> Iterator[Row | RowError]:
    lines = (_TOO_LONG + "\n" if line is None else line.decode(encoding, "surrogateescape") for line in _lines(file))
    header: list[str] | None = None
    for begins, cells in records(lines):
        joined = "".join(cells or ())
        if cells is None:
            wrong = "引号没有成对，请补上或删掉；下面各行不受影响"
        elif not joined.strip():
            continue
        elif _TOO_LONG in joined:
            wrong = _too_long()
        elif any("\ud800" <= c <= "\udfff" for c in joined):
            wrong = "不是 UTF-8 文字"
        elif header is not None and len(cells) > len(header):
            wrong = f"有 {len(cells)} 格，标题只有 {len(header)} 列"
        else:
            wrong = ""
        if header is None:
            if wrong:
                raise Unusable(f"第 {begins} 行（标题）{wrong}")
            header = [cell.strip() for cell in cells]
            yield Row(begins, {"\0header": header})
        elif wrong:
            yield RowError(begins, wrong)
        else:
            yield Row(begins, dict(zip(header, cells, strict=False)))


def _read_xlsx(file: BinaryIO) -> Iterator[Row | RowError]:
    import openpyxl

    with tempfile.SpooledTemporaryFile(max_size=8 << 20) as book:
        _copy(file, book)
        _refuse_bomb(book)
        try:
            sheet, header = _first_sheet(openpyxl, book, say=True), None
            formulas = _Formulas(openpyxl, book)
            for number, cells in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS), 1):
                if all(cell is None for cell in cells):
                    continue
                if header is None:
                    header = ["" if cell is None else str(cell).strip() for cell in cells]
                    yield Row(number, {"\0header": header})
                else:
                    yield Row(number, {name: _cell(cell) if cell is not None else formulas.at(number, place)
                                       for place, (name, cell) in enumerate(zip(header, cells, strict=False)) if name})
        except (KeyError, ValueError, TypeError, IndexError, SyntaxError, zipfile.BadZipFile, EOFError, OSError) as wrong:
            raise Unusable("Excel 工作簿已损坏或不是 .xlsx") from wrong


def _first_sheet(openpyxl, book, *, say: bool = False, values: bool = True):
    sheets = openpyxl.load_workbook(book, read_only=True, data_only=values, keep_links=False).worksheets
    if say and len(sheets) > 1:
        print(f"工作簿有 {len(sheets)} 张表，只读第一张「{sheets[0].title}」", file=sys.stderr)
    sheets[0].reset_dimensions()
    return sheets[0]


class _Formulas:
    """Tells an empty cell from a formula whose value was never worked out; the book is read once more when the first is met."""

    def __init__(self, openpyxl, book) -> None:
        self._sheet = lambda: _first_sheet(openpyxl, book, values=False)
        self._rows, self._row = None, (0, ())

    def at(self, number: int, place: int):
        """UNCOUNTED for a formula, else None. Asked from top to bottom."""
        self._rows = self._rows or enumerate(self._sheet().iter_rows(values_only=True, max_col=MOST_COLUMNS), 1)
        while self._row[0] < number:
            self._row = next(self._rows, (number, ()))
        cells = self._row[1]
        written = cells[place] if place < len(cells) else None
        return UNCOUNTED if getattr(written, "text", written) is not None else None


def _copy(file: BinaryIO, book) -> None:
    size = 0
    while part := file.read(1 << 20):
        size += len(part)
        if size > LARGEST_BOOK:
            raise Unusable(f"Excel 工作簿超过 {LARGEST_BOOK >> 20} MB，请分开或另存为 CSV")
        book.write(part)
    book.seek(0)


def _refuse_bomb(book) -> None:
    """A small zip can unpack to gigabytes, and an XML document type to as much: both are refused before openpyxl sees them."""
    try:
        with zipfile.ZipFile(book) as parts:
            infos = parts.infolist()
            if len(infos) > MOST_PARTS or sum(i.file_size for i in infos) > LARGEST_UNPACKED:
                raise Unusable(f"Excel 工作簿解压后超过 {LARGEST_UNPACKED >> 20} MB，拒绝打开")
            if not any(i.filename == "xl/workbook.xml" for i in infos):
                raise Unusable("这是压缩包，不是 Excel 工作簿（.xlsx）")
            for info in infos:
                if info.filename.endswith((".xml", ".rels")):
                    with parts.open(info) as part:
                        if b"<!DOCTYPE" in part.read(1 << 20).replace(b"\0", b""):
                            raise Unusable("Excel 工作簿含有不允许的文档类型声明")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as wrong:
        raise Unusable("Excel 工作簿已损坏或加了密码") from wrong
    book.seek(0)


def _cell(value):
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, (str, int, float)) or value is None else str(value)


def _checked(rows: Iterator[Row | RowError], columns: Sequence[str]) -> Iterator[Row | RowError]:
    """Only rows with every wanted column; a table without the column at all is refused at its header."""
    seen = False
    for row in rows:
        if isinstance(row, RowError):
            seen = True
            yield row
            continue
        header = row.cells.get("\0header")
        if header is not None:
            if absent := [name for name in columns if name not in header]:
                raise Unusable(f"缺少列 {'、'.join(absent)}；文件的列是：{'、'.join(h[:20] for h in header[:20] if h)}")
            continue
        seen = True
        wrong = next((reason for name in columns if (reason := _wrong(row.cells, name))), "")
        yield RowError(row.line, wrong) if wrong else row
    if not seen:
        raise Unusable("文件里没有数据行")


def _wrong(cells: dict, name: str) -> str:
    value = cells.get(name)
    if value is UNCOUNTED:
        return f"{name} 是公式，文件里没有算好的值：请用 Excel 打开并另存一次，或粘贴为数值"
    if value is None:
        return f"缺少 {name}"
    if name == "id":
        return "" if isinstance(value, (str, int)) and value != "" else "id 应是文字或整数"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        cells[name] = value = str(value)
    if not isinstance(value, str):
        return f"{name} 应是文字"
    return "" if value.strip() else f"{name} 是空的"
