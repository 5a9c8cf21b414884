"""What the office measures its branches by: base figures such as customers, and the weights of the assessment."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

from knowledge.reading import TomlFile

WHOLE = "whole"


class Base(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of base_figures.toml, in force from its day on."""

    branch: str
    since: date = msgspec.field(name="from")
    customers: int = 0
    outlets: int = 0
    source: str = ""


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the assessment; see the head of assessment.toml."""

    figure: str
    name: str
    points: float
    most: float
    charged: Literal["branch", "first_branch"] = "branch"
    per_customers: int = 0


class Assessment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole scheme: points to begin with, what counts double, and the items."""

    full: float = 100
    floor: float = 0
    doubled: float = 2
    together: int = 0
    item: tuple[Item, ...] = ()


def read_bases(path: Path) -> tuple[Base, ...]:
    file = TomlFile(path)
    rows = file.records("base", Base)
    for nth, row in enumerate(rows):
        if row.customers < 0 or row.outlets < 0:
            raise file.refuse(f"[[base]] {row.branch}: a figure below zero", key="base", nth=nth)
        if (row.branch, row.since) in {(other.branch, other.since) for other in rows[:nth]}:
            raise file.refuse(f"[[base]] {row.branch}: two rows from {row.since}", key="base", nth=nth)
    return tuple(rows)


def read_assessment(path: Path) -> Assessment:
    file = TomlFile(path)
    try:
        scheme = msgspec.convert(file.data, Assessment)
    except msgspec.ValidationError as error:
        raise file.refuse(str(error), key="item") from error
    for nth, item in enumerate(scheme.item):
        if item.points < 0 or item.most < 0 or item.per_customers < 0:
            raise file.refuse(f"[[item]] {item.name}: points are taken off, so they are not below zero", key="item", nth=nth)
    if len({item.name for item in scheme.item}) != len(scheme.item):
        raise file.refuse("two items have one name", key="item")
    return scheme


def base_of(bases: Sequence[Base], names: Iterable[str], day: date) -> Base | None:
    """The row in force on a day for a branch known by any of these names (code, name)."""
    known = set(names)
    rows = [row for row in bases if row.branch in known and row.since <= day]
    return max(rows, key=lambda row: row.since, default=None)
