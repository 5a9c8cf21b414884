"""Reports as they were made, kept: the same report made again is the same edition, a changed one says what has changed."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from tickets.models import Edition, now

MOST = 500  # changes that are kept of one edition
Change = tuple[str, str, str]


def latest(session: Session, kind: str, period: str) -> Edition | None:
    """The last edition of a report, without its file."""
    return session.scalars(select(Edition).where(Edition.kind == kind, Edition.period == period).order_by(Edition.id.desc())
                           .limit(1).options(defer(Edition.body))).first()


def recent(session: Session, kind: str) -> list[Edition]:
    """The thirty newest editions of a kind first, without their files."""
    return list(session.scalars(select(Edition).where(Edition.kind == kind).order_by(Edition.id.desc()).limit(30).options(
        defer(Edition.body), defer(Edition.said))))


def changed(was: Mapping[str, str], said: Mapping[str, str]) -> list[Change]:
    """Place, what stood there, what stands there now; an empty string where nothing stood."""
    places = [*said, *(place for place in was if place not in said)]
    return [(place, was.get(place, ""), said.get(place, "")) for place in places if was.get(place, "") != said.get(place, "")]


def keep(session: Session, *, kind: str, period: str, said: dict[str, str], name: str, body: bytes, staff_id: int | None = None,
         at: datetime | None = None) -> tuple[Edition, bool]:
    """The edition that says this, and whether it is new; a file that only looks different says the same. Flushes, does not
    commit."""
    digest = hashlib.sha256(body).hexdigest()
    before = latest(session, kind, period)
    if before is not None and (before.digest == digest or before.said == said):
        return before, False
    changes = [list(one) for one in changed(before.said, said)[:MOST]] if before is not None else []
    edition = Edition(kind=kind, period=period, digest=digest, said=said, changes=changes, name=name, body=body,
                      made_by=staff_id, at=at or now())
    session.add(edition)
    session.flush()
    return edition, True
