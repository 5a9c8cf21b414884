"""Scammers write around filters (V信, 薇❤, Z.M, 全.网); here a forwarded text is brought back to plain words and cut into features."""
import re
import unicodedata
from collections import Counter

from nlp.text import normalise, tokens

_SIGNS = {
    "➕": "加", "＋": "加", "✚": "加", "❤": "心", "♥": "心", "♡": "心", "💗": "心", "💖": "心", "💕": "心", "🧡": "心", "💚": "心",
    "💌": "信", "✉": "信", "📩": "信", "🛰": "微信", "🐧": "扣扣", "✈": "飞机", "🛩": "飞机", "💰": "钱", "💵": "钱", "💴": "钱", "🤑": "钱",
    "💲": "钱", "🪙": "币", "📱": "手机", "📞": "电话", "☎": "电话", "💳": "银行卡", "🍎": "苹果", "🐴": "码", "🐎": "码", "👗": "群",
    "🏠": "房", "🚗": "车", "🧧": "红包", "🍐": "手机口", "📇": "证", "🈶": "有", "👉": "点击", "⬇": "点击", "🔞": "成人", "🎰": "博彩",
    "🐂": "牛", "🐮": "牛", "📈": "涨", "🥩": "肉", "🀄": "棋牌", "㊙": "秘", "🉐": "得", "✍": "抄写", "Ⓥ": "v", "ⓥ": "v",
}
_EMOJI = re.compile("|".join(map(re.escape, _SIGNS)))
_VARIANT = re.compile("[\ufe0e\ufe0f\u200b-\u200d\u20e3]")
_HAN = "\u3400-\u9fff"
_BROKEN = re.compile(rf"(?<![{_HAN}])[{_HAN}](?:[ ._*·|/~\\\-=+'`^—…]{{1,3}}[{_HAN}]){{2,}}(?![{_HAN}])")
_BROKEN_PAIR = re.compile(rf"(?<=[{_HAN}])[._*·|~^`]+(?=[{_HAN}])")
_BREAK = re.compile(r"[ ._*·|/~\\\-=+'`^—…]+")

# Ways to write the messengers that lure people away from where they are seen.
_WECHAT = re.compile(
    r"(?<![a-z])(?:v\s?x|w\s?x|vx号|wechat|weixin|v信|v心|v芯|w信|v❤|wei信|微x|v[.。]x)(?![a-z])|"
    r"[薇威徽胃魏葳维嶶溦巍微僞伪喂][\s.*_-]?[信芯心鑫星亻言新辛x]|微\s?亻\s?言|绿泡泡|绿色软件|(?<=[加+添联])\s?(?:我的?|一下|好友)?\s?[薇威徽葳v](?![a-z])|"
    r"[薇威徽葳](?=同号|同步|同电|聊|我|在|号|[:\s]|$)|(?<![a-z0-9])v(?=同号|我|号|:|聊|在)")
_QQ = re.compile(r"(?<![a-z])q\s?q(?![a-z])|扣扣|秋秋|企鹅号?|球球|抠抠|(?<=加)\s?(?:q|扣)(?![a-z])|(?<![a-z])q群|q裙")
_GROUP = re.compile(r"(?<=[进入加拉])\s?(?:裙|峮|羣|q(?![a-z]))|裙(?=号|里|公告)|君羊")
_SPELT = {
    "曰结": "日结", "日洁": "日结", "兼织": "兼职", "兼值": "兼职", "兼zhi": "兼职", "jian职": "兼职", "gu票": "股票", "股piao": "股票", "gupiao": "股票",
    "跑fen": "跑分", "zheng信": "征信", "征xin": "征信", "修fu": "修复", "逾qi": "逾期", "手工huo": "手工活", "手机kou": "手机口", "配zi": "配资",
    "零lu": "零撸", "0撸": "零撸", "0lu": "零撸", "广gao": "广告", "黄jin": "黄金", "dai款": "贷款", "daikuan": "贷款", "贷kuan": "贷款", "待款": "贷款",
    "下kuan": "下款", "刷dan": "刷单", "shua单": "刷单", "唰单": "刷单", "返li": "返利", "佣jin": "佣金", "yong金": "佣金", "牛gu": "牛股", "丝我": "私我",
    "斯我": "私我", "司我": "私我", "思聊": "私聊", "丝聊": "私聊", "四件tao": "四件套", "银hang卡": "银行卡", "诈pian": "诈骗", "銭": "钱", "芣": "不", "夲": "本",
    "囗子": "口子", "扣我": "联系我", "滴滴我": "联系我", "滴我": "联系我", "撩我": "联系我", "敲我": "联系我", "戳我": "联系我", "dd我": "联系我", "电报": "飞机", "telegram": "飞机",
    "纸飞机": "飞机", "tg": "飞机", "usdt": "泰达币", "u商": "泰达币商", "威聊": "微信聊", "加賴": "加line", "加赖": "加line", "首马": "首码", "xian金": "现金",
}
_SPELT_PATTERN = re.compile("|".join(sorted(map(re.escape, _SPELT), key=len, reverse=True)))
_MASKED = re.compile(r"\[(?:手机|电话|卡号|账号|邮箱|身份证)[^\]]{0,12}\]")
_LINK = re.compile(r"(?:https?://|www\.|[a-z0-9-]{1,30}\.(?:cc|xyz|top|vip|icu|wang|com|cn|net|xx|club|shop|me|win|site|online)\b)[a-z0-9./_?=&%-]{0,80}")
_LONG_NUMBER = re.compile(r"\d[\d -]{4,}\d")
_DIGIT = re.compile(r"\d")

# What luring looks like, whatever is being sold; the names are shown to people as signs.
_LURES = {
    "留联系方式引到别处": re.compile(r"加(?:我|一下|好友|个)?微信|微信|加qq|飞机|联系我|私聊|私我|私信|扫码进|进群|加群|入群|主页|头像|扣1|扣666|评论区|拉你|加line|暗号|备注"),
    "承诺轻松高回报": re.compile(r"(?:日|天|月|每天|一天|一小时)(?:入|赚|挣|收|薪)?(?:过)?(?:\d|[一两三四五六七八九十几上]+[百千万])|稳赚|躺赚|包赚|秒到账|秒结|秒提|翻倍|回本|月化|日息|零风险|不亏|包赔|保底|暴利|"
                            r"当天到账|日结|现结"),
    "先交钱再给钱": re.compile(r"保证金|押金|解冻|激活费|手续费|工本费|会员费|认证费|定金|垫付|先付|先交|税费|运费|保价|培训费|服装费|体检费|资料费|建档"),
    "不看资质": re.compile(r"不看征信|无视|黑户|白户|不查|不限学历|无需经验|不问|凭身份证|无抵押|无担保|不限|零基础|小白|会打字"),
    "催人快做": re.compile(r"名额|仅限|仅剩|最后\d|速度|抓紧|马上|逾期作废|\d+小时内|今日截止|错过|过期|失效|先到先得|立即|尽快|最后一天|清零|停机|冻结"),
    "要卡号密码验证码": re.compile(r"(?:填写|输入|核对|登记|提供|报|绑定|验证)[^,。]{0,10}(?:银行卡|卡号|密码|验证码|身份证|安全码)|共享屏幕|屏幕共享|会议软件|安全账户|清算账户|认证账户"),
    "附陌生链接": re.compile(r"链"),
    "不许告诉别人": re.compile(r"不(?:得|要|能|许|准)(?:告诉|外传|声张)|别告诉|保密|没人的|别挂电话|勿回电|不要打电话"),
    "收卡收码": re.compile(r"(?:收|租|借|出租|出售|缺|要)[^,。]{0,6}(?:银行卡|手机卡|电话卡|收款码|码|对公|四件套|微信号)|跑分|过流水|走流水|代收"),
}
CODES = tuple(_LURES)


def plain(text: str) -> str:
    """The text as it would be said aloud: emoji as words, split and misspelt words joined, messengers by their name, digits levelled."""
    text = unicodedata.normalize("NFKC", _EMOJI.sub(lambda m: _SIGNS[m.group()], _VARIANT.sub("", text))).lower()
    text = _BROKEN.sub(lambda m: _BREAK.sub("", m.group()), text)
    text = _BROKEN_PAIR.sub("", text)
    text = normalise(text)
    text = _MASKED.sub("号码", text)
    text = _SPELT_PATTERN.sub(lambda m: _SPELT[m.group()], text)
    text = _GROUP.sub("群", _QQ.sub("qq", _WECHAT.sub("微信", text)))
    text = _LINK.sub(" 链 ", text)
    text = _LONG_NUMBER.sub("号码", text)
    return _DIGIT.sub("0", text)


def lures(text: str) -> list[str]:
    """Names of the luring moves in a plain text."""
    return [name for name, pattern in _LURES.items() if pattern.search(text)]


def features(text: str) -> Counter[str]:
    """Counts of character 1- to 4-grams (c:), words and word pairs (w:) and lures (l:) of a plain text."""
    counts: Counter[str] = Counter()
    squeezed = text.replace(" ", "")
    for size in (1, 2, 3, 4):
        counts.update("c:" + squeezed[i:i + size] for i in range(len(squeezed) - size + 1))
    words = tokens(text)
    counts.update("w:" + w for w in words)
    counts.update("w:" + a + " " + b for a, b in zip(words, words[1:], strict=False))
    found = lures(text)
    counts.update("l:" + name for name in found)
    counts.update(f"l:{n}" for n in range(1, len(found) + 1))
    return counts
