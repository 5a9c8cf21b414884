"""The same matter again: a person's repeats are linked, and many persons with one matter are shown to the office as a crowd."""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from knowledge.base import Taxonomy
from knowledge.clocks import Deadlines
from tickets.assignment import visible
from tickets.batch import MOST, tickets_of
from tickets.models import Branch, Event, Staff, Ticket, Warning_
from tickets.models.ticket_text import pairs, runs
from tickets.register import raise_alert
from tickets.statistics import TRIALS
from tickets.telling import Say

LOOKED_AT = 5000  # tickets looked at for a crowd
SKETCH = 8  # smallest hashes by which alike texts find each other
NO_PART = ("withdrawn", "merged", "not_accepted")
"""States in which a complaint makes no crowd."""


def link(session: Session, ticket: Ticket, *, rules: Deadlines) -> Ticket | None:
    """Link a complaint to the same person's earlier one in the same kind of business; never to another person's.

    From the third time on it is marked 多次投诉 and is at least level II (regulation: 同一事项第 3 次).
    """
    if (ticket.chat_id is None and ticket.customer_id is None) or ticket.category is None or ticket.kind != "complaint":
        return None
    before = _earlier(session, ticket, ticket.received_at - timedelta(days=rules.repeat.days))[:20]
    if not before:
        return None
    ticket.is_repeat, ticket.repeat_of_id = True, before[0].id
    if "REDRESS" not in ticket.rights:
        ticket.rights = [*ticket.rights, "REDRESS"]
    if len(before) >= 2:
        if "repeat" not in ticket.flags:
            ticket.flags = [*ticket.flags, "repeat"]
        ticket.urgency = min(ticket.urgency, "II")
    session.add(Event(ticket_id=ticket.id, kind="repeat", actor="bot", data={"of": before[0].id, "times": len(before) + 1},
                      at=ticket.received_at))
    if session.autoflush:
        session.flush()
    return before[0]


def _earlier(session: Session, ticket: Ticket, since: datetime) -> list[Ticket]:
    """The person's complaints in the same kind of business, newest first; who has only a chat is known from its tickets."""
    if ticket.customer_id is None:
        mine = tickets_of(session, ticket.chat_id)
        if len(mine) < MOST:
            found = [one for one in mine if one is not ticket and one.category == ticket.category and one.kind == "complaint"
                     and since <= one.received_at <= ticket.received_at]
            return sorted(found, key=lambda one: (one.received_at, one.id), reverse=True)
    persons = [column == value for column, value in ((Ticket.chat_id, ticket.chat_id), (Ticket.customer_id, ticket.customer_id))
               if value is not None]
    return list(session.scalars(
        select(Ticket).where(or_(*persons), Ticket.category == ticket.category, Ticket.kind == "complaint", Ticket.id != ticket.id,
                             Ticket.received_at >= since, Ticket.received_at <= ticket.received_at)
        .order_by(Ticket.received_at.desc(), Ticket.id.desc()).limit(20)))


def similar(session: Session, staff: Staff, ticket: Ticket, *, among: int = 400) -> list[tuple[Ticket, float]]:
    """The five past tickets whose words are most like this one's, among the last of the same category that this person may see."""
    mine = _pieces(ticket.summary)
    rows = session.execute(
        select(Ticket.id, Ticket.summary).where(Ticket.category == ticket.category, Ticket.id != ticket.id,
                                                Ticket.merged_into_id.is_(None), visible(staff))
        .order_by(Ticket.id.desc()).limit(among)).all()
    scored = sorted(((alike(mine, _pieces(summary)), ticket_id) for ticket_id, summary in rows), reverse=True)[:5]
    chosen = {ticket_id: score for score, ticket_id in scored if score >= 0.1}
    found = {one.id: one for one in session.scalars(select(Ticket).where(Ticket.id.in_(chosen)))} if chosen else {}
    return [(found[ticket_id], score) for ticket_id, score in chosen.items() if ticket_id in found]


@dataclass(frozen=True)
class _Seen:
    id: int
    person: str
    category: str | None
    cause: str | None
    branch_id: int | None
    summary: str
    crowd_id: int | None


@dataclass(frozen=True)
class Crowd:
    """Tickets of many persons with one matter, as `find_crowds` saw them."""

    what: str
    people: int
    tickets: tuple[int, ...]
    known_as: int | None  # the warning that stands for it already
    fresh: tuple[int, ...]  # tickets that no warning counts yet


def find_crowds(session: Session, rules: Deadlines, now: datetime, *, taxonomy: Taxonomy) -> list[Crowd]:
    """Twenty and more *persons* within the hours of the rule, with one business, cause and branch or with texts alike.

    Only reads, and may take a second on a busy day: call it in `store.read()`. What is known and has not grown is left out.
    """
    rule = rules.crowd
    rows = session.execute(
        select(Ticket.id, Ticket.customer_id, Ticket.chat_id, Ticket.category, Ticket.cause, Ticket.branch_id, Ticket.summary,
               Ticket.crowd_id)
        .where(Ticket.received_at >= now - timedelta(hours=rule.hours), Ticket.kind == "complaint",
               Ticket.status.not_in(NO_PART), Ticket.source.not_in(TRIALS))
        .order_by(Ticket.received_at.desc()).limit(LOOKED_AT)).all()
    seen = [_Seen(r.id, f"u{r.customer_id}" if r.customer_id else f"c{r.chat_id}" if r.chat_id else f"t{r.id}", r.category, r.cause,
                  r.branch_id, r.summary, r.crowd_id) for r in rows]
    if len({one.person for one in seen}) < rule.people:
        return []
    found, counted = [], set()
    for what, group in [*_by_codes(session, seen, taxonomy), *_by_words(seen, rule.alike)]:
        people = len({one.person for one in group})
        fresh = tuple(sorted(one.id for one in group if one.crowd_id is None and one.id not in counted))
        if people < rule.people or not fresh:
            continue
        known_as = next((one.crowd_id for one in group if one.crowd_id is not None), None)
        counted |= set(fresh)
        found.append(Crowd(what, people, tuple(sorted(one.id for one in group)), known_as, fresh))
    return found


def note_crowds(session: Session, crowds: Iterable[Crowd], rules: Deadlines, now: datetime, *,
                wording: Say) -> list[Warning_]:
    """Put crowds before the office. One that is known grows quietly; one that was dismissed stays dismissed. Returns the new."""
    made = []
    for crowd in crowds:
        text = wording("alert.crowd", hours=rules.crowd.hours, people=crowd.people, what=crowd.what)
        warning = session.get(Warning_, crowd.known_as) if crowd.known_as is not None else session.scalars(
            select(Warning_).where(Warning_.key == f"crowd:{crowd.tickets[0]}")).one_or_none()
        if warning is None:
            warning = Warning_(kind="crowd", key=f"crowd:{crowd.tickets[0]}", text=text, data={}, at=now)
            session.add(warning)
            raise_alert(session, kind="crowd", text=text, ticket=None, at=now)
            made.append(warning)
        elif warning.judged is None:
            warning.text = text
        warning.data = {"tickets": sorted({*warning.data.get("tickets", ()), *crowd.tickets}),
                        "people": max(crowd.people, warning.data.get("people", 0))}
        session.flush()
        table = Ticket.__table__  # past the ORM: being counted is no change that a colleague's open form must be refused for
        session.execute(update(table).where(table.c.id.in_(crowd.fresh), table.c.crowd_id.is_(None)).values(crowd_id=warning.id))
    return made


def alike(one: set[str], other: set[str]) -> float:
    """Share of the pairs of characters that two texts have in common (Jaccard)."""
    return len(one & other) / len(one | other) if one and other else 0.0


def _by_codes(session: Session, seen: list[_Seen], taxonomy: Taxonomy) -> list[tuple[str, list[_Seen]]]:
    groups: dict[tuple[str, str, int], list[_Seen]] = defaultdict(list)
    for one in seen:
        if one.category and one.cause and one.branch_id:
            groups[one.category, one.cause, one.branch_id].append(one)
    names = dict(session.execute(select(Branch.id, Branch.name)).all())
    return [(f"{names.get(branch, '')}·{_name(taxonomy.category, category)}——{_name(taxonomy.cause, cause)}", group)
            for (category, cause, branch), group in groups.items()]


def _by_words(seen: list[_Seen], least: float) -> list[tuple[str, list[_Seen]]]:
    """Clusters of alike texts: those that share one of their smallest hashes are compared with the first that had it."""
    pieces = {one.id: _pieces(one.summary) for one in seen}
    leader: dict[int, int] = {one.id: one.id for one in seen}

    def find(ticket_id: int) -> int:
        while leader[ticket_id] != ticket_id:
            leader[ticket_id] = leader[leader[ticket_id]]
            ticket_id = leader[ticket_id]
        return ticket_id

    first: dict[int, list[int]] = defaultdict(list)
    for one in seen:
        for mark in sorted(zlib.crc32(piece.encode()) for piece in pieces[one.id])[:SKETCH]:
            for other in first[mark][:5]:
                if find(other) != find(one.id) and alike(pieces[other], pieces[one.id]) >= least:
                    leader[find(one.id)] = find(other)
            first[mark].append(one.id)
    groups: dict[int, list[_Seen]] = defaultdict(list)
    for one in seen:
        if len(pieces[one.id]) >= 4:  # 「投诉」 alone is no matter in common
            groups[find(one.id)].append(one)
    return [(f"「{group[-1].summary[:30]}」", group) for group in groups.values()]


def _pieces(words: str) -> set[str]:
    return {pair for run in runs(words[:500]) for pair in pairs(run)}


def _name(kinds: Mapping[str, Any], code: str) -> str:
    return kinds[code].name if code in kinds else code
