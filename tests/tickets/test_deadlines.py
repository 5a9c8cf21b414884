"""The arithmetic of the law's clock, whatever the calendar does."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.base import FOLDER
from knowledge.clocks import Rule, read_deadlines
from knowledge.tables import read_taxonomy
from tests.conftest import CLOCKS
from tests.tickets.build import last_second
from tickets import deadlines, working_days
from tickets.numbers import SHANGHAI
from tickets.periods import whole_year

RULES = read_deadlines(CLOCKS)
MOMENTS = st.datetimes(min_value=datetime(2020, 3, 2), max_value=datetime(2040, 1, 1), timezones=st.just(UTC))
LENGTHS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=40))


@dataclass
class Clock:
    received_at: datetime
    clock_from: datetime
    kind: str = "complaint"
    extension: int = 0
    regulator_due_at: datetime | None = None


@dataclass
class Stop:
    began_at: datetime
    ended_at: datetime | None


def held(*rules):
    """Nothing else but these rules."""
    return msgspec.structs.replace(RULES, rule=rules)


def clock(at, **more):
    return Clock(at, more.pop("clock_from", at), **more)


PAUSES = st.lists(st.builds(lambda after, length: (after, length), LENGTHS, LENGTHS), max_size=6)


def stops(at, drawn):
    return [Stop(at + after, at + after + length) for after, length in drawn]


@pytest.mark.parametrize(("received", "due"), [
    ("2026-11-24 00:00:00", (2026, 12, 9)),
    ("2026-11-24 23:59:59", (2026, 12, 9)),
    ("2024-02-14 12:00:00", (2024, 2, 29)),  # leap year
    ("2025-02-14 12:00:00", (2025, 3, 1)),
    ("2026-12-20 08:00:00", (2027, 1, 4)),  # over the year's end
    ("2026-01-31 10:00:00", (2026, 2, 15)),  # a month's end
    ("2026-09-20 10:00:00", (2026, 10, 5)),  # the National Day holiday does not move a day of the law
])
def test_fifteen_days_end_with_the_last_second_of_the_fifteenth_day_after_receipt(received, due):
    at = datetime.fromisoformat(received).replace(tzinfo=SHANGHAI)
    assert deadlines.first_due(RULES, kind="complaint", received_at=at) == last_second(*due)


def test_the_day_is_shanghais_and_not_greenwichs():
    before_midnight = datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC)
    assert deadlines.first_due(RULES, kind="complaint", received_at=before_midnight) == last_second(2026, 12, 9)
    after_midnight = before_midnight + timedelta(seconds=1)
    assert deadlines.first_due(RULES, kind="complaint", received_at=after_midnight) == last_second(2026, 12, 10)


@pytest.mark.parametrize(("kind", "due"), [
    ("credit_objection", (2026, 10, 14)), ("aml_objection", (2026, 10, 9)), ("review", (2026, 10, 24)),
    ("fraud_appeal", (2026, 9, 30)),  # three working days: Friday the 25th is the Mid-Autumn holiday
    ("human", (2026, 9, 28)),
])
def test_other_kinds_run_on_their_own_clocks(kind, due):
    thursday = datetime(2026, 9, 24, 9, 0, tzinfo=SHANGHAI)
    assert deadlines.first_due(RULES, kind=kind, received_at=thursday) == last_second(*due)


def test_working_days_skip_holidays_and_count_make_up_days():
    assert not working_days.is_working_day(date(2025, 10, 1))
    assert working_days.is_working_day(date(2025, 9, 28))  # a Sunday worked for the holiday
    assert working_days.add_working_days(date(2025, 9, 27), 1) == date(2025, 9, 28)
    assert working_days.add_working_days(date(2025, 9, 30), 1) == date(2025, 10, 9)


def test_a_year_without_a_published_calendar_counts_monday_to_friday():
    saturday = date(max(chinese_calendar.holidays).year + 3, 1, 1)
    while saturday.weekday() != 5:
        saturday += timedelta(days=1)
    assert not working_days.is_working_day(saturday)
    assert working_days.add_working_days(saturday, 1) == saturday + timedelta(days=2)


def test_the_holidays_that_are_certain_are_none_of_its_working_days():
    year = max(chinese_calendar.holidays).year + 3
    for month, day in ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)):
        assert not working_days.is_working_day(date(year, month, day))
    assert whole_year(year).report_day() > date(year + 1, 1, 1)
    assert working_days.runs_out(date(year - 3, 12, 1)) == year - 3 and working_days.runs_out(date(year - 3, 11, 30)) is None


def test_every_kind_of_ticket_has_a_rule_with_a_source():
    kinds, rules = read_taxonomy(FOLDER / "taxonomy.toml")["ticket_kind"], read_deadlines(FOLDER / "deadlines.toml")
    at = datetime(2026, 11, 24, tzinfo=UTC)
    assert all(deadlines.rule_for(rules, kind=kind, received_at=at).source for kind in kinds)


def test_an_unknown_kind_is_refused_loudly():
    with pytest.raises(deadlines.DeadlineUnknown):
        deadlines.first_due(RULES, kind="nonsense", received_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_the_rule_of_the_day_received_holds_also_when_a_newer_one_came_later():
    rules = held(Rule("complaint", date(2027, 1, 1), 10, "新"), Rule("complaint", date(2020, 3, 1), 15, "旧"))
    old, new = (datetime(2026, 12, 31, 23, 59, tzinfo=SHANGHAI), datetime(2027, 1, 1, 0, 0, tzinfo=SHANGHAI))
    assert deadlines.rule_for(rules, kind="complaint", received_at=old).days == 15
    assert deadlines.rule_for(rules, kind="complaint", received_at=new).days == 10
    assert deadlines.due(rules, clock(old, clock_from=new), []) == last_second(2027, 1, 16)


@given(MOMENTS)
def test_a_due_moment_is_always_the_last_second_of_a_shanghai_day(at):
    for kind in ("complaint", "human", "review", "fraud_appeal"):
        local = deadlines.first_due(RULES, kind=kind, received_at=at).astimezone(SHANGHAI)
        assert (local.hour, local.minute, local.second, local.microsecond) == (23, 59, 59, 0)


@given(MOMENTS, st.sampled_from([(0, 15), (1, 30), (2, 60)]))
def test_fifteen_thirty_sixty_whatever_the_calendar(at, case):
    extension, days = case
    made = deadlines.due(RULES, clock(at, extension=extension), [])
    assert (deadlines.shanghai_day(made) - deadlines.shanghai_day(at)).days == days
    assert timedelta(days=days) <= made - at + timedelta(seconds=1) <= timedelta(days=days + 1)


@given(MOMENTS, st.integers(0, 2), PAUSES)
def test_a_pause_never_brings_the_due_moment_nearer(at, extension, drawn):
    ticket = clock(at, extension=extension)
    assert deadlines.due(RULES, ticket, stops(at, drawn)) >= deadlines.due(RULES, ticket, [])


@given(MOMENTS, PAUSES)
def test_overlapping_pauses_count_once_and_their_order_does_not_matter(at, drawn):
    made = stops(at, drawn)
    ticket = clock(at)
    whole = [Stop(began, ended) for began, ended in deadlines.merged(made, after=at)]
    due = deadlines.due(RULES, ticket, made)
    assert due == deadlines.due(RULES, ticket, whole) == deadlines.due(RULES, ticket, made[::-1])
    assert due == deadlines.due(RULES, ticket, made + made)


@given(MOMENTS, st.integers(0, 14), st.integers(0, 60))
def test_one_pause_moves_the_due_day_by_exactly_its_days(at, after, days):
    ticket = clock(at)
    began = at + timedelta(days=after)
    moved = deadlines.due(RULES, ticket, [Stop(began, began + timedelta(days=days))])
    assert moved - deadlines.due(RULES, ticket, []) == timedelta(days=days)


@given(MOMENTS, st.integers(16, 100))
def test_a_pause_that_begins_after_the_deadline_mends_nothing(at, late):
    began = at + timedelta(days=late)
    assert deadlines.due(RULES, clock(at), [Stop(began, began + timedelta(days=30))]) == deadlines.due(RULES, clock(at), [])


@given(MOMENTS, st.integers(0, 14), st.integers(0, 30))
def test_an_open_pause_counts_until_the_moment_asked_about(at, after, days):
    began = at + timedelta(days=after)
    open_one, asked = Stop(began, None), began + timedelta(days=days)
    assert deadlines.due(RULES, clock(at), [open_one]) == deadlines.due(RULES, clock(at), [])
    assert deadlines.due(RULES, clock(at), [open_one], at=asked) == deadlines.due(RULES, clock(at), [Stop(began, asked)])


@given(MOMENTS, LENGTHS, PAUSES)
def test_new_facts_restart_the_whole_clock_and_older_pauses_are_forgotten(at, later, drawn):
    restarted = at + later
    fresh = clock(at, clock_from=restarted)
    old = [Stop(p.began_at - timedelta(days=100), p.ended_at - timedelta(days=100)) for p in stops(at, drawn)]
    assert deadlines.due(RULES, fresh, old) == deadlines.first_due(RULES, kind="complaint", received_at=restarted)


@given(MOMENTS, LENGTHS, st.integers(0, 2), PAUSES)
def test_the_regulators_date_is_never_moved_by_us(at, until, extension, drawn):
    theirs = at + until
    made = deadlines.due(RULES, clock(at, extension=extension, regulator_due_at=theirs), stops(at, drawn))
    assert made == min(theirs, deadlines.law_due(RULES, clock(at, extension=extension), stops(at, drawn)))


def test_a_pause_over_leap_day_and_months_end():
    at = datetime(2024, 2, 20, 9, tzinfo=SHANGHAI)
    pause = Stop(datetime(2024, 2, 28, 18, tzinfo=SHANGHAI), datetime(2024, 3, 1, 9, tzinfo=SHANGHAI))
    assert deadlines.due(RULES, clock(at), [pause]) == last_second(2024, 3, 8)  # 6 March and two days


def test_a_pause_in_working_days_takes_out_working_days():
    rules = held(Rule("complaint", date(2020, 1, 1), 5, "测试", count="working", pauses=True))
    friday = datetime(2026, 11, 20, 9, tzinfo=SHANGHAI)
    pause = Stop(datetime(2026, 11, 20, 12, tzinfo=SHANGHAI), datetime(2026, 11, 23, 9, tzinfo=SHANGHAI))
    assert deadlines.due(rules, clock(friday), []) == last_second(2026, 11, 27)
    assert deadlines.due(rules, clock(friday), [pause]) == last_second(2026, 11, 30)


def test_days_left_counts_days_and_not_hours():
    due = last_second(2026, 12, 9)
    assert deadlines.days_left(due, datetime(2026, 12, 9, 0, 0, tzinfo=SHANGHAI)) == 0
    assert deadlines.days_left(due, datetime(2026, 12, 8, 23, 59, tzinfo=SHANGHAI)) == 1
    assert deadlines.days_left(due, datetime(2026, 12, 10, 0, 0, tzinfo=SHANGHAI)) == -1
