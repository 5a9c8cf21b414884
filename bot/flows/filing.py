"""Filing: the ticket comes first, the questions afterwards; every question can be skipped."""

from collections.abc import Callable

from bot.flows import first_aid, loose_files, slots, staff_alerts
from bot.flows.hers import FOLLOW_UP as FOLLOW_UP
from bot.flows.hers import called as called
from bot.flows.hers import continued as continued
from bot.flows.hers import in_hand as in_hand
from bot.flows.hers import recalls as recalls
from bot.flows.hers import survivor as survivor
from bot.flows.hers import talking as talking
from bot.flows.hers import waiting as waiting
from bot.flows.read_back import ASKED, about_calls, read_back, told_facts
from bot.kept import kept
from bot.messages import Button, rows
from bot.turn import Turn
from nlp.sums import plain, sums
from nlp.talks import LONG
from tickets import deadlines, repeats
from tickets.deadlines import day_in_words as day
from tickets.models import Event, Ticket
from tickets.numbers import SHANGHAI
from tickets.register import OPEN, Filing, file_ticket


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
    loose_files.take_along(turn, ticket)
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
    if reading is None or reading.needs_human or ticket.category is None or (reading.category_confidence or 0) < SURE_OF_KIND:
        text = turn.word("filing.ack_unsure", number=ticket.number, due=day(ticket.due_at))
    else:
        text = turn.word("filing.ack", number=ticket.number, due=day(ticket.due_at), category=category_name(turn, ticket),
                         cause=cause_name(turn, ticket))
    turn.say(text, tone="ticket", ticket=ticket, buttons=rows(
        turn.button("filing.change_category", f"pick-cat:{ticket.id}"),
        turn.button("filing.change_cause", f"pick-cause:{ticket.id}")))
    return ticket


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
    wished = ticket.claim
    for step, part in slots.early(turn.text).items():
        _fill(ticket, step, part)
    again = turn.state.get("appended") == ticket.id
    turn.remember(last=turn.text[:500], appended=ticket.id)
    key = "wish_noted" if ticket.claim != wished else "appended_too" if again else "appended"
    turn.say(turn.word(f"filing.{key}", number=ticket.number, claim=ticket.claim), ticket=ticket,
             buttons=rows(turn.button("filing.new_matter", "other"), turn.button("menu.status", "status")))


def add_meanwhile(turn: Turn) -> None:
    """She tells more instead of answering: kept with what happened, and the questions go on."""
    ticket = current(turn)
    if ticket is None:
        return turn.remember(filing=None)
    early = slots.early(turn.text)
    if ticket.summary != turn.text and turn.text.strip(" 。.!！") not in early.values():
        note(turn, ticket, turn.text)
    for step, part in early.items():
        _fill(ticket, step, part)
        _answered(turn, step)
    join(turn, ticket)
    turn.remember(last=turn.text[:500])
    ask_again(turn, heard=True)


def _fill(ticket: Ticket, step: str, part: str) -> None:
    """A place or a way to reach her is kept once, her wishes one behind the other."""
    column, limit = COLUMNS[step]
    before = getattr(ticket, column)
    if not before:
        setattr(ticket, column, part[:limit])
    elif step == "claim" and part not in before:
        setattr(ticket, column, f"{before}；{part}"[:limit])


def fill(turn: Turn, ticket: Ticket, step: str, part: str) -> None:
    """What she said before her ticket was made answers one of its questions."""
    _fill(ticket, step, part)
    if turn.state.get("filing"):
        _answered(turn, step)


def _answered(turn: Turn, step: str) -> None:
    """It need not be asked any more."""
    asked = turn.state["filing"]
    turn.remember(filing={**asked, "steps": [one for one in asked["steps"] if one != step]})


def note(turn: Turn, ticket: Ticket, text: str) -> None:
    """Her words go with what happened."""
    turn.ticket = ticket
    column, limit = COLUMNS["facts"]
    setattr(ticket, column, f"{ticket.facts}\n{text}".strip()[:limit])


def note_question(turn: Turn, ticket: Ticket, *, near: str = "", buttons: tuple[tuple[Button, ...], ...] = ()) -> None:
    """A question that the base cannot answer, asked about an open ticket: its handler will. `near`: the line that is nearest;
    `buttons`: what she may mean."""
    join(turn, ticket)
    if turn.text not in ticket.facts:
        note(turn, ticket, ASKED + turn.text)
    turn.remember(last=turn.text[:500])
    said = turn.word("filing.question_near", line=near, number=ticket.number) if near else ""
    turn.say(said or turn.word("filing.question_noted", number=ticket.number), ticket=ticket, buttons=buttons)


def file_words(turn: Turn, text: str) -> None:
    """Words that were said before become a ticket now; a person will read what kind it is."""
    turn.understood = turn.understood.again(text)
    ticket = file(turn, text=text)
    key = "filing.ack_asked" if turn.understood.reading.intent == "question" else "filing.ack_unsure"
    turn.say(turn.word(key, number=ticket.number, due=day(ticket.due_at)), tone="ticket", ticket=ticket)
    begin_questions(turn, ticket, known_facts=len(text) >= LONG)


def begin_questions(turn: Turn, ticket: Ticket, *, known_facts: bool = False) -> None:
    for step, part in (("branch", slots.known_place(ticket.summary)), ("claim", _wish_in(ticket.summary))):
        if part:
            _fill(ticket, step, part)
    known_facts = known_facts or (len(ticket.summary) >= STORY and slots.DAY.search(ticket.summary) is not None)
    known = {step for step, told in (("facts", known_facts), ("branch", ticket.branch_named), ("claim", ticket.claim)) if told}
    known |= {"branch"} if slots.placeless(ticket.summary, calls=about_calls(ticket)) else set()
    known |= {"contact"} if first_aid.cannot_phone(turn) or turn.state.get("cannot_phone") else set()
    steps = [step for step in slots.STEPS if step not in known]
    turn.remember(filing={"ticket": ticket.id, "steps": steps}, last=None, expect=None)
    ask_next(turn)


def _wish_in(text: str) -> str:
    return "；".join(filter(None, map(slots.wish, slots.BREAKS.split(text.replace("\n", "，")))))


def ask_next(turn: Turn, *, heard: bool = False) -> None:
    """The next question, or the last word where there is none. `heard`: she told something, and a word says that it is kept."""
    filing = turn.state["filing"]
    ticket = current(turn)
    if filing["steps"][:1] == ["facts"] and "facts" in filing.get("behind", ()) and ticket is not None and told_facts(ticket):
        filing = {**filing, "steps": filing["steps"][1:]}  # she has told it meanwhile
    if not filing["steps"]:
        return finish(turn)
    step = filing["steps"][0]
    turn.remember(filing={**filing, "asked": step, "waiting": False})
    skip = (turn.button("filing.skip", "skip"), turn.button("filing.done", "done"))
    claims = ()
    if step == "claim":
        claims = rows(*(turn.button(f"claim.{name}", f"claim:{name}") for name in _remedies(turn, ticket)))
    key = step
    if step == "branch" and ticket is not None and about_calls(ticket):
        key = "channel"
    elif step == "facts" and ("facts" in filing.get("behind", ()) or (ticket is not None and slots.DAY.search(ticket.summary))):
        key = "story"
    word = turn.word(f"filing.listened_{filing.get('total', 0) % 2}") if heard and not turn.replies else ""
    asks = "again" if step != "facts" and step in filing.get("behind", ()) else "ask"
    turn.say(word + turn.word(f"filing.{asks}_{key}"), buttons=(*claims, skip))


def ask_again(turn: Turn, *, heard: bool = False) -> None:
    """She said something else than the answer: what was not asked yet is asked, no question a second time before she answers one;
    and after some time none at all."""
    filing = turn.state.get("filing")
    if not filing:
        return
    total, turned = filing.get("total", 0) + 1, _turned(filing)
    fresh = [step for step in turned["steps"] if step not in turned.get("behind", ())]
    asked = [step for step in turned["steps"] if step not in fresh]
    last = [step for step in asked if step == filing.get("asked")]  # she may answer it yet
    steps = [*fresh, *last, *(step for step in asked if step not in last)]
    turn.remember(filing={**turned, "total": total, "steps": steps or filing["steps"]})
    if total >= PATIENCE:
        leave_off(turn)
    elif fresh:
        ask_next(turn, heard=heard)
    elif heard or not turn.replies:
        wait(turn)


def _turned(filing: dict, *, once_more: bool = False) -> dict:
    """The question that got no answer goes behind the others, the second time it is given up; where it was, can be looked up,
    and is asked `once_more` of her only who answered another question plainly."""
    step, behind = filing.get("asked"), filing.get("behind", [])
    if filing["steps"][:1] != [step]:
        return filing
    later = filing["steps"][1:]
    if step not in behind and (step != "branch" or once_more):
        return {**filing, "steps": [*later, step], "behind": [*behind, step]}
    return {**filing, "steps": later}


def wait(turn: Turn) -> None:
    """The question that was asked stands; it is not asked again."""
    filing = turn.state["filing"]
    if filing.get("waiting"):
        return leave_off(turn)
    turn.remember(filing={**filing, "waiting": True})
    turn.say(turn.word("filing.wait"), buttons=((turn.button("filing.skip", "skip"), turn.button("filing.done", "done")),))


PATIENCE = 4
"""So often she says something else before no question is asked any more."""
SURE_OF_KIND = 0.6
"""Less surely no kind is named to her."""
STORY = 20
"""Characters in which, with a day, she has told what happened."""


def leave_off(turn: Turn) -> None:
    """Nothing more is asked; what was kept is read back."""
    ticket = current(turn)
    turn.remember(filing=None)
    if ticket is not None:
        turn.say(turn.word("filing.later", number=ticket.number, due=day(ticket.due_at)) + read_back(turn, ticket), ticket=ticket)


CLAIMS = ("refund", "verify", "reply", "query", "compensate", "stop", "faster", "restore", "apology")
MONEY = ("refund", "compensate")
SHOWN = 4


def _remedies(turn: Turn, ticket: Ticket | None) -> list[str]:
    """What may be wished in such a matter: what fits its cause first, and money before all where a sum is told of."""
    kinds, code = turn.knowledge.taxonomy, ticket.category if ticket is not None else None
    cause, category = kinds.cause.get(ticket.cause or "" if ticket is not None else ""), kinds.category.get(code or "OTHER")
    names = list(dict.fromkeys(name for kind in (cause, category) if kind for name in kind.claims))
    if ticket is not None and sums(plain(ticket.summary)):
        names.sort(key=lambda name: name not in MONEY)
    return names[:SHOWN]


def take_answer(turn: Turn, text: str) -> None:
    """The answer to the question asked last, kept in its column (never longer than the column), then the next question."""
    filing, ticket = turn.state["filing"], current(turn)
    if ticket is None or not filing["steps"]:
        turn.remember(filing=None)
        return
    step, *later = filing["steps"]
    empty = [one for one, (column, _) in COLUMNS.items() if one != "facts" and not getattr(ticket, column)]
    told = slots.told(step, [*later, *empty], text, calls=about_calls(ticket))
    wish = told.get("claim") or slots.wish(text)
    once_more = step not in told and step not in filing.get("behind", ()) and slots.bare(text)
    if step not in told:
        filing = _turned(filing, once_more=once_more) if once_more or told.keys() - {"facts"} else filing
        if once_more or "facts" not in told or told["facts"] == wish:
            turn.say(turn.word("filing.noted", text=text.strip()))
    for one, part in told.items():
        if one != "claim" and part != wish and not (one == "facts" and part in ticket.facts):
            keep(turn, ticket, one, f"{ticket.facts}\n{part}".strip() if one == "facts" else part)
    if wish:
        _fill(ticket, "claim", wish)
        keep(turn, ticket, "claim", ticket.claim)
    if slots.BESIDES.search(text):  # should she say that it is another matter
        turn.remember(last=text[:500])
    kept = step if step in told else next(iter(told), None)
    turn.remember(filing={**filing, "steps": [one for one in filing["steps"] if one not in told], "kept": kept})
    if once_more:
        ask_next(turn)
    elif kept == "facts" and step != "facts":
        ask_again(turn, heard=True)
    else:
        ask_next(turn)


def fits(turn: Turn, step: str) -> bool:
    """Whether her words can be the answer to this question."""
    ticket = current(turn)
    return slots.fits(step, turn.text, calls=ticket is not None and about_calls(ticket))


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


def give_up(turn: Turn, step: str, *, then: Callable[[Turn], None] | None = None) -> None:
    """She cannot answer this one, whichever was asked."""
    filing = turn.state["filing"]
    turn.remember(filing={**filing, "steps": [one for one in filing["steps"] if one != step]})
    (then or ask_next)(turn)


def finish(turn: Turn) -> None:
    """The last word of a filing: the number, the day by which the law makes the bank answer, and what else she can do."""
    ticket = current(turn)
    turn.remember(filing=None)
    if ticket is None:
        return turn.say(turn.word("error.button_gone"))
    turn.ticket = ticket
    days = (ticket.due_at.astimezone(SHANGHAI).date() - ticket.clock_from.astimezone(SHANGHAI).date()).days
    turn.say(turn.word("filing.filed", number=ticket.number, due=day(ticket.due_at), days=days)
             + read_back(turn, ticket) + "\n\n" + turn.word("filing.remedies"), tone="ticket", ticket=ticket)


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
