"""Who works here: branches as a tree, staff with roles, their sessions, the duty roster, and the audit chain."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tickets.models.base import Base, Id, now


class Branch(Base):
    """A branch or department; `path` is the chain of ids from the root, so that a subtree is one prefix."""

    __tablename__ = "branch"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"))
    path: Mapped[str] = mapped_column(String(200), default="", index=True)  # "/1/4/17/"
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(12), default="branch")  # head | branch | outlet | department
    aliases: Mapped[list[str]] = mapped_column(default=list)  # how customers name it
    active: Mapped[bool] = mapped_column(default=True)


class Staff(Base):
    """A person who signs in to the desk. Roles: intake 受理, handler 承办, lead 主管, auditor 审计只读, admin 管理员."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    username: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(12))
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"))
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_step: Mapped[int] = mapped_column(default=0)  # the last half-minute whose code was used: no code works twice
    telegram_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    link_code_hash: Mapped[str | None] = mapped_column(String(64))
    link_code_until: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class DeskSession(Base):
    """A signed-in browser; the cookie holds a random token and the table only its hash."""

    __tablename__ = "desk_session"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]


class SignInFailure(Base):
    """A failed sign-in, counted by account and by address so that guessing is slowed without telling who exists."""

    __tablename__ = "sign_in_failure"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account: Mapped[str] = mapped_column(String(64), index=True)  # keyed hash of the name that was tried
    address: Mapped[str] = mapped_column(String(64), index=True)  # keyed hash of the network address
    at: Mapped[datetime] = mapped_column(default=now, index=True)


class Duty(Base):
    """Who is on duty: woken for level I between `starts_at` and `ends_at`."""

    __tablename__ = "duty"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]


class Route(Base):
    """A routing rule: the first row that matches says who handles a new ticket. Empty fields match anything."""

    __tablename__ = "route"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    category: Mapped[str | None] = mapped_column(String(24))
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"))
    urgency: Mapped[str | None] = mapped_column(String(4))
    to_staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    to_branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"))


class SavedFilter(Base):
    """A view of the queue that one person keeps under a name."""

    __tablename__ = "saved_filter"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(String(500))


class Audit(Base):
    """Append-only, hash-chained record of what staff did; holds ids and codes, never personal data."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    staff_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(40))
    target: Mapped[str] = mapped_column(String(60), default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64), unique=True)


class Rectification(Base):
    """整改台账: a problem, its root cause, who mends it by when, with what evidence, and how far it is."""

    __tablename__ = "rectification"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    problem: Mapped[str] = mapped_column(Text)
    root_cause: Mapped[str] = mapped_column(Text, default="")
    measures: Mapped[str] = mapped_column(Text, default="")  # 整改措施
    owner: Mapped[str] = mapped_column(String(60), default="")
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"))
    category: Mapped[str | None] = mapped_column(String(24))
    cause: Mapped[str | None] = mapped_column(String(24))
    due_on: Mapped[date | None]
    evidence: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(12), default="open")  # open | doing | done
    tickets: Mapped[list[Any]] = mapped_column(default=list)  # ids of the tickets that showed it
    origin: Mapped[str | None] = mapped_column(String(120), unique=True)  # the warning or group it was offered by, once
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[datetime | None]
    at: Mapped[datetime] = mapped_column(default=now)


class Edition(Base):
    """A report as it was made: what it said, cell by cell, and the file itself. Made again it shows what changed since."""

    __tablename__ = "edition"
    __table_args__ = (Index("ix_edition_kind_period_id", "kind", "period", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))  # monthly | quarterly | half | annual | assessment | ledger
    period: Mapped[str] = mapped_column(String(10))  # 2026-10, 2026-Q3, 2026-H1, 2026
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the file
    said: Mapped[dict[str, Any]] = mapped_column(default=dict)  # place in the report → what stood there
    changes: Mapped[list[Any]] = mapped_column(default=list)  # against the edition before: [place, was, is]
    name: Mapped[str] = mapped_column(String(80))  # file name
    body: Mapped[bytes] = mapped_column(LargeBinary)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # None: on schedule, or from the command line
    at: Mapped[datetime] = mapped_column(default=now)


class Fact(Base):
    """Small named values of the house itself: the last swept day, the model in use. One row a name."""

    __tablename__ = "fact"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(default=dict)
    blob: Mapped[bytes | None] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(default=now)
