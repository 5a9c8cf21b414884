"""What the base has for her words, said where they were said: the entry that answers, those that may be meant, their matter."""

import re
from collections.abc import Collection
from datetime import timedelta

from bot.flows import entries, filing, following, weighing
from bot.messages import Button, rows
from bot.turn import Turn
from nlp.finder_after import SAID
from nlp.retrieval import Found

SAME_TALK = timedelta(hours=1)
CLEAR_ENOUGH, FAR = 0.9, 0.6
LIKELY = 0.5
SURE = 0.8
"""What is less sure is answered with the other questions below it that may be meant."""
FEW = 10  # characters
LEADING, HESITATING = 0.9, 0.3
"""In a talk, an entry that stands so far before all others answers where the gate gives it no more than this chance: she sees
which question is answered, and can ask on."""
FORM = re.compile(
    r"[吗呢嘛?？]|(?<![这那怎])么|怎(?!么(?:这么|那么|能?这样))|[咋啥谁哪]|什么|多少|有没有|"
    r"(?<!好)几(?!乎|个人|次都|[万百十千]|[天趟][都没还])|(?:最少|至少|最多|起存|要|需)[^,，。]{0,3}几[万百千]|如何|为何|[^要]不[啊呀嘞]?$|[没未]有?$|(.)不\1|来得及|多久|"
    "(?:能|可以|会|不用|不会|没事|一样)[^,，。 ]{0,6}吧[?？。]?$|是[^,，。 ]{1,10}的吧[?？。]?$|"
    r"([从按要是用算]).{1,10}还是\2")
"""The form of a question, whatever it is about."""
UNKNOWN_TO_HER = re.compile("不(?:知道|晓得|清楚|懂|明白)$")
"""「她连基金是啥都不知道」 asks nothing."""
INHERITED, FOR_ANOTHER = "acct-inherit", "acct-agent"
DEAD = re.compile(
    "走(?!不|路|动)|去世|过世|死|没了|不在|遗|遺|继承|繼承|亡|生前|逝|故|殁|过身|過身|丧|留下?的|留给|先[父母夫妻]|头七|百年|后事|咽气|没挺|兄弟|姐妹|哥俩|分")
"""Who speaks of no death asks how to take out the money of the living: nobody's mother is called dead by us."""
NEAR = 0.09
"""Candidates below this score are not worth showing as 「您是不是想问」."""


def belongs(turn: Turn, slug: str, topic: str | None) -> bool:
    """Whether the base calls two entries related."""
    entry = turn.knowledge.entries.get(topic or "")
    return entry is not None and slug in entry.related


def akin(turn: Turn, slug: str) -> bool:
    """Whether an entry is of the same theme as the matter, or related to it."""
    topic = matter(turn)
    return entries.theme(turn, slug) == entries.theme(turn, topic) or belongs(turn, slug, topic)


def elsewhere(turn: Turn, topic: str) -> bool:
    """「余额宝安全吗」 after an answer about a swallowed card: her words name a subject, and alone they are of another theme."""
    followup, first = following.asked(turn.text, turn.knowledge.followups), next(iter(turn.understood.found.candidates), None)
    named = followup is not None and not following.bare(turn.text, followup)
    return named and first is not None and first.score >= FAR and first.theme != entries.theme(turn, topic)


def of_it(turn: Turn) -> str:
    """Her last words of the matter, as the finder was taught to read them; none where this message was read before."""
    said = (turn.state.get("last") or "").removesuffix(turn.text).strip()
    return said.replace("\n", "，")[-SAID:]


def answered(turn: Turn) -> str | None:
    """The entry that answers the words, said where they were said."""
    found = search(turn)
    first = found.candidates[0] if found.candidates else None
    leads = (matter(turn) is None and first is not None and first.score >= LEADING and found.confidence >= HESITATING)
    slug = found.entry or (first.entry if leads else None)
    if (ticket := filing.continued(turn)) is not None:
        if ticket.urgency != "I" and not (slug and seen(turn)):
            slug = weighing.of_matter(turn, ticket, matter(turn), said=of_it(turn), seen=seen(turn))
    if slug == INHERITED and matter(turn) != INHERITED and not DEAD.search(f"{turn.state.get('last') or ''}{turn.text}"):
        slug = FOR_ANOTHER
    return slug if slug in turn.knowledge.entries else None


def strays(turn: Turn, slug: str) -> bool:
    """Whether a few words that follow an answer find an entry of another matter, and not as surely as that needs: of those less
    sure more than half were wrong (dialogues of writers held out); longer words name what they are about."""
    topic = matter(turn)
    return (slug != topic and len(turn.text) <= FEW and search(turn).confidence < SURE and not belongs(turn, slug, topic))


def last_words(text: str) -> str:
    """The last clause."""
    return re.split("[,，。 ]+", text.strip(" 。!！"))[-1]


def asks(turn: Turn, least: float) -> bool:
    """Whether her words end in a question, and are heard as one so likely at least."""
    last = last_words(turn.text)
    return turn.heard.get("ask", 0.0) >= least and FORM.search(last) is not None and not UNKNOWN_TO_HER.search(last)


def leads(turn: Turn) -> bool:
    """Whether one entry stands far before all others, though the base is not sure that it answers."""
    first = next(iter(search(turn).candidates), None)
    return first is not None and first.score >= FAR and bool(near(turn))


def surely(turn: Turn) -> bool:
    """Whether the base has an answer that stands far before all others."""
    found = search(turn)
    return answered(turn) is not None and found.confidence >= CLEAR_ENOUGH and found.candidates[0].score >= FAR


def near_buttons(turn: Turn) -> tuple[tuple[Button, ...], ...]:
    """What may be meant, to be pressed."""
    return rows(*(entries.button(turn.knowledge.entries[slug]) for slug in near(turn)), width=1)


def near(turn: Turn) -> list[str]:
    """The entries that may be meant."""
    return [c.entry for c in search(turn).candidates[:3] if c.score >= NEAR and c.entry in turn.knowledge.entries]


def matter(turn: Turn) -> str | None:
    """The entry that she was answered with a moment ago, or the one that her ticket is about."""
    topic = turn.state.get("topic", {})
    return topic.get("entry") if turn.lately(topic.get("at"), SAME_TALK) else _of_ticket(turn)


def seen(turn: Turn) -> bool:
    """Whether the topic was told, and not only offered or guessed."""
    topic = turn.state.get("topic", {})
    return turn.lately(topic.get("at"), SAME_TALK) and not topic.get("unseen")


def of_her_ticket(turn: Turn, topic: str) -> bool:
    """Whether her words, as said of her open ticket, ask about this entry."""
    ticket = filing.continued(turn)
    if ticket is None or ticket.urgency == "I":
        return False
    first = next(iter(turn.understood.said_of(ticket.summary, staff=turn.chat.staff_id is not None).candidates), None)
    return first is not None and first.entry == topic


def _of_ticket(turn: Turn) -> str | None:
    """What the base holds on the ticket she has just filed; searched for once."""
    ticket, about = filing.continued(turn), turn.state.get("about", {})
    if ticket is None or ticket.urgency == "I":
        return None
    if about.get("ticket") != ticket.id:
        found = turn.understood.finder.ask(ticket.summary, staff=turn.chat.staff_id is not None)
        first = next(iter(found.candidates), None)
        sure = first is not None and first.score >= LIKELY and found.confidence >= HESITATING
        about = {"ticket": ticket.id, "entry": first.entry if sure else None}
        turn.remember(about=about)
    return about["entry"]


def search(turn: Turn) -> Found:
    """What the base has for the words: after an answer, as said of it."""
    topic, staff = matter(turn), turn.chat.staff_id is not None
    said = turn.understood.after(topic, said=of_it(turn), staff=staff) if topic is not None else None
    if said is not None and seen(turn):
        return said
    alone = turn.understood.staff_found if staff else turn.understood.found
    if said is None or alone.confidence < max(SURE, said.confidence):
        return said or alone
    followup = following.asked(turn.text, turn.knowledge.followups)  # her ticket is only guessed to be what she asks of
    return said if followup and following.bare(turn.text, followup) else alone


def word_on(turn: Turn, themes: Collection[str]) -> str | None:
    """The entry of these themes that says something to the words, said where they were said."""
    first = next(iter(search(turn).candidates), None)
    sure = first is not None and first.theme in themes and first.score >= LIKELY and search(turn).confidence >= LIKELY
    return first.entry if sure and first.entry in turn.knowledge.entries else None
