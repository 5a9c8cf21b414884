"""The law's clock: by which last second a ticket must be decided and told, whatever was extended, paused or restarted."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from knowledge.clocks import Deadlines, Rule
from tickets.numbers import SHANGHAI
from tickets.working_days import add_working_days, is_working_day

DAY = timedelta(days=1)


class DeadlineUnknown(LookupError):
    """knowledge/deadlines.toml has no rule for this kind of ticket."""


class Clocked(Protocol):
    """What the clock reads of a ticket."""

    kind: str
    received_at: datetime
    clock_from: datetime
    extension: int
    regulator_due_at: datetime | None


class Stopped(Protocol):
    """What the clock reads of a pause; an open one has no `ended_at`."""

    began_at: datetime
    ended_at: datetime | None


def rule_for(rules: Deadlines, *, kind: str, received_at: datetime) -> Rule:
    """The row in force on the day received; a ticket older than every row is held to the oldest one."""
    rows = sorted((rule for rule in rules.rule if rule.kind == kind), key=lambda rule: rule.effective_from)
    if not rows:
        raise DeadlineUnknown(f"deadlines.toml has no [[rule]] for {kind!r}")
    day = shanghai_day(received_at)
    return ([rule for rule in rows if rule.effective_from <= day] or rows[:1])[-1]


def first_due(rules: Deadlines, *, kind: str, received_at: datetime) -> datetime:
    """The last second of the day on which a ticket received at this moment must be decided and told."""
    rule = rule_for(rules, kind=kind, received_at=received_at)
    return last_second(_advance(shanghai_day(received_at), rule.days, rule))


def due(rules: Deadlines, ticket: Clocked, pauses: Iterable[Stopped], *, at: datetime | None = None) -> datetime:
    """The whole clock: the law's, or the regulator's own date when that is earlier (our extensions never move theirs)."""
    law = law_due(rules, ticket, pauses, at=at)
    return law if ticket.regulator_due_at is None else min(law, ticket.regulator_due_at)


def law_due(rules: Deadlines, ticket: Clocked, pauses: Iterable[Stopped], *, at: datetime | None = None) -> datetime:
    """The law's clock alone. A pause that is still open counts until `at`, or not at all without `at`."""
    rule = rule_for(rules, kind=ticket.kind, received_at=ticket.received_at)
    start = shanghai_day(ticket.clock_from)
    last = _advance(start, rule.total(ticket.extension), rule)
    if rule.pauses:
        for began, ended in merged(pauses, after=ticket.clock_from, until=at):
            first, resumed = shanghai_day(began), shanghai_day(ended)
            if first > last:
                break  # the clock had already run out; a later pause does not mend that
            last = _advance(last, _counted(first, resumed, rule), rule)
    return last_second(last)


def merged(pauses: Iterable[Stopped], *, after: datetime, until: datetime | None = None) -> list[tuple[datetime, datetime]]:
    """The pauses as stretches that neither overlap nor touch, in order, cut to what lies after `after`."""
    stretches: list[tuple[datetime, datetime]] = []
    for began, ended in sorted((max(p.began_at, after), p.ended_at or until) for p in pauses if p.ended_at or until):
        if ended <= began:
            continue
        if stretches and began <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], max(stretches[-1][1], ended))
        else:
            stretches.append((began, ended))
    return stretches


def last_second(day: date) -> datetime:
    """23:59:59 of that day in Shanghai, in UTC. China has had no summer time since 1991, so a day is 24 hours."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=SHANGHAI).astimezone(UTC)


def day_in_words(moment: datetime) -> str:
    """「2026 年 12 月 9 日」 in Shanghai; the day is whole, the clock runs to its last second."""
    day = shanghai_day(moment)
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def shanghai_day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def days_left(due_at: datetime, now: datetime) -> int:
    """Whole days from today until the due day: 0 on the day itself, negative when it is over."""
    return (shanghai_day(due_at) - shanghai_day(now)).days


def _advance(day: date, count: int, rule: Rule) -> date:
    return add_working_days(day, count) if rule.count == "working" else day + count * DAY


def _counted(first: date, resumed: date, rule: Rule) -> int:
    """How many of the clock's own days a pause takes out: the day it began was worked on, the day it ended was not."""
    if rule.count == "working":
        return sum(is_working_day(first + n * DAY) for n in range(1, (resumed - first).days + 1))
    return (resumed - first).days
