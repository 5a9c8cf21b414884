"""Finding tickets by any words in them, by who handles them or by a flag's name; the pairs of characters behind it are kept by
tickets/models/ticket_text.py."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, func, or_, select, text, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from tickets.models import Customer, Staff, Ticket
from tickets.models.ticket_text import FIELDS, pairs, put, runs, with_talk
from tickets.numbers import find_numbers

QUERY_LONGEST = 100  # characters
TAIL = re.compile(r"(?:尾号)?(1\d{6}|0\d{5,7})?(\d{4})")  # a whole number, or its last four digits
TAILED = "尾号{}"
"""What is left of a telephone number in words that were masked (nlp/privacy.py)."""
REPEATED = "重复投诉"
"""The queue's badge of a ticket that repeats another."""


@dataclass(frozen=True)
class Named:
    """What the words of a search name besides what stands in the tickets: flags by their codes, colleagues by their ids, repeats
    by their badge."""

    flags: tuple[str, ...] = ()
    staff: tuple[int, ...] = ()
    repeats: bool = False


def named(session: Session, query: str, flags: Mapping[str, str]) -> Named:
    """Who and what these words name. `flags` are the codes with their names; a name is known by two characters of it."""
    words = query.strip()[:QUERY_LONGEST]
    if len(words) < 2:
        return Named()
    people = session.scalars(select(Staff.id).where(Staff.name.contains(words, autoescape=True)).limit(50))
    return Named(tuple(code for code, name in flags.items() if words in name), tuple(people), REPEATED.startswith(words))


def exact(query: str) -> bool:
    """Whether a ticket's whole number is asked for: it is found wherever it stands."""
    return bool(find_numbers(query[:QUERY_LONGEST]))


def matching(session: Session, query: str, names: Named | None = None) -> ColumnElement[bool] | None:
    """A condition on Ticket: every stretch of the query occurs in it, or it names its handler, a flag or the end of a telephone
    number. None when the query holds nothing to look for.

    A whole ticket number is looked up directly.
    """
    query = query[:QUERY_LONGEST]
    numbers = find_numbers(query)
    if numbers:
        return Ticket.number.in_(numbers)
    tail = TAIL.fullmatch(re.sub(r"[\s-]", "", query))
    others = _by_name(session, names or Named(), tail[2] if tail else None)
    wanted = [query, TAILED.format(tail[2])] if tail and tail[1] else [query]  # a regulator's number may look like a telephone's
    found = [condition for words in wanted if (condition := _in_words(session, words)) is not None]
    return or_(*found, *others) if found or others else None


def _by_name(session: Session, names: Named, tail: str | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [flagged(session, code) for code in names.flags]
    if names.staff:
        found.append(Ticket.assignee_id.in_(names.staff))
    if names.repeats:
        found.append(Ticket.is_repeat)
    if tail:
        found.append(Ticket.customer_id.in_(select(Customer.id).where(Customer.phone_tail == tail)))
    return found


def flagged(session: Session, flag: str) -> ColumnElement[bool]:
    """A JSON list holds this code; codes hold no quotes, whatever the address bar says."""
    code = "".join(char for char in flag if char.isalnum() or char == "_")
    if session.get_bind().dialect.name == "sqlite":
        each = func.json_each(Ticket.flags).table_valued("value")
        return select(each.c.value).where(each.c.value == code).exists()
    return type_coerce(Ticket.flags, JSONB).contains([code])


def _in_words(session: Session, query: str) -> ColumnElement[bool] | None:
    wanted = runs(query)
    if not wanted:
        return None
    if session.get_bind().dialect.name == "sqlite":
        found = text("SELECT rowid FROM ticket_text WHERE ticket_text MATCH :grams")
        grams = " AND ".join(_fts_phrase(run) for run in wanted)
    else:
        found = text("SELECT ticket_id FROM ticket_text WHERE grams @@ CAST(:grams AS tsquery)")
        grams = " & ".join(_ts_phrase(run) for run in wanted)
    return Ticket.id.in_(found.bindparams(bindparam("grams", grams, unique=True)))


def reindex(session: Session, *, after: int = 0, limit: int = 1000) -> int:
    """Index the next `limit` tickets after this id anew (bulk statements go past the ORM's events).

    Returns the last id done, 0 when none are left.
    """
    session.flush()
    rows = session.execute(select(Ticket.id, *(getattr(Ticket, name) for name in FIELDS))
                           .where(Ticket.id > after).order_by(Ticket.id).limit(limit)).all()
    if rows:
        connection = session.connection()
        put(connection, with_talk(connection, [{"id": row[0], "words": list(row[1:])} for row in rows]))
    return rows[-1][0] if len(rows) == limit else 0


def _fts_phrase(run: str) -> str:
    return f'"{run}"*' if len(run) == 1 else '"' + " ".join(pairs(run)) + '"'


def _ts_phrase(run: str) -> str:
    return f"'{run}':*" if len(run) == 1 else "(" + " <-> ".join(f"'{gram}'" for gram in pairs(run)) + ")"
