"""Questions: the maintained answer word for word with its source, a near miss as buttons, or an honest "I do not know"."""

import re
from collections.abc import Collection, Sequence
from datetime import timedelta

from bot.flows import filing, lookup
from bot.messages import Button, rows
from bot.turn import Turn
from knowledge.base import Entry
from nlp.retrieval import Found
from tickets.models import Gap

JUST_DEFRAUDED = "just-transferred"
MISSES_BEFORE_PERSON = 3
SURE_ANSWER = 0.97
"""From here on an answer of the base is surer than a doubtful complaint."""
SAME_TALK = timedelta(hours=1)
ELLIPSIS, CLEAR = 8, 0.97
"""Characters: after a ticket, a question so short names its subject only where the base is so sure of it."""
LIKELY = 0.5
SURE = 0.8
"""What is less sure is answered with the other questions below it that may be meant."""
LEADING, HESITATING = 0.9, 0.3
"""In a talk, an entry that stands so far before all others answers where the gate gives it no more than this chance: she sees
which question is answered, and can ask on."""
FORM = re.compile("怎么|如何|啥|多少|为什么|要不要|能不能|会不会|可不可以|行不行|是不是|来得及|[吗？?]|多久|[^要]不$|呢$")
"""The form of a question, whatever it is about."""


def ask(turn: Turn) -> None:
    """Answer the question in the turn from glossary, fee table or base, or say honestly that it cannot be answered."""
    if not looked_up(turn):
        reply(turn)


def reply(turn: Turn) -> None:
    """The base's answer; where it has none, what may be meant, and the gap is remembered."""
    slug, topic, found = answered(turn), _topic(turn), _found(turn)
    if slug is not None and slug == topic and not turn.state["topic"].get("unseen"):
        return _same(turn, slug)
    if slug is not None:
        return answer(turn, slug, others=near(turn) if found.confidence < SURE else ())
    gap = Gap(chat_id=turn.chat.id, text=turn.text, candidates=[[c.entry, round(c.score, 3)] for c in found.candidates[:5]],
              at=turn.at)
    turn.session.add(gap)
    if gap.id is None:
        turn.session.flush()
    turn.did = "NONE"
    shown = near(turn)
    if not shown:
        return miss(turn)
    turn.remember(near_gap=gap.id, last=turn.text[:500])
    if topic is None:
        turn.remember(topic={"entry": shown[0], "at": turn.at.isoformat(), "unseen": True})
    entries = [turn.knowledge.entries[slug] for slug in shown]
    buttons = [Button(e.question, f"faq:{e.id}") for e in entries] + [turn.button("ask.none_of_these", "none")]
    turn.say(turn.word("ask.near"), buttons=rows(*buttons, width=1))


def answered(turn: Turn) -> str | None:
    """The entry that answers the words, said where they were said."""
    found = _found(turn)
    first = found.candidates[0] if found.candidates else None
    leads = (_topic(turn) is None and first is not None and first.score >= LEADING and found.confidence >= HESITATING)
    slug = found.entry or (first.entry if leads else None)
    if _topic(turn) is None and len(turn.text) <= ELLIPSIS and found.confidence < CLEAR and filing.continued(turn) is not None:
        return None  # 「合理吗」 is about her matter
    return slug if slug in turn.knowledge.entries else None


def near(turn: Turn) -> list[str]:
    """The entries that may be meant."""
    return [c.entry for c in _found(turn).candidates[:3] if c.score >= NEAR and c.entry in turn.knowledge.entries]


def _topic(turn: Turn) -> str | None:
    """The entry that she was answered with a moment ago."""
    topic = turn.state.get("topic", {})
    return topic.get("entry") if turn.lately(topic.get("at"), SAME_TALK) else None


def _found(turn: Turn) -> Found:
    """What the base has for the words: after an answer, as said of it."""
    topic = _topic(turn)
    if topic is not None:
        return turn.understood.after(topic, staff=turn.chat.staff_id is not None)
    return turn.understood.staff_found if turn.chat.staff_id else turn.understood.found


def _same(turn: Turn, slug: str) -> None:
    """She asks on, or says how things stand with her, and what we know stands in the answer above: what it says to a question, once
    more and shortly; else a colleague who knows her case, with all that she has said."""
    turn.did = "ANSWER"
    before = turn.state.get("last") or ""
    turn.remember(last=f"{before}\n{turn.text}".strip()[-500:], topic={"entry": slug, "at": turn.at.isoformat()})
    call = filing.called(turn)
    if call is not None:
        filing.join(turn, call)
        return turn.say(turn.word("ask.passed_on", number=call.number), ticket=call)
    if FORM.search(turn.text) and (line := _line(turn, slug)):
        return turn.say(turn.word("ask.part", line=line),
                        buttons=rows(turn.button("ask.unsolved", "file"), turn.button("menu.human", "human")))
    again = turn.state.get("handed") == slug
    turn.remember(handed=slug)
    entries = [turn.knowledge.entries[one] for one in near(turn) if one != slug]
    turn.say(turn.word("ask.hand_over_again" if again else "ask.hand_over"),
             buttons=(*rows(*(Button(e.question, f"faq:{e.id}") for e in entries), width=1),
                      *rows(turn.button("ask.to_colleague", "human"), turn.button("ask.unsolved", "file"))))


def _line(turn: Turn, slug: str) -> str | None:
    """What of the entry answers her: the sentence that is near in meaning, or the short answer; nothing twice."""
    entry, quoted = turn.knowledge.entries[slug], turn.state.get("quoted", [])
    lines = [*turn.understood.finder.lines(slug, turn.text)[:1], entry.versions.get(turn.chat.audience, entry.answer)]
    line = next((one for one in lines if one not in quoted), None)
    if line is not None:
        turn.remember(quoted=[*quoted, line])
    return line


def word_on(turn: Turn, themes: Collection[str]) -> str | None:
    """The entry of these themes that says something to the words, said where they were said."""
    first = next(iter(_found(turn).candidates), None)
    sure = first is not None and first.theme in themes and first.score >= LIKELY and _found(turn).confidence >= LIKELY
    return first.entry if sure and first.entry in turn.knowledge.entries else None


def looked_up(turn: Turn) -> bool:
    """Answer from the glossary or the fee table where they know it better than any entry. False: nothing was said."""
    fees = lookup.fees_asked(turn.knowledge, turn.text)
    rate, asked = lookup.rate_asked(turn.text), lookup.term_asked(turn.knowledge, turn.text)
    named = lookup.term_named(turn.knowledge, turn.text)
    if not (fees or rate or asked or named):
        return False  # and nothing was searched for
    found = turn.understood.staff_found if turn.chat.staff_id else turn.understood.found
    entry = turn.knowledge.entries.get(found.entry or "")
    term = asked or (None if entry else named)
    if fees:
        turn.did = "ANSWER"
        lookup.say_fees(turn, fees, entry)
    elif rate and found.confidence < SURE_ANSWER:
        turn.did = "NONE"
        turn.say(turn.word("lookup.rate"), buttons=rows(turn.button("menu.human", "human"), turn.button("menu.complain", "file")))
        turn.remember(last=turn.text[:500])
    elif term is not None and lookup.better_than_entry(term, entry):
        turn.did = "ANSWER"
        lookup.explain(turn, term)
    else:
        return False
    return True


NEAR = 0.12
"""Candidates below this score are not worth showing as 「您是不是想问」."""


def miss(turn: Turn) -> None:
    """Nothing fits: say so, offer a person or a ticket; after three misses in a row say sorry and offer more firmly."""
    turn.chat.misses += 1
    turn.did = "NONE"
    key = "ask.misses" if turn.chat.misses >= MISSES_BEFORE_PERSON else "ask.no_answer"
    turn.remember(near_gap=None, last=turn.text[:500] or turn.state.get("last"))
    turn.say(turn.word(key), buttons=rows(turn.button("menu.human", "human"), turn.button("menu.complain", "file")))


def answer(turn: Turn, slug: str, *, others: Sequence[str] = ()) -> None:
    """Say one entry: short answer, steps, basis, date, and what people ask next; or the `others` that she may mean."""
    entry = turn.knowledge.entries.get(slug)
    if entry is None or (entry.staff_only and turn.chat.staff_id is None):
        return turn.say(turn.word("ask.expired"))
    gap_id = turn.state.get("near_gap")
    if gap_id and (gap := turn.session.get(Gap, gap_id)):
        gap.chosen = slug
    turn.chat.misses, turn.did = 0, "ANSWER"
    turn.remember(near_gap=None, last=turn.text[:500] or None, quoted=None, handed=None,
                  topic={"entry": slug, "at": turn.at.isoformat()})
    further = [s for s in others if s != slug] or entry.related
    related = [turn.knowledge.entries[s] for s in further if s in turn.knowledge.entries][:3]
    buttons = [(Button(e.question, f"faq:{e.id}"),) for e in related if not e.staff_only or turn.chat.staff_id]
    text = entry_text(turn, entry)
    if terms := lookup.term_buttons(turn, entry, text):
        buttons.append(terms)
    buttons.append((turn.button("ask.unsolved", "file"), turn.button("menu.human", "human")))
    turn.say(text, buttons=tuple(buttons), tone="answer")


def entry_text(turn: Turn, entry: Entry) -> str:
    """The entry as it is sent: the version for this audience when there is one, always with source and date."""
    parts = [f"{entry.question}\n\n{entry.versions.get(turn.chat.audience, entry.answer)}"]
    if entry.steps:
        parts.append(turn.word("ask.steps") + "\n" + "\n".join(f"{n}. {step}" for n, step in enumerate(entry.steps, 1)))
    parts.append(turn.word("ask.basis") + "\n" + "\n".join(f"· {_untagged(line)}" for line in entry.basis))
    notes = [turn.word("ask.checked", date=entry.checked.isoformat())]
    if entry.confidence == "S":
        notes.append(turn.word("ask.second_hand"))
    notes.append(turn.word("ask.disclaimer"))
    parts.append("\n".join(notes))
    return "\n\n".join(parts)


def _untagged(line: str) -> str:
    """The office's evidence marks are for those who maintain the entry; the reader is told by the note on confidence."""
    return line.removesuffix("[V]").removesuffix("[S]").rstrip()
