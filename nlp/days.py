"""The day that people name: 「上个月25号」, 「上周三」, 「六天前」. It lies today or before; 「快一个月了」 names none."""

import re
from datetime import date, timedelta

from nlp.text import normalise

DIGITS = {sign: n for n, sign in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "天": 7, "日": 7}
NUMBER = r"(?:\d{1,2}|[一二三四五六七八九两]?十[一二三四五六七八九]?|[一二三四五六七八九两])"
LATELY = {"今天": 0, "今日": 0, "今儿": 0, "刚才": 0, "刚刚": 0, "今早": 0, "昨天": 1, "昨晚": 1, "昨日": 1, "昨儿": 1, "前天": 2,
          "前日": 2, "前儿": 2, "大前天": 3, "大前儿": 3}
ALONE = r"(?<![\d一二三四五六七八九十百千两])"  # no part of a larger number
OF_MONTH = re.compile(
    rf"(?<![下每]月)(?<![下每]个月)(?<!上)(?<!上个)(?:(?P<month>{ALONE}{NUMBER}) ?月份? ?|(?P<last>上个?)月|(?P<this>这个?|本)月)?"
    rf"(?P<day>{ALONE}{NUMBER}) ?(?:号(?![窗楼线站])|日(?(month)|(?(last)|(?(this)|(?! ?(?:[之以]?[内后]|还|没))))))|"
    rf"(?<!上)(?P<of_last>上个?)月(?P<bare>{NUMBER})"
    r"(?![\d.%元块万千百个天点次笔年月多几号日十一二三四五六七八九]|来[号天])")
"""「3日之内」, 「20日还没答复」 are no day, nor is 「上个月二十几号」; 「下个月5号」, 「每月5号」 no one that was."""
SLASHED = re.compile(r"(?<![\d.])(?<!利率)(?<!版本)(?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?![\d.%元块万点天个年倍])")
OF_WEEK = re.compile(r"(?<![下每上个])(?:(?P<last>上个?)|这个?|本)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天])")
AGO = re.compile(rf"(?<![几快]){ALONE}(?P<count>{NUMBER}) ?天(?:前|了|以前|之前)(?!都)")
NAMED = re.compile(rf"(?<![目以之当提])(?:{'|'.join(sorted(LATELY, key=len, reverse=True))})(?!头条|(?<=前儿)[子媳女童科歌])")
SPAN = re.compile(rf"(?P<count>{NUMBER})个?(?:天(?!前|了|以前|之前)|日(?=(?:的?(?:犹豫|冷静)|[以之]?内)))|"
                  rf"期限?(?:是|为|有|写|:|：|一?共)*(?P<of_term>{NUMBER})个?日")
"""「三日签的」 is a day, 「犹豫期十五日」 how many there are."""
RECEIVED = re.compile("[^,，。]{0,3}(?:收到|拿到|签收|到手)")
"""Of two days the one on which it came counts."""


def number(said: str) -> int:
    """「二十五」 as 25. `said` matches NUMBER."""
    if said.isdigit():
        return int(said)
    tens, ten, ones = said.rpartition("十")
    return (DIGITS[tens] if tens else 1) * 10 * bool(ten) + (DIGITS[ones] if ones else 0)


def named(text: str, today: date) -> date | None:
    """The day, no later than today, that the text names: of several the one on which something came, or else the first. None: it
    names none, or only one that cannot be."""
    text = normalise(text)
    ways = ((OF_MONTH, _of_month), (SLASHED, _of_month), (OF_WEEK, _of_week), (AGO, _ago))
    days = [(day, found.end()) for pattern, read in ways for found in pattern.finditer(text)
            if (day := read(found, today)) is not None and day <= today]
    if days:
        return next((day for day, end in days if RECEIVED.match(text, end)), days[0][0])
    found = NAMED.search(text)
    return today - timedelta(days=LATELY[found[0]]) if found else None


def span(text: str) -> int | None:
    """How many days the text says that something lasts."""
    found = SPAN.search(normalise(text))
    return number(found["count"] or found["of_term"]) if found else None


def _of_month(found: re.Match[str], today: date) -> date | None:
    known = found.groupdict()
    day, last = number(known["day"] or known["bare"]), known.get("last") or known.get("of_last")
    month = number(known["month"]) if known["month"] else today.month - bool(last)
    year = today.year
    if not known["month"] and not last and day > today.day:
        month -= 1  # 「25号」 said on the first is that of the month before
    if month == 0:
        month, year = 12, year - 1
    try:
        made = date(year, month, day)
        return made if made <= today else made.replace(year=year - 1)
    except ValueError:
        return None


def _of_week(found: re.Match[str], today: date) -> date | None:
    monday = today - timedelta(days=today.weekday())
    day = monday + timedelta(days=DIGITS[found["day"]] - 1)
    if found["last"] or day > today:
        day -= timedelta(days=7)
    return day


def _ago(found: re.Match[str], today: date) -> date | None:
    return today - timedelta(days=number(found["count"]))
