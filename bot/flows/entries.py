"""How an entry is said: the version for her audience, its steps, its basis and the day it was checked."""

from bot.messages import Button
from bot.turn import Turn
from knowledge.base import Entry

SWINDLES = ("anti_fraud", "illegal_fundraising", "aml")
"""The themes of entries about swindles."""


def button(entry: Entry) -> Button:
    """Pressed, it asks the entry's question."""
    return Button(entry.question, f"faq:{entry.id}")


def theme(turn: Turn, slug: str | None) -> str:
    """Empty where there is no such entry."""
    entry = turn.knowledge.entries.get(slug or "")
    return entry.theme if entry is not None else ""


def short(turn: Turn, entry: Entry) -> str:
    """The short answer in the version for her audience, when there is one."""
    return entry.versions.get(turn.chat.audience, entry.answer)


def full(turn: Turn, entry: Entry) -> str:
    """The entry as it is sent: the version for this audience when there is one, always with source and date."""
    parts = [f"{entry.question}\n\n{short(turn, entry)}"]
    if entry.steps:
        parts.append(turn.word("ask.steps") + "\n" + "\n".join(f"{n}. {step}" for n, step in enumerate(entry.steps, 1)))
    notes = [turn.word("ask.basis", basis="；".join(_untagged(line) for line in entry.basis), date=entry.checked.isoformat())]
    if entry.confidence == "S":
        notes.append(turn.word("ask.second_hand"))
    return "\n\n".join((*parts, "".join((*notes, turn.word("ask.disclaimer")))))


def _untagged(line: str) -> str:
    """The office's evidence marks are for those who maintain the entry; the reader is told by the note on confidence."""
    return line.removesuffix("[V]").removesuffix("[S]").rstrip()
