"""Progress: where a complaint stands, by number or 「我的投诉」, and what its owner may do with it."""

import re
from datetime import timedelta

from bot.flows import filing, matters, staff_alerts
from bot.flows.filing import category_name, day
from bot.flows.sought import FORM, matter
from bot.messages import Button, Reply, rows
from bot.turn import Turn
from nlp.text import normalise
from tickets import lifecycle
from tickets.models import Event, Ticket
from tickets.numbers import find_numbers
from tickets.register import OPEN, ticket_of_number, tickets_of_chat


def ask(turn: Turn, *, urged: bool = True) -> None:
    """By the number in the text, or the chat's own list. Asking is noted on the ticket, so that urging is seen."""
    turn.did = "STATUS"
    numbers = find_numbers(turn.text)
    if numbers:
        ticket = ticket_of_number(turn.session, numbers[0], chat_id=turn.chat.id)
        if ticket is None:
            return turn.say(turn.word("progress.unknown_number", number=numbers[0]),
                            buttons=rows(turn.button("menu.complain", "complain"), turn.button("menu.human", "human")))
        return show(turn, ticket, urged=urged)
    mine = tickets_of_chat(turn.session, turn.chat.id)
    if not mine:
        return _none(turn, urged=urged)
    if len(mine) == 1:
        return show(turn, mine[0], urged=urged)
    lines = [turn.word("progress.line", number=t.number, category=category_name(turn, t), status=status_name(turn, t),
                       due=day(filing.survivor(turn, t).due_at)) for t in mine]
    turn.say(turn.word("progress.list") + "\n\n" + "\n\n".join(lines),
             buttons=rows(*(_numbered(t) for t in mine), width=2))


def of_another(turn: Turn) -> bool:
    """「之前他投诉保险的那件还在处理吗」: that one, or that it is not in this chat. False: she asks no such thing."""
    found = THAT_ONE.search(turn.text)
    if found is None or not (FORM.search(turn.text) and GOES_HOW.search(turn.text)) or find_numbers(turn.text):
        return False
    hers = [one for one in tickets_of_chat(turn.session, turn.chat.id) if one.kind == "complaint" and one.urgency != "I"]
    what = found[1] or found[2]
    meant = next((one for one in hers if matters.holds(turn, what, one)), None)
    if meant is not None:
        show(turn, meant, urged=True)
        return True
    turn.did = "NONE"
    turn.say(turn.word("progress.not_here", what=what), buttons=rows(turn.button("menu.human", "human")))
    return True


def of_hers(turn: Turn) -> bool:
    """「没得人打电话给我 催哈」 「我的钱退没退」 「我个投诉搞成点」: her newest complaint, however old; noted as all such
    asking is. False: she has none, or says no such thing."""
    plain = normalise(turn.text)
    if len(plain) > A_LINE or not (URGES.search(plain) or ASKS_AFTER.search(plain)):
        return False
    if NOT_HERS.search(plain) or find_numbers(turn.text):
        return False
    ticket = filing.waiting(turn)
    if ticket is None:
        return False
    show(turn, ticket, urged=True)
    return True


def _presses(text: str) -> bool:
    """Whether she presses; 「大概多久有结果」 only asks for the day, and reminds nobody."""
    return ASKS_WHEN.search(text) is None or PRESSES.search(text) is not None


def chased(turn: Turn) -> bool:
    """「能不能催一下」 「没人给我打过电话」, soon after she asked for a complaint that is not here."""
    return turn.lately(turn.state.get("none_at"), AN_HOUR) and CHASES.search(turn.text) is not None and not tickets_of_chat(
        turn.session, turn.chat.id, limit=1)


def of_a_transfer(turn: Turn) -> bool:
    """「能撤回不」, where the talk is of money that she sent: no ticket is meant."""
    entry = turn.knowledge.entries.get(matter(turn) or "")
    told = f"{entry.question if entry else ''}，{turn.state.get('said', {}).get('text', '')}"
    return SENT.search(told) is not None and OF_TICKET.search(turn.text) is None


def nothing_to_withdraw(turn: Turn) -> None:
    """She takes back what was never filed here."""
    turn.did = "UNDO"
    turn.say(turn.word("progress.none_to_withdraw"), buttons=rows(turn.button("menu.human", "human")))


def promise_nothing(turn: Turn) -> None:
    """「你们保证给我退」: before whatever else is said, that nobody can promise it."""
    if not turn.replies or not GUARANTEE.search(turn.text) or PROMISED.search(turn.text):
        return
    if not any(reply.tone == "emergency" or CANNOT.search(reply.text) for reply in turn.replies):
        turn.replies.insert(0, Reply(turn.word("progress.no_guarantee")))


def _none(turn: Turn, *, urged: bool) -> None:
    """She has no ticket here: what is possible, said once; what she tells of the old one next is a reminder."""
    told = turn.state.get("none", 0) if turn.lately(turn.state.get("none_at"), AN_HOUR) else 0
    tells = not (FORM.search(turn.text) or FORGOT.search(turn.text))
    if urged and told and len(turn.text) >= TELLS and (tells or CHASES.search(turn.text)):
        return _remind(turn)
    turn.remember(none=told + 1, none_at=turn.at.isoformat())
    key = NONE[told] if told < len(NONE) else NONE_STILL[told % 2]
    turn.say(turn.word(key), buttons=rows(turn.button("ask.register", "file"), turn.button("menu.human", "human")))


def _remind(turn: Turn) -> None:
    """All that she has told of a complaint made elsewhere becomes a ticket, with the wish to be answered soon."""
    text = "\n".join(filter(None, (matters.told_before(turn), turn.text)))
    turn.understood = turn.understood.again(text)
    ticket = filing.file(turn, text=text)
    ticket.is_repeat, ticket.claim = True, turn.word("claim.faster")
    turn.remember(none=None, none_at=None, last=text[-500:], appended=ticket.id)
    turn.say(turn.word("progress.none_urged", number=ticket.number, due=day(ticket.due_at)), tone="ticket", ticket=ticket)


THAT_ONE = re.compile(
    "(?:投诉|反映|登记)(?:过|的)?([^,，。!？?的那]{2,8})(?:的)?那(?:[件张单次事]|个(?=事|投诉|工单|怎么?样|还|办|处理|到哪|$))|"
    "(?:之前|以前|上次|上回|原来|先前)[^,，。]{0,3}([^,，。!？?的那他她我]{2,8})(?:的)?那(?:个|件|张)投诉")
GOES_HOW = re.compile("处理|办|进展|进度|结果|怎么?样|到哪|消息|[吗呢没][啊呀?？。]*$")
A_LINE = 24  # characters
URGES = re.compile(
    "(?:^|[^被来别用要没])催(?:一?[下哈]|一催|催|[吧啊呀。!]|$)|"
    "(?:没|莫)(?:得|有)?(?:个)?人(?:来|给|跟|和)?我?(?:打(?:过)?(?:个)?电话|联系|找|理|回)(?:给)?(?:过)?我?(?:[,。! ]|$)")
"""She presses for it."""
ASKS_AFTER = re.compile(
    "(?:我的?|那个?)(?:钱|款|手续费|年费|短信费|利息)(?:到底|现在)?(?:退没退|退了没|到没到|到了没|还没退)|"
    "我的?(?:这|那)?(?:个|件|张|单)?(?:投诉|工单|单子)[^,。!]{0,6}(?:怎么样|到哪|进展|搞定|处理|办好|办完|有结果)")
NOT_HERS = re.compile("催(?:收|债|款|我|着|得)|快递|包裹|外卖|骗|警察|贷|放款|审批|下卡|柜|网点|机|窗口|大堂|热线|客服|排队")
"""So she speaks of something else."""
ASKS_WHEN = re.compile("多久|几天|多长时间|[啥什]么?时候|哪[天日]")
PRESSES = re.compile("催|快|还没|还不|怎么还|咋还|等了|都[^,，。]{0,4}天|到底|急")
CHASES = re.compile(
    "催|没(?:有)?人(?:给我|跟我|来)?(?:打|联系|回|找|理|管)|[还也]没|还不|没(?:有)?(?:个)?(?:回音|消息|动静|答复|结果|回复)|再不|拖")
FORGOT = re.compile("忘|没记|记不|不记得|不知道|不晓得|找不到|没有单")
TELLS = 5  # characters
GUARANTEE = re.compile(
    "(?:你们?|您|银行|能|可以|敢|要)[^,，。!！?？]{0,4}保证(?![金书人本过了]|收益)[^,，。!！?？]{0,6}(?:退|赔|要回|追回|拿回|回来|解决|办好)|"
    "(?:你们?|您|能|敢)[^,，。!！?？]{0,4}(?:打包票|打保票|包退|包赔)")
"""She wants it promised, and"""
PROMISED = re.compile("当时|当初|之前|以前|原来|说好|说过|经理|业务员|柜员|有人|他们?|她|对方")
"""somebody else has promised it."""
CANNOT = re.compile("不能(?:先跟您)?保证|不敢保证|谁(?:都|也)不能|打包票")
SENT = re.compile("转(?:账|帐|错|出|走|过去|了?钱)|汇[款错]|付款")
OF_TICKET = re.compile("投|诉|工单|单子|登记|告")
AN_HOUR = timedelta(hours=1)
NONE = ("progress.none", "progress.none_noted", "progress.none_still")
NONE_STILL = ("progress.none_yes", "progress.none_too")


def _numbered(ticket: Ticket) -> Button:
    return Button(ticket.number, f"ticket:{ticket.id}")


def show(turn: Turn, ticket: Ticket, *, urged: bool = False) -> None:
    """One ticket as its owner may see it, with what she can do now. `urged`: pressing for it is noted."""
    turn.ticket, turn.did = ticket, "STATUS"
    goes_on = filing.survivor(turn, ticket)
    text = turn.word("progress.one", number=ticket.number, category=category_name(turn, ticket), status=status_name(turn, ticket),
                     received=day(ticket.received_at), due=day(goes_on.due_at))
    buttons = [_numbered(goes_on)] if goes_on is not ticket and goes_on.chat_id == turn.chat.id else []
    if ticket.status in OPEN and ticket.status != "decided":
        buttons.append(turn.button("progress.withdraw", f"withdraw:{ticket.id}"))
        if urged and _presses(turn.text):
            turn.session.add(Event(ticket_id=ticket.id, kind="urged", actor="customer", at=turn.at))
            staff_alerts.customer_wrote(turn, ticket)
            text += "\n\n" + turn.word("progress.pressed")
    if ticket.status in ("told", "closed") and ticket.kind == "complaint":
        buttons.append(turn.button("progress.review", f"review:{ticket.id}"))
    turn.say(text, buttons=rows(*buttons, turn.button("menu.human", "human")), tone="ticket", ticket=ticket)


def status_name(turn: Turn, ticket: Ticket) -> str:
    """With the number under which it goes on, where it was merged: its clock is that one's too."""
    name, goes_on = turn.knowledge.taxonomy.status[ticket.status].name, filing.survivor(turn, ticket)
    return name if goes_on is ticket else turn.word("progress.merged", status=name, number=goes_on.number)


def review(turn: Turn, ticket_id: int) -> None:
    """3 号令第二十条: a review (核查) by the superior, asked for within 30 days of the decision."""
    ticket = filing.own(turn, ticket_id)
    if ticket is None:
        return turn.say(turn.word("error.button_gone"))
    turn.ticket = ticket
    if ticket.told_at is None:
        return turn.say(turn.word("progress.review_early", number=ticket.number), ticket=ticket)
    made = lifecycle.ask_review(turn.session, ticket, rules=turn.knowledge.deadlines, at=turn.at)
    if made is None:
        return turn.say(turn.word("progress.review_late"), ticket=ticket)
    if made.received_at == turn.at:  # asked again, it is the same
        staff_alerts.new_ticket(turn, made)
    turn.say(turn.word("progress.review_filed", number=made.number, due=day(made.due_at)), tone="ticket", ticket=made)

