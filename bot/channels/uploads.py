"""Files from customers: kept only if they are what they say, under a name of ours, outside the web root."""

import secrets

from fastapi import UploadFile

from bot.messages import Upload
from bot.settings import Settings

KINDS = {
    b"\xff\xd8\xff": ("image/jpeg", ".jpg"),
    b"\x89PNG\r\n\x1a\n": ("image/png", ".png"),
    b"%PDF-": ("application/pdf", ".pdf"),
}
"""First bytes → media type and ending. What a file calls itself is never believed."""


class Refused(Exception):
    """The file is not kept; the message is what the customer is told."""


def kind_of(head: bytes) -> tuple[str, str]:
    """Media type and ending by the first bytes. Raises Refused."""
    for magic, kind in KINDS.items():
        if head.startswith(magic):
            return kind
    raise Refused("文件类型不支持")


async def keep_upload(file: UploadFile, settings: Settings) -> Upload:
    """Write the file under a random name and return what to remember of it. Raises Refused."""
    head = await file.read(16)
    media_type, ending = kind_of(head)
    body = head + await file.read(settings.upload_limit)
    if len(body) > settings.upload_limit:
        raise Refused("文件太大")
    return store(body, file.filename or "file", media_type, ending, settings)


def store(body: bytes, name: str, media_type: str, ending: str, settings: Settings) -> Upload:
    """Put bytes into the attachment folder; the customer's own file name is only shown, never used as a path."""
    folder = settings.attachment_folder
    folder.mkdir(parents=True, exist_ok=True)
    stored = secrets.token_hex(16) + ending
    (folder / stored).write_bytes(body)
    return Upload(name[-100:], media_type, len(body), f"stored:{stored}")
