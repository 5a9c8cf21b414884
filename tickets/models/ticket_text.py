"""The words of every ticket, kept so that any two characters of Chinese find it.

Neither database cuts Chinese into words, and trigrams miss the two-character words that people type. So a shadow table keeps
every neighbouring pair of characters as a word: FTS5 on SQLite, a tsvector under a GIN index on PostgreSQL. Both keep places, so a
longer query is an exact phrase. The ORM's own events keep it up, and `heard` what is said later; tickets/search.py asks it.
"""

import unicodedata
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import DDL, Connection, event, inspect, select, text
from sqlalchemy.orm import Session, SessionTransaction, object_session

from tickets.models.conversation import Message
from tickets.models.ticket import Ticket

FIELDS = ("number", "outer_number", "summary", "facts", "branch_named", "claim", "contact", "decision")
TO_INDEX, FRESH, SAID = "tickets to index", "tickets that were new", "words said of tickets in this transaction"
LONGEST = 6000  # characters that are indexed of one ticket; a tsvector has 16,383 places

DDLS = {
    "sqlite": ("CREATE VIRTUAL TABLE ticket_text USING fts5(grams, tokenize='unicode61 remove_diacritics 0')",),
    "postgresql": (
        "CREATE TABLE ticket_text (ticket_id BIGINT PRIMARY KEY REFERENCES ticket (id) ON DELETE CASCADE, grams TSVECTOR NOT NULL)",
        "CREATE INDEX ix_ticket_text_grams ON ticket_text USING gin (grams)",
    ),
}
PUT = {
    "sqlite": ("DELETE FROM ticket_text WHERE rowid = :id", "INSERT INTO ticket_text (rowid, grams) VALUES (:id, :grams)"),
    "postgresql": ("INSERT INTO ticket_text (ticket_id, grams) VALUES (:id, CAST(:grams AS tsvector)) "
                   "ON CONFLICT (ticket_id) DO UPDATE SET grams = EXCLUDED.grams",),
}


def runs(words: str) -> list[str]:
    """The stretches of letters, digits and characters in a text, in one form: full width and capitals do not matter."""
    plain = unicodedata.normalize("NFKC", words).lower()
    return "".join(char if char.isalnum() else " " for char in plain).split()


def pairs(run: str) -> list[str]:
    """Every two neighbouring characters of a stretch; one that stands alone is a word by itself."""
    return [run[i:i + 2] for i in range(max(len(run) - 1, 1))]


def document(values: Iterable[str | None], *, dialect: str) -> str:
    """What the index keeps of a ticket. Each stretch ends with its last character alone: a wall that no phrase reaches across."""
    grams: list[str] = []
    for run in runs(" ".join(value for value in values if value)[:LONGEST]):
        grams += pairs(run) if len(run) == 1 else [*pairs(run), run[-1]]
    if dialect == "sqlite":
        return " ".join(grams)
    return " ".join(f"'{gram}':{place}" for place, gram in enumerate(grams, 1))  # no parser, no locale has a say


def put(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Index tickets, each given as `id` and `words` (the values of FIELDS)."""
    dialect = connection.dialect.name
    done = [{"id": row["id"], "grams": document(row["words"], dialect=dialect)} for row in rows]
    for statement in PUT[dialect]:
        connection.execute(text(statement), done)


@event.listens_for(Ticket, "after_insert")
def _index_new(mapper: Any, connection: Connection, ticket: Ticket) -> None:
    _later(ticket)
    object_session(ticket).info.setdefault(FRESH, set()).add(ticket.id)


@event.listens_for(Ticket, "after_update")
def _index_changed(mapper: Any, connection: Connection, ticket: Ticket) -> None:
    if not inspect(ticket).committed_state.keys().isdisjoint(FIELDS):
        _later(ticket)


def _later(ticket: Ticket) -> None:
    """All tickets of one flush are indexed together, at its end."""
    object_session(ticket).info.setdefault(TO_INDEX, {})[ticket.id] = [getattr(ticket, name) for name in FIELDS]


@event.listens_for(Session, "after_flush")
def _index(session: Session, context: Any) -> None:
    waiting, fresh = session.info.pop(TO_INDEX, {}), session.info.pop(FRESH, set())
    if not waiting:
        return
    said, connection = session.info.get(SAID, {}), session.connection()
    if untouched := [ticket_id for ticket_id, words in waiting.items() if words is None]:
        waiting |= {row[0]: list(row[1:]) for row in connection.execute(
            select(Ticket.id, *(getattr(Ticket, name) for name in FIELDS)).where(Ticket.id.in_(untouched)))}
    put(connection, with_talk(connection, [{"id": ticket_id, "words": [*words, *said.get(ticket_id, ())]}
                                           for ticket_id, words in waiting.items() if words is not None], without=fresh))


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        for waiting in (TO_INDEX, FRESH, SAID):
            session.info.pop(waiting, None)


def heard(session: Session, ticket_id: int, *words: str) -> None:
    """What is said of a ticket without changing it is indexed at the end of the next flush, beside all that was said before.

    A batch inserts its messages last: until the transaction ends, every flush counts these words in.
    """
    session.info.setdefault(TO_INDEX, {}).setdefault(ticket_id, None)
    session.info.setdefault(SAID, {}).setdefault(ticket_id, []).extend(words)


def with_talk(connection: Connection, rows: list[dict[str, Any]], *, without: Collection[int] = ()) -> list[dict[str, Any]]:
    """The rows of `put` with what the customer wrote besides, the newest first; a ticket made a moment ago has nothing yet."""
    wanted = {row["id"]: row["words"] for row in rows if row["id"] not in without}
    if wanted:
        for ticket_id, words in connection.execute(select(Message.ticket_id, Message.text).where(
                Message.ticket_id.in_(wanted), Message.author == "customer", Message.kind != "button").order_by(Message.id.desc())):
            if not any(words in one for one in wanted[ticket_id] if one):
                wanted[ticket_id].append(words)
    return rows


for _dialect, _statements in DDLS.items():
    for _statement in _statements:
        event.listen(Ticket.__table__, "after_create", DDL(_statement.replace("%", "%%")).execute_if(dialect=_dialect))
