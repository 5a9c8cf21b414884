"""What a date field says, in the office's own time: one reader, so that a year which no clock knows is a slip and no accident."""

from datetime import UTC, date, datetime

from tickets.deadlines import last_second
from tickets.numbers import SHANGHAI
from tickets.periods import first_second

MINUTE = "%Y-%m-%dT%H:%M"
"""How a browser writes a day with hours and minutes."""
YEARS = range(2000, 2900)


def read_day(text: str) -> date | None:
    """`2026-12-01`; None when it is no date of ours."""
    moment = _read(text, "%Y-%m-%d")
    return moment.date() if moment else None


def day_begins(text: str) -> datetime | None:
    """The first second of that day in Shanghai, in UTC."""
    day = read_day(text)
    return first_second(day) if day else None


def day_ends(text: str) -> datetime | None:
    """The last second of that day in Shanghai, in UTC."""
    day = read_day(text)
    return last_second(day) if day else None


def read_minute(text: str) -> datetime | None:
    """`2026-12-01T09:30` in Shanghai, in UTC; None when it is no moment of ours."""
    moment = _read(text, MINUTE)
    return moment.replace(tzinfo=SHANGHAI).astimezone(UTC) if moment else None


def _read(text: str, form: str) -> datetime | None:
    try:
        moment = datetime.strptime(text, form)
    except ValueError:
        return None
    return moment if moment.year in YEARS else None
