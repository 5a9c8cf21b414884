"""What kind of complaint a ticket is, put right by the customer herself: business and cause, by buttons or in words."""

from bot.flows import filing
from bot.messages import Button, rows
from bot.turn import Turn
from tickets.batch import tickets_of
from tickets.models import Correction, Event, now
from tickets.register import OPEN


def choose(turn: Turn, ticket_id: int, head: str) -> None:
    """Show every category or cause as buttons."""
    ticket = filing.own(turn, ticket_id)
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
    ticket = filing.own(turn, ticket_id)
    if ticket is None or code not in getattr(turn.knowledge.taxonomy, head):
        return turn.say(turn.word("error.button_gone"))
    turn.ticket = ticket
    turn.session.add(Correction(ticket_id=ticket.id, head=head, text=ticket.summary, was=getattr(ticket, head) or "",
                                became=code, model_version=ticket.model_version, by="customer", at=now()))
    setattr(ticket, head, code)
    turn.session.add(Event(ticket_id=ticket.id, kind="reclassified", actor="customer", data={head: code}, at=turn.at))
    turn.say(turn.word("filing.corrected", category=filing.category_name(turn, ticket), cause=filing.cause_name(turn, ticket)),
             ticket=ticket)
