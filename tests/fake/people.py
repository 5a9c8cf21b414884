"""The people of the fake: what a customer or a colleague does on the phone, callable from any thread of a test."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.fake.wire import Upload
from tests.fake.world import Chat

if TYPE_CHECKING:
    from tests.fake_telegram import FakeTelegram

JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 2000


class Person:
    """Somebody with a phone. What is done returns the update that the platform made of it."""

    def __init__(self, platform: "FakeTelegram", chat: Chat, user: dict[str, Any]) -> None:
        self.platform, self.chat, self.user = platform, chat, user

    @property
    def id(self) -> int:
        return self.user["id"]

    def says(self, text: str, *, chat: Chat | None = None, thread: int | None = None) -> dict[str, Any]:
        return self._do(lambda world: world.written(chat or self.chat, self.user, thread=thread, text=text))

    def edits(self, message_id: int, text: str) -> dict[str, Any]:
        return self._do(lambda world: world.edited(self.chat, message_id, text))

    def sends_photo(self, *, caption: str = "", body: bytes = JPEG) -> dict[str, Any]:
        words = {"caption": caption} if caption else {}
        return self._do(lambda world: world.written(
            self.chat, self.user, **world.photo(Upload("photo.jpg", "image/jpeg", body)), **words))

    def sends_document(self, name: str, body: bytes, *, media_type: str = "application/pdf") -> dict[str, Any]:
        return self._do(lambda world: world.written(self.chat, self.user, **world.document(Upload(name, media_type, body))))

    def presses(self, label: str, *, chat: Chat | None = None, within: float = 15.0) -> dict[str, Any]:
        """Press the newest button whose label contains `label`, waited for."""
        place = chat or self.chat

        def found() -> list[tuple[dict[str, Any], str]]:
            return [(message, button["callback_data"]) for message in list(place.heard)
                    for row in message.get("reply_markup", {}).get("inline_keyboard", [])
                    for button in row if label in button["text"]]
        wait_for(found, within, lambda: f"no button {label!r} among {self.buttons}")
        return self.presses_data(*found()[-1], chat=place)

    def presses_data(self, message: dict[str, Any], data: str, *, chat: Chat | None = None) -> dict[str, Any]:
        return self._do(lambda world: world.pressed(chat or self.chat, self.user, message, data))

    def blocks(self, blocked: bool = True) -> dict[str, Any]:
        return self._do(lambda world: world.blocked(self.chat, self.user, blocked=blocked))

    @property
    def heard(self) -> list[str]:
        """Every text that the bot has said here, in order."""
        return [message.get("text") or message.get("caption", "") for message in list(self.chat.heard)]

    @property
    def buttons(self) -> list[str]:
        return [button["text"] for message in self.chat.heard
                for row in message.get("reply_markup", {}).get("inline_keyboard", []) for button in row]

    def hears(self, *fragments: str, within: float = 15.0) -> str:
        """The first text that holds every fragment, waited for."""
        def found() -> str | None:
            return next((text for text in self.heard if all(f in text for f in fragments)), None)
        wait_for(lambda: found() is not None, within, lambda: f"{fragments} not among {self.heard}")
        return found() or ""

    def _do(self, action: Callable[[Any], Any]) -> Any:
        return self.platform.inside(lambda: action(self.platform.world))


def wait_for(condition: Callable[[], Any], within: float, why: Callable[[], str] = lambda: "") -> None:
    """Look until the condition holds. Raises AssertionError with `why()` when it does not within so many seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {why()}")
        time.sleep(0.01)
