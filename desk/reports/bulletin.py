"""消费投诉情况通报 of a quarter or a half year, to the bank's branches, and 分析报告 of a half year or a year, to the regulator.

Both are the same sentences and tables in the order that offices are used to.
"""

from dataclasses import replace

from desk.reports import annual, cases, sentences, tables
from desk.reports.blocks import Making, Sheet, Text

SHOWN = 10  # rows of a mix that the bulletin prints
COUNTS = ("total", "total_unmerged", "regulator", "should_be_done", "done", "on_time", "open", "open_due", "withdrawn",
          "not_accepted", "closed_untold", "set_aside", "overdue", "repeat", "repeat_unmerged", "judged", "upheld", "review",
          "overturned", "solved_at_once", "rated", "pleased", "vulnerable")
RATES = ("regulator_share", "done_rate", "on_time_rate", "repeat_rate", "repeat_unmerged_rate", "upheld_rate", "review_rate",
         "overturned_rate", "once_rate", "pleased_rate")


def blocks(making: Making) -> tuple[Text | Sheet, ...]:
    def head(key: str) -> Text:
        return Text("heading", making.word(key))

    indicators = tables.cover(making, {key: tables.COUNTS[key] for key in COUNTS}, {key: tables.RATES[key] for key in RATES})
    trend = replace(tables.trend(making), title="图表 1　各月投诉量")
    mixes = [tables.grouped(making, "category", title="图表 2　业务类别", sort=True, most=SHOWN),
             tables.grouped(making, "cause", title="图表 3　投诉原因", sort=True, most=SHOWN),
             replace(tables.branches(making), title="图表 4　机构")]
    mixes = mixes if making.counts()["total"] else []  # of nothing there is no mix
    if making.period.kind == "year":  # the one before is the year before: said once
        indicators, *mixes = (annual.public(one, "上期", "环比") for one in (indicators, *mixes))
    ledger = tables.ledger(making)
    kept = [ledger.columns.index(name) for name in ("问题", "根因", "责任部门", "期限", "状态")]
    ledger = Sheet("整改台账", tuple(ledger.columns[n] for n in kept), tuple(tuple(row[n] for n in kept) for row in ledger.rows),
                   wide=(0, 1))
    return (head("reports.part_overall"), *sentences.overall(making), replace(indicators, title="主要指标"), trend,
            head("reports.part_features"), *sentences.features(making), *mixes,
            head("reports.part_cases"), *cases.blocks(making),
            head("reports.part_causes"), *sentences.causes(making), *cases.roots(making),
            head("reports.part_mending"), *cases.mending(making), *([ledger] if ledger.rows else []),
            head("reports.part_next"), *cases.following(making))
