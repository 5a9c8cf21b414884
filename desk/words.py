"""How codes and moments are written on the desk's pages: names from the taxonomy, days and hours of Shanghai."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from knowledge.base import Knowledge
from tickets.deadlines import days_left
from tickets.models import PAUSED, now
from tickets.numbers import SHANGHAI

ROLES = {"intake": "受理", "handler": "承办", "lead": "主管", "auditor": "审计只读", "admin": "管理员"}
GROUPS = ("category", "cause", "right", "intent", "urgency", "flag", "theme", "source", "business_channel", "ticket_kind", "status")
CLOCKLESS = ("told", "closed", "withdrawn", "merged", "not_accepted")
"""States in which no clock runs any more."""
PRESSED = {"status": "menu.status", "human": "menu.human", "complain": "menu.complain", "scam": "menu.scam", "ask": "menu.ask",
           "quiz": "menu.quiz", "file": "ask.register", "skip": "filing.skip", "done": "filing.done", "none": "ask.none_of_these",
           "themes": "menu.ask", "menu": "menu.back", "other": "filing.new_matter", "plain": "ask.shorter", "redo": "after.redo",
           "review": "progress.review", "withdraw": "progress.withdraw", "withdraw!": "progress.confirm",
           "pick-cat": "filing.change_category", "pick-cause": "filing.change_cause", "set-category": "filing.change_category",
           "set-cause": "filing.change_cause", "st-take": "alert.take"}
"""Buttons under our replies, by their data: what they said. Of all others no more is said than that one was pressed."""


def filters(knowledge: Knowledge) -> dict[str, Callable[..., Any]]:
    """Every filter that the templates use."""

    def name(code: str | None, group: str, missing: str = "—") -> str:
        kind = getattr(knowledge.taxonomy, group).get(code or "")
        return kind.name if kind else (code or missing)

    def event(kind: str) -> str:
        key = f"event.{kind}"
        return knowledge.wording(key if key in knowledge.wording else "event.other")

    def pressed(data: str) -> str:
        """What the button said that sent this data."""
        what, _, slug = data.partition(":")
        entry, last = knowledge.entries.get(slug) if what == "faq" else None, data.rpartition(":")[2]
        if what == "rate" and f"rating.s{last}" in knowledge.wording:
            label = knowledge.wording("desk.rated", label=knowledge.wording(f"rating.s{last}"))
        elif what == "claim" and f"claim.{last}" in knowledge.wording:
            label = knowledge.wording(f"claim.{last}")
        else:
            label = entry.question if entry else knowledge.wording(PRESSED[what]) if what in PRESSED else ""
        return knowledge.wording("desk.pressed", label=label)

    return {"name": name, "pressed": pressed, "event": event, "day": day, "time": time, "short": short,
            "clock": clock, "tint": tint, "at_once": at_once, "waits": waits, "role": ROLES.get,
            "percent": lambda share: f"{float(share or 0):.0%}", "size": size}


def day(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d") if moment else "—"


def time(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else "—"


def short(moment: datetime | None) -> str:
    """`09:12` today, `11-24 09:12` this year, the whole day before that."""
    if moment is None:
        return "—"
    local, today = moment.astimezone(SHANGHAI), now().astimezone(SHANGHAI)
    if local.date() == today.date():
        return local.strftime("%H:%M")
    return local.strftime("%m-%d %H:%M") if local.year == today.year else local.strftime("%Y-%m-%d")


def clock(ticket: Any) -> str:
    """What is left of the law's time, in words; of what is over, how long it took and whether that was in time."""
    if ticket.status in CLOCKLESS:
        return _took(ticket)
    if ticket.status in PAUSED:
        return "暂停计时"
    left = days_left(ticket.due_at, now())
    if ticket.due_at < now():
        return f"超期 {-left} 天" if left else "已超期"
    return "今天到期" if left == 0 else f"剩 {left} 天"


def at_once(ticket: Any) -> str:
    """What level I needs now, whatever the law's clock says: somebody to take it, then somebody to speak with her. Empty once
    somebody has, and of all else."""
    if ticket.urgency != "I" or ticket.first_contact_at or ticket.status in (*CLOCKLESS, *PAUSED):
        return ""
    return "马上联系" if ticket.assignee_id else "马上接手"


def waits(ticket: Any) -> str:
    """How long since it came."""
    minutes = max(int((now() - ticket.received_at).total_seconds() // 60), 0)
    if minutes < 120:
        return f"已等 {minutes} 分钟"
    return f"已等 {minutes // 60} 小时" if minutes < 2880 else f"已等 {minutes // 1440} 天"


def _took(ticket: Any) -> str:
    ended = _ended(ticket)
    if ticket.status == "merged" or ended is None:
        return "已并入" if ticket.status == "merged" else "已停表"
    days, over = days_left(ended, ticket.received_at), -days_left(ticket.due_at, ended)
    took = f"用时 {days} 天" if days else "当天办完"
    return f"{took}，" + (f"超期 {over} 天" if over > 0 else "超期" if ended > ticket.due_at else "按时")


def _ended(ticket: Any) -> datetime | None:
    """When the customer had her answer, or handling ended without one."""
    return ticket.told_at or ticket.closed_at


def tint(ticket: Any) -> str:
    """The colour class of the clock: late, T-1 red, T-3 orange, T-5 yellow, otherwise calm, but never calm where it is grave;
    stopped clocks are grey, and red where they stopped too late."""
    if ticket.status in CLOCKLESS:
        ended = _ended(ticket)
        return "red" if ticket.status != "merged" and ended is not None and ended > ticket.due_at else "stopped"
    if ticket.status in PAUSED:
        return "stopped"
    if ticket.due_at < now():
        return "late"
    left = days_left(ticket.due_at, now())
    return next((colour for most, colour in ((1, "red"), (3, "orange"), (5, "yellow")) if left <= most),
                "even" if ticket.urgency == "I" else "calm")


def size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{max(count // 1000, 1)} KB"


def stamp(folder: Path) -> str:
    """Eight characters that change when a static file changes, so that browsers never keep an old one."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
