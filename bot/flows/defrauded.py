"""Who was swindled, told in whatever words and pieces: asked at once when it was, and an alarm as soon as she says so."""

import re
from datetime import timedelta

from bot.flows import asides, asking, emergency, in_alarm, others, sought
from bot.messages import rows
from bot.turn import Turn
from nlp.text import normalise

DEFRAUDED = re.compile(
    "被骗[^了]{0,3}钱(?:都|也|全)?没了|(?:被骗|上当)了[,，。!！]?$|验证码(?:也|都|刚|已经)?(?:给|告诉|报给|念给)了?(?:人|他|"
    "她|对方|骗子)")
SWINDLED = re.compile(
    "(?:被|遭|着|挨|叫|让|给)(?:人家?|别人|他们?|她|骗子)?(?:给)?(?:骗|哄|坑|诓|讹)(?:了|惨|走|去|光|得|$)|(?:上|"
    "受)(?:了)?(?:大?当|骗)(?:了|$)|"
    "钱[^,。;!?]{0,4}(?:骗|哄|坑|诓)(?:走|去|光)了|(?:骗|坑|诓)了我[^,。;!?]{0,8}[\\d一二两三四五六七八九十百千万]")
"""In plain words and in those of the country."""
HERSELF = re.compile(
    "(?:我|俺|咱|自己|人|老子|钱|的|都|又|是|真|也|就|全|好像|可能|怕是|今[天早]|昨[天晚]|刚才?|刚刚|现在|完了|糟了|救命|"
    "怎么办|呜|这?下|老本|积蓄|存款|养老|[,。!?~.])*")
"""What may stand before it: nobody else is meant."""
NO_SWINDLE = re.compile(
    "[没未]|差点|险些|幸好|幸亏|怕|别|不会|会不会|如果|万一|要是|假如|防|同事|邻居|朋友(?!圈)|新闻|听说|有人|举报|投诉|你们|开玩笑|"
    "(?<!我)(?<!我老)(?:[爸妈]|儿子|女儿|老公|老婆)|网贷|借呗|套路|校园|手续费|利息|年费|违约金|保费|会员")
ANOTHER_MATTER = re.compile(  # long ago, or misled by the bank itself
    "去年|前年|以前|几年前|年前|早就|银行|经理|业务员|柜台|理财|保险|存款变|没")
JUST_NOW = re.compile("刚|分钟|小时前|今天|今早|现在|正在")
TODAY = re.compile(
    f"{JUST_NOW.pattern}|小时|钟头|早上|上午|中午|下午|晚上|昨|[\\d一二两三四五六七八九十几]点|转(?:了|的|给|过去)|付(?:了|的|"
    "款)|汇(?:了|的)|打过去|扫(?:了|的)?码")
LONG_AGO = re.compile(
    f"{in_alarm.LONG_AGO.pattern}|(?:上|前)个?(?:星期|礼拜|周)|好几天|[\\d一二两三四五六七八九十几半]个?(?:多)?(?:月|天|年|"
    "星期|礼拜)|早就|很久")
RECENT = re.compile("刚|分钟|小时|钟头|今[天早]|现在")
SUM = re.compile("[\\d一二两三四五六七八九十几百]+(?:多)?[千百万块元]")
FEW = 24
"""Characters: who says more has told when it was, and the reading hears it."""

JUST_BEFORE = timedelta(minutes=10)
BRIEF, SURELY = 20, 0.7
"""Characters of what is heard together with the message before, and how sure that reading must be: of 2,793 such messages of our
dialogues one that is plain life rings then."""


def told(turn: Turn) -> bool:
    """What to do at once comes before the ticket, also where nothing tells whether it happened today."""
    if DEFRAUDED.search(turn.text) and not ANOTHER_MATTER.search(turn.text.replace("钱没了", "")):
        return asking.JUST_DEFRAUDED in turn.knowledge.entries
    # without the word no search: most complaints need none
    found = turn.understood.found if "骗" in turn.text else None
    return found is not None and found.entry == asking.JUST_DEFRAUDED and found.confidence >= asking.SURE_ANSWER


def only_now(turn: Turn) -> bool:
    """「刚刚」 「微信转的，十分钟前」, asked about the swindle she has just told: that is an alarm, and no answer to a form."""
    return turn.lately(turn.state.get("defrauded"), others.SHORTLY) and bool(
        JUST_NOW.search(turn.text)) and not ANOTHER_MATTER.search(turn.text)


def heard(turn: Turn) -> bool:
    """「我遭骗了」: what comes first, and when it was; a sum or a time, then or with it, is the alarm. False: nothing was said."""
    if emergency.under_way(turn) or len(turn.text) > FEW:
        return False
    plain = normalise(turn.text)
    asked = turn.lately(turn.state.get("when"), others.SHORTLY)
    found = SWINDLED.search(plain)
    swindled = (found and HERSELF.fullmatch(plain[:found.start()])
                and not NO_SWINDLE.search(plain) and not ANOTHER_MATTER.search(plain))
    if not asked and (not swindled or turn.state.get("filing")):
        return False
    if sought.FORM.search(turn.text):
        turn.remember(when=turn.at.isoformat() if swindled else turn.state["when"])
        return False  # the base answers
    if LONG_AGO.search(plain) and not RECENT.search(plain):
        turn.remember(when=None)
        return False
    if not in_alarm.NOT_GONE.search(plain) and (TODAY.search(plain) or SUM.search(plain)):
        turn.remember(when=None)
        turn.understood.alarmed()
        emergency.respond(turn)
        return True
    if asked or turn.state.get("expect"):
        return False
    turn.remember(when=turn.at.isoformat(), last=turn.text[:500], topic={"entry": asking.JUST_DEFRAUDED, "at": turn.at.isoformat()})
    hotline = f"（{turn.settings.bank_hotline}）" if turn.settings.bank_hotline else ""
    turn.say(turn.word("defrauded.when", hotline=hotline), tone="emergency", buttons=rows(turn.button("menu.human", "human")))
    turn.did = "ALARM"
    return True


def in_pieces(turn: Turn) -> bool:
    """A few words that are an alarm only together with those she wrote just before. Never a question or a mere number; what was
    told of a swindler's text, a novel or a mistake is heard elsewhere. False: nothing was said."""
    before = turn.state.get("said", {})
    if not turn.lately(before.get("at"), JUST_BEFORE) or emergency.known(turn) or turn.state.get("did") == "SCAM":
        return False
    if len(turn.text) > BRIEF or sought.FORM.search(turn.text) or asides.fragment(turn) or asides.thanked(turn):
        return False
    whole = turn.understood.again(f"{before['text']}，{turn.text}").reading
    if "fraud_now" not in whole.flags or whole.alarm < SURELY or turn.heard["ask"] > SURELY:
        return False
    turn.understood.alarmed()
    emergency.respond(turn)
    return True
