"""The stretches of time that the office reports on: months, quarters, halves and years, whole days in Shanghai."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tickets.numbers import SHANGHAI
from tickets.working_days import add_working_days

MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def first_second(day: date) -> datetime:
    """Midnight of that day in Shanghai, in UTC."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


class UnknownPeriod(ValueError):
    """What was written names no period."""


@dataclass(frozen=True)
class Period:
    """Whole days in Shanghai, from `first` to `last`, both counted."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return first_second(self.first)

    @property
    def end(self) -> datetime:
        return first_second(self.last + timedelta(days=1))

    @property
    def kind(self) -> str:
        """month, quarter, half, year, or days for anything else."""
        for kind, months in MONTHS.items():
            if self.first.day == 1 and (self.first.month - 1) % months == 0 and self.last == _end(self.first, months):
                return kind
        return "days"

    @property
    def key(self) -> str:
        """2026-10, 2026-Q3, 2026-H1, 2026; the two days for anything else."""
        year, month = self.first.year, self.first.month
        return {"month": f"{year}-{month:02d}", "quarter": f"{year}-Q{(month + 2) // 3}", "half": f"{year}-H{(month + 5) // 6}",
                "year": f"{year}"}.get(self.kind, f"{self.first}/{self.last}")

    @property
    def name(self) -> str:
        """As it is written in a title: 「2026 年第三季度」."""
        year, month = self.first.year, self.first.month
        return {"month": f"{year} 年 {month} 月", "quarter": f"{year} 年第{'一二三四'[(month - 1) // 3]}季度",
                "half": f"{year} 年{'上下'[month > 6]}半年", "year": f"{year} 年"}.get(self.kind, f"{self.first} 至 {self.last}")

    def before(self) -> "Period":
        """The period just before, of the same kind: the quarter before a quarter, as many days before anything else."""
        if self.kind in MONTHS:
            months = MONTHS[self.kind]
            first = _shift(self.first, -months)
            return Period(first, _end(first, months))
        days = (self.last - self.first).days + 1
        return Period(self.first - timedelta(days=days), self.first - timedelta(days=1))

    def year_before(self) -> "Period":
        """The same days a year earlier; 29 February becomes the last of the month."""
        return Period(_year_back(self.first), _year_back(self.last) if self.last.day != _days_in(self.last)
                      else _year_back(self.last.replace(day=1)).replace(day=_days_in(_year_back(self.last.replace(day=1)))))

    def months(self) -> list["Period"]:
        """The whole months in it, in order."""
        found, first = [], self.first.replace(day=1)
        while first <= self.last:
            found.append(month(first.year, first.month))
            first = _shift(first, 1)
        return found

    def report_day(self) -> date:
        """The first working day after it: the day its report is due."""
        return add_working_days(self.last, 1)

    def cutoff(self, at: datetime) -> datetime:
        """The moment up to which what is open or late is looked at: the beginning of the report's day, or of today before that.

        Dates are whole days, so nothing more becomes late on a day itself; and as it stands still from the report's day on, an
        old report made again says the same unless a ticket has changed.
        """
        return first_second(min(self.report_day(), at.astimezone(SHANGHAI).date()))


def month(year: int, number: int) -> Period:
    first = date(year, number, 1)
    return Period(first, _end(first, 1))


def quarter(year: int, number: int) -> Period:
    first = date(year, 3 * number - 2, 1)
    return Period(first, _end(first, 3))


def half(year: int, number: int) -> Period:
    first = date(year, 6 * number - 5, 1)
    return Period(first, _end(first, 6))


def whole_year(year: int) -> Period:
    return Period(date(year, 1, 1), date(year, 12, 31))


SHAPES = ((re.compile(r"(20\d\d)-(0[1-9]|1[0-2])"), month), (re.compile(r"(20\d\d)-?[Qq]([1-4])"), quarter),
          (re.compile(r"(20\d\d)-?[Hh]([12])"), half), (re.compile(r"(20\d\d)"), whole_year))


def read_period(text: str) -> Period:
    """2026-10, 2026-Q3, 2026-H1 or 2026. Raises UnknownPeriod."""
    for shape, make in SHAPES:
        if found := shape.fullmatch(text.strip()):
            return make(*(int(part) for part in found.groups()))
    raise UnknownPeriod(text)


def running(kind: str, day: date) -> Period:
    """The period of a kind (a key of MONTHS) that this day lies in."""
    months = MONTHS[kind]
    first = _shift(day.replace(day=1), -((day.month - 1) % months))
    return Period(first, _end(first, months))


def last_whole(kind: str, day: date) -> Period:
    """The latest period of a kind that was over before this day."""
    return running(kind, day).before()


def _end(first: date, months: int) -> date:
    return _shift(first, months) - timedelta(days=1)


def _shift(first: date, months: int) -> date:
    """The first of a month, so many months later."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _year_back(day: date) -> date:
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def _days_in(day: date) -> int:
    return _end(day.replace(day=1), 1).day
