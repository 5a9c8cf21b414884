"""What is pressed instead of said: commands, buttons, and the words that people type in their place."""

import re
from collections.abc import Callable

from bot.flows import (
    afterwards,
    asides,
    asking,
    campaign,
    daily,
    exam,
    filing,
    kinds,
    lookup,
    matters,
    meanwhile,
    menu,
    others,
    plainly,
    progress,
    quiz,
    quiz_words,
    rating,
    sought,
    staff_group,
    withdrawal,
)
from bot.turn import EVERYBODY, OLD, Turn
from tickets.models import Gap

PRESSED_IN_WORDS = (
    (re.compile(r"(?:给我|帮我|我|俺|请|麻烦|快)*+(?:要|想|找|转|叫|接|换)*+(?:个|一个|到)?(?:(?:人工|真人)(?:客服|服务|坐席)?)++"
                r"(?:吧|啊|呢|来)?"), lambda turn: others.human(turn)),
    (re.compile(r"(?:好的?|行|那就?|那你|请|帮我|给我|麻烦|嗯)*(?:转(?:给|到)?(?:你们|值班)?的?同事|转过去|转吧|那就转)(?:吧|了)?"),
     lambda turn: others.human(turn)),
    (re.compile(r"(?:那就|那|算了|搞错了|弄错了|我|对|嗯|说了|还是|请|帮我|给我)*+(?:要|想|确认|确定|怎么)?"
                r"(?:(?:谁(?:说|让你|叫你)?|没(?:有)?)(?:我)?(?:说|想|要)*投诉(?:了|过)?(?:谁)?(?:啊|吧|呀)?|不(?:想|要|用|是)?(?:来)?投诉了?(?:啊|吧|呀)?(?:我?就?是?(?:问问|问一下|随便问问))?|不告了|别登记了?|不用登记了?|"
                r"撤了?吧?(?:别登记了)?|撤诉|撤回|撤销|撤掉|(?:忙|一下)*(?:撤回?|撤销|取消|撤掉)(?:一下)?(?:这个|这次|刚才的|我的)?(?:投诉|工单|登记)|不投诉?了撤回|不投了)(?:吧|了|吗|呀)?"),
     lambda turn: _withdraw(turn)),
    (re.compile(r"(?:那|我|算了)*(?:又|还是|继续|接着|照样)(?:要|想)*投(?:诉(?:吧|了)?.{0,6}|[吧了].{0,6})?"),
     lambda turn: _resume(turn)),
    (re.compile(r"(?:我要|帮我|把)?(?:撤回|撤销|撤掉|取消)(?:投诉|工单)?\d{12}|(?:把)?(?:投诉|工单)?\d{12}(?:帮我)?(?:撤了|撤回|撤销|撤掉|取消)(?:吧|了)?"),
     lambda turn: withdrawal.named(turn)),
    (re.compile(r"(?:改|换)(?:一下)?(?:业务)?(?:类别|分类)|(?:业务)?(?:类别|分类)(?:不对|错了|分错了)|分类分错了"),
     lambda turn: kinds.choose_last(turn, "category")),
    (re.compile(r"(?:我|俺)?(?:想|要)*(?:帮|替|代(?!理))(?:(?:我|俺)(?![来去再又])|(?!我|俺))"
                r"(?![忙我俺]*(?:查|看|催|撤|取消|问|改|修改|补充|处理|解决))[^\W\d]{1,4}(?:来)?投诉"),
     lambda turn: complain(turn, "")),
    (re.compile(r"(?:再?来|做|玩|给我做|给我来)?(?:个|一下)?小?测验|再来[一几]?[题道个套组轮](?:题)?"),
     lambda turn: quiz.begin(turn)),
    (re.compile(r"(?:帮我看看|看看)?这?是不是(?:骗局|诈骗|骗子)[吗啊呀]?"), lambda turn: _scam(turn, "")),
    (re.compile(r"(?:我)?(?:要|想)?看(?:一下|下)?(?:完整|全部|整个)的?(?:办法|答案|回答|内容)"), lambda turn: _whole(turn)),
    (re.compile(r"问知识|(?:我)?(?:要|想)问(?:个)?(?:知识|问题)"), lambda turn: _ask(turn, "")),
    (plainly.ASKED_FOR, lambda turn: plainly.switch(turn, OLD)),
    (plainly.TAKEN_BACK, lambda turn: plainly.switch(turn, EVERYBODY)),
    (re.compile(r"(?:看看?)?(?:今日|今天的?|每日)(?:防骗)?(?:提示|提醒)"), lambda turn: campaign.tell_tip(turn)),
    (re.compile(r"[都全]不是(?:的|啊|这些|这几个)?"), lambda turn: _none(turn)),
    (re.compile(r"(?:回到|返回|主)?菜单|帮助|怎么用|help"), lambda turn: _help(turn, "")),
    (re.compile(r"(?:我|俺)?(?:要|想|想要)?(?:表扬|夸夸?)(?:你们|一个人|一下)?"), lambda turn: _ask_for(turn, "praise")),
    (re.compile(r"(?:我|俺)?(?:要|想|想要)?举报(?:你们|一个人|一下)?"), lambda turn: _ask_for(turn, "report")),
    (re.compile(r"(?:我|俺)?(?:要|想|想要|有|有个|提|想提|提个|想提个)*(?:建议|意见)"), lambda turn: _ask_for(turn, "suggestion")),
    (re.compile(r"(?!投诉$)(?:(?:请|麻烦|帮我|帮忙|我想|我要)*(?:[查看催]|查询|看看|查查|催催|[查看催]一下))?(?:我的)?"
                r"(?:(?:投诉|工单)(?:进度|情况|列表)?|进度)"),
     lambda turn: progress.ask(turn, urged="催" in turn.text)),
    (re.compile(r"(?:不|不是)?(?:这|那)?(?:个)?是?(?:另|别)(?:外)?的?一?件?事(?:情)?"), lambda turn: _another(turn)),
    (re.compile(r"(?:改|换)(?:一下)?(?:投诉)?原因|(?:投诉)?原因(?:不对|错了)"), lambda turn: kinds.choose_last(turn, "cause")),
)
"""What people type instead of pressing the button; nothing else may stand in the message."""
SAME = re.compile("不是(?:另|别)")


def spoken(turn: Turn, said: str) -> bool:
    """Do what these letters would do as a press. False: they are no press."""
    if not plainly.ASKED_FOR.fullmatch(said) and (quiz.spoken(turn) or campaign.spoken(turn)):
        return True
    for pattern, action in PRESSED_IN_WORDS:
        if pattern.fullmatch(said):
            return action(turn) is not False
    return False


def in_dialect(turn: Turn, said: str) -> bool:
    """「唔投诉喇」: as what it says. False: it is no press, or no dialect."""
    plain = asides.plain_letters(turn.text)
    return plain != said.lower() and spoken(turn, plain)


def command(turn: Turn) -> None:
    name, _, rest = turn.text[1:].partition(" ")
    name = name.partition("@")[0].lower()
    turn.remember(filing=None, expect=None)
    command = COMMANDS.get(name)
    if command is None:
        return menu.menu(turn, "greeting.what")
    command(turn, rest.strip())


def _start(turn: Turn, rest: str) -> None:
    menu.greet(turn)


def _withdraw(turn: Turn) -> bool | None:
    """「不投诉了」, also before she has told what it was. False: it is a transfer that she wants back."""
    if progress.of_a_transfer(turn):
        return False
    if turn.state.get("expect") in ("complaint", "another"):
        turn.remember(expect=None)
        menu.menu(turn, "greeting.fine")
        return None
    withdrawal.begin(turn, turn.text)


def _whole(turn: Turn) -> bool | None:
    """「看完整的办法」, typed. False: nothing was answered."""
    slug = sought.matter(turn) if sought.seen(turn) else None
    return asking.answer(turn, slug) if slug in turn.knowledge.entries else False


def _another(turn: Turn) -> bool | None:
    """「不，是别的事」. False: 「不是别的事」 says that it is the same."""
    return False if SAME.search(turn.text) else meanwhile.another(turn)


def _none(turn: Turn) -> None:
    """「都不是」: none of what was offered, or no."""
    if turn.state.get("near_gap"):
        return asking.miss(turn)
    asides.not_that(turn)


def _resume(turn: Turn) -> None:
    """「还是投吧」 after all: the ticket that was not withdrawn, or what it is about is asked for."""
    ticket = filing.continued(turn)
    if ticket is None:
        return complain(turn, "")
    progress.show(turn, ticket)


def _ask_for(turn: Turn, kind: str, *, prompt: str = "") -> None:
    """「我要表扬」 and nothing else: what she says next is taken as that."""
    turn.remember(expect=kind, filing=None)
    turn.say(turn.word(prompt or f"{kind}.prompt"))


def complain(turn: Turn, rest: str) -> None:
    if rest:
        turn.understood = turn.understood.again(rest)
        return matters.complain(turn)
    _ask_for(turn, "complaint", prompt="filing.prompt")


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
    _ask_for(turn, "scam")


def _human(turn: Turn, rest: str) -> None:
    turn.understood.text = rest
    others.human(turn)


def _cancel(turn: Turn, rest: str) -> None:
    """The questions end; that the ticket stands, and how it is withdrawn, is said."""
    ticket = filing.continued(turn)
    if ticket is None or ticket.urgency == "I":
        return menu.menu(turn, "greeting.fine")
    asides.dropped(turn, ticket)


def _tips(turn: Turn, rest: str) -> None:
    turn.chat.tips = not turn.chat.tips
    turn.say(turn.word("menu.tip_on" if turn.chat.tips else "menu.tip_off"))


def _help(turn: Turn, rest: str) -> None:
    menu.menu(turn, "greeting.what")


def _quiz(turn: Turn, rest: str) -> None:
    quiz.asked_for(turn, rest)


COMMANDS: dict[str, Callable[[Turn, str], None]] = {
    "start": _start, "complain": complain, "ask": _ask, "status": _status, "scam": _scam, "human": _human,
    "cancel": _cancel, "quiz": _quiz, "daily": lambda turn, rest: daily.subscribe(turn), "tips": _tips, "help": _help,
    "link": staff_group.link, "exam": lambda turn, rest: exam.overview(turn),
}
"""Every command; those of Telegram's menu are described in `wording.toml` [command]."""


def press(turn: Turn) -> None:
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
    "complain": (0, lambda turn: complain(turn, "")),
    "themes": (0, menu.themes),
    "theme": (1, menu.theme),
    "faq": (1, lambda turn, slug: _answer(turn, slug)),
    "plain": (0, lambda turn: plainly.switch(turn, OLD)),
    "none": (0, asking.miss),
    "file": (0, others.file_last),
    "other": (0, meanwhile.another),
    "status": (0, lambda turn: progress.ask(turn, urged=False)),
    "scam": (0, lambda turn: _scam(turn, "")),
    "human": (0, others.human),
    "quiz": (0, lambda turn: quiz.begin(turn, quiz_words.SCAMS)),
    "quiz-answer": (3, lambda turn, attempt_id, place, choice: quiz.take(turn, _id(attempt_id), _id(place), choice)),
    "quiz-theme": (1, quiz.begin),
    "audiences": (0, quiz.ask_audience),
    "audience": (1, quiz.choose_audience),
    "daily": (2, lambda turn, question, choice: daily.take(turn, question, _id(choice))),
    "daily-off": (0, lambda turn: daily.subscribe(turn, on=False)),
    "campaign": (1, campaign.show),
    "term": (1, lookup.press_term),
    "exams": (0, exam.overview),
    "exam": (1, lambda turn, number: exam.offer(turn, _id(number))),
    "exam-begin": (1, lambda turn, number: exam.begin(turn, _id(number))),
    "exam-answer": (3, lambda turn, number, place, choice: exam.take(turn, _id(number), _id(place), choice)),
    "skip": (0, filing.skip),
    "done": (0, filing.finish),
    "claim": (1, lambda turn, name: _claim(turn, name)),
    "pick-cat": (1, lambda turn, ticket: kinds.choose(turn, _id(ticket), "category")),
    "pick-cause": (1, lambda turn, ticket: kinds.choose(turn, _id(ticket), "cause")),
    "set-category": (2, lambda turn, ticket, code: kinds.correct(turn, _id(ticket), "category", code)),
    "set-cause": (2, lambda turn, ticket, code: kinds.correct(turn, _id(ticket), "cause", code)),
    "ticket": (1, lambda turn, ticket: _show(turn, _id(ticket))),
    "withdraw": (1, lambda turn, ticket: withdrawal.withdraw(turn, _id(ticket), sure=False)),
    "withdraw!": (1, lambda turn, ticket: withdrawal.withdraw(turn, _id(ticket), sure=True)),
    "review": (1, lambda turn, ticket: progress.review(turn, _id(ticket))),
    "redo": (1, lambda turn, ticket: afterwards.redo(turn, _id(ticket))),
    "rate": (2, lambda turn, ticket, score: rating.rate(turn, _id(ticket), _id(score))),
}
"""Button data is `verb:part:part`; the number is how many parts the verb needs."""


def _answer(turn: Turn, slug: str) -> None:
    """The entry that she chose; what she had written goes with it still, should she complain of it."""
    before, gap_id = turn.state.get("last"), turn.state.get("near_gap")
    gap = turn.session.get(Gap, gap_id) if gap_id else None
    if gap is not None and any(slug == offered for offered, _ in gap.candidates):
        gap.chosen = slug
    asking.answer(turn, slug)
    turn.remember(last=turn.state.get("last") or before)


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
