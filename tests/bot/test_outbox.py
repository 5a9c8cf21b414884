"""Replies owed arrive in order, within the platform's limits, until they arrive; one chat's trouble is nobody else's."""

import asyncio
import time
from datetime import timedelta

import pytest
import telegram
import time_machine
from sqlalchemy import select, update
from telegram.request import HTTPXRequest

from bot.channels.telegram import TelegramSender
from bot.messages import Reply
from bot.outbox import MOST_ATTEMPTS, Later, Outbox, _claim, pause_after
from bot.pace import Pace
from tests.fake_telegram import FakeTelegram, Fault
from tickets.models import URGENT, Chat, Owed, now
from tickets.register import owe

pytestmark = pytest.mark.database


@pytest.fixture
def platform():
    with FakeTelegram() as fake:
        yield fake


def owing(store, platform, *pairs):
    """Owe these (chat, text) pairs in this order; the people exist on the platform."""
    with store.write() as session:
        for chat, text in pairs:
            if chat > 0:
                platform.person(chat)
            owe(session, channel="telegram", address=str(chat), body=Reply(text).plain())


def send(store, platform, *, until=lambda: False, most=10.0, rate=28, **options):
    """Run a worker's outbox until `until()` holds, or nothing is owed any more."""
    async def run():
        request = HTTPXRequest(read_timeout=0.4)
        async with telegram.Bot(platform.token, base_url=f"{platform.url}/bot", request=request) as bot:
            outbox = Outbox(store, {"telegram": TelegramSender(bot)}, rate=rate, tick=0.02, idle=0.05, **options)
            stop, deadline = asyncio.Event(), time.monotonic() + most
            running = asyncio.create_task(outbox.run(stop))
            while not until() and time.monotonic() < deadline and any(r.status in ("owed", "sending") for r in rows(store)):
                await asyncio.sleep(0.05)
            stop.set()
            await running
            return outbox
    return asyncio.run(run())


def rows(store):
    with store.read() as session:
        return list(session.scalars(select(Owed).order_by(Owed.id)))


def test_order_is_kept_in_a_chat_and_nothing_meets_a_limit(store, platform):
    owing(store, platform, *((chat, f"{n}") for n in range(3) for chat in range(1, 21)))
    send(store, platform)
    assert all(platform.person(chat).heard == ["0", "1", "2"] for chat in range(1, 21))
    assert (platform.limits.violations, platform.limits.premature, platform.count("sendMessage", 429)) == (0, 0, 0)
    assert {row.status for row in rows(store)} == {"sent"} and all(row.platform_id and row.sent_at for row in rows(store))


def test_an_emergency_goes_before_the_small_talk_that_its_chat_is_owed_and_in_its_own_order(store, platform):
    owing(store, platform, *((1, f"{n}") for n in range(3)))
    with store.write() as session:
        for text in ("打 110", "已登记"):
            owe(session, channel="telegram", address="1", body=Reply(text).plain(), purpose=URGENT)
    owing(store, platform, (1, "3"))
    send(store, platform)
    assert platform.person(1).heard == ["打 110", "已登记", "0", "1", "2", "3"]


def test_an_emergency_waits_for_what_is_in_the_air_and_what_comes_after_waits_for_it(store, platform):
    owing(store, platform, (1, "0"), (1, "1"))

    def claim():
        with store.write() as session:
            return [one.body["text"] for one in _claim(session, ["telegram"], 60, now(), lease=timedelta(seconds=20))]

    assert claim() == ["0"]
    with store.write() as session:
        owe(session, channel="telegram", address="1", body=Reply("打 110").plain(), purpose=URGENT)
    assert claim() == []
    with store.write() as session:
        session.execute(update(Owed).where(Owed.status == "sending").values(status="sent"))
    assert (claim(), claim()) == (["打 110"], [])


def test_the_limit_is_used_and_not_broken(store, platform):
    owing(store, platform, *((chat, "喂") for chat in range(1, 81)))
    began = time.monotonic()
    send(store, platform)
    took = time.monotonic() - began
    assert platform.count("sendMessage", 200) == 80 and platform.limits.violations == 0
    assert took < 2 * 80 / 30, f"{took:.1f} s for 80 messages"


def test_a_wait_that_the_platform_asks_for_is_kept_and_delays_nobody_else(store, platform):
    platform.strike(Fault("flood", chat=1, seconds=2))
    owing(store, platform, (1, "一"), (2, "二"), (1, "三"), (3, "四"))
    began = time.monotonic()
    send(store, platform, until=lambda: platform.person(2).heard and platform.person(3).heard)
    assert time.monotonic() - began < 1.5 and platform.person(1).heard == []
    send(store, platform)
    assert time.monotonic() - began >= 2
    assert platform.person(1).heard == ["一", "三"] and platform.limits.premature == 0
    assert rows(store)[0].attempts == 1, "to be asked to wait is no failed try"


def test_a_person_who_blocked_us_is_parked_at_once_and_delays_nobody(store, platform):
    with store.write() as session:
        session.add(Chat(channel="telegram", address="1"))
    owing(store, platform, (1, "一"), (1, "二"), (2, "三"))
    platform.person(1).chat.blocked = True
    send(store, platform)
    assert [row.status for row in rows(store)] == ["dead", "dead", "sent"]
    with store.read() as session:
        assert session.scalars(select(Chat)).one().unreachable_since is not None


def test_a_platform_in_trouble_is_tried_again(store, platform):
    for chat, fault in enumerate(("down", "internal", "reset"), 1):
        platform.strike(Fault(fault, chat=chat))
    owing(store, platform, (1, "一"), (2, "一"), (3, "一"), (1, "二"), (4, "一"))
    send(store, platform)
    assert [platform.person(chat).heard for chat in (1, 2, 3, 4)] == [["一", "二"], ["一"], ["一"], ["一"]]
    assert [row.attempts for row in rows(store)] == [2, 2, 2, 1, 1]


def test_a_send_of_unknown_effect_is_repeated_and_counted(store, platform):
    for chat, fault in enumerate(("reset_after", "hang_after"), 1):
        platform.strike(Fault(fault, chat=chat))
    owing(store, platform, (1, "一"), (2, "一"), (3, "一"))
    send(store, platform)
    assert [platform.person(chat).heard for chat in (1, 2, 3)] == [["一", "一"], ["一", "一"], ["一"]]
    assert [row.uncertain for row in rows(store)] == [1, 1, 0]


def test_a_platform_that_cannot_be_reached_repeats_nothing(store):
    with FakeTelegram() as gone:
        owing(store, gone, (1, "一"))
    assert trial(store, gone) == "not connected"
    with FakeTelegram(port=gone.port) as back:
        back.person(1)
        send(store, back)
        assert back.person(1).heard == ["一"] and rows(store)[0].uncertain == 0


def trial(store, platform):
    """One try to send the first row, and the error that is noted for it."""
    async def run():
        bot = telegram.Bot(platform.token, base_url=f"{platform.url}/bot")
        await bot._request[1].initialize()
        outbox = Outbox(store, {"telegram": TelegramSender(bot)}, rate=28)
        await outbox.step()
        while outbox._flying:
            await asyncio.sleep(0.02)
        await outbox.step()
        await bot._request[1].shutdown()
    asyncio.run(run())
    return rows(store)[0].error


def test_a_reply_that_fails_too_often_is_parked_and_seen(store, platform):
    platform.strike(Fault("internal", chat=1, times=99))
    owing(store, platform, (1, "一"), (2, "二"))
    with store.write() as session:
        session.execute(update(Owed).where(Owed.address == "1").values(attempts=MOST_ATTEMPTS - 1))
    outbox = send(store, platform)
    assert [row.status for row in rows(store)] == ["dead", "sent"] and outbox.counts["dead"] == 1
    assert rows(store)[0].error == "NetworkError"


def test_what_the_api_refuses_for_good_is_parked_and_the_next_one_still_comes(store, platform):
    owing(store, platform, (1, " "), (1, "二"))
    send(store, platform)
    assert [row.status for row in rows(store)] == ["dead", "sent"] and "empty" in rows(store)[0].error


def test_the_rows_of_a_worker_that_died_come_back_after_its_lease(store, platform):
    owing(store, platform, (1, "一"), (1, "二"))
    with store.write() as session:
        first = session.scalars(select(Owed).order_by(Owed.id)).first()
        first.status, first.lease_until, first.attempts = "sending", now() + timedelta(seconds=0.6), 1
    began = time.monotonic()
    send(store, platform)
    assert time.monotonic() - began >= 0.5
    assert platform.person(1).heard == ["一", "二"] and [row.uncertain for row in rows(store)] == [1, 0]


def test_a_reply_that_waits_longer_than_the_lease_is_sent_once(store, platform):
    owing(store, platform, *((chat, "一") for chat in range(1, 8)))
    send(store, platform, rate=4, lease=0.3)
    assert [platform.person(chat).heard for chat in range(1, 8)] == [["一"]] * 7
    assert {row.uncertain for row in rows(store)} == {0}


def test_a_worker_that_the_database_kept_waiting_sends_nothing_that_another_may_be_sending(store, platform):
    owing(store, platform, *((chat, "一") for chat in range(1, 9)))

    async def run():
        async with telegram.Bot(platform.token, base_url=f"{platform.url}/bot") as bot:
            outbox = Outbox(store, {"telegram": TelegramSender(bot)}, rate=4, lease=0.4)
            await outbox.step()
            while outbox._flying:  # no step renews its lease meanwhile
                await asyncio.sleep(0.02)
            sent = platform.count("sendMessage")
            await outbox._settle(claim=0)
            return sent
    assert 1 <= asyncio.run(run()) < 8
    send(store, platform)
    assert [platform.person(chat).heard for chat in range(1, 9)] == [["一"]] * 8
    assert {row.uncertain for row in rows(store)} == {0}


class JumpingClock(Outbox):
    """While the first result is being marked the second reply lands too, and the clock is put forward by a day."""

    clock = None

    def _mark(self, session, result):
        super()._mark(session, result)
        if result.owing.address == "1" and self.clock is None:
            self.loop.call_soon_threadsafe(self.go.set)
            patience = time.monotonic() + 5
            while self._flying and time.monotonic() < patience:
                time.sleep(0.005)
            self.clock = time_machine.travel(now() + timedelta(days=1), tick=True)
            self.clock.start()


def test_a_clock_put_forward_takes_no_reply_back_that_has_just_landed(store, platform):
    owing(store, platform, (1, "一"), (2, "二"))

    class Sender:
        async def send(self, owing):
            if owing.address == "2":
                await outbox.go.wait()
            sent.append(owing.address)
            return None

    async def run():
        outbox.loop, outbox.go = asyncio.get_running_loop(), asyncio.Event()
        await outbox.drain()

    sent, outbox = [], JumpingClock(store, {"telegram": Sender()}, rate=28, tick=0.02)
    try:
        asyncio.run(run())
    finally:
        if outbox.clock is not None:
            outbox.clock.stop()
    assert outbox.clock is not None, "the clock never jumped"
    assert sent == ["1", "2"] and {(row.status, row.uncertain) for row in rows(store)} == {("sent", 0)}


def test_a_bug_in_a_sender_parks_its_reply_and_not_the_chat_behind_it(store, platform):
    owing(store, platform, (1, "一"), (1, "二"), (2, "三"))
    with store.write() as session:
        first = session.scalars(select(Owed).order_by(Owed.id)).first()
        first.body, first.attempts = {"words": "not a reply"}, MOST_ATTEMPTS - 1
    send(store, platform)
    assert [row.status for row in rows(store)] == ["dead", "sent", "sent"]
    assert rows(store)[0].error.startswith("bug: ")


def test_a_stopping_worker_gives_back_what_it_has_not_begun(store, platform):
    owing(store, platform, *((chat, "喂") for chat in range(1, 41)))
    send(store, platform, rate=10, until=lambda: platform.count("sendMessage") >= 5)
    left = [row for row in rows(store) if row.status != "sent"]
    assert left and {(row.status, row.attempts, row.uncertain) for row in left} == {("owed", 0, 0)}
    assert platform.count("sendMessage", 200) == 40 - len(left)


def test_pauses_grow_to_hours_and_add_up_to_a_day():
    pauses = [pause_after(attempt) for attempt in range(1, MOST_ATTEMPTS)]
    assert 0.8 <= pauses[0] <= 1.2 and max(pauses) <= 3 * 3600 * 1.2
    assert 3600 < sum(pauses) < 2 * 24 * 3600


def test_three_chats_asked_to_wait_at_once_hold_everybody_and_two_do_not():
    clock = [100.0]
    pace = Pace(28, clock=lambda: clock[0])
    pace.hold(30, address="a")
    pace.hold(30, address="b")
    assert pace._held_until < clock[0]
    pace.hold(5, address="c")
    assert pace._held_until >= clock[0] + 5


def test_a_refused_token_holds_everybody_and_loses_nothing(store, platform):
    owing(store, platform, (1, "一"))

    class Refusing:
        async def send(self, owed):
            raise Later("the token is refused", seconds=60, everybody=True)

    async def run():
        outbox = Outbox(store, {"telegram": Refusing()}, rate=28)
        for _ in range(3):
            await outbox.step()
            await asyncio.sleep(0.1)
        return outbox
    asyncio.run(run())
    assert (rows(store)[0].status, rows(store)[0].attempts) == ("owed", 0)
