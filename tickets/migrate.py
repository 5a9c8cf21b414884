"""Bringing a database to the newest schema, from the command line and from tests alike.

Alembic is loaded where something is migrated and not by every process: it costs 26 MB.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import make_url

from tickets.db import Store, database_url

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"
VERSIONS = sorted(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))
"""Every schema version that this program knows, the newest last: a migration's file begins with its own."""


class NewerSchema(RuntimeError):
    """A newer release has been at this database; the message names its schema version, which this program does not know."""


class NotUnicode(RuntimeError):
    """The database was made in an encoding that cannot be trusted with Chinese; the message is its name."""


ONE_AT_A_TIME = 20261201  # a number of our own for PostgreSQL's advisory lock


def upgrade(url: str, to: str = "head") -> str:
    """Run every missing migration, all in one transaction: one that stops half-way leaves the database as it was.

    Several at once, as where each machine migrates before it starts, wait for one another. Raises NewerSchema when the database
    is ahead of this program, NotUnicode.
    """
    from alembic import command
    store = Store(url)
    try:
        config = _config(url)
        with store.engine.begin() as connection:
            config.attributes["connection"] = connection
            if connection.dialect.name == "postgresql":
                if (encoding := connection.scalar(text("SHOW server_encoding"))) != "UTF8":
                    raise NotUnicode(encoding)
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
            stands = _stands(connection)
            if stands is not None and stands not in VERSIONS:
                raise NewerSchema(stands)
            command.upgrade(config, to)
    finally:
        store.close()
    return current(url) or "—"


def current(url: str) -> str | None:
    """The schema version that the database has, or None when it is empty."""
    store = Store(url)
    try:
        with store.engine.connect() as connection:
            return _stands(connection)
    finally:
        store.close()


def is_there(url: str) -> bool:
    """Whether there is a database to look into: opening a SQLite file that is not there would make one."""
    parsed = make_url(database_url(url))
    if parsed.get_backend_name() != "sqlite":
        return True
    path = Path(parsed.database or "")
    return path.is_file() and path.stat().st_size > 0


def behind(store: Store) -> str:
    """Why the database cannot be worked with yet: its schema is older than this program's. Empty when it can.

    A schema that only a newer release knows is let be: its migration came first, and this process goes on until it is replaced.
    """
    with store.read() as session:
        stands = _stands(session.connection())
    if stands == head() or (stands is not None and stands not in VERSIONS):
        return ""
    return f"the schema is {stands or 'missing'}, this program needs {head()}: run `xiaobao migrate`"


def _stands(connection: Connection) -> str | None:
    """The version that Alembic has noted in the database; None in an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(text("SELECT version_num FROM alembic_version"))


def head() -> str:
    """The schema version that this program needs."""
    return VERSIONS[-1]


def is_ours(name: str | None, kind: str, parents: object) -> bool:
    """The search index has tables that no model describes (and FTS5 makes some more): comparisons leave them out."""
    return not (kind == "table" and (name or "").startswith("ticket_text"))


def _config(url: str) -> "Config":
    from alembic.config import Config
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("sqlalchemy.url", database_url(url).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
