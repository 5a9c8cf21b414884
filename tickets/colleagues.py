"""Who may be given a ticket, so that two of the same name are told apart: with the branch, and with what each has in hand."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from tickets.assignment import HANDLING
from tickets.models import Audit, Branch, Staff, Ticket
from tickets.queue import EVER


@dataclass(frozen=True)
class Colleague:
    """One line of a choice. `username` is empty unless somebody at the same branch has the same name."""

    id: int
    name: str
    role: str
    branch: str
    open: int
    username: str = ""

    @property
    def label(self) -> str:
        """「李经办·城东支行·在办 7」"""
        said = f"{self.name}（{self.username}）" if self.username else self.name
        return "·".join(filter(None, (said, self.branch, f"在办 {self.open}")))


def colleagues(session: Session) -> list[Colleague]:
    """All who handle tickets and are in service, by name; one query."""
    load = (select(Ticket.assignee_id, func.count().label("open")).where(Ticket.is_open == true(), Ticket.due_at > EVER)
            .group_by(Ticket.assignee_id).subquery())
    rows = session.execute(
        select(Staff.id, Staff.name, Staff.role, Staff.username, Branch.name.label("branch"), load.c.open)
        .outerjoin(Branch, Branch.id == Staff.branch_id).outerjoin(load, load.c.assignee_id == Staff.id)
        .where(Staff.active, Staff.role.in_(HANDLING)).order_by(Staff.name, Branch.path, Staff.id)).all()
    alike = Counter((row.name, row.branch) for row in rows)
    return [Colleague(row.id, row.name, row.role, row.branch or "", row.open or 0,
                      row.username if alike[row.name, row.branch] > 1 else "") for row in rows]


def labels(session: Session) -> dict[int, str]:
    """Everybody who is or was here, by name, told apart as in `Colleague`: 「李经办·城东支行」."""
    rows = session.execute(select(Staff.id, Staff.name, Staff.username, Branch.name.label("branch"))
                           .outerjoin(Branch, Branch.id == Staff.branch_id).order_by(Staff.name, Branch.path, Staff.id)).all()
    alike = Counter((row.name, row.branch) for row in rows)
    return {row.id: "·".join(filter(None, (f"{row.name}（{row.username}）" if alike[row.name, row.branch] > 1 else row.name,
                                           row.branch))) for row in rows}


@dataclass(frozen=True)
class Roll:
    """Everybody who is or was here, by branch and name, read once for any day. `left`: when who is disabled last became so."""

    people: list[Staff]
    left: dict[str, datetime]

    def at(self, moment: datetime) -> list[Staff]:
        """Who was here at that moment."""
        return [one for one in self.people
                if one.created_at <= moment and (one.active or self.left.get(f"staff:{one.id}", moment) > moment)]


def roll(session: Session) -> Roll:
    """When somebody was disabled stands in the chain of records alone."""
    people = list(session.scalars(select(Staff).order_by(Staff.branch_id, Staff.name, Staff.id)))
    gone = [f"staff:{one.id}" for one in people if not one.active]
    left = dict(session.execute(select(Audit.target, func.max(Audit.at)).where(
        Audit.action == "staff.active", Audit.target.in_(gone)).group_by(Audit.target)).all()) if gone else {}
    return Roll(people, left)


def in_service(session: Session, at: datetime) -> list[Staff]:
    """Who was here at that moment, by branch and name."""
    return roll(session).at(at)
