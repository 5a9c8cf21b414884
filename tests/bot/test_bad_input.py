"""Whatever is thrown at the routes: a clear status, nothing lost, no 5xx, and neither token nor secret nor words in a log."""

import json
import logging
import re
import shutil

import httpx
import pytest
from sqlalchemy import func, select

from bot.channels.telegram_webhook import WEBHOOK_PATH, webhook_secret
from bot.logs import Lines
from tests import builders
from tests.running import Web
from tickets.db import Store
from tickets.models import Delivery, Message, Parked

SECRET = "a-secret-of-the-webhook_123"
GOOD = {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "from": {"id": 7, "is_bot": False, "first_name": "王"}}


@pytest.fixture(scope="module")
def web(tmp_path_factory, sqlite_template):
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(sqlite_template, folder / "x.sqlite3")
    store = Store(f"sqlite:///{folder / 'x.sqlite3'}")
    house = builders.house(store, folder, telegram_webhook_secret=SECRET)
    with Web(house) as web, httpx.Client(base_url=web.url, timeout=30) as client:
        yield client, store


@pytest.fixture
def client(web):
    return web[0]


@pytest.fixture
def store(web):
    return web[1]


def post(client, body, *, secret=SECRET, content_type="application/json", **options):
    headers = {"content-type": content_type, **({"x-telegram-bot-api-secret-token": secret} if secret is not None else {})}
    return client.post(WEBHOOK_PATH, content=body, headers=headers, **options)


def deliveries(store):
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(Delivery))


GARBAGE = {
    "nothing": b"", "no JSON": b"{{{", "half": b'{"update_id": 1, "message": {',
    "bad UTF-8": b'{"update_id": 1, "message": "\xff\xfe"}',
    "deep nesting": b"[" * 200_000, "deep objects": b'{"message":' * 50_000, "a list": b"[1,2]", "a number": b"7", "null": b"null",
    "no id": b'{"message": {}}', "text as id": b'{"update_id": "x"}', "a huge number": b'{"update_id": 1' + b"0" * 5000 + b"}",
    "NaN": b'{"update_id": NaN}', "NUL": b"\0" * 100, "GBK": '{"update_id": 1, "text": "投诉"}'.encode("gbk"),
    "binary": bytes(range(256)) * 40,
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_with_the_secret_is_answered_200_and_stored_nowhere(client, store, name):
    before = deliveries(store)
    assert post(client, GARBAGE[name]).status_code == 200
    assert deliveries(store) == before


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], SECRET + "x", "密".encode(), b"\xff"])
def test_without_the_secret_nothing_is_read(client, store, secret):
    before = deliveries(store)
    assert post(client, json.dumps({"update_id": 991, "message": {**GOOD, "text": "x"}}), secret=secret).status_code == 403
    assert deliveries(store) == before


@pytest.mark.parametrize("update", [
    {"poll": {"id": "1"}}, {"message_reaction": {"chat": {"id": 1}}}, {"chat_join_request": {}}, {"inline_query": {"id": "1"}},
    {"channel_post": {**GOOD, "chat": {"id": -5, "type": "channel"}}}, {"a_kind_of_2031": {"deep": {"er": 1}}}, {},
    {"message": {**GOOD, "new_chat_members": []}}, {"message": {**GOOD, "from": {"id": 7, "is_bot": True}, "text": "x"}},
    {"callback_query": {"id": "1", "from": {"id": 7}, "data": "menu"}},
    {"my_chat_member": {"chat": {"id": 7, "type": "private"}, "new_chat_member": {"status": "member"}}},
])
def test_kinds_that_we_do_not_serve_are_acknowledged(client, store, update):
    before = deliveries(store)
    assert post(client, json.dumps({"update_id": 2000, **update})).status_code == 200
    assert deliveries(store) == before


@pytest.mark.parametrize(("number", "content"), list(enumerate([
    {"text": "扣了我的钱"}, {"sticker": {"file_id": "s"}}, {"voice": {"file_id": "v", "duration": 3}},
    {"location": {"latitude": 1.0, "longitude": 2.0}}, {"photo": [{"file_id": "p", "file_size": 3}], "caption": "看"},
    {"document": {"file_id": "d"}}, {"contact": {"phone_number": "13800000000"}}, {"text": "\u0000\u202e扣\u200b了"}, {"dice": {}},
    {"text": "字" * 4096}, {"text": "<b>*_[`]</b> ' OR 1=1; --"}, {"photo": []},
    {"document": {"file_id": "d\u0000", "file_name": "\u0000", "mime_type": "\u0000"}, "caption": "\u0000"},
    {"document": {"file_id": "d" * 900, "file_name": "名" * 900}},
], 3000)))
def test_every_message_is_kept_and_answered(client, store, number, content):
    before = deliveries(store)
    message = {**GOOD, "message_id": number, "chat": {"id": number, "type": "private"}, **content}
    assert post(client, json.dumps({"update_id": number, "message": message})).status_code == 200
    assert deliveries(store) == before + 1
    with store.read() as session:
        assert session.scalar(select(func.count()).where(Message.platform_id == str(number))) == 1


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/json;charset=UTF-8", "text/plain", ""])
def test_the_content_type_does_not_matter(client, store, content_type):
    before = deliveries(store)
    body = json.dumps({"update_id": 4000 + len(content_type), "message": {**GOOD, "text": "在吗"}})
    assert post(client, body, content_type=content_type).status_code == 200
    assert deliveries(store) == before + 1


@pytest.mark.parametrize("data", ["", "x" * 65, "withdraw!:99999999999999999999", "ticket:-1", "rate:1:ù",
                                  "pick-cat:" + "9" * 18, "set-cause:1:" + "A" * 40, "faq:../../etc/passwd", "quiz-answer:1:x:y",
                                  "claim:__class__", "pick-cat:²", ":::", "menu:1:2", "menu\0:1"])
def test_forged_button_data_gets_a_polite_answer(client, data):
    press = {"id": "77", "from": {"id": 7, "is_bot": False}, "message": GOOD, "data": data}
    answer = post(client, json.dumps({"update_id": 5000 + hash(data) % 9_000_000, "callback_query": press}))
    assert answer.status_code == 200
    assert answer.json() == {"method": "answerCallbackQuery", "callback_query_id": "77"}


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("path", [WEBHOOK_PATH, "/chat/say", "/chat/press"])
def test_twenty_megabytes_are_refused(client, path, chunked):
    def pieces():
        for _ in range(20):
            yield b"x" * 1_000_000
    headers = {"x-telegram-bot-api-secret-token": SECRET, "content-type": "application/x-www-form-urlencoded"}
    with httpx.Client(base_url=client.base_url) as once:
        try:
            answer = once.post(path, content=pieces() if chunked else b"x" * 20_000_000, headers=headers)
        except (httpx.WriteError, httpx.ReadError):  # the server has answered and closed before all was sent
            return
    assert answer.status_code in ({400, 413} if path == "/chat/say" else {413}), "a form's own limits may come first"


@pytest.mark.parametrize(("path", "body", "content_type", "statuses"), [
    ("/chat/say", b"", "application/x-www-form-urlencoded", {422, 403}),
    ("/chat/say", b"text=%FF%FE%00", "application/x-www-form-urlencoded", {403, 422}),
    ("/chat/say", b"{}", "application/json", {422, 403}),
    ("/chat/say", b"--x\r\nnot a part", "multipart/form-data; boundary=x", {400, 403, 422}),
    ("/chat/say", b"garbage", "multipart/form-data", {400, 403, 422}),
    ("/chat/press", b"data=" + b"x" * 500_000, "application/x-www-form-urlencoded", {403}),
    ("/chat/press", b"after=notanumber&data=menu", "application/x-www-form-urlencoded", {422}),
])
def test_the_chat_page_refuses_garbage_clearly(client, path, body, content_type, statuses):
    answer = client.post(path, content=body, headers={"content-type": content_type})
    assert answer.status_code in statuses
    assert "Traceback" not in answer.text and "site-packages" not in answer.text


def test_the_chat_page_takes_odd_words_and_forged_buttons(client):
    client.get("/")
    for n, fields in enumerate([{"text": "扣\0了\u202e钱"}, {"text": "\ufffd" * 9000}, {"text": "x", "after": "9" * 15}]):
        answer = client.post("/chat/say", data={"key": f"odd-key-{n}", **fields}, headers={"accept": "application/json"})
        assert answer.status_code == 200, answer.text
    for n, data in enumerate(["", "x" * 3000, "withdraw!:1", "\0", "ticket:9" + "9" * 30]):
        answer = client.post("/chat/press", data={"key": f"odd-press-{n}", "data": data}, headers={"accept": "application/json"})
        assert answer.status_code == 200, (data, answer.text)
    assert client.get("/chat/news", params={"after": "x"}).status_code == 422
    assert client.get("/chat/news", params={"after": "9" * 30}).status_code in (200, 422)
    client.cookies.clear()


@pytest.mark.parametrize(("method", "path"), [
    ("GET", WEBHOOK_PATH), ("PUT", WEBHOOK_PATH), ("DELETE", "/chat/say"), ("GET", "/..%2f.env"), ("GET", "/nothing"),
    ("GET", "/chat/static/../../settings.py")])
def test_other_methods_and_paths_are_refused(client, method, path):
    assert client.request(method, path).status_code in (404, 405)


def test_neither_token_nor_secret_nor_words_reach_a_log(client, store, caplog):
    """Everything above once more in short, with a poison path that quotes the customer in its exception."""
    words = "我的卡号是6222021234567890123密码一二三四"
    with caplog.at_level(logging.DEBUG, logger="xiaobao"):
        for body in [*GARBAGE.values(), json.dumps({"update_id": 6001, "message": {**GOOD, "text": words}})]:
            post(client, body)
        post(client, b"{}", secret="wrong-secret-wrong")
    records = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    said = "\n".join(Lines().format(record) for record in records) + "\n".join(record.getMessage() for record in records)
    assert records, "garbage is noted"
    for hidden in (builders.TOKEN, SECRET, "wrong-secret-wrong", builders.SECRET_KEY, "6222021234567890123", "密码一二三四"):
        assert hidden not in said


def test_a_token_in_a_message_of_a_library_is_hidden():
    record = logging.LogRecord("httpx", logging.WARNING, "x.py", 1, "POST https://a.org/bot%s/getMe", (builders.TOKEN,), None)
    line = Lines().format(record)
    assert builders.TOKEN not in line and re.search(r"bot\*\*\*/getMe", line)


def test_a_derived_secret_is_one_that_telegram_accepts(tmp_path):
    assert re.fullmatch(r"[A-Za-z0-9_-]{64}", webhook_secret(builders.settings(tmp_path)))


def test_a_real_update_in_a_shape_new_to_us_is_set_aside_for_a_person_once(client, store):
    strange = json.dumps({"update_id": 77_001, "message": {"message_id": "a word", "text": "我的密码是 482913"}}).encode()
    assert [post(client, strange).status_code for _ in range(3)] == [200, 200, 200]
    with store.read() as session:
        (row,) = session.scalars(select(Parked).where(Parked.key == "77001")).all()
    assert row.parked_at is not None and "482913" not in row.text + row.error
