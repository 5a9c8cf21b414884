"""One matter or two: what is told beside or after a grievance becomes a ticket of its own where it is another; none is lost."""

import re
from collections.abc import Sequence

from bot.flows import asking, entries, filing, slots, sought
from bot.messages import rows
from bot.turn import Turn
from tickets.batch import tickets_of
from tickets.models import Ticket
from tickets.register import OPEN

ANOTHER = re.compile(
    "(?<!没)(?<!没[有啥得])(?<!没什么)(?<!不是)(?:另外?|别的|还有)(?:还?有?)?[一个件]{0,2}(?:事|问题)|再投诉|还要投诉|"
    "第二(?:件|个(?=[事问投是就,，:： ])|条(?![短信消规路]))|还有一[个件条项][,，:： ]|"
    "也要?投诉|(?:分开|单独|另)(?:登|立|记)|这一?[项件条]也")
"""She says that it is another matter."""
OPENS = re.compile(
    "[那对还哦嗯,，。 ]*(?:另外?|别的|还有)(?:还?有)?[一个件]{0,2}(?:事情?|问题)(?:是|要问|想问)?[啊呀嘛]?[,，:：。 ]+")
"""So she begins it."""
PARTS = re.compile(
    r"[,，。;；!！ ]+(?=(?:还有|另外|再有|同时还有|其次|第[二三][件个条]?|[二三]是|[二三]来)[^,，。]{0,2}[^问,，。])|"
    r"(?<=投诉)[,，。!！ ]+(?=还)")
FIRST = re.compile(r"^(?:一是|一来|第一[件个条]?事?[,，是:：]?)")
DEMAND = re.compile(
    "(?:你们|他们|她们|我们|咱们|银行|客服|柜员|经理|网点|支行|行长|你好|您好|喂|同志|老师|那么?|就|行吧?|好[吧的]?|哦|不|嗯|唉|还是|算了|我|俺|你|您|他|她|它|"
    "要|想|得|必须|请|麻烦|帮|给|替|再|去|来|把|将|这个|这事|这件|事|投诉|告|登记|记下来|记|立案|反映|举报|投|一次|一下|一个|个|下|上|了|吧|嘛|啊|呀|呗|嘞|哈|"
    "行不行|行不|可以吗|好不好|好吗|成不|中不)++")
VERB = re.compile("投诉|(?<!报)告(?:他|她|你|银行|了|吧|$)|登记|立案|(?:还是|就|要)投(?:吧|了|$)|(?:给我|帮我|你)记")
"""She asks for a ticket, and may say nothing else."""
BANK = re.compile("(?<=投诉)(?:中国)?[^\\W\\d你我他这那个]{2,8}银行|(?<=投诉)[工农建中交招邮]行|(?<=投诉)邮储(?:银行)?")
"""A bank that is named and nothing of what happened there."""
SUES = re.compile(
    "(?<![不没别想])[我俺](?:还|也|就|一定|非|真|现在|今天)*要(?:去)?告(?:你们|银行|贵行|柜|经理|[那这](?!个?骗)|(?=[啊呀了嘛哈噻!！。,，]|$))"
    "(?!.*(?:怎么|如何|哪|谁|吗|[?？]|多久|多少|几[天号]|什么|会不会|要不要|法院|法庭|律师|监管|123))", re.DOTALL)
"""「我要告」: so the country says 「我要投诉」."""
NOT_WANTED = re.compile("(?:登记|投诉)[不没]|不(?:要|用|想)了|(?:不|别|没)"
                        "(?:想|要|用|再|说|去|来)*(?:投|告|登|记|反映|举报)")
ASKED_TOO = 0.25  # so likely a grievance that ends in a question wants it answered
STORY, LINE = 8, 120  # messages kept of the talk, and characters of each
SURELY, PERHAPS = 0.8, 0.6
SHORTEST = 6  # characters of a part that is a matter of its own
ASIDE = re.compile(r"(?:另外|顺便|还|再|对了|也)(?:想|要|请|我)*问(?:一下|一句|一声|下|句)?(?:你们?)?[,，:： ]*([^。]{4,80})$")
"""「另外问一下年费能退吗」 at the end of a grievance."""
LEANS = re.compile("^(?:那(?![个天边家张位笔些种里儿时次年])|所以|这样|这[不也]|就这)")
WHY = re.compile("[怎咋]么?回事|为[什啥]|凭[什啥]|[怎咋]么?(?:会|变|成|没|就|不)")
"""So she asks of what happened to her, and not how a thing is done."""
SHORT = 16  # characters; so few that complain after an answer say what about in the question before
BRIEF = 30  # characters; so few that name no business of the bank at all
REGISTERS = re.compile(
    r"(?:[这那]|两[件个项条]|[个件条项]|事情?|都|也|给我|帮我|麻烦|请|要|我|分开|单独|另外|各自|各|投诉|登记|登|立案|立|记|"
    r"上|一下|吧|了|办|工单|单)++")
TWO = re.compile("两|也|分开|单独|都|另")
NAMED = re.compile(r"(.{1,12}?)(?:那|这)(?:个|件|笔|张|事|单|条)|(.{1,8}?)(?:的那|是|的)")
ORDER = (re.compile("第一[个件张]|前[一面]?[个件张]|先前"), re.compile("第二[个件张]|后[一面]?[个件张]|刚才[那这]?[个件张]"))
DULL = frozenset(("投诉", "那个", "这个", "工单", "我的", "你们", "经理", "电话", "银行", "登记", "柜员", "客户", "今天", "昨天",
                  "道歉"))


def complain(turn: Turn, *, apart: bool = False) -> None:
    """A grievance as it was told: one ticket, or one for each matter that surely is another; a question at its end is answered."""
    before = told_before(turn)
    asked = ASIDE.search(turn.text)
    question = asked[1] if asked else turn.text if sought.asks(turn, ASKED_TOO) and sought.surely(turn) else None
    parts = [] if question else surely_apart(turn, turn.text)
    if parts:
        return _file_each(turn, parts)
    whole, leaning = turn.understood, before is not None and _leans(turn, before)
    if leaning:
        turn.understood = whole.again(f"{before}\n{turn.text}")
    open_before = [] if leaning else complaints(turn)
    filing.complain(turn, apart=apart, then=(lambda: _answer(turn, question)) if question else None)
    turn.understood = whole
    if (where := turn.state.get("where")) and turn.ticket is not None:
        filing.fill(turn, turn.ticket, "branch", where)
        turn.remember(where=None)
    if apart and turn.ticket is not None and open_before and turn.ticket not in open_before:
        both(turn, [turn.ticket, *open_before])
    if before is not None and not leaning:
        turn.remember(earlier=before)


def only_where(turn: Turn) -> bool:
    """A bank or a branch, and nothing of what happened there: kept, and what happened is asked once more. False: she says more, or
    was asked before."""
    where = turn.text.strip(" 。.!！")
    if turn.state.get("where") or not (slots.PLACE.fullmatch(where) or BANK.fullmatch(f"投诉{where}", 2)):
        return False
    turn.did = "FILE"
    turn.remember(where=where)
    turn.say(turn.word("filing.where_first", where=where))
    return True


def told_before(turn: Turn) -> str | None:
    """What she asked or told in this talk, where nothing was filed."""
    story = turn.state.get("story", {})
    told = "\n".join(line for line in story.get("said", ()) if line not in turn.text)
    return told if told and turn.lately(story.get("at"), sought.SAME_TALK) and filing.current(turn) is None else None


def repeated(turn: Turn) -> bool:
    """The very words that were answered, once more: so is the answer, which was lost in the talk or is wanted in other words."""
    before, after = ([char for char in text if char.isalnum()] for text in (turn.state.get("last") or "", turn.text[:500]))
    if before != after or not after or not sought.seen(turn):
        return False
    asking.answer(turn, sought.matter(turn) or "")
    return True


def keep_story(turn: Turn) -> None:
    """What she says of a matter is kept until a ticket takes it up: 「帮我投诉」 means all of it."""
    if turn.ticket is not None and turn.state.get("story"):
        return turn.remember(story=None)
    if not turn.heard or turn.did in ("", "SMALL", "SCAM") or filing.continued(turn) is not None:
        return None
    story, about = turn.state.get("story", {}), turn.state.get("topic", {}).get("entry")
    goes_on = turn.lately(story.get("at"), sought.SAME_TALK) and not _begins(turn, story.get("about"), about)
    said = [line for line in story.get("said", []) if line != turn.text][1 - STORY:] if goes_on else []
    turn.remember(story={"said": [*said, turn.text[:LINE]], "at": turn.at.isoformat(), "about": about or story.get("about")})


def _begins(turn: Turn, before: str | None, about: str | None) -> bool:
    """Whether her words alone surely ask of another matter (`about`) than she told before."""
    if turn.did != "ANSWER" or not before or before == about or sought.belongs(turn, about or "", before):
        return False
    found = turn.understood.found
    return (found.entry == about and found.confidence >= asking.SURE_ANSWER and found.candidates[0].score >= SURELY
            and entries.theme(turn, about) != entries.theme(turn, before))


def demanded(turn: Turn, said: str) -> bool:
    """「那你帮我告他们嘛」 and nothing else: what she told before becomes a ticket, or the one that holds it is named. False: she
    says something else."""
    bare = BANK.sub("", said)
    if not said or not DEMAND.fullmatch(bare) or not VERB.search(said) or NOT_WANTED.search(said):
        return False
    if turn.state.get("expect") or turn.understood.reading.urgency == "I":
        return False
    ticket, before = filing.current(turn) or filing.continued(turn), told_before(turn)
    if ticket is not None and ticket.urgency == "I":  # a complaint beside an alarm is of what was told since
        ticket, before = None, before or turn.state.get("last")
        if before is None:
            return False
    if before is not None:
        filing.file_words(turn, before if bare == said else f"{before}\n{turn.text}")
    elif ticket is not None:
        turn.ticket, turn.did = ticket, "ADD"
        turn.say(turn.word("filing.heard", number=ticket.number), ticket=ticket,
                 buttons=rows(turn.button("filing.new_matter", "other")))
        filing.ask_again(turn)
    else:
        turn.remember(expect="complaint", filing=None)
        turn.say(turn.word("filing.prompt"))
    return True


def _leans(turn: Turn, before: str) -> bool:
    """Whether a grievance goes on with what she told before: it names nothing, or no other kind and demands a ticket, or the base
    knows no other matter that it is about."""
    if ANOTHER.search(turn.text):
        return False
    reading, earlier = turn.understood.reading, turn.understood.again(before).reading
    unsure = reading.category == "OTHER" or (reading.category_confidence or 0) < SURELY
    general = earlier.intent == "question" and not WHY.search(before)
    tells = general and reading.intent == "complaint" and len(VERB.sub("", turn.text)) > SHORTEST
    if LEANS.match(turn.text) or (not tells and unsure and len(turn.text) <= (BRIEF if reading.category == "OTHER" else SHORT)):
        return True
    if not unsure:
        return earlier.category == reading.category
    first = next(iter(sought.search(turn).candidates), None)
    topic = sought.matter(turn) if sought.seen(turn) else None
    stays = topic is not None and first is not None and (first.entry == topic or sought.belongs(turn, first.entry, topic))
    if tells:  # a general question, and then what happened to her
        return stays
    return stays or VERB.search(turn.text) is not None or turn.understood.found.confidence < sought.SURE


def surely_apart(turn: Turn, text: str) -> list[str]:
    """The parts of a text that holds several matters, where all are surely read as grievances of different kinds."""
    pieces = [FIRST.sub("", piece) for piece in PARTS.split(text) if piece]
    if len(pieces) < 2 or any(len(piece) < SHORTEST for piece in pieces):
        return []
    readings = [turn.understood.again(piece).reading for piece in pieces]
    sure = all(one.intent == "complaint" and one.intent_confidence >= PERHAPS and (one.category_confidence or 0) >= SURELY
               and one.urgency != "I" for one in readings)
    return pieces if sure and len({one.category for one in readings}) == len(pieces) else []


def _file_each(turn: Turn, parts: Sequence[str]) -> None:
    whole, made = turn.understood, []
    for part in parts:
        turn.understood = whole.again(part)
        made.append(filing.register(turn))
    turn.understood = whole
    both(turn, made)
    filing.begin_questions(turn, made[0])


def both(turn: Turn, tickets: Sequence[Ticket]) -> None:
    """Each has its own number and its own clock."""
    numbers = "、".join(one.number for one in sorted(tickets, key=lambda one: one.id))
    turn.say_before_question(turn.word("filing.both", numbers=numbers))


def _answer(turn: Turn, question: str) -> None:
    """What the base says to a question that was asked beside a grievance; else its handler answers."""
    whole, ticket = turn.understood, turn.ticket
    turn.understood = whole.again(question)
    slug = sought.answered(turn)
    if slug is not None:
        asking.answer(turn, slug)
    elif not asking.looked_up(turn):
        turn.say(turn.word("filing.question_noted", number=ticket.number), ticket=ticket)
    turn.understood, turn.ticket, turn.did = whole, ticket, "FILE"


def another(turn: Turn, ticket: Ticket) -> bool:
    """Whether her words in the middle of the questions are a grievance about another matter: she says so, or it surely is."""
    reading = turn.understood.reading
    if len(turn.text) < SHORTEST or reading.intent != "complaint" or reading.intent_confidence < PERHAPS:
        return False
    other = reading.category not in (None, ticket.category) and not any(
        one.startswith(f"{reading.category}/") for one in ticket.also)
    if ANOTHER.search(turn.text):
        return True
    sure = (reading.category_confidence or 0) >= SURELY and reading.category != "OTHER"
    return other and sure and (slots.BESIDES.search(turn.text) or SUES.search(turn.text)) is not None


def registering(text: str) -> bool:
    """「这个也投诉，两个分开登」: nothing but that it be registered too."""
    said = "".join(char for char in text if char.isalnum())
    return (REGISTERS.fullmatch(said) is not None and TWO.search(said) is not None
            and re.search("登|记|立|投诉|分开", said) is not None)


def register_too(turn: Turn, ticket: Ticket) -> bool:
    """The words before become a ticket of their own. False: all that she told has one."""
    words = turn.state.get("last") or turn.state.get("earlier")
    if not words or words in ticket.summary:
        return False
    if ticket.facts.endswith(words):
        ticket.facts = ticket.facts.removesuffix(words).strip()
    turn.remember(earlier=None)
    whole = turn.understood
    filing.file_words(turn, words)
    turn.understood = whole
    both(turn, [ticket, turn.ticket])
    return True


def elsewhere(turn: Turn, ticket: Ticket) -> Ticket | None:
    """The other ticket of this talk that her words name, while we ask about this one."""
    others = [one for one in complaints(turn) if one.id != ticket.id]
    if not others:
        return None
    found = named(turn, turn.text, [ticket, *others])
    return found[0] if len(found) == 1 and found[0].id != ticket.id else None


def complaints(turn: Turn) -> list[Ticket]:
    """The complaints of this talk."""
    return [one for one in tickets_of(turn.session, turn.chat.id)
            if one.kind == "complaint" and one.status in OPEN and turn.at - one.received_at <= filing.FOLLOW_UP]


def named(turn: Turn, text: str, tickets: Sequence[Ticket]) -> list[Ticket]:
    """The tickets that the words name, by their kind, their cause, or what was told; all of them where nothing is named."""
    for place, pattern in enumerate(ORDER):
        if pattern.search(text) and len(tickets) == 2:
            return [sorted(tickets, key=lambda one: one.id)[place]]
    subject = NAMED.match(text)
    wanted = pairs(subject[1] or subject[2] if subject else text) - DULL
    holds = [pairs(_told_of(turn, one)) for one in tickets]
    telling = {pair for pair in wanted if 0 < sum(pair in one for one in holds) < len(holds)}
    scores = [len(telling & one) for one in holds]
    best = max(scores, default=0)
    return [one for one, score in zip(tickets, scores, strict=True) if score == best]


def holds(turn: Turn, text: str, ticket: Ticket) -> bool:
    """Whether the ticket tells of what the words name."""
    wanted = pairs(text) - DULL
    return bool(wanted & pairs(_told_of(turn, ticket)))


def _told_of(turn: Turn, ticket: Ticket) -> str:
    taxonomy = turn.knowledge.taxonomy
    kinds = (taxonomy.category.get(ticket.category or ""), taxonomy.cause.get(ticket.cause or ""))
    names = " ".join(f"{kind.name} {kind.hint}" for kind in kinds if kind)
    return f"{names} {ticket.summary} {ticket.facts} {ticket.branch_named} {ticket.claim}"


def pairs(text: str) -> frozenset[str]:
    return frozenset(pair for n in range(len(text) - 1) if (pair := text[n:n + 2].lower()).isalnum())
