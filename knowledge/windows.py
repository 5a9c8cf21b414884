"""Rights that lapse after so many days, as the office keeps them in windows.toml; see its head."""

from collections.abc import Collection
from pathlib import Path
from typing import Literal

import msgspec

from knowledge.reading import TomlFile


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`days` from the day that one of `since` names, 0 where a contract says; until they are over she can `do` it, `after` what is
    left; said after the answers `entries`, which call the days `span`. `lapses`: not, where no right of hers ends with them."""

    id: str
    days: int
    unit: Literal["天", "工作日"]
    since: tuple[str, ...]
    span: str
    do: str
    after: str
    source: str
    entries: tuple[str, ...]
    lapses: bool = True


def read_windows(path: Path, *, entries: Collection[str]) -> dict[str, Window]:
    """By entry. Raises KnowledgeError for what names no entry, or one that another window names."""
    file, found = TomlFile(path), dict[str, Window]()
    for nth, row in enumerate(file.records("window", Window)):
        if row.days < 0 or not row.since or not row.source:
            raise file.refuse(f"[[window]] {row.id}: days below zero, or no word or source", key="window", nth=nth)
        for slug in row.entries:
            if slug not in entries or slug in found:
                raise file.refuse(f"[[window]] {row.id}: unknown entry {slug!r}, or in two windows", key="window", nth=nth)
            found[slug] = row
    return found
