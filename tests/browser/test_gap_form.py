"""A handler on a phone writes the entry for what nobody could answer: faults at their fields, the file in her downloads."""

from pathlib import Path

import pytest

from tests import builders
from tests.browser.test_accessibility import serious
from tests.browser.test_exam import desk
from tests.desk.conftest import password_hash
from tests.running import Web
from tickets.models import Gap, Staff

ASKED = ["退休金卡能免年费吗", "养老金卡年费免不免", "退休工资卡要不要年费", "社保卡收年费吗", "养老金账户年费", "退休卡年费怎么免"]


@pytest.fixture
def office(store, tmp_path, quick_passwords):
    with store.write() as session:
        session.add(Staff(username="wang", name="王强", role="handler", password_hash=password_hash()))
        session.add_all(Gap(text=text, group_key="g7", candidates=[["fee-list", 0.3]]) for text in ASKED)
    with Web(builders.house(store, tmp_path)) as web:
        yield web


@pytest.mark.parametrize("width", [390, 1280])
def test_an_entry_is_drafted(office, browser, shoot, width):
    page = desk(browser, office, "wang")
    page.set_viewport_size({"width": width, "height": 844})

    def fits():
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.goto(office.url + "/desk/gaps")
    fits()
    page.get_by_text("移出", exact=True).click()
    page.get_by_role("button", name="确认移出").wait_for()
    shoot(page, f"gaps-{width}")
    page.get_by_role("link", name="起草条目").click()
    fits()
    shoot(page, f"gap-form-{width}")
    page.get_by_label("简短答案").fill("养老金卡免收年费。\n\n" + "长" * 115)
    assert page.locator("#c-answer.hot").text_content() == "已写 125/120 字"
    page.get_by_role("button", name="检查并生成").click()
    page.get_by_text("答案有 125 个字，最多 120 个字").wait_for()
    page.get_by_text("请至少写一条依据").wait_for()
    fits()
    shoot(page, f"gap-faults-{width}")
    page.get_by_label("标准问题").fill("养老金卡收年费吗？")
    page.get_by_label("主题").select_option("收费")
    page.get_by_label("简短答案").fill("养老金卡免收年费，以本行公示为准。")
    page.get_by_label("第 1 条依据", exact=True).fill("本行服务价格公示")
    page.get_by_label("第 1 条依据核对过吗").select_option("原文核对过")
    page.get_by_role("button", name="检查并生成").click()
    page.get_by_text("写好了，检查通过").wait_for()
    fits()
    shoot(page, f"gap-section-{width}")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")  # as on an address without https
    page.get_by_role("button", name="复制").click()
    page.get_by_text("已复制").wait_for()
    for _ in range(2):
        with page.expect_download() as waiting:
            page.get_by_role("button", name="下载").click()
        assert waiting.value.suggested_filename == "知识条目-收费-养老金卡收年费吗.md"
        assert "## fees-" in Path(waiting.value.path()).read_text(encoding="utf-8")
    page.get_by_role("button", name="提交复核").click()
    page.get_by_text("已提交复核").wait_for()
    fits()
    shoot(page, f"entry-waits-{width}")
    page.goto(office.url + "/desk/entries")
    page.get_by_role("link", name="养老金卡收年费吗？").wait_for()
    fits()
    shoot(page, f"entries-{width}")
