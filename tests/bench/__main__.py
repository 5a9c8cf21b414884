"""`make bench`: every figure of speed in one table, written to docs/performance.md between its marks.

Parts can be chosen: `python -m tests.bench reading search`. What is not measured this time keeps its rows of the last time.
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench import outbox_speed, reading_speed, search_speed, start_speed, two_processes, whole_path
from tests.bench.figures_table import Row, machine, written

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- {} -->", "<!-- /{} -->"
POSTGRES = os.environ.get("XIAOBAO_TEST_POSTGRES_URL", "")
PARTS: dict[str, tuple[str, Callable[[], list[Row]]]] = {
    "start": ("启动与内存", start_speed.rows),
    "path": ("一条消息的全程", whole_path.rows),
    "reading": ("读懂一条消息", reading_speed.rows),
    "search": ("找答案", search_speed.rows),
    "outbox": ("发出应答", outbox_speed.rows),
    "processes": ("两个进程", lambda: two_processes.rows(POSTGRES)),
}
TITLE = "# 性能"
HEAD = f"""{TITLE}
本页各节由命令写出：`make bench`（各部分可单独重测：`python -m tests.bench start path …`）、`make bench-big`（百万工单）、
`make bench-reports`（报表与看板）。达不到目标的写 ✗，并说明是怎么量的。比值都在同一次运行里轮流测得，机器忙闲对双方一样；
绝对值要看当时的负载。一台机器能装多少见 [capacity.md](capacity.md)。
"""


def section(name: str, title: str, rows: list[Row]) -> str:
    return f"{BEGIN.format(name)}\n## {title}\n\n{machine()}\n\n{written(rows)}{END.format(name)}\n"


def put(page: str, name: str, text: str) -> str:
    """The page with this section replaced, or added at its end."""
    before, begin, rest = page.partition(BEGIN.format(name))
    _, end, after = rest.partition(END.format(name) + "\n")
    return before + text + after if begin and end else page.rstrip() + "\n\n" + text


def write(name: str, title: str, rows: list[Row]) -> None:
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    if not page.startswith(HEAD):
        page = HEAD + "\n" + page.removeprefix(TITLE).lstrip()
    PAGE.write_text(put(page, name, section(name, title, rows)), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="part", help=", ".join(PARTS))
    chosen = parser.parse_args().parts or list(PARTS)
    if "processes" in chosen and not POSTGRES:
        chosen.remove("processes")
        print("XIAOBAO_TEST_POSTGRES_URL 没有设，不测两个进程。", file=sys.stderr)
    measured: list[Row] = []
    print(machine(), "\n")
    for name in chosen:
        title, measure = PARTS[name]
        print(f"正在测：{title}…", file=sys.stderr)
        rows = measure()
        write(name, title, rows)
        measured += rows
    print(written(measured))


if __name__ == "__main__":
    main()
