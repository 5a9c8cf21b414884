"""What is told as a grievance: filed at once where it surely is one, else answered or heard first, and a ticket offered."""

import re

from bot.flows import asking, defrauded, filing, first_aid, matters, others, praising, slots, sought, ways_on
from bot.messages import rows
from bot.turn import Turn

HAN, FEWEST = re.compile("[\u3400-\u9fff]"), 2
"""Fewer Chinese characters tell no grievance: marks of a page, letters at random."""
TOLD = ("praise", "report", "suggestion")
AS_MUCH = 0.25
"""So likely a grievance that ends in a question is a question too."""
BLAMED = re.compile("你们|恁|银行|贵行|柜员|柜台|大堂|经理|业务员|客服|网点|支行|催收")
TAKEN = re.compile("扣[了我]|[多乱]扣|收我|没人理|不[给理]|凭[什啥]|非[要让喊]")
"""Somebody is blamed, or what was done to her is."""
JUDGED = re.compile(r"(?:算|是不是|合|属于|请问|这样|这么)[^,，。 ]{0,5}(?:违规|犯规|违法|规矩?|合法|合理)的?[吗么嘛不][?？]?$")
"""She asks whether it was right, and does not ask for a ticket."""
ASKS = re.compile("[那我俺]{0,2}(?:就|只|只是|就是|倒是)?(?:想|要)?(?:问|请教|打听)(?:问|一?下|一句|个事)?")
"""「我就想问」: she says so."""
GRIEVANCE = 0.5
"""Less surely, told after an answer, nothing is filed that she does not ask for: she tells how things stand with her."""
AFTER_AN_ANSWER, HALF = 0.65, 0.5
"""Less surely, where nobody of ours is blamed, a ticket is offered: after an answer, and wherever the words alone are less likely a
complaint than not."""
CLEARLY, BESIDE = 0.9, 0.15
"""So surely a complaint, and so likely a grievance, an answer is followed by the offer where somebody is blamed: of 44 such
messages of our dialogues 35 want a ticket as well, or only that."""
EVENLY = 0.35
"""So likely it is filed at once, though it may rather be a question: of 13 such messages all want a ticket, four that alone."""
OF_US = re.compile("[你您]们?|恁|贵行|[我俺咱]")
"""Whom it was done to, or who is told so: what names neither is an aside about somebody."""
WHO_SHE_IS = frozenset(("elderly", "minor", "disabled"))
"""Of these flags none makes a grievance of her words."""
COMPLAINS = re.compile("(?<!不)(?<!不是)(?:要|想|得)投诉(?!.*(?:集资|传销|洗钱|地下钱庄))")
"""She says that she complains: no report of somebody's crime."""


def heard(turn: Turn) -> bool:
    """A grievance is filed unasked; what is as much a question that the base can answer is answered, and filing offered; and what
    is hardly a grievance, after an answer, is heard."""
    if len(HAN.findall(turn.text)) < FEWEST:
        return False
    if ASKS.match(turn.text) and sought.FORM.search(turn.text) and turn.understood.reading.urgency == "none":
        answer_and_offer(turn)
    elif matters.VERB.search(turn.text) or slots.wish(turn.text) or filing.continued(turn) is not None:
        file(turn)
    elif turn.understood.reading.urgency == "none" and sought.asks(turn, AS_MUCH) and sought.surely(turn):
        first_aid.tell(turn)
        answer_and_offer(turn)
    elif turn.understood.reading.urgency == "none" and (JUDGED.search(turn.text) or _asks_on(turn)):
        answer_and_offer(turn)
    elif turn.state.get("topic") and turn.heard["file"] < GRIEVANCE:
        return False
    elif _doubtful(turn):
        first_aid.tell(turn)
        if sought.answered(turn):
            answer_and_offer(turn)
        elif BLAMED.search(turn.text):
            turn.did = "ADD"
            turn.remember(last=turn.text[:500])
            offer(turn, "ask.offer_aside")
        else:
            ways_on.hear(turn, sought.matter(turn))
    else:
        file(turn)
    return True


def sues(turn: Turn) -> bool:
    """「柜台把我定期整成保险了 我要告」, and nobody is being swindled."""
    return (matters.SUES.search(turn.text) is not None and len(turn.text) >= matters.SHORTEST
            and turn.understood.reading.intent == "complaint" and turn.understood.reading.urgency != "I")


def beside(turn: Turn) -> bool:
    """「另外一个事 我的社保卡取不到钱 说要激活」: what the base plainly answers, whatever is open, and a ticket held out. False:
    she says no such thing, or blames somebody."""
    opened = matters.OPENS.match(turn.text)
    rest = turn.text[opened.end():] if opened else ""
    if len(rest) < matters.SHORTEST or any(one.search(rest) for one in (matters.VERB, BLAMED, TAKEN)):
        return False
    said = turn.understood.again(rest)
    if said.reading.urgency == "I" or said.found.entry is None or said.found.candidates[0].score < sought.LEADING:
        return False
    turn.understood = said
    asking.answer(turn, said.found.entry)
    offer(turn)
    return True


def also(turn: Turn, *, least: float = BESIDE) -> bool:
    """Whether what is answered may be a grievance too, so likely at least: she blames somebody, and asks nothing."""
    reading = turn.understood.reading
    if turn.state.get("topic") and not (OF_US.search(turn.text) or TAKEN.search(turn.text)):
        return False  # after an answer an aside about somebody is none
    return (reading.intent == "complaint" and reading.intent_confidence >= CLEARLY and turn.heard["file"] >= least
            and BLAMED.search(turn.text) is not None and not sought.FORM.search(turn.text) and filing.continued(turn) is None)


def _asks_on(turn: Turn) -> bool:
    """「那个违约金扣了我四十多能不能退」 after an answer: more a question than a grievance."""
    last = sought.last_words(turn.text)
    return bool(turn.state.get("topic")) and turn.heard["file"] < AFTER_AN_ANSWER and sought.FORM.search(last) is not None


def _doubtful(turn: Turn) -> bool:
    """A greeting or how things stand with her: hardly a grievance, and nobody is blamed; or an aside about somebody."""
    kind, share = _kind(turn)
    less = turn.state.get("topic") and turn.heard["file"] < AFTER_AN_ANSWER and not TAKEN.search(turn.text)
    if kind == "complaint" and BLAMED.search(turn.text):
        return bool(less) and not OF_US.search(turn.text)
    if kind != "complaint" or not WHO_SHE_IS.issuperset(turn.understood.reading.flags):
        return False
    if share < HALF:
        return not defrauded.told(turn)
    return bool(less)


def _kind(turn: Turn) -> tuple[str, float]:
    """Which of the registers the words belong to, if to any, and how likely."""
    shares = dict(turn.understood.reading.intents)
    kind = max(("complaint", *TOLD), key=lambda one: shares.get(one, 0.0))
    return kind, shares.get(kind, 0.0)


def answer_and_offer(turn: Turn) -> None:
    asking.reply(turn)
    offer(turn)


def offer(turn: Turn, key: str = "ask.offer") -> None:
    """A ticket is held out, unless the answer has its button."""
    turn.remember(held_out=True)
    button = turn.button("ask.register", "file")
    if not any(button in row for reply in turn.replies for row in reply.buttons):
        turn.say(turn.word(key), buttons=rows(button))


def file(turn: Turn, *, apart: bool = False) -> None:
    """A grievance, or what has a register of its own: a suggestion, praise, the report of an illegal act."""
    kind, share = _kind(turn)
    if kind == "praise" and not praising.meant(turn, share):
        kind = "complaint"
    if kind == "report" and COMPLAINS.search(turn.text):
        kind = "complaint"
    if kind != "complaint":
        first_aid.tell(turn)
        return others.told(turn, kind)
    if others.elsewhere(turn):
        return
    swindled = defrauded.told(turn)
    if swindled:
        asking.answer(turn, asking.JUST_DEFRAUDED)
    before = filing.continued(turn)
    beside = before is not None and before.urgency == "I" and sues(turn)  # an alarm that is over is no complaint of hers
    matters.complain(turn, apart=apart or beside or matters.ANOTHER.search(turn.text) is not None)
    turn.remember(defrauded=turn.at.isoformat() if swindled else None)
