"""All that a channel and the conversation say to each other: one Incoming in, a list of Replies out."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from tickets.telling import LONGEST_PIECE, length, pieces

COMMAND_SIGNS = ("/", "／")
MOST = 8
"""Buttons that are still looked through."""


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
    kind: str = "text"  # text | button | photo | document | voice | location | other | blocked | joined | edited
    uploads: tuple[Upload, ...] = ()
    album: str = ""  # the platform's name of the photos that were sent together
    place: tuple[float, float] | None = None  # latitude and longitude, where she sent a place
    platform_id: str | None = None  # the platform's message id
    thread: int | None = None  # forum topic, only in the staff group
    sender: str = ""  # the platform's id of the person who wrote, only needed in groups
    group: bool = False
    at: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC))

    def storable(self) -> "Incoming":
        """The same without NUL (PostgreSQL refuses it) and lone surrogates (UTF-8 refuses them) in what a stranger wrote."""
        uploads = tuple(Upload(_storable(one.name), _storable(one.media_type), one.size, _storable(one.platform_file))
                        for one in self.uploads)
        return msgspec.structs.replace(self, text=_storable(self.text), button=_storable(self.button), uploads=uploads)


def _storable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


class Button(msgspec.Struct, frozen=True):
    """A button under a reply: what it says and the callback data that comes back when pressed (1–64 bytes)."""

    label: str
    data: str


class Document(msgspec.Struct, frozen=True):
    """A file of ours that goes along with a reply."""

    name: str  # as the customer sees it
    stored_as: str  # under the attachment folder


class Reply(msgspec.Struct, frozen=True):
    """One thing to say. Plain text: no mark-up of ours can be broken by what a customer wrote."""

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    tone: str = "plain"  # plain | answer | emergency | ticket | staff; pages may colour it
    ticket: str | None = None  # the ticket number that it is about
    document: Document | None = None

    def plain(self) -> dict[str, Any]:
        return msgspec.to_builtins(self)


def from_plain(body: dict[str, Any]) -> Reply:
    """A Reply as it was written to the outbox."""
    return msgspec.convert(body, Reply)


def thinned(replies: list[Reply]) -> list[Reply]:
    """At most MOST buttons under what is said at once: the last reply keeps its own, those before it lose theirs from the end."""
    left, made = MOST, []
    for reply in reversed(replies):
        kept = [row[:max(left - sum(map(len, reply.buttons[:place])), 0)] for place, row in enumerate(reply.buttons)]
        buttons = tuple(row for row in kept if row) if made else reply.buttons
        left -= sum(map(len, buttons))
        made.append(msgspec.structs.replace(reply, buttons=buttons))
    return made[::-1]


def parts(reply: Reply) -> list[Reply]:
    """A reply cut into pieces that every platform takes; buttons and document stay with the last."""
    if length(reply.text) <= LONGEST_PIECE:
        return [reply]
    *first, last = pieces(reply.text)
    plain = [Reply(text, tone=reply.tone, ticket=reply.ticket) for text in first]
    return [*plain, Reply(last, reply.buttons, reply.tone, reply.ticket, reply.document)]


def rows(*buttons: Button, width: int = 2) -> tuple[tuple[Button, ...], ...]:
    """Buttons laid out `width` to a row."""
    return tuple(tuple(buttons[i : i + width]) for i in range(0, len(buttons), width))
