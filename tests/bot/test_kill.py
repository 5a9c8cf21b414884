"""kill -9 at random moments: what was acknowledged is handled exactly once, and what is owed arrives.

XIAOBAO_KILLS sets how often (a soak takes hundreds), XIAOBAO_KILL_SEED repeats a run.
"""

import os
import random
import signal
import time
from collections import Counter

import httpx
import pytest
from sqlalchemy import select

from tests import builders
from tests.fake_telegram import TOKEN, FakeTelegram, wait_for
from tests.running import free_port, process
from tickets.models import Delivery, Message, Owed, Ticket

KILLS = int(os.environ.get("XIAOBAO_KILLS", "4"))
SEED = os.environ.get("XIAOBAO_KILL_SEED") or str(random.randrange(10**6))
UPDATES, PEOPLE = 200, 50


class Processes:
    """Web and worker as processes; one that is killed is started again at once, as a supervisor would."""

    def __init__(self, log, **environ):
        self.log, self.environ, self.running = log, environ, {}
        for name in ("web", "worker"):
            self.start(name)

    def start(self, name):
        self.running[name] = process(name, self.log, **self.environ)

    def kill(self, name):
        self.running[name].kill()
        self.running[name].join(10)
        self.start(name)

    def stop(self):
        """Stop both gracefully; true when both did, which uvicorn says by dying of the signal it was sent."""
        for one in self.running.values():
            one.terminate()
        for one in self.running.values():
            one.join(30)
        return {one.exitcode for one in self.running.values()} <= {0, -signal.SIGTERM}


@pytest.mark.database
@pytest.mark.timeout(120 + 5 * KILLS)
def test_kills_lose_nothing_and_double_nothing(database, store, tmp_path):
    chance, port = random.Random(SEED), free_port()
    with FakeTelegram(first_pause=0.05) as platform:
        people = [platform.person(1000 + n) for n in range(PEOPLE)]
        processes = Processes(
            tmp_path / "log.txt", XIAOBAO_DATABASE_URL=database, XIAOBAO_VAR_FOLDER=str(tmp_path), TELEGRAM_BOT_TOKEN=TOKEN,
            XIAOBAO_SECRET_KEY=builders.SECRET_KEY, XIAOBAO_TELEGRAM_API_URL=platform.url, XIAOBAO_SEND_LEASE="2",
            XIAOBAO_PUBLIC_URL=f"http://127.0.0.1:{port}", PORT=str(port))
        wait_for(lambda: platform.delivery.hook is not None and answers(port), 30, lambda: said(tmp_path))
        sent = [people_say(people, n) for n in range(UPDATES // 4)]
        for kill in range(KILLS):
            time.sleep(chance.uniform(0.1, 1.0))
            more = min((UPDATES - len(sent)) // (KILLS - kill), UPDATES)
            sent += [people_say(people, len(sent) + n) for n in range(more)]
            time.sleep(chance.uniform(0.0, 0.3))
            processes.kill(chance.choice(("web", "worker")))
        platform.settled(60)
        wait_for(lambda: not unsent(store), 60, lambda: f"seed {SEED}: {unsent(store)} {said(tmp_path)}")
        assert processes.stop(), said(tmp_path)
        judge(platform, store, people, {str(update["update_id"]) for update in sent})


def people_say(people, n):
    """Every fourth message is a complaint; each has a number of its own."""
    text = f"{builders.COMPLAINT}，第 {n} 次" if n % 4 == 0 else f"第 {n} 句，在么"
    return people[n % PEOPLE].says(text)


def answers(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ready").text == "ready"
    except httpx.HTTPError:
        return False


def said(folder):
    return (folder / "log.txt").read_text(encoding="utf-8")[-3000:]


def unsent(store):
    with store.read() as session:
        return session.execute(select(Owed.id, Owed.status, Owed.error).where(Owed.status != "sent")).all()


def judge(platform, store, people, sent):
    with store.read() as session:
        handled = Counter(session.scalars(select(Delivery.key)))
        heard = Counter(session.scalars(select(Delivery.key).join(Message, Message.delivery_id == Delivery.id)
                                        .where(Message.author == "customer")))
        owed = session.scalars(select(Owed).order_by(Owed.id)).all()
        tickets = session.scalars(select(Ticket)).all()
    acknowledged = {str(update_id) for update_id in platform.delivery.acknowledged}
    assert acknowledged == sent and len(sent) == UPDATES
    assert handled == heard == Counter(sent), f"seed {SEED}"
    assert len(tickets) == len({ticket.summary for ticket in tickets})

    repeated = 0
    for person in people:
        mine = [row for row in owed if row.address == str(person.id)]
        assert {row.platform_id for row in mine} <= {str(message["message_id"]) for message in person.chat.heard}
        wanted, got = Counter(row.body["text"] for row in mine), Counter(person.heard)
        assert not wanted - got, f"seed {SEED}: a reply is missing in chat {person.id}"
        extra = sum((got - wanted).values())
        assert extra <= sum(row.uncertain for row in mine), f"seed {SEED}: a repetition was not counted"
        repeated += extra
        assert without_repeats(person.heard) == without_repeats([row.body["text"] for row in mine]), "order was not kept"
    uncertain = sum(row.uncertain for row in owed)
    print(f"\nseed {SEED}: {KILLS} kills, {len(owed)} replies, {repeated} repeated, {uncertain} counted as uncertain, "
          f"{len(platform.delivery.tries) - UPDATES} deliveries again")
    assert platform.limits.premature == 0


def without_repeats(texts):
    """A reply that is sent twice comes twice in a row: nothing overtakes it."""
    return [text for n, text in enumerate(texts) if n == 0 or texts[n - 1] != text]
