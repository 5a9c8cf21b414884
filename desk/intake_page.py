"""Complaints that come by telephone, counter, letter or from the regulator, entered by hand."""

from datetime import datetime, timedelta

from fastapi import Response
from sqlalchemy import select

from desk import alarm, groups
from desk.days import day_ends
from desk.visit import Refused, Visit
from tickets import assignment, audit, deadlines, repeats
from tickets.customers import PhoneRefused, customer_of, masked_name, phone_digits
from tickets.models import Branch, Correction, Ticket, now
from tickets.reading import joined, put_right
from tickets.register import Filing, file_ticket
from tickets.telling import owe_told

ONLINE = ("telegram", "web", "console")
"""Sources that file by themselves."""


def blank(visit: Visit) -> Response:
    """The form; `text` may come along from a parked delivery, `earlier` from the ticket of the same customer."""
    return visit.page("intake.html", branches=groups.branches(visit), online=ONLINE, text=visit.query.get("text", "")[:4000],
                      earlier=visit.query.get("earlier", "")[:20], today=now())


def file(visit: Visit) -> Response:
    """File at once, on the clock of its kind from the day it was received. Her words are read as a message of hers would be;
    what the colleague has chosen stands, and what was left open is filled in."""
    taxonomy, at = visit.knowledge.taxonomy, now()
    summary, source = visit.masked("summary"), visit.chosen("source", [one for one in taxonomy.source if one not in ONLINE])
    if not summary:
        raise Refused(422, visit.word("desk.nothing_written"))
    kind = visit.chosen("kind", taxonomy.ticket_kind)
    received_at, phone, earlier = _received(visit, at), _phone(visit), _earlier(visit)
    regulator_due_at = _regulator_date(visit, source)
    due_at = deadlines.first_due(visit.knowledge.deadlines, kind=kind, received_at=received_at)
    read = visit.office.read([summary])[0]
    entered = {head: visit.chosen(head, getattr(taxonomy, head), empty=True) or None for head in ("category", "cause", "urgency")}
    cause = entered["cause"]
    before = earlier.category if earlier is not None else None
    fallback = before if read.unsure or read.category is None or before in read.kept.get("category_top3", ()) else None
    ticket = file_ticket(
        visit.session,
        Filing(source=source, summary=summary, kind=kind,
               **joined(read, kind=kind, category=entered["category"] or fallback, cause=cause,
                        urgency=entered["urgency"] or "none", right=taxonomy.cause[cause].right if cause else "",
                        flags=tuple(code for code in taxonomy.flag if code in visit.form.getlist("flags"))),
               extra={"branch_id": _branch(visit, earlier), "claim": visit.masked("claim", most=200),
                      "contact": _contact(visit, phone), "outer_number": visit.said("outer_number", most=40) or None,
                      "business_channel": visit.chosen("business_channel", taxonomy.business_channel, empty=True) or None,
                      "customer_type": visit.chosen("customer_type", ("person", "corp")),
                      "regulator_due_at": regulator_due_at}),
        due_at=min(due_at, regulator_due_at) if regulator_due_at else due_at, actor="staff", staff_id=visit.me.id, at=received_at)
    for head, (was, became) in put_right(read, category=entered["category"], cause=cause).items():
        visit.session.add(Correction(ticket_id=ticket.id, head=head, text=summary, was=was, became=became, by="staff",
                                     staff_id=visit.me.id, model_version=read.model_version))
    ticket.customer_id = _customer(visit, phone, earlier)
    if earlier is not None:
        ticket.chat_id = earlier.chat_id
    visit.session.flush()
    repeats.link(visit.session, ticket, rules=visit.knowledge.deadlines)
    _tell_her(visit, ticket)
    if ticket.urgency == "I":
        alarm.ring(visit, ticket, at=at)
    audit.record(visit.session, staff_id=visit.me.id, action="ticket.file", target=f"ticket:{ticket.id}",
                 data={"source": source, "kind": kind})
    return visit.go(f"/desk/tickets/{ticket.number}", "filed_read" if read.model_version else "filed")


def _phone(visit: Visit) -> str:
    """The bare number, only in memory: the register keeps a keyed hash, by which the same person is known again."""
    typed = visit.said("phone", most=30)
    try:
        return phone_digits(typed) if typed else ""
    except PhoneRefused:
        raise Refused(422, visit.word("desk.no_phone"), typed=visit.said("summary")) from None


def _earlier(visit: Visit) -> Ticket | None:
    """The same customer's earlier ticket, named by its number: it brings her chat along, so that she is told where she writes."""
    number = visit.said("earlier", most=20)
    if not number:
        return None
    found = visit.session.scalars(
        select(Ticket).where(Ticket.number == number, Ticket.erased_at.is_(None), assignment.visible(visit.me))).one_or_none()
    if found is None:
        raise Refused(422, visit.word("desk.no_earlier"), typed=visit.said("summary"))
    return found


def _customer(visit: Visit, phone: str, earlier: Ticket | None) -> int | None:
    """Whose ticket it is. A telephone that belongs to another customer than the earlier ticket's is refused, never joined."""
    known = earlier.customer_id if earlier else None
    if not phone:
        return known
    by_phone = customer_of(visit.session, phone=phone, name=visit.said("name", most=40), kind=visit.said("customer_type", most=10),
                           secret_key=visit.office.settings.secret_key).id
    if known not in (None, by_phone):
        raise Refused(409, visit.word("desk.another_customer"), typed=visit.said("summary"))
    return by_phone


def _tell_her(visit: Visit, ticket: Ticket) -> None:
    """Who wrote to us before hears at once that this came too, with its number and date."""
    source = visit.knowledge.taxonomy.source[ticket.source].name
    owe_told(visit.session, ticket, visit.word("told.filed", source=source, number=ticket.number,
                                               due=deadlines.day_in_words(ticket.due_at)))


def _contact(visit: Visit, phone: str) -> str:
    parts = (masked_name(visit.said("name", most=40)), f"尾号 {phone[-4:]}" if phone else "", visit.masked("contact", most=60))
    return " ".join(part for part in parts if part)[:100]


def _received(visit: Visit, at: datetime) -> datetime:
    """The clock runs from the day the bank received it, not from the day it was typed in; never from the future."""
    text = visit.said("received", most=10)
    if not text:
        return at
    moment = day_ends(text)
    if moment is None or moment - timedelta(days=1) > at:
        raise Refused(422, visit.word("desk.no_date" if moment is None else "desk.received_later"), typed=visit.said("summary"))
    return min(moment, at)


def _regulator_date(visit: Visit, source: str) -> datetime | None:
    text = visit.said("regulator_due", most=10)
    moment = day_ends(text) if text else None
    if text and moment is None:
        raise Refused(422, visit.word("desk.no_date"), typed=visit.said("summary"))
    if moment is not None and source not in visit.knowledge.deadlines.office.regulators and not visit.said("outer_number"):
        raise Refused(422, visit.word("desk.no_regulator"), typed=visit.said("summary"))
    return moment


def _branch(visit: Visit, earlier: Ticket | None) -> int | None:
    """As named, as in the earlier ticket, or a branch colleague's own; what nobody named is routed by its words."""
    chosen = visit.number("branch_id", empty=True)
    if chosen is not None and visit.session.get(Branch, chosen) is None:
        raise Refused(422, visit.word("desk.choose"))
    if chosen is None and earlier is not None:
        chosen = earlier.branch_id
    return chosen if chosen is not None else visit.me.branch_id
