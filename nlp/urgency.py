"""How fast a person must look: the flags of a message and its level, from rules and learnt scores together."""

LEVEL_ONE = ("fraud_now", "self_harm", "violence", "crowd20")
LEVEL_TWO = (
    "group", "media", "regulator", "legal", "elderly", "minor", "disabled", "stolen", "identity_loan", "harsh_collection",
    "repeat",
)
SHOWN = {"crowd20": "group", "angry": None}


def shown(raised: set[str]) -> tuple[str, ...]:
    """The flags the office sees: a crowd is a `group`, anger is only a level."""
    return tuple(sorted({SHOWN.get(flag, flag) for flag in raised} - {None}))


def level(raised: set[str], *, intent: str) -> str:
    """I, II, III or none. Praise that mentions an old man is no matter of urgency."""
    if raised & set(LEVEL_ONE):
        return "I"
    if intent in ("praise", "chat", "suggestion"):
        return "none"
    if raised & set(LEVEL_TWO):
        return "II"
    return "III" if "angry" in raised else "none"


def raise_flags(text: str, learnt: dict[str, float], bars: dict[str, float], *, intent: str) -> set[str]:
    """The corpus flags that stand for one normalised text, given each flag's learnt probability and its bar."""
    return {flag for flag, sure in learnt.items() if sure >= bars[flag]}
