"""Staff exams: who may sit one and when, one question after another, and the mark. Bot and desk share it."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from knowledge.tables import Question
from tickets import paper
from tickets.colleagues import in_service
from tickets.models import Attempt, Branch, Exam, Staff

PUBLIC, STAFF = "公众", paper.STAFF


class ExamRefused(Exception):
    """An expected refusal; `key` names the sentence in wording.toml [exam]."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True)
class Standing:
    """How one colleague stands with one exam. `state`: later | open | running | passed | spent | over."""

    exam: Exam
    state: str
    attempts: tuple[Attempt, ...]
    at: datetime

    @property
    def done(self) -> list[Attempt]:
        """The sittings that are over, also those whose time ran out."""
        return [one for one in self.attempts if ended(one, self.at)]

    @property
    def best(self) -> int | None:
        """The best mark of those that are over, of 100."""
        return max((percent(one) for one in self.done), default=None)

    @property
    def running(self) -> Attempt | None:
        return next((one for one in self.attempts if not ended(one, self.at)), None)

    @property
    def reveals(self) -> bool:
        """May the right answers be shown? Not while she, and with her help others, could still make use of them."""
        return self.state in ("passed", "spent", "over")

    @property
    def left(self) -> int:
        return max(self.exam.tries - len(self.attempts), 0)


def ended(attempt: Attempt, at: datetime) -> datetime | None:
    """When a sitting was over: handed in, or its time ran out, though nobody has written it down yet. None while it runs."""
    if attempt.finished_at is not None:
        return attempt.finished_at
    return attempt.ends_at if attempt.ends_at is not None and attempt.ends_at <= at else None


def concerned(session: Session, exam: Exam, staff: Staff) -> bool:
    """Does this exam ask for this colleague? Head office's people (no branch) are asked only where no branch is named."""
    return exam.cancelled_at is None and staff.active and _meant(session, exam, staff)


def candidates(session: Session, exam: Exam, at: datetime) -> list[Staff]:
    """All colleagues whom the exam asks for and who are in service; once it is over, who were when it closed: what was reported
    of a closed exam stays as it was, whoever comes or goes."""
    if exam.cancelled_at is not None:
        return []
    return [one for one in in_service(session, min(at, exam.closes_at)) if _meant(session, exam, one)]


def _meant(session: Session, exam: Exam, staff: Staff) -> bool:
    if exam.roles and staff.role not in exam.roles:
        return False
    if not exam.branches:
        return True
    branch = session.get(Branch, staff.branch_id) if staff.branch_id else None
    return branch is not None and any(f"/{one}/" in branch.path for one in exam.branches)


def standing(session: Session, exam: Exam, staff: Staff, at: datetime) -> Standing:
    found = session.scalars(select(Attempt).where(Attempt.exam_id == exam.id, Attempt.staff_id == staff.id).order_by(Attempt.id))
    return stands(exam, tuple(found), at)


def stands(exam: Exam, attempts: tuple[Attempt, ...], at: datetime) -> Standing:
    """`standing`, where her sittings are at hand, in their order."""
    if any(not ended(one, at) for one in attempts):
        return Standing(exam, "running", attempts, at)
    marks = [percent(one) for one in attempts]
    if max(marks, default=-1) >= exam.pass_score:
        state = "passed"
    elif exam.cancelled_at or at >= exam.closes_at:
        state = "over"
    elif at < exam.opens_at:
        state = "later"
    else:
        state = "open" if len(attempts) < exam.tries else "spent"
    return Standing(exam, state, attempts, at)


def open_now(at: datetime) -> Select[tuple[int]]:
    """How many exams can be sat, whomever they ask."""
    return select(func.count()).select_from(Exam).where(Exam.cancelled_at.is_(None), Exam.opens_at <= at, Exam.closes_at > at)


def due(session: Session, staff: Staff, at: datetime) -> int:
    """How many exams she can sit and has not passed yet."""
    return sum(one.state in ("open", "running") for one in mine(session, staff, at, kept=timedelta(0)))


def mine(session: Session, staff: Staff, at: datetime, *, kept: timedelta = timedelta(days=90)) -> list[Standing]:
    """The exams that ask for this colleague, those to be sat first; old ones drop out after a while."""
    recent = session.scalars(select(Exam).where(Exam.cancelled_at.is_(None), Exam.closes_at > at - kept).order_by(Exam.closes_at))
    found = [standing(session, one, staff, at) for one in recent if concerned(session, one, staff)]
    order = {"running": 0, "open": 1, "later": 2}
    return sorted(found, key=lambda one: order.get(one.state, 3))


def begin(session: Session, exam: Exam, staff: Staff, quiz: Mapping[str, Question], at: datetime,
          *, chat_id: int | None = None, chance: random.Random | None = None) -> Attempt:
    """Sit the exam, or go on with a sitting that still has time. Raises ExamRefused.

    The first try asks the exam's own paper, unless everybody gets her own; each further one draws another. All are shuffled."""
    if not concerned(session, exam, staff):
        raise ExamRefused("not_yours")
    session.get(Staff, staff.id, with_for_update=True)  # two presses at once make one sitting
    her = standing(session, exam, staff, at)
    if her.state == "running":
        return her.running or her.attempts[-1]
    if her.state != "open":
        raise ExamRefused(her.state)
    for late in her.attempts:
        _finish(late, late.ends_at or at)
    dice = chance or random.SystemRandom()
    asked = [quiz[one] for one in _paper(exam, her.attempts, quiz, at, dice) if one in quiz]
    dice.shuffle(asked)
    rows = [{"id": one.id, "order": shuffled(one, dice), "answer": None, "right": None} for one in asked]
    attempt = Attempt(exam_id=exam.id, staff_id=staff.id, chat_id=chat_id, started_at=at, questions=rows,
                      ends_at=min(at + timedelta(minutes=exam.minutes), exam.closes_at))
    session.add(attempt)
    session.flush()
    return attempt


def _paper(exam: Exam, before: Sequence[Attempt], quiz: Mapping[str, Question], at: datetime, dice: random.Random) -> list[str]:
    if not before and not exam.varied:
        return list(exam.questions)
    seen = Counter(row["id"] for attempt in before for row in attempt.questions)
    return paper.again(quiz, exam.questions, exam.themes, day=at, audience=exam.audience, others=exam.topped_up, seen=seen,
                       chance=dice)


def shuffled(question: Question, dice: random.Random) -> list[int]:
    """The options in the order in which they are shown; right and wrong stay where they are."""
    order = list(range(len(question.options)))
    if question.kind != "true_false":
        dice.shuffle(order)
    return order


def next_place(attempt: Attempt) -> int | None:
    """The first question without an answer."""
    return next((n for n, row in enumerate(attempt.questions) if row["answer"] is None), None)


def answer(attempt: Attempt, place: int, picked: Sequence[int], quiz: Mapping[str, Question], at: datetime) -> bool:
    """Take the answer to one question, as places in the order shown; True when it was the last. Raises ExamRefused.

    An answer stands once given. When the time is up the sitting is closed with what there is.
    """
    if attempt.finished_at is not None:
        raise ExamRefused("finished")
    if attempt.ends_at is not None and at >= attempt.ends_at:
        _finish(attempt, attempt.ends_at)
        raise ExamRefused("time_up")
    if not 0 <= place < len(attempt.questions) or attempt.questions[place]["answer"] is not None:
        raise ExamRefused("answered")
    row = attempt.questions[place]
    question = quiz.get(row["id"])
    if not picked or not all(0 <= one < len(row["order"]) for one in picked) or len(set(picked)) != len(picked):
        raise ExamRefused("choose")
    if question is not None and not takes_many(question) and len(picked) != 1:
        raise ExamRefused("choose_one")
    given = sorted(row["order"][one] for one in picked)
    right = question is None or given == sorted(question.answer)  # a question taken out meanwhile costs nobody anything
    attempt.questions = [{**r, "answer": given, "right": right} if n == place else r for n, r in enumerate(attempt.questions)]
    if next_place(attempt) is None:
        _finish(attempt, at)
        return True
    return False


def takes_many(question: Question) -> bool:
    """May several options be right? Then they are ticked and handed in together."""
    return question.kind == "multiple" or len(question.answer) > 1


def percent(attempt: Attempt) -> int:
    """The mark, of 100, rounded down: 79.9 is not 80."""
    return 100 * sum(bool(row["right"]) for row in attempt.questions) // max(len(attempt.questions), 1)


def _finish(attempt: Attempt, at: datetime) -> None:
    if attempt.finished_at is None:
        attempt.finished_at = at
        attempt.score = sum(bool(row["right"]) for row in attempt.questions)


def any_late(session: Session, at: datetime) -> bool:
    """Is there a sitting to be closed? Looked at without the write lock."""
    late = select(Attempt.id).where(Attempt.exam_id.is_not(None), Attempt.finished_at.is_(None), Attempt.ends_at <= at).limit(1)
    return session.scalar(late) is not None


def close_late(session: Session, at: datetime) -> list[Attempt]:
    """Close the sittings whose time is up, and name them; the worker does this every minute."""
    late = list(session.scalars(select(Attempt).where(Attempt.exam_id.is_not(None), Attempt.finished_at.is_(None),
                                                      Attempt.ends_at <= at).with_for_update(skip_locked=True)))
    for one in late:
        _finish(one, one.ends_at or at)
    return late
