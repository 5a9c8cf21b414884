"""How fast owed replies leave: `python -m tests.bench.outbox_speed [--count 10000]`, in real time, through the real Bot API client.

The fake platform counts in sliding windows (30 a second in all) and answers 429 beyond them. One chat has blocked us, one never
answers, one owes hundreds of replies, and a group may only take twenty a minute: none of them may slow the others.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import telegram
from sqlalchemy import insert, select
from telegram.request import HTTPXRequest

from bot.channels.telegram import TelegramSender
from bot.messages import Reply
from bot.outbox import Outbox
from tests.bench.figures_table import Row
from tests.fake_telegram import FakeTelegram, Fault
from tickets import migrate
from tickets.db import Store
from tickets.models import Owed, now

LIMIT = 30  # messages a second that the platform takes from one bot
BLOCKED, SILENT, TALKATIVE, GROUP = 1, 2, 3, -100200300
ODD = (BLOCKED, SILENT, TALKATIVE, GROUP)


def chats(count: int) -> Iterator[int]:
    """Whom each reply is for: mostly one of 2,000 people, now and then one of the odd chats."""
    for n in range(count):
        yield ODD[n // 10 % 4] if n % 10 == 0 and n < 400 else 10 + n % 2000


def measure(count: int, *, rate: int = 29) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, FakeTelegram() as platform:
        url = f"sqlite:///{Path(folder) / 'outbox.sqlite3'}"
        migrate.upgrade(url)
        store = Store(url)
        at, wanted = now(), list(chats(count))
        for chat in set(wanted) - {GROUP}:
            platform.person(chat)
        platform.group(GROUP, "值班")
        platform.person(BLOCKED).chat.blocked = True
        platform.strike(Fault("hang", chat=SILENT, times=10_000, seconds=3600))
        with store.write() as session:
            session.execute(insert(Owed), [
                {"channel": "telegram", "address": str(chat), "body": Reply(f"第 {n} 条答复").plain(), "purpose": "reply",
                 "status": "owed", "attempts": 0, "uncertain": 0, "next_try_at": at, "at": at} for n, chat in enumerate(wanted)])
        began = time.monotonic()
        # The worker is a process of its own, as in life: the platform's work is not done in its time.
        command = [sys.executable, "-m", "tests.bench.outbox_speed", "--send", platform.url, platform.token, url, str(rate)]
        counts = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
        took = time.monotonic() - began
        with store.read() as session:
            sent = list(session.execute(select(Owed.address, Owed.sent_at).where(Owed.status == "sent").order_by(Owed.id)))
            repeated = sum(row for row in session.scalars(select(Owed.uncertain)))
        store.close()
        ordinary = sum(1 for address, _ in sent if int(address) not in ODD)
        heard = [platform.person(chat).heard for chat in set(wanted) - set(ODD)]
        return {
            "count": count, "seconds": took, "sent": counts["sent"], "dead": counts["dead"], "ordinary": ordinary,
            "per_second": platform.count("sendMessage") / took, "refused": platform.count("sendMessage", 429), "repeated": repeated,
            "violations": platform.limits.violations + platform.limits.premature,
            "in_order": float(all(words == sorted(words, key=lambda word: int(word.split()[1])) for words in heard))}


async def _send(store: Store, url: str, token: str, rate: int) -> dict[str, int]:
    """Until everything owed to ordinary people has left."""
    request = HTTPXRequest(connection_pool_size=64, read_timeout=5)
    async with telegram.Bot(token, base_url=f"{url}/bot", request=request) as bot:
        outbox, stop = Outbox(store, {"telegram": TelegramSender(bot)}, rate=rate), asyncio.Event()
        running = asyncio.create_task(outbox.run(stop))
        odd = [str(chat) for chat in ODD]
        while await asyncio.to_thread(_waiting, store, odd):
            await asyncio.sleep(0.25)
        stop.set()
        await running
        return outbox.counts


def _waiting(store: Store, odd: list[str]) -> bool:
    with store.read() as session:
        return session.scalars(select(Owed.id).where(Owed.status.in_(("owed", "sending")), Owed.address.not_in(odd))
                               .limit(1)).first() is not None


def rows(count: int = 10_000) -> list[Row]:
    found = measure(count)
    share = found["per_second"] / LIMIT
    return [
        Row("发件：实际速度 ÷ 平台上限", f"{share:.2f}", "≥ 0.90", share >= 0.9,
            f"{count:,} 条，{found['per_second']:.1f} 条/秒，上限 {LIMIT}；四个异常会话（拉黑、不应答、积压、群）同时在场"),
        Row("发件：平台回 429 的次数", f"{found['refused']:.0f}", "0", found["refused"] + found["violations"] == 0, "按滑动窗口计"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--send", nargs=4, metavar=("API", "TOKEN", "DATABASE", "RATE"), help="be the worker")
    asked = parser.parse_args()
    if asked.send:
        api, token, url, rate = asked.send
        print(json.dumps(asyncio.run(_send(Store(url), api, token, int(rate)))))
    else:
        print(measure(asked.count))


if __name__ == "__main__":
    main()
