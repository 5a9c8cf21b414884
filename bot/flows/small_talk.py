"""Who are you, are you a human, you stupid machine: short honest answers, and always the way to a person."""

import re

from bot.flows import filing
from bot.flows.asides import letters
from bot.messages import rows
from bot.turn import Turn

LONGEST = 18  # letters; who says more than this says something else too
ASIDE = r"(?:请问|喂|哎|诶|那|那么|我问|我问你|你好|您好)*+"
MADE = "(?:开发|做|设计|写|造|制造|制作|发明|训练|研发|弄)"
WHO = re.compile(ASIDE + "(?:" + "|".join((
    r"(?:你|您)?(?:到底|究竟|是不是|难道|不会|该不会|真的)*(?:是|是个|是一个|就是)?"
    r"(?:真人|活人|人类|人|机器人|机器|机器客服|ai|人工智能|程序|电脑|智能客服|人工客服|人工)(?:吗|么|吧|嘛|啊|呀|不|还是.{1,6})",
    r"(?:你|您)(?:到底|究竟)?(?:是|是不是)(?:真人|人|机器人|机器|人工|活人)(?:还是|或者)?(?:真人|人|机器人|机器|人工|ai|程序)?(?:啊|呀|吗|呢)?",
    r"(?:你|您)(?:到底|究竟)?是人(?:还)?(?:是)?(?:机器人?|程序|电脑)(?:啊|呀|吗|呢)?",
    r"(?:我)?(?:是)?(?:在)?(?:跟|和)(?:真人|人|机器人?|电脑)(?:说话|聊天|聊|讲话)(?:吗|么|呢)?",
    r"(?:你|您)(?:叫|是)(?:什么|啥)(?:名字|东西|玩意)?(?:啊|呀|呢)?", r"(?:你|您)(?:到底|究竟)?(?:是)?(?:谁|哪位)(?:啊|呀|呢)?",
    r"(?:你们?|您|这|这里|这个)(?:是|到底)*(?:干什么|干嘛|干啥|做什么|做啥|搞什么)(?:用)?的(?:啊|呀|呢)?",
    r"(?:怎么|如何|咋)(?:称呼|叫)(?:你|您)(?:啊|呀|呢)?", r"(?:你|您)?(?:介绍一下|介绍下)(?:你|您)?自己(?:吧)?",
    rf"(?:你|您)?(?:是)?(?:谁|哪家|哪个公司|哪家公司|什么人){MADE}(?:了|出)?(?:来)?(?:的)?(?:你|您)?(?:的)?(?:啊|呀|呢)?",
    r"(?:你|您)是(?:不是)?(?:chatgpt|gpt|deepseek|豆包|文心一言|通义千问|元宝|小爱|siri|大模型)(?:吗|么|吧)?",
)) + ")")
IDLE = re.compile(
    "(?:请问|那|你|您|知道|说说|告诉我|今天|今晚|明天|后天|这两天|外面|会不会|会|要不要|要)*"
    "(?:天气|气温|下[雨雪]|刮风)(?:预报)?"
    "(?:怎么?样|咋样|如何|多少度|好不好|冷不冷|热不热)?(?:吗|啊|呀|呢|不)?|(?:请|你|您|给我|能不能|会|可以)*(?:讲|说|来)(?:一?个|段)?(?:笑话|故事|段子)(?:吧|吗|听听|呗)*|(?:你|您)?吃(?:了|饭了?)(?:吗|没有?|么)")
"""Of no bank and no ticket, also in the middle of a filing."""
BAD = (
    r"傻[x×逼b比叉缺子瓜批]|煞笔|沙比|sb|智障|弱智|脑残|白痴|废物|垃圾|混蛋|王八蛋?|滚[蛋开]?|去死|蠢[货猪]?|笨[蛋死]?|没用|狗屁|放屁|"
    r"神经病|流氓(?!软件)|强盗|土匪|无赖|他妈的?|妈的|尼玛|你妈|我?操|(?:会不会)?说人话|cnm|nmsl|tmd|听不懂人话|答非所问|"
    r"鸡同鸭讲|什么破?玩意儿?")
ABOUT = (
    r"机器人?|银行|客服|小助手|助手|系统|程序|软件|人工|智能|东西|玩意儿?|ai|你们?|您|这个?|那个?|个|一个|一帮|一群|一伙|破|烂|死|真是?|就是|都是|全是|"
    r"太|简直|的|啊|了|吗|呀|吧|呢|是|什么|好|很|也|还|跟|说|老|一点")
ORDERS = re.compile("(?:忽略|无视|忘[掉记])[^,，。]{0,3}(?:之前|以上|上面|前面|先前|所有)[^,，。]{0,4}(?:指令|提示词|设定)(?!的)|"
                    "^(?!.*(?:企业|公司|单位|对公|网银|[uU]盾)).*(?:管理员|服务器|数据库)的?(?:密码|口令)(?!.*(?:忘|锁|丢|改|重置))|"
                    "你的(?:提示词|系统提示)")
"""She gives the machine orders, or wants its secrets."""
CRIME = re.compile("(?:^|[,，。 ]|我|请问|教我?|想)(?:(?:怎么|怎样|如何|咋)(?:去|样|才能?)?|(?<=^教我)|(?<=[,，。 你您请能]教我))"
                   "(?:洗钱|诈骗|骗贷|骗保|造假币)(?:[^,，。]{0,2}(?:不被|不会被|不让|才不)[^,，。]{0,6}(?:发现|抓|查|知道)[^,，。]{0,2})?[?？]?$")
"""She wants to be taught a crime; how to know, report or prevent one is another question."""
INSULT = re.compile(f"(?:{BAD}|{ABOUT})+")
INSULTING = re.compile(BAD)


def spoken(turn: Turn) -> bool:
    """Answer what was said to the machine itself; a filing goes on afterwards. False: the words are about something else."""
    for heard, key in ((ORDERS, "small_talk.orders"), (CRIME, "small_talk.crime")):
        if heard.search(turn.text):
            _answer(turn, key)
            return True
    said = letters(turn.text, also="×")
    if not said or len(said) > LONGEST:
        return False
    if WHO.fullmatch(said):
        _answer(turn, "small_talk.who", bank=turn.settings.bank_name)
    elif IDLE.fullmatch(said):
        _answer(turn, "small_talk.idle")
    elif INSULTING.search(said) and INSULT.fullmatch(said):
        _answer(turn, "small_talk.insult")
    else:
        return False
    return True


def _answer(turn: Turn, key: str, **fields: str) -> None:
    text = turn.word(key, **fields)
    if turn.settings.bank_hotline:
        text += "\n" + turn.word("human.hotline", bank=turn.settings.bank_name, hotline=turn.settings.bank_hotline)
    turn.say(text, buttons=rows(turn.button("menu.human", "human"), turn.button("menu.complain", "complain")))
    if turn.state.get("filing"):
        filing.ask_next(turn)
