"""Words and prices: the glossary explains a term, the fee table says what is free by law and what the bank has filled in."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from operator import add

from bot.flows import entries
from bot.messages import Button, rows
from bot.turn import Turn
from knowledge.base import Entry, Knowledge
from knowledge.tables import Fee, Term

DEFINING = tuple(re.compile(pattern) for pattern in (
    r"^(?:请问|你好|您好|那|问下|问一下)?(?:到底|究竟)?(?:什么是|什么叫做?|啥子?是|啥子?叫|何为|何谓|解释一下|解释下|解释|介绍一下|说说)(?P<term>.{1,16})$",
    r"^(?:请问|你好|您好|那|问下|问一下)?(?P<term>.{1,16}?)(?:到底|究竟)?(?:是|指的?是|又是)?(?:什么意思|啥子?意思|什么东西|啥子?东西|是什么|是啥子?|指什么|怎么理解|的意思|的含义|的定义)$"))
TRAILING = "吗呢啊呀吧嘛哦的了?？。!！~ "
PRICE = re.compile("多少钱|收费|手续费|收钱|要钱|花钱|费用|免费|工本费|年费|管理费|几块|收不收|怎么收|收多少|费率|价格|违约金|租金")
NAMED_FEE = re.compile(
    r"(?:请问|你好|您好|那么?|问下|问一下|还有)?(?P<name>[^，。,.!！?？、；;\s又不没收扣交我你被给把还]{1,10}(?<![消浪免话付缴自经])(?<!保险)(?<!手机)费)"
    r"(?P<how>(?:现在|大概|一般|一次|一个月|每月|一年|一张|是|要|得|收|需要|都)*(?:多少|几块|几元|怎么[收算]|咋[收算]|多贵|标准|呢|吗|么)?)")
"""A fee by its name, alone or with no more than how much: 补卡费多少, 挂失费. Any word more may be a quarrel about it."""
PRICE_WORDS = re.compile(
    "请问|你们|咱们|银行|本行|现在|一次|一下|需要|多少钱|多少|收费吗|收费|手续费|收不收|收钱|要钱|不要钱|花钱|费用|免费|怎么收|收|要|交|付|"
    "办理|办|做|个|张|一|是|得|的|吗|呢|么|啊|钱|(?<![年理本])费|想|问|有没有|有|几块|价格|标准|贵不贵|我|去|在|到")
REFUSING = re.compile(
    "投诉|退|凭什么|[乱多瞎白偷]收|[乱多瞎白偷]扣|扣了|扣我|收了我|被收|收我(?!多少|几)|为什么|为啥|不合理|没同意|没告诉|举报")
RATE = re.compile(
    "(?:现在|目前|今天|最新|你们|当前).{0,10}利率|利率.{0,5}(?:多少|几个点|多高|几个百分点)|(?:拿|有|给|得|产生)(?:到|出)?多少(?:钱)?(?:的)?利息|"
    "存(?:款|钱|个|了)?[\\d一二三五十百两]+万?[^,，。超倒赔]{0,8}利息(?:是|有|能)?(?:多少|几多|咋算得)|"
    "lpr.{0,5}(?:多少|几个点|报价)")
NOT_TODAYS = re.compile("没降|不降|没调|怎么算|怎么调|固定|浮动|提前")
LONGEST_PRICE = 30  # characters of a question about a price or a rate
FEES_SHOWN = 4
TERMS_UNDER_ANSWER = 2
LONGEST_TERM = 8  # characters; 「银行卡被冻结了」 is no term
POINTING = re.compile("[你您我他她它这那谁哪怎]|.*[了的吗呢]")
ABOUT_IT = re.compile("(?:查询|服务|业务|功能|办理)$")
SHORTEST_TERM = 3  # characters; shorter words explain themselves


def term_asked(knowledge: Knowledge, text: str) -> Term | None:
    """The term of a question that asks for the meaning of a word and of nothing else."""
    plain = _plain(text)
    for pattern in DEFINING:
        if (found := pattern.match(plain)) and (term := _known(knowledge, found["term"])):
            return term
    return None


def unknown_term(knowledge: Knowledge, text: str) -> str | None:
    """The word whose meaning is asked for and that the glossary does not hold."""
    plain = _plain(text)
    asked = next((found["term"] for pattern in DEFINING if (found := pattern.match(plain))), None)
    short = asked is not None and len(asked) <= LONGEST_TERM and not POINTING.match(asked)
    return asked if short and _known(knowledge, asked) is None else None


def _known(knowledge: Knowledge, word: str) -> Term | None:
    """The term that is asked for; 「冠字号码查询」 is asked of 「冠字号码」."""
    return term_named(knowledge, word) or term_named(knowledge, ABOUT_IT.sub("", word))


def speaks_of(entry: Entry, word: str) -> bool:
    """Whether an entry holds the word, in its question, its answer or the ways to ask it."""
    return any(word in _plain(text) for text in (entry.question, entry.answer, *entry.variants))


def term_named(knowledge: Knowledge, word: str) -> Term | None:
    """The term of this name or other name, in any width and case."""
    return _names(knowledge)[0].get(_plain(word))


def _names(knowledge: Knowledge) -> tuple[dict[str, Term], dict[str, list[tuple[str, Term]]]]:
    """Terms by all their names; and those that may be a button by the first two characters of their own name, as a text is searched
    for them. Made once for a base."""
    global _kept
    if _kept is None or _kept[0] is not knowledge.glossary:
        terms = knowledge.glossary.values()
        named = {_plain(name): term for term in reversed(list(terms)) for name in (*term.also, term.term)}
        begins: dict[str, list[tuple[str, Term]]] = {}
        for term in terms:
            if len(term.term) >= SHORTEST_TERM and not term.term.isdigit():
                begins.setdefault(_plain(term.term)[:2], []).append((_plain(term.term), term))
        _kept = knowledge.glossary, named, begins
    return _kept[1:]


_kept: tuple | None = None


def better_than_entry(term: Term, entry: Entry | None) -> bool:
    """An entry that itself defines the word says more than the glossary; any other entry was only about it."""
    if entry is None:
        return True
    asked = _plain(entry.question)
    defines = any(pattern.match(asked) for pattern in DEFINING) or "什么是" in asked or "是什么" in asked or "什么叫" in asked
    return not (defines and any(_plain(name) in asked for name in (term.term, *term.also)))


def explain(turn: Turn, term: Term) -> None:
    """The meaning, where it stands, and the entry that tells more."""
    turn.chat.misses = 0
    text = turn.word("lookup.term", term=term.term, meaning=term.meaning)
    if term.source:
        text += "\n" + turn.word("lookup.source", source=term.source)
    entry = turn.knowledge.entries.get(term.entry)
    buttons = []
    if entry is not None and (not entry.staff_only or turn.chat.staff_id is not None):
        buttons.append(entries.button(entry))
    turn.say(text, buttons=rows(*buttons, width=1), tone="answer")


def press_term(turn: Turn, word: str) -> None:
    term = turn.knowledge.glossary.get(word)
    if term is None:
        return turn.say(turn.word("error.button_gone"))
    explain(turn, term)


def term_buttons(turn: Turn, entry: Entry, said: str) -> tuple[Button, ...]:
    """The hard words of an answer, the longest first, and never so many that they hide what people ask next."""
    seen = _plain(said)
    asked = _plain(entry.question)
    begins = _names(turn.knowledge)[1]
    hard = [term for begin in begins.keys() & set(map(add, seen, seen[1:])) for name, term in begins[begin]
            if name in seen and term.entry != entry.id and name not in asked and term.meaning not in said]
    hard.sort(key=lambda term: (-len(term.term), seen.index(_plain(term.term))))
    kept: list[Term] = []
    for term in hard:
        if not any(term.term in other.term for other in kept):
            kept.append(term)
    return tuple(Button(turn.word("lookup.explain", term=term.term), f"term:{term.term}")
                 for term in kept[:TERMS_UNDER_ANSWER] if len(f"term:{term.term}".encode()) <= 64)


def rate_asked(text: str) -> bool:
    """Whether today's interest rate is asked for, which no table of ours holds."""
    plain = _plain(text)
    if REFUSING.search(plain) or NOT_TODAYS.search(plain):
        return False
    return len(plain) <= LONGEST_PRICE and RATE.search(plain) is not None


def fees_asked(knowledge: Knowledge, text: str) -> list[Fee]:
    """The rows of the fee table that a question about a price is about; none for a quarrel about a charge."""
    plain = _plain(text)
    priced = PRICE.search(plain) or (NAMED_FEE.fullmatch(plain) and len(plain) <= SHORT)
    if not priced or REFUSING.search(plain) or len(plain) > LONGEST_PRICE:
        return []
    wanted = PRICE_WORDS.sub("", plain)
    if len(wanted) < 2:
        return []
    scored = [(max(_likeness(wanted, PRICE_WORDS.sub("", _plain(name))) for name in (fee.name, *fee.also)), fee)
              for fee in knowledge.fees.values() if not _elsewhere(plain, fee)]
    best = max((score for score, _ in scored), default=0.0)
    near = [(score, fee) for score, fee in scored if score >= LIKE and score >= best * 0.75]
    near.sort(key=lambda row: (not row[1].free_by_law, -row[0]))
    return [fee for _, fee in near[:FEES_SHOWN]]


def _elsewhere(asked: str, fee: Fee) -> bool:
    """跨行 is not 本行, 异地 is not 同城, and a credit card's fee is not that of an account."""
    other = any(one in asked and two in fee.name for one, two in (("跨行", "本行"), ("异地", "同城")))
    return other or ("信用卡" in asked and "信用卡" not in fee.product)


def plainly_asked(knowledge: Knowledge, text: str) -> bool:
    """A few words that only ask for a price or a meaning are a question, even where the reader hears a complaint in them."""
    letters = text.strip().isascii() and term_named(knowledge, text)  # "LPR" alone; a Chinese word alone may be a cry
    return len(text) <= SHORT and bool(letters or (not _cried(text) and fees_asked(knowledge, text)) or term_asked(knowledge, text))


def _cried(text: str) -> bool:
    """The bare name of a fee: outside a question it may be what she complains of."""
    plain = _plain(text)
    named = None if PRICE.search(plain) else NAMED_FEE.fullmatch(plain)
    return named is not None and not named["how"] and text.strip()[-1:] not in "?？呢吗么"


SHORT = 16  # characters
LIKE = 0.6
"""How alike a price question and a row's name must be, of 1."""


def _likeness(wanted: str, name: str) -> float:
    if not wanted or not name:
        return 0.0
    ours, theirs = _pairs(wanted), _pairs(name)
    common = len(ours & theirs)
    return (common / len(ours) + common / len(theirs)) / 2


@lru_cache(maxsize=4096)
def _pairs(text: str) -> set[str]:
    return {text[n : n + 2] for n in range(len(text) - 1)} or {text}


def say_fees(turn: Turn, fees: Iterable[Fee], entry: Entry | None) -> None:
    """What is free by law first; a price that the bank has not filled in is not guessed. She may ask on as of the entry."""
    lines = [fee_line(turn.knowledge, fee) for fee in fees]
    turn.chat.misses = 0
    text = turn.word("lookup.fees") + "\n\n" + "\n\n".join(lines) + "\n\n" + turn.word("lookup.fee_note")
    buttons = [entries.button(entry)] if entry is not None else []
    if entry is not None:
        turn.remember(topic={"entry": entry.id, "at": turn.at.isoformat()})
    turn.say(text, buttons=(*rows(*buttons, width=1), (turn.button("menu.human", "human"),)), tone="answer")


def fee_line(knowledge: Knowledge, fee: Fee) -> str:
    word = knowledge.wording
    if fee.free_by_law:
        text = word("lookup.fee_free", name=fee.name, price=fee.price, source=fee.source)
    elif fee.price:
        text = word("lookup.fee_set", name=fee.name, price=fee.price, source=fee.source)
    else:
        text = word("lookup.fee_unset", name=fee.name)
    return text + ("\n" + fee.note if fee.note else "")


@lru_cache(maxsize=4096)  # the names of all terms and fees are compared with every question
def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().split()).strip(TRAILING).replace("“", "").replace("”", "") \
        .replace("「", "").replace("」", "")
