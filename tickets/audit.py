"""The audit chain: who did what on the desk, each row sealed with the one before, so that a change or a gap shows."""

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tickets.marks import mark
from tickets.models import Audit, Fact, now

HEAD = "audit_head"
GENESIS = "0" * 64
AT_ONCE = 2000
_ROWS = select(Audit.id, Audit.at, Audit.staff_id, Audit.action, Audit.target, Audit.data, Audit.previous,
               Audit.digest).order_by(Audit.id)
_CODE = re.compile(r"[A-Za-z0-9_.:/,=+-]{0,80}")
_LONG_NUMBER = re.compile(r"\d{9}")


class PersonalDataRefused(ValueError):
    """The audit log holds ids and codes only; words, names and long numbers never get in."""


def record(session: Session, *, action: str, staff_id: int | None = None, target: str = "", data: dict[str, Any] | None = None,
           at: datetime | None = None) -> Audit:
    """Append one row. `target` is like `ticket:17`, `data` holds numbers, flags and ASCII codes. Flushes, does not commit."""
    data = data or {}
    for value in (action, target, *data.keys(), *data.values()):
        _check(value)
    head = _locked_head(session)
    at = at or now()
    digest = seal(head.value["digest"], at=at, staff_id=staff_id, action=action, target=target, data=data)
    row = Audit(at=at, staff_id=staff_id, action=action, target=target, data=data, previous=head.value["digest"], digest=digest)
    session.add(row)
    head.value = {"digest": digest, "count": head.value["count"] + 1}
    head.at = at
    session.flush()
    return row


def hold(session: Session) -> None:
    """Take the chain's lock early. Whoever locks tickets and then records does this first: one order, so no deadlock."""
    _locked_head(session)


def seal(previous: str, *, at: datetime, staff_id: int | None, action: str, target: str, data: dict[str, Any]) -> str:
    """SHA-256 over the previous digest and this row in one canonical form."""
    body = json.dumps([previous, at.astimezone(UTC).isoformat(), staff_id, action, target, data], sort_keys=True,
                      ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


def verify(session: Session) -> int | None:
    """None when the chain is whole; else the id of the first row that does not fit, or of the last before a cut-off tail."""
    previous, count, last = GENESIS, 0, 0
    while rows := session.execute(_ROWS.where(Audit.id > last).limit(AT_ONCE)).all():
        for row in rows:
            sealed = seal(previous, at=row.at, staff_id=row.staff_id, action=row.action, target=row.target, data=row.data)
            if row.previous != previous or row.digest != sealed:
                return row.id
            previous, count, last = row.digest, count + 1, row.id
    head = session.get(Fact, HEAD)
    expected = (head.value["digest"], head.value["count"]) if head else (GENESIS, 0)
    return None if (previous, count) == expected else last


def _locked_head(session: Session) -> Fact:
    """The last digest, locked: two who write at once would otherwise both continue from the same row."""
    return mark(session, HEAD, digest=GENESIS, count=0)


def _check(value: Any) -> None:
    if isinstance(value, bool | int | float | None):
        return
    if isinstance(value, list | tuple):
        for one in value:
            _check(one)
        return
    if not isinstance(value, str) or not _CODE.fullmatch(value) or _LONG_NUMBER.search(value):
        raise PersonalDataRefused("only ids and codes may be written to the audit log")
