"""The end of an alarm that was none: she is believed in the talk, and what she really asks is answered as said before it rang."""

import re

from bot.flows import all_clear, asking, entries, filing, harmless, in_alarm, quoting, sought, ways_on
from bot.messages import rows
from bot.turn import Turn
from tickets.models import Ticket

SHORTEST = 5  # characters that ask something
BRIEF = 24
OF_LINKS = "fraud-sms-link"
PASSES_ON = re.compile("转发|转链接|发链接")
PERSUADING = re.compile("劝|(?:怎么|咋|如何)[^,，。]{0,3}(?:说|讲|跟她|跟他)|不听")
TRULY = re.compile("(?:链接|补贴|那个|这个|它)[^,，。]{0,8}(?:真的?|假|骗|能点|能信|可信)")
SAFE = ("not_paid", "keep_to_it", "found_out", "right", "no_loss")
"""After these sentences she has kept everything."""
WISHES = re.compile("想(?:退|问|要|知道|办|查)|要退|(?:能|可)不(?:能|可)|给我|帮我")


def keep_talk(turn: Turn) -> None:
    """What the talk was about when it rang, for when the alarm was none."""
    topic = turn.state.get("topic") if sought.seen(turn) else None
    turn.remember(before={"topic": topic, "last": turn.state.get("last")} if topic else None)


def take_up_talk(turn: Turn) -> None:
    """Back to what the talk was about before the alarm."""
    before = turn.state.get("before", {})
    turn.remember(topic=before.get("topic"), last=before.get("last"), before=None, expect=None)


def mistaken(turn: Turn, ticket: Ticket) -> bool:
    """She says so; the ticket stays with the office, which asks once more. What she asks beside the denial, or asked in the words
    that rang, is answered at once where the base knows."""
    filing.join(turn, ticket)
    take_up_talk(turn)
    turn.remember(calmed=ticket.id, mistaken={"ticket": ticket.id, "at": turn.at.isoformat()})
    if PASSES_ON.search(turn.text) or harmless.passed_on(ticket.summary):
        turn.say(turn.word("emergency.mistaken_so", number=ticket.number), ticket=ticket)
        advise(turn)
    elif not _asked(turn, ticket, all_clear.besides(turn.text), ticket.summary):
        turn.say(turn.word("emergency.mistaken", number=ticket.number), ticket=ticket)
    turn.did = "UNDO"
    return True


def well(turn: Turn, ticket: Ticket) -> str | None:
    """What is said to her who saw through him, asked in the right place, or asks whether that is all, having kept everything. None:
    she says none of these, or something has gone."""
    parted, plain = in_alarm.clauses(turn.text)
    asks = all_clear.IS_IT_OVER.search(plain) and turn.state.get("sentence") in SAFE
    seen, verified = all_clear.SEEN_THROUGH.search(parted), all_clear.VERIFIED.search(parted)
    if turn.state.get("gone") or not (asks or seen or verified):
        return None
    if not asks:
        turn.remember(calmed=ticket.id, eased=True)
    if not asks and not seen:
        return turn.word("emergency.verified", number=ticket.number)
    turn.remember(sentence="no_loss")
    return turn.word("emergency.told", answer=turn.word("in_alarm.no_loss", hotline=turn.hotline), number=ticket.number)


def denied(turn: Turn) -> bool:
    """「不是被骗 是我自己输错的 那你们给我他电话呗」 where nothing rings: sorry, and what she asks, or asked before, is answered as
    said of the talk. False: she says no such thing, or the talk is about nothing yet."""
    if turn.state.get("filing") or turn.state.get("expect") or not all_clear.NOBODY.search(turn.text):
        return False
    if not all_clear.denies(turn.text) or not sought.seen(turn):
        return False
    if _advised(turn) and PASSES_ON.search(turn.text):
        if PERSUADING.search(turn.text):
            return advised_on(turn)
        turn.say(turn.word("greeting.fine"))
        return True
    whole = turn.understood
    clauses = [one.removeprefix("是") for one in all_clear.CLAUSE.split(all_clear.besides(turn.text)) if one]
    before = (turn.state.get("last") or "").splitlines()[-1:]
    asked = "，".join(one for one in clauses if _asks(one)) or next(filter(_asks, before), "")
    if asked or all_clear.AT_US.search(turn.text):
        turn.say(turn.word("ask.misheard"))
    if asked:
        _reply(turn, asked)
    else:
        ways_on.hear(turn, sought.matter(turn))
    turn.understood, turn.did = whole, "UNDO"
    return True


def _reply(turn: Turn, asked: str) -> None:
    """A question is answered; of a wish the line that speaks of it is said, or else it is asked whether that can be."""
    turn.understood = turn.understood.again(asked)
    if not sought.FORM.search(asked):
        line = quoting.best(turn, sought.matter(turn), bar=quoting.SURELY, again=True)
        if line:
            return turn.say(turn.word("ask.part", line=line), buttons=rows(turn.button("ask.to_colleague", "human")))
        turn.understood = turn.understood.again(f"{asked}行吗")
    asking.reply(turn)


def advise(turn: Turn) -> None:
    """What to say to who passes such things on; and how, where she asks."""
    asking.take_up(turn, OF_LINKS)
    turn.remember(advised=turn.at.isoformat())
    _say(turn, "defrauded.passed_on", *(["defrauded.persuade"] if PERSUADING.search(turn.text) else []))


def advised_on(turn: Turn) -> bool:
    """「那我咋劝她」 「那个链接到底真的假的」 after the advice. False: she asks something else."""
    if not _advised(turn) or turn.state.get("filing"):
        return False
    if len(turn.text) > BRIEF or not (PERSUADING.search(turn.text) or TRULY.search(turn.text)):
        return False
    _say(turn, "defrauded.persuade" if PERSUADING.search(turn.text) else "defrauded.passed_on")
    return True


def _advised(turn: Turn) -> bool:
    return turn.lately(turn.state.get("advised"), sought.SAME_TALK)


def _say(turn: Turn, *keys: str) -> None:
    turn.remember(last=turn.text[:500])
    turn.say("\n".join(turn.word(key, hotline=turn.hotline) for key in keys), buttons=rows(turn.button("menu.human", "human")))
    turn.did = "ANSWER"


def _plainly(turn: Turn) -> str | None:
    """The entry that stands far ahead of all others for what she says it really is."""
    first = next(iter(sought.search(turn).candidates), None)
    return first.entry if first is not None and first.score >= sought.LEADING else None


def _asks(text: str) -> bool:
    return len(text) >= SHORTEST and (sought.FORM.search(text) is not None or WISHES.search(text) is not None)


def _asked(turn: Turn, ticket: Ticket, left: str, rang: str) -> bool:
    """Answer the first of these that asks something. False: none does, or the base has no word on it."""
    whole = turn.understood
    try:
        for text in dict.fromkeys((left, f"{rang}，{left}" if left else rang, rang)):
            turn.understood, own = whole.again(text), text == left
            slug = (sought.answered(turn) or (_plainly(turn) if own else None)) if len(text) > SHORTEST else None
            if slug is None or not _means(turn, slug, own=own):
                continue
            turn.say(turn.word("emergency.mistaken_so", number=ticket.number), ticket=ticket)
            if sought.seen(turn):
                asking.reply(turn)
            else:
                asking.answer(turn, slug)
            return True
        return False
    finally:
        turn.understood = whole


def _means(turn: Turn, slug: str, *, own: bool) -> bool:
    """Whether the words, said beside the denial (`own`) or when it rang, ask for this entry, and for no swindle."""
    asks = _asks(turn.text)
    if slug == asking.JUST_DEFRAUDED or (entries.theme(turn, slug) in entries.SWINDLES and not (own and asks)):
        return False
    of_it = sought.seen(turn) and slug == sought.matter(turn)
    return asks or of_it or own or turn.understood.found.confidence >= asking.SURE_ANSWER
