"""What the bot teaches: words, prices, quizzes, a question a day, the campaign that is on, exams for colleagues."""

import itertools
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from msgspec import structs
from sqlalchemy import select

from bot.flows import daily, letters, lookup, quiz
from bot.flows.letters import LETTERS
from bot.messages import Incoming
from bot.rounds import Rounds
from knowledge.today import Fit
from tests import builders
from tickets import accounts, exams
from tickets.models import Attempt, Chat, Exam, Gap, Owed, Staff, now
from tickets.numbers import SHANGHAI

keys = itertools.count()
KNOWLEDGE = builders.knowledge()


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path)


def hear(house, text="", *, button="", address="7"):
    """The replies to one message."""
    incoming = Incoming("telegram", f"t{next(keys)}", address, text, button=button, kind="button" if button else "text")
    (outcome,) = house.intake.receive([incoming])
    assert outcome.status == "handled"
    return outcome.replies


def say(house, text="", **fields):
    return "\n".join(reply.text for reply in hear(house, text, **fields))


def labels(replies):
    return [button.label for reply in replies for row in reply.buttons for button in row]


def data(replies, label):
    return next(button.data for reply in replies for row in reply.buttons for button in row if label in button.label)


def chat(house, address="7"):
    with house.store.read() as session:
        return session.scalars(select(Chat).where(Chat.address == address)).one()


def shanghai(moment):
    return datetime.strptime(moment, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


# ---- words and prices ----

def test_a_word_is_explained_from_the_glossary(house):
    for asked, term in (("什么是 LPR", "LPR"), ("年化利率什么意思", "年化利率"), ("请问ＬＰＲ是什么？", "LPR"),
                        ("解释一下砍头息", "砍头息"), ("什么叫动态码", "验证码")):
        assert f"{term}：{KNOWLEDGE.glossary[term].meaning}" in hear(house, asked)[0].text
    with house.store.read() as session:
        assert not session.scalars(select(Gap)).all(), "what was answered is no gap"


def test_a_word_asked_in_the_middle_of_a_filing_is_explained_and_the_filing_goes_on(house):
    hear(house, builders.COMPLAINT)
    said = say(house, "什么是 LPR")
    assert KNOWLEDGE.glossary["LPR"].meaning in said and "网点" in said
    assert KNOWLEDGE.glossary["LPR"].meaning in say(house, "LPR")


def test_an_entry_that_defines_the_word_itself_is_told_instead(house):
    assert "怎么做" in say(house, "什么是非法集资？")
    entry, term = KNOWLEDGE.entries["fundraising-what"], KNOWLEDGE.glossary["非法集资"]
    assert not lookup.better_than_entry(term, entry) and lookup.better_than_entry(KNOWLEDGE.glossary["LPR"], entry)


def test_what_is_free_by_law_is_told_first_and_a_price_that_nobody_filled_in_is_not_guessed(house):
    said = say(house, "年费怎么收")
    assert said.index(KNOWLEDGE.fees["annual-fee-one-account"].name) < said.index(KNOWLEDGE.fees["card-annual"].name)
    assert "公示的价目表为准" in said and KNOWLEDGE.fees["annual-fee-one-account"].source in said
    assert "公示的价目表为准" in say(house, "挂失收多少钱") and "元" not in say(house, "跨行转账手续费多少钱")


def test_a_price_that_the_bank_filled_in_is_told_with_its_source():
    fee = KNOWLEDGE.fees["loss-report"]
    filled = type(fee)(id=fee.id, name=fee.name, price="每次 10 元", source="本行价目表 2026 年版第 12 项")
    assert lookup.fee_line(KNOWLEDGE, filled) == "卡、存折、存单挂失：每次 10 元\n来源：本行价目表 2026 年版第 12 项"


@pytest.mark.parametrize(("asked", "first"), [
    ("改密码要钱吗", "password"), ("补卡多少钱", "card-replace"), ("跨行取款手续费", "atm-other-bank"),
    ("信用卡年费多少", "credit-card-annual"),
    ("补卡费多少", "card-replace"), ("短信费多少", "sms-alert"), ("挂失费", "loss-report"), ("重置费", "password"),
    ("评估费呢", "mortgage-assessment"), ("请问换卡费是多少", "card-replace"), ("那短信费呢？", "sms-alert"),
    ("密码重置费怎么收", "password"), ("挂失费一次多少", "loss-report"),
    ("提前还贷违约金怎么收", "loan-early-repay"), ("假币鉴定收不收费", "authenticity-check"), ("开户收费吗", "open-account")])
def test_the_price_of_the_right_thing_is_found(asked, first):
    assert [fee.id for fee in lookup.fees_asked(KNOWLEDGE, asked)][:1] == [first]


@pytest.mark.parametrize("said", [
    "凭什么扣了我年费", "我要投诉你们乱收手续费", "怎么查征信", "手续费太高了", "多少钱算犯罪", "挂失费太贵", "又收短信费",
    "短信费怎么取消", "我不交补卡费", "短信费没人告诉我", "退我短信费", "挂失费乱收", "消费", "信用卡消费呢", "保险费多少",
    "手机费多少", "学费多少", "短信费，你们真行", "补卡费也太黑了", "短信费为什么要收",
    "信用卡年费收了我300", "短信费被收了两年", "你们收我手续费了"])
def test_a_quarrel_or_another_question_is_no_price_question(said):
    assert lookup.fees_asked(KNOWLEDGE, said) == []


def test_the_bare_name_of_a_fee_may_be_a_cry_and_with_a_question_mark_it_asks():
    said = ("挂失费", "挂失费？", "挂失费呢", "挂失费多少")
    assert [lookup.plainly_asked(KNOWLEDGE, text) for text in said] == [False, True, True, True]


def test_a_price_past_its_date_is_told_no_more():
    fee = structs.replace(KNOWLEDGE.fees["card-replace"], price="每张 5 元", source="价目表", valid_until=date(2026, 12, 31))
    day = [date(2026, 12, 31)]
    known = replace(KNOWLEDGE, fees=Fit({fee.id: fee}, lambda: day[0]))
    assert lookup.fees_asked(known, "补卡多少钱") == [fee]
    day[0] = date(2027, 1, 1)
    assert lookup.fees_asked(known, "补卡多少钱") == []


def test_an_answer_past_its_date_is_shown_no_more_after_midnight_in_a_running_house(house):
    entry = KNOWLEDGE.entries["fraud-96110"]
    evening = datetime.combine(entry.valid_until, time(23, 59, 50), SHANGHAI)
    with time_machine.travel(evening, tick=False) as clock:
        assert entry.answer in say(house, button=f"faq:{entry.id}") and entry.answer in say(house, entry.question, address="8")
        clock.shift(20)
        assert entry.answer not in say(house, button=f"faq:{entry.id}") and entry.answer not in say(house, entry.question)
        assert entry.answer not in say(house, entry.question, address="9")
        shown = labels(hear(house, button=f"theme:{entry.theme}", address="10"))
        assert shown and entry.question not in shown


def test_a_question_past_its_date_in_shanghai_is_asked_no_more(house):
    question = next(iter(KNOWLEDGE.quiz.values()))
    known = replace(KNOWLEDGE, quiz={question.id: structs.replace(question, valid_until=date(2026, 12, 31))})

    def fit(at):
        return quiz.fit(SimpleNamespace(knowledge=known, chat=SimpleNamespace(staff_id=None), at=datetime.fromisoformat(at)))
    assert fit("2026-12-31T15:59:59+00:00") and not fit("2026-12-31T16:00:00+00:00")


def test_hard_words_of_an_answer_stand_under_it_as_buttons_and_never_more_than_two(house):
    replies = hear(house, button="faq:cr-error-objection")
    shown = [label for label in labels(replies) if label.startswith("什么是")]
    assert 1 <= len(shown) <= 2
    term = shown[0].removeprefix("什么是")
    assert KNOWLEDGE.glossary[term].meaning in say(house, button=data(replies, shown[0]))
    for entry in KNOWLEDGE.entries.values():
        for button in hear_terms(house, entry):
            assert len(button.data.encode()) <= 64
    assert "失效" in say(house, button="term:没有这个词")


def hear_terms(house, entry):
    class Shown:
        knowledge = KNOWLEDGE
        word = staticmethod(KNOWLEDGE.wording)
    found = lookup.term_buttons(Shown, entry, entry.answer + "".join(entry.steps))
    assert len(found) <= 2
    return found


# ---- quizzes ----

def test_a_quiz_is_drawn_for_the_audience_that_was_chosen(house):
    for audience in ("老年", "学生", "商户", "新市民务工"):
        replies = hear(house, f"/quiz {audience}")
        assert audience in replies[0].text and "第 1/5 题" in replies[1].text and chat(house).audience == audience
        with house.store.read() as session:
            attempt = session.scalars(select(Attempt).order_by(Attempt.id.desc()).limit(1)).one()
            assert all(audience in KNOWLEDGE.quiz[row["id"]].audience for row in attempt.questions)


def test_an_audience_with_few_questions_of_its_own_gets_those_for_everybody_beside_them(house):
    hear(house, "/quiz 残障")
    with house.store.read() as session:
        asked = [KNOWLEDGE.quiz[row["id"]] for row in session.scalars(select(Attempt)).one().questions]
    assert len(asked) == 5 and all({"残障", "公众"} & set(q.audience) for q in asked) and "残障" in asked[0].audience


def test_a_quiz_is_played_to_its_score_with_explanations_and_offers_other_audiences(house):
    replies = hear(house, "/quiz")
    for place in range(5):
        with house.store.read() as session:
            row = session.scalars(select(Attempt)).one().questions[place]
        question = KNOWLEDGE.quiz[row["id"]]
        for index in question.answer:
            replies = hear(house, button=f"quiz-answer:1:{place}:{row['order'].index(index)}")
        if question.kind == "multiple":
            replies = hear(house, button=f"quiz-answer:1:{place}:ok")
        assert question.explanation in replies[0].text and question.source in replies[0].text
    assert "5/5" in replies[-1].text
    assert "员工" not in labels(hear(house, button="audiences")) and "失效" in say(house, button="audience:员工")


@pytest.mark.parametrize(("text", "places"), [
    ("A", [0]), ("a。", [0]), (" Ｂ ", [1]), ("选B", [1]), ("我选c吧", [2]), ("答案是 D", [3]), ("ＡＢ", [0, 1]),
    ("a、c", [0, 2]), ("ACA", [0, 2]),
    ("第二个", [1]), ("H", []), ("对", None), ("A 是什么意思", None), ("ATM", None), ("ABC贷款", None), ("好", None), ("", None)])
def test_a_typed_letter_means_the_option_under_it(text, places):
    assert letters.picked(text, ["甲", "乙", "丙", "丁"], judge=False) == places


@pytest.mark.parametrize(("text", "places"), [("对", [0]), ("对！", [0]), ("不对", [1]), ("错误", [1]), ("b", [1]),
                                              ("对方是谁", None)])
def test_right_and_wrong_may_be_said_in_words(text, places):
    assert letters.picked(text, ["对", "错"], judge=True) == places


def test_a_quiz_is_played_by_typing(house):
    hear(house, "/quiz")
    for place in range(5):
        with house.store.read() as session:
            row = session.scalars(select(Attempt)).one().questions[place]
        question = KNOWLEDGE.quiz[row["id"]]
        right = "".join(letters.LETTERS[row["order"].index(index)] for index in question.answer)
        if question.kind == "true_false":
            assert "回一个字母" in say(house, "AB")
            right = ("对", "错")[question.answer[0]]
        replies = hear(house, right.lower())
        if question.kind == "multiple" and len(right) == 1:
            replies = hear(house, "提交")
        assert question.explanation in replies[0].text, (question, right)
    assert "5/5" in replies[-1].text
    assert "答对" not in say(house, "A") + say(house, "对"), "no question is open any more"


def test_who_does_not_know_sees_the_answer_and_goes_on(house):
    hear(house, "/quiz")
    words = say(house, "不知道")
    assert "没关系，答案是" in words and "第 2/5 题" in words


def test_an_open_quiz_takes_nothing_but_letters_and_not_for_ever(house):
    hear(house, "/quiz")
    assert "最迟答复日" in say(house, builders.COMPLAINT)
    hear(house, button="done")
    with time_machine.travel(now() + timedelta(hours=3)):
        assert "答案是" not in say(house, "A")


# ---- the daily question ----

def test_the_daily_question_comes_once_a_day_at_a_decent_hour_to_those_who_asked(house):
    assert "退订" in say(house, "每日一题")
    say(house, "你好", address="8")
    rounds = Rounds(house)
    with time_machine.travel(shanghai("2026-11-24 07:30"), tick=False):
        rounds.once()
        assert not sent(house)
    with time_machine.travel(shanghai("2026-11-24 09:05"), tick=False):
        rounds.once()
        Rounds(house).once()
        assert [address for address, _ in sent(house)] == ["7"]
    with time_machine.travel(shanghai("2026-11-25 23:05"), tick=False):
        rounds.once()
        assert len(sent(house)) == 1, "a worker that was down all day does not wake anybody at night"
    with time_machine.travel(shanghai("2026-11-26 09:00"), tick=False):
        rounds.once()
        assert len(sent(house)) == 2 and sent(house)[0][1]["text"] != sent(house)[1][1]["text"]
    assert say(house, "退订").startswith("已退订") and not chat(house).daily
    with time_machine.travel(shanghai("2026-11-27 09:00"), tick=False):
        rounds.once()
        assert len(sent(house)) == 2


def sent(house):
    with house.store.read() as session:
        return [(row.address, row.body) for row in session.scalars(select(Owed).where(Owed.purpose == "tip").order_by(Owed.id))]


def test_the_answer_to_the_daily_question_is_told_with_its_reason_and_counts_once(house):
    question = daily.question_of(KNOWLEDGE, date(2026, 11, 24), "公众")
    wrong = next(n for n in range(len(question.options)) if n not in question.answer)
    said = say(house, button=f"daily:{question.id}:{wrong}")
    assert "没选对，答案是" in said and question.options[question.answer[0]] in said and question.source in said
    assert "答对了" in say(house, button=f"daily:{question.id}:{question.answer[0]}")
    with house.store.read() as session:
        kept = session.scalars(select(Attempt)).one()
        assert kept.score == 0 and kept.questions[0]["answer"] == [wrong], "the first answer counts"
    for button in ("daily:no-such:0", f"daily:{question.id}:99", f"daily:{question.id}:x"):
        assert "失效" in say(house, button=button)


def test_the_daily_question_is_answered_by_typing_while_it_is_fresh(house):
    say(house, "每日一题")
    assert "答案是" not in say(house, "A")
    with time_machine.travel(shanghai("2026-11-24 09:05"), tick=False):
        Rounds(house).once()
        question = daily.question_of(KNOWLEDGE, date(2026, 11, 24), "公众")
        assert "答对了" in say(house, letters.LETTERS[question.answer[0]].lower())
        assert "答案是" not in say(house, "A"), "answered is answered"


def test_the_daily_questions_do_not_come_again_before_the_others_were_there_and_follow_the_campaign():
    first = date(2026, 4, 1)
    asked = [daily.question_of(KNOWLEDGE, first + timedelta(days=n), "老年").id for n in range(30)]
    assert len(set(asked)) == 30
    campaign = KNOWLEDGE.campaigns["consumer-rights-315"]
    themes = {t for c in KNOWLEDGE.campaigns.values() if c.on(date(2026, 3, 10)) for t in c.themes}
    assert set(campaign.themes) <= themes and daily.question_of(KNOWLEDGE, date(2026, 3, 10), "公众").theme in themes
    for day in (first + timedelta(days=n) for n in range(60)):
        reply = daily.message(KNOWLEDGE, daily.question_of(KNOWLEDGE, day, "公众"))
        assert all(len(button.data.encode()) <= 64 for row in reply.buttons for button in row)


def test_a_word_to_stop_means_nothing_to_those_who_have_no_subscription(house):
    assert "已退订" not in say(house, "停止")


# ---- campaigns ----

def test_the_campaign_that_is_on_stands_in_the_menu_with_its_slogan_tips_and_quiz(house):
    with time_machine.travel(shanghai("2026-03-10 10:00"), tick=False):
        replies = hear(house, "/help")
        button = data(replies, "3·15")
        said = hear(house, button=button)
        assert "清朗金融网络" in said[0].text and KNOWLEDGE.campaigns["consumer-rights-315"].tips[0] in said[0].text
        assert "第 1/5 题" in say(house, button=data(said, "小测验"))
    with time_machine.travel(shanghai("2027-03-10 10:00"), tick=False):
        replies = hear(house, "/help")
        assert "清朗金融网络" not in say(house, button=data(replies, "3·15")), "a slogan belongs to its year"
        assert "已经结束" in say(house, button=button)
    with time_machine.travel(shanghai("2026-11-24 10:00"), tick=False):
        assert not any("3·15" in label for label in labels(hear(house, "/help")))


# ---- exams on Telegram ----

@pytest.fixture
def wang(house):
    """A colleague linked to chat 31, and an exam of two questions for her."""
    with house.store.write() as session:
        staff = Staff(username="wang", name="王强", role="handler", password_hash="-")
        session.add(staff)
        session.flush()
        code = accounts.issue_link_code(session, staff)
        exam = Exam(title="假币小考", questions=["cash-001", "cash-005"], pass_score=100, opens_at=now() - timedelta(hours=1),
                    closes_at=now() + timedelta(days=1), tries=1, minutes=10)
        session.add(exam)
    assert "王强" in say(house, f"/link {code}", address="31")
    return staff


def test_a_linked_colleague_sits_her_exam_in_the_chat(house, wang):
    assert "我的考试" in labels(hear(house, "/help", address="31"))
    replies = hear(house, "/exam", address="31")
    assert "假币小考" in replies[0].text
    rules = hear(house, button=data(replies, "假币小考"), address="31")
    assert "2 题" in rules[0].text and "10 分钟" in rules[0].text
    shown = hear(house, button=data(rules, "开始"), address="31")
    for _ in range(2):
        with house.store.read() as session:
            attempt = session.scalars(select(Attempt)).one()
        place = exams.next_place(attempt)
        row = attempt.questions[place]
        right = row["order"].index(KNOWLEDGE.quiz[row["id"]].answer[0])
        shown = hear(house, button=f"exam-answer:{attempt.id}:{place}:{right if place == 0 else (right + 1) % 4}", address="31")
        assert place or KNOWLEDGE.quiz[row["id"]].explanation not in shown[0].text, "nothing is given away before the end"
    assert "50 分" in shown[0].text and "没有达到" in shown[0].text and KNOWLEDGE.quiz[row["id"]].explanation in shown[0].text, \
        "it was her only try"
    assert "次数已用完" in say(house, button="exam:1", address="31") and "次数已用完" in say(house, "/exam", address="31")


def test_an_exam_takes_typed_letters_too_and_nobody_elses(house, wang):
    hear(house, button="exam-begin:1", address="31")
    assert "A、B" in say(house, "H", address="31")
    hear(house, "A", address="8")
    for place in range(2):
        with house.store.read() as session:
            row = session.scalars(select(Attempt)).one().questions[place]
        assert row["answer"] is None
        said = say(house, LETTERS[row["order"].index(KNOWLEDGE.quiz[row["id"]].answer[0])].lower(), address="31")
    assert "100 分" in said and "分" not in say(house, "A", address="31")


def test_an_exam_takes_several_typed_letters_where_several_are_right(house, wang):
    many = next(q for q in KNOWLEDGE.quiz.values() if q.kind == "multiple")
    with house.store.write() as session:
        session.get(Exam, 1).questions = [many.id]
    hear(house, button="exam-begin:1", address="31")
    with house.store.read() as session:
        order = session.scalars(select(Attempt)).one().questions[0]["order"]
    right = "".join(LETTERS[n] for n, index in enumerate(order) if index in many.answer)
    assert labels(hear(house, right[0], address="31"))[-1] == f"提交（已选 {right[0]}）"
    assert "100 分" in say(house, right, address="31")


def test_while_another_try_is_open_only_the_themes_of_what_was_missed_are_told(house, wang):
    with house.store.write() as session:
        session.get(Exam, 1).tries = 2
    hear(house, button="exam-begin:1", address="31")
    for place in range(2):
        with house.store.read() as session:
            row = session.scalars(select(Attempt)).one().questions[place]
        wrong = next(n for n, index in enumerate(row["order"]) if index not in KNOWLEDGE.quiz[row["id"]].answer)
        said = say(house, button=f"exam-answer:1:{place}:{wrong}", address="31")
    assert "还可以考 1 次" in said and "涉及：假币" in said and "正确答案：" not in said
    with time_machine.travel(now() + timedelta(days=2)):
        assert "正确答案：" in say(house, button="exam:1", address="31"), "after the deadline"


def test_a_sitting_that_ran_out_is_closed_by_the_worker_and_told_where_it_was_sat(house, wang):
    hear(house, button="exam-begin:1", address="31")
    with time_machine.travel(now() + timedelta(minutes=11)):
        Rounds(house).once()
    with house.store.read() as session:
        assert session.scalars(select(Attempt)).one().finished_at is not None
        told = [row.body["text"] for row in session.scalars(select(Owed).where(Owed.purpose == "alert"))]
    assert any("时间到" in text and "0 分" in text for text in told)


def test_nobody_else_can_sit_see_or_answer_it(house, wang):
    hear(house, button="exam-begin:1", address="31")
    for button in ("exam:1", "exam-begin:1", "exam-answer:1:0:0", "exams"):
        assert any(words in say(house, button=button) for words in ("只对已绑定", "失效"))
    with house.store.write() as session:
        accounts.unlink(session, session.get(Staff, wang.id))
    assert "只对已绑定" in say(house, "/exam", address="31") and chat(house, "31").staff_id is None, "a stranger again"
    with house.store.read() as session:
        assert session.scalars(select(Attempt)).one().questions[0]["answer"] is None


def test_a_forged_button_of_an_exam_does_no_harm(house, wang):
    hear(house, button="exam-begin:1", address="31")
    for button in ("exam:999", "exam-answer:1:99:0", "exam-answer:1:0:99", "exam-answer:1:0:ok", "exam-answer:1:x:0",
                   "exam-answer:999:0:0", "exam-begin:999", "exam:-1", "quiz-theme:none", "campaign:none"):
        hear(house, button=button, address="31")
    with house.store.read() as session:
        first = session.scalars(select(Attempt).where(Attempt.exam_id == 1)).one()
        assert first.finished_at is None and all(row["answer"] is None for row in first.questions)
