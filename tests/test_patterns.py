"""Every regular expression of the program, found by walking its source, stays quick on whatever a stranger may send."""

import ast
import importlib
import re
import sys
import time
import tomllib
from pathlib import Path

import pytest

from bot.flows import first_aid
from nlp import signs
from tests import builders

ROOT = Path(__file__).parent.parent
ROOMS = ("bot", "nlp", "knowledge", "tickets", "desk")
CALLS = {"compile", "search", "match", "fullmatch", "sub", "subn", "findall", "finditer", "split"}
LONGEST = 2000  # characters; a message may hold twice as many
MOST = 0.2  # seconds for one pattern on one text; quadratic ones take more, those that backtrack take minutes


def written() -> dict[str, re.Pattern]:
    """Patterns that stand in the source as one string, by file and line; and the modules that put theirs together."""
    found: dict[str, re.Pattern] = {}
    for path in (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))):
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) \
                    and node.func.value.id == "re" and node.func.attr in CALLS and node.args:
                if isinstance(node.args[0], ast.Constant):
                    found[f"{name}:{node.lineno}"] = re.compile(node.args[0].value)
                elif node.func.attr == "compile":
                    found |= built(name)
    return found


def built(name: str) -> dict[str, re.Pattern]:
    """Patterns that a module holds once it is loaded, also in its lists and tables."""
    module = importlib.import_module(name.removesuffix(".py").replace("/", "."))
    found = {}
    for label, value in vars(module).items():
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else (value,)
        found |= {f"{name}: {label} {n}": one for n, one in enumerate(inside) if isinstance(one, re.Pattern)}
    return found


def kept() -> dict[str, re.Pattern]:
    """Patterns that are knowledge: signs.toml, as one list and each by itself; the scam signs; what calls for first aid."""
    found = {f"signs.toml: {name}": pattern for name, pattern in signs.patterns().items()}
    for kind, guidance in builders.knowledge().emergencies.items():
        both = first_aid.patterns(guidance) if guidance.heard else ()
        found |= {f"emergencies.toml: {kind} {n}": one for n, one in enumerate(both) if one}
    for path in (ROOT / "nlp" / "scam_signs.toml",):
        for table in tomllib.loads(path.read_text(encoding="utf-8")).values():
            for name, parts in (table.items() if isinstance(table, dict) else ()):
                texts = [part for part in parts if isinstance(part, str)] if isinstance(parts, list) else []
                found |= {f"{path.name}: {name} {n}": re.compile(text) for n, text in enumerate(texts)}
    return found


def hostile(pattern: re.Pattern) -> list[str | bytes]:
    """Long texts of what the pattern itself is made of, ended by what it cannot take, and runs that many patterns trip over."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    letters = re.findall(r"[\u3400-\u9fff]{1,4}|[A-Za-z]{2,6}|\d", re.sub(r"\\.|\(\?[^)]*?[>:=!]", " ", source))
    own = letters[0] if letters else "a"
    texts = [(own * LONGEST)[:LONGEST] + "\n", (own + "1") * 900 + "!", *(one * LONGEST + "x!" for one in "1 a"),
             "的" * LONGEST + "\n", "1 " * 2000 + "x", "1-" * 2000 + "x", "a@a." * 1000 + "\n", "<" * LONGEST, "\t\n" * 2000 + "x",
             "".join(letters)[:80] * 50 + "\0"]
    if letters:
        texts.append((letters[0] + "，" + letters[-1]) * 600)
    return [text.encode()[:LONGEST] for text in texts] if isinstance(pattern.pattern, bytes) else texts


def slow(name: str, pattern: re.Pattern) -> list[str]:
    found = []
    for text in hostile(pattern):
        took = seconds(pattern, text)
        if took > MOST and (took := seconds(pattern, text)) > MOST:  # once more: the machine may have paused
            found.append(f"{name}: {took:.2f} s on {text[:12]!r} × {len(text)}")
    return found


def seconds(pattern: re.Pattern, text: str | bytes) -> float:
    began = time.process_time()
    for _ in pattern.finditer(text):
        pass
    pattern.match(text)
    return time.process_time() - began


@pytest.mark.slow
def test_no_pattern_of_the_program_is_slow_on_hostile_text():
    patterns = {**written(), **kept()}
    assert len(patterns) > 130, "the walk found too few"
    assert [problem for name, pattern in patterns.items() for problem in slow(name, pattern)] == []


@pytest.mark.parametrize("evil", [r"(a+)+$", r"(?:a|a)*b"])
def test_a_pattern_that_backtracks_is_seen(evil, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "LONGEST", 20)
    monkeypatch.setattr(sys.modules[__name__], "MOST", 0.05)
    assert slow("evil", re.compile(evil))
