"""Progress: where a complaint stands, by number or 「我的投诉」, and what its owner may do with it."""

import re
from datetime import timedelta

from bot.flows import filing, staff_alerts
from bot.flows.filing import category_name, day
from bot.messages import Button, rows
from bot.turn import Turn
from tickets import lifecycle
from tickets.models import Event, Ticket
from tickets.numbers import find_numbers
from tickets.register import OPEN, ticket_of_number, tickets_of_chat


def ask(turn: Turn, *, urged: bool = True) -> None:
    """By the number in the text, or the chat's own list. Asking is noted on the ticket, so that urging is seen."""
    turn.did = "STATUS"
    numbers = find_numbers(turn.text)
    if numbers:
        ticket = ticket_of_number(turn.session, numbers[0], chat_id=turn.chat.id)
        if ticket is None:
            return turn.say(turn.word("progress.unknown_number", number=numbers[0]),
                            buttons=rows(turn.button("menu.complain", "complain"), turn.button("menu.human", "human")))
        return show(turn, ticket, urged=urged)
    mine = tickets_of_chat(turn.session, turn.chat.id)
    if not mine:
        return _none(turn)
    if len(mine) == 1:
        return show(turn, mine[0], urged=urged)
    lines = [turn.word("progress.line", number=t.number, category=category_name(turn, t), status=status_name(turn, t),
                       due=day(t.due_at)) for t in mine]
    turn.say(turn.word("progress.list") + "\n\n" + "\n\n".join(lines),
             buttons=rows(*(_numbered(t) for t in mine), width=2))


def _presses(text: str) -> bool:
    """Whether she presses; 「大概多久有结果」 only asks for the day, and reminds nobody."""
    return ASKS_WHEN.search(text) is None or PRESSES.search(text) is not None


def _none(turn: Turn) -> None:
    """She has no ticket here: what is possible, said once; what she tells of the old one is kept for a new one."""
    told = turn.state.get("none", 0) if turn.lately(turn.state.get("none_at"), AN_HOUR) else 0
    turn.remember(none=told + 1, none_at=turn.at.isoformat())
    key = NONE[told] if told < len(NONE) else NONE_STILL[told % 2]
    turn.say(turn.word(key), buttons=rows(turn.button("ask.register", "file"), turn.button("menu.human", "human")))


ASKS_WHEN = re.compile("多久|几天|多长时间|[啥什]么?时候|哪[天日]")
PRESSES = re.compile("催|快|还没|还不|怎么还|咋还|等了|都[^,，。]{0,4}天|到底|急")
AN_HOUR = timedelta(hours=1)
NONE = ("progress.none", "progress.none_noted", "progress.none_still")
NONE_STILL = ("progress.none_yes", "progress.none_too")


def _numbered(ticket: Ticket) -> Button:
    return Button(ticket.number, f"ticket:{ticket.id}")


def show(turn: Turn, ticket: Ticket, *, urged: bool = False) -> None:
    """One ticket as its owner may see it, with what she can do now. `urged`: pressing for it is noted."""
    turn.ticket, turn.did = ticket, "STATUS"
    text = turn.word("progress.one", number=ticket.number, category=category_name(turn, ticket), status=status_name(turn, ticket),
                     received=day(ticket.received_at), due=day(ticket.due_at))
    buttons = []
    if ticket.status in OPEN and ticket.status != "decided":
        buttons.append(turn.button("progress.withdraw", f"withdraw:{ticket.id}"))
        if urged and _presses(turn.text):
            turn.session.add(Event(ticket_id=ticket.id, kind="urged", actor="customer", at=turn.at))
            staff_alerts.customer_wrote(turn, ticket)
            text += "\n\n" + turn.word("progress.pressed")
    if ticket.status in ("told", "closed") and ticket.kind == "complaint":
        buttons.append(turn.button("progress.review", f"review:{ticket.id}"))
    turn.say(text, buttons=rows(*buttons, turn.button("menu.human", "human")), tone="ticket", ticket=ticket)


def status_name(turn: Turn, ticket: Ticket) -> str:
    return turn.knowledge.taxonomy.status[ticket.status].name


def review(turn: Turn, ticket_id: int) -> None:
    """3 号令第二十条: a review (核查) by the superior, asked for within 30 days of the decision."""
    ticket = filing.own(turn, ticket_id)
    if ticket is None:
        return turn.say(turn.word("error.button_gone"))
    turn.ticket = ticket
    if ticket.told_at is None:
        return turn.say(turn.word("progress.review_early", number=ticket.number), ticket=ticket)
    made = lifecycle.ask_review(turn.session, ticket, rules=turn.knowledge.deadlines, at=turn.at)
    if made is None:
        return turn.say(turn.word("progress.review_late"), ticket=ticket)
    staff_alerts.new_ticket(turn, made)
    turn.say(turn.word("progress.review_filed", number=made.number, due=day(made.due_at)), tone="ticket", ticket=made)

