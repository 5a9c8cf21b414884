"""Whatever Hypothesis makes up, together and in any order: no 5xx, nothing of ours in an answer, and the house still answers."""

from tests import builders
from tests.fuzz import trial


def test_three_hundred_made_up_requests_break_nothing(store, tmp_path):
    house = builders.house(store, tmp_path, **trial.SETTINGS)
    tally = trial.run(house, 300, begin=20261124)
    assert sum(tally.asked.values()) >= 300 and set(tally.asked) == {"update", "mangled", "page", "desk"}
    assert (tally.failures, tally.leaks, dict(tally.errors)) == ([], [], {})
    assert tally.answers_after == "", "what no longer works"
    assert tally.outcomes["handled"] > 100 and tally.outcomes["failed"] == 0
