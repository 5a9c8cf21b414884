"""The schema that migrations make is the one the models describe, and a migration that fails leaves what was there."""

import json
import multiprocessing
import uuid
from concurrent.futures import ProcessPoolExecutor

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from click.testing import CliRunner
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from bot.cli import main
from tests.conftest import POSTGRES
from tickets import migrate, retention
from tickets.db import Store, database_url
from tickets.models import Base, Event, Ticket, append_only, now, ticket_text


def test_models_and_migrations_agree(store):
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": migrate.is_ours})
        assert compare_metadata(context, Base.metadata) == []


def test_the_database_is_at_the_version_that_the_program_needs(database):
    assert migrate.current(database) == migrate.head()


def test_the_versions_are_those_that_alembic_reads_in_the_files():
    scripts = ScriptDirectory.from_config(migrate._config(""))
    assert [one.revision for one in scripts.walk_revisions()][::-1] == migrate.VERSIONS
    assert scripts.get_current_head() == migrate.head()


def test_upgrading_twice_changes_nothing(database):
    assert migrate.upgrade(database) == migrate.head()


def test_the_migration_makes_the_same_index_and_guards_as_the_models(store):
    """`create_all` and the migration are two ways to one schema: search index and audit triggers included."""
    with store.engine.connect() as connection:
        if store.is_sqlite:
            made = set(connection.execute(text("SELECT sql FROM sqlite_master WHERE name LIKE 'audit_no%' "
                                               "OR name = 'ticket_text'")).scalars())
            assert made == {*ticket_text.DDLS["sqlite"], *append_only.DDLS["sqlite"]}
        else:
            assert inspect(connection).has_table("ticket_text")
            triggers = connection.execute(text("SELECT tgname FROM pg_trigger WHERE tgname = 'audit_append_only'")).all()
            assert triggers


def test_a_migration_that_stops_half_way_leaves_the_database_usable(database, monkeypatch, tmp_path):
    folder = tmp_path / "versions"
    folder.mkdir()
    stood = migrate.head()
    (folder / "9999_broken.py").write_text(
        'from alembic import op\nimport sqlalchemy as sa\nrevision = "9999"\n'
        f'down_revision = "{stood}"\n\n'
        'def upgrade():\n    op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True))\n'
        '    op.execute("INSERT INTO half (id) VALUES (1)")\n    op.execute("SELECT no_such_column FROM half")\n')
    real = migrate._config

    def with_broken(url):
        config = real(url)
        config.set_main_option("version_locations", f"{migrate.FOLDER / 'versions'}:{folder}")
        return config

    monkeypatch.setattr(migrate, "_config", with_broken)
    with pytest.raises(DBAPIError):
        migrate.upgrade(database)
    monkeypatch.undo()
    assert migrate.current(database) == stood
    store = Store(database)
    with store.engine.connect() as connection:
        assert not inspect(connection).has_table("half")
    with store.read() as session:
        assert session.execute(text("SELECT count(*) FROM ticket")).scalar() == 0
    store.close()


def test_going_back_and_forth_ends_at_the_same_schema(tmp_path):
    url = f"sqlite:///{tmp_path / 'x.sqlite3'}"
    migrate.upgrade(url)
    store = Store(url)
    config = migrate._config(url)
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        left = set(inspect(connection).get_table_names())
    store.close()
    assert left == {"alembic_version"}
    assert migrate.upgrade(url) == migrate.head()


@pytest.mark.parametrize(("urgency", "flags", "chosen", "erased", "becomes"), [
    ("I", '["fraud_now"]', False, False, "普通"), ("III", '["fraud_now", "identity_loan"]', False, False, "复杂"),
    ("I", '["group"]', False, False, "重大"), ("I", '["group", "violence"]', False, False, "复杂"),
    ("I", "[]", True, False, "重大"), ("I", "[]", True, True, "重大")])
def test_grades_given_for_a_single_swindle_are_put_right_and_a_persons_stand(tmp_path, urgency, flags, chosen, erased, becomes):
    url = f"sqlite:///{tmp_path / 'x.sqlite3'}"
    migrate.upgrade(url, "0006")
    store = Store(url)
    with store.write() as session:
        ticket = Ticket(number="T1", source="web", due_at=now(), urgency=urgency, flags=json.loads(flags), grade="重大")
        session.add(ticket)
        session.flush()
        if chosen:
            session.add(Event(ticket_id=ticket.id, kind="detailed", actor="staff", data={"what": ["grade"]}))
        if erased:
            retention.erase_ticket(session, ticket)
    migrate.upgrade(url)
    with store.read() as session:
        assert session.get_one(Ticket, 1).grade == becomes
    store.close()


@pytest.mark.parametrize("command", [["migrate"], ["chat"], ["demo", "--year", "2025"]])
def test_a_database_that_a_newer_release_has_seen_is_left_alone_in_plain_words(command, store, database, monkeypatch):
    def stands(version):
        with store.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})

    monkeypatch.setenv("XIAOBAO_DATABASE_URL", database)
    stands("9999")
    answer = CliRunner().invoke(main, command)
    assert answer.exit_code == 1 and "9999" in answer.output and "恢复升级前的备份" in answer.output
    stands(migrate.head())
    assert CliRunner().invoke(main, ["migrate"]).exit_code == 0


@pytest.fixture
def fresh(request):
    """`fresh(options)`: the address of a new and empty database on the PostgreSQL server of this run."""
    made = []

    def make(options=""):
        made.append(f"xiaobao_fresh_{uuid.uuid4().hex[:12]}")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {made[-1]} {options}"))
        return make_url(POSTGRES).set(database=made[-1]).render_as_string(hide_password=False)

    engine = create_engine(database_url(POSTGRES), isolation_level="AUTOCOMMIT")
    yield make
    with engine.connect() as connection:
        for name in made:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.mark.database
@pytest.mark.needs_postgresql
def test_several_may_migrate_an_empty_postgresql_database_at_once(fresh):
    url, context = fresh(), multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(3, mp_context=context) as pool:
        assert set(pool.map(migrate.upgrade, [url] * 3)) == {migrate.head()}


@pytest.mark.database
@pytest.mark.needs_postgresql
def test_a_postgresql_database_that_is_not_unicode_is_refused_in_plain_words(fresh, monkeypatch):
    monkeypatch.setenv("XIAOBAO_DATABASE_URL", fresh("ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"))
    answer = CliRunner().invoke(main, ["migrate"])
    assert answer.exit_code == 1 and "SQL_ASCII" in answer.output and "UTF8" in answer.output
    assert len(answer.output.splitlines()) == 1
