"""How quick the desk's pages are with a hundred thousand tickets: `python -m tests.bench.desk_speed URL [--count 100000]`.

URL is an *empty* database of your own (sqlite:////tmp/q.sqlite3 or postgresql://…). Prints medians of fifteen in milliseconds,
from the request to the last byte of HTML, for a lead of the head office and for a handler of a branch, and beside them the
processor's time of one request, which a busy machine does not change. `--colleagues 20` adds an office at work: so many people
who open the queue every two seconds each, while five new tickets a second are filed.
"""

import argparse
import asyncio
import statistics
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
from fastapi import FastAPI
from sqlalchemy import select

from desk.access import COOKIE
from desk.app import desk_router
from knowledge.base import load
from tests.bench.queue_speed import fill
from tickets import migrate
from tickets.db import Store
from tickets.models import DeskSession, Staff, Ticket, now
from tickets.register import Filing, file_ticket
from tickets.signing_in import LONGEST, token_hash

PAGES = {
    "queue": "/desk/queue", "queue by urgency": "/desk/queue?order=urgent", "all, newest": "/desk/queue?scope=all&order=new",
    "overdue": "/desk/queue?overdue=1", "search 贷款 in all": "/desk/queue?scope=all&order=new&words=贷款",
    "search 冒名担保 in all": "/desk/queue?scope=all&words=冒名担保", "search 贷款 in open": "/desk/queue?words=贷款",
    "news": "/desk/news",
}
TIMES = 15
EVERY, SECONDS = 2.0, 20.0  # how often a colleague opens the queue, and for how long they are watched


async def measure(app: FastAPI, token: str, number: str) -> dict[str, tuple[float, float, int]]:
    """Page → median of the wall, processor time of one request, and bytes."""
    medians = {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.test", cookies={COOKIE: token},
                                 timeout=60) as client:
        for name, path in {**PAGES, "one ticket": f"/desk/tickets/{number}"}.items():
            taken, worked = [], 0.0
            for n in range(TIMES + 1):
                began, at = time.perf_counter(), time.process_time()
                answer = await client.get(path)
                if n:  # the first fills the caches
                    taken.append((time.perf_counter() - began) * 1000)
                    worked += (time.process_time() - at) * 1000 / TIMES
                answer.raise_for_status()
            medians[name] = statistics.median(taken), worked, len(answer.content)
    return medians


async def office(app: FastAPI, store: Store, token: str, colleagues: int) -> list[float]:
    """Milliseconds of every queue page that the colleagues opened while tickets were filed."""
    taken, ends = [], time.monotonic() + SECONDS

    async def colleague(client: httpx.AsyncClient, first: float) -> None:
        await asyncio.sleep(first)
        while time.monotonic() < ends:
            began = time.perf_counter()
            (await client.get("/desk/queue")).raise_for_status()
            taken.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(EVERY)

    def filing() -> None:
        while time.monotonic() < ends:
            with store.write() as session:
                file_ticket(session, Filing("web", "手机银行转账没有到账"), due_at=now() + timedelta(days=15))
            time.sleep(0.2)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.test", cookies={COOKIE: token},
                                 timeout=60) as client:
        await asyncio.gather(asyncio.to_thread(filing), *(colleague(client, EVERY * n / colleagues) for n in range(colleagues)))
    return sorted(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--open", type=float, default=0.1)
    parser.add_argument("--colleagues", type=int, default=0)
    asked = parser.parse_args()
    migrate.upgrade(asked.url)
    store = Store(asked.url)
    with store.read() as session:
        filled = session.scalar(select(Ticket.id).limit(1)) is not None
    if not filled:
        fill(store, asked.count, asked.open)
    settings = SimpleNamespace(secret_key="-", production=False, public_url="", attachment_folder=Path(), upload_limit=0,
                               bank_name="本行", bank_hotline="")
    app = FastAPI()
    app.include_router(desk_router(store, load(), settings, mask=str))
    with store.write() as session:
        at, tokens = now(), {"head office": "a" * 43, "branch": "b" * 43}
        for staff_id, token in zip((1, 2), tokens.values(), strict=True):
            kept = token_hash(token, secret_key=settings.secret_key)
            session.query(DeskSession).filter_by(token_hash=kept).delete()
            session.add(DeskSession(token_hash=kept, staff_id=staff_id, csrf="c", created_at=at, seen_at=at,
                                    expires_at=at + LONGEST))
        branch_of = session.get_one(Staff, 2).branch_id
        number = session.scalar(select(Ticket.number).where(Ticket.branch_id == branch_of).limit(1))
    for who, token in tokens.items():
        for name, (median, worked, size) in asyncio.run(measure(app, token, number)).items():
            print(f"{who:12} {name:26} median {median:6.1f} ms, processor {worked:6.1f} ms, {size // 1000} KB")
    if asked.colleagues:
        took = asyncio.run(office(app, store, tokens["head office"], asked.colleagues))
        print(f"{asked.colleagues} colleagues and 5 new tickets a second, {len(took)} queue pages: "
              f"median {statistics.median(took):.1f} ms, 19 of 20 within {took[len(took) * 19 // 20]:.1f} ms")
    store.close()


if __name__ == "__main__":
    main()
