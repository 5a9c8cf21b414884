"""One place reads and checks all the office knows, so that a bad line stops the start and not a customer's answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from msgspec import structs

from knowledge import faq, tables
from knowledge.clocks import Deadlines, read_deadlines
from knowledge.faq import Entry
from knowledge.measures import Assessment, Base, read_assessment, read_bases
from knowledge.reading import KnowledgeError
from knowledge.tables import Campaign, Fee, Followup, Guidance, Kind, Question, Term, Wording
from knowledge.today import Fit, holds
from knowledge.today import today as shanghai_today
from knowledge.windows import Window, read_windows

__all__ = ["Due", "Entry", "Kind", "Knowledge", "KnowledgeError", "Taxonomy", "load"]

FOLDER = Path(__file__).parent
GROUPS = ("category", "cause", "right", "intent", "urgency", "flag", "theme", "audience", "source", "business_channel",
          "ticket_kind", "status")
STALE_AFTER = timedelta(days=365)


@dataclass(frozen=True)
class Taxonomy:
    """Each group maps a code to its `Kind`, in the order written."""

    category: Mapping[str, Kind]
    cause: Mapping[str, Kind]
    right: Mapping[str, Kind]
    intent: Mapping[str, Kind]
    urgency: Mapping[str, Kind]
    flag: Mapping[str, Kind]
    theme: Mapping[str, Kind]
    audience: Mapping[str, Kind]
    source: Mapping[str, Kind]
    business_channel: Mapping[str, Kind]
    ticket_kind: Mapping[str, Kind]
    status: Mapping[str, Kind]


@dataclass(frozen=True)
class Due:
    """An entry the office must look at again. `reason`: expired, expiring or unchecked."""

    entry: Entry
    reason: str
    since: date


@dataclass(frozen=True)
class Knowledge:
    """`entries` and `fees` are those that hold today, also after many days: what lapses at midnight is not shown from then on."""

    taxonomy: Taxonomy
    entries: Fit[Entry]
    wording: Wording
    emergencies: Mapping[str, Guidance]
    deadlines: Deadlines
    quiz: Mapping[str, Question]
    campaigns: Mapping[str, Campaign]
    glossary: Mapping[str, Term]
    fees: Fit[Fee]
    followups: Mapping[str, Followup] = field(default_factory=dict)
    windows: Mapping[str, Window] = field(default_factory=dict)
    bases: tuple[Base, ...] = ()
    assessment: Assessment = field(default_factory=Assessment)
    missing: tuple[str, ...] = field(default=())

    def due_for_review(self, day: date, *, ahead: int = 30) -> list[Due]:
        """Expired entries first, then those that expire within `ahead` days or were not checked for a year."""
        due = []
        for entry in self.entries.written.values():
            if entry.valid_until and entry.valid_until < day:
                due.append(Due(entry, "expired", entry.valid_until))
            elif entry.valid_until and entry.valid_until <= day + timedelta(days=ahead):
                due.append(Due(entry, "expiring", entry.valid_until))
            elif entry.checked + STALE_AFTER < day:
                due.append(Due(entry, "unchecked", entry.checked))
        order = {"expired": 0, "expiring": 1, "unchecked": 2}
        return sorted(due, key=lambda d: (order[d.reason], d.since, d.entry.id))

    def fit(self, day: date) -> dict[str, Entry]:
        """Entries that may be shown on `day`."""
        return self.entries.on(day)


def load(folder: Path | None = None, *, today: date | None = None, strict: bool = False) -> Knowledge:
    """Read and check everything; raises KnowledgeError("file:line: what").

    An entry past its `valid_until`, or a file that is missing, is refused when `strict`. Otherwise the entry is hidden, and
    listed by `due_for_review` and `xiaobao doctor`: a rule that lapses at midnight must not take the bot down with it. `today`
    holds the calendar still.
    """
    folder = folder or FOLDER
    day = (lambda: today) if today else shanghai_today
    for name in ("taxonomy.toml", "deadlines.toml"):
        if not (folder / name).is_file():
            raise KnowledgeError(folder / name, 1, "file is missing")
    groups = tables.read_taxonomy(folder / "taxonomy.toml")
    for name in GROUPS:
        if name not in groups:
            raise KnowledgeError(folder / "taxonomy.toml", 1, f"group [{name}] is missing")
    taxonomy = Taxonomy(**{name: groups[name] for name in GROUPS})
    missing: list[str] = []

    def read(name: str, reader: Any, empty: Any, **known: Any) -> Any:
        if not (folder / name).exists():
            missing.append(name)
            return empty
        return reader(folder / name, **known)

    entries = _entries(folder / "faq", taxonomy)
    if strict and (first := next((entry for entry in entries.values() if not holds(entry, day())), None)):
        raise KnowledgeError(folder / "faq" / first.file, first.line, f"{first.id}: expired on {first.valid_until}")
    knowledge = Knowledge(
        taxonomy=taxonomy,
        entries=Fit(entries, day),
        wording=read("wording.toml", tables.read_wording, Wording({})),
        emergencies=read("emergencies.toml", tables.read_emergencies, {}),
        deadlines=read_deadlines(folder / "deadlines.toml", kinds=taxonomy.ticket_kind, sources=taxonomy.source),
        quiz=read("quiz", tables.read_quiz, {}, themes=taxonomy.theme, audiences=taxonomy.audience),
        campaigns=read("campaigns.toml", tables.read_campaigns, {}, themes=taxonomy.theme, entries=entries),
        glossary=read("glossary.toml", tables.read_glossary, {}, themes=taxonomy.theme, entries=entries),
        fees=Fit(read("fees.toml", tables.read_fees, {}), day),
        followups=read("followups.toml", tables.read_followups, {}, themes=taxonomy.theme),
        windows=read("windows.toml", read_windows, {}, entries=entries),
        bases=read("base_figures.toml", read_bases, ()),
        assessment=read("assessment.toml", read_assessment, Assessment()),
        missing=tuple(missing),
    )
    if strict and missing:
        raise KnowledgeError(folder / missing[0], 1, "file is missing")
    return knowledge


def _entries(folder: Path, taxonomy: Taxonomy) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    audiences = frozenset(taxonomy.audience)
    for path in sorted(folder.glob("*.md")):
        if path.stem not in taxonomy.theme:
            raise KnowledgeError(path, 1, f"no theme {path.stem!r} in taxonomy.toml")
        for entry in faq.read_file(path, audiences=audiences):
            if entry.id in entries:
                other = entries[entry.id]
                raise KnowledgeError(path, entry.line, f"{entry.id} is also at {other.file}:{other.line}")
            entries[entry.id] = entry
    taken = faq.asked(entries)
    for path in sorted((folder.parent / "ways").glob("*.txt")):
        for slug, more in faq.read_ways(path, entries, taken).items():
            entries[slug] = structs.replace(entries[slug], variants=(*entries[slug].variants, *more))
    for entry in entries.values():
        for slug in entry.related:
            if slug not in entries or slug == entry.id:
                raise KnowledgeError(folder / entry.file, entry.line, f"{entry.id}: related entry {slug!r} not found")
    return entries
