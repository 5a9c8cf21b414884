"""Home addresses: a road with a number, a block with a flat, a village named down from its county."""
import re

_N = r"[0-9０-９一二三四五六七八九十百零〇A-Za-z甲乙丙丁]"
_PLACE = (r"(?:大道|路|街|巷|胡同|弄|村|屯|庄|小区|社区|花园|家园|公寓|大厦|广场|新村|新城|苑|园|府|庭|湾|里|坊|郡|城|组|队|镇|乡|"
          r"公馆|华庭|名都|名苑|国际|中心|宿舍|家属院|大院|嘉园|雅居|豪庭|山庄|学府|段|区|期|寓|座|轩|阁|邨|苑区)")
_DOOR = (r"(?:号院|号楼|号门|号|弄|栋|幢|座|单元|室|层|楼|房|组|队|门|铺|户)")
_BUILDING = (r"(?:[\u4e00-\u9fffA-Za-z]{2,8}?(?:大厦|大楼|公寓|广场|小区|花园|酒店|宾馆|中心|商城|商场|市场|"
             r"科学园|产业园|学生宿舍|宿舍|苑|城|园|府))")
_STEP = rf"(?:[\s,，]?{_BUILDING}?(?:附|之|第|东|西|南|北)?{_N}{{1,5}}{_DOOR})"
_CORE = re.compile(rf"{_PLACE}\s?(?:附|第|东|西|南|北)?{_N}{{1,5}}(?:[-－]\d{{1,4}})?(?!户){_DOOR}(?<!户){_STEP}{{0,5}}"
                   r"(?:[\s]?[A-Za-z]?\d{2,5}室?(?![\d年月日元块])|[-－]?\d{1,3}(?:-\d{1,4}){1,2}(?!\d)|平房|家属楼)?"
                   r"|(?:小区|花园|家园|公寓|苑|府|城|庭|湾|园|公馆|嘉园)\s?\d{1,3}(?:[-－#]\d{1,4}){1,3}(?!\d)"
                   rf"|(?<![0-9A-Za-z]){_N}{{1,3}}(?:栋|幢|号楼|座)\s?{_N}{{1,3}}单元\s?(?:[0-9０-９]{{2,5}}|{_N}{{1,5}})(?:室|号|楼|层|户|房)?")
_STRONG = re.compile(r"单元|室|弄|栋|幢|号院|号楼|[-－]\d|附\d|小区|花园|公寓|苑|[路街巷道]|胡同|组|村|府|城|庭|湾|里\d")
_NOT_HOME = re.compile(r"[^，。；！？\n]{0,8}?(?:支行|分行|网点|营业厅|营业部|营业所|银行|柜台|柜员机|ATM|派出所|"
                       r"出口|有活动|活动|摆摊|开了|公交|地铁|窗口|线路|车站|路公交|开业|"
                       r"通车|早上|上午|下午|晚上|那天|之前|以前|的时候)")
_DATE_NUMBER = re.compile(r"(?:[路街巷村里城园区镇乡]|小区)\s?[0-9一二三四五六七八九十]{1,2}号(?:[^0-9楼院门]|$)")
_STOP = re.compile(r"(?:住在|住址是|住址|地址是|"
                   r"地址为|地址改成|地址改为|地址|家住|现住|租住|住到|家在|住的是|住|位于|寄到|寄往|送到|邮到|寄给|"
                   r"搬到|搬去|"
                   r"收货|户籍|籍贯|房子在|房子是|家是|改成|改为|老家|我家|我是|"
                   r"我在|他在|她在|在|是|到|[，。；：:！？!?,;\s（(「“\"]|的)")
_LEVEL = {"省": 0, "自治区": 0, "市": 1, "州": 1, "盟": 1, "区": 2, "县": 2, "旗": 2, "镇": 3, "乡": 3, "街道": 3,
          "村": 4, "屯": 5, "社区": 4, "组": 6}
_SUFFIX = re.compile(r"自治区|街道|社区|[省市州盟区县旗镇乡村屯组]")


def addresses(text: str) -> list[tuple]:
    """(start, end, "address", "") of what looks like somebody's home, in the order of the text."""
    found = []
    for m in _CORE.finditer(text):
        end = m.end()
        if _NOT_HOME.match(text, end) or not _STRONG.search(m.group()):
            continue
        start = _left_edge(text, m.start())
        if _DATE_NUMBER.fullmatch(text[m.start():end + 1]) and _too_bare(text[start:m.start() + 1]):
            continue
        if not found or start >= found[-1][1]:
            found.append((start, end, "address", ""))
    if "村" in text or "镇" in text or "乡" in text or "街道" in text:
        found = _joined(found, _villages(text))
    return found


def _left_edge(text: str, core: int) -> int:
    low = max(0, core - 32)
    edge = low
    for stop in _STOP.finditer(text, low, core):
        edge = stop.end()
    return edge


def _too_bare(name: str) -> bool:
    """「这条路 12 号」 is a date on a road, 「中山路 12 号」 a door; a road needs a name in front."""
    return len(name.strip()) < 2 or name[0] in "这那条半一" or name.startswith(("公路", "马路", "铁路"))


def _villages(text: str) -> list[tuple]:
    """Chains of three or more levels (县 → 镇 → 村) that go down to a town at least."""
    found, chain = [], []
    for m in _SUFFIX.finditer(text):
        level = _LEVEL[m.group()]
        gap = text[chain[-1][1]:m.start()] if chain else ""
        if chain and level > chain[-1][2] and 1 <= len(gap) <= 8 and all("\u4e00" <= c <= "\u9fff" for c in gap):
            chain.append((m.start(), m.end(), level))
        else:
            found += _chain(text, chain)
            chain = [(m.start(), m.end(), level)]
    return found + _chain(text, chain)


def _chain(text: str, chain: list[tuple]) -> list[tuple]:
    if len(chain) < 3 or chain[-1][2] < 3:
        return []
    start = _left_edge(text, chain[0][0])
    start = max(start, chain[0][0] - 8)
    if _NOT_HOME.match(text, chain[-1][1]):
        return []
    return [(start, chain[-1][1], "address", "")] if start < chain[0][0] else []


def _joined(a: list[tuple], b: list[tuple]) -> list[tuple]:
    merged: list[tuple] = []
    for one in sorted(a + b):
        if merged and one[0] <= merged[-1][1]:
            last = merged[-1]
            merged[-1] = (last[0], max(last[1], one[1]), "address", "")
        else:
            merged.append(one)
    return merged
