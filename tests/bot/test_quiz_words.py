"""The quiz, the daily question and the campaigns in ordinary words; and words that sound like them and mean something else."""

import pytest
import time_machine
from sqlalchemy import select

from bot.flows import quiz
from tests import builders
from tests.bot.test_teaching import KNOWLEDGE, chat, data, hear, labels, say, shanghai
from tickets.models import Attempt, Ticket


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path)


def tickets_of(house):
    with house.store.read() as session:
        return session.scalars(select(Ticket)).all()


def asked_now(house):
    with house.store.read() as session:
        return session.scalars(select(Attempt).order_by(Attempt.id.desc()).limit(1)).one().questions


@pytest.mark.parametrize("said", ["每天给我发一道题", "每天给我出一道题", "天天给我来一题吧", "请每天早上给我推送一道题",
                                  "我要订阅每日一题", "明天开始每天推一道题给我"])
def test_who_wishes_for_a_question_every_day_gets_it_and_no_ticket(house, said):
    assert "每天上午给您发一道题" in say(house, said) and chat(house).daily and not tickets_of(house)


@pytest.mark.parametrize("said", ["考考我", "来几道题", "给我出几道题吧", "我想做几道题", "有没有题目做"])
def test_who_wishes_for_questions_gets_a_quiz(house, said):
    assert "第 1/5 题" in say(house, said) and not tickets_of(house)


@pytest.mark.parametrize(("said", "audience"), [
    ("给我出几道适合老年人的题", "老年"), ("我是老年人，题目换成老年的", "老年"), ("换成老年版的题", "老年"), ("学生的题", "学生"),
    ("来几道适合农民工的题", "新市民务工"), ("有没有商户的题目", "商户"), ("/quiz 老年人", "老年")])
def test_a_quiz_is_drawn_for_whom_the_words_name(house, said, audience):
    replies = hear(house, said)
    assert f"按「{audience}」来" in replies[0].text and "第 1/5 题" in replies[1].text and chat(house).audience == audience
    assert all(audience in KNOWLEDGE.quiz[row["id"]].audience for row in asked_now(house)) and not tickets_of(house)


def test_a_subscription_for_an_audience_comes_for_that_audience(house):
    assert "老年" in say(house, "每日一题 老年") and chat(house).daily and chat(house).audience == "老年"


@pytest.mark.parametrize("said", ["我奶奶做的，换老年的", "题目换成老年的", "我是老年人", "每日一题 老年"])
def test_a_quiz_goes_on_with_the_questions_of_another_audience(house, said):
    hear(house, "来几道题")
    first = asked_now(house)[0]
    hear(house, "不知道")
    assert "第 2/5 题" in say(house, said)
    rows = asked_now(house)
    assert rows[0]["id"] == first["id"] and len({row["id"] for row in rows}) == 5 and chat(house).audience == "老年"
    assert all("老年" in KNOWLEDGE.quiz[row["id"]].audience for row in rows[1:]) and not tickets_of(house)


@pytest.mark.parametrize("said", ["这题太难了，换一题", "换一个吧", "太难了不会", "跳过这题", "我答不出来，下一题"])
def test_too_hard_a_question_is_passed_with_its_answer(house, said):
    hear(house, "考考我")
    words = say(house, said)
    assert "没关系，答案是" in words and "第 2/5 题" in words and not tickets_of(house)


@pytest.mark.parametrize("said", ["别再给我发题了", "不要每天给我发题", "取消每天的题", "不想收了", "退订每日一题",
                                  "不要再推送题目了", "以后不用发了", "别每天烦我了"])
def test_a_subscription_ends_in_ordinary_words(house, said):
    hear(house, "每日一题")
    assert say(house, said).startswith("已退订") and not chat(house).daily


def test_who_has_no_subscription_is_told_so_or_heard_as_she_means_it(house):
    assert "没有每天给您发题" in say(house, "别再给我发题了")
    for said in ("不想收了", "不要再收了"):
        assert "退订" not in say(house, said) and "发题" not in say(house, said)
    hear(house, "每日一题")
    hear(house, builders.COMPLAINT)
    assert "已退订" not in say(house, "不想收了") and chat(house).daily, "she answers what was asked about her complaint"


@pytest.mark.parametrize("said", ["不做题了", "不想做了", "不玩了"])
def test_a_quiz_that_one_has_had_enough_of_ends(house, said):
    hear(house, "考考我")
    assert "小测验先到这里" in say(house, said) and "答案是" not in say(house, "A")


@pytest.mark.parametrize("said", ["你们别给我发短信了", "每天给我打催收电话", "换老年卡要多少钱", "我奶奶的贷款是怎么回事",
                                  "老年人存折丢了", "我有个问题", "不想做了"])
def test_words_about_something_else_are_no_quiz(house, said):
    words = say(house, said)
    assert "第 1/5 题" not in words and "发题" not in words and chat(house).audience == "公众"


@pytest.mark.parametrize("how", [{"text": "防骗小测验"}, {"text": "来几道反诈的题"}, {"button": "quiz"}, {"text": "/quiz"},
                                 {"text": "/quiz 防骗"}])
def test_the_quiz_on_scams_is_about_scams(house, how):
    for _ in range(4):
        replies = hear(house, **how)
        assert {KNOWLEDGE.quiz[row["id"]].theme for row in asked_now(house)} <= set(quiz.SCAM_THEMES)
    for _ in range(5):
        replies = hear(house, "不知道")
    again = data(replies, "再来一轮")
    hear(house, button=again)
    assert {KNOWLEDGE.quiz[row["id"]].theme for row in asked_now(house)} <= set(quiz.SCAM_THEMES)


def test_the_quiz_on_scams_for_old_people_is_both(house):
    hear(house, "给老人来几道防骗的题")
    asked = [KNOWLEDGE.quiz[row["id"]] for row in asked_now(house)]
    assert all("老年" in q.audience and q.theme in quiz.SCAM_THEMES for q in asked)


def test_what_was_chosen_of_many_stands_beside_the_button_that_hands_it_in(house):
    hear(house, "考考我")
    many = next(q for q in KNOWLEDGE.quiz.values() if q.kind == "multiple")
    with house.store.write() as session:
        attempt = session.scalars(select(Attempt)).one()
        row = {"id": many.id, "order": list(range(len(many.options))), "answer": None, "right": None}
        attempt.questions = [row, *attempt.questions[1:]]
    assert labels(hear(house, button="quiz-answer:1:0:2"))[-1] == "提交（已选 C）"
    shown = labels(hear(house, "A"))
    assert shown[-1] == "提交（已选 A、C）" and shown[0] == "A ✓" and "B" in shown
    assert labels(hear(house, button="quiz-answer:1:0:2"))[-1] == "提交（已选 A）", "pressed again it is not chosen any more"


def test_who_asks_for_plain_words_in_a_quiz_gets_those_and_no_other_quiz(house):
    hear(house, "考考我")
    before = asked_now(house)
    assert say(house, "老年版") == house.knowledge.wording("plainly.on") and chat(house).audience == "老年"
    assert asked_now(house) == before and "A" in say(house, "A")
    if asked_now(house)[0]["answer"] is None:  # several may be right: the choice waits for its end
        say(house, "提交")
    assert asked_now(house)[0]["answer"] is not None


def test_a_button_of_an_earlier_round_answers_nothing_in_this_one(house):
    old = data(hear(house, "考考我"), "A")
    hear(house, "考考我")
    for gone in (old, "quiz-answer:0:0"):
        assert say(house, button=gone) == house.knowledge.wording("error.button_gone")
        assert all(row["answer"] is None for row in asked_now(house))


@pytest.mark.parametrize(("day", "holds", "without"), [
    ("2026-11-24", ("3·15", "2027 年 3 月 9 日"), ("正在开展", "清朗")),
    ("2026-06-10", ("防范非法金融活动宣传月，到 6 月 30 日", "9 月 1 日"), ()),
    ("2026-03-10", ("正在开展：3·15", "5 月 15 日"), ()), ("2026-03-01", ("2026 年 3 月 9 日",), ("一般在",))])
@pytest.mark.parametrize("said", ["下一个宣传活动是什么时候", "最近有什么宣传活动", "请问你们近期有没有金融知识普及活动"])
def test_who_asks_for_campaigns_hears_of_today_and_of_what_comes_next(house, day, holds, without, said):
    with time_machine.travel(shanghai(f"{day} 10:00"), tick=False):
        words = say(house, said)
        assert all(one in words for one in holds) and not any(one in words for one in without), words
