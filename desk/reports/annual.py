"""年度消费投诉信息披露 (第三号令第二十六条): what a bank says of its year in public; no cases, no branch's score, no names.

What the office has not written down is no sentence of a public text: the part is left out, and the office is told on its own page.
"""

from desk.reports import cases, sentences, tables
from desk.reports.blocks import Making, Sheet, Text
from tickets.models import Rectification

DIGITS = "一二三四五六七八九"


def blocks(making: Making) -> tuple[Text | Sheet, ...]:
    total, *handling = sentences.overall(making)
    grouped = {group: public(tables.grouped(making, group, title=title, sort=True), "上期", "环比") for group, title in (
        ("channel", "办理渠道"), ("category", "业务类别"), ("cause", "投诉原因"))}
    branch = tables.branches(making)
    beside = set(branch.columns) - {"机构", "件数", "占比", "同比"}
    where = public(Sheet("机构分布", branch.columns, branch.rows, label=1), *beside)
    any_came = bool(making.counts()["total"])  # of nothing there is no mix
    parts = [("reports.annual_total", [total, public(tables.trend(making))]),
             *((f"reports.annual_{group}", [sheet] if any_came else []) for group, sheet in grouped.items()),
             ("reports.annual_branches", [where] if any_came else []), ("reports.annual_handling", handling),
             ("reports.annual_measures", _measures(making)), ("reports.annual_next", _next(making))]
    made: list[Text | Sheet] = [
        sentences.text(making.word("reports.annual_opening", bank=making.bank, period=making.period.name))]
    for n, (key, held) in enumerate((key, held) for key, held in parts if held):
        made += [Text("heading", f"{DIGITS[n]}、{making.word(key)}"), *held]
    if making.hotline:
        made.append(sentences.text(making.word("reports.annual_hotline", hotline=making.hotline)))
    return tuple(made)


def warn(making: Making) -> list[str]:
    """What the office has yet to write down before this goes out."""
    said = [] if _begun(making) else [making.word("reports.warn_no_measures")]
    if all(state == "done" for _, state in making.ledger()):
        said.append(making.word("reports.warn_no_next"))
    if making.running:
        said.append(making.word("reports.warn_running", last=making.period.last))
    if not making.hotline:
        said.append(making.word("reports.warn_no_hotline"))
    return said


def public(sheet: Sheet, *without: str) -> Sheet:
    """A table without these columns, and without comparisons that compare with nothing."""
    empty = {name for at, name in enumerate(sheet.columns)
             if name in ("环比", "同比") and all(row[at] == "—" for row in sheet.rows)}
    base = {"上年同期", "上年同月"} if "同比" in empty else set()
    kept = [at for at, name in enumerate(sheet.columns) if name not in {*without, *empty, *base}]
    columns = tuple("上年" if sheet.columns[at] == "上年同期" else sheet.columns[at] for at in kept)
    return Sheet(sheet.title, columns, tuple(tuple(row[at] for at in kept) for row in sheet.rows), chart=sheet.chart,
                 draw=sheet.draw, drawn=sheet.drawn, label=kept.index(sheet.label))


def _measures(making: Making) -> list[Text]:
    hide = cases.hidden(making)
    return _numbered([making.word(f"reports.measure_{state}", problem=hide(item.problem).rstrip("。"),
                                  measures=cases.sentence(cases.unlabelled(hide(item.measures))))
                      for item, state in _begun(making)])


def _begun(making: Making) -> list[tuple[Rectification, str]]:
    """What is only planned is no measure that a bank may say it has taken."""
    return [(item, state) for item, state in making.ledger() if state in ("doing", "done") and item.measures.strip()]


def _next(making: Making) -> list[Text]:
    hide = cases.hidden(making)
    return _numbered([making.word("reports.next_plain", problem=cases.sentence(hide(item.problem)))
                      for item, state in making.ledger() if state != "done"])


def _numbered(said: list[str]) -> list[Text]:
    return [sentences.text(f"{n}. {one}") for n, one in enumerate(said, 1)]
