"""A platform that delivers an update again, also while the first is being handled, gets one handling and the same replies."""

import threading

import pytest
from sqlalchemy import func, select

from bot.channels.telegram_webhook import WEBHOOK_PATH, webhook_secret
from tests import builders
from tests.fake_telegram import FakeTelegram, wait_for
from tests.running import Web
from tickets.models import Delivery, Message, Owed, Ticket

pytestmark = pytest.mark.database


def counted(store):
    with store.read() as session:
        count = {table: session.scalar(select(func.count()).select_from(table)) for table in (Delivery, Ticket, Owed)}
        heard = session.scalar(select(func.count()).where(Message.author == "customer"))
    return count[Delivery], count[Ticket], count[Owed], heard


def test_twenty_updates_three_times_each_and_eight_at_once_are_handled_once(store, tmp_path):
    house = builders.house(store, tmp_path)
    with FakeTelegram(first_pause=0.1) as platform, Web(house) as web:
        texts = [builders.COMPLAINT] * 10 + [builders.QUESTION] * 10
        updates = [platform.person(100 + n).says(text) for n, text in enumerate(texts)]
        platform.push_to(web.url + WEBHOOK_PATH, webhook_secret(house.settings), max_connections=8)
        platform.redeliver(updates, times=3, at_once=8)
        platform.settled()
        wait_for(lambda: len(platform.delivery.acknowledged) >= 80, 20)
        assert {status for _, status in platform.delivery.tries} == {200}
    # ten complaints with an acknowledgement and our first question each, ten questions with an answer each
    assert counted(store) == (20, 10, 30, 20)


def test_the_same_words_twice_are_two_messages(store, tmp_path):
    intake = builders.house(store, tmp_path).intake
    for key in ("1", "2"):
        assert intake.receive([builders.message(key)])[0].status == "handled"
    assert counted(store) == (2, 0, 2, 2)


def test_a_redelivery_gives_the_same_replies_whenever_it_comes(store, tmp_path):
    house = builders.house(store, tmp_path)
    message = builders.message("1", builders.COMPLAINT)
    first, beside = house.intake.receive([message, message])
    later = builders.house(store, tmp_path).intake.receive([message])[0]
    assert (first.status, beside.status, later.status) == ("handled", "duplicate", "duplicate")
    assert first.replies == beside.replies == later.replies and "工单号" in first.replies[0].text
    assert counted(store) == (1, 1, 2, 1)


def test_twins_racing_in_two_processes_are_handled_once(store, tmp_path):
    """Two houses on one database, as two web processes are; both get every delivery at the same moment."""
    houses = [builders.house(store, tmp_path) for _ in range(2)]
    messages = [builders.message(str(n), builders.COMPLAINT, address=str(n % 4)) for n in range(12)]
    gate, got = threading.Barrier(2), {}

    def run(n):
        got[n] = []
        for message in messages:
            gate.wait(10)
            got[n] += houses[n].intake.receive([message])
    threads = [threading.Thread(target=run, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    for pair in zip(got[0], got[1], strict=True):
        assert sorted(outcome.status for outcome in pair) == ["duplicate", "handled"]
        assert pair[0].replies == pair[1].replies
    assert counted(store)[0] == 12 and counted(store)[3] == 12

