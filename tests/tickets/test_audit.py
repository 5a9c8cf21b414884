"""The audit chain shows every change, gap and cut, and holds no personal data."""

import threading

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.tickets.build import MONDAY
from tickets import audit
from tickets.audit import PersonalDataRefused, record, verify
from tickets.models import Audit, Fact


def fill(store, count=5):
    with store.write() as session:
        for n in range(count):
            record(session, action="move.take", staff_id=n, target=f"ticket:{n}", data={"from": "received", "n": n}, at=MONDAY)


def unguarded(store, statement):
    """What somebody with the database's own password could do."""
    with store.engine.begin() as connection:
        if store.is_sqlite:
            connection.execute(text("DROP TRIGGER IF EXISTS audit_no_update"))
            connection.execute(text("DROP TRIGGER IF EXISTS audit_no_delete"))
        else:
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER audit_append_only"))
        connection.execute(text(statement))
        if not store.is_sqlite:
            connection.execute(text("ALTER TABLE audit ENABLE TRIGGER audit_append_only"))


def broken_at(store):
    with store.read() as session:
        return verify(session)


def test_an_untouched_chain_is_whole_also_when_empty(store):
    assert broken_at(store) is None
    fill(store)
    assert broken_at(store) is None


@pytest.mark.parametrize(("statement", "row"), [
    ("UPDATE audit SET action = 'move.decide' WHERE id = 3", 3),
    ("UPDATE audit SET staff_id = 9 WHERE id = 2", 2),
    ("UPDATE audit SET at = '2026-11-23 05:00:00' WHERE id = 1", 1),
    ("UPDATE audit SET data = '{\"from\": \"received\", \"n\": 7}' WHERE id = 4", 4),
    ("DELETE FROM audit WHERE id = 3", 4),
    ("DELETE FROM audit WHERE id = 5", 4),
    ("DELETE FROM audit", 0),
])
def test_a_change_a_gap_and_a_cut_are_found(store, statement, row):
    fill(store)
    unguarded(store, statement)
    assert broken_at(store) == row


def test_a_row_slipped_in_is_found(store):
    fill(store)
    with store.write() as session:
        last = session.scalars(select(Audit).order_by(Audit.id.desc()).limit(1)).one()
        session.add(Audit(at=MONDAY, action="sign_in", previous=last.digest, digest="f" * 64))
    assert broken_at(store) == 6


@pytest.mark.parametrize("statement", ["UPDATE audit SET action = 'x'", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_or_delete(store, statement):
    fill(store)
    with pytest.raises(DBAPIError, match="never"), store.engine.begin() as connection:
        connection.execute(text(statement))
    assert broken_at(store) is None


@pytest.mark.parametrize("words", ["张三", "13800138000", "her password", "a@b.cn", "x" * 81, "ticket:6222020000000000000"])
def test_names_numbers_and_words_never_get_in(store, words):
    with store.write() as session:
        for attempt in ({"target": words}, {"data": {"what": words}}, {"data": {words: 1}}, {"data": {"list": [words]}}):
            with pytest.raises(PersonalDataRefused):
                record(session, action="x", **attempt)
        record(session, action="x", target="ticket:261124-000173", data={"ids": [1, 2], "ok": True, "role": "lead"})


def test_two_who_write_at_once_make_one_chain(store):
    start = threading.Barrier(4)

    def write(n):
        start.wait()
        for i in range(5):
            with store.write() as session:
                record(session, action="move.take", staff_id=n, target=f"ticket:{i}")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken_at(store) is None
    with store.read() as session:
        assert session.get(Fact, audit.HEAD).value["count"] == 20


def test_what_is_rolled_back_leaves_no_link(store):
    fill(store, 1)
    with pytest.raises(RuntimeError), store.write() as session:
        record(session, action="x")
        raise RuntimeError
    fill(store, 1)
    assert broken_at(store) is None
