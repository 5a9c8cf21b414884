"""The smaller tables of the office (quiz, campaigns, glossary, fees, wording, emergencies), each read into one shape."""

import re
import string
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from knowledge.reading import KnowledgeError, TomlFile

Row = TypeVar("Row")
DAY = re.compile(r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")
MARK = re.compile(r" ?\[[VS]\]")
"""How sure a source is, for those who maintain the question and not for who answers it."""


class Kind(msgspec.Struct, frozen=True):
    """One row of taxonomy.toml; `code` is what is stored, `name` what people read."""

    code: str
    name: str
    hint: str = ""
    right: str = ""
    level: str = ""
    regulator: bool = False
    claims: tuple[str, ...] = ()
    said: tuple[str, ...] = ()  # what a customer calls it, in small letters
    standard: str = ""  # what the regulator's tables call it, where customers are spared the long word
    within: tuple[str, ...] = ()  # the sums of those tables that it goes into


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`answer` holds zero-based indices into `options`."""

    id: str
    kind: Literal["single", "multiple", "true_false", "scenario"]
    theme: str
    text: str
    answer: tuple[int, ...]
    explanation: str
    source: str
    options: tuple[str, ...] = ("对", "错")
    audience: tuple[str, ...] = ("公众",)
    valid_until: date | None = None


class Campaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`start` and `end` are `MM-DD`; `year` 0 means every year."""

    id: str
    name: str
    start: str
    end: str
    source: str
    year: int = 0
    slogan: str = ""
    themes: tuple[str, ...] = ()
    tips: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()

    def on(self, day: date) -> bool:
        if self.year and self.year != day.year:
            return False
        today = f"{day:%m-%d}"
        if self.start <= self.end:
            return self.start <= today <= self.end
        return today >= self.start or today <= self.end

    def begins_after(self, day: date) -> date | None:
        """The first day, after this one, on which it begins; None when its year is over."""
        month, date_of = map(int, self.start.split("-"))
        for year in (self.year,) if self.year else (day.year, day.year + 1):
            begins = date(year, month, date_of)
            if begins > day:
                return begins
        return None


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    term: str
    meaning: str
    source: str = ""
    also: tuple[str, ...] = ()
    theme: str = ""
    entry: str = ""


class Fee(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`free_by_law` rows are pre-filled and need a source; the bank fills in the others."""

    id: str
    name: str
    price: str = ""
    source: str = ""
    free_by_law: bool = False
    product: str = ""
    note: str = ""
    also: tuple[str, ...] = ()
    valid_until: date | None = None


class Guidance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to tell a person in danger; lines are sent as they are. `heard` and `unless` are patterns over normalised text, in which
    {who} stands for any of `who`. `short`: the lines in the words for the old, where there are any."""

    kind: str
    lines: tuple[str, ...]
    short: tuple[str, ...] = ()
    title: str = ""
    source: str = ""
    heard: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    who: tuple[str, ...] = ()


class Followup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question that names no subject (what to bring, how long): `heard` in the message; `says` it in a sentence of what was
    answered; else the line of the answer's theme, or `general`, in which {first} stands for the answer's first step."""

    kind: str
    heard: tuple[str, ...]
    says: tuple[str, ...]
    general: str
    theme: dict[str, str] = {}


FOR_THE_OLD = "old"
"""The table of wording.toml with short words for who reads the version for the old: `old.filing.ack` for `filing.ack`."""


class Wording:
    """`wording("key", name="…")`: an unknown key or a missing field is a bug and raises."""

    def __init__(self, texts: dict[str, str]):
        self.texts = texts
        self.fields = {key: {f for _, f, _, _ in string.Formatter().parse(text) if f} for key, text in texts.items()}

    def __call__(self, key: str, /, **fields: object) -> str:
        if key not in self.texts:
            raise KeyError(f"wording.toml has no {key!r}")
        missing = self.fields[key] - fields.keys()
        if missing:
            raise KeyError(f"wording {key!r} needs {', '.join(sorted(missing))}")
        return self.texts[key].format_map(fields)

    def __contains__(self, key: str) -> bool:
        return key in self.texts


def read_taxonomy(path: Path) -> dict[str, dict[str, Kind]]:
    file = TomlFile(path)
    groups: dict[str, dict[str, Kind]] = {}
    for group, rows in file.data.items():
        groups[group] = {}
        for code, row in rows.items():
            try:
                groups[group][code] = msgspec.convert({"code": code, **row}, Kind)
            except (msgspec.ValidationError, TypeError) as error:
                raise file.refuse(f"{group}.{code}: {error}", key=code) from error
    return groups


def read_wording(path: Path) -> Wording:
    file = TomlFile(path)
    texts: dict[str, str] = {}
    for key, value in _leaves(file.data):
        if not isinstance(value, str) or not value.strip():
            raise file.refuse(f"{key}: a sentence is expected", key=key)
        try:
            names = [f for _, f, _, _ in string.Formatter().parse(value) if f is not None]
        except ValueError as error:
            raise file.refuse(f"{key}: {error}", key=key) from error
        if any(not name.isidentifier() for name in names):
            raise file.refuse(f"{key}: fields are written {{name}}", key=key)
        texts[key] = value.strip("\n")
    wording = Wording(texts)
    for key in texts:
        of = key.removeprefix(f"{FOR_THE_OLD}.")
        if of != key and not wording.fields[key] <= wording.fields.get(of, set()):
            raise file.refuse(f"{key}: it has a field that {of} has not", key=key)
        if of != key and of not in texts:
            raise file.refuse(f"{key}: there is no {of}", key=key)
    return wording


def _leaves(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        elif isinstance(value, list) and value and all(isinstance(x, str) for x in value):
            yield prefix + key, "\n".join(value)
        else:
            yield prefix + key, value


def read_emergencies(path: Path) -> dict[str, Guidance]:
    file = TomlFile(path)
    made = {}
    for kind, row in file.data.items():
        try:
            made[kind] = msgspec.convert({"kind": kind, **(row if isinstance(row, dict) else {"lines": row})}, Guidance)
        except msgspec.ValidationError as error:
            raise file.refuse(f"{kind}: {error}", key=kind) from error
        if not made[kind].lines or not all(line.strip() for line in (*made[kind].lines, *made[kind].short)):
            raise file.refuse(f"{kind}: guidance has no lines", key=kind)
        written = (*made[kind].heard, *made[kind].unless, *made[kind].who)
        _patterns(file, kind, (pattern.replace("{who}", "x") for pattern in written))
    return made


def read_followups(path: Path, *, themes: dict[str, Kind]) -> dict[str, Followup]:
    file = TomlFile(path)
    made = {}
    for kind, row in file.data.items():
        try:
            made[kind] = msgspec.convert({"kind": kind, **row}, Followup)
        except (msgspec.ValidationError, TypeError) as error:
            raise file.refuse(f"{kind}: {error}", key=kind) from error
        if what := _unknown(tuple(made[kind].theme), themes, "theme"):
            raise file.refuse(f"{kind}: {what}", key=kind)
        if not all(line.strip() for line in (made[kind].general, *made[kind].theme.values())):
            raise file.refuse(f"{kind}: a line is empty", key=kind)
        _patterns(file, kind, (*made[kind].heard, *made[kind].says))
    return made


def _patterns(file: TomlFile, kind: str, patterns: Iterable[str]) -> None:
    """Refuses what is no regular expression."""
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise file.refuse(f"{kind}: no pattern: {pattern} ({error})", key=kind) from error


def read_campaigns(path: Path, *, themes: dict[str, Kind], entries: Collection[str]) -> dict[str, Campaign]:
    def check(c: Campaign) -> str:
        if not (_is_day(c.start) and _is_day(c.end)):
            return "start and end are MM-DD"
        return _unknown(c.themes, themes, "theme") or _unknown(c.entries, entries, "entry") or _sourced(c.source)

    return _keyed(path, "campaign", Campaign, check)


def _is_day(text: str) -> bool:
    """A day that every year has."""
    try:
        return DAY.match(text) is not None and bool(date.fromisoformat(f"2025-{text}"))
    except ValueError:
        return False


def read_glossary(path: Path, *, themes: Collection[str], entries: Collection[str]) -> dict[str, Term]:
    taken: dict[str, str] = {}

    def check(t: Term) -> str:
        for name in map(plain, (t.term, *t.also)):
            if not name:
                return "a name is empty"
            if (other := taken.setdefault(name, t.term)) != t.term:
                return f"{name!r} is also a name of {other!r}"
        if not t.meaning.strip():
            return "meaning is empty"
        return (_unknown(tuple(filter(None, [t.theme])), themes, "theme")
                or _unknown(tuple(filter(None, [t.entry])), entries, "entry"))

    return _keyed(path, "term", Term, check)


def plain(name: str) -> str:
    """A name as it is compared: in any width, case and spacing."""
    return "".join(unicodedata.normalize("NFKC", name).lower().split())


def read_fees(path: Path) -> dict[str, Fee]:
    def check(f: Fee) -> str:
        if not all(name.strip() for name in (f.name, *f.also)):
            return "a name is empty"
        return _sourced(f.source) if f.free_by_law or f.price else ""

    return _keyed(path, "fee", Fee, check)


def read_quiz(folder: Path, *, themes: dict[str, Kind], audiences: dict[str, Kind]) -> dict[str, Question]:
    def check(q: Question) -> str:
        if len(q.options) < 2 or len(set(q.options)) != len(q.options):
            return "needs two or more different options"
        if not q.answer or len(set(q.answer)) != len(q.answer) or not all(0 <= a < len(q.options) for a in q.answer):
            return f"answer {list(q.answer)} does not point into {len(q.options)} options"
        if q.kind in ("single", "true_false") and len(q.answer) != 1:
            return f"{q.kind} has one right answer"
        if q.kind == "true_false" and len(q.options) != 2:
            return "true_false has two options"
        if not q.explanation.strip():
            return "explanation is empty"
        return (_unknown((q.theme,), themes, "theme") or _unknown(q.audience, audiences, "audience")
                or _sourced(q.source))

    questions: dict[str, Question] = {}
    for path in sorted(folder.glob("*.toml")):
        for key, question in _keyed(path, "question", Question, check).items():
            if key in questions:
                raise KnowledgeError(path, TomlFile(path).line("id"), f"question {key} is also in another file")
            questions[key] = msgspec.structs.replace(question, source=MARK.sub("", question.source))
    return questions


def _keyed(path: Path, table: str, kind: type[Row], check: Callable[[Row], str]) -> dict[str, Row]:
    file = TomlFile(path)
    rows: dict[str, Row] = {}
    for nth, row in enumerate(file.records(table, kind)):
        key = getattr(row, "id", None) or getattr(row, "term", "")
        what = "written twice" if key in rows else "no name" if not key else check(row)
        if what:
            raise file.refuse(f"{table} {key}: {what}", key=f"[[{table}]]", nth=nth)
        rows[key] = row
    return rows


def _sourced(source: str) -> str:
    return "" if source.strip() else "source is missing"


def _unknown(values: tuple[str, ...], known: Collection[str], name: str) -> str:
    return next((f"unknown {name} {v!r}" for v in values if v not in known), "")
