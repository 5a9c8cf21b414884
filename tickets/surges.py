"""More complaints than usual: every branch, category, cause and pair of them measured against its own history, day by day.

The usual is an average of the last half year in which the older days count less (EWMA), spread over working days, weekends and
holidays as the bank's own days are. How far chance reaches is a negative binomial: uncertain where a series is small, and as
restless as the bank's weeks have been. Of all that is looked at in one day, Benjamini–Hochberg lets few false ones through.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Date, cast, func, select
from sqlalchemy.orm import Session

from tickets.chance import significant, tail
from tickets.models import Ticket
from tickets.periods import Period
from tickets.statistics import TRIALS
from tickets.working_days import is_working_day

HISTORY, LEAST_HISTORY, HALF_LIFE = 182, 42, 60.0  # days
WINDOWS = (1, 2, 3, 7)  # days, all ending on the last whole day
LEAST = 3  # fewer than three are never a surge
FALSE_SHARE = 0.15  # of what is warned of in one day and one family of series, at most so much is false
LOW_CHANCE = 0.004  # 「七日内同机构同原因三件」 is only worth a word when it is so unusual there
FLOOR, PRIOR = 0.03, 0.5
NEARLY_ALL = 0.8
COUNTED_OUT = ("merged", "not_accepted")


class Series(NamedTuple):
    """What is counted: complaints at a branch, of a category, of a cause, or of two of them; None stands for all."""

    branch_id: int | None = None
    category: str | None = None
    cause: str | None = None

    def holds(self, cell: "Series") -> bool:
        """Whether that cell, or that narrower series, is part of this one."""
        branch_id, category, cause = self
        return ((branch_id is None or branch_id == cell[0]) and (category is None or category == cell[1])
                and (cause is None or cause == cell[2]))

    @property
    def key(self) -> str:
        return f"{self.branch_id or '-'}:{self.category or '-'}:{self.cause or '-'}"


@dataclass(frozen=True)
class Surge:
    """One series on one day: so many in the last `days`, where so many are usual, and how likely that is by chance."""

    series: Series
    until: date
    days: int
    count: int
    usual: float
    chance: float
    grade: str = "high"  # high | low

    @property
    def first(self) -> date:
        return self.until - timedelta(days=self.days - 1)


def families(cell: Series) -> dict[str, Series]:
    """The series that a complaint counts in, by family; each family has its own share of false alarms."""
    found = {}
    if cell.branch_id:
        found["branch"] = Series(cell.branch_id)
    if cell.category:
        found["category"] = Series(category=cell.category)
    if cell.cause:
        found["cause"] = Series(cause=cell.cause)
    if cell.category and cell.cause:
        found["pair"] = Series(category=cell.category, cause=cell.cause)
    if cell.branch_id and cell.category:
        found["branch_category"] = Series(cell.branch_id, cell.category)
    if cell.branch_id and cell.cause:
        found["branch_cause"] = Series(cell.branch_id, None, cell.cause)
    return found


@dataclass
class Counts:
    """Complaints by day (ordinal) and cell, and what follows from them for every series."""

    cells: dict[int, dict[Series, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    series: dict[Series, dict[int, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    totals: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    family: dict[Series, str] = field(default_factory=dict)
    first: int = 10**9
    weeks: dict[int, tuple[dict[str, float], dict[str, int]]] = field(default_factory=dict)  # see Watch._nature

    def add(self, day: int, cell: Series, count: int = 1) -> None:
        self.cells[day][cell] += count
        self.totals[day] += count
        self.first = min(self.first, day)
        for name, series in families(cell).items():
            self.series[series][day] += count
            self.family[series] = name


def read_counts(session: Session, until: date) -> Counts:
    """The complaints received in the days that a look needs, up to and with `until`; repeats of one person, merged ones and
    trials are left out."""
    period = Period(until - timedelta(days=HISTORY + max(WINDOWS) - 1), until)
    if session.get_bind().dialect.name == "sqlite":
        day = func.date(Ticket.received_at, "+8 hours")
    else:
        day = cast(func.timezone("Asia/Shanghai", Ticket.received_at), Date)
    rows = session.execute(
        select(day, Ticket.branch_id, Ticket.category, Ticket.cause, func.count())
        .where(Ticket.kind == "complaint", Ticket.received_at >= period.start, Ticket.received_at < period.end,
               ~Ticket.is_repeat, Ticket.status.not_in(COUNTED_OUT), Ticket.source.not_in(TRIALS))
        .group_by(day, Ticket.branch_id, Ticket.category, Ticket.cause))
    counts = Counts()
    for when, branch_id, category, cause, count in rows:
        on = when if isinstance(when, date) and not isinstance(when, datetime) else date.fromisoformat(str(when))
        counts.add(on.toordinal(), Series(branch_id, category, cause), count)
    return counts


class Watch:
    """One day's look at all series: the days up to and with `until`."""

    def __init__(self, counts: Counts, until: date) -> None:
        self.counts, self.today = counts, until.toordinal()
        today = self.today
        self.from_day = max(counts.first, today - max(WINDOWS) - HISTORY + 1)
        self.last = today - max(WINDOWS)  # history ends where the longest window begins
        self.enough = self.last - self.from_day + 1 >= LEAST_HISTORY
        self.recent = {day: dict(counts.cells.get(day, {})) for day in range(self.last + 1, today + 1)}
        self.raw = {day: dict(cells) for day, cells in self.recent.items()}
        self.explained: list[Series] = []
        self.standing: list[Series] = []
        self.around: dict[Series, dict[int, float]] = {}
        self.factor = self._factors()
        self.busy = {days: sum(self.factor[day] for day in range(today - days + 1, today + 1)) for days in WINDOWS}
        days = range(self.from_day, self.last + 1)
        self.weight = {day: 0.5 ** ((self.last - day) / HALF_LIFE) for day in days}
        self.base = sum(self.weight[day] * self.factor[day] for day in days)
        self.restless, self.size = self._nature()
        self.known: dict[Series, tuple[float, float]] = {}

    def find(self, *, standing: Iterable[Series] = ()) -> list[Surge]:
        """What is unusual, the least likely first.

        A surge explains what it holds: its excess is taken out before the next one is looked for, so that one storm at one branch
        is one warning and not seven. `standing` are the series warned of already; they are explained first, not found again.
        """
        if not self.enough:
            return []
        self.standing = list(standing)
        self.around = {series: {days: self.seen(series, days) for days in WINDOWS} for series in self.standing}
        for series in self.standing:
            self.explain(series)
        found: list[Surge] = []
        while len(found) < 20 and (best := self._best()) is not None:
            named = self._placed(best)
            found.append(named)
            self.explain(best.series)
            if named is not best:
                self.explained.append(named.series)
        return found + self._three_of_a_cause()

    def _factors(self) -> dict[int, float]:
        """How busy each day is beside an ordinary one: Monday to Sunday, and holidays."""
        kinds: dict[int, list[float]] = defaultdict(list)
        for day in range(self.from_day, self.last + 1):
            kinds[_kind(day)].append(self.counts.totals.get(day, 0.0))
        everything = [count for counted in kinds.values() for count in counted]
        mean = sum(everything) / max(len(everything), 1) or 1.0
        share = {kind: (sum(counted) + mean) / (len(counted) + 1) / mean for kind, counted in kinds.items()}
        begins = min(self.from_day, self.last + 1)  # an office that has just opened has no day behind it
        return {day: share.get(_kind(day), 1.0) for day in range(begins, self.today + 1)}

    def _nature(self) -> tuple[dict[str, float], dict[str, int]]:
        """By family: how much more the weeks of its larger series swing than chance (a share of the mean squared), and how many
        series live. Both change slowly: they are worked out once for every calendar week."""
        newest = (self.last + 1) // 7 - 1
        if newest not in self.counts.weeks:
            self.counts.weeks[newest] = self._nature_of(range(max(newest - HISTORY // 7, self.from_day // 7 + 1), newest + 1))
        return self.counts.weeks[newest]

    def _nature_of(self, weeks: range) -> tuple[dict[str, float], dict[str, int]]:
        busy = {week: sum(self.factor.get(day, 1.0) for day in range(week * 7, week * 7 + 7)) for week in weeks}
        more: dict[str, float] = defaultdict(float)
        squares: dict[str, float] = defaultdict(float)
        alive: dict[str, int] = defaultdict(int)
        for series, by_day in self.counts.series.items():
            name, counted = self.counts.family[series], dict.fromkeys(weeks, 0.0)
            for day, count in by_day.items():
                if day // 7 in counted:
                    counted[day // 7] += count
            total = sum(counted.values())
            alive[name] += total > 0
            if total < 2 * len(counted):
                continue
            for week, count in counted.items():
                mean = total / sum(busy.values()) * busy[week]
                more[name] += min((count - mean) ** 2, 9 * mean) - mean  # one storm of last spring is not restlessness
                squares[name] += mean**2
        return {name: max(FLOOR, more[name] / squares[name]) for name in squares}, dict(alive)

    def rate(self, series: Series) -> tuple[float, float]:
        """The usual on an ordinary day, and how much evidence it stands on (as a gamma's shape)."""
        if series not in self.known:
            by_day = self.counts.series.get(series)
            if by_day is None:  # a cell: one category and cause at one branch
                by_day = {day: self.counts.cells[day].get(series, 0.0) for day in self.weight if day in self.counts.cells}
            seen = sum(count * self.weight[day] for day, count in by_day.items() if day in self.weight)
            self.known[series] = ((seen + PRIOR) / (self.base + 1.0), seen + PRIOR)
        return self.known[series]

    def usual(self, series: Series, days: int) -> float:
        return self.rate(series)[0] * self.busy[days]

    def seen(self, series: Series, days: int) -> float:
        """How many there really were, explained or not."""
        by_day = self.counts.series.get(series)
        within = range(self.today - days + 1, self.today + 1)
        if by_day is None:  # a cell: one category and cause at one branch
            return sum(self.raw[day].get(series, 0.0) for day in within)
        return sum(by_day.get(day, 0.0) for day in within)

    def chance(self, series: Series, count: float, days: int, *, times: float = 1.0) -> float:
        """How likely so many are; `times` raises the usual with what the series is part of."""
        shape = self.rate(series)[1]
        spread = 1 / shape + self.restless.get(self.counts.family.get(series, ""), FLOOR)
        return tail(int(count + 1e-6), self.usual(series, days) * times, 1 / spread)

    def measure(self, series: Series, days: int) -> Surge:
        count = self.seen(series, days)
        return Surge(series, date.fromordinal(self.today), days, int(count + 1e-6), self.usual(series, days),
                     self.chance(series, count, days))

    def explain(self, series: Series) -> None:
        """Bring the series down to its usual, in every cell alike, on every recent day."""
        self.explained.append(series)
        for day, cells in self.recent.items():
            held = [cell for cell in cells if series.holds(cell)]
            count = sum(cells[cell] for cell in held)
            usual = self.rate(series)[0] * self.factor[day]
            if count > usual:
                for cell in held:
                    cells[cell] *= usual / count

    def _narrowed(self, series: Series, days: int) -> tuple[float, float] | None:
        """A part of what stands from before is held against how the rest of it has risen: (how many, times the usual)."""
        whole = next((one for one in self.standing if one.holds(series) and one != series), None)
        if whole is None:
            return None
        count, around = self.seen(series, days), self.around[whole][days]
        rest = max(self.usual(whole, days) - self.usual(series, days), 0.1)
        return count, max(1.0, (around - count + PRIOR) / (rest + PRIOR))

    def _placed(self, surge: Surge) -> Surge:
        """The same surge named by the narrowest place that holds nearly all of it: 「城西支行·借记卡——设施」 and not 「设施」."""
        series = surge.series
        within = range(self.today - surge.days + 1, self.today + 1)
        for n in range(len(series)):
            if series[n] is not None:
                continue
            held: dict[object, float] = defaultdict(float)
            for day in within:
                for cell, count in self.raw[day].items():
                    if series.holds(cell) and cell[n] is not None:
                        held[cell[n]] += count
            value, most = max(held.items(), key=lambda pair: pair[1], default=(None, 0.0))
            if value is not None and most >= NEARLY_ALL * self.seen(series, surge.days):
                series = series._replace(**{Series._fields[n]: value})
        return surge if series == surge.series else self.measure(series, surge.days)

    def _candidates(self) -> dict[str, dict[tuple[Series, int], tuple[float, float]]]:
        """family → (series, window) → (how many, times the usual), of all that have enough and are not explained."""
        summed: dict[str, dict[tuple[Series, int], float]] = defaultdict(lambda: defaultdict(float))
        for day, cells in self.recent.items():
            for cell, count in cells.items():
                for name, series in families(cell).items():
                    for days in WINDOWS:
                        if self.today - day < days:
                            summed[name][series, days] += count
        found: dict[str, dict[tuple[Series, int], tuple[float, float]]] = {}
        for name, counted in summed.items():
            found[name] = {}
            for (series, days), count in counted.items():
                if series in self.explained:
                    continue
                many, times = self._narrowed(series, days) or (count, 1.0)
                if many + 1e-6 >= LEAST and many > self.usual(series, days) * times:
                    found[name][series, days] = many, times
        return found

    def _best(self) -> Surge | None:
        """The least likely of all that count after correction."""
        best: tuple[float, Series, int, float] | None = None
        for name, counted in self._candidates().items():
            chances = {(series, days): self.chance(series, count, days, times=times)
                       for (series, days), (count, times) in counted.items()}
            limit = significant(list(chances.values()), tests=max(self.size.get(name, 1), 1) * len(WINDOWS), share=FALSE_SHARE)
            for (series, days), chance in chances.items():
                if 0 < limit >= chance and (best is None or chance < best[0]):
                    best = (chance, series, days, counted[series, days][0])
        if best is None:
            return None
        chance, series, days, count = best
        return Surge(series, date.fromordinal(self.today), days, int(count + 1e-6), self.usual(series, days), chance)

    def _three_of_a_cause(self) -> list[Surge]:
        """regulation.md 5.3 表 I: three and more of one cause at one branch in seven days, when that is unusual for it."""
        found = []
        for (series, days), (count, times) in self._candidates().get("branch_cause", {}).items():
            if days == max(WINDOWS):
                chance = self.chance(series, count, days, times=times)
                if chance <= LOW_CHANCE:
                    found.append(Surge(series, date.fromordinal(self.today), days, int(count + 1e-6), self.usual(series, days),
                                       chance, "low"))
        return sorted(found, key=lambda surge: surge.chance)


@lru_cache(maxsize=4096)
def _kind(day: int) -> int:
    """Monday 0 … Sunday 6, and 7 for a holiday; a weekend day worked to make up counts as a Friday."""
    on = date.fromordinal(day)
    if is_working_day(on):
        return min(on.weekday(), 4)
    return on.weekday() if on.weekday() >= 5 else 7
