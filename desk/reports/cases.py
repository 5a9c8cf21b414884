"""典型案例 and the ledger in words: stored rows only, masked again, without the names of persons and branches."""

import re
from collections.abc import Callable

from sqlalchemy import func, select

from desk.reports.blocks import Making, Text
from desk.reports.sentences import day, text
from tickets import rectification, statistics
from tickets.models import Branch, Rectification, Staff, Ticket
from tickets.numbers import SHANGHAI

MOST = 3
LONGEST = 160  # characters of what she said, and of what was decided
KEPT_OUT = ("self_harm", "violence", "minor")
"""Flags of matters that no bulletin retells."""
SURNAMES = ("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭"
            "陆汪范廖石贾韦付邹孟熊秦邱江尹薛闫段雷侯史陶黎贺顾郝龚邵万钱覃武戴莫孔汤")
NAME = rf"[{SURNAMES}][\u4e00-\u9fff]{{0,2}}?"
LABEL = re.compile(r"(?:根因|根本原因|原因|整改措施|已采取措施|措施|处理|补救|依据)[：:]\s*")
TAIL = re.compile(r"\[[^\[\]]*尾号[^\[\]]*\]")
TITLED = re.compile(rf"{NAME}(?=经理|主任|行长|先生|女士|老师|阿姨|大爷|师傅|律师|柜员)")
NAMED = re.compile(rf"(我叫|本人叫|名叫|名字[是叫]|姓名[是为：:]?|客户经理|柜员|行长|主任)([{SURNAMES}][\u4e00-\u9fff]{{1,2}})")


def blocks(making: Making) -> list[Text]:
    hide, made = hidden(making), []
    for n, ticket in enumerate(_chosen(making), 1):
        month = ticket.received_at.astimezone(SHANGHAI)
        source = making.name("source", ticket.source)
        made.append(Text("sub", making.word("reports.case_head", n=n, category=making.name("category", ticket.category),
                                            cause=making.name("cause", ticket.cause))))
        parts = [making.word("reports.case_text", month=f"{month.year} 年 {month.month} 月", source=source,
                             summary=sentence(cut(hide(ticket.summary)))),
                 making.word("reports.case_outcome", decision=sentence(cut(unlabelled(hide(ticket.decision)))))]
        if ticket.redress:
            parts.append(making.word("reports.case_redress", redress=sentence(cut(unlabelled(hide(ticket.redress))))))
        parts.append(making.word({True: "reports.case_upheld", False: "reports.case_not_upheld", None: "reports.case_unjudged"}[
            ticket.upheld]))
        made.append(text("".join(parts)))
    return made or [text(making.word("reports.no_cases"))]


def _chosen(making: Making) -> list[Ticket]:
    """One of each of the categories with most complaints: upheld first, then forwarded by a regulator, then the earliest."""
    top = [code for code in statistics.by(making.session, statistics.received(making.period), "category") if code]
    done = making.figures()["done"]
    chosen: list[Ticket] = []
    for code in top:
        query = select(Ticket).where(done, Ticket.category == code, Ticket.summary != "", Ticket.decision != "",
                                     Ticket.erased_at.is_(None), func.length(Ticket.summary) >= 12).order_by(
            Ticket.upheld.is_(True).desc(), Ticket.source.in_(making.regulators).desc(), Ticket.received_at, Ticket.id).limit(20)
        found = next((one for one in making.session.scalars(query) if not set(one.flags) & set(KEPT_OUT)), None)
        if found is not None:
            chosen.append(found)
        if len(chosen) == MOST:
            break
    return chosen


def hidden(making: Making) -> Callable[[str], str]:
    """A function that masks a text and takes out the names of our staff, our branches and, where they follow a sign, anybody."""
    staff = {name for name in making.session.scalars(select(Staff.name)) if len(name) >= 2}
    places = {name for one in making.session.scalars(select(Branch)) for name in (one.name, *one.aliases) if len(name) >= 2}

    def hide(words: str) -> str:
        words = TAIL.sub("[已隐去]", making.mask(words))
        for name in sorted(staff, key=len, reverse=True):
            words = words.replace(name, "某员工")
        for name in sorted(places, key=len, reverse=True):
            words = words.replace(name, "某网点")
        return TITLED.sub("某", NAMED.sub(r"\1某某", words))

    return hide


def cut(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= LONGEST else words[:LONGEST].rstrip("，,、；;") + "……"


def sentence(words: str) -> str:
    """Ends with a mark, so that sentences can follow one another."""
    return words if words.endswith(("。", "！", "？", "…", "!", "?")) else words + "。"


def unlabelled(words: str) -> str:
    """Without the name of the field that it stands in, which people write once more: 「依据：依据合同」, 「措施：整改措施：…」."""
    found = LABEL.match(words.strip())
    return words.strip()[found.end():] or words if found else words


def roots(making: Making) -> list[Text]:
    """The root causes that the office wrote down for what this period showed."""
    items = [item for item, _ in making.ledger() if item.root_cause.strip()]
    if not items:
        return [text(making.word("reports.no_roots"))]
    said = [making.word("reports.root_one", problem=sentence(making.mask(item.problem)), n=len(item.tickets),
                        root=sentence(unlabelled(making.mask(item.root_cause))).rstrip("。")) for item in items]
    return [text(making.word("reports.roots")), *(text(f"{n}. {one}") for n, one in enumerate(said, 1))]


def mending(making: Making) -> list[Text]:
    """How far the ledger is."""
    items = making.ledger()
    if not items:
        return [text(making.word("reports.no_mending"))]
    standing = [item for item, state in items if state != "done"]
    return [text(making.word("reports.mending", total=len(items), new=sum(item.at >= making.period.start for item, _ in items),
                             done=len(items) - len(standing), open=len(standing),
                             late=sum(rectification.is_late(item, making.day, "doing") for item in standing)))]


def following(making: Making) -> list[Text]:
    """What is left to do: open tickets by their dates, open items of the ledger by theirs."""
    figures = making.figures()
    open_now, late = (statistics.count(making.session, figures[name]) for name in ("open", "open_due"))
    first = making.session.scalar(select(func.min(Ticket.due_at)).where(figures["open"], Ticket.due_at >= making.at))
    said = []
    if open_now:
        parts = [making.word("reports.next_late", n=late)] if late else []
        if first:
            parts.append(making.word("reports.next_due", n=open_now - late, due=day(first.astimezone(SHANGHAI).date())))
        said.append(making.word("reports.next_open", n=open_now, day=day(making.day), parts="".join(f"，{part}" for part in parts)))
    for item, state in making.ledger():
        if state != "done":
            said.append(_next(making, item))
    return [text(f"{n}. {one}") for n, one in enumerate(said, 1)] or [text(making.word("reports.next_none"))]


def _next(making: Making, item: Rectification) -> str:
    owner = item.owner or making.word("reports.no_owner")
    problem = sentence(making.mask(item.problem))
    if item.due_on is None:
        return making.word("reports.next_item_undated", owner=owner, problem=problem)
    key = "reports.next_item_late" if rectification.is_late(item, making.day, "doing") else "reports.next_item"
    return making.word(key, owner=owner, due=day(item.due_on), problem=problem)
