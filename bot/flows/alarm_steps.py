"""How the steps of an alarm are said: in the voice for who writes, all of them, the first, or the next one."""

import re
from datetime import timedelta

from bot.flows import despair, first_aid, in_alarm, reported
from bot.turn import Turn
from nlp.text import normalise
from tickets.models import Ticket

ON_HER_SCREEN = timedelta(minutes=10)
"""So long the steps stand right above what she writes."""
NUMBER = re.compile(r"^\d+\. *")
STAFF = re.compile(
    "(?:你们|[银本我你]行|支行|网点)[^,。;!?]{0,6}(?:经理|员工|柜员|客服|主任|行长|工作人员|的人)|工牌|工号|(?:客户|理财)经理")
"""He says that he works for the bank."""
LENDING = ("fraud-rent-card", "fraud-lent-card-already", "fraud-helping-crime", "aml-collect-for-others", "pay-qr-lend")
"""Who asked about these just before tells of his own card."""
INSTEAD = {
    "fraud_other": {"my_place": "unaware", "hold": "kin_paying", "to_the_bank": "kin_paying"},
    "fraud_lender": {"money_here": "dirty_money", "hers": "kept", "police": "police_lent", "reported": "police_lent"},
}
"""What is said to her who writes of another, and to him who lent his card."""


OVER = ("fraud_now", "fraud_other", "fraud_card", "fraud_seller")
"""What ends with the report to the police."""
TOLD = {"police": "receipt", "reported": "receipt", "after_statement": "receipt", "receipt": "police", "deleted": "statement",
        "his_loan": "his_loan_check", "jail": "go"}
"""What is said instead of a sentence that stands right above."""


def police_know(turn: Turn) -> bool:
    """Whether she says now that they do, and that it is over."""
    plain = normalise(turn.text)
    knows = reported.REPORTED.search(plain) or reported.STATEMENT.search(plain)
    return knows is not None and reported.GOES_ON.search(plain) is None and not lent(turn)


def known_to_police(turn: Turn) -> bool:
    """Whether she said in this alarm that they know."""
    return turn.state.get("voice", {}).get("fraud_now") == "fraud_reported"


def gone(turn: Turn) -> str | None:
    """What has just left her hands; where the police know, not what had left them before."""
    lost = in_alarm.gone(turn.text)
    return None if known_to_police(turn) and not reported.FRESH.search(normalise(turn.text)) else lost


def standing(turn: Turn, kind: str) -> str:
    """The guidance as things stand with her."""
    if kind == "fraud_now" and turn.state.get("gone") and not known_to_police(turn):
        return turn.state["gone"]
    return turn.state.get("voice", {}).get(kind, kind)


def voice(turn: Turn, kind: str) -> str:
    """The guidance in the voice for who writes. A daughter stays one: what she said at first need not stand in every message."""
    voices, found = turn.state.get("voice", {}), first_aid.nearest(turn, kind)
    topic = turn.state.get("topic") or {}
    if found == kind == "fraud_now" and topic.get("entry") in LENDING and in_alarm.gone(turn.text) != "fraud_gone":
        found = "fraud_lender"
    if found in OVER and police_know(turn):
        found = "fraud_reported"
    if found != kind and found not in first_aid.DANGERS:
        turn.remember(voice={**voices, kind: found})
    return voices.get(kind, kind) if found == kind else found


def guide(turn: Turn, kind: str) -> None:
    """All steps; to who was told them a moment ago, only those that come first."""
    guided = turn.state.get("guided", {})
    seen = turn.lately(guided.get(kind), ON_HER_SCREEN) or (kind == "fraud_now" and on_screen(turn, kind))
    first_aid.guide(turn, kind, briefly=seen)
    turn.remember(guided={**guided, kind: turn.at.isoformat()})
    if kind in first_aid.DANGERS:
        despair.endangered(turn, kind)


def next_step(turn: Turn, kind: str) -> None:
    """She asks on: all steps where she was never told them, else one, and each time the next."""
    if kind not in turn.state.get("guided", {}):
        return guide(turn, kind)
    first_aid.guide(turn, kind, only=one_step(turn, kind))


def one_step(turn: Turn, kind: str) -> str:
    """One step, and each time the next."""
    guidance, asked = turn.knowledge.emergencies[kind], turn.state.get("step", {}).get(kind, 0)
    lines = first_aid.lines_of(turn, guidance)
    steps = [line for line in lines if line[:2].rstrip(".").isdigit()] or list(lines)
    turn.remember(step={**turn.state.get("step", {}), kind: asked + 1})
    return NUMBER.sub("", steps[(asked + 1) % len(steps)]).replace("{hotline}", turn.hotline)


def on_screen(turn: Turn, kind: str) -> bool:
    """Whether she was told the steps of this kind, in any voice, a moment ago."""
    guided = turn.state.get("guided", {})
    kinds = (kind, "fraud_reported", *first_aid.VARIANTS.get(kind, ()), *in_alarm.GONE)
    return any(turn.lately(guided.get(one), ON_HER_SCREEN) for one in kinds)


def note(turn: Turn, *before: str) -> None:
    """Keep what she says of him and of herself, now or `before` the alarm: that he poses as an employee, that it is her husband
    who pays, that the card was lent."""
    if any(STAFF.search(normalise(line)) for line in (*before, turn.text)):
        turn.remember(posed=True)
    if police_know(turn):
        turn.remember(voice={**turn.state.get("voice", {}), "fraud_now": "fraud_reported"})
    if "fraud_now" not in turn.state.get("voice", {}) and first_aid.nearest(turn, "fraud_now") in INSTEAD:
        voice(turn, "fraud_now")


def lent(turn: Turn) -> bool:
    """Whether he who writes lent or sold his card."""
    return turn.state.get("voice", {}).get("fraud_now") == "fraud_lender"


def not_twice(turn: Turn, answer: str) -> str:
    """The sentence of this name, or another where it stands right above."""
    fresh = TOLD.get(answer, answer) if answer == turn.state.get("sentence") else answer
    turn.remember(sentence=fresh)
    return fresh


def as_it_stands(turn: Turn, ticket: Ticket, answer: str) -> str:
    """The answer where money has gone, where she did nothing that the police could hold against her, or where another is at the
    counter."""
    voice, fresh = turn.state.get("voice", {}).get("fraud_now"), not_twice(turn, answer)
    if fresh != answer:
        return fresh
    if answer in ("named", "tell_on") and turn.state.get("posed"):
        return f"{answer}_staff"
    if answer in ("jail", "arrest") and not lent(turn):
        helped = in_alarm.LENT.search(normalise(f"{ticket.summary}\n{turn.text}"))
        return "no_arrest" if answer == "jail" and not helped else answer
    if answer in INSTEAD.get(voice, {}):
        return INSTEAD[voice][answer]
    return in_alarm.AFTER_LOSS.get(answer, answer) if turn.state.get("gone") and not known_to_police(turn) else answer
