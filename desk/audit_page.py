"""The audit chain, newest first, read only: who did what to what, and whether the chain is whole."""

from fastapi import Response
from sqlalchemy import select

from desk.visit import Visit
from tickets import audit
from tickets.models import Audit, Staff

SHOWN = 100


def audit_log(visit: Visit) -> Response:
    """One page; `?check=1` also recomputes the whole chain, which takes a while in a large house."""
    before = visit.query.get("before", "")
    who, action = visit.query.get("staff", ""), visit.query.get("action", "")[:40]
    rows = select(Audit).order_by(Audit.id.desc()).limit(SHOWN)
    if before.isascii() and before.isdigit() and len(before) < 16:
        rows = rows.where(Audit.id < int(before))
    if who.isascii() and who.isdigit() and len(who) < 16:
        rows = rows.where(Audit.staff_id == int(who))
    if action:
        rows = rows.where(Audit.action.startswith(action, autoescape=True))
    found = list(visit.session.scalars(rows))
    checked = visit.query.get("check") == "1"
    return visit.page(
        "audit.html", rows=found, staff_of={one.id: one for one in visit.session.scalars(select(Staff).order_by(Staff.name))},
        who=who, action=action, checked=checked, broken=audit.verify(visit.session) if checked else None,
        older=found[-1].id if len(found) == SHOWN else None)
