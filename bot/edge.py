"""What every request meets first: a limit on its body, safe headers on its answer, and one place that renders what went wrong."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"content-security-policy",
     b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; "
     b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"),
]
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")


class TooLarge(Exception):
    """The body is larger than its route allows."""


class Edge:
    """Plain ASGI, so that it costs nothing: counts the body as it comes, adds headers to the first answer part."""

    def __init__(self, app: Any, *, body_limit: int, upload_limit: int, secure: bool) -> None:
        self.app, self.body_limit, self.upload_limit = app, body_limit, upload_limit
        self.headers = HEADERS + ([STRICT_TRANSPORT] if secure else [])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        limit, uploads = self.body_limit, scope["path"] in UPLOAD_PATHS or scope["path"].startswith(UPLOAD_PREFIXES)
        if uploads:
            limit += self.upload_limit
        for name, value in scope["headers"]:
            if name == b"content-length" and (not value.isdigit() or int(value) > limit):
                if uploads:
                    await _drain(receive)
                return await self._refuse(scope, send, uploads)
        seen, started, over = 0, False, False

        async def counted() -> dict[str, Any]:
            nonlocal seen, over
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                over = True
                raise TooLarge
            return message

        async def guarded(message: dict[str, Any]) -> None:
            nonlocal started
            if over and not started:
                return  # what the application makes of the cut body is not the answer; ours follows
            if message["type"] == "http.response.start":
                started = True
                present = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *((n, v) for n, v in self.headers if n not in present)]
            await send(message)

        try:
            await self.app(scope, counted, guarded)
        except TooLarge:
            if started:
                raise
        if over and not started:
            if uploads:
                await _drain(receive)
            await self._refuse(scope, send, uploads)

    async def _refuse(self, scope: Scope, send: Send, uploads: bool) -> None:
        """413 in the shape that was asked for: the chat's script reads JSON, a plain form shows the words."""
        words = f"内容太大，没有接收。一个文件不超过 {self.upload_limit // 1_000_000} MB。" if uploads else "内容太大，没有接收。"
        wants_json = any(name == b"accept" and b"application/json" in value for name, value in scope["headers"])
        body = (json.dumps({"error": words}, ensure_ascii=False) if wants_json else words).encode()
        kind = b"application/json" if wants_json else b"text/plain; charset=utf-8"
        headers = [(b"content-type", kind), (b"connection", b"close"), (b"cache-control", b"no-store"), *self.headers]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": body})


DRAIN, DRAIN_FOR = 128_000_000, 20.0  # bytes, seconds
"""How much of a file that is too large is still taken and thrown away: a browser shows an answer only after it has sent all."""


async def _drain(receive: Receive) -> None:
    left = DRAIN
    try:
        async with asyncio.timeout(DRAIN_FOR):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
    except TimeoutError:
        return


UPLOAD_PATHS = frozenset({"/chat/say"})
UPLOAD_PREFIXES = ("/desk/import",)
