"""The audit chain, newest first, read only, in the office's words: who did what to what, and whether the chain is whole."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fastapi import Response
from sqlalchemy import select

from desk import reports
from desk.days import day_begins
from desk.visit import Visit
from desk.words import ROLES
from tickets import audit
from tickets.colleagues import labels
from tickets.lifecycle import MOVES
from tickets.models import Audit, Branch, Ticket
from tickets.periods import UnknownPeriod, read_period

SHOWN = 100
CODES = ("status", "category", "cause", "urgency", "flag", "source", "ticket_kind")
"""Groups of the taxonomy in which a value may have a name."""


def audit_log(visit: Visit) -> Response:
    """One page, `?from=2026-11-01&to=…`; `?check=1` also recomputes the whole chain, which takes a while in a large house."""
    before = visit.query.get("before", "")
    who, action = visit.query.get("staff", ""), visit.query.get("action", "")[:40]
    since, until = (day_begins(visit.query.get(name, "")) for name in ("from", "to"))
    rows = select(Audit).order_by(Audit.id.desc()).limit(SHOWN)
    if before.isascii() and before.isdigit() and len(before) < 16:
        rows = rows.where(Audit.id < int(before))
    if who.isascii() and who.isdigit() and len(who) < 16:
        rows = rows.where(Audit.staff_id == int(who))
    if action:
        rows = rows.where(Audit.action.startswith(action, autoescape=True))
    rows = rows.where(Audit.at >= since) if since else rows
    rows = rows.where(Audit.at < until + timedelta(days=1)) if until else rows
    found = list(visit.session.scalars(rows))
    checked = visit.query.get("check") == "1"
    staff = labels(visit.session)
    names = actions(visit)
    return visit.page(
        "audit.html", rows=found, labels=staff, who=who, action=action, checked=checked, actions=names,
        targets=_targets(visit, found, staff), said=lambda row: _said(visit, row.data, staff),
        since=visit.query.get("from", "") if since else "", until=visit.query.get("to", "") if until else "",
        broken=audit.verify(visit.session) if checked else None, older=found[-1].id if len(found) == SHOWN else None)


def actions(visit: Visit) -> dict[str, str]:
    """Every operation that is recorded → as an office calls it."""
    made = {key.removeprefix("audit.does."): text for key, text in visit.knowledge.wording.texts.items()
            if key.startswith("audit.does.")}
    made |= {f"move.{move.name}": visit.word("audit.move", label=move.label) for move in MOVES}
    return made | {f"report.{kind.name}": visit.word("audit.report", label=kind.label) for kind in reports.KINDS.values()}


def _targets(visit: Visit, rows: list[Audit], staff: Mapping[int, str]) -> dict[int, tuple[str, str]]:
    """Row → what it was done to in words, and where that stands on the desk ("" for nowhere)."""
    parted = {row.id: row.target.partition(":")[::2] for row in rows}
    numbers = dict(visit.session.execute(select(Ticket.id, Ticket.number).where(Ticket.id.in_(
        {int(one) for kind, one in parted.values() if kind == "ticket" and one.isdigit()}))).all())
    branches = dict(visit.session.execute(select(Branch.id, Branch.name)).all()) if rows else {}
    made = {}
    for row_id, (kind, one) in parted.items():
        number = int(one) if one.isdigit() and len(one) < 16 else 0
        if kind == "ticket" and number in numbers:
            made[row_id] = numbers[number], f"/desk/tickets/{numbers[number]}"
            continue
        name = {"staff": staff.get(number, ""), "branch": branches.get(number, ""),
                "period": _period(one)}.get(kind) or one
        made[row_id] = _word(visit, f"audit.target.{kind}", kind, name), ""
    return made


def _said(visit: Visit, data: Mapping[str, Any], staff: Mapping[int, str]) -> str:
    """「原状态：核实中；现状态：已作出决定」"""
    def one(key: str, value: Any) -> str:
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, list | tuple):
            return "、".join(one(key, part) for part in value)
        if key == "staff" and value in staff:
            return staff[value]
        if key == "role":
            return ROLES.get(value, value)
        if key == "theme" and value in visit.knowledge.taxonomy.theme:
            return visit.knowledge.taxonomy.theme[value].name
        for group in CODES if isinstance(value, str) else ():
            if value in getattr(visit.knowledge.taxonomy, group):
                return getattr(visit.knowledge.taxonomy, group)[value].name
        return _word(visit, f"audit.value.{value}", str(value), "")

    order = {key: place for place, key in enumerate(visit.knowledge.wording.texts)}  # PostgreSQL keeps none of its own
    told = sorted(data.items(), key=lambda item: order.get(f"audit.data.{item[0]}", len(order)))
    return "；".join(f"{_word(visit, f'audit.data.{key}', key, '')}：{one(key, value)}" for key, value in told
                    if value is not None and value != "")


def _word(visit: Visit, key: str, missing: str, name: str) -> str:
    """The word of a code, with a name where it has room for one; what has no word stands as it is."""
    if key not in visit.knowledge.wording:
        return f"{missing} {name}".strip()
    return visit.word(key, name=name)


def _period(key: str) -> str:
    try:
        return read_period(key).name
    except UnknownPeriod:
        return key
