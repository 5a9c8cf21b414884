"""What holds today: a process that runs past midnight must not go on telling what lapsed with yesterday."""

from collections.abc import Callable, Iterator, Mapping, ValuesView
from datetime import date, datetime
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Lasting(Protocol):
    """Anything with a last day; None holds for good."""

    @property
    def valid_until(self) -> date | None: ...


Row = TypeVar("Row", bound=Lasting)


def today() -> date:
    """The office's day."""
    return datetime.now(SHANGHAI).date()


def holds(row: Lasting, day: date) -> bool:
    """Its last day counts whole."""
    return row.valid_until is None or row.valid_until >= day


class Fit(Mapping[str, Row]):
    """The rows that hold today, whatever day that is when one looks; `written` has those that lapsed too."""

    def __init__(self, written: Mapping[str, Row], day: Callable[[], date] = today):
        self.written, self.day = written, day
        self._kept: tuple[date, dict[str, Row]] = (date.min, {})

    def renew(self, written: Mapping[str, Row]) -> None:
        """From now on these rows, for everybody who looks."""
        self.written, self._kept = written, (date.min, {})

    def on(self, day: date) -> dict[str, Row]:
        """The rows that hold on `day`."""
        return {key: row for key, row in self.written.items() if holds(row, day)}

    def _now(self) -> dict[str, Row]:
        day, kept = self._kept
        if day != (now := self.day()):
            kept = self.on(now)
            self._kept = now, kept
        return kept

    def __getitem__(self, key: str) -> Row:
        return self._now()[key]

    def __contains__(self, key: object) -> bool:
        return key in self._now()

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def values(self) -> ValuesView[Row]:
        return self._now().values()
