"""She tells how things stand with her, and asks nothing: a short human word, and she goes on. Nothing is filed without her."""

import re

from bot.messages import Button, rows
from bot.turn import Turn

BRIEF = 8  # characters
FEW = 16  # characters, of which no question is made
BUTTONS = 3  # at most
GRIEVED = 0.2
"""Less likely a grievance in all that she says, no ticket is held out to her."""
KEPT, NOTED, OFFER = ("kept_1", "kept_2", "kept_3"), ("noted", "noted_too"), "kept_3"
"""What she may do is said three times, each time otherwise; then only that she is heard."""
LONELY = (
    "(?:我的?|俺)?(?:娃儿?|孩子|儿女|子女|儿子|女儿|闺女|家里人|屋头人)们?些?[都全也又]*"
    "(?:不在(?:身边|家|屋头|跟前)|在外[地头面](?:打工|上班|做事)?)[了啊呀嘛哦的]*|"
    "(?:我|家里|屋头)?(?:就|只有?|剩)*我?一个人在(?:家|屋头)里?(?:难受|孤单|冷清|没意思)?[了啊呀嘛哦的]*")
LOW = re.compile(
    "(?:钱|事|这个?|我|也|倒|是|不急|不要紧|没事|就是|只是)*心(?:里头?|头)面?(?:有点|有些|好|很|真|太|特别|就是|一直)*"
    "(?:难受|不好受|难过|闷得慌|堵得慌|慌得很|空落落的?|苦)(?:得很)?[了啊呀嘛哦的]*|" + LONELY)
"""She tells how low she is, or how alone, and nothing else: no question for the base."""
FEELINGS = {
    "grief": "(?:老伴|老头|老婆|老公|丈夫|妻子|媳妇|爸|妈|爷|奶|爹|(?<!姑)娘|儿子|女儿|"
             "父亲|母亲|姥[姥爷]|外[公婆]|公公|婆婆|(?<!小)[叔舅姨哥姐弟妹]|(?<!小)姑(?!娘))儿?(?:他|她)?[^,，。 钱卡折单款号]{0,5}"
             "(?:走了(?!神|眼|以后再)|去世|过世|病故|没了|不在了)|"
             "走(?:得|的)?太?(?:突然|急|早)|(?:刚|才)(?:走|过世|去世|没了)|想(?:他|她|老伴|我[妈爸])|再也见不",
    "fear":
        "(?:我|心里|俺)?怕[他她][^,，。]{0,6}[打骂]我|(?:我|心里|俺)?(?:好|很|真|太|有点|特别)?(?:害怕|不敢|怕(?:死|得|了)|吓(?:死|坏|得|着)|慌|发毛|手[^,。]{0,3}抖|"
        "睡不着|担心)",
    "weary": "走了.{0,6}[里路]|跑了.{0,4}[趟回次]|(?:腰|腿|脚|眼|耳朵).{0,4}(?:疼|痛|不好|花|背|不行)|老了(?:不|没)|走不动|"
             "累(?:死|坏|得)?了?$|没睡",
    "shame": "(?:我|都)?(?:是)?(?:太|真|好)(?:傻|笨|蠢|没用|丢人|不中用|糊涂)(?:了|啊|呀|吧|透)?|怪我自己|没脸",
    "hardship": "(?:白|就这么)(?:干|亏|没)了|血汗|救命钱|养老的?钱|(?:揭|吃)不开?(?:锅|上饭)|没钱(?:吃|看病|交)|"
                "等(?:着)?钱(?:用|救)|辛辛苦苦",
    "tears": "(?<![别又])哭了?(?:一|半|了|起来|着|好|整)|抹?眼泪|直哭|哭(?:着|得|过)",
    "frail": "轮椅|拄(?:着)?拐|拐杖|残疾|瘫|看不见|眼睛[^,，。]{0,3}看不清",
    "ill": "住院|化疗|透析|癌|重病|病危|等着?(?:做)?手术|抢救",
    "poor": "失业|下岗|没(?:有)?工作|丢了工作|(?:真|实在)(?:是)?没钱|吃低保|没(?:有)?收入",
    "insulted": "骂(?:了)?我(?:的)?(?:妈|爸|娘|爹|老婆|老公|孩子|家人|全家|祖宗|父母)",
    "lonely": f"^(?:{LONELY})$",
    "low": "心(?:里头?|头)[^,，。 ]{0,4}(?:难受|不好受|难过|闷得慌|堵得慌|空落落)",
    "anger": "气(?:死|坏|炸|人)|(?:太|真)(?:过分|离谱|坑|黑|欺负人)|欺负(?:我|人|老)|凭啥|什么玩意|废话|说了(?:跟)?没说",
}
_FELT = {name: re.compile(pattern) for name, pattern in FEELINGS.items()}


def feeling(text: str) -> str | None:
    """What she feels, where she says it."""
    return next((name for name, pattern in _FELT.items() if pattern.search(text)), None)


def low(turn: Turn, said: str) -> bool:
    """Heard, where these letters tell how low she is and nothing else; an alarm hears it in its own way."""
    if LOW.fullmatch(said) is None or turn.state.get("filing"):
        return False
    hear(turn)
    return True


def feel(turn: Turn) -> None:
    """The word for what she feels, once for each feeling, before what follows."""
    felt, told = feeling(turn.text), turn.state.get("felt", [])
    if felt and felt not in told:
        turn.remember(felt=[*told, felt])
        turn.say(turn.word(f"feeling.{felt}"))


def hear(turn: Turn, *, line: str = "", offered: tuple[Button, ...] = ()) -> None:
    """A word for what she feels, then the `line` that speaks of what she tells, or that she may go on; the second time also how a
    colleague takes it up. `offered`: what she may want to read."""
    turn.did = "ADD"
    before, felt, heard = turn.state.get("last") or "", feeling(turn.text), turn.state.get("listened", 0)
    turn.remember(last=f"{before}\n{turn.text}".strip()[-500:], listened=heard + 1)
    parts, grieved = [turn.word(f"feeling.{felt}")] if felt else [], grieves(turn)
    turn.remember(grieved=grieved or None)
    if line:
        parts.append(turn.word("ask.part", line=line))
    elif heard or not felt:
        if not heard:
            few = len(turn.text) <= FEW
            then = ("told" if few else "which") if offered else "go_on" if len(turn.text) <= BRIEF else KEPT[0]
        else:
            then = KEPT[heard] if heard < (len(KEPT) if grieved else 2) else NOTED[heard % 2]
        turn.remember(held_out=then == OFFER or None)
        parts.append(turn.word(f"listening.{then}"))
    turn.say("\n".join(parts), buttons=(*rows(*offered, width=1), *rows(*onwards(turn))))


def grieves(turn: Turn) -> bool:
    """Whether she has blamed somebody, in this message or before."""
    return bool(turn.state.get("grieved")) or turn.heard.get("file", 0) >= GRIEVED


def onwards(turn: Turn) -> tuple[Button, ...]:
    """A colleague, and a ticket for who has blamed somebody."""
    return (turn.button("ask.to_colleague", "human"), *((turn.button("ask.register", "file"),) if grieves(turn) else ()))
