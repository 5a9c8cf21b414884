"""Two web processes and two workers on PostgreSQL beside one of each: `python -m tests.bench.two_processes POSTGRES_URL`.

POSTGRES_URL is a server on which a database of its own may be made and dropped. After the run it is checked that every delivery was
handled once, that every reply arrived once, and that each chat heard its replies in the order in which they were owed.
"""

import argparse
import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from sqlalchemy import create_engine, func, select, text

from tests.bench.figures_table import Row, machine, written
from tests.bench.load import press
from tests.bench.mix import delivery, messages
from tests.bench.whole_path import ROOT, WARM, Server, environ_of
from tests.fake_telegram import FakeTelegram
from tickets.db import Store, database_url
from tickets.migrate import upgrade
from tickets.models import Delivery, Message, Owed

COUNT, ROUNDS = 1500, 3
NAME = "xiaobao_bench"


@contextlib.contextmanager
def database(server: str) -> Iterator[str]:
    """The address of a fresh database on this server."""
    admin = create_engine(database_url(server), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {NAME}"))
    url = server.rpartition("/")[0] + "/" + NAME
    upgrade(url)
    yield url
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {NAME} WITH (FORCE)"))
    admin.dispose()


@contextlib.contextmanager
def workers(count: int, environ: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", "bot.cli", "worker"]
    running = [subprocess.Popen(command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1", **environ}, stderr=subprocess.DEVNULL)
               for _ in range(count)]
    yield
    for one in running:
        one.terminate()
    for one in running:
        one.wait(60)


def run(server: str, processes: int, folder: str) -> tuple[list[float], float, dict[str, int]]:
    """Messages a second of each round, milliseconds of the web processes' time a message, and what the checks counted."""
    texts = messages()
    with database(server) as url, FakeTelegram() as platform, contextlib.ExitStack() as stack:
        platform.limits.on = False  # how fast the platform takes replies is not what is measured here
        for person in range(1000, 2000):
            platform.person(person)
        environ = {**environ_of(folder, url), "XIAOBAO_TELEGRAM_API_URL": platform.url, "TELEGRAM_BOT_TOKEN": platform.token,
                   "XIAOBAO_PUBLIC_URL": "https://bench.invalid", "XIAOBAO_SEND_RATE": "1000"}
        webs = [stack.enter_context(Server("house", **environ)) for _ in range(processes)]
        stack.enter_context(workers(processes, environ))
        asyncio.run(_press(webs, texts, WARM))
        before = sum(web.processor() for web in webs)
        rates = [asyncio.run(_press(webs, texts, COUNT)) for _ in range(ROUNDS)]
        cost = (sum(web.processor() for web in webs) - before) * 1000 / (COUNT * ROUNDS)
        return rates, cost, _checked(url, platform)


async def _press(webs: list[Server], texts: list[str], count: int) -> float:
    """64 connections in all. A chat always comes through the same connection's order of sending, whichever process it meets."""
    began = time.perf_counter()
    share = count // len(webs)
    found = await asyncio.gather(*(press(web.port, lambda n, at=at: delivery(texts, n * len(webs) + at), count=share,
                                         connections=64 // len(webs)) for at, web in enumerate(webs)))
    if sum(one.refused for one in found):
        raise RuntimeError("a delivery was not answered 200")
    return share * len(webs) / (time.perf_counter() - began)


def _checked(url: str, platform: FakeTelegram) -> dict[str, int]:
    """Wait until every reply has left, then count what was doubled, lost or out of order."""
    store, deadline = Store(url), time.monotonic() + 300
    with contextlib.closing(store):
        while time.monotonic() < deadline:
            with store.read() as session:
                if not session.scalar(select(func.count()).select_from(Owed).where(Owed.status.in_(("owed", "sending")))):
                    break
            time.sleep(0.5)
        with store.read() as session:
            deliveries = session.scalar(select(func.count()).select_from(Delivery))
            heard = session.scalar(select(func.count()).select_from(Message).where(Message.author == "customer"))
            owed: dict[str, list[str]] = {}
            for address, body in session.execute(select(Owed.address, Owed.body).where(Owed.purpose == "reply").order_by(Owed.id)):
                owed.setdefault(address, []).append(body["text"].strip())
            left = session.scalar(select(func.count()).select_from(Owed).where(Owed.status != "sent"))
    wrong = sum([line.strip() for line in platform.person(int(address)).heard] != lines for address, lines in owed.items())
    return {"deliveries": deliveries, "doubled": heard - deliveries, "left": left, "chats": len(owed), "chats out of order": wrong}


def rows(server: str) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        one, alone, first = run(server, 1, folder)
        two, beside, second = run(server, 2, folder)
    share = statistics.median(two) / statistics.median(one)
    wrong = sum(found[name] for found in (first, second) for name in ("doubled", "left", "chats out of order"))
    return [
        Row("PostgreSQL：两个网页进程＋两个 worker ÷ 各一个", f"{share:.2f}", "≥ 1.60", share >= 1.6,
            f"{statistics.median(two):,.0f} ÷ {statistics.median(one):,.0f} 条/秒；压测端、数据库、替身平台与它们同在 "
            f"{os.cpu_count()} 核上。每条网页进程处理器时间 {beside:.2f} ÷ {alone:.2f} ms：并排并不更贵，缺的是核"),
        Row("其间重复、遗失或乱序", f"{wrong}", "0", wrong == 0,
            f"{first['deliveries'] + second['deliveries']:,} 条投递，逐会话核对应答顺序（{second['chats']} 个会话）"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server", nargs="?", default=os.environ.get("XIAOBAO_TEST_POSTGRES_URL"))
    print(machine(), "\n")
    print(written(rows(parser.parse_args().server)))


if __name__ == "__main__":
    main()
