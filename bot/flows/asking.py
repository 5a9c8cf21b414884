"""Questions: the maintained answer word for word with its source, a near miss as buttons, or an honest "I do not know"."""

import re
from collections.abc import Sequence

from bot.flows import entries, filing, following, listening, lookup, quoting, sought, ways_on, weighing
from bot.messages import rows
from bot.turn import Turn
from nlp.finder_lines import Bar
from nlp.retrieval import Found
from tickets.models import Gap, Ticket

JUST_DEFRAUDED = "just-transferred"
MISSES_BEFORE_PERSON = 3
SURELY_NONE = 0.8
"""So likely no line of an entry tells it, its short answer does not either."""
SURE_ANSWER = 0.97
"""From here on an answer of the base is surer than a doubtful complaint."""
PERHAPS_A_GRIEVANCE = 0.2
HOW_MUCH = re.compile("多少|几[元块成张天个]")
NUMBER = "phone"
"""The kind of question (followups.toml) that asks for a telephone number."""
COMPLAIN = "complain"
"""The kind that asks where to complain."""
TOGETHER = 0.9
"""So surely two messages said in one are answered, where the last alone is not."""
OFFICE = re.compile("客户|我行|柜面|投诉人|消费者(?!协会|权益|保护)")
"""So speaks who works in a bank, and has perhaps not signed in."""
PUTS_RIGHT = re.compile(
    "(?<![是又])不是[^,，。 吗]{1,12}[,，。 ]+.{0,3}[我是]|你说的(?:是|那个)|我(?:问|说)的(?:可)?(?:不)?是|没丢|不是(?:问|说)这")
"""She says that the answer was about something else,"""
BUT_NOT = re.compile("^(?:我)?是([^,，。 ]{2,14})[,，。 ]+(?:又|可)?不是[^,，。 吗]{2,12}$")
"""or 「是卡过期了 不是没到账」."""
OF_THE_DEAD = re.compile("去世|过世|身故|死亡|继承|遗产|遗嘱|逝者")


def ask(turn: Turn) -> None:
    """Answer the question in the turn from glossary, fee table or base, or say honestly that it cannot be answered."""
    if not looked_up(turn):
        reply(turn)


def reply(turn: Turn) -> None:
    """The base's answer; where it has none, what may be meant, and the gap is remembered."""
    _reply(turn)
    if turn.chat.staff_id is None and OFFICE.search(turn.text) and not turn.state.get("told_staff"):
        entry = turn.knowledge.entries.get(turn.understood.staff_found.entry or "")
        if entry is not None and entry.staff_only and turn.understood.staff_found.confidence >= SURE_ANSWER:
            turn.remember(told_staff=True)
            turn.say(turn.word("ask.for_staff"))


def _reply(turn: Turn) -> None:
    slug, topic, found = sought.answered(turn), sought.matter(turn), sought.search(turn)
    seen, unknown = sought.seen(turn), lookup.unknown_term(turn.knowledge, turn.text)
    if unknown and not (slug and lookup.speaks_of(turn.knowledge.entries[slug], unknown)):
        _gap(turn, found)
        return miss(turn, turn.word("lookup.unknown", term=unknown))
    if (but := weighing.NOT_BUT.search(turn.text)) and turn.state.get("topic"):
        return _wanted(turn, but[1], but[2])
    if _told(turn, quoting.SURELY):
        return None
    if seen and slug in (None, topic) and sought.elsewhere(turn, topic):
        turn.remember(topic=None)  # as if nothing had been answered before
        return _reply(turn)
    if topic is not None and (slug in (None, topic) or (seen and found.confidence < sought.SURE)) and follows(turn, topic):
        return None
    if seen and slug == topic:
        return _put_right(turn) or _same(turn, slug)
    if not seen and slug is None and (meant := _together(turn)) is not None:
        return answer(turn, meant, others=sought.near(turn))
    if slug is not None and not (seen and sought.strays(turn, slug)):
        if seen and slug in turn.state.get("told", []):
            return _once_more(turn, slug)
        surely = found.confidence >= sought.SURE
        asks_on = seen and (not surely or sought.akin(turn, slug))
        return (ways_on.another if asks_on else answer)(turn, slug, others=() if surely else sought.near(turn))
    if seen and not sought.FORM.search(turn.text):
        return ways_on.hear(turn, topic)
    if seen and ways_on.perhaps(turn):
        _gap(turn, found)
        return None
    gap, turn.did = _gap(turn, found), "NONE"
    shown = sought.near(turn)
    if not shown:
        return miss(turn)
    turn.remember(near_gap=gap.id, last=ways_on.with_before(turn) if seen else turn.text[:500])
    if topic is None:
        turn.remember(topic={"entry": shown[0], "at": turn.at.isoformat(), "unseen": True})
    buttons = [entries.button(turn.knowledge.entries[slug]) for slug in shown]
    buttons.append(turn.button("ask.none_of_these", "none"))
    if turn.heard.get("file", 0) >= PERHAPS_A_GRIEVANCE:
        buttons.append(turn.button("ask.register", "file"))
    turn.say(_meant(turn, shown), buttons=rows(*buttons, width=1))


def _meant(turn: Turn, shown: Sequence[str]) -> str:
    """What is said above the entries that may be meant; of one alone its short answer too."""
    if len(shown) > 1:
        return turn.word("ask.near")
    entry = turn.knowledge.entries[shown[0]]
    return turn.word("ask.near_one", question=entry.question, answer=entries.short(turn, entry))


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
    an answer for it; 「你们电话多少」 needs no matter. False: it is no such question, and nothing was said."""
    followup = following.asked(turn.text, turn.knowledge.followups)
    if sought.seen(turn) and _next_step(turn):
        return True
    if followup is not None and followup.kind in following.OF_TICKET:
        return filing.continued(turn) is not None and follows(turn)
    if followup is None or not following.bare(turn.text, followup):
        return False
    if not (sought.seen(turn) or followup.kind == NUMBER or filing.continued(turn) is not None):
        found = sought.search(turn).entry  # she names no subject: what is of another matter answers nothing she has told
        guessed = sought.matter(turn)
        strange = guessed is not None and found not in (None, guessed) and not sought.belongs(turn, found, guessed)
        return strange and followup.kind not in following.ALONE and follows(turn)
    if not sought.seen(turn) and followup.kind in following.OF_THE_MATTER and (slug := sought.answered(turn)):
        answer(turn, slug)
        return True
    topic, found = sought.matter(turn), sought.search(turn)
    another = found.confidence >= sought.SURE and found.entry not in (None, topic)
    if another and (sought.seen(turn) or sought.belongs(turn, found.entry, topic)):
        return False
    return (followup.kind != NUMBER and _told(turn, quoting.PLAINLY)) or follows(turn, topic)


def told_on(turn: Turn) -> bool:
    """What surely is told by a line of the answer above, whatever else her words may be. False: no line is, or she asks nothing."""
    return sought.FORM.search(turn.text) is not None and _told(turn, quoting.PLAINLY)


def _told(turn: Turn, bar: Bar) -> bool:
    """The line of the answer she has read that tells what she asks. False: no line does so likely, or another entry rather answers
    (so it is in four of five talks, however near a line is), or a colleague was called and she speaks to him. What is as likely
    asked of her open ticket, where that is what she has read, is told by a line that stands far before all others."""
    topic, found = sought.matter(turn), sought.search(turn)
    if topic not in turn.knowledge.entries or not sought.seen(turn) or not found.candidates:
        return False
    if filing.called(turn) is not None and not sought.FORM.search(turn.text):
        return False
    if found.candidates[0].entry != topic:
        if found.confidence >= sought.SURE or not sought.of_her_ticket(turn, topic):
            return False
        bar = quoting.CERTAINLY
    line = quoting.best(turn, topic, again=True, bar=bar)
    if line:
        _quote(turn, topic, line)
    return bool(line)


def _quote(turn: Turn, slug: str, line: str) -> None:
    turn.did = "ANSWER"
    turn.remember(near_gap=None, last=ways_on.with_before(turn), topic={"entry": slug, "at": turn.at.isoformat()})
    turn.say(turn.word("ask.part", line=line), buttons=(ways_on.onwards(turn),))


def _next_step(turn: Turn) -> bool:
    """「锁了，然后呢」 after an answer with steps. False: she asks no such thing."""
    topic = sought.matter(turn)
    step = quoting.step_after(turn, topic) if topic in turn.knowledge.entries else None
    if step is None:
        return False
    turn.did = "ANSWER"
    turn.remember(last=ways_on.with_before(turn))
    turn.say(turn.word("ask.next_step", step=step) if step else turn.word("ask.steps_done"), buttons=(ways_on.onwards(turn),))
    return True


def follows(turn: Turn, topic: str | None = None, *, text: str = "") -> bool:
    """Answer what asks on (or this part of it) from the entry `topic` (that of the talk), or from what may be said of any such
    matter; once for each kind of question. False: it is no such question, or that was said before."""
    followup, said = following.asked(text or turn.text, turn.knowledge.followups), turn.state.get("followed", [])
    topic = topic or sought.matter(turn)
    if followup is None or (followup.kind in said and followup.kind != NUMBER):
        return False
    entry = turn.knowledge.entries.get(topic or "")
    brief = entry is not None and entries.in_brief(turn, entry)
    line = following.line(followup, entry, entries.short(turn, entry) if entry else "", brief=brief)
    if not line:
        return False
    if followup.kind == NUMBER and turn.settings.bank_hotline:
        line = f"{turn.word('ask.number', hotline=turn.settings.bank_hotline)}\n{line}"
    turn.did = "ANSWER"
    turn.remember(followed=[*said, followup.kind], last=ways_on.with_before(turn))
    if (ticket := filing.continued(turn)) is not None:
        line = following.while_filed(line) if followup.kind != COMPLAIN else turn.word("ask.beyond")
        filing.join(turn, ticket)
        told = {"number": ticket.number, "due": filing.day(ticket.due_at)}
        turn.say(turn.word("ask.follow_filed", line=line, **told) if line else turn.word("filing.what_now", **told), ticket=ticket)
        return True
    if topic is not None:
        turn.remember(topic={"entry": topic, "at": turn.at.isoformat()})
    turn.say(turn.word("ask.follow", line=line), buttons=(*ways_on.beside(turn, topic), ways_on.onwards(turn)))
    return True


def _put_right(turn: Turn) -> bool:
    """「我卡没丢，是冻了」: the answer was about something else. Searched again by what she puts in its place, said of what was
    answered before that. False: she puts nothing right."""
    but, earlier = BUT_NOT.search(turn.text), turn.state.get("topic_before", "")
    if not (but or PUTS_RIGHT.search(turn.text)):
        return False
    meant = but[1] if but else turn.text.rpartition("是")[2] or turn.text
    found = turn.understood.finder.after(earlier, meant, staff=turn.chat.staff_id is not None)
    surely = found.entry if found.confidence >= sought.SURE and found.entry != sought.matter(turn) else None
    _anew(turn, surely, meant, found)
    return True


def _wanted(turn: Turn, not_this: str, wanted: str) -> None:
    """What she does want, searched as said of what she was answered and of her words before; nothing about what she does not."""
    before, topic = (turn.state.get("last") or "").splitlines()[-1:], sought.matter(turn)
    slug = weighing.wanted(turn, wanted, topic, before, not_this)
    _anew(turn, slug, wanted, turn.understood.finder.after(topic or "", wanted, staff=turn.chat.staff_id is not None))


def _anew(turn: Turn, slug: str | None, meant: str, found: Found) -> None:
    """Sorry, and the entry that answers what she means; or the line above that tells it; or what is near, as buttons."""
    turn.say(turn.word("ask.misheard"))
    topic, known = sought.matter(turn), turn.knowledge.entries
    if slug:
        answer(turn, slug)
    elif topic in known and (line := quoting.best(turn, topic, again=True, bar=quoting.SURELY, text=meant)):
        _quote(turn, topic, line)
    else:
        near = [known[one.entry] for one in found.candidates[:ways_on.OFFERED]
                if one.score >= sought.NEAR and one.entry != topic and one.entry in known]
        turn.remember(last=ways_on.with_before(turn))
        said = "ask.near" if near else "ask.say_again"
        turn.say(turn.word(said), buttons=(*rows(*map(entries.button, near), width=1), ways_on.onwards(turn)))
    turn.did = "UNDO"


def _together(turn: Turn) -> str | None:
    """The entry that surely answers her last message and this one said in one: 「我妈的存折」 「她去世了」."""
    before = (turn.state.get("last") or "").splitlines()[-1:]
    if not before or before[0] == turn.text:
        return None
    found = turn.understood.finder.ask(f"{before[0]}，{turn.text}", staff=turn.chat.staff_id is not None)
    return found.entry if found.confidence >= TOGETHER else None


def _same(turn: Turn, slug: str) -> None:
    """She says how things stand with her, and is heard; or asks on of what stands in the answer above: the sentence that says it,
    or else a colleague who knows her case, with all that she has said."""
    turn.did = "ANSWER"
    asks, call = sought.FORM.search(turn.text), filing.called(turn)
    if not asks and call is None and filing.current(turn) is None:
        return ways_on.hear(turn, slug)
    if asks and _told(turn, quoting.PLAINLY if call else quoting.PERHAPS):
        return None
    if call is None:
        return _hand_over(turn, slug)
    turn.remember(last=ways_on.with_before(turn))
    if asks and turn.understood.found.confidence >= SURE_ANSWER and turn.understood.found.entry == slug:
        return turn.say(turn.word("ask.back", line=entries.short(turn, turn.knowledge.entries[slug])))
    filing.join(turn, call)
    turn.say(turn.word("ask.passed_on", number=call.number), ticket=call)


def _hand_over(turn: Turn, slug: str) -> None:
    """No line of the entry tells what she asks of it: said so, with what else she may mean and the way to a colleague."""
    if (ticket := filing.continued(turn)) is not None:
        return of_ticket(turn, ticket)
    _gap(turn, sought.search(turn))
    if ways_on.perhaps(turn):
        return None
    turn.remember(last=ways_on.with_before(turn), topic={"entry": slug, "at": turn.at.isoformat()})
    again, beside = turn.state.get("handed") == slug, ways_on.unread(turn, slug)
    turn.remember(handed=slug)
    said = "ask.beside" if beside and not again else "ask.hand_over_again" if again else "ask.hand_over"
    turn.say(turn.word(said), buttons=(*(beside if not again else ()), ways_on.onwards(turn)))


def amid(turn: Turn, ticket: Ticket) -> None:
    """What is asked while her ticket is open: the base answers, or else who handles it."""
    if sought.answered(turn):
        reply(turn)
    elif not _told(turn, quoting.SURELY):
        of_ticket(turn, ticket)


def of_ticket(turn: Turn, ticket: Ticket) -> None:
    """A question about her ticket that the base does not answer: what it says to her last words alone, or else that who handles it
    will, and what she may mean."""
    topic = sought.matter(turn)
    if told_last(turn) or follows(turn, topic, text=sought.last_words(turn.text)):
        return
    if topic in turn.knowledge.entries and sought.seen(turn):
        turn.remember(topic={"entry": topic, "at": turn.at.isoformat()})
    filing.note_question(turn, ticket, near=ways_on.nearest(turn, least=quoting.NOTED) or "",
                         buttons=ways_on.unread(turn, topic) if topic else sought.near_buttons(turn))


def told_last(turn: Turn) -> bool:
    """「肯定是你们员工卖的 怎么赔」: the line that surely tells her last words, where they ask. False: none does."""
    topic, last = sought.matter(turn), sought.last_words(turn.text)
    if last == turn.text or not sought.FORM.search(last) or not sought.seen(turn) or topic not in turn.knowledge.entries:
        return False
    line = quoting.best(turn, topic, again=True, bar=quoting.SURELY, text=last)
    if line:
        _quote(turn, topic, line)
    return bool(line)


def _once_more(turn: Turn, slug: str) -> None:
    """An entry that she has read in this talk, and comes back to: the line that speaks of her words, or its short answer; where
    surely no line does, not the same once more."""
    turn.did = "ANSWER"
    if not sought.FORM.search(turn.text):
        return ways_on.hear(turn, slug)
    line = None if HOW_MUCH.search(turn.text) else quoting.best(turn, slug, bar=quoting.SURELY)
    lines, shares = turn.understood.lines(slug)
    if line is None and lines and shares[-1] >= SURELY_NONE:
        return _hand_over(turn, slug)
    fresh, line = line is not None, line or entries.short(turn, turn.knowledge.entries[slug])
    turn.remember(topic_before=sought.matter(turn), topic={"entry": slug, "at": turn.at.isoformat()},
                  last=ways_on.with_before(turn))
    buttons = (*ways_on.beside(turn, slug), ways_on.onwards(turn))
    turn.say(turn.word("ask.part" if fresh else "ask.back", line=line), buttons=buttons)


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
    if fees and (entry is None or any(fee.price for fee in fees)):
        turn.did = "ANSWER"
        lookup.say_fees(turn, fees, entry)
    elif rate and found.confidence < SURE_ANSWER and not sought.seen(turn):
        turn.did = "NONE"
        turn.say(turn.word("lookup.rate"), buttons=rows(turn.button("menu.human", "human"), turn.button("menu.complain", "file")))
        turn.remember(last=turn.text[:500])
    elif term is not None and lookup.better_than_entry(term, entry):
        turn.did = "ANSWER"
        lookup.explain(turn, term)
    else:
        return False
    return True


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
    turn.chat.misses, turn.did = 0, "ANSWER"
    before = turn.state.get("topic", {}).get("entry")
    if before != slug:
        turn.remember(topic_before=before)
    told = [one for one in turn.state.get("told", []) if one != slug] if sought.matter(turn) else []
    turn.remember(near_gap=None, last=turn.text[:500] or None, quoted=None, handed=None, followed=None, listened=None, offered=None,
                  told=[*told, slug][-ways_on.REMEMBERED:],
                  topic={"entry": slug, "at": turn.at.isoformat()})
    brief = entries.in_brief(turn, entry) and not (turn.incoming.button and before == slug)
    buttons = [*(ways_on.whole(turn, slug) if brief else ()), *entries.next_to(turn, entry, others, most=1 if brief else 3)]
    text = entries.full(turn, entry, brief=brief)
    if OF_THE_DEAD.search(entry.question) and listening.feeling(turn.text) == "grief":
        listening.feel(turn)
    if terms := lookup.term_buttons(turn, entry, text):
        buttons.append(terms)
    buttons.append((*ways_on.unsolved(turn), turn.button("menu.human", "human"), *ways_on.shorter(turn, entry)))
    turn.say(text, buttons=tuple(buttons), tone="answer")


def take_up(turn: Turn, slug: str) -> None:
    """What is said next is said of this entry, though another word was given than its own."""
    if slug in turn.knowledge.entries:
        turn.remember(topic={"entry": slug, "at": turn.at.isoformat()}, last=None, quoted=None, followed=None)
