"""kill -9 at random moments: what was acknowledged is handled exactly once, and what is owed arrives.

XIAOBAO_KILLS sets how often (a soak takes hundreds), XIAOBAO_KILL_SEED repeats a run.
"""

import os
import random
import time

import pytest

from tests import under_load

KILLS = int(os.environ.get("XIAOBAO_KILLS", "4"))
SEED = os.environ.get("XIAOBAO_KILL_SEED") or str(random.randrange(10**6))
UPDATES = max(200, 12 * KILLS)


@pytest.mark.database
@pytest.mark.timeout(240 + 6 * KILLS)
def test_kills_lose_nothing_and_double_nothing(database, store, tmp_path, record_property):
    chance, within = random.Random(SEED), 60 + UPDATES / 10
    with under_load.load(tmp_path) as load:
        processes = under_load.started(load, database, tmp_path)
        load.say(UPDATES // 4)
        for kill in range(KILLS):
            time.sleep(chance.uniform(0.1, 1.0))
            load.say((UPDATES - len(load.sent)) // (KILLS - kill))
            time.sleep(chance.uniform(0.0, 0.3))
            processes.kill(chance.choice(("web", "worker")))
        load.settle(store, within=within)
        assert processes.stop(), load.said()
        judged = under_load.judge(load, store, f"seed {SEED}", kills=KILLS)
    assert judged.acknowledged == UPDATES
    print(f"\nseed {SEED}: {KILLS} kills, {judged}")
    under_load.record(record_property, KILLS, judged)
