"""Who was swindled a while ago, or does not say when: what to do at once comes before her ticket, and no alarm rings."""

import re

from bot.flows import asking, others
from bot.turn import Turn

DEFRAUDED = re.compile(
    "被骗[^了]{0,3}钱(?:都|也|全)?没了|(?:被骗|上当)了[,，。!！]?$|验证码(?:也|都|刚|已经)?(?:给|告诉|报给|念给)了?(?:人|他|她|对方|骗子)")
ANOTHER_MATTER = re.compile(  # long ago, or misled by the bank itself
    "去年|前年|以前|几年前|年前|早就|银行|经理|业务员|柜台|理财|保险|存款变|没")
JUST_NOW = re.compile("刚|分钟|小时前|今天|今早|现在|正在")


def told(turn: Turn) -> bool:
    """What to do at once comes before the ticket, also where nothing tells whether it happened today."""
    if DEFRAUDED.search(turn.text) and not ANOTHER_MATTER.search(turn.text.replace("钱没了", "")):
        return asking.JUST_DEFRAUDED in turn.knowledge.entries
    # without the word no search: most complaints need none
    found = turn.understood.found if "骗" in turn.text else None
    return found is not None and found.entry == asking.JUST_DEFRAUDED and found.confidence >= asking.SURE_ANSWER


def only_now(turn: Turn) -> bool:
    """「刚刚」 「微信转的，十分钟前」, asked about the swindle she has just told: that is an alarm, and no answer to a form."""
    return turn.lately(turn.state.get("defrauded"), others.SHORTLY) and bool(
        JUST_NOW.search(turn.text)) and not ANOTHER_MATTER.search(turn.text)
