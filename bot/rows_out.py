"""Results leave as JSONL, CSV or Excel; a cell that a spreadsheet would run as a formula leaves as text."""

import csv
import errno
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import msgspec

LONGEST_NAME = 255  # bytes, on every file system that we know
WHY = {errno.ENOSPC: "磁盘已满", errno.EDQUOT: "超出了磁盘配额", errno.ENAMETOOLONG: "文件名太长", errno.EACCES: "没有权限",
       errno.EPERM: "没有权限", errno.EROFS: "磁盘是只读的", errno.ENOENT: "没有这个文件夹", errno.ENOTDIR: "路径有一段不是文件夹",
       errno.EISDIR: "它是文件夹", errno.EFBIG: "文件太大", errno.EIO: "磁盘读写出错"}
LONGEST_CELL = 32_767  # Excel's own limit
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


class Unwritable(Exception):
    """The output cannot be written; the message names it, for the person at the terminal."""

    def __init__(self, target: Path | str, why: str):
        super().__init__(f"写不了 {target}：{why}")


def write_rows(rows: Iterable[dict], target: str | None = None, *, sources: Iterable[str] = ()) -> int:
    """Write as JSONL to standard output, or to `target` by its extension. Gives the count. Raises Unwritable.

    A file appears only when complete, and not at all without a row: what stood there before stays. `sources` are the files that are
    read; none of them may be the target.
    """
    if target is None or target == "-":
        return _to_stdout(rows)
    path = Path(target)
    write = {".jsonl": _jsonl_file, ".csv": _csv_file, ".xlsx": _xlsx_file}.get(path.suffix.lower())
    if write is None:
        raise Unwritable(target, f"--output 只写 .jsonl、.csv 或 .xlsx，不写 {path.suffix or '没有扩展名的文件'}")
    if any(_same(path, source) for source in sources):
        raise Unwritable(target, "它就是输入文件，写入会毁掉输入；请换一个文件名")
    with writing(path) as fresh:
        count = write(rows, fresh)
        if not count:
            fresh.unlink()
    return count


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place when the block ends well, unless the block removed it. Raises Unwritable."""
    try:
        if path.is_dir():
            raise Unwritable(path, "它是文件夹")
        if not path.parent.is_dir():
            raise Unwritable(path, f"没有文件夹 {path.parent}")
        if len(os.fsencode(path.name)) > LONGEST_NAME:
            raise Unwritable(path.name[:40] + "…", WHY[errno.ENAMETOOLONG])
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".xiaobao.", suffix=path.suffix)
        os.close(handle)
        fresh = Path(name)
        try:
            yield fresh
            if fresh.exists():
                # mkstemp makes files private; the result gets what the person's umask grants.
                mask = os.umask(0)
                os.umask(mask)
                fresh.chmod(0o666 & ~mask)
                os.replace(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise Unwritable(path, why(error)) from None


def why(error: OSError) -> str:
    """What went wrong with a file, in the words of the person at the terminal."""
    return WHY.get(error.errno or 0, error.strerror or type(error).__name__)


def _same(path: Path, source: str) -> bool:
    try:
        return source != "-" and path.samefile(source)
    except OSError:
        return False


def _to_stdout(rows: Iterable[dict]) -> int:
    try:
        return _write_jsonl(rows, sys.stdout.buffer)
    except OSError as error:
        if error.errno == errno.EPIPE:  # the reader had enough, as `head` has; click ends quietly
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the buffer must not fail once more at the end
        raise Unwritable("标准输出", why(error)) from None


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
