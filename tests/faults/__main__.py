"""The fault suite of `make faults` and, with --minutes, of `make soak`: one table of what was done to the house and what it lost.

Every row is a test that also runs by itself; those under load say how many messages were acknowledged, handled and repeated.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.figures_table import machine
from tests.faults.conftest import collect_ignore

DOCS = Path(__file__).parents[2] / "docs"
STORAGE, PLATFORM = "tests/faults/test_storage.py::test_", "tests/faults/test_platform.py::test_"
SERVER, FAILOVER = "tests/faults/test_postgresql.py::test_", "tests/faults/test_failover.py::test_"
UNDER_LOAD = {
    "kill -9 网页或 worker，随机时刻": "tests/faults/test_kill.py",
    "PostgreSQL 在事务中途崩溃、重启": SERVER + "a_server_that_crashes_under_load_loses_and_doubles_nothing",
    "PostgreSQL 主库断电，备库接手": FAILOVER + "a_failover_under_load_loses_and_doubles_nothing",
    "备库先断开，主库再带着未复制的事务断电": FAILOVER + "what_the_standby_never_had_was_never_acknowledged",
    "磁盘写满": STORAGE + "a_full_disk_acknowledges_nothing_and_loses_nothing",
    "数据库被别人锁住": STORAGE + "a_locked_database_is_waited_for_or_asked_for_again",
    "Telegram 429、502、500、断线、无应答": PLATFORM + "a_platform_in_every_kind_of_trouble_gets_every_reply",
    "Telegram 收下了，应答丢失": PLATFORM + "only_what_took_effect_before_the_answer_was_lost_comes_twice",
    "时钟前跳、回拨": PLATFORM + "a_clock_that_jumps_forward_and_back_delays_no_reply",
    "升级时新旧两版同时在跑": "tests/faults/test_releases.py",
    "消息进来时备份、恢复": "tests/faults/test_backup.py",
}
BESIDE = {
    "PostgreSQL 崩溃收回已取的编号": SERVER + "numbers_that_a_crash_took_back_are_not_given_out_twice",
    "PostgreSQL 恢复到误删前的时刻": "tests/faults/test_recovery.py",
    "worker 领走待发的答复后死掉": "tests/bot/test_outbox.py::test_the_rows_of_a_worker_that_died_come_back_after_its_lease",
    "Telegram 重复投递，八条同时": "tests/bot/test_redelivery.py",
    "提交失败、一条毒消息": "tests/bot/test_intake.py",
    "迁移做到一半停下": "tests/tickets/test_migrations.py::test_a_migration_that_stops_half_way_leaves_the_database_usable",
    "模型文件损坏、知识文件写错：拒绝启动并指出": "tests/bot/test_start.py",
}
HEAD = """# 故障

`make faults` 生成（`KILLS=200 RESTARTS=20` 可改）；`make soak SOAK_MINUTES=60` 是同一套的循环版。每一行是一个测试：
负荷下的各行由替身 Telegram 上的人不停说话，故障过后逐条核对——平台认为已收下的等于我们处理了的，每条答复都到了、次序不乱；
重复只许出现在 Telegram 没有幂等发送而无法避免的那一种情况，并且已记为 uncertain。
"""


@dataclass
class Row:
    """What all runs of one fault came to."""

    runs: int = 0
    failed: int = 0
    sums: defaultdict = field(default_factory=lambda: defaultdict(int))

    def line(self, name: str) -> str:
        times = self.sums["times"] or self.runs
        verdict = "未安装" if not self.runs else "✗" if self.failed else "✓"
        if not self.sums["acknowledged"]:
            return f"| {name} | {times} | — | — | — | {verdict} |"
        lost = self.sums["acknowledged"] - self.sums["handled"]
        doubled = f"{self.sums['repeated']}（记为可能重复 {self.sums['uncertain']}）" if self.sums["uncertain"] else "0"
        return (f"| {name} | {times} | {self.sums['acknowledged']:,} = {self.sums['handled']:,} | {lost} | "
                f"{self.sums['replies']:,} 条中 {doubled} | {verdict} |")


def once(rows: dict[str, Row], names: dict[str, str], **environ: str) -> int:
    """One pytest run over the rows' tests; what they said is added to the rows. Returns its exit status."""
    nodes = [node for node in names.values() if Path(node.partition("::")[0]).name not in collect_ignore]
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "record"
        record.touch()
        options = ["-q", "-p", "tests.faults.recording", "-p", "no:cacheprovider", "--durations=0", "--durations-min=60"]
        ended = subprocess.run([sys.executable, "-m", "pytest", *nodes, *options], cwd=DOCS.parent,
                               env={**os.environ, **environ, "XIAOBAO_FAULTS_RECORD": str(record)})
        for line in map(json.loads, record.read_text(encoding="utf-8").splitlines()):
            row = next(rows[name] for name, node in names.items() if line["node"].startswith(node))
            row.runs += line["call"]
            row.failed += line["failed"]
            for key, value in line["said"].items():
                row.sums[key] += value
    return ended.returncode


def written(rows: dict[str, Row], names: dict[str, str]) -> str:
    lines = ["| 故障 | 次数 | 已收下 = 已处理 | 丢失 | 重复的答复 | |", "|---|---:|---:|---:|---:|:-:|"]
    return "\n".join([*lines, *(rows[name].line(name) for name in names)]) + "\n"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=40)
    options.add_argument("--restarts", type=int, default=6)
    options.add_argument("--minutes", type=float, help="repeat the faults under load until so many minutes have passed")
    chosen = options.parse_args()
    where, rows, began, failed, rounds = machine(), defaultdict(Row), time.monotonic(), 0, 0
    names = UNDER_LOAD if chosen.minutes else {**UNDER_LOAD, **BESIDE}
    while not rounds or (chosen.minutes and time.monotonic() - began < chosen.minutes * 60):
        failed |= once(rows, names, XIAOBAO_KILLS=str(chosen.kills), XIAOBAO_RESTARTS=str(chosen.restarts),
                       XIAOBAO_KILL_SEED=str(random.randrange(10**6)))
        rounds += 1
    minutes = (time.monotonic() - began) / 60
    database = "SQLite 与 PostgreSQL" if os.environ.get("XIAOBAO_TEST_POSTGRES_URL") else "SQLite（崩溃一行是 PostgreSQL）"
    page = f"{where}\n\n{database}，{rounds} 轮，{minutes:.0f} 分钟。\n\n{written(rows, names)}"
    print(page)
    head = HEAD if not chosen.minutes else HEAD.replace("# 故障\n", "# 故障，循环跑\n")
    (DOCS / ("soak.md" if chosen.minutes else "faults.md")).write_text(f"{head}\n{page}", encoding="utf-8")
    return failed


if __name__ == "__main__":
    sys.exit(main())
