"""Keeping and forgetting: complaints stay as long as the law asks, then the words and the person go and the figures remain."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from knowledge.clocks import Deadlines
from tickets import audit
from tickets.models import Alert, Attachment, Chat, Correction, Event, Gap, Message, Owed, Parked, Pause, Rating, Ticket, now
from tickets.models.ticket_text import heard
from tickets.numbers import SHANGHAI
from tickets.search import flagged

AT_ONCE = 500  # tickets of one batch, and ten times as many of what is small
KEPT_LONGER = "legal"
"""A ticket with this flag is before a court or the police: it is kept until a person takes the flag off."""

KEPT_OF_BEFORE = ("late", "extension")
"""What the figures ask of a ticket that was handled anew: no word of hers, and without it an old year would count anew."""


@dataclass
class Erased:
    """What was taken out. `files` still lie in the attachment folder: the caller removes them *after* its commit."""

    tickets: int = 0
    messages: int = 0
    other: int = 0  # replies of no ticket, unanswered questions, what we failed to read, and where silent talks stood
    kept: int = 0  # tickets that the law still makes us keep
    files: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.tickets or self.messages or self.other)


def expire(session: Session, rules: Deadlines, *, at: datetime | None = None, at_once: int = AT_ONCE) -> Erased:
    """One batch of what has been kept long enough; called again until it finds nothing. 第三号令第二十八条、人行令〔2020〕5 号。"""
    at = at or now()
    done = Erased()
    over = _kept_long_enough(rules, at)
    before_court = flagged(session, KEPT_LONGER)
    for ticket in session.scalars(select(Ticket).where(*over, ~before_court).order_by(Ticket.id).limit(at_once)).all():
        done.files += erase_ticket(session, ticket, at=at)
        done.tickets += 1
    done.kept = session.scalar(select(func.count()).select_from(Ticket).where(*over, before_court)) or 0
    before = at - timedelta(days=rules.retention.chat_days)
    stale = select(Message.id).where(Message.ticket_id.is_(None), Message.at < before).order_by(Message.id).limit(at_once * 10)
    done.messages = _forget_messages(session, list(session.scalars(stale)), done)
    quiet = {"synchronize_session": False}
    for table, which in _small(before):
        words = select(table.id).where(which).order_by(table.id).limit(at_once * 10)
        done.other += session.execute(delete(table).where(table.id.in_(words)).execution_options(**quiet)).rowcount
    silent = select(Chat.id).where(_silent(before)).order_by(Chat.id).limit(at_once * 10)
    forget = update(Chat).where(Chat.id.in_(silent)).values(state={}, misses=0)
    done.other += session.execute(forget.execution_options(**quiet)).rowcount
    _record(session, "erase.due", done, at)
    return done


def erase_ticket(session: Session, ticket: Ticket, *, at: datetime | None = None) -> list[str]:
    """Take the words and the person out of one ticket and all that hangs on it. Returns the stored files to remove."""
    at = at or now()
    for name in ("summary", "facts", "branch_named", "claim", "contact", "decision", "decision_reason", "redress", "told_evidence",
                 "extension_reason"):
        setattr(ticket, name, "")
    ticket.chat_id = ticket.customer_id = ticket.outer_number = None
    ticket.reading, ticket.erased_at = {}, at
    words = select(Message.id).where(Message.ticket_id == ticket.id)
    hers = or_(Attachment.ticket_id == ticket.id, Attachment.message_id.in_(words))
    files = [name for name in session.scalars(select(Attachment.stored_as).where(hers)) if name]
    session.execute(delete(Attachment).where(hers).execution_options(synchronize_session=False))
    mine = {"synchronize_session": False}
    session.execute(delete(Message).where(Message.ticket_id == ticket.id).execution_options(**mine))
    heard(session, ticket.id)  # the search forgets them with the next flush
    session.execute(delete(Correction).where(Correction.ticket_id == ticket.id).execution_options(**mine))
    figures = [(one, {name: data["before"][name] for name in KEPT_OF_BEFORE if name in data.get("before", {})}) for one, data in
               session.execute(select(Event.id, Event.data).where(Event.ticket_id == ticket.id, Event.kind == "reopened"))]
    session.execute(update(Event).where(Event.ticket_id == ticket.id).values(reason="", data={}).execution_options(**mine))
    for one, before in figures:
        session.execute(update(Event).where(Event.id == one).values(data={"before": before}).execution_options(**mine))
    session.execute(update(Pause).where(Pause.ticket_id == ticket.id).values(reason="").execution_options(**mine))
    session.execute(update(Alert).where(Alert.ticket_id == ticket.id).values(text="").execution_options(**mine))
    session.execute(update(Rating).where(Rating.ticket_id == ticket.id).values(comment="").execution_options(**mine))
    session.execute(delete(Owed).where(Owed.ticket_id == ticket.id, Owed.status.in_(("owed", "sending"))).execution_options(**mine))
    session.execute(update(Owed).where(Owed.ticket_id == ticket.id).values(body={"text": ""}, address="", chat_id=None)
                    .execution_options(**mine))
    session.add(Event(ticket_id=ticket.id, kind="erased", actor="clock", at=at))
    session.flush()
    return files


def erase_chat(session: Session, chat: Chat, rules: Deadlines, *, at: datetime | None = None) -> Erased:
    """A person asks to be forgotten (个人信息保护法第四十七条): all that no law makes us keep goes now, the rest in its time.

    Words that belong to no ticket go at once, unanswered questions and what we failed to read among them, and nothing more is
    sent of itself; tickets past their years are erased; younger ones are kept and counted.
    """
    at = at or now()
    done = Erased()
    for ticket in session.scalars(select(Ticket).where(Ticket.chat_id == chat.id).order_by(Ticket.id)):
        if _may_go(ticket, at, rules):
            done.files += erase_ticket(session, ticket, at=at)
            done.tickets += 1
        else:
            done.kept += 1
    loose = list(session.scalars(select(Message.id).where(Message.chat_id == chat.id, Message.ticket_id.is_(None))))
    done.messages = _forget_messages(session, loose, done)
    for table, which in _small_of(chat):
        done.other += session.execute(delete(table).where(which)).rowcount
    chat.state, chat.tips, chat.daily, chat.misses = {}, False, False, 0
    _record(session, "erase.asked", done, at, target=f"chat:{chat.id}")
    return done


def chat_holdings(session: Session, chat: Chat, rules: Deadlines, *, at: datetime | None = None) -> Erased:
    """What `erase_chat` would take out and keep, without touching it."""
    at = at or now()
    tickets = list(session.scalars(select(Ticket).where(Ticket.chat_id == chat.id)))
    going = [ticket.id for ticket in tickets if _may_go(ticket, at, rules)]
    found = _counted(session, Ticket.id.in_(going), Message.chat_id == chat.id, kept=len(tickets) - len(going))
    found.other = _how_many(session, _small_of(chat))
    return found


def due_for_erasure(session: Session, rules: Deadlines, *, at: datetime | None = None) -> Erased:
    """What `expire` would take out and keep in all its batches, without touching it."""
    at = at or now()
    over, before_court = _kept_long_enough(rules, at), flagged(session, KEPT_LONGER)
    kept = session.scalar(select(func.count()).select_from(Ticket).where(*over, before_court)) or 0
    before = at - timedelta(days=rules.retention.chat_days)
    found = _counted(session, and_(*over, ~before_court), Message.at < before, kept=kept)
    found.other = _how_many(session, [*_small(before), (Chat, _silent(before))])
    return found


def _small(before: datetime) -> list[tuple[Any, ColumnElement[bool]]]:
    """What is small and belongs to no ticket, also what nobody came to read."""
    return [(Owed, and_(Owed.ticket_id.is_(None), Owed.at < before)), (Gap, Gap.at < before), (Parked, Parked.at < before)]


def _small_of(chat: Chat) -> list[tuple[Any, ColumnElement[bool]]]:
    return [(Owed, and_(Owed.chat_id == chat.id, Owed.ticket_id.is_(None))), (Gap, Gap.chat_id == chat.id),
            (Parked, and_(Parked.channel == chat.channel, Parked.address == chat.address))]


def _silent(before: datetime) -> ColumnElement[bool]:
    return and_(Chat.seen_at < before, cast(Chat.state, String) != "{}")


def _how_many(session: Session, small: list[tuple[Any, ColumnElement[bool]]]) -> int:
    return sum(session.scalar(select(func.count()).select_from(table).where(which)) or 0 for table, which in small)


def _counted(session: Session, going: ColumnElement[bool], loose: ColumnElement[bool], *, kept: int) -> Erased:
    """These tickets, these words of no ticket, and the files of both."""
    tickets, words = select(Ticket.id).where(going), and_(Message.ticket_id.is_(None), loose)
    messages = select(Message.id).where(or_(Message.ticket_id.in_(tickets), words))
    files = select(Attachment.stored_as).where(or_(Attachment.ticket_id.in_(tickets), Attachment.message_id.in_(messages)))
    return Erased(tickets=session.scalar(select(func.count()).select_from(tickets.subquery())) or 0, kept=kept,
                  messages=session.scalar(select(func.count()).select_from(Message).where(words)) or 0,
                  files=[name for name in session.scalars(files) if name])


def _kept_long_enough(rules: Deadlines, at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Closed so many years ago, not erased yet, and with no review of it still open."""
    review = aliased(Ticket)
    return (~Ticket.is_open, Ticket.erased_at.is_(None), _ended() < _years_before(at, rules),
            ~select(review.id).where(review.review_of_id == Ticket.id, review.is_open).exists())


def _record(session: Session, action: str, done: Erased, at: datetime, *, target: str = "") -> None:
    if done:
        audit.record(session, action=action, target=target, at=at,
                     data={"tickets": done.tickets, "messages": done.messages, "other": done.other})
    session.flush()


def _forget_messages(session: Session, ids: list[int], done: Erased) -> int:
    for start in range(0, len(ids), 500):
        some = ids[start:start + 500]
        files = session.scalars(select(Attachment.stored_as).where(Attachment.message_id.in_(some)))
        done.files += [name for name in files if name]
        session.execute(delete(Attachment).where(Attachment.message_id.in_(some)))
        session.execute(delete(Message).where(Message.id.in_(some)))
    return len(ids)


def _may_go(ticket: Ticket, at: datetime, rules: Deadlines) -> bool:
    ended = ticket.closed_at or ticket.told_at
    return (not ticket.is_open and ended is not None and ended < _years_before(at, rules) and KEPT_LONGER not in ticket.flags)


def _ended() -> ColumnElement[datetime]:
    """The day from which the years count: closed, or told and never formally closed."""
    return func.coalesce(Ticket.closed_at, Ticket.told_at)


def _years_before(at: datetime, rules: Deadlines) -> datetime:
    """The same day of the year so many years ago; 29 February becomes the 28th."""
    local, years = at.astimezone(SHANGHAI), rules.retention.ticket_years
    try:
        return local.replace(year=local.year - years)
    except ValueError:
        return local.replace(year=local.year - years, day=28)
