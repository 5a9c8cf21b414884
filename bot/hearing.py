"""What a message does in this talk: asks, tells a grievance, answers our question, is only small talk."""

import re

from bot.flows import all_clear, asking, emergency, entries, filing, harmless, in_alarm, sought
from bot.turn import Turn
from nlp.talks import Before
from nlp.text import normalise
from nlp.urgency import LEVEL_ONE
from tickets.batch import tickets_of

DOUBTFUL, UNLIKELY, SHORT = 0.8, 0.06, 20
NEVER_CALM = ("", "anti_fraud", "illegal_fundraising", "aml", "collection", "loan", "credit_card", "credit_report", "personal_info",
              "payments", "elderly_minor")
"""After an answer about anything else a few words ring only where they ring surely: of 26 alarms after an answer none is less sure,
of 34 false ones six. Where money is lost or owed, nothing calms."""
SURELY_AGAIN = 0.97
"""After she said that an alarm was none."""
KEPT_BY_HIS_BOSS = re.compile(
    "(?:老板|公司|单位|工头|包工头|会计|财务|经理|厂里)[^，,。！!？?]{0,6}(?:收|扣|拿|保管|要)[^，,。！!？?]{0,4}(?:我|俺|大家|我们)的?(?:工资|银行)?卡.{0,24}密码")
OF_A_SWINDLER = re.compile("骗|陌生|网上|寄|协商|代管|中介|验证码|转走|少了|跑分|没了|公安|警察")
HALF_HEARTED, HARDLY = 0.7, 0.01
"""Of 132 alarms in our dialogues one is less sure than both, of 84 false ones 16 (dialogues of writers held out)."""


def before(turn: Turn) -> Before:
    """How the talk stands, as `nlp.acts` was taught to see it."""
    return Before(_open(turn), turn.state.get("did", ""))


def _open(turn: Turn) -> str:
    if emergency.under_way(turn):
        return "alarm"
    if asked := turn.state.get("filing"):
        return next(iter(asked["steps"]), "ticket")
    if any(turn.at - ticket.received_at <= filing.FOLLOW_UP for ticket in tickets_of(turn.session, turn.chat.id)):
        return "ticket"
    return "topic" if turn.state.get("topic") else "nothing"


def out_of_place(turn: Turn) -> bool:
    """Whether an alarm is raised half-heartedly by words that are no cry for help as the talk stands: 「甭赔我 说声对不起就得」 is
    what she wishes. While an alarm is under way only by who says that it is none, at the beginning of a talk only by links that
    somebody passes on."""
    if of_her_boss(turn):
        return True
    now, sure, heard = before(turn).open, turn.understood.reading.alarm, turn.heard["alarm"]
    theme = entries.theme(turn, turn.state.get("topic", {}).get("entry"))
    grave = set(turn.understood.reading.flags) & LEVEL_ONE
    swindle = grave == {"fraud_now"}
    if swindle and (now == "alarm" or denied(turn)):
        return all_clear.denies(turn.text) and harmless.calm(turn.text)
    if now != "alarm" and theme not in entries.SWINDLES and harmless.own(turn.text, grave):
        return True
    if swindle and heard < DOUBTFUL and (harmless.passed_on(turn.text) or more_of_it(turn)):
        return True
    if emergency.stood_down(turn) and sure < SURELY_AGAIN and heard < DOUBTFUL:
        return True
    if now == "topic" and len(turn.text) <= SHORT and theme not in NEVER_CALM and sure < DOUBTFUL and heard < UNLIKELY:
        return True  # 「没有遗嘱 就我跟我妹两个」, asked about what her father left
    if sure >= HALF_HEARTED or now in ("nothing", "alarm"):
        return False
    return heard < HARDLY or (heard < UNLIKELY and theme != "anti_fraud" and _asks_else(turn))


def more_of_it(turn: Turn) -> bool:
    """「平台客服说密码是你告诉他的 不给退」, after the answer on a child's game, or where the base plainly finds that in it: said
    of it, and of no swindle."""
    if turn.heard["alarm"] >= UNLIKELY or harmless.GRAVE.search(turn.text) or not harmless.calm(turn.text):
        return False
    now, topic = before(turn).open, sought.matter(turn)
    found = sought.search(turn) if now == "topic" and sought.seen(turn) else turn.understood.found
    first = next(iter(found.candidates), None)
    if first is None or first.theme in entries.SWINDLES:
        return False
    if now == "topic" and sought.seen(turn):
        return found.entry == topic and first.score >= sought.LIKELY
    return turn.understood.reading.alarm < HALF_HEARTED and found.entry is not None and first.score >= sought.LEADING


def _asks_else(turn: Turn) -> bool:
    """「她去取钱人家问不问」: a question that the base surely answers, about no swindle, with nothing gone."""
    found = turn.understood.found
    entry = turn.knowledge.entries.get(found.entry or "")
    return (entry is not None and entry.theme not in entries.SWINDLES and found.confidence >= asking.SURE_ANSWER
            and sought.FORM.search(turn.text) is not None and in_alarm.gone(normalise(turn.text)) is None)


def denied(turn: Turn) -> bool:
    """「不是被骗 是我自己输错的」, and nothing graver beside it."""
    return all_clear.NOBODY.search(turn.text) is not None and all_clear.denies(turn.text) and harmless.calm(turn.text)


def keep_denial(turn: Turn) -> None:
    """Said where no alarm is: another needs surer words."""
    if turn.understood.reading is not None and denied(turn) and emergency.known(turn) is None:
        turn.remember(mistaken={"at": turn.at.isoformat()})


def of_her_boss(turn: Turn) -> bool:
    """「老板收走我工资卡」 「卡和密码都给了」: what a code is told for there is no swindle as it happens."""
    whole = f"{turn.state.get('said', {}).get('text', '')}，{turn.text}"
    return KEPT_BY_HIS_BOSS.search(whole) is not None and OF_A_SWINDLER.search(whole) is None


def shares(turn: Turn) -> dict[str, float]:
    """How likely the message does each of nlp.talks.ACTS."""
    understood = turn.understood
    return understood.acts.shares(understood.text, understood.reading.intents, before(turn))
