"""Our own labelled messages, one line each, read and checked in one place; the file's name is the writer's."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from nlp.text import normalise

FOLDER = Path(__file__).parent / "corpus"
INTENTS = ("complaint", "question", "progress", "suggestion", "praise", "report", "human", "chat")
CATEGORIES = (
    "DEPOSIT", "DEBIT_CARD", "CREDIT_CARD", "LOAN", "COLLECTION", "PAYMENT", "WEALTH", "AGENCY", "PERSONAL_INFO",
    "CASH", "FX", "METAL", "TREASURY", "OTHER_INTERMED", "OTHER",
)
CAUSES = (
    "SERVICE", "FACILITY", "PROCESS", "MARKETING", "DISCLOSURE", "CHOICE", "FEE", "YIELD", "CONTRACT", "FUND_SAFETY",
    "INFO_SAFETY", "COLLECT_WAY", "OTHER",
)
# `crowd20`, `frail` and `angry` are the corpus's own: a crowd of twenty is level I and shown as `group`; illness and pregnancy are
# level II, anger is level III, and neither is shown.
FLAGS = (
    "fraud_now", "self_harm", "violence", "crowd20", "group", "media", "regulator", "legal", "elderly", "minor",
    "disabled", "stolen", "identity_loan", "harsh_collection", "repeat", "frail", "angry",
)


class Message(msgspec.Struct, frozen=True):
    intent: str
    pair: tuple[str, str] | None
    also: tuple[tuple[str, str], ...]
    flags: frozenset[str]
    text: str
    writer: str


def one_sided(message: Message) -> bool:
    """Whether its writer wrote of urgency alone: emergencies and their harmless twins, in shares that life does not have."""
    return message.writer.rpartition("_")[2] in ("emergencies", "urgency", "urgent")


class CorpusError(ValueError):
    """`file:line: what is wrong`."""


def _pair(text: str) -> tuple[str, str]:
    category, slash, cause = text.strip().partition("/")
    if not slash or category not in CATEGORIES or cause not in CAUSES:
        raise ValueError(f"no such category/cause: {text}")
    return category, cause


def parse(line: str, *, writer: str) -> Message:
    """One corpus line; raises ValueError saying what is wrong."""
    parts = line.split("|", 4)
    if len(parts) != 5:
        raise ValueError("five fields parted by | are needed")
    intent, pair, also, flags, text = (part.strip() for part in parts)
    if intent not in INTENTS:
        raise ValueError(f"no such intent: {intent}")
    if intent == "complaint" and not pair:
        raise ValueError("a complaint needs CATEGORY/CAUSE")
    if pair and intent not in ("complaint", "progress"):
        raise ValueError(f"{intent} has no category")
    found = frozenset(filter(None, (flag.strip() for flag in flags.split(","))))
    if found - set(FLAGS):
        raise ValueError(f"no such flag: {sorted(found - set(FLAGS))}")
    if not text:
        raise ValueError("the text is empty")
    return Message(
        intent=intent,
        pair=_pair(pair) if pair else None,
        also=tuple(_pair(a) for a in also.split(",") if a.strip()),
        flags=found,
        text=text,
        writer=writer,
    )


def lines(folder: Path = FOLDER) -> Iterator[tuple[Path, int, str]]:
    for path in sorted(folder.glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                yield path, number, line


def read(folder: Path = FOLDER) -> list[Message]:
    """All messages, in file order, a repeated text (as normalised) once; raises CorpusError at the first bad line."""
    messages: list[Message] = []
    seen: set[str] = set()
    for path, number, line in lines(folder):
        try:
            message = parse(line, writer=path.stem)
        except ValueError as problem:
            raise CorpusError(f"{path.name}:{number}: {problem}") from problem
        key = normalise(message.text)
        if key not in seen:
            seen.add(key)
            messages.append(message)
    return messages


def fingerprint(messages: list[Message]) -> str:
    """Sixteen hex digits that change when any label or text does."""
    digest = hashlib.sha256()
    for message in messages:
        digest.update(msgspec.json.encode(message, order="sorted"))
    return digest.hexdigest()[:16]
