"""What the customer is told of each step: which sentence of wording.toml, with which fields, owed in her own channel."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from tickets.deadlines import day_in_words
from tickets.models import Attachment, Chat, Event, Message, Owed, Ticket, now
from tickets.register import owe

Say = Callable[..., str]
"""`wording("told.closed", number="…")`: knowledge.tables.Wording."""

PAUSE_NAMES = {"appraisal": "鉴定", "mediation": "调解"}
LONGEST_PIECE = 3500
"""How long one message may be, in `length`; below every platform's limit (Telegram takes 4,096)."""


@dataclass(frozen=True)
class Enclosure:
    """A file that goes to the customer with our words, such as the letter of decision. Its bytes lie in the attachment folder
    under `stored_as` by the time of the commit: whoever encloses it sees to that."""

    name: str  # as she sees it
    stored_as: str
    media_type: str
    size: int  # bytes
    words: str  # said along with it


def told_fields(ticket: Ticket, key: str, *, due_at: datetime, reason: str = "", what: str = "",
                number: str = "") -> dict[str, str]:
    """The fields of a [told] sentence, plain text that can be kept on the event; the remedies are added when it is said."""
    fields = {"number": number or ticket.number}
    if key in ("told.extended", "told.resumed", "told.reopened"):
        fields["due"] = day_in_words(due_at)
    if key in ("told.extended", "told.not_accepted"):
        fields["reason"] = reason.rstrip("。.；; \n")  # the sentence has its own full stop
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
        fields["redress"] = f"{wording('told.redress', redress=ticket.redress)}\n\n" if ticket.redress else ""
        fields["remedies"] = wording("told.remedies_after_review" if ticket.kind == "review" else "filing.remedies")
    if tell["key"] == "told.not_accepted":  # a review is asked for of a decision, and there is none
        fields["remedies"] = wording("told.remedies_after_review")
    return wording(tell["key"], **fields)


def reachable(session: Session, ticket: Ticket) -> Chat | None:
    """The chat in which she can be told, unless she has blocked us or came by telephone, counter or letter."""
    chat = session.get(Chat, ticket.chat_id) if ticket.chat_id is not None else None
    return chat if chat is not None and chat.unreachable_since is None else None


def owe_told(session: Session, ticket: Ticket, text: str, *, at: datetime | None = None,
             enclosure: Enclosure | None = None) -> Owed | None:
    """Owe these words to the customer, then what is enclosed, and keep both in the conversation. Flushes.

    Returns the last row, which is sent after all the others: when it has arrived, she has been told. None without a channel.
    """
    chat = reachable(session, ticket)
    if chat is None:
        return None
    at = at or now()

    def say(words: str, **body: Any) -> tuple[Owed, Message]:
        body = {"text": words, "buttons": [], "tone": "ticket", "ticket": ticket.number, "document": None, **body}
        message = Message(chat_id=chat.id, ticket_id=ticket.id, author="bot", text=words, at=at)
        session.add(message)
        return owe(session, channel=chat.channel, address=chat.address, body=body, purpose="told", chat_id=chat.id,
                   ticket_id=ticket.id, at=at), message

    for piece in pieces(text):
        owed, _ = say(piece)
        session.flush()  # rows are sent in the order of their ids
    if enclosure is not None:
        owed, message = say(enclosure.words, document={"name": enclosure.name, "stored_as": enclosure.stored_as})
        message.kind = "document"
        session.flush()
        session.add(Attachment(message_id=message.id, ticket_id=ticket.id, name=enclosure.name, stored_as=enclosure.stored_as,
                               media_type=enclosure.media_type, size=enclosure.size, at=at))
        session.flush()
    return owed


def contacted(session: Session, *arrived: ColumnElement[bool], at: datetime) -> None:
    """A colleague's answer has arrived (conditions on Owed): only now has the office been in contact with her.

    It is no change that a colleague's open form must be refused for: the version stays.
    """
    table = Ticket.__table__
    answered = select(Owed.ticket_id).where(*arrived, Owed.purpose == "answer", Owed.ticket_id.is_not(None))
    session.execute(update(table).where(table.c.first_contact_at.is_(None), table.c.id.in_(answered)).values(first_contact_at=at))


def length(text: str) -> int:
    """In UTF-16 units, as Telegram counts: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def pieces(text: str) -> list[str]:
    """A text cut at line ends, or within a line that is too long after a sentence or at least a clause, into pieces that every
    platform takes; at least one."""
    found, piece = [], ""
    for line in text.split("\n"):
        while length(line) > LONGEST_PIECE:
            found += [piece] if piece else []
            cut = LONGEST_PIECE if length(line[:LONGEST_PIECE]) <= LONGEST_PIECE else LONGEST_PIECE // 2
            cut = next((end for signs in ENDS if (end := _last(signs, line[:cut])) > cut // 2), cut)
            found, piece, line = [*found, line[:cut]], "", line[cut:]
        if piece and length(piece) + length(line) + 1 > LONGEST_PIECE:
            found, piece = [*found, piece], ""
        piece = f"{piece}\n{line}" if piece else line
    return [*found, piece]


ENDS = ("。！？；!?;", "，、：,: ")


def _last(signs: str, text: str) -> int:
    """The place after the last of these signs; 0 where there is none."""
    return max(text.rfind(sign) for sign in signs) + 1


def tell_customer(session: Session, ticket: Ticket, event: Event, *, wording: Say) -> Owed | None:
    """Owe what the event has to tell. `lifecycle.move(..., wording=...)` calls this; without it, the edge may call it later."""
    text = told_text(ticket, event, wording=wording)
    owed = owe_told(session, ticket, text, at=event.at) if text is not None else None
    if owed is not None:
        event.data = {**event.data, "owed_id": owed.id}
    return owed
