"""Bringing a database to the newest schema, from the command line and from tests alike."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url

from tickets.db import Store, database_url

FOLDER = Path(__file__).parent / "migrations"


class NewerSchema(RuntimeError):
    """A newer release has been at this database; the message names its schema version, which this program does not know."""


def upgrade(url: str, to: str = "head") -> str:
    """Run every missing migration, all in one transaction: one that stops half-way leaves the database as it was.

    Raises NewerSchema when the database is ahead of this program.
    """
    store = Store(url)
    try:
        config = _config(url)
        with store.engine.begin() as connection:
            config.attributes["connection"] = connection
            stands = MigrationContext.configure(connection).get_current_revision()
            if stands is not None and stands not in _known():
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
            return MigrationContext.configure(connection).get_current_revision()
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
        stands = MigrationContext.configure(session.connection()).get_current_revision()
    if stands == head() or (stands is not None and stands not in _known()):
        return ""
    return f"the schema is {stands or 'missing'}, this program needs {head()}: run `xiaobao migrate`"


@cache
def _known() -> frozenset[str]:
    return frozenset(one.revision for one in ScriptDirectory.from_config(_config("")).walk_revisions())


@cache
def head() -> str | None:
    """The schema version that this program needs."""
    return ScriptDirectory.from_config(_config("")).get_current_head()


def is_ours(name: str | None, kind: str, parents: object) -> bool:
    """The search index has tables that no model describes (and FTS5 makes some more): comparisons leave them out."""
    return not (kind == "table" and (name or "").startswith("ticket_text"))


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("sqlalchemy.url", database_url(url).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
