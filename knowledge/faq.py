"""Maintained answers are written as Markdown by people of the office, so the reader is strict and names the line."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import msgspec

from knowledge.reading import KnowledgeError, read_date, read_text

HEADING = re.compile(r"^## +(?P<slug>[a-z0-9][a-z0-9-]*) *\| *(?P<question>\S.*)$")
FIELDS = {"audience", "confidence", "checked", "valid_until", "related", "faq", "staff_only"}
SECTIONS = {"问法": "variants", "答": "answer", "步骤": "steps", "追问": "more", "依据": "basis"}
LEAST_VARIANTS = 6
LONGEST_ANSWER = 120
LONGEST_MORE = 80


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One maintained answer. `more`: what is said only to who asks on, a line each that is complete by itself. `versions` maps an
    audience to the text it should read instead of `answer`."""

    id: str
    theme: str
    question: str
    variants: tuple[str, ...]
    answer: str
    steps: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    basis: tuple[str, ...]
    audience: tuple[str, ...]
    versions: dict[str, str] = {}
    confidence: str
    checked: date
    valid_until: date | None = None
    related: tuple[str, ...] = ()
    staff_only: bool = False
    faq: int = 0
    file: str = ""
    line: int = 0


class Fault(KnowledgeError):
    """What is wrong with one part of an entry: `part` and `kind` for who wrote it into a form, `fields` the figures of it."""

    def __init__(self, path: Path, line: int, what: str, *, part: str, kind: str, **fields: object):
        super().__init__(path, line, what)
        self.part, self.kind, self.fields = part, kind, fields


def read_file(path: Path, *, audiences: frozenset[str]) -> list[Entry]:
    """All entries of one theme file (`anti_fraud.md` holds theme `anti_fraud`)."""
    return [_entry(path, start, block, audiences) for start, block in _blocks(path, read_text(path))]


def read_section(text: str, *, theme: str, audiences: frozenset[str]) -> tuple[Entry | None, list[Fault]]:
    """One entry that stands in no file yet, by the rules of the files: the entry, or all that is wrong with it.
    Raises KnowledgeError for what is no single entry."""
    path = Path(f"{theme}.md")
    blocks = list(_blocks(path, text))
    if len(blocks) != 1:
        raise KnowledgeError(path, 1, f"{len(blocks)} entries, expected one")
    return _read(path, *blocks[0], audiences)


def asked(entries: Mapping[str, Entry]) -> set[str]:
    """Every question and way to ask of these entries."""
    return {text for entry in entries.values() for text in (entry.question, *entry.variants)}


def read_ways(path: Path, entries: Mapping[str, Entry], taken: set[str]) -> dict[str, list[str]]:
    """Further ways people ask, `entry|question` a line, by entry; they are added to those that are `taken`: a question stands once
    in the whole base."""
    found: dict[str, list[str]] = {}
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        slug, _, text = line.partition("|")
        slug, text = slug.strip(), text.strip()
        if slug not in entries:
            raise KnowledgeError(path, number, f"no entry {slug!r}")
        if not text or text in taken:
            raise KnowledgeError(path, number, f"{slug}: {'asked elsewhere too' if text else 'no question'}: {text}")
        taken.add(text)
        found.setdefault(slug, []).append(text)
    return found


def _blocks(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    lines = text.splitlines()
    starts = [n for n, line in enumerate(lines) if line.startswith("## ")]
    for n, line in enumerate(lines[: starts[0] if starts else len(lines)]):
        if line.strip() and not line.startswith("# "):
            raise KnowledgeError(path, n + 1, f"text outside an entry: {line[:30]!r}")
    for start, end in zip(starts, [*starts, len(lines)][1:], strict=True):
        yield start + 1, lines[start:end]


def _entry(path: Path, start: int, block: list[str], audiences: frozenset[str]) -> Entry:
    entry, faults = _read(path, start, block, audiences)
    if entry is None:
        raise faults[0]
    return entry


def _read(path: Path, start: int, block: list[str], audiences: frozenset[str]) -> tuple[Entry | None, list[Fault]]:
    faults: list[Fault] = []

    def fault(part: str, kind: str, what: str, line: int = start, **figures: object) -> None:
        faults.append(Fault(path, line, what, part=part, kind=kind, **figures))

    heading = HEADING.match(block[0])
    if not heading:
        fault("question", "missing", f"heading must be `## slug | 问题`, found {block[0]!r}")
    slug = heading["slug"] if heading else ""
    fields: dict[str, tuple[str, int]] = {}
    sections: dict[str, list[tuple[str, int]]] = {}
    where: dict[str, int] = {}
    current = ""
    for offset, raw in enumerate(block[1:], 1):
        line, number = raw.strip(), start + offset
        if line.startswith("### "):
            current = line[4:].strip()
            if current in sections:
                fault("form", "twice", f"{slug}: section {current} twice", number)
            sections[current], where[current] = [], number
        elif not line:
            continue
        elif current:
            sections[current].append((line, number))
        else:
            name, colon, value = line.partition(":")
            if not colon or name.strip() not in FIELDS:
                fault("form", "unknown", f"{slug}: unknown field {line[:40]!r}", number)
            fields[name.strip()] = value.strip(), number

    def listed(name: str) -> tuple[str, ...]:
        return tuple(x for x in re.split(r"[,，、\s]+", fields.get(name, ("", 0))[0]) if x)

    def dated(name: str) -> date | None:
        value, number = fields.get(name, ("", start))
        try:
            return read_date(value, path=path, line=number, name=f"{slug}: {name}") if value else None
        except KnowledgeError as error:
            fault(name, "undated", error.what, number)
            return None

    for name in ("audience", "confidence", "checked"):
        if not fields.get(name, ("", 0))[0]:
            fault(name, "missing", f"{slug}: field {name} is missing")
    for name in ("问法", "答", "依据"):
        if not sections.get(name):
            fault(SECTIONS[name], "missing", f"{slug}: section {name} is missing or empty", where.get(name, start))
    versions = {}
    for name, rows in sections.items():
        if name in SECTIONS:
            continue
        if not name.endswith("版") or name[:-1] not in audiences:
            fault("form", "unknown", f"{slug}: unknown section {name!r}", where[name])
        elif not rows:
            fault("versions", "missing", f"{slug}: section {name} is empty", where[name])
        versions[name[:-1]] = "\n".join(text for text, _ in rows)
    for name in listed("audience"):
        if name not in audiences:
            fault("audience", "unknown", f"{slug}: unknown audience {name!r}", fields["audience"][1])
    confidence, sure = fields.get("confidence", ("", start))
    if confidence not in ("V", "S", ""):
        fault("confidence", "unknown", f"{slug}: confidence must be V or S", sure)
    variants, basis = _bullets(sections.get("问法", [])), _bullets(sections.get("依据", []))
    if variants and len(set(variants)) < LEAST_VARIANTS:
        fault("variants", "few", f"{slug}: {len(set(variants))} ways to ask, at least {LEAST_VARIANTS} are needed", where["问法"],
              count=len(set(variants)), least=LEAST_VARIANTS)
    for place, (text, number) in enumerate(sections.get("依据", []), 1):
        if not text.endswith(("[V]", "[S]")):
            fault("basis", "unmarked", f"{slug}: source must end in [V] or [S]: {text[:30]}", number, place=place)
    if confidence == "V" and basis and not any(text.endswith("[V]") for text in basis):
        fault("confidence", "unfounded", f"{slug}: confidence V without any [V] source", sure)
    answer = "\n".join(text for text, _ in sections.get("答", []))
    if len(answer) > LONGEST_ANSWER:
        fault("answer", "long", f"{slug}: answer has {len(answer)} characters, {LONGEST_ANSWER} at most", where["答"],
              count=len(answer), most=LONGEST_ANSWER)
    more = _bullets(sections.get("追问", []))
    for text in more:
        if len(text) > LONGEST_MORE:
            fault("more", "long", f"{slug}: a line of 追问 has {len(text)} characters, {LONGEST_MORE} at most: {text[:30]}",
                  where["追问"], count=len(text), most=LONGEST_MORE)
    faq = fields.get("faq", ("0", start))
    if not faq[0].isdigit():
        fault("faq", "unknown", f"{slug}: faq must be a number", faq[1])
    staff = fields.get("staff_only", ("false", start))
    if staff[0] not in ("true", "false"):
        fault("staff_only", "unknown", f"{slug}: staff_only must be true or false", staff[1])
    checked, valid_until = dated("checked"), dated("valid_until")
    if faults or heading is None or checked is None:
        return None, faults
    return Entry(
        id=slug, theme=path.stem, question=heading["question"].strip(), variants=variants, answer=answer,
        steps=_bullets(sections.get("步骤", [])), more=more, basis=basis, audience=listed("audience"), versions=versions,
        confidence=confidence, checked=checked, valid_until=valid_until, related=listed("related"),
        staff_only=staff[0] == "true", faq=int(faq[0]), file=path.name, line=start,
    ), faults


def _bullets(rows: list[tuple[str, int]]) -> tuple[str, ...]:
    """Items of a list; a line without a bullet continues the item before it."""
    items: list[str] = []
    for text, _ in rows:
        bullet = re.match(r"^(?:[-*]|\d+[.、])\s*(.*)$", text)
        if bullet or not items:
            items.append(bullet[1] if bullet else text)
        else:
            items[-1] += text
    return tuple(items)
