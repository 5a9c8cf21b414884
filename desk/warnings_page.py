"""Early warning and root causes on the desk: what is unusual and why we think so, and the same trouble in other places."""

from datetime import timedelta

from fastapi import Response
from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from desk.nav import LEADS, OVERSEERS
from desk.visit import Refused, Visit
from tickets import assignment, audit, rectification, root_causes, warned
from tickets.models import Branch, Rectification, Ticket, Warning_, now
from tickets.numbers import SHANGHAI
from tickets.periods import Period

VIEWS = {"open": "待判断", "low": "提示", "judged": "已判断"}
SHOWN_TICKETS = 12
SPANS = (30, 90, 180)
SHOWN_GROUPS = 40


def warnings(visit: Visit) -> Response:
    """`?view=open`, `low` (three of a cause in seven days, no more) or `judged`."""
    view = visit.query.get("view", "open")
    view = view if view in VIEWS else "open"
    rows = warned.listed(visit.session, _hers(visit), view=view)
    ids = {one for row in rows for one in row.data.get("tickets", ())[:SHOWN_TICKETS]}
    numbers = dict(visit.session.execute(
        select(Ticket.id, Ticket.number).where(Ticket.id.in_(ids), assignment.visible(visit.me))).all()) if ids else {}
    counts = {key: warned.how_many(visit.session, _hers(visit), view=key) for key in VIEWS}
    return visit.page(
        "warnings.html", view=view, views=VIEWS, counts=counts, rows=rows, numbers=numbers, shown=SHOWN_TICKETS,
        precision=warned.precision(visit.session, since=now() - timedelta(days=365), where=_hers(visit)),
        opened=_opened(visit, [_origin(row) for row in rows]), origin=_origin, footnote=lambda row: footnote(visit, row),
        kind=lambda one: visit.word(f"warning.kind_{one.kind}"), judgement=lambda row: visit.word(f"warning.judged_{row.judged}"),
        may_write=visit.me.role in LEADS)


def waiting(visit: Visit) -> Select[tuple[int]] | None:
    """How many warnings nobody has judged, of those that she may see: said beside the menu's word. None: nothing waits for her."""
    if visit.me.role not in OVERSEERS:
        return None
    query = select(func.count()).select_from(Warning_).where(warned.in_view("open"))
    if visit.me.branch_id is not None:  # one query on every page, not three
        mine, below = aliased(Branch), aliased(Branch)
        head = exists().where(mine.id == visit.me.branch_id, mine.kind == "head")
        hers = select(below.id).join(mine, below.path.startswith(mine.path)).where(mine.id == visit.me.branch_id)
        query = query.where(or_(head, Warning_.data["branch_id"].as_integer().in_(hers)))
    return query


def footnote(visit: Visit, row: Warning_) -> str:
    """How unlikely it is by chance alone; older warnings say so in their own words."""
    chance = row.data.get("chance")
    if chance is None or row.kind not in ("surge", "word") or "只凭偶然" in row.text:
        return ""
    return visit.word("warning.chance", odds=warned.odds(chance))


def tickets(visit: Visit) -> Response:
    """The tickets behind a warning that she may see, the latest first; how many others there are is said."""
    row = _one(visit)
    ids = row.data.get("tickets", ())
    found = list(visit.session.scalars(select(Ticket).where(Ticket.id.in_(ids), assignment.visible(visit.me))
                                       .order_by(Ticket.received_at.desc(), Ticket.id.desc())))
    return visit.page("warning_tickets.html", row=row, rows=found, hidden=len(set(ids)) - len(found))


def judge(visit: Visit) -> Response:
    """Right or wrong; to dismiss asks for a reason, which is what the next improvement starts from."""
    row = _one(visit)
    right = visit.chosen("judged", ("true", "false")) == "true"
    reason = visit.masked("reason", most=500)
    if not right and not reason:
        raise Refused(422, visit.word("warning.give_reason"))
    warned.judge(row, right, reason=reason, staff_id=visit.me.id, at=now())
    audit.record(visit.session, staff_id=visit.me.id, action="warning.judge", target=f"warning:{row.id}",
                 data={"judged": row.judged})
    return visit.go("/desk/warnings", "judged")


def rectify(visit: Visit) -> Response:
    """A warning becomes an item of the rectification ledger, with its tickets; asked twice, the same item."""
    row = _one(visit)
    series = row.data.get("series") or [None, None, None]
    item = rectification.open_item(
        visit.session, problem=row.text[:1000], branch_id=series[0], category=series[1], cause=series[2],
        tickets=row.data.get("tickets", ()), origin=_origin(row), staff_id=visit.me.id)
    audit.record(visit.session, staff_id=visit.me.id, action="rectification.open", target=f"rectification:{item.id}")
    return visit.go(f"/desk/rectification#i{item.id}", "item_opened")


def causes(visit: Visit) -> Response:
    """`?days=90`: complaints with words alike at several branches, of all that she may see."""
    period, days = _span(visit)
    groups = root_causes.find_groups(visit.session, period, where=assignment.visible(visit.me))[:SHOWN_GROUPS]
    ids = {ticket_id for group in groups for ticket_id, _ in group.sentences}
    numbers = dict(visit.session.execute(select(Ticket.id, Ticket.number).where(Ticket.id.in_(ids))).all()) if ids else {}
    return visit.page(
        "causes.html", groups=groups, period=period, days=days, spans=SPANS, numbers=numbers, mask=visit.office.mask,
        branches=dict(visit.session.execute(select(Branch.id, Branch.name)).all()),
        opened=_opened(visit, [group.origin(period) for group in groups]), may_write=visit.me.role in LEADS)


def rectify_group(visit: Visit) -> Response:
    """The group is found again from what stands in the register now, so that no form can name tickets of its own."""
    period, _ = _span(visit)
    first = visit.number("first")
    group = next((one for one in root_causes.find_groups(visit.session, period, where=assignment.visible(visit.me))
                  if one.sentences[0][0] == first), None)
    if group is None:
        raise Refused(404, visit.word("desk.not_found"))
    names = visit.knowledge.taxonomy
    problem = visit.word("warning.group_problem", category=names.category[group.category].name, cause=names.cause[group.cause].name,
                         words=visit.office.mask(group.sentences[0][1])[:24], branches=len(group.branches), count=group.count)
    item = rectification.open_item(visit.session, problem=problem, category=group.category, cause=group.cause,
                                   tickets=group.tickets, origin=group.origin(period), staff_id=visit.me.id)
    audit.record(visit.session, staff_id=visit.me.id, action="rectification.open", target=f"rectification:{item.id}")
    return visit.go(f"/desk/rectification#i{item.id}", "item_opened")


def _span(visit: Visit) -> tuple[Period, int]:
    """Whole days up to yesterday, so that a group found again is the same group all day."""
    asked = visit.query.get("days", "")
    days = int(asked) if asked in map(str, SPANS) else SPANS[1]
    last = now().astimezone(SHANGHAI).date() - timedelta(days=1)
    return Period(last - timedelta(days=days - 1), last), days


def _hers(visit: Visit) -> ColumnElement[bool] | None:
    """The head office sees all; a branch what concerns it and what lies below it."""
    if assignment.at_head(visit.session, visit.me):
        return None
    mine = visit.session.get_one(Branch, visit.me.branch_id)
    below = visit.session.scalars(select(Branch.id).where(Branch.path.startswith(mine.path, autoescape=True)))
    return warned.of_branches(below)


def _one(visit: Visit) -> Warning_:
    query, hers = select(Warning_).where(Warning_.id == visit.path_number("id")), _hers(visit)
    row = visit.session.scalars(query if hers is None else query.where(hers)).one_or_none()
    if row is None:
        raise Refused(404, visit.word("desk.not_found"))
    return row


def _origin(row: Warning_) -> str:
    return f"warning:{row.id}"


def _opened(visit: Visit, origins: list[str]) -> dict[str, int]:
    """origin → the item that stands for it already."""
    if not origins:
        return {}
    return dict(visit.session.execute(
        select(Rectification.origin, Rectification.id).where(Rectification.origin.in_(origins))).all())
