"""The worker goes on with what it can when the platform will have nothing of it, and says so without the token."""

import json
import logging
import sys

from bot import logs, worker
from bot.channels import telegram
from tests import builders
from tests.fake_telegram import FakeTelegram, wait_for
from tests.running import Worker

REVOKED = "7000000002:AAFr3v0ked-t0ken-0f-a-test-000000000"


def test_a_refused_token_stops_neither_the_rounds_nor_is_it_said(store, tmp_path, monkeypatch, caplog):
    rounds = []
    monkeypatch.setattr(worker.Rounds, "once", lambda self: rounds.append(1))
    with FakeTelegram() as platform, caplog.at_level(logging.DEBUG):
        house = builders.house(store, tmp_path, telegram_api_url=platform.url, telegram_bot_token=REVOKED)
        with Worker(house):
            wait_for(lambda: rounds and any("refuses XIAOBAO_TELEGRAM_BOT_TOKEN" in r.getMessage() for r in caplog.records), 15)
    said = "\n".join(logs.Lines().format(record) for record in caplog.records if record.name.startswith("xiaobao"))
    assert "trying again" in said and REVOKED not in said


def test_what_ends_the_process_is_said_without_its_words(monkeypatch, capsys):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    root = logging.getLogger()
    kept, level = list(root.handlers), root.level
    try:
        logs.configure("INFO")
        try:
            raise telegram.errors.InvalidToken(f"The token `{REVOKED}` was rejected by the server.")
        except telegram.errors.InvalidToken as error:
            sys.excepthook(type(error), error, error.__traceback__)
    finally:
        root.handlers[:] = kept
        root.setLevel(level)
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["error"].startswith("InvalidToken at test_worker.py") and REVOKED not in line
