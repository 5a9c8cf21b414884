"""Working days by the State Council's calendar: holidays do not count, make-up Saturdays do."""

from datetime import date, timedelta

import chinese_calendar

DAY = timedelta(days=1)
FIXED = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
"""Month and day of the holidays that fall on the same day every year (《全国年节及纪念日放假办法》)."""
LAST_YEAR = max(chinese_calendar.holidays).year
"""The last year that the calendar knows; the one for a year appears in the November before it."""


def is_working_day(day: date) -> bool:
    """A year that the calendar does not know yet falls back to Monday–Friday without the holidays that are certain."""
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError:
        return day.weekday() < 5 and (day.month, day.day) not in FIXED


def runs_out(today: date) -> int | None:
    """The last year of the calendar when it is time for the next one, else None."""
    return LAST_YEAR if today >= date(LAST_YEAR, 12, 1) else None


def add_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`, which itself never counts."""
    while count > 0:
        day += DAY
        count -= is_working_day(day)
    return day
