"""How quick the desk's pages are with a hundred thousand tickets: `python -m tests.bench.desk_speed URL [--count 100000]`.

URL is an *empty* database of your own (sqlite:////tmp/q.sqlite3 or postgresql://…). Prints medians of fifteen in milliseconds,
from the request to the last byte of HTML, for a lead of the head office and for a handler of a branch.
"""

import argparse
import asyncio
import statistics
import time
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
from tickets.signing_in import LONGEST, token_hash

PAGES = {
    "queue": "/desk/queue", "queue by urgency": "/desk/queue?order=urgent", "all, newest": "/desk/queue?scope=all&order=new",
    "overdue": "/desk/queue?overdue=1", "search 贷款 in all": "/desk/queue?scope=all&order=new&words=贷款",
    "search 冒名担保 in all": "/desk/queue?scope=all&words=冒名担保", "search 贷款 in open": "/desk/queue?words=贷款",
    "news": "/desk/news",
}
TIMES = 15


async def measure(app: FastAPI, token: str, number: str) -> dict[str, float]:
    medians = {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.test", cookies={COOKIE: token},
                                 timeout=60) as client:
        for name, path in {**PAGES, "one ticket": f"/desk/tickets/{number}"}.items():
            taken = []
            for _ in range(TIMES):
                began = time.perf_counter()
                answer = await client.get(path)
                taken.append((time.perf_counter() - began) * 1000)
                answer.raise_for_status()
            medians[name] = statistics.median(taken[1:])
    return medians


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--open", type=float, default=0.1)
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
            session.query(DeskSession).filter_by(token_hash=token_hash(token)).delete()
            session.add(DeskSession(token_hash=token_hash(token), staff_id=staff_id, csrf="c", created_at=at, seen_at=at,
                                    expires_at=at + LONGEST))
        branch_of = session.get_one(Staff, 2).branch_id
        number = session.scalar(select(Ticket.number).where(Ticket.branch_id == branch_of).limit(1))
    for who, token in tokens.items():
        for name, median in asyncio.run(measure(app, token, number)).items():
            print(f"{who:12} {name:26} {median:8.1f} ms")
    store.close()


if __name__ == "__main__":
    main()
