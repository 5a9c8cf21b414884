"""Many complaints from one XLSX: the empty sheet to fill in, a look at what would be filed errors by row, then all or none."""

import base64
import binascii
from datetime import timedelta

from fastapi import Response
from starlette.datastructures import UploadFile

from desk import alarm
from desk.visit import Refused, Visit
from tickets import audit
from tickets.intake_sheet import HEADERS, MOST_BYTES, MOST_ROWS, Preview, SheetRefused, file_sheet, read_sheet
from tickets.models import now

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STILL_URGENT = timedelta(days=1)  # an old file that is brought in wakes nobody
SHOWN = 200  # rows of the look, errors of the list


def blank(visit: Visit) -> Response:
    return visit.page("import.html", preview=None, data="", headers=HEADERS, most=MOST_ROWS, why="", shown=SHOWN)


def template(visit: Visit) -> Response:
    """The empty sheet, with the office's own codes to choose from."""
    from tickets.sheet_template import blank_sheet
    return Response(blank_sheet(visit.knowledge.taxonomy), media_type=XLSX, headers={
        "content-disposition": "attachment; filename*=utf-8''%E6%8A%95%E8%AF%89%E5%AF%BC%E5%85%A5%E6%A8%A1%E6%9D%BF.xlsx"})


def look(visit: Visit) -> Response:
    """What would be filed. Nothing is written, and the file is kept nowhere: it travels in the page until it is confirmed."""
    upload = visit.form.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        return _refused(visit, visit.word("desk.no_sheet"))
    data = upload.file.read(MOST_BYTES + 1)
    try:
        return _show(visit, read(visit, data), data)
    except SheetRefused as refused:
        return _refused(visit, str(refused))


def confirm(visit: Visit) -> Response:
    """File every row in this one transaction, after reading the sheet again: what was filed meanwhile is found now."""
    sent = visit.form.get("data")
    try:
        data = base64.b64decode(sent if isinstance(sent, str) else "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(422, visit.word("desk.bad_form")) from error
    try:
        preview, at = read(visit, data), now()
        if not preview.good:
            return _show(visit, preview, data, status=409)
        made = file_sheet(visit.session, preview, rules=visit.knowledge.deadlines, staff=visit.me,
                          secret_key=visit.office.settings.secret_key, at=at, read=visit.office.read,
                          right_of={code: kind.right for code, kind in visit.knowledge.taxonomy.cause.items()})
    except SheetRefused as refused:
        return _refused(visit, str(refused))
    for ticket in made:
        if ticket.urgency == "I" and at - ticket.received_at <= STILL_URGENT:
            alarm.ring(visit, ticket, at=at)
    audit.record(visit.session, staff_id=visit.me.id, action="tickets.import", data={"count": len(made)})
    return visit.go("/desk/queue?order=new", "imported")


def read(visit: Visit, data: bytes) -> Preview:
    return read_sheet(visit.session, data, taxonomy=visit.knowledge.taxonomy, mask=visit.office.mask, at=now())


def _show(visit: Visit, preview: Preview, data: bytes, *, status: int = 200) -> Response:
    return visit.page("import.html", status=status, preview=preview, headers=HEADERS, most=MOST_ROWS, why="", shown=SHOWN,
                      data=base64.b64encode(data).decode() if preview.good else "")


def _refused(visit: Visit, why: str) -> Response:
    return visit.page("import.html", status=422, preview=None, data="", headers=HEADERS, most=MOST_ROWS, why=why, shown=SHOWN)
