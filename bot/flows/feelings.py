"""What is said from one person to another while a complaint is open: sorry, resigned, in a rage, in a hurry. A short fitting word,
never 「已补充」."""

import re

from bot.flows import asides, filing, others, staff_alerts
from bot.messages import rows
from bot.turn import Turn
from tickets.models import Event, Ticket

LONGEST = 26  # letters; who says more tells something
SORRY = re.compile("不好意思|对不起|抱歉|[别莫](?:介意|见怪|往心里去)|见谅")
FOR_WHAT = re.compile("骂|急|脾气|态度|话|冲|激动|气|刚才|见怪|介意|按错|往心里")
RESIGNED = re.compile(
    "老了[,，。 ]*(?:不中用|没用|不行)|(?<![腿脚眼手耳])不中用|认命|认了[吧。]*$|算我(?:倒霉|活该)|到哪都(?:嫌|一样)|命苦|讨人?嫌|"
    "心都?(?:凉|寒)了")
HURRIED = re.compile(
    "等不[了及起](?!.{0,3}吗)|(?:今天|马上|立刻)就要(?:解决|结果|答复|退|$)|"
    "一天都等不|快一?点(?:办|处理|解决)?(?:行不|行吗|好吗|成不|可以吗|吧|嘛|啊)?[。!！]*$|(?:15|十五)天(?:也|都)?太?(?:久|长|慢)了")
PERSON = re.compile(
    "(?:我要|我想|我得|给我|让我|帮我|叫|喊|请|要|快)(?:直接|当面)?(?:找|见|叫|喊|换)?[一个]{0,2}(?:你们?|您)?(?:这里?|那里?|银行|支行)?的?"
    "(?:行长|领导|负责人|管事的|主管|经理|上级)(?!.{0,2}(?:[说讲骂过了让叫推]|道歉))")
SPOKEN_OF = re.compile("(?:要求|希望|让|叫)[^,，。]{0,8}(?:道歉|赔|退|解释)")
VENTING = re.compile(
    "废话|跟你们?[说讲]了?也?(?:没用|白[说讲])|糊弄|敷衍我|踢皮球|答非所问|说了(?:等于)?(?:白说|没说)|车轱辘话|听不懂人话|"
    "(?:机器人|小助手)[^,，。]{0,6}(?:贴心|聪明|智能|厉害|没用|笨)")
ABOUT_THEM = re.compile("柜员|柜台|经理|客服|网点|支行|大堂|姑娘|小伙|她|他们")


def answered(turn: Turn, ticket: Ticket, said: str) -> bool:
    """A human word for a human word. False: she tells or asks something."""
    if len(said) <= LONGEST and HURRIED.search(turn.text) and "投诉" not in turn.text:
        hurry(turn, ticket)
        return True
    if len(said) > LONGEST or re.search("[吗?？]|多少|怎么", turn.text):
        return False
    if PERSON.search(turn.text) and not SPOKEN_OF.search(turn.text):
        turn.say(turn.word("small_talk.upset"))
        turn.remember(filing=None)
        others.human(turn)
    elif SORRY.search(turn.text) and FOR_WHAT.search(turn.text) and not (
            SPOKEN_OF.search(turn.text) or asides.TAKEN_BACK.search(turn.text) or "你们" in turn.text):
        _say(turn, ticket, "small_talk.no_matter")
    elif RESIGNED.search(turn.text):
        _say(turn, ticket, "small_talk.resigned")
    elif VENTING.search(turn.text) and not ABOUT_THEM.search(turn.text):
        _say(turn, ticket, "small_talk.upset")
    else:
        return False
    return True


def _say(turn: Turn, ticket: Ticket, key: str) -> None:
    """The word, and no question behind it: she is not in the mood to fill in a form."""
    turn.ticket, turn.did = ticket, "SMALL"
    turn.say(turn.word(key), buttons=rows(turn.button("menu.human", "human"), turn.button("menu.status", "status")))


def hurry(turn: Turn, ticket: Ticket) -> None:
    """That she cannot wait is urging, and is noted as such."""
    turn.ticket, turn.did = ticket, "STATUS"
    turn.session.add(Event(ticket_id=ticket.id, kind="urged", actor="customer", at=turn.at))
    staff_alerts.customer_wrote(turn, ticket)
    turn.say(turn.word("progress.hurried", number=ticket.number, due=filing.day(ticket.due_at)), ticket=ticket,
             buttons=rows(turn.button("menu.human", "human")))
