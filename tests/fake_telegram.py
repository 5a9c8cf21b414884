"""A faithful fake of the Telegram Bot API on a loopback port: for tests, and by hand with `python -m tests.fake_telegram`.

Bots talk to it over HTTP and notice no difference; tests hold the other end: people who write, press and block, faults that
strike, and a record of all that took effect.
"""

import argparse
import asyncio
import json
import re
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.fake import wire
from tests.fake.delivery import Delivery
from tests.fake.methods import LIMITED, METHODS, Parameters
from tests.fake.people import Person, wait_for
from tests.fake.rules import Limits, Refusal
from tests.fake.world import Chat, World

__all__ = ["TOKEN", "FakeTelegram", "Fault", "Person", "wait_for"]

TOKEN = "7000000001:AAF4ke-t0ken-f0r-t3sts-0nly-0000000"
_PATH = re.compile(r"/(file/)?bot([^/]+)/(.+)")


@dataclass
class Fault:
    """Something that goes wrong with the next `times` calls of a method, to one chat or to any.

    flood: 429 with `seconds` · down: 502 with a page · internal: 500 · reset, reset_after: the connection is cut before or after
    the call took effect · hang, hang_after: no answer for `seconds`, before or after · forbidden: 403
    """

    kind: str
    method: str = "sendMessage"
    chat: int | None = None
    times: int = 1
    seconds: float = 1.0

    def strikes(self, method: str, chat: int) -> bool:
        return self.times > 0 and method == self.method.lower() and self.chat in (None, chat)


class FakeTelegram:
    """Runs in a thread of its own, as a context manager. Everything public may be called from any thread.

    `first_pause` is the wait before the first redelivery (it doubles); the real platform's is about a second.
    """

    def __init__(self, *, token: str = TOKEN, host: str = "127.0.0.1", port: int = 0, first_pause: float = 1.0,
                 patience: float = 60.0, burst: int = 3) -> None:
        self.token, self.host, self.port = token, host, port
        self.world = World(token)
        self.limits = Limits(time.monotonic, burst=burst)
        self.faults: list[Fault] = []
        self.calls: list[tuple[str, dict[str, Any], int]] = []  # method, parameters, status; as they came
        self._options = {"first_pause": first_pause, "patience": patience}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake-telegram", daemon=True)

    def __enter__(self) -> "FakeTelegram":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _open(self) -> None:
        self.delivery = Delivery(self._call, **self._options)
        self.world.emit = self.delivery.emit
        self._server = await wire.serve(self._answer, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        await self.delivery.close()
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    # the test's end

    def inside(self, action: Callable[[], Any]) -> Any:
        """Run a function in the fake's own thread and return what it returns."""
        async def run() -> Any:
            return action()
        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(30)

    def person(self, user_id: int, name: str = "王女士") -> Person:
        user = {"id": user_id, "is_bot": False, "first_name": name, "language_code": "zh-hans"}
        return Person(self, self.inside(lambda: self.world.private(user_id, name)), user)

    def group(self, chat_id: int, name: str = "消保值班群", *, is_forum: bool = True) -> Chat:
        return self.inside(lambda: self.world.group(chat_id, name, is_forum=is_forum))

    def push_to(self, url: str, secret: str = "", *, max_connections: int = 40) -> None:
        """Set the webhook as the bot itself would."""
        hook = Parameters({"url": url, "secret_token": secret, "max_connections": max_connections}, {})
        self.inside(lambda: self.delivery.set_webhook(hook))

    def strike(self, fault: Fault) -> Fault:
        self.inside(lambda: self.faults.append(fault))
        return fault

    def redeliver(self, updates: list[dict[str, Any]], *, times: int = 1, at_once: int = 1) -> None:
        """Send updates to the webhook again, whatever came of them before, so many at the same moment."""
        async def one(gate: asyncio.Semaphore, update: dict[str, Any]) -> None:
            async with gate:
                await self.delivery.post(self.delivery.hook, update)

        async def all_of_them() -> None:
            gate = asyncio.Semaphore(at_once)
            await asyncio.gather(*(one(gate, update) for update in updates for _ in range(times)))
        asyncio.run_coroutine_threadsafe(all_of_them(), self._loop).result(120)

    def settled(self, within: float = 30.0) -> None:
        """Wait until no update is undelivered."""
        wait_for(lambda: not self.inside(lambda: self.delivery.pending), within,
                 lambda: f"{len(self.delivery.pending)} undelivered; {self.delivery.last_error}")

    def count(self, method: str, status: int | None = None) -> int:
        return sum(1 for name, _, got in list(self.calls) if name == method.lower() and status in (None, got))

    # the bot's end

    async def _answer(self, request: wire.Request) -> wire.Answer:
        path = _PATH.fullmatch(request.path)
        if path is None or not re.fullmatch(r"\d+:[\w-]{30,}", path[2]):
            return _json(404, {"ok": False, "error_code": 404, "description": "Not Found"})
        if path[2] != self.token:
            return _json(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
        if path[1]:
            upload = self.world.download(path[3])
            return wire.Answer(200, upload.body, upload.media_type) if upload else _json(404, {"ok": False, "error_code": 404})
        try:
            values, uploads = wire.parameters(request)
        except (ValueError, KeyError):
            return _json(400, {"ok": False, "error_code": 400, "description": "Bad Request: can't parse request body"})
        return await self._faulty(path[3].lower(), Parameters(values, uploads))

    async def _faulty(self, method: str, p: Parameters) -> wire.Answer:
        """The call and its answer, unless a fault strikes on the way in or on the way out."""
        chat = p.number("chat_id") if str(p.values.get("chat_id", "0")).lstrip("-").isdigit() else 0
        fault = next((fault for fault in self.faults if fault.strikes(method, chat)), None)
        if fault is None:
            return await self._answered(method, p)
        fault.times -= 1
        match fault.kind:
            case "flood":
                return self._refused(method, p, self.limits.punish(chat, fault.seconds))
            case "down":
                self.calls.append((method, p.values, 502))
                return wire.Answer(502, b"<html><h1>502 Bad Gateway</h1></html>", "text/html")
            case "internal":
                return self._refused(method, p, Refusal(500, "Internal Server Error"))
            case "forbidden":
                return self._refused(method, p, Refusal(403, "Forbidden: bot was blocked by the user"))
            case "reset" | "hang":
                self.calls.append((method, p.values, 0))
                return wire.Answer(reset=True, silent_for=fault.seconds if fault.kind == "hang" else 0.0)
            case "reset_after" | "hang_after":
                await self._answered(method, p)
                return wire.Answer(reset=True, silent_for=fault.seconds if fault.kind == "hang_after" else 0.0)
        raise ValueError(f"no fault of kind {fault.kind!r}")

    async def _answered(self, method: str, p: Parameters) -> wire.Answer:
        try:
            result = await self._call(method, p)
        except Refusal as refusal:
            return self._refused(method, p, refusal)
        self.calls.append((method, p.values, 200))
        return _json(200, {"ok": True, "result": result})

    def _refused(self, method: str, p: Parameters, refusal: Refusal) -> wire.Answer:
        self.calls.append((method, p.values, refusal.status))
        body: dict[str, Any] = {"ok": False, "error_code": refusal.status, "description": refusal.description}
        if refusal.parameters:
            body["parameters"] = refusal.parameters
        return _json(refusal.status, body)

    async def _call(self, method: str, p: Parameters) -> Any:
        method = method.lower()
        match method:
            case "getupdates":
                return await self.delivery.get_updates(p)
            case "setwebhook":
                return self.delivery.set_webhook(p)
            case "deletewebhook":
                return self.delivery.delete_webhook(p)
            case "getwebhookinfo":
                return self.delivery.info(p)
        if method not in METHODS:
            raise Refusal(404, "Not Found")
        if method in LIMITED:
            self.limits.check(p.number("chat_id"))
        return METHODS[method](self.world, p)


def _json(status: int, body: dict[str, Any]) -> wire.Answer:
    return wire.Answer(status, json.dumps(body, ensure_ascii=False).encode())


def main() -> None:
    """Stand alone, with one customer who says each line that is typed."""
    options = argparse.ArgumentParser(description=main.__doc__)
    options.add_argument("--port", type=int, default=8081)
    options.add_argument("--token", default=TOKEN)
    chosen = options.parse_args()
    with FakeTelegram(port=chosen.port, token=chosen.token) as platform:
        print(f"TELEGRAM_BOT_TOKEN={platform.token}\nXIAOBAO_TELEGRAM_API_URL={platform.url}", flush=True)
        customer, said = platform.person(4242), 0
        threading.Thread(target=_read_aloud, args=(customer,), daemon=True).start()
        for line in sys.stdin:
            said += 1
            customer.says(line.strip())
        threading.Event().wait()


def _read_aloud(customer: Person) -> None:
    shown = 0
    while True:
        for text in customer.heard[shown:]:
            print(f"\n小助手：{text}", flush=True)
            shown += 1
        time.sleep(0.1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
