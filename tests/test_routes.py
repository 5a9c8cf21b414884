"""Every route of the running house, discovered and not listed by hand: known to somebody, guarded, and unmoved by garbage."""

import json
import re
import secrets
import socket
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from bot.app import create_app
from bot.channels.telegram import WEBHOOK_PATH
from desk.access import COOKIE
from desk.routes import ROUTES
from tests import builders
from tests.running import Web
from tickets.models import Alert, Chat, DeskSession, Owed, Parked, Staff, Ticket, now
from tickets.numbers import ticket_number
from tickets.signing_in import token_hash

ROOT = Path(__file__).parent.parent
SECRET = "a-secret-of-the-webhook_123"
OUTSIDE = {  # all that is no page of the desk: what it asks of who comes
    ("GET", "/"): "nothing: the customer's chat page", ("POST", "/chat/say"): "her cookie, our origin",
    ("POST", "/chat/press"): "her cookie, our origin", ("GET", "/chat/news"): "her cookie",
    ("GET", "/chat/files/{owed_id}"): "her cookie", ("POST", WEBHOOK_PATH): "the webhook's secret",
    ("GET", "/robots.txt"): "nothing", ("GET", "/health"): "nothing", ("GET", "/ready"): "nothing",
    ("GET", "/metrics"): "this machine's own address",
    ("GET", "/chat/static"): "nothing: public files", ("GET", "/desk/static"): "nothing: public files",
}
DESK = {(route.method, route.path) for route in ROUTES}


def discovered(app) -> set[tuple[str, str]]:
    """Method and path of all that the application answers, whoever mounted it."""
    found = set()
    for route in flat(app.routes):
        for method in getattr(route, "methods", None) or {"GET"}:
            if method not in ("HEAD", "OPTIONS"):
                found.add((method, route.path))
    return found


def flat(routes):
    """Routes, also where an included router stands for its own."""
    for route in routes:
        inner = getattr(getattr(route, "original_router", None), "routes", None)
        if inner is not None:
            yield from flat(inner)
        else:
            yield route


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path, telegram_webhook_secret=SECRET)


def test_every_route_is_in_a_table_that_is_walked(house):
    """A desk route stands in desk/routes.py, which tests/desk/test_access.py walks role by role; any other stands above."""
    found = discovered(create_app(house.settings, house).app)
    assert len(found) > 50
    assert found - DESK - set(OUTSIDE) == set(), "a route that nobody guards: add it to a table"
    assert (DESK | set(OUTSIDE)) - found == set(), "a table names what is not there"
    assert not [path for _, path in found - DESK if path.startswith("/desk") and path != "/desk/static"]


class Visitor:
    """A client that is a customer and the office's administrator at once, and what both must never see."""

    def __init__(self, web: Web, house) -> None:
        token, self.csrf, at = secrets.token_urlsafe(32), secrets.token_urlsafe(32), now()
        with house.store.write() as session:
            other = Staff(username="other", name="别人", role="auditor", password_hash="!")
            session.add(other)
            session.flush()
            admin = Staff(username="admin", name="管理员", role="admin", password_hash="!")
            chat = Chat(channel="web", address="a" * 40)
            session.add_all([admin, chat])
            session.flush()
            ticket = Ticket(number=ticket_number(1, at), source="web", chat_id=chat.id, due_at=at + timedelta(days=15), summary="s")
            kept = token_hash(token, secret_key=house.settings.secret_key)
            session.add_all([ticket, DeskSession(token_hash=kept, staff_id=admin.id, csrf=self.csrf, created_at=at, seen_at=at,
                                                 expires_at=at + timedelta(hours=8))])
            self.number = ticket.number
        self.client = httpx.Client(base_url=web.url, timeout=60)
        self.client.get("/")
        self.client.cookies.set(COOKIE, token, path="/desk")
        self.hidden = (SECRET, builders.TOKEN, builders.SECRET_KEY, "Traceback", "site-packages", "sqlalchemy", str(ROOT))

    def ask(self, method: str, path: str, **options) -> httpx.Response:
        path = path.replace("{number}", self.number).replace("{entry}", "nothing-of-that-name")
        path = path.replace("{rest:elsewhere}", "no/page")
        return self.client.request(method, re.sub(r"\{\w+\}", "1", path), **options)

    def wrong(self, answer: httpx.Response, allowed: set[int]) -> str:
        """What is wrong with this answer, or nothing."""
        said = answer.text + str(answer.headers)
        leaked = [one for one in self.hidden if one in said]
        if answer.status_code not in allowed or leaked:
            return f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {leaked} {answer.text[:200]}"
        if answer.headers.get("x-content-type-options") != "nosniff" or "content-security-policy" not in answer.headers:
            return f"{answer.request.url.path}: no safe headers on {answer.status_code}"
        return ""


@pytest.fixture
def visitor(house):
    with Web(house) as web:
        visitor = Visitor(web, house)
        yield visitor
        visitor.client.close()


FORM, JSON = "application/x-www-form-urlencoded", "application/json"
BODIES = {
    "nothing": (b"", FORM), "bad JSON": (b"{{{", JSON), "deep JSON": (b"[" * 100_000, JSON),
    "bad UTF-8": (b"text=%FF%FE%00&\xff=\xfe", FORM), "GBK": ("text=投诉".encode("gbk"), FORM),
    "binary": (bytes(range(256)) * 40, "application/octet-stream"),
    "half a form": (b"--x\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=x"),
    "many fields": (b"&".join(b"a%d=1" % n for n in range(3000)), FORM),
}
REFUSED = {400, 401, 403, 404, 405, 409, 413, 415, 422}


@pytest.mark.database
def test_garbage_is_answered_clearly_on_every_route_that_takes_a_body(visitor, store, house):
    """What is no update is acknowledged, because Telegram would send it for ever; a press of nothing gets a polite answer in the
    chat; everything else is refused."""
    found = sorted(discovered(create_app(house.settings, house).app))
    with store.read() as session:
        before = [session.scalar(select(func.count()).select_from(table)) for table in (Ticket, Staff, Parked, Alert)]
    problems = []
    for method, path in found:
        if method == "GET":
            continue
        for name, (body, kind) in BODIES.items():
            headers = {"content-type": kind, "x-telegram-bot-api-secret-token": SECRET, "accept": "application/json"}
            allowed = {200} if path == WEBHOOK_PATH else REFUSED | {200} if path == "/chat/press" else REFUSED
            problems.append((name, visitor.wrong(visitor.ask(method, path, content=body, headers=headers), allowed)))
    assert [one for one in problems if one[1]] == []
    with store.read() as session:
        assert [session.scalar(select(func.count()).select_from(table)) for table in (Ticket, Staff, Parked, Alert)] == before
    assert visitor.client.get("/ready").text == "ready" and visitor.ask("GET", "/desk/queue").status_code == 200


ODD = ("\0", "9" * 30, "-1", "<script>alert(1)</script>‮𠮷", "x" * 6000, "2026-02-30", "٣", "' OR 1=1; --", "{{ 7*7 }}", "true")


def field_names() -> list[str]:
    """Every name that a form of ours has, read from the pages themselves."""
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "desk" / "templates").glob("*.html")]
    return sorted({name for page in pages for name in re.findall(r'\bname="([a-z_]+)"', page)} - {"csrf"})


@pytest.mark.database
def test_forms_of_odd_values_break_nothing_on_the_desk(visitor, house):
    """Signed in and with the right token, so that each page itself must judge what it is given."""
    names, problems = field_names(), []
    assert len(names) > 50
    for turn in range(2):
        form = {name: ODD[(place + turn * 5) % len(ODD)] for place, name in enumerate(names)}
        for method, path in sorted(DESK):
            if path in ("/desk/sign-in", "/desk/sign-out") or (method == "GET" and turn):
                continue
            if method == "GET":
                answer = visitor.ask(method, path, params=form)
            else:
                answer = visitor.ask(method, path, data={"csrf": visitor.csrf, **form})
            problems.append(visitor.wrong(answer, {200, 303} | REFUSED))
    assert [one for one in problems if one] == []
    assert visitor.ask("GET", "/desk/queue").status_code == 200, "still signed in: the forms did reach their pages"


def test_odd_addresses_are_not_found(visitor):
    problems = []
    for odd in ("0", "-1", "9" * 30, "²", "%00", "..%2f..%2fetc%2fpasswd", "x' OR '1'='1", "a" * 5000):
        for method, path in sorted(DESK | set(OUTSIDE)):
            if "{" in path:
                place = re.sub(r"\{\w+\}", odd, path)
                answer = visitor.client.request(method, place, **({"data": {"csrf": visitor.csrf}} if method == "POST" else {}))
                problems.append(visitor.wrong(answer, REFUSED))
    assert [one for one in problems if one] == []


MEGABYTE = b"text=" + b"x" * 999_995
UPLOADS = ("/chat/say", "/desk/import", "/desk/import/confirm")


def test_twenty_megabytes_are_refused_on_every_route(visitor, house):
    """By their announced length; where files may come they are taken and thrown away, so that a browser shows the answer."""
    problems = []
    for method, path in sorted(discovered(create_app(house.settings, house).app)):
        if method == "GET":
            continue
        headers = {"content-type": FORM, "content-length": "20000000", "x-telegram-bot-api-secret-token": SECRET}
        if path in UPLOADS:
            answer = visitor.client.request(method, path, headers=headers, content=(MEGABYTE for _ in range(20)))
        else:
            answer = announced(visitor.client.base_url, method, path, headers)
        problems.append(visitor.wrong(answer, {413}))
        if path in UPLOADS and "不超过 10 MB" not in answer.text:
            problems.append(f"{path}: does not say how much is allowed")
    assert [one for one in problems if one] == []


def announced(base: httpx.URL, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    """Only the head of a request that promises twenty megabytes, and its answer."""
    with socket.create_connection((base.host, base.port), timeout=30) as line:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        line.sendall(f"{method} {re.sub(r'{.*?}', '1', path)} HTTP/1.1\r\nhost: x\r\n{head}\r\n".encode())
        answer = b""
        while part := line.recv(4096):
            answer += part
    first, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = first.decode("latin-1").split("\r\n")
    return httpx.Response(int(status.split()[1]), headers=[line.split(": ", 1) for line in lines], content=body,
                          request=httpx.Request(method, f"{base}{path}"))


def test_a_body_that_does_not_say_how_long_it_is_is_cut_at_the_limit(visitor):
    for path in (WEBHOOK_PATH, "/chat/press", "/chat/say", "/desk/sign-in", "/desk/import", f"/desk/tickets/{visitor.number}/note"):
        headers = {"content-type": FORM, "x-telegram-bot-api-secret-token": SECRET}
        try:
            answer = visitor.client.post(path, content=(MEGABYTE for _ in range(20)), headers=headers)
        except (httpx.WriteError, httpx.ReadError):
            continue  # the server answered and closed before all was sent
        assert visitor.wrong(answer, {413, 400}) == "", "a form's own limits may come first"


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x"])
def test_the_webhook_without_its_secret_reads_nothing(visitor, store, secret):
    update = {"update_id": 5, "message": {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "text": "x"}}
    answer = visitor.client.post(WEBHOOK_PATH, content=json.dumps(update), headers={"x-telegram-bot-api-secret-token": secret})
    assert answer.status_code == 403 and answer.content == b""
    with store.read() as session:
        assert session.query(Owed).filter(Owed.channel == "telegram").count() == 0


def test_what_comes_without_a_cookie_or_from_a_foreign_page_is_refused(visitor):
    with httpx.Client(base_url=visitor.client.base_url) as stranger:
        for path in ("/chat/say", "/chat/press"):
            assert stranger.post(path, data={"key": "k" * 12, "text": "x", "data": "menu"}).status_code == 403
        assert stranger.get("/chat/news").json() == {"html": "", "last": 0, "heard": 0}
    for path in ("/chat/say", "/chat/press"):
        answer = visitor.client.post(path, data={"key": "k" * 12, "text": "x", "data": "menu"}, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403
