"""Who handles a ticket and who may see it: the tree of branches, routing rules, the duty roster, and who must stay away."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from tickets.models import Branch, Duty, Route, Staff, Ticket

HANDLING = frozenset({"intake", "handler", "lead", "admin"})
"""Roles that may be given a ticket; an auditor only reads."""
LEADS = frozenset({"lead", "admin"})
"""Roles that answer for what others handle."""


@dataclass(frozen=True)
class Routed:
    """Where a new ticket goes; either part may be unknown."""

    branch_id: int | None = None
    staff_id: int | None = None


@dataclass(frozen=True)
class RoutingBook:
    """Branches and rules, read once for many tickets."""

    branches: list[Branch]
    rules: list[Route]


def add_branch(session: Session, *, code: str, name: str, parent: Branch | None = None, kind: str = "branch",
               aliases: tuple[str, ...] = ()) -> Branch:
    """Grow the tree. `path` is the chain of ids with slashes at both ends, so that a subtree is one prefix."""
    branch = Branch(code=code, name=name, kind=kind, parent_id=parent.id if parent else None, aliases=list(aliases))
    session.add(branch)
    session.flush()
    branch.path = f"{parent.path if parent else '/'}{branch.id}/"
    session.flush()
    return branch


def move_branch(session: Session, branch: Branch, *, parent: Branch | None) -> None:
    """Hang a branch and all below it somewhere else; refuses to hang it below itself."""
    if parent is not None and parent.path.startswith(branch.path):
        raise ValueError(f"branch {branch.id} cannot lie below itself")
    old, new = branch.path, f"{parent.path if parent else '/'}{branch.id}/"
    for one in session.scalars(select(Branch).where(Branch.path.startswith(old, autoescape=True))):
        one.path = new + one.path.removeprefix(old)
    branch.parent_id = parent.id if parent else None
    session.flush()


def visible(staff: Staff) -> ColumnElement[bool]:
    """What this person may see, as a condition on Ticket: her branch and all below, tickets in her own hands, never those
    about herself. The head office, and staff of no branch, see all."""
    not_about_her = or_(Ticket.against_staff_id.is_(None), Ticket.against_staff_id != staff.id)
    if staff.branch_id is None:
        return not_about_her
    mine, below = aliased(Branch), aliased(Branch)
    subtree = select(below.id).join(mine, below.path.like(mine.path + "%")).where(mine.id == staff.branch_id)
    is_head = exists().where(Branch.id == staff.branch_id, Branch.kind == "head")
    return and_(not_about_her, or_(Ticket.branch_id.in_(subtree), Ticket.assignee_id == staff.id, is_head))


def at_head(session: Session, staff: Staff) -> bool:
    """Whether she belongs to the head office, or to no branch, and so sees all."""
    return staff.branch_id is None or session.get_one(Branch, staff.branch_id).kind == "head"


def sees(session: Session, staff: Staff, ticket: Ticket) -> bool:
    """`visible` for one ticket that is already at hand."""
    if ticket.against_staff_id == staff.id:
        return False
    if ticket.assignee_id == staff.id or at_head(session, staff):
        return True
    mine = session.get_one(Branch, staff.branch_id)
    theirs = session.get(Branch, ticket.branch_id) if ticket.branch_id else None
    return theirs is not None and theirs.path.startswith(mine.path)


def is_superior(session: Session, staff: Staff, branch_id: int | None) -> bool:
    """Whether she sits above that branch (上级机构), or in the head office."""
    if at_head(session, staff):
        return True
    mine = session.get_one(Branch, staff.branch_id)
    theirs = session.get(Branch, branch_id) if branch_id else None
    return theirs is not None and theirs.id != mine.id and theirs.path.startswith(mine.path)


def must_stay_away(session: Session, ticket: Ticket, staff_id: int) -> bool:
    """第三号令第十七条: who is complained about, or decided what is now under review, does not handle it."""
    if ticket.against_staff_id == staff_id:
        return True
    if ticket.review_of_id is None:
        return False
    first = session.get_one(Ticket, ticket.review_of_id)
    return staff_id in (first.assignee_id, first.against_staff_id)


def match_branch(branches: list[Branch], *texts: str) -> Branch | None:
    """The branch whose name or alias occurs in the texts, asked in turn; the longest name wins, a tie is nobody's."""
    for text in texts:
        squeezed = "".join(text.split())
        found: dict[int, int] = {}
        for branch in branches:
            longest = max((len(name) for name in (branch.name, *branch.aliases) if name and name in squeezed), default=0)
            if longest and branch.active:
                found[branch.id] = longest
        best = max(found.values(), default=0)
        winners = [branch for branch in branches if found.get(branch.id) == best] if best else []
        if len(winners) == 1:
            return winners[0]
    return None


def routing_book(session: Session) -> RoutingBook:
    return RoutingBook(list(session.scalars(select(Branch).where(Branch.active))),
                       list(session.scalars(select(Route).order_by(Route.position, Route.id))))


def route(session: Session, ticket: Ticket, *, at: datetime, book: RoutingBook | None = None) -> Routed:
    """By the branch the customer named, then the first routing rule that fits, then (level I) whoever is on duty."""
    book = book or routing_book(session)
    branch_id = ticket.branch_id
    if branch_id is None and (ticket.branch_named or ticket.summary):
        named = match_branch(book.branches, ticket.branch_named, ticket.summary)
        branch_id = named.id if named else None
    above = _chain(session, branch_id)
    for rule in book.rules:
        fits = (rule.category in (None, ticket.category) and rule.urgency in (None, ticket.urgency)
                and (rule.branch_id is None or rule.branch_id in above))
        if not fits:
            continue
        person = rule.to_staff_id if rule.to_staff_id and available(session, ticket, rule.to_staff_id) else None
        if person or rule.to_branch_id:
            return Routed(rule.to_branch_id or branch_id, person)
    if ticket.urgency == "I":
        for staff in on_duty(session, at):
            if available(session, ticket, staff.id):
                return Routed(branch_id, staff.id)
    return Routed(branch_id)


def available(session: Session, ticket: Ticket, staff_id: int) -> bool:
    """Whether this person can be given this ticket at all."""
    staff = session.get(Staff, staff_id)
    return (staff is not None and staff.active and staff.role in HANDLING
            and not must_stay_away(session, ticket, staff_id))


def on_duty(session: Session, at: datetime) -> list[Staff]:
    """Who is on the roster at this moment, the one who began last first."""
    return list(session.scalars(
        select(Staff).join(Duty, Duty.staff_id == Staff.id)
        .where(Duty.starts_at <= at, Duty.ends_at > at, Staff.active).order_by(Duty.starts_at.desc(), Duty.id)))


def leads_of(session: Session, branch_id: int | None) -> list[Staff]:
    """The leads of exactly this branch; of the head office when it is None."""
    where = [Staff.active, Staff.role == "lead"]
    if branch_id is None:
        where.append(_at_head())
    else:
        where.append(Staff.branch_id == branch_id)
    return list(session.scalars(select(Staff).where(*where).order_by(Staff.id)))


def heads(session: Session) -> list[Staff]:
    """Leads and administrators of the head office: the top of the chain."""
    return list(session.scalars(
        select(Staff).where(Staff.active, Staff.role.in_(LEADS), _at_head()).order_by(Staff.id)))


def parent_of(session: Session, branch_id: int | None) -> int | None:
    branch = session.get(Branch, branch_id) if branch_id else None
    return branch.parent_id if branch else None


def open_counts(session: Session) -> Counter[int]:
    """How many open tickets are in whose hands, whatever her role and whether she is still in service."""
    return Counter(dict(session.execute(select(Ticket.assignee_id, func.count()).where(
        Ticket.is_open == true(), Ticket.assignee_id.is_not(None)).group_by(Ticket.assignee_id)).all()))


def _at_head() -> ColumnElement[bool]:
    return or_(Staff.branch_id.is_(None), Staff.branch_id.in_(select(Branch.id).where(Branch.kind == "head")))


def _chain(session: Session, branch_id: int | None) -> set[int]:
    """The branch and everything above it: a rule for a branch holds for all below."""
    branch = session.get(Branch, branch_id) if branch_id else None
    return {int(part) for part in branch.path.split("/") if part} if branch else set()
