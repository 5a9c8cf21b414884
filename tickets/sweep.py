"""The worker's look at every clock: who is placed, what is told, what is due soon, what is late and who must hear of it.

Each notice is made once, however many workers sweep: a row is only taken when its mark moved forward in the same statement.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select, true, update
from sqlalchemy.orm import Session, aliased

from knowledge.clocks import Deadlines
from tickets import assignment, lifecycle
from tickets.deadlines import day_in_words, days_left, last_second, shanghai_day
from tickets.models import OPEN, PAUSED, Alert, Event, Owed, Staff, Ticket
from tickets.telling import Say

RUNNING = tuple(state for state in OPEN if state not in PAUSED)
"""Open states in which the clock runs."""
AT_ONCE = 200  # tickets of one kind in one sweep: it holds SQLite's only write lock; the rest follows a minute later
PLACE_WITHIN = timedelta(hours=2)
BREACHED = 4
RINGS_FOR = timedelta(hours=12)  # an alarm that is older than this is not rung for again


@dataclass(frozen=True)
class Notice:
    """Something the office must hear. `staff_ids` are the people concerned; the group hears all of it."""

    kind: str  # due_soon | breach | escalated | contact_late | untaken | tell_failed
    ticket_id: int
    number: str
    due_at: datetime
    days: int  # until the due day, or since it
    staff_ids: tuple[int, ...] = ()
    hours: int = 0
    minutes: int = 0
    handler: str = ""  # who was given the alarm and has not spoken with her yet

    def text(self, wording: Say) -> str:
        due = day_in_words(self.due_at)
        match self.kind:
            case "due_soon":
                return wording("alert.due_soon", number=self.number, days=self.days, due=due)
            case "breach":
                return wording("alert.breach", number=self.number, due=due)
            case "escalated":
                return wording("alert.escalated", number=self.number, days=self.days, due=due)
            case "untaken" if self.handler:
                return wording("alert.unanswered", number=self.number, minutes=self.minutes, name=self.handler)
            case "untaken":
                return wording("alert.untaken", number=self.number, minutes=self.minutes)
            case "contact_late":
                return wording("alert.contact_late", number=self.number, hours=self.hours)
            case _:
                return wording("alert.tell_failed", number=self.number)


def sweep(session: Session, rules: Deadlines, now: datetime, *, wording: Say | None = None) -> list[Notice]:
    """One sweep, one transaction of the caller's. With `wording`, customers are told of the handler that routing chose,
    and every breach stands as an alert on the desk."""
    _place(session, rules, now, wording)
    notices = [*_untaken(session, rules, now), *_confirm_told(session, rules, now), *_late_contacts(session, rules, now),
               *_clocks(session, rules, now)]
    if wording is not None:
        for notice in notices:
            if notice.kind != "due_soon":
                session.add(Alert(kind=notice.kind, text=notice.text(wording), ticket_id=notice.ticket_id, at=now))
    session.flush()
    return notices


def _place(session: Session, rules: Deadlines, now: datetime, wording: Say | None) -> None:
    """Give new tickets their branch and, where a rule or the roster says so, a handler. The branch may be named late: what no rule
    places is looked at again and again, and must not stand before what is urgent or has just come."""
    first = (Ticket.urgency, Ticket.received_at.desc(), Ticket.id.desc())  # "I" < "II" < "III" < "none"
    fresh = session.scalars(
        select(Ticket).where(Ticket.status == "received", Ticket.assignee_id.is_(None), Ticket.received_at >= now - PLACE_WITHIN)
        .order_by(*first).limit(AT_ONCE).with_for_update(skip_locked=True)).all()
    taken = session.scalars(
        select(Ticket).where(Ticket.is_open == true(), Ticket.branch_id.is_(None), Ticket.assignee_id.is_not(None),
                             Ticket.branch_named != "", Ticket.received_at >= now - PLACE_WITHIN)
        .order_by(*first).limit(AT_ONCE).with_for_update(skip_locked=True)).all()
    book = assignment.routing_book(session) if fresh or taken else None
    for ticket in taken:  # before its branch was known; who handles it stays
        if (named := assignment.match_branch(book.branches, ticket.branch_named)) is not None:
            ticket.branch_id = named.id
            session.add(Event(ticket_id=ticket.id, kind="placed", actor="clock", data={"branch_id": named.id}, at=now))
    for ticket in fresh:
        routed = assignment.route(session, ticket, at=now, book=book)
        if routed.branch_id is not None and routed.branch_id != ticket.branch_id:
            ticket.branch_id = routed.branch_id
            session.add(Event(ticket_id=ticket.id, kind="placed", actor="clock", data={"branch_id": routed.branch_id}, at=now))
        if routed.staff_id is not None:
            lifecycle.move(session, ticket, "assign", actor="clock", rules=rules, at=now, wording=wording,
                           assignee_id=routed.staff_id)
    session.flush()


def landed(session: Session) -> bool:
    """Whether a decision's letter has arrived, or cannot arrive, and the ticket does not say so yet."""
    return session.scalars(select(Ticket.id).join(Owed, Owed.id == Ticket.told_owed_id).where(
        Ticket.is_open, Ticket.status == "decided", Owed.status.in_(("sent", "dead"))).limit(1)).first() is not None


def _confirm_told(session: Session, rules: Deadlines, now: datetime) -> list[Notice]:
    """A decision whose message has arrived is told; one that cannot arrive must be told another way."""
    landed = session.execute(
        select(Ticket, Owed.status).join(Owed, Owed.id == Ticket.told_owed_id)
        .where(Ticket.status == "decided", Owed.status.in_(("sent", "dead"))).order_by(Ticket.id).limit(AT_ONCE)).all()
    notices = []
    for ticket, status in landed:
        if status == "sent":
            lifecycle.confirm_told(session, ticket, rules=rules, at=now)
            continue
        session.refresh(ticket, with_for_update=True)
        if ticket.told_owed_id is None:
            continue
        session.add(Event(ticket_id=ticket.id, kind="tell_failed", actor="clock", data={"owed_id": ticket.told_owed_id}, at=now))
        ticket.told_owed_id = ticket.told_how = None
        notices.append(Notice("tell_failed", ticket.id, ticket.number, ticket.due_at, days_left(ticket.due_at, now),
                              _handler(ticket.assignee_id)))
    session.flush()
    return notices


def _untaken(session: Session, rules: Deadlines, now: datetime) -> list[Notice]:
    """行内规则: an alarm of level I that nobody takes, or whose handler has not spoken with her, rings once more, with the
    branch's leads and the head office."""
    minutes = rules.office.take_level_one_minutes
    again = aliased(Alert)
    waiting = session.execute(
        select(Ticket.id, Ticket.number, Ticket.due_at, Ticket.branch_id, Staff.name).join(Alert, Alert.ticket_id == Ticket.id)
        .outerjoin(Staff, Staff.id == Ticket.assignee_id)
        .where(Alert.kind == "level_one", Alert.acknowledged_at.is_(None), Alert.at < now - timedelta(minutes=minutes),
               Alert.at > now - RINGS_FOR, Ticket.is_open,
               or_(Ticket.first_contact_at.is_(None), Ticket.assignee_id.is_(None)),  # such a call may have been vain
               ~exists().where(again.ticket_id == Ticket.id, again.kind == "untaken"))
        .distinct().order_by(Ticket.id).limit(AT_ONCE)).all()
    chain = _Chain(session)
    return [Notice("untaken", row.id, row.number, row.due_at, days_left(row.due_at, now),
                   tuple(dict.fromkeys(chain.of(["lead", "head"], None, row.branch_id))), minutes=minutes, handler=row.name or "")
            for row in waiting]


def _late_contacts(session: Session, rules: Deadlines, now: datetime) -> list[Notice]:
    """行内规则: a person of the office speaks with her within a day."""
    hours = rules.office.first_contact_hours
    late = session.execute(
        select(Ticket.id, Ticket.number, Ticket.due_at, Ticket.assignee_id, Ticket.branch_id)
        .where(Ticket.is_open, Ticket.contact_due_at < now, Ticket.first_contact_at.is_(None), ~Ticket.contact_warned)
        .order_by(Ticket.id).limit(AT_ONCE)).all()
    notices = []
    chain = _Chain(session)
    for row in late:
        marked = session.execute(_mark(row.id).where(~Ticket.contact_warned).values(contact_warned=True))
        if marked.rowcount == 1:
            people = chain.of(["handler"] if row.assignee_id else ["lead"], row.assignee_id, row.branch_id)
            notices.append(Notice("contact_late", row.id, row.number, row.due_at, days_left(row.due_at, now), tuple(people), hours))
    return notices


def _clocks(session: Session, rules: Deadlines, now: datetime) -> list[Notice]:
    """T-5, T-3, T-1, then breach, then up the office's chain: each level of each ticket once."""
    warn = sorted(rules.office.warn, reverse=True)
    steps = sorted(rules.escalate, key=lambda step: step.after)
    chain = _Chain(session)
    today = shanghai_day(now)
    horizon = [(last_second(today + timedelta(days=days)), level) for level, days in enumerate(warn, 1)]
    overdue = [(last_second(today - timedelta(days=step.after)) if step.after else now, BREACHED + level)
               for level, step in enumerate(steps)]
    rows = session.execute(
        select(Ticket.id, Ticket.number, Ticket.due_at, Ticket.clock_from, Ticket.warned, Ticket.assignee_id, Ticket.branch_id)
        .where(Ticket.is_open, Ticket.due_at <= horizon[0][0], Ticket.status.in_(RUNNING),
               or_(*((Ticket.due_at <= moment) & (Ticket.warned < level) for moment, level in horizon),
                   *((Ticket.due_at < moment) & (Ticket.warned < level) for moment, level in overdue)))
        .order_by(Ticket.due_at, Ticket.id).limit(AT_ONCE)).all()
    notices = []
    for row in rows:
        level = max([level for moment, level in horizon if row.due_at <= moment]
                    + [level for moment, level in overdue if row.due_at < moment])
        marked = session.execute(_mark(row.id).where(Ticket.warned < level).values(warned=level))
        if marked.rowcount != 1:
            continue
        left = days_left(row.due_at, now)
        if level < BREACHED:
            if (shanghai_day(row.due_at) - shanghai_day(row.clock_from)).days > warn[level - 1]:
                notices.append(Notice("due_soon", row.id, row.number, row.due_at, left, _handler(row.assignee_id)))
            continue
        people: list[int] = []
        for step_level in range(max(row.warned + 1, BREACHED), level + 1):
            people += chain.of(steps[step_level - BREACHED].to, row.assignee_id, row.branch_id)
        kind = "breach" if row.warned < BREACHED else "escalated"
        session.add(Event(ticket_id=row.id, kind=kind, actor="clock", data={"level": level, "told": list(dict.fromkeys(people))},
                          at=now))
        notices.append(Notice(kind, row.id, row.number, row.due_at, -left, tuple(dict.fromkeys(people))))
    return notices


def _mark(ticket_id: int):
    """A mark of the sweep is no change that a colleague's open form must be refused for: the version stays."""
    return update(Ticket.__table__).where(Ticket.__table__.c.id == ticket_id)


class _Chain:
    """The office's chain for one sweep; each branch's people are looked up once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.found: dict[tuple[str, int | None], list[int]] = {}

    def of(self, to: list[str], assignee_id: int | None, branch_id: int | None) -> list[int]:
        ids: list[int] = []
        for name in to:
            if name == "handler":
                ids += _handler(assignee_id)
                continue
            key = (name, None if name == "head" else branch_id)
            if key not in self.found:
                self.found[key] = [staff.id for staff in self._people(*key)]
            ids += self.found[key]
        return ids

    def _people(self, name: str, branch_id: int | None) -> list[Staff]:
        match name:
            case "lead":
                return assignment.leads_of(self.session, branch_id)
            case "superior":
                return assignment.leads_of(self.session, assignment.parent_of(self.session, branch_id))
            case "head":
                return assignment.heads(self.session)
        raise KeyError(f"deadlines.toml [[escalate]] names nobody called {name!r}")


def _handler(assignee_id: int | None) -> tuple[int, ...]:
    return () if assignee_id is None else (assignee_id,)
