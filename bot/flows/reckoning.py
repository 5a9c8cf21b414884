"""「25号签的，现在还能退吗」: how many days of a right that lapses are gone, and how many are left."""

from datetime import date, timedelta

from bot.flows import emergency, sought
from bot.turn import Turn
from knowledge.windows import Window
from nlp import days
from tickets.numbers import SHANGHAI
from tickets.working_days import add_working_days

LATE = 120  # days; what is longer ago is no matter of days


def add(turn: Turn) -> None:
    """After what was said of a right that lapses: her last day, once she has told on which it began; once for each day."""
    alarmed = emergency.under_way(turn) or (turn.ticket is not None and turn.ticket.urgency == "I")
    if turn.understood.reading is None or alarmed:
        return
    window = turn.knowledge.windows.get(sought.matter(turn) or "")
    if window is None:
        return
    today = turn.at.astimezone(SHANGHAI).date()
    kept = turn.state.get("began", {}) if turn.state.get("began", {}).get("window") == window.id else {}
    day = days.named(turn.text, today) if any(word in turn.text for word in window.since) else None
    told = days.span(turn.text) if not window.days else None
    if day is None and told is None:
        return
    began = day.isoformat() if day else kept.get("day")
    lasts = window.days or told or kept.get("lasts") or 0
    turn.remember(began={"window": window.id, "day": began, "lasts": lasts})
    if began and (began, lasts) != (kept.get("day"), kept.get("lasts")):
        _say(turn, window, date.fromisoformat(began), lasts, today)


def _say(turn: Turn, window: Window, began: date, lasts: int, today: date) -> None:
    gone = (today - began).days
    if gone > LATE:
        return
    named = {"day": _day(began), "span": window.span, "do": window.do, "after": window.after}
    if not lasts:
        return turn.say(turn.word("reckoning.contract", count=gone, **named))
    last = add_working_days(began, lasts) if window.unit == "工作日" else began + timedelta(days=lasts)
    left = (last - today).days
    key = "over" if left < 0 else "left" if left else "last"
    turn.say(turn.word(f"reckoning.{key}", last=_day(last), left=left, **named))


def _day(day: date) -> str:
    return f"{day.month} 月 {day.day} 日"
