"""Questions: the maintained answer word for word with its source, a near miss as buttons, or an honest "I do not know"."""

import re
from collections.abc import Collection, Sequence
from datetime import timedelta

from bot.flows import filing, following, listening, lookup, weighing
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
CLEAR_ENOUGH, FAR = 0.9, 0.6
PERHAPS_A_GRIEVANCE = 0.2
LIKELY = 0.5
SURE = 0.8
"""What is less sure is answered with the other questions below it that may be meant."""
SURELY_SAME = 0.85
"""From here on the short answer is said again to who asks on, if no sentence of it is nearer."""
FULL = 10  # characters; 「不能信。」 alone answers nobody
TOGETHER = 0.9
"""So surely two messages said in one are answered, where the last alone is not."""
LEADING, HESITATING = 0.9, 0.3
"""In a talk, an entry that stands so far before all others answers where the gate gives it no more than this chance: she sees
which question is answered, and can ask on."""
FORM = re.compile(
    r"[吗呢么嘛?？]|[怎咋啥谁哪]|什么|多少|(?<!好)几(?!乎|个人|次都)|如何|为何|[^要]不[啊呀嘞]?$|[没未]有?$|(.)不\1|来得及|多久")
"""The form of a question, whatever it is about."""


UNKNOWN_TO_HER = re.compile("不(?:知道|晓得|清楚|懂|明白)$")
"""「她连基金是啥都不知道」 asks nothing."""
PUTS_RIGHT = re.compile(
    "(?<!是)不是[^,，。 吗]{1,12}[,，。 ]+.{0,3}[我是]|你说的(?:是|那个)|我(?:问|说)的(?:可)?(?:不)?是|没丢|不是(?:问|说)这")
"""She says that the answer was about something else."""


def ask(turn: Turn) -> None:
    """Answer the question in the turn from glossary, fee table or base, or say honestly that it cannot be answered."""
    if not looked_up(turn):
        reply(turn)


def reply(turn: Turn) -> None:
    """The base's answer; where it has none, what may be meant, and the gap is remembered."""
    slug, topic, found = answered(turn), _topic(turn), _found(turn)
    seen, unknown = _seen(turn), lookup.unknown_term(turn.knowledge, turn.text)
    if unknown and not (slug and lookup.speaks_of(turn.knowledge.entries[slug], unknown)):
        _gap(turn, found)
        return miss(turn, turn.word("lookup.unknown", term=unknown))
    if (but := weighing.NOT_BUT.search(turn.text)) and turn.state.get("topic"):
        return _wanted(turn, but[1], but[2])
    if topic is not None and (slug in (None, topic) or (seen and found.confidence < SURE)) and follows(turn, topic):
        return None
    if seen and slug == topic:
        return _put_right(turn) or _same(turn, slug)
    if not seen and slug is None and (meant := _together(turn)) is not None:
        return answer(turn, meant, others=near(turn))
    if slug is not None:
        return answer(turn, slug, others=near(turn) if found.confidence < SURE else ())
    gap, turn.did = _gap(turn, found), "NONE"
    shown = near(turn)
    if not shown:
        return miss(turn)
    turn.remember(near_gap=gap.id, last=turn.text[:500])
    if topic is None:
        turn.remember(topic={"entry": shown[0], "at": turn.at.isoformat(), "unseen": True})
    entries = [turn.knowledge.entries[slug] for slug in shown]
    buttons = [Button(e.question, f"faq:{e.id}") for e in entries] + [turn.button("ask.none_of_these", "none")]
    if turn.heard.get("file", 0) >= PERHAPS_A_GRIEVANCE:
        buttons.append(turn.button("ask.register", "file"))
    turn.say(turn.word("ask.near"), buttons=rows(*buttons, width=1))


def _gap(turn: Turn, found: Found) -> Gap:
    """What could not be answered is kept for the office, with what was near."""
    gap = Gap(chat_id=turn.chat.id, text=turn.text, candidates=[[c.entry, round(c.score, 3)] for c in found.candidates[:5]],
              at=turn.at)
    turn.session.add(gap)
    if gap.id is None:
        turn.session.flush()
    return gap


def asked_on(turn: Turn) -> bool:
    """「那要带啥」 and nothing else, after an answer or a ticket: asked of what was answered or filed, unless the base surely has
    an answer for it. False: it is no such question, and nothing was said."""
    topic, filed = _topic(turn), filing.continued(turn) is not None
    if not (_seen(turn) or filed):
        return False
    followup = following.asked(turn.text, turn.knowledge.followups)
    if followup is None or not following.bare(turn.text, followup):
        return False
    if not _seen(turn) and followup.kind in following.OF_THE_MATTER and (slug := answered(turn)):
        answer(turn, slug)
        return True
    found = _found(turn)
    if found.confidence >= SURE and found.entry not in (None, topic) and (_seen(turn) or _belongs(turn, found.entry, topic)):
        return False
    return follows(turn, topic)


def _belongs(turn: Turn, slug: str, topic: str | None) -> bool:
    """Whether the base calls two entries related."""
    entry = turn.knowledge.entries.get(topic or "")
    return entry is not None and slug in entry.related


def follows(turn: Turn, topic: str | None = None) -> bool:
    """Answer what asks on from the entry `topic` (that of the talk), or from what may be said of any such matter; once for each
    kind of question. False: it is no such question, or that was said before."""
    followup, said = following.asked(turn.text, turn.knowledge.followups), turn.state.get("followed", [])
    topic = topic or _topic(turn)
    if followup is None or followup.kind in said:
        return False
    entry = turn.knowledge.entries.get(topic or "")
    line = following.line(followup, entry, _for_her(turn, entry) if entry else "")
    if not line:
        return False
    turn.did = "ANSWER"
    turn.remember(followed=[*said, followup.kind], last=_with_before(turn))
    if (ticket := filing.continued(turn)) is not None:
        filing.join(turn, ticket)
        turn.say(turn.word("ask.follow_filed", line=line, number=ticket.number, due=filing.day(ticket.due_at)), ticket=ticket)
        return True
    turn.remember(topic={"entry": topic, "at": turn.at.isoformat()})
    turn.say(turn.word("ask.follow", line=line), buttons=(*_beside(turn, topic), _onwards(turn)))
    return True


def _put_right(turn: Turn) -> bool:
    """「我卡没丢，是冻了」: the answer was about something else. Searched again by what she puts in its place, said of what was
    answered before that. False: she puts nothing right."""
    if not PUTS_RIGHT.search(turn.text):
        return False
    meant, earlier = turn.text.rpartition("是")[2] or turn.text, turn.state.get("topic_before", "")
    found = turn.understood.finder.after(earlier, meant, staff=turn.chat.staff_id is not None)
    turn.say(turn.word("ask.misheard"))
    if found.entry and found.entry != _topic(turn):
        answer(turn, found.entry)
    else:
        turn.remember(topic=None, last=_with_before(turn))
        turn.say(turn.word("ask.say_again"), buttons=(_onwards(turn),))
    turn.did = "UNDO"
    return True


def _wanted(turn: Turn, not_this: str, wanted: str) -> None:
    """What she does want, searched as said of what she was answered and of her words before; nothing about what she does not."""
    before = (turn.state.get("last") or "").splitlines()[-1:]
    slug = weighing.wanted(turn, wanted, _topic(turn), before, not_this)
    turn.say(turn.word("ask.misheard"))
    if slug:
        answer(turn, slug)
    else:
        turn.remember(last=_with_before(turn))
        turn.say(turn.word("ask.say_again"), buttons=(_onwards(turn),))
    turn.did = "UNDO"


def _together(turn: Turn) -> str | None:
    """The entry that surely answers her last message and this one said in one: 「我妈的存折」 「她去世了」."""
    before = (turn.state.get("last") or "").splitlines()[-1:]
    if not before or before[0] == turn.text:
        return None
    found = turn.understood.finder.ask(f"{before[0]}，{turn.text}", staff=turn.chat.staff_id is not None)
    return found.entry if found.confidence >= TOGETHER else None


def _with_before(turn: Turn) -> str:
    """Her words of this talk, the newest last."""
    return f"{turn.state.get('last') or ''}\n{turn.text}".strip()[-500:]


def _beside(turn: Turn, topic: str) -> tuple[tuple[Button, ...], ...]:
    """What else she may mean, as buttons."""
    entries = [turn.knowledge.entries[slug] for slug in near(turn) if slug != topic]
    return rows(*(Button(entry.question, f"faq:{entry.id}") for entry in entries), width=1)


def _onwards(turn: Turn) -> tuple[Button, ...]:
    return turn.button("ask.to_colleague", "human"), turn.button("ask.unsolved", "file")


def answered(turn: Turn) -> str | None:
    """The entry that answers the words, said where they were said."""
    found = _found(turn)
    first = found.candidates[0] if found.candidates else None
    leads = (_topic(turn) is None and first is not None and first.score >= LEADING and found.confidence >= HESITATING)
    slug = found.entry or (first.entry if leads else None)
    if (ticket := filing.continued(turn)) is not None:
        if ticket.urgency != "I" and not (slug and _seen(turn)):
            slug = weighing.of_matter(turn, ticket, _topic(turn), seen=_seen(turn))
    return slug if slug in turn.knowledge.entries else None


def asks(turn: Turn, least: float) -> bool:
    """Whether her words end in a question, and are heard as one so likely at least."""
    last = re.split("[,，。 ]+", turn.text.strip(" 。!！"))[-1]
    return turn.heard.get("ask", 0.0) >= least and FORM.search(last) is not None and not UNKNOWN_TO_HER.search(last)


def leads(turn: Turn) -> bool:
    """Whether one entry stands far before all others, though the base is not sure that it answers."""
    first = next(iter(_found(turn).candidates), None)
    return first is not None and first.score >= FAR and bool(near(turn))


def surely(turn: Turn) -> bool:
    """Whether the base has an answer that stands far before all others."""
    found = _found(turn)
    return answered(turn) is not None and found.confidence >= CLEAR_ENOUGH and found.candidates[0].score >= FAR


def near_buttons(turn: Turn) -> tuple[tuple[Button, ...], ...]:
    """What may be meant, to be pressed."""
    return rows(*(Button(turn.knowledge.entries[slug].question, f"faq:{slug}") for slug in near(turn)), width=1)


def near(turn: Turn) -> list[str]:
    """The entries that may be meant."""
    return [c.entry for c in _found(turn).candidates[:3] if c.score >= NEAR and c.entry in turn.knowledge.entries]


def _topic(turn: Turn) -> str | None:
    """The entry that she was answered with a moment ago, or the one that her ticket is about."""
    topic = turn.state.get("topic", {})
    return topic.get("entry") if turn.lately(topic.get("at"), SAME_TALK) else _of_ticket(turn)


def _seen(turn: Turn) -> bool:
    """Whether the topic was told, and not only offered or guessed."""
    topic = turn.state.get("topic", {})
    return turn.lately(topic.get("at"), SAME_TALK) and not topic.get("unseen")


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


def _found(turn: Turn) -> Found:
    """What the base has for the words: after an answer, as said of it."""
    topic, staff = _topic(turn), turn.chat.staff_id is not None
    said = turn.understood.after(topic, staff=staff) if topic is not None else None
    if said is not None and _seen(turn):
        return said
    alone = turn.understood.staff_found if staff else turn.understood.found
    if said is None or alone.confidence < max(SURE, said.confidence):
        return said or alone
    followup = following.asked(turn.text, turn.knowledge.followups)  # her ticket is only guessed to be what she asks of
    return said if followup and following.bare(turn.text, followup) else alone


def _same(turn: Turn, slug: str) -> None:
    """She says how things stand with her, and is heard; or asks on of what stands in the answer above: the sentence that says it,
    or else a colleague who knows her case, with all that she has said."""
    turn.did = "ANSWER"
    call = filing.called(turn)
    if call is not None:
        turn.remember(last=_with_before(turn))
        filing.join(turn, call)
        return turn.say(turn.word("ask.passed_on", number=call.number), ticket=call)
    if not FORM.search(turn.text) and filing.current(turn) is None:
        return listening.hear(turn)
    turn.remember(last=_with_before(turn), topic={"entry": slug, "at": turn.at.isoformat()})
    if line := _line(turn, slug):
        return turn.say(line, buttons=(_onwards(turn),))
    if (ticket := filing.continued(turn)) is not None:
        return filing.note_question(turn, ticket)
    _gap(turn, _found(turn))
    again = turn.state.get("handed") == slug
    turn.remember(handed=slug)
    turn.say(turn.word("ask.hand_over_again" if again else "ask.hand_over"), buttons=(*_beside(turn, slug), _onwards(turn)))


def _line(turn: Turn, slug: str) -> str | None:
    """What of the entry answers her: the sentence or step that is nearest in meaning, if one is near; or the short answer, where
    the base is sure that it does. Nothing twice."""
    entry, quoted = turn.knowledge.entries[slug], turn.state.get("quoted", [])
    near_to_it = turn.understood.finder.lines(slug, turn.text)[:2]
    short = _for_her(turn, entry)
    line = next((one for one in near_to_it if one not in quoted and len(one) >= FULL), None)
    said = turn.word("ask.part", line=line) if line else None
    if line is None and short not in quoted and _found(turn).confidence >= SURELY_SAME and filing.continued(turn) is None:
        line, said = short, turn.word("ask.short", line=short)
    if line is not None:
        turn.remember(quoted=[*quoted, line])
    return said


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


def miss(turn: Turn, said: str = "") -> None:
    """Nothing fits: say so (or what is `said`), offer a person or a ticket; after three misses in a row say sorry and offer more
    firmly."""
    turn.chat.misses += 1
    turn.did = "NONE"
    often = turn.chat.misses >= MISSES_BEFORE_PERSON
    turn.remember(near_gap=None, last=turn.text[:500] or turn.state.get("last"))
    turn.say(said or turn.word("ask.misses" if often else "ask.no_answer"),
             buttons=rows(turn.button("menu.human", "human"), turn.button("menu.complain", "file")))


def answer(turn: Turn, slug: str, *, others: Sequence[str] = ()) -> None:
    """Say one entry: short answer, steps, basis, date, and what people ask next; or the `others` that she may mean."""
    entry = turn.knowledge.entries.get(slug)
    if entry is None or (entry.staff_only and turn.chat.staff_id is None):
        return turn.say(turn.word("ask.expired"))
    gap_id = turn.state.get("near_gap")
    if gap_id and (gap := turn.session.get(Gap, gap_id)):
        gap.chosen = slug
    turn.chat.misses, turn.did = 0, "ANSWER"
    before = turn.state.get("topic", {}).get("entry")
    if before != slug:
        turn.remember(topic_before=before)
    turn.remember(near_gap=None, last=turn.text[:500] or None, quoted=None, handed=None, followed=None, listened=None,
                  topic={"entry": slug, "at": turn.at.isoformat()})
    further = [s for s in others if s != slug] or entry.related
    related = [turn.knowledge.entries[s] for s in further if s in turn.knowledge.entries][:3]
    buttons = [(Button(e.question, f"faq:{e.id}"),) for e in related if not e.staff_only or turn.chat.staff_id]
    text = entry_text(turn, entry)
    if terms := lookup.term_buttons(turn, entry, text):
        buttons.append(terms)
    buttons.append((turn.button("ask.unsolved", "file"), turn.button("menu.human", "human")))
    turn.say(text, buttons=tuple(buttons), tone="answer")


def _for_her(turn: Turn, entry: Entry) -> str:
    """The short answer in the version for her audience, when there is one."""
    return entry.versions.get(turn.chat.audience, entry.answer)


def entry_text(turn: Turn, entry: Entry) -> str:
    """The entry as it is sent: the version for this audience when there is one, always with source and date."""
    parts = [f"{entry.question}\n\n{_for_her(turn, entry)}"]
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
