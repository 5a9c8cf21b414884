"""整改台账: problems that complaints have shown, each with its root cause, an owner, a date, and evidence before it is closed."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from tickets.models import Audit, Rectification, now
from tickets.periods import Period

STATES = ("open", "doing", "done")


class ItemRefused(Exception):
    """An expected refusal; `key` names the sentence of wording.toml."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def open_item(session: Session, *, problem: str, root_cause: str = "", measures: str = "", owner: str = "",
              branch_id: int | None = None, category: str | None = None, cause: str | None = None, due_on: date | None = None,
              tickets: Iterable[int] = (), origin: str | None = None, staff_id: int | None = None,
              at: datetime | None = None) -> Rectification:
    """Open an item and return it; flushes, does not commit. `tickets` are the ids of the tickets that showed the problem.

    `origin` names the warning or group that offered it: offered again, the item that stands is returned as it is.
    """
    if origin is not None:
        standing = session.scalars(select(Rectification).where(Rectification.origin == origin)).one_or_none()
        if standing is not None:
            return standing
    item = Rectification(problem=problem.strip(), root_cause=root_cause.strip(), measures=measures.strip(), owner=owner.strip(),
                         branch_id=branch_id, category=category, cause=cause, due_on=due_on, tickets=sorted(set(tickets)),
                         origin=origin, opened_by=staff_id, at=at or now())
    session.add(item)
    session.flush()
    return item


def set_state(item: Rectification, state: str, *, at: datetime | None = None) -> None:
    """Move an item on. Closing asks for an owner and for evidence: raises ItemRefused without."""
    if state not in STATES:
        raise ValueError(f"no such state: {state!r}")
    if state == "done" and not item.evidence.strip():
        raise ItemRefused("rectify.evidence_first")
    if state in ("doing", "done") and not item.owner.strip():
        raise ItemRefused("rectify.owner_first")
    if (state == "done") != (item.state == "done"):
        item.closed_at = (at or now()) if state == "done" else None
    item.state = state


def belongs(period: Period) -> ColumnElement[bool]:
    """Opened by the end of the period, and not closed before it began."""
    return and_(Rectification.at < period.end, or_(Rectification.closed_at.is_(None), Rectification.closed_at >= period.start))


def items(session: Session, where: ColumnElement[bool] | None = None) -> list[Rectification]:
    """Open ones first, the nearest date before the others, the undated last; then those done, the latest first."""
    return [item for item, _ in items_at(session, None, where)]


def items_at(session: Session, at: datetime | None, where: ColumnElement[bool] | None = None) -> list[tuple[Rectification, str]]:
    """`items`, each with the state in which it was at this moment (None: in which it is)."""
    query = select(Rectification) if where is None else select(Rectification).where(where)
    found = list(session.scalars(query))
    states = {item.id: item.state for item in found} if at is None else _states(session, found, at)
    standing = sorted((i for i in found if states[i.id] != "done"), key=lambda i: (i.due_on is None, i.due_on or date.max, i.id))
    done = sorted((i for i in found if states[i.id] == "done"), key=lambda i: (i.closed_at or i.at, i.id), reverse=True)
    return [(item, states[item.id]) for item in standing + done]


def _states(session: Session, found: list[Rectification], at: datetime) -> dict[int, str]:
    """By the first change after the moment, of which the audit chain says from what; closed since without one, it was in hand."""
    states = {item.id: "doing" if item.closed_at is not None and item.closed_at >= at else item.state for item in found}
    named = {f"rectification:{item.id}": item.id for item in found}
    changes = session.execute(select(Audit.target, Audit.data).where(
        Audit.action == "rectification.change", Audit.at >= at, Audit.target.in_(named)).order_by(Audit.id.desc()))
    return states | {named[target]: data["from"] for target, data in changes}


def is_late(item: Rectification, day: date, state: str = "") -> bool:
    return (state or item.state) != "done" and item.due_on is not None and item.due_on < day
