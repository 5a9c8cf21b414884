"""The fuzz run of `make fuzz`: N made-up requests with the real models on SQLite, and docs/fuzz.md with what came back."""

import argparse
import logging
import random
import sys
import tempfile
from pathlib import Path

from bot.house import build
from tests import builders
from tests.bench.figures_table import machine
from tests.fuzz import trial
from tickets.migrate import upgrade

PAGE = Path(__file__).parents[2] / "docs" / "fuzz.md"
KINDS = {"update": "Telegram 更新", "mangled": "改坏字节的更新", "page": "客户网页", "desk": "工作台（已登录的管理员）"}
HEAD = """# 乱造的请求

`make fuzz` 生成（`N=100000 SEED=…` 可改）。按我们读得懂的形状随机造 Telegram 更新、按钮、文件、表单，里面的怪值由
Hypothesis 给出；另有截断、改字节、插坏字节的请求体。最多八条同时进来，共用一次提交；都打在同一个进程内的完整应用上
（真实模型、SQLite、`synchronous=FULL`）。目标：5xx 为 0，答复里没有堆栈，日志里没有 ERROR，跑完以后一切照常。
"""


def table(tally: trial.Tally) -> str:
    lines = ["| 什么 | 条数 | 应答 |", "|---|---:|---|"]
    for kind, name in KINDS.items():
        statuses = sorted((status, count) for (of, status), count in tally.statuses.items() if of == kind)
        lines.append(f"| {name} | {tally.asked[kind]:,} | {'、'.join(f'{status} × {count:,}' for status, count in statuses)} |")
    took, where = tally.slowest
    outcomes = "、".join(f"{count:,}" for count in tally.outcomes.values())
    lines += ["", "| 结果 | 数 | 目标 |", "|---|---:|---:|",
              f"| 合计 | {sum(tally.asked.values()):,} | |",
              f"| 5xx，或逸出应用的异常 | {len(tally.failures)} | 0 |",
              f"| 答复里的堆栈、密钥 | {len(tally.leaks)} | 0 |",
              f"| 日志里的 ERROR | {sum(tally.errors.values())} | 0 |",
              f"| 处理成功、重复、搁置待人工、失败的消息 | {outcomes} | 失败 0 |",
              f"| 跑完以后不正常的（就绪、受理、答复、工单、工作台、审计链） | {tally.answers_after or '无'} | 无 |",
              f"| 最慢的一次 | {took * 1000:.0f} ms | {where} |"]
    return "\n".join(lines) + "\n"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=random.randrange(10**6))
    options.add_argument("--stand-ins", action="store_true", help="the tests' stand-in models instead of the real ones")
    chosen = options.parse_args()
    logging.disable(logging.WARNING)
    where = machine()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/fuzz.sqlite3"
        upgrade(url)
        settings = builders.settings(Path(folder), database_url=url, **trial.SETTINGS)
        house = build(settings)
        if chosen.stand_ins:
            house = builders.house(house.store, Path(folder), **trial.SETTINGS)
        tally = trial.run(house, chosen.count, begin=chosen.seed,
                          said=lambda t: print(f"{sum(t.asked.values()):,} …", len(t.failures), file=sys.stderr, flush=True))
    shown = f"{where}\n\n种子 {chosen.seed}，{tally.seconds:,.0f} 秒。\n\n{table(tally)}"
    print(shown)
    for wrong in (tally.failures[:20], tally.leaks[:5], tally.errors.most_common(20)):
        for one in wrong:
            print(one)
    PAGE.write_text(f"{HEAD}\n{shown}", encoding="utf-8")
    good = not (tally.failures or tally.leaks or tally.errors or tally.answers_after or tally.outcomes["failed"])
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
