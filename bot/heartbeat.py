"""The worker's sign of life: written with its rounds, read by whoever looks after the house."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from tickets.models import Fact

NAME = "worker"
SILENT_AFTER = timedelta(minutes=5)  # a round a minute, and a slow database beside it


def beat(session: Session, at: datetime) -> None:
    if not session.execute(update(Fact).where(Fact.name == NAME).values(at=at)).rowcount:
        session.add(Fact(name=NAME, at=at))


def last_beat(session: Session) -> datetime | None:
    """When a worker last made its rounds; None when none ever did."""
    mark = session.get(Fact, NAME)
    return mark.at if mark is not None else None
