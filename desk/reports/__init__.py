"""The reports of the office: each kind is one row here, made from stored rows, shown on the desk and written as a file."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from desk.reports import annual, assessment, bulletin, ledger, monthly, sentences, tables
from desk.reports.blocks import Making, Report
from knowledge.base import Knowledge
from tickets import statistics
from tickets.numbers import SHANGHAI
from tickets.periods import MONTHS, Period
from tickets.working_days import LAST_YEAR

NOTES = ("reports.note_counted", "reports.note_done", "reports.note_days", "reports.note_rates", "reports.note_base",
         "reports.note_bases")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ANY = tuple(MONTHS)
FIGURES = {**tables.COUNTS, "late_contact": "首次联系超时", "passed_on": "两次以上转办", "displeased": "客户不满意",
           "elderly": "老年人", "minor": "未成年人", "disabled": "残障孕病"}
"""Figure of tickets/statistics.py → its name, for all that a report may count."""


@dataclass(frozen=True)
class Kind:
    """`spans`: kinds of period it may cover; `rhythms`: those it is made for on schedule; `file`: how its file's name begins."""

    name: str
    label: str
    title: str  # key of wording.toml
    spans: tuple[str, ...]
    rhythms: tuple[str, ...]
    file: str
    blocks: Callable[[Making], tuple[Any, ...]]
    paper: str = "xlsx"
    warn: Callable[[Making], list[str]] = lambda _: []
    notes: tuple[str, ...] = NOTES
    head: str = "reports.plain_head"  # keys of wording.toml: the line above each table of a workbook, the one below
    foot: str = ""


KINDS = {kind.name: kind for kind in (
    Kind("monthly", "月报", "reports.monthly_title", ("month",), ("month",), "投诉分析统计表", monthly.blocks,
         warn=monthly.warn, head="reports.form_head", foot="reports.form_foot"),
    Kind("quarterly", "季度通报", "reports.bulletin_title", ("quarter",), ("quarter",), "消费投诉情况通报", bulletin.blocks,
         "docx"),
    Kind("half", "半年通报", "reports.bulletin_title", ("half",), ("half",), "消费投诉情况通报", bulletin.blocks, "docx"),
    Kind("analysis", "分析报告", "reports.analysis_title", ("half", "year"), ("half", "year"), "消费投诉情况分析报告",
         bulletin.blocks, "docx"),
    Kind("annual", "年度披露", "reports.annual_title", ("year",), ("year",), "年度消费投诉信息披露", annual.blocks, "docx",
         annual.warn, tuple(note for note in NOTES if note != "reports.note_bases")),
    Kind("assessment", "考核", "reports.assessment_title", ANY, ("quarter",), "消费投诉考核", assessment.blocks,
         notes=(*NOTES, "reports.note_unranked")),
    Kind("ledger", "整改台账", "reports.ledger_title", ANY, ("quarter",), "整改台账", ledger.blocks),
)}


def make(session: Session, knowledge: Knowledge, kind: Kind, period: Period, *, at: datetime, mask: Callable[[str], str],
         bank: str = "本行", hotline: str = "") -> Report:
    """The report of a period as it stands in the database now. What is open or late is looked at up to the period's cutoff."""
    if period.kind not in kind.spans:
        raise ValueError(f"no {kind.name} report of a {period.kind}")
    today = at.astimezone(SHANGHAI).date()
    making = Making(session, knowledge, period, period.cutoff(at), mask, bank, min(period.last, today), hotline,
                    statistics.units(session))
    say = knowledge.wording
    notes = (*(say(key, days=knowledge.deadlines.repeat.days) for key in kind.notes),
             say("reports.note_cutoff", at=f"{making.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"))
    if making.unfinished and kind.blocks in (monthly.blocks, bulletin.blocks):
        notes = (say("reports.note_unfinished", n=making.unfinished), *notes)
    if period.last >= today:
        notes = (say("reports.note_running", today=today, last=period.last), *notes)
    if unrecorded := making.unrecorded:
        notes = (unrecorded, *notes)
    warned = kind.warn(making)
    if (due := period.report_day()).year > LAST_YEAR:
        warned = [*warned, say("reports.warn_calendar", year=LAST_YEAR, day=due)]
    return Report(kind.name, period.key, say(kind.title, bank=bank, period=period.name), period, kind.blocks(making), notes,
                  tuple(warned), say(kind.head, bank=bank, day=making.day),
                  say(kind.foot) if kind.foot else "", (bank, sentences.day(making.day)) if kind.paper == "docx" else ())


def written(report: Report, knowledge: Knowledge) -> bytes:
    """The report as its file. What writes files is loaded when the first is made."""
    if KINDS[report.kind].paper == "xlsx":
        from desk.reports import xlsx
        return xlsx.workbook(report)
    from desk.reports import word
    return word.document(report, notes=knowledge.wording("reports.part_notes"))


def file_name(report: Report) -> str:
    kind = KINDS[report.kind]
    return f"{kind.file}-{report.key}.{kind.paper}"


def media_type(name: str) -> str:
    return XLSX if name.endswith(".xlsx") else DOCX


def shape(kind: Kind, knowledge: Knowledge) -> str:
    """How the period of this kind of report is written."""
    return knowledge.wording("reports.wrong_period", shape="、".join(
        knowledge.wording(f"reports.shape_{span}") for span in kind.spans))


def told(knowledge: Knowledge, *, was: str, new: bool, changes: int) -> str:
    """Whether a report differs from the edition of `was` (a moment in words, empty for none)."""
    if not was:
        return knowledge.wording("reports.first_made")
    return knowledge.wording("reports.changed", at=was, n=changes) if new else knowledge.wording("reports.same", at=was)
