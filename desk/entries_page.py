"""Entries that colleagues have drafted: read by a second person, told to customers, taken down again; and hidden entries."""

from fastapi import Response
from sqlalchemy import Select, and_, func, or_, select

from desk import gap_form
from desk.compared import compared
from desk.nav import LEADS, WORKERS
from desk.visit import Refused, Visit
from knowledge.faq import read_section
from tickets import entry_changes
from tickets.models import EntryChange, Staff

SHOWN = 200


def overview(visit: Visit) -> Response:
    """What waits first, then what is in force, then what is over."""
    rows = list(visit.session.scalars(select(EntryChange).order_by(EntryChange.id.desc()).limit(SHOWN)))
    groups = {status: [one for one in rows if one.status == status] for status in ("waiting", "shown", "refused", "ended")}
    people = {one for row in rows for one in (row.asked_by, row.decided_by, row.ended_by)}
    return visit.page("entries.html", groups=groups, people=_names(visit, people))


def waiting(visit: Visit) -> Select[tuple[int]] | None:
    """How many drafts wait for her, others' to be read and her own that were sent back: said beside the menu's word.
    None: nothing waits for her."""
    if visit.me.role not in WORKERS:
        return None
    hers = [entry_changes.sent_back(visit.me)]
    if visit.me.role in LEADS:
        hers.append(and_(EntryChange.status == "waiting", EntryChange.asked_by != visit.me.id))
    return select(func.count()).select_from(EntryChange).where(or_(*hers))


def entry(visit: Visit) -> Response:
    change = _named(visit)
    read = read_section(change.text, theme=change.theme, audiences=frozenset(visit.knowledge.taxonomy.audience))[0] \
        if change.text else visit.knowledge.entries.written.get(change.slug)
    people = _names(visit, {change.asked_by, change.decided_by, change.ended_by})
    me, lead = visit.me, visit.me.role in LEADS
    corrects = change.group_key == entry_changes.correcting(change.slug)
    old = gap_form.as_it_stands(visit, change.slug) if corrects and change.status in ("waiting", "refused") else None
    return visit.page(
        "entry_change.html", change=change, entry=read, old=old,
        differences=compared(visit, old, read) if old and read else [],
        instead=entry_changes.instead_of(visit.session, change) if corrects and change.status == "ended" else None,
        people=people, may_decide=lead and change.asked_by != me.id,
        may_end=lead, may_take_back=change.asked_by == me.id and me.role in WORKERS,
        may_mend=me.role in WORKERS,
        corrects=corrects)


def propose(visit: Visit) -> Response:
    """The finished section goes to a second pair of eyes. What the reader would refuse is no section of ours."""
    read, text = gap_form.section_of(visit)
    change = entry_changes.propose(
        visit.session, visit.me, slug=read.id, theme=read.theme, question=read.question, text=text,
        group_key=visit.said("key", most=80), returned=gap_form.returned_draft(visit))
    return visit.go(f"/desk/entries/{change.id}", "entry_proposed")


def approve(visit: Visit) -> Response:
    change = _named(visit)
    corrects = change.group_key == entry_changes.correcting(change.slug)
    if (change.slug in visit.knowledge.entries.written and not corrects) or \
            gap_form.taken(visit, {change.question}, but=change.slug if corrects else ""):
        raise Refused(409, visit.word("desk.entry_overtaken"))
    entry_changes.approve(visit.session, change, visit.me, instead=visit.word("desk.entry_corrected"))
    return visit.go(f"/desk/entries/{change.id}", "entry_approved")


def refuse(visit: Visit) -> Response:
    """A lead sends it back, or its writer takes it back."""
    change = _named(visit)
    if visit.me.role not in LEADS and change.asked_by != visit.me.id:
        raise Refused(403, visit.word("desk.not_your_role"))
    entry_changes.refuse(visit.session, change, visit.me, _reason(visit))
    return visit.go(f"/desk/entries/{change.id}", "entry_refused")


def end(visit: Visit) -> Response:
    change = _named(visit)
    entry_changes.end(visit.session, change, visit.me, _reason(visit))
    return visit.go(f"/desk/entries/{change.id}", "entry_ended")


def hide(visit: Visit) -> Response:
    """An entry of the files that may be wrong: told nobody any more, until somebody ends that."""
    found = visit.knowledge.entries.get(visit.request.path_params["entry"])
    if found is None:
        raise Refused(404, visit.word("desk.not_found"))
    reason = _reason(visit)
    added = entry_changes.shown(visit.session, found.id)
    if added is not None and added.kind == "hidden":
        raise Refused(409, visit.word("desk.entry_decided"))
    if added is not None:  # one of the office's own is simply taken down
        entry_changes.end(visit.session, added, visit.me, reason)
        return visit.go(f"/desk/entries/{added.id}", "entry_ended")
    text = gap_form.markdown(gap_form.filled(visit, found), slug=found.id, at=found.checked, former=found)
    change = entry_changes.hide(visit.session, visit.me, slug=found.id, theme=found.theme, question=found.question, reason=reason,
                                text=text)
    return visit.go(f"/desk/entries/{change.id}", "entry_hidden")


def _reason(visit: Visit) -> str:
    if not (reason := visit.masked("reason", most=300)):
        raise Refused(422, visit.word("desk.entry_reason"))
    return reason


def _named(visit: Visit) -> EntryChange:
    change = visit.session.get(EntryChange, visit.path_number("id"), with_for_update=visit.request.method == "POST")
    if change is None:
        raise Refused(404, visit.word("desk.not_found"))
    return change


def _names(visit: Visit, ids: set[int | None]) -> dict[int | None, str]:
    return dict(visit.session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(ids - {None}))).all())
