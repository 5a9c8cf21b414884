"""PostgreSQL goes away in the middle of transactions and comes back: what was acknowledged is there, the rest comes again."""

import os
import random
import time

import pytest
from sqlalchemy.exc import OperationalError

from tests import builders, under_load
from tickets import migrate
from tickets.batch import BLOCK
from tickets.db import Store
from tickets.models import Ticket

RESTARTS = int(os.environ.get("XIAOBAO_RESTARTS", "3"))


@pytest.mark.timeout(180 + 15 * RESTARTS)
def test_a_server_that_crashes_under_load_loses_and_doubles_nothing(server, tmp_path, record_property):
    seed = os.environ.get("XIAOBAO_KILL_SEED") or str(random.randrange(10**6))
    chance = random.Random(seed)
    migrate.upgrade(server.url)
    with under_load.load(tmp_path) as load:
        processes = under_load.started(load, server.url, tmp_path)
        for turn in range(RESTARTS):
            load.say(40)
            time.sleep(chance.uniform(0.05, 0.8))
            server.stop(("immediate", "fast")[turn % 2])
            load.say(10)
            load.meets_the_outage()
            time.sleep(chance.uniform(0.0, 1.0))
            server.start()
        store = Store(server.url)
        load.settle(store, within=60 + 5 * RESTARTS)
        assert processes.stop(), load.said()
        judged = under_load.judge(load, store, f"seed {seed}")
        store.close()
    assert judged.again, "no delivery met the outage"
    under_load.record(record_property, RESTARTS, judged)


def test_numbers_that_a_crash_took_back_are_not_given_out_twice(server, tmp_path):
    """A batch draws its numbers in blocks; the crash undoes the drawing, but not what the process remembers of it."""
    migrate.upgrade(server.url)
    store = Store(server.url)
    intake = builders.house(store, tmp_path).intake
    server.configure("wal_writer_delay = 10s")  # or it may write the drawing down before the crash
    server.stop("fast")
    server.start()
    with pytest.raises(OperationalError), store.batch() as session:
        session.add(Ticket())
        server.stop("immediate")
    server.start()
    said = [builders.message(str(n), builders.COMPLAINT, address=str(n)) for n in range(2 * BLOCK)]
    assert {outcome.status for one in said for outcome in intake.receive([one])} == {"handled"}
    store.close()
