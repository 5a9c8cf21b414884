"""A very small HTTP/1.1 server: the fake must be able to reset a connection or fall silent, which no framework lets us do."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

LARGEST = 60_000_000  # bytes of a request; the real API takes uploads of up to 50 MB


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """`reset` cuts the connection instead of answering; `silent_for` seconds pass before the answer is written."""

    status: int = 200
    body: bytes = b""
    media_type: str = "application/json"
    reset: bool = False
    silent_for: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Awaitable[Answer]]


async def serve(handler: Handler, host: str, port: int) -> asyncio.Server:
    """Listen; every connection is kept alive until the client closes it."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await _read(reader)) is not None:
                answer = await handler(request)
                if answer.silent_for:
                    await asyncio.sleep(answer.silent_for)
                if answer.reset:
                    writer.transport.abort()
                    return
                writer.write(_written(answer))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):  # gone, or the fake is closing
            return
        finally:
            writer.close()

    return await asyncio.start_server(connected, host, port, limit=2**20)


async def _read(reader: asyncio.StreamReader) -> Request | None:
    line = await reader.readline()
    if not line.strip():
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (line := await reader.readline()).strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = await _chunks(reader)
    else:
        body = await reader.readexactly(min(int(headers.get("content-length", 0)), LARGEST))
    url = urlsplit(target)
    return Request(method, unquote(url.path), url.query, headers, body)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while (size := int((await reader.readline()).split(b";")[0], 16)) > 0:
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)


def _written(answer: Answer) -> bytes:
    headers = {"content-type": answer.media_type, "content-length": str(len(answer.body)), **answer.headers}
    head = f"HTTP/1.1 {answer.status} {'OK' if answer.status == 200 else 'Error'}\r\n"
    return (head + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n").encode("latin-1") + answer.body


@dataclass(frozen=True)
class Upload:
    name: str
    media_type: str
    body: bytes


def parameters(request: Request) -> tuple[dict[str, object], dict[str, Upload]]:
    """A method's parameters however they were sent: query, form, JSON or multipart. Raises ValueError for what is none of these."""
    found: dict[str, object] = dict(parse_qsl(request.query, keep_blank_values=True, errors="strict"))
    kind, _, options = request.headers.get("content-type", "").partition(";")
    match kind.strip().lower():
        case "application/json" if request.body:
            sent = json.loads(request.body)
            if not isinstance(sent, dict):
                raise ValueError("not an object")
            return found | sent, {}
        case "multipart/form-data":
            boundary = options.partition("boundary=")[2].strip('" ')
            return _multipart(request.body, boundary.encode(), found)
        case _:
            return found | dict(parse_qsl(request.body.decode(), keep_blank_values=True, errors="strict")), {}


def _multipart(body: bytes, boundary: bytes, found: dict) -> tuple[dict[str, object], dict[str, Upload]]:
    uploads = {}
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        content = content.removesuffix(b"\r\n")
        lines = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in head.decode().split("\r\n"))}
        options = dict(_option(o) for o in lines["content-disposition"].split(";")[1:])
        if "filename" in options:
            media_type = lines.get("content-type", "application/octet-stream")
            uploads[options["name"]] = Upload(options["filename"], media_type, content)
        else:
            found[options["name"]] = content.decode()
    return found, uploads


def _option(text: str) -> tuple[str, str]:
    name, _, value = text.strip().partition("=")
    return name, unquote(value.strip('"'))
