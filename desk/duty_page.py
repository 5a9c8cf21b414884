"""The duty roster: who is woken for level I, from when to when."""

from datetime import datetime, timedelta

from fastapi import Response
from sqlalchemy import select

from desk.days import read_minute
from desk.nav import LEADS
from desk.visit import Refused, Visit
from tickets import assignment, audit
from tickets.colleagues import colleagues
from tickets.models import Duty, Staff, now
from tickets.numbers import minute

LONGEST = timedelta(days=14)
SHOWN = 100


def duty(visit: Visit) -> Response:
    return _page(visit)


def _page(visit: Visit, *, wrong: str = "", status: int = 200) -> Response:
    """`wrong`: why the watch was not written down; what was chosen in the form stays there."""
    at = now()
    rows = visit.session.execute(select(Duty, Staff).join(Staff, Staff.id == Duty.staff_id).where(Duty.ends_at > at)
                                 .order_by(Duty.starts_at).limit(SHOWN)).all()
    running = [one for watch, one in rows if watch.starts_at <= at]
    deaf = [] if any(one.telegram_id and one.active for one in running) else running
    return visit.page("duty.html", status=status, deaf=deaf, wrong=wrong, rows=rows, people=colleagues(visit.session), at=at,
                      may_write=visit.me.role in LEADS)


def add(visit: Visit) -> Response:
    """One watch, in Shanghai's time."""
    try:
        watch = _watch(visit)
    except Refused as refused:
        return _page(visit, wrong=refused.words, status=refused.status)
    visit.session.add(watch)
    visit.session.flush()
    audit.record(visit.session, staff_id=visit.me.id, action="duty.add", target=f"duty:{watch.id}", data={"staff": watch.staff_id})
    return visit.go("/desk/duty", "saved")


def _watch(visit: Visit) -> Duty:
    staff = visit.session.get(Staff, visit.number("staff_id"))
    begins, ends = _moment(visit, "starts_at"), _moment(visit, "ends_at")
    if staff is None or not staff.active or staff.role not in assignment.HANDLING:
        raise Refused(422, visit.word("desk.choose"))
    if not begins < ends <= begins + LONGEST:
        raise Refused(422, visit.word("desk.duty_times", days=LONGEST.days))
    if ends <= now():
        raise Refused(422, visit.word("desk.duty_over"))
    other = visit.session.scalars(select(Duty).where(Duty.staff_id == staff.id, Duty.starts_at < ends, Duty.ends_at > begins)
                                  .order_by(Duty.starts_at).limit(1)).first()
    if other is not None:
        raise Refused(409, visit.word("desk.duty_double", name=staff.name, begins=minute(other.starts_at),
                                      ends=minute(other.ends_at)))
    return Duty(staff_id=staff.id, starts_at=begins, ends_at=ends)


def remove(visit: Visit) -> Response:
    watch = visit.session.get(Duty, visit.path_number("id"))
    if watch is None:
        raise Refused(404, visit.word("desk.not_found"))
    audit.record(visit.session, staff_id=visit.me.id, action="duty.remove", target=f"duty:{watch.id}",
                 data={"staff": watch.staff_id})
    visit.session.delete(watch)
    return visit.go("/desk/duty", "removed")


def _moment(visit: Visit, name: str) -> datetime:
    moment = read_minute(visit.said(name, most=16))
    if moment is None:
        raise Refused(422, visit.word("desk.no_moment"))
    return moment
