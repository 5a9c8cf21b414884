"""Warnings before the storm: looked for once a day without the write lock, kept once, explained in words, judged by a person.

What stands is read from the rows themselves, so that a worker that starts anew warns of nothing twice.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from knowledge.base import Taxonomy
from tickets import marks, rising, surges
from tickets.early_warning import Looked, Standing, look
from tickets.models import Branch, Fact, Ticket, Warning_
from tickets.periods import Period
from tickets.rising import Cut
from tickets.statistics import TRIALS
from tickets.surges import COUNTED_OUT, Series

FACT = "early_warning"
KINDS = ("surge", "word", "person", "crowd")
PERSON_DAYS, PERSON_TIMES = 30, 4
"""One person so often in so many days is worth a talk; the law's third time (tickets/repeats.py) is about one matter."""
MOST_TICKETS = 300  # ids kept with a warning

Say = Callable[..., str]


@dataclass(frozen=True)
class Person:
    """Somebody who came again and again, about whatever."""

    who: str  # u7: customer 7; c7: chat 7
    tickets: tuple[int, ...]
    branches: tuple[int, ...]
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Findings:
    """What one morning found; `standing` are the warnings that go on, by their row."""

    until: date
    fresh: list[tuple[Looked, tuple[int, ...], tuple[str, ...]]]  # with its tickets and its most telling words
    going_on: dict[int, date]
    persons: list[Person]


@dataclass(frozen=True)
class Precision:
    """How often warnings of a kind were right, of those that a person has judged."""

    kind: str
    grade: str
    warned: int
    confirmed: int
    dismissed: int

    @property
    def share(self) -> float | None:
        judged = self.confirmed + self.dismissed
        return self.confirmed / judged if judged else None


def due(session: Session, today: date) -> bool:
    """Whether this day's look is still to come (it looks at the days before `today`)."""
    mark = session.get(Fact, FACT)
    return mark is None or mark.value["day"] < today.isoformat()


def find(session: Session, until: date, cut: Cut) -> Findings:
    """Look at the days up to and with `until`, a whole day. Only reads; call it in `store.read()`."""
    counts = surges.read_counts(session, until)
    recent = rising.read_said(session, until, cut, days=max(rising.WINDOWS))
    before, days = rising.history_days(until)
    said = rising.read_said(session, before, cut, days=days, most=rising.MOST_PAST)
    past = rising.count_words(said)
    rows = _standing(session, until)
    morning = look(counts, recent, past, len(said), until, standing=[one for _, one in rows])
    fresh = []
    for one in morning.fresh:
        held = [r for r in recent if r.ticket_id in one.tickets or (
            one.series is not None and until.toordinal() - r.day < one.days and one.series.holds(r.cell))]
        fresh.append((one, tuple(r.ticket_id for r in held)[:MOST_TICKETS], _telling(held, past, len(said))))
    still = {(one.series, one.word): one.last for one in morning.standing}
    going_on = {row_id: last for row_id, one in rows if (last := still.get((one.series, one.word), one.last)) > one.last}
    return Findings(until, fresh, going_on, _persons(session, until))


def note(session: Session, found: Findings, *, taxonomy: Taxonomy, wording: Say, at: datetime) -> list[Warning_]:
    """Keep what was found; returns the new warnings. A second worker on the same day finds the day taken and keeps nothing."""
    ours = marks.mark(session, FACT, day="")
    today = (found.until + timedelta(days=1)).isoformat()
    if ours.value["day"] >= today:
        return []
    ours.value, ours.at = {"day": today}, at
    branches = dict(session.execute(select(Branch.id, Branch.name)).all())
    made = []
    for one, tickets, words in found.fresh:
        made.append(_keep(session, one, tickets, words, branches, taxonomy=taxonomy, wording=wording, at=at))
    for person in found.persons:
        made.append(_keep_person(session, person, found.until, taxonomy=taxonomy, wording=wording, at=at))
    for row_id, last in found.going_on.items():
        row = session.get_one(Warning_, row_id)
        row.data = {**row.data, "last": last.isoformat()}
    session.flush()
    return [row for row in made if row is not None]


def judge(warning: Warning_, right: bool, *, reason: str, staff_id: int, at: datetime) -> None:
    """A person says whether it was right; a judgement may be changed, the last one counts."""
    warning.judged = "true" if right else "false"
    warning.judged_reason, warning.judged_by, warning.judged_at = reason, staff_id, at


def precision(session: Session, *, since: datetime | None = None, where: ColumnElement[bool] | None = None) -> list[Precision]:
    """By kind and grade, in the order of KINDS."""
    query = select(Warning_.kind, Warning_.data["grade"].as_string(), Warning_.judged)
    if since is not None:
        query = query.where(Warning_.at >= since)
    if where is not None:
        query = query.where(where)
    counted = Counter((kind, grade or "high", judged) for kind, grade, judged in session.execute(query))
    groups = sorted({(kind, grade) for kind, grade, _ in counted}, key=lambda one: (KINDS.index(one[0]), one[1]))
    return [Precision(kind, grade, sum(counted[kind, grade, said] for said in (None, "true", "false")),
                      counted[kind, grade, "true"], counted[kind, grade, "false"]) for kind, grade in groups]


def of_branches(branch_ids: Iterable[int]) -> ColumnElement[bool]:
    """Warnings about one of these branches only; what concerns the whole bank is the head office's."""
    return Warning_.data["branch_id"].as_integer().in_(tuple(branch_ids) or (0,))


def odds(chance: float) -> str:
    """A chance as people say it: 「约 120 次里有 1 次」."""
    times = 1 / max(chance, 1e-12)
    if times >= 1_000_000:
        return "一百万次里不到 1 次"
    scale = 10 ** max(len(str(int(times))) - 2, 0)
    rounded = int(times // scale * scale)
    return f"约 {rounded // 10000} 万次里有 1 次" if rounded >= 10000 else f"约 {rounded} 次里有 1 次"


def _standing(session: Session, until: date) -> list[tuple[int, Standing]]:
    """Warnings that may still go on: not older than 45 days, whatever a person has judged meanwhile."""
    start = Period(until - timedelta(days=45), until).start
    rows = session.scalars(select(Warning_).where(Warning_.kind.in_(("surge", "word")), Warning_.at >= start).order_by(Warning_.id))
    return [(row.id, Standing(Series(*row.data["series"]) if row.data["series"] else None, row.data["word"],
                              date.fromisoformat(row.data["last"]))) for row in rows]


def _telling(held: list[rising.Said], past: Mapping[str, int], past_size: int) -> tuple[str, ...]:
    """The words that stand out in these complaints, so that a surge says what it is about."""
    counted = Counter(word for one in held for word in one.words)
    usual = {word: past.get(word, 0) / max(past_size, 1) for word in counted}
    scored = [(times / len(held) - usual[word], word) for word, times in counted.items()
              if times >= 2 and times / len(held) > 2.5 * usual[word]]
    return tuple(word for score, word in sorted(scored, reverse=True)[:4] if score > 0.15)


def _persons(session: Session, until: date) -> list[Person]:
    period = Period(until - timedelta(days=PERSON_DAYS - 1), until)
    found = []
    for column, mark in ((Ticket.customer_id, "u"), (Ticket.chat_id, "c")):
        where = (Ticket.kind == "complaint", Ticket.received_at >= period.start, Ticket.received_at < period.end,
                 Ticket.status.not_in(COUNTED_OUT), Ticket.source.not_in(TRIALS))
        other = () if mark == "u" else (Ticket.customer_id.is_(None),)
        often = session.scalars(select(column).where(column.is_not(None), *where, *other).group_by(column)
                                .having(func.count() >= PERSON_TIMES)).all()
        for who in often:
            rows = session.execute(select(Ticket.id, Ticket.branch_id, Ticket.category).where(column == who, *where)
                                   .order_by(Ticket.id)).all()
            found.append(Person(f"{mark}{who}", tuple(row.id for row in rows),
                                tuple(sorted({row.branch_id for row in rows if row.branch_id})),
                                tuple(dict.fromkeys(row.category for row in rows if row.category))))
    return found


def _keep(session: Session, one: Looked, tickets: tuple[int, ...], words: tuple[str, ...], branches: Mapping[int, str], *,
          taxonomy: Taxonomy, wording: Say, at: datetime) -> Warning_ | None:
    name = one.series.key if one.series is not None else one.word[:40]
    data: dict[str, Any] = {
        "series": list(one.series) if one.series is not None else None, "word": one.word, "grade": one.grade, "days": one.days,
        "count": one.count, "usual": round(one.usual, 3), "chance": one.chance, "until": one.until.isoformat(),
        "last": one.until.isoformat(), "tickets": list(tickets), "words": list(one.beside or words),
        "branch_id": one.series.branch_id if one.series is not None else None}
    usual = f"约 {one.usual:.0f} 件" if one.usual >= 0.5 else "不到 1 件"
    fields = {"days": one.days, "count": one.count, "usual": usual}
    if one.kind == "word":
        text = wording("warning.word", word=one.word, **fields)
    else:
        text = wording(f"warning.surge_{one.grade}", what=what(one.series, branches, taxonomy, wording), **fields)
    return _add(session, Warning_(kind=one.kind, key=f"{one.kind}:{name}:{one.until}"[:120], text=text, data=data, at=at))


def _keep_person(session: Session, person: Person, until: date, *, taxonomy: Taxonomy, wording: Say,
                 at: datetime) -> Warning_ | None:
    """Once a month for one person; later complaints join the warning that stands."""
    since = Period(until - timedelta(days=PERSON_DAYS), until).start
    row = session.scalars(select(Warning_).where(Warning_.kind == "person", Warning_.key.startswith(f"person:{person.who}:"),
                                                 Warning_.at >= since)).first()
    about = "、".join(_name(taxonomy.category, code) for code in person.categories) or "—"
    text = wording("warning.person", days=PERSON_DAYS, count=len(person.tickets), what=about)
    data = {"grade": "high", "tickets": list(person.tickets), "count": len(person.tickets), "until": until.isoformat(),
            "last": until.isoformat(), "branch_id": person.branches[0] if len(person.branches) == 1 else None}
    if row is not None:
        if row.judged is None and list(person.tickets) != row.data["tickets"]:
            row.text, row.data = text, data
        return None
    return _add(session, Warning_(kind="person", key=f"person:{person.who}:{until}", text=text, data=data, at=at))


def _add(session: Session, row: Warning_) -> Warning_ | None:
    if session.scalars(select(Warning_.id).where(Warning_.key == row.key)).first() is not None:
        return None
    session.add(row)
    return row


def what(series: Series, branches: Mapping[int, str], taxonomy: Taxonomy, wording: Say) -> str:
    """「城东支行贷款服务」, as it stands before 「投诉」; causes by the short names that an office says."""
    where = branches.get(series.branch_id or 0, "")
    codes = "".join([_name(taxonomy.category, series.category) if series.category else "",
                     wording(f"warning.cause_{series.cause}") if series.cause in taxonomy.cause else series.cause or ""])
    return where + codes or "全行"


def _name(kinds: Mapping[str, Any], code: str) -> str:
    return kinds[code].name if code in kinds else code


def listed(session: Session, where: ColumnElement[bool] | None, *, view: str) -> list[Warning_]:
    """`view`: open (nobody has judged it), low (those of low grade) or judged; the newest first, at most a hundred."""
    newest = Warning_.judged_at.desc() if view == "judged" else Warning_.at.desc()
    return list(session.scalars(_in_view(select(Warning_), where, view).order_by(newest, Warning_.id.desc()).limit(100)))


def how_many(session: Session, where: ColumnElement[bool] | None, *, view: str) -> int:
    return session.scalar(_in_view(select(func.count()).select_from(Warning_), where, view)) or 0


def _in_view(query: Select[Any], where: ColumnElement[bool] | None, view: str) -> Select[Any]:
    if where is not None:
        query = query.where(where)
    return query.where(in_view(view))


def in_view(view: str) -> ColumnElement[bool]:
    """`view`: open (nobody has judged it), low (those of low grade) or judged."""
    if view == "judged":
        return Warning_.judged.is_not(None)
    grade = Warning_.data["grade"].as_string()
    return and_(Warning_.judged.is_(None), grade == "low" if view == "low" else or_(grade.is_(None), grade != "low"))
