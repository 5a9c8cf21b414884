"""An exam asks those whom it names, as often as it allows, in the time it gives, and its marks add up."""

import random
from datetime import timedelta

import pytest

from knowledge.base import load
from tickets import assignment, exams
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
            session.add(Staff(username=name, name=name, role=role, branch_id=branch.id, password_hash="-", active=name != "gone"))
    store.east = east.id
    return store


def make(session, **fields):
    exam = Exam(**{"title": "四季度", "questions": exams.draw(QUIZ, ["counterfeit_cash"], 5, day=AT, chance=random.Random(1)),
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
    drawn = exams.draw(QUIZ, ["counterfeit_cash", "aml", "rights"], 18, day=AT, chance=random.Random(3))
    assert len(set(drawn)) == 18
    assert sorted(sum(QUIZ[one].theme == theme for one in drawn) for theme in ("counterfeit_cash", "aml", "rights")) == [6, 6, 6]
    assert len(exams.draw(QUIZ, ["payments"], 100, day=AT)) == sum(q.theme == "payments" for q in QUIZ.values())


def test_only_those_whom_it_names_are_asked_with_all_that_lies_below_a_branch(office):
    with office.read() as session:
        exam = Exam(roles=["handler", "intake"], branches=[office.east])
        assert [one.username for one in exams.candidates(session, exam)] == ["wang", "liu"]
        assert {one.username for one in exams.candidates(session, Exam(roles=[], branches=[]))} == {"wang", "liu", "chen", "li"}


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
        assert exams.any_late(session, AT + timedelta(minutes=11)) and exams.close_late(session, AT + timedelta(minutes=11)) == 1
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
        assert sum(row.wrong for row in found.questions) == 8 and all(row.answered == 3 for row in found.questions)
        rates = [row.rate for row in found.questions]
        assert rates == sorted(rates, reverse=True) and found.questions[0].chosen
        assert found.themes == [("counterfeit_cash", 15, 8)]
        assert session.query(Attempt).count() == 3
