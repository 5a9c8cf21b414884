"""An exam on the desk: the form that gives back what was written, the clock on the page, and who may see and cancel what."""

import html
import io
import re
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from tests.desk.conftest import words
from tests.desk.test_queue import queries
from tests.desk.test_teaching import answer_all, drawn, local
from tickets import assignment
from tickets.models import Attempt, Exam, Training, now
from tickets.numbers import SHANGHAI


@pytest.fixture
def bank(house):
    """Two branches with a lead and a clerk each."""
    with house.store.write() as session:
        head = assignment.add_branch(session, code="HO", name="总行", kind="head")
        east = assignment.add_branch(session, code="CD", name="城东支行", parent=head)
        west = assignment.add_branch(session, code="CX", name="城西支行", parent=head)
        ids = {"head": head.id, "east": east.id, "west": west.id}
    people = {f"{role}_{branch}": house.person(f"{role}_{branch}", role, branch_id=ids[branch])
              for role in ("lead", "handler") for branch in ("east", "west")}
    return ids, people


def form(**fields):
    return {"title": "反诈小考", "count": "4", "pass_score": "75", "minutes": "20", "tries": "2", "topped_up": "yes",
            "opens_at": local(now() - timedelta(minutes=5)), "closes_at": local(now() + timedelta(days=7)), **fields}


# ---- the form ----

@pytest.mark.parametrize(("fields", "where", "said"), [
    ({"closes_at": "2020-01-01T00:00"}, "closes_at", "截止时间应晚于"),
    ({"count": "90", "themes": ["payments"]}, "count", "题库只有"),
    ({"minutes": "0"}, "minutes", "1 到 240"), ({"opens_at": "明天"}, "opens_at", "时间没有填对"),
    ({"topped_up": "", "themes": ["rights"]}, "count", "用其他题补足"),
    ({"spread": "chosen", "n_rights": "90"}, "themes", "消费者权益 13 题"), ({"spread": "chosen"}, "themes", "后面填题数")])
def test_what_is_wrong_is_said_at_its_field_and_nothing_written_is_lost(house, fields, where, said):
    answer = house.as_("admin").post("/desk/exams", form(**{"roles": ["intake"], "pass_score": "66", **fields}))
    page = answer.text
    assert answer.status_code == 422 and re.search(rf'id="w-{where}">[^<]*{said}', page), words(page)[:400]
    assert 'value="反诈小考"' in page and 'value="66"' in page and 'value="intake" checked' in page and "回到工单" not in page
    assert not house.rows(Exam)
    for name, value in fields.items():
        if isinstance(value, str) and value and name != "spread" and name != "topped_up":
            assert f'value="{value}"' in page


def test_themes_may_be_given_as_many_questions_as_she_chooses(house):
    house.as_("admin").post("/desk/exams", form(spread="even", n_rights="3", n_fees="2", count="50"))
    asked = [house.knowledge.quiz[one].theme for one in house.rows(Exam)[0].questions]
    assert sorted(asked) == ["fees"] * 2 + ["rights"] * 3 and set(house.rows(Exam)[0].themes) == {"rights", "fees"}


def test_the_staffs_own_questions_are_asked_and_an_audience_can_be_chosen(house):
    desk = house.as_("admin")
    assert re.search(r'<option value="员工" selected>', desk.page("/desk/exams/new"))
    desk.post("/desk/exams", form(topped_up="", count="20"))
    desk.post("/desk/exams", form(topped_up="", count="20", audience="老年", title="老年"))
    for exam, audience in zip(house.rows(Exam), ("员工", "老年"), strict=True):
        assert all(audience in house.knowledge.quiz[one].audience for one in exam.questions) and len(exam.questions) == 20


def test_a_second_exam_of_the_same_name_at_the_same_time_is_asked_about_first(house):
    drawn(house, title="反诈小考")
    desk = house.as_("admin")
    answer = desk.post("/desk/exams", form())
    assert answer.status_code == 422 and "已有一场同名考试" in answer.text and 'name="again"' in answer.text
    assert desk.post("/desk/exams", form(again="yes")).status_code == 303
    later = {"opens_at": local(now() + timedelta(days=30)), "closes_at": local(now() + timedelta(days=31))}
    assert desk.post("/desk/exams", form(**later)).status_code == 303 and len(house.rows(Exam)) == 3


FOR_HANDLERS = {"roles": ["handler"], "count": "6", "title": "先看再出"}


def shown(page: str) -> list[str]:
    return re.findall(r'name="drawn" value="([^"]+)"', page)


def test_the_paper_is_looked_at_and_drawn_anew_before_it_is_given_out(house):
    desk, quiz = house.as_("admin"), house.knowledge.quiz
    looks = [desk.post("/desk/exams", form(look="yes", **FOR_HANDLERS)) for _ in range(2)]
    first, second = (shown(one.text) for one in looks)
    assert looks[0].status_code == 200 and "还没有出卷" in looks[0].text and house.rows(Exam) == []
    assert len(set(first)) == 6 and first != second and "就用这份，出卷" in looks[0].text
    assert all(f"{html.escape(option)} <b>（正确）</b>" in looks[0].text for one in first
               for n, option in enumerate(quiz[one].options) if n in quiz[one].answer)
    wrong = desk.post("/desk/exams", form(**{**FOR_HANDLERS, "title": "", "drawn": first}))
    assert wrong.status_code == 422 and shown(wrong.text) == first, "what she has seen is not lost by a slip elsewhere"
    assert desk.post("/desk/exams", form(drawn=first, **FOR_HANDLERS)).status_code == 303
    assert house.rows(Exam)[0].questions == first


@pytest.mark.parametrize("fields", [{"count": "5"}, {"themes": ["fees"]}, {"audience": "老年"}])
def test_a_paper_that_no_longer_fits_the_form_is_drawn_and_shown_anew(house, fields):
    desk = house.as_("admin")
    seen = shown(desk.post("/desk/exams", form(look="yes", **FOR_HANDLERS)).text)
    anew = desk.post("/desk/exams", form(drawn=seen, **{**FOR_HANDLERS, **fields}))
    assert "已另抽一份" in anew.text and shown(anew.text) != seen and house.rows(Exam) == []


def test_who_is_asked_herself_sees_no_question_and_chooses_none(house):
    desk = house.as_("admin")
    looked = desk.post("/desk/exams", form(look="yes"))
    assert "您自己也在这场考试的对象里" in looked.text and shown(looked.text) == []
    chosen = [one.id for one in house.knowledge.quiz.values() if one.theme == "rights"][:4]
    assert desk.post("/desk/exams", form(drawn=chosen)).status_code == 303
    assert house.rows(Exam)[0].questions != chosen


# ---- the paper ----

def test_the_paper_says_what_time_is_left_and_the_last_minute(house):
    exam = drawn(house)
    desk = house.as_("handler")
    desk.post(f"/desk/exams/{exam.id}/begin")
    page = desk.page(f"/desk/exams/{exam.id}")
    left = int(re.search(r'id="left" role="timer" data-left="(\d+)"', page)[1])
    assert 1190 <= left <= 1200 and "19 分" in page and 'id="hand-in"' in page and "最后 1 分钟" not in page
    with house.store.write() as session:
        session.query(Attempt).update({"ends_at": now() + timedelta(seconds=42)})
    assert "最后 1 分钟" in desk.page(f"/desk/exams/{exam.id}")
    with house.store.write() as session:
        session.query(Attempt).update({"ends_at": now() - timedelta(seconds=1)})
    said = desk.post(f"/desk/exams/{exam.id}/answer", {"attempt": "1", "place": "0"})
    assert "said=exam_time_up" in said.headers["location"] and house.rows(Attempt)[0].finished_at, "handed in without an answer"


def test_a_choice_that_cannot_be_is_said_on_the_paper_itself(house):
    exam = drawn(house)
    desk = house.as_("handler")
    desk.post(f"/desk/exams/{exam.id}/begin")
    answer = desk.post(f"/desk/exams/{exam.id}/answer", {"attempt": "1", "place": "0"})
    assert answer.status_code == 422 and "请先选择答案" in answer.text and "第 1/4 题" in answer.text


def test_who_began_and_never_came_back_did_take_part(house):
    exam = drawn(house)
    house.as_("handler").post(f"/desk/exams/{exam.id}/begin")
    with house.store.write() as session:
        session.query(Attempt).update({"ends_at": now() - timedelta(seconds=1), "started_at": now() - timedelta(minutes=20)})
    page = words(house.as_("admin").page(f"/desk/exams/{exam.id}/report"))
    assert re.search(r"handler同事 承办 总行 未合格 0 1 (19|20) 分 \d\d 秒", page), page[-600:]


# ---- the paper, and who is reminded of it ----

def test_who_draws_it_up_reads_the_paper_and_who_is_to_sit_it_does_not_before(house):
    admin = house.as_("admin")
    said = admin.post("/desk/exams", form(roles=["handler", "lead"])).headers["location"]
    exam = house.rows(Exam)[-1]
    assert said.startswith(f"/desk/exams/{exam.id}/report")
    page = admin.page(said)
    assert f"试卷：{len(exam.questions)} 题" in page and page.count("（正确）") >= len(exam.questions)
    assert all(house.knowledge.quiz[one].text[:6] in page for one in exam.questions)
    assert "试卷：" in house.as_("auditor").page(f"/desk/exams/{exam.id}/report"), "whom it does not ask"
    lead = house.as_("lead")
    assert "试卷：" not in lead.page(f"/desk/exams/{exam.id}/report")
    answer_all(house, lead, exam)
    assert "试卷：" in lead.page(f"/desk/exams/{exam.id}/report"), "who has passed"


def test_who_draws_up_what_she_must_sit_reads_it_afterwards_like_all(house):
    lead = house.as_("lead")
    said = lead.post("/desk/exams", form(roles=["handler", "lead"])).headers["location"]
    page, exam = lead.page(said), house.rows(Exam)[-1]
    assert "试卷：" not in page and "（正确）" not in page and "您自己也要考" in page
    answer_all(house, lead, exam)
    assert "试卷：" in lead.page(f"/desk/exams/{exam.id}/report")


def test_a_due_exam_is_counted_in_the_menu_until_she_has_passed(house):
    desk = house.as_("handler")
    assert "等您处理" not in desk.page("/desk/queue")
    exam = drawn(house, roles=["handler"])
    assert desk.page("/desk/queue").count('title="1 条等您处理"') == 2, "beside the group and beside the line in it"
    assert "等您处理" not in house.as_("intake").page("/desk/queue")
    answer_all(house, desk, exam)
    assert "等您处理" not in desk.page("/desk/queue")


# ---- who may ----

def test_a_branch_lead_draws_up_sees_and_cancels_only_what_is_her_branchs(house, bank):
    ids, people = bank
    east, west = house.as_(people["lead_east"]), house.as_(people["lead_west"])
    assert "城西支行" not in east.page("/desk/exams/new")
    assert east.post("/desk/exams", form(title="城东小考")).status_code == 303
    hers = house.rows(Exam)[-1]
    assert hers.branches == [ids["east"]], "who ticks no branch asks her own"
    assert east.post("/desk/exams", form(title="越界", branches=[str(ids["west"])])).status_code == 403
    bank_wide = drawn(house, title="全行考试")
    assert "城东小考" in east.page("/desk/exams") and "全行考试" in east.page("/desk/exams")
    assert "城东小考" not in west.page("/desk/exams") and west.get(f"/desk/exams/{hers.id}/report").status_code == 404
    assert west.post(f"/desk/exams/{hers.id}/cancel", {"sure": "yes"}).status_code == 404
    assert west.post(f"/desk/exams/{hers.id}/report").status_code == 404 and west.get(f"/desk/exams/{hers.id}").status_code == 404
    assert east.post(f"/desk/exams/{bank_wide.id}/cancel", {"sure": "yes"}).status_code == 403
    assert "取消考试" not in east.page(f"/desk/exams/{bank_wide.id}/report")
    assert east.post(f"/desk/exams/{hers.id}/cancel", {"sure": "yes"}).status_code == 303
    assert [one.cancelled_at is not None for one in house.rows(Exam)] == [True, False]


def test_of_a_bank_wide_exam_a_branch_lead_sees_her_own_people(house, bank):
    _, people = bank
    exam = drawn(house)
    answer_all(house, house.as_(people["handler_east"]), exam, wrong=1)
    answer_all(house, house.as_(people["handler_west"]), exam, wrong=4)
    east, whole = house.as_(people["lead_east"]), house.as_("admin")
    page = east.page(f"/desk/exams/{exam.id}/report")
    assert "handler_east同事" in page and "handler_west同事" not in page and "只统计您机构的人员" in page
    book = load_workbook(io.BytesIO(east.post(f"/desk/exams/{exam.id}/report").content))
    assert sum(row[4] for row in book["易错题"].iter_rows(min_row=4, max_row=7, values_only=True)) == 1
    assert "handler_west同事" in whole.page(f"/desk/exams/{exam.id}/report")


# ---- the training plan ----

def planned(house, desk, days, **fields):
    on = (now().astimezone(SHANGHAI) + timedelta(days=days)).date()
    assert desk.post("/desk/training", {"title": "反诈培训", "on": str(on), "theme": "anti_fraud", **fields}).status_code == 303
    return on, house.rows(Training)[-1]


def test_a_long_plan_takes_the_same_queries_as_a_short_one(house, bank):
    desk = house.as_("admin")
    gone = next(one for one in bank[1].values() if one.role == "handler")
    desk.post(f"/desk/people/{gone.id}/active", {"active": "no"})
    on, _ = planned(house, desk, 0)
    few = queries(house, f"/desk/training?year={on.year}", desk)
    with house.store.write() as session:
        session.add_all(Training(title=f"第 {n} 次", on=on, theme="anti_fraud") for n in range(20))
    assert queries(house, f"/desk/training?year={on.year}", desk) == few <= 12


def test_nobody_has_come_to_a_training_that_lies_ahead(house):
    desk = house.as_("admin")
    on, line = planned(house, desk, 3)
    page = desk.page(f"/desk/training?year={on.year}")
    assert 'name="attended"' not in page and 'name="held_on"' not in page and "—/1" in words(page)
    me = str(desk.staff.id)
    for fields in ({"attended": [me]}, {"held_on": str(on)}):
        answer = desk.post(f"/desk/training/{line.id}", fields)
        assert answer.status_code == 422 and "还没到日期" in answer.text
    assert desk.post(f"/desk/training/{line.id}", {"note": "带教材"}).status_code == 303
    book = load_workbook(io.BytesIO(desk.post(f"/desk/training/download?year={on.year}").content))
    assert next(book["培训计划"].iter_rows(min_row=4, values_only=True))[7:10] == (1, "—", "—")
    assert [row[4] for row in book["签到记录"].iter_rows(min_row=4, max_row=4, values_only=True)] == ["—"]


def test_a_plan_can_be_put_right_after_it_was_saved(house, bank):
    ids, _ = bank
    desk = house.as_("admin")
    on, line = planned(house, desk, 3)
    moved = on - timedelta(days=5)
    changed = {"title": "防骗培训", "on": str(moved), "theme": "aml", "teacher": "李老师", "roles": ["handler"],
               "branches": [str(ids["east"])]}
    assert desk.post(f"/desk/training/{line.id}/edit", changed).status_code == 303
    kept = house.rows(Training)[-1]
    assert (kept.title, kept.on, kept.theme, kept.teacher, kept.roles, kept.branches) == \
        ("防骗培训", moved, "aml", "李老师", ["handler"], [ids["east"]])
    clerk = next(one for one in bank[1].values() if one.username == "handler_east")
    assert desk.post(f"/desk/training/{line.id}", {"attended": [str(clerk.id)], "held_on": str(moved)}).status_code == 303
    ahead = {**changed, "on": str(on + timedelta(days=9))}
    assert desk.post(f"/desk/training/{line.id}/edit", ahead).status_code == 422, "what was held cannot lie ahead"
    assert desk.post(f"/desk/training/{line.id}/edit", {**changed, "title": ""}).status_code == 422


def test_a_cancelled_exam_is_marked_where_the_plan_links_it_and_stays_linked(house):
    desk, exam = house.as_("admin"), drawn(house)
    on, _ = planned(house, desk, 3, exam_id=str(exam.id))
    desk.post(f"/desk/exams/{exam.id}/cancel", {"sure": "yes"})
    page = desk.page(f"/desk/training?year={on.year}")
    assert re.search(rf'/desk/exams/{exam.id}">四季度考试</a>（已取消）', page)
    assert re.search(rf'<option value="{exam.id}" selected>四季度考试（已取消）', page), "saving the note does not drop the link"
