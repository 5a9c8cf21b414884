"""What she was just asked to tell: a complaint, praise, a text that may be a swindle; and what she says instead."""

import re

from bot.flows import afterwards, asides, entries, grievances, matters, menu, others, praising, sought
from bot.turn import Turn

MATTERS = ("complaint", "another")
SURELY = 0.6
"""So surely she takes it back."""
ASKING = re.compile("(?:想|就|要|再)问|问一?下|请问|咨询")
"""She says that she asks."""
DROPPED = re.compile(
    "(?:那|我|还是|就|先|算了|[,，。 ])*(?:不|别)(?:想|要|打算)*(?:举报|表扬|夸|提|建议|问|查)(?:他|她|你们)?了(?:吧|啊)?[。!！]*")


def told(turn: Turn) -> bool:
    """Her words are what they were asked for, and are kept as that. False: nothing was asked for, or she says something else, which
    is heard as ever."""
    kind = turn.state.get("expect")
    if kind is None:
        return False
    if DROPPED.fullmatch(turn.text):
        turn.remember(expect=None)
        menu.menu(turn, "greeting.fine")
        turn.did = "UNDO"
        return True
    if _instead(turn, kind):
        turn.remember(expect=None)
        return False
    if kind == "scam":
        others.scam(turn)
    elif kind in grievances.TOLD:
        turn.remember(expect=None)
        others.told(turn, kind)
    elif kind == "complaint" and afterwards.dissatisfied(turn):
        pass
    elif kind not in MATTERS or turn.act in ("human", "undo"):
        return False
    elif not matters.only_where(turn):
        matters.complain(turn, apart=kind == "another")
    return True


def _instead(turn: Turn, kind: str) -> bool:
    """She greets, takes it back, asks what the base surely answers, blames where praise was invited, or sends on a swindler's
    text where a complaint was: that is looked at first."""
    if kind in MATTERS and others.forwarded(turn):
        return True
    if kind == "praise" and turn.act == "file" and praising.BLAME.search(turn.text.replace("投诉", "")):
        return True
    if kind == "another" and (turn.act == "ask" or ASKING.search(turn.text)):
        return True
    asks = turn.act == "ask" and sought.FORM.search(sought.last_words(turn.text)) is not None and sought.surely(turn)
    if kind == "scam":
        return asks and entries.theme(turn, sought.answered(turn)) not in entries.SWINDLES
    if kind == "suggestion" and praising.PROPOSES.search(turn.text):
        return False
    back = kind not in MATTERS and turn.heard["undo"] >= SURELY
    return asks or back or menu.GREETING.fullmatch(asides.letters(turn.text)) is not None
