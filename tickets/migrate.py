"""Bringing a database to the newest schema, from the command line and from tests alike."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

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
            if stands not in {None, *(one.revision for one in ScriptDirectory.from_config(config).walk_revisions())}:
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
