"""The same trouble in many places: complaints of one kind grouped by their words across branches, to be mended at the root."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import log

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from tickets.models import Ticket
from tickets.models.ticket_text import pairs, runs
from tickets.periods import Period
from tickets.statistics import TRIALS
from tickets.surges import COUNTED_OUT

MOST = 4000  # complaints read for one page; of more, every second, third … is read
LEAST, LEAST_BRANCHES = 4, 2
ALIKE = 0.3  # of the weight of its pieces that a complaint must share with a group
KEPT = 40  # heaviest pieces that a group is known by
SHOWN = 3  # representative sentences


@dataclass(frozen=True)
class Group:
    """Complaints of one category and cause with words alike. `sentences` are the most typical ones: (ticket id, its words)."""

    category: str
    cause: str
    count: int
    branches: dict[int, int]
    upheld: int
    judged: int
    tickets: tuple[int, ...]
    sentences: tuple[tuple[int, str], ...]

    def origin(self, period: Period) -> str:
        """The name under which it is offered as a rectification item, once in a period."""
        return f"group:{self.category}:{self.cause}:{self.sentences[0][0]}:{period.key}"[:120]


@dataclass(frozen=True)
class _Said:
    id: int
    branch_id: int | None
    upheld: bool | None
    text: str
    pieces: frozenset[str]


def find_groups(session: Session, period: Period, *, where: ColumnElement[bool] | None = None) -> list[Group]:
    """Groups of at least four complaints at two branches or more, the largest first. Only reads."""
    conditions = [Ticket.kind == "complaint", Ticket.received_at >= period.start, Ticket.received_at < period.end,
                  Ticket.status.not_in(COUNTED_OUT), Ticket.source.not_in(TRIALS), ~Ticket.is_repeat,
                  Ticket.category.is_not(None), Ticket.cause.is_not(None)]
    if where is not None:
        conditions.append(where)
    every = (session.scalar(select(func.count()).select_from(Ticket).where(*conditions)) or 0) // MOST + 1
    if every > 1:
        conditions.append(Ticket.id % every == 0)
    rows = session.execute(select(Ticket.id, Ticket.category, Ticket.cause, Ticket.branch_id, Ticket.upheld, Ticket.summary)
                           .where(*conditions).order_by(Ticket.id))
    kinds: dict[tuple[str, str], list[_Said]] = defaultdict(list)
    for row in rows:
        kinds[row.category, row.cause].append(_Said(row.id, row.branch_id, row.upheld, row.summary, _pieces(row.summary)))
    found = []
    for (category, cause), said in kinds.items():
        weight = _weights(said)
        for members in _gather(said, weight):
            branches = Counter(one.branch_id for one in members if one.branch_id is not None)
            if len(members) >= LEAST and len(branches) >= LEAST_BRANCHES:
                found.append(Group(
                    category, cause, len(members), dict(branches.most_common()), sum(one.upheld is True for one in members),
                    sum(one.upheld is not None for one in members), tuple(one.id for one in members), _typical(members, weight)))
    return sorted(found, key=lambda group: (-group.count, group.tickets))


def _pieces(text: str) -> frozenset[str]:
    return frozenset(pair for run in runs(text[:400]) for pair in pairs(run) if not pair.isascii())


def _weights(said: Iterable[_Said]) -> dict[str, float]:
    """Pieces that stand in every complaint of a kind say little about which trouble it is."""
    counted: Counter[str] = Counter(piece for one in said for piece in one.pieces)
    total = sum(1 for _ in said)
    return {piece: log(1 + total / times) for piece, times in counted.items()}


def _gather(said: list[_Said], weight: dict[str, float]) -> list[list[_Said]]:
    """One pass: each joins the group whose heaviest pieces it shares most, or begins one."""
    groups: list[tuple[Counter[str], list[_Said]]] = []
    where: dict[str, set[int]] = defaultdict(set)
    for one in said:
        mine = sum(weight[piece] for piece in one.pieces)
        near = Counter(n for piece in one.pieces for n in where[piece])
        best, most = -1, ALIKE
        for n, _ in near.most_common(8):
            pieces, members = groups[n]
            shared = sum(weight[piece] * min(1.0, 2 * pieces[piece] / len(members)) for piece in one.pieces if piece in pieces)
            if mine and shared / mine > most:
                best, most = n, shared / mine
        if best < 0:
            best = len(groups)
            groups.append((Counter(), []))
        pieces, members = groups[best]
        members.append(one)
        pieces.update(one.pieces)
        if len(pieces) > 4 * KEPT:
            for piece, _ in sorted(pieces.items(), key=lambda pair: pair[1] * weight[pair[0]])[:len(pieces) - KEPT * 2]:
                del pieces[piece]
                where[piece].discard(best)
        for piece in one.pieces & pieces.keys():
            where[piece].add(best)
    return [members for _, members in groups]


def _typical(members: list[_Said], weight: dict[str, float]) -> tuple[tuple[int, str], ...]:
    """The sentences nearest to what all say, from different branches where there are."""
    counted: Counter[str] = Counter(piece for one in members for piece in one.pieces)

    def nearness(one: _Said) -> float:
        return sum(weight[p] * counted[p] for p in one.pieces) / (1 + sum(weight[p] for p in one.pieces))

    near = sorted(members, key=lambda one: (-nearness(one), one.id))
    chosen: list[_Said] = []
    for fresh in (True, False):
        for one in near:
            new_branch = one.branch_id not in {other.branch_id for other in chosen}
            if len(chosen) < SHOWN and one.text not in {other.text for other in chosen} and (new_branch or not fresh):
                chosen.append(one)
    return tuple((one.id, one.text) for one in chosen)
