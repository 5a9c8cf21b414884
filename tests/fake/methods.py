"""The methods of the Bot API that the fake knows, each as a function of the world and its parameters."""

import json
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from tests.fake.rules import bad, checked_keyboard, checked_text
from tests.fake.wire import Upload
from tests.fake.world import Chat, Topic, World


class Parameters:
    """A method's parameters; numbers and objects may have been sent as text, as forms do."""

    def __init__(self, values: dict[str, Any], uploads: dict[str, Upload]) -> None:
        self.values, self.uploads = values, uploads

    def text(self, name: str, default: str = "") -> str:
        return str(self.values.get(name, default))

    def number(self, name: str, default: int = 0) -> int:
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError):
            raise bad("chat not found" if name == "chat_id" else f'can\'t parse "{name}"') from None

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in ("true", "1")

    def object(self, name: str) -> Any:
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {name} JSON object") from None

    def file(self, name: str) -> Upload | str:
        value = self.text(name)
        return self.uploads.get(name) or self.uploads.get(value.removeprefix("attach://")) or value


def get_me(world: World, p: Parameters) -> dict[str, Any]:
    return {**world.bot, "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False,
            "can_connect_to_business": False, "has_main_web_app": False}


def _place(world: World, p: Parameters) -> tuple[Chat, int | None]:
    """Where a message goes. Raises Refusal for a deleted or a closed topic."""
    chat, thread = world.reachable(p.number("chat_id")), p.number("message_thread_id") or None
    if thread is not None and world.topic(chat, thread).closed:
        raise bad("TOPIC_CLOSED")
    return chat, thread


def _said(world: World, p: Parameters, **content: Any) -> dict[str, Any]:
    chat, thread = _place(world, p)
    keyboard = checked_keyboard(p.object("reply_markup"))
    quoted = (p.object("reply_parameters") or {}).get("message_id")
    if quoted is not None and quoted not in chat.messages:
        raise bad("message to be replied not found")
    message = world.message(chat, world.bot, thread=thread, **content, **({"reply_markup": keyboard} if keyboard else {}))
    chat.heard.append(message)
    return message


def send_message(world: World, p: Parameters) -> dict[str, Any]:
    world.reachable(p.number("chat_id"))
    text, entities = checked_text(p.values.get("text"), parse_mode=p.text("parse_mode"))
    return _said(world, p, text=text, **({"entities": entities} if entities else {}))


def send_document(world: World, p: Parameters) -> dict[str, Any]:
    return _said(world, p, **_attached(world, p, "document"), **_caption(p))


def send_photo(world: World, p: Parameters) -> dict[str, Any]:
    return _said(world, p, **_attached(world, p, "photo"), **_caption(p))


def _attached(world: World, p: Parameters, kind: str) -> dict[str, Any]:
    file = p.file(kind)
    if isinstance(file, Upload):
        return getattr(world, kind)(file)
    if file not in world.files:
        raise bad("wrong file identifier/HTTP URL specified" if file else f"there is no {kind} in the request")
    return getattr(world, kind)(world.files[file][0])


def _caption(p: Parameters) -> dict[str, Any]:
    text, entities = checked_text(p.values.get("caption"), parse_mode=p.text("parse_mode"), caption=True)
    return {"caption": text, **({"caption_entities": entities} if entities else {})} if text else {}


def edit_message_text(world: World, p: Parameters) -> dict[str, Any]:
    chat = world.reachable(p.number("chat_id"))
    message = chat.messages.get(p.number("message_id"))
    if message is None:
        raise bad("message to edit not found")
    if message["from"]["id"] != world.bot["id"]:
        raise bad("message can't be edited")
    text, entities = checked_text(p.values.get("text"), parse_mode=p.text("parse_mode"))
    keyboard = checked_keyboard(p.object("reply_markup"))
    if (text, keyboard) == (message.get("text"), message.get("reply_markup")):
        raise bad("message is not modified: specified new message content and reply markup are exactly the same as a current "
                  "content and reply markup of the message")
    message.pop("reply_markup", None)
    message.update(text=text, edit_date=int(time.time()), **({"reply_markup": keyboard} if keyboard else {}),
                   **({"entities": entities} if entities else {}))
    return message


def delete_message(world: World, p: Parameters) -> bool:
    if world.reachable(p.number("chat_id")).messages.pop(p.number("message_id"), None) is None:
        raise bad("message to delete not found")
    return True


def answer_callback_query(world: World, p: Parameters) -> bool:
    query = world.queries.get(p.text("callback_query_id"))
    if query is None:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    query["answered"] = query.get("answered", 0) + 1
    return True


def get_file(world: World, p: Parameters) -> dict[str, Any]:
    return world.file(p.text("file_id"))


def get_chat(world: World, p: Parameters) -> dict[str, Any]:
    return {**world.reachable(p.number("chat_id")).shown, "accent_color_id": 0, "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription",
                                                  "gifts_from_channels"), False)}


def send_chat_action(world: World, p: Parameters) -> bool:
    world.reachable(p.number("chat_id"))
    return True


def create_forum_topic(world: World, p: Parameters) -> dict[str, Any]:
    chat = world.reachable(p.number("chat_id"))
    name = p.text("name")
    if not chat.is_forum:
        raise bad("the chat is not a forum")
    if not 1 <= len(name) <= 128:
        raise bad("TOPIC_NAME_INVALID")
    thread = chat.next_message()
    chat.topics[thread] = Topic(name)
    return {"message_thread_id": thread, "name": name, "icon_color": 7322096}


def _topic_of(world: World, p: Parameters) -> Topic:
    return world.topic(world.reachable(p.number("chat_id")), p.number("message_thread_id"))


def _turn_topic(world: World, p: Parameters, *, closed: bool) -> bool:
    topic = _topic_of(world, p)
    if topic.closed == closed:
        raise bad("TOPIC_NOT_MODIFIED")
    topic.closed = closed
    return True


def delete_forum_topic(world: World, p: Parameters) -> bool:
    _topic_of(world, p).deleted = True
    return True


def set_my_commands(world: World, p: Parameters) -> bool:
    commands = p.object("commands")
    if not isinstance(commands, list) or len(commands) > 100:
        raise bad("expected an Array of BotCommand")
    for one in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", one.get("command", "")):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(one.get("description", "")) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    world.commands = commands
    return True


def checked_secret(secret: str) -> str:
    if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise bad("secret token contains unallowed characters")
    return secret


METHODS: dict[str, Callable[[World, Parameters], Any]] = {
    "getme": get_me, "sendmessage": send_message, "senddocument": send_document, "sendphoto": send_photo,
    "editmessagetext": edit_message_text, "deletemessage": delete_message, "answercallbackquery": answer_callback_query,
    "getfile": get_file, "getchat": get_chat, "sendchataction": send_chat_action,
    "createforumtopic": create_forum_topic, "deleteforumtopic": delete_forum_topic,
    "closeforumtopic": lambda world, p: _turn_topic(world, p, closed=True),
    "reopenforumtopic": lambda world, p: _turn_topic(world, p, closed=False),
    "setmycommands": set_my_commands, "getmycommands": lambda world, p: world.commands,
    "deletemycommands": lambda world, p: bool(world.commands.clear() or True),
}
"""The four methods about updates are in delivery.py, because they wait."""

LIMITED = frozenset({"sendmessage", "senddocument", "sendphoto", "editmessagetext"})
"""Methods that count as messages."""


def new_update_id() -> int:
    """Update ids begin somewhere and then only rise."""
    return secrets.randbelow(400_000_000) + 100_000_000
