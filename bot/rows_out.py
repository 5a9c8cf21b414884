"""Results leave as JSONL, CSV or Excel; a cell that a spreadsheet would run as a formula leaves as text."""

import csv
import os
import sys
import tempfile
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import msgspec

from bot.rows import Unusable

LONGEST_CELL = 32_767  # Excel's own limit
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def write_rows(rows: Iterable[dict], target: str | None = None) -> int:
    """Write as JSONL to standard output, or to `target` by its extension; a file appears only when complete. Gives the count."""
    if target is None or target == "-":
        return _write_jsonl(rows, sys.stdout.buffer)
    path = Path(target)
    write = {".jsonl": _jsonl_file, ".csv": _csv_file, ".xlsx": _xlsx_file}.get(path.suffix.lower())
    if write is None:
        raise Unusable(f"--output 只写 .jsonl、.csv 或 .xlsx，不写 {path.suffix or '没有扩展名的文件'}")
    if not path.parent.is_dir():
        raise Unusable(f"没有文件夹 {path.parent}")
    if path.is_dir():
        raise Unusable(f"{path} 是文件夹")
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=path.suffix)
    except PermissionError:
        raise Unusable(f"没有权限写入 {path.parent}") from None
    os.close(handle)
    try:
        count = write(rows, Path(name))
        # mkstemp makes files private; the result gets what the person's umask grants.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
    return count


def harmless(value):
    """A cell that no spreadsheet takes for a formula; lists become JSON."""
    if isinstance(value, (list, tuple, dict)):
        value = msgspec.json.encode(value).decode()
    if isinstance(value, str):
        value = value[:LONGEST_CELL - 1]
        return "'" + value if value.startswith(_DANGEROUS) else value
    return value


def _write_jsonl(rows: Iterable[dict], stream) -> int:
    count = 0
    for row in rows:
        stream.write(msgspec.json.encode(row) + b"\n")
        count += 1
    stream.flush()
    return count


def _jsonl_file(rows: Iterable[dict], path: Path) -> int:
    with path.open("wb") as stream:
        return _write_jsonl(rows, stream)


def _csv_file(rows: Iterable[dict], path: Path) -> int:
    # The byte order mark makes Excel read the file as UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        table = csv.writer(stream)
        return _table(rows, table.writerow)


def _xlsx_file(rows: Iterable[dict], path: Path) -> int:
    import openpyxl
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("结果")

    def write(cells: list) -> None:
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("", c) if isinstance(c, str) else c for c in cells])

    count = _table(rows, write)
    book.save(path)
    return count


def _table(rows: Iterable[dict], write) -> int:
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return 0
    header = list(first)
    write(header)
    count = 0
    for row in chain([first], rows):
        write([harmless(row.get(name)) for name in header])
        count += 1
    return count
