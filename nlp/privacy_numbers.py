"""Finds identity numbers, bank cards, phones and travel documents among the many harmless numbers of a complaint."""
import re
import unicodedata
from datetime import date

_HAN = dict(zip("零〇○一幺壹二两贰三叁四肆五伍六陆七柒八捌九玖", "000111222334455667788" "99", strict=True))
_CIRCLED = dict(zip("⓪①②③④⑤⑥⑦⑧⑨", "0123456789", strict=True))
_DIGIT = r"[\d⓪①-⑨零〇○一幺壹二两贰三叁四肆五伍六陆七柒八捌九玖]"
_SEP = "[ \\t\\u3000\\u00a0\\u200b-\\u200d\\ufe0f\\u20e3\\-‐-―－ー_.·]"
_SPOKEN = "[零〇○一幺二两三四五六七八九]"
_RUN = re.compile(rf"{_DIGIT}(?:{_SEP}{{0,3}}{_DIGIT}){{6,}}(?:{_SEP}?[xXＸｘ×](?![A-Za-z0-9]))?"
                  rf"|{_SPOKEN}(?:[ ,，、\-]{{0,2}}{_SPOKEN}){{6,}}")
_GROUP = re.compile(r"[\d⓪①-⑨]+|[零〇○一幺壹二两贰三叁四肆五伍六陆七柒八捌九玖]+")

_PROVINCE = {11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46,
             50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83}
_WEIGHT = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_ISSUER = re.compile(r"62|4|5[1-5]|34|37|35|6[058-9]|9[45]|2[2-7]")
_BARE_CARD = re.compile(r"62\d{14,17}$|4\d{15}$|5[1-5]\d{14}$")
"""The look of a card without its check digit: one mistyped figure must not show the rest. Orders of shops have other lengths."""
_ORDER_AFTER = re.compile(r"[\s,，）)是为]{0,3}(?:这是|这个是|就是|是)?(?:我|我的|那个|这个)?"
                          r"(?:(?<=[是为的个])(?:转账|汇款|交易|支付|付款|业务|回))?(?:订单|单号|运单|流水|快递)")
_MOBILE = re.compile(r"(?:86|086|0086)?(1[3-9]\d{9})$")
_LANDLINE = re.compile(r"(?:86|0086)?0?(?:(?:10|2[0-9])[2-8]\d{7}|[3-9]\d{2}[2-8]\d{6,7})$")
_ABROAD = re.compile(r"(?:00)?(?:852[2-9]\d{7}|853[268]\d{7}|8869\d{8})$")
_PHONE_SHAPES = {(3, 4, 4), (3, 8), (7, 4), (4, 3, 4), (4, 4, 3), (5, 6), (6, 5), (3, 3, 5), (3, 2, 3, 3), (3, 5, 3),
                 (4, 7), (2, 9), (1, 10), (3, 2, 2, 2, 2), (3, 3, 3, 2), (3, 2, 2, 4), (1,) * 11, (2, 2, 2, 2, 2, 1),
                 (1, 2, 2, 2, 2, 2), (11,)}

_NEAR = 14
_ORDER_WORDS = ("订单", "单号", "运单", "快递", "物流", "流水", "编号", "工单", "合同", "发票", "凭证", "交易号", "参考号",
                "票号", "条码", "序列号", "批次", "型号", "货号", "期号", "业务号", "受理号", "回执", "保单", "券码", "取件码",
                "提货码", "商户号", "系统号", "投诉号", "备案号", "文号", "案号", "学号", "工号", "房产证",
                "不动产", "税号", "信用代码",
                "时间戳", "商品码", "条形码", "面单", "冠字号", "金额", "余额", "序号", "店铺号", "群号", "QQ", "qq", "扣扣",
                "设备号", "IMEI", "电表", "水表", "户号", "缴费号", "车架号", "发动机号", "ISBN", "书号")
_ID_WORDS = ("身份证", "证件", "身份号", "身份證", "sfz", "SFZ", "ID", "证号")
_CARD_WORDS = ("卡号", "银行卡", "账号", "帐号", "账户", "帐户", "借记卡", "信用卡", "储蓄卡", "贷记卡", "工资卡",
               "社保卡", "存折",
               "卡是", "的卡", "这张卡", "打到", "转到", "转入", "打入", "打进", "汇到", "卡上",
               "卡里", "副卡", "主卡", "折号", "户头")
_PHONE_WORDS = ("电话", "手机", "座机", "联系方式", "致电",
                "号码", "打给", "拨打", "传真", "Tel", "tel", "TEL", "电联", "回电", "固话")
_PERMIT_WORDS = ("通行证", "台胞证", "回乡证", "港澳证", "往来内地", "往来大陆", "居住证")
_ALL_WORDS = re.compile("|".join(
    f"(?P<{name}>{'|'.join(sorted(map(re.escape, words), key=len, reverse=True))})"
    for name, words in (("order", _ORDER_WORDS), ("id", _ID_WORDS), ("permit", _PERMIT_WORDS), ("card", _CARD_WORDS),
                        ("phone", _PHONE_WORDS))))
_AFTER = re.compile(r"[\s,，）)是为]{0,3}(?:这是|这个是|就是|是)?(?:我|我的|她的|他的|这张|这个)?"
                    r"(?P<card>银行卡|信用卡|储蓄卡|卡号|卡|账号|账户)|"
                    r"[\s,，）)]{0,2}(?:这是|这个是|就是|是)?(?:我|我的|她的|他的)?(?P<id>身份证|身份证号)")
_AMOUNT_AFTER = re.compile(r"\s?(?:元|块|圆|万|亿|美元|人民币|RMB|rmb|円|%|％|分钱|股|份|字节|毫秒)")
_ONE_BEGINS_A_WORD = frozenset("直个共下次张起些定点样天")
_MONEY_BEFORE = re.compile(r"[￥¥$€£]\s?$")
_TEL_LETTERS = {"tel", "phone", "mobile", "mob", "v", "vx", "wx", "wechat", "t", "m", "sj", "dh", "call", "no", "card", "kh",
                "yhk", "hp"}

_DOCUMENT = re.compile(
    r"(?<![A-Za-z0-9０-９])(?:(?P<passport>[EＥe](?:[A-HJ-NP-Za-hj-np-z]\d{7}|\d{8})|[GDSPKgdspk]\d{8}|1[45]\d{7})"
    r"|(?P<permit>[CWcwＣ](?:[A-Za-z]\d{7}|\d{8})|[HMhmＨ](?:\d{10}|\d{8})))(?![A-Za-z0-9０-９])")
_OFFICER = re.compile(r"[军武士文离海空政后](?:字第|字|第)(\d{6,8})号?")
_TAIWAN = re.compile(r"台胞证[^\d，。]{0,6}(\d{8})(?!\d)")
_HONG_KONG = re.compile(r"(?<![A-Za-z0-9])([A-Z]{1,2}\d{6}[(（][0-9A][)）])")
_PASSPORT_BARE = re.compile(r"护照[^\dA-Za-z，。]{0,6}([A-Za-z]{0,2}(?:\s?\d){7,9})(?![\dA-Za-z])")
_EXTENSION = re.compile(r"(?:\s?(?:转|-|－|—)\s?\d{1,5})(?![\d元块万多年月])")
_BRACKETED = re.compile(r"[(（](0\d{2,3})[)）]\s?-?\s?([2-8]\d{6,7})(?!\d)")
_LOCAL = re.compile(r"(?:座机|固话|电话|传真|打我家|打家里)(?:号码|号)?[是为:：\s]{0,3}([2-8]\d{2,3}[-\s]?\d{4})(?![\d-])")


def numbers(text: str) -> list[tuple]:
    """(start, end, kind, digits) of every private number, in the order of the text."""
    found: list[tuple] = []
    for run in _RUN.finditer(text):
        found += _in_run(text, run.start(), run.end())
    found += _documents(text)
    found.sort()
    kept: list[tuple] = []
    for one in found:
        if not kept or one[0] >= kept[-1][1]:
            kept.append(one)
    return kept


def plain_digits(text: str) -> str:
    """ASCII digits for full-width, circled and Chinese ones; a final X is kept."""
    out = []
    for c in text:
        if "0" <= c <= "9":
            out.append(c)
        elif c in _HAN:
            out.append(_HAN[c])
        elif c in _CIRCLED:
            out.append(_CIRCLED[c])
        elif c in "xXＸｘ×":
            out.append("X")
        else:
            out.append(str(unicodedata.digit(c, "")))
    return "".join(out)


def valid_id(digits: str) -> bool:
    """An 18-character identity number whose province, birth date and check digit all agree."""
    return id_shaped(digits) and "10X98765432"[sum(int(d) * w for d, w in zip(digits, _WEIGHT, strict=False)) % 11] == digits[17]


def id_shaped(digits: str) -> bool:
    if len(digits) != 18 or not digits[:17].isdigit() or int(digits[:2]) not in _PROVINCE:
        return False
    return _is_date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))


def luhn(digits: str) -> bool:
    total = 0
    for place, d in enumerate(reversed(digits)):
        total += _DOUBLED[int(d)] if place % 2 else int(d)
    return total % 10 == 0


def _is_date(year: int, month: int, day: int) -> bool:
    if not 1900 <= year <= 2040:
        return False
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _context(text: str, start: int) -> str:
    """The kind of number that the words shortly before announce; the nearest word counts."""
    near = text[max(0, start - _NEAR):start]
    for mark in "。！？；\n":
        near = near.rpartition(mark)[2]
    last = ""
    for m in _ALL_WORDS.finditer(near):
        last = m.lastgroup or ""
    return last


def _in_run(text: str, start: int, end: int) -> list[tuple]:
    if text[end - 1] == "一" and text[end:end + 1] in _ONE_BEGINS_A_WORD:
        end -= 1
    raw = text[start:end]
    has_x = raw[-1] in "xXＸｘ×"
    body = raw[:-1] if has_x else raw
    groups = [(m.start(), m.end(), plain_digits(m.group())) for m in _GROUP.finditer(body)]
    groups = [g for g in groups if g[2]]
    letters = _letters_before(text, start)
    follows = end < len(text) and (text[end].isascii() and text[end].isalpha())
    closed = bool(letters) and letters.lower() not in _TEL_LETTERS
    found = []
    at = 0
    while at < len(groups):
        hit = _at_group(text, start, groups, at, has_x and end, closed, follows)
        if hit:
            used, one = hit
            found.append(one)
            at += used
        else:
            at += 1
    return found


def _letters_before(text: str, start: int) -> str:
    at = start
    while at > 0 and start - at < 12 and text[at - 1].isascii() and text[at - 1].isalpha():
        at -= 1
    return text[at:start]


def _at_group(text, base, groups, at, x_end, closed, follows):
    """The longest private number that begins with this group, as (groups used, span)."""
    total, sizes, joined = 0, [], ""
    best = None
    whole_from = at == 0
    # A phone read out digit by digit has 19 groups at most; a run of hundreds is a table, not somebody's number.
    longest = 20 if len(groups) <= 64 else 5
    for used in range(1, min(longest, len(groups) - at) + 1):
        g = groups[at + used - 1]
        total += len(g[2])
        if total > 21:
            break
        joined += g[2]
        sizes.append(len(g[2]))
        last = at + used == len(groups)
        if total < 10 and not (last and x_end):
            continue
        start, end = base + groups[at][0], base + g[1]
        whole = whole_from and last
        if last and x_end and total == 17 and id_shaped(joined + "X") and (
                valid_id(joined + "X") or _context(text, start) != "order"):
            return used, (start, x_end, "id", joined + "X")
        if valid_id(joined):
            kind = "id"
        elif (closed and at == 0) or (follows and last):
            continue
        else:
            kind = _kind(text, start, end, joined, tuple(sizes), whole)
        if kind:
            best = used, (*_widened(text, start, end, kind), kind, joined)
    return best


def _widened(text: str, start: int, end: int, kind: str) -> tuple[int, int]:
    """A leading +, a landline's extension and the last keycap belong to the number."""
    if kind == "phone" and text[start - 1:start] in ("+", "＋"):
        start -= 1
    if kind in ("landline", "phone") and (tail := _EXTENSION.match(text, end)):
        end = tail.end()
    while end < len(text) and text[end] in "\ufe0f\u20e3":
        end += 1
    return start, end


def _kind(text: str, start: int, end: int, digits: str, sizes: tuple[int, ...], whole: bool) -> str:
    size = len(digits)
    if len(sizes) > 1 and not whole and not _even(sizes, size):
        return ""
    if _AMOUNT_AFTER.match(text, end) or _MONEY_BEFORE.search(text[max(0, start - 2):start]):
        return ""
    if text[end:end + 1] == "." and text[end + 1:end + 3].isdigit():
        return ""
    if start > 1 and text[start - 1] in ".," and text[start - 2].isdigit():
        return ""
    said = _context(text, start)
    if not said and (m := _AFTER.match(text, end)):
        said = m.lastgroup or ""
    if size == 18 and said != "order" and id_shaped(digits):
        return "id"
    if size == 18 and said == "id" and int(digits[:2]) in _PROVINCE:
        return "id"
    if size == 15 and said == "id" and int(digits[:2]) in _PROVINCE and _is_date(1900 + int(digits[6:8]), int(digits[8:10]),
                                                                                 int(digits[10:12])):
        return "id"
    if said == "order":
        return ""
    phone = _phone_kind(text, start, digits, sizes, said)
    if phone:
        return phone
    if 13 <= size <= 19 and _card_shape(sizes):
        if luhn(digits) and ((_ISSUER.match(digits) and size >= 15) or said == "card"):
            return "card"
        if said == "card" and size >= 15:
            return "card" if _ISSUER.match(digits) else "account"
        if _BARE_CARD.match(digits) and not _ORDER_AFTER.match(text, end):
            return "card"
    return ""


def _phone_kind(text: str, start: int, digits: str, sizes: tuple[int, ...], said: str) -> str:
    if 11 <= len(digits) <= 15 and _MOBILE.match(digits):
        if sizes == (4, 4, 3) and said != "phone" and digits[2:4] == digits[6:8] == "00":
            return ""
        if (len(digits) == 11 and sizes in _PHONE_SHAPES) or len(digits) > 11 or len(set(sizes)) == 1:
            return "phone"
        return "phone" if said == "phone" or len(sizes) <= 3 else ""
    if text[max(0, start - 1):start] == "+" and _ABROAD.match(digits):
        return "phone"
    if said == "phone" and _ABROAD.match(digits):
        return "phone"
    dialled = digits[0] == "0" and 10 <= len(digits) <= 12 and _LANDLINE.match(digits)
    return "landline" if dialled and (len(sizes) == 1 or sizes[0] in (1, 3, 4)) else ""


def _even(sizes: tuple[int, ...], size: int) -> bool:
    """People group a number evenly; two unrelated amounts side by side are not one number."""
    return sizes in _PHONE_SHAPES or (len(set(sizes[:-1])) == 1 and sizes[-1] <= max(sizes[0], 4)) or (
        size == 18 and sizes[0] in (3, 6)) or (sizes[0] in (3, 4) and len(sizes) == 2 and size <= 12) or (
        sizes[0] == 6 and size >= 16) or (sizes[0] in (2, 3, 4) and size in (13, 14) and sizes[1:] in _PHONE_SHAPES)


def _card_shape(sizes: tuple[int, ...]) -> bool:
    return len(sizes) == 1 or sizes[0] in (1, 4, 6) or set(sizes) <= {1, 2, 3, 4, 5}


def _documents(text: str) -> list[tuple]:
    found = []
    for m in _DOCUMENT.finditer(text):
        said = _context(text, m.start())
        if said == "order" or (m.group()[0].isdigit() and "护照" not in text[max(0, m.start() - 10):m.start()]):
            continue
        kind = m.lastgroup or "passport"
        if m.group()[0].islower() and said not in ("id", "permit") and "护照" not in text[max(0, m.start() - 10):m.start()]:
            continue
        found.append((m.start(), m.end(), kind, m.group()))
    for pattern, kind in ((_HONG_KONG, "id"), (_OFFICER, "officer"), (_TAIWAN, "permit"), (_PASSPORT_BARE, "passport")):
        found += [(m.start(1), m.end(1), kind, m.group(1)) for m in pattern.finditer(text)]
    for m in _BRACKETED.finditer(text):
        tail = _EXTENSION.match(text, m.end())
        found.append((m.start(), tail.end() if tail else m.end(), "landline", m.group(2)))
    found += [(m.start(1), m.end(1), "landline", m.group(1)) for m in _LOCAL.finditer(text)]
    return found
