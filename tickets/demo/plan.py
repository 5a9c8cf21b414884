"""What happens in the synthetic year, drawn by chance before a single row is written: who complains when, where, of what.

Days follow the year, the week and the holidays, and wander a little more than pure chance would (a gamma on every day and on
every branch's month). The draw is the same for the same seed. Planted surges come on top and are written down.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from tickets.working_days import is_working_day

DAY_NOISE, BRANCH_NOISE = 25.0, 12.0  # gamma shapes: the larger, the calmer
TIMES, AT_LEAST = (2.0, 3.5), (3.5, 6.0)  # what a planted surge adds a day: so many times the usual, and not fewer than
KINDS = ("branch", "category", "cause", "pair", "spot", "term")  # spot: one cause at one branch


@dataclass(frozen=True)
class Office:
    """One branch or department that gets complaints; `weight` is its share among its kind."""

    id: int
    name: str
    kind: str  # branch | card | ebank | assets
    weight: float


@dataclass(frozen=True)
class Planted:
    """A surge that was put into the year on purpose; `tickets` are ids, filled in when the year is written."""

    kind: str
    first: date
    days: int
    branch_id: int | None = None
    category: str | None = None
    cause: str | None = None
    term: str | None = None
    usual: float = 0.0  # a day, without the surge
    tickets: list[int] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        return {"kind": self.kind, "first": self.first.isoformat(), "days": self.days, "branch_id": self.branch_id,
                "category": self.category, "cause": self.cause, "term": self.term, "usual": round(self.usual, 3),
                "tickets": self.tickets}


@dataclass
class Plan:
    """One entry a complaint, in the order received. `matter` and `office` point into the lists; `surge` is -1 or into `planted`."""

    matters: list[dict[str, Any]]
    offices: list[Office]
    received: np.ndarray  # seconds since 1970
    matter: np.ndarray
    office: np.ndarray
    surge: np.ndarray
    planted: list[Planted]


def draw(book: dict[str, Any], offices: list[Office], *, first: date, until: date, surges_from: date, count: int, surges: int,
         rng: np.random.Generator) -> Plan:
    """`count` complaints from `first` until `until` (not counted), of which some belong to `surges` planted ones."""
    matters = book["matter"]
    days = (until - first).days
    shape = _days(book["rhythm"], first, days)
    shape = shape * rng.gamma(DAY_NOISE, 1 / DAY_NOISE, days)
    where = _where(matters, offices)  # matter × office, a share of all
    wander = _wander(first, days, len(offices), rng)
    planted, extra = _plant(book, matters, offices, where, first=first, days=days, surges_from=surges_from, count=count,
                            shape=shape, surges=surges, rng=rng)
    usual = max(count - len(extra), 0)
    day = rng.choice(days, usual, p=shape / shape.sum())
    matter = rng.choice(len(matters), usual, p=where.sum(1) / where.sum())
    office = _offices(where, wander, day, matter, rng)
    if extra:
        added = np.array(extra, dtype=np.int64)
        day, matter = np.concatenate([day, added[:, 0]]), np.concatenate([matter, added[:, 1]])
        office = np.concatenate([office, added[:, 2]])
    surge = np.concatenate([np.full(usual, -1), np.array([row[3] for row in extra], dtype=np.int64)])
    hours = np.array(book["rhythm"]["hour"], float)
    hour = rng.choice(24, len(day), p=hours / hours.sum())
    midnight = (first.toordinal() - date(1970, 1, 1).toordinal()) * 86400 - 8 * 3600
    received = midnight + day * 86400 + hour * 3600 + rng.integers(0, 3600, len(day))
    order = np.argsort(received, kind="stable")
    return Plan(matters, offices, received[order], matter[order], office[order], surge[order], planted)


def _days(rhythm: dict[str, Any], first: date, days: int) -> np.ndarray:
    """How busy each day is; slightly more every year."""
    shape = np.empty(days)
    for n in range(days):
        day = first + timedelta(days=n)
        shape[n] = rhythm["month"][day.month - 1] * (1 + 0.06 * n / 365)
        if day.weekday() < 5 and not is_working_day(day):
            shape[n] *= rhythm["holiday"]
        elif day.weekday() >= 5 and is_working_day(day):
            shape[n] *= 1.0
        else:
            shape[n] *= rhythm["weekday"][day.weekday()]
    return shape


def _where(matters: list[dict[str, Any]], offices: list[Office]) -> np.ndarray:
    """matter × office: which office gets how much of each matter."""
    table = np.zeros((len(matters), len(offices)))
    kinds = {kind: [n for n, office in enumerate(offices) if office.kind == kind] for kind in {o.kind for o in offices}}
    for row, matter in enumerate(matters):
        split = {kind: w for kind, w in matter.get("office", {"branch": 1}).items() if kinds.get(kind)} or {"branch": 1}
        for kind, weight in split.items():
            shares = np.array([offices[n].weight for n in kinds[kind]])
            table[row, kinds[kind]] += matter["weight"] * weight / sum(split.values()) * shares / shares.sum()
    return table / table.sum()


def _wander(first: date, days: int, offices: int, rng: np.random.Generator) -> np.ndarray:
    """day × office: every office has its better and worse months."""
    months = np.array([(first + timedelta(days=n)).toordinal() // 30 for n in range(days)])
    months -= months.min()
    return rng.gamma(BRANCH_NOISE, 1 / BRANCH_NOISE, (months.max() + 1, offices))[months]


def _offices(where: np.ndarray, wander: np.ndarray, day: np.ndarray, matter: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    chosen, luck = np.empty(len(day), dtype=np.int64), rng.random(len(day))
    for start in range(0, len(day), 50_000):
        part = slice(start, start + 50_000)
        sums = np.cumsum(where[matter[part]] * wander[day[part]], axis=1)
        chosen[part] = (sums < (luck[part] * sums[:, -1])[:, None]).sum(1)
    return np.minimum(chosen, where.shape[1] - 1)


def _plant(book: dict[str, Any], matters: list[dict[str, Any]], offices: list[Office], where: np.ndarray, *, first: date, days: int,
           surges_from: date, count: int, shape: np.ndarray, surges: int,
           rng: np.random.Generator) -> tuple[list[Planted], list[tuple[int, int, int, int]]]:
    """Choose surges one after another through the year; extra complaints as (day, matter, office, surge)."""
    planted: list[Planted] = []
    extra: list[tuple[int, int, int, int]] = []
    begin = max((surges_from - first).days, 0)
    room = (days - begin - 14) / max(surges, 1)
    if room < 1:
        return planted, extra
    names = book["terms"]["names"]
    terms = [names[n] for n in rng.permutation(len(names))]
    for n in range(surges):
        start = begin + int(n * room + rng.random() * room * 0.6)
        length = int(rng.integers(5, 11))
        cells = _cells(KINDS[n % len(KINDS)], matters, offices, where, rng, about=book["terms"]["matters"])
        if cells is None:
            continue
        kind, mask, fields = cells
        share = where * mask
        usual = count * float(share.sum()) / days * float(shape[start:start + length].mean() / shape.mean())
        if kind == "term":
            usual, fields = 0.0, {"term": terms[n // len(KINDS) % len(terms)]}
        more = float(max(usual * rng.uniform(*TIMES), rng.uniform(*AT_LEAST)))
        surge = Planted(kind, first + timedelta(days=start), length, usual=usual, **fields)
        flat = (share / share.sum()).ravel()
        for day in range(start, start + length):
            for cell in rng.choice(len(flat), rng.poisson(more), p=flat):
                extra.append((day, int(cell) // len(offices), int(cell) % len(offices), len(planted)))
        planted.append(surge)
    return planted, extra


def _cells(kind: str, matters: list[dict[str, Any]], offices: list[Office], where: np.ndarray,
           rng: np.random.Generator, *, about: list[list[str]]) -> tuple[str, np.ndarray, dict[str, Any]] | None:
    """Which matters at which offices a surge of this kind touches."""
    row, column = divmod(int(rng.choice(where.size, p=where.ravel())), len(offices))
    if kind == "branch":
        column = int(rng.integers(len(offices)))
    category, cause = matters[row]["category"], matters[row]["cause"]
    rows = np.ones(len(matters), bool)
    columns = np.ones(len(offices), bool)
    fields: dict[str, Any] = {}
    if kind in ("branch", "spot"):
        columns = np.arange(len(offices)) == column
        fields["branch_id"] = offices[column].id
    if kind in ("category", "pair"):
        rows &= np.array([m["category"] == category for m in matters])
        fields["category"] = category
    if kind in ("cause", "pair", "spot"):
        rows &= np.array([m["cause"] == cause for m in matters])
        fields["cause"] = cause
    if kind == "term":
        rows &= np.array([[m["category"], m["cause"]] in about for m in matters])
    mask = rows[:, None] & columns[None, :]
    return (kind, mask, fields) if (where * mask).sum() > 0 else None
