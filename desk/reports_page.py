"""The reports on the desk: looked at before they are sent, taken away as files, and every figure leads to its tickets."""

from urllib.parse import quote, urlencode

from fastapi import Response
from sqlalchemy import select

from desk import reports
from desk.reports.blocks import Counted, Report, name_of, shown
from desk.visit import Refused, Visit
from tickets import audit, editions, statistics
from tickets.models import Edition, Staff, Ticket, now
from tickets.numbers import SHANGHAI
from tickets.periods import Period, UnknownPeriod, last_whole, read_period, running

SHOWN = 200
BRANCHES = ("branch", "first_branch", *statistics.UNITS)


def preview(visit: Visit) -> Response:
    """`?kind=quarterly&period=2026-Q3`; without, the monthly table of the last whole month."""
    kind, period = _asked(visit)
    report = _made(visit, kind, period)
    edition = editions.latest(visit.session, kind.name, period.key)
    changes = editions.changed(edition.said, report.said()) if edition else []
    names = dict(visit.session.execute(select(Staff.id, Staff.name)).all())
    return visit.page("reports.html", kinds=reports.KINDS, kind=kind, period=period, report=report, edition=edition, names=names,
                      changes=changes[:30], more=max(0, len(changes) - 30), recent=editions.recent(visit.session, kind.name),
                      href=lambda cell: _href(report, cell), shown=shown, choices=_choices(kind),
                      today=now().astimezone(SHANGHAI).date())


def download(visit: Visit) -> Response:
    """The report as its file, kept as an edition; taking it away is written into the audit chain."""
    kind, period = _asked(visit)
    report = _made(visit, kind, period)
    body, name = reports.written(report, visit.knowledge), reports.file_name(report)
    editions.keep(visit.session, kind=kind.name, period=period.key, said=report.said(), name=name, body=body, staff_id=visit.me.id)
    audit.record(visit.session, staff_id=visit.me.id, action=f"report.{kind.name}", target=f"period:{period.key}", data={})
    return _file(name, body)


def edition(visit: Visit) -> Response:
    """The file of an edition as it was made."""
    found = visit.session.get(Edition, visit.path_number("id"))
    if found is None:
        raise Refused(404, visit.word("desk.not_found"))
    audit.record(visit.session, staff_id=visit.me.id, action="report.edition", target=f"edition:{found.id}", data={})
    return _file(found.name, found.body)


def behind(visit: Visit) -> Response:
    """The tickets behind one figure, by the same condition that counted it."""
    kind, period = _asked(visit)
    counted = visit.query.get("within")
    span = _period(visit, counted) if counted else period
    regulators = [code for code, source in visit.knowledge.taxonomy.source.items() if source.regulator]
    conditions = statistics.figures(span, regulators=regulators, at=period.cutoff(now()))
    name = visit.query.get("figure", "")
    if name not in conditions:
        raise Refused(404, visit.word("desk.not_found"))
    codes = {group: _code(visit, group) for group in (*statistics.GROUPS, *statistics.UNITS) if group in visit.query}
    where = statistics.narrowed(conditions[name], codes)
    rows = list(visit.session.scalars(select(Ticket).where(where).order_by(Ticket.received_at, Ticket.id).limit(SHOWN)))
    total = statistics.count(visit.session, where)
    title = "·".join([reports.FIGURES.get(name, name), *(_named(visit, group, code) for group, code in codes.items())])
    return visit.page("report_tickets.html", kind=kind, period=period, span=span, title=title, rows=rows, total=total,
                      named=lambda group, code: name_of(visit.knowledge, group, code))


def _made(visit: Visit, kind: reports.Kind, period: Period) -> Report:
    settings = visit.office.settings
    return reports.make(visit.session, visit.knowledge, kind, period, at=now(), mask=visit.office.mask, bank=settings.bank_name,
                        hotline=settings.bank_hotline)


def _asked(visit: Visit) -> tuple[reports.Kind, Period]:
    kind = reports.KINDS.get(visit.query.get("kind", "monthly"))
    if kind is None:
        raise Refused(404, visit.word("desk.not_found"))
    today = now().astimezone(SHANGHAI).date()
    written = visit.query.get("period", "")
    period = _period(visit, written, kind) if written else last_whole(kind.rhythms[0], today)
    if period.first > today:
        raise Refused(422, visit.word("reports.not_begun", period=period.name))
    return kind, period


def _period(visit: Visit, written: str, kind: reports.Kind | None = None) -> Period:
    try:
        period = read_period(written)
    except UnknownPeriod:
        raise Refused(422, reports.shape(kind or reports.KINDS["ledger"], visit.knowledge)) from None
    if kind is not None and period.kind not in kind.spans:
        raise Refused(422, reports.shape(kind, visit.knowledge))
    return period


def _choices(kind: reports.Kind) -> list[Period]:
    """The latest periods of each span that the kind may cover, the running one first."""
    today, found = now().astimezone(SHANGHAI).date(), []
    for span, most in (("month", 15), ("quarter", 9), ("half", 5), ("year", 4)):
        if span not in kind.spans:
            continue
        period = running(span, today)
        for _ in range(most):
            found.append(period)
            period = period.before()
    return found


def _href(report: Report, cell: object) -> str:
    """Where the tickets behind a figure are listed; empty for everything that is no figure, and for zero."""
    if not isinstance(cell, Counted) or not cell:
        return ""
    codes = {("within" if group == "period" else group): "" if code is None else code for group, code in cell.codes.items()}
    return "/desk/reports/tickets?" + urlencode({"kind": report.kind, "period": report.key, "figure": cell.figure, **codes})


def _code(visit: Visit, group: str) -> str | int | None:
    value = visit.query.get(group, "")
    if group in BRANCHES and value:
        if not (value.isascii() and value.isdigit() and len(value) < 16):
            raise Refused(404, visit.word("desk.not_found"))
        return int(value)
    return value[:40] or None


def _named(visit: Visit, group: str, code: str | int | None) -> str:
    if group in BRANCHES:
        return statistics.branch_names(visit.session).get(code or 0, visit.word("reports.no_branch"))
    if group == "band":
        return statistics.BANDS.get(code or "", str(code))
    if code == statistics.NO_RIGHT:
        return visit.word("reports.no_right")
    return name_of(visit.knowledge, group, str(code or ""))


def _file(name: str, body: bytes) -> Response:
    ascii_name = "report" + name[name.rindex("."):]
    return Response(body, media_type=reports.media_type(name), headers={
        "content-disposition": f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name)}"})
