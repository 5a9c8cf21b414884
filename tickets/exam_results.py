"""What an exam showed: person by person, branch by branch, question by question, theme by theme."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge.tables import Question
from tickets.exams import candidates, percent, standing
from tickets.models import Attempt, Branch, Exam, Staff

STATES = ("passed", "failed", "running", "absent")


@dataclass(frozen=True)
class PersonRow:
    """`state`: passed | failed | running | absent. `mark` is the best of the finished sittings."""

    staff: Staff
    branch: str
    state: str
    tries: int
    mark: int | None
    minutes: int | None
    finished_at: datetime | None


@dataclass
class BranchRow:
    name: str
    asked: int = 0
    sat: int = 0
    passed: int = 0
    marks: list[int] = field(default_factory=list)

    @property
    def mean(self) -> float | None:
        return sum(self.marks) / len(self.marks) if self.marks else None


@dataclass(frozen=True)
class QuestionRow:
    """How often a question was answered and missed, over all finished sittings; `chosen` is the wrong answer given most."""

    id: str
    theme: str
    text: str
    answered: int
    wrong: int
    chosen: str

    @property
    def rate(self) -> float:
        return self.wrong / self.answered if self.answered else 0.0


@dataclass(frozen=True)
class Results:
    people: list[PersonRow]
    branches: list[BranchRow]
    questions: list[QuestionRow]  # most often missed first
    themes: list[tuple[str, int, int]]  # code, answered, wrong


def results(session: Session, exam: Exam, quiz: Mapping[str, Question], at: datetime) -> Results:
    """All that a report shows. A colleague who has left, or moved to a branch that was not asked, still counts if she sat it."""
    asked = {one.id: one for one in candidates(session, exam)}
    sat = session.scalars(select(Staff).join(Attempt, Attempt.staff_id == Staff.id).where(Attempt.exam_id == exam.id).distinct())
    people = [_person(session, exam, one, at) for one in (asked | {one.id: one for one in sat}).values()]
    people.sort(key=lambda row: (row.branch, STATES.index(row.state), -(row.mark or 0), row.staff.name))
    finished = list(session.scalars(select(Attempt).where(Attempt.exam_id == exam.id, Attempt.finished_at.is_not(None))))
    questions = _questions(exam, finished, quiz)
    themes: dict[str, list[int]] = {}
    for row in questions:
        sums = themes.setdefault(row.theme, [0, 0])
        sums[0], sums[1] = sums[0] + row.answered, sums[1] + row.wrong
    ordered = sorted(((code, a, w) for code, (a, w) in themes.items()), key=lambda row: (-row[2] / max(row[1], 1), row[0]))
    return Results(people, _branches(people), questions, ordered)


def _person(session: Session, exam: Exam, staff: Staff, at: datetime) -> PersonRow:
    stands = standing(session, exam, staff, at)
    done = [one for one in stands.attempts if one.finished_at is not None]
    best = max(done, key=percent, default=None)
    mark = percent(best) if best else None
    state = ("passed" if mark is not None and mark >= exam.pass_score else "running" if stands.state == "running"
             else "failed" if best else "absent")
    minutes = round((best.finished_at - best.started_at).total_seconds() / 60) if best and best.finished_at else None
    branch = session.get(Branch, staff.branch_id) if staff.branch_id else None
    return PersonRow(staff, branch.name if branch else "总行", state, len(stands.attempts), mark, minutes,
                     best.finished_at if best else None)


def _branches(people: list[PersonRow]) -> list[BranchRow]:
    rows: dict[str, BranchRow] = {}
    for person in people:
        row = rows.setdefault(person.branch, BranchRow(person.branch))
        row.asked += 1
        row.sat += person.mark is not None
        row.passed += person.state == "passed"
        row.marks += [person.mark] if person.mark is not None else []
    return sorted(rows.values(), key=lambda row: (-(row.mean or -1), row.name))


def _questions(exam: Exam, finished: list[Attempt], quiz: Mapping[str, Question]) -> list[QuestionRow]:
    answered, wrong = Counter[str](), Counter[str]()
    chosen: dict[str, Counter[tuple[int, ...]]] = {}
    for attempt in finished:
        for row in attempt.questions:
            answered[row["id"]] += 1
            if not row["right"]:
                wrong[row["id"]] += 1
                chosen.setdefault(row["id"], Counter())[tuple(row["answer"] or ())] += 1
    rows = []
    for slug in exam.questions:
        question = quiz.get(slug)
        usual = chosen[slug].most_common(1)[0][0] if slug in chosen else ()
        rows.append(QuestionRow(slug, question.theme if question else "", question.text if question else slug, answered[slug],
                                wrong[slug], "；".join(question.options[n] for n in usual) if question and usual else ""))
    return sorted(rows, key=lambda row: (-row.rate, -row.wrong, row.id))
