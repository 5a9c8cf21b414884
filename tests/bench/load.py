"""A plain HTTP/1.1 load on loopback: so many connections, each sending its next request when the last was answered."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """Requests a second, and latencies in milliseconds at the median and the 99th percentile."""

    per_second: float
    p50: float
    p99: float
    refused: int


async def press(port: int, request: Callable[[int], bytes], *, count: int, connections: int = 64,
                per_second: float | None = None) -> Measured:
    """Send `count` requests; `request(n)` is the whole n-th request as bytes. With `per_second` they leave at that pace."""
    numbers = iter(range(count))
    took: list[float] = []
    refused = 0
    began = time.perf_counter()

    async def connection() -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for n in numbers:
            if per_second is not None:
                await asyncio.sleep(max(0.0, began + n / per_second - time.perf_counter()))
            start = time.perf_counter()
            writer.write(request(n))
            head = await reader.readuntil(b"\r\n\r\n")
            length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
            if length:
                await reader.readexactly(length)
            took.append((time.perf_counter() - start) * 1000)
            refused += not head.startswith(b"HTTP/1.1 200")
        writer.close()

    await asyncio.gather(*(connection() for _ in range(connections)))
    seconds = time.perf_counter() - began
    took.sort()
    return Measured(count / seconds, took[len(took) // 2], took[int(len(took) * 0.99)], refused)


def post(path: str, body: bytes, **headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", "content-type: application/json", f"content-length: {len(body)}",
             *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
