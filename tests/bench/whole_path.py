"""`make bench`: the whole path of a message beside a no-op route and beside PTB's bare acknowledgement, in one run."""

import asyncio
import itertools
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from tests.bench.load import Measured, post, press
from tests.bench.servers import SECRET, TOKEN
from tests.running import free_port
from tickets.migrate import upgrade

ROOT = Path(__file__).parent.parent.parent
WARM, COUNT = 500, 4000
update_ids = itertools.count(1)


def messages() -> list[str]:
    """A realistic mix: what our own corpus's writers wrote, shuffled with a fixed seed."""
    lines = [line.rsplit("|", 1)[-1].strip() for path in sorted((ROOT / "nlp" / "corpus").glob("w*.txt"))
             for line in path.read_text(encoding="utf-8").splitlines() if line.count("|") >= 4]
    random.Random(7).shuffle(lines)
    return lines


def request_of(texts: list[str], n: int) -> bytes:
    update_id = next(update_ids)
    person = 1000 + n % 997
    note = {"message_id": update_id, "date": 1790000000, "text": texts[n % len(texts)], "chat": {"id": person, "type": "private"},
            "from": {"id": person, "is_bot": False, "first_name": "客户"}}
    body = json.dumps({"update_id": update_id, "message": note}, ensure_ascii=False).encode()
    return post("/telegram/webhook", body, x_telegram_bot_api_secret_token=SECRET)


class Server:
    """One of tests/bench/servers.py as a process of its own."""

    def __init__(self, name: str, **environ: str) -> None:
        self.port = free_port()
        self.process = subprocess.Popen([sys.executable, "-m", "tests.bench.servers", name, str(self.port)], cwd=ROOT,
                                        env={**os.environ, **environ}, stderr=subprocess.DEVNULL)

    def __enter__(self) -> "Server":
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                asyncio.run(press(self.port, lambda n: post("/telegram/webhook", b"{}"), count=1, connections=1))
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server does not come up")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)

    def memory(self) -> int:
        """Resident memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) // 1024


def measure(server: Server, texts: list[str], *, pace: float | None = None, count: int = COUNT) -> Measured:
    def request(n: int) -> bytes:
        return request_of(texts, n)
    if pace is None:
        asyncio.run(press(server.port, request, count=WARM))
    return asyncio.run(press(server.port, request, count=count, per_second=pace))


def main() -> None:
    texts = messages()
    rows: list[tuple[str, Measured]] = []
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.sqlite3"
        upgrade(url)
        environ = {"XIAOBAO_VAR_FOLDER": folder, "XIAOBAO_DATABASE_URL": url, "TELEGRAM_BOT_TOKEN": TOKEN,
                   "XIAOBAO_TELEGRAM_WEBHOOK_SECRET": SECRET, "XIAOBAO_LOG_LEVEL": "ERROR", "XIAOBAO_FLOOD_PER_MINUTE": "100000"}
        for name, label in (("nothing", "no-op FastAPI route"), ("acknowledge", "PTB webhook, acknowledges only")):
            with Server(name) as server:
                rows.append((label, measure(server, texts)))
        with Server("house", **environ) as server:
            whole = measure(server, texts)
            rows.append(("xiaobao, whole path, one durable commit", whole))
            rows.append(("xiaobao at half that load", measure(server, texts, pace=whole.per_second / 2, count=COUNT // 2)))
            memory = server.memory()
    ptb = rows[1][1].per_second
    print(f"{date.today()} · Python {platform.python_version()} · {os.cpu_count()} cores · 64 connections, {COUNT} messages each\n")
    print("| what | messages/s | of PTB | p50 ms | p99 ms | not 200 |\n|---|---:|---:|---:|---:|---:|")
    for label, m in rows:
        print(f"| {label} | {m.per_second:,.0f} | {m.per_second / ptb:.2f} | {m.p50:.1f} | {m.p99:.1f} | {m.refused} |")
    print(f"\nResident memory of the web process after the run: {memory} MB")


if __name__ == "__main__":
    main()
