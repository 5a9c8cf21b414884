"""The desk's queue: which tickets, in which order, page by page, in a number of queries that never grows."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

from sqlalchemy import (
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql import Subquery

from tickets import search
from tickets.assignment import visible
from tickets.models import OPEN, PAUSED, Branch, Message, Staff, Ticket, now
from tickets.news import unread
from tickets.statistics import TOLD_IN_TIME, TOLD_LATE, TRIALS

PAGE = 50
GRAVE, FRESH, RUNNING, STOPPED, OVER = range(5)
"""The queue's stretches: level I, level II that nobody has taken yet (regulation.md 6.1: a person within half an hour), what runs,
what is paused and so never more pressing than what runs, and what is over."""
ORDERS = ("due", "urgent", "new")
UNFILLED = "-"  # as a category, a cause …: not filled in yet
EVER = datetime(2000, 1, 1, tzinfo=UTC)
"""Before every moment of ours. As a condition it makes SQLite count along ix_ticket_queue, which holds all that is counted,
and not wide row by wide row."""


@dataclass(frozen=True)
class QueueFilter:
    """What to show; empty fields match anything. `scope` is open, closed or all; words are looked for in the ticket's text."""

    scope: str = "open"
    status: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    cause: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    flag: tuple[str, ...] = ()
    branch: int | None = None  # the branch and all below it
    assignee: int | None = None
    mine: bool = False
    unassigned: bool = False
    overdue: bool = False
    due_soon: bool = False  # within the days of the clock's first warning
    approval: bool = False  # a request that would move the clock waits for a lead or the superior
    repeat: bool = False
    since: datetime | None = None  # received at or after
    until: datetime | None = None  # received before
    due_since: datetime | None = None  # a running clock ends at or after
    due_until: datetime | None = None  # … and before
    told: str = ""  # yes | on_time | late: decided and told, within the time or after it
    unmerged: bool = False  # without repeats merged into another and trials: as the office's figures are counted
    asked: bool = False  # from conversations in which a question was asked between since and until
    words: str = ""
    order: str = "due"  # due: the stretches below, each by the law's clock | urgent | new

    @property
    def drilled(self) -> bool:
        """Came here by a figure of the dashboard: the page then says how many there are."""
        return self.unmerged or self.asked or bool(self.told or self.due_since or self.due_until)

    def to_query(self) -> str:
        """As a query string without what is at its default: for links, and for SavedFilter.query."""
        pairs: list[tuple[str, str]] = []
        for spec in fields(self):
            value = getattr(self, spec.name)
            if value == spec.default:
                continue
            for one in value if isinstance(value, tuple) else (value,):
                pairs.append((spec.name, "1" if one is True else one.isoformat() if isinstance(one, datetime) else str(one)))
        return urlencode(pairs)


def read_filter(query: str) -> QueueFilter:
    """From a query string; what is unknown or malformed is left out, an address bar is no place to be refused."""
    made = QueueFilter()
    for name, values in parse_qs(query.lstrip("?")[:2000]).items():
        spec = next((one for one in fields(QueueFilter) if one.name == name), None)
        if spec is None:
            continue
        try:
            made = replace(made, **{name: _read(spec.default, name, values)})
        except ValueError:
            continue
    order = made.order if made.order in ORDERS else "due"
    return replace(made, order=order, scope=made.scope if made.scope in ("open", "closed", "all") else "open")


def _read(default: Any, name: str, values: list[str]) -> Any:
    if name in ("since", "until", "due_since", "due_until"):
        return _moment(values[-1])
    if name in ("branch", "assignee"):
        return _id(values[-1])
    if isinstance(default, bool):
        return values[-1] == "1"
    if isinstance(default, tuple):
        return tuple(dict.fromkeys(value[:24] for value in values))[:30]
    return values[-1][:100]


def _moment(words: str) -> datetime:
    moment = datetime.fromisoformat(words)
    if moment.tzinfo is None or not EVER.year <= moment.year < 2900:
        raise ValueError("a moment needs its zone, and a year that we know")
    return moment


def _id(words: str) -> int:
    number = int(words[:20])
    if not 0 < number < 2**63:
        raise ValueError("no id of ours")
    return number


@dataclass(frozen=True)
class Row:
    """One line of the queue, read without loading whole tickets."""

    id: int
    number: str
    kind: str
    status: str
    urgency: str
    grade: str
    category: str | None
    cause: str | None
    source: str
    flags: list[str]
    summary: str  # the beginning
    branch_name: str | None
    assignee_id: int | None
    assignee_name: str | None
    received_at: datetime
    due_at: datetime
    first_contact_at: datetime | None
    is_repeat: bool
    extension_asked_by: int | None
    version: int
    told_at: datetime | None
    closed_at: datetime | None
    unread: bool  # she has written since her handler looked


@dataclass(frozen=True)
class Page:
    """Rows in order. `after` goes into the next call to continue; None at the end."""

    rows: list[Row]
    after: str | None


@dataclass(frozen=True)
class Counts:
    """The sidebar: open tickets that this person sees."""

    open: int = 0
    mine: int = 0
    unassigned: int = 0
    overdue: int = 0
    due_soon: int = 0
    approval: int = 0
    grave: int = 0  # level I


SHOWN = 120  # characters of the summary in a line
COLUMNS = (
    Ticket.id, Ticket.number, Ticket.kind, Ticket.status, Ticket.urgency, Ticket.grade, Ticket.category, Ticket.cause,
    Ticket.source, Ticket.flags, func.substr(Ticket.summary, 1, SHOWN).label("summary"), Branch.name.label("branch_name"),
    Ticket.assignee_id, Staff.name.label("assignee_name"), Ticket.received_at, Ticket.due_at, Ticket.first_contact_at,
    Ticket.is_repeat, Ticket.extension_asked_by, Ticket.version, Ticket.told_at,
    Ticket.closed_at, unread().label("unread"),
)


def queue(session: Session, staff: Staff, filters: QueueFilter, *, after: str | None = None, limit: int = PAGE,
          at: datetime | None = None, soon: datetime | None = None, names: search.Named | None = None) -> Page:
    """One page, in one query. `soon` is the last moment that counts as due soon; `after` comes from the page before; `names`
    says whom and what the words of the filter name."""
    at = at or now()
    found, place = conditions(session, staff, filters, at=at, soon=soon, names=names), _place(after, filters.order)
    if filters.order == "due":
        any_scope = bool(filters.status) or search.exact(filters.words)
        picked, order = _grave_first(found, place, limit, "all" if any_scope else filters.scope)
    else:
        keys = (Ticket.urgency, Ticket.due_at, Ticket.id) if filters.order == "urgent" else (Ticket.id,)
        down = filters.order == "new"
        chosen = select(*keys).where(*found)
        if place is not None:
            chosen = chosen.where(tuple_(*keys) < place if down else tuple_(*keys) > place)
        order = [key.desc() for key in keys] if down else list(keys)
        picked = chosen.order_by(*order).limit(limit + 1).subquery()
    rows = session.execute(  # ids by the index first, the wide rows only for one page
        select(*COLUMNS).select_from(picked).join(Ticket, Ticket.id == picked.c.id)
        .outerjoin(Branch, Branch.id == Ticket.branch_id).outerjoin(Staff, Staff.id == Ticket.assignee_id).order_by(*order)).all()
    lines = [Row(*row) for row in rows[:limit]]
    return Page(lines, _mark(lines[-1], filters.order) if len(rows) > limit else None)


def _grave_first(found: list[ColumnElement[bool]], place: tuple[Any, ...] | None, limit: int,
                 scope: str) -> tuple[Subquery, list[ColumnElement[Any]]]:
    """Each stretch by its clock, and what is over by when it came, the newest first. One walk along an index for each: one sort
    over all had to read every open ticket for one page."""
    runs, keys = and_(Ticket.is_open == true(), Ticket.status.not_in(PAUSED)), (Ticket.due_at, Ticket.id)
    fresh = and_(Ticket.urgency == "II", Ticket.assignee_id.is_(None))
    stretches = {GRAVE: and_(runs, Ticket.urgency == "I"), FRESH: and_(runs, fresh),
                 RUNNING: and_(runs, Ticket.urgency != "I", not_(fresh)), STOPPED: Ticket.status.in_(PAUSED),
                 OVER: Ticket.is_open == false()}
    walks = []
    for later, which in stretches.items():
        if (place is not None and later < place[0]) or scope == ("open" if later == OVER else "closed"):
            continue
        walk = select(literal(later).label("later"), *keys).where(*found, which)
        if place is not None and later == place[0]:
            walk = walk.where(Ticket.id < place[2] if later == OVER else tuple_(*keys) > place[1:])
        walks.append(select(walk.order_by(*((Ticket.id.desc(),) if later == OVER else keys)).limit(limit + 1).subquery()))
    if not walks:  # a mark beyond all that this scope has
        walks.append(select(literal(OVER).label("later"), *keys).where(false()))
    both = union_all(*walks).subquery()

    def by_clock(one: FromClause) -> list[ColumnElement[Any]]:
        over = one.c.later == OVER
        return [one.c.later, case((not_(over), one.c.due_at)), case((over, -one.c.id), else_=one.c.id)]

    picked = select(both).order_by(*by_clock(both)).limit(limit + 1).subquery()
    return picked, by_clock(picked)


def count(session: Session, staff: Staff, filters: QueueFilter, *, at: datetime, soon: datetime | None = None) -> int:
    """How many tickets the filter lists, over all pages."""
    return session.scalar(select(func.count()).select_from(Ticket).where(
        *conditions(session, staff, filters, at=at, soon=soon))) or 0


@dataclass(frozen=True)
class Hits:
    """How many tickets a search has found within the scope that was asked for, and beyond it; never more than MOST_HITS each."""

    here: int
    beyond: int


MOST_HITS = 1000


def hits(session: Session, staff: Staff, filters: QueueFilter, *, at: datetime, soon: datetime | None = None,
         names: search.Named | None = None) -> Hits:
    """In one query that stops counting when there are more than anybody reads."""
    def some(scope: str) -> ScalarSelect[int]:
        within = conditions(session, staff, replace(filters, scope=scope), at=at, soon=soon, names=names)
        return select(func.count()).select_from(select(Ticket.id).where(*within).limit(MOST_HITS + 1).subquery()).scalar_subquery()

    other = {"open": "closed", "closed": "open"}.get(filters.scope)
    beyond = some(other) if other and not filters.status and not search.exact(filters.words) else literal(0)
    return Hits(*session.execute(select(some(filters.scope), beyond)).one())


def counts(session: Session, staff: Staff, *, at: datetime | None = None, soon: datetime | None = None) -> Counts:
    """All of the sidebar in one query: one walk over an index of the open tickets, which groups nothing."""
    at = at or now()
    late = and_(Ticket.due_at < at, Ticket.status.not_in(PAUSED))
    near = and_(Ticket.due_at >= at, Ticket.due_at <= soon, Ticket.status.not_in(PAUSED)) if soon else false()
    every = func.count()
    total, mine, assigned, overdue, due_soon, approval, grave = session.execute(
        select(every, every.filter(Ticket.assignee_id == staff.id), func.count(Ticket.assignee_id), every.filter(late),
               every.filter(near), func.count(Ticket.extension_asked_by), every.filter(Ticket.urgency == "I"))
        .select_from(Ticket).where(Ticket.is_open == true(), Ticket.due_at > EVER, visible(staff))).one()
    return Counts(total, mine, total - assigned, overdue, due_soon, approval, grave)


def conditions(session: Session, staff: Staff, filters: QueueFilter, *, at: datetime,
               soon: datetime | None = None, names: search.Named | None = None) -> list[ColumnElement[bool]]:
    """The filter as conditions on Ticket, always within what this person may see; reports drill down with the same."""
    found: list[ColumnElement[bool]] = [visible(staff)]
    if filters.scope != "all" and not filters.status and not search.exact(filters.words):
        found.append(Ticket.is_open == (true() if filters.scope == "open" else false()))
    for name in ("status", "kind", "urgency", "category", "cause", "source"):
        wanted = getattr(filters, name)
        if wanted:
            column = getattr(Ticket, name)
            found.append(or_(column.in_(wanted), column.is_(None)) if UNFILLED in wanted else column.in_(wanted))
    if filters.flag:
        found.append(or_(*(search.flagged(session, flag) for flag in filters.flag)))
    if filters.branch is not None:
        found.append(Ticket.branch_id.in_(_subtree(filters.branch)))
    if filters.mine or filters.assignee is not None:
        found.append(Ticket.assignee_id == (staff.id if filters.mine else filters.assignee))
    if filters.unassigned:
        found.append(Ticket.assignee_id.is_(None))
    if filters.overdue:
        found += [Ticket.due_at < at, Ticket.is_open == true(), Ticket.status.not_in(PAUSED)]
    if filters.due_soon and soon is not None:
        found += [Ticket.due_at >= at, Ticket.due_at <= soon, Ticket.is_open == true(), Ticket.status.not_in(PAUSED)]
    if filters.approval:
        found.append(Ticket.extension_asked_by.is_not(None))
    if filters.repeat:
        found.append(Ticket.is_repeat == true())
    if filters.since is not None:
        found.append(Ticket.received_at >= filters.since)
    if filters.until is not None:
        found.append(Ticket.received_at < filters.until)
    if filters.due_since is not None or filters.due_until is not None:
        found += [Ticket.is_open == true(), Ticket.status.not_in(PAUSED)]
        found += [Ticket.due_at >= filters.due_since] if filters.due_since is not None else []
        found += [Ticket.due_at < filters.due_until] if filters.due_until is not None else []
    if filters.told:
        found.append({"on_time": TOLD_IN_TIME, "late": TOLD_LATE}.get(filters.told, Ticket.told_at.is_not(None)))
    if filters.unmerged:
        found += [Ticket.status != "merged", Ticket.source.not_in(TRIALS)]
    if filters.asked:
        found.append(Ticket.chat_id.in_(asking(since=filters.since, until=filters.until)))
    if filters.words.strip():
        matched = search.matching(session, filters.words, names)
        found.append(false() if matched is None else matched)
    return found


def asking(*, since: datetime | None, until: datetime | None) -> Select[tuple[int | None]]:
    """Conversations in which a customer asked a question in that time."""
    found = select(Message.chat_id).where(Message.author == "customer", Message.reading["intent"].as_string() == "question")
    found = found if since is None else found.where(Message.at >= since)
    return found if until is None else found.where(Message.at < until)


def _subtree(branch_id: int) -> Select[tuple[int]]:
    top = select(Branch.path).where(Branch.id == branch_id).scalar_subquery()
    below = Branch.__table__.alias()
    return select(below.c.id).where(below.c.path.like(top + "%"))


def _mark(row: Row, order: str) -> str:
    rank = (STOPPED if row.status in PAUSED else OVER if row.status not in OPEN else GRAVE if row.urgency == "I"
            else FRESH if row.urgency == "II" and row.assignee_id is None else RUNNING)
    keys = {"due": (rank, row.due_at.isoformat(), row.id),
            "urgent": (row.urgency, row.due_at.isoformat(), row.id), "new": (row.id,)}
    return "~".join(str(key) for key in keys[order])


def _place(after: str | None, order: str) -> tuple[Any, ...] | None:
    """Where the page before ended; a mark that is not ours starts from the beginning."""
    if not after:
        return None
    parts = after.split("~")
    try:
        match order, parts:
            case "due", [("0" | "1" | "2" | "3" | "4") as later, due, last]:
                return int(later), _moment(due), _id(last)
            case "urgent", [urgency, due, last]:
                return urgency, _moment(due), _id(last)
            case "new", [last]:
                return (_id(last),)
    except ValueError:
        return None
    return None
