"""What we promise: tickets, their events, the pauses and approvals that move the law's clock, and what customers said of us."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Computed, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tickets.models.base import Base, Id, now

OPEN = ("received", "assigned", "investigating", "appraisal", "mediation", "decided", "reopened")
"""States in which somebody still owes the customer something."""
PAUSED = ("appraisal", "mediation")
"""Of these, the ones in which the law's clock is stopped (第三号令第十八条、第二十三条)."""


class Ticket(Base):
    """One matter of one person. Kinds, codes and states are plain strings with names in knowledge/."""

    __tablename__ = "ticket"
    __table_args__ = (
        # All that the queue filters by and the sidebar counts, so that neither reads the wide rows of tickets it does not show.
        Index("ix_ticket_queue", "is_open", "due_at", "id", "status", "urgency", "assignee_id", "branch_id", "against_staff_id",
              "extension_asked_by"),
        Index("ix_ticket_is_open_urgency_due_at_id", "is_open", "urgency", "due_at", "id"),
        Index("ix_ticket_received_at_id", "received_at", "id"),
        Index("ix_ticket_assignee_id_status", "assignee_id", "status"),
        Index("ix_ticket_branch_id_status_due_at", "branch_id", "status", "due_at"),
        Index("ix_ticket_chat_id_id", "chat_id", "id"),
        # All that reports and the dashboard group a period by: a month of a million tickets is read without one wide row.
        Index("ix_ticket_figures", "received_at", "kind", "status", "category", "cause", "source", "business_channel",
              "primary_right", "branch_id", "told_at", "due_at", "assignee_id", "against_staff_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[str] = mapped_column(String(24), default="complaint")  # taxonomy [ticket_kind]; its clock is in deadlines.toml
    status: Mapped[str] = mapped_column(String(16), default="received")  # see tickets/lifecycle.py
    is_open: Mapped[bool] = mapped_column(  # counted by the database itself, so that no writer can forget it
        Boolean, Computed("status IN (" + ", ".join(f"'{one}'" for one in OPEN) + ")", persisted=True))
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chat.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    customer_type: Mapped[str] = mapped_column(String(16), default="person")  # person | corp

    source: Mapped[str] = mapped_column(String(16))  # where the complaint came from: taxonomy [source]
    outer_number: Mapped[str | None] = mapped_column(String(40), index=True)  # 来文编号: the regulator's own number
    business_channel: Mapped[str | None] = mapped_column(String(16))  # where the business was done: taxonomy [business_channel]
    category: Mapped[str | None] = mapped_column(String(24))
    cause: Mapped[str | None] = mapped_column(String(24))
    also: Mapped[list[str]] = mapped_column(default=list)
    rights: Mapped[list[str]] = mapped_column(default=list)
    primary_right: Mapped[str | None] = mapped_column(String(16))
    urgency: Mapped[str] = mapped_column(String(4), default="none")
    flags: Mapped[list[str]] = mapped_column(default=list)
    grade: Mapped[str] = mapped_column(String(8), default="普通")  # 普通 | 复杂 | 重大
    model_version: Mapped[str | None] = mapped_column(String(40))
    reading: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what the model thought, and because of which words

    summary: Mapped[str] = mapped_column(Text, default="")  # the complaint in the customer's own (masked) words
    facts: Mapped[str] = mapped_column(Text, default="")  # what happened and when
    branch_named: Mapped[str] = mapped_column(String(100), default="")  # the branch as the customer named it
    claim: Mapped[str] = mapped_column(String(200), default="")  # 诉求
    contact: Mapped[str] = mapped_column(String(100), default="")  # how to be reached, masked where it must be

    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    first_handler_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # 首问负责制
    against_staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # never handles this ticket

    received_at: Mapped[datetime] = mapped_column(default=now)
    clock_from: Mapped[datetime] = mapped_column(default=now)  # received_at, or the day new facts restarted the clock
    due_at: Mapped[datetime]  # the last second by which it must be decided and told
    extension: Mapped[int] = mapped_column(default=0)  # 0 none, 1 complex (30 days), 2 approved (+30 days)
    extension_asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # waiting for the superior's approval
    extension_reason: Mapped[str] = mapped_column(Text, default="")
    contact_due_at: Mapped[datetime | None]  # internal: first contact by a person
    regulator_due_at: Mapped[datetime | None]
    first_contact_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    warned: Mapped[int] = mapped_column(default=0)  # 0 none, 1 T-5, 2 T-3, 3 T-1, 4 breached, 5 … escalated further
    contact_warned: Mapped[bool] = mapped_column(default=False)  # told the office that nobody had called her in time

    decision: Mapped[str] = mapped_column(Text, default="")  # 核实情况与处理决定
    decision_reason: Mapped[str] = mapped_column(Text, default="")  # 依据和理由
    redress: Mapped[str] = mapped_column(Text, default="")
    upheld: Mapped[bool | None] = mapped_column(Boolean)  # 有责
    told_how: Mapped[str | None] = mapped_column(String(16))  # outbox | call | letter | counter | sms
    told_owed_id: Mapped[int | None]  # the outbox row that told her
    told_evidence: Mapped[str] = mapped_column(String(200), default="")

    is_repeat: Mapped[bool] = mapped_column(default=False)
    repeat_of_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    review_of_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    crowd_id: Mapped[int | None] = mapped_column(ForeignKey("warning.id"))
    topic: Mapped[int | None]  # the staff group's forum topic
    erased_at: Mapped[datetime | None]  # words and person taken out after the years of keeping; codes stay for the figures
    version: Mapped[int] = mapped_column(default=1)  # optimistic lock of the desk's forms

    __mapper_args__ = {"version_id_col": version, "eager_defaults": False}  # is_open is only asked for in queries


class Event(Base):
    """One thing that happened to a ticket: who, when, what, why. Only ever added; its words are forgotten in time."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_ticket_id_id", "ticket_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[str] = mapped_column(String(24))
    actor: Mapped[str] = mapped_column(String(16))  # customer | staff | bot | clock
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime] = mapped_column(default=now)


class Pause(Base):
    """Time that does not count: an outside appraisal or a mediation, from `began_at` until `ended_at`."""

    __tablename__ = "pause"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))  # appraisal | mediation
    reason: Mapped[str] = mapped_column(Text, default="")
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Rating(Base):
    """What the customer thought of it, once per ticket, kept whoever handles the ticket later."""

    __tablename__ = "rating"
    __table_args__ = (UniqueConstraint("ticket_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    score: Mapped[int]  # 1 … 5
    comment: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(default=now)


class Correction(Base):
    """What a person on the desk changed of what a model had said; the model learns from these."""

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    head: Mapped[str] = mapped_column(String(16))  # intent | category | cause | urgency | answer
    text: Mapped[str] = mapped_column(Text)  # masked
    was: Mapped[str] = mapped_column(String(80), default="")
    became: Mapped[str] = mapped_column(String(80))
    model_version: Mapped[str | None] = mapped_column(String(40))
    by: Mapped[str] = mapped_column(String(16))  # customer | staff
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(default=now, index=True)


class Alert(Base):
    """Somebody on duty must look now: a level I message or a breached deadline, until a person acknowledges it."""

    __tablename__ = "alert"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    text: Mapped[str] = mapped_column(Text)
    acknowledged_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    acknowledged_at: Mapped[datetime | None] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)


class Warning_(Base):
    """A surge, a rising word or a possible group complaint; it explains itself and can be dismissed with a reason."""

    __tablename__ = "warning"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))  # surge | crowd | word | person
    key: Mapped[str] = mapped_column(String(120), unique=True)
    text: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    judged: Mapped[str | None] = mapped_column(String(10))  # true | false
    judged_reason: Mapped[str] = mapped_column(Text, default="")
    judged_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    judged_at: Mapped[datetime | None]
