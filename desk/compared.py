"""What a correction changes: the entry as it stands beside the one that shall stand, so that who approves reads the difference."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from desk.visit import Visit
from knowledge.base import Entry

Pieces = list[tuple[bool, str]]
"""A text cut up, with True for what the other side does not have."""
TOO_OTHER = 0.3  # of common characters: below that a passage was written anew, and marking crumbs helps nobody
SHORTEST = 2  # characters: what both have between two changes is a chance when it is shorter


@dataclass(frozen=True)
class Part:
    """One part of the entry that differs."""

    label: str
    before: Pieces
    after: Pieces


def compared(visit: Visit, old: Entry, new: Entry) -> list[Part]:
    """The parts that differ, in the order of the page. The day of checking differs always and is no part."""
    pairs = zip(_parts(visit, old, new), _parts(visit, new, old), strict=True)
    return [Part(label, *pieces(before, after)) for (label, before), (_, after) in pairs if before != after]


def _parts(visit: Visit, entry: Entry, other: Entry) -> Iterator[tuple[str, str]]:
    known = visit.knowledge.entries.written
    yield "标准问题", entry.question
    yield "主题", visit.knowledge.taxonomy.theme[entry.theme].name
    yield "简短答案", entry.answer
    yield "怎么做", "\n".join(entry.steps)
    yield "追问时才说", "\n".join(entry.more)
    yield "依据", "\n".join(entry.basis)
    for audience in sorted(entry.versions | other.versions):
        yield f"{audience}版", entry.versions.get(audience, "")
    yield "问法", "\n".join(one for one in entry.variants if one not in other.variants)  # some have sixty: only what comes or goes
    yield "适用", "、".join(entry.audience)
    yield "有效至", str(entry.valid_until or "不限期")
    yield "相关", "\n".join(known[slug].question if slug in known else slug for slug in sorted(entry.related))


def pieces(before: str, after: str) -> tuple[Pieces, Pieces]:
    """Line by line, and within changed lines character by character."""
    ours, theirs = before.splitlines(keepends=True), after.splitlines(keepends=True)
    left: Pieces = []
    right: Pieces = []
    for tag, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        was, became = "".join(ours[a:b]), "".join(theirs[c:d])
        for same, one, two in [(True, was, became)] if tag == "equal" else _within(was, became):
            _add(left, not same, one)
            _add(right, not same, two)
    return left, right


def _within(was: str, became: str) -> Iterator[tuple[bool, str, str]]:
    found = SequenceMatcher(None, was, became, autojunk=False)
    if found.ratio() < TOO_OTHER:
        yield False, was, became
        return
    for tag, a, b, c, d in found.get_opcodes():
        within = 0 < a and b < len(was) and 0 < c and d < len(became)
        yield tag == "equal" and not (within and b - a < SHORTEST), was[a:b], became[c:d]


def _add(made: Pieces, changed: bool, text: str) -> None:
    if text and made and made[-1][0] == changed:
        made[-1] = changed, made[-1][1] + text
    elif text:
        made.append((changed, text))
