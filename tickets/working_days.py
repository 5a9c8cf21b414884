"""Working days by the State Council's calendar: holidays do not count, make-up Saturdays do."""

from datetime import date, timedelta

import chinese_calendar

DAY = timedelta(days=1)


def is_working_day(day: date) -> bool:
    """Years that the calendar does not know yet fall back to Monday–Friday; the calendar appears each November."""
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError:
        return day.weekday() < 5


def add_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`, which itself never counts."""
    while count > 0:
        day += DAY
        count -= is_working_day(day)
    return day
