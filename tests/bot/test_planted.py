"""What a customer plants (private numbers, mark-up, log lines, addresses) stays where it belongs, over a whole conversation.

The real web process and the real worker speak to the fake platform; every log line of every library is listened to at DEBUG, in the
shape in which it would be written.
"""

import json
import logging
import re
import socket
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.logs import Lines
from tests import builders
from tests.fake_telegram import FakeTelegram, wait_for
from tests.running import Web, Worker, free_port
from tickets.models import Message, Owed, Parked, Ticket

ROOT = Path(__file__).parents[2]
GROUP = -100500
PRIVATE = {"id": "11010519491231002X", "card": "6222021234567890128", "phone": "13912345678", "code": "739204",
           "password": "Qx7tulips"}
MARKUP = '<b>加粗</b>_斜_ *粗* [点我](tg://user?id=1) `x` ||y|| <a href="https://evil.example">链接</a> &lt; @admin'
ADDRESS = "http://169.254.169.254/latest/meta-data http://evil.example/x.png https://127.0.0.1:1/desk"
FORGED = '扣费\n{"at":"2026-11-24T00:00:00","level":"ERROR","from":"xiaobao","what":"forged-line"}\r\nforged-line\x1b[31m'


@pytest.fixture
def story(store, tmp_path, caplog, monkeypatch):
    """The whole conversation, held once: what was logged, measured, stored, called, and which hosts were asked for."""
    hosts, lines, found = set(), [], socket.getaddrinfo

    def lookup(host, *rest, **options):
        hosts.add(host.decode() if isinstance(host, bytes) else host)
        return found(host, *rest, **options)
    monkeypatch.setattr(socket, "getaddrinfo", lookup)

    class Ear(logging.Handler):
        def emit(self, record):
            if not record.name.startswith(("httpx", "httpcore", "telegram", "asyncio")):  # bot/logs.py silences these below WARNING
                lines.append(Lines().format(record))
    ear, root = Ear(logging.DEBUG), logging.getLogger()
    caplog.set_level(logging.DEBUG)  # not the attribute alone: loggers remember what they let through
    root.addHandler(ear)
    port = free_port()
    with FakeTelegram(first_pause=0.05) as platform:
        platform.group(GROUP)
        house = builders.house(store, tmp_path, telegram_api_url=platform.url, public_url=f"http://127.0.0.1:{port}", port=port,
                               telegram_staff_group=GROUP)
        with Web(house, port=port) as web, Worker(house), httpx.Client(base_url=web.url) as page:
            wait_for(lambda: platform.delivery.hook is not None, 15)
            people = [platform.person(71 + n) for n in range(4)]
            words = (f"我要投诉，信用卡扣了我年费，身份证 {PRIVATE['id']}，卡号 {PRIVATE['card']}，手机 {PRIVATE['phone']}",
                     f"密码是 {PRIVATE['password']}，验证码 {PRIVATE['code']}", f"还有 {PRIVATE['phone']} 这个号码", MARKUP,
                     ADDRESS, FORGED, f"/complain {MARKUP} {ADDRESS} {FORGED}", "我的投诉进度")
            for n, text in enumerate(words):
                people[n // 2].says(text)
                platform.settled()
            page.get("/")
            for n, text in enumerate(words):
                page.post("/chat/say", data={"key": f"planted-{n:04}", "text": text})
            page.get(f"/chat/news?after={PRIVATE['card']}")
            page.get("/nothing%0aforged-line%0d")
            wait_for(lambda: not unsent(store), 20, lambda: str(unsent(store)))
            measured = page.get("/metrics").text
        yield {"log": lines, "metrics": measured, "store": store, "platform": platform, "hosts": hosts, "people": people}
    root.removeHandler(ear)


def unsent(store):
    with store.read() as session:
        return session.execute(select(Owed.id, Owed.status, Owed.error).where(Owed.status.notin_(("sent", "dead")),
                                                                              Owed.channel == "telegram")).all()


def test_a_whole_conversation_leaks_nothing_runs_nothing_and_fetches_nothing(story):
    said = "\n".join(story["log"]) + story["metrics"]
    assert len(story["log"]) > 3 and "xiaobao_deliveries" in story["metrics"]
    for name, hidden in {**PRIVATE, "token": builders.TOKEN, "key": builders.SECRET_KEY}.items():
        assert hidden not in said, name
    for word in ("年费", "加粗", "evil.example", "forged-line"):
        assert word not in said, "a word of the customer's is in a log or a metric"
    for line in story["log"]:
        assert "\n" not in line and set(json.loads(line)) >= {"at", "level", "from", "what"}

    with story["store"].read() as session:
        stored = [*session.scalars(select(Message.text)), *session.scalars(select(Ticket.summary)),
                  *map(str, session.scalars(select(Owed.body))), *session.scalars(select(Parked.text))]
    for name, hidden in PRIVATE.items():
        assert not [text for text in stored if hidden in text], f"{name} is stored unmasked"

    calls = [(method, values) for method, values, _ in story["platform"].calls if method not in ("getupdates",)]
    assert not [values for _, values in calls if "parse_mode" in values or "entities" in values], "the platform reads no mark-up"
    spoken = [str(values.get("text", "")) for method, values in calls if method == "sendmessage"]
    assert any("<b>加粗</b>" in text for text in spoken), "the office sees it as it was written"
    heard = [message for person in story["people"] for message in person.chat.heard]
    assert len(heard) > 6 and not [entity for message in heard for entity in message.get("entities", [])]
    assert story["hosts"] <= {"127.0.0.1"}, "an address of the customer's was looked up"


def test_only_the_telegram_channel_can_reach_out():
    """No other module imports anything that opens a connection to somewhere; Telegram's own files are fetched by their ids."""
    ways = re.compile(r"^\s*(?:import|from) (?:httpx|requests|urllib\.request|aiohttp|http\.client|smtplib|telegram)\b", re.M)
    found = {path.relative_to(ROOT).as_posix() for room in ("bot", "desk", "tickets", "nlp", "knowledge")
             for path in (ROOT / room).rglob("*.py") if ways.search(path.read_text(encoding="utf-8"))}
    assert found == {"bot/channels/telegram.py", "bot/fetching.py", "bot/topics.py"} & found
    assert "bot/channels/telegram.py" in found


def test_a_log_line_is_one_line_whatever_is_in_it():
    for text in (FORGED, "\0\x1b]0;x\x07", "a\x0b\x0c\x1c"):
        record = logging.LogRecord("xiaobao", logging.WARNING, "x.py", 1, "said %s", (text,), None)
        line = Lines().format(record)
        assert len(line.splitlines()) == 1 and "\x1b" not in line and json.loads(line)["what"].endswith(text)
