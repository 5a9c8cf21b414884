"""How much of one text is read and stored, in every way in: its beginning and its end. Our own page sends portions instead."""

import re
from collections.abc import Iterable

from nlp.privacy import HIDDEN, mask

LONGEST, END = 4000, 1000  # characters (Telegram sends at most 4096), the end among them
MOST_AT_ONCE = 16_000
"""Characters that the chat page takes at once and makes several messages of; what is longer is a document."""
_ENDS = (re.compile(r"[。！？!?；;\n]"), re.compile(r"[，,、：:\s](?!\d)"))


def shortened(text: str) -> str:
    """The beginning and the end of a text that is too long: what matters most often comes last."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST - END - 1]}…{text[-END:]}"


def portions(text: str) -> list[str]:
    """A text cut at the ends of sentences, nothing left out, into portions that are each kept whole; at least one.

    What is to be cut is masked before: nobody knows half a card for a card, or a number without the words that name it.
    """
    found, text = [], mask(text).text if len(text) > LONGEST else text
    while len(text) > LONGEST:
        ends = (max((mark.end() for mark in kind.finditer(text, LONGEST // 2, LONGEST)), default=0) for kind in _ENDS)
        at = next(filter(None, ends), LONGEST)
        at = next((one.start() for one in HIDDEN.finditer(text, LONGEST // 2) if one.start() < at < one.end()), at)
        found, text = [*found, text[:at]], text[at:]
    return [*found, text]


def excerpt(text: str, most: int, *, around: Iterable[str] = ()) -> str:
    """So many characters of a text, with 「…」 where something is left out: its beginning, and the place of the last of these
    words, or else its end."""
    if len(text) <= most:
        return text
    begins, shown = most // 3, most - most // 3
    at = max((text.rfind(word) for word in around), default=-1)
    start = len(text) - shown if at < 0 else min(max(at - shown // 2, 0), len(text) - shown)
    if start <= begins:
        return text[:most] + "…"
    return f"{text[:begins]}…{text[start:start + shown]}" + ("…" if start + shown < len(text) else "")
