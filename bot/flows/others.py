"""The shorter flows: a person on request, a scam check, and what is neither question nor complaint."""

import re
from datetime import timedelta

from bot.flows import asides, asking, emergency, entries, filing, matters, sought, staff_alerts
from bot.messages import rows
from bot.turn import Turn
from nlp import scam_text
from nlp.urgency import LEVEL_ONE
from tickets.models import Event

SHORTEST_SCAM = 6  # characters; less than this is not a forwarded text
LOOK = re.compile(
    "^(?:请|麻烦)?(?:你|您)?帮我?(?:看一?看|看一?下|瞅瞅|瞧瞧|鉴定一?下)(?:这个|这条|短信|是不是真的|真的假的){0,2}[:：,，]|"
    "^(?:那|还有|再看看)?(?:这个|这条|这种)(?:短信)?(?:呢|咧|嘞)[:：,，？?]?")
PREAMBLE = re.compile(
    "^(?:[^:：\n【,，。;；!！?？]{1,20}|[^:：\n【]{0,30}(?:短信|信息|消息|邮件|看看|真的|真假|是不是|你们发)[^:：\n【]{0,12})(?:[:：\n]|(?=【))(?!//)")
"""Her own words before the text that she sends on: a few, or what it is and whether it is true."""
ASKED = re.compile(
    "是不是(?:个)?(?:骗局|诈骗|骗人|骗子|[真假]的)|真的假的|真的还是假的|是(?:个)?(?:真的|骗局|骗子|诈骗|骗人的)[吗吧么不]|能信[吗不]|"
    "你们[行们]?发的[吗吧么]")
NOTICE = re.compile("尾号|余额|账单|还款日|支出|入账|到账|交易")
MOVED = re.compile("支出|转出|消费|扣款|取现")
"""What the bank itself writes of an account, and that money left it."""
LURING = r"https?://|点击?.{0,12}(?:链接|[a-z0-9-]{2,}\.[a-z]{2,4})|加(?:qq|微信|薇信|v信|企业微信)"
FORWARDED = re.compile(f"^【|{LURING}", re.IGNORECASE)
WANTS_OF_HER = re.compile(f"{LURING}|[a-z0-9-]{{2,}}\\.[a-z]{{2,4}}|验证码|密码|[来回致]电|拨打|联系|冻结|异常", re.IGNORECASE)
LONG_ENOUGH = 14  # characters; shorter words are her own
HERSELF = re.compile(
    "我(?!行|司|们|局|方|中心|部|院)|俺|怎么办|救命|被骗|[转付汇打输给填](?:了|过去|出去)|已经?[转付汇打输给填]|刚[转付汇打输给填才刚]")

WAITING = re.compile("多久|多长时间|几分钟|没(?:有)?人|等(?:半天|好久)|人呢|有(?:没有)?人|在吗|在不在|等了|还不来|还没来|快点")
CALLED_FIRST = re.compile(
    "(?:(?:你|您)好[,，。!！ ]*)?(?:我|俺|请|麻烦|帮我|给我|快|要|想|找|转|叫|接|换|个|一个|到)*(?:人工|真人)"
    "(?:客服|服务|坐席)?(?:吧|啊|呢)?[,，。;；!！ ]+(?=[^,，。;；!！ ])")
FEW = 10  # characters; more are a matter of their own
CLICKED = re.compile("(?:点|打开|填|输|加|下载|安?装|扫)[^,，。]{0,5}[了过]")
PAID = re.compile("(?:[汇付充]|转(?!告|发|述)|打(?:款|钱|过去))[^,，。]{0,4}[了过]|(?:验证码|密码).{0,3}(?:给|念|报|告诉|填|输|发)"
                  "|[填输]了?(?:验证码|密码)|(?:给|念|报|告诉|发)了?(?:他|她|对方|人家)")
NOT_DONE = re.compile("[没未别]|不(?!小心)|吗|么|怎|\\?|？|谢|报警|幸好|差点")
NOT_TOUCHED = re.compile("没(?:有)?(?:点|打开|回|填|加|转|理|扫|下载)")
SHORTLY = timedelta(hours=1)
PLAINLY = 0.95  # praise or a suggestion as sure as this hides no complaint
OF_COMPLAINTS = {"cp-12378-12363": re.compile(
    "(?:金监|金管|银保?监|监管|人行|央行|人民银行|消协)[^。!！]{0,14}(?:电话|号码|热线)(?:是|打)?(?:多少|几|啥|什么|哪|呢)|"
    "(?:投诉|举报|监管)(?:银行)?的?(?:电话|热线)是?(?:多少|几号|啥|什么)"),
    "cp-how-long": re.compile("(?:法定|答复|处理|办理)[^,，。]{0,6}(?:时限|期限)[^。]{0,4}(?:是|为|几|多)|依据第?几条")}
AFTER_A_CLICK = "fraud-sms-link"
OF_MONEY_GONE = "acct-money-missing"
TEMPTED = re.compile("试试|试一下|想(?:弄|做|办|贷|投|领)|能(?:弄|做|办|领)[吗么]")
NOT_OURS = "oth-not-bank"
OF_PAYERS = "pay-third-party-complain"
PAYERS = re.compile("支付宝|微信支付|财付通|京东白条|花呗|借呗|(?:美团|抖音)月付")
CARRIER = re.compile("(?:移动|联通|(?<!反)电信(?!诈|网)|运营商).{0,8}(?:话费|流量|套餐|宽带|月租)|(?:手机|宽带)套餐")
FIRMS = re.compile(
    f"{CARRIER.pattern}|话费|宽带|拼多多|淘宝|京东(?!金|白)|天猫|美团|饿了么|滴滴|外卖|快递|驿站|网购|网店|卖家|罚单|违章|交警|物业|开发商|"
    "房东|押金|驾校|健身[房卡]|美容院|装修公司|4s店|旅行社|医院|出租车|网约车|景区|商场|超市|拖欠工资|老板", re.IGNORECASE)
BANKING = re.compile(
    "[行贷卡折社]|柜|存[款单了钱]|取钱|大厅|大堂|理财|基金|保险|保单|征信|转[账给了]|汇款|app|网银|利[息率]|信用|催收|账[户号单]|还款|分期|扣款|"
    "代[扣发]|支付|付款|到账|黄金|金条|u盾|atm|经理|客服|积分|短信|etc|扫码|收款|pos|刷|退款|钱没|你们|推销", re.IGNORECASE)
"""Any of these, and it may be ours after all."""


def human(turn: Turn) -> None:
    """A person on request: a ticket of its own kind, and whoever is on duty is told."""
    turn.chat.misses = 0
    ticket = filing.called(turn)
    if ticket is not None:  # she calls again: the same call, so that the office sees one person and not three
        turn.ticket = ticket
        turn.session.add(Event(ticket_id=ticket.id, kind="urged", actor="customer", at=turn.at))
        staff_alerts.customer_wrote(turn, ticket)
        said = turn.word("human.again", number=ticket.number)
    else:
        text = turn.text or turn.state.get("last") or turn.word("menu.human")
        ticket = filing.file(turn, kind="human", text=text)
        staff_alerts.human_called(turn, ticket)
        said = turn.word("human.called", number=ticket.number)
    if turn.settings.bank_hotline:
        said += "\n" + turn.word("human.hotline", bank=turn.settings.bank_name, hotline=turn.settings.bank_hotline)
    turn.say(said, tone="ticket", ticket=ticket)


def called_first(turn: Turn) -> bool:
    """「我要找人工，我的转账卡住了」: a living person is never refused for what she says beside it; what the base holds of it
    is told too. A grievance is filed as ever."""
    if turn.understood.reading.intent == "complaint" or "投诉" in turn.text or not CALLED_FIRST.match(turn.text):
        return False
    human(turn)
    if sought.answered(turn):
        asking.reply(turn)
        turn.did = "HUMAN"
    return True


def of_complaints(turn: Turn) -> bool:
    """「去金监局告你们，电话多少」, 「法定答复时限是几日」: what the law says of complaining, whatever she says beside it."""
    slug = next((slug for slug, asks in OF_COMPLAINTS.items() if asks.search(turn.text) and slug in turn.knowledge.entries), None)
    if slug is not None:
        asking.answer(turn, slug)
    return slug is not None


def waiting(turn: Turn) -> bool:
    """「要等多久」「怎么还没人」 from her who has just called for a person."""
    return len(turn.text) <= FEW and WAITING.search(turn.text) is not None and filing.called(turn) is not None


def scam(turn: Turn) -> None:
    """Whether a forwarded text shows signs of a known scam; never "safe"."""
    turn.did = "SCAM"
    turn.remember(expect=None)
    if len(turn.text) < SHORTEST_SCAM:
        turn.remember(expect="scam")
        return turn.say(turn.word("scam.too_short"))
    verdict = turn.understood.verdict
    again = rows(turn.button("menu.scam", "scam"), turn.button("menu.human", "human"))
    signs = "、".join(verdict.signs[:5]) or "—"
    if verdict.label != "scam":
        turn.remember(warned=None)
        notice = _noticed(turn)
        if notice is not None and MOVED.search(notice):
            asking.take_up(turn, OF_MONEY_GONE)
        return turn.say(turn.word("scam.clean" if notice is None else "scam.notice"), buttons=again)
    turn.remember(warned=turn.at.isoformat())
    if verdict.kind:
        kind = scam_text.signs().kinds.get(verdict.kind, verdict.kind)
        return turn.say(turn.word("scam.scam", kind=kind, signs=signs), buttons=again, tone="emergency")
    turn.say(turn.word("scam.scam_unsure", signs=signs), buttons=again, tone="emergency")


def fell_for_it(turn: Turn) -> bool:
    """「我点了」「转过去了」 soon after her text was called a scam: what to do now, and the alarm where money or a code is gone."""
    if not turn.lately(turn.state.get("warned"), SHORTLY):
        return False
    if len(turn.text) > LONG_ENOUGH or NOT_DONE.search(turn.text):
        return False
    if PAID.search(turn.text):
        turn.understood.alarmed()
        emergency.respond(turn)
        return True
    clicked = CLICKED.search(turn.text) is not None and AFTER_A_CLICK in turn.knowledge.entries
    if clicked:
        asking.answer(turn, AFTER_A_CLICK)
    return clicked


def forwarded(turn: Turn) -> bool:
    """A text that somebody sent her and she sends on, with no word of her own but what it is, or whether it is true."""
    if len(turn.text) < LONG_ENOUGH:
        return False
    asks, text = ASKED.search(turn.text) is not None, PREAMBLE.sub("", turn.text)
    sent_on = FORWARDED.search(text) is not None
    if LOOK.search(turn.text) or (asks and ((sent_on and text != turn.text) or _noticed(turn) is not None)):
        return True
    return (asks or sent_on) and _a_swindlers(turn)


def asked_again(turn: Turn) -> bool:
    """「这个真的假的」「我没点」「我想试试」 soon after her text was called a scam; 「我没点 我删了」 also after an answer about
    one."""
    if len(turn.text) >= LONG_ENOUGH:
        return False
    warned, untouched = turn.lately(turn.state.get("warned"), SHORTLY), NOT_TOUCHED.search(turn.text) is not None
    asks = warned and (ASKED.search(turn.text) or TEMPTED.search(turn.text))
    if not asks and not (untouched and (warned or _after_a_swindle(turn))):
        return False
    turn.say(turn.word("scam.again" if asks else "scam.untouched"),
             buttons=rows(turn.button("menu.scam", "scam"), turn.button("menu.human", "human")))
    return True


def _after_a_swindle(turn: Turn) -> bool:
    """Whether she was answered about a swindle, and asks nothing more."""
    told = entries.theme(turn, sought.matter(turn)) == "anti_fraud" and sought.seen(turn)
    return told and turn.act != "small" and not sought.FORM.search(turn.text)


def _noticed(turn: Turn) -> str | None:
    """What she quotes, where it reads like the bank's own notice of an account and asks nothing of her."""
    quoted = max(re.split("[:：]", turn.text, maxsplit=1), key=len)
    if turn.settings.bank_hotline:
        quoted = re.sub(f"[来回致]电[^,，。]{{0,6}}{re.escape(turn.settings.bank_hotline)}", "", quoted)
    plain = NOTICE.search(quoted) and not WANTS_OF_HER.search(quoted) and not HERSELF.search(quoted)
    return quoted if plain and len(quoted) >= LONG_ENOUGH else None


def only_forwarded(turn: Turn) -> bool:
    """Asked for a suspicious text, she sent one: it swindles her, but nothing says that she did what it wants."""
    reading = turn.understood.reading
    return turn.state.get("expect") == "scam" and set(reading.flags) & LEVEL_ONE == {"fraud_now"} and _a_swindlers(turn)


def _a_swindlers(turn: Turn) -> bool:
    """A known swindle in words of which none are her own."""
    return not HERSELF.search(PREAMBLE.sub("", turn.text)) and turn.understood.verdict.label == "scam"


def elsewhere(turn: Turn) -> bool:
    """A grievance against a shop, a carrier, a landlord, with no word of a bank: where to turn, and a button to file it all the
    same."""
    reading = turn.understood.reading
    payer = PAYERS.search(turn.text)
    theirs = payer or (CARRIER if reading.category != "OTHER" else FIRMS).search(turn.text)
    if theirs is None or BANKING.search(PAYERS.sub("", turn.text)) or reading.urgency not in ("none", "III"):
        return False
    where = OF_PAYERS if payer else NOT_OURS
    if where not in turn.knowledge.entries or filing.continued(turn) is not None:
        return False
    asking.answer(turn, where)
    return True


def told(turn: Turn, kind: str) -> None:
    """A suggestion, praise or a report of an illegal act: on the register under its own kind. Where a grievance may stand beside
    the kind words, or be meant by them, a button makes a complaint of it."""
    ticket = filing.file(turn, kind=kind)
    buttons = ()
    if kind != "report" and turn.understood.reading.intent_confidence < PLAINLY:
        turn.remember(last=turn.text[:500])
        buttons = rows(turn.button("other_kind.complain", "file"))
    turn.say(turn.word(f"{kind}.filed", number=ticket.number), tone="ticket", ticket=ticket, buttons=buttons)


def accepted(turn: Turn) -> bool:
    """「好，那就这么办」 right after a ticket was held out to her: it is filed. False: it was not, or she says something else."""
    said = asides.letters(turn.text)
    if not turn.state.get("held_out"):
        return False
    turn.remember(held_out=None)
    if not asides.agreed(said) or asides.TAKEN_IN.search(said):
        return False
    file_last(turn)
    return True


def file_last(turn: Turn) -> None:
    """「没解决，我要投诉」: the words said before become the complaint; without any, ask for them. Typed in the middle of a
    filing it means what is being filed."""
    current = filing.current(turn)
    if current is not None and not turn.incoming.button:
        turn.say(turn.word("filing.heard", number=current.number), ticket=current)
        return filing.ask_next(turn)
    last = matters.told_before(turn) or turn.state.get("last")
    if not last:
        turn.remember(expect="complaint")
        return turn.say(turn.word("filing.prompt"))
    filing.file_words(turn, last)
