"""The tree of branches and departments: who belongs below whom, and how customers call them."""

import re

from fastapi import Response
from sqlalchemy import func, select

from desk.visit import Refused, Visit
from tickets import assignment, audit
from tickets.models import Branch, Staff

KINDS = {"head": "总行", "branch": "分支行", "outlet": "网点", "department": "部门"}
CODE = re.compile(r"[A-Za-z0-9-]{1,20}")


def branches(visit: Visit) -> Response:
    return _page(visit)


def _page(visit: Visit, *, wrong: str = "", status: int = 200) -> Response:
    """`wrong`: why none was added; what was written into the form stays there."""
    return visit.page("branches.html", status=status, wrong=wrong, kinds=KINDS,
                      branches=list(visit.session.scalars(select(Branch).order_by(Branch.path))))


def add(visit: Visit) -> Response:
    try:
        branch = _new(visit)
    except Refused as refused:
        return _page(visit, wrong=refused.words, status=refused.status)
    audit.record(visit.session, staff_id=visit.me.id, action="branch.add", target=f"branch:{branch.id}")
    return visit.go("/desk/branches", "saved")


def _new(visit: Visit) -> Branch:
    code, name = visit.said("code", most=20), visit.said("name", most=60)
    if not CODE.fullmatch(code) or not name:
        raise Refused(422, visit.word("desk.branch_code"))
    if visit.session.scalars(select(Branch.id).where(Branch.code == code)).first() is not None:
        raise Refused(409, visit.word("desk.branch_taken", code=code))
    _unlike(visit, name)
    return assignment.add_branch(visit.session, code=code, name=name, parent=_parent(visit), kind=visit.chosen("kind", KINDS),
                                 aliases=_aliases(visit))


def change(visit: Visit) -> Response:
    """Another name, place in the tree, or an end; a branch with tickets is never deleted."""
    branch = visit.session.get(Branch, visit.path_number("id"))
    if branch is None:
        raise Refused(404, visit.word("desk.not_found"))
    active = visit.said("active", most=3) == "yes"
    if branch.active and not active and (staffed := _staffed(visit, branch)):
        raise Refused(409, visit.word("desk.branch_staffed", count=staffed))
    name = visit.said("name", most=60) or branch.name
    if active and (name != branch.name or not branch.active):
        _unlike(visit, name, but=branch.id)
    branch.name, branch.kind = name, visit.chosen("kind", KINDS)
    branch.aliases, branch.active = list(_aliases(visit)), active
    parent = _parent(visit)
    if (parent.id if parent else None) != branch.parent_id:
        if parent is not None and parent.path.startswith(branch.path):
            raise Refused(409, visit.word("desk.branch_circle"))
        assignment.move_branch(visit.session, branch, parent=parent)
    audit.record(visit.session, staff_id=visit.me.id, action="branch.change", target=f"branch:{branch.id}",
                 data={"active": branch.active})
    return visit.go("/desk/branches", "saved")


def _unlike(visit: Visit, name: str, *, but: int | None = None) -> None:
    """Two of one name could be told apart by nobody, neither by a customer who names one nor in a choice. Raises Refused."""
    alike = select(Branch).where(Branch.name == name, Branch.active, Branch.id != (but or 0)).limit(1)
    other = visit.session.scalars(alike).first()
    if other is not None:
        raise Refused(409, visit.word("desk.branch_named", name=name, code=other.code))


def _staffed(visit: Visit, branch: Branch) -> int:
    """How many colleagues in service belong to it: they would stand in a branch that can be chosen nowhere."""
    return visit.session.scalar(select(func.count()).select_from(Staff).where(Staff.branch_id == branch.id, Staff.active)) or 0


def _parent(visit: Visit) -> Branch | None:
    chosen = visit.number("parent_id", empty=True)
    parent = visit.session.get(Branch, chosen) if chosen is not None else None
    if chosen is not None and parent is None:
        raise Refused(422, visit.word("desk.choose"))
    return parent


def _aliases(visit: Visit) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one[:40] for one in re.split(r"[,，、\s]+", visit.said("aliases", most=300)) if len(one) >= 2))
