"""One morning's look: surges, then rising words that no surge explains, then what is still going on from the days before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tickets.rising import Rise, Said, find_rises
from tickets.surges import Counts, Series, Surge, Watch

QUIET_AFTER = timedelta(days=7)
"""A warning stands until its series has been as usual for so long; only then may it be warned of anew."""
STILL = 0.02  # less likely than this by chance: it goes on


@dataclass(frozen=True)
class Standing:
    """A warning that stands: its series or word, and the last day on which it was still unusual."""

    series: Series | None
    word: str
    last: date


@dataclass(frozen=True)
class Looked:
    """Something to warn of."""

    kind: str  # surge | word
    series: Series | None
    word: str
    beside: tuple[str, ...]
    grade: str
    until: date
    days: int
    count: int
    usual: float
    chance: float
    tickets: tuple[int, ...] = ()


@dataclass(frozen=True)
class Morning:
    """What is new, and what stands after today (new ones included)."""

    fresh: list[Looked]
    standing: list[Standing]


def look(counts: Counts, recent: Sequence[Said], past: Mapping[str, int], past_size: int, until: date, *,
         standing: Iterable[Standing] = ()) -> Morning:
    """Look at the days up to and with `until`. `recent` are the complaints of the last seven days with their words."""
    watch = Watch(counts, until)
    kept = [_still(watch, one, recent, until) for one in standing]
    kept = [one for one in kept if until - one.last <= QUIET_AFTER]
    series = [one.series for one in kept if one.series is not None]
    surges = watch.find(standing=series)
    words = [one.word for one in kept if one.word]
    loud = [surge.series for surge in surges if surge.grade == "high"]
    rises = find_rises(recent, past, past_size, until, explained=[*series, *loud], known=words)
    fresh = [_of_surge(surge) for surge in surges] + [_of_rise(rise) for rise in rises]
    return Morning(fresh, kept + [Standing(one.series, one.word, until) for one in fresh])


def _still(watch: Watch, one: Standing, recent: Sequence[Said], until: date) -> Standing:
    """Move the last day on while the series (or the word) is still unusual."""
    if one.series is not None:
        goes_on = watch.measure(one.series, 3).chance < STILL
    else:
        goes_on = sum(one.word in said.words and (until.toordinal() - said.day) < 3 for said in recent) >= 2
    return replace(one, last=until) if goes_on else one


def _of_surge(surge: Surge) -> Looked:
    return Looked("surge", surge.series, "", (), surge.grade, surge.until, surge.days, surge.count, surge.usual, surge.chance)


def _of_rise(rise: Rise) -> Looked:
    return Looked("word", None, rise.word, rise.beside, "high", rise.until, rise.days, rise.count, rise.usual, rise.chance,
                  rise.tickets)
