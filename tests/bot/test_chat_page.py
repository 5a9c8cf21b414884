"""What the chat page's server answers: a long text is kept whole, or refused in words."""

import re

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from bot.shortening import LONGEST, MOST_AT_ONCE, portions
from nlp.privacy import mask
from tests import builders
from tests.running import Web
from tickets.models import Chat, Delivery, Message, Owed


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path)


@pytest.fixture
def client(house):
    with (Web(house) as web,
          httpx.Client(base_url=web.url, headers={"accept": "application/json"}) as client):
        client.get("/")
        yield client


def heard(store):
    with store.read() as session:
        return [text for text in session.scalars(select(Message.text).where(Message.author == "customer").order_by(Message.id))
                if not text.startswith("/")]


@pytest.mark.parametrize(("text", "ends"), [
    ("", [""]), ("短", ["短"]), ("字" * LONGEST, ["字"]), ("字" * 9000, ["字", "字", "字"]),
    ("我排了很久的队，没人理。" * 500, ["。", "。"]), ("我排了很久的队，" * 700, ["，", "，"]), ("行\n" * 4000, ["\n", "\n"])])
def test_a_long_text_is_cut_at_the_ends_of_sentences_and_nothing_is_left_out(text, ends):
    found = portions(text)
    assert "".join(found) == text and [one[-1:] for one in found] == ends and all(len(one) <= LONGEST for one in found)


@pytest.mark.parametrize("private", ["6222 0212 3456 7890 128", "13812345678", "１３８１２３４５６７８", "一三八一二三四五六七八",
                                     "卡号是：1234567890123456", "密码是：tiger99"])
@pytest.mark.parametrize("before", [LONGEST - 20, LONGEST - 8, LONGEST - 4])
def test_what_must_not_be_kept_is_hidden_where_a_text_is_cut_too(private, before):
    long = "说" * before + private + "说" * 900  # not a place to cut at but those in the number
    ((start, end, _, shown),) = mask(long).spans
    left, right = long[:start], long[end:]
    assert "".join(mask(one).text for one in portions(long)) == left + shown + right and any(shown in one for one in portions(long))
    other = "说" * (before - 1000) + private + "说" * 1100  # what came another way is kept in its beginning and its end
    kept = builders.understanding().of([builders.message("a", other)])[0].text.partition("…")[0]
    assert kept and f"{left}{shown}".replace("说", "").startswith(kept.replace("说", ""))


def test_an_amount_is_not_cut_in_two():
    assert [one[-1] for one in portions("说" * 3900 + "，扣了1,234元" + "说" * 95)] == ["，", "说"]


def test_a_long_text_comes_as_several_messages_however_often_it_arrives(client, store):
    text = "我排了很久的队，没人理。\n" * 500 + "请退还年费。"
    for _ in range(2):
        assert client.post("/chat/say", data={"key": "a-long-text", "text": text}).status_code == 200
    kept = heard(store)
    assert len(kept) == 2 and "".join(kept).replace("\n", "") == text.replace("\n", "") and kept[-1].endswith("请退还年费。")


def test_a_long_text_bears_its_key_only_when_all_of_it_has_arrived(client, house, store):
    house.understanding.reader = reader = builders.Stumbling("请退还年费")
    said = {"key": "a-long-text", "text": "我排了很久的队，没人理。\n" * 500 + "请退还年费。"}
    assert client.post("/chat/say", data=said).status_code == 503 and len(heard(store)) == 1
    assert re.findall('data-key="([^"]+)"', client.get("/").text) == ["a-long-text~1"]
    reader.over = ""
    assert client.post("/chat/say", data=said).status_code == 200 and len(heard(store)) == 2
    assert re.findall('data-key="([^"]+)"', client.get("/").text) == ["a-long-text~1", "a-long-text"]


def test_what_is_too_long_for_that_is_refused_in_words_and_not_cut(client, store):
    answer = client.post("/chat/say", data={"key": "too-long-text", "text": "字" * (MOST_AT_ONCE + 1)})
    assert answer.status_code == 413 and "还没有发出" in answer.json()["error"] and heard(store) == []


@pytest.mark.parametrize(("path", "status"), [("/chat", 404), ("/chat/nothing", 404), ("/chat/say", 405)])
def test_an_address_that_is_no_page_leads_back_to_the_talk(client, path, status):
    page = client.get(path, headers={"accept": "text/html,*/*;q=0.8"})
    assert page.status_code == status and "没有这个页面" in page.text and '<a href="/">回到对话</a>' in page.text
    assert client.get(path).status_code == status and "detail" in client.get(path).json(), "a program is told shortly"


@pytest.mark.parametrize(("accept", "kind"), [("text/html,*/*", "text/html"), ("application/json", "application/json"),
                                              ("*/*", "application/json")])
def test_a_database_that_is_away_is_said_as_it_is_asked_for(client, house, monkeypatch, accept, kind):
    def away():
        raise OperationalError("SELECT 1", {}, Exception("geheim"))

    monkeypatch.setattr(house.store, "read", away)
    answer = client.get("/", headers={"accept": accept})
    assert answer.status_code == 503 and answer.headers["content-type"].startswith(kind) and answer.headers["retry-after"]
    assert "请稍后再试" in answer.text and "geheim" not in answer.text


def rows(store):
    with store.read() as session:
        return [session.scalar(select(func.count()).select_from(table)) for table in (Chat, Message, Owed, Delivery)]


def test_who_only_looks_leaves_no_trace_and_is_greeted_all_the_same(client, store):
    for page in (client.get("/"), httpx.get(client.base_url), client.get("/")):
        assert "我是" in page.text and 'name="data"' in page.text and 'data-last="0"' in page.text
    assert rows(store) == [0, 0, 0, 0]
    assert "Disallow: /" in client.get("/robots.txt").text


@pytest.mark.parametrize("way", ["say", "press"])
def test_what_greeted_her_stands_before_her_first_words(client, store, way):
    said = {"say": {"text": builders.QUESTION}, "press": {"data": "themes"}}[way]
    for _ in range(2):  # the second is the same message again
        answer = client.post(f"/chat/{way}", data={**said, "key": "first-words", "after": 0}).json()
    assert answer["html"].count("我是") == 1
    page = client.get("/").text
    assert page.count("我是") == 1 and 'data-id="0"' not in page
    if way == "say":
        assert page.index("我是") < page.index(builders.QUESTION)
    client.post("/chat/say", data={"text": "谢谢", "key": "more-words", "after": answer["last"]})
    assert client.get("/").text.count("我是") == 1 and rows(store)[0] == 1
