"""The marks of the house: two workers that come to the first of their kind at once."""

import threading
from datetime import UTC, datetime

import pytest

from bot.forgetting import forget
from bot.heartbeat import beat
from tickets.marks import mark
from tickets.models import Fact

NIGHT = datetime(2026, 12, 1, 3, tzinfo=UTC)


def test_a_mark_is_made_once_and_keeps_what_it_says(store):
    for said in ({}, {"day": "x"}):
        with store.write() as session:
            ours = mark(session, "retention", day="")
            assert ours.value == (said or {"day": ""})
            ours.value = {"day": "x"}


@pytest.mark.parametrize("name", ["retention", "worker"])
def test_of_two_workers_on_the_first_night_the_second_waits_and_goes_on(store, rules, tmp_path, name):
    errors, made = [], threading.Event()

    def second():
        try:
            made.wait(5)
            if name == "worker":
                with store.write() as session:
                    beat(session, NIGHT)
            else:
                forget(store, rules, tmp_path, NIGHT)
        except Exception as error:
            errors.append(error)

    worker = threading.Thread(target=second)
    worker.start()
    with store.write() as session:
        mark(session, name).at = NIGHT
        session.flush()
        made.set()
        worker.join(0.3)
        assert worker.is_alive(), "the row is ours until we commit"
    worker.join(10)
    assert not worker.is_alive() and errors == []
    with store.read() as session:
        assert session.get(Fact, name).at == NIGHT
