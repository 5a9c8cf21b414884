"""Who was swindled, told in whatever words and pieces: asked at once when it was, and an alarm as soon as she says so."""

import re
from datetime import timedelta

from bot import hearing
from bot.flows import alarm_steps, asides, asking, emergency, entries, first_aid, in_alarm, others, sought
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
WITH_POLICE = re.compile("(?:警察|公安|派出所|民警|经侦|刑警)|(?<![没未不])报(?:了|过|完)?[警案](?!不|没)|立(?:了|过)?案")
NOT_OVER = re.compile(
    f"{RECENT.pattern}|[又再]|还[在要让叫没]|昨|投诉|你们|银行|冒充|假|自称|不[给予肯立]|[没未不](?:去|有)?[报立]|才(?:立|报)|要不要|该不该|律师|追回|费")
"""It goes on, or she wants something else."""
WAS = re.compile("(?<![没怕不])[被遭]人?(?:给)?[骗诈坑哄]|上当|受骗")
NEXT = re.compile(
    f"{in_alarm.NEXT.pattern}|还[要该差能][^,。;!?]{{0,3}}(?:[干做弄办]|什么|啥|嘛)|"
    "(?:后面|以后|往后|剩下)[^,。;!?]{0,3}(?:怎么|咋|该|[干做])|(?:怎么|咋)[办弄整]")
"""She asks what is left to be done."""
MONEY_BACK = "fraud-get-money-back"
SUM = re.compile("[\\d一二两三四五六七八九十几百]{1,9}多?[千百万块元]")
FEW = 24
"""Characters: who says more has told when it was, and the reading hears it."""

COMPLIED = re.compile(
    "(?:我|俺|已经|都|刚才?|也|就|早)*(?:下载?|装|安装|加|扫|点|填|登录?|注册|进|打开|开|绑|授权|报|念|给|交|投|充|买|付|转|汇|打|签)"
    "(?:好|完|进去?|过去|上|开)?了[^,。;!?]{0,10}|加(?:上)?(?:他|她|对方)?的?(?:微信|qq|群|好友)了")
"""She did it."""
PAID = re.compile("(?:交|投|充|付|转|汇|打|买)(?:好|完|进去?|过去)?了")
GOT_IN = re.compile("(?:下载?|装|安装|打开|开|登录?|授权|绑|报|念|给|填)(?:好|完|上|开)?了")
"""What lets him reach her money."""
WANTS = re.compile("^(?:他|她|对方|人家|又|还|就|说)*(?:让|叫|要|教|喊)我(?:先|再|去|把)?"
                   "(?:下|装|转|加|扫|点|填|共享|开|报|念|交|登|打款|汇|充|付)")
"""What he wants of her."""
PAY_FIRST = re.compile("(?:交|付|转|汇|打|充|缴)[^,。;!?]{0,10}(?:[费金税款钱]|\\d|[一二两三四五六七八九十几][百千万])")
PAPERS = re.compile(
    "(?:身份证|银行卡|卡号|证件|户口本|存折|征信)[^,。;!?没]{0,10}(?:拍|照片|发|寄|传|给(?:他|她|人|对方))|"
    "(?:拍|发|寄|传)[^,。;!?没]{0,8}(?:身份证|银行卡|卡号|证件|户口本|存折|手持)")
"""What he wants to see of her, and"""
SENT = re.compile("(?:发|拍|传|寄|给)[^,。;!?]{0,8}了|已经(?:发|拍|传|寄)")
"""she has sent it."""
OF_THE_BANK = re.compile("你们|柜|经理|网点|支行|法院|医院|学校|单位|物业|派出所")
AGENTS = ("ins-surrender-agent", "cp-paid-agent", "cc-stop-interest-agent", "coll-anti-agent")
"""Entries of other themes about somebody who takes money to get hers back."""
HIS_DOING = re.compile(
    "(?:有人|自称|对方|陌生|客服|老师|群里|平台|他|她|业务员|说是)[^。!?]{0,16}(?:说|让|叫|要|帮|教|打电话|打来|打给|给我)|(?:让|叫|要|教|喊)我")
HARMLESS = re.compile("反诈|官方|举报|报警|报案|110|删|卸|拉黑|挂失|打(?:了)?电话|材料|资料|表格|社保|医保|税|话费|水电|物业")

JUST_BEFORE = timedelta(minutes=10)
BRIEF, SURELY = 20, 0.7
"""Characters of what is heard together with the message before, and how sure that reading must be: of 2,793 such messages of our
dialogues one that is plain life rings then."""
KEPT = 120
"""Characters of a message that is kept, so that the next is heard with it;"""
JOINED = 5
"""so few are kept with what stood before."""
HARDLY = 0.05
"""Where the pieces alone are less likely a swindle than this together, they are not read together: of 22 that rang of 6,219 the
least had 0.17."""


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


def past(turn: Turn) -> bool:
    """「我被骗了12万 上个月的事 警察立案了」: no alarm, but how money comes back, and whom to ask. False: nothing was said."""
    plain = normalise(turn.text)
    if not SWINDLED.search(plain) or not WITH_POLICE.search(plain) or not LONG_AGO.search(plain) or NOT_OVER.search(plain):
        return False
    if emergency.under_way(turn) or turn.state.get("filing") or sought.FORM.search(turn.text):
        return False
    asking.answer(turn, MONEY_BACK)
    return True


def with_police(turn: Turn) -> bool:
    """「昨天被骗两万，已经报警了，接下来怎么办」, where nothing rings: what comes after the report. False: nothing was said."""
    plain = normalise(turn.text)
    if not WAS.search(plain) or not alarm_steps.police_know(turn) or not NEXT.search(plain):
        return False
    if emergency.known(turn) or turn.state.get("filing") or turn.state.get("expect"):
        return False
    asking.take_up(turn, asking.JUST_DEFRAUDED)
    turn.remember(last=turn.text[:500])
    first_aid.guide(turn, "fraud_reported")
    turn.did = "ANSWER"
    return True


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
    turn.say(turn.word("defrauded.when", hotline=turn.hotline), tone="emergency", buttons=rows(turn.button("menu.human", "human")))
    turn.did = "ALARM"
    return True


def keep(turn: Turn) -> None:
    """Her words, and how likely they tell of a swindle, for the next to be heard with."""
    if turn.understood.reading is None or len(turn.text) > KEPT:
        return
    before, text, danger = turn.state.get("said", {}), turn.text, turn.understood.reading.danger
    if len(text) <= JOINED and turn.lately(before.get("at"), JUST_BEFORE):
        text, danger = f"{before['text']}，{text}"[-KEPT:], danger + before.get("danger", 1.0)
    turn.remember(said={"text": text, "danger": danger, "at": turn.at.isoformat()})


def in_pieces(turn: Turn) -> bool:
    """A few words that are an alarm only together with those she wrote just before. Never a question or a mere number; what was
    told of a swindler's text, a novel or a mistake is heard elsewhere. False: nothing was said."""
    before = turn.state.get("said", {})
    if not turn.lately(before.get("at"), JUST_BEFORE) or emergency.known(turn):
        return False
    if turn.state.get("did") == "SCAM" or hearing.of_her_boss(turn):
        return False
    if hearing.more_of_it(turn) or hearing.denied(turn):
        return False
    if len(turn.text) > BRIEF or sought.FORM.search(turn.text) or asides.fragment(turn) or asides.thanked(turn):
        return False
    if turn.understood.reading.danger + before.get("danger", 1.0) < HARDLY:
        return False
    whole = turn.understood.again(f"{before['text']}，{turn.text}").reading
    if "fraud_now" not in whole.flags or whole.alarm < SURELY or turn.heard["ask"] > SURELY:
        return False
    turn.understood.alarmed()
    emergency.respond(turn)
    return True


def complied(turn: Turn) -> bool:
    """「下好了」 「加了他QQ」 「已经交了 10 万」 right after she told of a swindle that was no alarm yet: she does what he wants.
    What he wants next, and whether to pay more, are answered too. False: nothing was said."""
    before, plain = turn.state.get("said", {}), normalise(turn.text)
    if not turn.lately(before.get("at"), JUST_BEFORE) or len(turn.text) > BRIEF:
        return False
    if emergency.known(turn) or turn.state.get("filing"):
        return False
    done, wants = COMPLIED.match(plain), WANTS.search(plain)
    tempted = emergency.TEMPTED.search(turn.text) is not None and "再" in turn.text
    papers = PAPERS.search(plain) is not None and not OF_THE_BANK.search(plain)
    what_now = in_alarm.NEXT.search(plain) is not None and turn.lately(turn.state.get("papers"), JUST_BEFORE)
    if not (done or wants or tempted or papers or what_now) or HARMLESS.search(plain):
        return False
    if (theme := _theme(turn, before["text"])) is None:
        return False
    his = HIS_DOING.search(normalise(before["text"])) is not None
    if tempted:
        key = "no_more"
    elif what_now:
        key = "papers_next"
    elif papers:
        if sought.FORM.search(turn.text):
            return False
        key = "papers_sent" if SENT.search(plain) and not in_alarm.CODE.search(plain) else "papers"
    elif wants:
        key = "pay" if PAY_FIRST.search(plain) and not OF_THE_BANK.search(plain) else "wants"
    elif sought.FORM.search(turn.text):
        return False
    elif theme == "illegal_fundraising" and PAID.search(done[0]):
        key = "invested"
    elif not his and not (theme == "anti_fraud" and PAID.search(done[0])):
        return False
    elif PAID.search(done[0]) or GOT_IN.search(done[0]):
        turn.understood.alarmed()
        emergency.respond(turn)
        return True
    else:
        key = "added"
    turn.remember(papers=turn.at.isoformat() if key in ("papers_sent", "papers_next") else None)
    turn.say(turn.word("in_alarm.fee" if key == "pay" else f"defrauded.{key}", hotline=turn.hotline), tone="emergency",
             buttons=rows(turn.button("menu.human", "human")))
    turn.remember(last=turn.text[:500])
    turn.did = "ALARM"
    return True


def _theme(turn: Turn, before: str) -> str | None:
    """The theme of the swindle that she has just asked or told about; None where it was something else."""
    topic = turn.state.get("topic") or {}
    if not turn.lately(topic.get("at"), JUST_BEFORE):
        read = [turn.understood.again(before).found.entry]
    else:
        read = [topic.get("entry"), *reversed(turn.state.get("told", []))]
    themes = ("anti_fraud" if slug in AGENTS else entries.theme(turn, slug) for slug in read)
    return next((theme for theme in themes if theme in ("anti_fraud", "illegal_fundraising")), None)
