"""The disk is full, the database is locked: nothing is acknowledged that is not held, and all of it comes once there is room."""

import sqlite3
import threading
import time
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from tests import builders, under_load
from tests.fake_telegram import wait_for
from tests.running import Web, Worker, free_port
from tickets.db import Store


@contextmanager
def at_work(load, store, folder, **changes):
    """Web and worker in threads on this store, the webhook set to them."""
    port = free_port()
    house = builders.house(store, folder, telegram_api_url=load.platform.url, public_url=f"http://127.0.0.1:{port}", port=port,
                           send_lease=2.0, **changes)
    with Web(house, port=port), Worker(house):
        wait_for(lambda: load.platform.delivery.hook is not None, 15)
        yield house


@pytest.fixture
def path(sqlite_template, tmp_path):
    copy = tmp_path / "xiaobao.sqlite3"
    copy.write_bytes(sqlite_template.read_bytes())
    return copy


def refused(load) -> int:
    return sum(1 for _, status in load.platform.delivery.tries if status == 503)


def test_a_full_disk_acknowledges_nothing_and_loses_nothing(path, tmp_path, record_property):
    """SQLite's own limit of pages says "database or disk is full" exactly where a full disk would."""
    store, pages = Store(f"sqlite:///{path}"), {"most": 10**6}

    def limit(connection, *_):
        connection.execute(f"PRAGMA max_page_count = {pages['most']}")

    event.listen(store.engine, "checkout", limit)
    used = sqlite3.connect(path).execute("PRAGMA page_count").fetchone()[0]
    with under_load.load(tmp_path) as load, at_work(load, store, tmp_path):
        load.say(40)
        load.settle(store)
        pages["most"] = used + 4
        load.say(60)
        wait_for(lambda: refused(load) >= 60, 20, load.said)
        held = len(load.platform.delivery.acknowledged)
        assert held < 100, "the disk was not full"
        pages["most"] = 10**6
        load.settle(store)
        under_load.record(record_property, 1, under_load.judge(load, store))
    store.close()


def test_a_locked_database_is_waited_for_or_asked_for_again(path, tmp_path, record_property):
    store = Store(f"sqlite:///{path}")
    event.listen(store.engine, "connect", lambda connection, *_: connection.execute("PRAGMA busy_timeout = 100"))
    with under_load.load(tmp_path) as load, at_work(load, store, tmp_path):
        for _ in range(3):
            load.say(10)
            other = sqlite3.connect(path, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            load.say(10)
            time.sleep(0.4)
            other.execute("ROLLBACK")
            other.close()
        load.settle(store)
        assert refused(load), "the lock was never met"
        under_load.record(record_property, 3, under_load.judge(load, store))
    store.close()


def test_a_short_lock_costs_no_try(path, tmp_path):
    """A backup or a report that writes for a moment: `busy_timeout` waits it out, the platform notices nothing."""
    store = Store(f"sqlite:///{path}")
    intake, other = builders.house(store, tmp_path).intake, sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.3, lambda: other.execute("ROLLBACK"))
    timer.start()
    began = time.monotonic()
    assert intake.receive([builders.message("1", builders.COMPLAINT)])[0].status == "handled"
    assert time.monotonic() - began >= 0.2
    timer.join()
    other.close()
    store.close()
