"""What to say next: emergency first, then buttons and commands, the question we asked, and what the words mean."""

import re
from collections.abc import Callable

from sqlalchemy import select

from bot.flows import (
    asides,
    asking,
    daily,
    emergency,
    exam,
    filing,
    first_aid,
    lookup,
    menu,
    others,
    progress,
    quiz,
    rating,
    small_talk,
    staff_alerts,
    staff_group,
)
from bot.turn import Turn
from bot.understanding import DOUBTFUL
from tickets.models import Event, Message, Ticket
from tickets.numbers import find_numbers
from tickets.register import OPEN

PRESSED_IN_WORDS = (
    (re.compile(r"(?:我|俺)?(?:要|想|想要)?投诉(?:你们|你)?(?:银行|客服|行长|支行|网点)?"), lambda turn: _complain(turn, "")),
    (re.compile(r"(?:算了|我)?(?:要|想)?(?:不投诉了|不告了|撤诉|撤回|撤销|撤回投诉|撤销投诉|取消投诉|不投诉了撤回)"),
     lambda turn: _withdraw(turn)),
    (re.compile(r"(?:改|换)(?:一下)?(?:业务)?(?:类别|分类)|(?:业务)?(?:类别|分类)(?:不对|错了|分错了)|分类分错了"),
     lambda turn: filing.choose_last(turn, "category")),
    (re.compile(r"(?:来|做|玩)?(?:个|一下)?(?:防骗)?小?测验|(?:我)?(?:要|想)?(?:做题|答题)"), lambda turn: _quiz(turn, "")),
    (re.compile(r"(?:帮我看看|看看)?这?是不是(?:骗局|诈骗|骗子)[吗啊呀]?"), lambda turn: _scam(turn, "")),
    (re.compile(r"问知识|(?:我)?(?:要|想)问(?:个)?(?:知识|问题)"), lambda turn: _ask(turn, "")),
    (re.compile(r"(?:回到|返回|主)?菜单|帮助|怎么用|help"), lambda turn: _help(turn, "")),
    (re.compile(r"(?:我|俺)?(?:要|想|想要)?(?:表扬|夸夸?)(?:你们|一个人|一下)?"), lambda turn: _ask_for(turn, "praise")),
    (re.compile(r"(?:我|俺)?(?:要|想|想要)?举报(?:你们|一个人|一下)?"), lambda turn: _ask_for(turn, "report")),
    (re.compile(r"(?:我|俺)?(?:要|想|想要|有|有个|提|想提|提个|想提个)*(?:建议|意见)"), lambda turn: _ask_for(turn, "suggestion")),
    (re.compile(r"(?:查|查询|看|看看|查一下|看一下)?(?:我的)?(?:投诉|工单)(?:进度|情况|列表)?"),
     lambda turn: progress.ask(turn, urged=False)),
    (re.compile(r"(?:不|不是)?(?:这|那)?(?:个)?是?(?:另|别)(?:外)?的?一?件?事(?:情)?"), lambda turn: filing.separate(turn)),
    (re.compile(r"(?:改|换)(?:一下)?(?:投诉)?原因|(?:投诉)?原因(?:不对|错了)"), lambda turn: filing.choose_last(turn, "cause")),
)
"""What people type instead of pressing the button; nothing else may stand in the message."""

TOLD = ("praise", "report", "suggestion")

SURE_QUESTION = 0.75
"""During a filing, only a question as sure as this is answered instead of being taken as the answer to ours."""

SURE_ANSWER = 0.97
"""From here on an answer of the base is surer than a doubtful complaint."""

JUST_DEFRAUDED = "just-transferred"
GREETING = re.compile(r"(?:你|您|大家)?好(?:啊|呀)?|(?:早上|上午|中午|下午|晚上)好|早|哈喽|嗨|hi|hello|喂|有人吗?", re.IGNORECASE)
PLEASANTRIES = ("谢谢", "多谢", "感谢", "thx", "thanks")


def converse(turn: Turn) -> None:
    """Decide and say. Everything said and filed hangs on `turn`; the caller commits."""
    if turn.incoming.kind == "blocked":
        return
    if turn.incoming.kind == "edited":
        return _edited(turn)
    if turn.incoming.group:
        return staff_group.handle(turn) if turn.incoming.address == str(turn.settings.telegram_staff_group) else None
    if withdrawing := turn.state.get("withdrawing"):
        turn.remember(withdrawing=None)  # only the very next words may be the yes
    if turn.incoming.button:
        return _press(turn)
    reading = turn.understood.reading
    if reading is not None and reading.urgency == "I":
        return others.scam(turn) if others.only_forwarded(turn) else emergency.respond(turn)
    if turn.text.startswith("/"):
        return _command(turn)
    if daily.spoken(turn):
        return
    if turn.incoming.uploads and _with_file(turn):
        return
    if reading is None:
        return _wordless(turn)
    said = "".join(char for char in turn.text if char.isalnum())
    if withdrawing and progress.confirmed(turn, withdrawing, said):
        return
    for pattern, press in PRESSED_IN_WORDS:
        if pattern.fullmatch(said):
            return press(turn)
    if not said:
        return _without_a_word(turn)
    if emergency.follow(turn, only="self_harm") or small_talk.spoken(turn):
        return
    if turn.state.get("filing"):
        return _while_filing(turn)
    if quiz.typed(turn) or daily.typed(turn) or asides.outside(turn):
        return
    expected = turn.state.get("expect")
    if expected == "scam":
        return others.scam(turn)
    if expected in TOLD:
        turn.remember(expect=None)
        return others.told(turn, expected)
    if expected in ("complaint", "another"):
        return filing.complain(turn, apart=expected == "another")
    _by_intent(turn)


def _by_intent(turn: Turn) -> None:
    if emergency.follow(turn):
        return
    reading = turn.understood.reading
    if find_numbers(turn.text) and reading.intent != "complaint":
        return progress.ask(turn)
    match reading.intent:
        case "complaint" | "suggestion" | "report" if _rather_asks(turn):
            _ask_after_aid(turn)
        case "complaint" if not lookup.plainly_asked(turn.knowledge, turn.text):
            if _just_defrauded(turn):
                asking.ask(turn)
            filing.complain(turn)
        case "progress":
            progress.ask(turn)
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


def _ask_after_aid(turn: Turn) -> None:
    """The answer, after what she must do at once; where nobody can answer, that alone."""
    if not first_aid.instead(turn):
        first_aid.tell(turn, answered=True)
        asking.ask(turn)


def _rather_asks(turn: Turn) -> bool:
    """Hardly a complaint, and the base has the answer: she gets it, with a button below it to complain after all."""
    reading = turn.understood.reading
    return reading.intent_confidence < DOUBTFUL and reading.urgency == "none" and _sure_answer(turn) is not None


def _just_defrauded(turn: Turn) -> bool:
    """What to do at once comes before the ticket, also where nothing tells whether it happened today."""
    return "骗" in turn.text and _sure_answer(turn) == JUST_DEFRAUDED  # without the word no search: most complaints need none


def _sure_answer(turn: Turn) -> str | None:
    """The entry that surely answers, if there is one."""
    found = turn.understood.found
    return found.entry if found.confidence >= SURE_ANSWER else None


def _chat(turn: Turn) -> None:
    """Small talk gets the menu, unless the knowledge has an answer after all."""
    if any(word in turn.text.lower() for word in PLEASANTRIES) and len(turn.text) <= 12:
        return turn.say(turn.word("greeting.thanks"))
    if turn.understood.found.entry:
        return asking.ask(turn)
    if asking.looked_up(turn):
        return
    ticket = filing.continued(turn)
    if ticket is not None and not GREETING.fullmatch("".join(char for char in turn.text if char.isalnum())):
        return filing.append(turn, ticket)
    menu.menu(turn, "greeting.what" if len(turn.text) > 4 else "greeting.again")


def _without_a_word(turn: Turn) -> None:
    """Only signs and faces: they are no answer to our question, and an angry face alone is no complaint yet."""
    if turn.state.get("filing"):
        return filing.ask_next(turn)
    if turn.understood.reading.intent == "complaint":
        return _complain(turn, "")
    menu.menu(turn, "greeting.again")


ABOUT_PROGRESS = re.compile("进度|进展|结果|到哪|工单|答复|处理|催|投诉|单号|编号")
PLACES = re.compile("[行社]|网点|柜|手机|app|机|电话|网|厅|公众号|小程序|微信", re.IGNORECASE)


def _while_filing(turn: Turn) -> None:
    if asides.in_filing(turn):
        return
    reading, step = turn.understood.reading, next(iter(turn.state["filing"]["steps"]), None)
    first_aid.tell(turn)
    if len(turn.text) <= 20 and reading.intent_confidence >= SURE_QUESTION and (
            reading.intent == "human" or (reading.intent == "progress" and ABOUT_PROGRESS.search(turn.text))):
        turn.remember(filing=None)
        return _by_intent(turn)
    known = reading.intent == "question" and reading.intent_confidence >= SURE_QUESTION and turn.understood.found.entry
    if known or lookup.plainly_asked(turn.knowledge, turn.text):
        asking.ask(turn)
        return filing.ask_next(turn)
    off = step == "contact" or (step == "branch" and not PLACES.search(turn.text))
    if off and reading.intent == "complaint" and reading.intent_confidence >= DOUBTFUL and len(turn.text) > 10:
        return filing.add_meanwhile(turn)
    filing.take_answer(turn, turn.text)


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


def _command(turn: Turn) -> None:
    name, _, rest = turn.text[1:].partition(" ")
    name = name.partition("@")[0].lower()
    turn.remember(filing=None, expect=None)
    command = COMMANDS.get(name)
    if command is None:
        return menu.menu(turn, "greeting.what")
    command(turn, rest.strip())


def _start(turn: Turn, rest: str) -> None:
    menu.greet(turn)


def _withdraw(turn: Turn) -> None:
    """「不投诉了」, also before she has told what it was."""
    if turn.state.get("expect") in ("complaint", "another"):
        turn.remember(expect=None)
        return menu.menu(turn, "greeting.fine")
    progress.withdraw_last(turn)


def _ask_for(turn: Turn, kind: str) -> None:
    """「我要表扬」 and nothing else: what she says next is filed as that."""
    turn.remember(expect=kind, filing=None)
    turn.say(turn.word(f"{kind}.prompt"))


def _complain(turn: Turn, rest: str) -> None:
    if rest:
        turn.understood = turn.understood.again(rest)
        return filing.complain(turn)
    turn.remember(expect="complaint", filing=None)
    turn.say(turn.word("filing.prompt"))


def _ask(turn: Turn, rest: str) -> None:
    if rest:
        turn.understood = turn.understood.again(rest)
        return asking.ask(turn)
    turn.say(turn.word("ask.prompt"))
    menu.themes(turn)


def _status(turn: Turn, rest: str) -> None:
    progress.ask(turn, urged=False)


def _scam(turn: Turn, rest: str) -> None:
    if rest:
        turn.understood = turn.understood.again(rest)
        return others.scam(turn)
    turn.remember(expect="scam", filing=None)
    turn.say(turn.word("scam.prompt"))


def _human(turn: Turn, rest: str) -> None:
    turn.understood.text = rest
    others.human(turn)


def _tips(turn: Turn, rest: str) -> None:
    turn.chat.tips = not turn.chat.tips
    turn.say(turn.word("menu.tip_on" if turn.chat.tips else "menu.tip_off"))


def _help(turn: Turn, rest: str) -> None:
    menu.menu(turn, "greeting.what")


def _quiz(turn: Turn, rest: str) -> None:
    quiz.begin(turn, rest)


COMMANDS: dict[str, Callable[[Turn, str], None]] = {
    "start": _start, "complain": _complain, "ask": _ask, "status": _status, "scam": _scam, "human": _human,
    "quiz": _quiz, "daily": lambda turn, rest: daily.subscribe(turn), "tips": _tips, "help": _help, "link": staff_group.link,
    "exam": lambda turn, rest: exam.overview(turn),
}
"""Every command; those of Telegram's menu are described in `wording.toml` [command]."""


def _press(turn: Turn) -> None:
    """A pressed button. Its data is whatever a client sends, so every part is checked."""
    verb, _, rest = turn.incoming.button.partition(":")
    parts = rest.split(":") if rest else []
    action = BUTTONS.get(verb)
    if action is None or len(parts) != action[0]:
        return turn.say(turn.word("error.button_gone"), buttons=menu.menu_buttons(turn))
    try:
        action[1](turn, *parts)
    except ValueError:  # an id that is no number: not one of our buttons
        turn.say(turn.word("error.button_gone"), buttons=menu.menu_buttons(turn))


def _id(text: str) -> int:
    """A number of our own buttons. Raises ValueError for what no database of ours could hold."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError("not one of our numbers")
    return int(text)


BUTTONS: dict[str, tuple[int, Callable[..., None]]] = {
    "menu": (0, lambda turn: menu.menu(turn)),
    "complain": (0, lambda turn: _complain(turn, "")),
    "themes": (0, menu.themes),
    "theme": (1, menu.theme),
    "faq": (1, asking.answer),
    "none": (0, asking.miss),
    "file": (0, others.file_last),
    "other": (0, filing.separate),
    "status": (0, lambda turn: progress.ask(turn, urged=False)),
    "scam": (0, lambda turn: _scam(turn, "")),
    "human": (0, others.human),
    "quiz": (0, lambda turn: quiz.begin(turn, "")),
    "quiz-answer": (2, lambda turn, place, choice: quiz.take(turn, _id(place), choice)),
    "quiz-theme": (1, quiz.begin),
    "audiences": (0, quiz.ask_audience),
    "audience": (1, quiz.choose_audience),
    "daily": (2, lambda turn, question, choice: daily.take(turn, question, _id(choice))),
    "daily-off": (0, lambda turn: daily.subscribe(turn, on=False)),
    "campaign": (1, menu.campaign),
    "term": (1, lookup.press_term),
    "exams": (0, exam.overview),
    "exam": (1, lambda turn, number: exam.offer(turn, _id(number))),
    "exam-begin": (1, lambda turn, number: exam.begin(turn, _id(number))),
    "exam-answer": (3, lambda turn, number, place, choice: exam.take(turn, _id(number), _id(place), choice)),
    "skip": (0, filing.skip),
    "done": (0, filing.finish),
    "claim": (1, lambda turn, name: _claim(turn, name)),
    "pick-cat": (1, lambda turn, ticket: filing.choose(turn, _id(ticket), "category")),
    "pick-cause": (1, lambda turn, ticket: filing.choose(turn, _id(ticket), "cause")),
    "set-category": (2, lambda turn, ticket, code: filing.correct(turn, _id(ticket), "category", code)),
    "set-cause": (2, lambda turn, ticket, code: filing.correct(turn, _id(ticket), "cause", code)),
    "ticket": (1, lambda turn, ticket: _show(turn, _id(ticket))),
    "withdraw": (1, lambda turn, ticket: progress.withdraw(turn, _id(ticket), sure=False)),
    "withdraw!": (1, lambda turn, ticket: progress.withdraw(turn, _id(ticket), sure=True)),
    "review": (1, lambda turn, ticket: progress.review(turn, _id(ticket))),
    "rate": (2, lambda turn, ticket, score: rating.rate(turn, _id(ticket), _id(score))),
}
"""Button data is `verb:part:part`; the number is how many parts the verb needs."""


def _claim(turn: Turn, name: str) -> None:
    filing_state = turn.state.get("filing")
    if name not in filing.CLAIMS or not filing_state or filing_state["steps"][:1] != ["claim"]:
        return turn.say(turn.word("error.button_gone"))
    filing.take_answer(turn, turn.word(f"claim.{name}"))


def _show(turn: Turn, ticket_id: int) -> None:
    ticket = filing.own(turn, ticket_id)
    if ticket is None:
        return turn.say(turn.word("error.button_gone"))
    progress.show(turn, ticket)
