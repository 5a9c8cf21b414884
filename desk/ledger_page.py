"""投诉登记台账 as a workbook: what the queue lists under its filters, within what the reader may see, masked once more."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import Response

from desk import table_file
from desk.queue_page import until_soon
from desk.table_file import Table
from desk.visit import Visit
from tickets import audit, ledger
from tickets.ledger import Line
from tickets.models import PAUSED, Branch, Staff, now
from tickets.numbers import SHANGHAI
from tickets.queue import UNFILLED, QueueFilter, read_filter

NAME = "投诉登记台账"
COLUMNS = ("工单号", "来文编号", "收到", "类型", "来源渠道", "办理渠道", "机构", "业务类别", "投诉原因", "紧急程度", "标记",
           "客户反映", "诉求", "承办人", "最迟答复", "状态", "首次联系", "告知客户", "结案", "办结用时（天）", "是否超期",
           "办理结果", "补救", "责任认定", "满意度（1—5）")
WIDE = (11, 12, 21, 22)
GROUPS = {"status": ("状态", "status"), "kind": ("类型", "ticket_kind"), "category": ("业务类别", "category"),
          "cause": ("投诉原因", "cause"), "urgency": ("紧急程度", "urgency"), "source": ("来源", "source"),
          "flag": ("标记", "flag")}
SCOPES = {"open": "未办结", "closed": "已办结", "all": "全部"}
YES = {"mine": "我承办的", "unassigned": "待分派", "overdue": "超期", "due_soon": "临期", "approval": "待批延期",
       "repeat": "重复投诉", "unmerged": "不含合并办理的和内部测试的", "asked": "提过问题的客户"}
TOLD = {"on_time": "按时办结", "late": "超期办结"}
UPHELD = {True: "有责", False: "无责", None: ""}


def download(visit: Visit) -> Response:
    """As the queue stands under the filters of the form; taking it away is written into the audit chain."""
    at = now()
    filters = read_filter(visit.said("query", most=2000))
    found = ledger.lines(visit.session, visit.me, filters, at=at, soon=until_soon(visit, at))
    rows = [_row(visit, line, at) for line in found[:ledger.MOST]]
    notes = [visit.word("ledger.filters", filters=in_words(visit, filters)),
             visit.word("ledger.made", count=len(rows), at=f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")]
    if len(found) > ledger.MOST:
        notes.append(visit.word("ledger.more", most=ledger.MOST))
    audit.record(visit.session, staff_id=visit.me.id, action="ledger.download", target=f"tickets:{len(rows)}",
                 data={"filters": [part.partition("=")[0] for part in filters.to_query().split("&") if part]})
    body = table_file.book(NAME, [Table(NAME, COLUMNS, rows, wide=WIDE)], notes)
    return table_file.attachment(body, f"{NAME}-{at.astimezone(SHANGHAI):%Y-%m-%d}.xlsx")


def _row(visit: Visit, line: Line, at: datetime) -> tuple[Any, ...]:
    one, mask = line.ticket, visit.office.mask
    told_at, result, redress, upheld = _decided(visit, line)
    late = one.told_at > one.due_at if one.told_at else one.is_open and one.status not in PAUSED and one.due_at < at
    return (one.number, one.outer_number or "", _local(one.received_at), _name(visit, "ticket_kind", one.kind),
            _name(visit, "source", one.source), _name(visit, "business_channel", one.business_channel), line.branch,
            _name(visit, "category", one.category), _name(visit, "cause", one.cause),
            "" if one.urgency == "none" else _name(visit, "urgency", one.urgency),
            "、".join(_name(visit, "flag", flag) for flag in one.flags), mask(one.summary), mask(one.claim), line.handler,
            _local(one.due_at), _state(visit, line), _local(one.first_contact_at), _local(told_at),
            _local(one.closed_at), "" if line.days is None else line.days, "是" if late or line.late_before else "否", result,
            mask(redress), UPHELD[upheld], "" if line.score is None else line.score)


def _decided(visit: Visit, line: Line) -> tuple[datetime | None, str, str, bool | None]:
    """When she was told, what was decided, the redress, whose fault: of a case handled anew, what stood before, until there is
    another decision, and its words beside that."""
    one, before, mask = line.ticket, line.before, visit.office.mask
    if before is None:
        return one.told_at, mask(one.decision), one.redress, one.upheld
    was = visit.word("ledger.before", text=mask(before["decision"]))
    if one.decision:
        return one.told_at, f"{mask(one.decision)}\n{was}", one.redress, one.upheld
    told_at = datetime.fromisoformat(before["told_at"]) if before.get("told_at") else None
    return told_at, was, before.get("redress", ""), before.get("upheld")


def _state(visit: Visit, line: Line) -> str:
    state = _name(visit, "status", line.ticket.status)
    if line.into:
        return visit.word("ledger.merged_into", state=state, number=line.into)
    marks = [visit.word("ledger.anew")] if line.before and line.ticket.status != "reopened" else []
    marks += [visit.word("ledger.unhappy")] if line.unhappy and line.ticket.status == "closed" else []
    return f"{state}（{'，'.join(marks)}）" if marks else state


def in_words(visit: Visit, filters: QueueFilter) -> str:
    """「未办结；业务类别：贷款；收到：2026-10-01 至 2026-10-31」"""
    said = [] if filters.status else [SCOPES[filters.scope]]
    said += [f"{label}：{'、'.join(_name(visit, group, code) for code in getattr(filters, field))}"
             for field, (label, group) in GROUPS.items() if getattr(filters, field)]
    for field, label, model in (("branch", "机构", Branch), ("assignee", "承办人", Staff)):
        if (wanted := getattr(filters, field)) is not None:
            known = visit.session.get(model, wanted) if wanted < 2**31 else None
            said.append(f"{label}：{known.name if known else '—'}")
    said += [label for field, label in YES.items() if getattr(filters, field)]
    said += [TOLD.get(filters.told, "已告知")] if filters.told else []
    for label, since, until in (("收到", filters.since, filters.until), ("到期", filters.due_since, filters.due_until)):
        if since or until:
            last = until - timedelta(seconds=1) if until else None
            ends = (f"{one.astimezone(SHANGHAI):%Y-%m-%d}" if one else "不限" for one in (since, last))
            said.append(f"{label}：{' 至 '.join(ends)}")
    if filters.words.strip():
        said.append(f"搜索：{visit.office.mask(filters.words.strip())}")
    return "；".join(said)


def _name(visit: Visit, group: str, code: str | None) -> str:
    kind = getattr(visit.knowledge.taxonomy, group).get(code or "")
    return kind.name if kind else "未填" if code == UNFILLED else code or ""


def _local(moment: datetime | None) -> datetime | str:
    """A workbook knows no zones: the office's own time."""
    return moment.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0) if moment else ""
