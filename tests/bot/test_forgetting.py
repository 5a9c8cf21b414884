"""The worker forgets by itself what has been kept long enough, in small batches and once a day."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot import forgetting
from bot.forgetting import forget
from bot.rounds import Rounds
from tests import builders
from tickets.models import Attachment, Chat, Fact, Message, now
from tickets.numbers import SHANGHAI

NIGHT = datetime(2026, 12, 1, 1, 0, tzinfo=SHANGHAI)


@pytest.fixture
def words(store, tmp_path):
    """Fifteen words of no ticket, fourteen of them old enough; one with a photo."""
    with store.write() as session:
        chat = Chat(channel="web", address="a" * 40)
        session.add(chat)
        session.flush()
        said = [Message(chat_id=chat.id, author="customer", text="闲话", at=NIGHT - timedelta(days=181)) for _ in range(14)]
        session.add_all([*said, Message(chat_id=chat.id, author="customer", text="新的", at=NIGHT - timedelta(days=2))])
        session.flush()
        session.add(Attachment(message_id=said[0].id, name="照片.jpg", media_type="image/jpeg", stored_as="a1.jpg"))
    (tmp_path / "a1.jpg").write_bytes(b"x")

    def left():
        with store.read() as session:
            return session.scalar(select(func.count()).select_from(Message))
    return left


def test_a_little_at_a_time_from_one_o_clock_on_and_then_no_more_that_day(store, rules, tmp_path, words, monkeypatch):
    monkeypatch.setattr(forgetting, "AT_ONCE", 1)
    forget(store, rules, tmp_path, NIGHT - timedelta(seconds=1))
    assert words() == 15
    seen = []
    for minute in range(4):
        forget(store, rules, tmp_path, NIGHT + timedelta(minutes=minute))
        seen.append(words())
    assert seen == [5, 1, 1, 1] and not (tmp_path / "a1.jpg").exists()
    with store.read() as session:
        assert session.get(Fact, "retention").value == {"day": "2026-12-01"}
    forget(store, rules, tmp_path, NIGHT + timedelta(days=1))
    assert words() == 1
    forget(store, rules, tmp_path, NIGHT + timedelta(days=180))
    assert words() == 0


def test_the_workers_round_does_it(store, tmp_path, monkeypatch):
    monkeypatch.setattr(forgetting, "HOUR", 0)  # whenever the test runs
    house = builders.house(store, tmp_path)
    photo = house.settings.attachment_folder / "a1.jpg"
    photo.parent.mkdir(exist_ok=True)
    photo.write_bytes(b"x")
    with store.write() as session:
        chat = Chat(channel="web", address="a" * 40)
        session.add(chat)
        session.flush()
        said = Message(chat_id=chat.id, author="customer", text="闲话", at=now() - timedelta(days=181))
        session.add_all([said, Message(chat_id=chat.id, author="customer", text="新的")])
        session.flush()
        session.add(Attachment(message_id=said.id, name="照片.jpg", media_type="image/jpeg", stored_as=photo.name))
    Rounds(house).once()
    with store.read() as session:
        assert session.scalars(select(Message.text)).all() == ["新的"] and not photo.exists()


def test_a_file_that_cannot_be_removed_stops_nothing(tmp_path, caplog):
    (tmp_path / "a1.jpg").mkdir()
    (tmp_path / "a2.jpg").write_bytes(b"x")
    forgetting.remove(tmp_path, ["a1.jpg", "a2.jpg", "gone.jpg"])
    assert not (tmp_path / "a2.jpg").exists() and len(caplog.records) == 1
