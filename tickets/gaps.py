"""Questions that nobody could answer: those that ask the same belong together, so that the office sees what is asked most."""

import re
import unicodedata
from collections.abc import Iterable

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from tickets.models import Gap

ALIKE = 0.6
"""Share of common pairs (Dice) from which two questions are taken for one."""
COMPARED = 2000  # open groups, the newest first
AT_ONCE = 300
FILLING = re.compile(
    "请问|你好|您好|麻烦|帮我|帮忙|我想|想问|问一下|问下|一下|到底|究竟|怎么办|怎么样|怎么|怎样|如何|咋样|咋|什么|啥|为什么|"
    "可以|能不能|能否|能|可不可以|是不是|有没有|需要|我们|你们|我|你|您|吗|呢|吧|啊|呀|的|了|要")
NOISE = re.compile(r"[\W_]+")
HIDDEN = re.compile(r"\[[^\[\]\n]{1,24}\]")
"""What stands in the place of a number or a name that was taken out."""
SAME = 0.85
"""Share of common pairs, filling words and all, from which two wordings are one."""


def named(key: str) -> ColumnElement[bool]:
    """The questions of a group, or the one that stands alone under `id-<number>`."""
    if key.startswith("id-") and key[3:].isascii() and key[3:].isdigit() and len(key) < 18:
        return Gap.id == int(key[3:])
    return Gap.group_key == key


def any_loose(session: Session) -> bool:
    """Is there an open question that stands in no group yet? Looked at without the write lock."""
    return session.scalar(_loose().limit(1)) is not None


def group(session: Session) -> int:
    """Put every open question that stands alone beside the most alike group, or begin a group with it. Returns how many."""
    loose = list(session.scalars(_loose().order_by(Gap.id).limit(AT_ONCE)))
    if not loose:
        return 0
    known: list[tuple[str, frozenset[str]]] = []
    rows = session.execute(select(Gap.group_key, Gap.text).where(Gap.resolved_at.is_(None), Gap.group_key.is_not(None))
                           .order_by(Gap.id.desc()).limit(COMPARED))
    known += [(key, marks(text)) for key, text in rows]
    for gap in loose:
        mine = marks(gap.text)
        best = max(((alike(mine, theirs), key) for key, theirs in known), default=(0.0, ""))
        gap.group_key = best[1] if best[0] >= ALIKE else f"g{gap.id}"
        known.append((gap.group_key, mine))
    return len(loose)


def marks(text: str) -> frozenset[str]:
    """What a question is about, as pairs of neighbouring characters, without the words that only make it a question."""
    plain = NOISE.sub("", unicodedata.normalize("NFKC", text).lower())
    core = FILLING.sub("", plain) or plain
    return frozenset(core[n : n + 2] for n in range(len(core) - 1)) or frozenset((core,))


def different(texts: Iterable[str]) -> list[str]:
    """Each wording once, in the order given: one that only greets, sighs or spaces otherwise is no other way to ask."""
    kept: list[tuple[str, frozenset[str]]] = []
    for text in texts:
        plain = NOISE.sub("", unicodedata.normalize("NFKC", HIDDEN.sub("", text)).lower())
        mine = frozenset(plain[n : n + 2] for n in range(len(plain) - 1)) or frozenset((plain,))
        if plain and all(alike(mine, theirs) < SAME for _, theirs in kept):
            kept.append((" ".join(text.split()), mine))
    return [text for text, _ in kept]


def alike(one: frozenset[str], two: frozenset[str]) -> float:
    return 2 * len(one & two) / (len(one) + len(two)) if one and two else 0.0


def _loose():
    return select(Gap).where(Gap.resolved_at.is_(None), Gap.group_key.is_(None))
