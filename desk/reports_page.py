"""The monthly table on the desk: looked at before it is sent, taken away as XLSX, and every figure leads to its tickets."""

import re
from datetime import date

from fastapi import Response
from sqlalchemy import select

from desk import reports
from desk.visit import Refused, Visit
from tickets import audit, statistics
from tickets.models import Ticket, now
from tickets.numbers import SHANGHAI

SHOWN = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def preview(visit: Visit) -> Response:
    """`?month=2026-10`; without, the last whole month."""
    month, period = _period(visit)
    sheets = reports.monthly(visit.session, visit.knowledge, period, at=now())
    return visit.page("reports.html", month=month, period=period, sheets=sheets, keys={v: k for k, v in reports.COUNTS.items()})


def download(visit: Visit) -> Response:
    """The same rows as a workbook; taking it away is written into the audit chain."""
    month, period = _period(visit)
    sheets = reports.monthly(visit.session, visit.knowledge, period, at=now())
    audit.record(visit.session, staff_id=visit.me.id, action="report.monthly", target=f"month:{month}", data={})
    body = reports.workbook(sheets, title=f"{period.first.year} 年 {period.first.month} 月投诉分析统计表", period=period)
    return Response(body, media_type=XLSX,
                    headers={"content-disposition": f'attachment; filename="complaints-{month}.xlsx"'})


def behind(visit: Visit) -> Response:
    """The tickets behind one figure, by the same condition that counted it."""
    month, period = _period(visit)
    regulators = [code for code, kind in visit.knowledge.taxonomy.source.items() if kind.regulator]
    conditions = statistics.figures(period, regulators=regulators, at=now())
    name = visit.query.get("figure", "")
    if name not in conditions or name not in reports.COUNTS:
        raise Refused(404, visit.word("desk.not_found"))
    found = select(Ticket).where(conditions[name]).order_by(Ticket.received_at, Ticket.id).limit(SHOWN)
    rows = list(visit.session.scalars(found))
    total = statistics.count(visit.session, conditions[name])
    return visit.page("report_tickets.html", month=month, title=reports.COUNTS[name], rows=rows, total=total)


def _period(visit: Visit) -> tuple[str, statistics.Period]:
    today = now().astimezone(SHANGHAI).date()
    last = date(today.year - (today.month == 1), today.month - 1 or 12, 1)
    month = visit.query.get("month") or f"{last:%Y-%m}"
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", month):
        raise Refused(422, visit.word("desk.choose"))
    return month, statistics.month(int(month[:4]), int(month[5:]))
