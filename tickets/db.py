"""The one way to the database: SQLite by default, PostgreSQL by URL, and the only place that commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from tickets.batch import Batch

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Store:
    """An engine with two doors: `write()` is one transaction that commits when its block ends, `read()` never commits."""

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        self.url = database_url(url)
        self.engine = _engine(self.url, pool_size=pool_size)
        self._spare: dict[type, list[int]] = {}
        # A crash or a failover may take back numbers that we drew: what we hold of them is worth no more than the connection was.
        event.listen(self.engine, "connect", lambda *_: self._spare.clear())
        self._reader = self.engine.execution_options(xiaobao_writes=False)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction, taken as a writer from its first statement; it commits here or not at all."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session
            session.commit()

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """`write()` for many messages at once."""
        with Batch(self.engine, spare=self._spare) as session:
            yield session
            session.commit()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for looking; whatever it changed by mistake is rolled back."""
        with Session(self._reader, expire_on_commit=False, autoflush=False) as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()


def database_url(url: str) -> str:
    """Accept what platforms hand out (`postgres://`, `postgresql://`, several hosts) and name the driver that we ship."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + _hosts_apart(url.removeprefix(prefix))
    return url


def _hosts_apart(rest: str) -> str:
    """A primary and its standbys are written `user@one:5432,two:5432/name`; SQLAlchemy wants each host in the query."""
    place, _, name = rest.partition("/")
    user, at, hosts = place.rpartition("@")
    if "," not in hosts:
        return rest
    name, _, query = name.partition("?")
    return f"{user}{at}/{name}?" + "&".join([*(f"host={host}" for host in hosts.split(",")), *filter(None, [query])])


def _engine(url: str, *, pool_size: int) -> Engine:
    parsed = make_url(url)
    options: dict[str, Any] = {
        "hide_parameters": True,  # an exception text must not carry what customers wrote into a log
        "json_serializer": lambda value: _encode(value).decode(),
        "json_deserializer": _decode,
    }
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True,
                               connect_args={"client_encoding": "utf8"}, **options)  # or a database without one answers in bytes
        event.listen(engine, "connect", _prepare_postgresql)
        return engine
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 15}, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_postgresql(connection: Any, record: Any) -> None:
    """Compiling a report's query of thirty counts takes seconds, running it one: PostgreSQL shall not compile ours."""
    connection.execute("SET jit = off")
    connection.commit()


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin by itself; _begin_sqlite does
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000", "cache_size=-12000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    """A writer takes SQLite's single write lock at once, so that it never fails half-way with "database is locked"."""
    writes = connection.get_execution_options().get("xiaobao_writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
