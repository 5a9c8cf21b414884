"""The office changes its knowledge base: one proposes an entry, another approves it; what may be wrong is hidden at once."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.orm import Session

from knowledge.changes import Change
from tickets import audit
from tickets.gaps import named
from tickets.models import EntryChange, Gap, Staff, now

SENT_BACK_FOR = timedelta(days=14)


class ChangeRefused(Exception):
    """`key` names the sentence that says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def propose(session: Session, staff: Staff, *, slug: str, theme: str, question: str, text: str, group_key: str = "",
            returned: EntryChange | None = None) -> EntryChange:
    """A finished section waits for a second pair of eyes. The same proposed again (a reload) is the one that waits already;
    `returned` is the one that was sent back and waits anew, with the reason at hand for whoever decides."""
    waiting = session.scalars(select(EntryChange).where(
        EntryChange.status == "waiting", or_(EntryChange.question == question, EntryChange.slug == slug))).first()
    if waiting is not None and waiting.asked_by == staff.id:
        waiting.question, waiting.text, waiting.theme, waiting.slug, waiting.asked_at = question, text, theme, slug, now()
        return waiting
    if waiting is not None:
        raise ChangeRefused("desk.entry_waits")
    if returned is not None:
        _must(returned.status == "refused", "desk.entry_decided")
        returned.question, returned.text, returned.theme, returned.slug = question, text, theme, slug
        returned.status, returned.asked_by, returned.asked_at = "waiting", staff.id, now()
        returned.decided_by = returned.decided_at = None
        audit.record(session, staff_id=staff.id, action="entry.propose", target=f"entry:{slug}", data={"theme": theme})
        return returned
    change = EntryChange(kind="added", slug=slug, theme=theme, question=question, text=text, group_key=group_key,
                         asked_by=staff.id, asked_at=now())
    session.add(change)
    session.flush()
    audit.record(session, staff_id=staff.id, action="entry.propose", target=f"entry:{slug}", data={"theme": theme})
    return change


def correcting(slug: str) -> str:
    """The group key of a draft that is to stand in the place of this entry."""
    return f"entry:{slug}"


def approve(session: Session, change: EntryChange, staff: Staff, *, instead: str = "") -> None:
    """From now on customers are answered with it, and the questions that asked for it are off the list. Where it corrects an
    entry, that one is taken down or hidden with it; `instead` is written down as the reason."""
    _must(change.status == "waiting", "desk.entry_decided")
    _must(change.asked_by != staff.id, "desk.entry_own")
    if change.group_key == correcting(change.slug):
        former = list(session.scalars(_shown(change.slug)))
        for one in former:
            if one.kind == "added":
                end(session, one, staff, instead)
        if not former:
            hide(session, staff, slug=change.slug, theme=change.theme, question=change.question, reason=instead)
    change.status, change.decided_by, change.decided_at, change.reason = "shown", staff.id, now(), ""
    if change.group_key:
        session.execute(update(Gap).where(named(change.group_key), Gap.resolved_at.is_(None)).values(resolved_at=change.decided_at))
    audit.record(session, staff_id=staff.id, action="entry.approve", target=f"entry:{change.slug}")


def refuse(session: Session, change: EntryChange, staff: Staff, reason: str) -> None:
    """Sent back with a reason; who proposed it may take it back herself."""
    _must(change.status == "waiting", "desk.entry_decided")
    change.status, change.decided_by, change.decided_at, change.reason = "refused", staff.id, now(), reason
    audit.record(session, staff_id=staff.id, action="entry.refuse", target=f"entry:{change.slug}")


def sent_back(staff: Staff) -> ColumnElement[bool]:
    """Her drafts that somebody else sent back and that she has not taken up again; after a while nobody waits for them."""
    return and_(EntryChange.kind == "added", EntryChange.status == "refused", EntryChange.asked_by == staff.id,
                EntryChange.decided_by != staff.id, EntryChange.decided_at > now() - SENT_BACK_FOR)


def of_groups(session: Session, keys: Iterable[str]) -> dict[str, EntryChange]:
    """The draft that each group of questions has already: the one that waits, or else the last that was sent back."""
    rows = session.scalars(select(EntryChange)
                           .where(EntryChange.status.in_(("waiting", "refused")), EntryChange.group_key.in_(keys))
                           .order_by(EntryChange.status == "waiting", EntryChange.id))
    return {row.group_key: row for row in rows}


def shown(session: Session, slug: str) -> EntryChange | None:
    """What the office has made of this entry: its own text, or else that it is hidden."""
    return session.scalars(_shown(slug)).first()


def instead_of(session: Session, change: EntryChange) -> EntryChange | None:
    """What counts for this name since a correction was taken down: another correction, the hiding of the first entry, or, if
    that has ended, that it is told again. None: what was corrected is not in the files and has been taken down too."""
    lifted = select(EntryChange).where(EntryChange.slug == change.slug, EntryChange.kind == "hidden")
    return shown(session, change.slug) or session.scalars(lifted.order_by(EntryChange.id.desc()).limit(1)).first()


def _shown(slug: str) -> Select[tuple[EntryChange]]:
    return select(EntryChange).where(EntryChange.status == "shown", EntryChange.slug == slug).order_by(EntryChange.kind)


def hide(session: Session, staff: Staff, *, slug: str, theme: str, question: str, reason: str, text: str = "") -> EntryChange:
    """An entry of the files that may be wrong is told nobody any more, at once. Its text is kept for who corrects it."""
    at = now()
    change = EntryChange(kind="hidden", slug=slug, theme=theme, question=question, text=text, status="shown", reason=reason,
                         asked_by=staff.id, asked_at=at, decided_by=staff.id, decided_at=at)
    session.add(change)
    session.flush()
    audit.record(session, staff_id=staff.id, action="entry.hide", target=f"entry:{slug}")
    return change


def end(session: Session, change: EntryChange, staff: Staff, reason: str) -> None:
    """Take an added entry down again, or let a hidden one be told again."""
    _must(change.status == "shown", "desk.entry_decided")
    if change.kind == "hidden":
        _must(shown(session, change.slug) is change, "desk.entry_replaced")
    change.status, change.ended_by, change.ended_at = "ended", staff.id, now()
    change.reason = reason or change.reason
    audit.record(session, staff_id=staff.id, action="entry.end", target=f"entry:{change.slug}")


def in_force(session: Session) -> list[Change]:
    """What the base is changed by today, in the order in which it was approved."""
    rows = session.execute(select(EntryChange.slug, EntryChange.theme, EntryChange.text, EntryChange.kind)
                           .where(EntryChange.status == "shown").order_by(EntryChange.decided_at, EntryChange.id))
    return [Change(slug, theme, text if kind == "added" else "") for slug, theme, text, kind in rows]


def mark(session: Session) -> tuple[int, ...]:
    """Differs whenever `in_force` does: an approved text never changes."""
    return tuple(session.scalars(select(EntryChange.id).where(EntryChange.status == "shown").order_by(EntryChange.id)))


def _must(holds: bool, key: str) -> None:
    if not holds:
        raise ChangeRefused(key)
