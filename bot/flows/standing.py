"""「单号多少」, 「转给谁了」, 「请补充：没有双录」: how her complaint stands, or what she wants done with it, in a line or two."""

import re

from bot.flows import filing, matters, withdrawal
from bot.flows.filing import day
from bot.turn import Turn
from tickets.models import Ticket
from tickets.register import OPEN, tickets_of_chat

NUMBER = re.compile(
    "(?:单|编|受理|登记|投诉)号(?:是|码)*(?:多少|几|啥|什么|呢|发|给|告诉|报)|"
    "(?:告知|告诉|发|报|要)[^,，。 ]{0,10}(?:单号|编号)|给(?:我|个|一下){1,2}(?:工单|登记)?(?:单号|编号)|各自的(?:编|单)?号|"
    "(?:登记|记|写|加)(?:了|上|好|下|进去|进){1,2}(?:没|吗)|登记(?:没|了?吗)")
WHOM = re.compile(
    "转给?(?:了)?(?:谁|哪)|经办(?:人|的人|的)?(?:是|叫)?(?:谁|哪|什么名字)|谁(?:是|来)?经办|谁(?:在办|处理|在处理|负责|接手|接单)|"
    "(?:他|同事|你们|人)[^,，。]{0,4}(?:[啥什]么?|多)(?:时候|久|会儿?)[^,，。]{0,4}(?:回|联系|找|答)")
"""Her ticket, and who has it."""
BEYOND = re.compile(
    r"(?:再不|[弄搞办解]不|要是|如果|万一|不然|否则|要不|信不信|大不了|实在|不[行给管退赔理])[^。]{0,12}(?<!不)投诉(?:你们?|他们?|银行)*[了的去啊呀哈吧]*$|"
    r"(?:你们|银行|同事|到时候?|到期|到日子|\d+天)[^,，。]{0,4}(?:不管|不理|不处理|不解决|不答复|不回|没(?:人[管理]|消息|动静|答复|回[音复信])|拖着)"
    r"[^。]{0,6}(?:找[谁哪]|去哪|向谁|[咋怎]么?办|[咋怎]么?弄|怎样)|"
    r"(?:超期|超时|超过?(?:期限|时限|\d+天)|过了(?:期限|日子|时限))(?:了|还|没|不|答复|回复|给)*"
    r"(?:怎么办|咋办|找谁|去哪|怎么弄|咋弄|呢)")
"""「弄不好我要投诉」, 「那要是你们不管我找哪个」: what is beyond the complaint that she has made."""
OTHER_NUMBERS = re.compile("手机|电话|卡号|账号|身份证|密码|验证码|微信号|征信上?(?:登记|记)")
ADDS = re.compile(
    r"(?:[^,，。:：]{0,6}投诉[^,，。:：]{0,4}[,，: ：]*)?"
    r"(?:请|帮我|麻烦|再|给我|我|要|想|还)*补充(?:一下|一点|一条|一句|说明)?[:：,， ]+(.{2,})", re.DOTALL)
MERGES = re.compile(
    "(?:这|那)?(?:两|几)?(?:个|件|张|单)?(?:能不能|可不可以|能|可以|请|帮我)(?:帮我|给我)?(?:把)?(?:它们|两[个件张]|这两[个件张]|工单|单子)?"
    "(?:合并|并案|合成|并成|并到)(?:一?[张件个起])?(?:工单|投诉)?(?:处理|办理?)?[吗么不吧呢?？]*")
NO_NUMBER = re.compile(
    "(?:可是|但|我|这边|也|又|都)*(?:没有?|不知道|忘了|忘记|找不到|记不得|不记得)"
    "(?:工单|投诉|受理)?(?:的)?(?:编号|单号)[了啊呀的。]*")
REACHES = re.compile(
    "(?:能不能|可不可以|能|可以|请|麻烦|帮我|以后|都)*(?:改成|改为|改用|换成|换为)(?:用|由)?"
    "[^,，。?？什哪谁]{0,6}(?:联系|打给|通知|找)[^,，。?？]{0,6}[吗么不?？]*")
"""「能改为短信联系我吗」: how she wants to be reached."""
SHORTLY = 24  # characters; who says more tells something too


def about(turn: Turn) -> bool:
    """What she wants done with her complaint, in the course of its questions, beside an alarm or days later. False: she has none,
    or wants none of it."""
    ticket, text = filing.waiting(turn), turn.text.strip(" 。.!！")
    if ticket is None or turn.state.get("expect"):
        return False
    if (found := ADDS.fullmatch(text)) is not None:
        _noted(turn, ticket, found[1], "filing.appended")
    elif MERGES.fullmatch(text):
        _noted(turn, ticket, f"{filing.ASKED}{text}", "progress.merge")
    elif NO_NUMBER.fullmatch(text):
        numbers(turn, ticket, "progress.no_number")
    elif REACHES.fullmatch(text):
        filing.keep(turn, ticket, "contact", "；".join(filter(None, (ticket.contact, text))))
        turn.say(turn.word("filing.reach_noted", text=text), ticket=ticket)
    else:
        return False
    filing.ask_again(turn)
    return True


def _noted(turn: Turn, ticket: Ticket, words: str, key: str) -> None:
    filing.note(turn, ticket, words)
    filing.join(turn, ticket)
    turn.say(turn.word(key, number=ticket.number), ticket=ticket)


def told(turn: Turn, ticket: Ticket) -> bool:
    """The numbers and the days, or who was called. What no ticket holds is noted now. False: she asks none of it."""
    if len(turn.text) > SHORTLY or OTHER_NUMBERS.search(turn.text):
        return False
    if BEYOND.search(turn.text) and not matters.ANOTHER.search(turn.text):
        filing.join(turn, ticket)
        turn.say(turn.word("ask.follow_filed", line=turn.word("ask.beyond"), number=ticket.number, due=day(ticket.due_at)),
                 ticket=ticket)
        return True
    number, whom = NUMBER.search(turn.text), WHOM.search(turn.text)
    if not (number or whom):
        return False
    call = filing.called(turn) if whom else None
    turn.ticket, turn.did = ticket, "STATUS"
    if call is not None:
        turn.say(turn.word("progress.with_colleague", number=call.number), ticket=call)
        return True
    mine = [one for one in tickets_of_chat(turn.session, turn.chat.id) if one.status in OPEN]
    subject = turn.text[:number.start()].rstrip("你您都也给我把 ") if number else ""
    if subject.endswith("的事") and not any(matters.holds(turn, subject, one) for one in mine):
        filing.note(turn, ticket, subject)
        filing.join(turn, ticket)
        turn.say(turn.word("filing.noted_now", number=ticket.number), ticket=ticket)
        return True
    numbers(turn, ticket, "progress.numbers" if number else "progress.in_hand")
    return True


def numbers(turn: Turn, ticket: Ticket, key: str = "progress.numbers") -> None:
    """Every open ticket by its number and her own words, and the day by which it is answered."""
    turn.ticket, turn.did = ticket, "STATUS"
    mine = sorted((one for one in tickets_of_chat(turn.session, turn.chat.id) if one.status in OPEN), key=lambda one: one.id)
    lines = [turn.word("progress.number_line", number=one.number, words=withdrawal.words(turn, one), due=day(one.due_at))
             for one in mine]
    turn.say(turn.word(key) + "\n" + "\n".join(lines), ticket=ticket)
