"""整改台账 on the desk: problems that complaints have shown, who mends them by when, and the evidence that they are mended."""

import re
from datetime import date

from fastapi import Response
from sqlalchemy import select

from desk.reports.tables import STATES
from desk.visit import Refused, Visit
from tickets import audit, rectification
from tickets.models import Branch, Rectification, Ticket, now
from tickets.numbers import SHANGHAI
from tickets.rectification import ItemRefused

MOST = 200
"""So many ticket numbers fit into the form."""

VIEWS = {"open": "未完成", "late": "已逾期", "done": "已完成", "all": "全部"}


def ledger(visit: Visit) -> Response:
    """`?view=late`; the open ones without."""
    view = visit.query.get("view", "open")
    view = view if view in VIEWS else "open"
    today = now().astimezone(SHANGHAI).date()
    found = rectification.items(visit.session)
    sorts = {"open": [i for i in found if i.state != "done"], "late": [i for i in found if rectification.is_late(i, today)],
             "done": [i for i in found if i.state == "done"], "all": found}
    shown = sorts[view]
    numbers = dict(visit.session.execute(select(Ticket.id, Ticket.number).where(
        Ticket.id.in_({one for item in shown for one in item.tickets[:MOST]}))).all())
    return visit.page("rectification.html", view=view, views=VIEWS, counts={key: len(rows) for key, rows in sorts.items()},
                      items=shown, states=STATES, numbers=numbers, most=MOST, late={i.id for i in sorts["late"]},
                      branches=list(visit.session.scalars(select(Branch).where(Branch.active).order_by(Branch.path))))


def add(visit: Visit) -> Response:
    problem = visit.masked("problem", most=1000)
    if not problem:
        raise Refused(422, visit.word("rectify.problem_first"))
    item = rectification.open_item(visit.session, problem=problem, staff_id=visit.me.id, tickets=_tickets(visit), **_said(visit))
    audit.record(visit.session, staff_id=visit.me.id, action="rectification.open", target=f"rectification:{item.id}")
    return visit.go(f"/desk/rectification#i{item.id}", "saved")


def change(visit: Visit) -> Response:
    """Everything may be mended but the day it was opened; closing asks for evidence."""
    item = visit.session.get(Rectification, visit.path_number("id"))
    if item is None:
        raise Refused(404, visit.word("desk.not_found"))
    before = item.state
    item.problem = visit.masked("problem", most=1000) or item.problem
    for name, value in _said(visit).items():
        setattr(item, name, value)
    item.evidence = visit.masked("evidence", most=2000)
    if "tickets" in visit.form:  # too many to be typed are not in the form, and stay
        item.tickets = _tickets(visit)
    try:
        rectification.set_state(item, visit.chosen("state", rectification.STATES))
    except ItemRefused as refused:
        raise Refused(422, visit.word(refused.key)) from None
    audit.record(visit.session, staff_id=visit.me.id, action="rectification.change", target=f"rectification:{item.id}",
                 data={"from": before, "to": item.state})
    return visit.go(f"/desk/rectification?view={'done' if item.state == 'done' else 'open'}#i{item.id}", "saved")


def _said(visit: Visit) -> dict:
    taxonomy = visit.knowledge.taxonomy
    branch_id = visit.number("branch_id", empty=True)
    if branch_id is not None and visit.session.get(Branch, branch_id) is None:
        raise Refused(422, visit.word("desk.choose"))
    return {"root_cause": visit.masked("root_cause", most=1000), "measures": visit.masked("measures", most=2000),
            "owner": visit.said("owner", most=60), "branch_id": branch_id, "due_on": _day(visit),
            "category": visit.chosen("category", taxonomy.category, empty=True) or None,
            "cause": visit.chosen("cause", taxonomy.cause, empty=True) or None}


def _day(visit: Visit) -> date | None:
    written = visit.said("due_on", most=10)
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Refused(422, visit.word("desk.choose")) from None


def _tickets(visit: Visit) -> list[int]:
    """Ticket numbers, separated by anything; an unknown one is refused rather than dropped."""
    numbers = list(dict.fromkeys(filter(None, re.split(r"[\s,，、;；]+", visit.said("tickets", most=4000)))))
    found = dict(visit.session.execute(select(Ticket.number, Ticket.id).where(Ticket.number.in_(numbers))).all())
    for number in numbers:
        if number not in found:
            raise Refused(422, visit.word("rectify.no_ticket", number=number))
    return [found[number] for number in numbers]
