"""How much of one text is read and stored, in every way in: its beginning and its end. Our own page sends portions instead."""

import re

LONGEST, END = 4000, 1000  # characters (Telegram sends at most 4096), the end among them
MOST_AT_ONCE = 16_000
"""Characters that the chat page takes at once and makes several messages of; what is longer is a document."""
_ENDS = (re.compile(r"[。！？!?；;\n]"), re.compile(r"[，,、：:\s]"))


def shortened(text: str) -> str:
    """The beginning and the end of a text that is too long: what matters most often comes last."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST - END - 1]}…{text[-END:]}"


def portions(text: str) -> list[str]:
    """A text cut at the ends of sentences, nothing left out, into portions that are each kept whole; at least one."""
    found = []
    while len(text) > LONGEST:
        ends = (max((mark.end() for mark in kind.finditer(text, LONGEST // 2, LONGEST)), default=0) for kind in _ENDS)
        at = next(filter(None, ends), LONGEST)
        found, text = [*found, text[:at]], text[at:]
    return [*found, text]
