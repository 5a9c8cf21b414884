"""What is said while a complaint is open: taken back, a second matter, put right, its number, a human word. None of it becomes an
answer to our question, nothing is withdrawn without her yes, and nothing is lost."""

import itertools
from dataclasses import replace

import msgspec
import pytest
from sqlalchemy import select

from bot.flows import asking, slots
from tests import builders
from tests.bot.test_asides import hear, say, tickets, word
from tickets.models import Correction, Event, Message

pytestmark = pytest.mark.words

keys = itertools.count()
KINDS = {"催": "COLLECTION", "房贷": "LOAN", "保单": "AGENCY", "短信": "PERSONAL_INFO", "年费": "CREDIT_CARD",
         "信用卡": "CREDIT_CARD"}


class Kinds(builders.WordReader):
    """Reads a category by one word, surely."""

    def _one(self, text):
        read = super()._one(text)
        category = next((code for word, code in KINDS.items() if word in text), "OTHER")
        share = 0.5 if category == "OTHER" else 0.95
        return msgspec.structs.replace(read, category=category, category_confidence=share, category_top3=(category,))


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path, read=replace(builders.understanding(), reader=Kinds()))


def doing(house, act):
    house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing(act))


def confirm(house, made):
    shown = made.summary if len(made.summary) <= 16 else f"{made.summary[:16]}…"
    return word(house, "progress.withdraw_confirm", number=made.number, words=shown)


def two(house):
    """Two complaints of this talk: a fee, and calls for a debt."""
    say(house, "信用卡年费乱扣了我两百")
    say(house, button="done")
    doing(house, "file")
    say(house, "另外催收天天打电话，扣了我的钱")
    say(house, button="done")
    return tickets(house)


@pytest.mark.parametrize("text", [
    "我不投诉了，帮我撤了吧", "把这个投诉撤掉", "经理上门赔过不是了，我不告了", "这个投诉我不要了", "算了我想把工单撤回",
    "取消我的投诉", "钱到了，那就撤吧", "年费那个先算了"])
@pytest.mark.parametrize("asking", [True, False])
def test_plain_words_of_withdrawal_ask_at_once_and_wait_for_a_yes(house, text, asking):
    say(house, builders.COMPLAINT)
    if not asking:
        say(house, button="done")
    (reply,) = hear(house, text)
    (made,) = tickets(house)
    assert reply.text == confirm(house, made) and made.status == "received"
    assert [button.data for row in reply.buttons for button in row] == [f"withdraw!:{made.id}", f"ticket:{made.id}"]
    assert "已按您的要求撤回" in say(house, "嗯，撤吧") and tickets(house)[0].status == "withdrawn"


@pytest.mark.parametrize("text", [
    "你们支行撤了我去哪办", "转账能撤回吗", "赔了钱我就不投诉了", "不投诉可以，但钱要退", "你们答应的话我就撤",
    "谁让你撤的", "授权撤掉了还发短信"])
def test_what_takes_nothing_back_asks_for_no_yes(house, text):
    say(house, builders.COMPLAINT)
    say(house, button="done")
    assert confirm(house, tickets(house)[0]) not in say(house, text)


@pytest.mark.parametrize(("text", "place"), [
    ("年费那个撤了吧", 0), ("催收的撤掉，他们道歉了", 1), ("催收那个撤了吧，年费的别撤", 1), ("第一个撤了吧", 0),
    ("后一个撤掉", 1)])
def test_of_several_the_one_she_names_is_asked_about(house, text, place):
    made = two(house)
    assert say(house, text) == confirm(house, made[place])


def test_where_she_names_none_of_several_she_chooses(house):
    made = two(house)
    (reply,) = hear(house, "投诉撤了吧")
    assert word(house, "progress.withdraw_which") in reply.text
    assert {button.data for row in reply.buttons for button in row} == {f"withdraw:{one.id}" for one in made}
    assert {one.status for one in tickets(house)} == {"received"}


def test_the_others_stay_and_she_is_told_so(house):
    _, calls = two(house)
    say(house, "年费那个撤了吧")
    assert word(house, "progress.others_stay", numbers=calls.number) in say(house, "确定")
    assert [one.status for one in tickets(house)] == ["withdrawn", "received"]


def test_who_says_something_else_is_told_that_nothing_was_withdrawn(house):
    say(house, builders.COMPLAINT)
    say(house, button="done")
    say(house, "帮我撤了吧")
    made = tickets(house)[0]
    words = say(house, builders.QUESTION)
    assert "依据" in words and word(house, "progress.not_withdrawn", number=made.number) in words
    assert made.status == "received"


def test_what_was_withdrawn_is_told_as_it_stands(house):
    fee, _ = two(house)
    assert word(house, "progress.none_withdrawn") in say(house, "你到底撤了哪个")
    say(house, "年费那个撤了吧")
    say(house, "确定")
    words = say(house, "撤了没有？")
    assert word(house, "progress.some_withdrawn") in words and "已撤回" in words and fee.number in words


def test_one_of_two_matters_in_one_ticket_is_left_to_its_handler(house):
    say(house, "信用卡年费乱扣，柜员态度也恶劣")
    say(house, button="done")
    (made,) = tickets(house)
    assert say(house, "柜员那个撤了吧，年费的别撤") == word(house, "progress.withdraw_half", number=made.number)
    (kept,) = tickets(house)
    assert kept.status == "received" and "年费的别撤" in kept.facts


@pytest.mark.parametrize("text", ["先别撤", "那还是不撤了"])
def test_not_to_withdraw_is_confirmed(house, text):
    say(house, builders.COMPLAINT)
    say(house, button="done")
    assert word(house, "progress.not_withdrawn", number=tickets(house)[0].number) == say(house, text)


@pytest.mark.parametrize("text", ["还有一件事，保单扣了我的钱", "另外催收半夜打电话，态度恶劣", "短信天天发，这个也要投诉"])
def test_another_matter_in_the_middle_of_the_questions_gets_its_own_ticket(house, text):
    say(house, "信用卡年费乱扣了我两百")
    words = say(house, text)
    first, second = tickets(house)
    assert word(house, "filing.both", numbers=f"{first.number}、{second.number}") in words and second.summary == text
    assert not first.facts


@pytest.mark.parametrize("text", [
    "另外跟您说一声，我人在外地", "还有就是年费扣了两次", "第二个月又扣了我三百", "第二个柜员也扣了我", "第二条短信又说扣了我的钱",
    "没有别的问题，就是乱扣了钱"])
def test_more_of_the_same_gets_none(house, text):
    say(house, "信用卡年费乱扣了我两百")
    doing(house, "add")
    say(house, text)
    assert len(tickets(house)) == 1 and text in tickets(house)[0].facts


@pytest.mark.parametrize(("text", "made"), [
    ("催收打我单位电话，态度恶劣，也要投诉，还有信用卡年费乱扣了我", ["COLLECTION", "CREDIT_CARD"]),
    ("一是短信扣了我两块，二是房贷多扣了利息", ["PERSONAL_INFO", "LOAN"]),
    ("信用卡年费乱扣了我的钱，还有信用卡客服态度恶劣", ["CREDIT_CARD"]),
    ("信用卡年费乱扣了我的钱，还有我等了半天", ["CREDIT_CARD"])])
def test_a_first_message_of_two_kinds_is_two_tickets(house, text, made):
    words = say(house, text)
    assert sorted(one.category for one in tickets(house)) == sorted(made)
    assert all(one.number in words for one in tickets(house))
    with house.store.read() as session:
        assert session.scalars(select(Message.text).where(Message.author == "customer")).all() == [text], "she said it once"


def test_both_to_be_registered_takes_up_the_words_before(house):
    say(house, builders.QUESTION)
    doing(house, "file")
    say(house, "信用卡年费乱扣了我两百块，谁同意的")
    words = say(house, "两件事都给我登记上")
    first, second = tickets(house)
    assert second.summary == builders.QUESTION and first.number in words and second.number in words
    assert first.facts == second.facts == ""
    assert word(house, "progress.numbers") in say(house, "这两个也都登记上") and len(tickets(house)) == 2


def test_a_question_beside_a_grievance_is_answered_and_the_grievance_filed(house):
    words = say(house, f"信用卡年费乱扣了我两百，另外问一下，{builders.QUESTION}")
    (made,) = tickets(house)
    assert made.number in words and house.knowledge.entries["just-transferred"].answer in words
    assert words.index(made.number) < words.index("依据") < words.index(word(house, "filing.ask_facts"))


def test_who_complains_after_an_answer_complains_of_what_she_asked(house):
    doing(house, "ask")
    say(house, "房贷提前还要收我两万合理吗")
    doing(house, "file")
    say(house, "那我投诉，要求退还违约金")
    (made,) = tickets(house)
    assert made.category == "LOAN" and made.summary == "房贷提前还要收我两万合理吗\n那我投诉，要求退还违约金"
    with house.store.read() as session:
        assert "那我投诉，要求退还违约金" in session.scalars(select(Message.text)).all(), "the message is kept as she wrote it"


@pytest.mark.parametrize("text", ["成都", "就在佛山", "广东 佛山", "自贡那边", "绵阳的"])
@pytest.mark.parametrize("before", [[], ["上周五扣的"]])
def test_a_town_is_a_place_also_where_it_sounds_like_small_talk(house, before, text):
    say(house, builders.COMPLAINT)
    for one in before:
        say(house, one)
    doing(house, "small")
    assert word(house, "filing.wait") not in say(house, text)
    assert tickets(house)[0].branch_named == text


@pytest.mark.parametrize("text", ["中国", "你好", "工资", "难受", "大家", "外地", "成都人骂我"])
def test_what_names_no_town_is_no_place(text):
    assert "branch" not in slots.early(text)


@pytest.mark.parametrize(("step", "text", "kept"), [
    ("branch", "热线打了半个钟头没人接", False), ("branch", "还有他们打电话给我弟催", False),
    ("branch", "机器人真贴心，答非所问", False), ("branch", "请报一下编号", False), ("branch", "城南路那个网点", True),
    ("branch", "手机银行", True), ("branch", "三楼柜台", True),
    ("claim", "以后我就不还了，看你们怎么着", False), ("claim", "把两百块退我", True), ("claim", "让她道个歉就行", True),
    ("claim", "那手续费退不退", False), ("claim", "还有一个，客服挂我电话", False), ("claim", "把钱还我", True),
    ("contact", "我不识字，那张单子是他叫我签的", False), ("contact", "他叫我按的手印", False), ("contact", "叫王芳，晚上打", True),
    ("contact", "下午三点打预留电话", True)])
def test_what_is_no_answer_is_kept_as_none(step, text, kept):
    assert (slots.told(step, [], text).get(step) == text) == kept


@pytest.mark.parametrize(("text", "place"), [
    ("就是前天上午 大概九点 和平路那个", "和平路那个"), ("就昨天下午 北街那家", "北街那家"),
    ("上周三，在柳河镇营业部", "在柳河镇营业部"),
    ("五月份在文化路办的 一共三万", "文化路")])
def test_a_day_and_a_place_fill_both(text, place):
    assert slots.told("facts", ["branch", "claim"], text) == {"facts": text, "branch": place}


@pytest.mark.parametrize(("text", "place"), [
    ("你们新华路那个网点的柜员骂人", "新华路那个网点"), ("我在石桥镇存的钱", "石桥镇"), ("我走路去的网点", None),
    ("农村的网点", None), ("城东支行柜员骂人", "城东支行"), ("他一路骂到柜台", None), ("我要投诉你们城东那个网点", "城东那个网点"),
    ("我在城里", None)])
def test_a_place_in_the_first_words_is_seen(text, place):
    assert slots.place_in(text) == place


def test_a_place_told_at_first_is_not_asked_for(house):
    say(house, "新华路那个网点的柜员态度恶劣")
    assert word(house, "filing.ask_claim") in say(house, "昨天上午")


@pytest.mark.parametrize(("text", "key"), [
    ("催收天天骂人，态度恶劣", "filing.ask_channel"), ("你们的网贷app多扣了我钱", "filing.ask_claim")])
def test_no_branch_is_asked_for_where_there_is_none(house, text, key):
    say(house, text)
    assert word(house, key) in say(house, "上周五")


def test_a_question_is_not_asked_again_for_ever(house):
    say(house, builders.COMPLAINT)
    doing(house, "ask")
    said = [say(house, text) for text in ("会不会坐牢", "要是不还呢", "他会不会报复我", "银行会倒闭吗")]
    for one, step in zip(said, ("branch", "claim", "contact"), strict=False):
        assert one.endswith(word(house, f"filing.ask_{step}"))
    later = word(house, "filing.later", number=tickets(house)[0].number, due="").split("{")[0][:8]
    assert later in said[3] and not any(word(house, f"filing.ask_{step}") in said[3] for step in slots.STEPS)


def test_all_that_she_said_is_read_back(house):
    say(house, builders.COMPLAINT)
    doing(house, "add")
    for text in ("上周五扣的", "我打了三回热线说了半天都没有人给我改过来", "城东支行", "退给我"):
        say(house, text)
    words = say(house, button="done")
    for part in (builders.COMPLAINT, "上周五扣的", "三回热线", "城东支行", "退给我"):
        assert part in words


def test_how_to_reach_her_is_kept_also_afterwards(house):
    say(house, builders.COMPLAINT)
    say(house, button="done")
    doing(house, "add")
    say(house, "我姓方，打我女儿电话")
    say(house, "就是望江路支行")
    (made,) = tickets(house)
    assert (made.contact, made.branch_named) == ("我姓方，打我女儿电话", "就是望江路支行")


@pytest.mark.parametrize("finished", [True, False])
def test_a_place_is_put_right_and_echoed(house, finished):
    say(house, builders.COMPLAINT)
    say(house, "昨天下午，城南支行")
    if finished:
        say(house, button="done")
    assert word(house, "filing.amended", text="城中支行") in say(house, "哦我说错了，不是城南，是城中支行")
    (made,) = tickets(house)
    assert (made.branch_named, made.facts) == ("城中支行", "昨天下午，城中支行")


@pytest.mark.parametrize(("text", "now"), [("不是300，是200", "200"), ("数记错了，不是三笔，是两笔", "两笔")])
def test_what_she_said_first_stands_and_what_is_right_is_noted(house, text, now):
    say(house, builders.COMPLAINT)
    said = say(house, text)
    assert word(house, "filing.put_right", text=now) in said and "已改为" not in said
    (made,) = tickets(house)
    assert made.summary == builders.COMPLAINT and made.facts == text


@pytest.mark.parametrize(("told", "text", "facts", "place"), [
    (["昨天下午", "成都"], "记错了，是前天", "前天下午", "成都"),
    (["昨天下午", "成都"], "记错了，是上周四的", "上周四下午", "成都"),
    (["昨天下午", "成都"], "说错了，是绵阳", "昨天下午", "绵阳"),
    (["昨天 成都"], "记错了，地点不是成都，是绵阳", "昨天 绵阳", "绵阳"),
    (["昨天"], "记错了，地点不是成都，是绵阳", "昨天", "绵阳")])
def test_a_day_and_a_town_are_put_right_where_they_stand(house, told, text, facts, place):
    say(house, builders.COMPLAINT)
    for one in told:
        say(house, one)
    assert "已改为" in say(house, text)
    (made,) = tickets(house)
    assert (made.facts, made.branch_named) == (facts, place)


def test_of_two_days_none_is_guessed_to_be_the_wrong_one(house):
    say(house, builders.COMPLAINT)
    say(house, "昨天扣的，前天还好好的")
    assert word(house, "filing.put_right", text="大前天") in say(house, "记错了，是大前天")
    assert tickets(house)[0].facts == "昨天扣的，前天还好好的\n记错了，是大前天"


def test_a_subject_put_right_is_read_anew(house):
    say(house, "信用卡莫名其妙扣了我的钱，客服态度恶劣")
    said = say(house, "不是卡，是房贷")
    assert tickets(house)[0].category == "LOAN" and "贷款" in said


@pytest.mark.parametrize("text", ["是他签的不是我", "这是你们的错不是我", "不是我，是我老公办的"])
def test_a_pronoun_rewrites_no_word_of_her_story(house, text):
    say(house, builders.COMPLAINT)
    say(house, "3月5号我在网上买东西扣的")
    say(house, text)
    assert "3月5号我在网上买东西扣的" in tickets(house)[0].facts


def test_a_name_is_put_right(house):
    say(house, builders.COMPLAINT)
    say(house, "叫张莉，上周三办的")
    assert word(house, "filing.amended", text="叫张丽") in say(house, "不对，叫张丽，美丽的丽")
    assert tickets(house)[0].facts == "叫张丽，上周三办的"


def test_the_kind_is_put_right_in_words(house):
    say(house, "信用卡莫名其妙扣了我的钱，客服态度恶劣")
    words = say(house, "不是信用卡呀，我说的是房贷")
    (made,) = tickets(house)
    assert made.category == "LOAN" and "贷款" in words
    with house.store.read() as session:
        assert session.scalars(select(Correction)).one().by == "customer"
    assert word(house, "filing.so_it_is", category="贷款") in say(house, "不是信用卡，是房贷")


@pytest.mark.parametrize("text", ["单号是多少", "把编号发我", "登记上了没有", "请告知我的单号", "你记下了没"])
@pytest.mark.parametrize("asking", [True, False])
def test_her_numbers_are_told(house, text, asking):
    say(house, builders.COMPLAINT)
    if not asking:
        say(house, button="done")
    words = say(house, text)
    (made,) = tickets(house)
    assert word(house, "progress.numbers") in words and made.number in words and made.facts == ""


def test_what_no_ticket_holds_is_noted_when_she_asks_after_it(house):
    say(house, builders.COMPLAINT)
    say(house, button="done")
    (made,) = tickets(house)
    assert say(house, "空调漏水的事也写进去没有") == word(house, "filing.noted_now", number=made.number)
    assert "空调漏水的事" in tickets(house)[0].facts


def test_who_was_called_is_told(house):
    say(house, builders.COMPLAINT)
    say(house, button="done")
    say(house, button="human")
    call = tickets(house)[-1]
    assert say(house, "转给谁了，啥时候回我") == word(house, "progress.with_colleague", number=call.number)


@pytest.mark.parametrize(("text", "key"), [
    ("刚才发脾气，对不起啊", "small_talk.no_matter"), ("唉人老了不中用了", "small_talk.resigned"),
    ("算我倒霉", "small_talk.resigned"),
    ("你净说废话", "small_talk.upset"), ("跟你说了也白说", "small_talk.upset"), ("机器人可真聪明，答非所问", "small_talk.upset")])
@pytest.mark.parametrize("asking", [True, False])
def test_a_human_word_for_a_human_word(house, text, key, asking):
    say(house, builders.COMPLAINT)
    if not asking:
        say(house, button="done")
    assert say(house, text) == word(house, key) and tickets(house)[0].facts == ""


@pytest.mark.parametrize("text", ["我要找你们行长", "叫你们经理来", "给我找个主管"])
def test_who_wants_somebody_in_charge_gets_a_person(house, text):
    say(house, builders.COMPLAINT)
    say(house, text)
    assert [one.kind for one in tickets(house)] == ["complaint", "human"]


@pytest.mark.parametrize("text", ["我找了你们经理，他骂我", "要求经理道歉"])
def test_who_tells_of_somebody_in_charge_calls_nobody(house, text):
    say(house, builders.COMPLAINT)
    say(house, text)
    assert {one.kind for one in tickets(house)} == {"complaint"}


def test_who_only_asks_for_the_day_urges_nobody_amid_a_filing_either(house):
    say(house, builders.COMPLAINT)
    doing(house, "status")
    assert "催办" not in say(house, "那大概多久有个说法")
    with house.store.read() as session:
        assert "urged" not in session.scalars(select(Event.kind)).all()


def test_who_cannot_wait_urges(house):
    say(house, builders.COMPLAINT)
    assert "催办" in say(house, "十五天？我等不了，明天就要交房租")
    with house.store.read() as session:
        assert "urged" in session.scalars(select(Event.kind)).all()


def test_thanks_among_other_words_end_the_questions(house):
    say(house, builders.COMPLAINT)
    doing(house, "small")
    words = say(house, "行，那我等消息，谢谢")
    assert word(house, "greeting.thanks") in words and word(house, "filing.ask_facts") not in words


@pytest.mark.parametrize(("text", "kind"), [
    ("窗口那姑娘态度不好", "complaint"), ("那个保安好没耐心", "complaint"), ("前天你们的人找到我家里来", "complaint"),
    ("窗口那姑娘态度真好", "praise"), ("多亏保安帮了我一把", "praise"), ("柜员不嫌我慢，特别耐心", "praise")])
def test_praise_praises_and_blames_nobody(store, tmp_path, text, kind):
    models = replace(builders.understanding(), reader=builders.Taking(intent="praise"), acts=builders.Doing("file"))
    house = builders.house(store, tmp_path, read=models)
    say(house, text)
    assert [made.kind for made in tickets(house)] == [kind]


@pytest.mark.parametrize("text", ["转给同事吧", "好，转过去", "那就转给你们同事"])
def test_the_colleague_is_called_in_words_too(house, text):
    say(house, builders.QUESTION)
    say(house, text)
    assert [made.kind for made in tickets(house)] == ["human"]


def test_who_only_asked_is_not_consoled(house):
    say(house, builders.QUESTION)
    words = say(house, button="file")
    assert "很抱歉让您遇到这样的事" not in words and tickets(house)[0].number in words


@pytest.mark.parametrize(("text", "slug"), [
    ("那我去监管告你们，电话多少", "cp-12378-12363"), ("金管局的热线是多少", "cp-12378-12363"),
    ("法定答复时限是几天", "cp-how-long")])
def test_what_the_law_says_of_complaining_is_told(house, text, slug):
    say(house, builders.COMPLAINT)
    assert house.knowledge.entries[slug].answer in say(house, text)


def test_what_is_about_another_ticket_of_the_talk_goes_there(house):
    say(house, "信用卡年费乱扣了我两百")
    say(house, "另外催收天天打电话，扣了我的钱")
    fee, calls = tickets(house)
    doing(house, "add")
    assert fee.number in say(house, "年费那笔是去年八月扣的，我有截图")
    fee, calls = tickets(house)
    assert "去年八月" in fee.facts and "去年八月" not in calls.facts


@pytest.mark.parametrize("answers", [0, 1, 2, 3])
def test_a_text_that_somebody_sent_her_is_warned_of_at_every_question(house, answers):
    say(house, builders.COMPLAINT)
    for answer in ("上周五", "城东支行", "退给我")[:answers]:
        say(house, answer)
    words = say(house, "【公安通知】您的账户涉案，点击 http://ga-hc.cc 把钱转到安全账户核查，这是真的吗")
    assert "这段话" in words.splitlines()[0] and (answers == 3 or words.endswith(
        tuple(word(house, f"filing.ask_{step}") for step in slots.STEPS)))
    made = tickets(house)[0]
    assert not any("账户" in text for text in (made.facts, made.branch_named, made.claim, made.contact))


def test_one_word_put_right_leaves_the_rest_of_what_happened(house):
    say(house, builders.COMPLAINT)
    say(house, "昨天下午停的，一天少收三千")
    say(house, "不对，是前天下午停的")
    facts = tickets(house)[0].facts
    assert "少收三千" in facts and "前天下午" in facts


def test_what_she_feels_is_heard_once_before_the_questions_go_on(house):
    say(house, builders.COMPLAINT)
    words = say(house, "我走了八里路来的，昨天上午的事")
    assert words.startswith(word(house, "feeling.weary")) and words.endswith(word(house, "filing.ask_branch"))
    assert word(house, "feeling.weary") not in say(house, "城东支行，走了八里路")


@pytest.mark.parametrize(("text", "key"), [
    ("请催一下", "progress.hurried"), ("催催", "progress.hurried"), ("把刚才的再说一遍", "filing.told"),
    ("再说一遍吧", "filing.told"), ("全文给我看", "filing.told"), ("登记的都给我看看", "filing.told"),
    ("我爸看不懂，说短一点", "plainly.on")])
def test_what_she_asks_of_the_form_is_no_answer_and_the_question_stands(house, text, key):
    say(house, "信用卡年费乱扣了我两百")
    doing(house, "add")
    words = say(house, text)
    assert word(house, key, number="", due="", told="")[:5] in words and "哪天" in words
    assert tickets(house)[0].facts == "" and not tickets(house)[0].branch_named


@pytest.mark.parametrize("text", ["催收打电话催我", "她说再说一遍就挂了", "我妈看不懂合同", "写的是存款"])
def test_what_tells_of_the_matter_is_kept_as_before(house, text):
    say(house, "信用卡年费乱扣了我两百")
    doing(house, "add")
    say(house, text)
    assert text in tickets(house)[0].facts


WANTED = [
    ("投诉那边，请补充：没有双录", "filing.appended", "facts", "没有双录"),
    ("请补充一下，没有双录", "filing.appended", "facts", "没有双录"),
    ("能合并吗", "progress.merge", "facts", "问：能合并吗"), ("我没有编号", "progress.no_number", "facts", ""),
    ("能不能改成联系我", "filing.reach_noted", "contact", "能不能改成联系我"),
    ("能改为短信联系我吗", "filing.reach_noted", "contact", "能改为短信联系我吗")]


@pytest.mark.parametrize(("text", "key", "column", "kept"), WANTED)
@pytest.mark.parametrize("then", ["asked", "done", "alarm"])
def test_what_she_wants_done_with_her_complaint_goes_there(house, then, text, key, column, kept):
    say(house, "信用卡年费乱扣了我两百")
    if then != "asked":
        say(house, button="done")
    if then == "alarm":
        say(house, "我正在被骗")
    made = tickets(house)
    words = say(house, text)
    assert word(house, key, number=made[0].number, text=text) in words
    assert getattr(tickets(house)[0], column) == kept and len(tickets(house)) == len(made)


@pytest.mark.parametrize("text", ["经办人是谁", "谁经办的"])
def test_who_handles_it_is_told_and_calls_nobody(house, text):
    say(house, "信用卡年费乱扣了我两百")
    say(house, button="done")
    assert word(house, "progress.in_hand") in say(house, text) and len(tickets(house)) == 1


def test_what_to_do_when_the_day_has_passed_is_no_entry(house):
    say(house, "信用卡年费乱扣了我两百")
    say(house, button="done")
    assert word(house, "ask.beyond") in say(house, "多久能给答复？超期怎么办")


@pytest.mark.parametrize("text", ["两张存单能合并吗", "改成什么联系电话", "怎么补充资料", "手机号改了怎么联系你们"])
def test_what_asks_of_something_else_is_none_of_it(house, text):
    say(house, "信用卡年费乱扣了我两百")
    say(house, button="done")
    words = say(house, text)
    assert not any(word(house, key, number=tickets(house)[0].number, text=text) in words for _, key, _, _ in WANTED[2:])


@pytest.mark.parametrize(("text", "key"), [("确定", "progress.withdraw_which"), ("就催收那个", "progress.withdraw_confirm")])
def test_the_answer_to_which_one_is_no_new_matter(house, text, key):
    made = two(house)
    say(house, "撤回")
    words = say(house, text)
    assert words.startswith(word(house, key, number=made[1].number, words="")[:5]) and len(tickets(house)) == 2
    if key == "progress.withdraw_confirm":
        assert words == confirm(house, made[1])


def test_the_whole_answer_is_told_to_who_types_the_button(house):
    say(house, builders.QUESTION)
    doing(house, "small")
    entry = house.knowledge.entries[asking.JUST_DEFRAUDED]
    assert entry.answer in say(house, "看完整的办法")
