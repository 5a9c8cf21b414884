"""All that a channel and the conversation say to each other: one Incoming in, a list of Replies out."""

from datetime import UTC, datetime
from typing import Any

import msgspec


class Upload(msgspec.Struct, frozen=True):
    """A photo or document as the platform announced it; the bytes are fetched later, by the worker."""

    name: str
    media_type: str
    size: int  # bytes, as announced
    platform_file: str


class Incoming(msgspec.Struct, frozen=True):
    """One delivery of a channel. `key` is unique in the channel for ever: handling it twice is impossible."""

    channel: str  # telegram | web | console
    key: str
    address: str  # the channel's name for the chat
    text: str = ""
    button: str = ""  # callback data of a pressed button, at most 64 bytes
    kind: str = "text"  # text | button | photo | document | other | blocked | edited
    uploads: tuple[Upload, ...] = ()
    platform_id: str | None = None  # the platform's message id
    thread: int | None = None  # forum topic, only in the staff group
    sender: str = ""  # the platform's id of the person who wrote, only needed in groups
    group: bool = False
    at: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC))


class Button(msgspec.Struct, frozen=True):
    """A button under a reply: what it says and the callback data that comes back when pressed (1–64 bytes)."""

    label: str
    data: str


class Reply(msgspec.Struct, frozen=True):
    """One thing to say. Plain text: no mark-up of ours can be broken by what a customer wrote."""

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    tone: str = "plain"  # plain | answer | emergency | ticket | staff; pages may colour it
    ticket: str | None = None  # the ticket number that it is about
    document: str | None = None  # stored file to send along

    def plain(self) -> dict[str, Any]:
        return msgspec.to_builtins(self)


def from_plain(body: dict[str, Any]) -> Reply:
    """A Reply as it was written to the outbox."""
    return msgspec.convert(body, Reply)


LONGEST_PART = 3500  # characters; below every platform's limit even after emoji are counted twice


def parts(reply: Reply) -> list[Reply]:
    """A reply cut at line ends into pieces that every platform takes; the buttons stay under the last."""
    if len(reply.text) <= LONGEST_PART:
        return [reply]
    pieces, piece = [], ""
    for line in reply.text.split("\n"):
        while len(line) > LONGEST_PART:
            pieces += [piece] if piece else []
            pieces, piece, line = [*pieces, line[:LONGEST_PART]], "", line[LONGEST_PART:]
        if len(piece) + len(line) + 1 > LONGEST_PART:
            pieces, piece = [*pieces, piece], ""
        piece = f"{piece}\n{line}" if piece else line
    pieces.append(piece)
    plain = [Reply(text, tone=reply.tone, ticket=reply.ticket) for text in pieces[:-1]]
    return [*plain, Reply(pieces[-1], reply.buttons, reply.tone, reply.ticket, reply.document)]


def rows(*buttons: Button, width: int = 2) -> tuple[tuple[Button, ...], ...]:
    """Buttons laid out `width` to a row."""
    return tuple(tuple(buttons[i : i + width]) for i in range(0, len(buttons), width))
