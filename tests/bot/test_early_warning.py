"""The worker's morning: it looks once a day, keeps what it found, and tells the staff group of what is grave."""

from datetime import UTC, datetime, timedelta

import time_machine

from bot.rounds import Rounds
from tests import builders
from tests.tickets.build import complaint
from tickets.assignment import add_branch
from tickets.models import Owed, Warning_

MORNING = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)  # seven o'clock on the 25th in Shanghai


def test_the_worker_warns_once_a_day_and_tells_the_group(store, tmp_path, rules):
    house = builders.house(store, tmp_path, telegram_staff_group=-100)
    with store.write() as session:
        branch = add_branch(session, code="E", name="城东支行")
        for n in range(60):
            complaint(session, rules, at=MORNING - timedelta(days=9 + n), talk=False, branch_id=branch.id)
        for n in range(10):
            complaint(session, rules, at=MORNING - timedelta(hours=20, minutes=n), talk=False, branch_id=branch.id, category="CASH",
                      cause="FACILITY", summary="存款机吞了钱没有人管")
    with time_machine.travel(MORNING - timedelta(hours=3), tick=False):
        Rounds(house)._early_warning()
    with store.read() as session:
        assert session.query(Warning_).count() == 0, "not at four in the morning"
    with time_machine.travel(MORNING, tick=False):
        Rounds(house).once()
        Rounds(house).once()
    with store.read() as session:
        row = session.query(Warning_).one()
        told = [owed for owed in session.query(Owed).filter(Owed.purpose == "alert") if "预警" in owed.body["text"]]
    assert "城东支行" in row.text and row.data["count"] == 10 and len(told) == 1 and row.text in told[0].body["text"]
