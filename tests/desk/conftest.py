"""A desk with one person of each role, browsers for them, and tickets to work on."""

import asyncio
import re
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from bot.edge import Edge
from bot.kept import reader
from desk.access import COOKIE
from desk.app import office, router_of
from desk.visit import Office
from knowledge.base import Knowledge
from nlp.privacy import mask
from tests import builders
from tests.conftest import HASHER
from tickets import deadlines
from tickets.db import Store
from tickets.models import Chat, DeskSession, Message, Staff, Ticket, now
from tickets.register import Filing, file_ticket
from tickets.signing_in import token_hash

PASSWORD = "seven quiet herons wade"
ROLES = ("intake", "handler", "lead", "auditor", "admin")
BASE = "http://desk.test"
SUMMARY = "信用卡莫名其妙扣了我 300 块年费，你们客服还态度恶劣"
READING = {"category_top3": ["CREDIT_CARD", "DEBIT_CARD", "OTHER"], "cause_top3": ["FEE", "SERVICE", "DISCLOSURE"],
           "category_confidence": 0.91, "cause_confidence": 0.74, "because": {"category": ["信用卡", "年费"], "cause": ["扣了"]}}


@cache
def house_knowledge() -> Knowledge:
    return builders.knowledge()


@cache
def house_office() -> Office:
    """Read once for all tests; each puts its own settings in."""
    return office(house_knowledge(), None, mask=lambda text: mask(text).text, read=reader(builders.understanding()))


@cache
def password_hash() -> str:
    return HASHER.hash(PASSWORD)


class Browser:
    """A browser on the ASGI application itself, with its own cookies. Redirects are looked at, not followed."""

    def __init__(self, app, address: str = "192.0.2.7") -> None:
        self.app, self.address, self.cookies = app, address, httpx.Cookies()

    def request(self, method: str, path: str, **options) -> httpx.Response:
        return asyncio.run(self._send(method, path, **options))

    async def _send(self, method: str, path: str, **options) -> httpx.Response:
        way = httpx.ASGITransport(self.app, client=(self.address, 5000), raise_app_exceptions=options.pop("loud", True))
        async with httpx.AsyncClient(transport=way, base_url=BASE, cookies=self.cookies) as client:
            answer = await client.request(method, path, **options)
            self.cookies = client.cookies
            return answer

    def get(self, path: str, **options) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options) -> httpx.Response:
        return self.request("POST", path, **options)


@dataclass
class House:
    """The desk under test: its database, its ASGI application, and the browsers that look at it."""

    store: Store
    app: Edge
    settings: SimpleNamespace
    knowledge: Knowledge

    def person(self, username: str, role: str, **fields) -> Staff:
        with self.store.write() as session:
            staff = Staff(username=username, name=f"{username}同事", role=role, password_hash=password_hash(), **fields)
            session.add(staff)
            session.flush()
        return staff

    def browser(self, address: str = "192.0.2.7") -> Browser:
        """Nobody is signed in yet."""
        return Browser(self.app, address)

    def as_(self, who: str | Staff) -> "Desk":
        """A browser in which this person, or the one of this role, is signed in."""
        token, csrf, at = secrets.token_urlsafe(32), secrets.token_urlsafe(32), now()
        with self.store.write() as session:
            staff = who if isinstance(who, Staff) else self.of_role(who)
            session.add(DeskSession(token_hash=token_hash(token, secret_key=self.settings.secret_key), staff_id=staff.id, csrf=csrf,
                                    created_at=at, seen_at=at, expires_at=at + timedelta(hours=8)))
        browser = self.browser()
        browser.cookies.set(COOKIE, token, domain="desk.test", path="/desk")
        return Desk(browser, csrf, staff)

    def of_role(self, role: str) -> Staff:
        with self.store.read() as session:
            found = session.query(Staff).filter(Staff.username == role).one_or_none()
        return found or self.person(role, role)

    def ticket(self, summary: str = SUMMARY, *, online: bool = True, **fields) -> Ticket:
        """A complaint from the web chat (or, offline, by telephone) as the bot files it."""
        with self.store.write() as session:
            chat = None
            if online:
                chat = Chat(channel="web", address=secrets.token_hex(20))
                session.add(chat)
                session.flush()
            extra = {name: fields.pop(name) for name in list(fields) if name in ("branch_id", "assignee_id", "against_staff_id")}
            filing = Filing(source="web" if online else "phone", summary=summary, model_version="m1", reading=READING, extra=extra,
                            **{"category": "CREDIT_CARD", "cause": "FEE", **fields})
            at = now()
            ticket = file_ticket(session, filing, chat=chat, at=at,
                                 due_at=deadlines.first_due(self.knowledge.deadlines, kind=filing.kind, received_at=at))
            session.add(Message(chat_id=chat.id if chat else None, ticket_id=ticket.id, author="customer", text=summary, at=at))
        return ticket

    def rows(self, model, **where) -> list:
        with self.store.read() as session:
            return session.query(model).filter_by(**where).order_by(*model.__table__.primary_key.columns).all()

    def ticket_now(self, ticket: Ticket) -> Ticket:
        return self.rows(Ticket, id=ticket.id)[0]


@dataclass
class Desk:
    """A signed-in browser: get pages, post forms with their token."""

    browser: Browser
    csrf: str
    staff: Staff

    def get(self, path: str, **options):
        return self.browser.get(path, **options)

    def post(self, path: str, data: dict | None = None, **options):
        return self.browser.post(path, data={"csrf": self.csrf, **(data or {})}, **options)

    def page(self, path: str) -> str:
        """The page's HTML; anything but 200 fails."""
        answer = self.get(path)
        assert answer.status_code == 200, (answer.status_code, words(answer.text)[:500])
        return answer.text


def words(html: str) -> str:
    """What a reader sees of a page, roughly."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.fixture
def house(store, tmp_path) -> House:
    settings = SimpleNamespace(secret_key="only the tests know this key and no more", production=False, public_url="",
                               attachment_folder=tmp_path / "attachments", upload_limit=10_000_000, bank_name="城东农商银行",
                               bank_hotline="0512-96065", telegram_staff_group="-100200")
    settings.attachment_folder.mkdir()
    app = FastAPI()
    app.include_router(router_of(store, replace(house_office(), settings=settings)))
    static = Path(__file__).parent.parent.parent / "desk" / "static"
    app.mount("/desk/static", StaticFiles(directory=static), name="desk-static")
    return House(store, Edge(app, body_limit=1_000_000, upload_limit=10_000_000, secure=False), settings, house_knowledge())
