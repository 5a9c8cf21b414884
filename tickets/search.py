"""Finding tickets by any words in them; the pairs of characters behind it are kept by tickets/models/ticket_text.py."""

from sqlalchemy import ColumnElement, bindparam, select, text
from sqlalchemy.orm import Session

from tickets.models import Ticket
from tickets.models.ticket_text import FIELDS, pairs, put, runs
from tickets.numbers import find_numbers

QUERY_LONGEST = 100  # characters


def matching(session: Session, query: str) -> ColumnElement[bool] | None:
    """A condition on Ticket: every stretch of the query occurs in it. None when the query holds nothing to look for.

    A whole ticket number is looked up directly.
    """
    query = query[:QUERY_LONGEST]
    numbers = find_numbers(query)
    if numbers:
        return Ticket.number.in_(numbers)
    wanted = runs(query)
    if not wanted:
        return None
    if session.get_bind().dialect.name == "sqlite":
        found = text("SELECT rowid FROM ticket_text WHERE ticket_text MATCH :grams")
        grams = " AND ".join(_fts_phrase(run) for run in wanted)
    else:
        found = text("SELECT ticket_id FROM ticket_text WHERE grams @@ CAST(:grams AS tsquery)")
        grams = " & ".join(_ts_phrase(run) for run in wanted)
    return Ticket.id.in_(found.bindparams(bindparam("grams", grams)))


def reindex(session: Session, *, after: int = 0, limit: int = 1000) -> int:
    """Index the next `limit` tickets after this id anew (bulk statements go past the ORM's events).

    Returns the last id done, 0 when none are left.
    """
    session.flush()
    rows = session.execute(select(Ticket.id, *(getattr(Ticket, name) for name in FIELDS))
                           .where(Ticket.id > after).order_by(Ticket.id).limit(limit)).all()
    if rows:
        put(session.connection(), [{"id": row[0], "words": row[1:]} for row in rows])
    return rows[-1][0] if len(rows) == limit else 0


def _fts_phrase(run: str) -> str:
    return f'"{run}"*' if len(run) == 1 else '"' + " ".join(pairs(run)) + '"'


def _ts_phrase(run: str) -> str:
    return f"'{run}':*" if len(run) == 1 else "(" + " <-> ".join(f"'{gram}'" for gram in pairs(run)) + ")"
