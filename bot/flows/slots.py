"""What an answer to the questions of a filing holds: a day, a place, a wish, a way to reach her.

What is none of these goes with what happened, so that nothing is read back to her as a place that she never named."""

import re

from nlp.privacy import LABELS, hidden
from nlp.text import normalise, places

STEPS = ("facts", "branch", "claim", "contact")
PLACE = re.compile(r"(?:在|是|就是|就在|就)?.{1,8}(?:支行|分行|总行|网点|营业部|储蓄所)(?:的|那个|里|那里|那边|办的)?[。.!！]?")
NAMED = re.compile(r"(?:(?!去了|什么|银行|到了|投诉|诉|举报)[^\W\d们你我他在到去个的那这哪说了行]){2,5}(?:支行|分行|营业部|储蓄所)")
WAY = (r"(?:(?!走|公|铁|思|半|一|出|后|活|网|线|电|逛|上街|农|乡村|下乡|老乡|乡镇|城镇|道路|问|门路|带|同)"
       r"[^\W\d你我他她们在到去是就的那这哪说])")
STREET = rf"{WAY}[^\W\d你我他她们在到去是就的那这哪说]{{0,3}}[路街巷镇村]"
AT = re.compile(  # 「人民路那个网点」, 「在中山路买的」
    rf"((?:{STREET}(?:上|口)?|城[东南西北中关]|[东南西北][门关])(?:的|那个|那家|那边|这个|这家){{0,2}}(?:网点|支行|分理处|储蓄所|营业部|营业厅|银行|柜台))|"
    rf"(?<=在)({STREET})(?=上?(?:那|的|办|买|存|取|开|转|[,，。 ]|$))")
STREET_ALONE = re.compile(
    rf"(?:就|在|是|去的){{0,2}}({STREET}(?:上|口)?)(?:那个|那家|那边|这个|这家|那里|附近|的){{0,2}}(?:网点|支行)?")
MACHINE = re.compile(  # 「万达那边的机子」
    r"((?:(?!昨晚|去了|一台)[^\W\d你我他她在到去是就的那这哪说点多]){2,6}(?:那边|那里|那儿|门口|附近|楼下|旁边)(?:的|那台|那个|一台)*"
    r"(?:机子|机器|柜员机|取款机|自助机|atm|网点|银行))", re.IGNORECASE)
TOWN = re.compile(r"(?:就|是|在|我们|我){0,2}(?!中国)((?:[^\W\d] ?){2,9}?)(?:那边|那里|那儿|这边|这里|市里|城里|的){0,2}[。.!！]?")
UNKNOWN_TOWNS = re.compile("大连|大同|保定|安康|自贡|海口|双流|顺德|崇州|兴义|凯里")
"""Towns that jieba takes for other words."""
CHANNEL = re.compile(
    r"(?:手机银行|网上银行|网银|小程序|公众号|(?<![a-z])app(?![a-z]))(?![^,，。 ]{0,3}(?:不会|不懂|弄不|用不|搞不))|"
    r"(?:网上|线上|手机上)(?:自己)?(?:申请|办理?|买|开|签|操作|弄)的", re.IGNORECASE)
"""A channel in place of a place."""
BY_PHONE = re.compile(r"催收|电话|短信|来电|网贷|网上|微信|推送", re.IGNORECASE)
"""No place is asked for what came by telephone or through a network."""
PHONES = {LABELS["phone"], LABELS["landline"]}
OF_THEIRS = "[打发]来?的|打来|自称|委托|对方|[他她]们|骂|经理|柜员|不是"
"""So is a number told of that is not hers."""
REMARK = r"编号|单号|机器人|答非所问|废话|两[件个]事|分开登|登记"
FITS = {"branch": re.compile("[行社路街镇村县区市楼]|网点?|柜|app|机|电话|厅|公众号|小程序|微信|客服|门口|附近", re.IGNORECASE),
        "claim": re.compile("还(?![有是没在说不])|[退赔补删撤停换改要想查别快减免帮让请]|"
                            "道歉|恢复|解[冻封除开释]|给我|希望|说法|处理|不许|核实|取消"),
        "contact": re.compile(
            r"\d{3,}|\d[点:：]|姓[^名]|(?:^|我|本人)叫[^我你他她]|电话|微信|邮箱|@|早上|上午|中午|下午|晚上|白天|周|随时|预留|手机|打给|"
            r"这里|就行")}
"""What an answer to these questions has in it,"""
UNFIT = {"branch": re.compile(rf"[说让叫骂推破催涨骗]|[她他][^,，。 ]{{0,6}}[拿用点弄帮]|"
                             rf"什么|投诉|我要|没人|打[了过不]|分钟|小时|不通|态度|贴心|逾期|{REMARK}"),
         "claim": re.compile(
             rf"^[我俺]?就?是?想[取存办开转问]|看[你他]们|走着瞧|等着瞧|^(?:还有|另外)|[退赔收要]不[退赔收要]|多少|怎么算|咋办|怎么办|没人|(?:我|俺|个月|以后)[^,，。退]{{0,6}}不[还交存用来]了|"
             rf"[他她员理服行]们?[^,，。 ]{{0,4}}[说叫]|答应|不是不|{REMARK}"),
         "contact": re.compile(
             rf"[元块扣退签谁哪吗]|怎么|投诉|[了过]$|[昨前]天|上个?(?:月|礼拜|星期)|上周|去年|\d月|\d号的|^\d{{1,2}}号|识字|单子|名字|{OF_THEIRS}|{REMARK}")}
"""and what it has not: 「柜员说忙让我改天来」 names no place, 「下个月就不还了，看你们咋办」 no wish."""
STRONG = re.compile(r"姓[^名]|\d{7,}|(?<![别要用没])(?:打给?|联系|找)[我他她]|微信|预留")
"""So much must be in what is left of an answer about how to reach her, where the rest of it is none."""
NO_PLACE = re.compile(r"^[我俺就是也都根本]{0,4}[没未不]|[\d一二两三几百千万]+[来多几]?百?[块元]")
"""What was not so, and a sum, stand beside a place and are none."""
FOUND_BY = re.compile(r"\d|号码|电话|短信|微信|上门|信函|app", re.IGNORECASE)
"""How they reach her, who are complained of for their calls."""
THEIRS = re.compile(OF_THEIRS)
CALLED_BY = re.compile(r"号码|座机|短信|微信|上门|\d开头")
REACH = re.compile(r"^(?:我|免贵)?姓[^名\W]{1,2}[,，。 ]*(?:就|都)?(?:上午|中午|下午|晚上|早上|白天|周[一二三四五六日末]|随时)|"
                   r"姓[^名\W]{1,3}.{0,12}(?:打|电话|联系|找)|(?:打|联系).{0,6}(?:我|手机|电话).{0,10}(?:上午|下午|晚上|白天|随时)")
WHEN = re.compile(
    r"(?:就|是|就是|大概|好像|在)*+(?:刚刚|刚才|[今昨]日|昨晚|今早|大?[今昨前](?:天|儿个?)|(?:上个?)?(?:周|星期|礼拜)[一二三四五六日天]|"
    r"上个?(?:周|月|礼拜|星期)|去年|前年|早上|早晨|上午|中午|下午|晚上|半夜|凌晨|"
    r"[\d一二两三四五六七八九十几]{1,4}(?:月份?|号|日|点钟?|点半|天前|个月前|年前|分钟前|小时前|周前))+(?:的|吧|左右|时候|的时候)?")
SHORT = 10  # characters; what is longer tells something of its own
DAY = re.compile(
    r"刚刚|刚才|[今昨前](?:天|儿)|[今昨]日(?!头条)|昨晚|今早|上周|上个?(?:月|礼拜|星期)|[去前今]年|(?<!一个)(?:周|星期|礼拜)[一二三四五六日天]|"
    r"[\d一二两三四五六七八九十几]{1,4}(?:月份?|号(?![窗楼])|日|天前|个月前|年前|年\d)")
"""She has said when,"""
ON_DAY = re.compile(
    r"(?:大?[今昨前](?:天|儿个?)|[今昨]日(?!头条)|昨晚|今早|(?:上个?|这个?)?(?:周|星期|礼拜)[一二三四五六日天]|上个?(?:周|月|礼拜|星期)|[去前今]年|"
    r"[\d一二三四五六七八九十几]{1,4}(?:月份?|号(?![窗楼])|日|天前|个月前|年前|周前))+")
"""the day itself,"""
LASTED = re.compile(r"[\d一二两三四五六七八九十几半]个?多?(?:年|月|天|星期|礼拜)多?了")
"""or for how long."""
WISH = re.compile(
    r"(?:要求|希望|必须|得|要)(?!我)(?:你们|他们|银行|她|他|马上|立刻|赶紧|把|给)*[^,，。 ]{0,8}?"
    r"(?:退|赔|补|还给|删|停|道歉|恢复|解[冻封除]|减免)|给我(?:一?个|把)?[^,，。 ]{0,6}(?:说法|道歉|退|赔|补|删|停|恢复|取消|注销)|"
    r"^[我俺咱就只还也是]{0,3}想(?:要|让|请)?(?:你们|银行)?[^,，。 ]{0,6}?"
    r"(?:退(?!休|货)|赔|补[给回偿]|删|停|取消|减免|恢复|道歉)|"
    r"(?:诉求|请求|要求|希望)(?:就|只|也)?是|"
    r"[我俺咱][就只]是?(?:要|求|希望|想要|想让)(?!问|知道|投诉|取|存|转|办|开|去|是|[^,，。 ]*(?<![行好够])了$)[^,，。 ]{2,}|"
    r"^(?:请|你们|[叫让]他们|都|以后)*(?:别|不要|不许|莫)再?(?:给我|往)?(?:打|催|扣|收|发|骚扰)[^,，。 ]{0,6}$|"
    r"^(?:都|全|马上|立刻|赶紧|先)+停(?:了|掉)?$|"
    r"要(?:有|讨|给)?一?个(?:说法|交代|解释)|[退赔补还](?:给我|我[钱\d一二两三几全])|让(?:他|她)[^,，。 ]{0,4}道歉")
"""What she wants done,"""
WISHED = re.compile(
    r"(?:能不能|可不可以|能否|能|可以)[^,，。 ]{0,6}"
    r"(?:退|赔|补(?!办|卡)|还(?![有是没要在会])|删|停|分期|减|免|道歉|恢复|解[冻封除]|上门)[^,，。 ]{0,8}")
"""also where it is asked (「能不能分期慢慢还」),"""
NOT_SO = re.compile("不[是想]?要(?!再|打)")
"""「我不要退一部分 我要全退」: what she does want, rather."""
ALONE = re.compile(
    r"(?:就|都|只|我|俺|要|想|得|给我|赶紧|马上|全部?|把|那|你们){0,6}"
    r"(?:钱?(?:退|赔|补)(?:回|返|给|还)*(?:我|咱)?(?:钱|款|费|偿|礼)?(?:给我)?|(?:赔礼)?道歉|还(?:我)?钱(?:给我)?|钱还(?:给)?我|补偿|给?个说法)"
    r"(?:就行|就好|就可以|呗|吧|啊|呀|嘛|噻|咯){0,3}")
"""「退钱」 and no more."""
OF_OTHERS = "[他她员理服行]们?[^,，。 ]{0,4}[说让叫答]|说要|答应|让我|要我|不是不"
NO_WISH = re.compile(rf"{OF_OTHERS}|没[退赔还]|不(?:肯|给|愿|让)|还不[退赔补]|[会是]不[会是]|"
                     r"多少|怎么|多久|几天|[什啥]么?时候|[退赔]不[退赔]了")
"""and what is told of others."""
BRIEF = 30  # characters: a number with a name beside it
BESIDES = re.compile("^(?:另外|还有|而且|再有|对了|顺便)")
"""So another matter may begin."""
BREAKS = re.compile(r"[,，、;；。 ]+")


def place_in(text: str) -> str | None:
    """A place that her words name wherever they speak of it."""
    found = NAMED.search(text) or AT.search(text) or MACHINE.search(text)
    return found[0] if found else None


def town(text: str) -> bool:
    """「成都」, 「就在佛山」: the name of a town or a district and nothing else."""
    found = TOWN.fullmatch(normalise(text.strip()))
    return found is not None and (UNKNOWN_TOWNS.fullmatch(found[1]) is not None or places(found[1]))


def known_place(text: str) -> str | None:
    """What need not be asked once the first words are told: the place, or the channel in place of one."""
    place = place_in(text)
    channel = CHANNEL.search(text) if place is None else None
    return place or (channel[0] if channel else None)


def placeless(text: str, *, calls: bool) -> bool:
    """Whether no place need be asked: it came over the telephone or a network, and no counter is spoken of."""
    return not calls and BY_PHONE.search(text) is not None and not re.search("网点|柜|大厅|支行", text)


def told(step: str, later: list[str], text: str, *, calls: bool = False) -> dict[str, str]:
    """Which questions the words answer, and with what of them. Empty: none. What else they say is `facts`."""
    found = {other: part for other, part in early(text).items() if other in (step, *later)}
    if calls and step != "branch" and ("branch" in later or (step == "contact" and THEIRS.search(text))):
        way = next((piece for piece in BREAKS.split(text) if CALLED_BY.search(piece) and piece != text), None)
        found |= {"branch": way} if way else {}
    alone = text.strip(" 。.!！") in found.values()
    if alone:
        return found
    own, rest = (text, "") if calls and step == "branch" else _peeled(step, text)
    other = "branch" in found if step == "branch" else step == "claim" and "contact" in found and "claim" not in found
    if fits(step, text, calls=calls) and not other:
        found[step] = own
        rest = " ".join(piece for piece in BREAKS.split(rest) if piece and piece not in found.values())
    elif step == "claim" and other:
        rest = " ".join(piece for piece in BREAKS.split(text) if piece not in found["contact"])
    else:
        rest = text
    if rest:
        found["facts"] = rest
    return found


def _peeled(step: str, text: str) -> tuple[str, str]:
    """The clauses that may answer the question, and those that surely tell something else: 「姓王 短信费先给我停了」."""
    else_ = {"branch": NO_PLACE, "contact": UNFIT["contact"]}.get(step)
    pieces = [piece for piece in BREAKS.split(text) if piece]
    rest = [piece for piece in pieces if else_ and (else_.search(piece) or wish(piece))]
    return (" ".join(piece for piece in pieces if piece not in rest), " ".join(rest)) if rest else (text, "")


def early(text: str) -> dict[str, str]:
    """A place or a telephone number, wherever it is told: it need not be asked for again."""
    pieces = [piece.strip() for piece in BREAKS.split(text) if len(piece) <= BRIEF]
    place = next((piece for piece in pieces if PLACE.fullmatch(piece) or STREET_ALONE.fullmatch(piece)
                  or CHANNEL.fullmatch(piece)), None) or place_in(text)
    place = place or next((piece.strip(" 。.!！") for piece in (text, *pieces) if town(piece)), None)
    reach = len(text) <= BRIEF and not THEIRS.search(text) and (PHONES & hidden(text).keys() or REACH.search(text))
    found = {"branch": place, "contact": (_peeled("contact", text)[0] or text).strip() if reach else None, "claim": wish(text)}
    return {step: part for step, part in found.items() if part}


def wish(text: str, *, asked: bool = False) -> str | None:
    """What she wants done, said wherever; `asked`: also where her words ask for it."""
    found = [piece for piece in BREAKS.split(text) if len(piece) <= BRIEF and not NO_WISH.search(piece)
             and (WISH.search(normalise(piece)) or ALONE.fullmatch(normalise(piece)) or (asked and WISHED.search(piece)))]
    return " ".join([piece for piece in found if not NOT_SO.search(piece)] or found[:1]) or None


def _plain(text: str) -> str:
    """Simplified, a dialect as what it says; the pieces stay pieces."""
    return " ".join(map(normalise, text.split(" ")))


def bare(text: str) -> bool:
    """Whether it is nothing but a day, a place, a wish or a way to reach her."""
    said = text.strip(" 。.!！")
    return WHEN.fullmatch(normalise(said)) is not None or said in early(text).values()


def fits(step: str, text: str, *, calls: bool = False) -> bool:
    """Whether the words can be an answer to the question."""
    if step == "branch" and calls:
        return FOUND_BY.search(text) is not None
    text, rest = _peeled(step, _plain(text))
    if step == "contact" and rest and not STRONG.search(text):
        return False
    return step not in FITS or ((FITS[step].search(text) is not None or (step == "branch" and town(text)))
                                and not (step in UNFIT and UNFIT[step].search(text)))
