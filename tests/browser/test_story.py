"""The story that must hold: a question is answered, a complaint becomes a ticket on the desk, and the desk's answer comes back."""

import re

from tests.browser.conftest import sign_in

PHONE = {"width": 390, "height": 844}
COMPLAINT = "信用卡莫名其妙扣了我 300 块年费，你们客服还态度恶劣"


def said_by_bot(page):
    return page.locator("#log li:not(.me) .text")


def say(page, words):
    before = said_by_bot(page).count()
    page.get_by_label("请输入您想说的话").fill(words)
    page.get_by_role("button", name="发送", exact=True).click()
    page.wait_for_function("n => document.querySelectorAll('#log li:not(.me) .text').length > n", arg=before)


def test_a_customer_is_answered_and_the_desk_answers_her(running, browser, shoot):
    customer = browser.new_page(viewport=PHONE)
    problems = []
    customer.on("pageerror", lambda error: problems.append(str(error)))
    customer.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    customer.goto(running.url)
    assert "消保小助手" in customer.title()
    assert "您好" in said_by_bot(customer).first.inner_text()

    say(customer, "刚给骗子转了钱怎么办")
    everything = customer.locator("#log").inner_text()
    assert "110" in everything
    shoot(customer, "chat-fraud")

    say(customer, "银行收了我的假币还能要回来吗")
    *_, answer, step = said_by_bot(customer).all_inner_texts()
    assert "依据" in answer and "核对日期" in answer and "110" in step, "the answer, and the danger is not forgotten"

    say(customer, COMPLAINT)
    page_text = customer.locator("#log").inner_text()
    number = re.findall(r"工单号：(\d{6}-\d{6})", page_text)[-1]
    assert "最迟答复日" in page_text and "信用卡" in page_text
    shoot(customer, "chat-ticket")
    customer.reload()
    assert number in customer.locator("#log").inner_text(), "the conversation survives a reload"

    desk = browser.new_page(viewport={"width": 1280, "height": 860})
    sign_in(desk, running)
    desk.goto(running.url + "/desk/queue")
    row = desk.get_by_role("row").filter(has_text=number)
    assert "信用卡" in row.inner_text()
    shoot(desk, "desk-queue")
    row.get_by_role("link").first.click()
    assert COMPLAINT in desk.locator("main").inner_text()
    desk.get_by_label("答复客户").fill("您好，年费已为您退回，三天内到账。给您添麻烦了。")
    desk.get_by_role("button", name="发送给客户").click()
    shoot(desk, "desk-ticket")

    customer.get_by_text("年费已为您退回").wait_for(timeout=15000)
    assert customer.get_by_text("银行同事：").is_visible()
    shoot(customer, "chat-answered")
    assert not problems


def test_the_page_works_without_javascript(running, browser):
    page = browser.new_context(java_script_enabled=False, viewport=PHONE).new_page()
    page.goto(running.url)
    page.get_by_label("请输入您想说的话").fill("怎么查征信")
    page.get_by_role("button", name="发送", exact=True).click()
    assert "征信" in page.locator("#log").inner_text()
    page.get_by_label("请输入您想说的话").fill("谢谢")
    page.get_by_role("button", name="发送", exact=True).click()
    assert "不客气" in page.locator("#log").inner_text()
