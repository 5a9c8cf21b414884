"""The figures of the regulator's tables. Each is a condition on tickets: a number and its list of tickets cannot disagree.

Definitions (regulation.md 5.3): counted by the day received in Shanghai; done = decided and told; a merged repeat counts before
merging and not after; a zero denominator is shown as 「—」 and never as 0 %.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, and_, case, cast, exists, func, or_, select, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.functions import GenericFunction

from tickets.models import PAUSED, Branch, Event, Pause, Rating, Staff, Ticket, Warning_
from tickets.periods import Period

SMALL_BASE = 10
"""A comparison against fewer tickets than this is noted as 「基数小」."""

VULNERABLE = ("elderly", "minor", "disabled")
"""Flags of customers whom the rules ask to look after especially."""

TRIALS = ("console",)
"""Sources that no customer uses: what a colleague typed to try the bot (`xiaobao chat`) is no complaint of the bank's."""

Where = ColumnElement[bool]


class days_between(GenericFunction[int]):
    """Calendar days in Shanghai from the first moment to the second; the day itself does not count, as the law counts."""

    type = Integer()
    inherit_cache = True


@compiles(days_between, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    first, last = (compiler.process(one, **options) for one in element.clauses)
    return f"CAST(julianday(date({last}, '+8 hours')) - julianday(date({first}, '+8 hours')) AS INTEGER)"


@compiles(days_between, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    first, last = (f"(({compiler.process(one, **options)}) AT TIME ZONE 'Asia/Shanghai')::date" for one in element.clauses)
    return f"({last} - {first})"


TOOK = days_between(Ticket.received_at, Ticket.told_at)
"""What the customer waited."""

ANEW = exists().where(Event.ticket_id == Ticket.id, Event.kind == "reopened")


def _days_of_the_law() -> ColumnElement[int]:
    """Days that count towards 15, 30 and 60 (第三号令第十八、二十三条): from the day new facts came, without outside appraisal
    and mediation. What was handled anew counts from the day it first came. tickets/deadlines.py reckons one ticket alike.
    """
    start = case((ANEW, Ticket.received_at), else_=Ticket.clock_from)
    one, two = aliased(Pause), aliased(Pause)

    def began(pause: Any) -> ColumnElement[datetime]:
        return case((pause.began_at < start, start), else_=pause.began_at)

    def ended(pause: Any) -> ColumnElement[datetime]:
        return case((or_(pause.ended_at.is_(None), pause.ended_at > Ticket.told_at), Ticket.told_at), else_=pause.ended_at)

    def summed(first: Any, last: Any, *where: Where) -> ColumnElement[int]:
        days = func.coalesce(func.sum(days_between(first, last)), 0)
        return select(days).where(*where, first < last).correlate(Ticket).scalar_subquery()

    stopped = summed(began(one), ended(one), one.ticket_id == Ticket.id, one.began_at <= Ticket.due_at)
    later = case((began(one) < began(two), began(two)), else_=began(one))
    sooner = case((ended(one) < ended(two), ended(one)), else_=ended(two))
    twice = summed(later, sooner, one.ticket_id == Ticket.id, two.ticket_id == Ticket.id, one.id < two.id,
                   one.began_at <= Ticket.due_at, two.began_at <= Ticket.due_at)
    return days_between(start, Ticket.told_at) - stopped + twice


WITHIN = _days_of_the_law()
MOVED = Ticket.clock_from != Ticket.received_at
"""Most clocks were never moved, and those tickets need no look at their events."""

LATE_BEFORE = and_(MOVED, ANEW.where(Event.data["before"]["late"].as_boolean()))
"""Told late and then handled anew: late it stays, however soon it is told again."""

TOLD_IN_TIME = and_(Ticket.told_at <= Ticket.due_at, ~LATE_BEFORE)
TOLD_LATE = and_(Ticket.told_at.is_not(None), or_(Ticket.told_at > Ticket.due_at, LATE_BEFORE))
SET_ASIDE = ("withdrawn", "not_accepted", "closed")
"""States in which what was never told is no longer to be told: neither done nor open, and left out of 应办结."""

BANDS = {"d15": "15 日以内", "d30": "16 至 30 日", "d60": "31 至 60 日", "late": "超过 60 日", "untold": "在途（尚未办结）",
         "withdrawn": "撤诉", "not_accepted": "不予办理", "closed": "未作决定结案"}
"""Every complaint is in exactly one; those after `late` were never told."""

UNTOUCHING, NO_RIGHT = ("FACILITY",), "none"
"""Causes that mostly touch no right (regulation.md 1.3.2), and the code under which they are counted while none is filled in."""

GROUPS: dict[str, ColumnElement[Any]] = {
    "channel": Ticket.business_channel, "category": Ticket.category, "cause": Ticket.cause, "source": Ticket.source,
    "right": case((and_(Ticket.primary_right.is_(None), Ticket.cause.in_(UNTOUCHING)), NO_RIGHT), else_=Ticket.primary_right),
    "branch": Ticket.branch_id,
    "band": case((and_(Ticket.told_at.is_(None), Ticket.status.in_(SET_ASIDE)), Ticket.status),
                 (Ticket.told_at.is_(None), "untold"), (or_(TOOK <= 15, WITHIN <= 15), "d15"),  # most need no look at a pause
                 (WITHIN <= 30, "d30"), (WITHIN <= 60, "d60"), else_="late"),
    "first_branch": func.coalesce(
        select(Staff.branch_id).where(Staff.id == Ticket.first_handler_id).correlate(Ticket).scalar_subquery(), Ticket.branch_id),
}
"""Tables of the report → what they count by. `first_branch`: where the first handler sits (首问负责制), else where it lies."""


UNITS = {"unit": "branch", "first_unit": "first_branch"}
"""Groups that count a branch together with all below it → the key of GROUPS that says where a ticket lies."""


def narrowed(where: Where, codes: Mapping[str, str | int | None]) -> Where:
    """Only those with these codes: a key of GROUPS or UNITS → code, None for 「未填」."""
    return and_(where, *(_has(group, code) for group, code in codes.items()))


def _has(group: str, code: str | int | None) -> Where:
    column = GROUPS[UNITS.get(group, group)]
    if code is None:
        return column.is_(None)
    if group not in UNITS:
        return column == code
    below, top = aliased(Branch), aliased(Branch)  # the head office has all below it, but answers only for itself
    subtree = select(below.id).join(top, below.path.startswith(top.path)).where(top.id == code, top.kind != "head")
    return or_(column == code, column.in_(subtree.scalar_subquery()))


def units(session: Session) -> dict[int | None, int | None]:
    """Branch → the branch or department right below the head office that it belongs to; the head office is its own."""
    kinds = {branch: (path, kind) for branch, path, kind in session.execute(select(Branch.id, Branch.path, Branch.kind))}
    made: dict[int | None, int | None] = {None: None}
    for branch, (path, _) in kinds.items():
        chain = [int(one) for one in path.strip("/").split("/") if one]
        made[branch] = next((one for one in chain if one in kinds and kinds[one][1] != "head"), branch)
    return made


def by_unit(session: Session, where: Where, belongs: Mapping[int | None, int | None],
            group: str = "branch") -> dict[int | None, int]:
    """Counts by the units of `units`, the largest first."""
    counts: dict[int | None, int] = {}
    for branch, n in by(session, where, group).items():
        unit = belongs.get(branch)
        counts[unit] = counts.get(unit, 0) + n
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0]))))


def received(period: Period) -> Where:
    """Complaints received in the period, repeats merged into another left out."""
    return and_(_came(period), Ticket.status != "merged")


def _came(period: Period) -> Where:
    return and_(Ticket.kind == "complaint", Ticket.source.not_in(TRIALS), Ticket.received_at >= period.start,
                Ticket.received_at < period.end)


def figures(period: Period, *, regulators: Iterable[str], at: datetime) -> dict[str, Where]:
    """Name → condition. The count of a figure and the tickets behind it come from the same condition.

    total = done + open + set_aside; set_aside = withdrawn + not_accepted + closed_untold; should_be_done = done + open_due;
    overdue = done - on_time + open_due + what was told late, is handled anew and not yet late again. A clock that is stopped for an
    appraisal or a mediation is neither overdue nor due.
    """
    regulators, base, everything = tuple(regulators), received(period), _came(period)
    done = and_(base, Ticket.told_at.is_not(None))
    untold = Ticket.told_at.is_(None)
    still_open = and_(base, untold, Ticket.status.not_in(SET_ASIDE))
    open_due = and_(untold, Ticket.status.not_in((*SET_ASIDE, *PAUSED)), Ticket.due_at < at)
    # Each asks about one ticket, by an index: a list of all there ever were would take longer than the period itself.
    other = aliased(Ticket)
    reviewed = exists().where(other.review_of_id == Ticket.id)
    came_back = exists().where(other.repeat_of_id == Ticket.id, other.status != "merged")
    came_to_us = exists().where(other.id == Ticket.repeat_of_id, other.source.not_in(regulators))
    before = Event.data["before"]
    extended_before = [and_(MOVED, ANEW.where(before["extension"].as_integer() >= times)) for times in (1, 2)]
    mediated = exists().where(Pause.ticket_id == Ticket.id, Pause.kind == "mediation")
    passed_on = select(func.count()).select_from(Event).where(
        Event.ticket_id == Ticket.id, Event.kind == "referred").correlate(Ticket).scalar_subquery() >= 2
    crowded = exists().where(Warning_.id == Ticket.crowd_id, or_(Warning_.judged.is_(None), Warning_.judged != "false"))
    rated = exists().where(Rating.ticket_id == Ticket.id)
    flagged = {flag: cast(Ticket.flags, String).like(f'%"{flag}"%') for flag in VULNERABLE}
    return {
        "total": base,
        "total_unmerged": everything,
        "regulator": and_(base, Ticket.source.in_(regulators)),
        "open": still_open,
        "open_due": and_(base, open_due),
        "should_be_done": and_(base, or_(Ticket.told_at.is_not(None), open_due)),
        "set_aside": and_(base, untold, Ticket.status.in_(SET_ASIDE)),
        "not_accepted": and_(base, untold, Ticket.status == "not_accepted"),
        "closed_untold": and_(base, untold, Ticket.status == "closed"),
        "done": done,
        "on_time": and_(done, TOLD_IN_TIME),
        "overdue": and_(base, or_(Ticket.told_at > Ticket.due_at, open_due, LATE_BEFORE)),
        "extended": and_(base, or_(Ticket.extension >= 1, extended_before[0])),
        "extended_twice": and_(base, or_(Ticket.extension >= 2, extended_before[1])),
        "repeat": and_(base, Ticket.is_repeat),
        "repeat_unmerged": and_(everything, or_(Ticket.is_repeat, Ticket.status == "merged")),
        "withdrawn": and_(base, untold, Ticket.status == "withdrawn"),
        "upheld": and_(done, Ticket.upheld.is_(True)),
        "judged": and_(done, Ticket.upheld.is_not(None)),
        "review": and_(base, reviewed.where(other.kind == "review")),
        "overturned": and_(base, reviewed.where(other.kind == "review", other.upheld.is_(True))),
        "solved_at_once": and_(done, ~Ticket.is_repeat, ~and_(MOVED, ANEW), ~came_back, ~reviewed),
        "rated": and_(base, rated),
        "pleased": and_(base, rated.where(Rating.score >= 4)),
        "displeased": and_(base, rated.where(Rating.score <= 2)),
        "grave": and_(base, Ticket.grade == "重大"),
        "crowd": and_(base, Ticket.crowd_id.is_not(None), crowded),
        "mediated": and_(base, mediated),
        "within15": and_(done, or_(TOOK <= 15, WITHIN <= 15)),
        "escalated": and_(base, Ticket.source.in_(regulators), came_to_us),
        "late_contact": and_(base, Ticket.contact_due_at.is_not(None), or_(
            Ticket.first_contact_at > Ticket.contact_due_at,
            and_(Ticket.first_contact_at.is_(None), untold, Ticket.contact_due_at < at, Ticket.status.not_in(SET_ASIDE)))),
        "passed_on": and_(base, passed_on),
        "vulnerable": and_(base, or_(*flagged.values())),
        **{flag: and_(base, where) for flag, where in flagged.items()},
    }


RATES = {
    "regulator_share": ("regulator", "total"), "done_rate": ("done", "should_be_done"), "on_time_rate": ("on_time", "done"),
    "extended_rate": ("extended", "total"), "repeat_rate": ("repeat", "total"),
    "repeat_unmerged_rate": ("repeat_unmerged", "total_unmerged"), "upheld_rate": ("upheld", "judged"),
    "review_rate": ("review", "done"), "overturned_rate": ("overturned", "review"), "once_rate": ("solved_at_once", "done"),
    "pleased_rate": ("pleased", "rated"), "withdrawn_rate": ("withdrawn", "total"),
    "mediated_rate": ("mediated", "total"), "within15_rate": ("within15", "should_be_done"),
    "escalated_rate": ("escalated", "total"),
}
"""Rate → numerator and denominator, both names of figures."""


def first_received(session: Session) -> datetime | None:
    """When the office began to keep tickets here."""
    return session.scalar(select(func.min(Ticket.received_at)).where(Ticket.source.not_in(TRIALS)))


def count(session: Session, where: Where) -> int:
    return session.scalar(select(func.count()).select_from(Ticket).where(where)) or 0


def counted(session: Session, conditions: dict[str, Where]) -> dict[str, int]:
    """Every figure's count in one pass over the tickets of the period; every figure is a part of `total_unmerged`."""
    whole = conditions["total_unmerged"]
    columns = [func.count().filter(_beyond(where, whole)).label(name) for name, where in conditions.items()]
    row = session.execute(select(*columns).select_from(Ticket).where(whole)).one()
    return dict(zip(conditions, row, strict=True))


def _beyond(where: Any, whole: Any) -> Where:
    """What a condition asks beyond `whole`, which holds for every row that is looked at: asked thirty times it would cost half."""
    return and_(true(), *(one for one in where.clauses if not any(one.compare(known) for known in whole.clauses)))


def by(session: Session, where: Where, group: str) -> dict[str | int | None, int]:
    """Counts by a key of GROUPS, the largest first."""
    column = GROUPS[group].label("code")
    rows = session.execute(select(column, func.count()).where(where).group_by(column))
    return dict(sorted(((key, n) for key, n in rows), key=lambda pair: (-pair[1], str(pair[0]))))


def crossed(session: Session, where: Where, first: str, second: str) -> dict[tuple[str | None, str | None], int]:
    a, b = GROUPS[first].label("first"), GROUPS[second].label("second")
    return {(x, y): n for x, y, n in session.execute(select(a, b, func.count()).where(where).group_by(a, b))}


def days_taken(session: Session, where: Where) -> tuple[Fraction | None, Fraction | None]:
    """Mean and median calendar days from receipt to telling, of what is done; None without any."""
    took = TOOK.label("took")
    rows = sorted((days, n) for days, n in session.execute(
        select(took, func.count()).where(where, Ticket.told_at.is_not(None)).group_by(took)))
    count = sum(n for _, n in rows)
    if not count:
        return None, None
    middle = [_nth(rows, place) for place in ((count - 1) // 2, count // 2)]
    return Fraction(sum(days * n for days, n in rows), count), Fraction(sum(middle), 2)


def _nth(rows: list[tuple[int, int]], place: int) -> int:
    """The value at a place (from 0) of a sorted list that is given as values and how often each occurs."""
    for value, n in rows:
        if place < n:
            return value
        place -= n
    raise IndexError(place)


def branch_names(session: Session) -> dict[int, str]:
    return dict(session.execute(select(Branch.id, Branch.name)).all())


class Reckoned(str):
    """A figure as people read it, and the number behind it: `value`, rounded as it is shown, how a spreadsheet is to show it
    (`shape`), and whether its base is so small that a note goes with it."""

    value: float
    shape: str
    small: bool

    def __new__(cls, text: str, value: float, shape: str, *, small: bool = False) -> "Reckoned":
        made = super().__new__(cls, f"{text}（基数小）" if small else text)
        made.value, made.shape, made.small = value, shape, small
        return made


def rounded(value: Fraction | int, places: int = 2) -> float:
    """四舍五入, as everybody checks it: from the exact figure, a half away from zero; Python's own `round` does neither."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return float(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)) or 0.0  # no 「-0.00」


def rate(part: int, whole: int) -> str:
    """A share as people read it; a zero denominator is 「—」."""
    if whole == 0:
        return "—"
    share = rounded(Fraction(100 * part, whole))
    return Reckoned(f"{share:.2f}%", share / 100, "0.00%")


def change(now: int, before: int) -> str:
    """同比 or 环比: 「—」 without a base, a note when the base is small."""
    if before == 0:
        return "—"
    moved = rounded(Fraction(100 * (now - before), before))
    return Reckoned(f"{moved:+.2f}%", moved / 100, "+0.00%;-0.00%;+0.00%", small=before < SMALL_BASE)
