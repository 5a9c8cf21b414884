"""What was said and by whom: chats, deliveries that make a redelivery harmless, messages, and replies we owe."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tickets.models.base import Base, Id, now


class Chat(Base):
    """One conversation in one channel: a Telegram chat, a browser, a terminal. `address` is the channel's own name for it."""

    __tablename__ = "chat"
    __table_args__ = (UniqueConstraint("channel", "address"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(80))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    audience: Mapped[str] = mapped_column(String(16), default="公众")
    state: Mapped[dict[str, Any]] = mapped_column(default=dict)  # where the conversation stands; see bot/conversation.py
    misses: Mapped[int] = mapped_column(default=0)  # unanswered questions in a row; a person is offered at three
    tips: Mapped[bool] = mapped_column(default=False)  # subscribed to the daily tip
    daily: Mapped[bool] = mapped_column(default=False)  # subscribed to the daily question
    banned_until: Mapped[datetime | None]  # nobody sets or reads it
    unreachable_since: Mapped[datetime | None]  # the platform says that this person has blocked us
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)


class Customer(Base):
    """A person known across channels only by what the office recorded; the phone is kept as a keyed hash and its last digits."""

    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(40), default="")  # masked: 张*
    phone_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    phone_tail: Mapped[str] = mapped_column(String(4), default="")
    kind: Mapped[str] = mapped_column(String(16), default="person")  # person | corp
    created_at: Mapped[datetime] = mapped_column(default=now)


class Delivery(Base):
    """The proof that a platform's delivery was handled: its unique key is what makes a second delivery harmless."""

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("channel", "key"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(default=now)


class Parked(Base):
    """A delivery that failed again and again, set aside for a person instead of blocking the queue behind it."""

    __tablename__ = "parked"
    __table_args__ = (UniqueConstraint("channel", "key"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(String(80), default="")
    text: Mapped[str] = mapped_column(Text, default="")  # masked
    error: Mapped[str] = mapped_column(Text, default="")
    tries: Mapped[int] = mapped_column(default=1)
    parked_at: Mapped[datetime | None]  # None while it is still being tried
    resolved_at: Mapped[datetime | None]
    at: Mapped[datetime] = mapped_column(default=now)


class Message(Base):
    """One thing said in a chat, masked before it is stored. `reading` is what the models understood."""

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_chat_id_id", "chat_id", "id"), Index("ix_message_ticket_id_id", "ticket_id", "id"),
                      Index("ix_message_author_at_chat_id", "author", "at", "chat_id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chat.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"))
    author: Mapped[str] = mapped_column(String(16))  # customer | bot | staff | note
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str] = mapped_column(String(16), default="text")  # bot.messages.Incoming.kind
    text: Mapped[str] = mapped_column(Text, default="")
    reading: Mapped[dict[str, Any] | None]
    platform_id: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(default=now)


class Attachment(Base):
    """A photo or document of a ticket; the bytes lie outside the web root under a name we chose."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(default=0)  # bytes
    platform_file: Mapped[str | None] = mapped_column(String(200))  # the platform's file id, until fetched
    stored_as: Mapped[str | None] = mapped_column(String(80))  # file name under the attachment folder
    refused: Mapped[str | None] = mapped_column(String(100))  # why it was not kept
    at: Mapped[datetime] = mapped_column(default=now)


URGENT = "urgent"


class Owed(Base):
    """A reply we owe. It is written in the same commit as the message that caused it and stays until the platform took it."""

    __tablename__ = "owed"
    __table_args__ = (
        Index("ix_owed_status_next_try_at_id", "status", "next_try_at", "id"),
        Index("ix_owed_channel_address_id", "channel", "address", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(80))
    thread: Mapped[int | None]  # forum topic in a staff group
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chat.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"), index=True)
    # reply | urgent (a reply in an emergency) | answer (of a colleague) | told | rating | alert | topic | tip | warning
    purpose: Mapped[str] = mapped_column(String(20), default="reply")
    body: Mapped[dict[str, Any]]  # bot.messages.Reply as plain data
    status: Mapped[str] = mapped_column(String(10), default="owed")  # owed | sending | sent | dead
    attempts: Mapped[int] = mapped_column(default=0)
    uncertain: Mapped[int] = mapped_column(default=0)  # sends that may have taken effect without our knowing
    next_try_at: Mapped[datetime] = mapped_column(default=now)
    lease_until: Mapped[datetime | None]
    platform_id: Mapped[str | None] = mapped_column(String(40))
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)


class Gap(Base):
    """A question that the knowledge base could not answer, masked, kept so that the office can write the missing entry."""

    __tablename__ = "gap"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chat.id"))
    text: Mapped[str] = mapped_column(Text)
    candidates: Mapped[list[Any]] = mapped_column(default=list)
    chosen: Mapped[str | None] = mapped_column(String(80))  # the near miss that the person picked
    group_key: Mapped[str | None] = mapped_column(String(80), index=True)
    resolved_at: Mapped[datetime | None]
    at: Mapped[datetime] = mapped_column(default=now, index=True)
