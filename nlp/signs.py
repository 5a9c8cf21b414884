"""Signs that single words cannot show: ages, head counts, how often, how long ago, and the turns of speech of each flag.

A sign is a feature like any other: training decides how far each can be trusted. Patterns read normalised text.
"""

import re
from bisect import bisect_left
from functools import lru_cache

import msgspec

from knowledge.reading import TomlFile
from nlp.gate import Gate
from nlp.text import KNOWLEDGE

# Sixty and more, in digits or words; and below eighteen.
AGE = r"(?:[6-9]\d|1[01]\d|[六七八九]十[一二三四五六七八九多来几]?|古稀|耄耋)"
YOUNG = r"(?:(?<!\d)\d|(?<!\d)1[0-7]|(?<!十)[三四五六七八九]|十[一二三四五六七]?)"
DENIED = re.compile("不(?:太|怎么|够|算|是很)?(?:友好|靠谱|满意|方便|专业|好(?!意思)|快|爽|香)")
LENGTHS = (6, 12, 25, 50, 100)
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "几": 3}
_NUMBER = re.compile(
    r"(\d{1,4}|[一二两三四五六七八九十百几]{1,4})(?:多|来|几|好几)?(?:个)?"
    r"(周?岁|人|号人|户|名|位|口子|家长|业主|遍|次|回|趟|分钟|小时|天|个?月|年|块|元|万|电话)"
)


class Heard(msgspec.Struct, frozen=True):
    """What the patterns and numbers of a text say: signs, flags whose rule agrees, what calms an alarm, and what needs no model."""

    signs: list[str]
    flags: frozenset[str]
    calm: frozenset[str]
    certain: frozenset[str] = frozenset()


@lru_cache(maxsize=1)
def patterns() -> dict[str, re.Pattern[str]]:
    """Every list of `knowledge/signs.toml` as one pattern, by `table.name`."""
    tables = TomlFile(KNOWLEDGE / "signs.toml").data
    return {
        f"{table}.{name}": re.compile("|".join(parts).replace("{age}", AGE).replace("{young}", YOUNG))
        for table, entries in tables.items()
        for name, parts in entries.items()
    }


@lru_cache(maxsize=1)
def _gate() -> Gate:
    return Gate({name: pattern for name, pattern in patterns().items() if not name.startswith("needs.")})


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


def lacks(text: str, kind: str) -> bool:
    """Whether a normalised text says nothing that a message of this kind must say (`[needs]`); 「不靠谱」 is no 「靠谱」."""
    needed = patterns().get(f"needs.{kind}")
    return needed is not None and needed.search(DENIED.sub("", text)) is None


def hear(text: str) -> Heard:
    """The signs of a normalised text, its shape among them: length, question and exclamation marks."""
    said: dict[str, list[str]] = {"sign": [], "flag": [], "calm": [], "certain": []}
    for name in _gate().found(text):
        table, _, sign = name.partition(".")
        said[table].append(sign)
    signs = said["sign"]
    signs.append(f"长{bisect_left(LENGTHS, len(text))}")
    signs += sorted(numbers(text))
    if "?" in text:
        signs.append("问号尾" if text.endswith("?") else "问号")
    if "!" in text:
        signs.append("叹号多" if "!!" in text else "叹号")
    return Heard(signs, *(frozenset(said[table]) for table in ("flag", "calm", "certain")))
