"""How quick reports and the dashboard are with a million tickets: `python -m tests.bench.reports_speed URL … [--tickets 1000000]`.

Each URL is a database of your own (sqlite:////tmp/m.sqlite3, postgresql://…); an empty one is first filled with a synthetic year,
in a process of its own. Prints one Markdown table: seconds (median of five, the report once) and this process's largest memory.
"""

import argparse
import asyncio
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import httpx
from fastapi import FastAPI
from sqlalchemy import func, select

from desk import reports
from desk.access import COOKIE
from desk.app import desk_router
from knowledge.base import load
from nlp.privacy import mask
from tickets import migrate
from tickets.db import Store
from tickets.models import Branch, DeskSession, Staff, Ticket, now
from tickets.numbers import SHANGHAI
from tickets.periods import month
from tickets.signing_in import LONGEST, token_hash

PAGES = {"看板，近 30 天": "/desk/dashboard?days=30", "看板，近 90 天": "/desk/dashboard?days=90",
         "看板，近 365 天": "/desk/dashboard?days=365", "模型页": "/desk/model"}
TIMES = 5
KEY = "-"


def fill(url: str, tickets: int) -> None:
    """A synthetic year by the command that a newcomer uses; its memory is not this process's."""
    command = [sys.executable, "-m", "bot.cli", "demo", "--year", f"{now().year}", "--tickets", f"{tickets}", "--database", url]
    subprocess.run(command, check=True)


def report_seconds(store: Store) -> float:
    """The whole monthly report, to the last byte of its file, of the last whole month."""
    knowledge, today = load(), now().astimezone(SHANGHAI).date()
    period = month(today.year - (today.month == 1), today.month - 1 or 12)
    began = time.perf_counter()
    with store.read() as session:
        made = reports.make(session, knowledge, reports.KINDS["monthly"], period, at=now(), mask=lambda text: mask(text).text)
        reports.written(made, knowledge)
    return time.perf_counter() - began


async def page_seconds(app: FastAPI, token: str) -> dict[str, float]:
    found = {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.test", cookies={COOKIE: token},
                                 timeout=120) as client:
        for name, path in PAGES.items():
            taken = []
            for _ in range(TIMES):
                began = time.perf_counter()
                (await client.get(path)).raise_for_status()
                taken.append(time.perf_counter() - began)
            found[name] = statistics.median(taken)
    return found


def desk(store: Store) -> FastAPI:
    settings = SimpleNamespace(secret_key=KEY, production=False, public_url="", attachment_folder=Path(), upload_limit=0,
                               bank_name="本行", bank_hotline="", var_folder=Path())
    app = FastAPI()
    app.include_router(desk_router(store, load(), settings, mask=lambda text: mask(text).text))
    return app


def sign_in(store: Store) -> dict[str, str]:
    """A lead of the head office and one of a branch, with a session each."""
    at, tokens = now(), {"总行": "a" * 43, "一家支行": "b" * 43}
    with store.write() as session:
        branch = session.scalars(select(Branch).where(Branch.kind == "branch").order_by(Branch.id)).first()
        for (who, token), branch_id in zip(tokens.items(), (None, branch.id), strict=True):
            staff = session.scalars(select(Staff).where(Staff.username == f"bench-{token[0]}")).one_or_none()
            staff = staff or Staff(username=f"bench-{token[0]}", name=who, role="lead", password_hash="-", branch_id=branch_id)
            session.add(staff)
            session.flush()
            kept = token_hash(token, secret_key=KEY)
            session.query(DeskSession).filter_by(token_hash=kept).delete()
            session.add(DeskSession(token_hash=kept, staff_id=staff.id, csrf="c", created_at=at, seen_at=at,
                                    expires_at=at + LONGEST))
    return tokens


def measure(url: str, tickets: int) -> dict[str, str]:
    migrate.upgrade(url)
    store = Store(url)
    with store.read() as session:
        have = session.scalar(select(func.count()).select_from(Ticket)) or 0
    if not have:
        fill(url, tickets)
        with store.read() as session:
            have = session.scalar(select(func.count()).select_from(Ticket)) or 0
    rows = {"数据库": "SQLite" if store.is_sqlite else "PostgreSQL", "工单": f"{have:,}",
            "监管月报（XLSX）": f"{report_seconds(store):.2f} s"}
    app = desk(store)
    for who, token in sign_in(store).items():
        rows |= {f"{name}，{who}": f"{seconds:.2f} s" for name, seconds in asyncio.run(page_seconds(app, token)).items()}
    store.close()
    rows["本进程最大内存"] = f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    return rows


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("urls", nargs="+")
    options.add_argument("--tickets", type=int, default=1_000_000)
    chosen = options.parse_args()
    columns = [measure(url, chosen.tickets) for url in chosen.urls]
    lines = [[name, *(column[name] for column in columns)] for name in columns[0]]
    print("\n".join("| " + " | ".join(line) + " |" + ("\n|---" + "|---:" * len(columns) + "|" if n == 0 else "")
                    for n, line in enumerate(lines)))


if __name__ == "__main__":
    main()
