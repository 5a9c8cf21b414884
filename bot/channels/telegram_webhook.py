"""Telegram's way in, for the web process: plain ASGI and a light parse, so that a message costs little before it is understood.

The worker's half (bot/channels/telegram.py) speaks through python-telegram-bot, which this half therefore need not load.
"""

import hmac
import logging
from hashlib import sha256
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from bot.channels import telegram_parse
from bot.line import Line
from bot.settings import Settings

log = logging.getLogger("xiaobao.telegram")

WEBHOOK_PATH = "/telegram/webhook"
_SECRET_HEADER = b"x-telegram-bot-api-secret-token"
_JSON = (b"content-type", b"application/json")


def webhook_secret(settings: Settings) -> str:
    """The secret that Telegram must send back: configured, or derived from our key and the token (64 hex characters)."""
    return settings.telegram_webhook_secret or hmac.new(
        settings.secret_key.encode(), b"webhook:" + settings.telegram_bot_token.encode(), sha256).hexdigest()


class Webhook:
    """The webhook. 200 only after the commit; 403 without the secret; 5xx only when we could not keep the message."""

    def __init__(self, line: Line, settings: Settings) -> None:
        self.line, self.secret = line, webhook_secret(settings).encode()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        sent = next((value for name, value in scope["headers"] if name == _SECRET_HEADER), b"")
        if not hmac.compare_digest(sent, self.secret):
            return await _answer(send, 403)
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        if message["type"] == "http.disconnect":
            return  # cut off in the middle: Telegram sends it again
        try:
            incoming, pressed = telegram_parse.parse(body)
        except telegram_parse.Garbage as garbage:
            log.warning("not an update that we can read (%s); answered 200 so that it is not sent again", garbage)
            if garbage.update_id is not None:
                await run_in_threadpool(self.line.intake.park_unreadable, "telegram", str(garbage.update_id), str(garbage))
            return await _answer(send, 200)
        if incoming is not None and (await self.line.receive(incoming)).status == "failed":
            return await _answer(send, 503, headers=[(b"retry-after", b"2")])
        if pressed is None:
            return await _answer(send, 200)
        answer = b'{"method":"answerCallbackQuery","callback_query_id":"%s"}' % _json_safe(pressed)
        await _answer(send, 200, answer, headers=[_JSON])


def route(line: Line, settings: Settings) -> Route:
    return Route(WEBHOOK_PATH, Webhook(line, settings), methods=["POST"], include_in_schema=False)


async def _answer(send: Any, status: int, body: bytes = b"", *, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    await send({"type": "http.response.start", "status": status,
                "headers": [(b"content-length", b"%d" % len(body)), *(headers or ())]})
    await send({"type": "http.response.body", "body": body})


def _json_safe(callback_id: str) -> bytes:
    return "".join(c for c in callback_id if c.isalnum() or c in "-_").encode()
