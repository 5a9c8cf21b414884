"""What the customer is told of each step: which sentence of wording.toml, with which fields, owed in her own channel."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from tickets.deadlines import day_in_words
from tickets.models import Chat, Event, Message, Owed, Ticket, now
from tickets.register import owe

Say = Callable[..., str]
"""`wording("told.closed", number="…")`: knowledge.tables.Wording."""

PAUSE_NAMES = {"appraisal": "鉴定", "mediation": "调解"}


def told_fields(ticket: Ticket, key: str, *, due_at: datetime, reason: str = "", what: str = "",
                number: str = "") -> dict[str, str]:
    """The fields of a [told] sentence, plain text that can be kept on the event; the remedies are added when it is said."""
    fields = {"number": number or ticket.number}
    if key in ("told.extended", "told.resumed"):
        fields["due"] = day_in_words(due_at)
    if key in ("told.extended", "told.not_accepted"):
        fields["reason"] = reason
    if key in ("told.paused", "told.resumed"):
        fields["what"] = what
    if key == "told.decided":
        fields |= {"decision": ticket.decision, "reason": ticket.decision_reason}
    return fields


def told_text(ticket: Ticket, event: Event, *, wording: Say) -> str | None:
    """The sentence that this event has for the customer; None when it has none. 第三号令第十九条: a decision names the remedies."""
    tell = event.data.get("tell")
    if tell is None:
        return None
    fields = dict(tell["fields"])
    if tell["key"] == "told.decided":
        fields["remedies"] = wording("told.remedies_after_review" if ticket.kind == "review" else "filing.remedies")
    return wording(tell["key"], **fields)


def reachable(session: Session, ticket: Ticket) -> Chat | None:
    """The chat in which she can be told, unless she has blocked us or came by telephone, counter or letter."""
    chat = session.get(Chat, ticket.chat_id) if ticket.chat_id is not None else None
    return chat if chat is not None and chat.unreachable_since is None else None


def owe_told(session: Session, ticket: Ticket, text: str, *, at: datetime | None = None, document: str | None = None,
             purpose: str = "told") -> Owed | None:
    """Owe these words to the customer and keep them in the conversation; None when she has no channel. Flushes."""
    chat = reachable(session, ticket)
    if chat is None:
        return None
    at = at or now()
    body: dict[str, Any] = {"text": text, "buttons": [], "tone": "ticket", "ticket": ticket.number, "document": document}
    owed = owe(session, channel=chat.channel, address=chat.address, body=body, purpose=purpose, chat_id=chat.id,
               ticket_id=ticket.id, at=at)
    session.add(Message(chat_id=chat.id, ticket_id=ticket.id, author="bot", text=text, at=at))
    session.flush()
    return owed


def tell_customer(session: Session, ticket: Ticket, event: Event, *, wording: Say, document: str | None = None) -> Owed | None:
    """Owe what the event has to tell. `lifecycle.move(..., wording=...)` calls this; without it, the edge may call it later."""
    text = told_text(ticket, event, wording=wording)
    owed = owe_told(session, ticket, text, at=event.at, document=document) if text is not None else None
    if owed is not None:
        event.data = {**event.data, "owed_id": owed.id}
    return owed
