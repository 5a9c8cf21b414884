"""Staff exams on the desk: drawing one up, sitting it question by question, and what it showed."""

from datetime import UTC, datetime, timedelta

from fastapi import Response
from sqlalchemy import select

from desk import exam_report, groups, table_file
from desk.nav import LEADS, OVERSEERS
from desk.visit import Refused, Visit
from tickets import audit, exam_results, exams
from tickets.models import Attempt, Branch, Exam, now
from tickets.numbers import SHANGHAI, minute
from tickets.register import owe

SHOWN = 100
MOST_QUESTIONS, MOST_MINUTES, MOST_TRIES = 100, 240, 5


def overview(visit: Visit) -> Response:
    """My exams, and for those who oversee them all that there are."""
    at = now()
    every = []
    if visit.me.role in OVERSEERS:
        found = visit.session.scalars(select(Exam).order_by(Exam.id.desc()).limit(SHOWN))
        every = [(one, groups.for_whom(one.roles, one.branches, _names(visit)), _stage(one, at)) for one in found]
    return visit.page("exams.html", mine=exams.mine(visit.session, visit.me, at), every=every, may_draw=visit.me.role in LEADS)


def blank(visit: Visit) -> Response:
    """The form, with how many questions each theme has."""
    counts: dict[str, int] = {}
    for question in visit.knowledge.quiz.values():
        counts[question.theme] = counts.get(question.theme, 0) + 1
    today = now().astimezone(SHANGHAI)
    return visit.page("exam_new.html", counts=counts, branches=groups.branches(visit), opens=f"{today:%Y-%m-%dT%H:%M}",
                      closes=f"{today + timedelta(days=14):%Y-%m-%dT18:00}")


def create(visit: Visit) -> Response:
    """Draw the paper, keep it, and tell those whom it asks and who are linked to Telegram."""
    title, themes = visit.said("title", most=80), groups.ticked_themes(visit)
    opens, closes = moment(visit, "opens_at"), moment(visit, "closes_at")
    count, minutes = _between(visit, "count", MOST_QUESTIONS), _between(visit, "minutes", MOST_MINUTES)
    if not title:
        raise Refused(422, visit.word("desk.exam_title"))
    if not opens < closes or closes <= now():
        raise Refused(422, visit.word("desk.exam_times"))
    drawn = exams.draw(visit.knowledge.quiz, themes, count, day=opens)
    if len(drawn) < count:
        raise Refused(422, visit.word("desk.exam_few", count=len(drawn)))
    exam = Exam(title=title, themes=themes, questions=drawn, minutes=minutes, pass_score=_between(visit, "pass_score", 100),
                tries=_between(visit, "tries", MOST_TRIES), roles=groups.ticked_roles(visit),
                branches=groups.ticked_branches(visit), opens_at=opens, closes_at=closes, created_by=visit.me.id)
    visit.session.add(exam)
    visit.session.flush()
    audit.record(visit.session, staff_id=visit.me.id, action="exam.add", target=f"exam:{exam.id}", data={"questions": len(drawn)})
    asked = exams.candidates(visit.session, exam)
    for staff in asked:
        if staff.telegram_id:
            owe(visit.session, channel="telegram", address=staff.telegram_id, purpose="alert", body=_call(visit, exam))
    return visit.go("/desk/exams", "exam_added")


def _call(visit: Visit, exam: Exam) -> dict:
    text = visit.word("exam.called", title=exam.title, count=len(exam.questions), minutes=exam.minutes,
                      opens=minute(exam.opens_at), closes=minute(exam.closes_at))
    return {"text": text, "buttons": [[{"label": visit.word("exam.sit", title=exam.title), "data": f"exam:{exam.id}"}]],
            "tone": "staff"}


def cancel(visit: Visit) -> Response:
    """It asks nobody any more; what was sat stays on record."""
    exam = _named(visit)
    if exam.cancelled_at is None:
        exam.cancelled_at = now()
        audit.record(visit.session, staff_id=visit.me.id, action="exam.cancel", target=f"exam:{exam.id}")
    return visit.go("/desk/exams", "exam_cancelled")


def sit(visit: Visit) -> Response:
    """The question that is next; before and after a sitting the rules, the marks so far, and what was wrong last time."""
    exam, at = _named(visit), now()
    stands = exams.standing(visit.session, exam, visit.me, at)
    asked = exams.concerned(visit.session, exam, visit.me)
    if not asked and not stands.attempts and visit.me.role not in OVERSEERS:
        raise Refused(404, visit.word("desk.not_found"))
    running = stands.running if stands.state == "running" else None
    place = exams.next_place(running) if running else None
    if running is not None and place is not None:
        row = running.questions[place]
        question = visit.knowledge.quiz.get(row["id"])
        options = [(n, question.options[index]) for n, index in enumerate(row["order"])] if question else [(0, "—")]
        left = max(int((running.ends_at - at).total_seconds() // 60), 0) if running.ends_at else exam.minutes
        return visit.page("exam_paper.html", exam=exam, attempt=running, place=place, question=question, options=options,
                          many=question is not None and exams.takes_many(question), left=left)
    done = [(one, exams.percent(one)) for one in stands.attempts if one is not running]
    missed = [visit.knowledge.quiz[row["id"]] for row in done[-1][0].questions
              if not row["right"] and row["id"] in visit.knowledge.quiz] if done else []
    return visit.page("exam.html", exam=exam, stands=stands, asked=asked, done=done, missed=missed,
                      oversees=visit.me.role in OVERSEERS)


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
            raise Refused(422, visit.word(f"exam.{refused.key}")) from None
        return visit.go(f"/desk/exams/{exam.id}", f"exam_{refused.key}")
    return visit.go(f"/desk/exams/{exam.id}", "exam_done" if last else "")


def report(visit: Visit) -> Response:
    exam, at = _named(visit), now()
    found = exam_results.results(visit.session, exam, visit.knowledge.quiz, at)
    return visit.page("exam_report.html", exam=exam, found=found, whom=groups.for_whom(exam.roles, exam.branches, _names(visit)),
                      stage=_stage(exam, at), may_cancel=visit.me.role in LEADS, states=exam_report.STATES)


def download(visit: Visit) -> Response:
    """The same tables as a workbook; taking it away is written into the audit chain."""
    exam = _named(visit)
    found = exam_results.results(visit.session, exam, visit.knowledge.quiz, now())
    audit.record(visit.session, staff_id=visit.me.id, action="exam.report", target=f"exam:{exam.id}")
    return table_file.attachment(exam_report.workbook(exam, found, visit.knowledge), f"exam-{exam.id}.xlsx")


def _stage(exam: Exam, at: datetime) -> str:
    """later | open | over | cancelled"""
    if exam.cancelled_at:
        return "cancelled"
    return "later" if at < exam.opens_at else "open" if at < exam.closes_at else "over"


def _names(visit: Visit) -> dict[int, str]:
    return dict(visit.session.execute(select(Branch.id, Branch.name)).all())


def _named(visit: Visit) -> Exam:
    exam = visit.session.get(Exam, visit.path_number("id"))
    if exam is None:
        raise Refused(404, visit.word("desk.not_found"))
    return exam


def _between(visit: Visit, name: str, most: int) -> int:
    value = visit.number(name)
    if value is None or not 1 <= value <= most:
        raise Refused(422, visit.word("desk.exam_number", most=most))
    return value


def moment(visit: Visit, name: str) -> datetime:
    try:
        return datetime.strptime(visit.said(name, most=16), "%Y-%m-%dT%H:%M").replace(tzinfo=SHANGHAI).astimezone(UTC)
    except ValueError:
        raise Refused(422, visit.word("desk.no_date")) from None
