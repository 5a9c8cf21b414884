"""`xiaobao doctor` names the answers that somebody must look at again, and an answer past its date makes it fail."""

from datetime import timedelta

import pytest
import time_machine

from bot import doctor
from knowledge.base import KnowledgeError, load
from tests import builders
from tickets.working_days import LAST_YEAR


def review(day):
    with time_machine.travel(f"{day} 04:00:00+00:00", tick=False):
        return [finding for finding in doctor._knowledge() if finding.text.startswith("待复核")]


def test_nothing_is_due_while_everything_is_fresh_and_the_law_has_not_lapsed():
    assert review("2026-11-25") == []


def test_an_answer_about_to_lapse_is_announced_and_one_past_its_date_is_an_error():
    assert any("即将到期" in one.text and "fraud-96110" in one.text and one.good for one in review("2027-03-15"))
    assert any("已过期" in one.text and "fraud-96110" in one.text and not one.good for one in review("2027-04-02"))


def test_an_answer_that_nobody_checked_for_a_year_is_announced():
    day = builders.knowledge().entries["di-limit"].checked + timedelta(days=367)
    assert any("一年未核对" in one.text and "di-limit" in one.text for one in review(day.isoformat()))


def test_the_offices_check_refuses_a_knowledge_base_with_a_lapsed_answer():
    day = builders.knowledge().entries.written["fraud-96110"].valid_until
    with pytest.raises(KnowledgeError, match="expired on"):
        load(today=day.replace(year=day.year + 1), strict=True)


@pytest.mark.parametrize(("day", "good"), [((0, 6, 1), None), ((0, 12, 1), True), ((1, 1, 2), False)])
def test_a_calendar_that_runs_out_is_announced_and_one_that_has_run_out_is_an_error(day, good):
    years, month, number = day
    with time_machine.travel(f"{LAST_YEAR + years}-{month:02}-{number:02} 04:00:00+00:00", tick=False):
        found = doctor._calendar()
    assert [one.good for one in found] == ([] if good is None else [good])
