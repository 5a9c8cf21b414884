"""What to say next: emergency first, then buttons and commands, the question we asked, and what the words mean."""

import re

from bot import fancy, hearing, pressing
from bot.flows import (
    afterwards,
    also_asked,
    approached,
    asides,
    asking,
    beside,
    daily,
    defrauded,
    despair,
    emergency,
    ended,
    entries,
    exam,
    expected,
    filing,
    first_aid,
    foreign,
    graver,
    grievances,
    in_alarm,
    insured,
    listening,
    lookup,
    matters,
    meanwhile,
    menu,
    others,
    praising,
    progress,
    quiz,
    reckoning,
    slots,
    small_talk,
    sought,
    staff_group,
    standing,
    ways_on,
    with_colleague,
    withdrawal,
    wordless,
)
from bot.messages import thinned
from bot.turn import Turn
from nlp.text import normalise
from tickets.numbers import find_numbers

EXPLICIT = re.compile(r"(?:(?:我|俺)(?:要|想|得)?投诉|投诉(?=[他她你那这柜经客]))(?![了过的])"
                      r"(?!.*(?:怎么|如何|哪|谁|吗|？|\?|多久|多少|几[天号]|什么|会不会|需不需要|要不要))", re.DOTALL)
WAYS = re.compile("(?:我|俺)?(?:要|想|得|找|查|问)*投诉(?:你们|银行|本行|客服|的)*(?:电话|热线|号码|渠道|流程|期限|"
                  "时限|信?模板|信?范本|信?格式|办法|方式|邮箱|地址|入口)(?:号码?)?[呢啊呀。!！?？]*")
"""「我要投诉电话」 asks for the way."""
HOW_FAR, BRIEFLY = re.compile(
    "^(?!.*(?:到账|卡|快递|还款|放款|批|贷|到期|门|[上下]班|营业|取|存|转|汇|利[率息]|短信|工资|[放休]假|征信|年费)).*"
    "(?:到哪|结果|多久|几天|[啥什]么?时候|快一?点|催一?[下哈]|进度|怎么样了)"), 8
"""So few characters about how long it takes, and about nothing else, after a ticket: about hers."""
ELSEWHERE = re.compile("快递|包裹|外卖")
"""What she chases that is no complaint of hers."""

BEFORE, SHORT = re.compile(
    "^(?!.*(?:怎(?!么(?:还|没|一直))|咋(?!还|没)|吗|什么|啥|哪|谁|如何|多久|几[天个号]|呢|[?？]))"
    ".*(?:投诉|举报|反映|登记)过(?:了|的?[这那事]|的?(?=[啊呀啦嘛,，。!！ ]|$)|你们|他|她|银行|客服|[好一二两三多几\\d]+[次回遍]|"
    "[^,，。]{1,4}[这那][个件]?事)", re.DOTALL), 16
"""She filed something elsewhere, or long ago, and says no more of it in so few characters."""

PERHAPS = 0.3
"""So likely a grievance is filed where it asks for something that the base does not hold."""

SURE_PROGRESS = 0.75
HARDLY = 0.1
"""So likely a question is one that ends like one."""
SURELY_MORE = 0.4
"""Less likely a grievance, it may rather be a question."""
SURELY_SMALL = 0.6
"""Less surely than this no talk is over: she may be telling how things stand with her."""

OTHERWISE = 0.6
"""So likely is a message something else than the question that its words hold."""

ALARMING = 0.6
"""So likely an alarm is one, where the reading alone did not raise it."""

PLEASANTRIES = ("谢谢", "多谢", "唔该", "感谢", "thx", "thanks")


def converse(turn: Turn) -> None:
    """Decide and say. Everything said and filed hangs on `turn`; the caller commits."""
    pending = turn.state.get("withdrawing")
    _decide(turn)
    if turn.overheard:
        return
    withdrawal.still_open(turn, pending)
    graver.weigh(turn)
    progress.promise_nothing(turn)
    asides.warn_of_secret(turn)
    asides.tell_of_phone(turn)
    also_asked.add(turn)
    reckoning.add(turn)
    beside.go_on(turn)
    despair.care(turn)
    matters.keep_story(turn)
    wordless.keep_album(turn)
    if turn.understood.reading is not None and turn.state.get("did") != (did := turn.did or "SMALL"):
        turn.remember(did=did)
    defrauded.keep(turn)
    with_colleague.keep(turn)
    hearing.keep_denial(turn)
    turn.replies = thinned(turn.replies)


def _decide(turn: Turn) -> None:
    if turn.incoming.kind == "blocked":
        return
    if menu.in_strange_group(turn):
        return menu.only_in_private(turn)
    if turn.incoming.kind == "edited" and afterwards.edited(turn):
        return
    if turn.incoming.group:
        return staff_group.handle(turn)
    if wordless.of_album(turn):
        return
    withdrawing = withdrawal.asked(turn)
    afterwards.settle(turn)
    if others.accepted(turn) or staff_group.in_private(turn):
        return
    if turn.incoming.button:
        return pressing.press(turn)
    reading = turn.understood.reading
    if reading is not None:
        turn.heard = hearing.shares(turn)
        fancy.note(turn)
    if reading is not None and reading.urgency == "I":
        if not asides.fragment(turn) and not hearing.out_of_place(turn) and not fancy.heard(turn):
            return _alarmed(turn)
        turn.understood.calmed()
        if sought.seen(turn) and hearing.more_of_it(turn):
            return asking.reply(turn)
    if turn.text.startswith("/"):
        return pressing.command(turn)
    if reading is not None and not fancy.heard(turn):
        swindled = (defrauded.past(turn) or defrauded.with_police(turn) or defrauded.heard(turn)
                    or defrauded.in_pieces(turn) or defrauded.complied(turn) or approached.heard(turn))
        if swindled or (turn.state.get("filing") and _in_danger(turn)):
            return
    if daily.spoken(turn):
        return
    if turn.incoming.uploads and wordless.with_file(turn):
        return
    if reading is None:
        return wordless.unread(turn)
    said = "".join(char for char in turn.text if char.isalnum())
    if withdrawing and withdrawal.confirmed(turn, withdrawing, said):
        return
    if meanwhile.resumed(turn) or emergency.follow(turn, only="denial") or ended.denied(turn):
        return
    if matters.demanded(turn, said) or pressing.spoken(turn, said) or pressing.in_dialect(turn, said):
        return
    if not said:
        return _without_a_word(turn)
    if emergency.follow(turn, only="self_harm") or small_talk.spoken(turn):
        return
    if standing.about(turn) or meanwhile.ongoing(turn, said):
        return
    if turn.state.get("filing"):
        return meanwhile.asked(turn)
    if exam.typed(turn) or quiz.typed(turn) or daily.typed(turn) or praising.insisted(turn) or asides.outside(turn):
        return
    if turn.state.get("expect") is None and foreign.answered(turn):
        return
    if not expected.told(turn):
        _respond(turn)


def _alarmed(turn: Turn) -> None:
    if others.only_forwarded(turn):
        others.scam(turn)
    elif emergency.calls(turn):  # who was told what to do calls for a person
        others.human(turn)
    elif not foreign.answered(turn):
        emergency.respond(turn)


def _respond(turn: Turn) -> None:
    """Do what the message does, or what it does next likeliest where that cannot be."""
    if progress.of_another(turn):
        turn.amid = emergency.known(turn) if emergency.under_way(turn) else None
        return
    if emergency.follow(turn) or _in_danger(turn):
        return
    if emergency.apart(turn):
        return grievances.file(turn, apart=True)
    if (not matters.ANOTHER.search(turn.text) and afterwards.dissatisfied(turn)) or afterwards.to_survivor(turn):
        return
    if others.fell_for_it(turn) or others.asked_again(turn):
        return
    if grievances.beside(turn) or approached.invited(turn):
        return
    if praising.told(turn):
        return
    if others.waiting(turn):
        return others.human(turn)
    if others.called_first(turn):
        return
    if others.forwarded(turn):
        return others.scam(turn)
    if meanwhile.unwanted(turn):
        return
    if praising.pleased(turn.text):
        turn.did = "SMALL"
        return turn.say(turn.word("greeting.thanks"))
    if WAYS.fullmatch(turn.text):
        return asking.ask(turn)
    if EXPLICIT.match(turn.text) or grievances.sues(turn):
        return grievances.file(turn)
    if find_numbers(turn.text) and turn.understood.reading.intent != "complaint":
        return progress.ask(turn)
    if len(turn.text) <= BRIEFLY and HOW_FAR.search(turn.text) and (ticket := filing.continued(turn)) is not None:
        return progress.show(turn, ticket, urged=True)
    if progress.of_hers(turn):
        return
    if _asks_of_hers(turn) or progress.chased(turn):
        return progress.ask(turn)
    if lookup.plainly_asked(turn.knowledge, turn.text):
        return asking.ask(turn)
    if with_colleague.told(turn) or insured.told(turn) or matters.repeated(turn):
        return
    otherwise = turn.heard["file"] + turn.heard["human"] + turn.heard["alarm"]
    if otherwise < OTHERWISE and (asking.asked_on(turn) or asking.told_on(turn)):
        return
    for act in sorted(turn.heard, key=turn.heard.__getitem__, reverse=True):
        if RESPONSES[act](turn) is not False:
            return


def _asks_of_hers(turn: Turn) -> bool:
    """「进度怎么样了」 from her who has a ticket, however old; nothing else in the talk says so. And 「我上个月投诉过」 from her
    who has none here."""
    if _of_something_else(turn):
        return False
    reading, before = turn.understood.reading, BEFORE.search(turn.text) and len(turn.text) <= SHORT
    if before and not progress.tickets_of_chat(turn.session, turn.chat.id, limit=1):
        return True
    return (reading.intent == "progress" and reading.intent_confidence >= SURE_PROGRESS
            and bool(progress.tickets_of_chat(turn.session, turn.chat.id, limit=1)))


def _ask(turn: Turn) -> bool:
    """The answer, after what she must do at once. False: the base has none, and she may rather tell of a grievance."""
    if grievances.also(turn, least=grievances.EVENLY):
        grievances.file(turn)
        return True
    told = first_aid.tell(turn, answered=sought.answered(turn) is not None)
    if asking.looked_up(turn):
        return True
    if sought.answered(turn):
        (grievances.answer_and_offer if grievances.also(turn) else asking.reply)(turn)
    elif turn.heard["file"] >= PERHAPS and not _rather_asks(turn):
        return False
    elif told:
        first_aid.go_on(turn)
    elif (ticket := filing.continued(turn)) is not None and not sought.near(turn):
        asking.of_ticket(turn, ticket)
    else:
        asking.reply(turn)
    return True


def _rather_asks(turn: Turn) -> bool:
    """「我征信上有个逾期我根本不知道」: more a question than a grievance, blaming nobody, and one entry stands far ahead."""
    less = turn.act == "ask" and turn.heard["file"] < SURELY_MORE and not grievances.BLAMED.search(turn.text)
    return less and sought.leads(turn)


def _add(turn: Turn) -> bool:
    ticket = filing.continued(turn) or filing.in_hand(turn) or (None if sought.seen(turn) else filing.waiting(turn))
    if ticket is not None and turn.state.get("calmed") == ticket.id and sought.matter(turn) not in (None, asking.JUST_DEFRAUDED):
        ticket = None  # the alarm is over, and she was answered about something else since
    asks = turn.heard["ask"] >= grievances.AS_MUCH or sought.asks(turn, HARDLY) or slots.wish(turn.text) is not None
    if ticket is None and turn.state.get("topic") and not asks and not sought.surely(turn):
        first_aid.tell(turn)
        ways_on.hear(turn, turn.state["topic"]["entry"])
        return True
    if ticket is None:
        return False
    first_aid.tell(turn)
    if sought.asks(turn, HARDLY) and slots.wish(turn.text) is None:
        asking.amid(turn, ticket)
    else:
        asking.told_last(turn)
        filing.append(turn, ticket)
    return True


def _alarm(turn: Turn) -> bool:
    """An alarm that the reading did not raise: its words say little, the talk before them says the rest."""
    if first_aid.alone(turn):
        return True
    if turn.heard["alarm"] < ALARMING or hearing.of_her_boss(turn):
        return False
    turn.understood.alarmed()
    emergency.respond(turn)
    return True


def _undo(turn: Turn) -> bool:
    ticket = filing.continued(turn)
    if ticket is not None and asides.CORRECTING.search(turn.text):
        filing.append(turn, ticket)
    elif ticket is not None:
        asides.dropped(turn, ticket)
    elif turn.state.get("topic"):
        asides.not_that(turn)
    else:
        return False
    return True


def _scam(turn: Turn) -> bool:
    """What the base knows of such a swindle, or else what the checker sees in the words."""
    if len(turn.text) < others.SHORTEST_SCAM:
        return False
    if sought.word_on(turn, entries.SWINDLES) or (turn.understood.verdict.label != "scam" and sought.near(turn)):
        asking.ask(turn)
    else:
        others.scam(turn)
    return True


def _status(turn: Turn) -> bool:
    if _of_something_else(turn):
        return False
    progress.ask(turn)
    return True


def _of_something_else(turn: Turn) -> bool:
    return ELSEWHERE.search(turn.text) is not None and len(turn.text) <= BRIEFLY


def _human(turn: Turn) -> None:
    first_aid.tell(turn)
    others.human(turn)


def _small(turn: Turn) -> None:
    """A short fitting word; to a colleague who has written to her it is an answer."""
    said = asides.letters(turn.text)
    thanks = any(word in turn.text.lower() for word in PLEASANTRIES) or menu.GREETING.fullmatch(said)
    if not thanks and (ticket := filing.talking(turn)) is not None:
        filing.append(turn, ticket)
    elif any(word in turn.text.lower() for word in PLEASANTRIES):
        turn.say(turn.word("greeting.thanks"))
    elif menu.GREETING.fullmatch(said):
        menu.menu(turn, "greeting.again")
    elif listening.feeling(turn.text) or (turn.state.get("topic") and asides.fragment(turn)):
        listening.hear(turn)
    elif turn.state.get("topic") and turn.heard["small"] < SURELY_SMALL:
        asking.ask(turn)
    elif not turn.state.get("topic") and filing.recalls(turn):
        filing.append(turn, filing.waiting(turn))
    elif turn.state.get("topic") and not asides.farewell(turn.text):  # she tells, and the talk is not over
        (asking.ask if sought.word_on(turn, entries.SWINDLES) else listening.hear)(turn)
    elif turn.state.get("topic") or filing.continued(turn) is not None:
        turn.say(turn.word("greeting.fine"))
    else:
        menu.menu(turn, "greeting.what" if len(turn.text) > 4 else "greeting.again")


RESPONSES = {"ask": _ask, "file": grievances.heard, "add": _add, "small": _small, "alarm": _alarm,
             "status": _status, "human": _human, "scam": _scam, "undo": _undo}
"""What is done with each of nlp.talks.ACTS. False: it cannot be, and nothing was said."""


def _in_danger(turn: Turn) -> bool:
    """Somebody is hurt, attacked or robbed as she writes: that first, and no ticket of fifteen days for it. Who has them at her
    door is an alarm."""
    if first_aid.heard(turn) == "rescue" and in_alarm.STUCK["at_door"].search(normalise(turn.text)):
        turn.understood.alarmed("violence")
        emergency.respond(turn)
        return True
    return first_aid.heard(turn) == "rescue" and first_aid.alone(turn)


def _without_a_word(turn: Turn) -> None:
    """Only signs and faces: they are no answer to our question, and an angry face alone is no complaint yet."""
    if emergency.under_way(turn):
        return emergency.silent(turn)
    if turn.state.get("filing"):
        return filing.ask_next(turn)
    if turn.understood.reading.intent == "complaint":
        return pressing.complain(turn, "")
    menu.menu(turn, "greeting.again")
