"""Filing: the ticket comes first, the questions afterwards; every question can be skipped."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, select

from bot.flows import first_aid, slots, staff_alerts
from bot.kept import kept
from bot.messages import Button, rows
from bot.turn import Turn
from nlp.talks import LONG
from tickets import deadlines, repeats
from tickets.batch import tickets_of
from tickets.deadlines import day_in_words as day
from tickets.models import Correction, Event, Message, Ticket, now
from tickets.numbers import SHANGHAI
from tickets.register import OPEN, Filing, file_ticket

READ_BACK, READ_BACK_FACTS = 40, 160  # characters of each answer, and of all that happened
FOLLOW_UP = timedelta(hours=2)
"""A further complaint of the same kind within this time is taken as more about the same ticket."""
TALKING = timedelta(days=2)
"""So long after a colleague wrote to her, or after a merge, what she says is about that ticket."""
TALKED_OF = (*OPEN, "told")


def file(turn: Turn, *, kind: str = "complaint", text: str | None = None) -> Ticket:
    """Put a ticket on the register from what was understood; says nothing yet."""
    read = kept(turn.understood)
    complaint = kind == "complaint" and read.category is not None
    ticket = file_ticket(
        turn.session,
        Filing(
            source=turn.incoming.channel, kind=kind, summary=text or turn.text,
            category=read.category if complaint else None, cause=read.cause if complaint else None,
            also=read.also if complaint else (), rights=read.rights if complaint else (), urgency=read.urgency, flags=read.flags,
            reading=read.kept, model_version=read.model_version, is_repeat=read.is_repeat,
        ),
        due_at=deadlines.first_due(turn.knowledge.deadlines, kind=kind, received_at=turn.at),
        chat=turn.chat, at=turn.at,
    )
    turn.ticket, turn.did = ticket, "HUMAN" if kind == "human" else "ALARM" if ticket.urgency == "I" else "FILE"
    earlier = repeats.link(turn.session, ticket, rules=turn.knowledge.deadlines)
    if earlier is not None and earlier.status in OPEN:
        staff_alerts.remind(turn, earlier)
    staff_alerts.new_ticket(turn, ticket)
    return ticket


def complain(turn: Turn, *, apart: bool = False, then: Callable[[], None] | None = None) -> None:
    """A complaint: into the ticket it continues, or a new one at once, with what was understood and the date it is due. `apart`:
    she said that it is another matter. `then`: what is said before the questions."""
    reading = turn.understood.reading
    first_aid.tell(turn)
    current = None if apart else continued(turn)
    if current is not None and reading is not None and (
            reading.category == current.category or reading.needs_human or current.summary == turn.text):
        return append(turn, current)
    ticket = register(turn)
    if then is not None:
        then()
    begin_questions(turn, ticket, known_facts=len(ticket.summary) >= LONG)


def register(turn: Turn) -> Ticket:
    """A new ticket, and she is told its number, what was understood and the day it is due."""
    ticket, reading = file(turn), turn.understood.reading
    if reading is None or reading.needs_human or ticket.category is None:
        text = turn.word("filing.ack_unsure", number=ticket.number, due=day(ticket.due_at))
    else:
        text = turn.word("filing.ack", number=ticket.number, due=day(ticket.due_at), category=category_name(turn, ticket),
                         cause=cause_name(turn, ticket))
    turn.say(text, tone="ticket", ticket=ticket, buttons=rows(
        turn.button("filing.change_category", f"pick-cat:{ticket.id}"),
        turn.button("filing.change_cause", f"pick-cause:{ticket.id}")))
    return ticket


def continued(turn: Turn) -> Ticket | None:
    """The open complaint of this chat that was touched a moment ago: filed, merged into, or written about by a colleague."""
    for one in tickets_of(turn.session, turn.chat.id):
        ticket = survivor(turn, one) if one.kind == "complaint" else None
        if ticket is None or ticket.status not in OPEN or turn.state.get("mistaken", {}).get("ticket") == ticket.id:
            continue
        lately = turn.at - one.received_at <= FOLLOW_UP or (one is not ticket and turn.at - one.closed_at <= TALKING)
        return ticket if lately or _wrote_to_her(turn, ticket) else None
    return None


def survivor(turn: Turn, ticket: Ticket) -> Ticket:
    """The ticket into which this one was merged, and that one again; itself when it was not."""
    while ticket.merged_into_id is not None:
        ticket = turn.session.get_one(Ticket, ticket.merged_into_id)
    return ticket


def in_hand(turn: Turn) -> Ticket | None:
    """Her newest complaint that a colleague is handling, however old."""
    return next((one for one in tickets_of(turn.session, turn.chat.id)
                 if one.kind == "complaint" and one.status in OPEN and one.assignee_id is not None), None)


def talking(turn: Turn) -> Ticket | None:
    """The ticket about which a colleague has written to her lately: she is talking with a person."""
    mine = tickets_of(turn.session, turn.chat.id)
    newest = next((one for one in mine if one.status in TALKED_OF and one.assignee_id is not None), None)
    return newest if newest is not None and _wrote_to_her(turn, newest) else None


def _wrote_to_her(turn: Turn, ticket: Ticket) -> bool:
    if ticket.assignee_id is None or ticket.first_contact_at is None:
        return False
    if ticket.id not in turn.spoken:
        last = turn.session.scalar(select(func.max(Message.at)).where(Message.ticket_id == ticket.id, Message.author == "staff"))
        turn.spoken[ticket.id] = last is not None and turn.at - last <= TALKING
    return turn.spoken[ticket.id]


def called(turn: Turn) -> Ticket | None:
    """Her open call for a person, if it was made lately."""
    return next((one for one in tickets_of(turn.session, turn.chat.id)
                 if one.kind == "human" and one.status in OPEN and turn.at - one.received_at <= FOLLOW_UP), None)


def current(turn: Turn) -> Ticket | None:
    """The ticket whose questions are being asked."""
    asked = turn.state.get("filing")
    return turn.session.get(Ticket, asked["ticket"]) if asked else None


def join(turn: Turn, ticket: Ticket) -> None:
    """What she wrote goes with an open ticket, and who handles it sees it."""
    turn.ticket, turn.did = ticket, "ADD"
    turn.session.add(Event(ticket_id=ticket.id, kind="added", actor="customer", at=turn.at))
    staff_alerts.customer_wrote(turn, ticket)


def append(turn: Turn, ticket: Ticket) -> None:
    """More about an open ticket: kept with it, shown to who handles it, with a way to say that it is another matter."""
    if ticket.summary == turn.text:
        turn.ticket = ticket
        return turn.say(turn.word("filing.heard", number=ticket.number), ticket=ticket)
    join(turn, ticket)
    for step, part in slots.afterwards(turn.text).items():
        column, limit = COLUMNS[step]
        if not getattr(ticket, column):
            setattr(ticket, column, part[:limit])
    turn.remember(last=turn.text[:500])
    turn.say(turn.word("filing.appended", number=ticket.number), ticket=ticket,
             buttons=rows(turn.button("filing.new_matter", "other"), turn.button("menu.status", "status")))


def add_meanwhile(turn: Turn) -> None:
    """She tells more instead of answering: kept with what happened, and the question is asked once more at most."""
    ticket = current(turn)
    if ticket is None:
        return turn.remember(filing=None)
    if ticket.summary != turn.text:
        note(turn, ticket, turn.text)
    append(turn, ticket)
    ask_again(turn)


def note(turn: Turn, ticket: Ticket, text: str) -> None:
    """Her words go with what happened."""
    turn.ticket = ticket
    column, limit = COLUMNS["facts"]
    setattr(ticket, column, f"{ticket.facts}\n{text}".strip()[:limit])


def note_question(turn: Turn, ticket: Ticket) -> None:
    """A question that the base cannot answer, asked about an open ticket: its handler will."""
    join(turn, ticket)
    turn.remember(last=turn.text[:500])
    turn.say(turn.word("filing.question_noted", number=ticket.number), ticket=ticket)


def separate(turn: Turn) -> None:
    """「这是另一件事」: the last words become a ticket of their own."""
    text = turn.state.get("last")
    if not text:
        turn.remember(filing=None, expect="another")
        return turn.say(turn.word("filing.prompt"))
    turn.say(turn.word("filing.separated"))
    file_words(turn, text)


def file_words(turn: Turn, text: str) -> None:
    """Words that were said before become a ticket now; a person will read what kind it is."""
    turn.understood = turn.understood.again(text)
    ticket = file(turn, text=text)
    key = "filing.ack_asked" if turn.understood.reading.intent == "question" else "filing.ack_unsure"
    turn.say(turn.word(key, number=ticket.number, due=day(ticket.due_at)), tone="ticket", ticket=ticket)
    begin_questions(turn, ticket)


def begin_questions(turn: Turn, ticket: Ticket, *, known_facts: bool = False) -> None:
    place = slots.known_place(ticket.summary)
    if place and not ticket.branch_named:
        ticket.branch_named = place[:COLUMNS["branch"][1]]
    known = {step for step, told in (("facts", known_facts), ("branch", ticket.branch_named)) if told}
    if slots.placeless(ticket.summary, calls=_about_calls(ticket)):
        known.add("branch")
    steps = [step for step in slots.STEPS if step not in known]
    turn.remember(filing={"ticket": ticket.id, "steps": steps}, last=None, expect=None)
    ask_next(turn)


def _about_calls(ticket: Ticket) -> bool:
    """Where a debt is called in, the way in which they reach her takes the place of the branch."""
    return ticket.category == "COLLECTION"


def ask_next(turn: Turn) -> None:
    """The next question, or the last word where there is none."""
    filing = turn.state["filing"]
    if not filing["steps"]:
        return finish(turn)
    step, ticket = filing["steps"][0], current(turn)
    turn.remember(filing={**filing, "asked": step, "beside": 0})
    skip = (turn.button("filing.skip", "skip"), turn.button("filing.done", "done"))
    claims = ()
    if step == "claim":
        claims = rows(*(turn.button(f"claim.{name}", f"claim:{name}") for name in CLAIMS), width=3)
    key = "filing.ask_channel" if step == "branch" and ticket is not None and _about_calls(ticket) else f"filing.ask_{step}"
    turn.say(turn.word(key), buttons=(*claims, skip))


def ask_again(turn: Turn) -> None:
    """She said something else than the answer: the question once more, then the next one, and after some time none at all."""
    filing = turn.state.get("filing")
    if not filing:
        return
    beside, total = filing.get("beside", 0) + 1, filing.get("total", 0) + 1
    steps = filing["steps"]
    if total >= PATIENCE or (beside >= TWICE and len(steps) <= 1):
        return leave_off(turn)
    if beside >= TWICE:
        steps, beside = steps[1:], 0
    turn.remember(filing={**filing, "steps": steps, "total": total})
    ask_next(turn)
    turn.remember(filing={**turn.state["filing"], "beside": beside} if turn.state.get("filing") else None)


TWICE, PATIENCE = 2, 4
"""So often she says something else before a question is given up, and before all are."""


def leave_off(turn: Turn) -> None:
    """Nothing more is asked; what was kept is read back."""
    ticket = current(turn)
    turn.remember(filing=None)
    if ticket is not None:
        turn.say(turn.word("filing.later", number=ticket.number, due=day(ticket.due_at)) + _read_back(turn, ticket), ticket=ticket)


CLAIMS = ("refund", "verify", "reply", "query", "compensate", "stop", "faster", "restore")


def take_answer(turn: Turn, text: str) -> None:
    """The answer to the question asked last, kept in its column (never longer than the column), then the next question."""
    filing, ticket = turn.state["filing"], current(turn)
    if ticket is None or not filing["steps"]:
        turn.remember(filing=None)
        return
    left = filing["steps"]
    step, *later = left
    told = slots.told(step, later, text, calls=_about_calls(ticket))
    if step not in told and "facts" not in told:
        turn.say(turn.word("filing.noted", text=text.strip()))
    elif step not in told and not slots.WHEN.fullmatch(text):  # she said it, and no place: it goes with what happened
        left = later
    for one, part in told.items():
        keep(turn, ticket, one, f"{ticket.facts}\n{part}".strip() if one == "facts" else part)
    if slots.BESIDES.search(text):  # should she say that it is another matter
        turn.remember(last=text[:500])
    kept = step if step in told else next(iter(told), None)
    turn.remember(filing={**filing, "steps": [one for one in left if one not in told], "kept": kept})
    ask_next(turn)


def fits(turn: Turn, step: str) -> bool:
    """Whether her words can be the answer to this question."""
    ticket = current(turn)
    return slots.fits(step, turn.text, calls=ticket is not None and _about_calls(ticket))


COLUMNS = {"facts": ("facts", 4000), "branch": ("branch_named", 100), "claim": ("claim", 200), "contact": ("contact", 100)}
"""Where the answer to each question is kept, and how much of it."""


def most(column: str) -> int:
    """So many characters go into this column."""
    return next(limit for name, limit in COLUMNS.values() if name == column)


def keep(turn: Turn, ticket: Ticket, step: str, text: str) -> None:
    turn.ticket, turn.did = ticket, "ADD"
    column, limit = COLUMNS[step]
    setattr(ticket, column, text[:limit])
    turn.session.add(Event(ticket_id=ticket.id, kind="added", actor="customer", data={"what": column}, at=turn.at))
    staff_alerts.remind(turn, ticket)


def skip(turn: Turn) -> None:
    filing = turn.state.get("filing")
    if not filing:
        return turn.say(turn.word("error.button_gone"))
    turn.remember(filing={**filing, "steps": filing["steps"][1:]})
    ask_next(turn)


def give_up(turn: Turn, step: str) -> None:
    """She cannot answer this one, whichever was asked."""
    filing = turn.state["filing"]
    turn.remember(filing={**filing, "steps": [one for one in filing["steps"] if one != step]})
    ask_next(turn)


def finish(turn: Turn) -> None:
    """The last word of a filing: the number, the day by which the law makes the bank answer, and what else she can do."""
    ticket = current(turn)
    turn.remember(filing=None)
    if ticket is None:
        return turn.say(turn.word("error.button_gone"))
    turn.ticket = ticket
    days = (ticket.due_at.astimezone(SHANGHAI).date() - ticket.clock_from.astimezone(SHANGHAI).date()).days
    turn.say(turn.word("filing.filed", number=ticket.number, due=day(ticket.due_at), days=days)
             + _read_back(turn, ticket) + "\n\n" + turn.word("filing.remedies"), tone="ticket", ticket=ticket)


def _read_back(turn: Turn, ticket: Ticket) -> str:
    """All that was kept, shortly: the first words, what happened, place, wish, and how to reach her."""
    facts = turn.word("filing.between_facts").join(map(_brief, filter(None, ticket.facts.split("\n"))))
    place = "channel" if _about_calls(ticket) else "branch"
    parts = (("words", _brief(ticket.summary.replace("\n", " "))), ("facts", facts[:READ_BACK_FACTS]),
             (place, _brief(ticket.branch_named)), ("claim", _brief(ticket.claim)), ("contact", _brief(ticket.contact)))
    return "\n\n" + turn.word("filing.told", told=turn.word("filing.between").join(
        turn.word(f"filing.told_{name}", text=text) for name, text in parts if text))


def _brief(text: str) -> str:
    """What was kept, short enough to be read back."""
    return text if len(text) <= READ_BACK else text[:READ_BACK] + "…"


def choose(turn: Turn, ticket_id: int, head: str) -> None:
    """Show every category or cause as buttons."""
    ticket = own(turn, ticket_id)
    if ticket is None:
        return turn.say(turn.word("error.button_gone"))
    kinds = getattr(turn.knowledge.taxonomy, head).values()
    turn.say(turn.word(f"filing.choose_{head}"),
             buttons=rows(*(Button(kind.name, f"set-{head}:{ticket.id}:{kind.code}") for kind in kinds), width=2))


def choose_last(turn: Turn, head: str) -> None:
    """「类别不对」 in words: the buttons for her newest open ticket."""
    ticket = next((one for one in tickets_of(turn.session, turn.chat.id) if one.status in OPEN), None)
    if ticket is None:
        return turn.say(turn.word("progress.none"), buttons=rows(turn.button("menu.complain", "complain")))
    choose(turn, ticket.id, head)


def correct(turn: Turn, ticket_id: int, head: str, code: str) -> None:
    """The customer corrects what was understood; kept as a correction from which the model may learn."""
    ticket = own(turn, ticket_id)
    if ticket is None or code not in getattr(turn.knowledge.taxonomy, head):
        return turn.say(turn.word("error.button_gone"))
    turn.ticket = ticket
    turn.session.add(Correction(ticket_id=ticket.id, head=head, text=ticket.summary, was=getattr(ticket, head) or "",
                                became=code, model_version=ticket.model_version, by="customer", at=now()))
    setattr(ticket, head, code)
    turn.session.add(Event(ticket_id=ticket.id, kind="reclassified", actor="customer", data={head: code}, at=turn.at))
    turn.say(turn.word("filing.corrected", category=category_name(turn, ticket), cause=cause_name(turn, ticket)), ticket=ticket)


def own(turn: Turn, ticket_id: int) -> Ticket | None:
    """The ticket, only if it is this chat's own: callback data is whatever a client sends."""
    ticket = turn.session.get(Ticket, ticket_id)
    return ticket if ticket is not None and ticket.chat_id == turn.chat.id else None


def category_name(turn: Turn, ticket: Ticket) -> str:
    if "self_harm" in ticket.flags:  # to her it is no complaint about anything
        return turn.word("filing.crisis")
    kind = turn.knowledge.taxonomy.category.get(ticket.category or "")
    return kind.name if kind else turn.knowledge.taxonomy.ticket_kind[ticket.kind].name


def cause_name(turn: Turn, ticket: Ticket) -> str:
    kind = turn.knowledge.taxonomy.cause.get(ticket.cause or "")
    return kind.name if kind else "待定"
