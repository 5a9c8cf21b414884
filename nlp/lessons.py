"""What people on the desk put right, as messages that training may use; nothing private gets this far."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from nlp import heads as learn
from nlp.messages_corpus import CATEGORIES, CAUSES, FLAGS, INTENTS, Message
from nlp.privacy import mask
from nlp.urgency import LEVEL_ONE

WRITER = "desk"
SHORTEST, LONGEST = 4, 4000  # characters
_TAIL = re.compile(r"\[(\S{2,4}) 尾号\w{1,4}\]")
_NAMED = re.compile(r"(我叫|名叫|姓名[是为:：]?\s?|联系人[是为:：]?\s?)[\u4e00-\u9fff]{2,4}(?=[，。,.；;、！!？?\s]|$)")
_DIGITS = re.compile(r"\d{7,}")


class Taught(msgspec.Struct, frozen=True):
    """One ticket whose reading a person put right: the labels as they stand now, and what was changed into what.

    `was` holds, for each head that was corrected, what the model had said; `by` is the staff member who corrected last.
    """

    ticket: int
    text: str
    intent: str
    category: str | None
    cause: str | None
    urgency: str
    flags: tuple[str, ...]
    was: dict[str, str]
    by: int
    model_version: str = ""


class Lesson(Message, frozen=True):
    """A message that was taught on the desk. Of its flags only `known` were judged; the rest say nothing either way. Its
    intent teaches only when it was what a person put right."""

    known: frozenset[str] = frozenset()
    settles_intent: bool = False


class Private(ValueError):
    """The text holds something that should have been hidden before it was stored; it is not trained on."""


def harmless(text: str) -> str:
    """The text as training may have it: no tails of numbers, no name that was introduced as one. Raises Private."""
    text = _TAIL.sub(r"[\1]", text)
    if mask(text).spans or _DIGITS.search(unicodedata.normalize("NFKC", text)):
        raise Private("not masked")
    return _NAMED.sub(r"\1某某", text)


def lesson(taught: Taught) -> Lesson:
    """The labels that the person confirmed, as one line of training. Raises Private or ValueError (no such label, no text)."""
    text = harmless(taught.text).strip()
    if not SHORTEST <= len(text) <= LONGEST or taught.intent not in INTENTS:
        raise ValueError("nothing to learn from")
    pair = None
    if taught.intent in ("complaint", "progress"):
        if taught.category not in CATEGORIES or taught.cause not in CAUSES:
            raise ValueError("no such category or cause")
        pair = (taught.category, taught.cause)
    known, flags = _flags(taught)
    return Lesson(intent=taught.intent, pair=pair, also=(), flags=flags, text=text, writer=WRITER, known=known,
                  settles_intent="intent" in taught.was)


def _flags(taught: Taught) -> tuple[frozenset[str], frozenset[str]]:
    """An urgency put down from I says that no sign of level I was there; one put up says which was, if the flags tell."""
    if taught.was.get("urgency") == "I" and taught.urgency != "I":
        return frozenset(LEVEL_ONE), frozenset()
    if "urgency" in taught.was and taught.urgency == "I":
        there = frozenset(taught.flags) & LEVEL_ONE
        return there, there
    return frozenset(), frozenset()


def known(messages: Sequence[Message]) -> np.ndarray:
    """1 where a flag of a message was judged, 0 where nobody said; a row a message, a column a flag."""
    every = np.ones(len(FLAGS), dtype=np.float32)
    return np.array([[flag in m.known for flag in FLAGS] if isinstance(m, Lesson) else every for m in messages], dtype=np.float32)


def settling(messages: Sequence[Message], head: str) -> list[int]:
    """The rows that may teach the intent or the flags. What nobody judged is left alone, so that a corrected category cannot
    move how emergencies are heard."""
    return [row for row, m in enumerate(messages)
            if not isinstance(m, Lesson) or (m.settles_intent if head == "intent" else bool(m.known))]


def vocabulary(messages: Sequence[Message], docs: learn.Documents) -> learn.Vocabulary:
    """The corpus's own features. No word comes in by a lesson: customers' words stay out of the model's files, and with an
    unchanged vocabulary the heads that were not taught stay exactly as they were."""
    size = len(own(messages))
    return learn.vocabulary(docs if size == len(messages) else docs.only(range(size)))


def own(messages: Iterable[Message]) -> list[Message]:
    """Without the lessons: what the corpus itself says."""
    return [m for m in messages if not isinstance(m, Lesson)]
