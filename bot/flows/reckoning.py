"""「25号签的，现在还能退吗」: how many days of a right that lapses are gone, and how many are left."""

import re
from datetime import date, timedelta

from bot.flows import emergency, sought
from bot.messages import Reply
from bot.turn import OLD, Turn
from knowledge.windows import Window
from nlp import days
from tickets.models import Ticket
from tickets.numbers import SHANGHAI
from tickets.working_days import add_working_days

LATE = 120  # days; what is longer ago is no matter of days
PERHAPS = 0.2  # of what is found
YEARS_AGO, YEAR = re.compile(r"[前去]年|(?<!\d)[几两三四五六七八九十\d]年(?:前|了|多|来)"), re.compile(r"(?<!\d)(20\d\d)年")


def add(turn: Turn) -> None:
    """After what was said of a right that lapses: her last day, once she has told on which it began, once for each day; and beside
    a ticket about it, that no ticket stops the days."""
    alarmed = emergency.under_way(turn) or (turn.ticket is not None and turn.ticket.urgency == "I")
    if turn.understood.reading is None or alarmed:
        return
    window = turn.knowledge.windows.get(sought.matter(turn) or "")
    if not (window and _told(turn, window)) and turn.did == "FILE" and turn.ticket is not None:
        _beside(turn, _of(turn, turn.ticket))


def _of(turn: Turn, ticket: Ticket) -> Window | None:
    """The right that may lapse while the ticket is handled, as what is found for its words has it; little is enough, since it is
    told with an if."""
    if ticket.kind != "complaint" or _years_ago(turn, ticket.summary):
        return None
    found = turn.understood.found if turn.text == ticket.summary else turn.understood.finder.ask(ticket.summary)
    shares: dict[Window, float] = {}
    for one in found.candidates:
        if (window := turn.knowledge.windows.get(one.entry)) is not None:
            shares[window] = shares.get(window, 0.0) + one.score
    likeliest = max(shares, key=shares.__getitem__, default=None)
    return likeliest if likeliest and shares[likeliest] >= PERHAPS else None


def _years_ago(turn: Turn, text: str) -> bool:
    earliest = (turn.at - timedelta(days=LATE)).year
    return YEARS_AGO.search(text) is not None or any(int(one) < earliest for one in YEAR.findall(text))


def _told(turn: Turn, window: Window) -> bool:
    """She tells a day, or how many there are, that make another last day than was said."""
    kept = _kept(turn, window)
    answers = turn.did == "ADD" and (turn.state.get("filing") or {}).get("kept") == "facts"  # to 「事情是哪天发生的」
    tells = (answers or any(word in turn.text for word in window.since)) and not _years_ago(turn, turn.text)
    day = days.named(turn.text, _today(turn)) if tells else None
    told = days.span(turn.text) if not window.days else None
    if day is None and told is None:
        return False
    began = day.isoformat() if day else kept.get("day")
    lasts = window.days or told or kept.get("lasts") or 0
    turn.remember(began={"window": window.id, "day": began, "lasts": lasts})
    said = _words(turn, window, began, lasts) if (began, lasts) != (kept.get("day"), kept.get("lasts")) else ""
    if said:
        turn.say(said)
    return bool(said)


def _beside(turn: Turn, window: Window | None) -> None:
    """Before our question: what she must do herself, unless her days are over."""
    if window is None or not window.lapses:
        return
    kept = _kept(turn, window)
    began, lasts = kept.get("day"), kept.get("lasts") or window.days
    gone = (_today(turn) - date.fromisoformat(began)).days if began else 0
    if gone > LATE or (began and lasts and _last(window, began, lasts) < _today(turn)):
        return
    said = (_words(turn, window, began, lasts) if began and lasts
            else turn.word("reckoning.filed", span=_span(turn, window), do=window.do))
    at = len(turn.replies) - 1 if turn.state.get("filing") and len(turn.replies) > 1 else len(turn.replies)
    turn.replies.insert(at, Reply(said))


def _kept(turn: Turn, window: Window) -> dict:
    kept = turn.state.get("began", {})
    return kept if kept.get("window") == window.id else {}


def _today(turn: Turn) -> date:
    return turn.at.astimezone(SHANGHAI).date()


def _last(window: Window, began: str, lasts: int) -> date:
    day = date.fromisoformat(began)
    return add_working_days(day, lasts) if window.unit == "工作日" else day + timedelta(days=lasts)


def _words(turn: Turn, window: Window, began: str | None, lasts: int) -> str:
    """What is said of her days; nothing where no day is known, or it was too long ago."""
    gone = (_today(turn) - date.fromisoformat(began)).days if began else LATE + 1
    if began is None or gone > LATE:
        return ""
    named = {"day": _day(date.fromisoformat(began)), "span": _span(turn, window), "do": window.do, "after": window.after}
    if not lasts:
        return turn.word("reckoning.contract", count=gone, **named)
    last = _last(window, began, lasts)
    left = (last - _today(turn)).days
    key = "over" if left < 0 else "left" if left else "last"
    return turn.word(f"reckoning.{key}", last=_day(last), left=left, **named)


def _span(turn: Turn, window: Window) -> str:
    """What the days are called; without what stands in brackets, where she reads short words."""
    return window.span.partition("（")[0] if turn.chat.audience == OLD else window.span


def _day(day: date) -> str:
    return f"{day.month} 月 {day.day} 日"
