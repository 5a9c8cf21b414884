"""While her complaint is open: what she says that is neither an answer to our question nor a matter of its own, and, where we are
asking, everything that she says instead of answering."""

import re

from bot import hearing
from bot.flows import (
    about_form,
    asides,
    asking,
    beside,
    corrections,
    defrauded,
    emergency,
    ended,
    entries,
    feelings,
    filing,
    first_aid,
    in_alarm,
    listening,
    lookup,
    matters,
    menu,
    others,
    progress,
    slots,
    sought,
    standing,
    withdrawal,
)
from bot.turn import Turn
from tickets.models import Ticket
from tickets.numbers import find_numbers

NO_COMPLAINT = re.compile(
    ".{0,20}不是(?:来|要|想)*投诉(?:你们?|谁|他们?|她|银行)?[啊呀的。!！]*$|"
    ".{0,3}(?:不是|没有?|不)(?:要|想|来|打算)*(?:投诉|告(?!诉|知))(?:谁|你们?|他们?|她|银行)?(?:的意思)?[啊呀的]?[,，。 ]+[我俺]?"
    "(?:.{0,4}(?:问|咨询|了解|打听|知道)|(?=(?:只|就)是?想(?!你|他|投|告|要个)))|"
    ".{0,4}投诉(?:你们?|他们?|银行|[他她])?(?:又|还|也)?(?:有|没)(?:什么|啥|个啥|鬼)?用[,，。 ]+(?=.{0,30}[吗么不没呢咋怎啥谁]$)"
    "(?!.{0,20}(?:登记|给我|帮我|投诉))|"
    "(?!他|她|人家|你们|您们|.*(?:不让|不给|不许|赶))"
    "(?:[^客柜银,，。 ]{0,3}(?:没有?|谁)[有你我]{0,2}[让叫说想要讲][让叫说想要讲你我]{0,4}(?:投诉|登记)|"
    "[我俺]?(?:也|都|又|可)?没(?:有|在)?投诉(?=[啊呀嘛哈嘞!！,，。 ]|$))[啊呀了呢吧嘛哈嘞]*(?:$|[,，。!！ ])|"
    "(?=.{0,40}(?:意见|建议)).{0,4}(?:不是|不算|不)(?:非)?(?:要|想|来)?投诉")
"""「不是投诉，就问一下……」"""
SUGGESTS = re.compile("意见|建议")
"""「也不是非要投诉，就是提个意见」."""
NO_TICKET = re.compile("[你就先]{0,2}(?:别|莫|甭|不要|不用)(?:急着|忙着)?(?:给我|帮我)?登记(?:投诉)?[了吧啊呀哈嘞。!！]*$")
NOT_DONE = re.compile("没有?[说讲写打]完|[等听]我|等[一会]?[下哈会]")
"""「先别登记，我还没说完呢」 asks for time."""
PERHAPS = 0.15
"""So likely a question is one, where it ends like one and cannot be the answer to ours."""
RESUMING = re.compile(
    "(?:投诉|工单|[的那件]事)[,， ]?[^,，。]{0,6}(?:接着|继续|往下|还办|还在)|"
    "(?:接着|继续|回到|回头|再)(?:说|办|讲|弄)?[^,，。]{0,8}(?:投诉|工单|那件?事)")
BRIEFLY, TELLS_MORE = 24, 8  # characters
WANTS = re.compile("给我|还我|帮我|(?:退|赔|补|还)(?:给|我)|把.{1,8}[退赔还删停]|道歉|希望|要求|我要")
"""「能不能把钱退给我」 is what she wishes, where that was asked;"""
HOW = re.compile("多少|怎么|咋|如何|多久|几[天个]|[啥什]么?时候|谁|哪")
"""「什么时候退给我」 asks of it."""
REPORTS = re.compile("(?:^|[他她们行员])[就还]?说(?:是)?(?:什么|啥)(?!了|时候|意思|话|呢|吗)[^,，。!！?？吗呢了]{2,10}$")
"""「说是什么反诈」 tells what she was told, and asks nothing."""
TELLS = 0.3
"""So likely a question also tells something that belongs to the ticket."""


def another(turn: Turn) -> None:
    """「这是另一件事」: what she asked just before is answered; what she told of an open complaint becomes a ticket of its own;
    else she is asked what it is. An alarm lets go of her; only what surely is no part of it is filed out of it."""
    alarm, words = emergency.known(turn), turn.state.get("last")
    turn.remember(filing=None, expect=None)
    if alarm is not None:
        ended.take_up_talk(turn)
        turn.remember(calmed=alarm.id, eased=True)
    if words:
        turn.understood = turn.understood.again(words.splitlines()[-1])
        turn.heard = hearing.shares(turn)
        if sought.FORM.search(turn.text) or turn.understood.reading.intent == "question":
            if (slug := sought.answered(turn)) and slug != asking.JUST_DEFRAUDED:
                turn.say(turn.word("filing.asked_before"))
                return asking.answer(turn, slug)
        elif turn.understood.reading.intent == "complaint" and (alarm is None or _outside(turn, alarm)):
            turn.say(turn.word("filing.separated"))
            return filing.file_words(turn, words)
    turn.remember(expect="another", last=None)
    turn.say(turn.word("filing.prompt" if alarm is None else "filing.which_matter"))


def _outside(turn: Turn, alarm: Ticket) -> bool:
    """Whether what she told in its course names business of the bank, and nothing of the swindle."""
    reading = turn.understood.reading
    return (reading.urgency != "I" and reading.category not in (None, "OTHER") and turn.text not in alarm.summary
            and in_alarm.answer(turn.text) is None and not beside.OF_THE_SWINDLE.search(turn.text))


def resumed(turn: Turn) -> bool:
    """「刚才那个投诉接着办」 after an alarm or a warning: back to the complaint open before it. False: nothing was said."""
    alarm = emergency.known(turn)
    warned = turn.lately(turn.state.get("warned"), others.SHORTLY)
    if not (alarm or warned) or turn.state.get("filing") or len(turn.text) > BRIEFLY or not RESUMING.search(turn.text):
        return False
    hers = [one for one in matters.complaints(turn) if one.urgency != "I"]
    ticket = next((one for one in hers if matters.holds(turn, turn.text, one)), next(iter(hers), None))
    if ticket is None:
        return False
    turn.remember(topic=None, warned=None)
    if alarm:
        turn.remember(calmed=alarm.id, eased=True)
    if len(RESUMING.sub("", turn.text)) >= TELLS_MORE:
        filing.note(turn, ticket, turn.text)
    filing.join(turn, ticket)
    turn.did = "ADD"
    turn.say(turn.word("filing.resumed", number=ticket.number), ticket=ticket)
    filing.begin_questions(turn, ticket, known_facts=bool(ticket.facts))
    return True


def ongoing(turn: Turn, said: str) -> bool:
    """About the complaint that is open, asked about or not: taken back, put right, its number, a human word. False: something
    else."""
    if turn.state.get("expect"):
        return False
    if withdrawal.spoken(turn, said):
        return True
    ticket = filing.current(turn) or filing.continued(turn)
    if ticket is None or ticket.urgency == "I":
        return False
    takes_back = wants_none(turn.text) or (turn.act == "undo" and not asides.RING.search(turn.text))
    goes_on = not turn.state.get("filing") or takes_back
    if not goes_on and (rest := asides.left_off(turn, ticket)) is not None:
        if rest:
            _left_off(turn, ticket, rest)
        return True
    if standing.told(turn, ticket) or others.of_complaints(turn):
        pass
    elif matters.registering(turn.text):
        if matters.register_too(turn, ticket):
            return True
        standing.numbers(turn, ticket)
    elif feelings.answered(turn, ticket, said):
        return True
    elif not corrections.heard(turn, ticket):
        return False
    if turn.state.get("filing") and turn.did != "FILE":
        filing.ask_again(turn)
    return True


def asked(turn: Turn) -> None:
    """The questions of a filing are open: her words are an answer, or what else they are."""
    if defrauded.only_now(turn):
        turn.understood.alarmed()
        return emergency.respond(turn)
    if others.fell_for_it(turn):
        return
    if others.forwarded(turn):
        others.scam(turn)
        return filing.ask_again(turn)
    if asides.in_filing(turn):
        return
    ticket, step = filing.current(turn), next(iter(turn.state["filing"]["steps"]), None)
    if ticket is not None and about_form.asked(turn, ticket):
        return
    if wants_none(turn.text) and ticket is not None:
        return _not_wanted(turn, ticket)
    first_aid.tell(turn)
    listening.feel(turn)
    if find_numbers(turn.text) and turn.understood.reading.intent != "complaint":
        turn.remember(filing=None)
        return progress.ask(turn)
    if ticket is not None and turn.act not in ("human", "status") and _apart(turn, ticket):
        return
    wishes = step == "claim" and _wishes(turn.text)
    if not wishes and turn.act in ("ask", "add", "small") and asking.asked_on(turn):
        return _go_on(turn, ticket)
    match "ask" if lookup.plainly_asked(turn.knowledge, turn.text) or _asks(turn, step) else _act(turn, step):
        case "human":
            turn.remember(filing=None)
            first_aid.tell(turn)
            return others.human(turn)
        case "status":
            turn.remember(filing=None)
            return progress.ask(turn)
        case "ask" if ticket is not None and not wishes:
            _answer(turn, ticket)
            return _go_on(turn, ticket)
        case "undo" if ticket is not None and not asides.CORRECTING.search(turn.text):
            turn.remember(filing=None)
            return asides.dropped(turn, ticket)
        case "file" if step != "facts" and len(turn.text) > slots.SHORT and not slots.bare(turn.text):
            return filing.add_meanwhile(turn)
        case "add" | "undo" if len(turn.text) > slots.SHORT and not filing.fits(turn, step) and not slots.bare(turn.text):
            return filing.add_meanwhile(turn)
        case "small" if ticket is not None and not slots.bare(turn.text):
            turn.ticket = ticket
            if asides.says_thanks(turn):
                turn.say(turn.word("greeting.thanks"))
                return filing.leave_off(turn)
            return filing.ask_again(turn)
    if wishes and sought.FORM.search(turn.text):
        turn.say(turn.word("filing.wish_asked"))
    filing.take_answer(turn, turn.text)


def _left_off(turn: Turn, ticket: Ticket, rest: str) -> None:
    """The questions are over: what she asks besides is answered, what she tells is kept."""
    said, turn.understood = turn.text, turn.understood.again(rest)
    first_aid.tell(turn)
    if not feelings.answered(turn, ticket, asides.letters(rest)) and sought.FORM.search(rest):
        _answer(turn, ticket)
    if turn.did != "ANSWER" and rest not in ticket.facts:
        filing.note(turn, ticket, rest if not sought.FORM.search(rest) else f"{filing.ASKED}{rest}")
    turn.remember(last=said[:500])
    filing.leave_off(turn)


def _wishes(text: str) -> bool:
    """What she wishes, also where she asks whether it can be."""
    return not HOW.search(text) and (WANTS.search(text) is not None or slots.wish(text, asked=True) is not None)


def _act(turn: Turn, step: str | None) -> str:
    """What her words do; 「是手机银行」 and 「有一年多了」 are answers, though such words may ask elsewhere."""
    if turn.act != "ask" or (sought.FORM.search(turn.text) and not REPORTS.search(turn.text)):
        return turn.act
    brief = step != "facts" and len(turn.text) <= slots.SHORT and (filing.fits(turn, step) or slots.known_place(turn.text))
    return "add" if brief or REPORTS.search(turn.text) or slots.LASTED.search(turn.text) else turn.act


def _apart(turn: Turn, ticket: Ticket) -> bool:
    """Another matter gets a ticket of its own; what is about another ticket of this talk goes there."""
    if matters.another(turn, ticket):
        matters.complain(turn, apart=True)
        return True
    other = matters.elsewhere(turn, ticket) if len(turn.text) > slots.SHORT and turn.act in ("add", "file") else None
    if other is None:
        return False
    filing.note(turn, other, turn.text)
    filing.join(turn, other)
    turn.say(turn.word("filing.appended", number=other.number), ticket=other)
    filing.ask_again(turn)
    return True


def _asks(turn: Turn, step: str | None) -> bool:
    """「那这一百块谁赔我」, heard as more of the story: of the form of a question, and no answer to ours (「打我手机行不行」)."""
    if turn.act not in ("add", "small", "file") or not sought.asks(turn, PERHAPS):
        return False
    return step not in ("branch", "contact") or not filing.fits(turn, step)


def _answer(turn: Turn, ticket: Ticket) -> None:
    """What the base says, to the words alone or as said of her matter; else that who handles it will answer."""
    if sought.answered(turn) and not _beside_the_matter(turn):
        asking.ask(turn)
    elif asking.looked_up(turn) or asking.follows(turn):
        return
    elif slots.wish(turn.text, asked=True) and not HOW.search(turn.text):
        turn.say(turn.word("filing.wish_asked"))
    else:
        asking.of_ticket(turn, ticket)


def _go_on(turn: Turn, ticket: Ticket | None) -> None:
    if ticket is not None:
        _tells_beside(turn, ticket)
    filing.ask_again(turn)


def _tells_beside(turn: Turn, ticket: Ticket) -> None:
    """What words that were answered tell of the matter besides: her wish, or what happened."""
    if wish := slots.wish(turn.text, asked=True):
        return filing.fill(turn, ticket, "claim", wish)
    tells = turn.heard["add"] + turn.heard["file"] >= TELLS or slots.BREAKS.search(turn.text)
    if turn.text not in ticket.facts and (not sought.FORM.search(turn.text) or (len(turn.text) > slots.SHORT and tells)):
        filing.note(turn, ticket, turn.text)


def wants_none(text: str) -> bool:
    if NOT_DONE.search(text):
        return False
    return NO_COMPLAINT.match(text) is not None or any(map(NO_TICKET.match, slots.BREAKS.split(text)))


def _besides(turn: Turn) -> str:
    """What she says besides that she wants no complaint."""
    return NO_TICKET.sub("", NO_COMPLAINT.sub("", turn.text)).strip("啊呀呢哈了，,。！! ")


def unwanted(turn: Turn) -> bool:
    """「不是投诉，就问一下……」 where nothing is being filed: what she asks is answered; what was filed before may be withdrawn."""
    if not wants_none(turn.text):
        return False
    if rest := _besides(turn):
        turn.understood = turn.understood.again(rest)
        if not asking.follows(turn, text=sought.last_words(rest)):
            asking.ask(turn)
    elif filing.continued(turn) is not None:
        withdrawal.begin(turn, turn.text)
    elif turn.state.get("topic"):
        asides.not_that(turn)
    else:
        menu.menu(turn, "greeting.fine")
        turn.did = "UNDO"
    return True


def _not_wanted(turn: Turn, ticket: Ticket) -> None:
    """She never wanted a complaint, and we opened one: it is withdrawn, and what she asked is answered."""
    turn.remember(filing=None)
    rest, suggests = _besides(turn), SUGGESTS.search(turn.text) is not None
    if matters.VERB.search(f"{ticket.summary}\n{ticket.facts}") or slots.wish(rest):  # she did ask for it, or wants something done
        return withdrawal.begin(turn, turn.text)
    withdrawal.undone(turn, ticket)
    turn.say(turn.word("filing.not_wanted", number=ticket.number))
    turn.understood = turn.understood.again(f"{ticket.summary}，{rest}" if rest else ticket.summary)
    if suggests:
        others.told(turn, "suggestion")
    elif (slug := sought.answered(turn)) and rest and slug in turn.state.get("told", []):
        turn.say(turn.word("ask.back", line=entries.short(turn, turn.knowledge.entries[slug])))
    elif slug:
        asking.answer(turn, slug)
    turn.did = "UNDO"


def _strangers(turn: Turn, theme: str) -> bool:
    return theme == "anti_fraud" and "骗" not in turn.text


def _beside_the_matter(turn: Turn) -> bool:
    """「能要回来吗」 about what the bank sold her finds the answer for who was swindled by strangers: that is none to her."""
    entry, ticket = turn.knowledge.entries.get(sought.answered(turn) or ""), filing.current(turn)
    return (entry is not None and _strangers(turn, entry.theme)
            and ticket is not None and ticket.kind == "complaint" and not {"fraud_now", "stolen"} & set(ticket.flags))
