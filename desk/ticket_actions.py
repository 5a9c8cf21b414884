"""What a person does to a ticket from its page: answer, note, correct, fill in details, move it along. Each is one post."""

from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import Response
from sqlalchemy import select

from desk import alarm
from desk.days import day_ends
from desk.letter import enclosed
from desk.ticket_page import find_ticket, letterhead, stale
from desk.visit import Refused, Visit
from tickets import assignment, audit, deadlines, lifecycle, news
from tickets.corrections import intent_of
from tickets.models import Branch, Correction, Event, Message, Pause, Staff, Ticket, now
from tickets.register import answer_customer, owe, raise_alert, regrade
from tickets.telling import reachable
from tickets.urgency import set_urgency

HEADS = ("category", "cause")
TELLING = ("paused", "extended", "closed", "reopened")
"""Events whose words at the desk say that the customer was told."""
LONGEST_ANSWER = 3500  # characters; Telegram takes 4096


def answer(visit: Visit) -> Response:
    """Words for the customer in her own channel; they are owed in this commit and sent after it."""
    ticket, text = _open_to_her(visit), visit.said("text", most=LONGEST_ANSWER)
    if not text:
        raise Refused(422, visit.word("desk.nothing_written"))
    body = {"text": text, "buttons": [], "tone": "staff", "ticket": ticket.number, "document": None}
    owed = answer_customer(visit.session, ticket, text, staff_id=visit.me.id, body=body)
    news.looked(visit.session, ticket, visit.me, at=now(), kinds=(news.WROTE, news.UNHAPPY))
    audit.record(visit.session, staff_id=visit.me.id, action="ticket.answer", target=f"ticket:{ticket.id}",
                 data={"owed": owed.id if owed else None})
    return _back(visit, ticket, "answered" if owed else "answered_offline", "#newest")


def seen(visit: Visit) -> Response:
    """Her handler has opened the page: what she wrote has been read. Somebody else's look leaves the mark where it is."""
    ticket = find_ticket(visit)
    if ticket.assignee_id == visit.me.id:
        news.looked(visit.session, ticket, visit.me, at=now())
    return _back(visit, ticket, "", "#newest")


def note(visit: Visit) -> Response:
    """Words for colleagues; they never leave the house."""
    ticket, text = _open_to_her(visit), visit.masked("text")
    if not text:
        raise Refused(422, visit.word("desk.nothing_written"))
    at = now()
    visit.session.add(Message(ticket_id=ticket.id, author="note", staff_id=visit.me.id, text=text, at=at))
    visit.session.add(Event(ticket_id=ticket.id, kind="noted", actor="staff", staff_id=visit.me.id, at=at))
    return _back(visit, ticket, "noted", "#newest")


def correct(visit: Visit) -> Response:
    """Category or cause as a person judges it; kept as a correction, from which the model learns."""
    ticket = _open_to_her(visit)
    changed, before = {}, {}
    for head in HEADS:
        if head not in visit.form:
            continue
        became = visit.chosen(head, getattr(visit.knowledge.taxonomy, head), empty=True)
        was = getattr(ticket, head) or ""
        if became and became != was:
            setattr(ticket, head, became)
            changed[head], before[head] = became, was
            visit.session.add(Correction(
                ticket_id=ticket.id, head=head, text=ticket.summary, was=was, became=became, by="staff", staff_id=visit.me.id,
                model_version=ticket.model_version))
    if not changed:
        return _back(visit, ticket)
    if "cause" in changed:
        _follow_right(visit, ticket)
    visit.session.add(Event(ticket_id=ticket.id, kind="reclassified", actor="staff", staff_id=visit.me.id,
                            data={**changed, "was": before}))
    audit.record(visit.session, staff_id=visit.me.id, action="ticket.correct", target=f"ticket:{ticket.id}", data=changed)
    return _back(visit, ticket, "corrected")


def urgency(visit: Visit) -> Response:
    """How urgent it is, by a form with a reason and never by one key. Graver rings; milder is told to who is concerned."""
    ticket, at = _fresh(visit), now()
    was, became = ticket.urgency, visit.chosen("urgency", visit.knowledge.taxonomy.urgency)
    changed = set_urgency(visit.session, ticket, became, staff=visit.me, reason=visit.masked("reason", most=500), at=at)
    if changed is None:
        return _back(visit, ticket)
    if became == "I":
        alarm.ring(visit, ticket, at=at)
    elif was == "I":
        names = {code: kind.name for code, kind in visit.knowledge.taxonomy.urgency.items()}
        raise_alert(visit.session, kind="lowered", ticket=ticket, at=at, text=visit.word(
            "alert.lowered", number=ticket.number, was=names[was], became=names[became], name=visit.me.name, reason=changed.reason))
    return _back(visit, ticket, "urgency")


def _follow_right(visit: Visit, ticket: Ticket) -> None:
    """The right that a cause offends by default (regulation.md 1.3.2) follows a corrected cause."""
    right = visit.knowledge.taxonomy.cause[ticket.cause].right
    if right and right not in ticket.rights:
        ticket.rights = [right, *ticket.rights]
    ticket.primary_right = right or ticket.primary_right


def details(visit: Visit) -> Response:
    """The rest of the record as the regulator wants it. A changed kind gets that kind's clock."""
    ticket, taxonomy = _fresh(visit), visit.knowledge.taxonomy
    wanted: dict[str, Any] = {
        "kind": visit.chosen("kind", taxonomy.ticket_kind),
        "business_channel": visit.chosen("business_channel", taxonomy.business_channel, empty=True) or None,
        "customer_type": visit.chosen("customer_type", ("person", "corp")),
        "grade": visit.chosen("grade", ("普通", "复杂", "重大")),
        "claim": visit.masked("claim", most=200), "contact": visit.masked("contact", most=100),
        "facts": visit.masked("facts"), "branch_named": visit.said("branch_named", most=100),
        "outer_number": visit.said("outer_number", most=40) or None,
        "branch_id": _branch_id(visit, "branch_id"), "against_staff_id": _staff_id(visit, "against_staff_id"),
        "flags": [code for code in taxonomy.flag if code in visit.form.getlist("flags")],
    }
    changed = [name for name, value in wanted.items() if getattr(ticket, name) != value]
    if intent_of(ticket.kind) != intent_of(wanted["kind"]):
        visit.session.add(Correction(
            ticket_id=ticket.id, head="intent", text=ticket.summary, was=intent_of(ticket.kind), became=intent_of(wanted["kind"]),
            by="staff", staff_id=visit.me.id, model_version=ticket.model_version))
    if "flags" in changed and "grade" not in changed:
        regrade(ticket, flags=wanted["flags"])
    for name in changed:
        setattr(ticket, name, wanted[name])
    if not changed:
        return _back(visit, ticket)
    if "kind" in changed:
        pauses = list(visit.session.scalars(select(Pause).where(Pause.ticket_id == ticket.id)))
        due_at = deadlines.due(visit.knowledge.deadlines, ticket, pauses, at=now())
        ticket.warned = 0 if due_at > ticket.due_at else ticket.warned  # as every move that gives more time does
        ticket.due_at = due_at
    if ticket.against_staff_id is not None and ticket.against_staff_id == ticket.assignee_id:
        ticket.assignee_id = None  # 第三号令第十七条: who is complained about does not handle it
    visit.session.add(Event(ticket_id=ticket.id, kind="detailed", actor="staff", staff_id=visit.me.id, data={"what": changed}))
    audit.record(visit.session, staff_id=visit.me.id, action="ticket.details", target=f"ticket:{ticket.id}",
                 data={"what": changed})
    return _back(visit, ticket, "saved")


def move(visit: Visit) -> Response:
    """One row of the table of moves, with what its form asked for; the customer is told in the same commit."""
    ticket, name = find_ticket(visit), visit.said("move", most=30)
    if not any(row.name == name for row in lifecycle.MOVES):
        raise Refused(422, visit.word("desk.choose"))
    version, asked, body = visit.number("version", empty=True), _asked(visit, name), b""
    if name == "tell" and "how" not in asked and ticket.decision:
        asked["enclosure"], body = enclosed(ticket, visit.knowledge, **letterhead(visit))
    event = lifecycle.move(
        visit.session, ticket, name, actor="staff", staff=visit.me, reason=_reason(visit, name), version=version,
        rules=visit.knowledge.deadlines, wording=visit.knowledge.wording, **asked)
    if body:
        _keep(visit, asked["enclosure"].stored_as, body)
    if name == "close" and ticket.status == "closed":
        _ask_for_rating(visit, ticket)
    still_sees = assignment.sees(visit.session, visit.me, ticket)
    return _back(visit, ticket, _done(event)) if still_sees else visit.go("/desk/queue", "moved_away")


def _done(event: Event) -> str:
    """What is said of a move that should tell the customer differs where neither her channel nor a colleague has told her."""
    told = "tell" not in event.data or "owed_id" in event.data or "how" in event.data
    return event.kind if told or event.kind not in TELLING else f"{event.kind}_offline"


def _keep(visit: Visit, stored_as: str, body: bytes) -> None:
    """The letter lies in its place before the commit that owes it; when it cannot be written, nothing is owed."""
    folder = Path(visit.office.settings.attachment_folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / stored_as).write_bytes(body)
    except OSError as error:
        raise Refused(503, visit.word("desk.not_saved")) from error


def _reason(visit: Visit, name: str) -> str:
    """Most reasons are for the record; those of a decision, an extension or a refusal are told to the customer as they stand."""
    return visit.said("reason") if name in ("decide", "extend", "not_accept") else visit.masked("reason")


def _asked(visit: Visit, name: str) -> dict[str, Any]:
    """The fields of this move's form, converted; what was not on the form is not passed at all."""
    converted: dict[str, Any] = {
        "assignee_id": lambda field: visit.number(field, empty=True), "into_id": lambda field: visit.number(field, empty=True),
        "branch_id": lambda field: visit.number(field, empty=True), "due_at": lambda field: _date(visit, field),
        "upheld": lambda field: {"yes": True, "no": False}.get(visit.said(field, most=5)),
        "how": lambda field: visit.said(field, most=16), "evidence": lambda field: visit.said(field, most=200),
        "decision": visit.said, "redress": visit.said,
        "business_channel": lambda field: visit.chosen(field, visit.knowledge.taxonomy.business_channel, empty=True),
    }
    asked = {field: read(field) for field, read in converted.items() if field in visit.form}
    if name != "contact" and asked.get("how") in ("", "outbox"):
        asked.pop("how")  # by the customer's own channel, which is how a move tells her by itself
        asked.pop("evidence", None)
    return asked


def _ask_for_rating(visit: Visit, ticket: Ticket) -> None:
    """Once a ticket, by one press; the buttons are bot.messages.Button as plain data."""
    chat = reachable(visit.session, ticket)
    if chat is None:
        return
    buttons = [{"label": visit.word(f"rating.s{score}"), "data": f"rate:{ticket.id}:{score}"} for score in (5, 4, 3, 2, 1)]
    owe(visit.session, channel=chat.channel, address=chat.address, purpose="rating", chat_id=chat.id, ticket_id=ticket.id,
        body={"text": visit.word("rating.ask", number=ticket.number), "buttons": [buttons[:2], buttons[2:4], buttons[4:]],
              "tone": "plain", "ticket": ticket.number, "document": None})


def _open_to_her(visit: Visit) -> Ticket:
    """The ticket, unless she must stay away from it."""
    ticket = find_ticket(visit)
    if assignment.must_stay_away(visit.session, ticket, visit.me.id):
        raise Refused(403, visit.word("desk.stay_away"))
    return ticket


def _fresh(visit: Visit) -> Ticket:
    """The ticket, unless somebody else changed it since the form was drawn."""
    ticket = _open_to_her(visit)
    if stale(ticket, visit):
        raise Refused(409, visit.word("desk.changed_meanwhile"))
    return ticket


def _branch_id(visit: Visit, name: str) -> int | None:
    chosen = visit.number(name, empty=True)
    if chosen is not None and visit.session.get(Branch, chosen) is None:
        raise Refused(422, visit.word("desk.choose"))
    return chosen


def _staff_id(visit: Visit, name: str) -> int | None:
    chosen = visit.number(name, empty=True)
    if chosen is not None and visit.session.get(Staff, chosen) is None:
        raise Refused(422, visit.word("desk.choose"))
    return chosen


def _date(visit: Visit, name: str) -> datetime | None:
    moment = day_ends(visit.said(name, most=10))
    if moment is None:
        raise Refused(422, visit.word("desk.no_date"))
    return moment


def _back(visit: Visit, ticket: Ticket, said: str = "", place: str = "") -> Response:
    return visit.go(f"/desk/tickets/{ticket.number}{place}", said)
