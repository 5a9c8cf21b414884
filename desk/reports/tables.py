"""The tables that the reports share: each counts this period, the one before and the one a year before by one condition."""

from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, select

from desk.reports.blocks import Counted, Making, Sheet, points
from knowledge.measures import WHOLE, base_of
from tickets import rectification, statistics
from tickets.models import Branch, Warning_
from tickets.numbers import SHANGHAI
from tickets.statistics import Reckoned, change, rate, rounded

COUNTS = {
    "total": "投诉总量（合并后）", "total_unmerged": "投诉总量（合并前）", "regulator": "监管转办", "should_be_done": "应办结",
    "done": "办结", "on_time": "按时办结", "within15": "15 日内办结", "open": "在途", "open_due": "在途（期限已到）",
    "overdue": "超期", "withdrawn": "撤诉", "not_accepted": "不予办理", "closed_untold": "未作决定结案",
    "set_aside": "不计入办结考核（撤诉、不予办理等）",
    "extended": "延期（含再延期）", "extended_twice": "再延期（60 日）", "repeat": "重复投诉（合并后）",
    "repeat_unmerged": "重复投诉（合并前）", "escalated": "升级投诉（行内未解决转向监管）", "mediated": "调解",
    "review": "申请核查", "overturned": "核查改变决定", "judged": "已认定责任", "upheld": "有责投诉",
    "solved_at_once": "一次解决", "rated": "有效评价", "pleased": "评价满意",
    "vulnerable": "特殊群体投诉", "grave": "重大投诉", "crowd": "群体投诉"}
RATES = {
    "regulator_share": "监管转办占比", "done_rate": "办结率", "on_time_rate": "按时办结率", "within15_rate": "15 日内办结率",
    "extended_rate": "延期率", "repeat_rate": "重复投诉率（合并后）", "repeat_unmerged_rate": "重复投诉率（合并前）",
    "escalated_rate": "升级投诉率", "upheld_rate": "有责投诉率", "review_rate": "核查申请率", "overturned_rate": "核查推翻率",
    "once_rate": "一次解决率", "pleased_rate": "满意度", "withdrawn_rate": "撤诉率", "mediated_rate": "调解率"}
AT_RECEIPT = ("total", "total_unmerged", "regulator", "repeat", "repeat_unmerged", "escalated", "vulnerable", "grave", "crowd",
              "regulator_share", "repeat_rate", "repeat_unmerged_rate", "escalated_rate")
"""Figures that are what they are when a complaint comes; all others grow while it is handled."""
HEADS = ("本期", "上期", "环比", "上年同期", "同比")
TITLES = {"channel": "表A 办理渠道", "category": "表B 业务类别", "cause": "表C 投诉原因", "right": "表D 侵害权益",
          "source": "表E 来源渠道", "band": "表G 时限分档"}
STATES = {"open": "待整改", "doing": "整改中", "done": "已完成"}


Counts = dict[str | int | None, int]


def cover(making: Making, counts: dict[str, str] = COUNTS, rates: dict[str, str] = RATES) -> Sheet:
    """All indicators; the rates move by percentage points. What is still being handled is compared with nothing that is done."""
    now, last, year = (making.counts(period) for period in making.three())
    rows: list[tuple[Any, ...]] = []
    for key, name in counts.items():
        before, ago = ("—", "—") if making.unfinished and key not in AT_RECEIPT else (
            change(now[key], last[key]), change(now[key], year[key]))
        rows.append((name, Counted(now[key], key), last[key], before, year[key], ago))
    for key, name in rates.items():
        part, whole = statistics.RATES[key]
        a, b, c = ((one[part], one[whole]) for one in (now, last, year))
        before, ago = ("—", "—") if making.unfinished and key not in AT_RECEIPT else (points(a, b), points(a, c))
        rows.append((name, rate(*a), rate(*b), before, rate(*c), ago))
    took = [statistics.days_taken(making.session, statistics.received(period)) for period in making.three()]
    for place, name in enumerate(("平均办结天数", "办结天数中位数")):
        a, b, c = (days(one[place]) for one in took)
        rows.append((name, a, b, "", c, ""))
    whole = base_of(making.knowledge.bases, (WHOLE,), making.period.last)
    then = base_of(making.knowledge.bases, (WHOLE,), making.period.year_before().last)
    before = base_of(making.knowledge.bases, (WHOLE,), making.period.before().last)
    for name, part, size in (("每万客户投诉量", "customers", 10_000), ("每网点投诉量", "outlets", 1)):
        a, b, c = (per(one["total"], getattr(base, part, 0), size) for one, base in ((now, whole), (last, before), (year, then)))
        rows.append((name, a, b, "", c, ""))
    return Sheet("总体情况", ("指标", *HEADS), tuple(rows))


def days(value: Fraction | None) -> str:
    if value is None:
        return "—"
    shown = rounded(value, 1)
    return Reckoned(f"{shown:.1f}", shown, "0.0")


def per(count: int, base: int, size: int) -> str:
    """So many to each `size` customers or outlets; 「—」 without a base figure."""
    if not base:
        return "—"
    dense = rounded(Fraction(size * count, base))
    return Reckoned(f"{dense:.2f}", dense, "0.00")


def grouped(making: Making, group: str, *, title: str = "", sort: bool = False, most: int | None = None) -> Sheet:
    """Every code is a row, also those without a ticket: the regulator's table has no holes. With `sort` the largest come first,
    and those without any, with all after the first `most`, are one row 「其余」: a column adds up to its sum."""
    now, last, year = (statistics.by(making.session, statistics.received(period), group) for period in making.three())
    names = statistics.BANDS if group == "band" else {
        code: making.name(group, code) for code in making.names(group) if group != "source" or code not in statistics.TRIALS}
    if group == "right":
        names[statistics.NO_RIGHT] = making.word("reports.no_right")
    codes = [*names, *([None] if any(None in counts for counts in (now, last, year)) else [])]
    codes += sorted({code for code in now if code not in codes}, key=str)  # a code that the taxonomy has dropped
    if sort:
        codes = sorted((code for code in codes if now.get(code)), key=lambda code: (-now[code], codes.index(code)))
        codes = codes if most is None or len(codes) <= most + 1 else codes[:most]  # a rest of one is named
    sums = [sum(counts.values()) for counts in (now, last, year)]
    rest = [whole - sum(counts.get(code, 0) for code in codes) for whole, counts in zip(sums, (now, last, year), strict=True)]
    total = sums[0]
    rows = [(names.get(code, code) if code else making.word("reports.blank"), Counted(now.get(code, 0), "total", **{group: code}),
             rate(now.get(code, 0), total), *compared(now.get(code, 0), last.get(code, 0), year.get(code, 0))) for code in codes]
    if any(rest):
        rows.append((making.word("reports.rest"), rest[0], rate(rest[0], total), *compared(*rest)))
    rows += [] if sort or group == "band" else _subtotals(making, group, now, last, year)
    rows.append(("合计", Counted(total, "total"), rate(total, total), *compared(*sums)))
    if group == "band" and making.unfinished:
        rows = [(*row[:4], "—", row[5], "—") for row in rows[:-1]] + rows[-1:]
    drawn = len(codes) + bool(rest[0])
    return Sheet(title or TITLES[group], ("项目", "件数", "占比", *HEADS[1:]), tuple(rows), chart=2, drawn=drawn)


def _subtotals(making: Making, group: str, now: Counts, last: Counts, year: Counts) -> list[tuple[Any, ...]]:
    """The sums that the standard asks for beside its codes: 「小计：电子渠道」. They stand below, and are in the sum already."""
    parts: dict[str, list[str]] = {}
    for code, kind in making.names(group).items():
        for name in kind.within:
            parts.setdefault(name, []).append(code)
    rows = []
    for name, codes in sorted(parts.items(), key=lambda part: len(part[1])):  # a part of a part comes first
        a, b, c = (sum(counts.get(code, 0) for code in codes) for counts in (now, last, year))
        rows.append((making.word("reports.subtotal", name=name), a, rate(a, sum(now.values())), *compared(a, b, c)))
    return rows


def compared(now: int, last: int, year: int) -> tuple[Any, ...]:
    return last, change(now, last), year, change(now, year)


def crossed(making: Making) -> Sheet:
    causes = making.names("cause")
    cells = statistics.crossed(making.session, statistics.received(making.period), "category", "cause")
    found = [*making.names("category"), *([None] if any(category is None for category, _ in cells) else [])]
    columns = [*causes, *([None] if any(cause is None for _, cause in cells) else [])]
    rows = [(making.name("category", code),
             *(Counted(cells.get((code, cause), 0), "total", category=code, cause=cause) for cause in columns),
             Counted(sum(n for (category, _), n in cells.items() if category == code), "total", category=code))
            for code in found]
    rows.append(("合计", *(Counted(sum(n for (_, one), n in cells.items() if one == cause), "total", cause=cause)
                           for cause in columns), Counted(sum(cells.values()), "total")))
    return Sheet("表B×C 类别与原因", ("业务类别", *(making.name("cause", code) for code in columns), "合计"), tuple(rows))


def branches(making: Making) -> Sheet:
    """The branches, outlets counted with the one above them: how many complaints and what weighs on them, and per 10,000
    customers where the base figures are known.
    """
    known = {branch.id: branch for branch in making.session.scalars(select(Branch))}
    now, last, year = (statistics.by_unit(making.session, statistics.received(period), making.belongs)
                       for period in making.three())
    figures = making.figures()
    beside = {key: statistics.by_unit(making.session, figures[key], making.belongs)
              for key in ("regulator", "upheld", "repeat", "overdue")}
    total, rows = sum(now.values()), []
    still = dict.fromkeys(sorted({*last, *year} - {*now}, key=str), 0)  # none now is what they are to be seen for
    ranked = sorted((now | still).items(), key=lambda one: one[0] not in known)  # the largest first; unknown places last
    for code, count in ranked:
        branch = known.get(code)
        names = (branch.code, branch.name) if branch else ()
        base = base_of(making.knowledge.bases, names, making.period.last)
        name = branch.name if branch else making.word("reports.no_branch")
        place = 1 + sum(n > count for one, n in ranked if one in known)
        rows.append((place if branch else "—", name, Counted(count, "total", unit=code),
                     rate(count, total), change(count, last.get(code, 0)), change(count, year.get(code, 0)),
                     *(Counted(counts.get(code, 0), key, unit=code) for key, counts in beside.items()),
                     per(count, base.customers if base else 0, 10_000), per(count, base.outlets if base else 0, 1)))
    whole = base_of(making.knowledge.bases, (WHOLE,), making.period.last)
    rows.append(("—", "合计", Counted(total, "total"), rate(total, total),
                 *(change(total, sum(one.values())) for one in (last, year)),
                 *(Counted(sum(counts.values()), key) for key, counts in beside.items()),
                 *(per(total, getattr(whole, part, 0), size) for part, size in (("customers", 10_000), ("outlets", 1)))))
    columns = ("排名", "机构", "件数", "占比", "环比", "同比", "监管转办", "有责", "重复", "超期", "每万客户", "每网点")
    return Sheet("表F 机构", columns, tuple(rows), label=1)


def vulnerable(making: Making) -> Sheet:
    now, last, year = (making.counts(period) for period in making.three())
    flags = making.knowledge.taxonomy.flag
    rows = [(flags[flag].name, Counted(now[flag], flag), rate(now[flag], now["total"]),
             *compared(now[flag], last[flag], year[flag])) for flag in statistics.VULNERABLE]
    rows.append((making.word("reports.groups_together"), Counted(now["vulnerable"], "vulnerable"),
                 rate(now["vulnerable"], now["total"]), *compared(now["vulnerable"], last["vulnerable"], year["vulnerable"])))
    return Sheet("表H 特殊群体", ("群体", "件数", "占比", *HEADS[1:]), tuple(rows))


def warned_in(making: Making) -> tuple[ColumnElement[bool], ...]:
    """Conditions on Warning_: what 表I lists."""
    return Warning_.at >= making.period.start, Warning_.at < making.period.end, Warning_.kind != "person"


def warnings(making: Making) -> Sheet:
    """The warnings of the period as they were kept; those about one person stay on the desk."""
    judged = {"true": "属实", "false": "不属实"}
    found = making.session.scalars(select(Warning_).where(*warned_in(making)).order_by(Warning_.id))
    rows = [(n, f"{one.at.astimezone(SHANGHAI):%Y-%m-%d}", making.mask(one.text), judged.get(one.judged or "", "未判定"))
            for n, one in enumerate(found, 1)]
    return Sheet("表I 集中预警", ("序号", "日期", "内容", "判定"), tuple(rows), wide=(2,))


LEDGER = ("编号", "问题", "根因", "整改措施", "责任部门", "登记", "期限", "证据", "状态", "涉及工单", "完成")


def ledger(making: Making, title: str = "表J 整改台账") -> Sheet:
    names = statistics.branch_names(making.session)
    rows = []
    for item, state in making.ledger():
        late = rectification.is_late(item, making.day, state)
        rows.append((item.id, *(making.mask(text) for text in (item.problem, item.root_cause, item.measures)),
                     item.owner or names.get(item.branch_id or 0, ""), f"{item.at.astimezone(SHANGHAI):%Y-%m-%d}",
                     f"{item.due_on}" if item.due_on else "—", making.mask(item.evidence),
                     STATES[state] + ("（逾期）" if late else ""), len(item.tickets),
                     f"{item.closed_at.astimezone(SHANGHAI):%Y-%m-%d}" if item.closed_at and state == "done" else "—"))
    return Sheet(title, LEDGER, tuple(rows), wide=(1, 2, 3, 7))


def trend(making: Making) -> Sheet:
    """Complaints by month, beside the same month a year before; months that have not begun are left out."""
    rows = []
    for one in making.period.months():
        if one.first > making.reached:
            break
        now, year = (statistics.count(making.session, statistics.received(period))
                     for period in (one, making.up_to_now(one).year_before()))
        rows.append((one.name, Counted(now, "total", period=one.key), year, change(now, year)))
    months, sums = len(rows), [sum(row[at] for row in rows) for at in (1, 2)]
    rows.append(("合计", Counted(sums[0], "total"), sums[1], change(*sums)))
    return Sheet("各月投诉量", ("月份", "件数", "上年同月", "同比"), tuple(rows), chart=2, draw="col", drawn=months)
