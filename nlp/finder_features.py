"""A question is compared by its words, its characters, their sound and its ideas; this file turns a text into these."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from knowledge.reading import read_text
from nlp.sounds import sounds
from nlp.text import normalise, tokens

# Courtesies and fillers: they open or close a question and say nothing about its subject.
STOP_PHRASES = (
    "我想请问一下", "我想问一下", "我想咨询一下", "想咨询一下", "咨询一下", "请问一下", "想问一下",
    "我想问下", "想问下", "麻烦问下", "请问下", "我想知道", "想知道", "想了解一下", "我想了解", "请教一下", "请教",
    "请问", "你好", "您好", "谢谢你", "谢谢", "麻烦您", "麻烦", "求助", "在线等", "急急急", "请告诉我", "告诉我",
    "是怎么回事", "是什么意思", "是啥意思", "什么意思", "怎么回事", "该怎么办", "怎么办理", "怎么办", "怎么样",
)
STOP_WORDS = frozenset(
    "的 了 吗 呢 啊 吧 呀 嘛 么 哦 哈 是 在 我 你 您 他 她 们 我们 你们 这 那 就 都 也 还 又 和 与 一 个 一个 "
    "这个 那个 有 会 要 请 下 一下 给 被 把 对 让 到 说 没 不 很 后 里 上 去 来 得 地 着 过 为 以 及 或 呗 哪 谁 它 "
    "自己 现在 已经 可以 能 ， 。 ？ ！".split()
)
CHANNELS = ("word", "char", "sound", "idea")
LONGEST_IDEA = 7  # characters; a longer phrase is not looked for


class Ideas(dict[str, tuple[str, ...]]):
    """phrase -> codes; `sizes` says for a first character how long its phrases are, longest first, so that few are tried."""

    def __init__(self, codes: dict[str, tuple[str, ...]]):
        super().__init__(codes)
        sizes: dict[str, set[int]] = {}
        for phrase in codes:
            sizes.setdefault(phrase[0], set()).add(len(phrase))
        self.sizes = {first: sorted((n for n in found if n <= LONGEST_IDEA), reverse=True) for first, found in sizes.items()}


def ideas_from(lines: Iterable[str]) -> Ideas:
    """phrase -> codes, from lines `code = a, b`; the code is itself a phrase."""
    ideas: dict[str, list[str]] = {}
    for line in lines:
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        code, _, words = line.partition("=")
        code = code.strip()
        for word in (code, *words.split(",")):
            ideas.setdefault(normalise(word.strip()), []).append(code)
    return Ideas({word: tuple(dict.fromkeys(codes)) for word, codes in ideas.items() if word})


@cache
def read_ideas(path: Path) -> Ideas:
    """The ideas of a file, read once."""
    return ideas_from(read_text(path).splitlines())


def bare(text: str) -> str:
    """Normalised text without courtesies; never empty unless the text is."""
    whole = normalise(text)
    left = whole
    for phrase in STOP_PHRASES:
        if phrase in left:
            left = left.replace(phrase, " ")
    return left if sum(c.isalnum() for c in left) >= 2 else whole


@dataclass(frozen=True)
class Cut:
    """One text, normalised and cut once: its words, and its runs of letters and characters."""

    words: list[str]
    runs: list[str]


def cut(text: str) -> Cut:
    left = bare(text)
    words = [w for w in tokens(left) if w.isalnum() or len(w) > 1]
    return Cut(words, "".join(c if c.isalnum() else " " for c in left).split())


def terms_of(made: Cut) -> Counter[str]:
    """Words (w…), characters and character pairs (c…), with their number."""
    terms = ["w" + word for word in made.words]
    for run in made.runs:
        terms += ["c" + char for char in run]
        terms += ["c" + run[i:i + 2] for i in range(len(run) - 1)]
    return Counter(terms)


def features(made: Cut, ideas: Ideas) -> dict[str, list[str]]:
    """channel -> terms, with repeats. Terms carry their channel's letter so that all share one vocabulary."""
    chars: list[str] = []
    heard: list[str] = []
    found: list[str] = []
    for run in made.runs:
        size = len(run)
        chars += ["c" + c for c in run if c not in STOP_WORDS]
        chars += ["c" + run[i:i + 2] for i in range(size - 1)]
        spoken = sounds(run)
        heard += [f"s{one} {other}" for one, other in pairwise(spoken)]
        taken = 0
        for start, first in enumerate(run):
            for length in ideas.sizes.get(first, ()):
                end = start + length
                if taken < end <= size and (codes := ideas.get(run[start:end])):
                    found += ["i" + code for code in codes]
                    taken = end
                    break
    words = ["w" + w for w in made.words if w not in STOP_WORDS]
    return {"word": words, "char": chars, "sound": heard, "idea": found}
