"""Our own dialogues: what customers say one after the other, and what a good colleague would do with each message.

A dialogue is a block of lines `message<TAB>ACT ids | ACT`, blocks are parted by an empty line, a line that begins with `# ` is a
note. The acts and how to choose them: `nlp/corpus/talks/README.md`. The file's name is the writer's.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent / "corpus" / "talks"
LABELS = ("ANSWER", "NONE", "FILE", "ADD", "SMALL", "ALARM", "STATUS", "HUMAN", "SCAM", "UNDO")
ACTS = ("ask", "file", "add", "small", "alarm", "status", "human", "scam", "undo")
"""What a message does. Whether the base holds the answer (ANSWER) or not (NONE) is no matter of the message: both ask."""
STEPS = ("facts", "branch", "claim", "contact")
LONG = 60  # characters; who says so much has told what happened


class Before(msgspec.Struct, frozen=True):
    """How the talk stands before a message.

    `open`: the question of a filing that was asked last (STEPS), `alarm`, `ticket`, `topic` (something was answered), `nothing`.
    `last`: the label of what was done with the message before, empty at the beginning.
    """

    open: str = "nothing"
    last: str = ""


class Said(msgspec.Struct, frozen=True):
    """One message, and the labels that are right for it, the best first: label → entries that answer (none: any)."""

    text: str
    labels: dict[str, frozenset[str]]
    answer: str | None = None  # the entry that its writer named first

    @property
    def best(self) -> str:
        return next(iter(self.labels))

    @property
    def acts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(act_of(label) for label in self.labels))


def act_of(label: str) -> str:
    return "ask" if label in ("ANSWER", "NONE") else label.lower()


def dialogues(path: Path) -> Iterator[list[Said]]:
    """The dialogues of one file. Raises ValueError with the line that is not one."""
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        lines = [line for line in block.splitlines() if line.strip() and not line.startswith("# ")]
        if lines:
            yield [_said(line) for line in lines]


def _said(line: str) -> Said:
    text, tab, right = line.partition("\t")
    labels: dict[str, frozenset[str]] = {}
    answers: list[str] = []
    for part in right.split("|"):
        label, _, ids = part.strip().partition(" ")
        if label not in LABELS:
            raise ValueError(f"no such label: {label or line}")
        named = re.findall(r"[a-z\d-]+", ids)
        labels[label] = labels.get(label, frozenset()) | frozenset(named)
        answers += named
    if not tab or not text.strip():
        raise ValueError(f"message, tab and labels are needed: {line}")
    return Said(text.strip(), labels, next(iter(answers), None))


class Step(msgspec.Struct, frozen=True):
    """A message where it stands: `topic` is the entry that was answered before it, `words` what she said of that so far."""

    said: Said
    before: Before
    topic: str | None
    words: str


def walk(dialogue: list[Said]) -> Iterator[Step]:
    """Every message with the talk as it stands if all before it was done right."""
    topic, words, last, step, ticket, alarm = None, "", "", None, False, False
    for said in dialogue:
        stands = "alarm" if alarm else STEPS[step] if step is not None else "ticket" if ticket else "topic" if topic else "nothing"
        yield Step(said, Before(stands, last), topic, words)
        last = said.best
        words = f"{words}，{said.text}" if words else said.text
        match last:
            case "FILE":
                ticket, step = True, 1 if len(said.text) >= LONG else 0
            case "ADD" if step is not None:
                step = step + 1 if step + 1 < len(STEPS) else None
            case "ANSWER":
                entries = said.labels["ANSWER"]
                words = words if topic in entries else said.text
                topic = topic if topic in entries else said.answer
            case "ALARM":
                alarm, step = True, None
            case "UNDO" | "HUMAN":
                step = None
