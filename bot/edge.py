"""What every request meets first: a limit on its body, safe headers on its answer, and one place that renders what went wrong."""

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
        limit = self.body_limit
        if scope["path"] in UPLOAD_PATHS or scope["path"].startswith(UPLOAD_PREFIXES):
            limit += self.upload_limit
        for name, value in scope["headers"]:
            if name == b"content-length" and (not value.isdigit() or int(value) > limit):
                return await _refuse(send, self.headers)
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
            await _refuse(send, self.headers)


UPLOAD_PATHS = frozenset({"/chat/say"})
UPLOAD_PREFIXES = ("/desk/import",)


async def _refuse(send: Send, headers: list[tuple[bytes, bytes]]) -> None:
    body = "内容太大，没有接收。".encode()
    await send({"type": "http.response.start", "status": 413,
                "headers": [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"), *headers]})
    await send({"type": "http.response.body", "body": body})
