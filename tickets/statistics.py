"""The figures of the regulator's tables. Each is a condition on tickets: a number and its list of tickets cannot disagree.

Definitions (regulation.md 5.3): counted by the day received in Shanghai; done = decided and told; a merged repeat counts before
merging and not after; a zero denominator is shown as 「—」 and never as 0 %.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from tickets.models import Branch, Event, Rating, Ticket
from tickets.periods import Period, half, month, quarter, whole_year  # noqa: F401 - read from here too

SMALL_BASE = 10
"""A comparison against fewer tickets than this is noted as 「基数小」."""

GROUPS = {"channel": "business_channel", "category": "category", "cause": "cause", "source": "source", "right": "primary_right",
          "branch": "branch_id"}
"""Tables of the report → the column they count by."""


Where = ColumnElement[bool]


def received(period: Period, scope: Where | None = None) -> Where:
    """Complaints received in the period, repeats merged into another left out."""
    found = and_(Ticket.kind == "complaint", Ticket.received_at >= period.start, Ticket.received_at < period.end,
                 Ticket.status != "merged")
    return found if scope is None else and_(found, scope)


def figures(period: Period, *, regulators: Iterable[str], at: datetime, scope: Where | None = None) -> dict[str, Where]:
    """Name → condition. The count of a figure and the tickets behind it come from the same condition."""
    base = received(period, scope)
    everything = and_(Ticket.kind == "complaint", Ticket.received_at >= period.start, Ticket.received_at < period.end)
    everything = everything if scope is None else and_(everything, scope)
    done = and_(base, Ticket.told_at.is_not(None))
    to_be_done = and_(base, Ticket.status.not_in(("withdrawn", "not_accepted")),
                      or_(Ticket.told_at.is_not(None), Ticket.due_at <= at))
    reviews = select(Ticket.review_of_id).where(Ticket.kind == "review").scalar_subquery()
    overturned = select(Ticket.review_of_id).where(Ticket.kind == "review", Ticket.upheld.is_(True)).scalar_subquery()
    reopened = select(Event.ticket_id).where(Event.kind == "reopened").scalar_subquery()
    rated = select(Rating.ticket_id).scalar_subquery()
    pleased = select(Rating.ticket_id).where(Rating.score >= 4).scalar_subquery()
    return {
        "total": base,
        "total_unmerged": everything,
        "regulator": and_(base, Ticket.source.in_(tuple(regulators))),
        "open": and_(base, Ticket.told_at.is_(None), Ticket.status.not_in(("withdrawn", "not_accepted", "closed"))),
        "should_be_done": to_be_done,
        "done": done,
        "on_time": and_(done, Ticket.told_at <= Ticket.due_at),
        "overdue": and_(base, or_(Ticket.told_at > Ticket.due_at, and_(Ticket.told_at.is_(None), Ticket.due_at < at,
                                  Ticket.status.not_in(("withdrawn", "not_accepted", "closed"))))),
        "extended": and_(base, Ticket.extension >= 1),
        "extended_twice": and_(base, Ticket.extension >= 2),
        "repeat": and_(base, Ticket.is_repeat),
        "withdrawn": and_(base, Ticket.status == "withdrawn"),
        "upheld": and_(done, Ticket.upheld.is_(True)),
        "judged": and_(done, Ticket.upheld.is_not(None)),
        "review": and_(base, Ticket.id.in_(reviews)),
        "overturned": and_(base, Ticket.id.in_(overturned)),
        "solved_at_once": and_(done, ~Ticket.is_repeat, Ticket.id.not_in(reopened), Ticket.id.not_in(
            select(Ticket.review_of_id).where(Ticket.review_of_id.is_not(None)).scalar_subquery())),
        "rated": and_(base, Ticket.id.in_(rated)),
        "pleased": and_(base, Ticket.id.in_(pleased)),
        "grave": and_(base, Ticket.grade == "重大"),
    }


RATES = {
    "regulator_share": ("regulator", "total"), "done_rate": ("done", "should_be_done"), "on_time_rate": ("on_time", "done"),
    "extended_rate": ("extended", "total"), "repeat_rate": ("repeat", "total"), "upheld_rate": ("upheld", "judged"),
    "review_rate": ("review", "done"), "overturned_rate": ("overturned", "review"), "once_rate": ("solved_at_once", "done"),
    "pleased_rate": ("pleased", "rated"), "withdrawn_rate": ("withdrawn", "total"),
}
"""Rate → numerator and denominator, both names of figures."""


def count(session: Session, where: Where) -> int:
    return session.scalar(select(func.count()).select_from(Ticket).where(where)) or 0


def counted(session: Session, conditions: dict[str, Where]) -> dict[str, int]:
    """Every figure's count in one pass over the tickets."""
    columns = [func.count().filter(where).label(name) for name, where in conditions.items()]
    row = session.execute(select(*columns).select_from(Ticket).where(or_(conditions["total_unmerged"], conditions["total"]))).one()
    return dict(zip(conditions, row, strict=True))


def by(session: Session, where: Where, group: str) -> dict[str | int | None, int]:
    """Counts by a column of GROUPS, the largest first."""
    column = getattr(Ticket, GROUPS[group])
    rows = session.execute(select(column, func.count()).where(where).group_by(column))
    return dict(sorted(((key, n) for key, n in rows), key=lambda pair: (-pair[1], str(pair[0]))))


def crossed(session: Session, where: Where, first: str, second: str) -> dict[tuple[str | None, str | None], int]:
    a, b = getattr(Ticket, GROUPS[first]), getattr(Ticket, GROUPS[second])
    return {(x, y): n for x, y, n in session.execute(select(a, b, func.count()).where(where).group_by(a, b))}


def days_taken(session: Session, where: Where) -> tuple[float | None, float | None]:
    """Mean and median days from receipt to telling, of what is done; None without any."""
    took = sorted((told - received).total_seconds() / 86400 for received, told in session.execute(
        select(Ticket.received_at, Ticket.told_at).where(where, Ticket.told_at.is_not(None))))
    if not took:
        return None, None
    middle = len(took) // 2
    median = took[middle] if len(took) % 2 else (took[middle - 1] + took[middle]) / 2
    return sum(took) / len(took), median


def branch_names(session: Session) -> dict[int, str]:
    return dict(session.execute(select(Branch.id, Branch.name)).all())


def rate(part: int, whole: int) -> str:
    """A share as people read it; a zero denominator is 「—」."""
    return "—" if whole == 0 else f"{100 * part / whole:.2f}%"


def change(now: int, before: int) -> str:
    """同比 or 环比: 「—」 without a base, a note when the base is small."""
    if before == 0:
        return "—"
    text = f"{100 * (now - before) / before:+.2f}%"
    return f"{text}（基数小）" if before < SMALL_BASE else text
