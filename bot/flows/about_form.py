"""What she asks of the form itself amid its questions: once more, shorter, all that was taken down, or that it be hurried."""

import re

from bot.flows import asides, feelings, filing, plainly, slots
from bot.flows.read_back import read_back
from bot.turn import OLD, Turn
from tickets.models import Ticket

ONCE_MORE = re.compile(
    "(?:把|请|麻烦|你|您|能不能|可不可以|刚才|刚刚|前面|上面|的|说的|问的|问题|话|那句)*"
    "(?:再|重新|重)(?:说|讲|念|问|发|来)一?(?:遍|次)" + asides.END)
WHOLE = re.compile(
    "(?:请|把|我|要|想|你|您|们)*(?:全文|全部|完整|登记|记|写)(?:的|了|内容|什么|啥|都|下来)*(?:给|让|发|念)*(?:我|我们)?"
    "(?:看一?[看下]?|听一?[听下]?|念一?[遍下]?)?" + asides.END)
SHOWS = re.compile("看|听|念|什么|啥")
NOT_CLEAR = re.compile(
    "(?:我|俺|他|她|老?[爸妈]|爸爸|妈妈|老伴|老人家?|老头|老太太?|爷爷|奶奶|公公|婆婆)*"
    "(?:看|听)(?:不|没)(?:太)?(?:懂|明白|清楚?|见)" + asides.END)
URGES = re.compile(
    "(?:请|麻烦|帮我|帮忙|给我|你们?|能不能|可以|赶紧|快)*催(?:一?下|一催|催|哈|促)(?:他们|你们|同事|经办)?" + asides.END)


def asked(turn: Turn, ticket: Ticket) -> bool:
    """False: her words ask nothing of it, and may be an answer."""
    said = asides.plain_letters(turn.text)
    if URGES.fullmatch(said):
        feelings.hurry(turn, ticket)
    elif ONCE_MORE.fullmatch(said) or (WHOLE.fullmatch(said) and SHOWS.search(said)):
        turn.ticket = ticket
        turn.say(read_back(turn, ticket, whole=True).strip(), ticket=ticket)
    elif _shorter(turn):
        if turn.chat.audience != OLD:
            plainly.switch(turn, OLD)
            return True
        turn.say(turn.word("greeting.plain"))
    else:
        return False
    filing.ask_next(turn)
    return True


def _shorter(turn: Turn) -> bool:
    """「我爸看不懂，说短一点」, and nothing else."""
    pieces = [asides.plain_letters(piece) for piece in slots.BREAKS.split(turn.text) if piece]
    return (any(asides.BRIEFER.fullmatch(one) for one in pieces)
            and all(asides.BRIEFER.fullmatch(one) or NOT_CLEAR.fullmatch(one) for one in pieces))
