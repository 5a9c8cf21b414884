"""Questions that nobody has answered yet, alike ones together, the most asked first."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Response
from sqlalchemy import func, select, update

from desk.visit import Refused, Visit
from tickets import audit, entry_changes
from tickets.gaps import different, named
from tickets.models import EntryChange, Gap, Staff, now

SHOWN = 100  # groups
EXAMPLES = 12  # ways of asking of a group
COMPARED = 300  # questions of one group


@dataclass(frozen=True)
class Group:
    """Questions that ask the same: how many, the newest of them, and what the finder had thought of."""

    key: str
    count: int
    last: datetime
    texts: list[str]
    near: list[str]


def gaps(visit: Visit) -> Response:
    """Each with the draft that a colleague has made of it already; and above them her own drafts that were sent back."""
    groups = read_groups(visit)
    drafts = entry_changes.of_groups(visit.session, [one.key for one in groups])
    back = list(visit.session.scalars(select(EntryChange).where(entry_changes.sent_back(visit.me)).order_by(EntryChange.id)))
    writers = {one.asked_by for one in drafts.values()}
    people = dict(visit.session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(writers - {None}))).all())
    return visit.page("gaps.html", groups=groups, drafts=drafts, back=back, people=people, may_write=visit.me.role != "auditor")


def read_groups(visit: Visit) -> list[Group]:
    """The open groups, the most asked first. A gap that was never grouped stands alone under its own id."""
    key = func.coalesce(Gap.group_key, "")
    counted = visit.session.execute(
        select(Gap.group_key, func.count(), func.max(Gap.at)).where(Gap.resolved_at.is_(None), key != "")
        .group_by(Gap.group_key).order_by(func.count().desc(), func.max(Gap.at).desc()).limit(SHOWN)).all()
    keys = [row[0] for row in counted]
    rows = visit.session.scalars(
        select(Gap).where(Gap.resolved_at.is_(None), Gap.group_key.in_(keys)).order_by(Gap.id.desc()).limit(SHOWN * EXAMPLES))
    members: dict[str, list[Gap]] = {}
    for gap in rows:
        members.setdefault(gap.group_key, []).append(gap)
    groups = [_group(visit, key, count, last, members.get(key, [])) for key, count, last in counted]
    alone = visit.session.scalars(
        select(Gap).where(Gap.resolved_at.is_(None), key == "").order_by(Gap.id.desc()).limit(SHOWN))
    return groups + [_group(visit, f"id-{gap.id}", 1, gap.at, [gap]) for gap in alone]


def find(visit: Visit, key: str) -> Group | None:
    """One open group with all its different wordings, the newest first. Raises Refused where none is named."""
    if not key:
        raise Refused(422, visit.word("desk.choose"))
    rows = list(visit.session.scalars(select(Gap).where(named(key), Gap.resolved_at.is_(None)).order_by(Gap.id.desc())
                                      .limit(COMPARED)))
    return _group(visit, key, len(rows), rows[0].at, rows) if rows else None


def resolve(visit: Visit) -> Response:
    """The group is answered or needs no entry; it leaves the list. Asked once more before it is done."""
    key = visit.said("key", most=80)
    if not key:
        raise Refused(422, visit.word("desk.choose"))
    if visit.said("sure", most=3) != "yes":
        return visit.go("/desk/gaps", "gap_unsure")
    done = visit.session.execute(update(Gap).where(named(key), Gap.resolved_at.is_(None)).values(resolved_at=now()))
    audit.record(visit.session, staff_id=visit.me.id, action="gap.resolve", data={"count": done.rowcount})
    return visit.go("/desk/gaps", "gap_resolved")


def _group(visit: Visit, key: str, count: int, last: datetime, members: list[Gap]) -> Group:
    near: list[str] = []
    for gap in members:
        for one in [gap.chosen, *gap.candidates]:
            slug = one if isinstance(one, str) else one[0] if isinstance(one, list | tuple) and one else None
            if isinstance(slug, str) and slug in visit.knowledge.entries and slug not in near:
                near.append(slug)
    return Group(key, count, last, different(gap.text for gap in members)[:EXAMPLES], near[:5])
