"""Words that are new or rising in what customers write: each counted in this week's complaints against the half year before."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from knowledge.base import FOLDER
from tickets.chance import significant, tail
from tickets.models import Ticket
from tickets.numbers import SHANGHAI
from tickets.periods import Period
from tickets.statistics import TRIALS
from tickets.surges import COUNTED_OUT, HISTORY, Series

Cut = Callable[[str], Iterable[str]]
"""Cuts a text into words; the composition root hands it over, because tickets may not know nlp."""

WINDOWS = (3, 7)  # days
LEAST = 4  # complaints that hold the word
FALSE_SHARE = 0.01
RESTLESS = 0.12  # words come in clusters: how much more they swing than chance, as a share of the mean squared
MOST_PAST = 12_000  # past complaints read for comparison; of more, every second, third … is read
TOGETHER = 0.6  # a word that stands in so many of the same complaints belongs to the same find


@dataclass(frozen=True)
class Said:
    """The words of one complaint, each once."""

    ticket_id: int
    day: int
    cell: Series
    words: frozenset[str]


@dataclass(frozen=True)
class Rise:
    """A word and those that came with it: in how many complaints of the last `days`, where so many are usual."""

    word: str
    beside: tuple[str, ...]
    until: date
    days: int
    count: int
    usual: float
    chance: float
    tickets: tuple[int, ...]


def words_of(text: str, cut: Cut) -> frozenset[str]:
    """Words of two characters and more that are no numbers and say what a complaint is about."""
    return frozenset(word for word in cut(text) if len(word) >= 2 and word.isalpha() and not word.isascii()
                     and word not in stop_words())


@cache
def stop_words() -> frozenset[str]:
    """knowledge/stop_words.txt: words that stand in any complaint (怎么回事、到底、本人)."""
    return frozenset((FOLDER / "stop_words.txt").read_text(encoding="utf-8").split())


def read_said(session: Session, until: date, cut: Cut, *, days: int, most: int | None = None) -> list[Said]:
    """The complaints of the days up to and with `until`; of more than `most`, evenly fewer."""
    period = Period(until - timedelta(days=days - 1), until)
    where = (Ticket.kind == "complaint", Ticket.received_at >= period.start, Ticket.received_at < period.end, ~Ticket.is_repeat,
             Ticket.status.not_in(COUNTED_OUT), Ticket.source.not_in(TRIALS))
    if most is not None:
        every = (session.scalar(select(func.count()).select_from(Ticket).where(*where)) or 0) // most + 1
        where = (*where, Ticket.id % every == 0)
    rows = session.execute(
        select(Ticket.id, Ticket.received_at, Ticket.branch_id, Ticket.category, Ticket.cause, Ticket.summary).where(*where))
    return [Said(row.id, row.received_at.astimezone(SHANGHAI).date().toordinal(), Series(row.branch_id, row.category, row.cause),
                 words_of(row.summary, cut)) for row in rows.yield_per(2000)]


def count_words(said: Iterable[Said]) -> Counter[str]:
    return Counter(word for one in said for word in one.words)


def find_rises(recent: Sequence[Said], past: Mapping[str, int], past_size: int, until: date, *, explained: Iterable[Series] = (),
               known: Iterable[str] = ()) -> list[Rise]:
    """Words that stand in more of the recent complaints than usual, the least likely first.

    `recent` are the last seven days, `past` how many of `past_size` earlier complaints hold each word. Complaints of a surge that
    is warned of already (`explained`) say nothing new; nor do those with a word that is `known`.
    """
    standing, taken = tuple(explained), set(known)
    today = until.toordinal()
    left = [one for one in recent if not any(series.holds(one.cell) for series in standing) and not one.words & taken]
    found: list[Rise] = []
    while len(found) < 10 and (best := _best(left, past, past_size, today)) is not None:
        chance, word, days, count, usual = best
        holding = [one for one in left if word in one.words and today - one.day < days]
        along = Counter(other for one in holding for other in one.words if other != word)
        beside = tuple(other for other, times in along.most_common(12) if times >= TOGETHER * count
                       and past.get(other, 0) / max(past_size, 1) < 0.2 * times / max(len(left), 1))[:3]
        found.append(Rise(word, beside, until, days, count, usual, chance, tuple(one.ticket_id for one in holding)))
        left = [one for one in left if word not in one.words]
    return found


def _best(recent: Sequence[Said], past: Mapping[str, int], past_size: int,
          today: int) -> tuple[float, str, int, int, float] | None:
    looked, tests = [], 0
    for days in WINDOWS:
        within = [one for one in recent if today - one.day < days]
        counted = count_words(within)
        tests += len(counted)
        for word, count in counted.items():
            if count < LEAST:
                continue
            seen = past.get(word, 0) + 0.5
            usual = len(within) * seen / (past_size + 1)
            if count > usual:
                looked.append((tail(count, usual, 1 / (1 / seen + RESTLESS)), word, days, count, usual))
    limit = significant([one[0] for one in looked], tests=max(tests, 1), share=FALSE_SHARE)
    return min(looked) if looked and min(looked)[0] <= limit else None


def history_days(until: date, longest: int = max(WINDOWS)) -> tuple[date, int]:
    """The last day of the past to compare with, and how many days of it."""
    return until - timedelta(days=longest), HISTORY
