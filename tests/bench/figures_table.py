"""One row of the performance table, the machine it was measured on, and how both are written."""

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """What was measured, the figure, what we want, whether it is reached (None: no bar), and how it was measured."""

    what: str
    figure: str
    wanted: str
    reached: bool | None
    how: str


def written(rows: Iterable[Row]) -> str:
    marks = {True: "✓", False: "✗", None: "—"}
    lines = ["| 测什么 | 结果 | 目标 | | 怎么测的 |", "|---|---:|---:|:-:|---|"]
    lines += [f"| {row.what} | {row.figure} | {row.wanted} | {marks[row.reached]} | {row.how} |" for row in rows]
    return "\n".join(lines) + "\n"


def machine() -> str:
    """Date, processor, cores, memory and versions: enough to compare, nothing that says whose machine it is."""
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine()) if Path("/proc/cpuinfo").exists() else platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (f"{date.today()} · {model}，{os.cpu_count()} 核，{memory:.0f} GiB 内存 · {platform.system()} · "
            f"Python {platform.python_version()} · 测前一分钟平均负载 {load:.1f}（机器与他人共用）")
