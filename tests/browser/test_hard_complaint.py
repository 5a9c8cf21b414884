"""One hard complaint from the first message to the review: a loan in a stolen name, told as the office and the customer live it.

Every date below was counted by hand on a calendar of 2026 (January 31, February 28, March 31, April 30 days), from the law's own
words: the day of receipt is not counted, the last day counts whole, and a holiday does not move it.
"""

import io
import re

import pytest
from docx import Document

from tests.browser.office import GROUP, act, fact, running_office, shanghai
from tests.fake_telegram import wait_for
from tickets import audit
from tickets.models import Event, Owed, Ticket

FIRST = "有人冒用我的身份证在城东支行贷款 20 万，不是我办的，征信都黑了，我要投诉"
FORWARDED = "客户不认可前次答复，称 20 万元贷款系他人冒名办理，签名不是本人所写，要求重新核实、更正征信"


@pytest.fixture
def office(store, browser, tmp_path, quick_passwords):
    with running_office(browser, store, tmp_path, begins="2026-01-05 09:30") as office:
        yield office


def due(office, page, number, day):
    """The page says this day, and the register holds its last second in Shanghai."""
    page.goto(f"{office.web.url}/desk/tickets/{number}")
    assert fact(page, "最迟答复") == day
    assert office.kept(number).due_at == shanghai(f"{day} 23:59").replace(second=59)


def clock(page):
    return page.locator(".head .clock").inner_text()


def state(page):
    return page.locator(".head .pills span[class*='s-']").first.inner_text()


def paragraphs(body: bytes) -> list[str]:
    return [one.text for one in Document(io.BytesIO(body)).paragraphs if one.text]


def parts_of_article_19(lines, *, review: bool):
    """第十九条: what was found, the decision, its basis and reasons, and the ways that are open to her, in this order."""
    text = "\n".join(lines)
    ways = ["（一）本告知书是核查决定"] if review else ["（一）申请核查：自收到本处理决定之日起 30 日内"]
    places = [text.index(part) for part in (
        "消费投诉处理结果告知书", "尊敬的客户", "一、核实情况与处理决定", "二、作出决定的依据和理由", "三、处理措施",
        "四、您可以采取的途径", *ways, "（二）申请调解", "（三）申请仲裁", "（四）提起诉讼", "0512-96065", "城东农商银行")]
    assert places == sorted(places)
    assert ("申请核查：" in text) is not review


def decide_and_tell(office, username, number, *, decision, upheld, basis, redress, where="营业现场"):
    """作出决定、看告知书、在线告知。 Returns the letter as downloaded on the desk and as the customer got it."""
    page = office.at(username, number)
    place = {"business_channel": where} if where else {}
    act(page, "作出决定", decision=decision, upheld=upheld, redress=redress, reason=basis, **place)
    page.get_by_role("link", name="看告知书").click()
    assert decision in page.locator("article.letter").inner_text()
    page.go_back()
    with page.expect_download() as got:
        page.get_by_role("link", name="下载告知书").click()
    act(page, "告知客户")
    assert "正在发送" in page.locator(".decided").inner_text() and state(page) == "已作出决定", "sent is not told"
    office.calendar.settle()
    assert state(office.at(username, number)) == "已作出决定", "only the round that finds it arrived makes it told"
    office.calendar.round()
    page.reload()
    assert state(page) == "已告知" and re.fullmatch(r"用时 \d+ 天，按时", clock(page))
    sent = [one["document"] for one in office.customer.chat.heard if "document" in one][-1]
    assert sent["file_name"] == f"处理结果告知书-{number}.docx"
    return paragraphs(got.value.path().read_bytes()), paragraphs(office.platform.world.files[sent["file_id"]][0].body)


def test_a_loan_in_a_stolen_name_from_the_first_word_to_the_review(office):
    customer, calendar = office.customer, office.calendar

    # Monday 5 January: she writes. 5 + 15 = 20 January.
    customer.says(FIRST)
    first = re.search(r"工单号：(\S+)", customer.hears("工单号", "最迟答复日：2026 年 1 月 20 日"))[1]
    customer.presses("先这样")
    calendar.round()
    page = office.at("wang", first)
    assert fact(page, "机构") == "城东支行", "her words named the branch"
    page.keyboard.press("2")
    page.get_by_text("系统会从这次更正中学习").wait_for()
    page.keyboard.press("t")
    page.get_by_text("已分派承办人").wait_for()
    act(page, "开始核实")
    due(office, page, first, "2026-01-20")
    customer.hears(f"工单 {first} 正在核实")

    # Wednesday 14 January: told, in time; she is not content.
    calendar.turn("2026-01-14 15:00")
    _, letter = decide_and_tell(office, "wang", first, decision="经核对借款合同，签名与预留签名相符。", upheld="我行无责",
                                basis="借款合同有签名，并有面签影像。", redress="")
    parts_of_article_19(letter, review=False)
    act(office.at("wang", first), "结案")
    customer.presses("很不满意")
    customer.hears("很抱歉没让您满意")

    # Monday 2 February: the regulator forwards it, and wants an answer by the 25th. 2 + 15 = 17 February, the first day of the
    # year of the horse, and still the last day.
    calendar.turn("2026-02-02 10:00")
    page = office.at("zhou", first)
    page.get_by_role("link", name="登记这位客户的另一件").click()
    page.get_by_label("客户反映的事情").fill(FORWARDED)
    page.get_by_label("来源").select_option(label="金融监管局转送（12378）")
    page.get_by_label("来文编号").fill("苏金转〔2026〕31 号")
    page.get_by_label("监管要求的期限").fill("2026-02-25")
    page.get_by_label("冒名贷款").check()
    page.get_by_role("button", name="登记").click()
    page.get_by_text("已登记，期限开始计算").wait_for()
    number = page.url.split("/")[-1].split("?")[0]
    customer.hears("12378", number, "最迟答复日：2026 年 2 月 17 日")
    pills = page.locator(".head .pills").inner_text()
    assert "重复投诉" in pills and "复杂投诉" in pills and "冒名贷款" in pills and clock(page) == "剩 15 天"
    assert fact(page, "来源") == "金融监管局转送（12378）（苏金转〔2026〕31 号）" and fact(page, "监管期限") == "2026-02-25"
    assert f"{first}" in page.locator("section", has_text="同一客户的工单").inner_text()
    due(office, page, number, "2026-02-17")
    act(page, "转办", assignee_id="王强")
    customer.hears(f"工单 {number} 已有专人承办")

    # Tuesday 10 February: complex. 2 February + 30 = 4 March for the customer; the regulator's 25 February still comes first.
    calendar.turn("2026-02-10 09:00")
    page = office.at("wang", number)
    act(page, "开始核实")
    act(page, "延期至 30 日", reason="须向总行调取贷款档案和面签影像")
    customer.hears(f"工单 {number} 情况复杂", "延长至 2026 年 3 月 4 日", "须向总行调取贷款档案和面签影像")
    due(office, page, number, "2026-02-25")

    # Thursday 12 February: the regulator agrees to 31 May; now the law's day is the next.
    calendar.turn("2026-02-12 16:00")
    page = office.at("li", number)
    act(page, "改监管期限", due_at="2026-05-31", reason="监管电话同意待鉴定完成后答复")
    due(office, page, number, "2026-03-04")

    # Thursday 26 February: a second extension is asked for. Asking moves nothing, and the branch's own lead may not approve.
    calendar.turn("2026-02-26 11:00")
    page = office.at("wang", number)
    heard = len(customer.heard)
    act(page, "申请再延期", reason="签名真伪须委托司法鉴定机构，鉴定约一个月")
    due(office, page, number, "2026-03-04")
    assert "须上级机构或总行批准" in page.locator(".head").inner_text()
    assert office.at("li", number).get_by_role("button", name=re.compile("批准期限申请")).count() == 0
    calendar.settle()
    assert len(customer.heard) == heard, "nothing to tell yet"

    # Friday 27 February: five days before 4 March the office is warned; the superior approves, and she is told.
    # 2 February + 60: 26 days to 28 February, 57 to 31 March, 60 is 3 April.
    calendar.turn("2026-02-27 09:00")
    group = office.platform.world.chats[GROUP]
    assert any(f"【临期】工单 {number} 还有 5 天到期" in one.get("text", "") for one in group.heard)
    page = office.desk("chen")
    page.get_by_role("link", name=re.compile("待批延期 1")).click()
    page.get_by_role("link", name=number).click()
    act(page, "批准期限申请", reason="情况特别复杂，须鉴定笔迹，同意")
    customer.hears(f"工单 {number} 情况复杂", "延长至 2026 年 4 月 3 日")
    due(office, page, number, "2026-04-03")
    with office.store.read() as session:
        approved = session.query(Event).filter_by(ticket_id=office.kept(number).id, kind="extended").all()[-1]
        owed = session.get_one(Owed, approved.data["owed_id"])
    assert approved.data["asked_by"] != approved.data["approved_by"] == approved.staff_id
    assert owed.status == "sent" and owed.platform_id, "the record of telling her hangs on the approval"

    # Tuesday 10 March to Wednesday 8 April: the handwriting is examined. 21 days to 31 March and 8 more: 29 days do not count.
    calendar.turn("2026-03-10 09:00")
    page = office.at("wang", number)
    act(page, "鉴定停表", reason="委托笔迹鉴定，委托书 2026-017 号")
    customer.hears(f"工单 {number} 需要鉴定", "不计入处理期限")
    page.reload()
    assert state(page) == "鉴定中（停表）" and clock(page) == "暂停计时"
    calendar.turn("2026-03-12 20:00")
    customer.sends_photo(caption="这是我平时的签名")
    customer.hears("收到您发的材料", number)
    wait_for(lambda: office.at("wang", number).locator(".file img").count() == 1, 15)
    calendar.turn("2026-04-03 23:59")
    assert office.at("wang", number).locator(".head .clock").inner_text() == "暂停计时", "no breach while the clock stands"
    calendar.turn("2026-04-08 14:00")
    page = office.at("wang", number)
    act(page, "恢复办理", reason="鉴定意见书：签名不是本人所写")
    # 3 April + 29 = 2 May, in the holidays of May, and not moved.
    customer.hears(f"工单 {number} 的鉴定已结束", "最迟 2026 年 5 月 2 日")
    due(office, page, number, "2026-05-02")

    # Tuesday 28 April: decided and told, four days before the end.
    calendar.turn("2026-04-28 10:00")
    assert clock(office.at("wang", number)) == "剩 4 天"
    desk_letter, letter = decide_and_tell(
        office, "wang", number, decision="经笔迹鉴定，借款合同上的签名不是您本人所写，该笔贷款系他人冒名办理。", upheld="我行有责",
        basis="鉴定意见书 2026-017 号；我行面签审核不到位。", redress="免除您的还款责任，已报送更正征信记录，并已报案。")
    assert letter == desk_letter, "she got what the desk shows"
    parts_of_article_19(letter, review=False)
    text = "\n".join(letter)
    for part in (number, "2026 年 2 月 2 日", "金融监管局转送（12378）", "该笔贷款系他人冒名办理", "鉴定意见书 2026-017 号",
                 "免除您的还款责任", "2026 年 4 月 28 日"):
        assert part in text
    kept = office.kept(number)
    assert kept.told_at <= kept.due_at and kept.told_how == "outbox"
    act(office.at("wang", number), "结案")
    customer.hears(f"工单 {number} 已结束办理")

    # Thursday 28 May, half past eleven at night: 28 April + 30 is today, so she may still ask for a review. 28 May + 30 = 27 June.
    calendar.turn("2026-05-28 23:30")
    customer.says("进度怎么样了")
    customer.presses(number)
    customer.hears(number, "状态：已办结", "登记时间：2026 年 2 月 2 日")
    customer.presses("申请核查")
    review = re.search(r"工单号：(\S+?)，最迟 2026 年 6 月 27 日", customer.hears("已为您向上级登记核查申请"))[1]
    assert office.at("wang", review).get_by_text("没有找到这张工单").count() == 1, "who decided it neither sees nor handles it"
    calendar.turn("2026-05-29 09:00")
    page = office.at("chen", review)
    assert fact(page, "机构") == "总行" and "核查" in page.locator(".head .pills").inner_text()
    page.keyboard.press("t")
    page.get_by_text("已分派承办人").wait_for()
    act(page, "开始核实")
    due(office, page, review, "2026-06-27")
    calendar.turn("2026-06-20 10:00")
    _, letter = decide_and_tell(office, "chen", review, decision="核查维持原处理决定，并补充误工补偿 2000 元。",
                                upheld="我行有责", redress="补充支付 2000 元。", where="",
                                basis="原决定认定事实清楚；客户因征信错误误工属实。")
    parts_of_article_19(letter, review=True)
    act(office.at("chen", review), "结案")
    calendar.settle()

    # What is left: an auditor who can only read, a chain that holds, and a customer who was told everything once.
    page = office.at("sun", number)
    assert page.locator("main button").count() == 0
    steps = [one for one in page.locator(".events b").all_inner_texts() if one != "客户补充"][::-1]
    assert steps == ["登记", "关联重复投诉", "分派", "开始核实", "延期", "改监管期限", "申请延期", "延期", "停表", "恢复计时",
                     "作出决定", "告知发送中", "已告知", "结案", "申请核查"]
    page.goto(office.web.url + "/desk/audit?check=1")
    assert "校验通过" in page.locator("main").inner_text()
    with office.store.read() as session:
        assert audit.verify(session) is None
        assert session.query(Owed).filter(Owed.status != "sent").count() == 0
        assert session.query(Ticket).count() == 3
    told = [text for text in customer.heard if number in text]
    assert len(told) == len(set(told)), "nothing was said twice"
    assert office.problems == []
