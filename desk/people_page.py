"""Who may sign in, as what, for which branch: added, changed, given a new one-time password, or shut out, by an administrator."""

import re

from fastapi import Response
from sqlalchemy import select

from desk.visit import Refused, Visit
from desk.words import ROLES
from tickets import accounts, assignment, audit, lifecycle, signing_in
from tickets.models import Branch, Staff

PAGE = "/desk/people"
ONCE = "xb_desk_once"
"""Takes a one-time password over the redirect into the next page, and is gone: a reload makes no other and shows none again."""
ONCE_LIVES = 60  # seconds
ONCE_HOLDS = re.compile(r"([a-z0-9._-]{2,40}):((?:[a-z0-9]{4}-){2}[a-z0-9]{4})")


def people(visit: Visit) -> Response:
    return _page(visit)


def _page(visit: Visit, *, wrong: str = "", status: int = 200) -> Response:
    """`wrong`: why nobody was added; what was written into the form stays there."""
    shown = ONCE_HOLDS.fullmatch(visit.request.cookies.get(ONCE, ""))
    everybody = list(visit.session.scalars(select(Staff).order_by(Staff.active.desc(), Staff.username)))
    response = visit.page(
        "people.html", status=status, wrong=wrong, people=everybody, shown=shown.groups() if shown else None,
        branches=list(visit.session.scalars(select(Branch).order_by(Branch.path))), open_of=assignment.open_counts(visit.session))
    if shown:
        response.delete_cookie(ONCE, path=PAGE)
    return response


def add(visit: Visit) -> Response:
    """A new colleague; her one-time password is shown once, on the page that follows, and stands nowhere else."""
    username = visit.said("username", most=60)
    password = accounts.one_time_password(username)
    try:
        staff = accounts.create_staff(
            visit.session, username=username, name=visit.said("name", most=60),
            role=visit.chosen("role", ROLES), password=password, must_change=True,
            branch_code=visit.said("branch", most=20) or None)
    except accounts.AccountRefused as refused:
        return _page(visit, wrong=str(refused), status=409)
    audit.record(visit.session, staff_id=visit.me.id, action="staff.add", target=f"staff:{staff.id}", data={"role": staff.role})
    return _show(visit, staff, password)


def change(visit: Visit) -> Response:
    staff = _named(visit)
    accounts.change_staff(visit.session, staff, name=visit.said("name", most=40), role=visit.chosen("role", ROLES),
                          branch_code=visit.said("branch", most=20))
    audit.record(visit.session, staff_id=visit.me.id, action="staff.change", target=f"staff:{staff.id}",
                 data={"role": staff.role, "branch": staff.branch_id})
    return visit.go(PAGE, "saved")


def reset(visit: Visit) -> Response:
    """A new one-time password; with `totp` the authenticator is taken off too, for a lost phone. Not one's own: it would sign
    out who must read it."""
    staff = _named(visit)
    password = accounts.one_time_password(staff.username)
    if staff.id == visit.me.id:
        raise Refused(409, visit.word("desk.own_password"))
    accounts.reset_password(visit.session, username=staff.username, password=password)
    signing_in.unlock(visit.session, username=staff.username, secret_key=visit.office.settings.secret_key)
    if visit.said("totp", most=3) == "off":
        accounts.disable_totp(visit.session, staff)
    audit.record(visit.session, staff_id=visit.me.id, action="staff.reset", target=f"staff:{staff.id}")
    return _show(visit, staff, password)


def set_active(visit: Visit) -> Response:
    """Who is shut out keeps no ticket: they wait to be given to somebody else."""
    staff, freed = _named(visit), 0
    if visit.said("active", most=3) == "yes":
        accounts.enable_staff(visit.session, username=staff.username)
    else:
        accounts.disable_staff(visit.session, username=staff.username)
        freed = lifecycle.let_go(visit.session, staff, rules=visit.knowledge.deadlines,
                                 reason=visit.word("desk.staff_left", name=staff.name))
    audit.record(visit.session, staff_id=visit.me.id, action="staff.active", target=f"staff:{staff.id}",
                 data={"active": staff.active} | ({"tickets": freed} if freed else {}))
    return visit.go(PAGE, "released" if freed else "saved")


def _named(visit: Visit) -> Staff:
    staff = visit.session.get(Staff, visit.path_number("id"))
    if staff is None:
        raise Refused(404, visit.word("desk.not_found"))
    return staff


def _show(visit: Visit, staff: Staff, password: str) -> Response:
    response = visit.go(PAGE)
    response.set_cookie(ONCE, f"{staff.username}:{password}", max_age=ONCE_LIVES, path=PAGE, httponly=True, samesite="strict",
                        secure=bool(visit.office.settings.production))
    return response
