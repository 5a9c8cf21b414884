"""「说大白话」「看不懂」: the answers in the short words of the version for the old from now on, and back."""

import re

from bot.flows import filing, sought, ways_on
from bot.turn import OLD, Turn

EVERYBODY = "公众"
"""The audience of who asked for no other."""
ASKED_FOR = re.compile(
    "(?:请|麻烦|帮我|给我|你|您|能不能|可以|可不可以|换|切|调|改|用|开|打开|说|讲|成|到|个|点|一下)*(?:老年|老人|长辈|关怀|简单|简明)版"
    "(?:吧|一下|好吗|行吗|吗|嘛)*|(?:请|麻烦|你|您|能不能|可不可以|可以|用|说|讲|点|几句)*大?白话(?:文)?(?:点|说|讲|答|回答)*(?:吧|一下|好吗|行吗|行不|吗|嘛)*")
TAKEN_BACK = re.compile("(?:请|帮我|换|切|调|改|用|回|成|到)*(?:标准|普通|正常|平常)(?:版|的?说法)(?:吧|一下)*")


def switch(turn: Turn, audience: str) -> None:
    """As she asks; what she was answered last is told once more in the new words, and the question of a filing is asked in them."""
    _change(turn, audience)
    turn.say(turn.word("plainly.on" if audience == OLD else "plainly.off"))
    if turn.state.get("filing"):
        return filing.ask_next(turn) if audience == OLD else filing.wait(turn)
    if audience == OLD:
        _again(turn)


def simpler(turn: Turn) -> bool:
    """Who does not understand an answer hears it in the simpler version, and so from now on. False: nothing was answered, there is
    none, or she has heard it."""
    if turn.chat.audience == OLD or not _again(turn):
        return False
    _change(turn, OLD)
    turn.say(turn.word("plainly.on"))
    return True


def _change(turn: Turn, audience: str) -> None:
    """To the short words, or from them to what she was before; who never asked for them stays what she is."""
    before = turn.chat.audience
    if audience == OLD and before != OLD:
        turn.remember(audience_before=before)
        turn.chat.audience = OLD
    elif audience != OLD and before == OLD:
        turn.chat.audience = turn.state.get("audience_before", EVERYBODY)


def _again(turn: Turn) -> bool:
    entry = turn.knowledge.entries.get(sought.matter(turn) or "") if sought.seen(turn) else None
    if entry is None or OLD not in entry.versions:
        return False
    turn.did = "ANSWER"
    turn.say(entry.versions[OLD], buttons=ways_on.whole(turn, entry.id))
    return True
