"""Drawing up an exam: the form, what is wrong with it at the field where it is wrong, and the paper that is drawn."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fastapi import Response
from sqlalchemy import select

from desk import groups, reach
from desk.days import MINUTE, read_minute
from desk.visit import Refused, Visit
from tickets import audit, exams, paper
from tickets.models import Exam, now
from tickets.numbers import SHANGHAI, minute
from tickets.register import owe

MOST_QUESTIONS, MOST_MINUTES, MOST_TRIES = 100, 240, 5
SPREADS = {"even": "各主题一样多", "bank": "按题库多少分配", "chosen": "自己定每个主题的题数"}


@dataclass
class Draft:
    """What was written into the form. `wrong`: the fields that cannot stay so, each with its sentence."""

    values: dict[str, Any]
    wrong: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def blank(visit: Visit) -> Response:
    today = now().astimezone(SHANGHAI)
    return _form(visit, Draft({
        "title": "", "count": "20", "pass_score": "80", "minutes": "30", "tries": "2", "opens_at": f"{today:{MINUTE}}",
        "closes_at": f"{today + timedelta(days=14):%Y-%m-%dT18:00}", "audience": paper.STAFF, "spread": "even", "topped_up": False,
        "varied": False, "themes": [], "roles": [], "branches": [], "counts": {}}))


def create(visit: Visit) -> Response:
    """Draw the paper, keep it, and tell those whom it asks and who are linked to Telegram; or show the form as it was filled in.
    Who is not asked herself may look at the paper first, draw another, and keep the one that she has seen."""
    draft, looks = _written(visit), visit.said("look", most=3) == "yes"
    seen = [one for one in visit.each("drawn", most=80) if one in visit.knowledge.quiz][:MOST_QUESTIONS]
    numbers = {name: _between(visit, draft, name, most) for name, most in (
        ("count", MOST_QUESTIONS), ("minutes", MOST_MINUTES), ("tries", MOST_TRIES), ("pass_score", 100))}
    opens, closes = _moment(visit, draft, "opens_at"), _moment(visit, draft, "closes_at")
    if not draft["title"]:
        draft.wrong["title"] = visit.word("desk.exam_title")
    if opens and closes and (opens >= closes or closes <= now()):
        draft.wrong["closes_at"] = visit.word("desk.exam_times")
    drawn = _drawn(visit, draft, numbers["count"] or 0, opens or now())
    branches = _branches(visit, draft)
    if not draft.wrong and not looks and opens and closes and visit.said("again", most=3) != "yes" and \
            (double := _double(visit, draft["title"], opens, closes)):
        draft.wrong["again"] = visit.word("desk.exam_double", opens=minute(double.opens_at), closes=minute(double.closes_at))
    if draft.wrong:
        return _form(visit, draft, status=422, shown=seen)
    kept = {name: draft[name] for name in ("title", "themes", "audience", "topped_up", "varied", "roles")}
    exam = Exam(**kept, questions=drawn, minutes=numbers["minutes"], pass_score=numbers["pass_score"], tries=numbers["tries"],
                branches=branches, opens_at=opens, closes_at=closes, created_by=visit.me.id)
    sits = exams.concerned(visit.session, exam, visit.me)
    if looks:
        return _form(visit, draft, said="exam_look_sits" if sits else "exam_look", shown=() if sits else drawn)
    if seen and not sits:
        if not paper.alike(visit.knowledge.quiz, seen, drawn, day=opens or now(), audience=draft["audience"]):
            return _form(visit, draft, said="exam_look_anew", shown=drawn)
        exam.questions = seen
    visit.session.add(exam)
    visit.session.flush()
    audit.record(visit.session, staff_id=visit.me.id, action="exam.add", target=f"exam:{exam.id}", data={"questions": len(drawn)})
    for staff in exams.candidates(visit.session, exam, now()):
        if staff.telegram_id:
            owe(visit.session, channel="telegram", address=staff.telegram_id, purpose="alert", body=_call(visit, exam))
    return visit.go(f"/desk/exams/{exam.id}/report", "exam_added_sits" if sits else "exam_added")


def _form(visit: Visit, draft: Draft, *, status: int = 200, said: str = "", shown: Sequence[str] = ()) -> Response:
    """With how many questions each theme has, those for colleagues among them, and the paper that she looks at."""
    every, own = Counter[str](), Counter[str]()
    for question in visit.knowledge.quiz.values():
        every[question.theme] += 1
        own[question.theme] += draft["audience"] in question.audience
    mine = reach.of(visit)
    branches = [one for one in groups.branches(visit) if mine.within is None or one.id in mine.within]
    used = {name for question in visit.knowledge.quiz.values() for name in question.audience}
    audiences = sorted((code for code in visit.knowledge.taxonomy.audience if code in used), key=lambda code: code != paper.STAFF)
    return visit.page("exam_new.html", status=status, draft=draft, every=every, own=own, branches=branches, spreads=SPREADS,
                      audiences=audiences, whole_bank=mine.within is None, said=visit.word(f"desk.{said}") if said else "",
                      paper=[visit.knowledge.quiz[one] for one in shown])


def _written(visit: Visit) -> Draft:
    texts = {name: visit.said(name, most=80) for name in
             ("title", "count", "pass_score", "minutes", "tries", "opens_at", "closes_at")}
    counts = {code: text for code in visit.knowledge.taxonomy.theme if (text := visit.said(f"n_{code}", most=4))}
    return Draft({**texts, "counts": counts, "topped_up": visit.said("topped_up", most=3) == "yes",
                  "audience": visit.chosen("audience", visit.knowledge.taxonomy.audience, empty=True) or paper.STAFF,
                  "spread": "chosen" if counts else visit.chosen("spread", SPREADS, empty=True) or "even",
                  "varied": visit.said("varied", most=3) == "yes",
                  "themes": groups.ticked_themes(visit), "roles": groups.ticked_roles(visit),
                  "branches": groups.ticked_branches(visit)})


def _drawn(visit: Visit, draft: Draft, count: int, day: datetime) -> list[str]:
    """The questions; too few of them are said where they can be had."""
    quiz, audience, others = visit.knowledge.quiz, draft["audience"], draft["topped_up"]
    if draft["spread"] == "chosen":
        return _chosen(visit, draft, day)
    drawn = paper.draw(quiz, draft["themes"], count, day=day, how=draft["spread"], audience=audience, others=others)
    if "count" not in draft.wrong and len(drawn) < count:
        _too_few(visit, draft, "count", len(drawn))
    return drawn


def _chosen(visit: Visit, draft: Draft, day: datetime) -> list[str]:
    """As many of each theme as was written beside it; the sum is the length of the paper, whatever stands in its own field."""
    draft.wrong.pop("count", None)
    wanted = {code: int(text) for code, text in draft["counts"].items() if text.isascii() and text.isdigit()}
    total = sum(wanted.values())
    if len(wanted) < len(draft["counts"]) or not 1 <= total <= MOST_QUESTIONS:
        draft.wrong["themes"] = visit.word("desk.exam_counts", most=MOST_QUESTIONS)
        return []
    draft.values["themes"] = [code for code, number in wanted.items() if number]
    stock = paper.shelves(visit.knowledge.quiz, draft["themes"], day=day, audience=draft["audience"], others=draft["topped_up"])
    short = [code for code in draft["themes"] if len(stock.get(code, ())) < wanted[code]]
    if short:
        names = visit.knowledge.taxonomy.theme
        draft.wrong["themes"] = visit.word("desk.exam_few_of", themes="、".join(
            f"{names[code].name} {len(stock.get(code, ()))} 题" for code in short)) + _advice(visit, draft)
    return paper.pick(stock, wanted, audience=draft["audience"])


def _too_few(visit: Visit, draft: Draft, name: str, found: int) -> None:
    draft.wrong[name] = visit.word("desk.exam_few", count=found) + _advice(visit, draft)


def _advice(visit: Visit, draft: Draft) -> str:
    return "" if draft["topped_up"] else visit.word("desk.exam_top_up", audience=draft["audience"])


def _branches(visit: Visit, draft: Draft) -> list[int]:
    """Those ticked; a branch that ticks none draws up its own exam, and none of it reaches beyond."""
    mine = reach.of(visit)
    ticked = draft["branches"] or ([visit.me.branch_id] if mine.within is not None else [])
    if not mine.holds(ticked):
        raise Refused(403, visit.word("desk.exam_not_yours"))
    return ticked


def _double(visit: Visit, title: str, opens: datetime, closes: datetime) -> Exam | None:
    """Another exam of this title that can be sat on some day of this one."""
    same = select(Exam).where(Exam.title == title, Exam.cancelled_at.is_(None), Exam.opens_at < closes, Exam.closes_at > opens)
    return next((one for one in visit.session.scalars(same) if reach.of(visit).sees(one)), None)


def _between(visit: Visit, draft: Draft, name: str, most: int) -> int | None:
    text = draft[name]
    if text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= most:
        return int(text)
    draft.wrong[name] = visit.word("desk.exam_number", most=most)
    return None


def _moment(visit: Visit, draft: Draft, name: str) -> datetime | None:
    moment = read_minute(draft[name])
    if moment is None:
        draft.wrong[name] = visit.word("desk.no_moment")
    return moment


def _call(visit: Visit, exam: Exam) -> dict:
    text = visit.word("exam.called", title=exam.title, count=len(exam.questions), minutes=exam.minutes,
                      opens=minute(exam.opens_at), closes=minute(exam.closes_at))
    return {"text": text, "buttons": [[{"label": visit.word("exam.sit", title=exam.title), "data": f"exam:{exam.id}"}]],
            "tone": "staff"}
