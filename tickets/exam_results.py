"""What an exam showed: person by person, branch by branch, question by question, theme by theme."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge.tables import Question
from tickets.exams import candidates, ended, percent, stands, takes_many
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
    seconds: int | None
    finished_at: datetime | None
    sittings: tuple["Sitting", ...] = ()


@dataclass(frozen=True)
class Sitting:
    """One try, also one that still runs: then it has no mark yet."""

    started_at: datetime
    finished_at: datetime | None
    mark: int | None
    seconds: int | None


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
    """How often a question was answered and missed, over all finished sittings; `chosen` names the usual mistake."""

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


def results(session: Session, exam: Exam, quiz: Mapping[str, Question], at: datetime, *,
            within: Collection[int] | None = None) -> Results:
    """All that a report shows. Who had left by its end, or moved to a branch that was not asked, still counts if she sat it.
    `within`: only people of these branches, and only their answers."""
    asked = {one.id: one for one in candidates(session, exam, at)}
    sat = session.scalars(select(Staff).join(Attempt, Attempt.staff_id == Staff.id).where(Attempt.exam_id == exam.id).distinct())
    named = {one.id: one for one in sat} | asked
    people = {key: one for key, one in named.items() if within is None or one.branch_id in within}
    attempts: dict[int, list[Attempt]] = {}
    for attempt in session.scalars(select(Attempt).where(Attempt.exam_id == exam.id).order_by(Attempt.id)):
        if attempt.staff_id in people:
            attempts.setdefault(attempt.staff_id, []).append(attempt)
    names = dict(session.execute(select(Branch.id, Branch.name)).all())
    rows = [_person(exam, one, names.get(one.branch_id or 0, "总行"), tuple(attempts.get(key, ())), at)
            for key, one in people.items()]
    rows.sort(key=lambda row: (row.branch, STATES.index(row.state), -(row.mark or 0), row.staff.name))
    questions = _questions(exam, [one for own in attempts.values() for one in own if ended(one, at)], quiz)
    themes: dict[str, list[int]] = {}
    for row in questions:
        sums = themes.setdefault(row.theme, [0, 0])
        sums[0], sums[1] = sums[0] + row.answered, sums[1] + row.wrong
    ordered = sorted(((code, a, w) for code, (a, w) in themes.items()), key=lambda row: (-row[2] / max(row[1], 1), row[0]))
    return Results(rows, _branches(rows), questions, ordered)


def _person(exam: Exam, staff: Staff, branch: str, attempts: tuple[Attempt, ...], at: datetime) -> PersonRow:
    her, sittings = stands(exam, attempts, at), tuple(_sitting(one, at) for one in attempts)
    best = max((one for one in sittings if one.mark is not None), key=lambda one: one.mark, default=None)
    mark = best.mark if best else None
    state = ("passed" if mark is not None and mark >= exam.pass_score else "running" if her.state == "running"
             else "failed" if best else "absent")
    return PersonRow(staff, branch, state, len(attempts), mark, best.seconds if best else None, best.finished_at if best else None,
                     sittings)


def _sitting(attempt: Attempt, at: datetime) -> Sitting:
    over = ended(attempt, at)
    return Sitting(attempt.started_at, over, percent(attempt) if over else None,
                   round((over - attempt.started_at).total_seconds()) if over else None)


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
    for slug in dict.fromkeys((*exam.questions, *answered)):  # who sat it again was asked others
        question = quiz.get(slug)
        usual = chosen[slug].most_common(1)[0][0] if slug in chosen else ()
        rows.append(QuestionRow(slug, question.theme if question else "", question.text if question else slug, answered[slug],
                                wrong[slug], _mistake(question, usual) if question and usual else ""))
    return sorted(rows, key=lambda row: (-row.rate, -row.wrong, row.id))


def _mistake(question: Question, usual: tuple[int, ...]) -> str:
    """The option taken for the right one; where several are right, what was left out and what was ticked too much."""
    if not takes_many(question):
        return question.options[usual[0]]
    parts = (("漏选", [n for n in question.answer if n not in usual]), ("多选", [n for n in usual if n not in question.answer]))
    return "；".join(f"{what}：{'、'.join(question.options[n] for n in which)}" for what, which in parts if which)
