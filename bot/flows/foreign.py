"""Words in another tongue: we cannot read them, but a cry for help and a call for a person must be heard in any."""

import re

from bot.flows import emergency, menu, others
from bot.turn import Turn

LATIN = re.compile(r"(?:[a-z\d'’,.!?;:()]+\s+){2,}[a-z\d'’,.!?;:()]+", re.IGNORECASE)
"""Three words or more; a bare link is none."""
CHINESE, FEW_LETTERS = re.compile("[一-龥]"), 4
DANGER = re.compile("scam|fraud|police|safe account|transfer|gift card|verification code|kill|suicide|die", re.IGNORECASE)
PERSON = re.compile("human|person|agent|someone|staff|speak to|talk to", re.IGNORECASE)


def answered(turn: Turn) -> bool:
    """False: she writes Chinese, or too little to tell."""
    other_script = not turn.text.isascii() and not CHINESE.search(turn.text) and sum(map(str.isalpha, turn.text)) >= FEW_LETTERS
    if not (other_script or LATIN.fullmatch(turn.text)):
        return False
    turn.remember(last=turn.text[:500])  # the person she calls reads it
    if DANGER.search(turn.text):
        turn.say(turn.word("emergency.foreign"), tone="emergency")
        turn.understood.alarmed()
        emergency.respond(turn)
    elif PERSON.search(turn.text):
        others.human(turn)
    else:
        menu.menu(turn, "greeting.foreign")
    return True
