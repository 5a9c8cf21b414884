"""The clocks of deadlines.toml, read into one shape: a mistyped field must stop the start, and not a customer's complaint."""

from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from knowledge.reading import TomlFile

KEPT_BY_LAW = 3  # years after a matter is closed, 人行令〔2020〕5 号
WARNINGS = ("yellow", "orange", "red")  # there is a colour for each
AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]
NotBelowZero = Annotated[int, msgspec.Meta(ge=0)]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of deadlines.toml; see the file's head for what the fields mean."""

    kind: str
    effective_from: date
    days: AtLeastOne
    source: str
    count: Literal["calendar", "working"] = "calendar"
    complex: NotBelowZero = 0
    approved: NotBelowZero = 0
    pauses: bool = False
    restarts: bool = False

    def total(self, extension: int) -> int:
        """Days in all at this extension: 0 none, 1 complex, 2 approved by the superior."""
        if extension <= 0 or not self.complex:
            return self.days
        return self.complex + (self.approved if extension >= 2 else 0)


class Review(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    within: AtLeastOne
    kinds: tuple[str, ...]


class Office(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    first_contact_hours: AtLeastOne
    take_level_one_minutes: AtLeastOne
    extend_within: AtLeastOne
    regulators: tuple[str, ...]
    warn: Annotated[tuple[AtLeastOne, ...], msgspec.Meta(min_length=1, max_length=len(WARNINGS))]


class Escalation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    after: NotBelowZero
    to: Annotated[tuple[Literal["handler", "lead", "superior", "head"], ...], msgspec.Meta(min_length=1)]


class Crowd(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    people: Annotated[int, msgspec.Meta(ge=2)]
    hours: AtLeastOne
    alike: Annotated[float, msgspec.Meta(gt=0, le=1)]


class Repeat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    days: AtLeastOne


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ticket_years: Annotated[int, msgspec.Meta(ge=KEPT_BY_LAW)]
    chat_days: AtLeastOne


class Deadlines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file, table by table, as it is written there."""

    rule: tuple[Rule, ...]
    review: Review
    office: Office
    escalate: tuple[Escalation, ...]
    crowd: Crowd
    repeat: Repeat
    retention: Retention


def read_deadlines(path: Path, *, kinds: Collection[str] | None = None, sources: Collection[str] | None = None) -> Deadlines:
    """Read and check the file. `kinds`: the ticket kinds there are; each must have a rule, and no rule may name another. `sources`:
    the ways in which tickets come."""
    file = TomlFile(path)
    for name in file.data:
        if name not in Deadlines.__struct_fields__:
            raise file.refuse(f"unknown table [{name}]", key=name)
    made: dict[str, Any] = {}
    for field in msgspec.structs.fields(Deadlines):
        if field.name not in file.data:
            raise file.refuse(f"[{field.name}] is missing")
        if field.name in ("rule", "escalate"):
            made[field.name] = _rows(file, field.name, Rule if field.name == "rule" else Escalation)
            continue
        try:
            made[field.name] = msgspec.convert(file.data[field.name], field.type)
        except msgspec.ValidationError as error:
            raise file.refuse(f"[{field.name}] {error}", key=field.name) from error
    deadlines = Deadlines(**made)
    _check(file, deadlines, kinds)
    if sources is not None and (unknown := next((one for one in deadlines.office.regulators if one not in sources), "")):
        raise file.refuse(f"[office] regulators: unknown source {unknown!r}", key="office")
    return deadlines


def _rows(file: TomlFile, table: str, kind: type) -> tuple[Any, ...]:
    rows = file.data[table]
    if not isinstance(rows, list):
        raise file.refuse(f"[{table}] must be written [[{table}]]", key=table)
    made = []
    for nth, row in enumerate(rows):
        try:
            made.append(msgspec.convert(row, kind))
        except msgspec.ValidationError as error:
            raise file.refuse(f"[[{table}]] {row.get('kind') or nth + 1}: {error}", key=table, nth=nth) from error
    return tuple(made)


def _check(file: TomlFile, deadlines: Deadlines, kinds: Collection[str] | None) -> None:
    """What no single field can tell."""
    seen: set[tuple[str, date]] = set()
    for nth, rule in enumerate(deadlines.rule):
        if what := _wrong(rule, kinds) or ("written twice" if (rule.kind, rule.effective_from) in seen else ""):
            raise file.refuse(f"[[rule]] {rule.kind} from {rule.effective_from}: {what}", key="rule", nth=nth)
        seen.add((rule.kind, rule.effective_from))
    if len(set(deadlines.office.warn)) != len(deadlines.office.warn):
        raise file.refuse("[office] warn: one day twice", key="office")
    if not deadlines.escalate:
        raise file.refuse("[[escalate]] nobody is told of a breach", key="escalate")
    for nth, step in enumerate(deadlines.escalate):
        if step.after in {other.after for other in deadlines.escalate[:nth]}:
            raise file.refuse(f"[[escalate]] two steps after {step.after} days", key="escalate", nth=nth)
    if kinds is None:
        return
    if unknown := next((kind for kind in deadlines.review.kinds if kind not in kinds), ""):
        raise file.refuse(f"[review] unknown ticket kind {unknown!r}", key="review")
    if without := next((kind for kind in kinds if kind not in {rule.kind for rule in deadlines.rule}), ""):
        raise file.refuse(f"ticket kind {without!r} has no [[rule]]")


def _wrong(rule: Rule, kinds: Collection[str] | None) -> str:
    if kinds is not None and rule.kind not in kinds:
        return "unknown ticket kind"
    if not rule.source.strip():
        return "source is missing"
    if rule.complex and rule.complex <= rule.days:
        return f"complex is the days in all, so more than days ({rule.days})"
    return "approved days need complex ones before them" if rule.approved and not rule.complex else ""
