"""How fast a person must look: the flags of a message and its level, from rules and learnt scores together.

A rule alone raises a flag only where its words can hardly mean anything else; elsewhere rule and learnt score must agree, or the
learnt score must be sure. What is past, imagined, quoted, joked or denied needs more than what is said of here and now.
"""

from collections.abc import Mapping

from nlp.signs import Heard

LEVEL_ONE = frozenset(("fraud_now", "self_harm", "violence", "crowd20"))
LEVEL_TWO = frozenset((
    "group", "media", "regulator", "legal", "elderly", "minor", "disabled", "stolen", "identity_loan", "harsh_collection",
    "repeat", "frail",
))
SHOWN = {"crowd20": "group", "frail": None, "angry": None}
# Who jokes with death, curses, or mourns must be meant very surely, and so must few words and what sounds like praise;
# a word or two mean no death by themselves.
JOKING, IN_SHORT, NEVER = 0.7, 0.6, 1.1
CALM = ("question", "chat", "praise", "suggestion")
# The learnt probability that raises a flag: where its rule agrees, and where it does not.
BAR = (0.01, 0.6)
CALM_BAR = 0.05  # where nothing is claimed, at least this with the rule
PRAISE_BAR = 0.9  # who praises quarrels with nobody: of 105 of our own that sound of a quarrel none has one
QUARREL = frozenset(("group", "media", "regulator", "legal", "stolen", "identity_loan", "harsh_collection", "repeat"))
BARS = {
    "repeat": (0.1, 0.6),
    **dict.fromkeys(LEVEL_ONE, (0.15, 0.3)), "violence": (0.05, 0.3), "angry": (0.3, 0.5),
}
LEAST = min(agreed for agreed, _ in (BAR, *BARS.values()))


def raise_flags(learnt: Mapping[str, float], heard: Heard, *, intent: str) -> set[str]:
    """The corpus flags that stand, given each flag's learnt probability and what was heard in the text."""
    raised = set()
    for flag, sure in learnt.items():
        if sure < LEAST and flag not in heard.certain:
            continue
        if f"no_{flag}" in heard.calm and flag not in heard.certain:
            continue
        agreed, alone = BARS.get(flag, BAR)
        if flag in LEVEL_ONE:
            deadly = flag in ("self_harm", "violence")
            if deadly and "joke" in heard.calm:
                agreed, alone = alone, JOKING
            elif deadly and "brief" in heard.calm:
                alone = NEVER
            elif "brief" in heard.calm or intent == "praise" or (deadly and "short" in heard.calm):
                alone = IN_SHORT
            elif "unreal" in heard.calm:
                agreed = (agreed + alone) / 2
        elif intent == "praise" and flag in QUARREL:
            agreed = alone = PRAISE_BAR
        elif intent in CALM:
            agreed = max(agreed, CALM_BAR)
        if flag in heard.certain or sure >= (agreed if flag in heard.flags else alone):
            raised.add(flag)
    return raised


def surest(raised: set[str], learnt: Mapping[str, float], heard: Heard) -> float:
    """How sure the surest flag of level I is that was raised; 0 where there is none."""
    grave = raised & LEVEL_ONE
    return 1.0 if grave & set(heard.certain) else max((learnt[flag] for flag in grave), default=0.0)


def shown(raised: set[str]) -> tuple[str, ...]:
    """The flags the office sees: a crowd is a `group`; frailty and anger are only levels."""
    return tuple(sorted({SHOWN.get(flag, flag) for flag in raised} - {None}))


def level(raised: set[str], *, intent: str) -> str:
    """I, II, III or none. Praise that mentions an old man is no matter of urgency."""
    if raised & LEVEL_ONE:
        return "I"
    if intent in ("praise", "chat", "suggestion"):
        return "none"
    if raised & LEVEL_TWO:
        return "II"
    return "III" if "angry" in raised else "none"
