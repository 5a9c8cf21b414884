"""PostgreSQL goes away in the middle of transactions and comes back: what was acknowledged is there, the rest comes again."""

import os
import random
import time

import pytest

from tests import under_load
from tickets import migrate
from tickets.db import Store

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
            time.sleep(chance.uniform(0.0, 1.0))
            server.start()
        store = Store(server.url)
        load.settle(store, within=60 + 5 * RESTARTS)
        assert processes.stop(), load.said()
        judged = under_load.judge(load, store, f"seed {seed}")
        store.close()
    assert judged.again, "no delivery met the outage"
    under_load.record(record_property, RESTARTS, judged)
