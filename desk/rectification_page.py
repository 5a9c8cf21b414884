"""整改台账 on the desk: problems that complaints have shown, who mends them by when, and the evidence that they are mended."""

import re
from datetime import date

from fastapi import Response
from sqlalchemy import select

from desk import table_file
from desk.days import read_day
from desk.reports.tables import STATES
from desk.table_file import Table
from desk.visit import Refused, Visit
from tickets import audit, rectification
from tickets.models import Branch, Rectification, Ticket, now
from tickets.numbers import SHANGHAI
from tickets.rectification import ItemRefused

MOST = 200
"""So many ticket numbers fit into the form."""

COLUMNS = ("编号", "问题", "根因", "整改措施", "责任部门", "涉及机构", "业务类别", "投诉原因", "登记", "期限", "状态", "逾期",
           "证据", "完成", "涉及工单数", "涉及工单")
VIEWS = {"open": "未完成", "late": "已逾期", "done": "已完成", "all": "全部"}


def ledger(visit: Visit) -> Response:
    """`?view=late`; the open ones without."""
    view, sorts = _sorted(visit)
    shown = sorts[view]
    numbers = dict(visit.session.execute(select(Ticket.id, Ticket.number).where(
        Ticket.id.in_({one for item in shown for one in item.tickets[:MOST]}))).all())
    return visit.page("rectification.html", view=view, views=VIEWS, counts={key: len(rows) for key, rows in sorts.items()},
                      items=shown, states=STATES, numbers=numbers, most=MOST, late={i.id for i in sorts["late"]},
                      branches=list(visit.session.scalars(select(Branch).where(Branch.active).order_by(Branch.path))))


def download(visit: Visit) -> Response:
    """What the view shows as a workbook, with the numbers of the tickets; taking it away is written into the audit chain."""
    view, sorts = _sorted(visit)
    names = dict(visit.session.execute(select(Branch.id, Branch.name)).all())
    numbers = dict(visit.session.execute(select(Ticket.id, Ticket.number).where(
        Ticket.id.in_({one for item in sorts[view] for one in item.tickets[:MOST]}))).all())
    late, mask, taxonomy = {item.id for item in sorts["late"]}, visit.office.mask, visit.knowledge.taxonomy
    rows = [(item.id, mask(item.problem), mask(item.root_cause), mask(item.measures),
             item.owner or visit.word("reports.no_owner"), names.get(item.branch_id or 0, ""),
             taxonomy.category[item.category].name if item.category in taxonomy.category else "",
             taxonomy.cause[item.cause].name if item.cause in taxonomy.cause else "", item.at.astimezone(SHANGHAI).date(),
             item.due_on or "", STATES[item.state], "是" if item.id in late else "否", mask(item.evidence),
             item.closed_at.astimezone(SHANGHAI).date() if item.closed_at else "", len(item.tickets),
             "、".join(numbers[one] for one in item.tickets[:MOST] if one in numbers)) for item in sorts[view]]
    audit.record(visit.session, staff_id=visit.me.id, action="rectification.download", target=f"view:{view}",
                 data={"items": len(rows)})
    day = now().astimezone(SHANGHAI).date()
    body = table_file.book(f"整改台账（{VIEWS[view]}）", [Table("整改台账", COLUMNS, rows, wide=(1, 2, 3, 12, 15))],
                           [visit.word("ledger.made", count=len(rows), at=day)])
    return table_file.attachment(body, f"整改台账-{VIEWS[view]}-{day}.xlsx")


def _sorted(visit: Visit) -> tuple[str, dict[str, list[Rectification]]]:
    """The view that the address asks for, and what stands in each."""
    view, today, found = visit.query.get("view", "open"), now().astimezone(SHANGHAI).date(), rectification.items(visit.session)
    return view if view in VIEWS else "open", {
        "open": [i for i in found if i.state != "done"], "late": [i for i in found if rectification.is_late(i, today)],
        "done": [i for i in found if i.state == "done"], "all": found}


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
    day = read_day(written)
    if written and day is None:
        raise Refused(422, visit.word("desk.no_date"))
    return day


def _tickets(visit: Visit) -> list[int]:
    """Ticket numbers, separated by anything; an unknown one is refused rather than dropped."""
    numbers = list(dict.fromkeys(filter(None, re.split(r"[\s,，、;；]+", visit.said("tickets", most=4000)))))
    found = dict(visit.session.execute(select(Ticket.number, Ticket.id).where(Ticket.number.in_(numbers))).all())
    for number in numbers:
        if number not in found:
            raise Refused(422, visit.word("rectify.no_ticket", number=number))
    return [found[number] for number in numbers]
