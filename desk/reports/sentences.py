"""Sentences of a report, each from figures that stand in its tables; which words are used is written in wording.toml."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from desk.reports.blocks import Making, Text
from desk.reports.tables import days, per, warned_in
from knowledge.measures import base_of
from tickets import statistics
from tickets.models import Branch, Warning_
from tickets.statistics import rate

MOST = 3
"""How many of a list are named."""


def text(sentence: str) -> Text:
    return Text("text", sentence)


def day(one: date) -> str:
    return f"{one.year} 年 {one.month} 月 {one.day} 日"


def listed(parts: Iterable[str]) -> str:
    return "；".join(parts)


def moved(making: Making, what: str, now: int, before: int) -> str:
    """「环比上升 12.00%」; nothing without a base, a small base is noted."""
    what = making.word(f"reports.{what}")
    if before == 0:
        return ""
    if now == before:
        return making.word("reports.flat", what=what)
    small = making.word("reports.small") if before < statistics.SMALL_BASE else ""
    return making.word("reports.up" if now > before else "reports.down", what=what,
                       rate=rate(abs(now - before), before), small=small)


def moves(making: Making, now: int, last: int, year: int | None = None) -> str:
    """「，环比上升 12.00%，同比持平」 of what has a base. Of a whole year the one before is the year before: said once, as 同比."""
    said = [] if making.period.kind == "year" else [moved(making, "last", now, last)]
    before = last if year is None and making.period.kind == "year" else year
    said += [] if before is None else [moved(making, "year", now, before)]
    return "".join(f"，{one}" for one in said if one)


def overall(making: Making) -> list[Text]:
    """How many came, how they moved, how they were handled; every part of the total is named, so that they add up to it."""
    now, last, year = (making.counts(period) for period in making.three())
    last_day = making.word("reports.until", day=day(making.reached)) if making.running else day(making.period.last)
    span = {"first": day(making.period.first), "last": last_day}
    if not now["total_unmerged"]:
        return [text(making.unrecorded or making.word("reports.none_received", **span))]
    mean, median = statistics.days_taken(making.session, statistics.received(making.period))
    shares = {key: rate(now[part], now[whole]) for key, (part, whole) in statistics.RATES.items()}
    first = making.word("reports.overall", **span, total=now["total"], unmerged=now["total_unmerged"],
                        moves=moves(making, now["total"], last["total"], year["total"]))
    first += making.word("reports.regulator", n=now["regulator"], share=shares["regulator_share"],
                         moves=moves(making, now["regulator"], last["regulator"], year["regulator"]))
    aside = [making.word(f"reports.aside_{name}", n=now[name]) for name in ("withdrawn", "not_accepted", "closed_untold")
             if now[name] or name != "closed_untold"]
    parts = making.word("reports.parts", **now, aside="".join(f"，{one}" for one in aside))
    handled = making.word("reports.handling", should=now["should_be_done"], later=now["open"] - now["open_due"], mean=days(mean),
                          median=days(median), late=now["overdue"] - now["open_due"], **now, **shares)
    return [text(first), text(parts + handled),
            text(making.word("reports.quality", **now, **shares)), text(making.word("reports.grave", **now))]


def features(making: Making) -> list[Text]:
    """Where it came together, what rose, who was hit."""
    said = [_mix(making, group) for group in ("category", "cause", "channel", "source")]
    received = statistics.received(making.period)
    pairs = sorted(((pair, n) for pair, n in statistics.crossed(making.session, received, "category", "cause").items()
                    if None not in pair), key=lambda one: (-one[1], str(one[0])))[:MOST]
    if pairs:
        said.append(making.word("reports.pairs", list=listed(
            making.word("reports.pair_one", category=making.name("category", category), cause=making.name("cause", cause), n=n)
            for (category, cause), n in pairs)))
    for group, key in (("category", "reports.risen"), ("cause", "reports.risen_cause")):
        now, last = (statistics.by(making.session, statistics.received(p), group) for p in making.three()[:2])
        risen = sorted((code for code in now if code and now[code] > last.get(code, 0)),
                       key=lambda code: (last.get(code, 0) - now[code], code))
        if risen and sum(last.values()):
            code = risen[0]
            said.append(making.word(key, **{group: making.name(group, code)}, before=last.get(code, 0), now=now[code]))
    said += _branches(making)
    counts = making.counts()
    said.append(making.word("reports.groups", **counts, share=rate(counts["vulnerable"], counts["total"])))
    bands = statistics.by(making.session, received, "band")
    said.append(making.word("reports.bands", total=counts["total"], list=listed(
        making.word("reports.band_one", name=name, n=bands.get(code, 0)) for code, name in statistics.BANDS.items()
        if bands.get(code) or code not in statistics.SET_ASIDE)))
    judged = list(making.session.scalars(select(Warning_.judged).where(*warned_in(making))))
    if judged:
        said.append(making.word("reports.warned", n=len(judged), true=judged.count("true")))
    return [text(one) for one in said if one]


def _mix(making: Making, group: str) -> str:
    now, last = (statistics.by(making.session, statistics.received(period), group) for period in making.three()[:2])
    total = sum(now.values())
    top = [(code, n) for code, n in now.items() if code][:MOST]
    if not top:
        return ""
    named = [making.word("reports.mix_one", name=making.name(group, code), n=n, share=rate(n, total),
                         moves=moves(making, n, last.get(code, 0))) for code, n in top]
    return making.word("reports.mix", what=making.word(f"reports.mix_{group}"), list=listed([*named, *_rest(making, top, total)]))


def _rest(making: Making, named: list[tuple[Any, int]], total: int) -> list[str]:
    """What is not named of a list, so that the list adds up to its sum."""
    left = total - sum(n for _, n in named)
    return [making.word("reports.rest_one", n=left)] if left else []


def _branches(making: Making) -> list[str]:
    now, last = (statistics.by_unit(making.session, statistics.received(period), making.belongs) for period in making.three()[:2])
    known: Mapping[int, Branch] = {one.id: one for one in making.session.scalars(select(Branch))}
    top = [(known[code], n) for code, n in now.items() if code in known]
    if not top:
        return []
    total = sum(now.values())
    named = [making.word("reports.mix_one", name=one.name, n=n, share=rate(n, total), moves=moves(making, n, last.get(one.id, 0)))
             for one, n in top[:MOST]]
    said = [making.word("reports.by_branch", list=listed([*named, *_rest(making, top[:MOST], total)]))]
    bases = [(one, n, base_of(making.knowledge.bases, (one.code, one.name), making.period.last)) for one, n in top]
    dense = sorted(((n / base.customers, one.name, per(n, base.customers, 10_000)) for one, n, base in bases
                    if base and base.customers), key=lambda row: (-row[0], row[1]))[:MOST]
    if dense:
        said.append(making.word("reports.by_customers", list=listed(
            making.word("reports.customers_one", name=name, n=n) for _, name, n in dense)))
    return said


def causes(making: Making) -> list[Text]:
    """What was found upheld, by cause; then the root causes that the ledger holds, and nothing that it does not."""
    figures = making.figures()
    counts = statistics.counted(making.session, figures)
    upheld = [(code, n) for code, n in statistics.by(making.session, figures["upheld"], "cause").items() if code][:MOST]
    if not upheld:
        return [text(making.word("reports.causes_none_upheld", **counts))]
    named = [making.word("reports.cause_one", name=making.name("cause", code), n=n) for code, n in upheld]
    return [text(making.word("reports.causes_upheld", **counts, list=listed([*named, *_rest(making, upheld, counts["upheld"])])))]
