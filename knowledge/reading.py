"""Every refusal of a knowledge file must tell the writer where to look, so reading and locating live together."""

import codecs
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import msgspec


class KnowledgeError(Exception):
    """A knowledge file cannot be used; the message is `file:line: what`."""

    def __init__(self, path: Path | str, line: int, what: str):
        self.path, self.line, self.what = Path(path), line, what
        super().__init__(f"{_short(self.path)}:{line}: {what}")


def _short(path: Path) -> str:
    parts = path.parts
    return "/".join(parts[parts.index("knowledge"):]) if "knowledge" in parts else path.name


def read_text(path: Path) -> str:
    """A file of ours as text; a byte order mark, which Windows editors write, is no part of it. Raises KnowledgeError."""
    body = path.read_bytes()
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise KnowledgeError(path, 1, "not UTF-8 but UTF-16: 请用编辑器另存为 UTF-8")
    try:
        text = body.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise KnowledgeError(path, line, "not UTF-8 (saved as GBK?): 请用编辑器另存为 UTF-8") from error
    return text.replace("\r\n", "\n")


class TomlFile:
    """A parsed TOML file that still knows its lines."""

    def __init__(self, path: Path):
        self.path = path
        self.text = read_text(path)
        try:
            self.data: dict[str, Any] = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"at line (\d+)", str(error))
            raise KnowledgeError(path, int(found[1]) if found else 1, f"not TOML: {error}") from error

    def line(self, key: str, *, nth: int = 0) -> int:
        """Line of the nth `[key]`, `[[key]]` or `key =`; 1 if there is none. `[[key]]`: only of such a row; `table.key`: of that
        key in that table."""
        table, _, name = key.rpartition(".")
        if table:
            begins = re.search(rf"^\s*\[{re.escape(table)}\]", self.text, re.MULTILINE)
            hit = begins and re.compile(rf'^\s*"?{re.escape(name)}"?\s*[=.]', re.MULTILINE).search(self.text, begins.end())
            return self.text.count("\n", 0, hit.end()) + 1 if hit else self.line(name)
        row = key.startswith("[[")
        pattern = re.compile(rf"^\s*{re.escape(key)}" if row else rf'^\s*\[{{0,2}}"?{re.escape(key)}"?\s*(?:\]|=|\.)', re.MULTILINE)
        hits = [self.text.count("\n", 0, m.start() + len(m[0]) - len(m[0].lstrip())) + 1
                for m in pattern.finditer(self.text)]
        return hits[min(nth, len(hits) - 1)] if hits else 1

    def refuse(self, what: str, *, key: str = "", nth: int = 0) -> KnowledgeError:
        return KnowledgeError(self.path, self.line(key, nth=nth) if key else 1, what)

    def records(self, table: str, kind: type) -> list[Any]:
        """All `[[table]]` as `kind`; a missing or mistyped field is refused at the table's own line."""
        extra = sorted(set(self.data) - {table})
        if extra:
            raise self.refuse(f"expected only [[{table}]], found {extra[0]!r}", key=extra[0])
        rows = self.data.get(table, [])
        if not isinstance(rows, list):
            raise self.refuse(f"[{table}] must be written [[{table}]]", key=table)
        made = []
        for nth, row in enumerate(rows):
            try:
                made.append(msgspec.convert(row, kind))
            except msgspec.ValidationError as error:
                raise self.refuse(f"[[{table}]] {row.get('id') or row.get('term') or nth + 1}: {error}",
                                  key=f"[[{table}]]", nth=nth) from error
        return made


def read_date(value: object, *, path: Path, line: int, name: str) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError as error:
        raise KnowledgeError(path, line, f"{name} is not a date (YYYY-MM-DD): {value!r}") from error
