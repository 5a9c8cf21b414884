"""Scammers write around filters (V信, 薇❤, Z.M, 全.网); a forwarded text becomes plain words again, and then features."""
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from nlp.text import normalise, tokens

_DATA = Path(__file__).parent / "scam_signs.toml"
_VARIANT = re.compile("[\ufe0e\ufe0f\u200b-\u200d\u20e3]")
_HAN = "\u3400-\u9fff"
_BROKEN = re.compile(rf"(?<![{_HAN}])[{_HAN}](?:[ ._*·|/~\\\-=+'`^—…]{{1,3}}[{_HAN}]){{2,}}(?![{_HAN}])")
_BROKEN_PAIR = re.compile(rf"(?<=[{_HAN}])[._*·|~^`]+(?=[{_HAN}])")
_INITIALS = re.compile(r"(?<![a-z0-9.])[a-z](?:[.·*][a-z]){1,5}(?![a-z0-9.])")
_BREAK = re.compile(r"[ ._*·|/~\\\-=+'`^—…]+")

# Ways to write the messengers that lure people away from where they are seen.
_WECHAT = re.compile(
    r"(?<![a-z])(?:v\s?x|w\s?x|vx号|wechat|weixin|v信|v心|v芯|w信|v❤|wei信|微x|v[.。]x)(?![a-z])|"
    r"微\s?亻\s?言|[薇徽葳嶶溦巍][\s.*_-]?[信芯心鑫亻]|微[\s.*_-]?[信芯心鑫]|绿泡泡|"
    r"(?:[威胃魏维][信芯心]|喂信)(?=同|联系|电话|号|[:\s]|聊)|(?<=[加+添])[威胃魏维][信芯心]|"
    r"(?<=[加+添联])\s?(?:我的?|一下|好友)?\s?[薇威徽葳v](?![a-z])|"
    r"[薇徽葳](?=同号|同步|同电|聊|我|号|[:\s]|$)|威(?=同号|同步|同电)|(?<![a-z0-9])v(?=同号|我|号|:|聊|在)")
_QQ = re.compile(r"(?<![a-z])q\s?q(?![a-z])|扣扣|秋秋|企鹅号?|球球|抠抠|(?<=加)\s?(?:q|扣)(?![a-z])|(?<![a-z])q群|q裙")
_GROUP = re.compile(r"(?<=[进入加拉])\s?(?:裙|峮|羣|q(?![a-z]))|裙(?=号|里|公告)|君羊")
_MASKED = re.compile(r"\[(?:手机|电话|卡号|账号|邮箱|身份证)[^\]]{0,12}\]")
_LINK = re.compile(r"(?:https?://|www\.|[a-z0-9-]{1,30}\.(?:cc|xyz|top|vip|icu|wang|com|cn|net|xx|club|shop|me|win|site|online)\b)[a-z0-9./_?=&%-]{0,80}")
_LONG_NUMBER = re.compile(r"\d[\d -]{4,}\d")
_DIGIT = re.compile(r"\d")



class Signs(NamedTuple):
    """What scam_signs.toml holds, ready to use."""

    emoji: re.Pattern[str]
    meant: dict[str, str]
    spelt: re.Pattern[str]
    right: dict[str, str]
    lures: dict[str, re.Pattern[str]]
    dull: frozenset[str]
    kinds: dict[str, str]


@lru_cache(maxsize=1)
def signs() -> Signs:
    data = tomllib.loads(_DATA.read_text("utf-8"))
    meant = {sign: word for word, written in data["signs"].items() for sign in written}
    right = {wrong: word for word, written in data["spelt"].items() for wrong in written}
    lures = {name: re.compile("|".join(ways)) for name, ways in data["lures"].items()}
    return Signs(_any_of(meant), meant, _any_of(right), right, lures, frozenset(data["shown"]["dull"]), data["kinds"])


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)))


def plain(text: str) -> str:
    """The text as it would be said aloud: emoji as words, broken words joined, messengers by name, digits levelled."""
    known = signs()
    text = unicodedata.normalize("NFKC", known.emoji.sub(lambda m: known.meant[m.group()], _VARIANT.sub("", text))).lower()
    text = _BROKEN.sub(lambda m: _BREAK.sub("", m.group()), text)
    text = _INITIALS.sub(lambda m: _BREAK.sub("", m.group()), _BROKEN_PAIR.sub("", text))
    text = normalise(text)
    text = _MASKED.sub("号码", text)
    text = known.spelt.sub(lambda m: known.right[m.group()], text)
    text = _GROUP.sub("群", _QQ.sub("qq", _WECHAT.sub("微信", text)))
    text = _LINK.sub(" 链 ", text)
    text = _LONG_NUMBER.sub("号码", text)
    return _DIGIT.sub("0", text)


def lures(text: str) -> list[str]:
    """Names of the luring moves in a plain text."""
    return [name for name, pattern in signs().lures.items() if pattern.search(text)]


def features(text: str) -> Counter[str]:
    """Counts of character 1- to 4-grams (c:), words and word pairs (w:) and lures (l:) of a plain text."""
    counts: Counter[str] = Counter()
    squeezed = text.replace(" ", "")
    for size in (1, 2, 3, 4):
        counts.update("c:" + squeezed[i:i + size] for i in range(len(squeezed) - size + 1))
    words = tokens(text)
    counts.update("w:" + w for w in words)
    counts.update("w:" + a + " " + b for a, b in pairwise(words))
    found = lures(text)
    counts.update("l:" + name for name in found)
    counts.update(f"l:{n}" for n in range(1, len(found) + 1))
    return counts
