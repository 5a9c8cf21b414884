"""An exam from its drawing to its report: sat twice on Telegram by one colleague, in the browser by another, and read."""

import io
import re
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from tests import builders
from tests.browser.test_accessibility import serious
from tests.desk.conftest import PASSWORD, password_hash
from tests.fake_telegram import FakeTelegram, wait_for
from tests.running import Web, Worker, free_port
from tickets import accounts, assignment
from tickets.models import Attempt, Exam, Staff, now

QUESTIONS = 4


@pytest.fixture
def platform():
    with FakeTelegram(first_pause=0.1, burst=30) as fake:
        yield fake


@pytest.fixture
def office(platform, store, tmp_path, quick_passwords):
    """The house behind the fake Telegram with an administrator, two colleagues of a branch, and one of head office."""
    with store.write() as session:
        head = assignment.add_branch(session, code="HO", name="总行", kind="head")
        east = assignment.add_branch(session, code="CD", name="城东支行", parent=head)
        for username, name, role, branch in (("admin", "陈静", "admin", head), ("wang", "王强", "handler", east),
                                             ("liu", "刘敏", "intake", east), ("zhao", "赵宁", "handler", head)):
            session.add(Staff(username=username, name=name, role=role, branch_id=branch.id, password_hash=password_hash()))
        session.flush()
        code = accounts.issue_link_code(session, session.scalars(select(Staff).where(Staff.username == "wang")).one())
    port = free_port()
    house = builders.house(store, tmp_path, telegram_api_url=platform.url, public_url=f"http://127.0.0.1:{port}")
    with Web(house, port=port) as web, Worker(house):
        web.code = code
        yield web


def desk(browser, web, username):
    page = browser.new_context(viewport={"width": 1280, "height": 860}, accept_downloads=True).new_page()
    page.set_default_timeout(10_000)
    page.goto(web.url + "/desk/queue")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/desk/queue")
    return page


def right_options(text):
    """The right options of the question that stands in this text."""
    question = next(q for q in builders.knowledge().quiz.values() if q.text in text)
    return [question.options[n] for n in question.answer], [o for n, o in enumerate(question.options) if n not in question.answer]


def sit_in_chat(colleague, *, wrong):
    """Answer question after question by pressing letters, the first ones wrongly."""
    for place in range(1, QUESTIONS + 1):
        wait_for(lambda place=place: any(t.startswith(f"第 {place}/{QUESTIONS} 题") for t in colleague.heard[-3:]), 15,
                 lambda: str(colleague.heard[-3:]))
        text = next(t for t in reversed(colleague.heard) if t.startswith(f"第 {place}/{QUESTIONS} 题"))
        letters = dict(re.findall(r"^([A-H])\. (.+)$", text, re.M))
        right, others = right_options(text)
        chosen = (others or right)[:1] if place <= wrong else right
        said = len(colleague.heard)
        for letter, option in letters.items():
            if option in chosen:
                colleague.presses(letter)
                wait_for(lambda said=said: len(colleague.heard) > said, 15)
                said = len(colleague.heard)
        if "多选" in text:
            colleague.presses("提交")
            wait_for(lambda said=said: len(colleague.heard) > said, 15)


def sit_in_browser(page, shoot):
    """Choose by the words on the page."""
    for place in range(1, QUESTIONS + 1):
        page.get_by_text(f"第 {place}/{QUESTIONS} 题").wait_for()
        heading = page.locator("legend h1").inner_text()
        right, _ = right_options(heading)
        for option in right:
            page.locator("label.option", has_text=option).locator("input").check()
        if place == 1:
            shoot(page, "exam-paper")
            assert serious(page) == []
        page.get_by_role("button", name="交卷" if place == QUESTIONS else "下一题").click()


def test_an_exam_is_drawn_sat_on_telegram_and_in_the_browser_and_reported(platform, office, store, browser, shoot):
    wang = platform.person(31, "王强")
    wang.says(f"/link {office.code}")
    wang.hears("已绑定", "王强")

    admin = desk(browser, office, "admin")
    admin.goto(office.url + "/desk/exams/new")
    shoot(admin, "exam-new")
    admin.get_by_label("名称").fill("反假货币小考")
    admin.get_by_label("题数", exact=True).fill(str(QUESTIONS))
    admin.get_by_label("合格分").fill("75")
    admin.get_by_label("最多考几次").fill("2")
    admin.get_by_role("group", name="主题").locator("label", has_text="假币").locator("input").check()
    admin.get_by_role("group", name="机构").get_by_label("城东支行").check()
    admin.get_by_role("button", name="出卷").click()
    admin.get_by_text("试卷已出好").wait_for()

    wang.hears("有新考试", "反假货币小考")
    wang.presses("参加：反假货币小考")
    wang.hears(f"共 {QUESTIONS} 题", "75 分合格")
    wang.presses("开始")
    sit_in_chat(wang, wrong=2)
    wang.hears("50 分", "没有达到 75 分", "答错 2 题，涉及：假币")
    wang.says("/exam")
    wang.hears("最好成绩：50 分")
    wang.presses("参加：反假货币小考")
    wang.hears("还可以考 1 次")
    wang.presses("开始")
    sit_in_chat(wang, wrong=0)
    wang.hears("100 分，合格")

    liu = desk(browser, office, "liu")
    liu.goto(office.url + "/desk/exams")
    liu.get_by_role("link", name="去考试").click()
    liu.get_by_role("button", name="开始").click()
    sit_in_browser(liu, shoot)
    liu.get_by_text("100 分").wait_for()
    shoot(liu, "exam-result")

    zhao = desk(browser, office, "zhao")
    zhao.goto(office.url + "/desk/exams")
    zhao.get_by_text("现在没有需要您参加的考试").wait_for()

    admin.goto(office.url + "/desk/exams")
    admin.get_by_role("link", name="成绩与分析").click()
    text = admin.locator("main").inner_text()
    assert "2/2（100.0%）" in text and "王强" in text and "刘敏" in text and "赵宁" not in text
    assert "33.3%" in admin.get_by_role("region", name="易错题").first.inner_text()  # missed in one of three sittings
    shoot(admin, "exam-report")
    assert serious(admin) == []
    with admin.expect_download() as download:
        admin.get_by_role("button", name="下载 XLSX").click()
    book = load_workbook(io.BytesIO(download.value.path().read_bytes()))
    rows = {row[1]: row[3:6] for row in book["个人成绩"].iter_rows(min_row=4, max_row=5, values_only=True)}
    assert rows == {"王强": ("合格", 100, 2), "刘敏": ("合格", 100, 1)}
    with store.read() as session:
        assert [(one.score, one.finished_at is not None) for one in session.scalars(select(Attempt).order_by(Attempt.id))] == \
            [(2, True), (4, True), (4, True)]
    for page in (admin, liu, zhao):
        page.context.close()


def running_out(store, seconds):
    """The sitting that is under way has so much time left."""
    with store.write() as session:
        attempt = session.scalars(select(Attempt).where(Attempt.finished_at.is_(None))).one()
        attempt.ends_at = now() + timedelta(seconds=seconds)


def test_the_clock_runs_says_the_last_minute_and_hands_in_what_is_chosen_and_then_the_paper(office, store, browser, shoot):
    with store.write() as session:
        session.add(Exam(title="钟表小考", questions=["cash-001", "cash-005", "cash-002"], minutes=20, tries=2,
                         opens_at=now() - timedelta(hours=1), closes_at=now() + timedelta(days=1)))
    page = desk(browser, office, "liu")
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(office.url + "/desk/exams")
    shoot(page, "exam-phone-list")
    box = page.get_by_role("link", name="去考试").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390, "the button stands on the screen without scrolling"
    page.get_by_role("link", name="去考试").click()
    page.get_by_role("button", name="开始").click()
    page.get_by_role("timer").get_by_text("19 分 5").wait_for()
    assert page.get_by_role("status").filter(has_text="最后").count() == 0
    running_out(store, 62)
    page.reload()
    page.get_by_text("最后 1 分钟").wait_for(timeout=6_000)
    assert serious(page) == []
    running_out(store, 6)
    page.reload()
    right, _ = right_options(page.locator("legend h1").inner_text())
    page.locator("label.option", has_text=right[0]).locator("input").check()
    page.get_by_text("时间到，已自动交卷").wait_for(timeout=15_000)
    with store.read() as session:
        attempt = session.scalars(select(Attempt)).one()
        assert attempt.finished_at is not None and attempt.score == 1, "what was chosen counts, the rest is wrong"
    page.get_by_text("33 分").wait_for()
    page.context.close()


def test_on_a_phone_results_are_cards_and_the_menu_shows_that_it_runs_on(office, store, browser, shoot):
    with store.write() as session:
        session.add(Exam(title="手机小考", questions=["cash-001"], opens_at=now() - timedelta(hours=1),
                         closes_at=now() + timedelta(days=1)))
    page = desk(browser, office, "admin")
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(office.url + "/desk/exams")
    page.get_by_role("link", name="成绩与分析").scroll_into_view_if_needed()
    box = page.get_by_role("link", name="成绩与分析").bounding_box()
    assert box["x"] + box["width"] <= 390
    page.get_by_role("link", name="成绩与分析").click()
    shoot(page, "exam-phone-report")
    region = page.get_by_role("region", name="个人").last
    assert region.evaluate("one => one.scrollWidth <= one.clientWidth") and "机构" in region.inner_text()
    menu = page.get_by_role("navigation", name="主菜单")
    assert menu.evaluate("one => one.scrollWidth > one.clientWidth && getComputedStyle(one).backgroundImage.includes('gradient')")
    assert serious(page) == []
    page.goto(office.url + "/desk/exams/new")
    shoot(page, "exam-phone-new")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()
