"""Praise is believed where it praises and blames nobody: a grievance that is thanked for hurts most."""

import re

from bot.flows import asides, asking, filing, others, sought, ways_on
from bot.turn import Turn
from tickets.batch import tickets_of
from tickets.models import Ticket
from tickets.register import OPEN

PRAISED = 0.95
"""So surely is a colleague praised in the middle of a complaint; 「那个客户经理姓孙」 praises nobody."""
KIND = re.compile(
    "表扬|谢|感激|点[个一]?赞|[很真太特别非常]赞|夸|好评|锦旗|五星|5星|贴心|耐心|热情|细心|用心|暖|周到|给力|满意|棒|良心|辛苦|负责|专业|厉害|优秀|"
    "不错|感动|靠谱|放心|省心|方便|到位|帮了|帮我|救了|拦住|不推销|不嫌|(?:态度|服务|人|办事)[^,，。不没]{0,4}好|"
    "(?:真|很|挺|太|特别|非常|都|那么|这么|最)(?:好|快|强|稳|顺)|好(?:人|样|姑娘|小伙|服务)|喜欢|加油|值得|推荐|舒服|终于|解决了|搞定")
"""Words that praise."""
DENIED = re.compile(
    "谢天谢地|(?:不|没有?|没什么|好没|毫无|一点也?不|不怎么|不太|不够|哪里|算什么)(?:是|很|太|怎么|什么|够|有)?(?:友好|靠谱|满意|方便|专业|耐心|热情|周到|负责|细心|好|快|礼貌)")
BLAME = re.compile(
    "态度(?:很|太|真|特别|非常|就|也|不|这么|那么)*(?:不好|差|恶劣|凶|冷|硬|横|傲|敷衍|没法)|翻白眼|不理[我人]|骂|吼|恶劣|敷衍|推诿|踢皮球|(?:好|太)(?:差|慢|凶)|"
    "要账|催[收债款]|逼|找到(?:了)?我?(?:家|单位)|上门|投诉|乱[扣收]|多[扣收]|[没不]耐|不耐烦|没礼貌|没素质|钱[^,，。]{0,3}没了|"
    "(?:排队?|等)了?[^,，。]{0,4}(?:小时|钟头|半天|上午|下午|[天周月])|白跑|跑了?[两三四五几]趟|没人(?:理|管|接)")
"""Praise with this in it is none."""
WISHES = re.compile("(?:想|要|得|必须)(?:好好|当面|来)*(?:表扬|夸夸?|点个?赞)(?:一下|一哈|哈|下|他们?|她们?|个?人)?")
SOMEBODY = re.compile(
    r"支行|分行|网点|营业部|柜|窗口|大堂|大厅|经理|保安|主任|行长|小[^\W\d会小区的时说]|的[王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗]|姓[^\W\d]|工号|"
    r"姑娘|小伙|师傅|闺女|妹子|帮[我俺她他老]")
PROPOSES = re.compile("建议|希望|应该|最好|能不能|可不可以")
HIM = re.compile(r"他|她|小[^\W\d]")
HEARD_OF = re.compile("(?:有|管)用|告诉|转达|(?:晓得|知道|看得?到|收得?到|听得?到|传到|转到)|有奖|奖励")
NO_COMPLAINT = re.compile("(?:不是|没有?)(?:要|在|来)?投诉")
HANDLED = re.compile(
    "^(?:我|俺)?(?:上次|之前|以前|昨天|前几天)*投诉(?!得)[^,，。!！?？]{0,12}(?:处理|办理?|解决)(?:得|的|结果|了|我|都|还|挺|很|非常)*"
    "(?:好(?!几)|满意|快|及时|不错|圆满|到位)")
"""What she complained of was handled well;"""
STILL = re.compile("不满|没|但|可是|不过|就是|只是|却|然而|[?？吗呢]|怎么|不(?!错|客气|用谢)")
"""unless something is still amiss."""
BRIEF = 16  # characters


def meant(turn: Turn, share: float) -> bool:
    """Whether her words praise somebody, where the reading takes them for praise with this share."""
    if BLAME.search(turn.text) or not KIND.search(DENIED.sub("", turn.text)):
        return False
    return share >= PRAISED or filing.continued(turn) is None


def told(turn: Turn) -> bool:
    """Praise, or more of it, where it was invited or is wished for: filed, and what is told next goes with it. False: she asks, or
    blames somebody."""
    praised = _praised(turn)
    invited = sought.seen(turn) and sought.matter(turn) == ways_on.PRAISE
    if BLAME.search(turn.text) or asides.thanked(turn) or filing.continued(turn) is not None:
        return False
    if (invited or praised) and len(turn.text) <= BRIEF and HEARD_OF.search(turn.text) and sought.FORM.search(turn.text):
        turn.did = "ANSWER"
        turn.say(turn.word("praise.use"))
        return True
    if invited and PROPOSES.search(turn.text) and not (praised and HIM.search(turn.text)):
        others.told(turn, "suggestion")
        return True
    if sought.FORM.search(turn.text):
        return False
    named, wish = SOMEBODY.search(turn.text), WISHES.search(turn.text)
    if invited and praised and named:
        filing.note(turn, praised, turn.text)
        filing.join(turn, praised)
        turn.say(turn.word("praise.added", number=praised.number), ticket=praised)
    elif (invited and named) or (wish and named and KIND.search(DENIED.sub("", WISHES.sub("", turn.text)))):
        others.told(turn, "praise")
        asking.take_up(turn, ways_on.PRAISE)
        if wish:
            turn.say(turn.word("praise.more"))
    else:
        return False
    return True


def pleased(text: str) -> bool:
    """「我投诉你们上次那个事处理得挺好的，谢谢」: no complaint."""
    return HANDLED.search(text) is not None and STILL.search(text) is None


def insisted(turn: Turn) -> bool:
    """「不是投诉哦，是表扬」, of the praise that she has filed. False: there is none, or she says something else."""
    praised = _praised(turn) if NO_COMPLAINT.search(turn.text) else None
    if praised is not None:
        filing.join(turn, praised)
        turn.say(turn.word("praise.is_praise", number=praised.number), ticket=praised)
    return praised is not None


def _praised(turn: Turn) -> Ticket | None:
    """The praise that she has filed in this talk."""
    return next((one for one in tickets_of(turn.session, turn.chat.id)
                 if one.kind == "praise" and one.status in OPEN and turn.at - one.received_at <= sought.SAME_TALK), None)
