"""What an answer to our questions holds beside the answer: a wish, a sum, a denial, that she wants no form; each goes where it
belongs."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.flows import asides, meanwhile, slots
from tests import builders
from tests.bot.test_asides import say, tickets, word
from tests.bot.test_while_open import Kinds, doing
from tickets.models import Chat

STEPS = {"branch": ["claim", "contact"], "claim": ["contact"], "contact": ["claim"]}


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path, read=replace(builders.understanding(), reader=Kinds()))


@pytest.mark.parametrize(("step", "text", "told"), [
    ("branch", "手机上看到的 想退多扣的 一共大概两百来块",
     {"branch": "手机上看到的", "claim": "想退多扣的", "facts": "一共大概两百来块"}),
    ("branch", "柜台 想让她当面道歉", {"branch": "柜台", "claim": "想让她当面道歉"}),
    ("branch", "大厅那个机子，就是没点过确认", {"branch": "大厅那个机子", "facts": "就是没点过确认"}),
    ("claim", "谁吵架了 我是说电话打给我 上午打", {"contact": "我是说电话打给我 上午打", "facts": "谁吵架了"}),
    ("contact", "姓王 短信费现在先给我停了", {"contact": "姓王", "claim": "短信费现在先给我停了"}),
    ("contact", "我姓马，下午打，钱怎么还没退", {"contact": "我姓马 下午打", "facts": "钱怎么还没退"}),
    ("contact", "他不是我家人 别打给他", {"facts": "他不是我家人 别打给他"}),
    ("claim", "都停掉 不要再打了", {"claim": "都停掉 不要再打了"}),
    # and what is all of it the answer stays whole
    ("branch", "在万达 二楼那个", {"branch": "在万达 二楼那个"}),
    ("branch", "手机银行里买的", {"branch": "手机银行里买的"}),
    ("contact", "姓周 儿子的电话你们有 早上打", {"contact": "姓周 儿子的电话你们有 早上打"}),
    ("contact", "我妈姓张 打我电话 她听不清", {"contact": "我妈姓张 打我电话 她听不清"}),
    ("contact", "不用打电话 微信就行", {"contact": "不用打电话 微信就行"}),
    ("contact", "姓吴 周末打", {"contact": "姓吴 周末打"}),
    ("claim", "核实原因 给我个说法", {"claim": "核实原因 给我个说法"})])
def test_each_part_of_an_answer_goes_where_it_belongs(step, text, told):
    found = slots.told(step, STEPS[step], text)
    assert {one: part for one, part in found.items() if one == step or one in told} == told
    assert slots.fits(step, text) == (step in told or step == "claim")


@pytest.mark.parametrize(("text", "wish"), [
    ("想退多扣的", True), ("我只想退108", True), ("那我投诉 给我把分期取消 没录音他们得拿出来", True), ("不要再打了", True),
    ("叫他们别催了", True), ("马上停掉", True), ("就是想让你们减免一点", True),
    ("他会不会给我没收了还不赔", False), ("会不会没收还不赔", False), ("想退休以后再说", False), ("客服不想退", False),
    ("我说不要打了他还打", False), ("是不是给我退过了", False)])
def test_a_wish_is_told_from_a_question_and_a_story(text, wish):
    assert (slots.wish(text) is not None) == wish


def test_a_channel_and_a_denial_are_told_apart(house):
    say(house, builders.COMPLAINT)
    doing(house, "add")
    say(house, button="skip")
    say(house, "网上申请的 就是没申请过那笔")
    (made,) = tickets(house)
    assert made.branch_named == "网上申请的" and "没申请过那笔" in made.facts


@pytest.mark.parametrize("text", [
    "不登了 太麻烦 叫人给我打个电话就行", "不想登记了，找个人联系我", "太啰嗦 不填了 让你们同事打电话来吧",
    "算了不填了 找个同事打给我"])
def test_who_wants_no_form_but_a_call_is_asked_only_how_to_reach_her(house, text):
    say(house, builders.COMPLAINT)
    doing(house, "add")
    assert say(house, text) == word(house, "filing.ring", number=tickets(house)[0].number)
    words = say(house, "姓周 儿子的电话你们有 早上打")
    (made,) = tickets(house)
    assert "登记好了" in words and made.contact == "姓周 儿子的电话你们有 早上打" and slots.BREAKS.split(text)[0] not in made.claim


@pytest.mark.parametrize("text", ["太麻烦了 我不登了", "那我不想写了，谁爱管谁管"])
def test_who_wants_no_form_is_asked_no_more(house, text):
    say(house, builders.COMPLAINT)
    doing(house, "add")
    (made,) = tickets(house)
    assert say(house, text).startswith(word(house, "filing.paused", number=made.number, due=_due(made)))


def _due(made):
    return f"{made.due_at.year} 年 {made.due_at.month} 月 {made.due_at.day} 日"


@pytest.mark.parametrize("text", ["先这样吧 那我的鸡吃什么呀", "就这样，明天带材料过来", "别问了 她那个态度我受不了"])
def test_what_ends_the_questions_ends_them_whatever_else_she_says(house, text):
    say(house, builders.COMPLAINT)
    doing(house, "ask" if "呀" in text else "add")
    words = say(house, text)
    (made,) = tickets(house)
    assert words.split("\n\n")[-1].startswith("我记下的") and "？" not in words.replace("吃什么", "")
    assert "先这样" not in made.facts and slots.BREAKS.split(text, maxsplit=1)[1] in made.facts
    assert not made.claim and "哪个网点" not in say(house, "嗯")


@pytest.mark.parametrize("text", ["这样的话我怎么办", "行了 就在城东那家", "先这样处理吧我等着", "登记的地方不对"])
def test_what_only_sounds_so_ends_nothing(text):
    pieces = slots.BREAKS.split(text)
    assert not asides.LEAVES_OFF.fullmatch(pieces[0]) and not any(map(asides.NO_MORE.fullmatch, pieces))


@pytest.mark.parametrize(("text", "wants_none"), [
    ("我不是要投诉你们", True), ("我不是要投诉你们 就是想先取饭钱", True), ("俺不打算投诉你们 就想弄明白", True),
    ("没要投诉谁，就是想把卡弄好", True), ("投诉你们有啥用 又不是你们骗的 就问两万还能回来不", True),
    ("投诉有什么用，钱能追回来吗", True), ("不是来投诉的", True), ("我没投诉的意思 就想晓得为啥扣我钱", True),
    ("不是要告你们 就是问问年费咋退", True), ("没告诉你们，就是问了一句", False),
    ("我不投诉他 我投诉银行", False), ("不投诉可以，但钱要退", False), ("投诉有用吗", False), ("投诉你们没用 那我找12378去", False),
    ("投诉有啥用 给我登记一下行不", False), ("我不是投诉柜员，是投诉你们银行", False), ("不投诉了", False),
    ("之前没有投诉过", False), ("客服没有登记", False), ("他没投诉过，我替他投诉", False),
    ("我没投诉啊 你别给我登记", True), ("没让你登记", True),
    ("你们没让我登记，保安就赶我走", False), ("我没投诉，是你们经理不让我投诉", False)])
def test_who_wants_no_complaint_is_believed(text, wants_none):
    assert meanwhile.wants_none(text) == wants_none


def test_a_complaint_that_she_never_wanted_is_taken_back_but_not_where_she_wants_money(house):
    say(house, "信用卡年费乱扣了我两百")
    doing(house, "add")
    assert word(house, "filing.not_wanted", number=tickets(house)[0].number) in say(house, "我不是要投诉你们 就是想先取饭钱")
    doing(house, "file")
    say(house, "信用卡年费又乱扣了我两百")
    doing(house, "add")
    assert "确定撤回" in say(house, "我不是要投诉你们 就是想退年费") and tickets(house)[-1].status == "received"


def test_the_number_of_somebody_else_is_no_contact(house):
    say(house, builders.COMPLAINT)
    assert word(house, "filing.phone_hidden") not in say(house, "骗我的那个人电话是13812345678")


def test_who_has_no_more_to_say_is_done_and_hears_that_her_number_is_not_kept(house):
    say(house, builders.COMPLAINT)
    said = say(house, "我姓周，电话13812341234")
    assert word(house, "filing.phone_hidden") in said
    assert word(house, "filing.phone_hidden") not in say(house, "电话13812341234")
    assert tickets(house)[0].number in say(house, "没有了，就这样")
    with house.store.read() as session:
        assert not session.scalars(select(Chat)).one().state.get("filing")


@pytest.mark.parametrize(("text", "wish"), [
    ("退钱", True), ("退款", True), ("道歉", True), ("把钱退我", True), ("赔钱就行", True), ("退钱呗", True), ("要佢哋賠錢", True),
    ("唔好再打畀我", True), ("退了", False), ("钱退了", False), ("钱", False), ("要钱", False)])
def test_a_wish_of_two_characters_or_in_cantonese_is_one(text, wish):
    assert (slots.wish(text) is not None) == wish


def test_a_wish_told_where_we_asked_what_happened_is_the_wish_and_that_is_asked_once_more(house):
    say(house, builders.COMPLAINT)
    doing(house, "add")
    assert say(house, "退钱") == word(house, "filing.noted", text="退钱") + "\n" + word(house, "filing.ask_branch")
    say(house, "手机银行")
    assert word(house, "filing.ask_story") in say(house, "姓李，下午打")
    (made,) = tickets(house)
    assert (made.claim, made.facts) == ("退钱", "")


@pytest.mark.parametrize(("bare", "kept"), [
    ("上周三", ("上周三", "")), ("琴日", ("琴日", "")), ("前儿个", ("前儿个", "")), ("13912345678", ("", "[手机 尾号5678]"))])
def test_what_answers_another_question_is_kept_there_and_the_open_one_asked_once_more_in_fewer_words(house, bare, kept):
    say(house, builders.COMPLAINT)
    doing(house, "add")
    for text in ("skip", "skip"):
        say(house, button=text)
    words = say(house, bare)
    assert word(house, "filing.noted", text=kept[0] or kept[1]) in words
    more = [words] if kept[1] else [words, say(house, bare), say(house, "姓李，下午打")]
    assert word(house, "filing.again_claim") in "\n".join(more)
    (made,) = tickets(house)
    assert made.facts == kept[0], "and no word of it twice"
    assert not kept[1] or made.contact == kept[1]


@pytest.mark.parametrize("text", ["没得", "不晓得", "整不明白", "记不到了", "冇", "我唔記得", "唔知", "唔清楚呀",
                                  "冇所謂", "搞不清楚"])
def test_who_does_not_know_in_her_own_tongue_is_asked_the_next_question(house, text):
    say(house, builders.COMPLAINT)
    doing(house, "add")
    assert say(house, text) == word(house, "filing.ask_branch")
    assert tickets(house)[0].facts == ""
