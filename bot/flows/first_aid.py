"""What cannot wait for a ticket but is no alarm: danger to life, a lost card, who is forced at home. Told first, and once."""

import re
from datetime import timedelta

from bot import fancy
from bot.messages import rows
from bot.turn import OLD, Turn
from knowledge.tables import Guidance
from nlp.text import normalise

KINDS = ("home", "rescue", "stolen")
DANGERS = ("self_harm_pills", "self_harm_bleed", "self_harm_gas", "self_harm_edge")
"""It is being done: 120 before every other word."""
VARIANTS = {"self_harm": ("self_harm_there", *DANGERS, "self_harm_away", "self_harm_other"),
            "violence": ("threatened",),
            "fraud_now": ("fraud_incoming", "fraud_door", "fraud_sim",
                          "fraud_other", "fraud_seller", "fraud_lender", "fraud_card", "fraud_cash", "fraud_asked")}
CANNOT_PHONE = re.compile(
    "聋|哑巴|听障|耳朵(?:听不[见到清]|不好使?|不灵|背)|电话(?:里|我|里我)?听不[清见]|(?:我|俺|[他她]|[爸妈爷奶])(?:是|又|都)?(?:听不见|听不到(?!声)|说不了话|不会说话|"
    "不能说话)|"
    "(?:打不了|不能打|没法打|不会打)电话|电话(?:我)?(?:打不了|不能打|不能)|^110(?:我)?打不了")
SAME_MATTER = timedelta(hours=2)
"""Within this time she is not told the same again."""
FIRST_STEPS = 2


def tell(turn: Turn, *, answered: bool = False) -> bool:
    """Say the first step where the words call for one. `answered`: an entry follows, which may say it itself. True: it was said."""
    kind = heard(turn)
    if kind is None or _told(turn, kind) or (answered and kind == "stolen" and _says_it(turn)):
        return False
    turn.remember(aided={**turn.state.get("aided", {}), kind: turn.at.isoformat()})
    guide(turn, kind)
    return True


def again(turn: Turn) -> bool:
    """「怎么办」 from her who was told a moment ago: the same steps once more."""
    kind = next((one for one in KINDS if _told(turn, one)), None)
    if kind is not None:
        guide(turn, kind)
    return kind is not None


def alone(turn: Turn) -> bool:
    """The first step, a person and a ticket, and no word of what we do not know. False: the words call for no such step."""
    if not tell(turn):
        return False
    go_on(turn)
    return True


def go_on(turn: Turn) -> None:
    """After the first step: a person, or a ticket."""
    turn.did = "ALARM"
    turn.remember(last=turn.text[:500])
    turn.say(turn.word("first_aid.next"), buttons=rows(turn.button("menu.human", "human"), turn.button("menu.complain", "file")))


def heard(turn: Turn) -> str | None:
    """The kind of help that the words, or the flags of the reading, call for."""
    plain, reading = normalise(turn.text), turn.understood.reading
    if fancy.heard(turn):
        return None
    for kind in KINDS:
        if _called(turn, kind, plain, flagged=reading is not None and kind in reading.flags):
            return kind
    return None


def nearest(turn: Turn, kind: str) -> str:
    """The guidance that fits the words best: she may write of another in danger, or stand on the other side of a sale."""
    plain = normalise(turn.text)
    return next((variant for variant in VARIANTS.get(kind, ()) if _called(turn, variant, plain)), kind)


def _called(turn: Turn, kind: str, plain: str, *, flagged: bool = False) -> bool:
    """Whether a normalised text, or a flag of its reading, calls for this guidance, and nothing in it calms."""
    calls, calms = patterns(turn.knowledge.emergencies[kind])
    said = turn.understood.calls
    if kind not in said:  # asked several times of a message
        said[kind] = calls.search(plain) is not None
    return (flagged or said[kind]) and not (calms and calms.search(plain))


def cannot_phone(turn: Turn) -> bool:
    """Whether she says so now; it is kept, so that she need not say it again."""
    if CANNOT_PHONE.search(normalise(turn.text)) is None:
        return False
    turn.remember(cannot_phone=True)
    return True


def guide(turn: Turn, kind: str, *, briefly: bool = False, only: str = "") -> None:
    """Say the lines of knowledge/emergencies.toml; `briefly`, to who has them on the screen already, what comes first; or `only`
    one of them."""
    guidance = turn.knowledge.emergencies[kind]
    lines = lines_of(turn, guidance)
    lines = (*lines[:FIRST_STEPS], turn.word("first_aid.as_above")) if briefly else lines
    lines = (only,) if only else lines
    if turn.state.get("cannot_phone") or cannot_phone(turn):
        lines = (turn.word("first_aid.cannot_phone"), *lines)
    turn.say("\n".join([guidance.title, "", *(line.replace("{hotline}", turn.hotline) for line in lines)]), tone="emergency")


def lines_of(turn: Turn, guidance: Guidance) -> tuple[str, ...]:
    """In the short words for the old, where she reads those and it has them."""
    return guidance.short if turn.chat.audience == OLD and guidance.short else guidance.lines


def patterns(guidance: Guidance) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    """What calls for this guidance, and what calms it."""
    kept = _PATTERNS.get(guidance.kind)
    if kept is None or kept[0] is not guidance:  # by identity: to hash its many lines would cost more than the search
        who = "|".join(guidance.who)
        calls, calms = ("|".join(parts).replace("{who}", f"(?:{who})") for parts in (guidance.heard, guidance.unless))
        kept = _PATTERNS[guidance.kind] = guidance, (re.compile(calls), re.compile(calms) if calms else None)
    return kept[1]


_PATTERNS: dict[str, tuple[Guidance, tuple[re.Pattern[str], re.Pattern[str] | None]]] = {}


def _told(turn: Turn, kind: str) -> bool:
    return turn.lately(turn.state.get("aided", {}).get(kind), SAME_MATTER)


def _says_it(turn: Turn) -> bool:
    entry = turn.knowledge.entries.get(turn.understood.found.entry or "")
    return entry is not None and "挂失" in "".join((entry.answer, *entry.steps))
