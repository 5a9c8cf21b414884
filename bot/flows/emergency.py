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
PERSON = re.compile("人工|真人|找人|叫人|转接|客服|值班|工作人员|找个人")
TEMPTED = re.compile("(?:要不要|该不该|能不能|可以|可不可以|想|再)[^,，。]{0,6}[转交付试打给汇]")
"""She weighs paying more."""
RELIEVED = re.compile("(?<!是不是)没事儿?了?(?![吧吗么?？])|好好的|虚惊|白(?:着急|担心)|平安|安全了")
NO_SWINDLE = re.compile(
    "听错|误会|(?:你|您)(?:说|想|扯)(?:啥|什么|到?哪)|我好好的|(?:没|又没)(?:转钱|转账|被骗|给骗子)|不是(?:诈骗|被骗)")
NO_DESPAIR = re.compile("(?:没有?|不是)(?:想|要|打算|说)*(?:自杀|轻生|寻死|寻短见|想不开|去死|死)|我好好的")
"""She says that the alarm was none. In despair only the plainest words count, and none beside a 但是."""
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
    kind = _kind(flags)
    turn.did = "ALARM"
    aid = first_aid.heard(turn)
    threatened = aid in ("rescue", "home") and kind != "self_harm"
    if threatened:
        first_aid.guide(turn, aid)
    if not threatened or (aid == "home" and kind == "fraud_now"):  # she who is threatened is not told to calm down
        _guide(turn, first_aid.nearest(turn, kind))
    open_one = _open_one(turn, SAME_EMERGENCY)
    turn.remember(filing=None, expect=None, calmed=None)
    if open_one is not None:
        turn.ticket = open_one
        open_one.flags = sorted({*open_one.flags, *flags})  # a swindle that becomes despair must be seen as both
        turn.session.add(Event(ticket_id=open_one.id, kind="added", actor="customer", at=turn.at))
        woken = staff_alerts.level_one(turn, open_one)
        return turn.say(turn.word("emergency.again" if woken else "emergency.again_desk", number=open_one.number), ticket=open_one)
    ticket = filing.file(turn)
    if kind == "fraud_now":
        turn.remember(topic={"entry": asking.JUST_DEFRAUDED, "at": turn.at.isoformat()})
    woken = staff_alerts.level_one(turn, ticket)
    text = turn.word("emergency.filed" if woken else "emergency.filed_desk", number=ticket.number)
    if kind == "fraud_now":
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
    brief = len(turn.text) <= FEW_WORDS
    if apart(turn) and not despair:
        return False
    calls = turn.act == "human" and (not despair or PERSON.search(turn.text))
    asks = turn.act == "ask" and not GONE.search(turn.text) and asking.answered(turn) not in (None, asking.JUST_DEFRAUDED)
    if asks or calls or turn.act in ("status", "scam"):  # a living person is never refused
        turn.ticket = ticket
        return False
    filing.join(turn, ticket)
    relieved = not despair and RELIEVED.search(turn.text) is not None
    steps = None
    if not despair and not relieved:
        if "fraud_now" in ticket.flags and MONEY_GONE.search(turn.text):
            steps = "fraud_gone"
        elif (brief and STUCK.search(turn.text)) or TEMPTED.search(turn.text):
            steps = _kind(ticket.flags)
    if steps:
        first_aid.guide(turn, steps)
    turn.remember(last=turn.text[:500])
    key = (_comfort(turn) if despair else "emergency.relieved" if relieved
           else "emergency.asked" if not steps and asking.FORM.search(turn.text)
           else "emergency.fine" if turn.act == "small" and not steps else "emergency.more")
    said = turn.word("filing.appended" if ticket.first_contact_at else key, number=ticket.number)
    perhaps_apart = reading.intent in ("complaint", "question")
    turn.say(said, ticket=ticket, buttons=rows(turn.button("filing.new_matter", "other")) if perhaps_apart else ())
    return True


def apart(turn: Turn) -> bool:
    """Whether, with an alarm under way, she tells of a matter of its own, which gets a ticket and a clock of its own."""
    grieved = turn.act == "file" or (turn.heard["file"] >= PERHAPS and turn.understood.reading.intent == "complaint")
    return grieved and len(turn.text) > FEW_WORDS and under_way(turn)


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
