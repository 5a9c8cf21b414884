"""The letter of decision arrives as a file: in Telegram as a document, in the web chat as a download that only she can open."""

import asyncio
import secrets
import time

import httpx
import pytest
import telegram

from bot.channels.telegram import TelegramSender
from bot.channels.web import WebChat
from bot.messages import Document, Reply
from bot.outbox import Outbox
from tests import builders
from tests.fake_telegram import FakeTelegram
from tests.running import Web
from tickets.models import Chat, Owed, Ticket
from tickets.register import answer_customer, owe
from tickets.telling import LONGEST_PIECE, pieces

LETTER = b"PK\x03\x04 a letter"


def owe_letter(store, folder, *, channel, address, name="处理结果告知书-261124-000173.docx"):
    stored = f"{secrets.token_hex(16)}.docx"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / stored).write_bytes(LETTER)
    reply = Reply("附上告知书，请您留存。", document=Document(name, stored))
    with store.write() as session:
        owed = owe(session, channel=channel, address=address, body=reply.plain(), purpose="told")
        session.flush()
        return owed.id, folder / stored


def send(store, platform, folder):
    async def run():
        async with telegram.Bot(platform.token, base_url=f"{platform.url}/bot") as bot:
            await Outbox(store, {"telegram": TelegramSender(bot, folder=folder)}, rate=28, tick=0.02, idle=0.05).drain()
    asyncio.run(run())


@pytest.fixture
def platform():
    with FakeTelegram() as fake:
        yield fake


def test_telegram_gets_the_file_under_its_own_name_and_its_arrival_is_kept(store, platform, tmp_path):
    anna = platform.person(11)
    owed_id, _ = owe_letter(store, tmp_path, channel="telegram", address="11")
    send(store, platform, tmp_path)
    (message,) = anna.chat.heard
    assert message["caption"] == "附上告知书，请您留存。"
    assert message["document"]["file_name"] == "处理结果告知书-261124-000173.docx"
    assert platform.world.files[message["document"]["file_id"]][0].body == LETTER
    with store.read() as session:
        row = session.get_one(Owed, owed_id)
        assert (row.status, row.platform_id) == ("sent", str(message["message_id"])) and row.sent_at is not None


def test_a_file_that_is_gone_is_told_to_the_office_and_not_to_the_customer(store, platform, tmp_path):
    anna = platform.person(11)
    owed_id, path = owe_letter(store, tmp_path, channel="telegram", address="11")
    path.unlink()
    send(store, platform, tmp_path)
    with store.read() as session:
        row = session.get_one(Owed, owed_id)
        assert row.status == "dead" and "gone" in row.error
        assert session.query(Chat).filter(Chat.unreachable_since.is_not(None)).count() == 0, "she herself can still be reached"
    assert anna.chat.heard == []


def test_the_web_chat_offers_the_file_to_her_and_to_nobody_else(store, tmp_path):
    house = builders.house(store, tmp_path)
    with Web(house) as web, httpx.Client(base_url=web.url) as hers, httpx.Client(base_url=web.url) as other:
        hers.get("/")
        hers.post("/chat/say", data={"key": "a" * 12, "text": "谢谢"})
        with store.read() as session:
            address = session.query(Chat).one().address
        other.get("/")
        owed_id, path = owe_letter(store, house.settings.attachment_folder, channel="web", address=address)
        page = hers.get("/").text
        assert f'href="/chat/files/{owed_id}"' in page and "处理结果告知书-261124-000173.docx" in page
        got = hers.get(f"/chat/files/{owed_id}")
        assert (got.status_code, got.content) == (200, LETTER)
        assert got.headers["content-disposition"].startswith("attachment; filename*=utf-8''%E5%A4%84")
        assert got.headers["x-content-type-options"] == "nosniff" and "sandbox" in got.headers["content-security-policy"]
        assert httpx.get(f"{web.url}/chat/files/{owed_id}").status_code == 404
        for client, number in ((other, owed_id), (hers, owed_id + 1), (hers, 1)):
            assert client.get(f"/chat/files/{number}").status_code == 404
        for odd in ("0", "-1", "x", "9" * 40, "..%2f..%2fsettings.py"):
            assert hers.get(f"/chat/files/{odd}").status_code in (404, 422)
        hers.get("/chat/news", params={"after": owed_id})
        with store.read() as session:
            assert session.get_one(Owed, owed_id).status == "sent", "the page has it: she was told"
        path.unlink()
        assert hers.get(f"/chat/files/{owed_id}").status_code == 404


def test_a_form_without_javascript_says_what_its_page_showed(store, tmp_path):
    house = builders.house(store, tmp_path)
    with Web(house) as web, httpx.Client(base_url=web.url) as hers:
        hers.get("/")
        hers.post("/chat/say", data={"key": "a" * 12, "text": "谢谢"})
        with store.read() as session:
            greeting, thanks = session.query(Owed).order_by(Owed.id)
        assert greeting.status == thanks.status == "owed"
        hers.post("/chat/say", data={"key": "b" * 12, "text": "谢谢", "after": thanks.id})
        with store.read() as session:
            assert {session.get_one(Owed, row.id).status for row in (greeting, thanks)} == {"sent"}


@pytest.mark.parametrize("text", ["", "一行", "字" * 9000, ("行\n" * 4000), "a" * LONGEST_PIECE, "短\n" + "长" * 8000 + "\n尾",
                                  "啊" * (2 * LONGEST_PIECE), "字\n" + "🙏" * LONGEST_PIECE, "字🙏" * 3000])
def test_pieces_lose_nothing_and_are_never_too_long(text):
    found = pieces(text)
    assert all(len(one.encode("utf-16-le")) <= 2 * LONGEST_PIECE for one in found)
    assert all(found) or found == [""], "nobody is owed an empty message"
    assert "".join(found).replace("\n", "") == text.replace("\n", "")


@pytest.mark.parametrize(("said", "end"), [("经核实，年费系误收，已全额退还。", "。"), ("已退还年费三百元，", "，")])
def test_a_long_line_is_cut_after_a_sentence_or_a_clause(said, end):
    found = pieces(said * 500)
    assert len(found) > 1 and all(one.endswith(end) for one in found) and "".join(found) == said * 500


def test_a_colleagues_answer_is_a_contact_when_her_page_has_it_and_the_desk_knows_that_she_is_there(store, tmp_path):
    house = builders.house(store, tmp_path)
    with Web(house) as web, httpx.Client(base_url=web.url) as hers:
        hers.get("/")
        hers.post("/chat/say", data={"text": builders.COMPLAINT, "key": "k" * 12}, headers={"accept": "application/json"})
        with store.write() as session:
            ticket = session.query(Ticket).one()
            answer_customer(session, ticket, "您好", staff_id=None, body=Reply("您好", tone="staff").plain())
            last = session.query(Owed).order_by(Owed.id.desc()).first().id
        with store.read() as session:
            assert session.query(Ticket).one().first_contact_at is None
        hers.get("/chat/news", params={"after": last})
        with store.read() as session:
            assert session.query(Ticket).one().first_contact_at is not None
        assert hers.get("/").text.count("银行同事：") == 1


def test_who_has_the_page_open_is_present_and_nobody_else(store, tmp_path, monkeypatch):
    house = builders.house(store, tmp_path)
    page = WebChat(None, store, house.knowledge, house.settings)
    page._looks("hers")
    assert page.present("hers") and not page.present("another")
    monkeypatch.setattr("time.monotonic", lambda now=time.monotonic() + 91: now)
    assert not page.present("hers")
