"""What the office changes in its base at the desk stands beside the files of `faq/`, by the same rules, until the files say it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import structs

from knowledge.base import Taxonomy
from knowledge.faq import Entry, read_section
from knowledge.reading import KnowledgeError


class Change(NamedTuple):
    """An entry more, as a section of `faq/<theme>.md`; or with an empty text one that is not to be shown."""

    slug: str
    theme: str
    text: str


class Problem(NamedTuple):
    """A change that cannot be made any more, and why."""

    slug: str
    why: str


def changed(written: Mapping[str, Entry], changes: Iterable[Change], taxonomy: Taxonomy) -> tuple[dict[str, Entry], list[Problem]]:
    """The entries with all changes made, and those changes that the base has overtaken: it may have grown since they were approved,
    and what stands in its files counts."""
    entries, problems = dict(written), []
    asked = {text for entry in written.values() for text in (entry.question, *entry.variants)}
    for change in sorted(changes, key=lambda one: bool(one.text)):  # what is hidden goes first: another may stand in its place
        try:
            if change.text:
                entry = _added(change, entries, asked, written, taxonomy)
                entries[entry.id] = entry
                asked |= {entry.question, *entry.variants}
            elif entries.pop(change.slug, None) is None:
                raise KnowledgeError(_place(change), 1, "no such entry")
        except KnowledgeError as error:
            problems.append(Problem(change.slug, error.what))
    return entries, problems


def _added(change: Change, entries: Mapping[str, Entry], asked: set[str], written: Mapping[str, Entry],
           taxonomy: Taxonomy) -> Entry:
    if change.theme not in taxonomy.theme:
        raise KnowledgeError(_place(change), 1, f"no theme {change.theme!r}")
    entry, faults = read_section(change.text, theme=change.theme, audiences=frozenset(taxonomy.audience))
    if entry is None:
        raise faults[0]
    if entry.id in entries:
        raise KnowledgeError(_place(change), 1, "an entry of this name stands in the base")
    if (former := written.get(entry.id)) is not None:  # hidden, and this one has its name: it is the same entry, corrected
        asked = asked - {former.question, *former.variants}
    if entry.question in asked:
        raise KnowledgeError(_place(change), 1, f"asked elsewhere too: {entry.question}")
    return structs.replace(entry, variants=tuple(text for text in entry.variants if text not in asked),
                           related=tuple(slug for slug in entry.related if slug in entries))


def _place(change: Change) -> str:
    return f"{change.theme}.md"
