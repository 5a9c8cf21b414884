"""The commands that run the house end in one plain line where something is missing, and leave nothing behind."""

import socket
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from bot import house as house_module
from bot.channels import console
from bot.cli import main
from bot.commands import running
from tests import builders
from tickets import accounts, migrate
from tickets.db import Store
from tickets.models import Audit, DeskSession, Staff, now

NEED_A_DATABASE = [["user", "list"], ["user", "add", "zhang", "--name", "张"], ["user", "role", "zhang", "lead"],
                   ["audit", "verify"], ["erase"], ["erase", "--chat", "telegram:1"], ["report", "monthly", "2026-10"]]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where the default database would be."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XIAOBAO_VAR_FOLDER", str(tmp_path / "var"))
    monkeypatch.setenv("XIAOBAO_DATABASE_URL", f"sqlite:///{tmp_path}/data/xiaobao.sqlite3")
    return tmp_path / "data" / "xiaobao.sqlite3"


def refused(words, said):
    answer = CliRunner().invoke(main, words)
    lines = answer.output.strip().splitlines()
    assert answer.exit_code in (1, 2) and len(lines) == 1 and said in lines[0] and "SELECT" not in lines[0], answer.output


@pytest.mark.parametrize("words", NEED_A_DATABASE, ids=" ".join)
def test_before_there_is_a_database_one_line_says_what_to_do_and_none_is_made(place, words):
    refused(words, "xiaobao migrate")
    assert not place.exists()
    refused(["backup", "copy"], "没有找到数据库文件")
    assert not (place.parent.parent / "copy").exists()


@pytest.mark.parametrize("words", NEED_A_DATABASE, ids=" ".join)
def test_a_database_that_is_empty_old_or_damaged_is_said_in_one_line(place, words):
    place.parent.mkdir()
    place.touch()
    refused(words, "xiaobao migrate")
    place.write_bytes(b"no database at all" * 100)
    refused(words, "数据库连不上或写不了")
    place.unlink()
    migrate.upgrade(f"sqlite:///{place}", "0001")
    refused(words, "xiaobao migrate")


def test_the_doctor_finds_no_database_and_makes_none(place, monkeypatch):
    monkeypatch.setattr("bot.doctor._model", lambda settings: [])
    answer = CliRunner().invoke(main, ["doctor"])
    assert answer.exit_code == 1 and "✗ 数据库：还没有，先运行 xiaobao migrate" in answer.output and not place.exists()


def test_staff_are_added_given_roles_and_let_in_again(place):
    migrate.upgrade(f"sqlite:///{place}")

    def run(*words):
        return CliRunner().invoke(main, ["user", *words])
    assert run("add", "zhang", "--name", "张", "--role", "admin").exit_code == 0
    made = run("add", "li", "--name", "李")
    assert made.exit_code == 0, (made.output, made.exception)
    assert run("role", "li", "lead").output == "li 的角色：lead\n" and "li\t李\tlead\t在用" in run("list").output
    assert run("disable", "li").exit_code == 0 and "停用" in run("list").output
    assert run("enable", "li").exit_code == 0 and "停用" not in run("list").output
    for words in (("role", "zhang", "handler"), ("disable", "zhang"), ("role", "nobody", "lead"), ("enable", "nobody")):
        answer = run(*words)
        assert answer.exit_code == 1 and answer.output.startswith("Error: ") and len(answer.output.splitlines()) == 1
    named = CliRunner().invoke(main, ["user", "--help"]).output
    assert all(f"\n  {name} " in named for name in ("add", "list", "password", "role", "disable", "enable", "sign-out"))
    assert run("password", "li").exit_code == 0
    store = Store(f"sqlite:///{place}")
    with store.read() as session:
        recorded = [(row.action, row.target, row.data) for row in session.scalars(select(Audit).order_by(Audit.id))]
    store.close()
    assert recorded == [("staff.add", "staff:1", {"role": "admin"}), ("staff.add", "staff:2", {"role": "handler"}),
                        ("staff.change", "staff:2", {"role": "lead"}), ("staff.active", "staff:2", {"active": False}),
                        ("staff.active", "staff:2", {"active": True}), ("staff.reset", "staff:2", {})], "as the desk records them"


@pytest.mark.parametrize(("words", "left"), [(["li"], ["zhang"]), (["--all"], [])])
def test_one_of_the_staff_or_all_are_signed_out(place, words, left):
    migrate.upgrade(f"sqlite:///{place}")
    store, at = Store(f"sqlite:///{place}"), now()
    with store.write() as session:
        for name in ("zhang", "li"):
            staff = Staff(username=name, name=name, role="admin", password_hash="!")
            session.add(staff)
            session.flush()
            session.add(DeskSession(token_hash=name, staff_id=staff.id, csrf="c", created_at=at, seen_at=at, expires_at=at))
    for wrong, code in (([], 2), (["li", "--all"], 2), (["nobody"], 1)):
        assert CliRunner().invoke(main, ["user", "sign-out", *wrong]).exit_code == code
    assert CliRunner().invoke(main, ["user", "sign-out", *words]).exit_code == 0
    with store.read() as session:
        assert list(session.scalars(select(DeskSession.token_hash))) == left
        assert session.scalars(select(Audit)).one().action == "staff.sign_out"
    store.close()


def test_the_named_port_wins_over_the_environment(place, monkeypatch):
    monkeypatch.setenv("PORT", "8123")
    started, waited = [], []
    monkeypatch.setattr(running, "_refuse_taken", lambda host, port: None)
    monkeypatch.setattr(running.subprocess, "Popen", lambda command, env: started.append(env))
    monkeypatch.setattr(running, "_wait_ready", lambda host, port, child: waited.append(port))
    monkeypatch.setattr(running, "_stand_by", lambda children: 0)
    monkeypatch.setattr(accounts, "create_staff", lambda *_, **__: None)
    answer = CliRunner().invoke(main, ["up", "--port", "8456"])
    assert answer.exit_code == 0 and waited == [8456] and "127.0.0.1:8456/" in answer.output, answer.output
    from bot.settings import read_settings
    assert [read_settings(env).port for env in started] == [8456, 8456]


@pytest.mark.parametrize(("host", "said"), [("192.0.2.1", "192.0.2.1"), ("127.0.0.1", "已被占用")])
def test_where_it_cannot_listen_is_said_before_anything_is_loaded(place, monkeypatch, host, said):
    monkeypatch.setattr(running, "build_or_exit", lambda settings: pytest.fail("loaded first"))
    monkeypatch.setenv("XIAOBAO_HOST", host)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused(["serve", "--port", str(taken.getsockname()[1])], said)


LATE = """
import socket, sys, time
time.sleep(0.6)
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(30)
"""


def test_a_slow_start_is_waited_for_and_says_what_it_does(monkeypatch, capsys):
    monkeypatch.setattr(running, "QUIET", 0.1)
    with running.socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    child = subprocess.Popen([sys.executable, "-c", LATE, str(port)])
    try:
        running._wait_ready("127.0.0.1", port, child)
    finally:
        child.kill()
        child.wait()
    assert capsys.readouterr().out.count("索引") == 1


def test_a_start_that_dies_is_told_at_once():
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.exit(3)"])
    began = time.monotonic()
    with pytest.raises(running.click.ClickException, match="状态 3"):
        running._wait_ready("127.0.0.1", 9, child)
    assert time.monotonic() - began < 20


def test_a_message_that_fails_in_the_terminal_is_not_met_with_silence(store, tmp_path, monkeypatch, capsys):
    house = builders.house(store, tmp_path)
    monkeypatch.setattr(house.intake, "_converse", lambda *_: 1 / 0)
    monkeypatch.setattr("builtins.input", lambda prompt: (_ for _ in ()).throw(EOFError))
    console.talk(house, "t")
    assert "没有处理成功" in capsys.readouterr().out


def test_a_house_without_one_of_its_files_does_not_open(tmp_path, monkeypatch):
    known = builders.knowledge()
    monkeypatch.setattr(house_module, "load", lambda: replace(known, missing=("wording.toml",)))
    with pytest.raises(house_module.KnowledgeError, match=r"wording\.toml:1: file is missing"):
        house_module.build(builders.settings(tmp_path))


def test_a_backup_is_whole_and_holds_attachments_and_taught_models(sqlite_template, place):
    place.parent.mkdir()
    place.write_bytes(sqlite_template.read_bytes())
    store = Store(f"sqlite:///{place}")
    with store.write() as session:
        session.add(Staff(username="zhang", name="张", role="admin", password_hash="!"))
    home = place.parent.parent
    for name in ("attachments/a1", "models/v1/about.json", "models/current.json"):
        path = home / "var" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    answer = CliRunner().invoke(main, ["backup", "copy"])  # while the store is open
    assert answer.exit_code == 0 and "附件 1 个" in answer.output and "模型文件 2 个" in answer.output, answer.output
    store.close()
    assert (home / "copy" / "models" / "v1" / "about.json").read_text() == "models/v1/about.json"
    restored = Store(f"sqlite:///{home / 'copy' / 'xiaobao.sqlite3'}")
    with restored.read() as session:
        assert session.execute(text("SELECT username FROM staff")).scalars().all() == ["zhang"] and not migrate.behind(restored)
    restored.close()
    refused(["backup", "copy"], "不是空文件夹")


def test_a_backup_that_fails_leaves_nothing_behind(sqlite_template, place, monkeypatch):
    place.parent.mkdir()
    place.write_bytes(sqlite_template.read_bytes())
    monkeypatch.setattr("tickets.backup.shutil.copytree", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    (place.parent.parent / "var" / "attachments").mkdir(parents=True)
    refused(["backup", "copy"], "写不了 copy：磁盘已满")
    assert not (place.parent.parent / "copy").exists()
    place.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    refused(["backup", "copy"], "没有备份成")
    assert not (place.parent.parent / "copy").exists()
