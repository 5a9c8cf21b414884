"""Handing out what customers sent: only to who may see the ticket, only as a download, never run by the browser."""

from pathlib import Path
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import FileResponse
from sqlalchemy import select

from desk.visit import Refused, Visit
from tickets import assignment
from tickets.models import Attachment, Ticket

SHOWN_TYPES = ("image/jpeg", "image/png", "application/pdf")


def download(visit: Visit) -> Response:
    """The file under our own name for it; what it called itself is only the name of the download."""
    found = visit.session.scalars(
        select(Attachment).join(Ticket, Ticket.id == Attachment.ticket_id)
        .where(Attachment.id == visit.path_number("id"), assignment.visible(visit.me))).one_or_none()
    if found is None or not found.stored_as:
        raise Refused(404, visit.word("desk.no_file"))
    folder = Path(visit.office.settings.attachment_folder).resolve()
    path = (folder / found.stored_as).resolve()
    if path.parent != folder or not path.is_file():
        raise Refused(404, visit.word("desk.no_file"))
    media_type = found.media_type if found.media_type in SHOWN_TYPES else "application/octet-stream"
    name = quote(Path(found.name).name or "file", safe="")
    return FileResponse(path, media_type=media_type, headers={
        "content-disposition": f"attachment; filename*=utf-8''{name}", "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox"})
