"""Learning from corrections: a challenger is taught by them, meets the champion on what neither was taught, and may be refused.

Corrections come from people, and people err, hurry, or mean harm. So what one person teaches is weighed against the others, half of
all corrections is never taught, and the corpus has the last word: who gets better on corrections by getting worse on it is refused.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from math import comb
from pathlib import Path

import msgspec

from nlp import heads as learn
from nlp import lessons as desk
from nlp import messages_corpus, train
from nlp.classifier import About, Reader
from nlp.lessons import Lesson, Private, Taught
from nlp.sense import Sense
from nlp.urgency import LEVEL_ONE

FEWEST = 20  # held-out corrections below which nothing can be said
ALONE = 60  # lessons of one person that count without as many of others beside them
SURE = 0.8  # a confidence with which the champion contradicts a correction whose label is not among its three best
ODD = 0.4  # share of contradicted corrections from which a person is looked at …
ODDER = 0.25  # … and how much more than the colleagues' it must be
CHANCE = 0.05  # how likely the win may be by chance
MAY_FALL = {"category": 0.01, "cause": 0.01, "category_f1": 0.015, "cause_f1": 0.02, "intent_f1": 0.01, "flags_recall": 0.01}
"""How far each figure on the corpus may fall: the noise of a held-out split. `level_one_recall` may not fall at all."""


class Vetted(msgspec.Struct, frozen=True):
    """Who was taken up and who not: counts by reason, and the staff whose corrections were set aside."""

    kept: list[tuple[Taught, Lesson]]
    private: int = 0
    unusable: int = 0
    too_many_by_one: int = 0
    odd: int = 0
    odd_staff: tuple[int, ...] = ()


class Verdict(msgspec.Struct, frozen=True):
    """What came of a challenge. `reasons` are codes; empty when the challenger is promoted."""

    promoted: bool
    reasons: tuple[str, ...]
    champion: str
    challenger: str
    taught: int
    held: int
    left_out: dict[str, int]
    odd_staff: tuple[int, ...]
    won: int  # held-out labels that only the challenger read right
    lost: int  # … and that only the champion did
    corrections: dict[str, tuple[float, float]]  # share right on held-out corrections: champion, challenger
    corpus: dict[str, tuple[float, float]]  # figures on held-out writers of the corpus: without the lessons, with them


def vet(taught: Sequence[Taught], champion: Reader) -> Vetted:
    """What may be taught: masked, of known labels, no flood by one person, nobody who contradicts everything."""
    kept: list[tuple[Taught, Lesson]] = []
    private = unusable = 0
    for one in sorted(taught, key=lambda one: one.ticket):
        try:
            kept.append((one, desk.lesson(one)))
        except Private:
            private += 1
        except ValueError:
            unusable += 1
    odd = _odd_ones(kept, champion)
    even = [pair for pair in kept if pair[0].by not in odd]
    fair = _fair(even)
    return Vetted(fair, private, unusable, len(even) - len(fair), len(kept) - len(even), tuple(sorted(odd)))


def _odd_ones(kept: Sequence[tuple[Taught, Lesson]], champion: Reader) -> set[int]:
    """People whose corrections contradict what the champion was sure of, far oftener than their colleagues' do."""
    readings = champion.read([lesson.text for _, lesson in kept])
    seen, against = Counter(), Counter()
    for (one, lesson), said in zip(kept, readings, strict=True):
        seen[one.by] += 1
        against[one.by] += any(
            getattr(said, head + "_confidence") >= SURE and lesson.pair[place] not in getattr(said, head + "_top3")
            for place, head in enumerate(("category", "cause")) if lesson.pair and head in one.was)
    found = set()
    for person, count in seen.items():
        others = seen.total() - count
        share = against[person] / count
        usual = (against.total() - against[person]) / others if others >= FEWEST else 0.0
        if count >= FEWEST // 2 and share > ODD and share > usual + ODDER:
            found.add(person)
    return found


def _fair(kept: Sequence[tuple[Taught, Lesson]]) -> list[tuple[Taught, Lesson]]:
    """The newest of each person, at most as many as all others together gave (and a few in any case)."""
    given = Counter(one.by for one, _ in kept)
    most = {person: max(ALONE, given.total() - count) for person, count in given.items()}
    taken: Counter[int] = Counter()
    fair = []
    for pair in reversed(kept):
        taken[pair[0].by] += 1
        if taken[pair[0].by] <= most[pair[0].by]:
            fair.append(pair)
    return fair[::-1]


def is_held(ticket: int) -> bool:
    """Half of all tickets are never taught, always the same half, so that no later champion has seen them either."""
    return hashlib.sha256(f"held-{ticket}".encode()).digest()[0] % 2 == 1


def challenge(taught: Sequence[Taught], champion: Reader, folder: Path, *, corpus: Path = messages_corpus.FOLDER,
              tick=lambda: None) -> Verdict:
    """Train a challenger into `folder` and judge it against the champion. What it scores on the corpus stands in its about.json."""
    vetted = vet(taught, champion)
    lessons = [lesson for one, lesson in vetted.kept if not is_held(one.ticket)]
    held = [pair for pair in vetted.kept if is_held(pair[0].ticket)]
    messages, sense = messages_corpus.read(corpus), Sense.load()
    about = train.untrained(messages, sense)
    if len(held) < FEWEST or len(lessons) < FEWEST:
        return _verdict(vetted, champion.about, about, lessons, held, ("too_few",))
    both: list = [*messages, *lessons]
    about = msgspec.structs.replace(about, version=messages_corpus.fingerprint(both)[:8])
    if about.version == champion.about.version:
        return _verdict(vetted, champion.about, about, lessons, held, ("nothing_new",))
    docs = learn.documents([m.text for m in both], sense)
    # Without the lessons, by today's code: what a model's card said when it was made may have been measured by another.
    calm = train.calm_questions(sense, corpus)
    before = train.judge(messages, docs.only(range(len(messages))), about, calm=calm, tick=tick).scores
    judged = train.judge(both, docs, about, calm=calm, tick=tick)
    train.save(folder, train.fit(both, docs, calm=calm, tick=tick), judged.about)
    challenger = Reader.load(folder)
    right = {name: _right(reader, held) for name, reader in (("old", champion), ("new", challenger))}
    corrections, won, lost = _compare(right["old"], right["new"])
    figures = {name: (before[name], judged.scores[name]) for name in (*MAY_FALL, "level_one_recall")
               if name in before and name in judged.scores}
    urgent = [lesson.text for one, lesson in held if one.urgency == "I" and "urgency" in one.was]  # a person said so
    if urgent:
        corrections["level_one_recall"] = tuple(  # type: ignore[assignment]
            round(sum(r.urgency == "I" for r in reader.read(urgent)) / len(urgent), 4) for reader in (champion, challenger))
    reasons = _reasons(vetted, corrections, figures, won, lost)
    return _verdict(vetted, champion.about, judged.about, lessons, held, reasons, won, lost, corrections, figures)


def _right(reader: Reader, held: Sequence[tuple[Taught, Lesson]]) -> list[tuple[str, bool]]:
    """For each held-out ticket and each head that it settles: was it read right?"""
    found = []
    for (one, lesson), said in zip(held, reader.read([lesson.text for _, lesson in held]), strict=True):
        if lesson.pair:
            found += [("category", said.category == lesson.pair[0]), ("cause", said.cause == lesson.pair[1])]
        if "intent" in one.was:
            found.append(("intent", said.intent == lesson.intent))
        if "urgency" in one.was and lesson.known >= LEVEL_ONE:
            found.append(("urgency", said.urgency != "I"))
    return found


def _compare(old: list[tuple[str, bool]], new: list[tuple[str, bool]]) -> tuple[dict[str, tuple[float, float]], int, int]:
    shares: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for (head, before), (_, after) in zip(old, new, strict=True):
        shares[head].append((before, after))
    won = sum(after and not before for rows in shares.values() for before, after in rows)
    lost = sum(before and not after for rows in shares.values() for before, after in rows)
    return {head: (round(sum(b for b, _ in rows) / len(rows), 4), round(sum(a for _, a in rows) / len(rows), 4))
            for head, rows in shares.items()}, won, lost


def by_chance(won: int, lost: int) -> float:
    """How likely a fair coin gives so many wins or more (sign test on what only one of the two read right)."""
    total = won + lost
    return sum(comb(total, k) for k in range(won, total + 1)) / 2**total


def _reasons(vetted: Vetted, corrections: dict[str, tuple[float, float]], corpus: dict[str, tuple[float, float]], won: int,
             lost: int) -> tuple[str, ...]:
    found = []
    if vetted.odd > len(vetted.kept):
        found.append("mostly_odd")
    if by_chance(won, lost) > CHANCE:
        found.append("no_better_on_corrections")
    for figures in (corpus, corrections):
        old, new = figures.get("level_one_recall", (0.0, 0.0))
        if new < old:
            found.append("level_one_recall_falls")
    found += [f"{name}_falls" for name, most in MAY_FALL.items() if name in corpus and corpus[name][1] < corpus[name][0] - most]
    return tuple(dict.fromkeys(found))


def _verdict(vetted: Vetted, champion: About, challenger: About, lessons: Sequence[Lesson], held: Sequence,
             reasons: tuple[str, ...], won: int = 0, lost: int = 0, corrections: dict | None = None,
             corpus: dict | None = None) -> Verdict:
    left_out = {name: getattr(vetted, name) for name in ("private", "unusable", "too_many_by_one", "odd")}
    return Verdict(not reasons, reasons, champion.version, challenger.version, len(lessons), len(held), left_out,
                   vetted.odd_staff, won, lost, corrections or {}, corpus or {})
