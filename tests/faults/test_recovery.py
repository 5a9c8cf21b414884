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
from tickets.models import Ticket

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
