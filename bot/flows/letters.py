"""Answers that are typed instead of pressed: 「A」「ａｂ」「选 B」「对」 mean the options that stand under these letters."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from bot.messages import Button, rows
from bot.turn import Turn

LETTERS = "ABCDEFGH"
SAID = re.compile(r"(?:我)?(?:选择?|答案?|应该|就|肯定)?(?:是|选|为)?[:,.]?([A-H](?:[,、.和跟及与]?[A-H])*)(?:选?项|吧|啊|呢|哦)?")
ORDINAL = re.compile(r"(?:我)?(?:选择?|答案?)?(?:是)?第([一二三四五六七八])(?:个|项|条)(?:选项|答案)?(?:吧|啊)?")
YES = frozenset(("对", "对的", "正确", "是", "是的", "√", "✓", "✔", "没错"))
NO = frozenset(("错", "错的", "错误", "不对", "不正确", "×", "✗", "x", "X"))
PASSED = frozenset(("不知道", "我不知道", "不会", "跳过", "下一题", "不清楚", "猜不出来", "没学过"))
DONE = frozenset(("提交", "交", "选好了", "好了", "就这些"))


def picked(text: str, options: Sequence[str], *, judge: bool) -> list[int] | None:
    """The places of the options that these words choose, in their order; None when they choose none, [] when they point beyond.

    `options` as they were shown; `judge`: a question of right or wrong.
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).strip("。.!！,，~～")
    if judge and (plain in YES or plain in NO):
        wanted = "对" if plain in YES else "错"
        return [n for n, option in enumerate(options) if option.startswith(wanted)][:1] or None
    if found := SAID.fullmatch(plain.upper()):
        places = sorted({LETTERS.index(letter) for letter in found[1] if letter in LETTERS})
    elif found := ORDINAL.fullmatch(plain):
        places = ["一二三四五六七八".index(found[1])]
    else:
        return None
    return places if places[-1] < len(options) else []


def named(places: Iterable[int]) -> str:
    """`A、C`; a dash for none."""
    return "、".join(LETTERS[n] for n in sorted(places) if n < len(LETTERS)) or "—"


def buttons(turn: Turn, data: str, count: int, *, many: bool, picked: Iterable[int] = ()) -> tuple[tuple[Button, ...], ...]:
    """A letter for each option; where several may be right, those that are picked bear a tick, and beside the button that
    hands them in stands what it hands in."""
    ticked = set(picked)
    one = [Button(f"{LETTERS[n]} ✓" if n in ticked else LETTERS[n], f"{data}:{n}") for n in range(count)]
    submit = turn.word("quiz.submit_picked", letters=named(ticked)) if ticked else turn.word("quiz.submit")
    return rows(*one, width=4) + (((Button(submit, f"{data}:ok"),),) if many else ())
