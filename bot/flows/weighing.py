"""Which entry a question means that is asked of her ticket, or in place of another question: of several searches the surer."""

import re
from collections.abc import Sequence

from bot.turn import Turn
from nlp.retrieval import NOTHING, Found
from tickets.models import Ticket

OF_TICKET, AFTERWARDS = 1.0, 0.5
"""How much the shares of an entry among what is found for the words as said of the ticket, and for them after what the base holds
of it, count beside its share of what is found for the words alone."""
HELD = 0.4
"""So much less an entry counts that is what the base holds of the ticket: her own words of it lead there, whatever she asks."""
ENOUGH = 0.81
"""With so much of all shares three in four entries are right (561 questions asked while a ticket was open, nlp/corpus/talks); how
sure each search is that the base has an answer tells no more."""
COURSE, PLAINLY = "complaint_process", 0.7
"""How complaints are handled, asked with so large a share of what is found: of 79 such questions 68 are (ibid.), also where the
words alone hardly tell that a bank is meant (「怎么查进度」)."""
HARDLY = 0.3
"""Where no search is so sure, the base may have none."""
NOT_BUT = re.compile(
    r"(?<![是又])不是(?:[要想问说来去]){0,2}([^,，。 吗]{1,10})[,，。 ]{1,3}我?[就只其实而]{0,2}[是想要]{0,2}"
    r"(?:问|说|知道|了解|打听)(?:的|一下)?是?([^。]{2,30})$")
"""What she does not want and what she does: 「我不是要激活，我是问为啥收钱」."""


def far(found: Found) -> float:
    """How surely the first entry answers: that there is an answer, and that it is this one."""
    return found.confidence * found.candidates[0].score if found.candidates else 0.0


def of_matter(turn: Turn, ticket: Ticket, topic: str | None, *, said: str, seen: bool) -> str | None:
    """What answers a question amid her matter: searched for alone (「还要几年才消」), as said of the ticket (「合理吗」),
    and as said after what the base holds of it. What she has read (`topic`, `seen`) is none. `said`: her words of
    the matter so far."""
    staff = turn.chat.staff_id is not None
    alone = turn.understood.staff_found if staff else turn.understood.found
    first = next(iter(alone.candidates), None)
    if first is not None and first.theme == COURSE and first.score >= PLAINLY and not (seen and first.entry == topic):
        return first.entry
    of_ticket = turn.understood.said_of(ticket.summary, staff=staff)
    after = turn.understood.after(topic, said=said, staff=staff) if topic else NOTHING
    speak: dict[str, float] = {topic: -HELD} if topic else {}
    for found, weight in ((alone, 1.0), (of_ticket, OF_TICKET), (after, AFTERWARDS)):
        for one in found.candidates:
            speak[one.entry] = speak.get(one.entry, 0.0) + weight * one.score
    best = max(speak, key=speak.__getitem__, default=None)
    sure = max(found.confidence for found in (alone, of_ticket, after)) >= HARDLY
    return best if best and sure and speak[best] >= ENOUGH and not (seen and best == topic) else None


def wanted(turn: Turn, text: str, topic: str | None, before: Sequence[str], not_this: str) -> str | None:
    """The entry for what she does want, said of her words before; none about what she does not want, none that she was told."""
    finder, staff, entries = turn.understood.finder, turn.chat.staff_id is not None, turn.knowledge.entries
    found = [finder.after(topic or "", text, staff=staff), *(finder.ask(f"{one}，{text}", staff=staff) for one in before)]
    fit = [one for one in found if one.entry in entries and one.entry != topic and not_this not in entries[one.entry].question]
    return max(fit, key=far).entry if fit else None
