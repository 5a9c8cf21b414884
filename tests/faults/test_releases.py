"""Two releases at once, as during an upgrade: the schema goes forward under the old one, both serve, the old one leaves."""

import pytest
from sqlalchemy import text

from tests import under_load

NEXT = ("ALTER TABLE ticket ADD COLUMN of_the_next_release VARCHAR(20) DEFAULT 'x'",
        "CREATE TABLE next_release (id INTEGER PRIMARY KEY, word VARCHAR(20))")
BACK = ("ALTER TABLE ticket DROP COLUMN of_the_next_release", "DROP TABLE next_release")


@pytest.mark.database
@pytest.mark.timeout(180)
def test_an_upgrade_under_load_loses_and_doubles_nothing(database, store, tmp_path, record_property):
    with under_load.load(tmp_path) as load:
        old = under_load.started(load, database, tmp_path, XIAOBAO_SEND_RATE="14")  # two workers share the limit
        try:
            load.say(50)
            change(store, NEXT)
            new = under_load.started(load, database, tmp_path, XIAOBAO_SEND_RATE="14")
            load.say(50)
            load.platform.redeliver(load.sent[40:80], at_once=8)
            assert old.stop(), load.said()
            load.say(50)
            load.settle(store)
            acknowledged = load.platform.delivery.acknowledged
            assert len(acknowledged) > len(set(acknowledged)), "nothing was delivered to both"
            assert new.stop(), load.said()
            under_load.record(record_property, 1, under_load.judge(load, store))
        finally:
            change(store, BACK)


def change(store, statements):
    """As a migration of the next release would: only adding, in one transaction."""
    with store.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
