"""The house keeps its own rules: who may import whom, who may commit, what is documented, which sentences are used."""

import ast
import re
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.spoken import calls, unsayable
from knowledge.base import FOLDER, load
from knowledge.tables import read_wording

ROOT = Path(__file__).parent.parent
ROOMS = ("bot", "nlp", "knowledge", "tickets", "desk")
MAY_IMPORT = {
    "knowledge": set(),
    "nlp": {"knowledge"},
    "tickets": {"knowledge"},
    "desk": {"tickets", "knowledge"},
    "bot": {"nlp", "tickets", "knowledge"},
}
SEES_EVERYTHING = ("bot/app.py", "bot/cli.py", "bot/commands/")
EDGES = ("tickets/db.py",)
"""The only file that calls commit()."""


def sources() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may(room):
    wrong = {}
    for path in sorted((ROOT / room).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(SEES_EVERYTHING):
            continue
        forbidden = (imported(path) & set(ROOMS)) - MAY_IMPORT[room] - {room}
        if forbidden:
            wrong[name] = forbidden
    assert not wrong


def test_nobody_commits_but_the_store():
    calls = {path.relative_to(ROOT).as_posix() for path in sources() if re.search(r"\.commit\(", path.read_text(encoding="utf-8"))}
    assert calls <= set(EDGES)


def test_no_file_has_outgrown_its_noun():
    """Migrations aside: they are frozen where they stand, and the first one holds every table there was."""
    long = {path.relative_to(ROOT).as_posix(): n for path in sources() if "versions" not in path.parts
            and (n := len(path.read_text(encoding="utf-8").splitlines())) > 400}
    assert not long


def test_every_setting_is_documented():
    readme = (ROOT / "README.md").read_text(encoding="utf-8") + (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    missing = [f.name for f in fields(Settings) if "XIAOBAO_" + f.name.upper() not in readme]
    assert not missing


def test_every_sentence_is_used():
    """A key counts as used when the code names it, or names its table with a computed rest (`f"rating.s{n}"`)."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources())
    code += "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "desk").rglob("*.html"))
    computed = {m.rstrip(".") for m in re.findall(r'f"([a-z_]+\.[a-z_]*)\{', code)} | set(re.findall(r'"([a-z_]+)\."\s*\+', code))
    endings = tuple(re.findall(r'f"\{[a-z_]+\}(\.[a-z_]+)"', code))
    unused = [key for key in load().wording.texts
              if f'"{key}"' not in code and f"'{key}'" not in code
              and not any(key.startswith(stem) for stem in computed) and not key.endswith(endings)
              and not key.startswith(("command.", "told.", "draft.", "audit.", "old."))]
    assert not unused


@pytest.mark.slow
def test_every_sentence_gets_the_fields_it_needs_and_one_that_does_not_is_found_with_its_line(tmp_path):
    wording = load().wording
    assert unsayable(wording, FOLDER / "wording.toml") == []
    assert len({key for _, key, _ in calls() if key in wording}) > 300, "the calls are not seen any more"
    text = (FOLDER / "wording.toml").read_text(encoding="utf-8")
    changed = re.sub(r'^hello = "', 'hello = "{nmae}', text, count=1, flags=re.M)
    gone = changed.replace("\nno_answer = ", "\nno_ansver = ", 1)
    path = tmp_path / "wording.toml"
    path.write_text(gone, encoding="utf-8")
    line = gone[:gone.index('hello = "{nmae}')].count("\n") + 1
    assert unsayable(read_wording(path), path) == ["wording.toml:1: ask.no_answer: the code says it, and it is not there",
                                                   f"wording.toml:{line}: greeting.hello: nobody gives {{nmae}}"]


def test_nothing_of_this_machine_is_committed():
    # Put together here, so that this file does not hold what it forbids.
    words = ("/wo" "rk/", ".lib" "rary", "pypi" ".org", "python" "hosted", "npmjs" ".org", "deb.debian" ".org")
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    found = []
    for name in filter(None, names):
        path = ROOT / name
        if not path.is_file() or path.stat().st_size > 3_000_000 or name == "tests/test_house.py":
            continue
        body = path.read_bytes().decode("utf-8", "ignore")
        found += [f"{name}: {word}" for word in words if word in body]
    assert not found
