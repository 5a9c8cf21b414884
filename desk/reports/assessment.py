"""考核: a score for each branch by the weights of knowledge/assessment.toml, repeats doubled, first handlers answerable."""

from collections import defaultdict
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import aliased

from desk.reports.blocks import Counted, Making, Sheet
from knowledge.measures import Item, base_of
from tickets import statistics
from tickets.models import Branch, Ticket

CHARGED = {group: unit for unit, group in statistics.UNITS.items()}


def blocks(making: Making) -> tuple[Sheet, ...]:
    scheme = making.knowledge.assessment
    branches = [branch for branch in making.session.scalars(select(Branch).order_by(Branch.path))
                if making.belongs[branch.id] == branch.id]
    figures = making.figures()
    together, quarters = _together(making), len(making.period.months()) / 3
    taken: dict[int, dict[str, tuple[int, float, float | None]]] = {branch.id: {} for branch in branches}
    for item in scheme.item:
        counts, weights = _weighed(making, item, figures[item.figure], together)
        for branch in branches:
            base = base_of(making.knowledge.bases, (branch.code, branch.name), making.period.last)
            taken[branch.id][item.name] = (counts[branch.id], weights[branch.id],
                                           _points(item, weights[branch.id], base.customers if base else 0, quarters))
    kept = [branch for branch in branches if any(count for count, _, _ in taken[branch.id].values()) or (
        branch.active and base_of(making.knowledge.bases, (branch.code, branch.name), making.period.last) is not None)]
    return _ranking(making, kept, taken), _details(making, kept, taken), _scheme(making)


def _together(making: Making) -> set[tuple[int | None, str | None]]:
    """Branch and cause of which so many came in the period that each counts double (反映集中)."""
    least = making.knowledge.assessment.together * len(making.period.months())
    cells: dict[tuple[Any, Any], int] = defaultdict(int)
    for (branch, cause), n in statistics.crossed(making.session, statistics.received(making.period), "branch", "cause").items():
        cells[making.belongs.get(branch), cause] += n
    return {pair for pair, n in cells.items() if least and n >= least and None not in pair}


def _weighed(making: Making, item: Item, where: statistics.Where,
             together: set[tuple[Any, Any]]) -> tuple[dict[int | None, int], dict[int | None, float]]:
    """By the branch that is charged: the tickets of an item, and their weight when repeats and what comes together count double."""
    merged = aliased(Ticket)
    again = or_(Ticket.is_repeat, Ticket.id.in_(
        select(merged.merged_into_id).where(merged.merged_into_id.is_not(None)).scalar_subquery()))
    branch, lies = statistics.GROUPS[item.charged].label("charged"), Ticket.branch_id.label("lies")
    repeated = case((again, 1), else_=0).label("repeated")
    counts, weights = defaultdict(int), defaultdict(float)
    for charged, at, cause, twice, n in making.session.execute(
            select(branch, lies, Ticket.cause, repeated, func.count()).where(where).group_by(branch, lies, Ticket.cause, repeated)):
        unit, pair = making.belongs.get(charged), (making.belongs.get(at), cause)
        counts[unit] += n
        weights[unit] += n * (making.knowledge.assessment.doubled if twice or pair in together else 1)
    return counts, weights


def _points(item: Item, weight: float, customers: int, quarters: float) -> float | None:
    """What an item takes off, by customers as an average of the quarters; None where nobody has entered the base figure."""
    if item.per_customers:
        if not customers:
            return None
        weight = weight * item.per_customers / customers / quarters
    return min(item.most, round(weight * item.points, 2))


def _ranking(making: Making, branches: list[Branch], taken: dict[int, dict[str, Any]]) -> Sheet:
    scheme = making.knowledge.assessment
    scores = {branch.id: max(scheme.floor, round(scheme.full - sum(points or 0 for _, _, points in taken[branch.id].values()), 2))
              for branch in branches}
    skipped = {branch.id: sum(points is None for _, _, points in taken[branch.id].values()) for branch in branches}
    least = min(skipped.values(), default=0)  # whom fewer items could be taken from is not the better for it
    ranked = {branch: score for branch, score in scores.items() if skipped[branch] == least}
    ordered = sorted(branches, key=lambda branch: (branch.id not in ranked, -scores[branch.id], branch.path))
    totals = statistics.by_unit(making.session, statistics.received(making.period), making.belongs)
    last = statistics.by_unit(making.session, statistics.received(making.three()[1]), making.belongs)
    rows = [(1 + sum(score > scores[branch.id] for score in ranked.values()) if branch.id in ranked else "—", branch.name,
             scores[branch.id],
             Counted(totals.get(branch.id, 0), "total", unit=branch.id),
             statistics.change(totals.get(branch.id, 0), last.get(branch.id, 0)),
             *("—" if points is None else points for _, _, points in taken[branch.id].values())) for branch in ordered]
    columns = ("名次", "机构", "得分", "投诉件数", "环比", *(f"扣：{item.name}" for item in scheme.item))
    return Sheet("考核得分", columns, tuple(rows), chart=3, drawn=len(ranked), label=1)


def _details(making: Making, branches: list[Branch], taken: dict[int, dict[str, Any]]) -> Sheet:
    rows = []
    for branch in branches:
        for item in making.knowledge.assessment.item:
            count, weight, points = taken[branch.id][item.name]
            if count:
                rows.append((f"{branch.name}：{item.name}", Counted(count, item.figure, **{CHARGED[item.charged]: branch.id}),
                             _plain(weight), "—" if points is None else points))
    return Sheet("扣分明细", ("机构与项目", "件数", "加倍后", "扣分"), tuple(rows))


def _scheme(making: Making) -> Sheet:
    scheme = making.knowledge.assessment
    word, rows = making.word, []
    for item in scheme.item:
        how = word("reports.per_customers", size=item.per_customers) if item.per_customers else word("reports.per_ticket")
        rows.append((item.name, item.points, item.most, how, word(f"reports.charged_{item.charged}")))
    what = word("reports.together", least=scheme.together) if scheme.together else word("reports.repeats_only")
    rows.append((word("reports.doubled"), scheme.doubled, "", what, ""))
    return Sheet("考核办法", ("项目", "扣分", "封顶", "计法", "责任机构"), tuple(rows), wide=(3, 4))


def _plain(weight: float) -> int | float:
    return int(weight) if weight == int(weight) else weight
