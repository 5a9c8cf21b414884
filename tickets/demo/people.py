"""The invented bank: head office, departments, branches with their outlets, and who works there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from tickets.assignment import add_branch
from tickets.demo.plan import Office
from tickets.models import Branch, Staff

NO_PASSWORD = "!"  # noqa: S105 - no hash at all: nobody signs in as an invented person
OUTLET_SHARE = (0.55, 0.4)


@dataclass(frozen=True)
class Bank:
    """`head` handles reviews; every office has its handlers and a lead, by the office's id."""

    head: Office
    offices: list[Office]
    handlers: dict[int, list[int]]
    leads: dict[int, int]


def settle(session: Session, book: Mapping[str, Any], *, since: datetime) -> Bank:
    """Found the bank, all of whose people have worked there since then; flushes, does not commit."""
    bank, surnames = book["bank"], book["bank"]["surnames"]
    head = add_branch(session, code="DEMO", name=bank["name"], kind="head")
    offices, handlers, leads, hired = [], {}, {}, 0

    def hire(branch: Branch, role: str, title: str) -> int:
        nonlocal hired
        name = surnames[hired % len(surnames)] + title
        hired += 1
        one = Staff(username=f"demo{hired:03d}", name=name, role=role, branch_id=branch.id, password_hash=NO_PASSWORD,
                    created_at=since)
        session.add(one)
        session.flush()
        return one.id

    def staff(branch: Branch) -> None:
        leads[branch.id] = hire(branch, "lead", "主管")
        handlers[branch.id] = [hire(branch, "handler", "经办") for _ in range(2)]

    staff(head)
    for role, title in (("intake", "受理"), ("intake", "受理"), ("auditor", "审计")):
        hire(head, role, title)
    for kind, name in bank["departments"]:
        branch = add_branch(session, code=f"DEMO-{kind.upper()}", name=name, parent=head, kind="department")
        staff(branch)
        offices.append(Office(branch.id, name, kind, 1.0))
    for n, name in enumerate(bank["branches"], 1):
        branch = add_branch(session, code=f"DEMO-{n:02d}", name=name, parent=head)
        staff(branch)
        offices.append(Office(branch.id, name, "branch", 1.0 / n**0.4))
        for m, (outlet, share) in enumerate(zip(bank["outlets"], OUTLET_SHARE, strict=True), 1):
            below = add_branch(session, code=f"DEMO-{n:02d}-{m}", name=name.removesuffix("支行") + outlet, parent=branch,
                               kind="outlet")
            leads[below.id], handlers[below.id] = leads[branch.id], handlers[branch.id]
            offices.append(Office(below.id, below.name, "branch", share / n**0.4))
    return Bank(Office(head.id, head.name, "head", 1.0), offices, handlers, leads)
