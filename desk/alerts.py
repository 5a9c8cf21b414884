"""What cannot wait: the banner on every page, and the small answer that a page asks for every few seconds."""

from datetime import datetime

from fastapi import Response
from fastapi.responses import JSONResponse
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from desk.nav import LEADS
from desk.visit import Refused, Visit
from tickets import assignment, audit, lifecycle
from tickets.models import Alert, Message, Staff, Ticket, now
from tickets.news import UNHAPPY, WROTE, looked
from tickets.urgency import RINGING

LOOKED_AT = 6  # for the banner, which shows fewer
LISTED, PAST = 200, 50  # on the page: open ones, and the last that somebody took
GRAVE = ("untaken", "level_one", "human")
"""A person waits behind these: each is taken by somebody, none is ticked off with others."""

TO_THE_HANDLER = (WROTE,)
"""Alerts that only the one who handles the ticket sees,"""
TO_THE_LEADS_TOO = ("lowered", UNHAPPY)
"""and those that the leads see as well."""


def open_alerts(visit: Visit, most: int = LOOKED_AT) -> list[tuple[Alert, Ticket | None]]:
    """Alerts that nobody has taken and that this person may see: the gravest first, of these who waits longest, then the newest.
    The banner shows what is grave and the newest of the rest, and says that there are others: work must stay in sight."""
    rows = visit.session.execute(
        _hers(visit).where(Alert.acknowledged_at.is_(None))
        .order_by(*((Alert.kind == kind).desc() for kind in GRAVE), case((Alert.kind.in_(GRAVE), Alert.at)), Alert.at.desc(),
                  Alert.id.desc()).limit(most))
    return [(alert, ticket) for alert, ticket in rows]


def banner(visit: Visit) -> list[tuple[Alert, Ticket | None]]:
    """What the banner shows of them: an alarm that nobody took stands once, as the escalation that it has become."""
    alerts = open_alerts(visit)
    escalated = {alert.ticket_id for alert, _ in alerts if alert.kind == "untaken"}
    return [(alert, ticket) for alert, ticket in alerts if alert.kind != "level_one" or alert.ticket_id not in escalated]


def waited(visit: Visit, alert: Alert) -> str:
    """How long she has waited, and by when somebody should take it: the minutes run, unlike words that were written once."""
    within = visit.knowledge.deadlines.office.take_level_one_minutes
    minutes = max(int((now() - alert.at).total_seconds() // 60), 0)
    if alert.kind == "untaken":
        minutes += within
    return visit.word("desk.take_within" if minutes < within else "desk.take_overdue", minutes=minutes, within=within)


def _hers(visit: Visit) -> Select[tuple[Alert, Ticket | None]]:
    """Of the tickets that she may see; what concerns only the one who handles it (and, at times, the leads) is no noise for all."""
    hers = [Alert.kind.not_in((*TO_THE_HANDLER, *TO_THE_LEADS_TOO)), Ticket.assignee_id == visit.me.id]
    if visit.me.role in LEADS:
        hers.append(Alert.kind.in_(TO_THE_LEADS_TOO))
    return (select(Alert, Ticket).outerjoin(Ticket, Ticket.id == Alert.ticket_id)
            .where(or_(Alert.ticket_id.is_(None), and_(assignment.visible(visit.me), or_(*hers)))))


def page(visit: Visit) -> Response:
    """All that waits for somebody, and who took the last ones."""
    past = visit.session.execute(_hers(visit).where(Alert.acknowledged_at.is_not(None))
                                 .order_by(Alert.acknowledged_at.desc(), Alert.id.desc()).limit(PAST)).all()
    staff = {one.id: one.name for one in visit.session.scalars(select(Staff))}
    rows = open_alerts(visit, LISTED)
    return visit.page("alerts.html", rows=rows, past=past, names=staff,
                      ticked=[one.id for one, ticket in rows if _ticked(one, ticket)], may_write=visit.me.role != "auditor")


def _ticked(alert: Alert, ticket: Ticket | None) -> bool:
    """What may be ticked off with others."""
    return alert.kind not in GRAVE and not _wants_an_answer(alert, ticket)


def _wants_an_answer(alert: Alert, ticket: Ticket | None) -> bool:
    """Who is not content is answered, not ticked off: until then her case is not closed without a word why (effects.close)."""
    return alert.kind == UNHAPPY and ticket is not None and ticket.closed_at is None


def acknowledge(visit: Visit) -> Response:
    """知悉: several late or undelivered ones at once; the tickets stay with whoever has them."""
    chosen = [int(one) for one in visit.form.getlist("alert") if isinstance(one, str) and one.isascii() and one.isdigit()
              and len(one) < 16][:LISTED]
    if not chosen:
        raise Refused(422, visit.word("desk.choose_alerts"))
    found = visit.session.execute(_hers(visit).where(Alert.id.in_(chosen), Alert.acknowledged_at.is_(None))
                                  .with_for_update(of=Alert))
    rows = [alert for alert, ticket in found if _ticked(alert, ticket)]
    for alert in rows:
        alert.acknowledged_by, alert.acknowledged_at = visit.me.id, now()
    audit.record(visit.session, staff_id=visit.me.id, action="alert.acknowledge", data={"count": len(rows)})
    return visit.go("/desk/alerts", "acknowledged")


def news(visit: Visit) -> Response:
    """The banner as it stands now, when the newest ticket came, and when the newest alarm that should sound: milliseconds, since
    ids are taken in blocks and do not follow the order in which things happen. A page that shows a ticket asks when its customer
    last wrote, the queue which of its tickets have something unread."""
    alerts = open_alerts(visit)
    newest = visit.session.scalar(select(Ticket.received_at).where(assignment.visible(visit.me))
                                  .order_by(Ticket.received_at.desc(), Ticket.id.desc()).limit(1))
    shown = visit.office.templates.get_template("banner.html").render(alerts=banner(visit), visit=visit, csrf=visit.door.csrf)
    found = {"newest": _milliseconds(newest) if newest else 0, "banner": shown,
             "siren": max((_milliseconds(alert.at) for alert, _ in alerts if alert.kind in RINGING), default=0)}
    if number := visit.query.get("ticket", "")[:20]:
        found["wrote"] = heard_at(visit, Ticket.number == number)
    if visit.query.get("unread"):
        found["unread"] = list(visit.session.scalars(
            select(Ticket.number).join(Alert, Alert.ticket_id == Ticket.id)
            .where(Alert.kind == WROTE, Alert.acknowledged_at.is_(None), assignment.visible(visit.me))
            .order_by(Alert.at.desc()).limit(LISTED)))
    return JSONResponse(found)


def heard_at(visit: Visit, which: ColumnElement[bool]) -> int:
    """When the customer last wrote in this ticket, in milliseconds; 0 when she never did or it is not to be seen."""
    last = visit.session.scalar(select(func.max(Message.at)).join(Ticket, Ticket.id == Message.ticket_id)
                                .where(which, Message.author == "customer", assignment.visible(visit.me)))
    return _milliseconds(last) if last else 0


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def take(visit: Visit) -> Response:
    """接手: the alert is hers, and so is the ticket when it is free; then she stands before it."""
    alert = visit.session.get(Alert, visit.path_number("id"), with_for_update=True)
    ticket = visit.session.get(Ticket, alert.ticket_id) if alert and alert.ticket_id else None
    if alert is None or (ticket is not None and not assignment.sees(visit.session, visit.me, ticket)):
        raise Refused(404, visit.word("desk.no_ticket"))
    if alert.acknowledged_at is not None and alert.acknowledged_by != visit.me.id:
        raise Refused(409, visit.word("desk.alert_taken"))
    if ticket is not None and ticket.assignee_id is None and lifecycle.may(ticket, "take", actor="staff", role=visit.me.role):
        lifecycle.move(visit.session, ticket, "take", actor="staff", staff=visit.me, rules=visit.knowledge.deadlines,
                       wording=visit.knowledge.wording)
    if ticket is not None and alert.kind in RINGING:
        looked(visit.session, ticket, visit.me, at=now(), kinds=RINGING)
    if not _wants_an_answer(alert, ticket):
        alert.acknowledged_by, alert.acknowledged_at = visit.me.id, now()
    audit.record(visit.session, staff_id=visit.me.id, action="alert.take", target=f"alert:{alert.id}")
    return visit.go(f"/desk/tickets/{ticket.number}" if ticket else "/desk/queue", "alert_taken")
