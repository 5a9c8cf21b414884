"""What a report is made of, whatever paper it is printed on: sentences, tables, and figures that know their tickets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from knowledge.base import Kind, Knowledge
from tickets import rectification, statistics
from tickets.models import Rectification
from tickets.numbers import SHANGHAI
from tickets.periods import Period

GROUP_OF = {"channel": "business_channel", "category": "category", "cause": "cause", "right": "right", "source": "source"}
"""Group of tickets/statistics.py → group of the taxonomy that names its codes."""


def name_of(knowledge: Knowledge, group: str, code: str | None) -> str:
    """As the regulator's tables call it; the list behind a figure calls it the same."""
    kind = getattr(knowledge.taxonomy, GROUP_OF[group]).get(code or "")
    return (kind.standard or kind.name) if kind else (code or knowledge.wording("reports.blank"))


class Counted(int):
    """A number of tickets that can be asked for: the figure of tickets/statistics.py, narrowed by codes."""

    figure: str
    codes: dict[str, str | int | None]

    def __new__(cls, value: int, figure: str, **codes: str | int | None) -> "Counted":
        made = super().__new__(cls, value)
        made.figure, made.codes = figure, codes
        return made


@dataclass(frozen=True)
class Sheet:
    """One table: a title, column names, rows. `label` is the column that names a row; `chart` the one to draw, if any, as `draw`
    (bar, col or line) over the first `drawn` rows (all but a sum)."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    chart: int | None = None
    draw: str = "bar"
    drawn: int | None = None
    label: int = 0
    wide: tuple[int, ...] = ()  # columns that hold sentences

    @property
    def bars(self) -> int:
        return len(self.rows) if self.drawn is None else min(self.drawn, len(self.rows))


@dataclass(frozen=True)
class Text:
    """One paragraph. Kinds: heading, sub, text."""

    kind: str
    text: str


@dataclass(frozen=True)
class Report:
    """A whole report, ready to be shown or written. `key` is the period's (2026-Q3)."""

    kind: str
    key: str
    title: str
    period: Period
    blocks: tuple[Text | Sheet, ...]
    notes: tuple[str, ...] = field(default=())
    warnings: tuple[str, ...] = field(default=())  # for the office that makes it; they are in no file
    head: str = ""  # above each table of a workbook: who reports, when, in what unit
    foot: str = ""  # below it: who signs
    signed: tuple[str, ...] = ()  # below the text of a document: the bank and the day

    @property
    def sheets(self) -> list[Sheet]:
        return [block for block in self.blocks if isinstance(block, Sheet)]

    def said(self) -> dict[str, str]:
        """Every cell and sentence by its place: what a later making of the same report is compared with."""
        places: dict[str, str] = {}
        heading, count = self.title, 0
        for block in self.blocks:
            if isinstance(block, Text):
                heading, count = (block.text, 0) if block.kind == "heading" else (heading, count + 1)
                if block.kind != "heading":
                    places[f"{heading} 第 {count} 段"] = block.text
                continue
            seen: dict[str, int] = {}
            for row in block.rows:
                name = str(row[block.label])
                seen[name] = seen.get(name, 0) + 1
                label = name if seen[name] == 1 else f"{name}（{seen[name]}）"
                for at, (column, cell) in enumerate(zip(block.columns, row, strict=True)):
                    if at != block.label:
                        places[f"{block.title} · {label} · {column}"] = str(cell)
        return places


@dataclass(frozen=True)
class Making:
    """What every maker of a report is handed. `at` is the period's cutoff, not the moment of making."""

    session: Session
    knowledge: Knowledge
    period: Period
    at: datetime
    mask: Callable[[str], str]
    bank: str
    reached: date  # the last day of the period, or today while it runs
    hotline: str = ""
    belongs: dict[int | None, int | None] = field(default_factory=dict)  # see statistics.units
    kept: dict[Period, dict[str, statistics.Where]] = field(default_factory=dict)
    known: dict[Period, dict[str, int]] = field(default_factory=dict)

    @property
    def day(self) -> date:
        """The cutoff's day in Shanghai."""
        return self.at.astimezone(SHANGHAI).date()

    @property
    def regulators(self) -> tuple[str, ...]:
        return tuple(code for code, kind in self.knowledge.taxonomy.source.items() if kind.regulator)

    def word(self, key: str, /, **fields: object) -> str:
        return self.knowledge.wording(key, **fields)

    def names(self, group: str) -> Mapping[str, Kind]:
        return getattr(self.knowledge.taxonomy, GROUP_OF[group])

    def name(self, group: str, code: str | None) -> str:
        return name_of(self.knowledge, group, code)

    def figures(self, period: Period | None = None) -> dict[str, statistics.Where]:
        """Name → condition; written out once for each period."""
        period = period or self.period
        if period not in self.kept:
            self.kept[period] = statistics.figures(period, regulators=self.regulators, at=self.at)
        return self.kept[period]

    def counts(self, period: Period | None = None) -> dict[str, int]:
        """Every figure's count, counted once for each period, however many tables and sentences say it."""
        period = period or self.period
        if period not in self.known:
            self.known[period] = statistics.counted(self.session, self.figures(period))
        return self.known[period]

    def ledger(self) -> list[tuple[Rectification, str]]:
        """What the ledger holds for this period, each with its state on the day of the report; before that day, as it is."""
        at = self.at if self.day >= self.period.report_day() else None
        return rectification.items_at(self.session, at, rectification.belongs(self.period))

    def three(self) -> tuple[Period, Period, Period]:
        """This period, the one before (环比), the one a year before (同比); of one that still runs, as many days of the others."""
        before, year = self.period.before(), self.up_to_now(self.period).year_before()
        if self.running:
            before = Period(before.first, min(before.last, before.first + (self.reached - self.period.first)))
        return self.period, before, year

    @property
    def unrecorded(self) -> str:
        """That nothing was kept here yet, of a period before the first ticket; else empty. No record is not 「未收到」."""
        first = statistics.first_received(self.session)
        if first is None:
            return self.word("reports.no_record_yet", period=self.period.name)
        if first < self.period.end:
            return ""
        return self.word("reports.no_record", first=first.astimezone(SHANGHAI).date(), period=self.period.name)

    @property
    def unfinished(self) -> int:
        """How many of the period are still in hand with their day ahead. While there are any, what became of the others is not
        held against a period that is through."""
        counts = self.counts()
        return counts["open"] - counts["open_due"]

    @property
    def running(self) -> bool:
        return self.reached < self.period.last

    def up_to_now(self, period: Period) -> Period:
        """A period, or what has passed of it."""
        return Period(period.first, min(period.last, self.reached)) if self.running else period


def points(now: tuple[int, int], before: tuple[int, int]) -> str:
    """By how many percentage points a share moved; 「—」 when either has no base."""
    if not now[1] or not before[1]:
        return "—"
    moved = statistics.rounded(100 * (Fraction(*now) - Fraction(*before)))
    shape = '+0.00" 个百分点";-0.00" 个百分点";+0.00" 个百分点"'
    return statistics.Reckoned(f"{moved:+.2f} 个百分点", moved, shape, small=before[1] < statistics.SMALL_BASE)


def shown(value: Any) -> str:
    """A cell as people read it."""
    return f"{value:.2f}" if isinstance(value, float) else str(value)
