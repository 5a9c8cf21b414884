"""Files from customers: kept only if they are what they say, under a name of ours, outside the web root."""

import io
import re
import secrets
import zipfile

from fastapi import UploadFile

from bot.messages import Upload
from bot.settings import Settings

KINDS = {
    b"\xff\xd8\xff": ("image/jpeg", ".jpg"),
    b"\x89PNG\r\n\x1a\n": ("image/png", ".png"),
    b"%PDF-": ("application/pdf", ".pdf"),
}
"""First bytes → media type and ending. What a file calls itself is never believed."""

MARKUP = re.compile(rb"<script[\s>]|<html[\s>]|<!doctype\s+html|<svg\s[^>]{0,300}xmlns|<\?php\s", re.IGNORECASE)


class Refused(Exception):
    """The file is not kept; the message is what the customer is told."""


def kind_of(head: bytes) -> tuple[str, str]:
    """Media type and ending by the first bytes. Raises Refused."""
    for magic, kind in KINDS.items():
        if head.startswith(magic):
            return kind
    raise Refused("文件类型不支持")


def checked(body: bytes, limit: int) -> tuple[str, str]:
    """Media type and ending of a file that is one thing only. Raises Refused.

    A picture that is also a web page or an archive is somebody's trick; telephones append only films and notes of their own.
    """
    if len(body) > limit:
        raise Refused("文件太大")
    kind = kind_of(body[:16])
    if MARKUP.search(body) or (kind[0].startswith("image/") and zipfile.is_zipfile(io.BytesIO(body))):
        raise Refused("文件里夹带了别的内容")
    return kind


async def keep_upload(file: UploadFile, settings: Settings) -> Upload:
    """Write the file under a random name and return what to remember of it. Raises Refused."""
    body = await file.read(settings.upload_limit + 1)
    media_type, ending = checked(body, settings.upload_limit)
    return store(body, file.filename or "file", media_type, ending, settings)


def store(body: bytes, name: str, media_type: str, ending: str, settings: Settings) -> Upload:
    """Put bytes into the attachment folder; the customer's own file name is only shown, never used as a path.

    Raises OSError where the disk is full, and then leaves nothing there.
    """
    folder = settings.attachment_folder
    folder.mkdir(parents=True, exist_ok=True)
    stored = secrets.token_hex(16) + ending
    try:
        (folder / stored).write_bytes(body)
    except OSError:
        (folder / stored).unlink(missing_ok=True)
        raise
    return Upload(name[-100:], media_type, len(body), f"stored:{stored}")
