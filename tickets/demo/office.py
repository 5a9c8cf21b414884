"""What the invented office keeps beside its tickets: rectification, routing, duty, training and exams, all from demo.toml."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge.tables import Question
from tickets import paper, rectification
from tickets.demo.people import Bank
from tickets.exams import candidates, shuffled
from tickets.models import Attempt, Duty, Exam, Route, Staff, Ticket, Training
from tickets.numbers import SHANGHAI

MOST_TICKETS = 60  # that an item of the ledger names
WATCHES = 14  # days of duty, from the last day of the year's story on
RIGHT = 0.86  # of the answers of an exam


def furnish(session: Session, book: Mapping[str, Any], bank: Bank, *, until: datetime, quiz: Mapping[str, Question],
            seed: int) -> None:
    """Dates are days before (or, negative, after) `until`. Without questions there are no exams. Flushes, does not commit."""
    last, dice = until.astimezone(SHANGHAI).date(), random.Random(seed)  # noqa: S311 - a story, no secret
    leads = list(session.scalars(select(Staff).where(Staff.role == "lead").order_by(Staff.id)))
    handlers = list(session.scalars(select(Staff).where(Staff.role.in_(("lead", "handler"))).order_by(Staff.id)))
    for row in book.get("rectification", ()):
        _mend(session, row, last)
    _route(session, book.get("route", ()), {office.kind: office.id for office in bank.offices if office.kind != "branch"})
    _watch(session, handlers, last)
    exams = {row["title"]: made for row in book.get("exam", ()) if (made := _exam(session, row, leads[0], last, quiz, dice))}
    for row in book.get("training", ()):
        _train(session, row, handlers, last, exams, dice)
    session.flush()


def _mend(session: Session, row: Mapping[str, Any], last: date) -> None:
    at = _moment(last, row["opened"], 9)
    tickets = session.scalars(select(Ticket.id).where(
        Ticket.category == row["category"], Ticket.cause == row["cause"], Ticket.received_at < at, Ticket.kind == "complaint")
        .order_by(Ticket.received_at.desc()).limit(MOST_TICKETS))
    item = rectification.open_item(
        session, problem=row["problem"], root_cause=row.get("root_cause", ""), measures=row.get("measures", ""),
        owner=row.get("owner", ""), category=row["category"], cause=row["cause"], due_on=last - timedelta(days=row["due"]),
        tickets=list(tickets), at=at)
    item.evidence = row.get("evidence", "")
    if row["state"] != "open":
        rectification.set_state(item, row["state"], at=_moment(last, row.get("closed", 0), 16))


def _route(session: Session, rows: Sequence[Mapping[str, Any]], departments: Mapping[str, int]) -> None:
    for place, row in enumerate(rows, 1):
        if row["department"] in departments:
            session.add(Route(position=place, category=row.get("category"), urgency=row.get("urgency"),
                              to_branch_id=departments[row["department"]]))


def _watch(session: Session, people: Sequence[Staff], last: date) -> None:
    """From six in the evening until eight in the morning, each night somebody else."""
    for n in range(WATCHES):
        begins = _moment(last, 1 - n, 18)
        session.add(Duty(staff_id=people[n % len(people)].id, starts_at=begins, ends_at=begins + timedelta(hours=14)))


def _exam(session: Session, row: Mapping[str, Any], by: Staff, last: date, quiz: Mapping[str, Question],
          dice: random.Random) -> Exam | None:
    opens, closes = _moment(last, row["opens"], 9), _moment(last, row["closes"], 18)
    drawn = paper.draw(quiz, row["themes"], row["questions"], day=opens, chance=dice) if quiz else []
    if not drawn:
        return None
    made = Exam(title=row["title"], themes=row["themes"], questions=drawn, minutes=30, pass_score=80, tries=1,
                roles=row["roles"], opens_at=opens, closes_at=closes, created_by=by.id, created_at=opens - timedelta(days=3))
    session.add(made)
    session.flush()
    for staff in candidates(session, made, closes) if closes <= _moment(last, 0, 0) else ():
        if dice.random() < 0.92:
            session.add(_sat(made, staff, quiz, opens + timedelta(minutes=dice.randrange(60, 60 * 30)), dice))
    return made


def _sat(exam: Exam, staff: Staff, quiz: Mapping[str, Question], at: datetime, dice: random.Random) -> Attempt:
    """A paper handed in; who errs picks one wrong answer."""
    answers = []
    for name in exam.questions:
        question, right = quiz[name], dice.random() < RIGHT
        wrong = [n for n in range(len(question.options)) if n not in question.answer]
        answers.append({"id": name, "order": shuffled(question, dice), "right": right or not wrong,
                        "answer": list(question.answer) if right or not wrong else [dice.choice(wrong)]})
    return Attempt(exam_id=exam.id, staff_id=staff.id, questions=answers, score=sum(one["right"] for one in answers),
                   started_at=at, ends_at=at + timedelta(minutes=exam.minutes),
                   finished_at=at + timedelta(seconds=dice.randrange(300, 60 * exam.minutes)))


def _train(session: Session, row: Mapping[str, Any], people: Sequence[Staff], last: date, exams: Mapping[str, Exam],
           dice: random.Random) -> None:
    on, exam = last - timedelta(days=row["on"]), exams.get(row.get("exam", ""))
    line = Training(title=row["title"], theme=row["theme"], on=on, roles=row["roles"], teacher=row["teacher"],
                    material=row.get("material", ""), exam_id=exam.id if exam else None, note=row.get("note", ""))
    if on < last and not row.get("missed"):
        line.held_on = on
        line.attended = [one.id for one in people if one.role in row["roles"] and dice.random() < 0.9]
    session.add(line)


def _moment(last: date, days: int, hour: int) -> datetime:
    return datetime.combine(last - timedelta(days=days), time(hour), SHANGHAI).astimezone(UTC)
