"""What cannot wait: the banner on every page, and the small answer that a page asks for every few seconds."""

from fastapi import Response
from fastapi.responses import JSONResponse
from sqlalchemy import func, or_, select

from desk.visit import Refused, Visit
from tickets import assignment, audit, lifecycle
from tickets.models import Alert, Ticket, now

SHOWN = 5


def open_alerts(visit: Visit) -> list[tuple[Alert, Ticket | None]]:
    """Alerts that nobody has taken and that this person may see, the gravest first, then the newest."""
    rows = visit.session.execute(
        select(Alert, Ticket).outerjoin(Ticket, Ticket.id == Alert.ticket_id)
        .where(Alert.acknowledged_at.is_(None), or_(Alert.ticket_id.is_(None), assignment.visible(visit.me)))
        .order_by((Alert.kind == "level_one").desc(), Alert.id.desc()).limit(SHOWN))
    return [(alert, ticket) for alert, ticket in rows]


def news(visit: Visit) -> Response:
    """The banner as it stands now, the newest ticket, and whether the siren should sound."""
    alerts = open_alerts(visit)
    newest = visit.session.scalar(select(func.max(Ticket.id)).where(assignment.visible(visit.me))) or 0
    banner = visit.office.templates.get_template("banner.html").render(alerts=alerts, visit=visit, csrf=visit.door.csrf)
    return JSONResponse({"newest": newest, "banner": banner,
                         "siren": max((alert.id for alert, _ in alerts if alert.kind == "level_one"), default=0)})


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
    alert.acknowledged_by, alert.acknowledged_at = visit.me.id, now()
    audit.record(visit.session, staff_id=visit.me.id, action="alert.take", target=f"alert:{alert.id}")
    return visit.go(f"/desk/tickets/{ticket.number}" if ticket else "/desk/queue", "alert_taken")
