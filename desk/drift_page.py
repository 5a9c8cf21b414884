"""The model on the desk: how sure it is, what it does not know, what people put right, which version stands and why."""

from fastapi import Response

from desk.charts import lines, shade
from desk.visit import Visit
from tickets import drift
from tickets.models import Audit, now

SHOWN = 8  # categories of the mix
HEADS = {"category": "业务类别", "cause": "投诉原因", "urgency": "紧急程度", "intent": "意图", "answer": "回答"}
ACTIONS = {"model.promote": "启用新版", "model.refuse": "保留原版", "model.rollback": "退回原版"}


def page(visit: Visit) -> Response:
    found = drift.drift(visit.session, at=now())
    weeks = found.weeks
    labels = [f"{week.first.month}-{week.first.day}" for week in weeks]
    totals: dict[str, float] = {}
    for week in weeks:
        for code, share in week.mix.items():
            totals[code] = totals.get(code, 0.0) + share
    shown = sorted(totals, key=lambda code: -totals[code])[:SHOWN]
    trusted = lines([("把握", [week.confidence for week in weeks]), ("交人工", [week.unsure for week in weeks]),
                     ("生词", [week.unknown for week in weeks])], labels)
    rates = [max(week.corrected.values(), default=0.0) for week in weeks]
    top = next(step for step in (.1, .2, .4, .6, .8, 1.0, 10.0) if step >= max(rates, default=0.0))
    fixed = lines([(name, [week.corrected.get(head) for week in weeks]) for head, name in HEADS.items()], labels, top=top)
    return visit.page(
        "drift.html", found=found, heads=HEADS, shown=shown, shade=lambda share: shade(round(1000 * share), 1000), trusted=trusted,
        fixed=fixed, signs=[visit.word(f"drift.{name}", size=_size(name, size)) for name, size in found.signs],
        decisions=[(row, ACTIONS.get(row.action, row.action), _why(visit, row)) for row in found.decisions])


def _size(name: str, size: float) -> str:
    return f"{size:.2f}" if name == "mix" else f"{100 * abs(size):.1f} 个百分点"


def _why(visit: Visit, row: Audit) -> str:
    """The reasons of a decision in words, or what it won by."""
    if row.action == "model.rollback":
        return visit.word("drift.rolled_back", version=row.data.get("from", ""))
    reasons = [visit.word(f"drift.why_{code}") if f"drift.why_{code}" in visit.knowledge.wording else code
               for code in row.data.get("reasons", [])]
    counts = visit.word("drift.taught", taught=row.data.get("taught", 0), held=row.data.get("held", 0),
                        won=row.data.get("won", 0), lost=row.data.get("lost", 0))
    return "；".join([counts, *reasons])
