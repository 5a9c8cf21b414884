"""How many instructions one message costs, from HTTP's parsed update to the commit: a figure that no busy neighbour changes.

    python -m tests.bench.instructions          counts and compares with instructions.json; exit status 1 where it has risen
    python -m tests.bench.instructions --keep   counts and keeps the figure

Needs valgrind (Debian: apt-get install valgrind) and some minutes: the same program runs under it with and without messages, and
the difference is what the messages cost. Another processor or another version of numpy takes other paths: count anew there.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__)
KEPT = HERE.with_suffix(".json")
MESSAGES, BATCH = 640, 32
MAY_RISE = 1.05


def work(count: int) -> None:
    """Build the house and let it handle so many messages."""
    from bot.channels.telegram_parse import parse
    from bot.house import build
    from bot.settings import read_settings
    from tests.bench.mix import delivery, messages
    from tickets.migrate import upgrade

    settings = read_settings()
    upgrade(settings.database_url)
    house, texts = build(settings), messages(MESSAGES)
    incomings = [parse(delivery(texts, n).partition(b"\r\n\r\n")[2])[0] for n in range(MESSAGES)]
    for start in range(0, count, BATCH):
        house.intake.receive(incomings[start : start + BATCH])
    house.store.close()


def counted(count: int, folder: Path) -> int:
    """Instructions of a whole run with so many messages."""
    environ = {**os.environ, "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
               "XIAOBAO_VAR_FOLDER": str(folder), "XIAOBAO_DATABASE_URL": f"sqlite:///{folder / f'{count}.sqlite3'}"}
    run = subprocess.run(
        ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", sys.executable, "-m",
         "tests.bench.instructions", "work", str(count)],
        env=environ, cwd=HERE.parents[2], capture_output=True, text=True, check=True)
    return int(re.search(r"I\s+refs:\s+([\d,]+)", run.stderr)[1].replace(",", ""))


def main(keep: bool) -> int:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        subprocess.run([sys.executable, "-m", "tests.bench.instructions", "work", "0"], cwd=HERE.parents[2], check=True, env={
            **os.environ, "XIAOBAO_VAR_FOLDER": made, "XIAOBAO_DATABASE_URL": f"sqlite:///{folder / 'first.sqlite3'}"})
        now = (counted(MESSAGES, folder) - counted(0, folder)) / MESSAGES / 1e6
    before = json.loads(KEPT.read_text())["million instructions a message"] if KEPT.exists() else None
    print(f"每条消息 {now:.2f} 百万条指令" + (f"，上次记下的是 {before:.2f}" if before else ""))
    if keep:
        KEPT.write_text(json.dumps({"million instructions a message": round(now, 2), "messages": MESSAGES}) + "\n")
        return 0
    if before is None:
        print("还没有记下过的数；先用 --keep 记下。")
        return 1
    return int(now > before * MAY_RISE)


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(int(sys.argv[2]))
    else:
        sys.exit(main("--keep" in sys.argv))
