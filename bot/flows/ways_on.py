"""What is said on after an answer, and beneath it: what else she may mean or read, a colleague, a ticket."""

import re
from collections.abc import Sequence

from bot.flows import entries, filing, listening, quoting, sought
from bot.messages import Button, rows
from bot.turn import OLD, Turn
from knowledge.base import Entry

PRAISE = "cp-praise"
OFFERED = 3  # buttons
STRANGE = 0.25
"""Who asks nothing hears a line of another entry only where that is so likely meant."""
REMEMBERED = 6  # entries that she has read in this talk
UNHARMED = re.compile("(?:不是|没有?|并非)(?:说|指)?(?:我|俺|[他她]|自己|家里?人)?(?:本人)?(?:被|遭|给|受|上)人?(?:骗|当|诈)")
"""What is near such words is what they deny."""


def with_before(turn: Turn) -> str:
    """Her words of this talk, the newest last."""
    return f"{turn.state.get('last') or ''}\n{turn.text}".strip()[-500:]


def another(turn: Turn, slug: str, *, others: Sequence[str] = ()) -> None:
    """Another entry, amid a talk, without its steps: of one of her matter the line that plainly tells what she asks on; else the
    short answer, with the line that likely does. The whole, and the `others` that she may mean, are a button away."""
    entry = turn.knowledge.entries[slug]
    line = quoting.best(turn, slug, bar=quoting.PLAINLY) if sought.akin(turn, slug) else None
    if not line:
        answer, told = entries.short(turn, entry), turn.state.get("told", [])
        beside = quoting.best(turn, slug, bar=quoting.PERHAPS) or ""
        line = "\n".join((answer, *(one for one in beside.splitlines() if one.rstrip("。；") not in answer)))
        turn.remember(told=[*told, slug][-REMEMBERED:])
    said, turn.did, turn.chat.misses = _headed(turn, slug, line), "ANSWER", 0
    turn.remember(near_gap=None, last=with_before(turn), topic_before=sought.matter(turn),
                  topic={"entry": slug, "at": turn.at.isoformat()})
    meant = (entries.button(turn.knowledge.entries[one]) for one in others if one != slug)
    turn.say(said, buttons=(*whole(turn, slug), *rows(*meant, width=1), onwards(turn)))


def perhaps(turn: Turn) -> bool:
    """The line that is nearest to what she asks, said as no more than that, with what else she may mean. False: none is near."""
    close = quoting.nearby(turn)
    if close is None:
        return False
    slug, line = close
    topic, turn.did = sought.matter(turn), "ANSWER"
    turn.remember(near_gap=None, last=with_before(turn), topic={"entry": topic, "at": turn.at.isoformat()})
    beneath = (*(whole(turn, slug) if slug != topic else ()), *unread(turn, topic))[:OFFERED]
    turn.say(turn.word("ask.perhaps", line=_headed(turn, slug, line)), buttons=(*beneath, onwards(turn)))
    return True


def nearest(turn: Turn, **so_likely: float) -> str | None:
    """The nearest line (`quoting.nearby`), under its entry's question where that is not her matter."""
    close = quoting.nearby(turn, **so_likely)
    return _headed(turn, *close) if close else None


def whole(turn: Turn, slug: str) -> tuple[tuple[Button, ...], ...]:
    """The way to the entry that a line was told of."""
    return ((turn.button("ask.whole", f"faq:{slug}"),),)


def _headed(turn: Turn, slug: str, line: str) -> str:
    """A line under its entry's question, where that is not her matter."""
    question = turn.knowledge.entries[slug].question
    return line if slug == sought.matter(turn) else turn.word("ask.brief", question=question, line=line)


def beside(turn: Turn, topic: str) -> tuple[tuple[Button, ...], ...]:
    """What else she may mean, as buttons."""
    others = [slug for slug in sought.near(turn) if slug != topic]
    return rows(*(entries.button(turn.knowledge.entries[slug]) for slug in others), width=1)


def unread(turn: Turn, topic: str) -> tuple[tuple[Button, ...], ...]:
    """The questions beside the one she was answered that she may want to read and has not."""
    known, told = turn.knowledge.entries, turn.state.get("told", [])
    further = dict.fromkeys((*sought.near(turn), *(known[topic].related if topic in known else ())))
    fit = [one for one in further if one != topic and one in known and one not in told and not known[one].staff_only]
    return rows(*(entries.button(known[one]) for one in fit[:OFFERED]), width=1)


def onwards(turn: Turn) -> tuple[Button, ...]:
    return turn.button("ask.to_colleague", "human"), *unsolved(turn)


def unsolved(turn: Turn) -> tuple[Button, ...]:
    """The way to a ticket; none beside an open one, or for who praises."""
    needless = filing.continued(turn) is not None or sought.matter(turn) == PRAISE
    return () if needless else (turn.button("ask.unsolved", "file"),)


def shorter(turn: Turn, entry: Entry) -> tuple[Button, ...]:
    """The way to the short words, beneath her first answer and for who says that she is old."""
    old = turn.text != "" and "elderly" in turn.understood.reading.flags
    if OLD not in entry.versions or turn.chat.audience == OLD or (turn.state.get("shorter") and not old):
        return ()
    turn.remember(shorter=True)
    return (turn.button("ask.shorter", "plain"),)


def hear(turn: Turn, slug: str | None) -> None:
    """She tells how things stand with her: what of the entry speaks of that, or else that she is heard, and what else she may want
    to read."""
    known = turn.knowledge.entries
    line = quoting.best(turn, slug, bar=quoting.SURELY) if slug else None
    if line is None and slug and not turn.state.get("near_gap"):
        line = nearest(turn, least=quoting.NOTED, strange=STRANGE)
    few = len(turn.text) <= listening.FEW
    room = listening.BUTTONS - few - len(listening.onwards(turn))
    related = known[slug].related if slug in known and not line and not few else ()
    read = {slug, *turn.state.get("told", []), *turn.state.get("offered", [])}
    near = () if UNHARMED.search(turn.text) else (*sought.near(turn), *related)
    further = [one for one in dict.fromkeys(near) if one not in read and one in known][:room]
    turn.remember(offered=[*turn.state.get("offered", []), *further][-REMEMBERED:])
    listening.hear(turn, line=line or "", offered=tuple(entries.button(known[one]) for one in further))
