"""The desk's menu as data: add a row, and the page stands in the menu of the roles that may open it."""

from dataclasses import dataclass

from tickets import assignment

EVERYONE = frozenset({"intake", "handler", "lead", "auditor", "admin"})
WORKERS = assignment.HANDLING
LEADS = assignment.LEADS
OVERSEERS = frozenset({"lead", "auditor", "admin"})
ADMINS = frozenset({"admin"})
AUDITORS = frozenset({"auditor", "admin"})


@dataclass(frozen=True)
class Entry:
    """One line of the menu: where it leads, what it says, who sees it."""

    path: str
    label: str
    roles: frozenset[str] = EVERYONE
    group: str = "办理"


NAV: list[Entry] = [
    Entry("/desk/queue", "工单"),
    Entry("/desk/dashboard", "看板"),
    Entry("/desk/tickets/new", "登记", WORKERS),
    Entry("/desk/knowledge", "知识"),
    Entry("/desk/gaps", "待补问题"),
    Entry("/desk/exams", "考试", EVERYONE, "学习"),
    Entry("/desk/training", "培训计划", EVERYONE, "学习"),
    Entry("/desk/glossary", "金融术语", EVERYONE, "学习"),
    Entry("/desk/fees", "收费查询", EVERYONE, "学习"),
    Entry("/desk/reports", "报告", OVERSEERS),
    Entry("/desk/warnings", "预警", OVERSEERS),
    Entry("/desk/rectification", "整改", OVERSEERS),
    Entry("/desk/model", "识别质量", OVERSEERS, "管理"),
    Entry("/desk/alerts", "提醒", EVERYONE, "管理"),
    Entry("/desk/entries", "条目复核", EVERYONE, "管理"),
    Entry("/desk/outbox", "发送", OVERSEERS, "管理"),
    Entry("/desk/people", "人员", ADMINS, "管理"),
    Entry("/desk/branches", "机构", ADMINS, "管理"),
    Entry("/desk/duty", "值班", EVERYONE, "管理"),
    Entry("/desk/routing", "分派规则", ADMINS, "管理"),
    Entry("/desk/audit", "审计", AUDITORS, "管理"),
]
