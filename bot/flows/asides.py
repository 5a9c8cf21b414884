"""Words about the talk itself: enough, wrong, I do not understand, did you hear me. They answer no question and file nothing."""

import re
import unicodedata
from datetime import timedelta

from bot.flows import all_clear, filing, first_aid, listening, menu, nothing_more, plainly, progress, slots
from bot.messages import Reply, rows
from bot.turn import Turn
from nlp.privacy import HIDDEN, hidden
from nlp.text import normalise
from tickets.models import Ticket
from tickets.numbers import find_numbers
from tickets.register import tickets_of_chat

LONGEST = 14  # letters; who says more says something else too
BRIEF = 8  # letters in which what was asked for may be taken back
SHORT = 18  # letters in which a matter may still be taken back
END = r"[啊呀吧呢了嘛哦的噻嘞哈喇啦]*"
SKIP = re.compile(
    r"(?:先?跳过|先?略过|下一个|"
    r"(?:我|俺)?(?:也)?(?:不知道?|不道|不太?清楚|不太?确定|不晓得|记不清楚?|记不[得到住起]|不记得|忘|忘记|想不起来|"
    r"说不清楚?|说不上来)|"
    r"没有?(?:所谓)?|[没莫]得|无所谓|没啥|没什么|无|不填|不方便说|随便|都行|都可以|(?:你们)?看着办)" + END)
AT_A_LOSS = re.compile(r"(?:我|俺)?(?:也|真|都|实在)*[整弄搞闹](?:不|不大)(?:清楚?|明白|懂|醒豁|灵清)" + END)
"""An answer to our question, and elsewhere that she does not understand."""
FORGOT = re.compile(
    r".{0,10}(?:网点|支行|地方|地址|哪[个家里]|哪儿).{0,6}(?:忘|不知道|记不|不记得|不清楚|不晓得)(?:了|得|清|住)*" + END)
"""She cannot say where it was,"""
FORGOT_WHEN = re.compile(
    r"(?:是|到底|具体|大概)*(?:哪[天日]|几[号日]|[啥什]么?时候|日子|时间|日期|几点|哪个?月)(?:的|我|都|也|真|实在)*"
    r"(?:忘|不知道|记不|不记得|不清楚|不晓得|说不[清上]|想不起)(?:了|得|清楚?|住|起|来)*" + END)
"""or when."""
FORGOT_ALL = re.compile(r"(?:我|俺|也|都|真|实在)*(?:记不清楚?|记不[得到住起]|不记得|想不起来?)" + END)
ENOUGH = re.compile(
    r"(?:先|就)?(?:这样|这些|咁)[喇啦先]?" + END + r"|(?:我)?(?:说)?完了|结束|好了|行了|可以了|够了|"
    r"(?:行了|好了|够了|得了|嗯)*(?:别|不要)再?问了|"
    r"(?:以后|回头|改天|下次)再说|不用" + END)
LEAVES_OFF = re.compile(
    r"(?:那|好|行|我|就|先|算了)*(?:先?这样|就这样|这些|说完了|别问了|不问了|不说了|没(?:有|别的|其他的?)*了|"
    r"冇[喇啦]|就咁|系咁多?)[喇啦先]?" + END)
"""So a clause ends the questions, whatever comes after it."""
NO_MORE = re.compile(r"(?:那|我|还是|就|算了|也)*不(?:想|用|要)?(?:再)?(?:登记?|填|弄|写)了?" + END)
RING = re.compile(
    "(?:叫|让|请|派|找|喊)(?:个|你们?|你们的)?(?:人|同事|经理|师傅)[^,，。 ]{0,4}(?:打|来|回)?[^,，。 ]{0,2}(?:电话|联系我|打给我)")
"""She wants no form, and to be rung up."""
DROP = re.compile(r"(?:那|唉|哎)?(?:就)?算了?" + END + r"|.{0,8}不(?:想)?(?:再)?(?:说|办|弄|搞|填)了|取消|退出|停止?|别弄了|不要了")
TAKEN_BACK = re.compile(
    "(?:不|别)(?:再|想|用|要)?(?:投诉?|登记|追究|处理|查)了|撤(?:回|销|掉|了)|(?<![没未能])解决了[哈啊呀]*$|气消了|没事儿?了|想起来了(?!.*(?:[月号日点]|支行|网点))|"
    "^(?!.*(?:证据|凭证|单据|收据|回单|小票|发票|合同|监控|录音|截图|照片|流水|记录|材料)).*找(?:到|着)了[哈啊呀]*$|"
    "我(?:弄|搞)错了(?!.{0,3}(?:是|应该))|^(?:那|唉)?算了.{0,8}(?:道(?:了|过)?歉|退了|退给我|给我了|解决|到账|弄好|找到)")
"""「找到了」「没事了」: the matter is over, or she takes it back; nothing is withdrawn before she presses."""
CORRECTING = re.compile("(?:说|打|写|记|搞|弄)错|应该|其实|不对|不是[^,，。]{1,8}(?:[,，。 ]|是)|[,，。 ]是")
"""She puts right what she told, and does not take it back."""
RIGHT_NOW = re.compile(
    "^(?!.*(?:准备|整理|材料|资料|证据|凭证|照片|截图|约|商量|想|拍|写|填|印)).*(?<![没未不])(?:试|弄|搞|刚|现在|自己|突然|已经|又)[^,，。没未不]{0,8}(?:好|能用|可以|行|正常|恢复|修好|登上|到账|退回来)了[哈啊呀嘞吧]*$")
"""「刚刚又试了一下好了」: it came right by itself."""
STILL = re.compile(
    "但|可是|不过|还是|还没|又|怎么|吗|[咋不]$|[?？]|[能可][不否]|可以|多久|[能会].{0,6}撤|能[^,，。]{0,5}不[啊呀]$|[以之]后还")
THEY = "(?:[他她]们?|人家|对方|客服|柜[员台]|经理|银行|网点|支行|行长|大堂|窗口|前台|工作人员)"
OTHERS = re.compile(f"{THEY}[^,，。]{{0,4}}(?:说|讲|答|回)(?!了|过|好|清)|说好的|"
                    f"(?:{THEY}|你们)(?:就|都|也|又|现在|直接|干脆|已经)*不(?:再|想|给我?|愿意?|肯)?(?:登记|追究|处理|查|办|弄|搞|管|说)了")
"""Somebody else said or did it: 「客服说不处理了」 「他们不查了」 「柜员说不办了」 take nothing back."""
NOT_OURS = re.compile(
    r"(?:柜员|经理|主任|行长|保安|客服|那个人|[他她])(?:给|都)?撤(?!回|诉|单)|(?:网点|支行|柜员机|柜台|窗口|机器|atm|岗|取款机|转账|汇款|付款|授权|同意|消息|挂失|那句|那条|的话)(?!的?(?:投诉|工单))[^,，。]{0,6}撤|"
    r"撤(?:回|销|掉|了)?[^,，。]{0,4}(?:转账|汇款|授权|同意|消息|[这那]条|挂失|资|职|那句|账户(?!.*(?:投诉|工单)))", re.IGNORECASE)
"""What is withdrawn is no complaint."""
TICKET = re.compile("投|诉|撤|登记|追究")
WRONG = re.compile(
    r"(?:(?:等一下|等等|哦)?我?(?:记|说|看)错了|不对|不是|错了?|(?:你|您)?(?:说|弄|搞|理解|听|看)错|(?:我)?(?:说的|问的|要的)?(?:可)?不是(?:这个|这样|这事|这件事|这个意思|那个)|"
    r"答非所问|(?:我)?没(?:说|问)这个)" + END)
NOT_ABOUT = re.compile(r".{0,6}不是(?:来|想|要|跟你|找你)*(?:说|问|谈|讲|聊)(?:这个?|那个?|它|(?:这|那)件?事)" + END)
"""「今天不是来说这个的」."""
HEARD = re.compile(
    r"(?:你好|您好|喂|哈喽|请问)*(?:听|看)得(?:到|见)(?:吗|不|么|没)" + END +
    r"|(?:你|您)?(?:到底)?(?:听见|听到|看见|看到|收到|听懂|看懂)(?:了)?(?:没有?|吗|么)|(?:你|您)?(?:还)?在(?:不在|吗|听吗)" + END)
PUZZLED = re.compile(
    r"(?:我|俺)?(?:实在)?(?:听|看)?(?:不懂|没懂|不明白|没明白)" + END + r"|(?:我)?没?(?:听|看)(?:不|没)?懂" + END +
    r"|(?:这)?(?:是)?(?:什么|啥)意思" + END + r"|(?:你|您)(?:在)?说(?:的)?(?:什么|啥)" + END + r"|太(?:复杂|麻烦|难)" + END)
WHAT_NOW = re.compile(
    r"(?:那|现在|到底|我|我该|该|要|又)*+怎么(?:办|弄|搞|做)(?:才好|才行)?" + END +
    r"|(?:那|你们|大概|到底|还|要|得|需要|等|我)*+(?:多久|几天|多长时间|什么时候|啥时候)(?:才|会|可以|有|给|能|我)*"
    r"(?:个?准?(?:结果|答复|回[话复信音应]|说法|消息|信儿?)|回|办好|解决)?(?:我|给我)?" + END)
THANKS = re.compile(
    r"(?:好的?|嗯|哦|行|那|不用了?|没事儿?了?|不麻烦了?|算了)*(?:谢谢|多谢|唔该|感谢|谢了|谢啦|thx|thanks|thankyou|3q|辛苦)(?:谢谢|你|您|们|啦|啊|了|哈|呀|噢|大家|闺女|姑娘|孩子|小伙子?|"
    r"师傅|同志|老师|大姐|妹子|亲|小助手|机器人|帮忙|帮助|再见)*")
BRIEFER = re.compile(
    r"(?:你|您)?(?:能不能|可不可以|请)?(?:说|讲)?(?:话|得)?(?:能不能)?(?:简单|清楚|明白|人话|慢|短)(?:一)?[点些]?(?:说)?" + END)
DISPLEASED = re.compile(r"(?:我)?(?:很|非常|太|特别|一点也?|十分)?不满意?" + END)
PRAISED = re.compile("(?<!谢)你们|[柜职]员|柜台|大堂|经理|保安|姑娘|小伙|银行|网点|支行|客服|师傅|表扬|锦旗|点个?赞|夸")
"""Whom she thanks, or how."""
PHONES = ("手机", "电话")
THEIRS = re.compile(r"(?:他|她|对方|骗|那个?人|那边|经理|客服|来电|打来|打给我|陌生)[^,，。]{0,8}\[(?:手机|电话)")
"""The number is somebody else's."""
SECRET = ("身份证", "卡号", "密码", "验证码")
A_DAY = timedelta(days=1)
LABELS = re.compile(
    r"我的?|手机号?码?|电话号?码?|身份证号?码?|银行卡号?|卡号|号码|动态码|验证码|密码|联系方式|尾号|是|姓|先生|女士|[\d\W_]")
FAREWELL = re.compile(
    "^(?!.*(?:但|可是|不过|只是|就是不))[嗯哦噢喔啊哈嘿唉哎那,，。!！~ ]*"
    "(?:ok|好(?:的|嘞|吧|啦|了|滴|呀|啊|勒|哒|[,，。!！ ]|$)|[行成](?![业长本])|中(?![国午心介])|得[行嘞]|"
    "可以|知道了|晓得|明白|清楚了|懂|了解|记[住到下着起]|收到|没(?:得)?事|没问题|不用|算了|谢|多谢|感谢|麻烦|辛苦|再见|拜|有数|"
    "听你|我?(?:先|这就|明天|回头|下午|晚上|等下|等会儿?|马上|再|去|开玩笑))|"
    "(?:问问|了解一下|开玩笑的?|再见|拜拜|回见|再来|再说|有数了?|踏实了?|放心了?|谢谢|谢了|辛苦了?)[你您啊了啦哈呀的。!！ ]*$")
"""Thanks, agreement, or what ends a talk."""
AGE = re.compile(
    r"(?:我|俺|他|她|人家|老人|老人家|[我俺](?:妈|爸|娘|爹|老伴|奶奶|爷爷|婆婆|公公))?(?:今年|都|也|快|已经|有|过)*"
    r"(?:\d{2,3}|[一二三四五六七八九十]{1,3}|一?百)(?:多|来|几)?(?:周?岁)?(?:多)?(?:的人)?" + END)
WHERE = re.compile(
    rf"(?:{slots.WHEN.pattern})?(?:在|就在|是)?[^\W\d]{{1,6}}(?:路|街|镇|乡|村|县|区|小区|支行|分行|网点|营业部)(?:那个|那边|那家|上|附近)?(?:支行|网点)?")
DEED = re.compile(
    "[炸砸砍杀捅死抢劫骗堵困救枪]|烧[了死掉]|放火|着火|[持拿带]刀|菜刀|刀子|跳[楼河江桥]|上吊|割腕|打[人架死]|殴打|[活绝退无出]路$|路可走")
"""「我要炸了你们支行」 「走投无路」 names no place, though it ends like one."""
HOW_MUCH = re.compile(
    r"(?:大概|差不多|一共|总共|是|就)*+[\d一二两三四五六七八九十百千万几]+(?:多|来)?[块元万千百]?多?[块元]?钱?" + END)
DELETE = re.compile(
    "^(?=.*(?:条|句|消息|话|记录|刚|上))(?:请|帮我|给我|能不能|可以)*(?:把|将)?(?:我)?(?:上面|上|刚才|刚刚|前面|这|那)*"
    "(?:发|说|的|一|几|两)*(?:条|句|个|消息|话|记录)*(?:都|给|能|可以)*(?:删|撤回|清)(?:掉|除|了|空)*(?:吧|吗|一下)?")
VAGUE = re.compile(r"(?:刚才|刚刚|上面)(?:那|说)的?(?:个|条|事)?|其[他它]|别的|还有|就是|那个|这个|就那个|就这个")
FINE = re.compile(
    r"(?:我|那)?(?:就是|只是|就)?(?:随便)?(?:问问|问一下|了解一下)(?:流程|而已|罢了)?|(?:那|我)?(?:暂时|先|暂且)不投诉?了?|没事儿?了?|哦+|噢+|嗯+|好[的吧嘞滴]?|行[吧的]?|可以|知道了|明白了|了解了?|懂了|没问题|ok|再见|拜拜|回见|重新来|重来|返回|那好吧?|是的?|对的?")

AGREED = re.compile(
    r"(?:好|行|嗯|哦|噢|中|成|要得|可以|没问题|ok|得嘞|那|就|我|俺|你|您|先|都|也|到时候?|回头|这么|这样|按|照|着|说|讲|的|办|弄|做|登|记|住|下|到|起|"
    r"晓得|知道|明白|清楚|懂|放心|有数|心里|了|吧|嘛|啊|呀|嘞|哈|啦)++")
"""Nothing but that she agrees, or will remember it: 「行，我记到起了」「好，那就这么办」."""
AGREES = re.compile("(?:那就?)?(?:好|行|嗯|中|成|要得|可以|没问题|ok|得嘞|就?这么|就?这样|办|登记)")
TAKEN_IN = re.compile("知道|晓得|明白|清楚|懂|有数|记[住下到起]|放心")


def agreed(said: str) -> bool:
    """A yes, or that she will do as she was told, and nothing else; 「成都」 is a town."""
    if slots.town(said):
        return False
    return len(said) <= LONGEST and AGREED.fullmatch(said) is not None and bool(AGREES.match(said) or TAKEN_IN.search(said))


def in_filing(turn: Turn) -> bool:
    """During the questions of a filing. False: the words may be an answer."""
    said, ticket = plain_letters(turn.text), filing.current(turn)
    if ticket is None:
        return False
    if _only_a_secret(turn):
        turn.say(turn.word("greeting.secret"))
        filing.wait(turn)
    elif said == plain_letters(ticket.summary) or HEARD.fullmatch(said):
        turn.ticket = ticket
        turn.say(turn.word("filing.heard", number=ticket.number))
        filing.wait(turn)
    elif _takes_back(turn, said):
        turn.remember(filing=None)
        dropped(turn, ticket)
    elif len(said) <= SHORT and first_aid.cannot_phone(turn):
        turn.say(turn.word("first_aid.writing"))
        asked = turn.state["filing"]["steps"][:1] == ["contact"]
        filing.give_up(turn, "contact", then=None if asked else filing.wait)
    elif len(said) > LONGEST:
        return False
    elif FORGOT.fullmatch(said):
        filing.give_up(turn, "branch")
    elif FORGOT_WHEN.fullmatch(said):
        turn.say(turn.word("greeting.forgot"))
        filing.give_up(turn, "facts")
    elif SKIP.fullmatch(said) or AT_A_LOSS.fullmatch(said):
        filing.skip(turn)
    elif ENOUGH.fullmatch(said) or THANKS.fullmatch(said):
        filing.finish(turn)
    elif _drops(said):
        turn.remember(filing=None)
        dropped(turn, ticket)
    elif WRONG.fullmatch(said):
        _wrong(turn, ticket)
    elif PUZZLED.fullmatch(said):
        turn.say(turn.word("greeting.plain"))
        filing.wait(turn)
    elif plainly.TOO_LONG.fullmatch(said):
        filing.ask_next(turn)
    elif WHAT_NOW.fullmatch(said) and "怎么" in said and first_aid.again(turn):
        filing.wait(turn)
    elif WHAT_NOW.fullmatch(said):
        turn.say(turn.word("filing.what_now", number=ticket.number, due=filing.day(ticket.due_at)),
                 buttons=rows(turn.button("menu.human", "human")))
        filing.ask_again(turn)
    elif FINE.fullmatch(said) or agreed(said):
        filing.wait(turn)
    else:
        return False
    return True


def left_off(turn: Turn, ticket: Ticket) -> str | None:
    """What she says after she has ended the questions: 「先这样吧 那我猪咋办」. Empty: all is said. None: they go on."""
    first, *others = [piece for piece in slots.BREAKS.split(turn.text) if piece] or [""]
    if others and LEAVES_OFF.fullmatch(first) and not any(DROP.fullmatch(one) or TAKEN_BACK.search(one) for one in others):
        rest = " ".join(one for one in others if not any(done.fullmatch(one) for done in (LEAVES_OFF, ENOUGH, THANKS)))
        if not rest:
            filing.finish(turn)
        return rest
    if not any(NO_MORE.fullmatch(piece) for piece in (first, *others)):
        return None
    ring = next((piece for piece in (first, *others) if RING.search(piece)), "")
    if not ring or ticket.contact:
        turn.remember(filing=None)
        dropped(turn, ticket)
        return ""
    filing.fill(turn, ticket, "claim", ring)
    filing.join(turn, ticket)
    turn.remember(filing={**turn.state["filing"], "steps": ["contact"], "asked": "contact", "waiting": False})
    turn.say(turn.word("filing.ring", number=ticket.number))
    return ""


def outside(turn: Turn) -> bool:
    """Where nothing is being asked. False: the words are about something."""
    said = letters(turn.text)
    if (plain := plain_letters(turn.text)) != said and (PUZZLED.fullmatch(plain) or BRIEFER.fullmatch(plain)):
        said = plain  # 「睇唔明」
    tells = turn.state.get("expect") and len(said) > BRIEF  # 「客服说给我查，第二天就不查了」 is what we asked for
    back = not tells and _takes_back(turn, said) and not progress.of_a_transfer(turn)
    if len(said) > LONGEST and not back and not fragment(turn):
        return False
    ticket = filing.continued(turn)
    if thanked(turn) or (says_thanks(turn) and relieved(turn.text) and (ticket is None or ticket.urgency != "I")):
        turn.say(turn.word("greeting.thanks"))
        return True
    if (_drops(said) or agreed(said)) and ticket is not None and ticket.urgency == "I":
        return False  # 「我不弄了」 in an alarm is what she does rightly
    if ticket is None or ticket.urgency != "I":
        if plainly.spoken(turn, plain) or listening.low(turn, plain):
            return True
        if FORGOT_WHEN.fullmatch(plain) or FORGOT_ALL.fullmatch(plain):
            turn.say(turn.word("greeting.forgot"))
            return True
    if back and ticket is not None and ticket.urgency != "I":
        dropped(turn, ticket)
    elif _only_a_secret(turn):
        menu.menu(turn, "greeting.secret")
    elif fragment(turn) and not find_numbers(turn.text) and not turn.state.get("expect") and not turn.state.get("topic"):
        if ticket is not None and ticket.urgency == "I":
            return False  # it is told so by emergency.follow
        if ticket is not None:
            filing.append(turn, ticket)
        else:
            menu.menu(turn, "greeting.again")
    elif DELETE.fullmatch(said) and "投诉" not in said:
        menu.menu(turn, "greeting.delete")
    elif DISPLEASED.fullmatch(said):
        _displeased(turn)
    elif _drops(said) and ticket is not None and not turn.state.get("expect"):
        dropped(turn, ticket)
    elif agreed(said) and not FINE.fullmatch(said):
        turn.remember(expect=None)
        turn.say(turn.word("greeting.fine"))
    elif nothing_more.only(said) and (hers := nothing_more.hers(turn)) is not None and hers.urgency != "I":
        nothing_more.heard(turn, hers)
    elif back and ticket is None and TICKET.search(said):
        progress.nothing_to_withdraw(turn)
    elif (back and ticket is None) or _drops(said) or any(one.fullmatch(said) for one in (SKIP, ENOUGH, FINE)):
        turn.remember(expect=None)
        menu.menu(turn, "greeting.fine")
    elif NOT_ABOUT.fullmatch(said):
        turn.remember(expect=None, topic=None, last=None)
        turn.say(turn.word("greeting.something_else"))
        turn.did = "UNDO"
    elif WRONG.fullmatch(said):
        turn.remember(expect=None)
        if turn.state.get("last"):
            not_that(turn)
        elif ticket is not None:
            _wrong(turn, ticket)
        else:
            menu.menu(turn, "greeting.what")
    elif PUZZLED.fullmatch(said) or BRIEFER.fullmatch(said):
        if not plainly.simpler(turn) and not plainly.once_more(turn):
            menu.menu(turn, "greeting.plain")
    elif HEARD.fullmatch(said):
        menu.menu(turn, "greeting.again")
    else:
        return False
    return True


def _takes_back(turn: Turn, said: str) -> bool:
    if len(said) > SHORT or OTHERS.search(said) or NOT_OURS.search(said):
        return False
    over = TAKEN_BACK.search(said) is not None and not STILL.search(turn.text)
    return over or (RIGHT_NOW.search(said) is not None and re.search("但|可是|怎么|对方|[?？]", turn.text) is None)


def _drops(said: str) -> bool:
    """She has had enough, and it is not others who have."""
    return DROP.fullmatch(said) is not None and not OTHERS.search(said)


def fragment(turn: Turn) -> bool:
    """A number, an age, a place or a time and nothing else: an answer to somebody, perhaps, but no matter and no alarm."""
    said = letters(turn.text)
    if _bare_number(turn.text):
        return True
    piece = len(said) <= LONGEST and any(one.fullmatch(said) for one in (AGE, slots.PLACE, slots.WHEN, WHERE, HOW_MUCH, VAGUE))
    return piece and DEED.search(said) is None


def _bare_number(text: str) -> bool:
    """Digits, or what was masked, with no more than a family name beside them."""
    left = HIDDEN.sub("0", text)
    return any(char.isdigit() for char in left) and len(LABELS.sub("", left)) <= 1


def _only_a_secret(turn: Turn) -> bool:
    return _bare_number(turn.text) and any(kind in SECRET for kind in hidden(turn.text))


def warn_of_secret(turn: Turn) -> None:
    """What she need not send was hidden: said once a day, before the answer, and never to somebody in danger."""
    sent = [kind for kind in hidden(turn.text) if kind in SECRET]
    if not sent or not turn.replies or turn.incoming.group or _only_a_secret(turn):
        return
    if any(reply.tone == "emergency" for reply in turn.replies) or turn.lately(turn.state.get("warned_of_secret"), A_DAY):
        return
    turn.remember(warned_of_secret=turn.at.isoformat())
    turn.replies.insert(0, Reply(turn.word("greeting.masked", what="、".join(sent))))


def tell_of_phone(turn: Turn) -> None:
    """The number that she leaves is hidden as all numbers are: said once a day, so that she waits for no call to it."""
    told = turn.lately(turn.state.get("told_of_phone"), A_DAY)
    alarmed = turn.ticket is not None and turn.ticket.urgency == "I"
    hers = any(kind in PHONES for kind in hidden(turn.text)) and not THEIRS.search(turn.text)
    if turn.did not in ("ADD", "FILE") or told or alarmed or turn.incoming.group or not hers:
        return
    turn.remember(told_of_phone=turn.at.isoformat())
    turn.say_before_question(turn.word("filing.phone_hidden"))


def _displeased(turn: Turn) -> None:
    """「不满意」 alone: with what, is seen from her tickets; a decision that she was told can be reviewed there."""
    if tickets_of_chat(turn.session, turn.chat.id):
        return progress.ask(turn, urged=False)
    turn.remember(expect="complaint")
    turn.say(turn.word("filing.prompt"))


def thanked(turn: Turn) -> bool:
    """Thanks and nothing else: neither praise of a colleague nor an answer."""
    return THANKS.fullmatch(letters(turn.text)) is not None


def says_thanks(turn: Turn) -> bool:
    """「行，那我自己去，谢谢」: the talk is over, whatever stands before the thanks."""
    return len(turn.text) <= SHORT and re.search("(?:谢谢|多谢|谢了|辛苦了)[你您啊了啦]*[。!！]*$", turn.text) is not None


def relieved(text: str) -> bool:
    """「拦住了 谢谢」: a swindle or a mishap was averted, and nobody of ours is named who did it."""
    return len(text) <= SHORT and all_clear.RELIEVED.search(text) is not None and PRAISED.search(text) is None and not (
        STILL.search(text))


def farewell(text: str) -> bool:
    """Whether a word of farewell fits: she thanks, agrees or goes."""
    return FAREWELL.search(text.lower()) is not None


def dropped(turn: Turn, ticket: Ticket) -> None:
    """She has had enough of us: nothing more is asked, and withdrawing is hers to press, never ours to guess."""
    turn.ticket, turn.did = ticket, "UNDO"
    turn.say(turn.word("filing.paused", number=ticket.number, due=filing.day(ticket.due_at)), ticket=ticket,
             buttons=rows(turn.button("progress.withdraw", f"withdraw:{ticket.id}"), turn.button("menu.status", "status")))


def not_that(turn: Turn) -> None:
    turn.did = "UNDO"
    turn.say(turn.word("ask.not_that"), buttons=rows(turn.button("menu.human", "human"), turn.button("menu.complain", "file")))


def _wrong(turn: Turn, ticket: Ticket) -> None:
    turn.ticket = ticket
    turn.say(turn.word("filing.wrong"), ticket=ticket, buttons=rows(
        turn.button("filing.change_category", f"pick-cat:{ticket.id}"),
        turn.button("filing.change_cause", f"pick-cause:{ticket.id}")))


def plain_letters(text: str) -> str:
    """The letters, simplified, a dialect as what it says."""
    return letters(normalise(text).removesuffix(" 怒"))


def letters(text: str, *, also: str = "") -> str:
    """The letters alone, and the signs in `also`, so that other signs and spaces make no difference."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum() or char in also)
