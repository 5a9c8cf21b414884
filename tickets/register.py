"""Putting matters on the register: filing a ticket, adding to it, and telling what it stands at."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from tickets.batch import tickets_of
from tickets.models import OPEN, Alert, Chat, Event, Message, Owed, Ticket, now
from tickets.numbers import ticket_number

__all__ = ["OPEN", "Filing", "answer_customer", "file_ticket", "grade_of", "owe", "raise_alert", "regrade",
           "ticket_of_number", "tickets_of_chat"]


@dataclass(frozen=True)
class Filing:
    """What is known when a ticket is filed; everything that is missing is asked for afterwards."""

    source: str
    summary: str
    kind: str = "complaint"
    category: str | None = None
    cause: str | None = None
    also: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    urgency: str = "none"
    flags: tuple[str, ...] = ()
    reading: dict[str, Any] = field(default_factory=dict)
    model_version: str | None = None
    is_repeat: bool = False
    repeat_of_id: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)  # further Ticket columns: branch_id, claim, regulator_due_at, …


def file_ticket(session: Session, filing: Filing, *, due_at: datetime, chat: Chat | None = None,
                actor: str = "customer", staff_id: int | None = None, at: datetime | None = None) -> Ticket:
    """File a ticket at once; its number comes from its id, so two can never share one.

    Flushes (in a batch the next flush is enough, since ids are given out beforehand), does not commit.
    """
    at = at or now()
    ticket = Ticket(
        number=f"new-{uuid4().hex[:16]}", kind=filing.kind, source=filing.source,
        chat_id=chat.id if chat else None, customer_id=chat.customer_id if chat else None,
        summary=filing.summary, category=filing.category, cause=filing.cause, also=list(filing.also),
        rights=list(filing.rights), primary_right=filing.rights[0] if filing.rights else None,
        urgency=filing.urgency, flags=list(filing.flags), reading=filing.reading, model_version=filing.model_version,
        is_repeat=filing.is_repeat, repeat_of_id=filing.repeat_of_id,
        grade=grade_of(filing.urgency, filing.flags), received_at=at, clock_from=at, due_at=due_at,
        contact_due_at=at + timedelta(hours=24), **filing.extra,
    )
    session.add(ticket)
    if ticket.id is None:
        session.flush()
    ticket.number = ticket_number(ticket.id, at)
    session.add(Event(ticket_id=ticket.id, kind="received", actor=actor, staff_id=staff_id, at=at,
                      data={"source": filing.source, "category": filing.category, "cause": filing.cause}))
    if session.autoflush:
        session.flush()
    return ticket


ALONE = frozenset({"fraud_now", "self_harm", "violence"})
"""What one person's danger is: level I, and yet no 重大投诉."""


def grade_of(urgency: str, flags: Collection[str], *, extended: bool = False) -> str:
    """What the flags alone tell. 重大 is only what 第三号令第二十九条 calls so: a crowd of twenty (a `group` that is level I by
    itself). A disaster, or what the regulator calls so, is for a person to say on the ticket's page."""
    if urgency == "I" and "group" in flags and not ALONE & set(flags):
        return "重大"
    return "复杂" if extended or {"identity_loan", "group"} & set(flags) else "普通"


def regrade(ticket: Ticket, *, urgency: str | None = None, flags: Collection[str] | None = None) -> None:
    """Change its level or its marks; the grade follows, unless a person called it otherwise than they tell."""
    extended = bool(ticket.extension)
    told = ticket.grade == grade_of(ticket.urgency, ticket.flags, extended=extended)
    ticket.urgency = ticket.urgency if urgency is None else urgency
    ticket.flags = ticket.flags if flags is None else list(flags)
    if told:
        ticket.grade = grade_of(ticket.urgency, ticket.flags, extended=extended)


def raise_alert(session: Session, *, kind: str, text: str, ticket: Ticket | None, at: datetime | None = None) -> Alert:
    """Put something before whoever is on duty; the outbox rows that wake them are the caller's to owe."""
    alert = Alert(kind=kind, text=text, ticket_id=ticket.id if ticket else None, at=at or now())
    session.add(alert)
    return alert


def owe(session: Session, *, channel: str, address: str, body: dict[str, Any], purpose: str = "reply",
        chat_id: int | None = None, ticket_id: int | None = None, at: datetime | None = None) -> Owed:
    """Owe a reply: it is sent after the commit, again and again until it arrives, in the order it was owed."""
    at = at or now()
    owed = Owed(channel=channel, address=address, body=body, purpose=purpose, chat_id=chat_id, ticket_id=ticket_id,
                next_try_at=at, at=at)
    session.add(owed)
    return owed


def answer_customer(session: Session, ticket: Ticket, text: str, *, staff_id: int, body: dict[str, Any]) -> Owed | None:
    """A person of the office answers in the customer's own channel; None when the ticket has no channel to answer in.

    First contact is counted when the answer arrives (telling.contacted), or now where it is the record of a talk by telephone.
    """
    at = now()
    session.add(Message(chat_id=ticket.chat_id, ticket_id=ticket.id, author="staff", staff_id=staff_id, text=text, at=at))
    session.add(Event(ticket_id=ticket.id, kind="answered", actor="staff", staff_id=staff_id, at=at))
    if ticket.chat_id is None:
        ticket.first_contact_at = ticket.first_contact_at or at
        return None
    chat = session.get_one(Chat, ticket.chat_id)
    owed = owe(session, channel=chat.channel, address=chat.address, body=body, purpose="answer", chat_id=chat.id,
               ticket_id=ticket.id, at=at)
    session.flush()
    return owed


def tickets_of_chat(session: Session, chat_id: int, *, limit: int = 5) -> list[Ticket]:
    """The customer's own tickets in this chat, newest first."""
    return tickets_of(session, chat_id)[:limit]


def ticket_of_number(session: Session, number: str, *, chat_id: int | None = None) -> Ticket | None:
    """The ticket of a number; with `chat_id`, only if it belongs to that chat (nobody reads another's ticket)."""
    query = select(Ticket).where(Ticket.number == number)
    if chat_id is not None:
        query = query.where(Ticket.chat_id == chat_id)
    return session.scalars(query).one_or_none()
