"""PostgreSQL goes back to the moment before an accident, step by step as docs/operations.md has it: base backup, archive, time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from tests import under_load
from tests.fake_telegram import wait_for
from tests.faults.test_storage import at_work
from tickets import accounts, audit, migrate
from tickets.db import Store
from tickets.models import Staff, Ticket

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(180)
def test_the_tickets_of_the_moment_before_the_accident_come_back(servers, tmp_path):
    broken, restored = servers(), servers()
    archive = broken.folder / "archive"
    broken.create("archive_mode = on", f"archive_command = 'mkdir -p {archive} && test ! -f {archive}/%f && cp %p {archive}/%f'")
    migrate.upgrade(broken.url)
    store = Store(broken.url)
    with under_load.load(tmp_path) as load:
        with at_work(load, store, tmp_path):
            said_and_sealed(load, store)
            restored.copy(broken)
            said_and_sealed(load, store)
            before, moment = numbers(store), broken.ask("SELECT clock_timestamp()")[0][0]
            said_and_sealed(load, store)
            assert len(numbers(store)) > len(before) > 0
        store.close()
        broken.ask("DROP TABLE ticket CASCADE")
        broken.stop("fast")  # writes the last of the archive

        restored.configure(f"restore_command = 'cp {archive}/%f %p'", f"recovery_target_time = '{moment.isoformat()}'")
        (restored.data / "recovery.signal").touch()
        restored.start()
        wait_for(lambda: restored.ask("SELECT pg_get_wal_replay_pause_state()") == [("paused",)], 30)
        store = Store(restored.url)
        assert numbers(store) == before and verified(restored.url), "looked at before anything can be written"
        restored.ask("SELECT pg_wal_replay_resume()")
        wait_for(lambda: restored.ask("SELECT pg_is_in_recovery()") == [(False,)], 30)
        with at_work(load, store, tmp_path):
            said_and_sealed(load, store)
        assert numbers(store)[:len(before)] == before and len(numbers(store)) > len(before)
        assert verified(restored.url)
        store.close()


def test_the_nightly_copy_is_restored_into_an_empty_database(server, tmp_path):
    assert "里没有表" in backed_up(server.url, tmp_path, "early", code=1) and not (tmp_path / "early").exists()
    migrate.upgrade(server.url)
    store = Store(server.url)
    with store.write() as session:
        made = accounts.create_staff(session, username="zhang", name="张", role="admin", password="竹杖芒鞋轻胜马 42")
        session.flush()
        audit.record(session, action="staff.add", staff_id=made.id, target=f"staff:{made.id}")
    (tmp_path / "attachments").mkdir()
    (tmp_path / "attachments" / "a1b2").write_bytes(b"a photo")
    several = server.url.replace(f":{server.port}/", f":{server.port},127.0.0.1:9/") + "?target_session_attrs=read-write"
    said = backed_up(several, tmp_path, "copy")
    assert "附件 1 个" in said and (tmp_path / "copy" / "attachments" / "a1b2").read_bytes() == b"a photo"
    server.ask("CREATE DATABASE again")
    again = server.url.replace("/xiaobao", "/again")
    subprocess.run(["pg_restore", "--no-owner", "--single-transaction", f"--dbname={again}", tmp_path / "copy" / "xiaobao.dump"],
                   check=True)
    restored = Store(again)
    with restored.read() as session:
        assert session.scalars(select(Staff.username)).all() == ["zhang"] and not migrate.behind(restored)
    assert verified(again)
    restored.close()
    store.close()


def backed_up(url: str, folder: Path, name: str, *, code: int = 0) -> str:
    """`xiaobao backup`, as the nightly unit calls it."""
    done = subprocess.run([sys.executable, "-m", "bot.cli", "backup", str(folder / name)], cwd=ROOT, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "XIAOBAO_DATABASE_URL": url, "XIAOBAO_VAR_FOLDER": str(folder)})
    assert done.returncode == code, done.stdout
    return done.stdout


def said_and_sealed(load, store: Store) -> None:
    """Ten people write, some of them complain; a clerk is added, which the audit chain records."""
    load.say(10)
    load.settle(store)
    with store.write() as session:
        name = f"clerk-{len(load.sent)}-{os.urandom(3).hex()}"
        staff = accounts.create_staff(session, username=name, name="张", role="handler", password="竹杖芒鞋轻胜马 42")
        session.flush()
        audit.record(session, action="staff.add", staff_id=staff.id, target=f"staff:{staff.id}")


def numbers(store: Store) -> list[str]:
    with store.read() as session:
        return list(session.scalars(select(Ticket.number).order_by(Ticket.id)))


def verified(url: str) -> bool:
    """`xiaobao audit verify`, as the operator calls it."""
    done = subprocess.run([sys.executable, "-m", "bot.cli", "audit", "verify"], cwd=ROOT, capture_output=True, text=True,
                          check=False, env={**os.environ, "XIAOBAO_DATABASE_URL": url})
    return done.returncode == 0 and "完整" in done.stdout
