"""The queue: what is to be done, the urgent first, then by the law's clock; views, search, kept filters and bulk assigning."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from fastapi import Response
from sqlalchemy import select

from desk.access import HOME
from desk.days import day_begins
from desk.visit import Refused, Visit
from tickets import assignment, deadlines, lifecycle, search
from tickets.colleagues import colleagues
from tickets.models import OPEN, Branch, SavedFilter, Ticket, now
from tickets.numbers import SHANGHAI
from tickets.queue import MOST_HITS, Counts, Hits, QueueFilter, count, counts, hits, read_filter
from tickets.queue import queue as read_page

MOST_AT_ONCE = 100  # tickets in one bulk assignment
MOST_FILTERS = 20


@dataclass(frozen=True)
class View:
    """One ready-made view over the queue."""

    label: str
    filter: QueueFilter
    count: str  # the field of Counts beside it

    @property
    def query(self) -> str:
        return self.filter.to_query()


VIEWS = (
    View("待办", QueueFilter(), "open"),
    View("我的", QueueFilter(mine=True), "mine"),
    View("待分派", QueueFilter(unassigned=True), "unassigned"),
    View("临期", QueueFilter(due_soon=True), "due_soon"),
    View("超期", QueueFilter(overdue=True), "overdue"),
    View("待批延期", QueueFilter(approval=True), "approval"),
    View("I 级", QueueFilter(urgency=("I",)), "grave"),
    View("已办结", QueueFilter(scope="closed", order="new"), ""),
)
FORM_FIELDS = ("status", "kind", "category", "cause", "urgency", "source", "flag")


def home(visit: Visit) -> Response:
    return visit.go(HOME)


def queue(visit: Visit) -> Response:
    """One page of the queue; how many queries it takes does not depend on how many tickets there are."""
    at = now()
    filters, soon = asked(visit), until_soon(visit, at)
    words = filters.words.strip()
    flags = {code: kind.name for code, kind in visit.knowledge.taxonomy.flag.items()}
    names = search.named(visit.session, words, flags) if words else None
    page = read_page(visit.session, visit.me, filters, after=visit.query.get("after"), at=at, soon=soon, names=names)
    numbers = counts(visit.session, visit.me, at=at, soon=soon)
    branches = select(Branch.id, Branch.name, Branch.path).where(Branch.active)
    kept = list(visit.session.scalars(select(SavedFilter).where(SavedFilter.staff_id == visit.me.id).order_by(SavedFilter.id)))
    query = filters.to_query()
    return visit.page(
        "queue.html", page=page, filters=filters, query=query, counts=numbers, kept=kept,
        people=colleagues(visit.session),
        views=[(view, _count(numbers, view), view.filter == replace(filters, words="")) for view in VIEWS],
        branches=visit.session.execute(branches.order_by(Branch.path)).all(),
        following=_page_link(query, page.after), since=_date(filters.since), until=_date(filters.until, back=1),
        narrowed=any(getattr(filters, name) for name in (*FORM_FIELDS, "branch", "assignee", "since", "until", "repeat")),
        drilled=count(visit.session, visit.me, filters, at=at, soon=soon) if filters.drilled else None,
        found=_found(visit, hits(visit.session, visit.me, filters, at=at, soon=soon, names=names)) if words else None,
        elsewhere=replace(filters, scope="open" if filters.scope == "closed" else "closed").to_query(),
        may_assign=visit.me.role != "auditor", open_states=OPEN)


def _found(visit: Visit, found: Hits) -> tuple[str, str]:
    """How many there are, and the link to those beyond the scope; a long count ends at 「1000+」."""
    def many(count: int) -> str:
        return f"{MOST_HITS}+" if count > MOST_HITS else str(count)

    where = "desk.found_open" if visit.query.get("scope") == "closed" else "desk.found_closed"
    return visit.word("desk.found", count=many(found.here)), visit.word(where, count=many(found.beyond)) if found.beyond else ""


def asked(visit: Visit) -> QueueFilter:
    """The filter of the address; days from the form's date fields become moments in Shanghai."""
    filters = read_filter(str(visit.request.url.query))
    since, until = day_begins(visit.query.get("from", "")), day_begins(visit.query.get("to", ""))
    if since is not None:
        filters = replace(filters, since=since)
    if until is not None:
        filters = replace(filters, until=until + timedelta(days=1))
    largest = 2**31
    return replace(filters, branch=_small(filters.branch, largest), assignee=_small(filters.assignee, largest))


def assign(visit: Visit) -> Response:
    """Give several tickets to one person, each by the table of moves; what cannot be given is named, the rest is done."""
    chosen = [one for one in visit.form.getlist("ticket") if isinstance(one, str)][:MOST_AT_ONCE]
    assignee = visit.number("assignee_id", empty=True)
    if not chosen or assignee is None:
        return visit.go(_back(visit), "nothing_chosen")
    found = visit.session.scalars(
        select(Ticket).where(Ticket.number.in_(chosen), assignment.visible(visit.me)).order_by(Ticket.id)).all()
    refused = []
    for ticket in found:
        try:
            with visit.session.begin_nested():
                lifecycle.move(visit.session, ticket, "assign", actor="staff", staff=visit.me, rules=visit.knowledge.deadlines,
                               wording=visit.knowledge.wording, assignee_id=assignee)
        except lifecycle.MoveRefused as error:
            refused.append(f"{ticket.number}：{error}")
    if refused:
        return visit.page("partly.html", status=409, refused=refused, done=len(found) - len(refused), back=_back(visit))
    return visit.go(_back(visit), "assigned_many")


def save_filter(visit: Visit) -> Response:
    """Keep the view under a name; the same name again replaces it."""
    name, query = visit.said("name", most=40), read_filter(visit.said("query", most=500)).to_query()
    if not name:
        raise Refused(422, visit.word("desk.name_it"))
    mine = list(visit.session.scalars(select(SavedFilter).where(SavedFilter.staff_id == visit.me.id)))
    same = next((one for one in mine if one.name == name), None)
    if same is not None:
        same.query = query[:500]
    elif len(mine) >= MOST_FILTERS:
        raise Refused(409, visit.word("desk.too_many_filters", most=MOST_FILTERS))
    else:
        visit.session.add(SavedFilter(staff_id=visit.me.id, name=name, query=query[:500]))
    return visit.go(f"{HOME}?{query}", "filter_saved")


def remove_filter(visit: Visit) -> Response:
    kept = visit.session.get(SavedFilter, visit.path_number("id"))
    if kept is None or kept.staff_id != visit.me.id:
        raise Refused(404, visit.word("desk.not_found"))
    visit.session.delete(kept)
    return visit.go(HOME, "filter_removed")


def _back(visit: Visit) -> str:
    query = read_filter(visit.said("query", most=500)).to_query()
    return f"{HOME}?{query}" if query else HOME


def _count(numbers: Counts, view: View) -> int | None:
    return getattr(numbers, view.count) if view.count else None


def until_soon(visit: Visit, at: datetime) -> datetime:
    """The last second of the day on which the clock's first warning falls."""
    days = max(visit.knowledge.deadlines.office.warn)
    return deadlines.last_second(deadlines.shanghai_day(at) + timedelta(days=days))


def _page_link(query: str, after: str | None) -> str | None:
    return f"{HOME}?{query}{'&' if query else ''}{urlencode({'after': after})}" if after else None


def _date(moment: datetime | None, *, back: int = 0) -> str:
    return (moment.astimezone(SHANGHAI) - timedelta(days=back)).strftime("%Y-%m-%d") if moment else ""


def _small(number: int | None, largest: int) -> int | None:
    return number if number is not None and 0 <= number < largest else None
