"""How quick the queue and its search are with a hundred thousand tickets: `python -m tests.bench.queue_speed URL [--open 0.1]`.

URL is an *empty* database of your own (sqlite:////tmp/q.sqlite3 or postgresql://…). Prints medians of nine in milliseconds.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event, insert, text

from knowledge.base import FOLDER, GROUPS, Taxonomy
from knowledge.clocks import read_deadlines
from knowledge.tables import read_taxonomy, read_wording
from tickets import assignment, migrate, repeats, search, sweep
from tickets.db import Store
from tickets.models import OPEN, Staff, Ticket
from tickets.queue import QueueFilter, counts, queue

NOW = datetime(2026, 11, 24, tzinfo=UTC)
WORDS = (
    "贷款 信用卡 借记卡 限额 转账 被骗 催收 电话 征信 逾期 利息 手续费 城东 支行 柜台 "
    "排队 经理 态度 退费 保险 理财 亏损 存款 冻结 解冻 老人 母亲 手机银行 短信 扣款 "
    "年费 分期 提前还款 抵押 房贷 冒名 担保 不认识 从来没有 昨天 上周 三个月 一直 没人 "
    "回复 投诉 解决 要求 "
).split()
CLOSED = ("told", "closed", "withdrawn", "merged", "not_accepted")


def fill(store: Store, count: int, share_open: float) -> None:
    """A head office with twenty branches of five outlets, sixty people, and a year of tickets."""
    pick = random.Random(7)
    with store.write() as session:
        head = assignment.add_branch(session, code="H", name="总行", kind="head")
        branches = []
        for n in range(20):
            branch = assignment.add_branch(session, code=f"B{n}", name=f"第{n}支行", parent=head)
            branches += [branch, *(assignment.add_branch(session, code=f"B{n}-{m}", name=f"第{n}-{m}网点", parent=branch)
                                   for m in range(5))]
        branch_ids = [branch.id for branch in branches]
        session.add_all(Staff(username=f"u{n}", name=f"员工{n}", role="handler", password_hash="-",
                              branch_id=pick.choice(branch_ids) if n else None) for n in range(60))
    for start in range(0, count, 5000):
        with store.write() as session:
            numbers = range(start, min(start + 5000, count))
            session.execute(insert(Ticket), [_ticket(n, pick, branch_ids, share_open) for n in numbers])
    last = 0
    while True:
        with store.write() as session:
            last = search.reindex(session, after=last, limit=2000)
        if not last:
            break
    with store.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("ANALYZE" if store.is_sqlite else "VACUUM ANALYZE"))


def _ticket(n: int, pick: random.Random, branch_ids: list[int], share_open: float) -> dict[str, Any]:
    is_open = pick.random() < share_open
    at = NOW - timedelta(seconds=pick.randrange((40 if is_open else 365) * 86400))
    return {
        "number": f"b{n:07d}", "kind": "complaint", "status": pick.choice(OPEN if is_open else CLOSED), "source": "telegram",
        "category": pick.choice(("LOAN", "DEBIT_CARD", "CREDIT_CARD", "PAYMENT")), "cause": "PROCESS", "also": [], "rights": [],
        "urgency": pick.choices(("I", "II", "III", "none"), (1, 10, 10, 80))[0], "reading": {"because": {"category": WORDS[:10]}},
        "flags": pick.sample(("elderly", "media", "angry"), pick.randrange(3)), "branch_id": pick.choice(branch_ids),
        "assignee_id": pick.choice((None, *range(1, 61))), "facts": "".join(pick.choices(WORDS, k=20)),
        "summary": "".join(pick.choices(WORDS, k=pick.randrange(10, 60))),
        "received_at": at, "clock_from": at, "due_at": at + timedelta(days=15), "contact_due_at": at + timedelta(days=1)}


VIEWS = {
    "open, by due day": QueueFilter(), "open, by urgency": QueueFilter(order="urgent"),
    "all, newest": QueueFilter("all", order="new"),
    "mine": QueueFilter(mine=True), "overdue": QueueFilter(overdue=True), "one branch": QueueFilter(branch=2),
    "one flag": QueueFilter(flag=("elderly",)), "category and source": QueueFilter(category=("LOAN",), source=("telegram",)),
    "search 贷款, all newest": QueueFilter("all", words="贷款", order="new"), "search 贷款, open": QueueFilter(words="贷款"),
    "search 冒名担保": QueueFilter("all", words="冒名担保"), "search three words": QueueFilter("all", words="城东支行 老人 保险"),
    "search, nothing found": QueueFilter("all", words="火星移民"),
}


def measure(store: Store) -> None:
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    for staff_id, who in ((1, "head office"), (5, "one outlet")):
        for name, view in VIEWS.items():
            _report(f"{who}: {name}", store, asked, staff_id,
                    lambda session, staff, view=view: queue(session, staff, view, at=NOW, soon=NOW + timedelta(days=5)))
        _report(f"{who}: sidebar", store, asked, staff_id,
                lambda session, staff: counts(session, staff, at=NOW, soon=NOW + timedelta(days=5)))
    rules, groups = read_deadlines(FOLDER / "deadlines.toml"), read_taxonomy(FOLDER / "taxonomy.toml")
    taxonomy, wording = Taxonomy(**{name: groups[name] for name in GROUPS}), read_wording(FOLDER / "wording.toml")
    _report("worker: look for crowds", store, asked, 1,
            lambda session, _: repeats.find_crowds(session, rules, NOW, taxonomy=taxonomy), times=3)
    for n in range(3):
        began = time.perf_counter()
        with store.write() as session:
            notices = sweep.sweep(session, rules, NOW, wording=wording)
        print(f"worker: sweep {n + 1}, {len(notices)} notices {(time.perf_counter() - began) * 1000:.0f} ms")


def _report(name: str, store: Store, asked: list[str], staff_id: int, action: Callable[..., Any], *, times: int = 9) -> None:
    took = []
    for _ in range(times):
        with store.read() as session:
            staff = session.get_one(Staff, staff_id)
            asked.clear()
            began = time.perf_counter()
            action(session, staff)
            took.append((time.perf_counter() - began) * 1000)
    print(f"{name:42s} median {statistics.median(took):6.1f} ms, most {max(took):6.1f} ms, {len(asked)} query")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("url")
    options.add_argument("--tickets", type=int, default=100_000)
    options.add_argument("--open", type=float, default=0.1, help="share of open tickets")
    chosen = options.parse_args()
    migrate.upgrade(chosen.url)
    store = Store(chosen.url)
    fill(store, chosen.tickets, chosen.open)
    measure(store)
    store.close()


if __name__ == "__main__":
    main()
