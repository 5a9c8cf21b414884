"""Routing rules: the first row that fits says where a new ticket goes."""

from fastapi import Response
from sqlalchemy import func, select

from desk.visit import Refused, Visit
from tickets import audit
from tickets.colleagues import colleagues
from tickets.models import Branch, Route, Staff


def routing(visit: Visit) -> Response:
    staff = {one.id: one for one in visit.session.scalars(select(Staff).order_by(Staff.name))}
    return visit.page(
        "routing.html", rules=list(visit.session.scalars(select(Route).order_by(Route.position, Route.id))), staff_of=staff,
        people=colleagues(visit.session),
        branches={one.id: one for one in visit.session.scalars(select(Branch).order_by(Branch.path))})


def add(visit: Visit) -> Response:
    taxonomy = visit.knowledge.taxonomy
    to_staff, to_branch = visit.number("to_staff_id", empty=True), visit.number("to_branch_id", empty=True)
    branch = visit.number("branch_id", empty=True)
    if to_staff is None and to_branch is None:
        raise Refused(422, visit.word("desk.route_nowhere"))
    if (to_staff is not None and visit.session.get(Staff, to_staff) is None) or any(
            one is not None and visit.session.get(Branch, one) is None for one in (to_branch, branch)):
        raise Refused(422, visit.word("desk.choose"))
    last = visit.session.scalar(select(func.max(Route.position))) or 0
    position = visit.number("position", empty=True)
    if position is not None and position > 9999:
        raise Refused(422, visit.word("desk.choose"))
    rule = Route(position=last + 1 if position is None else position,
                 category=visit.chosen("category", taxonomy.category, empty=True) or None,
                 urgency=visit.chosen("urgency", taxonomy.urgency, empty=True) or None, branch_id=branch, to_staff_id=to_staff,
                 to_branch_id=to_branch)
    visit.session.add(rule)
    visit.session.flush()
    audit.record(visit.session, staff_id=visit.me.id, action="route.add", target=f"route:{rule.id}")
    return visit.go("/desk/routing", "saved")


def remove(visit: Visit) -> Response:
    rule = visit.session.get(Route, visit.path_number("id"))
    if rule is None:
        raise Refused(404, visit.word("desk.not_found"))
    audit.record(visit.session, staff_id=visit.me.id, action="route.remove", target=f"route:{rule.id}")
    visit.session.delete(rule)
    return visit.go("/desk/routing", "removed")
