"""The house's own marks: one row a name, made by whoever comes first, and locked."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tickets.models import Fact, now


def mark(session: Session, name: str, **value: Any) -> Fact:
    """The row of this name, locked until the commit; made with this value when there is none. Of two who make it at once on
    PostgreSQL the second waits here and then reads what the first has written."""
    found = session.get(Fact, name, with_for_update=True, populate_existing=True)
    if found is None:
        insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(Fact)
        session.execute(insert.values(name=name, value=value, at=now()).on_conflict_do_nothing())
        found = session.get_one(Fact, name, with_for_update=True, populate_existing=True)
    return found
