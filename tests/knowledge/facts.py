"""Reading facts in any notation: 三个工作日 is 3 个工作日 is ３个工作日, and 不能保证一定能追回 promises nothing."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from knowledge.base import Entry

TABLE = Path(__file__).parent / "facts.txt"
DIGITS = {char: n for n, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
TENS = {"十": 10, "百": 100, "千": 1000}
SPOKEN = re.compile("[零〇一二两三四五六七八九十百千万亿]+")
MEASURED = re.compile(r"(\d+(?:\.\d+)?)(千|万|亿)")
PARTS = re.compile(r"(\d+)分之(\d+)")
CLAUSE = re.compile(r"[,，。；;!！?？\n:：、“”\"]")
NO = re.compile("不|没|无|未|别|勿|莫|禁|拒|非|哪有|骗子|假的|谁也|谁都")
CLOSE_NO = re.compile("(?:不|没|未|别|勿|莫|非|无)(?:得|能|会|可|可以|是|应|该|应当|要|用|必|必须|准|再|有)?$")
DISBELIEF = re.compile("骗|是假|别信|不要信|不可信|不能信|都别|别当真")


@dataclass(frozen=True)
class Row:
    """One line of the table. Each fact is a tuple of wordings of which one is enough."""

    line: int
    entry: str
    question: str
    must: tuple[tuple[str, ...], ...]
    never: tuple[str, ...]
    where: str


def read_table(path: Path = TABLE) -> list[Row]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        entry, question, must, never, where = [part.strip() for part in line.split("|")]
        facts = tuple(tuple(way.strip() for way in fact.split(" 或 ")) for fact in must.split("；") if fact.strip())
        rows.append(Row(number, entry, question, facts, tuple(one.strip() for one in never.split("；") if one.strip()), where))
    return rows


def plain(text: str) -> str:
    """One notation for all: Arabic numbers written out, no spaces, 天 as 日, 2/3 for 三分之二, 1至10倍 for every range."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(text.split(" "))
    text = re.sub(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)", lambda m: f"{m[1]}年{int(m[2])}月{int(m[3])}日", text.replace("⁄", "/"))
    text = SPOKEN.sub(lambda m: _number(m[0]), text)
    text = MEASURED.sub(lambda m: f"{float(m[1]) * {'千': 1e3, '万': 1e4, '亿': 1e8}[m[2]]:.0f}", text)
    text = PARTS.sub(lambda m: f"{m[2]}/{m[1]}", text)
    text = re.sub(r"(?<=\d)(?:倍)?(?:以上)?(?:至|到|—|~|–)(?=\d)", "至", text)
    text = re.sub(r"(\d+)倍以上(\d+)倍以下", r"\1至\2倍", text)
    return re.sub(r"(?<=\d)天", "日", text).replace("以内", "内")


def _number(word: str) -> str:
    """十五 → 15, 五十万 → 500000, 一二三 → 123. A lone 万, 百 or 千 is no number and stays."""
    if not any(char in DIGITS or char == "十" for char in word):
        return word
    if not any(char in TENS or char in "万亿" for char in word):
        return "".join(str(DIGITS[char]) for char in word)
    whole = part = digit = 0
    for char in word:
        if char in DIGITS:
            digit = DIGITS[char]
        elif char in TENS:
            part, digit = part + (digit or 1) * TENS[char], 0
        else:
            whole, part, digit = (whole + part + digit) * (10**4 if char == "万" else 10**8), 0, 0
    return str(whole + part + digit)


def places(phrase: str, text: str) -> list[re.Match[str]]:
    """Where a phrase stands in a text; 5 张 is not found in 15 张, nor 10 万 in 210 万. Both are brought to one notation first."""
    wanted = re.escape(plain(phrase))
    return list(re.finditer(rf"(?<![\d.]){wanted}" if phrase[:1].isalnum() and plain(phrase)[:1].isdigit() else wanted, text))


def says(text: str, ways: tuple[str, ...]) -> bool:
    """Does the text state the fact, in one of its wordings, and not deny it in the same breath?"""
    seen = plain(text)
    return any(not CLOSE_NO.search(seen[: found.start()]) for way in ways for found in places(way, seen))


def promises(text: str, phrase: str) -> bool:
    """Does the text say the forbidden thing as its own? A denial, or a liar's words quoted as lies, is no promise."""
    seen = plain(text)
    for found in places(phrase, seen):
        before = CLAUSE.split(seen[: found.start()])[-1]
        if NO.search(before):
            continue
        opened = seen.rfind("“", 0, found.start())
        if opened > seen.rfind("”", 0, found.start()) and DISBELIEF.search(seen[max(opened - 12, 0) : found.end() + 24]):
            continue
        return True
    return False


def shown(entry: Entry) -> str:
    """All of an entry that a reader may be shown as an answer, apart from the list of its sources."""
    return "\n".join((entry.answer, *entry.steps))


def everything(entry: Entry) -> str:
    """With the versions for other audiences: what must not be said must not be said to the old either."""
    return "\n".join((entry.answer, *entry.steps, *entry.versions.values()))
