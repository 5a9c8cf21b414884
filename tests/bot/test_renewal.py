"""A running house tells what the office approved, and no longer what it hid, without a restart."""

from types import SimpleNamespace

import pytest

from bot import renewal
from bot.renewal import Renewal
from knowledge.base import load
from tests import builders
from tests.knowledge.test_changes import section
from tickets.models import EntryChange

ASKED = "养老金卡收年费吗？"


@pytest.fixture
def renewing(store, tmp_path, monkeypatch) -> tuple[Renewal, SimpleNamespace]:
    """With a finder that is quickly made."""
    monkeypatch.setattr(renewal, "Finder", lambda entries, **_: builders.WordFinder(entries.values()))
    made = Renewal(builders.settings(tmp_path, database_url=store.url), store, load())
    return made, SimpleNamespace(finder=builders.WordFinder(made.knowledge.entries.values()))


def add(store, status: str) -> None:
    with store.write() as session:
        session.add(EntryChange(kind="added", slug="fees-20261130-g7", theme="fees", question=ASKED, text=section(), status=status))


def test_it_is_told_from_the_next_look_on(renewing, store):
    made, understanding = renewing
    before = understanding.finder
    assert not made.once(understanding) and understanding.finder is before, "nothing changed, nothing is made anew"
    add(store, "waiting")
    assert not made.once(understanding), "what waits is told nobody"
    with store.write() as session:
        session.query(EntryChange).update({"status": "shown"})
        session.add(EntryChange(kind="hidden", slug="cp-channels", theme="complaint_process", question="?", status="shown"))
    assert made.once(understanding) and understanding.finder.ask(ASKED).entry == "fees-20261130-g7"
    assert "fees-20261130-g7" in made.knowledge.entries and "cp-channels" not in made.knowledge.entries
    assert not made.once(understanding)
    with store.write() as session:
        session.query(EntryChange).update({"status": "ended"})
    assert made.once(understanding) and understanding.finder.ask(ASKED).entry != "fees-20261130-g7"
    assert "cp-channels" in made.knowledge.entries


def test_a_house_that_opens_knows_it_already(renewing, store):
    made, _ = renewing
    add(store, "shown")
    made.at_start()
    assert "fees-20261130-g7" in made.knowledge.entries


def test_a_database_that_is_not_there_yet_stops_no_start(tmp_path):
    settings = builders.settings(tmp_path, database_url=f"sqlite:///{tmp_path / 'none.sqlite3'}")
    made = Renewal(settings, None, load())
    made.at_start()
    assert made.made == () and not (tmp_path / "none.sqlite3").exists()
