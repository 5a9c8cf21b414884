"""She has called for a person: what she says meanwhile is for the colleague, and none of it stays with us alone."""

from bot.flows import filing, hers, sought
from bot.turn import Turn

TELLS = ("add", "small", "ask")
"""What is for the colleague where the base has no answer."""


def told(turn: Turn) -> bool:
    """Her words go to the colleague. False: nobody was called, or they ask what the base knows, or are another matter."""
    call = hers.on_call(turn)
    if call is None:
        return False
    talking = hers.wrote_lately(turn, call)
    if sought.answered(turn) and not (talking and sought.FORM.search(turn.text) is None):
        return False
    if turn.act not in (*TELLS, *(("file",) if talking else ())):
        return False
    filing.join(turn, call)
    turn.say(turn.word("ask.passed_on", number=call.number), ticket=call)
    return True


def keep(turn: Turn) -> None:
    """What went into no ticket goes to the colleague too, whatever was said to it."""
    if turn.incoming.group or turn.ticket is not None or turn.understood.reading is None or turn.incoming.kind == "edited":
        return
    call, did = hers.on_call(turn), turn.did
    if call is not None:
        filing.join(turn, call)
        turn.did = did
