"""The desk in a real browser: worked by keyboard alone, told of news as it comes, and usable with JavaScript switched off."""

import re
import threading
import time
from datetime import timedelta

import httpx
import pyotp
import pytest
import uvicorn
from playwright.sync_api import expect

from tests.browser.conftest import free_port
from tests.desk.conftest import PASSWORD, SUMMARY, house  # noqa: F401 - a fixture
from tickets.models import Alert, Correction, Gap, Message, Owed, now


@pytest.fixture
def served(house):  # noqa: F811
    """The desk under test behind a socket of this machine."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(house.app, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    house.url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    assert httpx.get(house.url + "/desk/sign-in").status_code == 200
    yield house
    server.should_exit = True
    thread.join(timeout=20)


def sign_in(page, served, username="handler"):
    served.of_role(username)
    page.goto(served.url + "/desk")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/queue")


@pytest.fixture
def page(served, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield page
    page.close()
    assert problems == []


def test_what_is_typed_outlives_a_reload_until_it_is_sent(served, page):
    ticket, other = served.ticket(), served.ticket()
    sign_in(page, served)
    path = f"{served.url}/desk/tickets/{ticket.number}"
    page.goto(path)
    page.locator("#answer").fill("写了一半的答复")
    page.goto(f"{served.url}/desk/tickets/{other.number}")
    assert page.locator("#answer").input_value() == ""
    page.goto(path)
    assert page.locator("#answer").input_value() == "写了一半的答复"
    page.get_by_role("button", name="发送给客户").click()
    page.wait_for_url("**said=answered**")
    assert page.locator("#answer").input_value() == ""
    page.locator("#answer").fill("又一句")
    page.reload()
    assert page.locator("#answer").input_value() == "又一句", "the address still says that the first was sent"
    page.locator("a[data-draft]").first.click()
    page.goto(path)
    assert page.locator("#answer").input_value().startswith("又一句\n\n您好")


def test_a_day_at_the_desk_without_a_mouse(served, page):
    tickets = [served.ticket(words) for words in (SUMMARY, f"又一次：{SUMMARY}", "手机银行一直闪退")]
    sign_in(page, served)
    for key in ("j", "j", "k", "j"):
        page.keyboard.press(key)
    number = page.locator("tr.here td.no a").inner_text()
    assert number == tickets[1].number
    page.keyboard.press("x")
    assert "已选 1 张" in page.locator("#chosen").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/tickets/{number}")
    page.keyboard.press("t")
    page.get_by_text("已分派承办人").wait_for()
    page.keyboard.press("2")
    page.get_by_text("系统会从这次更正中学习").wait_for()
    assert [(one.head, one.became) for one in served.rows(Correction)] == [("category", "DEBIT_CARD")]
    page.keyboard.press("r")
    page.keyboard.type("2 天内退回，t 也只是字")
    page.keyboard.press("Control+Enter")
    page.get_by_text("已发送给客户").wait_for()
    assert served.rows(Owed)[-1].body["text"] == "2 天内退回，t 也只是字"
    page.keyboard.press("u")
    page.wait_for_url("**/desk/queue")
    page.keyboard.press("/")
    page.keyboard.type("闪退")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/queue?words=*&scope=open&order=due")
    assert page.locator("tr[data-row]").count() == 1


def test_a_draft_goes_behind_what_was_written(served, page):
    ticket = served.ticket()
    sign_in(page, served)
    page.goto(f"{served.url}/desk/tickets/{ticket.number}")
    page.get_by_label("答复客户").fill("王女士您好。")
    page.get_by_role("link", name="收到，会核实").click()
    text = page.get_by_label("答复客户").input_value()
    assert text.startswith("王女士您好。\n\n") and ticket.number in text
    page.get_by_role("link", name="进度说明").click()
    page.get_by_role("link", name="进度说明").click()
    text = page.get_by_label("答复客户").input_value()
    assert text.startswith("王女士您好。\n\n") and text.count("您好") == 2 and "还没有结果" in text, "the first draft has gone"
    page.get_by_label("答复客户").press("End")
    page.keyboard.type("补一句")
    page.get_by_role("link", name="收到，会核实").click()
    assert "补一句\n\n" in page.get_by_label("答复客户").input_value(), "what was changed stays"


def test_a_view_is_kept_under_a_name_and_tickets_are_given_out_together(served, page):
    mine, other, third = served.ticket(), served.ticket("手机银行一直闪退", category="EBANK", cause="FACILITY"), served.ticket()
    served.of_role("handler")
    sign_in(page, served, "lead")
    page.get_by_text("更多条件").click()
    page.get_by_label("业务类别").select_option(label="信用卡")
    page.get_by_role("button", name="应用").click()
    page.wait_for_url("**category=CREDIT_CARD**")
    assert page.locator("tr[data-row]").count() == 2
    page.get_by_label("把当前条件存为视图").fill("信用卡投诉")
    page.get_by_role("button", name="保存视图").click()
    page.get_by_text("视图已保存").wait_for()
    page.goto(served.url + "/desk/queue")
    assert page.locator("tr[data-row]").count() == 3
    page.get_by_role("link", name="信用卡投诉", exact=True).click()
    page.wait_for_url("**category=CREDIT_CARD**")
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    assert "已选 2 张" in page.locator("#chosen").inner_text()
    page.get_by_label("分给").select_option(label="handler同事·在办 0")
    page.get_by_role("button", name="分派").click()
    page.get_by_text("已分派。").wait_for()
    given = {one.number: one.assignee_id for one in (served.ticket_now(t) for t in (mine, other, third))}
    handler = served.of_role("handler").id
    assert given == {mine.number: handler, other.number: None, third.number: handler}
    page.get_by_role("button", name="删除视图 信用卡投诉").click()
    page.get_by_text("视图已删除").wait_for()
    assert page.get_by_role("link", name="信用卡投诉", exact=True).count() == 0


def test_an_authenticator_is_set_up_by_scanning_and_asked_for_at_the_door(served, page):
    sign_in(page, served)
    page.goto(served.url + "/desk/account")
    code = page.locator("img.qr")
    assert code.evaluate("one => one.complete && one.naturalWidth > 100")
    secret = code.get_attribute("alt").rpartition(" ")[2]
    page.get_by_label("6 位数字").fill(pyotp.TOTP(secret).at(now() - timedelta(seconds=30)))
    page.get_by_role("button", name="启用动态码").click()
    page.get_by_text("动态码已启用").wait_for()
    page.get_by_role("button", name="退出").click()
    page.get_by_label("用户名").fill("handler")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_label(re.compile("动态码")).fill(pyotp.TOTP(secret).at(now()))
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/queue")


def test_an_alarm_comes_to_an_open_page_and_a_new_ticket_is_hinted_at(served, page):
    served.ticket()
    sign_in(page, served)
    page.wait_for_timeout(300)
    grave = served.ticket("我正在被骗", urgency="I")
    with served.store.write() as session:
        session.add(Alert(kind="level_one", text="【I 级】请接手", ticket_id=grave.id))
    page.evaluate("look()")
    page.get_by_role("alert").get_by_text("【I 级】请接手").wait_for()
    page.get_by_text("有新工单，点此刷新").wait_for()
    assert page.title().startswith("【I 级】")
    page.get_by_role("button", name="接手").click()
    page.wait_for_url(f"**/desk/tickets/{grave.number}**")
    assert page.get_by_role("alert").count() == 0


def test_a_reason_is_asked_for_a_lower_level_and_delays_no_alarm(served, page):
    sign_in(page, served)
    grave = served.ticket(urgency="II", assignee_id=served.of_role("handler").id)
    page.goto(f"{served.url}/desk/tickets/{grave.number}")
    page.get_by_text("改紧急程度").click()
    asked = [page.locator("#u-urgency").select_option(one) and page.evaluate("document.querySelector('#u-reason').required")
             for one in ("III", "II", "none", "I")]
    assert asked == [True, False, True, False]
    page.get_by_role("button", name="确认修改").click()
    expect(page.get_by_text("紧急程度 I 级")).to_be_visible()


def test_the_essentials_work_without_javascript(served, browser):
    ticket = served.ticket()
    page = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800}).new_page()
    sign_in(page, served)
    page.get_by_role("link", name=ticket.number).click()
    page.get_by_role("button", name=re.compile("接单")).click()
    page.get_by_role("link", name="收到，会核实").click()
    assert ticket.number in page.get_by_label("答复客户").input_value()
    page.get_by_role("button", name="发送给客户").click()
    assert "已发送给客户" in page.locator("main").inner_text()
    page.get_by_role("button", name="借记卡").click()
    assert served.ticket_now(ticket).category == "DEBIT_CARD"


def test_the_bar_for_many_shows_when_something_is_ticked_and_stays_in_sight(served, browser):
    for n in range(30):
        served.ticket(f"第 {n} 件：年费")
    page = browser.new_page(viewport={"width": 1280, "height": 600})
    sign_in(page, served)
    bar = page.locator("#bulk")
    assert not bar.is_visible()
    page.locator("input[name=ticket]").first.check()
    box = bar.bounding_box()
    assert box["y"] + box["height"] <= 600, "it stands at the foot of the screen, however long the queue"
    assert "已选 1 张" in bar.inner_text()
    page.locator("input[name=ticket]").first.uncheck()
    assert not bar.is_visible()


def test_on_a_phone_tables_are_read_and_no_keys_are_told_of(served, browser):
    with served.store.write() as session:
        session.add_all(Gap(text=f"营业厅的儿童借阅角周末开不开 {n}", group_key=f"g{n}") for n in range(3))
    for n in range(12):
        served.ticket(category="LOAN" if n % 3 else "CASH")
    page = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    sign_in(page, served, "admin")
    for path in ("queue", "gaps", "reports?kind=monthly", "audit", "warnings", "rectification"):
        page.goto(f"{served.url}/desk/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert not page.locator("kbd:visible, .keys:visible").count(), path
    page.goto(f"{served.url}/desk/gaps")
    assert page.locator(".gaps td").first.bounding_box()["width"] > 250, "a question has the width of the screen"
    page.goto(f"{served.url}/desk/reports?kind=monthly")
    broken = page.evaluate("""[...document.querySelectorAll("td.num")].filter((cell) => cell.textContent.trim() &&
        cell.firstChild && (() => { const range = document.createRange(); range.selectNodeContents(cell);
        return new Set([...range.getClientRects()].map((one) => Math.round(one.top))).size > 1; })())
        .map((cell) => cell.textContent)""")
    assert broken == []
    assert "linear-gradient" in page.evaluate("getComputedStyle(document.querySelector('.views')).backgroundImage")


def test_on_a_phone_an_alarm_breaks_no_word_a_grave_row_is_one_and_the_answer_is_one_press_away(served, browser):
    grave = served.ticket("我正在被骗", urgency="I", flags=("fraud_now",))
    with served.store.write() as session:
        session.add(Alert(kind="level_one", text="【I 级】请接手", ticket_id=grave.id, at=now() - timedelta(minutes=12)))
        session.add_all(Message(chat_id=grave.chat_id, ticket_id=grave.id, author="customer", text="又说了一些话。" * 20)
                        for _ in range(12))
    page = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    sign_in(page, served)
    for part in ("small", "a", "button"):
        # Waited for: the banner is made anew while one looks.
        page.wait_for_function("""(part) => { const range = document.createRange();
            range.selectNodeContents(document.querySelector(`.alarm-tools ${part}`));
            return range.getClientRects().length === 1; }""", arg=part, timeout=10_000)
    painted = page.evaluate("""[...document.querySelectorAll("tr.grave, tr.grave td")].filter((one) =>
        getComputedStyle(one).backgroundColor !== "rgba(0, 0, 0, 0)").map((one) => one.tagName)""")
    assert painted == ["TR"]
    page.goto(f"{served.url}/desk/tickets/{grave.number}")
    assert page.locator("#answer").bounding_box()["y"] > 844
    page.get_by_role("link", name="答复客户").click()
    expect(page.locator("#answer")).to_be_in_viewport()
    page.set_viewport_size({"width": 1280, "height": 800})
    assert not page.get_by_role("link", name="答复客户").is_visible()
