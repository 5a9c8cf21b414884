"""The primary dies in the middle of transactions, a standby takes over: what was acknowledged is there once, the rest comes again.

The standby is a synchronous one (docs/operations.md); the program knows both addresses and finds by itself which of them writes.
"""

import os
import random
import time

import pytest

from tests import under_load
from tests.fake_telegram import wait_for
from tickets import migrate
from tickets.db import Store

WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND backend_type = 'client backend'"


@pytest.fixture
def pair(servers):
    """A primary, and a standby without which nothing counts as committed."""
    primary, standby = servers(), servers()
    primary.create()
    standby.copy(primary, "-R")
    standby.start()
    primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
    primary.ask("SELECT pg_reload_conf()")
    return primary, standby


def address(pair) -> str:
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in pair)
    return f"postgresql://postgres@{hosts}/xiaobao?target_session_attrs=read-write&connect_timeout=2"


@pytest.mark.timeout(180)
def test_a_failover_under_load_loses_and_doubles_nothing(pair, tmp_path, record_property):
    seed = os.environ.get("XIAOBAO_KILL_SEED") or str(random.randrange(10**6))
    primary, standby = pair
    migrate.upgrade(address(pair))
    with under_load.load(tmp_path) as load:
        processes = under_load.started(load, address(pair), tmp_path)
        load.say(150)
        time.sleep(random.Random(seed).uniform(0.05, 0.5))
        primary.kill()
        load.say(50)
        load.meets_the_outage()
        standby.promote()
        judged = settled(load, processes, standby, seed)
    under_load.record(record_property, 1, judged)


@pytest.mark.timeout(180)
def test_what_the_standby_never_had_was_never_acknowledged(pair, tmp_path, record_property):
    """The standby is cut off first, so that the primary dies with transactions that it alone has written."""
    primary, standby = pair
    migrate.upgrade(address(pair))
    with under_load.load(tmp_path) as load:
        processes = under_load.started(load, address(pair), tmp_path)
        load.say(50)
        load.platform.settled()
        standby.stop("fast")
        load.say(50)
        wait_for(lambda: primary.ask(WAITING), 20, load.said)
        held = len(load.platform.delivery.acknowledged)
        assert held == 50, "acknowledged before the standby had it"
        primary.kill()
        standby.start()
        standby.promote()
        judged = settled(load, processes, standby, "")
    under_load.record(record_property, 1, judged)


def settled(load, processes, standby, note: str) -> under_load.Judged:
    store = Store(standby.url)
    load.settle(store)
    assert processes.stop(), load.said()
    judged = under_load.judge(load, store, note)
    store.close()
    assert judged.again, "no delivery met the outage"
    return judged
