"""Progress: where a complaint stands, by number or 「我的投诉」, and what its owner may do with it."""

import re

from bot.flows import filing, staff_alerts
from bot.flows.filing import category_name, day
from bot.messages import Button, rows
from bot.turn import Turn
from tickets import lifecycle
from tickets.batch import tickets_of
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
        return turn.say(turn.word("progress.none"), buttons=rows(turn.button("menu.complain", "complain"),
                                                                turn.button("menu.human", "human")))
    if len(mine) == 1:
        return show(turn, mine[0], urged=urged)
    lines = [turn.word("progress.line", number=t.number, category=category_name(turn, t), status=status_name(turn, t),
                       due=day(t.due_at)) for t in mine]
    turn.say(turn.word("progress.list") + "\n\n" + "\n\n".join(lines),
             buttons=rows(*(_numbered(t) for t in mine), width=2))


def _numbered(ticket: Ticket) -> Button:
    return Button(ticket.number, f"ticket:{ticket.id}")


def show(turn: Turn, ticket: Ticket, *, urged: bool = False) -> None:
    """One ticket as its owner may see it, with what she can do now."""
    turn.ticket, turn.did = ticket, "STATUS"
    text = turn.word("progress.one", number=ticket.number, category=category_name(turn, ticket), status=status_name(turn, ticket),
                     received=day(ticket.received_at), due=day(ticket.due_at))
    buttons = []
    if ticket.status in OPEN and ticket.status != "decided":
        buttons.append(turn.button("progress.withdraw", f"withdraw:{ticket.id}"))
        if urged:
            turn.session.add(Event(ticket_id=ticket.id, kind="urged", actor="customer", at=turn.at))
            staff_alerts.customer_wrote(turn, ticket)
            text += "\n\n" + turn.word("progress.pressed")
    if ticket.status in ("told", "closed") and ticket.kind == "complaint":
        buttons.append(turn.button("progress.review", f"review:{ticket.id}"))
    turn.say(text, buttons=rows(*buttons, turn.button("menu.human", "human")), tone="ticket", ticket=ticket)


def status_name(turn: Turn, ticket: Ticket) -> str:
    return turn.knowledge.taxonomy.status[ticket.status].name


def withdraw(turn: Turn, ticket_id: int, *, sure: bool) -> None:
    """3 号令第十五条: the customer may withdraw, and handling ends on that day."""
    ticket = filing.own(turn, ticket_id)
    if ticket is None or not lifecycle.may(ticket, "withdraw", actor="customer"):
        return turn.say(turn.word("progress.cannot"))
    turn.ticket = ticket
    if not sure:
        turn.remember(withdrawing=ticket.id)
        return turn.say(turn.word("progress.withdraw_confirm", number=ticket.number), ticket=ticket,
                        buttons=rows(turn.button("progress.confirm", f"withdraw!:{ticket.id}"),
                                     turn.button("progress.keep", f"ticket:{ticket.id}")))
    lifecycle.move(turn.session, ticket, "withdraw", actor="customer", rules=turn.knowledge.deadlines, at=turn.at)
    staff_alerts.customer_wrote(turn, ticket)
    turn.remember(filing=None)
    turn.say(turn.word("progress.withdrawn", number=ticket.number), ticket=ticket)


YES = frozenset(("确定", "确定撤回", "确认", "确认撤回", "是", "是的", "对", "好", "好的", "可以", "撤", "撤回", "撤回吧", "撤销",
                 "确认撤销"))
NO = re.compile("(?:算了|那|那就|先|还是|我)*(?:不|不撤回?了?|别撤回?了?|不是|不要了?|取消|不用了?|再想想|留着|"
                "(?:要|继续|接着|照样)?投(?:诉|了)?)?(?:吧|啊)?")


def confirmed(turn: Turn, ticket_id: int, said: str) -> bool:
    """Yes or no, typed to 「确定撤回吗？」. False: she says something else, and nothing is withdrawn."""
    if said in YES:
        withdraw(turn, ticket_id, sure=True)
    elif said and NO.fullmatch(said) and (ticket := filing.own(turn, ticket_id)) is not None:
        show(turn, ticket)
    else:
        return False
    return True


def withdraw_last(turn: Turn) -> None:
    """「不投诉了」 in words: the confirmation for her newest ticket that can still be withdrawn, a complaint before an alarm."""
    mine = [one for one in tickets_of(turn.session, turn.chat.id) if lifecycle.may(one, "withdraw", actor="customer")]
    if not mine:
        return ask(turn, urged=False)
    withdraw(turn, next((one for one in mine if one.urgency != "I"), mine[0]).id, sure=False)


def withdraw_named(turn: Turn) -> None:
    """「撤回 261129-000152」: the confirmation for this one."""
    ticket = next((found for number in find_numbers(turn.text)
                   if (found := ticket_of_number(turn.session, number, chat_id=turn.chat.id))), None)
    if ticket is None:
        return ask(turn, urged=False)
    withdraw(turn, ticket.id, sure=False)


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

