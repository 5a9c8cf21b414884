"""整改台账 of a period: what was to be mended, by whom and by when, and how far it is."""

from collections import Counter

from desk.reports import tables
from desk.reports.blocks import Making, Sheet


def blocks(making: Making) -> tuple[Sheet, ...]:
    items = tables.ledger(making, "整改台账")
    state = items.columns.index("状态")
    counts = Counter(row[state] for row in items.rows)
    rows = [(name, counts[name]) for label in tables.STATES.values() for name in (label, f"{label}（逾期）")
            if counts[name] or name == label]
    rows.append(("合计", sum(counts.values())))
    return Sheet("汇总", ("状态", "项数"), tuple(rows)), items
