"""Pouring rows into a table as fast as each database takes them: COPY on PostgreSQL, one prepared statement on SQLite."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, func, select, text

EPOCH = datetime(1970, 1, 1, tzinfo=UTC).toordinal()


def stamp(second: int | None) -> str | None:
    """Seconds since 1970 as both databases read a moment in UTC, the way SQLAlchemy writes it on SQLite."""
    if second is None:
        return None
    day, rest = divmod(second, 86400)
    return f"{_day(day)} {_time(rest)}"


@lru_cache(maxsize=4096)
def _day(day: int) -> str:
    return datetime.fromordinal(EPOCH + day).strftime("%Y-%m-%d")


@lru_cache(maxsize=100_000)
def _time(rest: int) -> str:
    return f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}.000000"


def pour(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Rows in the order of `columns`; moments come from `stamp`, JSON as text. Defaults of the models are not filled in."""
    names = ", ".join(f'"{name}"' for name in columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        rows = list(rows)
        if rows:
            connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', rows)  # noqa: S608 - our own names  # nosec B608
        return
    connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))
    cursor = connection.connection.cursor()
    with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def mend_counters(connection: Connection, tables: Iterable[Table]) -> None:
    """PostgreSQL's counters do not see ids that were given; SQLite counts from the largest by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        last = connection.scalar(select(func.max(table.c.id))) or 1
        connection.execute(select(func.setval(func.pg_get_serial_sequence(f'"{table.name}"', "id"), last)))
