"""The annual training plan: what, for whom, when, with what, who came, was it held; and the campaigns of the year."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from fastapi import Response
from sqlalchemy import select

from desk import groups, table_file
from desk.days import read_day
from desk.nav import LEADS
from desk.table_file import Table, percent, share
from desk.visit import Refused, Visit
from tickets import audit
from tickets.colleagues import Roll, labels, roll
from tickets.exam_results import results
from tickets.models import Branch, Exam, Staff, Training, now
from tickets.numbers import SHANGHAI

COLUMNS = ("日期", "培训", "主题", "对象", "主讲", "资料", "状态", "应到", "实到", "到训率", "考试合格率", "备注")


@dataclass(frozen=True)
class Bank:
    """Colleagues and branches, read once for all lines of a plan."""

    roll: Roll
    names: dict[int, str]
    paths: dict[int, str]


def _bank(visit: Visit) -> Bank:
    branches = visit.session.execute(select(Branch.id, Branch.name, Branch.path)).all()
    return Bank(roll(visit.session), {one.id: one.name for one in branches}, {one.id: one.path for one in branches})


def plan(visit: Visit) -> Response:
    """`?year=2026`; without, this year."""
    year = _year(visit)
    bank = _bank(visit)
    lines = [_line(visit, one, bank) for one in _of(visit, year)]
    campaigns = [one for one in visit.knowledge.campaigns.values() if one.year in (0, year)]
    campaigns.sort(key=lambda one: (one.start, one.id))
    papers = list(visit.session.scalars(select(Exam).where(Exam.cancelled_at.is_(None)).order_by(Exam.id.desc()).limit(50)))
    papers += {row["exam"].id: row["exam"] for row in lines if row["exam"] and row["exam"] not in papers}.values()
    return visit.page("training.html", year=year, lines=lines, labels=labels(visit.session), campaigns=campaigns, today=_today(),
                      papers=papers, branches=groups.branches(visit), may_write=visit.me.role in LEADS, percent=percent)


def add(visit: Visit) -> Response:
    title, on = visit.said("title", most=80), _day(visit, "on")
    if not title or on is None:
        raise Refused(422, visit.word("desk.training_title"))
    line = Training(title=title, on=on, theme=visit.chosen("theme", visit.knowledge.taxonomy.theme),
                    roles=groups.ticked_roles(visit), branches=groups.ticked_branches(visit),
                    teacher=visit.said("teacher", most=40), material=visit.said("material", most=1000),
                    note=visit.said("note", most=1000), exam_id=_exam(visit))
    visit.session.add(line)
    visit.session.flush()
    audit.record(visit.session, staff_id=visit.me.id, action="training.add", target=f"training:{line.id}")
    return visit.go(f"/desk/training?year={on.year}", "saved")


def keep(visit: Visit) -> Response:
    """Who came, when it was held, which exam belongs to it, and what there is to note."""
    line = _named(visit)
    people = {str(one.id): one.id for one in choices(line, _bank(visit))}
    came = [one for one in visit.form.getlist("attended") if isinstance(one, str)]
    if not set(came) <= set(people):
        raise Refused(422, visit.word("desk.choose"))
    if line.on > _today() and (came or visit.said("held_on", most=10)):
        raise Refused(422, visit.word("desk.training_early"))
    line.attended, line.held_on = [people[one] for one in came], _day(visit, "held_on")
    if line.held_on is not None and line.held_on > _today():
        raise Refused(422, visit.word("desk.training_future"))
    line.material, line.note, line.exam_id = visit.said("material", most=1000), visit.said("note", most=1000), _exam(visit)
    audit.record(visit.session, staff_id=visit.me.id, action="training.keep", target=f"training:{line.id}",
                 data={"attended": len(line.attended), "held": line.held_on is not None})
    return visit.go(f"/desk/training?year={line.on.year}", "saved")


def edit(visit: Visit) -> Response:
    """What, when, for whom and by whom; a training that was held, or to which somebody came, cannot lie ahead."""
    line, title, on = _named(visit), visit.said("title", most=80), _day(visit, "on")
    if not title or on is None:
        raise Refused(422, visit.word("desk.training_title"))
    if on > _today() and (line.held_on or line.attended):
        raise Refused(422, visit.word("desk.training_was_held"))
    line.title, line.on, line.theme = title, on, visit.chosen("theme", visit.knowledge.taxonomy.theme)
    line.roles, line.branches = groups.ticked_roles(visit), groups.ticked_branches(visit)
    line.teacher = visit.said("teacher", most=40)
    audit.record(visit.session, staff_id=visit.me.id, action="training.edit", target=f"training:{line.id}")
    return visit.go(f"/desk/training?year={on.year}", "saved")


def remove(visit: Visit) -> Response:
    """Only what was not held yet: a training that took place stays on record."""
    line = _named(visit)
    if line.held_on is not None:
        raise Refused(409, visit.word("desk.training_held"))
    audit.record(visit.session, staff_id=visit.me.id, action="training.remove", target=f"training:{line.id}")
    visit.session.delete(line)
    return visit.go(f"/desk/training?year={line.on.year}", "removed")


def download(visit: Visit) -> Response:
    """The plan and, on a page of its own, who attended what."""
    year = _year(visit)
    bank = _bank(visit)
    lines = [_line(visit, one, bank) for one in _of(visit, year)]
    rows = [(str(row["line"].on), row["line"].title, row["theme"], row["whom"], row["line"].teacher, row["line"].material,
             row["state"], len(row["people"]), len(row["came"]) if row["due"] else "—",
             share(len(row["came"]), len(row["people"])) if row["due"] else "—", _passed(row), row["line"].note)
            for row in lines]
    signed = [(str(row["line"].on), row["line"].title, bank.names.get(one.branch_id or 0, "总行"), one.name,
               ("到" if one.id in row["came"] else "未到") if row["due"] else "—") for row in lines for one in row["people"]]
    audit.record(visit.session, staff_id=visit.me.id, action="training.download", target=f"year:{year}")
    body = table_file.book(f"{year} 年消费者权益保护培训计划", [
        Table("培训计划", COLUMNS, rows, wide=(5, 11)), Table("签到记录", ("日期", "培训", "机构", "姓名", "到训"), signed)])
    return table_file.attachment(body, f"{year}年消费者权益保护培训计划.xlsx")


def _passed(row: dict) -> Any:
    """The share that passed; of an exam that was cancelled so much is said instead."""
    return "考试已取消" if row["exam"] is not None and row["exam"].cancelled_at and row["passed"] == "—" else row["passed"]


def invited(line: Training, bank: Bank) -> list[Staff]:
    """Colleagues of the roles and branches named who were in service on its day, and whoever is on the list of those who came:
    who is hired or leaves later changes no figure of it."""
    ends = datetime.combine(line.held_on or line.on, time.max, SHANGHAI)
    here = {one.id for one in bank.roll.at(min(ends.astimezone(UTC), now()))}
    return [one for one in _meant(line, bank) if one.id in line.attended or one.id in here]


def choices(line: Training, bank: Bank) -> list[Staff]:
    """Whom one may tick: who is in service today too, whose account may be younger than the training."""
    due = {one.id for one in invited(line, bank)}
    return [one for one in _meant(line, bank) if one.active or one.id in due]


def _meant(line: Training, bank: Bank) -> list[Staff]:
    """Of the roles and branches named, or on the list of those who came, in service or not."""
    def meant(one: Staff) -> bool:
        below = not line.branches or any(f"/{branch}/" in bank.paths.get(one.branch_id or 0, "") for branch in line.branches)
        return one.id in line.attended or (below and (not line.roles or one.role in line.roles))

    return [one for one in bank.roll.people if meant(one)]


def _line(visit: Visit, line: Training, bank: Bank) -> dict:
    people = invited(line, bank)
    exam = visit.session.get(Exam, line.exam_id) if line.exam_id else None
    passed = "—"
    if exam is not None:
        sat = [row for row in results(visit.session, exam, visit.knowledge.quiz, now()).people if row.mark is not None]
        passed = share(sum(row.state == "passed" for row in sat), len(sat))
    theme = visit.knowledge.taxonomy.theme.get(line.theme)
    state = "已完成" if line.held_on else "待开展" if line.on >= _today() else "逾期未办"
    due = line.held_on is not None or bool(line.attended) or line.on < _today()  # before that nobody can have stayed away
    return {"line": line, "theme": theme.name if theme else line.theme, "people": people, "choices": choices(line, bank),
            "came": set(line.attended), "exam": exam, "passed": passed, "state": state, "due": due, "ahead": line.on > _today(),
            "whom": groups.for_whom(line.roles, line.branches, bank.names)}


def _of(visit: Visit, year: int) -> list[Training]:
    return list(visit.session.scalars(select(Training).where(Training.on >= date(year, 1, 1), Training.on <= date(year, 12, 31))
                                      .order_by(Training.on, Training.id)))


def _named(visit: Visit) -> Training:
    line = visit.session.get(Training, visit.path_number("id"), with_for_update=True)
    if line is None:
        raise Refused(404, visit.word("desk.not_found"))
    return line


def _exam(visit: Visit) -> int | None:
    chosen = visit.number("exam_id", empty=True)
    if chosen is not None and visit.session.get(Exam, chosen) is None:
        raise Refused(422, visit.word("desk.choose"))
    return chosen


def _today() -> date:
    return now().astimezone(SHANGHAI).date()


def _day(visit: Visit, name: str) -> date | None:
    text = visit.said(name, most=10)
    day = read_day(text)
    if text and day is None:
        raise Refused(422, visit.word("desk.no_date"))
    return day


def _year(visit: Visit) -> int:
    text = visit.query.get("year", "") or str(_today().year)
    if not (text.isascii() and text.isdigit() and 2000 <= int(text[:5]) <= 2100):
        raise Refused(422, visit.word("desk.choose"))
    return int(text)
