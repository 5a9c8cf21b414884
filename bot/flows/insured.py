"""「三张存单38万、25万、1.2万，超出多少」: how much of her own deposits is insured, reckoned before the base's answer.

Only sums in one bank are added together, and only those of one person: the law counts per depositor and per bank."""

import re

from bot.flows import asking, sought, ways_on
from bot.turn import Turn
from nlp.sums import Sum, plain, sums, written
from nlp.text import normalise

LIMIT = 500_000  # yuan, with interest; 《存款保险条例》第五条
THEME = "deposit_insurance"
DEPOSITED = re.compile("[存放有]|定期|活期|账户|卡里")
ASKS = re.compile("赔|保[多不吗障险]|[能全都]保|倒|破产|垮|超|安全|限额|兜|出事|关门|[拿取]回|黄了|没了")
"""Else her words must surely be about it: 「我存了50万利率多少」 is not."""
WITH_US = re.compile("存[单折款]|存了|定期|[在存放][你您咱]们?(?:银?行|[这那]|家|度)")
PLAINLY = re.compile(
    "超[出过了额]*[^,。]{0,8}(?:多少|几|没|吗|不$|么)|[保赔][^,。]{0,4}(?:多少|几[成万])|[能会全都][^,。]{0,3}(?:保|赔)[^,。]{0,6}(?:吗|不$|么)|"
    "安不安全|(?:安全|保险)(?:吗|不|么)|保得住")
ELSE = re.compile("骗|被|弄没|转走|取走|盗|投诉|举报|少了|不见|不给|乱|没经|提前|支取|取出|利[息率]")
"""Of deposits with us it is asked in so many words, whatever else the words sound like; nobody is blamed, and of nothing else."""
NOT_DEPOSITED = re.compile("理财|基金|国债|股票|信托|黄金|(?<!存款)保险")
BEFORE_THE_LIMIT = re.compile("(?:超过?了?|超出|限额|最高|[过到满保赔偿])[^,。!?\\d]{0,2}$")
BEHIND_THE_LIMIT = re.compile("^(?:元|块)?(?:以[内上下外]|之内|[的这那]?(?:个)?限额?|封顶|的?部分|线)")
"""So the limit is spoken of, and no deposit."""
OF_OTHERS = re.compile(
    "老伴|夫妻|两口|老公|老婆|爱人|妻子|丈夫|[爸妈父母]|儿子|女儿|孩子|孙|[哥姐弟妹他她]|家人|一家[三四五]口|各自|[人名]下各")
OTHER_BANKS = re.compile("另一?外?一?家|[别它他](?:的|家)?(?:银?行)|别家|其[他它]|[两三四五几2-9]家|不同的?(?:银行|行)|分开存")
NAMES = re.compile(
    "工商|工行|农业银行|农行|中行|中国银行|建设银行|建行|交行|交通银行|招商|招行|邮储|邮政|农商|信用社|浦发|兴业|中信|光大|民生|平安|"
    "华夏|(?:你们|本|你|咱们?)行|你们[家这]")
INSTEAD = {"per_bank": "di-many-accounts", "per_person": "di-family"}
"""The entry behind what is not added together,"""
OVER = "di-over-limit"
"""and behind a sum for which the base has none nearer."""


def told(turn: Turn) -> bool:
    """Say what is insured of the sums that she names, and the entry behind it. False: she names none, or asks something else."""
    text = plain(turn.text)
    hers = deposits(text)
    if not hers:
        return False  # and nothing was searched for
    found, plainly = sought.search(turn).candidates, _plainly(turn.text)
    first = next((one for one in found[: None if plainly else 1] if one.theme == THEME), None)
    if not plainly and (turn.act not in ("ask", "add", "small") or first is None or first.score < sought.LIKELY):
        return False
    topic = turn.knowledge.entries.get(sought.matter(turn) or "")
    goes_on = sought.seen(turn) and topic is not None and topic.theme == THEME
    about_it = plainly or goes_on or (first is not None and first.score >= sought.CLEAR_ENOUGH) or ASKS.search(text)
    if not about_it or not (plainly or DEPOSITED.search(text)) or NOT_DEPOSITED.search(text):
        return False
    case = _case(text, hers)
    slug, said = INSTEAD.get(case, first.entry if first is not None else OVER), _words(turn, case, hers)
    if goes_on and slug in turn.state.get("told", []):
        turn.did = "ANSWER"
        turn.remember(last=ways_on.with_before(turn), topic={"entry": slug, "at": turn.at.isoformat()})
        turn.say(said, buttons=(ways_on.onwards(turn),))
    else:
        turn.say(said)
        asking.answer(turn, slug)
    return True


def _plainly(text: str) -> bool:
    words = normalise(text)
    return all(one.search(words) for one in (WITH_US, PLAINLY)) and ELSE.search(words) is None


def deposits(text: str) -> list[Sum]:
    """The sums of a `plain` text that may be deposits; none where one of them is only said roughly."""
    hers = [one for one in sums(text)
            if not (BEFORE_THE_LIMIT.search(text[: one.start]) or BEHIND_THE_LIMIT.search(text[one.end:]))]
    unclear = len(hers) > 1 and any(one.times > 1 for one in hers)
    return [] if unclear or any(one.yuan is None for one in hers) else hers


def _total(hers: list[Sum]) -> int:
    return sum((one.yuan or 0) * one.times for one in hers)


def _several(hers: list[Sum]) -> bool:
    return len(hers) > 1 or hers[0].times > 1


def _case(text: str, hers: list[Sum]) -> str:
    """A name of `[insured]` in the wording."""
    if _several(hers) and (OTHER_BANKS.search(text) or len({*NAMES.findall(text)}) > 1):
        return "per_bank"
    if _several(hers) and OF_OTHERS.search(text):
        return "per_person"
    total = _total(hers)
    return "over" if total > LIMIT else "just" if total == LIMIT else "within"


def _words(turn: Turn, case: str, hers: list[Sum]) -> str:
    total, limit = _total(hers), written(LIMIT)
    if case in INSTEAD:
        return turn.word("insured.per_bank" if case == "per_bank" else "insured.per_person", limit=limit)
    said = turn.word("insured.sum", sum=written(total)) if _several(hers) else written(total)
    if case == "over":
        return turn.word("insured.over", sum=said, limit=limit, above=written(total - LIMIT))
    return turn.word("insured.just" if case == "just" else "insured.within", sum=said, limit=limit)
