"""Emergencies: the one thing to do now comes first, then a level I ticket, then somebody is woken."""

import re
from collections.abc import Iterable
from datetime import timedelta

from bot.flows import (
    alarm_steps,
    all_clear,
    asides,
    asking,
    beside,
    despair,
    ended,
    entries,
    filing,
    first_aid,
    in_alarm,
    listening,
    sought,
    staff_alerts,
    threats,
)
from bot.messages import rows
from bot.turn import Turn
from nlp.text import normalise
from tickets.batch import tickets_of
from tickets.models import Event, Ticket
from tickets.numbers import find_numbers
from tickets.register import regrade

ORDER = ("self_harm", "fraud_now", "violence", "group")
BEING_HANDLED = ("received", "assigned", "investigating")
SAME_EMERGENCY = timedelta(hours=12)
STILL_TALKING = timedelta(hours=2)
"""So long what she says next belongs to the emergency, where it is not plainly something else."""
PERHAPS = 0.1
"""So likely a complaint is a matter of its own."""
FEW_WORDS = 12
"""Characters: a complaint that is longer is a matter of its own."""
GONE = re.compile("[又还][交转填付给报]|(?:[交转填付报]了|没了)[。!！]?$")
"""She did more of what the swindler wants."""
STUCK = re.compile(
    f"{GONE.pattern}|[哪啷]个?能?办|咋整|点算|怎么(?!说|会)|咋|如何|打不通|没人接|关不[掉了]|退不出|(?<!会)不会(?!停|骗|是)|找谁|谁能|做什么|干什么|"
    "先做|快说|[干做][啥嘛]|然后呢|接下来|现在呢|是不是没事|"
    "(?:开|连|共享|通话)着")
"""She cannot do what she was told, or did worse: the steps once more."""
STEP_BY_STEP = re.compile("(?:你|您)说[^,。;!?]{0,3}一步|一步一?步|第一步|不知道(?:怎么办|咋办|该怎么)")
PERSON = re.compile(
    "人工|真人|活人|找人|叫人|叫个人|转接|值班|工作人员|找个人|(?:找|叫|要|转|接|换|联系|你们|银行|人工|有没有)(?:一?个|一下|"
    "的|本行)*客服(?!.{0,2}[说让叫])|"
    "^(?:在线)?客服(?:呢|在吗|在哪|在不在)?[啊呀。！!？?]*$")
SWINDLERS_AGENT = re.compile("客服[^,，。]{0,5}(?:说|让|叫|要我|教|又|催|给我|打来|发|骗)|(?:假|那个|这个|对方|平台|他们)的?客服")
"""「客服说再充 2000」 calls for nobody."""
CALLING = 20  # characters
HE_SAYS = re.compile("[说让叫要催]")
LAST_CLAUSE = re.compile("^.*[,，。;；!！ ](?=[^,，。;；!！ ])", re.DOTALL)
"""What stands before it: 「停了卡。那 4999 能不能追」 asks."""
COMPLAINING = re.compile("我要?(?:再)?投诉(?!了|过)")
LOOKS = re.compile(
    "(?:坐|开|骑|上)[^,。;!?]{0,4}(?:车|摩托|电瓶|电动)|车牌|穿(?:着|件|的)|戴(?:着|个)|[往朝][^,。;!?]{0,8}(?:走|跑|开)|"
    "走了[^,。;!?]{0,4}分钟")
"""What he looks like who took it, and where he went."""
TEMPTED = re.compile("(?:要不要|该不该|能不能|可以|可不可以|想|再|那我就|还是|干脆|不如|先)[^,，。不别没]{0,6}"
                     "(?:[转交付试汇填充垫]|投(?!诉)|打(?!.{0,2}电话|(?:一?个)?[19]|官司|车|听|算)|给(?!家|你们|警|银行|"
                     "[我他她][爸妈儿女老姐哥弟妹])|报(?!警|案|名|销))|"
                     "(?:要|该|能)[填交转给接]吗|(?:现在|马上|这)就?去[^,，。]{0,8}[取汇转存]|接不接|要不要接|理不理")
"""She weighs paying more."""
BUT = re.compile("但|可是|不过|只是|活|累|撑")


def under_way(turn: Turn) -> bool:
    """Whether an alarm was raised a while ago and not denied since."""
    ticket = known(turn)
    return ticket is not None and turn.state.get("calmed") != ticket.id


def known(turn: Turn) -> Ticket | None:
    """The alarm of this talk, denied or not."""
    return _open_one(turn, STILL_TALKING)


def stood_down(turn: Turn) -> bool:
    """Whether she said a while ago that the alarm was none: another needs surer words."""
    return turn.lately(turn.state.get("mistaken", {}).get("at"), STILL_TALKING)


def respond(turn: Turn) -> None:
    """Guidance, ticket, alert. Further messages of the same emergency go to the same ticket and wake the duty again."""
    flags = set(turn.understood.reading.flags)
    kind, open_one = _kind(flags), _open_one(turn, SAME_EMERGENCY)
    turn.did = "ALARM"
    turn.remember(filing=None, expect=None, calmed=None, eased=None, mistaken=None, when=None)
    if open_one is None:
        ended.keep_talk(turn)
        turn.remember(guided=None, voice=None, step=None, rung=None, steadied=None, gone=alarm_steps.gone(turn), posed=None,
                      sentence=None, cared=None)
        alarm_steps.note(turn, *turn.state.get("story", {}).get("said", ()))
        _first_steps(turn, kind)
        return _file(turn, kind)
    turn.ticket = open_one
    despairing, plain = "self_harm" in open_one.flags, normalise(turn.text)
    on_screen = not despairing and alarm_steps.on_screen(turn, "fraud_now")
    if kind == "self_harm" and not despairing and alarm_steps.gone(turn) and not in_alarm.despairs(plain):
        kind, flags = "fraud_now", flags - {"self_harm"} | {"fraud_now"}  # 「密码也写给他们了」
    if "violence" in open_one.flags and kind in ("fraud_now", "self_harm") and not alarm_steps.gone(turn):
        if not (despair.SWINDLE.search(plain) or in_alarm.despairs(plain)):
            kind, flags = "violence", flags - {"fraud_now", "self_harm"} | {"violence"}  # 「就在路上了」 from who threatens
    asked = in_alarm.answer(turn.text)
    if kind == "violence" and "fraud_now" in open_one.flags and asked in in_alarm.ASKED and not _threatened(turn):
        kind, flags = "fraud_now", flags - {"violence"} | {"fraud_now"}  # 「那我会坐牢吗」
    pressed = kind == "violence" and "fraud_now" in open_one.flags  # he threatens her for money
    regrade(open_one, flags=sorted({*open_one.flags, *flags}))  # a swindle that becomes despair must be seen as both
    turn.session.add(Event(ticket_id=open_one.id, kind="added", actor="customer", at=turn.at))
    again = staff_alerts.woken_again(turn, open_one)
    if despairing and (said := despair.pointed(turn, open_one, plain, swindled=kind == "fraud_now")):
        return turn.say(f"{said}\n{again}", ticket=open_one)
    if pressed and not alarm_steps.gone(turn):
        return turn.say(f"{_sentence(turn, asked if asked in in_alarm.PRESSED else 'threat')}\n{again}", ticket=open_one)
    if kind == "violence" and kind in turn.state.get("guided", {}) and alarm_steps.voice(turn, kind) == kind:
        return turn.say(f"{threats.steadied(turn, open_one)}\n{again}", ticket=open_one)
    if kind == "group" and threats.GROWING.search(plain):
        return turn.say(f"{turn.word('emergency.crowd_grows')}\n{again}", ticket=open_one)
    if kind == "fraud_now":
        pointed = _lost(turn, again) or (_to_the_point(turn, open_one) if on_screen else None)
        if pointed:
            return turn.say(pointed, ticket=open_one)
    _first_steps(turn, kind)
    turn.say(again, ticket=open_one)


def _first_steps(turn: Turn, kind: str) -> None:
    aid = first_aid.heard(turn)
    threatened = aid in ("rescue", "home") and kind != "self_harm"
    if threatened:
        first_aid.guide(turn, aid)
        turn.remember(voice={**turn.state.get("voice", {}), "violence": "threatened"})
    if not threatened or (aid == "home" and kind == "fraud_now"):  # she who is threatened is not told to calm down
        voice = alarm_steps.voice(turn, kind)
        if voice == "fraud_lender" and turn.state.get("gone") != "fraud_gone":
            turn.remember(gone=None)  # his own card and code, given away before: nobody swindles him now
        if voice == "fraud_reported":
            turn.remember(gone=None)
        gone = turn.state.get("gone") if kind == "fraud_now" and not turn.state.get("guided") else None
        alarm_steps.guide(turn, gone if gone and voice in ("fraud_now", "fraud_other", "fraud_cash") else voice)


def _file(turn: Turn, kind: str) -> None:
    ticket = filing.file(turn)
    woken = staff_alerts.level_one(turn, ticket)
    text = turn.word("emergency.filed" if woken else "emergency.filed_desk", number=ticket.number)
    if kind == "fraud_now":
        turn.remember(topic={"entry": asking.JUST_DEFRAUDED, "at": turn.at.isoformat()})
        text += "\n" + turn.word("emergency.after")
    turn.say(text, tone="ticket", ticket=ticket)


def follow(turn: Turn, *, only: str = "") -> bool:
    """A few words after the alarm (how much, where she is, that the police came): onto its ticket, and no menu. `only`: for
    emergencies with this flag, or a denial. False: there is none, or it is about something else."""
    ticket, plain = _open_one(turn, STILL_TALKING), normalise(turn.text)
    if ticket is None:
        return False
    if _over(turn, ticket, plain):
        return bool(only) and only in ticket.flags and despair.answered(turn, plain)
    if "self_harm" in ticket.flags and not turn.replies and despair.taken_back(turn, ticket):
        return True
    denies = all_clear.JOKING.search(plain) is not None or all_clear.denies(turn.text)
    if only and only not in ticket.flags and not denies:
        return False
    if turn.replies:  # she has had her word this turn, and is being served
        return False
    if any(number != ticket.number for number in find_numbers(turn.text)):
        return False
    if "self_harm" in ticket.flags:
        if (all_clear.JOKING.search(plain) or all_clear.NO_DESPAIR.search(turn.text)) and not BUT.search(turn.text):
            return ended.mistaken(turn, ticket)
        return despair.follow(turn, ticket, plain, called=calls(turn))
    if in_alarm.despairs(plain):
        turn.understood.alarmed("self_harm")
        respond(turn)
        return True
    if denies and not alarm_steps.gone(turn):
        return ended.mistaken(turn, ticket)
    if in_alarm.PRAISING.search(plain):
        return _praised(turn, ticket)
    if asides.thanked(turn):
        return False
    if beside.business(plain) and in_alarm.answer(turn.text) is None:
        turn.amid = ticket
        return False
    if alarm_steps.known_to_police(turn) and beside.OTHERWISE.search(plain) and in_alarm.answer(turn.text) is None:
        turn.remember(topic=None)  # what was to be done is done, and life goes on
        return False
    if not {"fraud_now", "self_harm"} & set(ticket.flags) and threats.GROWING.search(plain):
        return _grows(turn, ticket)
    if COMPLAINING.search(turn.text) and "fraud_now" in ticket.flags and alarm_steps.gone(turn):
        filing.join(turn, ticket)
        turn.understood.alarmed()
        turn.say(_lost(turn, staff_alerts.woken_again(turn, ticket)) or "", ticket=ticket)
        return False  # and her grievance is filed beside it
    called = calls(turn) or (turn.act == "human" and not _threatened(turn) and not SWINDLERS_AGENT.search(turn.text))
    told = not COMPLAINING.search(turn.text) and (alarm_steps.gone(turn) or in_alarm.answer(turn.text)) is not None
    worse = alarm_steps.gone(turn) or in_alarm.ASKED["borrow"].search(plain)
    if turn.act == "ask" and sought.FORM.search(turn.text) and not worse and beside.unrelated(turn, plain):
        turn.ticket = turn.amid = ticket
        return False
    if not told and apart(turn):
        return False
    asks = not told and turn.act == "ask" and not GONE.search(turn.text) and beside.answers(turn)
    if asks or called or turn.act == "status":  # a living person is never refused
        turn.ticket, turn.amid = ticket, ticket if asks else None
        return False
    filing.join(turn, ticket)
    turn.remember(last=turn.text[:500])
    said = _heard(turn, ticket)
    perhaps_apart = not told and turn.understood.reading.intent in ("complaint", "question")
    turn.say(said, ticket=ticket, buttons=rows(turn.button("filing.new_matter", "other")) if perhaps_apart else ())
    return True


def silent(turn: Turn) -> None:
    """Not a word, in an alarm: she is asked how it is."""
    ticket = known(turn)
    if "self_harm" in ticket.flags:
        return despair.silent(turn, ticket)
    filing.join(turn, ticket)
    turn.say(turn.word("emergency.how_is_it", number=ticket.number), ticket=ticket)


def _grows(turn: Turn, ticket: Ticket) -> bool:
    """More of them, or hands laid on somebody: the desk is told again. False: her grievance is filed beside it."""
    turn.understood.alarmed("group")
    filing.join(turn, ticket)
    turn.say(f"{turn.word('emergency.crowd_grows')}\n{staff_alerts.woken_again(turn, ticket)}", ticket=ticket)
    return not COMPLAINING.search(turn.text)


def _over(turn: Turn, ticket: Ticket, plain: str) -> bool:
    """Whether the alarm's words have stopped: it was none, or all is well, and no money has gone after all."""
    if turn.state.get("calmed") != ticket.id:
        return False
    return not ((turn.state.get("eased") or stood_down(turn)) and alarm_steps.gone(turn))


def _threatened(turn: Turn) -> bool:
    """「就找人弄我」 calls for nobody."""
    return in_alarm.PRESSED["threat"].search(normalise(turn.text)) is not None


def calls(turn: Turn) -> bool:
    """Whether, with an alarm under way, she calls for a person and says little else."""
    return not _threatened(turn) and PERSON.search(turn.text) is not None and len(turn.text) <= CALLING and under_way(turn)


def _heard(turn: Turn, ticket: Ticket) -> str:
    """What is said to her who goes on talking after the alarm."""
    aid = first_aid.heard(turn)
    if aid in ("rescue", "home"):
        first_aid.guide(turn, aid)
    elif pointed := _to_the_point(turn, ticket):
        return pointed
    elif (len(turn.text) <= FEW_WORDS and STUCK.search(turn.text)) or STEP_BY_STEP.search(turn.text) or TEMPTED.search(turn.text):
        kind = _kind(ticket.flags)
        alarm_steps.voice(turn, kind)
        alarm_steps.next_step(turn, alarm_steps.standing(turn, kind))
    if ticket.first_contact_at:  # a colleague is talking with her
        return turn.word("filing.appended", number=ticket.number)
    if turn.replies:
        return turn.word("emergency.more", number=ticket.number)
    if "violence" in ticket.flags and "fraud_now" not in ticket.flags:
        return threats.answer(turn, ticket, threatened=alarm_steps.voice(turn, "violence") == "threatened")
    if sought.FORM.search(turn.text):
        kind = _kind(ticket.flags)
        asked = "emergency.asked_paying" if kind == "fraud_now" and not alarm_steps.lent(turn) else "emergency.asked"
        step = alarm_steps.one_step(turn, alarm_steps.standing(turn, kind))
        return f"{turn.word('emergency.step_now', step=step)}\n{turn.word(asked, number=ticket.number)}"
    if felt := listening.feeling(turn.text):
        return f"{turn.word(f'feeling.{felt}')}\n{turn.word('emergency.more', number=ticket.number)}"
    if turn.act == "small":
        return turn.word("emergency.fine")
    noted = turn.state.get("noted", False)
    turn.remember(noted=not noted)
    if noted and alarm_steps.known_to_police(turn):
        return turn.word("emergency.fine")
    if noted and turn.state.get("gone"):
        return turn.word("emergency.how_is_it_gone", number=ticket.number)
    return turn.word("emergency.how_is_it" if noted else "emergency.more", number=ticket.number)


def _to_the_point(turn: Turn, ticket: Ticket) -> str | None:
    """What she needs to hear now, or what the base knows of the swindler's words; None: there is nothing so pointed."""
    plain, asks = normalise(turn.text), sought.FORM.search(LAST_CLAUSE.sub("", turn.text)) is not None
    if "fraud_now" in ticket.flags:
        alarm_steps.note(turn)
        if alarm_steps.gone(turn):
            turn.understood.alarmed()
            return _lost(turn, staff_alerts.woken_again(turn, ticket))
        if turn.state.get("gone") == "fraud_handed" and LOOKS.search(plain):
            return turn.word("emergency.told", answer=_sentence(turn, "looks"), number=ticket.number)
        if ended_well := ended.well(turn, ticket):
            return ended_well
        if answer := in_alarm.answer(turn.text):
            again = _rung(turn, ticket, answer)
            answer = alarm_steps.as_it_stands(turn, ticket, answer)
            return turn.word("emergency.told", answer=_sentence(turn, answer), number=ticket.number) + again
    if all_clear.RELIEVED.search(turn.text) and not asks:
        turn.remember(calmed=ticket.id, eased=True)
        return turn.word("emergency.relieved", number=ticket.number)
    if "fraud_now" not in ticket.flags:
        return None
    if TEMPTED.search(turn.text):
        return turn.word("emergency.dont", number=ticket.number)
    right = all_clear.RIGHT.search(turn.text) is not None and not all_clear.WRONG.search(turn.text)
    if right and not asks:
        return _right(turn, ticket)
    entry = sought.word_on(turn, entries.SWINDLES)
    if entry in (None, asking.JUST_DEFRAUDED):
        if right:
            return _right(turn, ticket)
        if asks or turn.act not in ("add", "alarm", "small"):
            return None
        quotes = in_alarm.HIS_WORDS.search(plain) and turn.understood.reading.urgency != "I"
        name = "his_words" if quotes else "facts" if in_alarm.FACTS.search(plain) else ""
        return turn.word("emergency.told", answer=_sentence(turn, name), number=ticket.number) if name else None
    turn.did = "ANSWER"
    return turn.word("emergency.told", answer=turn.knowledge.entries[entry].answer, number=ticket.number)


def _right(turn: Turn, ticket: Ticket) -> str:
    """She did what is right; where money has gone, that is not all."""
    if turn.state.get("gone") and not alarm_steps.known_to_police(turn):
        return turn.word("emergency.told", answer=_sentence(turn, "more_kept"), number=ticket.number)
    turn.remember(sentence="right")
    return turn.word("emergency.right", number=ticket.number)


def _rung(turn: Turn, ticket: Ticket, danger: str) -> str:
    """A danger of a new kind wakes the duty again, once each; what tells her so, after a line break."""
    rung = turn.state.get("rung", [])
    if danger not in in_alarm.RINGS or danger in rung:
        return ""
    turn.remember(rung=[*rung, danger])
    turn.understood.alarmed()
    return "\n" + staff_alerts.woken_again(turn, ticket)


def _lost(turn: Turn, again: str) -> str | None:
    """Money, a code, cash or gold has just left her hands: what stops it comes at once, and the duty is woken."""
    plain = normalise(turn.text)
    lost = alarm_steps.gone(turn)
    if lost is None:
        return None
    lent = alarm_steps.lent(turn) and lost != "fraud_gone"
    turn.remember(gone=turn.state.get("gone") if lent else lost)
    alarm_steps.guide(turn, "fraud_lender" if lent else lost)
    pressed = in_alarm.named(plain, in_alarm.PRESSED) if HE_SAYS.search(plain) else None
    return f"{_sentence(turn, pressed)}\n{again}" if pressed else again


def _sentence(turn: Turn, name: str) -> str:
    """The sentence of this name, or the entry of the base that says it."""
    entry = turn.knowledge.entries.get(in_alarm.ENTRIES.get(name, ""))
    return entry.answer if entry else turn.word(f"in_alarm.{name}", hotline=turn.hotline)


def _praised(turn: Turn, ticket: Ticket) -> bool:
    """She came to praise who stopped it: that is filed as praise, and the alarm's words stop."""
    turn.remember(calmed=ticket.id)
    praise = filing.file(turn, kind="praise")
    turn.say(turn.word("praise.filed", number=praise.number), tone="ticket", ticket=praise)
    return True


def apart(turn: Turn) -> bool:
    """Whether, with an alarm under way, she tells of a matter of its own, which gets a ticket and a clock of its own."""
    reading = turn.understood.reading
    grieved = turn.act == "file" or (turn.heard["file"] >= PERHAPS and reading.intent == "complaint")
    grieved = grieved and reading.category != "OTHER"
    said = (grieved and len(turn.text) > FEW_WORDS) or COMPLAINING.search(turn.text)
    return bool(said) and under_way(turn)


def _kind(flags: Iterable[str]) -> str:
    """The gravest of the flags that have guidance."""
    return next((one for one in ORDER if one in flags), "group")


def _open_one(turn: Turn, within: timedelta) -> Ticket | None:
    since = turn.at - within
    return next((one for one in tickets_of(turn.session, turn.chat.id)
                 if one.urgency == "I" and one.status in BEING_HANDLED and one.received_at >= since), None)
