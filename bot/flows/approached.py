"""A swindler has reached her, or somebody of hers, and she tells of it before anything has gone: the warning comes before every
answer, form and ticket; and where somebody is in his hands already, the alarm."""

import re

from bot.flows import alarm_steps, asking, defrauded, emergency, ended, entries, harmless, in_alarm, others, sought
from bot.messages import rows
from bot.turn import Turn
from nlp.text import normalise

POSES = ("(?:自称|冒充|假冒|装成|(?:说|讲)(?:他|她|自己)?是)[^,。;!?]{0,6}"
         "(?:你们|[银你我本]行|客服|公安|警|法院|检察|社保|医保|税务|官方|[银保证]监|金监|运营商)")
CONTACT = "(?:短信|信息|电话|来电|邮件|微信|qq|有人|有个|陌生)"
RETOLD = re.compile(
    f"{CONTACT}[^。!?]{{0,12}}{POSES}|"
    f"(?:收到|来了|发来?)[^,。;!?]{{0,4}}(?:短信|信息|邮件)[^。!?]{{0,24}}(?:让|叫|要|喊|催)我?[^,。;!?]{{0,4}}"
    "(?:(?<!加)点(?![差数位半整钟])|加(?![息点急班倍收价])|下载|扫|填|转(?![存期正为成]|人工)|认证|验证|共享|登录|回拨)|"
    f"{CONTACT}[^。!?]{{0,20}}(?:让|叫|喊|催)我[^,。;!?]{{0,4}}(?:点链接|点击|加微信|加qq|加他|下载|下个|扫码|共享|转账|念)")
"""A message or a caller that poses as somebody, or wants something of her."""
BY_TEXT = re.compile("短信|信息|邮件|链接")
TOLD_OTHERWISE = re.compile(
    "投诉|举报|催|推销|骚扰|^你们|报(?:了|过)?[警案]|经理|柜[员台]|业务员|去年|前年|以前|上个?月|反诈|96110|没理|挂了|小说|如果|假如|要是")
"""A grievance, or a danger that is over, or none."""

LURE = re.compile("补贴|补助|养老|医保|社保|领[钱取红奖]|红包|中奖|免费领|国家发|扶贫|福利|赚钱|高息")
"""What such a link promises."""
KIN = ("(?:老公|老婆|爱人|丈夫|妻子|老伴|[爸妈爹]|(?<!姑)娘|爷爷|奶奶|外公|外婆|姥姥|姥爷|父亲|母亲|公公|婆婆|儿子|女儿|闺女|"
       "老头|老太|[姨舅叔伯]|姑(?!娘))")
OFFICER = "(?:警官|警察|公安|民警|检察|法官|专案|办案)"
IN_HIS_HANDS = re.compile(
    f"{KIN}[^。!?]{{0,24}}(?:跟|和|同|与|听|接|给)[^,。;!?]{{0,8}}{OFFICER}[^,。;!?]{{0,8}}(?:电话|通话|视频|聊|语音|微信|的话|指挥)|"
    f"{KIN}[^。!?]{{0,24}}(?:电话|通话|视频|聊)[^,。;!?]{{0,10}}{OFFICER}|"
    f"{KIN}[^。!?]{{0,10}}[接通][^,。;!?]{{0,3}}电话[^。!?]{{0,12}}(?:一[下上]午|半天|一整?天|小时|不挂|没挂)[^。!?]{{0,16}}"
    "(?:[骗诈]|转[钱账]|汇款|密码|验证码)|"
    f"{KIN}[^。!?]{{0,16}}(?:神神秘秘|鬼鬼祟祟|躲(?![债避催雨])|(?<!电话)(?<!手机)关[着起上](?!机)|反锁|锁[着上了在]*(?:门|屋|房|里面)|门[都也]?锁|"
    f"自己锁(?:在|起来)|保密(?!协议))[^。!?]{{0,20}}(?:电话|视频|转账|转钱|汇款)")
"""Day after day on the telephone with an "officer", behind a closed door."""
NO_SWINDLER = re.compile(f"报警|报案|110|是(?:个|名|当)?{OFFICER}[^的]?|派出所|反诈|96110|去年|前年|以前|小说|如果|假如|要是")
COLLECTS = re.compile(
    "(?:村|镇上|乡下|小区|集[市上]|楼下|广场|门口|上门|家里|[来到](?:了|我们?家))[^。!?]{0,20}"
    "(?:穿|自称|冒充|打着|[人个伙][^。!?]{0,8}说是)[^。!?]{0,8}(?:你们|[银你本]行|信用社)[^。!?]{0,20}(?:存(?:[钱一]|款(?!机))|收[钱现]|现金|交钱|利息|存折)")
"""False clerks who take cash where people live."""

INVITED = re.compile(
    "(?:保健品|卖药|理疗|养生|讲座|推销)[^。!?]{0,10}(?:喊|叫|让|请|拉|约)(?:我|俺)|"
    "(?:喊|叫|让|拉|约)(?:我|俺)[^,。;!?]{0,6}(?:听课|听讲座|领鸡蛋|领米|免费旅游|入股|投资)")
"""She is asked to where things are sold."""
PUT_IN = re.compile("(?:存|交|投|买)(?:进去|完|好)?了[^,。;!?]{0,3}[\\d一二两三四五六七八九十几]+[千万块]")
BELIEVES = ("ours", "maybe_true", "dirty_money", "after_statement", "deleted", "his_loan")
"""What she asks after an answer about a swindle that no entry answers as shortly."""
LEADS_ON = ("paper", "kind", "fee", "face", "secret", "haste", "decoys", "knows", "promise", "official", "recovery", *BELIEVES)
"""How he leads her on, told then."""


def heard(turn: Turn) -> bool:
    """False: nothing was said."""
    if emergency.known(turn) or turn.state.get("expect"):
        return False
    plain, asks = normalise(turn.text), sought.FORM.search(emergency.LAST_CLAUSE.sub("", turn.text)) is not None
    held = IN_HIS_HANDS.search(plain) and not NO_SWINDLER.search(plain)
    if not asks and (held or (COLLECTS.search(plain) and not TOLD_OTHERWISE.search(plain))):
        turn.understood.alarmed()
        emergency.respond(turn)
        return True
    return _passed_on(turn) or _retold(turn, plain) or _led_on(turn, plain, asks=asks or turn.heard["ask"] > defrauded.SURELY)


def invited(turn: Turn) -> bool:
    """「卖保健品的喊我去听课」, and then 「我已经存了三万」, whatever complaint was filed before: what the base says of it."""
    plain, at = normalise(turn.text), turn.state.get("invited")
    goes_on = turn.lately(at, defrauded.JUST_BEFORE) and PUT_IN.search(plain)
    if not (goes_on or INVITED.search(plain)) or len(turn.text) > defrauded.FEW:
        return False
    if TOLD_OTHERWISE.search(plain.replace("推销", "")):
        return False
    if goes_on:
        turn.remember(invited=None)
        asking.answer(turn, "fundraising-already-in")
        return True
    slug = turn.understood.found.entry
    if slug is None or turn.understood.found.candidates[0].score < sought.LEADING:
        return False
    turn.remember(invited=turn.at.isoformat())
    asking.answer(turn, slug)
    return True


def _passed_on(turn: Turn) -> bool:
    """「我妈天天在群里转链接 说国家发补贴」: advice, and no alarm."""
    if ended.advised_on(turn):
        return True
    lures = harmless.passed_on(turn.text) and LURE.search(turn.text)
    if not lures or turn.state.get("filing") or others.forwarded(turn) or TOLD_OTHERWISE.search(turn.text):
        return False
    ended.advise(turn)
    return True


def _retold(turn: Turn, plain: str) -> bool:
    """「有人自称你们行的」 「短信让我点链接」: what not to do, whatever is open; where the base has a word on it, that."""
    if not RETOLD.search(plain) or TOLD_OTHERWISE.search(plain):
        return False
    if others.forwarded(turn):
        return False
    filing = turn.state.get("filing")
    if not filing and entries.theme(turn, sought.answered(turn)) in entries.SWINDLES:
        return False
    asking.take_up(turn, "fraud-fake-bank-sms" if BY_TEXT.search(plain) else "fraud-verify-bank-call")
    turn.remember(warned=turn.at.isoformat(), last=turn.text[:500], filing=None)
    _warn(turn, turn.word("defrauded.wants"), waits=bool(filing))
    turn.did = "ALARM"
    return True


def _led_on(turn: Turn, plain: str, *, asks: bool) -> bool:
    """「他有工作证的」 「万一是真的呢」, said of the swindle that she was told about."""
    topic = turn.state.get("topic") or {}
    if turn.state.get("filing") or len(turn.text) > defrauded.FEW or not turn.lately(topic.get("at"), defrauded.JUST_BEFORE):
        return False
    if entries.theme(turn, topic.get("entry")) != "anti_fraud":
        return False
    name = in_alarm.answer(plain)
    if name not in (BELIEVES if asks else LEADS_ON):
        return False
    name = alarm_steps.not_twice(turn, name)
    turn.remember(last=turn.text[:500])
    turn.did = "ADD"  # she tells more of it: so the next few words are heard
    _warn(turn, turn.word(f"in_alarm.{name}", hotline=turn.hotline))
    return True


def _warn(turn: Turn, text: str, *, waits: bool = False) -> None:
    """`waits`: her complaint is open."""
    human, file = turn.button("menu.human", "human"), turn.button("ask.register", "file")
    text = f"{text}\n\n{turn.word('defrauded.waits')}" if waits else text
    turn.say(text, tone="emergency", buttons=rows(human) if waits else rows(human, file))
