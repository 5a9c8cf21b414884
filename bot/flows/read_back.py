"""What a ticket holds of her words, read back to her shortly."""

from bot.turn import Turn
from tickets.models import Ticket

EACH, FACTS = 40, 160  # characters of each answer, and of all that happened
ASKED = "问："
"""So begins a line of what happened that is a question of hers."""


def about_calls(ticket: Ticket) -> bool:
    """Where a debt is called in, the way in which they reach her takes the place of the branch."""
    return ticket.category == "COLLECTION"


def told_facts(ticket: Ticket) -> bool:
    """Whether she has told what happened, and not only asked."""
    return any(not line.startswith(ASKED) for line in filter(None, ticket.facts.split("\n")))


def read_back(turn: Turn, ticket: Ticket, *, whole: bool = False) -> str:
    """All that was kept, shortly or `whole`: the first words, what happened, place, wish, and how to reach her."""
    brief, most = (str, None) if whole else (_brief, FACTS)
    lines, between = list(filter(None, ticket.facts.split("\n"))), turn.word("filing.between_facts")
    facts = between.join(brief(line) for line in lines if not line.startswith(ASKED))
    asked = between.join(brief(line.removeprefix(ASKED)) for line in lines if line.startswith(ASKED))
    place = "channel" if about_calls(ticket) else "branch"
    parts = (("words", brief(ticket.summary.replace("\n", " "))), ("facts", facts[:most]),
             (place, brief(ticket.branch_named)), ("claim", brief(ticket.claim)), ("contact", brief(ticket.contact)),
             ("asked", asked[:most]))
    return "\n\n" + turn.word("filing.told", told=turn.word("filing.between").join(
        turn.word(f"filing.told_{name}", text=text) for name, text in parts if text))


def _brief(text: str) -> str:
    """What was kept, short enough to be read back."""
    return text if len(text) <= EACH else text[:EACH] + "…"
