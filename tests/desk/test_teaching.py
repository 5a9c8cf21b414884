"""Teaching on the desk: an exam from its drawing to its workbook, the training plan, words and prices, from a gap to an answer."""

import html
import io
import re
import shutil
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from openpyxl import load_workbook

from bot.messages import Incoming
from knowledge.base import FOLDER, load
from tests import builders
from tests.desk.conftest import words
from tickets import assignment, gaps
from tickets.models import Attempt, Audit, Exam, Gap, Owed, Training, now
from tickets.numbers import SHANGHAI


@pytest.fixture
def branches(house):
    with house.store.write() as session:
        head = assignment.add_branch(session, code="HO", name="总行", kind="head")
        east = assignment.add_branch(session, code="CD", name="城东支行", parent=head)
        return head.id, east.id


def local(moment):
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"


def drawn(house, **fields):
    """An exam that an administrator has drawn up on the page."""
    form = {"title": "四季度考试", "count": "4", "pass_score": "75", "minutes": "20", "tries": "2", "themes": ["counterfeit_cash"],
            "topped_up": "yes", "opens_at": local(now() - timedelta(minutes=5)),
            "closes_at": local(now() + timedelta(days=7)), **fields}
    answer = house.as_("admin").post("/desk/exams", form)
    assert answer.status_code == 303, words(answer.text)[:300]
    return house.rows(Exam)[-1]


def answer_all(house, desk, exam, *, wrong=0):
    """Press through the paper as a browser does, reading each question off its page."""
    assert desk.post(f"/desk/exams/{exam.id}/begin").status_code == 303
    for place in range(len(exam.questions)):
        page = desk.page(f"/desk/exams/{exam.id}")
        assert f"第 {place + 1}/{len(exam.questions)} 题" in words(page)
        hidden = dict(re.findall(r'name="(attempt|place)" value="(\d+)"', page))
        row = house.rows(Attempt, id=int(hidden["attempt"]))[0].questions[place]
        question = house.knowledge.quiz[row["id"]]
        right = [str(n) for n, index in enumerate(row["order"]) if index in question.answer]
        other = [str(n) for n in range(len(row["order"])) if str(n) not in right][:1] or right[:1]
        said = desk.post(f"/desk/exams/{exam.id}/answer", {**hidden, "choice": other if place < wrong else right})
        assert said.status_code == 303
    return desk.page(f"/desk/exams/{exam.id}")


def test_an_exam_is_drawn_sat_and_reported_and_its_workbook_says_the_same(house, branches):
    head, east = branches
    wang = house.person("wang", "handler", branch_id=east, telegram_id="31")
    liu = house.person("liu", "handler", branch_id=east)
    house.person("chen", "handler", branch_id=head)
    exam = drawn(house, roles=["handler"], branches=[str(east)])
    assert len(exam.questions) == 4 and all(house.knowledge.quiz[one].theme == "counterfeit_cash" for one in exam.questions)
    told = house.rows(Owed, purpose="alert")
    assert [row.address for row in told] == ["31"] and told[0].body["buttons"][0][0]["data"] == f"exam:{exam.id}"

    page = answer_all(house, house.as_(wang), exam, wrong=2)
    missed = [house.knowledge.quiz[row["id"]] for row in house.rows(Attempt)[0].questions if not row["right"]]
    assert "50 分" in words(page) and "涉及：假币" in words(page) and not any(question.explanation in page for question in missed)
    page = answer_all(house, house.as_(wang), exam)
    assert "100 分" in words(page) and all(question.explanation in page for question in missed), "passed: now she may know"
    first, second = ([row["id"] for row in one.questions] for one in house.rows(Attempt))
    assert not set(first) & set(second), "a resit asks others"
    assert house.as_(wang).post(f"/desk/exams/{exam.id}/begin").status_code == 409, "who has passed does not sit again"
    answer_all(house, house.as_(liu), exam, wrong=4)
    assert house.as_(house.rows(type(liu), username="chen")[0]).post(f"/desk/exams/{exam.id}/begin").status_code == 409

    report = words(house.as_("lead").page(f"/desk/exams/{exam.id}/report"))
    assert "参考 2/2" in report and "城东支行 2 2 1 50.0% 50.0" in report
    file = house.as_("auditor").post(f"/desk/exams/{exam.id}/report")
    book = load_workbook(io.BytesIO(file.content))
    people = {row[1]: row[3:6] for row in book["个人成绩"].iter_rows(min_row=4, max_row=5, values_only=True)}
    assert people == {"wang同事": ("合格", 100, 2), "liu同事": ("未合格", 0, 1)}
    missed = list(book["易错题"].iter_rows(min_row=4, max_row=11, values_only=True))
    assert sum(row[4] for row in missed) == 6 and missed[0][5] == 1.0 and book["易错题"]["F4"].number_format == "0.0%"
    tries = list(book["各次成绩"].iter_rows(min_row=4, max_row=6, values_only=True))
    assert [row[1:5] for row in tries] == [("wang同事", 1, 50, "未合格"), ("wang同事", 2, 100, "合格"), ("liu同事", 1, 0, "未合格")]
    assert all(re.fullmatch(r"\d+ 分 \d\d 秒", row[7]) for row in tries)
    assert quote(f"{exam.opens_at.astimezone(SHANGHAI).year}年四季度考试成绩.xlsx") in file.headers["content-disposition"]
    assert any(one.action == "exam.report" for one in house.rows(Audit))


def test_a_question_is_answered_once_and_only_by_her_whose_paper_it_is(house):
    exam = drawn(house, tries="1")
    desk = house.as_("handler")
    desk.post(f"/desk/exams/{exam.id}/begin")
    attempt = house.rows(Attempt)[0]
    form = {"attempt": str(attempt.id), "place": "0", "choice": "0"}
    assert house.as_("intake").post(f"/desk/exams/{exam.id}/answer", form).status_code == 404
    assert desk.post(f"/desk/exams/{exam.id}/answer", {**form, "choice": "7"}).status_code == 422
    assert desk.post(f"/desk/exams/{exam.id}/answer", {**form, "choice": []}).status_code == 422
    many = len(house.knowledge.quiz[attempt.questions[0]["id"]].answer) > 1
    assert desk.post(f"/desk/exams/{exam.id}/answer", {**form, "choice": ["0", "1"]}).status_code == (303 if many else 422)
    desk.post(f"/desk/exams/{exam.id}/answer", form)
    before = house.rows(Attempt)[0].questions[0]
    assert "said=exam_answered" in desk.post(f"/desk/exams/{exam.id}/answer", {**form, "choice": "1"}).headers["location"]
    assert house.rows(Attempt)[0].questions[0] == before


def test_when_the_time_is_up_the_paper_is_handed_in(house):
    exam = drawn(house)
    desk = house.as_("handler")
    desk.post(f"/desk/exams/{exam.id}/begin")
    with house.store.write() as session:
        session.query(Attempt).update({"ends_at": now() - timedelta(seconds=1)})
    answer = desk.post(f"/desk/exams/{exam.id}/answer", {"attempt": "1", "place": "0", "choice": "0"})
    assert "said=exam_time_up" in answer.headers["location"] and house.rows(Attempt)[0].finished_at is not None
    assert "0 分" in words(desk.page(f"/desk/exams/{exam.id}"))


def test_a_paper_that_makes_no_sense_is_not_drawn(house):
    desk = house.as_("admin")
    for field, value in (("title", ""), ("count", "0"), ("count", "101"), ("tries", "6"), ("pass_score", "101"),
                         ("closes_at", "2020-01-01T00:00"), ("opens_at", "gestern"), ("themes", ["nothing"]), ("roles", ["king"]),
                         ("branches", ["99"])):
        form = {"title": "x", "count": "4", "pass_score": "75", "minutes": "20", "tries": "2", "opens_at": local(now()),
                "closes_at": local(now() + timedelta(days=7)), field: value}
        assert desk.post("/desk/exams", form).status_code == 422, field
    assert not house.rows(Exam)


def test_more_questions_than_the_bank_has_are_not_promised(house):
    form = {"title": "x", "count": "100", "pass_score": "75", "minutes": "20", "tries": "2", "opens_at": local(now()),
            "closes_at": local(now() + timedelta(days=7)), "themes": ["payments"]}
    answer = house.as_("admin").post("/desk/exams", form)
    assert answer.status_code == 422 and "题库只有" in answer.text


def test_a_cancelled_exam_asks_nobody_and_keeps_its_results(house):
    exam = drawn(house)
    answer_all(house, house.as_("handler"), exam)
    admin = house.as_("admin")
    assert "said=exam_unsure" in admin.post(f"/desk/exams/{exam.id}/cancel").headers["location"]
    assert house.rows(Exam)[0].cancelled_at is None and "确认取消" in admin.page(f"/desk/exams/{exam.id}/report")
    assert admin.post(f"/desk/exams/{exam.id}/cancel", {"sure": "yes"}).status_code == 303
    assert house.as_("intake").post(f"/desk/exams/{exam.id}/begin").status_code == 409
    page = house.as_("lead").page(f"/desk/exams/{exam.id}/report")
    assert "已取消" in page and "合格" in page


def test_the_training_plan_holds_who_came_with_what_and_whether_it_was_held(house, branches):
    _, east = branches
    hired = now() - timedelta(days=30)
    wang = house.person("wang", "handler", branch_id=east, created_at=hired)
    liu = house.person("liu", "intake", branch_id=east, created_at=hired)
    exam = drawn(house, roles=["handler"])
    answer_all(house, house.as_(wang), exam)
    admin = house.as_("admin")
    on = (now().astimezone(SHANGHAI) - timedelta(days=2)).date()
    form = {"title": "反假货币培训", "on": str(on), "theme": "counterfeit_cash", "branches": [str(east)], "teacher": "张老师",
            "material": "=2019 版人民币课件", "exam_id": str(exam.id)}
    assert admin.post("/desk/training", form).status_code == 303
    page = words(admin.page(f"/desk/training?year={on.year}"))
    assert "wang同事·城东支行" in page, "who signs in is named with the branch"
    assert "反假货币培训" in page and "逾期未办" in page and "0/2" in page and "100.0%" in page and "城东支行" in page
    kept = {"attended": [str(wang.id)], "held_on": str(on), "material": "=2019 版人民币课件", "exam_id": str(exam.id),
            "note": "一人请假"}
    assert admin.post("/desk/training/1", kept).status_code == 303
    page = words(admin.page(f"/desk/training?year={on.year}"))
    assert "已完成" in page and "1/2" in page and "一人请假" in page
    house.person("new", "handler", branch_id=east)
    assert admin.post(f"/desk/people/{liu.id}/active", {"active": "no"}).status_code == 303
    page = admin.page(f"/desk/training?year={on.year}")
    assert "1/2" in words(page) and "new同事" in page, "a figure stays, and a young account may be ticked"
    book = load_workbook(io.BytesIO(admin.post(f"/desk/training/download?year={on.year}").content))
    row = next(book["培训计划"].iter_rows(min_row=4, values_only=True))
    assert row[1:7] == ("反假货币培训", "假币", "城东支行", "张老师", "'=2019 版人民币课件", "已完成")
    assert row[7:12] == (2, 1, 0.5, 1.0, "一人请假") and book["培训计划"]["J4"].number_format == "0.0%"
    assert book["培训计划"]["A1"].value == f"{on.year} 年消费者权益保护培训计划", "the title stands once"
    assert {(r[3], r[4]) for r in book["签到记录"].iter_rows(min_row=4, max_row=5, values_only=True)} == \
        {("wang同事", "到"), ("liu同事", "未到")}
    assert admin.post("/desk/training/1/remove").status_code == 409 and house.rows(Training), "what was held stays on record"
    assert admin.post("/desk/training/1", {**kept, "held_on": str(now().date() + timedelta(days=3))}).status_code == 422
    assert admin.post("/desk/training/1", {**kept, "attended": ["999"]}).status_code == 422


def test_the_years_campaigns_stand_beside_the_plan(house):
    page = house.as_("handler").page("/desk/training?year=2026")
    assert "清朗金融网络" in page and "守住钱袋子" in page
    assert "清朗金融网络" not in house.as_("handler").page("/desk/training?year=2027")
    assert house.as_("handler").get("/desk/training?year=99999").status_code == 422


def test_words_and_prices_are_found_by_name_other_name_and_meaning(house):
    desk = house.as_("handler")
    assert "贷款利率的参考价" in desk.page("/desk/glossary?q=ｌｐｒ") and "没有找到" in desk.page("/desk/glossary?q=量子")
    page = words(desk.page("/desk/fees?q=年费"))
    assert page.index("依规定免收") < page.index("待本行填写") and "发改价格" in page


def test_a_question_nobody_could_answer_becomes_an_entry_that_answers_it(house, tmp_path):
    """From the chat to the desk, one press to a draft, the draft finished by a person, and the chat knows."""
    asked = ["量子存单 怎么 兑换 纪念 章", "量子存单怎么兑换纪念章啊", "请问量子存单怎么兑换纪念章"]
    bot = builders.house(house.store, tmp_path / "bot")
    for place, text in enumerate(asked):
        (outcome,) = bot.intake.receive([Incoming("telegram", f"g{place}", f"5{place}", f"{text}？13800138000")])
        assert "不敢乱说" in outcome.replies[0].text or "您是不是想问" in outcome.replies[0].text
    with house.store.write() as session:
        gaps.group(session)
    desk = house.as_("handler")
    page = desk.page("/desk/gaps")
    assert "13800138000" not in page and re.search(r'<td class="num" data-label="次数">3</td>', page), "masked, grouped and counted"
    link = re.search(r'href="(/desk/gaps/draft\?key=[^"]+)"', page)[1]
    form = desk.page(link)
    ways = re.search(r'<textarea id="ways"[^>]*>([^<]*)', form)[1].split("\n")
    assert len(ways) == 1 and "尾号" not in form, "who sighs or greets asks no other way, and a masked number is nobody's question"
    made = desk.post("/desk/gaps/draft", {
        "key": re.search(r'name="key" value="([^"]+)"', form)[1], "question": "量子存单怎么兑换纪念章？", "theme": "other",
        "audience": ["公众"], "ways": "\n".join([*ways, *(f"量子存单纪念章第 {n} 种问法" for n in range(5))]),
        "answer": "带存单和身份证件到网点兑换，不收费。", "basis": ["本行公告（2026-11-01 起）", ""], "mark": ["S", ""]})
    assert made.status_code == 200, words(made.text)[:500]
    finished = html.unescape(re.search(r'<textarea id="section"[^>]*>([^<]+)', made.text)[1])

    folder = tmp_path / "knowledge"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    theme = folder / "faq" / "other.md"
    theme.write_text(theme.read_text(encoding="utf-8") + "\n" + finished, encoding="utf-8")
    known = load(folder)
    assert len(known.entries) == len(house.knowledge.entries) + 1

    models = replace(builders.understanding(), finder=builders.WordFinder(known.entries.values()))
    wiser = builders.Intake(house.store, known, models, bot.settings)
    (outcome,) = wiser.receive([Incoming("telegram", "g9", "55", "量子存单怎么兑换纪念章？")])
    assert "带存单和身份证件到网点兑换" in outcome.replies[0].text and "本行公告" in outcome.replies[0].text
    assert desk.post("/desk/gaps/resolve", {"key": house.rows(Gap)[0].group_key, "sure": "yes"}).status_code == 303
    assert "没有待补的问题" in desk.page("/desk/gaps")
