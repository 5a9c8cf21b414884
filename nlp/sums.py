"""Sums of money as people write them: 「38万」, 「三万五」, 「1.2 万」, 「8千块」, 「三张各四十万」."""

import re
import unicodedata
from dataclasses import dataclass

DIGITS = {sign: n for n, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
UNITS = {"十": 10, "百": 100, "千": 1000}
SIGNS = str.maketrans("萬億塊個張筆份、;", "万亿块个张笔份,,")
FIGURES = r"\d{1,3}(?:,\d{3}){1,3}(?![\d万])|\d{1,10}(?:\.\d{1,6})?"
HAN = "[零〇一二两三四五六七八九十百千]{0,15}[零〇一二两三四五六七八九十百]"
NUMBER = rf"(?:{FIGURES}|{HAN})"
WORTH = {"万": 10_000, "w": 10_000, "亿": 100_000_000}
COUNTED = "[\\d.十百万年月天日号个张笔份本家次点%岁]"
SUM = re.compile(
    rf"(?<![\d.a-z零〇一二两三四五六七八九十百千])(?P<number>{NUMBER}) ?(?P<about>[多来几])? ?(?:"
    rf"(?:(?P<large>[万亿]|w(?![a-z]))(?P<roughly>[多来几])?(?P<rest>零?(?:\d{{3,4}}|{NUMBER}千|[1-9一二三四五六七八九])(?!{COUNTED}))?|(?P<thousand>千))"
    rf"(?:元|块钱?)?|(?:元|块钱?))|(?P<unclear>几[十百千]*[万亿]|[十百千]几万|\d{{5,}}(?![\d.]))")
SHARED = re.compile(r"(?<![\d.])(\d{1,5}(?:\.\d{1,6})?)(?=(?:[,和跟/ ]{1,2}\d{1,5}(?:\.\d{1,6})?){1,9}万)")
"""「38、25、1.2万」: the unit stands once, behind the last."""
EACH = re.compile("(?:[每各]|都是)[^,。;!?\\d一二两三四五六七八九十百]{0,5}$")
ROUGHLY = re.compile("[一二两三四五六七八九]{2}")
"""「三四十万」, 「八九万」."""
COUNT = re.compile(rf"({HAN}|\d{{1,2}}) ?[张笔个本份]")


@dataclass(frozen=True)
class Sum:
    """`yuan`: None where it is said roughly (「八十多万」); `start` and `end` in the text read by `sums`."""

    yuan: int | None
    start: int
    end: int
    times: int = 1


def number(said: str) -> float:
    """`said` matches NUMBER; 「三百八」 is 308, no unit is guessed."""
    if said[0].isascii():
        return float(said.replace(",", ""))
    whole, digit = 0, 0
    for sign in said:
        if sign in UNITS:
            whole, digit = whole + (digit or 1) * UNITS[sign], 0
        else:
            digit = DIGITS[sign]
    return whole + digit


def plain(text: str) -> str:
    """The text in which the sums are found: simplified, each with its unit, and 000 left as it is."""
    return SHARED.sub(r"\1万", unicodedata.normalize("NFKC", text).lower().translate(SIGNS))


def sums(text: str) -> list[Sum]:
    """All sums of a `plain` text, in order; of 「三张各四十万」 one, three times; of 「每张四十万」 alone none is known."""
    found = []
    for one in SUM.finditer(text):
        before = text[: one.start()]
        each = EACH.search(before) is not None
        count = COUNT.findall(before) if each else []
        known = not each or count
        found.append(Sum(_yuan(one) if known else None, one.start(), one.end(), int(number(count[-1])) if count else 1))
    return found


def _yuan(found: re.Match[str]) -> int | None:
    if found["unclear"] or ROUGHLY.search(found["number"]) or found["about"] or found["roughly"]:
        return None
    yuan = number(found["number"]) * (1000 if found["thousand"] else WORTH.get(found["large"] or "", 1))
    if rest := (found["rest"] or "").removeprefix("零"):
        literal = len(rest) >= 3 and rest.isdigit()
        yuan += number(rest.removesuffix("千")) * (1 if literal else 1000)
    return round(yuan)


def written(yuan: int) -> str:
    """「64.2 万元」, 「8000 元」."""
    return f"{yuan / 10_000:.4f}".rstrip("0").rstrip(".") + " 万元" if yuan >= 10_000 else f"{yuan} 元"
