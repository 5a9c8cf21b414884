"""The whole path of a message beside a no-op route and beside PTB's bare acknowledgement: `python -m tests.bench.whole_path`.

The three servers take turns within each round, so that whoever else uses the machine slows all of them alike; ratios are taken per
round and their median is shown. Processor time per message is shown too: it does not depend on who else is running.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures_table import Row, machine, written
from tests.bench.load import Measured, post, press
from tests.bench.mix import delivery, messages
from tests.bench.servers import SECRET, TOKEN
from tests.running import free_port
from tickets.migrate import upgrade

ROOT = Path(__file__).parent.parent.parent
WARM, ROUNDS, COUNT = 600, 5, 1200
TICK = os.sysconf("SC_CLK_TCK")
MAPPED = "常驻内存；其中自己的 {} MB，其余是映射的文件，网页与 worker 进程共用"


class Server:
    """One of tests/bench/servers.py as a process of its own."""

    def __init__(self, name: str, **environ: str) -> None:
        self.port, self.began = free_port(), time.monotonic()
        self.process = subprocess.Popen([sys.executable, "-m", "tests.bench.servers", name, str(self.port)], cwd=ROOT,
                                        env={**os.environ, "OMP_NUM_THREADS": "1", **environ}, stderr=subprocess.DEVNULL)

    def __enter__(self) -> "Server":
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                asyncio.run(press(self.port, lambda n: post("/telegram/webhook", b"{}"), count=1, connections=1))
                return self
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("the server does not come up")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)

    def memory(self, kind: str = "VmRSS") -> int:
        """Resident memory in MB: all of it, or with RssAnon what is this process's alone."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith(kind))) // 1024

    def processor(self) -> float:
        """Seconds of processor time used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK


@dataclass(frozen=True)
class Pressed:
    """One round at one server: what came back, and milliseconds of processor time a message."""

    measured: Measured
    cost: float


def pressed(server: Server, texts: list[str], *, count: int = COUNT, pace: float | None = None) -> Pressed:
    before = server.processor()
    found = asyncio.run(press(server.port, lambda n: delivery(texts, n), count=count, per_second=pace))
    return Pressed(found, (server.processor() - before) * 1000 / count)


def environ_of(folder: str, url: str) -> dict[str, str]:
    return {"XIAOBAO_VAR_FOLDER": folder, "XIAOBAO_DATABASE_URL": url, "TELEGRAM_BOT_TOKEN": TOKEN,
            "XIAOBAO_TELEGRAM_WEBHOOK_SECRET": SECRET, "XIAOBAO_LOG_LEVEL": "ERROR", "XIAOBAO_FLOOD_PER_MINUTE": "100000"}


def rows(*, rounds: int = ROUNDS, count: int = COUNT) -> list[Row]:
    mixes = {"": messages(), "hard": messages(shares=None)}
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.sqlite3"
        upgrade(url)
        with Server("nothing") as nothing, Server("acknowledge") as bare, Server("house", **environ_of(folder, url)) as house:
            for server in (nothing, bare, house):
                pressed(server, mixes[""], count=WARM)
            found: dict[str, list[Pressed]] = {name: [] for name in ("nothing", "bare", "house", "hard")}
            for _ in range(rounds):
                for name, server in (("nothing", nothing), ("bare", bare), ("house", house), ("hard", house)):
                    found[name].append(pressed(server, mixes.get(name, mixes[""]), count=count))
            half = _rate(found["house"]) / 2
            calm = [pressed(house, mixes[""], count=max(int(half * 3), 200), pace=half).measured for _ in range(3)]
            memory, house_private = house.memory(), house.memory("RssAnon")
    synced = fsync()
    refused = sum(one.measured.refused for name in ("house", "hard") for one in found[name]) + sum(one.refused for one in calm)
    share, worst = statistics.median(one.p50 for one in calm), min(one.p99 for one in calm)
    return [
        _row("全程 ÷ PTB 只应答（条/秒）", found, "house", "bare", 1.0, half=0.5),
        _row("全程 ÷ FastAPI 空路由（条/秒）", found, "house", "nothing", None),
        _row("全程 ÷ PTB 只应答，坏日子的消息", found, "hard", "bare", None),
        Row("半负荷时 p99", f"{worst:.0f} ms", "≤ 50 ms", worst <= 50,
            f"每秒 {half:.0f} 条，三次中最静的一次；p50 {share:.1f} ms。同时单独一次落盘（fsync）中位数 {synced:.1f} ms"),
        Row("非 200 的应答", f"{refused}", "0", refused == 0, "以上各次合计"),
        Row("网页进程内存（压测后）", f"{memory} MB", "≤ 300 MB", memory <= 300, MAPPED.format(house_private)),
    ]


def fsync(times: int = 60) -> float:
    """Milliseconds, at the median, that this disk takes to keep a page: what every commit waits for at least once."""
    spent = []
    with tempfile.TemporaryFile(buffering=0) as file:
        for _ in range(times):
            began = time.perf_counter()
            file.write(b"\0" * 4096)
            os.fsync(file.fileno())
            spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent)


def _rate(found: list[Pressed]) -> float:
    return statistics.median(one.measured.per_second for one in found)


def _row(what: str, found: dict[str, list[Pressed]], ours: str, theirs: str, bar: float | None, *,
         half: float | None = None) -> Row:
    share = statistics.median(o.measured.per_second / t.measured.per_second
                              for o, t in zip(found[ours], found[theirs], strict=True))
    cost, their = (statistics.median(one.cost for one in found[name]) for name in (ours, theirs))
    wanted = "—" if bar is None else f"≥ {bar:.1f}" + (f"（先 ≥ {half}）" if half else "")
    return Row(what, f"{share:.2f}", wanted, None if bar is None else share >= bar,
               f"{_rate(found[ours]):,.0f} ÷ {_rate(found[theirs]):,.0f}；每条处理器时间 {cost:.2f} ÷ {their:.2f} ms；64 连接")


def main() -> None:
    print(machine(), "\n")
    print(written(rows()))


if __name__ == "__main__":
    main()
