"""Signs that single words cannot show: ages, head counts, how often, how long ago, and the turns of speech of each flag.

A sign is a feature like any other: training decides how far each can be trusted. Patterns read normalised text.
"""

import re
import tomllib
from functools import lru_cache

from nlp.text import KNOWLEDGE

# Sixty and more, in digits or words; and below eighteen.
AGE = r"(?:[6-9]\d|1[01]\d|[六七八九]十[一二三四五六七八九多来几]?|古稀|耄耋)"
YOUNG = r"(?:(?<!\d)\d|(?<!\d)1[0-7]|(?<!十)[三四五六七八九]|十[一二三四五六七]?)"
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "几": 3}
_NUMBER = re.compile(
    r"(\d{1,4}|[一二两三四五六七八九十百几]{1,4})(?:多|来|几|好几)?(?:个)?"
    r"(周?岁|人|号人|户|名|位|口子|家长|业主|遍|次|回|趟|分钟|小时|天|个?月|年|块|元|万|电话)"
)


@lru_cache(maxsize=1)
def patterns() -> dict[str, dict[str, re.Pattern[str]]]:
    """The tables of `knowledge/signs.toml`, each list joined into one pattern."""
    tables = tomllib.loads((KNOWLEDGE / "signs.toml").read_text(encoding="utf-8"))
    return {
        table: {name: re.compile("|".join(parts).replace("{age}", AGE).replace("{young}", YOUNG)) for name, parts in entries.items()}
        for table, entries in tables.items()
    }


def value(number: str) -> int:
    """The number that one to four digits or Chinese numerals say, roughly: 七十八 → 78, 一百多 → 100."""
    if number.isdigit():
        return int(number)
    if "百" in number:
        return 100 * _DIGITS.get(number[0], 1)
    tens, ten, ones = number.partition("十")
    if ten:
        return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)
    return _DIGITS.get(number[-1], 3)


def numbers(text: str) -> set[str]:
    """What the numbers of a normalised text tell: an old or young age, a crowd, the third time, minutes ago."""
    found = set()
    for match in _NUMBER.finditer(text):
        count, unit = value(match[1]), match[2]
        if unit.endswith("岁"):
            found.add("岁老" if count >= 60 else "岁小" if count < 18 else "岁中")
        elif unit in ("人", "号人", "户", "名", "位", "口子", "家长", "业主"):
            found.add("人二十" if count >= 20 else "人少")
        elif unit in ("遍", "次", "回", "趟"):
            found.add("次三" if count >= 3 else "次少")
        elif unit in ("块", "元"):
            found.add("块小" if count < 50 else "块多")
        else:
            found.add("数" + unit)
    return found


def signs(text: str) -> list[str]:
    """Names of the signs in a normalised text, and its shape: length, question and exclamation marks."""
    size = len(text)
    found = ["长" + ("0" if size <= 6 else "1" if size <= 12 else "2" if size <= 25 else "3" if size <= 50 else "4" if size <= 100 else "5")]
    found += [name for name, pattern in patterns()["sign"].items() if pattern.search(text)]
    found += sorted(numbers(text))
    if "?" in text:
        found.append("问号尾" if text.endswith("?") else "问号")
    if "!" in text:
        found.append("叹号多" if "!!" in text else "叹号")
    return found
