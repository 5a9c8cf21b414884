"""Whether the model still fits what customers say: confidence, unknown words, the mix of classes and corrections, week by week."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import log

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tickets.models import Audit, Correction, Ticket
from tickets.numbers import SHANGHAI
from tickets.periods import first_second

WEEKS = 16
RECENT = 4  # weeks that are compared with those before
SAMPLE = 1500  # tickets of a week whose readings are looked into; of more, every k-th
HEADS = ("category", "cause", "urgency", "intent", "answer")
NOTABLE = {"mix": 0.2, "confidence": 0.05, "unknown": 0.05, "corrected": 0.05}
"""A population stability index above 0.2 is the usual sign of drift; the others are shares."""


@dataclass
class Week:
    """Tickets that a model read in the seven days from `first`; shares are None in a week without any."""

    first: date
    read: int = 0  # tickets read by a model
    confidence: float | None = None  # mean confidence in the category
    unsure: float | None = None  # share handed to a person for it
    unknown: float | None = None  # mean share of words the model had never met
    mix: dict[str, float] = field(default_factory=dict)  # category as the model said it → share
    corrected: dict[str, float] = field(default_factory=dict)  # head → share of the tickets that somebody put right


@dataclass(frozen=True)
class Version:
    """What one version of the model has read in these weeks (from the sample) and how much of it was put right."""

    version: str
    read: int
    confidence: float | None
    corrected: float
    first: date
    last: date


@dataclass(frozen=True)
class Drift:
    """All that the page shows. `signs` names what moved (a key of NOTABLE) with its size and direction."""

    weeks: list[Week]
    versions: list[Version]
    decisions: list[Audit]
    signs: list[tuple[str, float]]


def drift(session: Session, *, at: datetime) -> Drift:
    """The last weeks up to and with the present one."""
    today = at.astimezone(SHANGHAI).date()
    monday = today - timedelta(days=today.weekday())
    weeks = [Week(monday - timedelta(days=7 * n)) for n in reversed(range(WEEKS))]
    seen: dict[str, list[tuple[date, float | None]]] = defaultdict(list)
    for week in weeks:
        _read(session, week, seen)
    fixed = _corrections(session, weeks)
    decisions = list(session.scalars(select(Audit).where(Audit.action.like("model.%")).order_by(Audit.id.desc()).limit(20)))
    return Drift(weeks, _versions(seen, fixed), decisions, _signs(weeks))


def _read(session: Session, week: Week, seen: dict[str, list[tuple[date, float | None]]]) -> None:
    """Fill in what the readings of a week say, and note it under the version that made them."""
    where = (Ticket.received_at >= first_second(week.first), Ticket.received_at < first_second(week.first + timedelta(days=7)))
    whole = session.scalar(select(func.count()).select_from(Ticket).where(*where)) or 0
    every = max(1, whole // SAMPLE)
    rows = session.execute(select(Ticket.reading, Ticket.model_version).where(
        *where, Ticket.model_version.is_not(None), Ticket.id % every == 0)).all()
    readings = [(reading or {}, version) for reading, version in rows]
    if not readings:
        return
    week.read = min(len(readings) * every, whole)
    said = [(reading.get("category_top3") or [None])[0] for reading, _ in readings]
    codes = Counter(one if isinstance(one, str) else one[0] for one in said if one)
    week.mix = {code: count / codes.total() for code, count in codes.most_common()}
    sure = [reading["category_confidence"] for reading, _ in readings if reading.get("category_confidence")]
    week.confidence = _mean(sure)
    week.unsure = _mean([float(bool(reading["needs_human"])) for reading, _ in readings if "needs_human" in reading])
    week.unknown = _mean([reading["unknown"] for reading, _ in readings if "unknown" in reading])
    for reading, version in readings:
        seen[version].append((week.first, reading.get("category_confidence")))


def _corrections(session: Session, weeks: list[Week]) -> dict[str, float]:
    """Shares of the tickets of each week that were put right, by head; and by version over all weeks, any head."""
    start = first_second(weeks[0].first)
    rows = session.execute(
        select(Correction.head, Correction.ticket_id, Ticket.received_at, Ticket.model_version)
        .join(Ticket, Ticket.id == Correction.ticket_id).where(Ticket.received_at >= start, Ticket.model_version.is_not(None)))
    tickets: dict[tuple[date, str], set[int]] = defaultdict(set)
    versions: dict[str, set[int]] = defaultdict(set)
    for head, ticket, received, version in rows:
        day = received.astimezone(SHANGHAI).date()
        tickets[(day - timedelta(days=day.weekday()), head)].add(ticket)
        versions[version].add(ticket)
    for week in weeks:
        if week.read:
            week.corrected = {head: len(tickets[(week.first, head)]) / week.read for head in HEADS}
    read: Counter[str] = Counter(dict(session.execute(
        select(Ticket.model_version, func.count()).where(Ticket.received_at >= start, Ticket.model_version.is_not(None))
        .group_by(Ticket.model_version)).all()))
    return {version: len(versions[version]) / count for version, count in read.items()}


def _versions(seen: dict[str, list[tuple[date, float | None]]], fixed: dict[str, float]) -> list[Version]:
    found = [Version(version, len(rows), _mean([sure for _, sure in rows if sure]), fixed.get(version, 0.0),
                     min(day for day, _ in rows), max(day for day, _ in rows)) for version, rows in seen.items()]
    return sorted(found, key=lambda one: (one.last, one.first, one.version), reverse=True)


def _signs(weeks: list[Week]) -> list[tuple[str, float]]:
    """What moved between the weeks before and the recent whole ones."""
    whole = [week for week in weeks[:-1] if week.read]
    before, lately = whole[:-RECENT], whole[-RECENT:]
    if len(before) < RECENT:
        return []
    found = [("mix", stability(_mixed(before), _mixed(lately)))]
    for name in ("confidence", "unknown"):
        old, new = (_mean([getattr(week, name) for week in part if getattr(week, name) is not None]) for part in (before, lately))
        if old is not None and new is not None:
            found.append((name, new - old))
    old, new = (_mean([week.corrected.get("category", 0.0) for week in part]) for part in (before, lately))
    found.append(("corrected", (new or 0.0) - (old or 0.0)))
    worse = {"mix": 1, "confidence": -1, "unknown": 1, "corrected": 1}
    return [(name, size) for name, size in found if size * worse[name] > NOTABLE[name]]


def stability(old: dict[str, float], new: dict[str, float]) -> float:
    """The population stability index between two mixes of classes; 0 when they are the same."""
    least = 0.001
    codes = {*old, *new}
    return sum((max(new.get(code, 0), least) - max(old.get(code, 0), least))
               * log(max(new.get(code, 0), least) / max(old.get(code, 0), least)) for code in codes)


def _mixed(weeks: list[Week]) -> dict[str, float]:
    sums: Counter[str] = Counter()
    for week in weeks:
        for code, share in week.mix.items():
            sums[code] += share * week.read
    return {code: count / sums.total() for code, count in sums.items()} if sums.total() else {}


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
