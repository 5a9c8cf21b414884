"""How an alarm ends: it was none, she jokes, all is well, or she has done what is right."""

import re

NO_SWINDLE = re.compile(
    "(?:听|搞|弄|理解|判断|想|认|看)(?:错|岔|混|拧)了?(?:[,，。!！ 啊吧嘛]|$)|误会|误报|(?:是|在|写的?)(?:我写的?)?小说|"
    "(?:没|没有|没得|冇)(?:哪个|(?:哪个|什么|任何)?(?:人|谁))(?:在)?[骗哄]我|"
    "(?:我|这)是?正常(?:的)?(?:交|付|转|租|用|存)|(?:你|您)(?:说|想|扯)(?:啥|什么|到?哪)|我好好的|没(?:有|得)?(?:被|遭|"
    "给)(?:人)?(?:骗|哄)|"
    "不是(?:被骗|我的事)[,，。 ]+(?:是|就)|(?:就|只)?是?(?:考考?|试试?|测试?|逗|问问)(?:一下)?[你您](?:的|而已|"
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
INSISTING = re.compile(f"(?:真的?|就)是(?:公安|警察|银行|国家|我)|人家|凭(?:什么|啥)|他|她|{WHOSE.pattern}")
"""She defends him, which is no denial."""
ASKING = re.compile("[吗么?？]|是不是|会不会")
NO_DESPAIR = re.compile(
    "口头禅|夸张|随口|说说而已|听错|搞错|弄错|不是我[^,，。]{0,6}[,，。 ]+是[^,，。]{0,4}(?:去世|过世|走了|没了|的?丧事)|"
    "不是真的[,，。]|是小说|(?:没有?|"
    "不是)(?:想|要|打算|说)*(?:自杀|轻生|寻死|寻短见|想不开|去死|死)|"
    "我好好的")
"""She says that the alarm was none. In despair only the plainest words count, and none beside a 但是."""
JOKING = re.compile("开(?:个|的)?玩笑|说着玩|逗你|闹着玩|(?:是|说的?)气话|别当真|别紧张")
TAKES_BACK = re.compile(f"{NO_SWINDLE.pattern}|{NO_DESPAIR.pattern}|{JOKING.pattern}")
CLAUSE = re.compile("[,，。;；!！ ]+")
RELIEVED = re.compile(
    "(?<!是不是)(?<!说)没事儿?了?(?![吧吗么?？])|好好的|虚惊|白(?:着急|担心)|平安|安全了"
    "|找到(?:了)?(?:她|他|人)|没(?:汇|转|付|打)(?:出去|成)|不用(?:来人|管|麻烦|过来)了|劝住了|拦住了|没转成|没被骗成|没得逞|"
    "钱(?:都|还)(?:在|没少)|打通了[,，。 ].{0,8}(?:在|没)|没这回事")
RIGHT = re.compile(
    "(?<!给)(?<!给他)(?<!给她)(?:不|没)(?:再)?(?:会)?(?:转|交|填|给|打|汇|付|理)(?:他|她|钱)?了?[。!！]?$|"
    "(?<!他)(?<!她)(?<!们)(?<!方)挂(?:了|断|掉)|"
    "(?<!我)拉黑|打(?:了|过|通了?)?110|110(?:也|都|已经)?打(?:了|过|通)|挂失(?:好|完|成功)?了|(?:截图|存好|留着|保存)(?:了|"
    "着)?[。!！]?$|退出来?了|报(?:了)?警了|停了|"
    "拔(?:了|掉)|听你的|关掉?了|警察(?:来了|到了|"
    "在路上)")
WRONG = re.compile("(?:他|她|对方|人家|骗子)们?[^,，。我]{0,4}挂|没用|不敢|不想|舍不得|后悔|又|还在|还是(?!没)|但|可是|不过")
"""She did what is right, and says more."""


def denies(text: str) -> bool:
    """Whether she says plainly that nobody swindles her, does not ask whether, and does not only stand up for him."""
    found = NO_SWINDLE.search(text)
    clause = CLAUSE.split(text[found.start():], maxsplit=1)[0] if found else "?"
    return ASKING.search(clause) is None and INSISTING.search(text) is None
