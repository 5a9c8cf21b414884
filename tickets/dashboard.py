"""The office at a glance: counts of what came in over some days and of what is open now, each with the filter that lists it."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Integer, and_, case, column, func, literal, select, true, union_all, values
from sqlalchemy.orm import Session

from tickets.models import PAUSED, Branch, Gap, Message, Moment, Staff, Ticket
from tickets.numbers import SHANGHAI
from tickets.periods import Period, first_second
from tickets.queue import EVER, UNFILLED, QueueFilter, conditions
from tickets.statistics import TOLD_IN_TIME

AGES = ((0, 3), (4, 7), (8, 15), (16, 30), (31, 60), (61, None))  # days since receipt, both counted
AHEAD = 14  # days of the forecast
WEEKLY_FROM = 62  # days of a period from which the trend counts weeks
GAPS = 8  # groups of questions shown


@dataclass(frozen=True)
class Look:
    """Who looks, at which days, at which branch (and all below it); None is everything that she may see."""

    staff: Staff
    period: Period
    at: datetime
    branch: int | None = None
    soon: int = field(kw_only=True)  # days within which a case is due soon: the first warning of the office's clock

    @property
    def came(self) -> QueueFilter:
        """Complaints received in the period, as the office counts them. Every figure of the period narrows this."""
        return QueueFilter(scope="all", kind=("complaint",), branch=self.branch, since=self.period.start, until=self.period.end,
                           unmerged=True, order="new")

    @property
    def open(self) -> QueueFilter:
        """What somebody owes now, whenever it came."""
        return QueueFilter(branch=self.branch)


@dataclass(frozen=True)
class Figure:
    """A count and the filter under which the queue lists exactly these tickets. `key` is a code, a day, a person's id."""

    key: str
    count: int
    filter: QueueFilter


@dataclass(frozen=True)
class Cell:
    """Complaints of one category and cause in the period."""

    category: str | None
    cause: str | None
    count: int
    told: int
    on_time: int


@dataclass(frozen=True)
class Load:
    """What one person has in hand (None: what nobody has)."""

    staff_id: int | None
    name: str
    branch: str
    open: int
    overdue: int
    soon: int


@dataclass(frozen=True)
class Funnel:
    """From talking to a case: conversations, those that asked, those whose question found no answer, complaints after asking."""

    chats: int
    asked: int
    missed: int
    filed: Figure


def cells(session: Session, look: Look) -> list[Cell]:
    """Category × cause in one pass; the mixes and rates are sums of these."""
    told = Ticket.told_at.is_not(None)
    rows = session.execute(
        select(Ticket.category, Ticket.cause, func.count(), _sum(told), _sum(TOLD_IN_TIME))
        .where(*_where(session, look, look.came)).group_by(Ticket.category, Ticket.cause))
    return [Cell(*row) for row in rows]


def by_source(session: Session, look: Look) -> list[Figure]:
    """The largest first."""
    rows = session.execute(select(Ticket.source, func.count()).where(*_where(session, look, look.came)).group_by(Ticket.source))
    return [Figure(code, count, replace(look.came, source=(code,)))
            for code, count in sorted(rows, key=lambda row: (-row[1], row[0]))]


def trend(session: Session, look: Look) -> list[Figure]:
    """Complaints by day, or by week in a long period (the last week may be short). One query, one range of the index a bucket."""
    days = (look.period.last - look.period.first).days + 1
    step = 7 if days >= WEEKLY_FROM else 1
    starts = [look.period.first + timedelta(days=n) for n in range(0, days, step)]
    filters = [replace(look.came, since=first_second(first), until=min(first_second(first + timedelta(days=step)), look.period.end))
               for first in starts]
    found = _count_spans(session, look, replace(look.came, since=None, until=None), [(one.since, one.until) for one in filters])
    return [Figure(first.isoformat(), count, one) for first, count, one in zip(starts, found, filters, strict=True)]


def total(session: Session, look: Look) -> int:
    return _count_each(session, look, [look.came])[0]


def ageing(session: Session, look: Look) -> list[Figure]:
    """What is open, by days since it came."""
    today = look.at.astimezone(SHANGHAI).date()
    filters = [replace(look.open, until=first_second(today - timedelta(days=low - 1)) if low else None,
                       since=first_second(today - timedelta(days=high)) if high is not None else None) for low, high in AGES]
    sums = [_sum(and_(Ticket.received_at >= (one.since or EVER), Ticket.received_at < one.until if one.until else true()))
            for one in filters]
    found = session.execute(select(*sums).where(*_where(session, look, look.open), Ticket.due_at > EVER)).one()
    keys = [f"{low}-{high}" if high is not None else f"{low}-" for low, high in AGES]
    return [Figure(*row) for row in zip(keys, found, filters, strict=True)]


def forecast(session: Session, look: Look) -> list[Figure]:
    """What must be told on each of the next days, today first; the clock must be running."""
    today = look.at.astimezone(SHANGHAI).date()
    days = [today + timedelta(days=n) for n in range(AHEAD)]
    filters = [replace(look.open, due_since=max(first_second(day), look.at.astimezone(UTC).replace(microsecond=0))
                       if day == today else first_second(day), due_until=first_second(day + timedelta(days=1))) for day in days]
    return [Figure(day.isoformat(), count, one)
            for day, count, one in zip(days, _count_each(session, look, filters), filters, strict=True)]


def now_open(session: Session, look: Look) -> dict[str, Figure]:
    """What is open, overdue, due soon, with nobody, and of level I."""
    soon = first_second(look.at.astimezone(SHANGHAI).date() + timedelta(days=look.soon + 1))
    filters = {"open": look.open, "overdue": replace(look.open, overdue=True),
               "soon": replace(look.open, due_since=look.at.replace(microsecond=0), due_until=soon),
               "unassigned": replace(look.open, unassigned=True), "level_one": replace(look.open, urgency=("I",))}
    found = _count_each(session, look, list(filters.values()))
    return {name: Figure(name, count, one) for (name, one), count in zip(filters.items(), found, strict=True)}


def workload(session: Session, look: Look) -> list[Load]:
    """Who has most in hand; what nobody has comes first."""
    running = Ticket.status.not_in(PAUSED)
    soon = first_second(look.at.astimezone(SHANGHAI).date() + timedelta(days=look.soon + 1))
    who = func.coalesce(Ticket.assignee_id, 0).label("who")  # no index holds this, so SQLite reads the open tickets, not all
    rows = session.execute(
        select(who, func.count(), _sum(and_(running, Ticket.due_at < look.at)),
               _sum(and_(running, Ticket.due_at >= look.at, Ticket.due_at < soon)))
        .where(*_where(session, look, look.open), Ticket.due_at > EVER).group_by(who)).all()
    named = select(Staff.id, Staff.name, Branch.name).outerjoin(Branch, Branch.id == Staff.branch_id)
    names = {one: (name, branch or "") for one, name, branch in session.execute(named.where(
        Staff.id.in_([row[0] for row in rows])))}
    loads = [Load(row[0] or None, *names.get(row[0], ("", "")), *row[1:]) for row in rows]
    return sorted(loads, key=lambda load: (load.staff_id is not None, -load.open, load.staff_id or 0))


def funnel(session: Session, look: Look) -> Funnel:
    """Conversations are nobody's branch: only for those who see everything."""
    within = (Message.author == "customer", Message.at >= look.period.start, Message.at < look.period.end)
    asked = Message.reading["intent"].as_string() == "question"
    chats, questions = session.execute(
        select(func.count(func.distinct(Message.chat_id)), func.count(func.distinct(case((asked, Message.chat_id)))))
        .where(*within)).one()
    missed = session.scalar(select(func.count(func.distinct(Gap.chat_id)))
                            .where(Gap.at >= look.period.start, Gap.at < look.period.end)) or 0
    filed = replace(look.came, asked=True)
    return Funnel(chats, questions, missed, Figure("filed", _count_each(session, look, [filed])[0], filed))


def top_gaps(session: Session) -> list[tuple[str, int, str]]:
    """The open questions asked most: key of the group, how often, one way of asking."""
    rows = session.execute(
        select(Gap.group_key, func.count(), func.max(Gap.id)).where(Gap.resolved_at.is_(None), Gap.group_key.is_not(None))
        .group_by(Gap.group_key).order_by(func.count().desc(), func.max(Gap.id).desc()).limit(GAPS)).all()
    texts = dict(session.execute(select(Gap.id, Gap.text).where(Gap.id.in_([row[2] for row in rows]))).all())
    return [(key, count, texts[last]) for key, count, last in rows]


def mixed(found: list[Cell], head: str, look: Look) -> list[Figure]:
    """The cells summed by category or cause, the largest first."""
    sums: Counter[str | None] = Counter()
    for cell in found:
        sums[getattr(cell, head)] += cell.count
    return [Figure(code or UNFILLED, count, replace(look.came, **{head: (code or UNFILLED,)}))
            for code, count in sorted(sums.items(), key=lambda pair: (-pair[1], pair[0] or ""))]


def _where(session: Session, look: Look, filters: QueueFilter) -> list:
    return conditions(session, look.staff, filters, at=look.at)


def _count_each(session: Session, look: Look, filters: list[QueueFilter]) -> list[int]:
    """One count a filter, all in one query."""
    counts = [select(literal(n).label("place"), func.count().label("n")).select_from(Ticket).where(*_where(session, look, one))
              for n, one in enumerate(filters)]
    rows = session.execute(union_all(*counts) if len(counts) > 1 else counts[0])
    found = dict(rows.all())
    return [found[n] for n in range(len(filters))]


def _count_spans(session: Session, look: Look, filters: QueueFilter, spans: list[tuple[datetime, datetime]]) -> list[int]:
    """How many were received in each span: a small table of spans, and for each one range of an index."""
    table = values(column("place", Integer), column("since", Moment), column("until", Moment), name="span").data(
        [(n, *span) for n, span in enumerate(spans)]).cte("span")
    counted = select(func.count()).select_from(Ticket).where(
        *_where(session, look, filters), Ticket.received_at >= table.c.since, Ticket.received_at < table.c.until)
    found = dict(session.execute(select(table.c.place, counted.correlate(table).scalar_subquery())).all())
    return [found[n] for n in range(len(spans))]


def _sum(condition):
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
