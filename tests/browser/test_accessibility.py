"""axe-core in Chromium: no serious finding on the chat, the sign-in, the queue and a ticket, wide and on a phone."""

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import sign_in

COMPLAINT = "信用卡莫名其妙扣了我 300 块年费，你们客服还态度恶劣"


def serious(page):
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["impact"], [node["html"][:120] for node in one["nodes"]][:3])
            for one in found if one["impact"] in ("serious", "critical")]


@pytest.fixture(scope="module")
def signed_in(running, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 860})
    sign_in(page, running)
    return page


@pytest.mark.parametrize("width", [390, 1280])
def test_the_chat_page(running, browser, width):
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto(running.url)
    page.get_by_label("请输入您想说的话").fill(COMPLAINT)
    page.get_by_role("button", name="发送", exact=True).click()
    page.get_by_text("工单号").first.wait_for()
    assert serious(page) == []


def test_the_sign_in_page(running, browser):
    page = browser.new_context().new_page()
    page.goto(running.url + "/desk")
    assert serious(page) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_queue_and_a_ticket(running, signed_in, width):
    signed_in.set_viewport_size({"width": width, "height": 844})
    signed_in.goto(running.url + "/desk/queue")
    assert serious(signed_in) == []
    signed_in.locator("a[href*='/desk/tickets/2']").first.click()
    assert "工单" in signed_in.title()
    assert serious(signed_in) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_of_learning(running, signed_in, width):
    signed_in.set_viewport_size({"width": width, "height": 844})
    for path in ("exams", "exams/new", "training", "glossary", "fees", "gaps"):
        signed_in.goto(f"{running.url}/desk/{path}")
        assert serious(signed_in) == [], path


@pytest.mark.parametrize("width", [390, 1280])
def test_the_dashboard_and_the_model(running, signed_in, width):
    signed_in.set_viewport_size({"width": width, "height": 844})
    for path in ("dashboard?days=90", "model"):
        signed_in.goto(f"{running.url}/desk/{path}")
        assert serious(signed_in) == [], path
        assert signed_in.evaluate("document.documentElement.scrollWidth") <= width, path


def test_health_is_plain(running):
    assert httpx.get(running.url + "/health").text == "ok"
