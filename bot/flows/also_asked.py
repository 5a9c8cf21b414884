"""「假币没收给不给凭证？还有残币怎么换」: the second thing asked in one message, told after the answer to the first."""

import re

from bot.flows import emergency, entries, quoting, sought, ways_on
from bot.turn import Turn

MOST = 2  # parts told besides the answer
SHORTEST = 4  # characters of a part
FAR, ELSEWHERE, SURELY = 0.6, 0.45, 0.9
"""A part alone, without what was answered, finds another entry so far before all others (one of another theme stands apart with
less) and so surely."""
ENDS = re.compile(r"[?？!！。;；\n]+")
BREAKS = re.compile(r"[,，、 ]+")
LEADS_ON = re.compile(
    r"^(?:[你您]好|还有|另外|顺便|再就是|其次|第[二三]|那么?|然后|再|我?[想要]?请?[问教](?:一?下)?(?:你们|您)?|[,，、: ：])*")
"""What only leads to a part, or joins it to the one before."""
BESIDE = re.compile(r"(?:另外|顺便|还有|对了)(?:想|要|请|我|再)*(?:问(?:一?下|一句)?)?(?:你们?)?[,，:： ]*([^。]{4,60})$")
"""What is asked at the end of a grievance."""


def add(turn: Turn) -> None:
    """After an answer: what is said to each other part of her words that asks, with the way to its entry. After a complaint: what
    she asks beside it."""
    if turn.incoming.button or emergency.under_way(turn):
        return
    if turn.did == "FILE" and turn.ticket is not None and turn.ticket.urgency != "I":
        _beside(turn)
    elif turn.did == "ANSWER":
        _after_answer(turn, sought.matter(turn) or "")  # a fee or a term may be told without one


def _beside(turn: Turn) -> None:
    """「……另外存款保险赔多少」: before our question."""
    found = BESIDE.search(turn.text)
    if found is None or not sought.FORM.search(found[1]):
        return
    slug = _of_another(turn, found[1], "", first=True)
    if slug and slug not in turn.state.get("told", []):
        line = entries.short(turn, turn.knowledge.entries[slug])
        turn.say_before_question(turn.word("ask.also", asked=found[1], line=line), buttons=ways_on.whole(turn, slug))


def _after_answer(turn: Turn, topic: str) -> None:
    parts, before = asked(turn.text), len(turn.replies)
    if topic and sum(len(part) >= SHORTEST for part in parts) < 2:  # one question and a word about it
        return
    afresh = not topic or turn.state.get("last") == turn.text[:500]  # and not asked on of what was answered
    for n, part in enumerate(parts if len(parts) > 1 else ()):
        if len(part) < SHORTEST:
            continue
        line, slug = "", _of_another(turn, part, topic, first=n == 0 and afresh)
        if slug != topic and slug not in turn.state.get("told", []):
            line = entries.short(turn, turn.knowledge.entries[slug])
        elif topic and slug == topic and n and afresh:
            line = quoting.best(turn, topic, bar=quoting.PLAINLY, text=part) or ""
        said = "\n".join(reply.text for reply in turn.replies)
        new = "\n".join(one for one in line.splitlines() if one.rstrip("。；") not in said and not quoting.echoes(said, one))
        if new and len(turn.replies) - before < MOST:
            turn.say(turn.word("ask.also", asked=part, line=new), buttons=ways_on.whole(turn, slug) if slug != topic else ())
    if not afresh and before == 1 and len(turn.replies) - before == len(parts):
        turn.replies = turn.replies[before:]  # each part has its answer, and the line above was none


def asked(text: str) -> list[str]:
    """The parts of a message that ask, each with what leads to it."""
    parts = []
    for sentence in ENDS.split(text):
        before: list[str] = []
        for clause in BREAKS.split(sentence):
            before.append(clause)
            if sought.FORM.search(clause) and not sought.UNKNOWN_TO_HER.search(clause):
                parts.append(LEADS_ON.sub("", "，".join(before)))
                before = []
    return [part for part in parts if part]


def _of_another(turn: Turn, part: str, topic: str, *, first: bool) -> str:
    """The entry that surely answers this part: read alone, and as said after the answer unless it comes first. Where none does, the
    topic."""
    finder, staff, theme = turn.understood.finder, turn.chat.staff_id is not None, entries.theme(turn, topic)
    alone = finder.ask(part, staff=staff)
    searched = [(alone, SURELY)]
    if not first and topic:
        after = finder.after(topic, part, staff=staff)
        agreed = alone.candidates[:1] and after.candidates[:1] and alone.candidates[0].entry == after.candidates[0].entry
        searched = [(after, sought.SURE), *(searched if agreed else ())]
    return next((found.entry for found, bar in searched if found.entry in turn.knowledge.entries
                 and found.confidence >= bar
                 and found.candidates[0].score >= (FAR if found.candidates[0].theme == theme else ELSEWHERE)), topic)
