"""Questions: the maintained answer word for word with its source, a near miss as buttons, or an honest "I do not know"."""

import re
from datetime import timedelta

from bot.flows import lookup
from bot.messages import Button, rows
from bot.turn import Turn
from knowledge.base import Entry
from nlp.finder_features import cut, features, read_ideas
from nlp.retrieval import SYNONYMS, Found
from tickets.models import Gap

MISSES_BEFORE_PERSON = 3
SURE_ANSWER = 0.97
"""From here on an answer of the base is surer than a doubtful complaint."""
SAME_TALK = timedelta(minutes=10)
ASKED = 60  # characters of a question that are remembered for the next
ELLIPSIS = 10
"""Characters: a question that is longer says what it is about."""
ASKING = re.compile("[吗么呢不吧?？]$|能不能|要不要|可不可以|是不是|咋|啥|什么|多久|几天|多长|多少|要.?带|哪|谁")
FORM = re.compile("怎么|如何|啥|多少|为什么|要不要|能不能|会不会|可不可以|行不行|是不是|来得及|[吗？?]|多久|[^要]不$|呢$")
"""The form of a question, whatever it is about."""
CIRCUMSTANCE = re.compile(
    "(?:我|俺|本人|人|[他她]|(?:我|俺)?(?:爸|妈|爹|娘|弟|哥|姐|妹|爷爷|奶奶|老公|老婆|老伴|儿子|女儿|孩子|家里人))(?:又|也|都|还|现在|就是)*"
    "(?:没(?!人|到|收)|不(?!还)|来不了|去不了|走不动|在外地|忘了).{0,5}")
"""「本人来不了」 after an answer: how things stand with her, and no complaint about the bank."""
EMPTY = frozenset(("i什么", "i怎么", "i多久", "i哪里", "i多少", "i小孩", "i合法吗", "i能不能", "i报警"))


def ask(turn: Turn) -> None:
    """Answer the question in the turn, or say honestly that it cannot be answered and remember the gap."""
    if looked_up(turn):
        return
    found = turn.understood.staff_found if turn.chat.staff_id else turn.understood.found
    if found.entry and found.entry in turn.knowledge.entries:
        return answer(turn, found.entry)
    near = [c.entry for c in found.candidates[:3] if c.score >= NEAR and c.entry in turn.knowledge.entries]
    gap = Gap(chat_id=turn.chat.id, text=turn.text, candidates=[[c.entry, round(c.score, 3)] for c in found.candidates[:5]],
              at=turn.at)
    turn.session.add(gap)
    if gap.id is None:
        turn.session.flush()
    turn.remember(topic={"asked": turn.text[:ASKED], "at": turn.at.isoformat()})
    if near:
        turn.remember(near_gap=gap.id, last=turn.text[:500])
        entries = [turn.knowledge.entries[slug] for slug in near]
        buttons = [Button(e.question, f"faq:{e.id}") for e in entries] + [turn.button("ask.none_of_these", "none")]
        return turn.say(turn.word("ask.near"), buttons=rows(*buttons, width=1))
    miss(turn)


def continues(turn: Turn) -> bool:
    """「那要带啥」 names nothing: it belongs to what was asked a moment ago. False: it names something, or nothing was asked."""
    topic = turn.state.get("topic", {})
    entry = turn.knowledge.entries.get(topic.get("entry", ""))
    before = entry.question if entry else topic.get("asked")
    if before is None or not turn.lately(topic["at"], SAME_TALK):
        return False
    if not names_nothing(turn.text) and not CIRCUMSTANCE.fullmatch(turn.text):
        return False
    if entry is None:
        turn.understood = turn.understood.again(f"{before}{turn.text}")
        ask(turn)
        return True
    found = _found_of(turn, before)
    if found.entry in (None, entry.id):
        turn.say(turn.word("ask.same", question=entry.question),
                 buttons=rows(turn.button("ask.unsolved", "file"), turn.button("menu.human", "human")))
    else:
        answer(turn, found.entry)
    return True


def answered_about(turn: Turn, matter: str) -> bool:
    """Answer what names nothing as asked about this matter. False: the base is not sure, and nothing was said."""
    found = _found_of(turn, matter[:ASKED])
    if found.entry is None or found.confidence < SURE_ANSWER:
        return False
    answer(turn, found.entry)
    return True


def _found_of(turn: Turn, matter: str) -> Found:
    """What the base has for her words as said of this matter."""
    return turn.understood.finder.ask(f"{matter}{turn.text}", staff=turn.chat.staff_id is not None)


def names_nothing(text: str) -> bool:
    """A question in a few words, none of which is a word of the office."""
    if len(text) > ELLIPSIS or not ASKING.search(text):
        return False
    return set(features(cut(text), read_ideas(SYNONYMS))["idea"]) <= EMPTY


def looked_up(turn: Turn) -> bool:
    """Answer from the glossary or the fee table where they know it better than any entry. False: nothing was said."""
    found = turn.understood.staff_found if turn.chat.staff_id else turn.understood.found
    entry = turn.knowledge.entries.get(found.entry or "")
    fees = lookup.fees_asked(turn.knowledge, turn.text)
    if fees:
        lookup.say_fees(turn, fees, entry)
        return True
    if lookup.rate_asked(turn.text) and found.confidence < SURE_ANSWER:
        turn.say(turn.word("lookup.rate"), buttons=rows(turn.button("menu.human", "human"), turn.button("menu.complain", "file")))
        turn.remember(last=turn.text[:500])
        return True
    term = lookup.term_asked(turn.knowledge, turn.text) or (None if entry else lookup.term_named(turn.knowledge, turn.text))
    if term is not None and lookup.better_than_entry(term, entry):
        lookup.explain(turn, term)
        return True
    return False


NEAR = 0.12
"""Candidates below this score are not worth showing as 「您是不是想问」."""


def miss(turn: Turn) -> None:
    """Nothing fits: say so, offer a person or a ticket; after three misses in a row say sorry and offer more firmly."""
    turn.chat.misses += 1
    key = "ask.misses" if turn.chat.misses >= MISSES_BEFORE_PERSON else "ask.no_answer"
    turn.remember(near_gap=None, last=turn.text[:500] or turn.state.get("last"))
    turn.say(turn.word(key), buttons=rows(turn.button("menu.human", "human"), turn.button("menu.complain", "file")))


def answer(turn: Turn, slug: str) -> None:
    """Say one entry: short answer, steps, basis, date, and what people ask next."""
    entry = turn.knowledge.entries.get(slug)
    if entry is None or (entry.staff_only and turn.chat.staff_id is None):
        return turn.say(turn.word("ask.expired"))
    gap_id = turn.state.get("near_gap")
    if gap_id and (gap := turn.session.get(Gap, gap_id)):
        gap.chosen = slug
    turn.chat.misses = 0
    turn.remember(near_gap=None, last=turn.text[:500] or None, topic={"entry": slug, "at": turn.at.isoformat()})
    related = [turn.knowledge.entries[s] for s in entry.related if s in turn.knowledge.entries][:3]
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
