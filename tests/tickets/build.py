"""Short builders for the ticket room's tests; every default is an ordinary complaint of an ordinary day."""

from datetime import UTC, datetime, timedelta
from itertools import count

from tickets import deadlines
from tickets.models import Chat, Staff
from tickets.register import Filing, file_ticket

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # ten in the morning in Shanghai
DAY = timedelta(days=1)
_n = count(1)


def person(session, role="handler", *, name="", branch=None, **more):
    n = next(_n)
    staff = Staff(username=f"user{n}", name=name or f"员工{n}", role=role, branch_id=branch.id if branch else None,
                  password_hash="x", **more)
    session.add(staff)
    session.flush()
    return staff


def chat(session, *, channel="telegram"):
    made = Chat(channel=channel, address=f"{next(_n)}")
    session.add(made)
    session.flush()
    return made


def complaint(session, rules, *, at=MONDAY, talk=None, kind="complaint", summary="贷款利息算错了", category="LOAN", cause="FEE",
              source="telegram", urgency="none", flags=(), is_repeat=False,
              reading=None, **extra):
    talk = talk if talk is not None else chat(session)
    return file_ticket(
        session,
        Filing(source=source, kind=kind, summary=summary, category=category, cause=cause, urgency=urgency, flags=tuple(flags),
               is_repeat=is_repeat, reading=reading or {}, extra=extra),
        due_at=deadlines.first_due(rules, kind=kind, received_at=at), chat=talk or None, at=at)


def last_second(year, month, day):
    """23:59:59 in Shanghai, written out in UTC."""
    return datetime(year, month, day, 15, 59, 59, tzinfo=UTC)
