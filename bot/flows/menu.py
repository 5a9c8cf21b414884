"""Greeting and menu: the first thing people see, and the way back from anywhere."""

import re
from datetime import timedelta

from bot.flows import campaign, exam
from bot.flows.entries import button as as_button
from bot.messages import Button, rows
from bot.turn import Turn

GREETING = re.compile(r"(?:你|您|大家)?好(?:啊|呀)?|(?:早上|上午|中午|下午|晚上)好|早|哈喽|嗨|hi|hello|喂|有人吗?", re.IGNORECASE)

LONG_AGO = timedelta(days=1)


def menu_buttons(turn: Turn) -> tuple[tuple[Button, ...], ...]:
    extra = [(Button(one.name, f"campaign:{one.id}"),) for one in campaign.running(turn)[:1]]
    if waiting := exam.menu_row(turn):
        extra.append(waiting)
    return (*rows(
        turn.button("menu.complain", "complain"), turn.button("menu.ask", "themes"),
        turn.button("menu.status", "status"), turn.button("menu.scam", "scam"),
        turn.button("menu.quiz", "quiz"), turn.button("menu.human", "human"),
    ), *extra)


def greet(turn: Turn) -> None:
    """The greeting; on Telegram it also says where the data goes (个人信息保护法 39)."""
    text = turn.word("greeting.hello", bank=turn.settings.bank_name)
    if turn.incoming.channel == "telegram":
        text += "\n\n" + turn.word("greeting.privacy_telegram")
    turn.say(text, buttons=menu_buttons(turn))


def in_strange_group(turn: Turn) -> bool:
    return turn.incoming.group and turn.incoming.address != str(turn.settings.telegram_staff_group)


def only_in_private(turn: Turn) -> None:
    """In a group that somebody brought us into: said once, and again to who calls us there after a while; no word is kept."""
    turn.overheard = True
    told = turn.state.get("only_in_private")
    called = turn.text.startswith("/") and not turn.lately(told, LONG_AGO)
    if turn.incoming.kind != "edited" and (told is None or called):
        turn.remember(only_in_private=turn.at.isoformat())
        turn.say(turn.word("greeting.only_in_private"))


def menu(turn: Turn, key: str = "greeting.again") -> None:
    turn.say(turn.word(key), buttons=menu_buttons(turn))


def themes(turn: Turn) -> None:
    """The themes that have entries for this reader, as buttons."""
    used = {entry.theme for entry in visible(turn)}
    kinds = [kind for code, kind in turn.knowledge.taxonomy.theme.items() if code in used]
    turn.say(turn.word("menu.themes"), buttons=rows(*(Button(k.name, f"theme:{k.code}") for k in kinds), width=3))


def theme(turn: Turn, code: str) -> None:
    """The first questions of a theme."""
    kind = turn.knowledge.taxonomy.theme.get(code)
    entries = [entry for entry in visible(turn) if entry.theme == code][:8]
    if kind is None or not entries:
        return turn.say(turn.word("error.button_gone"), buttons=menu_buttons(turn))
    turn.say(turn.word("menu.theme_questions", theme=kind.name),
             buttons=rows(*(as_button(e) for e in entries), width=1))


def visible(turn: Turn) -> list:
    """Entries that this reader may see: the staff's own only for linked staff."""
    staff = turn.chat.staff_id is not None
    return [entry for entry in turn.knowledge.entries.values() if staff or not entry.staff_only]
