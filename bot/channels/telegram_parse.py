"""From Telegram's JSON to an Incoming: a light parse of the few fields we use, so that garbage costs nothing and never raises."""

import msgspec

from bot.messages import Incoming, Upload

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]


class Person(msgspec.Struct):
    id: int
    is_bot: bool = False


class ChatRef(msgspec.Struct):
    id: int
    type: str = "private"


class File(msgspec.Struct):
    file_id: str
    file_size: int = 0
    file_name: str = ""
    mime_type: str = ""


class Place(msgspec.Struct):
    latitude: float = 0.0
    longitude: float = 0.0


class Contact(msgspec.Struct):
    phone_number: str = ""


class Note(msgspec.Struct):
    message_id: int
    chat: ChatRef
    date: int = 0
    from_: Person | None = msgspec.field(default=None, name="from")
    text: str = ""
    caption: str = ""
    media_group_id: str = ""
    message_thread_id: int | None = None
    is_topic_message: bool = False
    photo: list[File] = []
    document: File | None = None
    voice: File | None = None
    video_note: File | None = None
    location: Place | None = None
    contact: Contact | None = None
    new_chat_members: list[Person] | None = None
    left_chat_member: Person | None = None
    forum_topic_created: dict | None = None
    forum_topic_closed: dict | None = None
    forum_topic_reopened: dict | None = None
    forum_topic_edited: dict | None = None
    pinned_message: dict | None = None


class Press(msgspec.Struct):
    id: str
    from_: Person = msgspec.field(name="from")
    message: Note | None = None
    data: str = ""


class Member(msgspec.Struct):
    status: str = ""


class Membership(msgspec.Struct):
    chat: ChatRef
    new_chat_member: Member | None = None


class Update(msgspec.Struct):
    update_id: int
    message: Note | None = None
    edited_message: Note | None = None
    callback_query: Press | None = None
    my_chat_member: Membership | None = None


_decoder = msgspec.json.Decoder(Update)


class Garbage(Exception):
    """Not an update that we can read. `update_id` is known when it is one of Telegram's in a shape new to us."""

    def __init__(self, why: str, update_id: int | None) -> None:
        super().__init__(why)
        self.update_id = update_id


class OnlyId(msgspec.Struct):
    update_id: int


def parse(body: bytes) -> tuple[Incoming | None, str | None]:
    """The Incoming of an update, or None for kinds that we do not serve; and the id of a callback query to be answered.

    Raises Garbage for what is not JSON, not UTF-8, too deep, or has no update id.
    """
    try:
        update = _decoder.decode(body)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError, UnicodeError) as error:
        raise Garbage(type(error).__name__, _id_of(body)) from None
    if update.callback_query is not None:
        return _pressed(update), update.callback_query.id
    note = update.message or update.edited_message
    if note is not None:
        return _written(update, note, edited=update.message is None), None
    if update.my_chat_member is not None:
        return _membership(update), None
    return None, None


def _id_of(body: bytes) -> int | None:
    try:
        return msgspec.json.decode(body, type=OnlyId).update_id
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None


def _pressed(update: Update) -> Incoming | None:
    press = update.callback_query
    note = press.message
    if note is None or press.from_.is_bot:
        return None
    return Incoming("telegram", str(update.update_id), str(note.chat.id), button=press.data[:64], kind="button",
                    platform_id=str(note.message_id), thread=_thread(note), sender=str(press.from_.id),
                    group=note.chat.type != "private")


def _written(update: Update, note: Note, *, edited: bool) -> Incoming | None:
    if note.chat.type == "channel" or (note.from_ is not None and note.from_.is_bot):
        return None
    service = (note.new_chat_members, note.left_chat_member, note.forum_topic_created, note.forum_topic_closed,
               note.forum_topic_reopened, note.forum_topic_edited, note.pinned_message)
    if any(part is not None for part in service):
        return None
    text = note.text or note.caption or (note.contact.phone_number if note.contact else "")
    uploads, kind = _uploads(note)
    place = _place(note.location)
    if not text and not uploads:
        kind = "location" if place else "voice" if note.voice or note.video_note else "other"
    return Incoming("telegram", str(update.update_id), str(note.chat.id), text, kind="edited" if edited else kind,
                    uploads=uploads, album=note.media_group_id[:40], place=place,
                    platform_id=str(note.message_id), thread=_thread(note),
                    sender=str(note.from_.id) if note.from_ else "", group=note.chat.type != "private")


def _place(sent: Place | None) -> tuple[float, float] | None:
    """A place on this earth."""
    real = sent is not None and abs(sent.latitude) <= 90 and abs(sent.longitude) <= 180
    return (sent.latitude, sent.longitude) if real else None


def _uploads(note: Note) -> tuple[tuple[Upload, ...], str]:
    if note.photo:
        largest = max(note.photo, key=lambda size: size.file_size)
        return (Upload("photo.jpg", "image/jpeg", largest.file_size, largest.file_id),), "photo"
    if note.document is not None:
        d = note.document
        return (Upload(d.file_name or "document", d.mime_type or "application/octet-stream", d.file_size, d.file_id),), "document"
    return (), "text"


def _thread(note: Note) -> int | None:
    return note.message_thread_id if note.is_topic_message else None


def _membership(update: Update) -> Incoming | None:
    """A person blocks us; or a group throws us out, and takes us in again."""
    change = update.my_chat_member
    group = change.chat.type in ("group", "supergroup")
    if change.new_chat_member is None or not (group or change.chat.type == "private"):
        return None
    kind = "blocked" if change.new_chat_member.status in ("kicked", "left") else "joined" if group else None
    return Incoming("telegram", str(update.update_id), str(change.chat.id), kind=kind, group=group) if kind else None
