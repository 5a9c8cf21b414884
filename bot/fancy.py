"""What was said a moment ago to be a novel, a film, or laughed at: the knife in the next line is no knife."""

import re
from datetime import timedelta

from bot.flows import in_alarm
from bot.turn import Turn
from nlp.text import normalise

TOLD = re.compile(
    "(?:写|看|(?<![他她们家方子])编|读)(?:的|了|个|本|篇|部|一)*(?:小说|剧本|故事|剧|电影)(?!票|院|卡|的?(?:时候|软件|app|平台|网站|会员|广告))|"
    "(?:小说|剧本|电影|电视剧)(?:里|中(?!心)|的(?!时候|软件|app|平台|网站|会员|广告)|情节)|"
    "主角|男主(?!播)|女主(?!播)|第.{1,3}(?:章(?!程)|回(?=里|中|讲|写)|集(?!团|体|合|资|市|中|装))|手抄报|黑板报|情景剧|小品|考考你|"
    "(?<!不是)演练")
LAUGHED = re.compile("哈哈|嘿嘿|嘻嘻|笑死|开玩笑|段子")
WISHED = re.compile("(?:想|恨不得|巴不得)[^,。;!?]{0,6}(?:砍|捅|打|揍|杀|掐|弄死|拿刀)")
SOMEBODY = re.compile("老板|领导|同事|上司|主管|老师|室友|同学|基金经理")
OF_OURS = re.compile("你们|银行|支行|网点|柜台|柜员|大厅|现在|马上|手里|已经|明天|等着")
HERSELF = re.compile("[俺咱]|我(?!写|的(?:小说|故事|书|剧本))")
A_WHILE = timedelta(minutes=15)


def note(turn: Turn) -> None:
    """Kept for a while: what the next lines belong to."""
    plain = normalise(turn.text)
    kind = "told" if TOLD.search(plain) else "laughed" if LAUGHED.search(plain) else None
    if kind:
        turn.remember(fancy={"kind": kind, "at": turn.at.isoformat()})


def heard(turn: Turn) -> bool:
    """Whether words of a knife or a death belong to what was told or laughed at. Never where she speaks of herself or of us."""
    said = turn.state.get("fancy", {})
    if not turn.lately(said.get("at"), A_WHILE):
        return False
    plain = normalise(turn.text)
    if said["kind"] == "told":
        if turn.understood.reading.flags == ("fraud_now",) and HERSELF.search(plain) is None and not in_alarm.gone(turn.text):
            return True  # the swindle of her story goes on, and no money has just left
        return TOLD.search(plain) is not None and HERSELF.search(plain) is None
    return bool(WISHED.search(plain) and SOMEBODY.search(plain)) and OF_OURS.search(plain) is None
