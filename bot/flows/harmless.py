"""What rings like a swindle and is none, as the words and the talk stand: links passed on, her own matter with a shop, a slip."""

import re
from collections.abc import Collection

from bot.flows import in_alarm
from nlp.text import normalise

PASSED_ON = re.compile(
    "(?:转发?|发|推)了?(?:给[^,。;!?]{1,4})?(?:那?[个种些条]|各种|好多|什么|一堆)?(?:(?![到进去])[^,。;!?钱款万元块]){0,8}"
    "(?:链接|二维码|文章|视频|帖子?|海报|小程序)|(?:链接|二维码|文章|视频|帖子?|海报)[^,。;!?钱款]{0,4}(?:转发|转给|发给|发到|转到)")
"""Somebody passes on what others wrote."""
WANTED = re.compile(
    "(?:让|叫|要|教|催|喊|逼|带)(?:我(?!们?[问报])|先|加|下|装|扫|点(?!时)|填|转|交|付|充)|先(?:交|付|转|垫|充|缴)|"
    "(?:再|又|还得?)(?:交|付|转|垫|充|缴|打)(?!电话)|屏幕|共享|验证码|软件|会议|安全账户|解冻|保证金|手续费|加(?:他|她|微信|qq|群)")
"""What a swindler wants of her."""
DONE = re.compile(
    "(?:点|打开|填|输|下载|安?装|扫|登录?|投|交|付|充|买|汇|取|报|念)(?:进去|开|好|完|上)?[了过]|点进|(?<!领)(?<!发)(?<!赚)(?<![没转]转)(?<!没花)钱|账[户号]|"
    "转[账款]|汇款|打款|卡号|密码|验证码|身份证|共享|屏幕|少了|[\\d一二两三四五六七八九十几][千万]|(?:让|叫|要|催|逼|教|带|喊)(?:我|她|他|老人|大家)|骗(?:走|了)")
"""Anybody has done more than pass it on."""
GRAVE = re.compile(
    "[骗诈]|警|公安|法院|检察|涉案|洗钱|正在|非要|劝|拦|救|赶紧|刚[^错]{0,8}(?:转|付|汇)[^错]{0,6}(?:给|了)(?!.{0,20}错)")
"""She speaks of a swindler, or it is happening."""
OWN_PLAN = re.compile("(?:我|俺|先)(?:先|自己|赶紧)*把[^,，。;!?]{0,8}[钱款][^,，。;!?]{0,3}(?:转走|转出|挪|取出|取走)"
                      "[^,，。;!?]{0,4}[行吧吗好中成?？]")
"""She thinks of moving her money away herself."""
GAMBLED = re.compile("^(?!.*(?:平台|网[上赌站]|提现|app|群)).*(?:[他她]|老公|老婆|丈夫|妻子|儿子|女儿|爸|妈|弟|哥)[^,。;!?]{0,6}"
                     "(?:打牌|打麻将|赌|买彩票|喝酒|吃喝)")
"""A relative has spent it, and at no table that a swindler keeps."""
OWN_FAULT = re.compile("(?:密码|验证码|手机|卡).{0,12}[怪怨赖](?:到|在)?我")
"""She asks whether it is her own fault that a child or a relative could pay."""
OWN_SLIP = re.compile("(?:转|输|打|填|弄|汇|付|写|按)错")
"""She sent it astray herself."""


def passed_on(text: str) -> bool:
    """Whether a link or the like is only passed on: a word of advice, and nobody is woken."""
    plain = normalise(text)
    return PASSED_ON.search(plain) is not None and DONE.search(plain) is None


def own(text: str, flags: Collection[str]) -> bool:
    """Whether it is a plan of her own that nobody wants of her, or a fault that she asks about, and no cry."""
    plain = normalise(text)
    if set(flags) == {"self_harm"}:
        return OWN_FAULT.search(plain) is not None and not in_alarm.despairs(plain)
    if WANTED.search(plain) or GRAVE.search(plain):
        return False
    return OWN_PLAN.search(plain) is not None or (set(flags) == {"fraud_now"} and GAMBLED.search(plain) is not None)


def calm(text: str) -> bool:
    """Whether nobody wants anything of her, and nothing has just left her hands but by a slip of her own."""
    plain = normalise(text)
    return WANTED.search(plain) is None and (in_alarm.gone(text) is None or OWN_SLIP.search(plain) is not None)
