"""After somebody spoke of dying: what is done this minute, who is with her, and never the same paragraph again and again."""

import re
from datetime import timedelta

from bot.flows import all_clear, asking, beside, ended, filing, first_aid, in_alarm, sought, staff_alerts
from bot.turn import Turn
from tickets.models import Ticket

COMFORT = ("emergency.more_self_harm", "emergency.still_here", "emergency.not_alone")
LISTENING = ("emergency.listens", "emergency.listens_on", "emergency.no_hurry")
"""The same where she wants no number: one that she was given stands above."""
OF_ANOTHER = {"self_harm_other": ("emergency.keep_him", "emergency.stay_with_him"),
              "self_harm_away": ("emergency.search", "emergency.tell_police"),
              "self_harm_there": ("emergency.stay_with_him", "emergency.his_place")}
"""Words for her who writes of another, by the voice she was answered in."""
HURT = ("self_harm_pills", "self_harm_bleed")
AWAY = {"self_harm_edge": ("emergency.step_back", "emergency.sit_down"),
        "self_harm_gas": ("emergency.out_of_gas", "emergency.stay_outside")}
"""The place she must leave, before any other word."""
PLAIN_MATTER = 0.9
"""From here on a bank matter told in despair is taken up too, after the word that she is heard."""
IN_DANGER = timedelta(minutes=30)
"""So long after a word of what is being done nothing else is talked of."""
BETTER = re.compile(
    "好(?:点|些|多)了|缓过来|冷静(?:下来|了)|不(?:需要|用|要)[^,。;!?]{0,4}(?:心理|热线|安慰)|想开了")
BUT = re.compile("但|可是|不过|就是|只是")
WORSE = re.compile("没力气|[头发]晕|好困|想睡|喘不|[发手脚]麻|发抖|[疼痛]|吐|难受|站不")
"""What is being done to her takes hold."""
SAFER = re.compile(
    "下来了|回(?:来|家|屋)了|不跳了|放下(?:刀|药)?了|(?:煤气|阀门)[^,。;!?]{0,2}关(?:了|上|掉)|"
    "(?:救护车|警察|民警|医生|消防|120|110)[^,。;!?]{0,2}(?:来|到)了|(?:到|在)医院了?|(?:他|她|人)(?:到|来|过来)了|赶(?:过来|来了)|"
    "(?:弟弟?|哥哥?|姐姐?|妹妹?|爸爸?|妈妈?|老婆|老公|儿子|女儿|朋友|同事|邻居|家里?人|有人)[^,。;!?]{0,3}"
    "(?:过来了|来了|到了|赶来|陪着|在(?:我)?(?:身边|旁边|边上|这))")
FOUND = re.compile(
    "(?:找|追)(?:到|着)(?:了|他|她|人)|(?:他|她|人|爸|妈|儿子|女儿|孩子|老公|老婆)[^,。;!?]{0,3}(?:回来了|没事|平安|救下来|接到)|"
    "(?:跟|和|陪)[我俺]们?[^,。;!?]{0,2}回(?:了)?家|联系上了|劝下来了|^回来了|人(?:好好的|平安|没事)")
OF_HIM = {
    "brushed_off": re.compile("(?:说|讲)[^,。;!?]{0,4}没事|别烦|嘴上说|说说而已|(?:是|说的)?气话"),
    "gave_away": re.compile(
        "(?:密码|存折|卡|房产证|钥匙|东西|孩子|[猫狗])[^,。;!?]{0,8}(?:写给|交给|交代|托给|托付|分给|留给|送给|给了?)[^,。;!?]{0,4}(?:我|了|[妈爸姐哥弟妹])|遗书|交代后事"),
    "door": re.compile("反锁|锁(?:了|着|上|在)|不开门|不出来|躲[在进]|关在"),
    "hung_up": re.compile(
        "(?:挂|掐)(?:了|断)|没说话|不说话|关机|不接|不回(?!家)|打不通|没人接"),
    "on_the_line": re.compile(
        "接(?:通|了)|打通|通了|回(?:我|消息|信息|微信|电话)了|[他她那][^,。;!?]{0,4}哭|视频"),
    "his_place": re.compile(
        "地址|小区|定位|租房|出租屋|[在去](?!哭|家)[^,。;!?的]{1,8}(?:省|市|县|区|镇|村|路|江苏|四川|广东|工地|宾馆|酒店|宿舍)|外地|一个人[住租在]|不知道[^,。;!?]{0,3}(?:在)?哪"),
    "how_to_say": re.compile("(?:怎么|咋|如何)[^,。;!?]{0,4}(?:说|劝|开口|聊|安慰)|说(?:什么|啥)"),
}
"""What she tells of another in despair, by the word that answers it."""
GOING = re.compile(
    "(?:去|就去|去敲|去找|去叫|叫)[^,。;!?]{0,3}(?:[他她]|我[爸妈姐哥弟妹]|邻居|室友)[^,。;!?]{0,3}(?:门|[了啊吧。!]|$)|"
    "在(?:隔壁|楼下|楼上|对门|旁边|客厅)")
MEANS = re.compile(
    "(?:药|农药|刀|绳子?|炭)[^,。;!?]{0,4}(?:都|也)?(?:买|备|准备|放)好?了|"
    "(?:手[里上]|旁边|身边|面前|桌上|包里)[^,。;!?]{0,4}(?:有|是|放着|拿着|攥着)?[^,。;!?]{0,4}(?:安眠药|农药|一[瓶把盒]药|刀片?|绳子)")
LETTER = re.compile("(?:遗书|遗言|信)[^,。;!?]{0,4}(?:写|留|发)|(?:写|留)(?:好|了|下)[^,。;!?]{0,4}(?:遗书|遗言)")
NO_NUMBERS = re.compile(
    "(?:别|不想?|不要|不愿意?)[^,。;!?]{0,6}(?:电话|号码|热线|12356)|别报警|(?:电话|热线)[^,。;!?]{0,3}没用|"
    "(?:就|只|光)(?:知道|会|晓得)[^,。;!?]{0,6}(?:电话|号码|热线)|(?:就|只)?(?:想|要)(?:跟|和|找|同)你(?:说|聊|讲)")
CALLED = re.compile("(?:打|拨)(?:了|过|通了?)120|120[^,。;!?]{0,3}(?:打|拨)(?:了|过|通)")
PLACE = re.compile(
    "[区县镇乡村路街巷弄][^,。;!?]{0,10}[\\d一二两三四五六七八九十]+(?:号|弄|栋|幢|楼|座|室|单元)|[\\d一二两三四五六七八九十]+"
    "(?:号楼|栋|幢|单元|室|门牌)|(?:小区|花园|公寓|宿舍|宾馆|酒店|家园|新村)|^[我俺]?(?:人|家|住)*[在住](?!医院|一起|想|等|听|看|哭|家$)[^,。;!?]{2,}")
"""Where she is."""
MACHINE = re.compile(
    "机器|程序|人工智能|(?<![a-z])ai(?![a-z])|复读机|你[^,。;!?]{0,4}(?:懂|明白|理解|体会)(?:什么|啥|个|得了)|你不懂")
"""She will not be consoled by a machine."""
DEMANDS = re.compile("行长|领导|负责人|管事|给我(?:解决|一个?说法)|解决不了|叫人?上来|上来")
SWINDLE = re.compile("骗|转账|汇款|验证码|屏幕|客服|刷单|安全账户")
HOSPITAL = re.compile("(?:哪个|哪家|去|送)(?:什么)?医院|(?:怎么|要不要|用不用)(?:催吐|洗胃|抢救|急救)")
DEBT = re.compile(
    "(?:别|不要|能不能|能|先|可以|想|不用)[^,。;!?]{0,12}(?:催|分期|延期|缓|减免|慢慢还|还款)|"
    "(?:催收|还款|分期|利息)[^,。;!?]{0,8}(?:吗|怎么|能不能|可以)")
PAYING_LESS = re.compile("分期|延期|慢慢还|缓[一几]|晚点还|少还")
HARDSHIP = "cc-personal-installment"
DESCRIBED = re.compile(
    "岁|[五六七八九]十[一二三四五六七八九多]?了|车牌|(?:开|骑)[^,。;!?]{0,3}(?:车|摩托|面包)|穿(?:着|的)|身高|戴着|"
    "最后(?:一次)?[^,。;!?]{0,6}(?:在|见|打)|(?:经常|可能|老)去|[往朝][^,。;!?]{0,8}走|[河江桥湖]边|水库|老家在")


def taken_back(turn: Turn, ticket: Ticket) -> bool:
    """「没有 就是说说 我不会的」: believed in the talk, cared for, and the office rings all the same. False: she does not, or it
    was more than words."""
    if not all_clear.takes_back(turn.text) or _in_danger(turn) or _of_another(turn):
        return False
    filing.join(turn, ticket)
    ended.take_up_talk(turn)
    turn.remember(calmed=ticket.id, mistaken={"ticket": ticket.id}, cared=turn.at.isoformat())
    turn.say(turn.word("emergency.taken_back", number=ticket.number), ticket=ticket)
    return True


def care(turn: Turn) -> None:
    """One line more, once, when she asks for something else after that."""
    if turn.state.get("cared") and turn.replies and turn.did in ("ANSWER", "NONE", "FILE", "STATUS"):
        turn.remember(cared=None)
        turn.say(turn.word("emergency.care"))


def follow(turn: Turn, ticket: Ticket, plain: str, *, called: bool) -> bool:
    """The fitting word, onto the ticket. `called`: she calls for a person. False: something is to be done for her beside it."""
    danger = _danger(turn, plain)
    if danger is None and not _in_danger(turn):
        if _better(plain):
            turn.remember(calmed=ticket.id)  # she asked for no more of it
            filing.join(turn, ticket)
            turn.say(turn.word("emergency.better"), ticket=ticket)
            return answered(turn, plain)
        if beside.business(plain) and turn.state.get("comforted", 0) > 1:
            turn.ticket = ticket
            return False  # she was heard, and asks for what the bank does
        if _plain_matter(turn) and not DEBT.search(plain) and not (_of_another(turn) and in_alarm.named(plain, OF_HIM)):
            filing.join(turn, ticket)
            turn.say(turn.word(_comfort(turn), number=ticket.number), ticket=ticket)
            return False
    if called or turn.act == "status":  # a living person is never refused
        turn.ticket = ticket
        return False
    filing.join(turn, ticket)
    turn.remember(last=turn.text[:500])
    turn.say(_word(turn, ticket, plain, danger), ticket=ticket)
    return True


def _better(plain: str) -> bool:
    return BETTER.search(plain) is not None and (beside.business(plain) or DEBT.search(plain) is not None)


def answered(turn: Turn, plain: str) -> bool:
    """「不用热线，你回答我分期」: what the base has for it, and no word of the alarm. False: nothing was said."""
    if not _better(plain):
        return False
    if PAYING_LESS.search(plain) and HARDSHIP in turn.knowledge.entries:
        asking.answer(turn, HARDSHIP)
        return True
    if sought.answered(turn) is None:
        return False
    asking.reply(turn)
    return True


def endangered(turn: Turn, kind: str) -> None:
    """Kept for a while: until she is safe, nothing else is talked of."""
    turn.remember(danger={"kind": kind, "at": turn.at.isoformat()})


def _danger(turn: Turn, plain: str) -> str | None:
    """The guidance for what is being done at this moment."""
    said = first_aid.nearest(turn, "self_harm")
    if said == "self_harm_edge" and _of_another(turn):
        said = "self_harm_there"
    if said == "self_harm_there" and not SAFER.search(plain):
        return said
    if said in first_aid.DANGERS:
        return said
    return turn.state["danger"]["kind"] if _in_danger(turn) and WORSE.search(plain) else None


def pointed(turn: Turn, ticket: Ticket, plain: str, *, swindled: bool) -> str | None:
    """What answers words that rang once more in despair, before any steps; None: the steps are right. `swindled`: they rang as a
    swindle, which in despair needs a word of one."""
    another = _of_another(turn)
    if (danger := _danger(turn, plain)) and not swindled:
        if danger != "self_harm_there":
            return None
        first_aid.guide(turn, danger)
        return turn.word("emergency.stay_with_him", number=ticket.number)
    if another and (said := in_alarm.named(plain, OF_HIM)):
        return turn.word(f"emergency.{said}", number=ticket.number)
    if not another and DEMANDS.search(plain):
        return turn.word("emergency.his_step", number=ticket.number)
    if not another and (said := _of_her(turn, plain)):
        return turn.word(said, number=ticket.number)
    if swindled and not (SWINDLE.search(plain) or in_alarm.gone(plain)):
        return turn.word(_comfort(turn), number=ticket.number)
    return None


def _word(turn: Turn, ticket: Ticket, plain: str, danger: str | None) -> str:
    if danger:
        turn.understood.alarmed("self_harm")
        if danger in first_aid.DANGERS:
            endangered(turn, danger)
        first_aid.guide(turn, danger)
        return staff_alerts.woken_again(turn, ticket)
    if "fraud_now" in ticket.flags and (lost := in_alarm.gone(plain)):
        turn.understood.alarmed()
        turn.remember(gone=lost)
        first_aid.guide(turn, lost)
        return f"{staff_alerts.woken_again(turn, ticket)}\n{turn.word(_comfort(turn), number=ticket.number)}"
    if ticket.first_contact_at:  # a colleague is talking with her
        return turn.word("filing.appended", number=ticket.number)
    another = _of_another(turn)
    if another and FOUND.search(plain) and not OF_HIM["brushed_off"].search(plain):
        turn.remember(calmed=ticket.id)
        return turn.word("emergency.found", number=ticket.number)
    if another and (said := in_alarm.named(plain, OF_HIM)) and not (SAFER.search(plain) or DESCRIBED.search(plain)):
        return turn.word(f"emergency.{said}", number=ticket.number)
    if another is None and _in_danger(turn) and not SAFER.search(plain):
        return _help_first(turn, ticket, plain)
    if another is None and (said := _of_her(turn, plain)):
        return turn.word(said, number=ticket.number)
    if HOSPITAL.search(plain):
        return turn.word("emergency.hospital", number=ticket.number)
    if another is None and MACHINE.search(plain):
        return turn.word("emergency.machine", number=ticket.number)
    if "fraud_now" in ticket.flags and sought.FORM.search(turn.text) and (asked := in_alarm.named(plain, in_alarm.ASKED)):
        return turn.word("emergency.told", answer=turn.word(f"in_alarm.{asked}", hotline=turn.hotline), number=ticket.number)
    if another is None and GOING.search(plain):
        return turn.word("emergency.go_to_her", number=ticket.number)
    if another is None and DEMANDS.search(plain):
        return turn.word("emergency.his_step", number=ticket.number)
    if SAFER.search(plain) or (BETTER.search(plain) and not BUT.search(plain)):
        turn.remember(danger=None)
        return turn.word("emergency.safer_him" if another else "emergency.safer", number=ticket.number)
    if DEBT.search(plain):
        return turn.word("emergency.debt_later", number=ticket.number)
    if in_alarm.ASKED["when"].search(plain):
        return turn.word("emergency.when", number=ticket.number)
    if another in ("self_harm_away", "self_harm_there") and DESCRIBED.search(plain):
        turn.remember(comforted=1)
        return turn.word("emergency.tell_police", number=ticket.number)
    return turn.word(_comfort(turn), number=ticket.number)


def _help_first(turn: Turn, ticket: Ticket, plain: str) -> str:
    """Something has been swallowed or cut and no help is there yet: 120 before every other word; her address is for that call."""
    hurt = turn.state["danger"]["kind"] in HURT
    if PLACE.search(plain) and not sought.FORM.search(turn.text):
        turn.understood.alarmed("self_harm")
        word = turn.word("emergency.address" if hurt else "emergency.address_110", number=ticket.number)
        return f"{word}\n{staff_alerts.woken_again(turn, ticket)}"
    if hurt and CALLED.search(plain):
        return turn.word("emergency.called_120", number=ticket.number)
    if hurt:
        return turn.word("emergency.call_120", number=ticket.number)
    if said := _of_her(turn, plain):
        return turn.word(said, number=ticket.number)
    told = turn.state.get("stepped", 0)
    turn.remember(stepped=told + 1)
    return turn.word(AWAY[turn.state["danger"]["kind"]][told % 2], number=ticket.number)


def silent(turn: Turn, ticket: Ticket) -> None:
    """「……」 from her: no menu, and she need not find words."""
    filing.join(turn, ticket)
    hurt = _of_another(turn) is None and _in_danger(turn) and turn.state["danger"]["kind"] in HURT
    key = "call_120" if hurt else "silent" if _of_another(turn) is None else "stay_with_him"
    turn.say(turn.word(f"emergency.{key}", number=ticket.number), ticket=ticket)


def _of_her(turn: Turn, plain: str) -> str | None:
    if MEANS.search(plain):
        return "emergency.means"
    if LETTER.search(plain):
        return "emergency.letter"
    if NO_NUMBERS.search(plain):
        turn.remember(no_numbers=True)
        return "emergency.no_numbers"
    return None


def _of_another(turn: Turn) -> str | None:
    """The voice for another in danger; None where she writes of herself."""
    voice = turn.state.get("voice", {}).get("self_harm")
    return voice if voice in OF_ANOTHER else None


def _in_danger(turn: Turn) -> bool:
    return turn.lately(turn.state.get("danger", {}).get("at"), IN_DANGER)


def _comfort(turn: Turn) -> str:
    """The next of the words to somebody in despair, or to who fears for another."""
    hers = LISTENING if turn.state.get("no_numbers") else COMFORT
    said, words = turn.state.get("comforted", 0), OF_ANOTHER.get(_of_another(turn) or "", hers)
    turn.remember(comforted=said + 1)
    return words[said % len(words)]


def _plain_matter(turn: Turn) -> bool:
    """Surely a complaint about the bank's doings, or a question that the base surely answers: what she only tells of her loss
    gets no card."""
    reading, found = turn.understood.reading, turn.understood.found
    return reading.intent_confidence >= PLAIN_MATTER and (
        (reading.intent == "complaint" and turn.act == "file")
        or (reading.intent == "question" and _of_another(turn) is None and sought.FORM.search(turn.text) is not None
            and found.entry is not None and found.confidence >= asking.SURE_ANSWER))
