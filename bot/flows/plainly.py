"""「说大白话」「看不懂」「再说一遍」: the answers in the short words of the version for the old from now on, and back."""

import re

from bot.flows import filing, sought, ways_on
from bot.messages import rows
from bot.turn import EVERYBODY, OLD, Turn
from knowledge.base import Entry
from nlp.retrieval import SENTENCE

ASKED_FOR = re.compile(
    "(?:请|麻烦|帮我|给我|你|您|能不能|可以|可不可以|换|切|调|改|用|开|打开|说|讲|成|到|个|点|一下){0,8}(?:老年|老人|长辈|关怀|简单|简明)版"
    "(?:吧|一下|好吗|行吗|吗|嘛){0,8}|(?:请|麻烦|你|您|能不能|可不可以|可以|用|说|讲|点|几句){0,8}大?白话(?:文)?(?:点|说|讲|答|回答){0,8}(?:吧|一下|好吗|行吗|行不|吗|嘛){0,8}")
TAKEN_BACK = re.compile("(?:请|帮我|换|切|调|改|用|回|成|到){0,8}(?:标准|普通|正常|平常)(?:版|的?说法)(?:吧|一下){0,8}")
END = "(?:了|吧|嘛|噻|呗|啊|呀|好吗|行吗|行不|一下){0,8}"
AGAIN = re.compile(
    f"(?:请|麻烦|你|您|能不能|可以|给我|跟我){{0,8}}(?:再|重新?)(?:给我|跟我)?(?:说|讲|来|复)一?(?:遍|次|道|回|下){END}")
TOO_LONG = re.compile(
    "(?:我|俺|还是|真|实在|这){0,8}(?:听|看)(?:不|没)(?:懂|明白|清楚).{0,2}(?:再|重新)(?:说|讲)一?(?:遍|次|道|回|下)?" + END +
    f"|(?:你|您)?(?:说|讲|写|打)?(?:的|得)?(?:这么|话|字)?(?:太|好|这么)(?:长|啰嗦|罗嗦){END}(?:看不完|记不住|看不下去)?{END}|字太多{END}")
SMALL_PRINT = re.compile(
    f"(?:你|您|这)?(?:的)?字(?:也|都)?(?:太|好|有点|这么)?小{END}(?:看不清楚?|看不见)?{END}|(?:请|把|能不能)?字(?:放|调|变|弄)?大(?:一?点){END}")
READ_OUT = re.compile(f"(?:请|麻烦|你|您|能不能|可以|可不可以){{0,8}}(?:念|读)(?:一遍|一下)?(?:给我|来)?(?:听|听听){END}")


def spoken(turn: Turn, said: str) -> bool:
    """Her wishes about how the answer is told: once more, shorter, in larger letters, read out. False: she says nothing of it."""
    human = rows(turn.button("menu.human", "human"))
    if SMALL_PRINT.fullmatch(said):
        turn.say(turn.word("plainly.letters" if turn.incoming.channel == "web" else "plainly.letters_elsewhere"), buttons=human)
    elif READ_OUT.fullmatch(said):
        turn.say(turn.word("plainly.read_out"), buttons=human)
    elif TOO_LONG.fullmatch(said):
        return simpler(turn) or once_more(turn)
    else:
        return AGAIN.fullmatch(said) is not None and once_more(turn)
    return True


def once_more(turn: Turn) -> bool:
    """The first line of what she was answered, and asked for again a colleague who tells it. False: she was answered nothing."""
    entry = _told(turn)
    if entry is None:
        return False
    turn.did = "ANSWER"
    if turn.state.get("again") == entry.id:
        turn.say(turn.word("plainly.person"), buttons=rows(turn.button("menu.human", "human")))
        return True
    turn.remember(again=entry.id)
    first = entry.versions[OLD].splitlines()[0] if OLD in entry.versions else SENTENCE.split(entry.answer)[0]
    turn.say(turn.word("plainly.again", line=first),
             buttons=(*ways_on.whole(turn, entry.id), (turn.button("menu.human", "human"),)))
    return True


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


def _told(turn: Turn) -> Entry | None:
    """What she was answered last."""
    return turn.knowledge.entries.get(sought.matter(turn) or "") if sought.seen(turn) else None


def _again(turn: Turn) -> bool:
    entry = _told(turn)
    if entry is None or OLD not in entry.versions:
        return False
    turn.did = "ANSWER"
    turn.say(entry.versions[OLD], buttons=ways_on.whole(turn, entry.id))
    return True
