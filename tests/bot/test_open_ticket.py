"""While a ticket is open, and before one is: a question is answered, a ticket is opened when she asks for it or is wronged, and no
question of ours is put twice in a row."""

import itertools
from dataclasses import replace
from types import SimpleNamespace

import pytest

from bot.flows import filing, following, listening, matters, progress, slots, sought, standing, weighing
from nlp.retrieval import Candidate, Found
from nlp.talks import ACTS
from tests import builders
from tests.bot.test_asides import hear, say, tickets, word
from tests.bot.test_while_open import Kinds, doing

STEPS = ("facts", "story", "branch", "channel", "claim", "contact")


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path, read=replace(builders.understanding(), reader=Kinds()))


def ours(house, words):
    return [step for step in STEPS if word(house, f"filing.ask_{step}") in words]


class Three(builders.WordFinder):
    """Says of each search what a test wants: alone, as said of the ticket, after its entry."""

    alone = said = afterwards = Found(None, "", 0.0, ())

    def ask(self, text, **more):
        return self.said if "，" in text else self.alone

    def after(self, entry, text, **more):
        return self.afterwards


def found(slug, sure, share=1.0):
    return Found(slug if sure >= 0.5 else None, "", sure, (Candidate(slug, "", share),))


@pytest.mark.parametrize(("alone", "said", "afterwards", "best"), [
    (("cp-how-long", 0.96), ("di-limit", 0.3), ("cp-how-long", 0.5), "cp-how-long"),
    (("cp-how-long", 0.3), ("di-limit", 0.95), ("di-limit", 0.6), "di-limit"),
    (("cp-how-long", 0.9), ("di-limit", 0.9), ("di-limit", 0.8), "di-limit"),
    (("cp-how-long", 0.9, 0.4), ("di-limit", 0.2, 0.9), ("di-limit", 0.2, 0.5), "di-limit"),
    (("cp-how-long", 0.9, 0.4), ("di-limit", 0.9, 0.4), ("di-limit", 0.9, 0.4), None),
    (("cp-how-long", 0.2), ("di-limit", 0.2), ("di-limit", 0.2), None)])
def test_a_question_amid_a_filing_is_answered_by_what_three_searches_speak_for(store, tmp_path, alone, said, afterwards, best):
    finder = Three(builders.knowledge().entries.values())
    made = builders.house(store, tmp_path, read=replace(builders.understanding(), finder=finder))
    say(made, builders.COMPLAINT)
    finder.alone, finder.said, finder.afterwards = found(*alone), found(*said), found(*afterwards)
    doing(made, "ask")
    words = say(made, "这样子的话合规矩吗还是不合")
    if best:
        assert made.knowledge.entries[best].answer in words
    else:
        assert word(made, "filing.question_noted", number=tickets(made)[0].number) in words
    assert ours(made, words) == ["branch"], "and the filing goes on, by one short question"


def test_how_complaints_are_handled_is_answered_of_hers_however_unsure_the_words_alone(store, tmp_path):
    finder = Three(builders.knowledge().entries.values())
    made = builders.house(store, tmp_path, read=replace(builders.understanding(), finder=finder))
    say(made, builders.COMPLAINT)
    doing(made, "ask")
    for share, answered in ((0.5, False), (0.75, True)):
        finder.alone = Found(None, "", 0.01, (Candidate("cp-check-progress", "complaint_process", share),))
        assert (made.knowledge.entries["cp-check-progress"].answer in say(made, "那到时候哪里看")) == answered


def test_no_question_of_ours_is_put_twice_in_a_row(house):
    said = [say(house, "信用卡年费乱扣了我两百")]
    for act, text in (("ask", "你们几点下班"), ("add", "我跟柜台说了好几遍都没有人听我讲"), ("small", "唉"),
                      ("add", "就是这么回事没别的了"),
                      ("ask", "行长管不管这个")):
        doing(house, act)
        said.append(say(house, text))
    asked = [ours(house, one) for one in said]
    assert asked[0] == ["facts"] and all(len(one) <= 1 for one in asked)
    assert all(not one or one != other for one, other in itertools.pairwise(asked))


def test_what_she_has_told_is_not_asked_for_and_all_of_it_is_read_back(house):
    words = say(house, "昨天下午在南湖支行，柜员多扣了我两百块年费，要求把钱退给我")
    assert ours(house, words) == ["contact"], "day, place and wish are told"
    words = say(house, "我姓韩，晚上打")
    for part in ("南湖支行", "要求把钱退给我", "姓韩"):
        assert part in words


def test_a_wish_is_kept_wherever_it_is_said(house):
    say(house, "信用卡年费乱扣了我两百")
    doing(house, "ask")
    say(house, "能不能给我减免点")
    say(house, button="done")
    doing(house, "add")
    say(house, "要她当面道歉")
    (made,) = tickets(house)
    assert made.claim == "能不能给我减免点；要她当面道歉"


@pytest.mark.parametrize(("text", "wish"), [
    ("要他们把钱退给我", True), ("我要求赔三百", True), ("你们得给我个说法", True), ("把那条记录给我删掉", True),
    ("银行要我还二十万", False), ("她说要赔我一直没赔", False), ("到底退不退", False), ("客服答应退给我的", False)])
def test_a_wish_is_hers_and_no_story(text, wish):
    assert (slots.wish(text) is not None) == wish


@pytest.mark.parametrize("text", [
    "那你帮我告他们", "帮我投诉吧", "算了给我登记一下", "行吧那就投诉", "还是投吧", "您好 我要投诉", "再投诉一次行不行"])
def test_who_asks_for_a_ticket_gets_one_of_all_that_she_told(house, text):
    doing(house, "ask")
    say(house, "存折变成保单是怎么回事")
    doing(house, "add")
    say(house, "上个月在桥头支行签的字")
    words = say(house, text)
    (made,) = tickets(house)
    assert made.number in words and made.summary == "存折变成保单是怎么回事\n上个月在桥头支行签的字"
    assert made.branch_named and "facts" not in ours(house, words)
    assert word(house, "filing.heard", number=made.number) in say(house, text) and len(tickets(house)) == 1


@pytest.mark.parametrize("text", ["你好，我想投诉", "帮我登记个投诉"])
def test_where_nothing_was_told_the_matter_is_asked_for_and_no_kind_guessed(house, text):
    assert say(house, text) == word(house, "filing.prompt") and not tickets(house)


@pytest.mark.parametrize("text", ["我不投诉了", "登记不上手机银行", "投诉多久有结果", "别给我登记", "这个投诉我不要了", "怎么投诉"])
def test_what_asks_for_no_ticket_demands_none(text):
    said = "".join(filter(str.isalnum, text))
    wanted = matters.DEMAND.fullmatch(said) and matters.VERB.search(said) and not matters.NOT_WANTED.search(said)
    assert not wanted


def test_what_is_told_after_an_answer_is_heard_and_opens_no_ticket(house):
    say(house, builders.QUESTION)
    doing(house, "add")
    words = [say(house, text) for text in ("上周六下午弄的", "在北门那边的机子上弄的", "客服说三天", "都等了好久")]
    assert not tickets(house) and len(set(words)) == len(words)
    (reply,) = hear(house, "我一个人去的")
    assert "human" in [button.data for row in reply.buttons for button in row]


@pytest.mark.parametrize(("text", "answered"), [("刚给骗子转了钱怎么办", True), ("你们乱扣年费", False)])
def test_a_grievance_that_is_as_much_a_question_is_answered_and_filing_offered(house, text, answered):
    class Torn:
        def shares(self, *_):
            return dict.fromkeys(("add", "small", "alarm", "status", "human", "scam", "undo"), 0.0) | {"file": 0.6, "ask": 0.4}

    house.intake.understanding = replace(house.intake.understanding, acts=Torn())
    words = say(house, text)
    assert (word(house, "ask.offer") in words) == answered == (not tickets(house))
    if answered:
        say(house, button="file")
        assert tickets(house)[0].summary == text


def test_who_never_wanted_a_complaint_is_rid_of_it_and_answered(house):
    say(house, "你们柜员扣了我的破钱")
    (made,) = tickets(house)
    words = say(house, f"谁说我要投诉了，我就问{builders.QUESTION}")
    assert words.startswith(word(house, "filing.not_wanted", number=made.number)) and tickets(house)[0].status == "withdrawn"
    assert not ours(house, words)


def test_who_only_suggests_gets_a_suggestion_in_place_of_the_complaint(house):
    say(house, builders.COMPLAINT)
    words = say(house, "我也不是非要投诉，就是提个意见")
    complaint, suggestion = tickets(house)
    assert (complaint.status, suggestion.kind) == ("withdrawn", "suggestion") and suggestion.summary.startswith(complaint.summary)
    assert word(house, "suggestion.filed", number=suggestion.number) in words


def test_who_did_ask_for_it_is_asked_before_it_is_withdrawn(house):
    say(house, "我要投诉，信用卡年费乱扣了我两百")
    assert "确定撤回" in say(house, "我没说要投诉啊") and tickets(house)[0].status == "received"


def test_a_cause_that_she_denies_is_put_right(house):
    say(house, "你们态度恶劣，扣了我的钱")
    cause = tickets(house)[0].cause
    say(house, "不是定价收费，是服务态度" if cause == "FEE" else "不是服务态度，是乱收费")
    assert tickets(house)[0].cause == ("SERVICE" if cause == "FEE" else "FEE")


@pytest.mark.parametrize(("text", "not_this", "wanted"), [
    ("我不是要激活 我是问为啥收钱", "激活", "为啥收钱"), ("不是想注销，我就想问年费多少", "注销", "年费多少"),
    ("我不是不还，是真没钱", None, None)])
def test_what_she_does_want_is_told_from_what_she_does_not(text, not_this, wanted):
    but = weighing.NOT_BUT.search(text)
    assert (but and (but[1], but[2])) == (wanted and (not_this, wanted))


def test_what_she_denies_is_not_answered_again(store, tmp_path):
    finder = Three(builders.knowledge().entries.values())
    made = builders.house(store, tmp_path, read=replace(builders.understanding(), finder=finder, acts=builders.Doing("ask")))
    finder.alone = finder.said = found("just-transferred", 0.95)
    say(made, "转错了咋办呀")
    finder.afterwards, finder.said = found("just-transferred", 0.95), found("di-limit", 0.9)
    words = say(made, "我不是要转账，我是问能赔多少")
    assert words.startswith(word(made, "ask.misheard")) and made.knowledge.entries["di-limit"].answer in words


def test_an_old_case_is_told_of_once_and_never_in_the_same_words(house):
    doing(house, "status")
    said = [say(house, text) for text in ("我上回投诉的怎么样了", "单号忘了", "能查到不", "在哪里查啊")]
    assert said[0] == word(house, "progress.none") and len(set(said)) == len(said) and not tickets(house)


@pytest.mark.parametrize("text", [
    "就是短信费的", "没人给我打过电话", "能不能催一哈", "大概十天前打电话投的，保险那个", "再不回我就去告你们"])
def test_a_complaint_made_elsewhere_and_pressed_for_becomes_a_reminder(house, text):
    doing(house, "status")
    say(house, "我上回投诉的怎么样了")
    say(house, "单号忘了")
    doing(house, "ask" if progress.CHASES.search(text) else "status")
    words = say(house, text)
    ticket, = tickets(house)
    assert ticket.number in words and "12378" in words and ticket.is_repeat and ticket.claim == word(house, "claim.faster")
    assert ticket.summary.startswith("我上回投诉的怎么样了") and text in ticket.summary


@pytest.mark.parametrize(("text", "felt"), [
    ("她回家哭了一晚上", "tears"), ("我坐轮椅的", "frail"), ("我爸还在住院", "ill"), ("我下岗了没收入", "poor"),
    ("他们骂我妈", "insulted"),
    ("好几个窗口没开", None), ("轮到我他就走了", None)])
def test_a_word_of_comfort_for_hardship(text, felt):
    assert listening.feeling(text) == felt


def test_comfort_is_said_once(house):
    say(house, "信用卡年费乱扣了我两百")
    doing(house, "add")
    assert word(house, "feeling.frail") in say(house, "我坐轮椅来的")
    assert word(house, "feeling.frail") not in say(house, "轮椅上不去台阶")


@pytest.mark.parametrize(("text", "asks"), [
    ("连他叫啥都不知道咋去法院", True), ("我该打给谁", True), ("她连这是啥都不知道", False), ("哭了好几天", False),
    ("合同上写的不收", False)])
def test_the_end_of_a_message_tells_whether_it_asks(text, asks):
    assert sought.asks(SimpleNamespace(text=text, heard={"ask": 1.0}), 0.5) == asks


def test_while_she_tells_each_question_is_put_once_and_she_is_heard(house):
    asked = ours(house, say(house, builders.COMPLAINT))
    doing(house, "add")
    words = [say(house, text) for text in ("是去年三月办的", "她当时跟我讲得好好的", "我七十二了字都没看清", "第二天我又问了一回")]
    for one in words:
        asked += ours(house, one)
    assert asked == ["facts", "branch", "claim", "contact"]
    assert word(house, "filing.listened_1") in words[1] and words[3] == word(house, "filing.wait")


@pytest.mark.parametrize("text", ["那这一百块谁赔我", "要带营业执照么", "退要扣我多少", "你们行长晓得这事吗"])
@pytest.mark.parametrize("before", [(), ("前天扣的", "城东支行"), ("前天扣的", "城东支行", "退给我")])
def test_a_question_amid_the_interview_is_no_answer_to_ours(house, text, before):
    say(house, builders.COMPLAINT)
    for answer in before:
        say(house, answer)
    made = tickets(house)[0]
    kept = (made.branch_named, made.claim, made.contact)
    house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing("add"))
    house.intake.understanding.acts.shares = lambda *_: {**dict.fromkeys(ACTS, 0.0), "add": 0.7, "ask": 0.25}
    words = say(house, text)
    made = tickets(house)[0]
    assert (made.branch_named, made.claim, made.contact) == kept
    assert text not in made.facts.replace(f"问：{text}", "") and made.number in words


def test_a_question_that_was_kept_is_read_back_as_one(house):
    say(house, builders.COMPLAINT)
    doing(house, "ask")
    say(house, "你们行长知道不知道")
    assert word(house, "filing.told_asked", text="你们行长知道不知道") in say(house, "好了")


@pytest.mark.parametrize(("text", "wished"), [
    ("我不要退一部分 我要全退", "我要全退"), ("不是 我不要钱 我就要你们上门", "我就要你们上门"),
    ("我只要求把卡解开", "我只要求把卡解开"),
    ("我就想知道为什么", None), ("我就要投诉", None),
    ("我就要你们还钱就行了", "我就要你们还钱就行了"), ("我就要迟到了", None), ("我就想取钱", None), ("我不要赔", "我不要赔")])
def test_a_plain_wish_is_taken(text, wished):
    assert slots.wish(text) == wished


def test_a_wish_told_after_the_questions_is_written_into_the_ticket_and_she_is_told_so(house):
    say(house, builders.COMPLAINT)
    say(house, button="done")
    doing(house, "add")
    words, made = say(house, "我不要退一部分 我要全退"), tickets(house)[0]
    assert made.claim == "我要全退" and words == word(house, "filing.wish_noted", claim="我要全退", number=made.number)


def test_a_wish_in_the_form_of_a_question_is_kept_and_promises_nothing(house):
    say(house, builders.COMPLAINT)
    for text, act in (("前天扣的", "add"), ("城东支行", "add"), ("你们能赔我吗", "ask")):
        doing(house, act)
        words = say(house, text)
    assert words.startswith(word(house, "filing.wish_asked")) and tickets(house)[0].claim == "你们能赔我吗"


def test_what_an_answer_was_given_to_is_kept_and_a_number_only_once(house):
    say(house, builders.COMPLAINT)
    doing(house, "add")
    say(house, "没有小票 撕了")
    say(house, "我电话13812345678")
    made = tickets(house)[0]
    assert "没有小票 撕了" in made.facts and "5678" not in made.facts and "5678" in made.contact


@pytest.mark.parametrize("text", ["那多久给我回话", "几天能有个准信", "到底啥时候给我回音", "要等多久才有回信"])
def test_how_long_is_told_from_the_ticket(house, text):
    say(house, builders.COMPLAINT)
    made = tickets(house)[0]
    assert word(house, "filing.what_now", number=made.number, due=filing.day(made.due_at)) in say(house, text)


@pytest.mark.parametrize("open_still", [True, False])
@pytest.mark.parametrize("text", [
    "弄不好我要投诉", "再不解决我就去投诉你们", "不给我说法我就投诉", "那要是你们不管我找哪个", "要是你们一直不处理我去哪告",
    "15天没答复咋办"])
def test_what_is_beyond_the_complaint_made_is_told_and_not_to_file_it_again(house, text, open_still):
    say(house, builders.COMPLAINT)
    if not open_still:
        say(house, button="done")
    words = say(house, text)
    assert word(house, "ask.beyond") in words and "「我要投诉」" not in words and len(tickets(house)) == 1


@pytest.mark.parametrize("text", ["另外我还要投诉你们保安", "不退钱的那个柜员叫李婧", "银行不管这事吗", "你们没人告诉我"])
def test_what_is_not_beyond_it(text):
    assert not standing.BEYOND.search(text) or matters.ANOTHER.search(text)


def test_who_has_an_open_complaint_is_not_told_to_file_one():
    said = "对方不肯，就请它写明理由。然后告诉我，我给您登记成投诉；不满意，打 12378。"
    assert following.while_filed(said) == "对方不肯，就请它写明理由。"
    for followup in builders.knowledge().followups.values():
        for line in (followup.general, *followup.theme.values()):
            assert "「我要投诉」" not in following.while_filed(line)


@pytest.mark.parametrize(("before", "text", "whole"), [
    (["存折变成保单是怎么回事"], "她不识字 名字是柜员叫她抄的 从头到尾没跟她讲过一句 我想投诉", True),
    (["年费怎么算的啊"], "信用卡年费乱扣了我两百块钱还说是我自己当时点过头的，我要投诉", True),
    (["年费怎么算的啊"], "催收半夜打电话，乱扣我的名声，这个我要投诉你们到底", False),
    (["银行卡丢了怎么办"], "我要投诉，城西支行排队两个小时", False),
    (["年费怎么算的啊"], "另外一件事，她不识字 名字是柜员叫她抄的 我想投诉", False)])
def test_a_ticket_holds_what_was_told_since_its_matter_began(house, before, text, whole):
    doing(house, "ask")
    for one in before:
        say(house, one)
    doing(house, "file")
    say(house, text)
    (made,) = tickets(house)
    assert made.summary == ("\n".join([*before, text]) if whole else text)


def test_what_was_asked_of_another_matter_before_is_no_part_of_it(store, tmp_path):
    finder = Three(builders.knowledge().entries.values())
    made = builders.house(store, tmp_path, read=replace(builders.understanding(), reader=Kinds(), finder=finder))
    doing(made, "ask")
    said = (("di-limit", "存款最多保多少啊"), ("cc-pushed-installment", "打电话就给我分期了咋回事"), (None, "他都没讲利息"))
    for slug, text in said:
        finder.alone = finder.afterwards = found(slug, 0.99) if slug else finder.alone
        say(made, text)
    say(made, "那你帮我投诉吧")
    (ticket,) = tickets(made)
    assert ticket.summary == "打电话就给我分期了咋回事\n他都没讲利息"
