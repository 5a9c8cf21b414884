"""A house whose database is not migrated says so, and takes and sends nothing until it is."""

import asyncio
import logging

import httpx
import pytest
from sqlalchemy import text

from bot import worker
from tests import builders
from tests.running import Web, Worker
from tickets import migrate
from tickets.db import Store


def stands(store, version):
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path, telegram_bot_token="")


def test_an_old_schema_is_not_ready_and_a_newer_one_is_let_be(house, store):
    with Web(house) as web:
        assert httpx.get(web.url + "/ready").text == "ready"
        stands(store, "0001")
        answer = httpx.get(web.url + "/ready")
        assert answer.status_code == 503 and "0001" in answer.text and migrate.head() in answer.text
        stands(store, "9999")
        assert httpx.get(web.url + "/ready").status_code == 200


def test_an_empty_database_is_not_ready(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    try:
        assert "missing" in migrate.behind(store) and "xiaobao migrate" in migrate.behind(store)
        migrate.upgrade(store.url)
        assert migrate.behind(store) == ""
    finally:
        store.close()


def test_the_worker_says_once_that_it_waits_and_begins_when_the_schema_is_there(house, store, monkeypatch, caplog):
    monkeypatch.setattr(worker, "LOOKS_EVERY", 0.05)
    stands(store, "0001")
    rounds = []
    monkeypatch.setattr(worker.Rounds, "once", lambda self: rounds.append(1))
    with caplog.at_level(logging.ERROR, "xiaobao.worker"), Worker(house):
        pause(lambda: caplog.records)
        pause(lambda: False, seconds=0.4)
        assert not rounds
        stands(store, migrate.head())
        pause(lambda: rounds)
    said = [record.getMessage() for record in caplog.records if record.name == "xiaobao.worker"]
    assert len(said) == 1 and "0001" in said[0] and "xiaobao migrate" in said[0] and rounds


def pause(until, *, seconds=10.0):
    async def wait():
        for _ in range(int(seconds / 0.02)):
            if until():
                return
            await asyncio.sleep(0.02)
    asyncio.run(wait())
