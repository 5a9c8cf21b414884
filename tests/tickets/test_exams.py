"""An exam asks those whom it names, as often as it allows, in the time it gives, and its marks add up."""

import random
from datetime import timedelta

import pytest
from msgspec import structs

from knowledge.base import load
from tickets import assignment, audit, exams, paper
from tickets.exam_results import results
from tickets.models import Attempt, Exam, Staff, now

QUIZ = load().quiz
AT = now()
DICE = random.Random(7)


@pytest.fixture
def office(store):
    """Two branches and five people; returns a way to make an exam."""
    with store.write() as session:
        head = assignment.add_branch(session, code="HO", name="总行", kind="head")
        east = assignment.add_branch(session, code="CD", name="城东支行", parent=head)
        outlet = assignment.add_branch(session, code="CD1", name="城东一部", parent=east)
        for name, role, branch in (("wang", "handler", east), ("liu", "intake", outlet), ("chen", "handler", head),
                                   ("li", "lead", east), ("gone", "handler", east)):
            session.add(Staff(username=name, name=name, role=role, branch_id=branch.id, password_hash="-", active=name != "gone",
                              created_at=AT - timedelta(days=30)))
    store.east = east.id
    return store


def make(session, **fields):
    exam = Exam(**{"title": "四季度", "questions": paper.draw(QUIZ, ["counterfeit_cash"], 5, day=AT, chance=random.Random(1)),
                   "opens_at": AT - timedelta(hours=1), "closes_at": AT + timedelta(days=3), "tries": 2, **fields})
    session.add(exam)
    session.flush()
    return exam


def named(session, name):
    return session.query(Staff).filter_by(username=name).one()


def sit(session, exam, who, *, wrong=0, at=AT):
    """A whole sitting with so many wrong answers."""
    attempt = exams.begin(session, exam, named(session, who), QUIZ, at, chance=DICE)
    for place, row in enumerate(attempt.questions):
        question = QUIZ[row["id"]]
        right = [n for n, index in enumerate(row["order"]) if index in question.answer]
        other = [n for n, index in enumerate(row["order"]) if index not in question.answer][:1] or right[:1]
        exams.answer(attempt, place, other if place < wrong else right, QUIZ, at + timedelta(minutes=place + 1))
    return attempt


def test_a_paper_takes_its_themes_in_turn_and_no_question_twice():
    drawn = paper.draw(QUIZ, ["counterfeit_cash", "aml", "rights"], 18, day=AT, chance=random.Random(3))
    assert len(set(drawn)) == 18
    assert sorted(sum(QUIZ[one].theme == theme for one in drawn) for theme in ("counterfeit_cash", "aml", "rights")) == [6, 6, 6]
    assert len(paper.draw(QUIZ, ["payments"], 100, day=AT)) == sum(q.theme == "payments" for q in QUIZ.values())


def test_only_those_whom_it_names_are_asked_with_all_that_lies_below_a_branch(office):
    with office.read() as session:
        exam = Exam(roles=["handler", "intake"], branches=[office.east], closes_at=AT)
        assert [one.username for one in exams.candidates(session, exam, AT)] == ["wang", "liu"]
        every = exams.candidates(session, Exam(roles=[], branches=[], closes_at=AT), AT)
        assert {one.username for one in every} == {"wang", "liu", "chen", "li"}


def test_what_was_reported_of_a_closed_exam_stays_whoever_comes_or_goes(office):
    later = AT + timedelta(days=5)
    with office.write() as session:
        exam = make(session)
        sit(session, exam, "wang")
        asked = [one.staff.username for one in results(session, exam, QUIZ, AT).people]
        for who, on in (("liu", AT + timedelta(days=1)), ("chen", AT + timedelta(days=4))):
            staff = named(session, who)
            staff.active = False
            audit.record(session, action="staff.active", target=f"staff:{staff.id}", data={"active": False}, at=on)
        session.add(Staff(username="new", name="new", role="handler", branch_id=office.east, password_hash="-", created_at=later))
        assert set(asked) == {"wang", "liu", "chen", "li"}
        assert {one.staff.username for one in results(session, exam, QUIZ, later).people} == {"wang", "chen", "li"}, \
            "who left while it ran is not missed, who left or came after its end changes nothing"


def test_who_is_not_asked_or_comes_too_early_or_late_cannot_sit_it(office):
    with office.write() as session:
        exam = make(session, roles=["handler"])
        for who, at, key in (("liu", AT, "not_yours"), ("wang", AT - timedelta(days=1), "later"),
                             ("wang", AT + timedelta(days=4), "over")):
            with pytest.raises(exams.ExamRefused, match=key):
                exams.begin(session, exam, named(session, who), QUIZ, at)
        exam.cancelled_at = AT
        with pytest.raises(exams.ExamRefused, match="not_yours"):
            exams.begin(session, exam, named(session, "wang"), QUIZ, AT)


def test_one_may_try_again_until_the_tries_are_spent_and_not_after_passing(office):
    with office.write() as session:
        exam = make(session)
        assert exams.percent(sit(session, exam, "wang", wrong=2)) == 60
        assert exams.standing(session, exam, named(session, "wang"), AT).left == 1
        assert exams.percent(sit(session, exam, "wang", wrong=5)) == 0
        with pytest.raises(exams.ExamRefused, match="spent"):
            sit(session, exam, "wang")
        assert exams.standing(session, exam, named(session, "wang"), AT).best == 60
        sit(session, exam, "liu", wrong=1)
        with pytest.raises(exams.ExamRefused, match="passed"):
            sit(session, exam, "liu")


def test_a_sitting_goes_on_where_it_was_left_and_an_answer_stands(office):
    with office.write() as session:
        exam = make(session)
        first = exams.begin(session, exam, named(session, "wang"), QUIZ, AT)
        exams.answer(first, 0, [0], QUIZ, AT)
        assert exams.begin(session, exam, named(session, "wang"), QUIZ, AT + timedelta(minutes=5)) is first
        assert exams.next_place(first) == 1
        with pytest.raises(exams.ExamRefused, match="answered"):
            exams.answer(first, 0, [1], QUIZ, AT)
        for picked in ([], [9], [0, 0]):
            with pytest.raises(exams.ExamRefused, match="choose"):
                exams.answer(first, 1, picked, QUIZ, AT)


def test_when_the_time_is_up_what_is_missing_is_wrong(office):
    with office.write() as session:
        exam = make(session, minutes=10)
        attempt = exams.begin(session, exam, named(session, "wang"), QUIZ, AT)
        other = exams.begin(session, exam, named(session, "li"), QUIZ, AT)
        with pytest.raises(exams.ExamRefused, match="time_up"):
            exams.answer(attempt, 0, [0], QUIZ, AT + timedelta(minutes=10))
        assert (attempt.score, attempt.finished_at) == (0, AT + timedelta(minutes=10))
        assert exams.any_late(session, AT + timedelta(minutes=11))
        assert exams.close_late(session, AT + timedelta(minutes=11)) == [other]
        assert other.finished_at == AT + timedelta(minutes=10) and not exams.any_late(session, AT + timedelta(minutes=11))
        late = exams.begin(session, exam, named(session, "liu"), QUIZ, exam.closes_at - timedelta(minutes=2))
        assert late.ends_at == exam.closes_at, "the window closes for those who are sitting too"


def test_options_are_shuffled_and_the_right_one_is_still_right(office):
    with office.write() as session:
        exam = make(session)
        orders = {tuple(tuple(row["order"]) for row in exams.begin(session, exam, named(session, who), QUIZ, AT).questions)
                  for who in ("wang", "liu", "chen", "li")}
        assert len(orders) > 1
        assert exams.percent(sit(session, make(session), "wang")) == 100


def test_the_results_name_everybody_and_what_was_missed_most(office):
    with office.write() as session:
        exam = make(session, roles=["handler", "intake", "lead"], tries=2)
        sit(session, exam, "wang", wrong=3)
        sit(session, exam, "wang")
        sit(session, exam, "liu", wrong=5)
    with office.read() as session:
        found = results(session, session.get(Exam, exam.id), QUIZ, AT)
        people = {row.staff.username: (row.state, row.mark, row.tries, row.branch) for row in found.people}
        assert people == {"wang": ("passed", 100, 2, "城东支行"), "liu": ("failed", 0, 1, "城东一部"),
                          "chen": ("absent", None, 0, "总行"), "li": ("absent", None, 0, "城东支行")}
        east = next(row for row in found.branches if row.name == "城东支行")
        assert (east.asked, east.sat, east.passed, east.mean) == (2, 1, 1, 100)
        assert sum(row.wrong for row in found.questions) == 8 and sum(row.answered for row in found.questions) == 15
        first = {row.id: row for row in found.questions}
        assert all(first[one].answered == 2 for one in exam.questions), "all were asked these in their first try"
        rates = [row.rate for row in found.questions]
        assert rates == sorted(rates, reverse=True) and found.questions[0].chosen
        assert found.themes == [("counterfeit_cash", 15, 8)]
        assert session.query(Attempt).count() == 3


def test_a_resit_asks_other_questions_of_the_same_themes_until_the_bank_is_used_up(office):
    with office.write() as session:
        exam = make(session, questions=paper.draw(QUIZ, ["rights", "fees"], 8, day=AT), themes=["rights", "fees"], tries=5)
        wang = named(session, "wang")
        papers = [[row["id"] for row in sit(session, exam, "wang", wrong=8).questions] for _ in range(4)]
        shape = [sorted(QUIZ[one].theme for one in asked) for asked in papers]
        assert sorted(papers[0]) == sorted(exam.questions) and shape == [shape[0]] * 4
        rights = [one for asked in papers for one in asked if QUIZ[one].theme == "rights"]
        assert len(set(rights[:12])) == 12, "thirteen there are: three papers repeat none"
        assert max(rights.count(one) for one in rights) == 2, "none is asked a third time while another was asked once"
        assert exams.standing(session, exam, wang, AT).left == 1


def test_all_sit_the_same_first_paper_unless_each_gets_her_own(office):
    with office.write() as session:
        same, own = make(session), make(session, varied=True, questions=paper.draw(QUIZ, ["anti_fraud"], 10, day=AT),
                                        themes=["anti_fraud"])
        for exam, count in ((same, 1), (own, 4)):
            asked = {tuple(sorted(row["id"] for row in exams.begin(session, exam, named(session, who), QUIZ, AT).questions))
                     for who in ("wang", "liu", "chen", "li")}
            assert len(asked) == count
            assert all(len(set(one)) == len(exam.questions) for one in asked)


@pytest.mark.parametrize(("themes", "count", "audience", "others", "found"), [
    (["complaint_process"], 20, "员工", False, 20), (["counterfeit_cash"], 20, "员工", False, 4), (["rights"], 5, "员工", False, 0),
    (["counterfeit_cash"], 20, "员工", True, 20), ([], 40, "老年", False, 40)])
def test_the_audiences_own_questions_are_asked_and_others_only_where_that_was_agreed(themes, count, audience, others, found):
    drawn = paper.draw(QUIZ, themes, count, day=AT, audience=audience, others=others)
    own = [one for one in drawn if audience in QUIZ[one].audience]
    assert len(set(drawn)) == found and (others or len(own) == found)
    there = sum(audience in q.audience and (not themes or q.theme in themes) for q in QUIZ.values())
    assert len(own) == min(count, there), "her own come first"


def test_themes_may_stand_in_the_paper_as_they_stand_in_the_bank():
    drawn = paper.draw(QUIZ, ["anti_fraud", "payments"], 35, day=AT, how="bank", audience="公众")
    share = [sum(QUIZ[one].theme == theme for one in drawn) for theme in ("anti_fraud", "payments")]
    assert len(drawn) == 35 and 31 <= share[0] <= 33 and share[1] == 35 - share[0]
    assert len(paper.draw(QUIZ, ["payments"], 100, day=AT, how="bank")) == sum(q.theme == "payments" for q in QUIZ.values())


def test_right_answers_are_kept_back_while_another_try_is_open(office):
    with office.write() as session:
        exam = make(session)
        wang = named(session, "wang")
        assert not exams.standing(session, exam, wang, AT).reveals
        sit(session, exam, "wang", wrong=5)
        assert not exams.standing(session, exam, wang, AT).reveals
        assert exams.standing(session, exam, wang, exam.closes_at).reveals, "after the deadline"
        sit(session, exam, "wang", wrong=5)
        assert exams.standing(session, exam, wang, AT).reveals, "no try is left"
        sit(session, exam, "liu")
        assert exams.standing(session, exam, named(session, "liu"), AT).reveals, "passed"


def test_a_sitting_whose_time_ran_out_counts_before_anybody_has_written_it_down(office):
    with office.write() as session:
        exam = make(session, minutes=10)
        attempt = exams.begin(session, exam, named(session, "wang"), QUIZ, AT)
        right = [n for n, index in enumerate(attempt.questions[0]["order"]) if index in QUIZ[attempt.questions[0]["id"]].answer]
        exams.answer(attempt, 0, right, QUIZ, AT)
    with office.read() as session:
        exam = session.get(Exam, exam.id)
        states = {minutes: next(row for row in results(session, exam, QUIZ, AT + timedelta(minutes=minutes)).people
                                if row.staff.username == "wang") for minutes in (9, 10)}
        assert (states[9].state, states[9].mark) == ("running", None)
        assert (states[10].state, states[10].mark, states[10].seconds) == ("failed", 20, 600)
        assert session.get(Attempt, attempt.id).finished_at is None, "it was only read"
        late = exams.standing(session, exam, named(session, "wang"), AT + timedelta(minutes=10))
        assert late.running is None and late.best == 20 and late.state == "open"


def test_a_report_of_a_branch_counts_its_people_alone(office):
    with office.write() as session:
        exam = make(session)
        sit(session, exam, "wang", wrong=1)
        sit(session, exam, "chen", wrong=5)
    with office.read() as session:
        found = results(session, session.get(Exam, exam.id), QUIZ, AT, within={office.east})
        assert {row.staff.username for row in found.people} == {"wang", "li"} and sum(row.wrong for row in found.questions) == 1


@pytest.mark.parametrize(("kind", "given", "said"), [
    ("multiple", [[1, 2], [1, 2], [0]], "漏选：断开共享、断网或关机"),
    ("multiple", [[0, 1, 2, 3]], "多选：继续跟对方聊，好拖住他"),
    ("multiple", [[0, 1, 2]], "漏选：断开共享、断网或关机；多选：继续跟对方聊，好拖住他"),
    ("multiple", [[], []], ""),
    ("single", [[0], [0], [2]], "继续跟对方聊，好拖住他")])
def test_a_mistake_is_what_was_left_out_or_ticked_too_much_not_what_was_right_of_it(office, kind, given, said):
    slug = "fraud-010"
    question = structs.replace(QUIZ[slug], kind=kind, answer=QUIZ[slug].answer if kind == "multiple" else (1,))
    with office.write() as session:
        exam = make(session, questions=[slug])
        for place, answer in enumerate(given):
            session.add(Attempt(exam_id=exam.id, staff_id=named(session, ("wang", "liu", "chen")[place]).id, started_at=AT,
                                ends_at=AT, finished_at=AT, score=0,
                                questions=[{"id": slug, "order": [0, 1, 2, 3], "answer": answer or None, "right": False}]))
        session.flush()
        assert [row.chosen for row in results(session, exam, {slug: question}, AT).questions] == [said]
