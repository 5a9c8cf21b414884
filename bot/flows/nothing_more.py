"""「没有了，就这样」 after her complaint was taken down: it stays with the ticket, and is no news to who handles it."""

import re

from bot.flows import filing, menu
from bot.turn import Turn
from tickets.models import Ticket

NONE = ("没有?(?:(?:别|其[他它])的?|另外的?)?(?:什么|啥)?(?:(?:要|需要|可)以?(?:再)?(?:补充|说|讲|加)的?)?"
        "(?:事|情况|内容)?了?")
DONE = r"(?:就|先)(?:先)?(?:这样|这些|这么多|到这[里儿]?)|这样[吧了]|(?:我|都)?(?:说|讲)完了|不(?:用|再|需要)?补充了?|不用了?"
KIND = ("好的?|嗯+|行|哦|噢|那|暂时|目前|我(?=没有?[别其什啥要可])|"
        "(?:谢谢|多谢|感谢|谢了|辛苦|麻烦|拜托|再见|拜拜)(?:[你您]们?|大家)?|"
        "等(?:[你您]们?)?(?:的)?(?:消息|通知|电话|回复|答复|结果)")
PIECES = re.compile(f"(?:{DONE}|{NONE}|{KIND})(?:吧|啦|了|啊|哈|呀|哦|的|就行|就好|就可以)*")
"""What such a message is made of, and"""
ENDS = re.compile(f"{DONE}|没")
"""what it must hold; words of thanks alone say something else."""


def only(said: str) -> bool:
    """Whether these letters say that nothing more is coming, and not a word beside."""
    return ENDS.search(said) is not None and PIECES.sub("", said) == ""


def heard(turn: Turn, ticket: Ticket) -> None:
    """With her ticket, where colleagues read it; it marks nothing and wakes nobody."""
    turn.ticket = ticket
    turn.remember(expect=None)
    menu.menu(turn, "greeting.fine")


def hers(turn: Turn) -> Ticket | None:
    """The ticket after which she says so. None: no such ticket, or a colleague has asked her and this is her answer."""
    return None if filing.talking(turn) else filing.continued(turn) or filing.in_hand(turn)
