"""She puts right what was kept: 「不是城西，是城北支行」 changes the answer, 「不是信用卡，我说的是房贷」 the kind of complaint."""

import re

from bot.flows import filing, kinds, matters, slots
from bot.turn import Turn
from tickets.models import Ticket

NOT_BUT = re.compile(
    r"(?<![是又])不是([^,，。!！?？ ]{1,16}?)[啊呀呢吧的嘛]*[,，。!！ ]+"
    r"(?:我(?:说|问|讲|指|要投诉)的?|应该|其实|而)*是([^,，。!！?？ ]{1,30})")
BUT_NOT = re.compile(r"是([^,，。!！?？ ]{1,16}?)[,， ]*不是([^,，。!！?？ ]{1,16})")
PUT_RIGHT = re.compile(
    r"(?:还有|哦|噢)?[,， ]*(?:不对|不是|(?:我|刚才|前面|地方|地点|时间|名字)*(?:说|写|打|记|弄|搞|看|算)错了?|错了)"
    r"[,，。.!！ ]*(?:应该)?是(.{1,60})", re.DOTALL)
NAME = re.compile(r"^(?:不对|(?:我|名字)*(?:说|写|打)错了?|错了)[,，。 ]*([叫姓])([^\W\d]{1,4})")
CHANGE = re.compile("(?:改一下|更正一下|改过来|帮我改改)[吧啊。!！]*$")
WRONGLY = re.compile("[说写打记弄搞看算]错了")
ASKS = re.compile("[吗么?？]|怎么|什么|多少|我是?问|能不能|行不行|密码|手机号")
PRONOUN = re.compile("(?:[我俺咱你您他她它]们?|自己|本人|人家)")
"""「是他签的不是我」 puts no word of her story right: 我 stands all over it."""
SURELY = 0.8
SHORT = 8  # characters that name a kind and tell nothing more


def heard(turn: Turn, ticket: Ticket | None) -> bool:
    """Apply what she puts right and say so. False: she corrects nothing of this ticket."""
    text = turn.text
    if ticket is None or ASKS.search(text):
        return False
    if (found := NOT_BUT.search(text)) and _instead(turn, ticket, found[1], found[2]):
        return True
    if (found := BUT_NOT.search(text)) and _instead(turn, ticket, found[2], found[1]):
        return True
    if WRONGLY.search(text):
        place = next((piece for piece in reversed(slots.BREAKS.split(text)) if slots.PLACE.fullmatch(piece)), None)
        if place and ticket.branch_named:
            place = place.removeprefix("是")
            _keep(turn, ticket, "branch", place, said=place)
            return True
        right = ((found := NOT_BUT.search(text)) and found[2]) or ((found := BUT_NOT.search(text)) and found[1])
        if right and slots.town(right):
            _keep(turn, ticket, "branch", right, said=right)
            return True
        if right:
            _noted(turn, ticket, text, said=right)
            return True
    if (found := NAME.match(text)) and _renamed(turn, ticket, found[1], found[2]):
        return True
    if (found := PUT_RIGHT.fullmatch(text)) and (step := _answered_last(turn, ticket, found[1].strip())):
        if step == "facts" and _another_day(turn, ticket, found[1].strip()):
            return True
        if step == "facts":  # what happened is told in many words, and she puts one of them right
            _noted(turn, ticket, text, said=found[1].strip())
        else:
            _keep(turn, ticket, step, found[1].strip(), said=found[1].strip())
        return True
    if CHANGE.search(text):
        _noted(turn, ticket, text, said=text)
        return True
    return False


def _instead(turn: Turn, ticket: Ticket, was: str, now: str) -> bool:
    if PRONOUN.fullmatch(was):
        return False
    code = _other_kind(turn, ticket, was, now) or _read_anew(turn, ticket, was, now)
    if code is not None:
        filing.note(turn, ticket, turn.text)
        kinds.correct(turn, ticket.id, "category", code)
        turn.did = "UNDO"
        return True
    cause = _other_cause(turn, ticket, was, now)
    if cause is not None:
        if cause == ticket.cause:
            turn.ticket = ticket
            turn.say(turn.word("filing.so_it_is", category=filing.cause_name(turn, ticket)), ticket=ticket)
        else:
            kinds.correct(turn, ticket.id, "cause", cause)
        turn.did = "UNDO"
        return True
    if _so_it_is(turn, ticket, was, now):
        return True
    changed = [column for column in ("facts", "branch_named", "claim", "contact")
               if was in "".join(line for line in getattr(ticket, column).split("\n") if not NOT_BUT.search(line))]
    if not changed and was not in ticket.summary:
        if slots.PLACE.fullmatch(now) and ticket.branch_named:
            _keep(turn, ticket, "branch", now, said=now)
            return True
        return _of_the_answer(turn, ticket, was)
    for column in changed:
        lines = getattr(ticket, column).split("\n")
        put_right = "\n".join(line if NOT_BUT.search(line) else replaced(line, was, now) for line in lines)
        setattr(ticket, column, put_right[:filing.most(column)])
    if was in ticket.summary:  # what she said first stands as she said it
        filing.note(turn, ticket, turn.text)
    filing.join(turn, ticket)
    turn.say(turn.word("filing.amended" if changed else "filing.put_right", text=now), ticket=ticket)
    return True


def _so_it_is(turn: Turn, ticket: Ticket, was: str, now: str) -> bool:
    """She names the kind that the ticket has already."""
    kind = turn.knowledge.taxonomy.category.get(ticket.category or "")
    others = "、".join(f"{one.name}、{one.hint}" for one in turn.knowledge.taxonomy.category.values() if one is not kind)
    if kind is None or was not in others or len(now) > SHORT or turn.understood.again(now).reading.category != ticket.category:
        return False
    turn.ticket, turn.did = ticket, "UNDO"
    turn.say(turn.word("filing.so_it_is", category=kind.name), ticket=ticket)
    return True


def _of_the_answer(turn: Turn, ticket: Ticket, was: str) -> bool:
    """She puts right what we thought, not what she said: the answer before went astray."""
    entry = turn.knowledge.entries.get(turn.state.get("topic", {}).get("entry", ""))
    if entry is None or was not in f"{entry.question}{entry.answer}":
        return False
    filing.note(turn, ticket, turn.text)
    filing.join(turn, ticket)
    turn.say(turn.word("filing.misheard", number=ticket.number), ticket=ticket)
    return True


def replaced(text: str, was: str, now: str) -> str:
    """The text with `now` for `was`: 「城西支行」 becomes 「城北支行」 where she says 「城北支行」 for 「城西」."""
    parts = text.split(was)
    for n, part in enumerate(parts[1:], 1):
        same = next((size for size in range(min(len(part), len(now)), 0, -1) if now.endswith(part[:size])), 0)
        parts[n] = part[same:]
    return now.join(parts)


def _other_kind(turn: Turn, ticket: Ticket, was: str, now: str) -> str | None:
    """The category that she means, where she says that the one we named is wrong."""
    kind = turn.knowledge.taxonomy.category.get(ticket.category or "")
    if kind is None or not any(was[n:n + 2] in f"{kind.name}、{kind.hint}" for n in range(len(was) - 1)):
        return None
    reading = turn.understood.again(now).reading
    other = reading.category != ticket.category and (reading.category_confidence or 0) >= SURELY
    return reading.category if other else None


def _read_anew(turn: Turn, ticket: Ticket, was: str, now: str) -> str | None:
    """The category that her first words have, once they are put right: 「不是年费，是短信费」."""
    if was not in ticket.summary:
        return None
    read = turn.understood.again(replaced(ticket.summary, was, now)).reading
    return read.category if read.category != ticket.category and (read.category_confidence or 0) >= SURELY else None


def _other_cause(turn: Turn, ticket: Ticket, was: str, now: str) -> str | None:
    """The cause that she means, where she says that it is not the one that `was` names: 「不是服务态度 是乱收费」."""
    causes = turn.knowledge.taxonomy.cause
    ours = causes[ticket.cause].name if ticket.cause in causes else ""
    named = any(was in one.name for one in causes.values()) or matters.pairs(was) & matters.pairs(ours)
    if len(was) < 2 or not named or was in f"{ticket.summary}{ticket.facts}":
        return None
    shared = {code: len(matters.pairs(f"{one.name}{one.hint}") & matters.pairs(now)) for code, one in causes.items()}
    best = max(shared, key=shared.__getitem__)
    code = best if shared[best] else turn.understood.again(now).reading.cause
    return code if code in causes and was not in causes[code].name else None


def _renamed(turn: Turn, ticket: Ticket, mark: str, name: str) -> bool:
    """「不对，叫李婧」: the name that stands after 叫 or 姓."""
    before = re.compile(rf"{mark}[^\W\d]{{{len(name)}}}")
    for column in ("facts", "contact", "branch_named", "claim"):
        text = getattr(ticket, column)
        if before.search(text):
            setattr(ticket, column, before.sub(mark + name, text)[:filing.most(column)])
            filing.join(turn, ticket)
            turn.say(turn.word("filing.amended", text=mark + name), ticket=ticket)
            return True
    return False


def _answered_last(turn: Turn, ticket: Ticket, text: str) -> str | None:
    """The answer that these words replace: the place where they are one, else what was kept last."""
    if ticket.branch_named and (slots.PLACE.fullmatch(text) or slots.town(text)):
        return "branch"
    last = (turn.state.get("filing") or {}).get("kept")
    when = slots.WHEN.fullmatch(text) or slots.DAY.search(text)  # and no hour at which to ring her
    return "facts" if when and last != "contact" else last if last in filing.COLUMNS and slots.fits(last, text) else None


def _another_day(turn: Turn, ticket: Ticket, text: str) -> bool:
    """「记错了，是前天」 takes the place of the one day that she has told. False: she has told none, or several."""
    told = list(slots.ON_DAY.finditer(ticket.facts))
    if len(told) != 1 or not slots.WHEN.fullmatch(text) or not slots.ON_DAY.search(text):
        return False
    now = "".join(found[0] for found in slots.ON_DAY.finditer(text))
    whole = ticket.facts[:told[0].start()] + now + ticket.facts[told[0].end():]
    _keep(turn, ticket, "facts", whole, said=text)
    return True


def _keep(turn: Turn, ticket: Ticket, step: str, text: str, *, said: str) -> None:
    filing.keep(turn, ticket, step, text)
    turn.say(turn.word("filing.amended", text=said), ticket=ticket)


def _noted(turn: Turn, ticket: Ticket, text: str, *, said: str) -> None:
    filing.note(turn, ticket, text)
    filing.join(turn, ticket)
    turn.say(turn.word("filing.put_right", text=said), ticket=ticket)
