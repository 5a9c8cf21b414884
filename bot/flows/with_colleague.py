"""She has called for a person: what she says meanwhile is for the colleague, and none of it stays with us alone."""

import re

from bot.flows import filing, hers, sought
from bot.turn import Turn
from tickets.models import Ticket

TELLS = ("add", "small", "ask")
"""What is for the colleague where the base has no answer."""
SURELY = 0.95
"""So likely a complaint is put on the register, though it may answer what the colleague has asked: the law counts its days."""
CHOICE = re.compile("[A-Fa-f ]{1,6}")
"""The answer to a question of a quiz."""
EMPTY = ("greeting.again", "greeting.what", "greeting.fine")
"""What is said where nothing was made of her words: a colleague makes something of them."""


def told(turn: Turn) -> bool:
    """Her words go to the colleague. False: nobody was called, or they ask what the base knows, or are another matter."""
    call = hers.on_call(turn)
    if call is None:
        return False
    talking = hers.wrote_lately(turn, call)
    if sought.answered(turn) and not (talking and sought.FORM.search(turn.text) is None):
        return False
    reading = turn.understood.reading
    complains = reading.intent == "complaint" and reading.intent_confidence >= SURELY
    if turn.act not in TELLS and not (talking and turn.act == "file" and not complains):
        return False
    _pass_on(turn, call)
    return True


def keep(turn: Turn) -> None:
    """What went into no ticket goes to the colleague too, whatever was said to it."""
    if turn.incoming.group or turn.ticket is not None or turn.understood.reading is None or turn.incoming.kind == "edited" \
            or CHOICE.fullmatch(turn.text):
        return
    call, did = hers.on_call(turn), turn.did
    if call is None:
        return
    if [one.text for one in turn.replies] in [[turn.word(key)] for key in EMPTY]:
        turn.replies = []
        _pass_on(turn, call)
    else:
        filing.join(turn, call)
    turn.did = did


def _pass_on(turn: Turn, call: Ticket) -> None:
    filing.join(turn, call)
    again = turn.state.get("appended") == call.id
    turn.remember(appended=call.id)
    turn.say(turn.word("filing.appended_too" if again else "ask.passed_on", number=call.number), ticket=call)
