"""Emergencies: the one thing to do now comes first, then a level I ticket, then somebody is woken."""

import re
from collections.abc import Iterable
from datetime import timedelta

from bot.flows import asides, asking, filing, first_aid, staff_alerts
from bot.messages import rows
from bot.turn import Turn
from tickets.batch import tickets_of
from tickets.models import Event, Ticket
from tickets.numbers import find_numbers

ORDER = ("self_harm", "fraud_now", "violence", "group")
BEING_HANDLED = ("received", "assigned", "investigating")
SAME_EMERGENCY = timedelta(hours=12)
ON_HER_SCREEN = timedelta(minutes=10)
"""So long the steps stand right above what she writes."""
STILL_TALKING = timedelta(hours=2)
"""So long what she says next belongs to the emergency, where it is not plainly something else."""
PERHAPS = 0.1
"""So likely a complaint is a matter of its own."""
FEW_WORDS = 12
"""Characters: a complaint that is longer is a matter of its own."""
GONE = re.compile("[又还][交转填付给报]|(?:[交转填付报]了|没了)[。!！]?$")
"""She did more of what the swindler wants."""
MONEY_GONE = re.compile("(?:转|汇|付|打)(?:了出去|出去|过去|走|完)|(?:刚刚?|已经|又)(?:转|汇|付)了?|钱(?:都|全|也)?没了")
STUCK = re.compile(
    f"{GONE.pattern}|怎么|咋|如何|打不通|没人接|关不[掉了]|退不出|不会|该不?该|要不要|是不是|还[能要]|做什么|[干做][啥嘛]|然后呢|接下来|现在呢|"
    "(?:开|连|共享|通话)着|[吗么?？]$")
"""She cannot do what she was told, or did worse: the steps once more."""
PERSON = re.compile("人工|真人|活人|找人|叫人|叫个人|转接|客服|值班|工作人员|找个人")
CALLING = 20  # characters
COMPLAINING = re.compile("我要?(?:再)?投诉(?!了|过)")
SWINDLES = ("anti_fraud", "illegal_fundraising", "aml")
TEMPTED = re.compile("(?:要不要|该不该|能不能|可以|可不可以|想|再|那我就|还是|干脆|不如|先)[^,，。]{0,6}[转交付试打给汇填报]|"
                     "(?:要|该|能)[填交转给接]吗|接不接|要不要接|理不理")
"""She weighs paying more."""
RELIEVED = re.compile(
    "(?<!是不是)没事儿?了?(?![吧吗么?？])|好好的|虚惊|白(?:着急|担心)|平安|安全了"
    "|劝住了|拦住了|没转成|没被骗成")
NO_SWINDLE = re.compile(
    "听错|误会|(?:你|您)(?:说|想|扯)(?:啥|什么|到?哪)|我好好的|(?:没|又没)(?:转钱|转账|被骗|给骗子)|不是(?:诈骗|被骗|骗子)|真的?是(?:公安|警察|银行|我(?:儿子|女儿|妈|爸|亲))|是我亲")
NO_DESPAIR = re.compile("(?:没有?|不是)(?:想|要|打算|说)*(?:自杀|轻生|寻死|寻短见|想不开|去死|死)|我好好的")
"""She says that the alarm was none. In despair only the plainest words count, and none beside a 但是."""
RIGHT = re.compile(
    "(?:不|没)(?:再)?(?:会)?(?:转|交|填|给|打|汇|付|理)(?:他|她|钱)?了?[。!！]?$|挂(?:了|断|掉)|拉黑|退出来?了|报(?:了)?警了|停了|听你的|关掉?了|警察(?:来了|到了|在路上)")
"""She did what is right."""
COMFORT = ("emergency.more_self_harm", "emergency.still_here", "emergency.not_alone")
PLAIN_MATTER = 0.9
"""From here on a bank matter told in despair is taken up too, after the word that she is heard."""
BUT = re.compile("但|可是|不过|只是|活|累|撑")


def under_way(turn: Turn) -> bool:
    """Whether an alarm was raised a while ago and not denied since."""
    ticket = _open_one(turn, STILL_TALKING)
    return ticket is not None and turn.state.get("calmed") != ticket.id


def respond(turn: Turn) -> None:
    """Guidance, ticket, alert. Further messages of the same emergency go to the same ticket and wake the duty again."""
    flags = set(turn.understood.reading.flags)
    kind, open_one = _kind(flags), _open_one(turn, SAME_EMERGENCY)
    turn.did = "ALARM"
    turn.remember(filing=None, expect=None, calmed=None)
    if open_one is None:
        _first_steps(turn, kind)
        return _file(turn, kind)
    turn.ticket = open_one
    on_screen = kind == "fraud_now" and "self_harm" not in open_one.flags and turn.lately(
        turn.state.get("guided", {}).get(kind), ON_HER_SCREEN)
    open_one.flags = sorted({*open_one.flags, *flags})  # a swindle that becomes despair must be seen as both
    turn.session.add(Event(ticket_id=open_one.id, kind="added", actor="customer", at=turn.at))
    woken = staff_alerts.level_one(turn, open_one)
    pointed = _to_the_point(turn, open_one) if on_screen else None
    if pointed:
        return turn.say(pointed, ticket=open_one)
    _first_steps(turn, kind)
    turn.say(turn.word("emergency.again" if woken else "emergency.again_desk", number=open_one.number), ticket=open_one)


def _first_steps(turn: Turn, kind: str) -> None:
    aid = first_aid.heard(turn)
    threatened = aid in ("rescue", "home") and kind != "self_harm"
    if threatened:
        first_aid.guide(turn, aid)
    if not threatened or (aid == "home" and kind == "fraud_now"):  # she who is threatened is not told to calm down
        _guide(turn, first_aid.nearest(turn, kind))


def _file(turn: Turn, kind: str) -> None:
    ticket = filing.file(turn)
    woken = staff_alerts.level_one(turn, ticket)
    text = turn.word("emergency.filed" if woken else "emergency.filed_desk", number=ticket.number)
    if kind == "fraud_now":
        turn.remember(topic={"entry": asking.JUST_DEFRAUDED, "at": turn.at.isoformat()})
        text += "\n" + turn.word("emergency.after")
    turn.say(text, tone="ticket", ticket=ticket)


def _guide(turn: Turn, kind: str) -> None:
    """All steps; to who was told them a moment ago, only those that come first."""
    first_aid.guide(turn, kind, briefly=turn.lately(turn.state.get("guided", {}).get(kind), ON_HER_SCREEN))
    turn.remember(guided={kind: turn.at.isoformat()})


def follow(turn: Turn, *, only: str = "") -> bool:
    """A few words after the alarm (how much, where she is, that the police came): onto its ticket, and no menu. `only`: for
    emergencies with this flag. False: there is none, or it is about something else."""
    ticket, reading = _open_one(turn, STILL_TALKING), turn.understood.reading
    if ticket is None or (only and only not in ticket.flags) or turn.state.get("calmed") == ticket.id:
        return False
    if turn.replies:  # she has had her word this turn, and is being served
        return False
    if any(number != ticket.number for number in find_numbers(turn.text)):
        return False
    despair = "self_harm" in ticket.flags
    if _denied(turn.text, despair=despair):
        return _mistaken(turn, ticket)
    if not despair and asides.thanked(turn):
        return False
    if despair and _plain_matter(turn):
        filing.join(turn, ticket)
        turn.say(turn.word(_comfort(turn), number=ticket.number), ticket=ticket)
        return False
    if apart(turn) and not despair:
        return False
    called = calls(turn) or (turn.act == "human" and not despair)
    asks = not despair and turn.act == "ask" and not GONE.search(turn.text) and _answers_else(turn)
    if asks or called or turn.act == "status":  # a living person is never refused
        turn.ticket = ticket
        return False
    filing.join(turn, ticket)
    turn.remember(last=turn.text[:500])
    said = _comforted(turn, ticket) if despair else _heard(turn, ticket)
    perhaps_apart = reading.intent in ("complaint", "question")
    turn.say(said, ticket=ticket, buttons=rows(turn.button("filing.new_matter", "other")) if perhaps_apart else ())
    return True


def calls(turn: Turn) -> bool:
    """Whether, with an alarm under way, she calls for a person and says little else."""
    return PERSON.search(turn.text) is not None and len(turn.text) <= CALLING and under_way(turn)


def _comforted(turn: Turn, ticket: Ticket) -> str:
    return turn.word("filing.appended" if ticket.first_contact_at else _comfort(turn), number=ticket.number)


def _heard(turn: Turn, ticket: Ticket) -> str:
    """What is said to her who goes on talking after the alarm."""
    aid = first_aid.heard(turn)
    if aid in ("rescue", "home"):
        first_aid.guide(turn, aid)
    elif pointed := _to_the_point(turn, ticket):
        return pointed
    elif (len(turn.text) <= FEW_WORDS and STUCK.search(turn.text)) or TEMPTED.search(turn.text):
        first_aid.guide(turn, _kind(ticket.flags))
    if ticket.first_contact_at:  # a colleague is talking with her
        return turn.word("filing.appended", number=ticket.number)
    if turn.replies:
        return turn.word("emergency.more", number=ticket.number)
    if asking.FORM.search(turn.text):
        return turn.word("emergency.asked", number=ticket.number)
    if turn.act == "small":
        return turn.word("emergency.fine")
    noted = turn.state.get("noted", False)
    turn.remember(noted=not noted)
    return turn.word("emergency.how_is_it" if noted else "emergency.more", number=ticket.number)


def _to_the_point(turn: Turn, ticket: Ticket) -> str | None:
    """What she needs to hear now, or what the base knows of the swindler's words; None: there is nothing so pointed."""
    if RELIEVED.search(turn.text):
        return turn.word("emergency.relieved", number=ticket.number)
    if "fraud_now" not in ticket.flags:
        return None
    if MONEY_GONE.search(turn.text):
        first_aid.guide(turn, "fraud_gone")
        return turn.word("emergency.more", number=ticket.number)
    if TEMPTED.search(turn.text):
        return turn.word("emergency.dont", number=ticket.number)
    if RIGHT.search(turn.text):
        return turn.word("emergency.right", number=ticket.number)
    entry = asking.word_on(turn, SWINDLES)
    if entry in (None, asking.JUST_DEFRAUDED):
        return None
    turn.did = "ANSWER"
    return turn.word("emergency.told", answer=turn.knowledge.entries[entry].answer, number=ticket.number)


def _answers_else(turn: Turn) -> bool:
    """Whether the base surely answers, and about something else than the swindle."""
    found = turn.understood.found
    entry = turn.knowledge.entries.get(found.entry or "")
    return entry is not None and entry.theme not in SWINDLES and found.confidence >= asking.SURE_ANSWER


def apart(turn: Turn) -> bool:
    """Whether, with an alarm under way, she tells of a matter of its own, which gets a ticket and a clock of its own."""
    reading = turn.understood.reading
    grieved = turn.act == "file" or (turn.heard["file"] >= PERHAPS and reading.intent == "complaint")
    grieved = grieved and reading.category != "OTHER"
    said = (grieved and len(turn.text) > FEW_WORDS) or COMPLAINING.search(turn.text)
    return bool(said) and under_way(turn)


def _comfort(turn: Turn) -> str:
    """The next of the words to somebody in despair: the same paragraph again and again is none."""
    said = turn.state.get("comforted", 0)
    turn.remember(comforted=said + 1)
    return COMFORT[said % len(COMFORT)]


def _plain_matter(turn: Turn) -> bool:
    """Surely a complaint about the bank's doings, or a question that the base answers."""
    reading = turn.understood.reading
    return reading.intent_confidence >= PLAIN_MATTER and (
        reading.intent == "complaint" or (reading.intent == "question" and turn.understood.found.entry is not None))


def _denied(text: str, *, despair: bool) -> bool:
    if despair:
        return NO_DESPAIR.search(text) is not None and not BUT.search(text)
    return NO_SWINDLE.search(text) is not None and not MONEY_GONE.search(text)


def _mistaken(turn: Turn, ticket: Ticket) -> bool:
    """She says so, and is believed in the talk; the ticket stays with the office, which asks once more."""
    filing.join(turn, ticket)
    turn.remember(calmed=ticket.id)
    turn.say(turn.word("emergency.mistaken", number=ticket.number), ticket=ticket)
    return True


def _kind(flags: Iterable[str]) -> str:
    """The gravest of the flags that have guidance."""
    return next((one for one in ORDER if one in flags), "group")


def _open_one(turn: Turn, within: timedelta) -> Ticket | None:
    since = turn.at - within
    return next((one for one in tickets_of(turn.session, turn.chat.id)
                 if one.urgency == "I" and one.status in BEING_HANDLED and one.received_at >= since), None)
