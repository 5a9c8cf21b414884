"""In the alarm of who threatens, is threatened, or stands in a crowd: no steps against a swindle, and no sentence twice running."""

import re

from bot.flows import in_alarm, sought, staff_alerts
from bot.turn import Turn
from nlp.text import normalise
from tickets.models import Ticket

GROWING = re.compile(
    "(?:推|打|踹|揪|围)[^,。;!?]{0,3}(?:保安|柜员|经理|你们的?人|人了|起来)|打起来|动手|推搡|(?:往里|冲)[^,。;!?]{0,2}(?:冲|进|闯)|堵(?:了|住|着)?[^,。;!?]{0,3}(?:门|路)|"
    "越来越多|(?:现在|已经|都|又)[^,。;!?]{0,4}[\\d一二两三四五六七八九十几百]{1,4}(?:多|来|几)?(?:个|号|位|人|户)[^,。;!?]{0,4}(?:了|到|来|在)|有人(?:受伤|晕|倒)")
"""The crowd grows, or lays hands on somebody."""
STEADY = ("emergency.dont_go", "emergency.threat_on", "emergency.threat_more")
COMING = re.compile(
    "在路上|出发|(?:马上|这就|现在就?|明天|今[天晚]|后天|上午|下午|晚上|[\\d一二两三四五六七八九十]点)[^,。;!?]{0,8}(?:去|到|找|来|过去)|到(?:了)?(?:你们|他|她)?[^,。;!?]{0,4}(?:门口|楼下|大厅)|说到做到|烂命|豁出去")
"""Who threatens is on the way, or means it."""


def answer(turn: Turn, ticket: Ticket, *, threatened: bool) -> str:
    """What is said to her who goes on talking. `threatened`: by others."""
    plain = normalise(turn.text)
    if threatened:
        entry = sought.word_on(turn, ("collection",)) if sought.FORM.search(turn.text) else None
        if entry is not None:
            return turn.word("emergency.told", answer=turn.knowledge.entries[entry].answer, number=ticket.number)
        safe = any(in_alarm.CHECKED[name].search(plain) for name in ("police", "reported", "fled"))
        return turn.word("emergency.threatened_safe" if safe else "emergency.threatened_on", number=ticket.number)
    if COMING.search(plain):
        turn.understood.alarmed("violence")
        return f"{steadied(turn, ticket)}\n{staff_alerts.woken_again(turn, ticket)}"
    return steadied(turn, ticket, *STEADY[1:])


def steadied(turn: Turn, ticket: Ticket, *words: str) -> str:
    """The next of the words to who threatens."""
    words, said = words or STEADY, turn.state.get("steadied", 0)
    turn.remember(steadied=said + 1)
    return turn.word(words[said % len(words)], number=ticket.number)
