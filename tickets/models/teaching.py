"""Knowledge and teaching: what the office changes in its base, papers it draws up, what people answered, the training plan."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tickets.models.base import Base, Id, now


class EntryChange(Base):
    """What the office changes in its knowledge base: an entry more (`kind` added), or one that is not shown (hidden).
    One proposes, another decides; who hides what may be wrong needs nobody else."""

    __tablename__ = "entry_change"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))  # added | hidden
    slug: Mapped[str] = mapped_column(String(80))
    theme: Mapped[str] = mapped_column(String(40))
    question: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, default="")  # the section as it would stand in a file; of a hidden one as it was
    group_key: Mapped[str] = mapped_column(String(80), default="")  # the unanswered questions that it answers
    status: Mapped[str] = mapped_column(String(8), default="waiting", index=True)  # waiting | shown | refused | ended
    reason: Mapped[str] = mapped_column(Text, default="")  # of a refusal, of hiding, of the end
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None]


class Attempt(Base):
    """A quiz or exam taken by a chat or a staff member; questions and answers in the shuffled order they were shown."""

    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    exam_id: Mapped[int | None] = mapped_column(ForeignKey("exam.id"), index=True)
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chat.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    questions: Mapped[list[Any]] = mapped_column(default=list)  # [{"id", "order", "answer", "right"}]
    score: Mapped[int | None]  # right answers
    started_at: Mapped[datetime] = mapped_column(default=now)
    ends_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Exam(Base):
    """A paper that the office drew up from themes, with a window and a time limit. Empty roles or branches mean all."""

    __tablename__ = "exam"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    themes: Mapped[list[str]] = mapped_column(default=list)
    questions: Mapped[list[str]] = mapped_column(default=list)  # question ids: the paper of everybody's first try
    audience: Mapped[str] = mapped_column(String(16), default="员工")  # whose questions are asked
    topped_up: Mapped[bool] = mapped_column(default=True)  # may others' questions be asked where there are too few?
    varied: Mapped[bool] = mapped_column(default=False)  # everybody gets a paper of her own, of the same themes and length
    minutes: Mapped[int] = mapped_column(default=30)
    pass_score: Mapped[int] = mapped_column(default=80)  # of 100
    tries: Mapped[int] = mapped_column(default=1)  # how often one may sit it; who has passed need not come again
    roles: Mapped[list[str]] = mapped_column(default=list)
    branches: Mapped[list[Any]] = mapped_column(default=list)  # branch ids; what lies below one belongs to it
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Training(Base):
    """One line of the annual training plan: theme, date, for whom, with what, who came, and that it was held."""

    __tablename__ = "training"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    theme: Mapped[str] = mapped_column(String(40))
    on: Mapped[date]
    roles: Mapped[list[str]] = mapped_column(default=list)
    branches: Mapped[list[Any]] = mapped_column(default=list)  # branch ids
    teacher: Mapped[str] = mapped_column(String(40), default="")
    material: Mapped[str] = mapped_column(Text, default="")
    attended: Mapped[list[Any]] = mapped_column(default=list)  # staff ids
    exam_id: Mapped[int | None] = mapped_column(ForeignKey("exam.id"))
    held_on: Mapped[date | None]  # None until it is marked as held
    note: Mapped[str] = mapped_column(Text, default="")
