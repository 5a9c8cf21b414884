"""Staff exams on the desk: sitting one question by question, and what it showed. Drawing one up is in exam_form.py."""

from datetime import datetime

from fastapi import Response
from sqlalchemy import select

from desk import exam_report, groups, reach, table_file
from desk.nav import LEADS, OVERSEERS
from desk.visit import Refused, Visit
from knowledge.tables import Question
from tickets import audit, exam_results, exams
from tickets.models import Attempt, Exam, now
from tickets.statistics import branch_names

SHOWN = 100


def overview(visit: Visit) -> Response:
    """My exams, and for those who oversee them all that concern their people."""
    at = now()
    every = []
    if visit.me.role in OVERSEERS:
        mine, called = reach.of(visit), branch_names(visit.session)
        found = visit.session.scalars(select(Exam).order_by(Exam.id.desc()))
        seen = [one for one in found if mine.sees(one)][:SHOWN]
        every = [(one, groups.for_whom(one.roles, one.branches, called), stage(one, at)) for one in seen]
    return visit.page("exams.html", mine=exams.mine(visit.session, visit.me, at), every=every, may_draw=visit.me.role in LEADS)


def cancel(visit: Visit) -> Response:
    """It asks nobody any more; what was sat stays on record. Asked once more before it is done."""
    exam = _named(visit)
    if not reach.seen(visit, exam).owns(exam):
        raise Refused(403, visit.word("desk.exam_not_yours"))
    if visit.said("sure", most=3) != "yes":
        return visit.go(f"/desk/exams/{exam.id}/report", "exam_unsure")
    if exam.cancelled_at is None:
        exam.cancelled_at = now()
        audit.record(visit.session, staff_id=visit.me.id, action="exam.cancel", target=f"exam:{exam.id}")
    return visit.go("/desk/exams", "exam_cancelled")


def sit(visit: Visit) -> Response:
    """The question that is next; before and after a sitting the rules, the marks so far, and what was missed."""
    exam, at = _named(visit), now()
    stands = exams.standing(visit.session, exam, visit.me, at)
    asked = exams.concerned(visit.session, exam, visit.me)
    oversees = visit.me.role in OVERSEERS and reach.of(visit).sees(exam)
    if not asked and not stands.attempts and not oversees:
        raise Refused(404, visit.word("desk.not_found"))
    running = stands.running if stands.state == "running" else None
    if running is not None and exams.next_place(running) is not None:
        return _paper(visit, exam, running, at)
    done, quiz = [(one, exams.percent(one)) for one in stands.done], visit.knowledge.quiz
    missed = dict.fromkeys(row["id"] for one in stands.done for row in one.questions if not row["right"] and row["id"] in quiz)
    last = [row["id"] for row in stands.done[-1].questions if not row["right"] and row["id"] in quiz] if done else []
    return visit.page("exam.html", exam=exam, stands=stands, asked=asked, done=done, missed=[quiz[one] for one in missed],
                      last=len(last), themes=list(dict.fromkeys(quiz[one].theme for one in last)), oversees=oversees)


def _paper(visit: Visit, exam: Exam, attempt: Attempt, at: datetime, *, wrong: str = "", status: int = 200) -> Response:
    place = exams.next_place(attempt) or 0
    row = attempt.questions[place]
    question = visit.knowledge.quiz.get(row["id"])
    options = [(n, question.options[index]) for n, index in enumerate(row["order"])] if question else [(0, "—")]
    left = max(int((attempt.ends_at - at).total_seconds()), 0) if attempt.ends_at else exam.minutes * 60
    return visit.page("exam_paper.html", status=status, exam=exam, attempt=attempt, place=place, question=question, options=options,
                      many=question is not None and exams.takes_many(question), left=left, wrong=wrong)


def begin(visit: Visit) -> Response:
    exam = _named(visit)
    try:
        exams.begin(visit.session, exam, visit.me, visit.knowledge.quiz, now())
    except exams.ExamRefused as refused:
        raise Refused(409, visit.word(f"exam.{refused.key}")) from None
    return visit.go(f"/desk/exams/{exam.id}")


def answer(visit: Visit) -> Response:
    """One answer; it cannot be taken back. When the time is up, the sitting is closed with what there is."""
    exam, attempt = _named(visit), visit.session.get(Attempt, visit.number("attempt"), with_for_update=True)
    if attempt is None or attempt.exam_id != exam.id or attempt.staff_id != visit.me.id:
        raise Refused(404, visit.word("desk.not_found"))
    given = [one for one in visit.form.getlist("choice") if isinstance(one, str)]
    picked = [int(one) for one in given if one.isascii() and one.isdigit() and len(one) < 3]
    try:
        last = exams.answer(attempt, visit.number("place"), picked, visit.knowledge.quiz, now())
    except exams.ExamRefused as refused:
        if refused.key in ("choose", "choose_one"):
            return _paper(visit, exam, attempt, now(), wrong=visit.word(f"exam.{refused.key}"), status=422)
        return visit.go(f"/desk/exams/{exam.id}", f"exam_{refused.key}")
    return visit.go(f"/desk/exams/{exam.id}", "exam_done" if last else "")


def report(visit: Visit) -> Response:
    """Of her own people only, where her oversight does not reach further."""
    exam, at = _named(visit), now()
    mine = reach.seen(visit, exam)
    found = exam_results.results(visit.session, exam, visit.knowledge.quiz, at, within=mine.within)
    return visit.page("exam_report.html", exam=exam, found=found, paper=_questions(visit, exam, at), stage=stage(exam, at),
                      whom=groups.for_whom(exam.roles, exam.branches, branch_names(visit.session)), states=exam_report.STATES,
                      may_cancel=visit.me.role in LEADS and mine.owns(exam), used=exam_report.used, whole_bank=mine.within is None)


def _questions(visit: Visit, exam: Exam, at: datetime) -> list[Question]:
    """The paper with its right answers, for whom it cannot help to a mark of her own (any more), though she drew it up."""
    if exams.concerned(visit.session, exam, visit.me) and not exams.standing(visit.session, exam, visit.me, at).reveals:
        return []
    return [visit.knowledge.quiz[slug] for slug in exam.questions if slug in visit.knowledge.quiz]


def download(visit: Visit) -> Response:
    """The same tables as a workbook; taking it away is written into the audit chain."""
    exam = _named(visit)
    found = exam_results.results(visit.session, exam, visit.knowledge.quiz, now(), within=reach.seen(visit, exam).within)
    audit.record(visit.session, staff_id=visit.me.id, action="exam.report", target=f"exam:{exam.id}")
    return table_file.attachment(exam_report.workbook(exam, found, visit.knowledge), exam_report.file_name(exam))


def stage(exam: Exam, at: datetime) -> str:
    """later | open | over | cancelled"""
    if exam.cancelled_at:
        return "cancelled"
    return "later" if at < exam.opens_at else "open" if at < exam.closes_at else "over"


def _named(visit: Visit) -> Exam:
    exam = visit.session.get(Exam, visit.path_number("id"))
    if exam is None:
        raise Refused(404, visit.word("desk.not_found"))
    return exam
