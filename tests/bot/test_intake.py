"""One bad message spoils none of its neighbours, and nothing is acknowledged that the database does not hold."""

from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import event, exc, select

from bot.channels.telegram_webhook import WEBHOOK_PATH, webhook_secret
from bot.messages import Upload
from tests import builders
from tests.running import Web
from tickets.models import Attachment, Delivery, Message, Owed, Parked, Ticket

pytestmark = pytest.mark.database

POISON = "这一条会让程序出错"


class Choking(builders.WordReader):
    """A model with a bug: one text makes it fail, alone and in every batch."""

    def read(self, texts, *, explain=False):
        texts = list(texts)
        if any(POISON in text for text in texts):
            raise ZeroDivisionError(f"bug on {texts}")
        return super().read(texts)


@pytest.fixture
def intake(store, tmp_path):
    models = replace(builders.understanding(), reader=Choking())
    return builders.house(store, tmp_path, read=models).intake


def batch(count=9, *, poison=4):
    return [builders.message(str(n), POISON if n == poison else builders.COMPLAINT, address=str(n)) for n in range(count)]


def rows(store, table):
    with store.read() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def test_the_neighbours_of_a_poison_message_are_handled(store, intake):
    outcomes = intake.receive(batch())
    assert [outcome.status for outcome in outcomes] == ["handled"] * 4 + ["failed"] + ["handled"] * 4
    assert len(rows(store, Ticket)) == 8 and len(rows(store, Delivery)) == 8
    assert rows(store, Parked)[0].parked_at is None, "it is still being tried"


def test_a_poison_message_is_parked_after_its_tries_and_the_person_is_told(store, intake):
    statuses = [intake.receive([batch()[4]])[0].status for _ in range(5)]
    assert statuses == ["failed", "failed", "parked", "parked", "parked"]
    [parked], [owed] = rows(store, Parked), rows(store, Owed)
    assert parked.parked_at is not None and (parked.error, parked.text) == ("ZeroDivisionError", POISON)
    assert owed.body["text"] == builders.knowledge().wording("error.parked") and owed.address == "4"
    assert intake.receive([builders.message("next", builders.QUESTION, address="4")])[0].status == "handled"


def test_names_and_buttons_that_no_database_takes_are_kept_without_what_it_refuses(store, intake):
    upload = Upload("收据\0.pdf", "application/pdf\0", 3, "file\ud800" + "x" * 300)
    said = [builders.message("1", "看附件\0", uploads=(upload,), kind="document"),
            builders.message("2", "", button="me\0nu", kind="button")]
    assert [outcome.status for outcome in intake.receive(said)] == ["handled", "handled"]
    [kept] = rows(store, Attachment)
    assert (kept.name, kept.media_type) == ("收据.pdf", "application/pdf")
    assert (kept.platform_file[:6], len(kept.platform_file)) == ("file?x", 200)


def test_what_is_parked_is_masked(store, intake):
    for _ in range(3):
        intake.receive([builders.message("1", POISON + "，我的身份证 11010519491231002X")])
    assert "11010519491231002X" not in rows(store, Parked)[0].text


def test_the_end_of_a_long_parked_text_is_kept(store, intake):
    for _ in range(3):
        intake.receive([builders.message("1", POISON + "还有" * 3000 + "我要个说法")])
    kept = rows(store, Parked)[0].text
    assert len(kept) == 4000 and kept.startswith(POISON) and kept.endswith("我要个说法")


@contextmanager
def failing(store, moment, action):
    """Something goes wrong in the database at this moment of SQLAlchemy's, for as long as the block lasts."""
    event.listen(store.engine, moment, action)
    try:
        yield
    finally:
        event.remove(store.engine, moment, action)


def away(connection, cursor, statement, *_):
    raise exc.OperationalError(statement, None, OSError("server closed the connection"))


def commit_fails(connection):
    """PostgreSQL goes away under the COMMIT; SQLite finds its disk full."""
    if connection.dialect.name == "postgresql":
        connection.connection.driver_connection.close()
    else:
        raise exc.OperationalError("COMMIT", None, OSError("database or disk is full"))


def test_a_database_that_is_away_fails_without_parking(store, tmp_path):
    intake = builders.house(store, tmp_path).intake
    with failing(store, "before_cursor_execute", away):
        assert {intake.receive([builders.message("1")])[0].status for _ in range(5)} == {"failed"}
    assert not rows(store, Parked) and not rows(store, Delivery)
    assert intake.receive([builders.message("1")])[0].status == "handled"


def test_a_commit_that_fails_is_not_acknowledged(store, tmp_path):
    intake = builders.house(store, tmp_path).intake
    with failing(store, "commit", commit_fails):
        assert [outcome.status for outcome in intake.receive(batch(3))] == ["failed"] * 3
    assert not rows(store, Delivery) and not rows(store, Owed) and not rows(store, Message)
    assert [outcome.status for outcome in intake.receive(batch(3))] == ["handled"] * 3


def test_the_webhook_answers_5xx_until_the_message_is_held(store, tmp_path):
    models = replace(builders.understanding(), reader=Choking())
    house = builders.house(store, tmp_path, read=models)
    headers = {"x-telegram-bot-api-secret-token": webhook_secret(house.settings)}

    def status(update_id, text):
        message = {"message_id": update_id, "chat": {"id": 5, "type": "private"}, "date": 1, "text": text}
        return client.post(WEBHOOK_PATH, json={"update_id": update_id, "message": message}, headers=headers).status_code

    with Web(house) as web, httpx.Client(base_url=web.url) as client:
        with failing(store, "commit", commit_fails):
            assert [status(1, builders.COMPLAINT) for _ in range(4)] == [503] * 4
        assert status(1, builders.COMPLAINT) == 200
        with failing(store, "before_cursor_execute", away):
            assert [status(2, builders.COMPLAINT) for _ in range(4)] == [503] * 4
        assert status(2, builders.COMPLAINT) == 200
        assert [status(3, POISON) for _ in range(4)] == [503, 503, 200, 200]
    assert [(row.key, row.tries >= 3) for row in rows(store, Parked)] == [("3", True)]
    assert [row.key for row in rows(store, Delivery)] == ["1", "2", "3"]


def test_order_is_kept_within_a_batch(store, tmp_path):
    intake = builders.house(store, tmp_path).intake
    intake.receive([builders.message(str(n), f"第 {n} 句话怎么说") for n in range(20)])
    said = [row.text for row in rows(store, Message) if row.author == "customer"]
    assert said == [f"第 {n} 句话怎么说" for n in range(20)]


def test_what_postgresql_and_utf8_refuse_is_taken_out_before_it_is_stored(store, tmp_path):
    intake = builders.house(store, tmp_path).intake
    assert intake.receive([builders.message("1", "扣了\0我\ud800的钱" + "长" * 9000)])[0].status == "handled"
    heard = next(row for row in rows(store, Message) if row.author == "customer")
    assert heard.text.startswith("扣了我?的钱") and len(heard.text) == 4000
