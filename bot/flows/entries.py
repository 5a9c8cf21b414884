"""How an entry is said: the version for her audience, its steps, its basis and the day it was checked."""

import re
from collections.abc import Sequence

from bot.messages import Button
from bot.turn import OLD, Turn
from knowledge.base import Entry

SWINDLES = ("anti_fraud", "illegal_fundraising", "aml")
"""The themes of entries about swindles."""
LAW = re.compile("(《.+?》)(第[^（]+(?:（[^，）]{1,2}）项[^（]*)*)?(?:（(?:.*，)?([^，]+)）)?")
"""A law, its articles, and since when it holds (what stands before, its number, is on the desk)."""
PUBLIC = re.compile("，依据公开[^，；]*$")
"""The note on confidence says so once."""


def button(entry: Entry) -> Button:
    """Pressed, it asks the entry's question."""
    return Button(entry.question, f"faq:{entry.id}")


def next_to(turn: Turn, entry: Entry, others: Sequence[str], *, most: int) -> list[tuple[Button]]:
    """What people ask next, or the `others` that she may mean."""
    slugs = [slug for slug in others if slug != entry.id] or entry.related
    found = [turn.knowledge.entries[slug] for slug in slugs if slug in turn.knowledge.entries][:most]
    return [(button(one),) for one in found if not one.staff_only or turn.chat.staff_id]


def theme(turn: Turn, slug: str | None) -> str:
    """Empty where there is no such entry."""
    entry = turn.knowledge.entries.get(slug or "")
    return entry.theme if entry is not None else ""


def short(turn: Turn, entry: Entry) -> str:
    """The short answer in the version for her audience, when there is one."""
    return entry.versions.get(turn.chat.audience, entry.answer)


def in_brief(turn: Turn, entry: Entry) -> bool:
    """Whether she is told the version for the old, which holds what is to be done: the steps are for who asks for the whole."""
    return turn.chat.audience == OLD and OLD in entry.versions


def full(turn: Turn, entry: Entry, *, brief: bool = False) -> str:
    """The entry as it is sent: the version for this audience when there is one, always with source and date."""
    parts = [f"{entry.question}\n\n{short(turn, entry)}"]
    if entry.steps and not brief:
        parts.append(turn.word("ask.steps") + "\n" + "\n".join(f"{n}. {step}" for n, step in enumerate(entry.steps, 1)))
    notes = [turn.word("ask.basis", basis=_first(entry.basis) if brief else cited(entry.basis), date=entry.checked.isoformat())]
    if entry.confidence == "S":
        notes.append(turn.word("ask.second_hand"))
    return "\n\n".join((*parts, "".join((*notes, turn.word("ask.disclaimer")))))


def _first(basis: Sequence[str]) -> str:
    return cited(basis[:1]) + ("等" if len(basis) > 1 else "")


def cited(basis: Sequence[str]) -> str:
    """The basis as a reader needs it: each law once, with its articles and since when it holds. What each says, its number and the
    office's evidence marks are for those who maintain the entry, on the desk."""
    named: dict[tuple[str, str], list[str]] = {}
    for line in basis:
        plain = PUBLIC.sub("", line.removesuffix("[V]").removesuffix("[S]").rstrip().partition("：")[0])
        law = LAW.fullmatch(plain)
        articles = named.setdefault((law[1], law[3] or "") if law else (plain, ""), [])
        articles += [law[2]] if law and law[2] and law[2] not in articles else []
    return "；".join(f"{name}{'、'.join(articles)}{f'（{since}）' if since else ''}" for (name, since), articles in named.items())
