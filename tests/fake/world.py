"""The platform's side of the wire: people, groups, topics, files, and every message as the Bot API shows it."""

import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from tests.fake.rules import Refusal, bad
from tests.fake.wire import Upload

_COMMAND = re.compile(r"(?:^|(?<=\s))/[A-Za-z0-9_]{1,32}(?:@\w+)?")
LARGEST_DOWNLOAD = 20_000_000  # bytes that getFile will hand to a bot


@dataclass
class Topic:
    name: str
    closed: bool = False
    deleted: bool = False


@dataclass
class Chat:
    """A private chat or a group. `heard` is what the bot said there, in the order it took effect."""

    id: int
    name: str
    type: str = "private"
    is_forum: bool = False
    blocked: bool = False
    gone: bool = False
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    heard: list[dict[str, Any]] = field(default_factory=list)
    topics: dict[int, Topic] = field(default_factory=dict)
    last_message: int = 0

    @property
    def shown(self) -> dict[str, Any]:
        if self.type == "private":
            return {"id": self.id, "type": "private", "first_name": self.name}
        return {"id": self.id, "type": self.type, "title": self.name, **({"is_forum": True} if self.is_forum else {})}

    def next_message(self) -> int:
        self.last_message += 1
        return self.last_message


class World:
    """Everything the platform remembers. `emit` is told of each new update and its queue."""

    def __init__(self, token: str, *, bot_name: str = "xiaobao_test_bot") -> None:
        self.bot = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "消保小助手", "username": bot_name}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, tuple[Upload, str]] = {}
        self.queries: dict[str, dict[str, Any]] = {}
        self.commands: list[dict[str, str]] = []
        self.emit = lambda kind, payload, queue: {}

    def private(self, chat_id: int, name: str) -> Chat:
        return self.chats.setdefault(chat_id, Chat(chat_id, name))

    def group(self, chat_id: int, name: str, *, is_forum: bool) -> Chat:
        return self.chats.setdefault(chat_id, Chat(chat_id, name, "supergroup", is_forum))

    def reachable(self, chat_id: int) -> Chat:
        """The chat that the bot wants to write to. Raises Refusal as the API does."""
        chat = self.chats.get(chat_id)
        if chat is None or chat.gone:
            raise bad("chat not found")
        if chat.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user" if chat.type == "private" else
                          "Forbidden: bot was kicked from the supergroup chat")
        return chat

    def topic(self, chat: Chat, thread: int) -> Topic:
        topic = chat.topics.get(thread)
        if topic is None or topic.deleted:
            raise bad("message thread not found")
        return topic

    # what people do

    def written(self, chat: Chat, sender: dict[str, Any], *, thread: int | None = None, **content: Any) -> dict[str, Any]:
        """A person's message and its update."""
        message = self.message(chat, sender, thread=thread, **content)
        return self.emit("message", message, chat.id)

    def message(self, chat: Chat, sender: dict[str, Any], *, thread: int | None = None, **content: Any) -> dict[str, Any]:
        message = {"message_id": chat.next_message(), "from": sender, "chat": chat.shown, "date": int(time.time()),
                   **({"message_thread_id": thread, "is_topic_message": True} if thread else {}), **content}
        for words, marks in (("text", "entities"), ("caption", "caption_entities")):
            found = [{"type": "bot_command", "offset": len(message[words][:m.start()].encode("utf-16-le")) // 2,
                      "length": len(m[0])} for m in _COMMAND.finditer(message.get(words, ""))]
            if found and marks not in message:
                message[marks] = found
        chat.messages[message["message_id"]] = message
        return message

    def edited(self, chat: Chat, message_id: int, text: str) -> dict[str, Any]:
        message = chat.messages[message_id]
        message.update(text=text, edit_date=int(time.time()))
        return self.emit("edited_message", dict(message), chat.id)

    def pressed(self, chat: Chat, sender: dict[str, Any], message: dict[str, Any], data: str) -> dict[str, Any]:
        query = {"id": str(secrets.randbits(62)), "from": sender, "message": message, "data": data,
                 "chat_instance": str(chat.id * 7919)}
        self.queries[query["id"]] = query
        return self.emit("callback_query", query, sender["id"] + (1 << 33))

    def blocked(self, chat: Chat, sender: dict[str, Any], *, blocked: bool) -> dict[str, Any]:
        chat.blocked = blocked
        old, new = ("member", "kicked") if blocked else ("kicked", "member")
        states = {"kicked": {"status": "kicked", "user": self.bot, "until_date": 0},
                  "member": {"status": "member", "user": self.bot}}
        return self.emit("my_chat_member", {"chat": chat.shown, "from": sender, "date": int(time.time()),
                                            "old_chat_member": states[old], "new_chat_member": states[new]}, chat.id)

    # files

    def keep_file(self, upload: Upload) -> dict[str, Any]:
        file_id = f"BQACAgUAAx{secrets.token_urlsafe(32)}"
        folder = "photos" if upload.media_type.startswith("image/") else "documents"
        self.files[file_id] = upload, f"{folder}/file_{len(self.files)}{_ending(upload.name)}"
        return {"file_id": file_id, "file_unique_id": secrets.token_urlsafe(8), "file_size": len(upload.body)}

    def document(self, upload: Upload) -> dict[str, Any]:
        return {"document": {**self.keep_file(upload), "file_name": upload.name, "mime_type": upload.media_type}}

    def photo(self, upload: Upload) -> dict[str, Any]:
        """Two sizes, the small one first, as the platform makes them."""
        small = self.keep_file(Upload(upload.name, upload.media_type, upload.body[:90]))
        return {"photo": [{**small, "width": 90, "height": 67}, {**self.keep_file(upload), "width": 1280, "height": 960}]}

    def file(self, file_id: str) -> dict[str, Any]:
        if file_id not in self.files:
            raise bad("wrong file_id or the file is temporarily unavailable")
        upload, path = self.files[file_id]
        if len(upload.body) > LARGEST_DOWNLOAD:
            raise bad("file is too big")
        return {"file_id": file_id, "file_unique_id": file_id[-8:], "file_size": len(upload.body), "file_path": path}

    def download(self, path: str) -> Upload | None:
        return next((upload for upload, at in self.files.values() if at == path), None)


def _ending(name: str) -> str:
    return "." + name.rpartition(".")[2] if "." in name else ""
