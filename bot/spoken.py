"""Whether each sentence of wording.toml can be said: the code's own calls tell which fields a sentence is given.

A sentence with a field that nobody gives would fail in the middle of a customer's talk; `xiaobao doctor` and the tests look first.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, nodes

from knowledge.reading import TomlFile
from knowledge.tables import Wording

ROOT = Path(__file__).parent.parent
ROOMS = ("bot", "desk", "tickets")
SPEAKERS = ("word", "wording", "button")
Call = tuple[str, str, frozenset[str] | None]
"""Who is called, with which key, and the fields given; None where they are computed."""


def unsayable(wording: Wording, path: Path) -> list[str]:
    """`file:line: what` for each sentence that is called and cannot be said, or is not there. Computed keys are not seen."""
    file, found = TomlFile(path), {}
    for speaker, key, given in calls():
        if key not in wording:
            if speaker in SPEAKERS and "." in key:
                found[key] = str(file.refuse(f"{key}: the code says it, and it is not there"))
        elif given is not None and (absent := wording.fields[key] - given):
            found[key] = str(file.refuse(f"{key}: nobody gives {', '.join(f'{{{name}}}' for name in sorted(absent))}", key=key))
    return [found[key] for key in sorted(found)]


def calls() -> Iterator[Call]:
    """Every call with a sentence's key as its first argument, in the code and on the desk's pages."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args:
                    named = [one.arg for one in node.keywords]
                    given = None if None in named else frozenset(filter(None, named))
                    speaker = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                    yield from ((speaker, key, given) for key in _keys(node.args[0]))
    pages = Environment(autoescape=True)
    for path in sorted((ROOT / "desk" / "templates").glob("*.html")):
        for call in pages.parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if call.args and isinstance(call.args[0], nodes.Const) and isinstance(call.args[0].value, str):
                given = None if call.dyn_kwargs else frozenset(one.key for one in call.kwargs)
                yield getattr(call.node, "name", getattr(call.node, "attr", "")), call.args[0].value, given


def _keys(node: ast.expr) -> list[str]:
    """A key as it is written, or both of a choice between two."""
    if isinstance(node, ast.IfExp):
        return [*_keys(node.body), *_keys(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []
