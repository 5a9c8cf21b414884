"""What a model made of a complaint's words, in the plain shape in which the register keeps it, whoever wrote them down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Read:
    """One text as it was read. Without a model nothing is read, and a person fills in all of it."""

    category: str | None = None
    cause: str | None = None
    also: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    urgency: str = "none"
    flags: tuple[str, ...] = ()
    kept: dict[str, Any] = field(default_factory=dict)  # for Ticket.reading: the three likeliest, how sure, because of which words
    model_version: str | None = None
    unsure: bool = True  # somebody should look at the category before it is believed

    @property
    def is_repeat(self) -> bool:
        return "repeat" in self.flags


Reads = Callable[[Sequence[str]], list[Read]]
"""Reads masked texts, one after the other."""


def unread(texts: Sequence[str]) -> list[Read]:
    """The reader of a desk that has no model."""
    return [Read() for _ in texts]


def joined(read: Read, *, kind: str, category: str | None, cause: str | None, urgency: str, flags: tuple[str, ...],
           right: str) -> dict[str, Any]:
    """The fields of a Filing from what was read and what a person entered, who has the last word on category and cause.

    `right` is the one that her cause offends by default. Neither can hide what the other calls urgent: the graver level counts,
    and the flags of both.
    """
    matter = kind == "complaint"
    theirs = (right,) if cause and right else ()
    return {
        "category": category or (read.category if matter else None), "cause": cause or (read.cause if matter else None),
        "also": read.also if matter and not category and not cause else (),
        "rights": read.rights if matter and cause in (None, read.cause) and read.rights else theirs,
        "urgency": min(read.urgency, urgency),  # "I" < "II" < "III" < "none"
        "flags": tuple(dict.fromkeys((*read.flags, *flags))), "reading": read.kept, "model_version": read.model_version,
        "is_repeat": read.is_repeat,
    }


def put_right(read: Read, **entered: str | None) -> dict[str, tuple[str, str]]:
    """Head → (what was read, what the person entered instead), as it is kept for the model to learn from."""
    if read.model_version is None:
        return {}
    return {head: (was, became) for head, became in entered.items() if became and became != (was := getattr(read, head) or "")}
