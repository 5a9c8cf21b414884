"""Which readings people put right, ticket by ticket, as the office left them: what a model may be taught."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tickets.models import Correction, Ticket, now

RECENT = timedelta(days=365)
MOST = 5000  # tickets
INTENTS = frozenset({"report", "suggestion", "praise", "human"})
"""Kinds of ticket that are an intent of their own; all others are complaints."""


@dataclass
class Corrected:
    """A ticket whose reading was put right. `was`: head → what the model had said; `by`: the staff member who judged."""

    ticket_id: int
    text: str  # masked
    intent: str
    category: str | None
    cause: str | None
    urgency: str
    flags: tuple[str, ...]
    model_version: str
    by: int
    was: dict[str, str] = field(default_factory=dict)


def intent_of(kind: str) -> str:
    return kind if kind in INTENTS else "complaint"


def corrected(session: Session, *, since: datetime | None = None) -> list[Corrected]:
    """The newest corrected tickets, oldest first. What was changed back does not count; what a customer changed counts only
    once somebody decided the case with it and told her. Erased tickets are gone."""
    since = since or now() - RECENT
    ids = select(Correction.ticket_id).where(
        Correction.at >= since, Correction.ticket_id.is_not(None), Correction.head != "answer",
    ).group_by(Correction.ticket_id).order_by(Correction.ticket_id.desc()).limit(MOST).subquery()
    rows = session.execute(
        select(Correction.head, Correction.was, Correction.by, Correction.staff_id, Ticket.id, Ticket.summary, Ticket.kind,
               Ticket.category, Ticket.cause, Ticket.urgency, Ticket.flags, Ticket.told_at, Ticket.assignee_id,
               Correction.model_version)
        .join(Ticket, Ticket.id == Correction.ticket_id)
        .where(Correction.ticket_id.in_(select(ids.c.ticket_id)), Correction.head != "answer", Ticket.erased_at.is_(None))
        .order_by(Ticket.id, Correction.id))
    found: dict[int, Corrected] = {}
    for row in rows:
        staff_id = row.staff_id if row.by == "staff" else row.assignee_id if row.told_at else None
        if staff_id is None:
            continue
        one = found.get(row.id) or Corrected(
            row.id, row.summary, intent_of(row.kind), row.category, row.cause, row.urgency, tuple(row.flags),
            row.model_version or "", staff_id)
        one.was.setdefault(row.head, row.was)
        one.by = staff_id
        found[row.id] = one
    for one in found.values():
        one.was = {head: was for head, was in one.was.items() if getattr(one, head, was) != was}
    return [one for one in found.values() if one.was]
