"""The dashboard: where people look rather than read. Every figure leads to its tickets in the queue, by the same filter."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from fastapi import Response
from sqlalchemy import select

from desk.charts import Point, bar, columns, shade
from desk.days import read_day
from desk.visit import Visit
from tickets import assignment, dashboard
from tickets.dashboard import Cell, Figure, Look
from tickets.models import Branch, now
from tickets.numbers import SHANGHAI
from tickets.periods import Period
from tickets.queue import UNFILLED, QueueFilter
from tickets.statistics import change, rate

DAYS = (7, 30, 90, 365)
LONGEST = 366
LOADS = 15  # people shown by name; all others are one row
WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Card:
    """One number at the head of the page."""

    label: str
    value: str
    link: str
    note: str = ""
    hot: bool = False


@dataclass(frozen=True)
class Row:
    """One line of a table with a bar: its words, its number, where the number leads."""

    label: str
    count: int
    link: str
    share: str
    bar: object


def link(filters: QueueFilter) -> str:
    return f"/desk/queue?{filters.to_query()}"


def page(visit: Visit) -> Response:
    """`?days=30` or `?from=2026-10-01&to=2026-10-31`, `&branch=7`. Without, the last thirty days of all that she may see."""
    look = asked(visit)
    session, cells = visit.session, dashboard.cells(visit.session, look)
    trend, before = dashboard.trend(session, look), replace(look, period=look.period.before())
    earlier = dashboard.trend(session, before)
    loads, sources = dashboard.workload(session, look), dashboard.by_source(session, look)
    everything = look.branch is None and assignment.at_head(session, visit.me)
    return visit.page(
        "dashboard.html", look=look, days=DAYS, length=(look.period.last - look.period.first).days + 1,
        branches=list(session.scalars(select(Branch).where(Branch.active).order_by(Branch.path))), trend=trend, earlier=earlier,
        weekly=len(trend) > 1 and (trend[1].filter.since - trend[0].filter.since).days == 7,
        cards=_cards(visit, look, cells, trend, earlier, sources),
        trend_chart=columns([_came(one) for one in trend], line=[one.count for one in earlier]),
        sources=_rows(visit, sources, "source"), heat=_heat(visit, look, cells),
        mixes=[(title, head, _rows(visit, dashboard.mixed(cells, head, look), head))
               for title, head in (("业务类别", "category"), ("投诉原因", "cause"))],
        ageing=_bars(dashboard.ageing(session, look), _age), forecast=(ahead := dashboard.forecast(session, look)),
        forecast_chart=columns([_due(one, look.at) for one in ahead], labels=14),
        loads=[(load, link(_load_filter(look, load)), bar(load.open, max(one.open for one in loads), of=(
            ("late", load.overdue), ("near", load.soon), ("", load.open - load.overdue - load.soon)))) for load in loads[:LOADS]],
        others=(len(loads[LOADS:]), sum(load.open for load in loads[LOADS:]), sum(load.overdue for load in loads[LOADS:])),
        overdue_link=lambda load: link(replace(_load_filter(look, load), overdue=True)),
        funnel=_funnel(dashboard.funnel(session, look)) if everything else None, gaps=dashboard.top_gaps(session), link=link)


def asked(visit: Visit) -> Look:
    """What the address asks for; what is malformed falls back to thirty days, an address bar is no place to be refused."""
    at = now()
    today = at.astimezone(SHANGHAI).date()
    first, last = read_day(visit.query.get("from", "")), read_day(visit.query.get("to", "")) or today
    if first is None or not 0 <= (last - first).days < LONGEST:
        days = visit.query.get("days", "")
        first, last = today - timedelta(days=(int(days) if days in map(str, DAYS) else 30) - 1), today
    branch = visit.query.get("branch", "")
    chosen = int(branch) if branch.isascii() and branch.isdigit() and len(branch) < 10 else None
    return Look(visit.me, Period(first, last), at, chosen, soon=max(visit.knowledge.deadlines.office.warn))


def _cards(visit: Visit, look: Look, cells: Sequence[Cell], trend: Sequence[Figure], earlier: Sequence[Figure],
           sources: Sequence[Figure]) -> list[Card]:
    total, before = sum(one.count for one in trend), sum(one.count for one in earlier)
    told, on_time = (sum(getattr(cell, name) for cell in cells) for name in ("told", "on_time"))
    passed = tuple(code for code, kind in visit.knowledge.taxonomy.source.items() if kind.regulator)
    sent = sum(one.count for one in sources if one.key in passed)
    open_now = dashboard.now_open(visit.session, look)
    return [
        Card("本期收到", f"{total}", link(look.came), f"上一期 {before}，{change(total, before)}"),
        Card("按时办结", rate(on_time, told), link(replace(look.came, told="on_time")), f"已办结 {told} 件，按时 {on_time} 件"),
        Card("监管转办", rate(sent, total), link(replace(look.came, source=passed)), f"{sent} 件"),
        *(Card(label, f"{open_now[key].count}", link(open_now[key].filter), note, hot and open_now[key].count > 0)
          for key, label, note, hot in (
              ("open", "在途", "现在", False), ("overdue", "超期", "现在", True), ("soon", f"{look.soon} 日内到期", "现在", False),
              ("unassigned", "待分派", "现在", False), ("level_one", "I 级", "在途", True)))]


def _rows(visit: Visit, figures: Sequence[Figure], group: str) -> list[Row]:
    names, most = getattr(visit.knowledge.taxonomy, group), max((one.count for one in figures), default=0)
    total = sum(one.count for one in figures)
    return [Row(_name(names, one.key), one.count, link(one.filter), rate(one.count, total), bar(one.count, most))
            for one in figures]


def _bars(figures: Sequence[Figure], label) -> list[Row]:
    most, total = max((one.count for one in figures), default=0), sum(one.count for one in figures)
    return [Row(label(one), one.count, link(one.filter), rate(one.count, total),
                bar(one.count, most, of=((_old(one.key), one.count),))) for one in figures]


def _heat(visit: Visit, look: Look, cells: Sequence[Cell]) -> dict:
    """Only rows and columns that hold anything; each cell its count, its shade, and the way to its tickets."""
    taxonomy = visit.knowledge.taxonomy
    rows, across = (sorted({getattr(cell, head) or UNFILLED for cell in cells},
                           key=lambda code, group=head: _place(taxonomy, group, code)) for head in ("category", "cause"))
    counts = {(cell.category or UNFILLED, cell.cause or UNFILLED): cell.count for cell in cells}
    most = max(counts.values(), default=0)
    return {
        "causes": [_name(taxonomy.cause, code) for code in across],
        "rows": [(_name(taxonomy.category, row), [
            (counts.get((row, column), 0), shade(counts.get((row, column), 0), most),
             link(replace(look.came, category=(row,), cause=(column,)))) for column in across]) for row in rows]}


def _funnel(found: dashboard.Funnel) -> list[Row]:
    steps = (("来说话的对话", found.chats, ""), ("其中提过问题", found.asked, ""), ("有问题没答上", found.missed, "/desk/gaps"),
             ("问过之后仍投诉（件）", found.filed.count, link(found.filed.filter)))
    return [Row(label, count, where, rate(count, found.chats), bar(count, max(found.chats, found.filed.count)))
            for label, count, where in steps]


def _load_filter(look: Look, load: dashboard.Load) -> QueueFilter:
    return replace(look.open, unassigned=True) if load.staff_id is None else replace(look.open, assignee=load.staff_id)


def _came(one: Figure) -> Point:
    day = date.fromisoformat(one.key)
    last = (one.filter.until.astimezone(SHANGHAI) - timedelta(days=1)).date()
    span = f"{day:%m-%d}" if last == day else f"{day:%m-%d} 至 {last:%m-%d}"
    return Point(f"{day.month}-{day.day}", one.count, link(one.filter), f"{span} 收到 {one.count} 件")


def _due(one: Figure, at: datetime) -> Point:
    day = date.fromisoformat(one.key)
    left = (day - at.astimezone(SHANGHAI).date()).days
    title = f"{day:%m-%d}（周{WEEKDAYS[day.weekday()]}）到期 {one.count} 件"
    return Point("今天" if left == 0 else f"{day.month}-{day.day}", one.count, link(one.filter), title,
                 "late" if left == 0 else "near" if left <= 3 else "")


def _age(one: Figure) -> str:
    low, _, high = one.key.partition("-")
    return f"{low}–{high} 天" if high else f"{int(low) - 1} 天以上"


def _old(key: str) -> str:
    low = int(key.partition("-")[0])
    return "late" if low > 30 else "near" if low > 15 else ""


def _name(names, code: str) -> str:
    return names[code].name if code in names else ("未填" if code == UNFILLED else code)


def _place(taxonomy, group: str, code: str) -> int:
    order = list(getattr(taxonomy, group))
    return order.index(code) if code in order else len(order)
