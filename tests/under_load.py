"""A house under load while something goes wrong: people write through the fake platform, and afterwards every message is judged."""

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import select

from tests import builders
from tests.fake_telegram import TOKEN, FakeTelegram, Person, wait_for
from tests.running import free_port, process
from tickets.db import Store
from tickets.models import Delivery, Message, Owed, Ticket

PEOPLE = 50


class Processes:
    """Web and worker as processes; one that is killed is started again at once, as a supervisor would."""

    def __init__(self, log: Path, **environ: str) -> None:
        self.log, self.environ, self.running = log, environ, {}
        for name in ("web", "worker"):
            self.start(name)

    def start(self, name: str) -> None:
        self.running[name] = process(name, self.log, **self.environ)

    def kill(self, name: str) -> None:
        self.running[name].kill()
        self.running[name].join(10)
        self.start(name)

    def stop(self) -> bool:
        """Stop both gracefully; true when both did, which uvicorn says by dying of the signal it was sent."""
        for one in self.running.values():
            one.terminate()
        for one in self.running.values():
            one.join(30)
        return {one.exitcode for one in self.running.values()} <= {0, -signal.SIGTERM}


@dataclass
class Load:
    """Fifty people on a platform, and what they said so far. Every fourth message is a complaint; each has a number of its own."""

    platform: FakeTelegram
    people: list[Person]
    log: Path
    sent: list[dict] = field(default_factory=list)

    def say(self, count: int) -> None:
        for _ in range(count):
            n = len(self.sent)
            text = f"{builders.COMPLAINT}，第 {n} 次" if n % 4 == 0 else f"第 {n} 句，在么"
            self.sent.append(self.people[n % len(self.people)].says(text))

    def settle(self, store: Store, *, within: float = 60.0) -> None:
        """Until the platform holds nothing back and every reply has gone."""
        self.platform.settled(within)
        wait_for(lambda: not unsent(store), within, lambda: f"{unsent(store)[:5]} {self.said()}")

    def meets_the_outage(self, within: float = 20.0) -> None:
        """Until one delivery more has failed: whatever was down is not brought back before somebody has met it."""
        tries = self.platform.delivery.tries
        seen = len(tries)
        wait_for(lambda: any(status not in range(200, 300) for _, status in tries[seen:]), within, self.said)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")[-3000:] if self.log.exists() else ""


@contextmanager
def load(folder: Path, *, people: int = PEOPLE) -> Iterator[Load]:
    with FakeTelegram(first_pause=0.05) as platform:
        yield Load(platform, [platform.person(1000 + n) for n in range(people)], folder / "log.txt")


def environ(load: Load, database: str, folder: Path, port: int) -> dict[str, str]:
    """What web and worker are told."""
    return {"XIAOBAO_DATABASE_URL": database, "XIAOBAO_VAR_FOLDER": str(folder), "TELEGRAM_BOT_TOKEN": TOKEN,
            "XIAOBAO_SECRET_KEY": builders.SECRET_KEY, "XIAOBAO_TELEGRAM_API_URL": load.platform.url, "XIAOBAO_SEND_LEASE": "2",
            "XIAOBAO_PUBLIC_URL": f"http://127.0.0.1:{port}", "PORT": str(port)}


def started(load: Load, database: str, folder: Path, **changes: str) -> Processes:
    """Web and worker, both answering, the webhook set to them."""
    port = free_port()
    processes = Processes(load.log, **{**environ(load, database, folder, port), **changes})
    wait_for(lambda: load.platform.delivery.hook is not None and str(port) in load.platform.delivery.hook.url and answers(port),
             30, load.said)
    return processes


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ready").text == "ready"
    except httpx.HTTPError:
        return False


def unsent(store: Store) -> list:
    with store.read() as session:
        return session.execute(select(Owed.id, Owed.status, Owed.error).where(Owed.status != "sent")).all()


@dataclass(frozen=True)
class Judged:
    """One line of docs/faults.md: all that was acknowledged was handled once, every reply came, in its order."""

    acknowledged: int
    handled: int
    replies: int
    repeated: int  # replies that came twice
    uncertain: int  # rows that say of themselves that they may have
    again: int  # deliveries that the platform had to repeat


def judge(load: Load, store: Store, note: str = "", *, kills: int = 0) -> Judged:
    """Raises AssertionError when anything was lost, doubled without being counted, or overtaken.

    `kills`: a worker that dies between a 429 and its commit forgets the wait, and the next one asks once too early.
    """
    with store.read() as session:
        handled = Counter(session.scalars(select(Delivery.key)))
        heard = Counter(session.scalars(select(Delivery.key).join(Message, Message.delivery_id == Delivery.id)
                                        .where(Message.author == "customer")))
        owed = session.scalars(select(Owed).order_by(Owed.id)).all()
        tickets = session.scalars(select(Ticket)).all()
    sent = {str(update["update_id"]) for update in load.sent}
    acknowledged = {str(update_id) for update_id in load.platform.delivery.acknowledged}
    assert acknowledged == sent and len(load.sent) == len(sent), note
    assert handled == heard == Counter(sent), note
    assert len(tickets) == len({ticket.summary for ticket in tickets}), note

    repeated = 0
    for person in load.people:
        mine = [row for row in owed if row.address == str(person.id)]
        assert {row.platform_id for row in mine} <= {str(message["message_id"]) for message in person.chat.heard}, note
        wanted, got = Counter(row.body["text"] for row in mine), Counter(person.heard)
        assert not wanted - got, f"{note}: a reply is missing in chat {person.id}"
        extra = sum((got - wanted).values())
        assert extra <= sum(row.uncertain for row in mine), f"{note}: a repetition was not counted"
        repeated += extra
        assert without_repeats(person.heard) == without_repeats([row.body["text"] for row in mine]), f"{note}: order was not kept"
    assert load.platform.limits.premature <= kills, note
    return Judged(len(acknowledged), len(handled), len(owed), repeated, sum(row.uncertain for row in owed),
                  len(load.platform.delivery.tries) - len(load.sent))


def without_repeats(texts: list[str]) -> list[str]:
    """A reply that is sent twice comes twice in a row: nothing overtakes it."""
    return [text for n, text in enumerate(texts) if n == 0 or texts[n - 1] != text]


def record(record_property, times: int, judged: Judged) -> None:
    """Hand a line to the table of `make faults`."""
    for name, value in {"times": times, **vars(judged)}.items():
        record_property(name, value)
