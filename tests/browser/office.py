"""A whole office for one test: the house behind the fake Telegram, staff of two levels at their browsers, a calendar to turn."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest import mock

import time_machine
from playwright.sync_api import Browser, Page

from bot import rounds
from bot.house import House
from bot.pace import Pace
from bot.rounds import Rounds
from bot.understanding import Understanding
from nlp.classifier import Reading
from tests import builders
from tests.desk.conftest import PASSWORD, password_hash
from tests.fake_telegram import FakeTelegram, Person, wait_for
from tests.running import Web, Worker, free_port
from tickets import assignment
from tickets.db import Store
from tickets.models import Owed, Staff, Ticket
from tickets.numbers import SHANGHAI

GROUP = -1001234567890
STAFF = {  # username: name, role, branch code
    "zhou": ("周敏", "intake", "HO"), "wang": ("王强", "handler", "CD"), "li": ("李芳", "lead", "CD"),
    "chen": ("陈静", "lead", "HO"), "zhao": ("赵宁", "handler", "HO"), "sun": ("孙阳", "auditor", "HO")}


class LoanReader(builders.WordReader):
    """Stands in for the classifier in a story of a loan in a stolen name; what it thinks first is wrong, and a person mends it."""

    def _one(self, text: str) -> Reading:
        if "贷款" not in text:
            return super()._one(text)
        return Reading("complaint", 0.9, "PERSONAL_INFO", 0.6, ("PERSONAL_INFO", "LOAN", "COLLECTION"), "INFO_SAFETY", 0.6,
                       ("INFO_SAFETY", "FUND_SAFETY", "PROCESS"), (), ("INFO",), "II", ("identity_loan",), False, {}, "words")


class Calendar:
    """The day and hour of everybody in this process; `turn` waits until nothing is on its way, so that no reply spans a month."""

    def __init__(self, store: Store, house: House, traveller) -> None:
        self.store, self.house, self.traveller = store, house, traveller

    def turn(self, moment: str) -> None:
        """「2026-02-02 09:00」 in Shanghai; then the worker's round of the clocks is made once."""
        self.settle()
        self.traveller.move_to(shanghai(moment))
        self.round()

    def round(self) -> None:
        Rounds(self.house).once()
        self.settle()

    def settle(self) -> None:
        def waiting() -> int:
            with self.store.read() as session:
                return session.query(Owed).filter(Owed.channel == "telegram", Owed.status.in_(("owed", "sending"))).count()
        wait_for(lambda: waiting() == 0, 20, lambda: f"{waiting()} replies are still owed")


class Office:
    """What the story's test holds: the customer, the colleagues' pages, the calendar, and a look at the register."""

    def __init__(self, browser: Browser, web: Web, store: Store, house: House, calendar: Calendar, customer: Person) -> None:
        self.browser, self.web, self.store, self.house = browser, web, store, house
        self.calendar, self.customer, self._pages = calendar, customer, {}
        self.problems: list[str] = []

    def desk(self, username: str, path: str = "/desk/queue") -> Page:
        """The colleague's own browser, signed in again whenever the session has ended over night."""
        if username not in self._pages:
            page = self.browser.new_context(viewport={"width": 1280, "height": 860}, accept_downloads=True).new_page()
            page.set_default_timeout(10_000)
            page.on("pageerror", lambda error: self.problems.append(str(error)))
            self._pages[username] = page
        page = self._pages[username]
        page.goto(self.web.url + path)
        if "/desk/sign-in" in page.url:
            page.get_by_label("用户名").fill(username)
            page.get_by_label("密码", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="登录").click()
            page.wait_for_url(f"**{path}")
        return page

    def at(self, username: str, number: str) -> Page:
        """The colleague before the ticket."""
        return self.desk(username, f"/desk/tickets/{number}")

    def kept(self, number: str) -> Ticket:
        with self.store.read() as session:
            return session.query(Ticket).filter_by(number=number).one()

    def close(self) -> None:
        for page in self._pages.values():
            page.context.close()


def act(page: Page, label: str, **fields: str) -> None:
    """Make the move of this name as a person does: open it, fill it in, press."""
    opened = page.locator(".act details.move", has=page.locator("summary", has_text=re.compile(f"^{label}$")))
    if opened.count():
        opened.locator("summary").click()
        form = opened.locator("form")
    else:
        form = page.locator(".act form", has=page.get_by_role("button", name=re.compile(f"^{label}")))
    for name, value in fields.items():
        field = form.locator(f"[name={name}]")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(label=field.locator("option", has_text=value).first.text_content().strip())
        else:
            field.fill(value)
    form.get_by_role("button", name=re.compile(f"^{label}")).click()
    page.wait_for_load_state()


def fact(page: Page, name: str) -> str:
    """What the head of the ticket's page says of this: 最迟答复, 承办, …"""
    return page.locator(".facts div", has=page.locator("dt", has_text=re.compile(f"^{name}$"))).locator("dd").inner_text()


def shanghai(moment: str) -> datetime:
    return datetime.strptime(moment, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


@contextmanager
def running_office(browser: Browser, store: Store, folder, *, begins: str) -> Iterator[Office]:
    """The office on this morning, with nothing on its register."""
    with time_machine.travel(shanghai(begins)) as traveller, FakeTelegram(first_pause=0.1, burst=30) as platform:
        platform.group(GROUP)
        port = free_port()
        models = Understanding(LoanReader(), *[getattr(builders.understanding(), part) for part in ("finder", "checker", "acts")])
        house = builders.house(store, folder, read=models, telegram_api_url=platform.url, telegram_staff_group=GROUP,
                               public_url=f"http://127.0.0.1:{port}", bank_name="城东农商银行", bank_hotline="0512-96065")
        with store.write() as session:
            head = assignment.add_branch(session, code="HO", name="总行", kind="head")
            branch = assignment.add_branch(session, code="CD", name="城东支行", parent=head, aliases=("城东",))
            ids = {"HO": head.id, "CD": branch.id}
            session.add_all([Staff(username=username, name=name, role=role, branch_id=ids[code], password_hash=password_hash())
                             for username, (name, role, code) in STAFF.items()])
        # The worker's own rounds rest, so that each is made where the story says so, and a year's messages go out in a minute.
        with (mock.patch.multiple(rounds, EVERY=3600.0, LETTERS_EVERY=3600.0), mock.patch.object(Pace, "BURST", 30),
              Web(house, port=port) as web, Worker(house)):
            office = Office(browser, web, store, house, Calendar(store, house, traveller), platform.person(11, "王女士"))
            office.platform = platform
            yield office
            office.close()
