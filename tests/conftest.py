"""What every test may lean on: a migrated database of its own, the office's rules, and no way out to the network."""

import gc
import os
import shutil
import socket
import uuid
from pathlib import Path
from urllib.parse import quote

import pytest
from argon2 import PasswordHasher
from sqlalchemy import create_engine, text

from bot.settings import FINDER
from knowledge.base import FOLDER
from knowledge.clocks import read_deadlines
from knowledge.tables import read_wording
from tickets import accounts, db, migrate
from tickets.db import Store, database_url
from tickets.models import Base

CLOCKS = Path(__file__).parent / "tickets" / "deadlines.toml"
POSTGRES = os.environ.get("XIAOBAO_TEST_POSTGRES_URL", "")
HERE = ("127.0.0.1", "::1", "localhost", "0.0.0.0")


HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class NetworkForbidden(OSError):
    """A test tried to leave this machine."""


def pytest_collection_finish(session):
    """What was loaded to find the tests stays to their end: the collector need not look at it again, nor so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20)


def pytest_collection_modifyitems(items):
    """What judges words alone is not asked of PostgreSQL once more; what speaks of PostgreSQL alone needs a server of this run."""
    items[:] = [one for one in items if not (one.get_closest_marker("words") and "postgresql" in one.name)
                and (POSTGRES or not one.get_closest_marker("needs_postgresql"))]


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Sockets reach this machine and nothing else."""
    def guarded(real):
        def call(self, address, *rest):
            if isinstance(address, tuple) and address[0] not in HERE:
                raise NetworkForbidden(f"tests must not reach {address[0]}")
            return real(self, address, *rest)
        return call

    def lookup(host, *rest, **options):
        if host is not None and (host.decode() if isinstance(host, bytes) else host) not in HERE:
            raise NetworkForbidden(f"tests must not look up {host}")
        return found(host, *rest, **options)

    found = socket.getaddrinfo
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
    monkeypatch.setattr(socket, "getaddrinfo", lookup)


@pytest.fixture(autouse=True, scope="session")
def quick_passwords():
    """Argon2 as in the house, with as little work as it allows: the suite makes hundreds of staff users."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_hasher", lambda: HASHER)
        yield


@pytest.fixture(autouse=True, scope="session")
def compiled_once():
    """Every test has a database of its own; what SQLAlchemy compiles for one serves all."""
    compiled, dialects, made = {}, {}, db.create_engine

    def shared(url, **options):
        engine = made(url, execution_options={"compiled_cache": compiled}, **options)
        name = engine.dialect.name
        if name not in dialects:
            known = made("sqlite://" if name == "sqlite" else database_url(POSTGRES) or url, **options)
            known.connect().close()  # a dialect knows its server from the first connection on
            known.dispose()
            dialects[name] = known.dialect
        engine.dialect = dialects[name]
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "create_engine", shared)
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """One migrated file, copied for each test: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("schema") / "empty.sqlite3"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_url():
    """A migrated schema of this run's own, dropped at the end; the tests empty it between them."""
    schema = f"xiaobao_test_{uuid.uuid4().hex[:12]}"
    engine = create_engine(database_url(POSTGRES), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    url = f"{POSTGRES}{'&' if '?' in POSTGRES else '?'}options={quote(f'-csearch_path={schema}')}"
    migrate.upgrade(url)
    yield url
    with engine.connect() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)] if POSTGRES else ["sqlite"])
def database(request, tmp_path):
    """The address of an empty, migrated database: SQLite always, PostgreSQL too where XIAOBAO_TEST_POSTGRES_URL names one."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "xiaobao.sqlite3")
        return f"sqlite:///{tmp_path / 'xiaobao.sqlite3'}"
    url = request.getfixturevalue("postgres_url")
    empty(url)
    return url


def empty(url):
    """Take every row out of a PostgreSQL database of ours."""
    engine = create_engine(database_url(url))
    with engine.begin() as connection:
        names = ", ".join(f'"{name}"' for name in Base.metadata.tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    engine.dispose()


@pytest.fixture
def store(database):
    """The house's door to that database."""
    store = Store(database)
    yield store
    store.close()


@pytest.fixture(scope="session")
def finder_folder(pytestconfig):
    """Where the real finder's index is kept: made once for all workers and the runs to come, until what it is made of changes."""
    return pytestconfig.cache.mkdir(FINDER)


@pytest.fixture(scope="session")
def rules():
    """The clocks as they were when these tests were written: a rule that the office adds later moves no test."""
    return read_deadlines(CLOCKS)


@pytest.fixture(scope="session")
def wording():
    """knowledge/wording.toml as it stands."""
    return read_wording(FOLDER / "wording.toml")
