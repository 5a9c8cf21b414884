"""The customer's chat page with its script: nothing she wrote is lost or cut, and what she is told stands before her eyes."""

import pytest
from sqlalchemy import select

from tests import builders
from tests.running import Web
from tickets.models import Message

PHONE = {"width": 390, "height": 844}
LONG = "信用卡莫名其妙扣了我 300 块年费，你们客服还态度恶劣。" + "我每次去网点都要排很久的队，" * 380 + "我要求退还年费并道歉。"


@pytest.fixture
def web(store, tmp_path):
    with Web(builders.house(store, tmp_path)) as web:
        yield web


@pytest.fixture
def page(web, browser):
    """A phone's page whose script must not stumble."""
    context, problems = browser.new_context(viewport=PHONE), []
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.set_default_timeout(5000)
    page.goto(web.url)
    yield page
    context.close()
    assert not problems


def write(page, words):
    page.get_by_label("请输入您想说的话").fill(words)


def say(page, words=""):
    """Say it and wait for the answer."""
    before = page.locator("#log li:not(.me)").count()
    if words:
        write(page, words)
    page.get_by_role("button", name="发送", exact=True).click()
    page.wait_for_function("n => document.querySelectorAll('#log li:not(.me)').length > n", arg=before)


def test_a_long_text_is_announced_and_arrives_whole(page, store):
    write(page, LONG)
    assert page.get_by_role("status").inner_text() == f"已写 {len(LONG):,} 字，会按顺序分几条发出，一个字不少。"
    say(page)
    assert page.get_by_role("status").count() == 0
    with store.read() as session:
        assert "".join(session.scalars(select(Message.text).where(Message.author == "customer", Message.text.not_like("/%"))
                                       .order_by(Message.id))) == LONG


def test_what_is_too_long_stays_in_its_box_and_is_told(page):
    write(page, "很" * 16_001)
    page.get_by_role("button", name="发送", exact=True).click()
    assert "还发不出去" in page.get_by_role("status").inner_text()
    assert len(page.get_by_label("请输入您想说的话").input_value()) == 16_001 and page.locator("#log li.me").count() == 0


@pytest.mark.parametrize("words", [builders.COMPLAINT, LONG[:3000]])
def test_the_beginning_of_the_answer_is_in_view_however_long_her_own_words_are(page, words):
    say(page, words)
    page.wait_for_timeout(900)  # the page scrolls smoothly
    answer, log = page.get_by_text("工单号").first.bounding_box(), page.locator("#log").bounding_box()
    assert log["y"] <= answer["y"] and answer["y"] + answer["height"] <= log["y"] + log["height"]
