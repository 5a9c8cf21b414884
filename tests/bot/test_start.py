"""A broken house does not open: a damaged model or a wrong knowledge file stops the start, in one line that names it."""

import gc
import shutil
import signal
import subprocess
import sys
import threading
from itertools import cycle

import pytest
from click.testing import CliRunner

from bot import house
from bot.commands import running
from bot.settings import FINDER
from knowledge import base
from nlp import sense, sounds
from nlp.soundness import NEEDED
from tests import builders

CORRUPT = {"empty": lambda body: b"", "half": lambda body: body[: len(body) // 2], "noise": lambda body: bytes(range(256)) * 8,
           "one bit": lambda body: body[: len(body) // 2] + bytes([body[len(body) // 2] ^ 16]) + body[len(body) // 2 + 1:]}
IN_TURN = cycle(CORRUPT)
DAMAGED = [(name, next(IN_TURN) if name.endswith(".npz") else "half") for name in NEEDED]


@pytest.fixture
def start(tmp_path, monkeypatch, finder_folder):
    """`xiaobao serve` until it would listen."""
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / FINDER).symlink_to(finder_folder)
    monkeypatch.setenv("XIAOBAO_VAR_FOLDER", str(tmp_path / "var"))
    monkeypatch.delenv("XIAOBAO_DATABASE_URL", raising=False)
    monkeypatch.setattr("uvicorn.run", lambda *_, **__: pytest.fail("it opened"))
    monkeypatch.setattr(running, "_settle", lambda: None)
    monkeypatch.setattr("bot.logs.configure", lambda level: None)
    return lambda: CliRunner().invoke(running.serve, [])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # numpy leaves a file open that is no archive
@pytest.mark.parametrize(("name", "how"), DAMAGED)
def test_a_damaged_model_file_stops_the_start_and_is_named(start, tmp_path, monkeypatch, name, how):
    folder = tmp_path / "model"
    folder.mkdir()
    for path in house.MODEL.iterdir():
        (folder / path.name).symlink_to(path)
    (folder / name).unlink()
    (folder / name).write_bytes(CORRUPT[how]((house.MODEL / name).read_bytes()))
    monkeypatch.setattr(house, "MODEL", folder)
    monkeypatch.setattr(sense, "FOLDER", folder)
    monkeypatch.setattr(sounds, "TABLE", folder / sounds.TABLE.name)
    sounds._table.cache_clear()
    monkeypatch.setattr(house, "load", builders.knowledge)
    answer = start()
    code, said = answer.exit_code, answer.output
    del answer  # it holds the traceback, which holds that file
    gc.collect()
    sounds._table.cache_clear()
    assert code == 1 and f"拒绝启动：{folder / name}: " in said, said
    assert "Traceback" not in said and len(said.splitlines()) == 1


@pytest.mark.parametrize(("name", "old", "new"), [
    ("wording.toml", "[greeting]", "[greeting"), ("deadlines.toml", "days = ", "days = x"),
    ("taxonomy.toml", "[category]", "[catagory]"), ("faq/counterfeit_cash.md", "checked:", "chekced:")])
def test_a_wrong_knowledge_file_stops_the_start_with_file_and_line(start, tmp_path, monkeypatch, name, old, new):
    folder = tmp_path / "knowledge"
    shutil.copytree(base.FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    real = house.load
    monkeypatch.setattr(house, "load", lambda: real(folder))
    answer = start()
    assert answer.exit_code == 1 and "拒绝启动：" in answer.output and f"{name.rpartition('/')[2]}:" in answer.output, answer.output
    assert any(part.isdigit() for part in answer.output.split(":")), "no line number"
    assert "Traceback" not in answer.output


@pytest.mark.parametrize(("how", "said"), [("kill", "被信号 SIGKILL 结束（状态 -9）"), ("exit", "状态 3")])
@pytest.mark.parametrize("name", ["serve", "worker"])
def test_when_one_process_ends_by_itself_it_is_named_and_the_other_stops_gracefully(monkeypatch, capsys, tmp_path, name, how, said):
    monkeypatch.setattr(running.signal, "signal", lambda *_: None)  # the test's own process keeps its handlers
    gone = tmp_path / "gone"
    patient = f"""
import signal, sys, time
def leave(*_):
    open({str(gone)!r}, "w").close()
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("up", flush=True)
time.sleep(60)
"""
    other = {"serve": "worker", "worker": "serve"}[name]
    broken = "import sys; sys.exit(3)" if how == "exit" else "import time; time.sleep(60)"
    children = {other: subprocess.Popen([sys.executable, "-c", patient], stdout=subprocess.PIPE),
                name: subprocess.Popen([sys.executable, "-c", broken])}
    assert children[other].stdout.readline() == b"up\n"
    children[other].stdout.close()
    if how == "kill":
        threading.Timer(0.1, children[name].send_signal, (signal.SIGKILL,)).start()
    status = running._stand_by({one: children[one] for one in ("serve", "worker")})
    (line,) = capsys.readouterr().err.splitlines()
    assert running.CALLED[name] in line and said in line and "make run" in line and running.CALLED[other] not in line
    assert status == (9 if how == "kill" else 3) and gone.exists() and children[other].returncode == 0


def test_a_stop_that_was_asked_for_says_nothing_and_ends_well(monkeypatch, capsys):
    handlers = {}
    monkeypatch.setattr(running.signal, "signal", lambda number, handler: handlers.setdefault(number, handler))
    children = {name: subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) for name in ("serve", "worker")}
    threading.Timer(0.1, lambda: handlers[signal.SIGINT]()).start()
    assert running._stand_by(children) == 0 and capsys.readouterr().err == ""
