"""The office's campaigns: what is on today, what comes next, and what each is about."""

import re
from datetime import date

from bot.flows.entries import button as as_button
from bot.messages import Button, rows
from bot.turn import Turn
from knowledge.base import Knowledge
from knowledge.tables import Campaign
from tickets.numbers import SHANGHAI

TIPS_SHOWN = 3
ACTIVITY = "(?:宣传|宣教|金融教育|消保|教育宣传|普及金融知识|金融知识普及|防骗宣传|反诈宣传){1,2}(?:教育|普及)?(?:活动|讲座)"
LOOKING = sorted((
    "请问|我|想|知道|问|一下|你们|您们|咱们|你们银行|银行|本行|贵行|最近|近期|近来|现在|目前|今天|这几天|这个月|下个月|今年|明年|接下来|马上|快要|"
    "下一个|下一次|下一场|下次|下回|还|都|有|没有|有没有|要|会|办|举办|搞|开展|开始|是|在|什么时候|啥时候|哪天|几号|几月|多久|什么|啥|哪些|哪个|"
    "哪场|新|的|了|吗|呢|啊|呀|么|告诉|查|查查|看看|介绍|说说|到").split("|"), key=len, reverse=True)
ASKED = re.compile(f"^(?:{'|'.join(LOOKING)})*+{ACTIVITY}(?:{'|'.join(LOOKING)})*+$")
LONGEST = 30
"""Letters; who says more asks something else too."""


def running(turn: Turn) -> list[Campaign]:
    """What is on today, the one with the fewest days first: a week says more than a season."""
    day = today(turn)
    return sorted((one for one in turn.knowledge.campaigns.values() if one.on(day)), key=lambda one: (-one.year, one.end, one.id))


def coming(turn: Turn) -> tuple[date, Campaign] | None:
    """The next one that begins after today; of two that begin together the one that was announced for its year."""
    day = today(turn)
    begins = [(starts, one) for one in turn.knowledge.campaigns.values() if (starts := one.begins_after(day)) is not None]
    return min(begins, key=lambda pair: (pair[0], -pair[1].year, pair[1].id), default=None)


def tip_of(knowledge: Knowledge, day: date) -> str | None:
    """The tip of this day: today's campaigns speak first; outside every campaign all tips take turns."""
    campaigns = knowledge.campaigns.values()
    tips = [tip for one in campaigns if one.on(day) for tip in one.tips] or [tip for one in campaigns for tip in one.tips]
    return tips[day.timetuple().tm_yday % len(tips)] if tips else None


def tell_tip(turn: Turn) -> None:
    """「今日提示」."""
    turn.say(tip_of(turn.knowledge, today(turn)) or turn.word("campaign.none"))


def today(turn: Turn) -> date:
    return turn.at.astimezone(SHANGHAI).date()


def spoken(turn: Turn) -> bool:
    """「最近有什么宣传活动」: what is on, and what comes next, with its days. False: something else is asked."""
    said = "".join(char for char in turn.text if char.isalnum())
    if len(said) > LONGEST or not ASKED.match(said):
        return False
    on, following = running(turn), coming(turn)
    on = [one for one in on if one.year or not any(other.year and other.start == one.start for other in on)]
    lines = [turn.word("campaign.on_now", name=one.name, end=_day(one.end)) for one in on]
    if following is not None:
        starts, one = following
        lines.append(turn.word("campaign.next" if one.year else "campaign.next_usual", name=one.name,
                               start=f"{starts.year} 年 {_day(one.start)}", end=_day(one.end)))
    turn.say("\n\n".join(lines or [turn.word("campaign.none")]),
             buttons=rows(*(Button(one.name, f"campaign:{one.id}") for one in on), turn.button("menu.back", "menu"), width=1))
    return True


def _day(month_and_day: str) -> str:
    """`03-09` as 3 月 9 日."""
    month, day = month_and_day.split("-")
    return f"{int(month)} 月 {int(day)} 日"


def show(turn: Turn, name: str) -> None:
    """What it is about, a few tips, its questions and answers. Only while it is on."""
    one = next((c for c in running(turn) if c.id == name), None)
    if one is None:
        return turn.say(turn.word("campaign.over"), buttons=rows(turn.button("menu.back", "menu")))
    title = turn.word("campaign.title", name=one.name, start=one.start, end=one.end)
    slogan = [turn.word("campaign.slogan", slogan=one.slogan)] if one.slogan else []
    tips = "\n".join(f"· {tip}" for tip in one.tips[:TIPS_SHOWN])
    entries = [turn.knowledge.entries[slug] for slug in one.entries if slug in turn.knowledge.entries]
    buttons = [as_button(e) for e in entries if not e.staff_only or turn.chat.staff_id is not None]
    quiz = [Button(turn.word("campaign.quiz"), f"quiz-theme:{one.themes[0]}")] if one.themes else []
    turn.say("\n\n".join([title, *slogan, tips]), buttons=rows(*buttons, *quiz, turn.button("menu.back", "menu"), width=1))
