"""How an alarm ends: it was none, she jokes, all is well, or she has done what is right."""

import re

KIN = "(?:她|他|我?(?:老?[爸妈]|爹|娘|奶奶|爷爷|外婆|外公|老公|老婆|老伴|儿子|女儿|家里?人|孩子|娃))"
OF_ANOTHER = re.compile(
    f"没(?:有|得)?(?:什么|任何|哪个)?人(?:在)?[骗哄]{KIN}|"
    f"{KIN}(?:也|又|根本|真的?|就)*没(?:有|得)?(?:被|遭|给)(?:人)?[骗哄]|"
    "没(?:有)?(?:转|花|给|付)(?:过|出)?(?:一分)?[钱账款]?[,，。!！ ]+"
    "(?:她|他|我[爸妈])?(?:就|只|光)?是?(?:爱|喜欢|老|在|天天|瞎|乱|随便)*"
    "(?:在群里)?(?:转发|转链接|发链接|转转|转着|发群|看看|看了看|问问|好奇)")
"""Nobody swindles somebody of hers, who only passes things on: 「他」 beside it is not the swindler."""
OWN_DOING = re.compile(
    "(?<!是)不是(?:遇到|碰到)?(?:被人?骗|骗子|诈骗|骗局|上当)[的了啊呀]?[,，。!！ ]+"
    "[这那我就都]{0,2}(?:是|只是)(?:我|俺|咱)?们?(?:自己|家|屋里)?的?"
    "(?:娃儿?|孩子|小孩|儿子|女儿|孙子|孙女|老公|老婆|老?[爸妈])?[^,，。!！?？ 让叫说要教带催]{0,5}"
    "(?:[输转打填弄汇点按扫搞写存付]错|误|忘|充|玩|打赏|买的|花的|刷的)")
"""A slip of her own, or a child's game."""
NOBODY = re.compile(
    f"(?:没|没有|没得|冇)(?:哪个|(?:哪个|什么|任何)?(?:人|谁))(?:在)?[骗哄]我|没(?:有|得)?(?:被|遭|给)(?:人)?(?:骗|哄)|"
    f"(?:哪|没)(?:里|儿)?有(?:什么|啥)?骗子|谁(?:被)?骗(?:我)?了?[啊呀](?=[,，。!！?？ ]|$)|"
    f"(?<!是)不是被人?骗[的了啊]?[,，。!！ ]+[我就]?(?:是|就)|"
    f"{OWN_DOING.pattern}|{OF_ANOTHER.pattern}")
"""She says that nobody is being swindled."""
NO_SWINDLE = re.compile(
    "(?:听|搞|弄|理解|判断|想|认|看)(?:错|岔|混|拧)了?(?:[,，。!！ 啊吧嘛]|$)|误会|误报|(?:是|在|写的?)(?:我写的?)?小说|"
    f"{NOBODY.pattern}|"
    "(?:我|这)是?正常(?:的)?(?:交|付|转|租|用|存)|(?:你|您)(?:说|想|扯)(?:啥|什么|到?哪)|我好好的|"
    "不是我的事[,，。 ]+(?:是|就)|(?:就|只)?是?(?:考考?|试试?|测试?|逗|问问)(?:一下)?[你您](?:的|而已|"
    "玩)?(?:[,，。!！ ]|$)|(?:其实|根本|"
    "压根)(?:就|也|都)?(?:没有?|没这|不是)|(?:演练|做题|出题|作业|手抄报)(?:用|的|啊|而已|罢了)?(?:[,，。!！ ]|$)")
WHOSE = re.compile(
    "(?<![卡户钱])(?<!是)不是(?:你们|贵行|本行)(?:行|银行|家)?(?:[的发](?!卡|账|存|钱)|$)|"
    "(?<![卡户钱不])是(?:中国)?(?:移动|联通|电信|(?:别|其[他它])的?家?银?行?|[工农建中交招]行|邮储|淘宝|京东|抖音|医保|社保|etc)(?:公司|银行|局|那边)?[的发](?!卡|账|存|钱)")
"""She only puts right whose name the page or the message bears: it may be false all the same."""
PAGES = {
    "whose": WHOSE,
    "known": re.compile(
        "(?:卡号|身份证|手机号|姓名)[^。!?]{0,12}(?:被|给|叫|让|填|知道|泄露|看到|拿到)[^。!?]{0,12}"
        "(?:[弄转取刷盗划]走|盗刷|要紧|没事|危险|安全|钱[^。!?]{0,3}[走没少丢])|"
        "[只光就才]是?[给填输说报]了?个?卡号[^。!?]{0,10}(?:[弄转取刷盗划]走|盗刷|要紧|没事|危险|安全|怕|吧|吗)"),
}
"""What she says in an alarm of the page that she filled in; answered by sentences of `[in_alarm]`."""
INSISTING = re.compile(
    "(?:真的?|就)是(?:公安|警察|银行|国家|我们?(?:儿|女|孙|外孙|侄|老[公婆板师]|领导|爸|妈|哥|弟|姐|妹|朋友|同[学事]|闺蜜|战友))|人家|凭(?:什么|啥)|老师|导师|教练|师傅|警官|专员|对象|[男女]朋友|"
    f"网[友恋]|群主|投资|返利|佣金|刷单|中奖|保本|(?:让|叫|教|带|催|要)我(?!报警|们?报)|{WHOSE.pattern}")
HIM = re.compile("他|她")
"""She defends him, which is no denial."""
ASKING = re.compile("[吗么?？]|是不是|会不会|[骗哄][^,，。]{0,2}吧")
NO_DESPAIR = re.compile(
    "口头禅|夸张|随口|说说而已|听错|搞错|弄错|不是我[^,，。]{0,6}[,，。 ]+是[^,，。]{0,4}(?:去世|过世|走了|没了|的?丧事)|"
    "不是真的[,，。]|是小说|(?:没有?|"
    "不是)(?:想|要|打算|说)*(?:自杀|轻生|寻死|寻短见|想不开|去死|死)|"
    "我好好的")
"""She says that the alarm was none. In despair only the plainest words count, and none beside a 但是."""
ONLY_SAID = re.compile(
    "(?:就|只|也就|不过|就只)是?(?:是)?(?:嘴上|随便|跟你)?(?:说说|说一?下|念叨|抱怨|发发?牢骚|吐吐?槽|吐苦水)"
    "(?:而已|罢了|的|啦|啊|呀)?(?=[,，。!！ ]|$)|"
    "(?:^|[,，。 ！!])(?:我|放心[,，]?我?)?(?:才|真的?|肯定)*不会"
    "(?:的|(?:去)?死|想不开|(?:去)?做傻事|干傻事|自杀|那样|寻短)|没有?(?:真的?|那么)(?:想|要)(?:死|不活)")
STILL_LOW = re.compile("但|可是|不过(?!是)|活(?!动|干)|累|撑|真想|[他她]|药|刀|楼")
"""She takes it back, and says nothing graver beside it."""
JOKING = re.compile("开(?:个|的)?玩笑|说着玩|逗你|闹着玩|(?:是|说的?)气话|别当真|别紧张")
TAKES_BACK = re.compile(f"{NO_SWINDLE.pattern}|{NO_DESPAIR.pattern}|{JOKING.pattern}")
CLAUSE = re.compile("[,，。;；!！ ]+")
AT_US = re.compile("[你您]们?[^,，。]{0,2}(?:看清|听清|咋|怎么|为[啥什]|干嘛|凭[啥什])[^,，。]{0,2}(?:叫|让|喊|说|楚|报)")
"""「你咋叫我报警」 「你看清楚」 asks for nothing."""
RELIEVED = re.compile(
    "(?<!是不是)(?<!说)没事儿?了?(?![吧吗么?？])|好好的|虚惊|白(?:着急|担心)|平安|安全了"
    "|找到(?:了)?(?:她|他|人)|没(?:汇|转|付|打)(?:出去|成)|不用(?:来人|管|麻烦|过来)了|劝住了|拦住了|没转成|没被骗成|没得逞|"
    "钱(?:都|还)(?:在|没少)|打通了[,，。 ].{0,8}(?:在|没)|没这回事")
IS_IT_OVER = re.compile(
    "^(?:那|咁|噉|就|是|我|这样?|现在|应该|算|不是|[,， ])*没(?:有)?(?:什么|啥)?事(?:儿|情)?[了啦喇㗎嘛吧吗么呀啊嘅?!。]*$")
"""She asks whether that is all."""
SEEN_THROUGH = re.compile(
    "^(?!.*(?:[?吗]|又|还)).*(?<!不)(?:是|遇到|碰到)(?:个|一个)?(?:骗子|骗局|骗人的|诈骗)[^。!?让叫]{0,6}"
    "(?:我|就|已经|直接|早就|把[他她])*(?:挂|没理|不理|拉黑|没信|没上当)")
"""She knows what he is, and has done with him."""
VERIFIED = re.compile(
    "^(?=.*(?:没事|没问题|局|派出所|公安|银行|官[方网]|柜台|96110|12333|12345))"
    "(?!.*(?:[?吗他她]|对方|人家|老师|导师|客服|平台|app|投资|返|让我|叫我|应该|好像|可能|但|不过)).*"
    "(?:看|查|问|核实|打听|确认|核对)(?:了|过|清楚)[^?]{0,14}(?:是|确实)(?:真的|正规的|没问题|没错)")
"""She asked where she may ask, or looked once more, and it is genuine."""
RIGHT = re.compile(
    "(?<!给)(?<!给他)(?<!给她)(?:不|没)(?:再)?(?:会)?(?:转|交|填|给|打|汇|付|理)(?:他|她|钱)?了?[。!！]?$|"
    "(?<!他)(?<!她)(?<!们)(?<!方)挂(?:了|断|掉)|"
    "(?<!我)拉黑|打(?:了|过|通了?)?110|110(?:也|都|已经)?打(?:了|过|通)|挂失(?:好|完|成功)?了|(?:截图|存好|留着|保存)(?:了|"
    "着)?[。!！]?$|退出来?了|报(?:了)?警了|停了|"
    "拔(?:了|掉)|听你的|关掉?了|警察(?:来了|到了|"
    "在路上)")
WRONG = re.compile("(?:他|她|对方|人家|骗子)们?[^,，。我]{0,4}挂|没用|不敢|不想|舍不得|后悔|又|还在|还是(?!没)|但|可是|不过")
"""She did what is right, and says more."""


def takes_back(text: str) -> bool:
    """「没有 就是说说 我不会的」 of her own despair."""
    return ONLY_SAID.search(text) is not None and STILL_LOW.search(text) is None


def denies(text: str) -> bool:
    """Whether she says plainly that nobody swindles her, does not ask whether, and does not only stand up for him."""
    found = NO_SWINDLE.search(text)
    clause = CLAUSE.split(text[found.start():], maxsplit=1)[0] if found else "?"
    if ASKING.search(clause) or INSISTING.search(text):
        return False
    return any(one.search(text) for one in (OF_ANOTHER, OWN_DOING)) or HIM.search(text) is None


def besides(text: str) -> str:
    """What she says besides that it was none."""
    denied = [found.start() for found in TAKES_BACK.finditer(text)]
    clauses = [one for one in re.finditer(r"[^,，。;；!！ ]+", text) if not any(one.start() <= at < one.end() for at in denied)]
    return "，".join(one[0] for one in clauses if not AT_US.search(one[0]))
