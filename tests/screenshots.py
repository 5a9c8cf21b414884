"""Pictures of the house for docs/, made anew by `make screenshots`: an invented year, the real models, Debian's Chromium.

The day is always the same, so that two runs differ only where the pages do. No person, bank or complaint in them exists.
"""

import io
import os
import re
import sys
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import time_machine
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select

from bot.commands.demo import MORNINGS, spend_the_mornings
from bot.house import build
from bot.rounds import Rounds
from knowledge.base import FOLDER
from tests import builders
from tests.browser.conftest import FLAGS
from tests.browser.office import act, shanghai
from tests.running import Web
from tickets import accounts
from tickets.demo import year as synthetic
from tickets.migrate import upgrade
from tickets.models import Staff

DOCS = Path(__file__).parent.parent / "docs"
NOW = "2026-11-24 10:20"
TICKETS = 4000
LARGEST = 300_000  # bytes of one picture
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1360, "height": 900}
PASSWORD = "seven quiet herons wade"
COMPLAINT = "信用卡莫名其妙扣了我 300 块年费，你们客服还态度恶劣"


class Camera:
    """A browser and the pictures that it takes; each is reduced to 256 colours, which no reader notices."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.customer = browser.new_context(viewport=PHONE, device_scale_factor=2).new_page()
        self.desk = browser.new_context(viewport=DESK).new_page()

    def on_phone(self, path: str) -> Page:
        """The desk page of this address as the same colleague sees it on her telephone."""
        state = self.desk.context.storage_state()
        page = self.browser.new_context(viewport=PHONE, device_scale_factor=2, storage_state=state).new_page()
        page.goto(self.url + path)
        return page

    def keep(self, page: Page, name: str, *, clip: str = "") -> None:
        page.wait_for_timeout(700)  # pages scroll smoothly, and the chat's lines arrive by themselves
        shot = page.locator(clip).screenshot() if clip else page.screenshot()
        picture = Image.open(io.BytesIO(shot)).convert("RGB")
        path = DOCS / f"{name}.png"
        picture.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
        size = path.stat().st_size
        print(f"{path.relative_to(DOCS.parent)}　{picture.width} × {picture.height}　{size // 1000} KB")
        if size > LARGEST:
            sys.exit(f"{path.name} is larger than {LARGEST // 1000} KB")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, time_machine.travel(shanghai(NOW)), running(Path(folder)) as (web, house, lead):
        with sync_playwright() as playwright:
            chromium = os.environ.get("XIAOBAO_CHROMIUM", "/usr/bin/chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            camera = Camera(browser, web.url)
            number = chats(camera)
            Rounds(house).once()
            sign_in(camera, lead)
            ticket(camera, number)
            for step in (queue, phone, letter, figures):
                step(camera)
            browser.close()


@contextmanager
def running(folder: Path):
    """The web process over the invented year, with the real models, and a lead of the head office who can sign in."""
    settings = builders.settings(folder, database_url=f"sqlite:///{folder / 'x.sqlite3'}", telegram_bot_token="",
                                 bank_name="青禾农商银行", bank_hotline="0512-96065")
    upgrade(settings.database_url)
    house = build(settings)
    filled = synthetic.fill(house.store, FOLDER, year=2026, taxonomy=house.knowledge.taxonomy, rules=house.knowledge.deadlines,
                            tickets=TICKETS, until=shanghai(NOW))
    spend_the_mornings(house.store, house.knowledge, filled.until, mornings=MORNINGS)
    with house.store.write() as session:
        lead = session.scalars(select(Staff).where(Staff.role == "lead").order_by(Staff.id).limit(1)).one()
        lead.password_hash = accounts._hasher().hash(PASSWORD)
        username = lead.username
    with Web(house) as web:
        yield web, house, username


def chats(camera: Camera) -> str:
    """A complaint and an emergency on a customer's telephone. Returns the number of the complaint's ticket."""
    page = camera.customer
    page.goto(camera.url)
    say(page, COMPLAINT, lambda text: "工单号" in text)
    number = re.search(r"工单号：(\S+)", page.locator("#log").inner_text())[1]
    camera.keep(page, "chat")
    say(page, "11 月 20 日看账单才发现的，办卡时没有人告诉我要收", lambda text: "网点" in text)
    say(page, "城东支行办的卡", lambda text: "希望怎么解决" in text)
    say(page, "把年费退给我", lambda text: "怎么联系" in text)
    say(page, "姓王，下午打我预留电话", lambda text: "登记好了" in text)
    other = camera.browser.new_context(viewport=PHONE, device_scale_factor=2).new_page()
    other.goto(camera.url)
    say(other, "刚给骗子转了钱怎么办", lambda text: "110" in text)
    camera.keep(other, "chat-emergency")
    return number


def say(page: Page, words: str, until: Callable[[str], bool]) -> None:
    """Say it and wait until what has been answered since holds what `until` asks for."""
    replies = page.locator("#log li:not(.me)")
    before = replies.count()
    page.get_by_label("请输入您想说的话").fill(words)
    page.get_by_role("button", name="发送", exact=True).click()
    for _ in range(100):
        if until("\n".join(replies.all_inner_texts()[before:])):
            return
        page.wait_for_timeout(100)
    raise AssertionError(page.locator("#log").inner_text())


def sign_in(camera: Camera, username: str) -> None:
    page = camera.desk
    page.goto(camera.url + "/desk")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/desk/queue")
    if page.get_by_role("alert").count():
        page.get_by_role("button", name="接手").first.click()
        page.wait_for_load_state()


def queue(camera: Camera) -> None:
    camera.desk.goto(camera.url + "/desk/queue")
    camera.keep(camera.desk, "desk-queue")


def ticket(camera: Camera, number: str) -> None:
    page = camera.desk
    page.goto(f"{camera.url}/desk/tickets/{number}")
    act(page, "接单")
    page.goto(f"{camera.url}/desk/tickets/{number}")
    camera.keep(page, "desk-ticket")
    camera.number = number


def phone(camera: Camera) -> None:
    page = camera.on_phone("/desk/queue")
    camera.keep(page, "desk-phone-queue")
    page.goto(f"{camera.url}/desk/tickets/{camera.number}")
    camera.keep(page, "desk-phone-ticket")


def letter(camera: Camera) -> None:
    page = camera.desk
    page.goto(f"{camera.url}/desk/tickets/{camera.number}")
    act(page, "开始核实")
    act(page, "作出决定", upheld="我行有责", business_channel="电话",
        decision="经核实，您的信用卡于 11 月 5 日收取年费 300 元。办卡资料中没有向您告知年费标准的记录，我行应当退还。\n"
                 "客服人员答复时语气生硬，情况属实，已由主管致歉并安排培训。",
        redress="年费 300 元已退回您的账户，三个工作日内到账；自次年起按约定减免。",
        reason="《商业银行服务价格管理办法》：提供服务前应告知收费项目和价格，经客户确认后方可提供。")
    page.goto(f"{camera.url}/desk/tickets/{camera.number}/letter/read")
    camera.keep(page, "letter", clip="article.letter")


def figures(camera: Camera) -> None:
    for name in ("dashboard", "reports", "warnings"):
        camera.desk.goto(f"{camera.url}/desk/{name}")
        camera.keep(camera.desk, f"desk-{name}")


if __name__ == "__main__":
    main()
