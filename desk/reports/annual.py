"""年度消费投诉信息披露 (第三号令第二十六条): what a bank says of its year in public; no cases, no branch's score, no names."""

from desk.reports import cases, sentences, tables
from desk.reports.blocks import Making, Sheet, Text
from tickets import rectification


def blocks(making: Making) -> tuple[Text | Sheet, ...]:
    def head(key: str) -> Text:
        return Text("heading", making.word(key))

    total, *handling = sentences.overall(making)
    branch = tables.branches(making)
    kept = [branch.columns.index(name) for name in ("机构", "件数", "占比", "同比")]
    where = Sheet("机构分布", tuple(branch.columns[n] for n in kept), tuple(tuple(row[n] for n in kept) for row in branch.rows))
    return (
        sentences.text(making.word("reports.annual_opening", bank=making.bank, period=making.period.name)),
        head("reports.annual_total"), total, tables.trend(making),
        head("reports.annual_channels"), tables.grouped(making, "channel", title="办理渠道", sort=True),
        head("reports.annual_categories"), tables.grouped(making, "category", title="业务类别", sort=True),
        head("reports.annual_causes"), tables.grouped(making, "cause", title="投诉原因", sort=True),
        head("reports.annual_branches"), where,
        head("reports.annual_handling"), *handling,
        head("reports.annual_measures"), *_measures(making),
        head("reports.annual_next"), *_next(making),
        *([sentences.text(making.word("reports.annual_hotline", hotline=making.hotline))] if making.hotline else []))


def _measures(making: Making) -> list[Text]:
    hide = cases.hidden(making)
    said = [making.word("reports.measure_one", problem=hide(item.problem).rstrip("。"),
                        measures=cases.sentence(hide(item.measures)))
            for item in rectification.items(making.session, rectification.belongs(making.period)) if item.measures.strip()]
    return _numbered(said) or [sentences.text(making.word("reports.no_measures"))]


def _next(making: Making) -> list[Text]:
    hide = cases.hidden(making)
    said = [making.word("reports.next_plain", problem=cases.sentence(hide(item.problem)))
            for item in rectification.items(making.session, rectification.belongs(making.period)) if item.state != "done"]
    return _numbered(said) or [sentences.text(making.word("reports.next_plain_none"))]


def _numbered(said: list[str]) -> list[Text]:
    return [sentences.text(f"{n}. {one}") for n, one in enumerate(said, 1)]
