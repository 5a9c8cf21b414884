"""A backup taken while messages come in is whole: restored into a new folder, the house goes on from it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import func, select

from tests import builders, under_load
from tests.fake_telegram import wait_for
from tests.faults.test_storage import at_work
from tickets import accounts, audit
from tickets.db import Store
from tickets.models import Attachment, Audit, Delivery, Message, Owed, Ticket, now

ROOT = Path(__file__).parents[2]


def backup(folder: Path, database: str, target: Path, *, meanwhile: Callable[[], None]) -> str:
    """`xiaobao backup`, as the operator calls it; `meanwhile` is done again and again until it has ended."""
    environ = {**os.environ, "XIAOBAO_VAR_FOLDER": str(folder), "XIAOBAO_DATABASE_URL": database}
    running = subprocess.Popen([sys.executable, "-m", "bot.cli", "backup", str(target)], cwd=ROOT, env=environ, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    while running.poll() is None:
        meanwhile()
        time.sleep(0.1)
    said = running.communicate()[0]
    assert running.returncode == 0, said
    return said


def counted(store: Store) -> dict[str, int]:
    with store.read() as session:
        return {table.__tablename__: session.scalar(select(func.count()).select_from(table))
                for table in (Delivery, Message, Owed, Ticket, Audit, Attachment)}


def test_a_backup_under_load_is_restored_and_goes_on(sqlite_template, tmp_path, record_property):
    live, new = tmp_path / "live", tmp_path / "new"
    (live / "attachments").mkdir(parents=True)
    (live / "attachments" / "a1b2").write_bytes(b"a photo")
    (live / "xiaobao.sqlite3").write_bytes(sqlite_template.read_bytes())
    store = Store(f"sqlite:///{live / 'xiaobao.sqlite3'}")
    with store.write() as session:
        staff = accounts.create_staff(session, username="zhang", name="张", role="handler", password="竹杖芒鞋轻胜马 42")
        session.flush()
        audit.record(session, action="staff.add", staff_id=staff.id, target=f"staff:{staff.id}", at=now())

    with under_load.load(live) as load, at_work(load, store, live):
        load.say(60)
        wait_for(lambda: counted(store)["delivery"] >= 20, 20)
        before = counted(store)
        said = backup(live, store.url, new, meanwhile=lambda: load.say(3))
        after = counted(store)
        load.settle(store)
        under_load.record(record_property, 1, under_load.judge(load, store))
    assert "校验通过" in said and "附件 1 个" in said and (new / "attachments" / "a1b2").read_bytes() == b"a photo"

    restored = Store(f"sqlite:///{new / 'xiaobao.sqlite3'}")
    found = counted(restored)
    assert all(before[name] <= found[name] <= after[name] for name in found), (before, found, after)
    with restored.read() as session:
        assert audit.verify(session) is None and found["audit"] == 1
        whole = select(func.count()).select_from(Delivery).where(~Delivery.id.in_(select(Message.delivery_id)))
        assert session.scalar(whole) == 0, "a delivery without its message: the copy was cut inside a commit"
        ticket = session.scalars(select(Ticket).order_by(Ticket.id)).first()
        heard = session.scalars(select(Message).where(Message.ticket_id == ticket.id, Message.author == "customer")).first()
        assert ticket.number and heard.text.startswith(builders.COMPLAINT)
    intake = builders.house(restored, new).intake
    assert intake.receive([builders.message("after the restore", builders.COMPLAINT)])[0].status == "handled"
    assert counted(restored)["ticket"] == found["ticket"] + 1
    restored.close()
    store.close()
