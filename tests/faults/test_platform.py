"""Telegram in every kind of trouble while people write, and a clock that is put forward and back."""

import random
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests import under_load
from tests.fake_telegram import Fault
from tests.faults.test_storage import at_work

TROUBLE = ("flood", "down", "internal", "reset", "hang")
AFTER = ("reset_after", "hang_after")


@pytest.mark.database
def test_a_platform_in_every_kind_of_trouble_gets_every_reply(store, tmp_path, record_property):
    chance = random.Random(5)
    with under_load.load(tmp_path, people=20) as load, at_work(load, store, tmp_path):
        for kind in TROUBLE * 2:
            load.platform.strike(Fault(kind, chat=1000 + chance.randrange(20), seconds=1 if kind == "flood" else 0.2))
        load.say(40)
        load.settle(store)
        judged = under_load.judge(load, store)
    assert not any(fault.times for fault in load.platform.faults), "not every fault struck"
    assert judged.repeated == 0 and judged.uncertain == 8, "an asked wait leaves nothing open, all other trouble does"
    under_load.record(record_property, len(load.platform.faults), judged)


@pytest.mark.database
def test_only_what_took_effect_before_the_answer_was_lost_comes_twice(store, tmp_path, record_property):
    with under_load.load(tmp_path, people=20) as load, at_work(load, store, tmp_path):
        for n, kind in enumerate(AFTER * 3):
            load.platform.strike(Fault(kind, chat=1000 + n, seconds=0.2))
        load.say(20)
        load.settle(store)
        judged = under_load.judge(load, store)
    assert judged.repeated == judged.uncertain == 6
    under_load.record(record_property, 6, judged)


@pytest.mark.database
def test_a_clock_that_jumps_forward_and_back_delays_no_reply(store, tmp_path, record_property):
    """Replies owed while the clock was a day ahead do not wait a day once it is put right."""
    with under_load.load(tmp_path, people=20) as load, at_work(load, store, tmp_path):
        load.say(20)
        for hours in (24, 3, 24):
            with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=True):
                load.say(20)
                load.platform.settled(20)
            load.say(5)
        load.settle(store, within=25)
        judged = under_load.judge(load, store)
    assert judged.repeated == 0
    under_load.record(record_property, 6, judged)
