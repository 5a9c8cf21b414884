"""Questions that nobody has answered yet, alike ones together, and a draft entry for each group to finish and check in."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Response
from sqlalchemy import func, select, update

from desk.visit import Refused, Visit
from tickets import audit
from tickets.models import Gap, now
from tickets.numbers import SHANGHAI

SHOWN = 100  # groups
EXAMPLES = 12  # ways of asking in a draft


@dataclass(frozen=True)
class Group:
    """Questions that ask the same: how many, the newest of them, and what the finder had thought of."""

    key: str
    count: int
    last: datetime
    texts: list[str]
    near: list[str]


def gaps(visit: Visit) -> Response:
    return visit.page("gaps.html", groups=read_groups(visit), may_write=visit.me.role != "auditor")


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


def draft(visit: Visit) -> Response:
    """The group as a Markdown entry in the form of knowledge/faq/*.md, ready to be finished: the answer is a person's to write."""
    key = visit.query.get("key", "")
    group = next((one for one in read_groups(visit) if one.key == key), None)
    if group is None:
        raise Refused(404, visit.word("desk.not_found"))
    return visit.page("gap_draft.html", group=group, text=markdown(group, visit))


def markdown(group: Group, visit: Visit) -> str:
    """What the reader of knowledge/faq accepts once the answer, its basis and at least six ways of asking are there."""
    asked = list(dict.fromkeys(" ".join(text.split()) for text in group.texts))[:EXAMPLES]
    today = now().astimezone(SHANGHAI).date().isoformat()
    lines = [f"## new-entry-{group.key.removeprefix('id-')[:24].lower()} | {asked[0] if asked else ''}".rstrip(),
             "audience: 公众", "confidence: S", f"checked: {today}"]
    if group.near:
        lines.append("related: " + ", ".join(group.near[:3]))
    lines += ["", "### 问法", *(f"- {text}" for text in asked), "### 答", visit.word("desk.draft_answer"), "### 依据",
              f"- {visit.word('desk.draft_basis')}"]
    return "\n".join(lines) + "\n"


def resolve(visit: Visit) -> Response:
    """The group is answered or needs no entry; it leaves the list."""
    key = visit.said("key", most=80)
    if key.startswith("id-") and key[3:].isdigit() and len(key) < 18:
        which = Gap.id == int(key[3:])
    elif key:
        which = Gap.group_key == key
    else:
        raise Refused(422, visit.word("desk.choose"))
    done = visit.session.execute(update(Gap).where(which, Gap.resolved_at.is_(None)).values(resolved_at=now()))
    audit.record(visit.session, staff_id=visit.me.id, action="gap.resolve", data={"count": done.rowcount})
    return visit.go("/desk/gaps", "gap_resolved")


def _group(visit: Visit, key: str, count: int, last: datetime, members: list[Gap]) -> Group:
    near: list[str] = []
    for gap in members:
        for one in [gap.chosen, *gap.candidates]:
            slug = one if isinstance(one, str) else one[0] if isinstance(one, list | tuple) and one else None
            if isinstance(slug, str) and slug in visit.knowledge.entries and slug not in near:
                near.append(slug)
    return Group(key, count, last, [gap.text for gap in members][:EXAMPLES], near[:5])
