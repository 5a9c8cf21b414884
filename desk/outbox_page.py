"""What did not arrive: replies that no platform took, and deliveries that failed again and again. A person decides."""

from datetime import timedelta

from fastapi import Response
from sqlalchemy import or_, select

from desk.nav import LEADS
from desk.visit import Refused, Visit
from tickets import assignment, audit
from tickets.models import Event, Owed, Parked, Ticket, now

SHOWN = 200
FOR_HER = ("answer", "told", "rating")
A_WHILE = timedelta(minutes=1)  # a web page that is open has fetched it by then
SETTLED = "settled"
"""The status of a dead reply that a person dealt with in another way."""


def outbox(visit: Visit) -> Response:
    """Dead replies of tickets that she may see; the head office also sees those of no ticket, and what was parked. What waits
    on the web page is not lost: it is shown as soon as its customer opens the page, but nobody should take it for told."""
    waiting = visit.session.execute(
        select(Owed, Ticket).outerjoin(Ticket, Ticket.id == Owed.ticket_id).where(Owed.status == "dead", _hers(visit))
        .order_by(Owed.id.desc()).limit(SHOWN)).all()
    slow = visit.session.execute(
        select(Owed, Ticket).outerjoin(Ticket, Ticket.id == Owed.ticket_id)
        .where(Owed.status == "owed", Owed.attempts > 0, _hers(visit)).order_by(Owed.id).limit(SHOWN)).all()
    offline = visit.session.execute(
        select(Owed, Ticket).join(Ticket, Ticket.id == Owed.ticket_id)
        .where(Owed.channel == "web", Owed.status == "owed", Owed.purpose.in_(FOR_HER), Owed.at < now() - A_WHILE, _hers(visit))
        .order_by(Owed.id).limit(SHOWN)).all()
    parked = list(visit.session.scalars(
        select(Parked).where(Parked.parked_at.is_not(None), Parked.resolved_at.is_(None)).order_by(Parked.id.desc()).limit(SHOWN))
    ) if assignment.at_head(visit.session, visit.me) else []
    return visit.page("outbox.html", dead=waiting, slow=slow, offline=offline, parked=parked,
                      may_write=visit.me.role in LEADS)


def retry(visit: Visit) -> Response:
    """Send it again from the beginning of its tries."""
    owed = _dead(visit)
    owed.status, owed.attempts, owed.next_try_at, owed.lease_until = "owed", 0, now(), None
    audit.record(visit.session, staff_id=visit.me.id, action="outbox.retry", target=f"owed:{owed.id}")
    return visit.go("/desk/outbox", "retried")


def resolve(visit: Visit) -> Response:
    """The customer was told otherwise, or need not be told; what was done is kept with the ticket."""
    owed, reason = _dead(visit), visit.said("reason", most=200)
    if not reason:
        raise Refused(422, visit.word("desk.give_reason"))
    owed.status = SETTLED
    if owed.ticket_id is not None:
        visit.session.add(Event(ticket_id=owed.ticket_id, kind="undelivered_settled", actor="staff", staff_id=visit.me.id,
                                reason=reason, data={"owed_id": owed.id}))
    audit.record(visit.session, staff_id=visit.me.id, action="outbox.resolve", target=f"owed:{owed.id}")
    return visit.go("/desk/outbox", "resolved")


def resolve_parked(visit: Visit) -> Response:
    hers = assignment.at_head(visit.session, visit.me)
    parked = visit.session.get(Parked, visit.path_number("id"), with_for_update=True) if hers else None
    if parked is None or parked.parked_at is None:
        raise Refused(404, visit.word("desk.not_found"))
    parked.resolved_at = now()
    audit.record(visit.session, staff_id=visit.me.id, action="parked.resolve", target=f"parked:{parked.id}")
    return visit.go("/desk/outbox", "resolved")


def _dead(visit: Visit) -> Owed:
    found = visit.session.execute(
        select(Owed).outerjoin(Ticket, Ticket.id == Owed.ticket_id)
        .where(Owed.id == visit.path_number("id"), Owed.status == "dead", _hers(visit))).scalar_one_or_none()
    if found is None:
        raise Refused(404, visit.word("desk.not_found"))
    return found


def _hers(visit: Visit):
    """Replies about tickets that she may see; those about no ticket belong to the head office."""
    mine = assignment.visible(visit.me)
    about_ticket = Owed.ticket_id.is_not(None) & mine
    return or_(Owed.ticket_id.is_(None), about_ticket) if assignment.at_head(visit.session, visit.me) else about_ticket
