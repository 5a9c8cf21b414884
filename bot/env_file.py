"""A file of variables read as systemd reads an EnvironmentFile=, so that commands by hand see what the services see.

No shell reads it: `&`, `$` and spaces in an address or a password are themselves.
"""

import re
from pathlib import Path

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ESCAPED = '"\\`$'  # what a backslash makes plain between double quotes; before anything else it stays


class EnvFileError(Exception):
    """A line that is no NAME=value; the message says which, and not what stands in it."""


def read_env_file(path: Path) -> dict[str, str]:
    """The variables of the file. Raises EnvFileError, OSError."""
    text = path.read_text(encoding="utf-8-sig")
    values: dict[str, str] = {}
    at = 0
    while at < len(text):
        end = text.find("\n", at)
        line = text[at:] if end < 0 else text[at:end]
        if not line.strip() or line.lstrip()[0] in "#;":
            at += len(line) + 1
            continue
        name, equals, _ = line.partition("=")
        if not equals or not _NAME.fullmatch(name.strip()):
            raise EnvFileError(f"{path} 第 {len(text[:at].splitlines()) + 1} 行不是「变量=值」")
        values[name.strip()], at = _value(text, at + len(name) + 1)
    return values


def _value(text: str, at: int) -> tuple[str, int]:
    """One value and where the next line begins. Quotes count where a value begins, not inside of one, and may hold line ends."""
    value, quote, bare, solid = "", "", False, 0  # solid: so much of it is no space at the end
    while at < len(text):
        c = text[at]
        at += 1
        if quote:
            if c == quote:
                quote, solid = "", len(value)
            elif c == "\\" and quote == '"':
                value += _between_double(text[at:at + 1])
                at += 1
            else:
                value += c
        elif c == "\n":
            break
        elif c == "\\":
            value += text[at:at + 1].replace("\n", "")
            at, bare, solid = at + 1, True, len(value)
        elif not bare and c in "'\"":
            quote = c
        elif bare or not c.isspace():
            value, bare = value + c, True
            solid = solid if c.isspace() else len(value)
    return (value if quote else value[:solid]), at


def _between_double(c: str) -> str:
    return "" if c == "\n" else c if c in _ESCAPED else "\\" + c
