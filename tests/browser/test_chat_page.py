"""The customer's chat page with its script: nothing she wrote is lost or cut, and what she is told stands before her eyes."""

import pytest
from sqlalchemy import select

from bot.flows import quiz
from tests import builders
from tests.running import Web
from tickets.exams import PUBLIC
from tickets.models import Message

PHONE = {"width": 390, "height": 844}
LONG = "信用卡莫名其妙扣了我 300 块年费，你们客服还态度恶劣。" + "我每次去网点都要排很久的队，" * 380 + "我要求退还年费并道歉。"


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path)


@pytest.fixture
def web(house):
    with Web(house) as web:
        yield web


@pytest.fixture
def page(web, browser):
    """A phone's page whose script must not stumble."""
    context, problems = browser.new_context(viewport=PHONE, reduced_motion="reduce"), []
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
    page.locator("#log li:not(.me)").nth(before).wait_for()


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
    answer, log = page.get_by_text("工单号").first.bounding_box(), page.locator("#log").bounding_box()
    assert log["y"] <= answer["y"] < log["y"] + log["height"] * 0.6 and answer["y"] + answer["height"] < log["y"] + log["height"]


@pytest.mark.parametrize("gone", ["network", "server"])
def test_that_the_line_is_gone_is_said_at_once_and_taken_back_when_it_is_there_again(page, gone):
    """The browser tells of the network; of a server that is out of reach only what fails."""
    if gone == "network":
        page.context.set_offline(True)
    else:
        page.route("**/chat/*", lambda route: route.abort())
        write(page, builders.COMPLAINT)
        page.get_by_role("button", name="发送", exact=True).click()
    page.get_by_text("连不上了。您写的都留着").wait_for()
    if gone == "network":
        page.context.set_offline(False)
    else:
        page.unroute("**/chat/*")
        page.get_by_text("工单号").first.wait_for()
    page.get_by_text("连不上了").wait_for(state="hidden")


def give_up(page):
    """Let the page try in vain until it says so; its clock is ours."""
    for _ in range(8):
        page.clock.run_for(30_000)
        page.wait_for_timeout(50)
    page.get_by_role("button", name="再发一次").wait_for()


@pytest.fixture
def cut_off(page):
    """The page with the network gone and a message that did not get through."""
    page.clock.install()
    page.reload()
    page.context.set_offline(True)
    write(page, builders.COMPLAINT)
    page.get_by_role("button", name="发送", exact=True).click()
    give_up(page)
    return page


@pytest.mark.parametrize("how", ["online", "pressed", "reload", "another"])
def test_what_did_not_get_through_is_sent_once_when_the_network_is_back(cut_off, store, how):
    page = cut_off
    if how == "online":
        page.context.set_offline(False)
    else:
        page.evaluate("window.removeEventListener('online', online)")
        page.context.set_offline(False)
        if how == "pressed":
            page.get_by_role("button", name="再发一次").click()
        elif how == "reload":
            page.reload()
        else:
            say(page, "我的投诉")
    page.get_by_text("工单号").first.wait_for()
    page.locator("#log .waiting").first.wait_for(state="detached")
    assert not page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('unsent:'))")
    assert page.get_by_role("alert").count() == 0
    page.reload()
    with store.read() as session:
        texts = list(session.scalars(select(Message.text).where(Message.text.contains("年费"), Message.author == "customer")))
    assert texts == [builders.COMPLAINT] and page.locator("#log li.me", has_text="年费").count() == 1


def test_what_the_server_does_not_take_waits_for_her_press(page):
    page.clock.install()
    page.reload()
    asked = []
    page.route("**/chat/say", lambda route: (asked.append(1), route.fulfill(status=503, json={})))
    write(page, builders.COMPLAINT)
    page.get_by_role("button", name="发送", exact=True).click()
    give_up(page)
    assert "没有收下" in page.get_by_role("alert").inner_text() and len(asked) == 6
    page.clock.run_for(60_000)
    assert len(asked) == 6, "the news come in, and nothing is tried without end"
    page.unroute("**/chat/say")
    page.get_by_role("button", name="再发一次").click()
    page.get_by_text("工单号").first.wait_for()


@pytest.mark.parametrize("how", ["pressed", "reload"])
def test_of_a_long_text_that_arrived_in_part_the_rest_comes_too_and_every_tab_shows_all_of_it(page, web, house, store, how):
    house.understanding.reader = reader = builders.Stumbling("道歉")
    page.clock.install()
    page.reload()
    other = page.context.new_page()
    other.goto(web.url)
    write(page, LONG)
    page.get_by_role("button", name="发送", exact=True).click()
    other.locator("#log li.me").wait_for()
    give_up(page)
    assert page.locator("#log li.me").count() == 1 and page.locator("#log .waiting").count() == 1
    reader.over = ""
    page.reload() if how == "reload" else page.get_by_role("button", name="再发一次").click()
    page.locator("#log .waiting").wait_for(state="detached")
    assert page.locator("#log li.me .text").all_inner_texts() == [LONG] and page.get_by_role("alert").count() == 0
    assert not page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('unsent:'))")
    page.reload()
    other.locator("#log li.me").nth(1).wait_for()
    for tab in (page, other):
        assert "".join(tab.locator("#log li.me .text").all_inner_texts()) == LONG


def test_what_arrived_although_nobody_said_so_is_not_said_twice(page, store):
    say(page, builders.COMPLAINT)
    key = page.locator("#log li.me").last.get_attribute("data-key")
    page.evaluate("""key => localStorage.setItem("unsent:" + key, JSON.stringify({
        path: "/chat/say", fields: { key, text: "年费" }, shown: "年费", at: 1 }))""", key)
    page.reload()
    assert page.locator("#log li.me").count() == 1 and page.evaluate("key => localStorage.getItem('unsent:' + key)", key) is None


def test_what_is_half_written_outlives_a_reload_and_what_is_refused_comes_back(page):
    write(page, "我还没写完")
    page.reload()
    box = page.get_by_label("请输入您想说的话")
    assert box.input_value() == "我还没写完"
    page.locator("#file").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"MZ" + b"\0" * 100})
    page.get_by_role("button", name="发送", exact=True).click()
    page.get_by_text("文件类型不支持").wait_for()
    assert box.input_value() == "我还没写完"


@pytest.mark.parametrize("words", ["", "这是扣费的截图"])
def test_a_chosen_file_is_named_can_be_taken_back_and_stays_in_the_talk(page, words):
    photo = {"name": "pic.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff\xe0" + b"\0" * 100}
    page.locator("#file").set_input_files(photo)
    assert page.get_by_text("已选：pic.jpg").is_visible()
    page.get_by_role("button", name="不发这个文件").click()
    assert not page.get_by_text("已选：").is_visible() and page.locator("#file").input_value() == ""
    page.locator("#file").set_input_files(photo)
    say(page, words)
    assert not page.get_by_text("已选：").is_visible()
    for _ in range(2):
        mine = page.locator("#log li.me").last
        assert mine.locator(".sent").inner_text() == "pic.jpg" and mine.locator(".text").all_inner_texts() == [words] * bool(words)
        page.reload()


def test_another_tab_shows_what_was_asked_and_then_the_answer_and_each_once(page, web):
    other = page.context.new_page()
    other.goto(web.url)
    said = "#log li:not(:first-child) .text"
    for words in (builders.COMPLAINT, "怎么查征信"):
        say(page, words)
    other.locator("#log li.me", has_text="怎么查征信").wait_for()
    other.wait_for_timeout(200)
    assert other.locator(said).all_inner_texts() == page.locator(said).all_inner_texts()
    page.wait_for_timeout(4000)  # the page has asked for news itself
    once = page.locator(said).all_inner_texts()
    page.reload()
    assert page.locator(said).all_inner_texts() == once and page.locator("#log li.me").count() == 2


def test_the_ticks_of_a_question_with_several_right_answers_stand_on_its_own_buttons(page, monkeypatch):
    several = [one for one in builders.knowledge().quiz.values() if one.kind == "multiple" and PUBLIC in one.audience]
    monkeypatch.setattr(quiz, "draw", lambda turn, theme: several[:2])
    say(page, "/quiz")
    lines, question = page.locator("#log li:not(.me)").count(), page.locator("#log li").last
    for letter in ("A", "C"):
        question.get_by_role("button", name=letter, exact=True).click()
        question.get_by_role("button", name=f"{letter} ✓").wait_for()
    assert page.locator("#log li.me").count() == 1
    assert question.get_by_role("button", name="提交（已选 A、C）").is_visible()
    assert page.locator("#log li:not(.me)").count() == lines
    page.reload()
    assert page.locator("#log li:not(.me)").count() == lines
    page.get_by_role("button", name="提交（已选 A、C）").click()
    page.get_by_text("2/2").wait_for()


@pytest.mark.parametrize("large", [False, True])
def test_the_box_shows_all_of_its_invitation(page, large):
    if large:
        page.get_by_role("button", name="大字").click()
    room, font, below = page.evaluate("""() => {
        const style = getComputedStyle(text), size = name => parseFloat(style[name]);
        return [text.clientWidth - 2 * size("paddingLeft"), size("fontSize"), text.clientHeight - text.scrollHeight]; }""")
    assert below >= 0 and room >= font * len(page.locator("#text").get_attribute("placeholder"))


def test_the_greeting_stands_once_and_first_in_every_tab_though_it_is_kept_only_with_her_first_words(page, web):
    other = page.context.new_page()
    other.goto(web.url)
    say(page, "谢谢")
    other.locator("#log li.me").wait_for()
    page.reload()
    for tab in (page, other):
        said = tab.locator("#log li .text").all_inner_texts()
        assert said[0].startswith("您好，我是消保小助手") and said[1] == "谢谢" and len(said) == 3, said
        assert tab.locator("#log li").first.get_attribute("data-id") != "0"
