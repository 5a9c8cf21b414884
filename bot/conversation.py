"""What to say next: emergency first, then buttons and commands, the question we asked, and what the words mean."""

import re

from sqlalchemy import select

from bot import pressing
from bot.flows import (
    asides,
    asking,
    daily,
    emergency,
    filing,
    first_aid,
    lookup,
    menu,
    others,
    progress,
    quiz,
    small_talk,
    staff_alerts,
    staff_group,
)
from bot.turn import Turn
from bot.understanding import DOUBTFUL
from tickets.batch import tickets_of
from tickets.models import Event, Message, Ticket
from tickets.numbers import find_numbers
from tickets.register import OPEN
from tickets.statistics import VULNERABLE

TOLD = ("praise", "report", "suggestion")

SURE_QUESTION = 0.75
"""During a filing, only a question as sure as this is answered instead of being taken as the answer to ours."""

FURTHER = re.compile(r"(?:那|那么)?.{1,7}(?:呢|吗|么)[?？]?")
"""「那理财呢」: a question after an answer, too short to be a complaint."""

TOPIC = re.compile("[^了被不没乱错少多]{1,4}")
"""「冻结」: what it is about, and not yet what is the matter."""

SHORT, HARDLY = 14, 0.5
"""Characters and confidence: praise or a report that is neither longer nor sure is no more than talk, nor is half a complaint."""

EXPLICIT = re.compile(r"(?:我|俺)(?:要|想|得)投诉(?!.*(?:怎么|如何|哪|吗|？|\?))", re.DOTALL)

HOW_FAR = re.compile("到哪|结果|多久|几天|[啥什]么?时候|快一?点|催一?下|进度|怎么样了")
NO_COMPLAINT = re.compile(
    ".{0,20}不是(?:来|要)?投诉[啊呀。!！]*$|.{0,3}(?:不是|没有?|不)(?:要|想|来)?投诉[,，。 ]+.{0,4}(?:问|咨询|了解|打听|知道)")
"""「不是投诉，就问一下……」"""

WISH = re.compile(
    "(?:我|俺)?(?:想|要|需要)(?:查|办|问|开|换|存|取|咨询|了解|打印|申请|改|销|注销|关|补|提|降)"
    "[^,，。!！]{1,12}|"
    ".{0,14}(?:怎么|如何|咋)(?:办理|办业务|申请|开通|查|取消)(?!.{0,8}不[了到上])[^,，。!！不]{0,12}")
"""「我想查征信」: something she wants to do, and nothing that went wrong."""

MOCKING = re.compile("(?:排队?|等)了?[^,，。]{0,4}(?:小时|钟头|半天|上午|下午|[天周月])|白跑|跑了?[两三四五几]趟|没人(?:理|管|接)")
"""Praise with this in it is none."""

JUST_DEFRAUDED = "just-transferred"
DEFRAUDED = re.compile(
    "被骗[^了]{0,3}钱(?:都|也|全)?没了|(?:被骗|上当)了[,，。!！]?$|验证码(?:也|都|刚|已经)?(?:给|告诉|报给|念给)了?(?:人|他|她|对方|骗子)")
ANOTHER_MATTER = re.compile(  # long ago, or misled by the bank itself
    "去年|前年|以前|几年前|年前|早就|银行|经理|业务员|柜台|理财|保险|存款变|没")
FOREIGN = re.compile(r"(?:[a-z\d'’,.!?;:()]+\s+){2,}[a-z\d'’,.!?;:()]+", re.IGNORECASE)
"""Three words or more in another script; a bare link is none."""

JUST_NOW = re.compile("刚|分钟|小时前|今天|今早|现在|正在")
GREETING = re.compile(r"(?:你|您|大家)?好(?:啊|呀)?|(?:早上|上午|中午|下午|晚上)好|早|哈喽|嗨|hi|hello|喂|有人吗?", re.IGNORECASE)
PLEASANTRIES = ("谢谢", "多谢", "感谢", "thx", "thanks")


def converse(turn: Turn) -> None:
    """Decide and say. Everything said and filed hangs on `turn`; the caller commits."""
    _decide(turn)
    asides.warn_of_secret(turn)


def _decide(turn: Turn) -> None:
    if turn.incoming.kind == "blocked":
        return
    if turn.incoming.kind == "edited":
        return _edited(turn)
    if turn.incoming.group:
        return staff_group.handle(turn) if turn.incoming.address == str(turn.settings.telegram_staff_group) else None
    if withdrawing := turn.state.get("withdrawing"):
        turn.remember(withdrawing=None)  # only the very next words may be the yes
    if turn.incoming.button:
        return pressing.press(turn)
    reading = turn.understood.reading
    if reading is not None and reading.urgency == "I":
        if not asides.fragment(turn):
            return others.scam(turn) if others.only_forwarded(turn) else emergency.respond(turn)
        turn.understood.calmed()
    if turn.text.startswith("/"):
        return pressing.command(turn)
    if daily.spoken(turn):
        return
    if turn.incoming.uploads and _with_file(turn):
        return
    if reading is None:
        return _wordless(turn)
    said = "".join(char for char in turn.text if char.isalnum())
    if withdrawing and progress.confirmed(turn, withdrawing, said):
        return
    if pressing.spoken(turn, said):
        return
    if not said:
        return _without_a_word(turn)
    if emergency.follow(turn, only="self_harm") or small_talk.spoken(turn):
        return
    if turn.state.get("filing"):
        return _while_filing(turn)
    if quiz.typed(turn) or daily.typed(turn) or asides.outside(turn):
        return
    expected = turn.state.get("expect")
    if not expected and FOREIGN.fullmatch(turn.text):
        turn.remember(last=turn.text[:500])  # the person she calls reads it
        return menu.menu(turn, "greeting.foreign")
    if expected == "scam":
        return others.scam(turn)
    if expected in TOLD:
        turn.remember(expect=None)
        return others.told(turn, expected)
    reading = turn.understood.reading
    if expected in ("complaint", "another") and not (reading.intent == "human" and reading.intent_confidence >= SURE_QUESTION):
        return filing.complain(turn, apart=expected == "another")
    _by_intent(turn)


def _by_intent(turn: Turn) -> None:
    if emergency.follow(turn) or _in_danger(turn):
        return
    if others.fell_for_it(turn) or others.asked_again(turn):
        return
    if others.waiting(turn):
        return others.human(turn)
    if others.forwarded(turn):
        return others.scam(turn)
    if NO_COMPLAINT.match(turn.text):
        return _ask_after_aid(turn)
    reading = turn.understood.reading
    grieved = (reading.intent == "complaint" and reading.intent_confidence >= SURE_QUESTION
               and not asking.CIRCUMSTANCE.fullmatch(turn.text))
    if not grieved and reading.intent not in ("human", "praise") and (asking.continues(turn) or _about_her_ticket(turn)):
        return
    if find_numbers(turn.text) and reading.intent != "complaint":
        return progress.ask(turn)
    match reading.intent:
        case "complaint" | "suggestion" | "report" if _rather_asks(turn):
            _ask_after_aid(turn)
        case "complaint" if reading.intent_confidence < SURE_QUESTION and (
                FURTHER.fullmatch(turn.text) or TOPIC.fullmatch(turn.text)):
            _ask_after_aid(turn)
        case "complaint" if reading.intent_confidence < HARDLY and reading.urgency == "none" and len(turn.text) <= SHORT // 2:
            _hardly_said(turn)
        case "complaint" if others.elsewhere(turn):
            return
        case "complaint" if not lookup.plainly_asked(turn.knowledge, turn.text):
            defrauded = _just_defrauded(turn)
            if defrauded:
                asking.answer(turn, JUST_DEFRAUDED)
            filing.complain(turn)
            turn.remember(defrauded=turn.at.isoformat() if defrauded else None)
        case "progress" if tickets_of(turn.session, turn.chat.id) or (
                ABOUT_PROGRESS.search(turn.text) and _sure_answer(turn) is None):
            progress.ask(turn)
        case "praise" if MOCKING.search(turn.text):
            filing.complain(turn)
        case "suggestion" | "praise" | "report" if reading.intent_confidence < DOUBTFUL and len(turn.text) <= SHORT:
            _chat(turn)
        case "suggestion" | "praise" | "report":
            first_aid.tell(turn)
            others.told(turn, reading.intent)
        case "human":
            first_aid.tell(turn)
            others.human(turn)
        case "chat" if not first_aid.heard(turn):
            _chat(turn)
        case _:
            _ask_after_aid(turn)


def _about_her_ticket(turn: Turn) -> bool:
    """「合理吗」 names nothing: it is asked of what she has just filed, and where the base has no answer its handler will."""
    ticket = filing.continued(turn)
    if ticket is None or not asking.names_nothing(turn.text):
        return False
    if HOW_FAR.search(turn.text):
        progress.show(turn, ticket, urged=True)
        return True
    if not asking.answered_about(turn, ticket.summary):
        filing.note_question(turn, ticket)
    return True


def _in_danger(turn: Turn) -> bool:
    """Somebody is hurt, attacked or robbed as she writes: that first, and no ticket of fifteen days for it."""
    return first_aid.heard(turn) == "rescue" and first_aid.alone(turn)


def _hardly_said(turn: Turn) -> None:
    """「城东支行」: more about the ticket she has just filed, or else the beginning of what she wants to tell."""
    if first_aid.alone(turn):
        return
    ticket = filing.continued(turn)
    if ticket is not None:
        return filing.append(turn, ticket)
    pressing.complain(turn, "")


def _ask_after_aid(turn: Turn) -> None:
    """The answer, after what she must do at once; where nobody can answer, that alone."""
    if turn.understood.found.entry:
        first_aid.tell(turn, answered=True)
    elif first_aid.alone(turn):
        return
    elif asking.names_nothing(turn.text) and (ticket := filing.continued(turn)):
        return filing.note_question(turn, ticket)
    asking.ask(turn)


def _rather_asks(turn: Turn) -> bool:
    """Hardly a complaint, and the base has the answer: she gets it, with a button below it to complain after all."""
    reading = turn.understood.reading
    if EXPLICIT.match(turn.text) or reading.urgency not in ("none", "II") or set(reading.flags).difference(VULNERABLE):
        return False
    if WISH.fullmatch(turn.text) and turn.understood.found.entry:
        return True
    return reading.intent_confidence < DOUBTFUL and _sure_answer(turn) is not None


def _just_defrauded(turn: Turn) -> bool:
    """What to do at once comes before the ticket, also where nothing tells whether it happened today."""
    if DEFRAUDED.search(turn.text) and not ANOTHER_MATTER.search(turn.text.replace("钱没了", "")):
        return JUST_DEFRAUDED in turn.knowledge.entries
    return "骗" in turn.text and _sure_answer(turn) == JUST_DEFRAUDED  # without the word no search: most complaints need none


def _only_now(turn: Turn) -> bool:
    """「刚刚」 「微信转的，十分钟前」, asked about the swindle she has just told: that is an alarm, and no answer to a form."""
    return turn.lately(turn.state.get("defrauded"), others.SHORTLY) and bool(
        JUST_NOW.search(turn.text)) and not ANOTHER_MATTER.search(turn.text)


def _sure_answer(turn: Turn) -> str | None:
    """The entry that surely answers, if there is one."""
    found = turn.understood.found
    return found.entry if found.confidence >= asking.SURE_ANSWER else None


def _chat(turn: Turn) -> None:
    """Small talk gets the menu, unless the knowledge has an answer after all."""
    if any(word in turn.text.lower() for word in PLEASANTRIES) and len(turn.text) <= 12:
        return turn.say(turn.word("greeting.thanks"))
    if turn.understood.found.entry:
        return asking.ask(turn)
    if asking.looked_up(turn):
        return
    if not GREETING.fullmatch(asides.letters(turn.text)):
        if (ticket := filing.continued(turn)) is not None:
            return filing.append(turn, ticket)
        reading = turn.understood.reading
        if reading.intent_confidence < HARDLY and reading.category not in (None, "OTHER"):
            return pressing.complain(turn, "")  # 「我账户冻结了」: something is the matter
    menu.menu(turn, "greeting.what" if len(turn.text) > 4 else "greeting.again")


def _without_a_word(turn: Turn) -> None:
    """Only signs and faces: they are no answer to our question, and an angry face alone is no complaint yet."""
    if turn.state.get("filing"):
        return filing.ask_next(turn)
    if turn.understood.reading.intent == "complaint":
        return pressing.complain(turn, "")
    menu.menu(turn, "greeting.again")


LONG_ANSWER = 20
"""Characters: who says more tells what happened, also where it sounds like a question."""
WANTS = re.compile("退|赔|补|还(?:给|我)|道歉|恢复|解[冻封]|删|撤|停|换|改|给我")
ABOUT_PROGRESS = re.compile("进度|进展|结果|到哪|工单|答复|处理|催|投诉|单号|编号|怎么样了|办好|好了[没吗]|我的事")


def _while_filing(turn: Turn) -> None:
    if _only_now(turn):
        turn.understood.alarmed()
        return emergency.respond(turn)
    if asides.in_filing(turn):
        return
    reading, step = turn.understood.reading, next(iter(turn.state["filing"]["steps"]), None)
    first_aid.tell(turn)
    if len(turn.text) <= 20 and reading.intent_confidence >= SURE_QUESTION and (
            reading.intent == "human" or (reading.intent == "progress" and ABOUT_PROGRESS.search(turn.text))):
        turn.remember(filing=None)
        return _by_intent(turn)
    if step != "claim" and reading.intent == "question" and asking.FORM.search(turn.text) and _about_her_ticket(turn):
        return filing.ask_next(turn)
    if _asks_meanwhile(turn, step):
        asking.ask(turn)
        return filing.ask_next(turn)
    ticket = filing.current(turn)
    if ticket is not None and _asks_what_nobody_knows(turn, step):
        filing.note_question(turn, ticket)
        return filing.ask_next(turn)
    off = step == "contact" or (step == "branch" and not filing.fits("branch", turn.text))
    if off and reading.intent == "complaint" and reading.intent_confidence >= DOUBTFUL and len(turn.text) > 10:
        return filing.add_meanwhile(turn)
    filing.take_answer(turn, turn.text)


def _asks_meanwhile(turn: Turn, step: str | None) -> bool:
    """A question instead of an answer. Where we asked for a place or a number any will do that the base knows, or that names none;
    else only what is surely one and is known."""
    reading, elsewhere = turn.understood.reading, step in ("branch", "contact")
    asked = reading.intent == "question" and reading.intent_confidence >= SURE_QUESTION
    formed, plain = asking.FORM.search(turn.text) is not None, lookup.plainly_asked(turn.knowledge, turn.text)
    if not (asked or formed or plain) or _beside_the_matter(turn):  # what has no sign of a question is not searched for
        return False
    names_none = elsewhere and not filing.fits("branch", turn.text) and not any(map(str.isdigit, turn.text))
    known = turn.understood.found.entry is not None
    return plain or (asked and (names_none or known)) or (formed and (_sure_answer(turn) is not None or (elsewhere and known)))


def _beside_the_matter(turn: Turn) -> bool:
    """「能要回来吗」 about what the bank sold her finds the answer for who was swindled by strangers: that is none to her."""
    entry, ticket = turn.knowledge.entries.get(turn.understood.found.entry or ""), filing.current(turn)
    return (entry is not None and entry.theme == "anti_fraud" and "骗" not in turn.text
            and ticket is not None and ticket.kind == "complaint" and not {"fraud_now", "stolen"} & set(ticket.flags))


def _asks_what_nobody_knows(turn: Turn, step: str | None) -> bool:
    """「会不会坐牢」 where we asked what happened or what she wishes: plainly a question, and neither the one nor the other."""
    reading = turn.understood.reading
    return (step in ("facts", "claim") and reading.intent == "question" and reading.intent_confidence >= HARDLY
            and len(turn.text) <= LONG_ANSWER and asking.FORM.search(turn.text) is not None
            and not (step == "claim" and WANTS.search(turn.text)))


def _with_file(turn: Turn) -> bool:
    """A photo or document joins her ticket, whatever its caption says, unless the caption is a complaint of its own."""
    reading = turn.understood.reading
    if reading is not None and (reading.intent == "complaint" or turn.state.get("filing")):
        return False
    mine = progress.tickets_of_chat(turn.session, turn.chat.id, limit=20)
    ticket = filing.continued(turn) or next((one for one in mine if one.status in OPEN), next(iter(mine), None))
    if ticket is None:
        return False
    turn.ticket = ticket
    turn.session.add(Event(ticket_id=ticket.id, kind="added", actor="customer", data={"what": "file"}, at=turn.at))
    staff_alerts.file_came(turn, ticket)
    turn.say(turn.word("filing.photo_received", number=ticket.number), ticket=ticket)
    return True


def _wordless(turn: Turn) -> None:
    """Something we cannot read, or a file of somebody who has not told us anything yet."""
    if not turn.incoming.uploads:
        return turn.say(turn.word("error.unsupported"), buttons=menu.menu_buttons(turn))
    turn.remember(expect="complaint")
    turn.say(turn.word("filing.photo_no_ticket"))


def _edited(turn: Turn) -> None:
    """An edited message is kept beside the first one, with its ticket; it was answered when it first came."""
    first = turn.session.scalars(
        select(Message).where(Message.chat_id == turn.chat.id, Message.platform_id == turn.incoming.platform_id,
                              Message.author == "customer").limit(1)).first()
    if first is not None and first.ticket_id is not None:
        turn.ticket = turn.session.get(Ticket, first.ticket_id)
