"""Customers type identity numbers, cards and passwords although nobody asks; here they are hidden before anything is stored."""
import re
from typing import NamedTuple

from nlp.privacy_address import addresses
from nlp.privacy_numbers import numbers

LABELS = {
    "id": "身份证", "card": "卡号", "account": "账号", "phone": "手机", "landline": "电话", "passport": "护照",
    "permit": "通行证", "officer": "军官证", "email": "邮箱", "password": "密码", "code": "验证码", "address": "地址",
}
HIDDEN = re.compile(r"\[(?P<kind>[^\]\s]{2,5})(?: 尾号\w{2,6})?\]")
"""What stands where something was masked; `kind` is one of LABELS."""
_TAIL = {"id", "card", "account", "phone", "landline", "passport", "permit", "officer"}

_ANYTHING = re.compile(
    r"[\d①-⑨⓪@＠]|密码|口令|验证码|[零〇○一幺二两三四五六七八九壹贰叁肆伍陆柒捌玖]|"
    r"[省市县][^，。]{1,30}[村镇乡]")
_DOMAIN = re.compile(r"[A-Za-z0-9-]{1,63}(?:[.．。][A-Za-z0-9-]{1,63}){1,4}")
_BEFORE_AT = re.compile(r"[A-Za-z0-9._%+-]")

_NAMES = (r"密码|验证码|校验码|动态码|动态口令|动态密码|口令|安全码|后三位|后3位|识别码|授权码|CVV2?|cvv2?|PIN码?|pin码?|"
          r"[Pp]assword|pwd")
_SECRET = re.compile(
    rf"({_NAMES})([^0-9A-Za-z０-９①-⑨\[\]。！？；!?;\n]{{0,12}}?)"
    r"(\d(?:[ -]?\d){3,7}(?![0-9A-Za-z!@#$%^&*_+=.~-])"
    r"|[0-9A-Za-z０-９Ａ-Ｚａ-ｚ!@#$%^&*_+][0-9A-Za-z０-９Ａ-Ｚａ-ｚ!@#$%^&*_+=.~-]{2,31}"
    r"|[零〇一幺二两三四五六七八九](?:[ \-、]?[零〇一幺二两三四五六七八九]){3,11}"
    r"|[一二两三四五六七八\d]个[零一二三四五六七八九\d](?![样人月个]))"
)
_SAID = re.compile(r"(?:是|为|成|成了|叫|[设写用]的|[:：=＝])[\s“”\"「『（(《']{0,3}$")
_SAID_WITH_WORDS = re.compile(r"(?:是|为|成)[^，。]{0,6}$")
_ALMOST_SAID = re.compile(r"^[\s“”\"「『（(,，、\-]{0,3}$|(?:给|告诉|报|念|说|发|填|输)[^，。]{0,6}[了，,:：\s]\s?(?:是\s?)?$")
_NOT_SAID = re.compile(r"错|忘|位|多少|什么|怎么|吗|有效|没|不|尾号|锁|过期|次|重置|修改|客服|拨打|热线|余额|扣|转")
_UNIT = re.compile(r"\s?(?:[年月日号元块次位分秒天个人条笔万千百]|小时|多|点|开头|打|这个号|发来|发的|热线|客服)")
_HOTLINE = re.compile(r"(?:9\d{4}|1[02]\d{3}|1(?:10|14|19|20|22)|106\d+|10086|10010|10000|123\d\d|400\d*)$")
_SECRET_AFTER = re.compile(
    r"(?<![0-9A-Za-z.])([0-9]{4,8})(?![0-9A-Za-z])[\s,，）)”」』\]]{0,2}(?:就是|是|这个|这个是|这是|（|\()?"
    r"(我|我的|你的|您的|他的|本次|那个|的)?(?:银行|登录|支付|取款|短信|动态|手机|交易){0,2}(密码|验证码|校验码|动态码|口令)(?![0-9:：是为])"
)
_TAIL_BEFORE = re.compile(r"(?:尾号|末[四4]位|后[四4]位|尾数|卡号|开头|\[[^\]]{0,8})[\s为是:：]{0,2}$")


class Span(NamedTuple):
    """Where something private stood in the text as it came, and what stands there now."""

    start: int
    end: int
    kind: str
    shown: str


class Masked(NamedTuple):
    text: str
    spans: tuple[Span, ...]


def hidden(text: str) -> dict[str, None]:
    """The kinds (values of LABELS) of what was masked in a text, each once and in order."""
    return dict.fromkeys(found["kind"] for found in HIDDEN.finditer(text))


def mask(text: str) -> Masked:
    """The text with private things replaced by their kind and, where the office needs them, the last digits."""
    if not _ANYTHING.search(text):
        return Masked(text, ())
    found: list[Span] = []
    taken = 0
    pieces: list[str] = []
    for start, end, kind, digits in _without_overlaps(_emails(text), secrets(text), numbers(text), addresses(text)):
        shown = f"[{LABELS[kind]} 尾号{_tail(digits)}]" if kind in _TAIL else f"[{LABELS[kind]}]"
        found.append(Span(start, end, kind, shown))
        pieces += (text[taken:start], shown)
        taken = end
    if not found:
        return Masked(text, ())
    return Masked("".join(pieces) + text[taken:], tuple(found))


def _tail(digits: str) -> str:
    return "".join(c for c in digits if c.isalnum())[-4:]


def _without_overlaps(*sources):
    """Earlier sources win; what is left comes in the order of the text."""
    kept: list[tuple] = []
    for source in sources:
        if not kept:
            kept = list(source)
        elif source:
            # Both lists are small in life and sorted by sweep, so a hostile text stays linear too.
            merged, row = [], sorted(kept)
            place = 0
            for one in source:
                while place < len(row) and row[place][1] <= one[0]:
                    place += 1
                if place == len(row) or row[place][0] >= one[1]:
                    merged.append(one)
            kept = row + merged
    return sorted(kept)


def _emails(text: str) -> list[tuple]:
    found = []
    at = -1
    while True:
        at = min((p for p in (text.find("@", at + 1), text.find("＠", at + 1)) if p >= 0), default=-1)
        if at < 0:
            return found
        start = edge = at - (text[at - 1:at] == " ")
        while start > 0 and edge - start < 64 and _BEFORE_AT.match(text[start - 1]):
            start -= 1
        domain = _DOMAIN.match(text, at + 1 + (text[at + 1:at + 2] == " "))
        if start < edge and domain and (not found or start >= found[-1][1]):
            found.append((start, domain.end(), "email", ""))


def secrets(text: str) -> list[tuple]:
    """Passwords and one-time codes, named before the value (密码是 …) or after it (… 是验证码)."""
    if not ("码" in text or "口令" in text or "PIN" in text or "pin" in text or "CVV" in text or "cvv" in text
            or "assword" in text or "pwd" in text):
        return []
    found = []
    for m in _SECRET.finditer(text):
        word, gap, value = m.group(1), m.group(2), m.group(3).rstrip(".-")
        if _is_secret(word, gap, value, text, m.start(3) + len(value)):
            found.append((m.start(3), m.start(3) + len(value), _secret_kind(word), ""))
    for m in _SECRET_AFTER.finditer(text):
        value, joint = m.group(1), m.group(2) or ""
        if (joint == "的" and len(value) != 6) or (_HOTLINE.match(value) and len(value) != 6):
            continue
        if _TAIL_BEFORE.search(text[max(0, m.start() - 10):m.start()]):
            continue
        found.append((m.start(1), m.end(1), _secret_kind(m.group(3)), ""))
    found.sort()
    return [s for i, s in enumerate(found) if i == 0 or s[0] >= found[i - 1][1]]


def _secret_kind(word: str) -> str:
    return "code" if word in ("验证码", "校验码", "动态码", "动态口令", "识别码", "授权码") else "password"


def _is_secret(word: str, gap: str, value: str, text: str, end: int) -> bool:
    if len(value) < 3 or (end < len(text) and text[end] == "@"):
        return False
    digits = value.replace(" ", "").replace("-", "").isdigit()
    said = bool(_SAID.search(gap)) or (digits and bool(_SAID_WITH_WORDS.search(gap)) and not _NOT_SAID.search(gap))
    has_digit = any(c.isdigit() or c in "零〇一幺二两三四五六七八九" for c in value)
    if not said and (not has_digit or not _ALMOST_SAID.search(gap) or _NOT_SAID.search(gap)):
        return False
    if not has_digit and (len(value) < 4 or value.lower() in ("wifi", "null", "face", "app", "what")):
        return False
    if word.startswith("后") and not (digits and len(value) == 3):
        return False
    if digits and len(value) == 3 and not said and word.upper() not in ("CVV", "CVV2", "安全码", "后三位", "后3位"):
        return False
    if digits and (_UNIT.match(text, end) or len(value) > 12):
        return False
    return not (digits and len(value) in (3, 5) and _HOTLINE.match(value) and not said)
