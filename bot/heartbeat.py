"""The worker's sign of life: written with its rounds, read by whoever looks after the house."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from tickets.marks import mark
from tickets.models import Fact

NAME = "worker"
SILENT_AFTER = timedelta(minutes=5)  # a round a minute, and a slow database beside it


def beat(session: Session, at: datetime) -> None:
    mark(session, NAME).at = at


def last_beat(session: Session) -> datetime | None:
    """When a worker last made its rounds; None when none ever did."""
    known = session.get(Fact, NAME)
    return known.at if known is not None else None
