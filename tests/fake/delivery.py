"""How updates reach a bot: kept until confirmed, in order within a chat, again after every failure; pushed or polled."""

import asyncio
import json
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any

import httpx

from tests.fake.methods import Parameters, checked_secret, new_update_id
from tests.fake.rules import Refusal, bad

KINDS_NOT_SENT_UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass
class Hook:
    url: str
    secret: str
    max_connections: int


class Delivery:
    """The queues of updates. `call` runs a method that a webhook answered with; `patience` is the time-out of one delivery."""

    def __init__(self, call: Any, *, patience: float = 60.0, first_pause: float = 1.0) -> None:
        self.call, self.patience, self.first_pause = call, patience, first_pause
        self.queues: defaultdict[int, deque[dict[str, Any]]] = defaultdict(deque)
        self.hook: Hook | None = None
        self.allowed: list[str] | None = None
        self.next_id = new_update_id()
        self.tries: list[tuple[int, int | str]] = []  # (update id, status or kind of error), as they ended
        self.acknowledged: list[int] = []  # as the bot's 2xx came in; polled updates when the offset passed them
        self.answers: list[dict[str, Any]] = []  # methods called in a webhook's answer, and what came of them
        self.last_error = ""
        self._busy: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._poll: asyncio.Event | None = None
        self._client = httpx.AsyncClient(timeout=None, trust_env=False, limits=httpx.Limits(max_keepalive_connections=100))

    def emit(self, kind: str, payload: dict[str, Any], queue: int) -> dict[str, Any]:
        """A new update, unless the bot did not ask for its kind."""
        update = {"update_id": self.next_id, kind: json.loads(json.dumps(payload))}
        if (kind not in self.allowed) if self.allowed else (kind in KINDS_NOT_SENT_UNASKED):
            return update
        self.next_id += 1
        self.queues[queue].append(update)
        self._news.set()
        self._push()
        return update

    @property
    def pending(self) -> list[dict[str, Any]]:
        return sorted((u for queue in self.queues.values() for u in queue), key=lambda u: u["update_id"])

    # webhook

    def set_webhook(self, p: Parameters) -> bool:
        url = p.text("url")
        if not url:
            return self.delete_webhook(p)
        if not url.startswith("https://") and not url.startswith(("http://127.0.0.1", "http://localhost")):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        connections = p.number("max_connections", 40)
        self.hook = Hook(url, checked_secret(p.text("secret_token")), min(max(connections, 1), 100))
        self._options(p)
        self._push()
        return True

    def delete_webhook(self, p: Parameters) -> bool:
        self.hook = None
        self._options(p)
        return True

    def _options(self, p: Parameters) -> None:
        if (allowed := p.object("allowed_updates")) is not None:
            self.allowed = list(allowed) or None
        if p.flag("drop_pending_updates"):
            self.queues.clear()
        if self._poll is not None:
            self._poll.set()

    def info(self, p: Parameters) -> dict[str, Any]:
        found = {"url": self.hook.url if self.hook else "", "has_custom_certificate": False,
                 "pending_update_count": len(self.pending)}
        if self.hook:
            found["max_connections"] = self.hook.max_connections
        if self.allowed:
            found["allowed_updates"] = self.allowed
        if self.last_error:
            found |= {"last_error_message": self.last_error, "last_error_date": 1}
        return found

    def _push(self) -> None:
        """Begin a delivery for every queue that has one waiting, within `max_connections`."""
        for key, queue in self.queues.items():
            if self.hook is None or len(self._busy) >= self.hook.max_connections:
                return
            if queue and key not in self._busy:
                self._busy.add(key)
                task = asyncio.get_running_loop().create_task(self._deliver(key))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _deliver(self, key: int) -> None:
        """The updates of one queue one after the other; a failed one is tried again with growing pauses and holds its queue up."""
        pause = self.first_pause
        try:
            while (hook := self.hook) is not None and (queue := self.queues[key]):
                update = queue[0]
                asked = await self.post(hook, update)
                if asked is None:
                    if queue and queue[0] is update:
                        queue.popleft()
                    pause = self.first_pause
                else:
                    await asyncio.sleep(asked or pause)
                    pause = min(pause * 2, 64 * self.first_pause)
        finally:
            self._busy.discard(key)
        self._push()

    async def post(self, hook: Hook, update: dict[str, Any]) -> float | None:
        """One try. None when acknowledged, else the pause that the answer asked for, or 0."""
        headers = {"content-type": "application/json"}
        if hook.secret:
            headers["x-telegram-bot-api-secret-token"] = hook.secret
        body = json.dumps(update, ensure_ascii=False).encode()
        try:
            answer = await asyncio.wait_for(self._client.post(hook.url, content=body, headers=headers), self.patience)
        except (httpx.HTTPError, TimeoutError) as error:
            self.tries.append((update["update_id"], type(error).__name__))
            self.last_error = "Connection reset by peer" if isinstance(error, httpx.HTTPError) else "Read timeout expired"
            return 0.0
        self.tries.append((update["update_id"], answer.status_code))
        if answer.status_code // 100 == 2:
            self.acknowledged.append(update["update_id"])
            await self._answered(answer)
            return None
        self.last_error = f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
        asked = answer.headers.get("retry-after", "")
        return min(float(asked), 3600.0) * self.first_pause if asked.isdigit() else 0.0

    async def _answered(self, answer: httpx.Response) -> None:
        """A method called in the body of the webhook's answer; what it returns goes nowhere, as with the real API."""
        if not answer.content or "application/json" not in answer.headers.get("content-type", ""):
            return
        try:
            body = answer.json()
        except ValueError:
            return
        if isinstance(body, dict) and isinstance(body.get("method"), str):
            try:
                await self.call(body["method"], Parameters(body, {}))
                self.answers.append({**body, "ok": True})
            except Refusal as refusal:
                self.answers.append({**body, "ok": False, "description": refusal.description})

    # polling

    async def get_updates(self, p: Parameters) -> list[dict[str, Any]]:
        if self.hook is not None:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
                               "webhook first")
        if self._poll is not None:
            self._poll.set()
        mine = self._poll = asyncio.Event()
        if (allowed := p.object("allowed_updates")) is not None:
            self.allowed = list(allowed) or None
        self._confirm(p.number("offset"))
        limit, deadline = min(p.number("limit", 100) or 100, 100), asyncio.get_running_loop().time() + p.number("timeout")
        while not self.pending and (left := deadline - asyncio.get_running_loop().time()) > 0 and not mine.is_set():
            self._news.clear()
            waits = [asyncio.ensure_future(self._news.wait()), asyncio.ensure_future(mine.wait())]
            await asyncio.wait(waits, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        if mine.is_set():
            raise Refusal(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
        self._poll = None
        return self.pending[:limit]

    def _confirm(self, offset: int) -> None:
        """Everything before the offset is forgotten; a negative offset keeps so many from the end."""
        pending = self.pending
        if offset < 0:
            offset = pending[offset:][0]["update_id"] if pending else 0
        for queue in self.queues.values():
            while queue and queue[0]["update_id"] < offset:
                self.acknowledged.append(queue.popleft()["update_id"])

    async def close(self) -> None:
        for task in [*self._tasks]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()
