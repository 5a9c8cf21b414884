"""Taking a complaint back: her plain words ask at once whether this ticket is meant, and nothing is withdrawn without her yes."""

import re
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.flows import asides, filing, matters, progress, sought, staff_alerts
from bot.messages import Button, Reply, rows
from bot.turn import Turn
from tickets import lifecycle
from tickets.batch import tickets_of
from tickets.models import Message, Ticket
from tickets.numbers import find_numbers
from tickets.register import ticket_of_number

LONGEST = 60  # letters; who says more says something else too
ORDERED = re.compile(
    r"(?:不|别)(?:再|想|用|要|打算|准备|跟你们)*(?:投诉|告|追究)(?:他|她|你们|这个|那个|这事|这件)?了|"
    r"(?:投诉|工单|登记|单子)(?:我|就|也|那个|这个|先)*(?:不要|作废|取消|算)了|取消(?:这个|那个|我的|掉|刚才的)*(?:投诉|工单|登记)|"
    r"[^,，。]{1,8}[那这](?:个|件|笔|张)(?:投诉|事)?(?:先|就)?算了(?:吧|啊)?(?=[,，。!！ ]|$)|"
    r"撤(?:回|销|掉|诉|单)?(?:了|掉|吧|一下)|撤(?:回|销|诉|掉)|(?:把|帮我|给我|我要|我想).{0,12}撤")
UNLESS = re.compile(
    "但|可是|不过|怎么|吗|[?？]|如果|要是|除非|(?<!那)就(?:不(?:再)?(?:投诉|告)|撤)|没说|不是不|哪|谁|(?:什么|啥)(?:意思|后果|影响|区别|手续|材料|流程|时候|条件|好处|坏处|要求)|是(?:什么|啥)|凭什么|为什么|已经撤|我先撤|撤了?(?:才|以后|之后|再)|"
    "撤[掉回销]了(?!吧|算)")
KEEPS = re.compile(r"(?:别|不|不要|没|先别)撤|留着|(?:还|继续|照样)要?(?:投诉|办|查)")
KEPT = re.compile("(?:先|还是|都|两个|算了|那)*(?:别|不|不要|先别)撤(?:回|销|掉)?(?:了|吧|啊)*")
WHICH = re.compile(
    r"撤(?:回|销|掉|的|了|是){0,3}(?:哪|谁|什么|啥)|(?:哪|什么)一?(?:个|件|张|单)[^,，。]{0,4}撤|"
    r"撤(?:回|销|掉|了){0,2}(?:没有|没|吗)(?:[?？啊呀。]|$)")
MAY_BE = re.compile("能|可以|可不可以|怎么|以后|之后")
YES = re.compile(
    "(?:对|是的?|嗯+|好的?|行|可以|确定|确认|没错|我)*(?:要|就)?(?:撤(?:回|销|掉|诉)?(?:了|吧)*|确定|确认|是的?|对|好的?|嗯+|可以|行)(?:吧|了|的)?")
NO = re.compile("(?:算了|那|那就|先|还是|我)*(?:不|不撤回?了?|别撤回?了?|不是|不要了?|取消|不用了?|再想想|留着|"
                "(?:要|继续|接着|照样)?投(?:诉|了)?)?(?:吧|啊)?")
WORDS = 16  # characters of her own words by which she knows a ticket
STILL_THERE = timedelta(minutes=10)
"""So long a 「好的」 may be the yes: she has 「确定撤回吗？」 before her eyes."""


def spoken(turn: Turn, said: str) -> bool:
    """「年费那个撤了吧」, 「你到底撤了哪个」. False: she takes nothing back."""
    mine = _withdrawable(turn)
    if turn.lately(turn.state.get("which_at"), STILL_THERE):
        turn.remember(which_at=None)
        chooses = len(said) <= WORDS and not any(one.search(turn.text) for one in (UNLESS, KEEPS, sought.FORM))
        meant = matters.named(turn, turn.text, mine) if chooses else []
        if len(mine) > 1 and (YES.fullmatch(said) or len(meant) == 1):  # to 「您要撤回哪一张？」
            begin(turn, turn.text)
            return True
    if WHICH.search(turn.text) and not MAY_BE.search(turn.text) and len(said) <= LONGEST and (mine or _withdrawn(turn)):
        stand(turn)
        return True
    if mine and KEPT.fullmatch(said):
        turn.did = "UNDO"
        turn.say(turn.word("progress.not_withdrawn", number="、".join(sorted(one.number for one in mine))))
        if turn.state.get("filing"):
            filing.ask_again(turn)
        return True
    if not mine or not ordered(turn.text) or len(said) > LONGEST or progress.of_a_transfer(turn):
        return False
    if find_numbers(turn.text):
        named(turn)
    else:
        begin(turn, turn.text)
    return True


def ordered(text: str) -> bool:
    """Whether the words take a complaint back, plainly and without an if or a but."""
    return (ORDERED.search(KEEPS.sub("", text)) is not None and not asides.NOT_OURS.search(text)
            and not UNLESS.search(text))


def begin(turn: Turn, text: str) -> None:
    """The confirmation for the ticket that the words mean; where they may mean several, the choice."""
    mine = _withdrawable(turn)
    if not mine:
        return progress.nothing_to_withdraw(turn)
    calm = [one for one in mine if one.urgency != "I"] or mine  # a complaint before an alarm
    calm = [one for one in calm if one.kind == "complaint"] or calm
    clauses = [one for one in re.split(r"[,，。;；!！ ]+", text) if one]
    gone = "，".join(one for one in clauses if not KEEPS.search(one)) or text
    meant = matters.named(turn, gone, calm) if len(calm) > 1 else calm
    kept = [one for one in clauses if KEEPS.search(one)]
    if kept and len(calm) == 1:
        return _half(turn, calm[0])
    if kept and len(meant) > 1:
        left = matters.named(turn, "，".join(kept), calm)
        meant = [one for one in meant if one not in left] or meant
    if len(meant) == 1:
        return withdraw(turn, meant[0].id, sure=False)
    turn.did = "UNDO"
    turn.remember(which_at=turn.at.isoformat())
    lines = [turn.word("progress.withdraw_line", number=one.number, words=words(turn, one)) for one in meant]
    turn.say(turn.word("progress.withdraw_which") + "\n\n" + "\n".join(lines),
             buttons=rows(*(Button(one.number, f"withdraw:{one.id}") for one in meant), width=2))


def _half(turn: Turn, ticket: Ticket) -> None:
    """One ticket holds both matters, and she takes back one: the ticket stays, and its handler is told."""
    filing.note(turn, ticket, turn.text)
    filing.join(turn, ticket)
    turn.did = "UNDO"
    turn.say(turn.word("progress.withdraw_half", number=ticket.number), ticket=ticket,
             buttons=rows(turn.button("progress.withdraw", f"withdraw:{ticket.id}"), turn.button("menu.status", "status")))
    if turn.state.get("filing"):
        filing.ask_again(turn)


def withdraw(turn: Turn, ticket_id: int, *, sure: bool) -> None:
    """3 号令第十五条: the customer may withdraw, and handling ends on that day."""
    ticket = filing.own(turn, ticket_id)
    if ticket is None or not lifecycle.may(ticket, "withdraw", actor="customer"):
        return turn.say(turn.word("progress.cannot"))
    turn.ticket = ticket
    if not sure:
        turn.did = "UNDO"
        turn.remember(withdrawing=ticket.id, withdrawing_at=turn.at.isoformat(), asked_twice=None)
        return _confirm(turn, ticket, "progress.withdraw_confirm", words=words(turn, ticket))
    undone(turn, ticket)
    others = "、".join(one.number for one in _withdrawable(turn) if one.kind == "complaint" and one.id != ticket.id)
    asked = (turn.state.get("filing") or {}).get("ticket")
    if asked in (None, ticket.id):
        turn.remember(filing=None)
    turn.say(turn.word("progress.withdrawn", number=ticket.number)
             + (turn.word("progress.others_stay", numbers=others) if others else ""), ticket=ticket)
    if turn.state.get("filing"):
        filing.ask_next(turn)


def _confirm(turn: Turn, ticket: Ticket, key: str, **fields: str) -> None:
    turn.say(turn.word(key, number=ticket.number, **fields), ticket=ticket,
             buttons=rows(turn.button("progress.confirm", f"withdraw!:{ticket.id}"),
                          turn.button("progress.keep", f"ticket:{ticket.id}")))


def undone(turn: Turn, ticket: Ticket) -> None:
    """The ticket is withdrawn, and who handles it is told."""
    lifecycle.move(turn.session, ticket, "withdraw", actor="customer", rules=turn.knowledge.deadlines, at=turn.at)
    staff_alerts.customer_wrote(turn, ticket)


def asked(turn: Turn) -> int | None:
    """The ticket that she was asked about a moment ago; none once a colleague has written, whom her 「好的」 answers. Only the
    very next words may be the yes."""
    ticket_id, at = turn.state.get("withdrawing"), turn.state.get("withdrawing_at")
    if ticket_id is None:
        return None
    turn.remember(withdrawing=None, withdrawing_at=None)
    if not turn.lately(at, STILL_THERE):
        return None
    wrote = turn.session.scalar(select(Message.id).where(
        Message.author == "staff", Message.at > datetime.fromisoformat(at), Message.chat_id == turn.chat.id).limit(1))
    return ticket_id if wrote is None else None


def confirmed(turn: Turn, ticket_id: int, said: str) -> bool:
    """Yes or no, typed to 「确定撤回吗？」; thanks are neither, and she is asked once more. False: she says something else, and
    nothing is withdrawn."""
    ticket = filing.own(turn, ticket_id)
    if said and YES.fullmatch(said):
        withdraw(turn, ticket_id, sure=True)
    elif ticket is not None and asides.thanked(turn) and turn.state.get("asked_twice") != ticket_id:
        turn.did = "UNDO"
        turn.remember(withdrawing=ticket_id, withdrawing_at=turn.at.isoformat(), asked_twice=ticket_id, filing=None)
        _confirm(turn, ticket, "progress.withdraw_again")
    elif said and NO.fullmatch(said) and ticket is not None:
        progress.show(turn, ticket)
    else:
        return False
    return True


def still_open(turn: Turn, ticket_id: int | None) -> None:
    """She was asked whether to withdraw and said something else: it is said that nothing was withdrawn."""
    ticket = filing.own(turn, ticket_id) if ticket_id else None
    if ticket is None or turn.state.get("withdrawing") or not lifecycle.may(ticket, "withdraw", actor="customer"):
        return
    if not turn.replies or turn.incoming.button or any(reply.tone == "emergency" for reply in turn.replies):
        return
    if any(ticket.number in reply.text for reply in turn.replies):
        return
    at = len(turn.replies) - 1 if turn.state.get("filing") and len(turn.replies) > 1 else len(turn.replies)
    turn.replies.insert(at, Reply(turn.word("progress.not_withdrawn", number=ticket.number)))


def stand(turn: Turn) -> None:
    """What was withdrawn and what was not, as it stands."""
    gone, left = _withdrawn(turn), _withdrawable(turn)
    turn.did = "STATUS"
    lines = [turn.word("progress.line", number=one.number, category=filing.category_name(turn, one),
                       status=progress.status_name(turn, one), due=filing.day(one.due_at)) for one in (*gone, *left)]
    head = turn.word("progress.some_withdrawn" if gone else "progress.none_withdrawn")
    turn.say(head + "\n\n" + "\n\n".join(lines), buttons=rows(*(Button(one.number, f"ticket:{one.id}") for one in left), width=2))


def named(turn: Turn) -> None:
    """「撤回 261129-000152」: the confirmation for this one."""
    ticket = next((found for number in find_numbers(turn.text)
                   if (found := ticket_of_number(turn.session, number, chat_id=turn.chat.id))), None)
    if ticket is None:
        return progress.ask(turn, urged=False)
    withdraw(turn, ticket.id, sure=False)


def words(turn: Turn, ticket: Ticket) -> str:
    """Her own words by which she knows the ticket; those of an alarm are not shown to her again."""
    if ticket.urgency == "I" or not ticket.summary:
        return filing.category_name(turn, ticket)
    text = ticket.summary.replace("\n", " ")
    return text if len(text) <= WORDS else text[:WORDS] + "…"


def _withdrawable(turn: Turn) -> list[Ticket]:
    return [one for one in tickets_of(turn.session, turn.chat.id) if lifecycle.may(one, "withdraw", actor="customer")]


def _withdrawn(turn: Turn) -> list[Ticket]:
    return [one for one in tickets_of(turn.session, turn.chat.id) if one.status == "withdrawn"]
