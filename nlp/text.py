"""Everything that reads Chinese reads it through here, so that a typo, a traditional character or an odd space is undone once."""

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import rjieba

from knowledge.reading import read_text

KNOWLEDGE = Path(__file__).parents[1] / "knowledge"
ANGRY_FACES = frozenset("😡🤬💢👿😠😤")
_PUNCTUATION = {
    "，": ",", "、": ",", "；": ";", "：": ":", "！": "!", "？": "?", "（": "(", "）": ")", "〜": "~", "～": "~",
    "“": '"', "”": '"', "「": '"', "」": '"', "『": '"', "』": '"', "‘": "'", "’": "'", "．": ".", "…": "…",
}
# Zero-width signs, variation selectors, joiners and the emoji planes; faces that swear leave one word at the end.
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u00ad\u20e3\U000e0020-\U000e007f]")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u231a-\u23ff\u25a0-\u25ff\u2190-\u21ff]+")
_HAN = "\u3400-\u9fff\U00020000-\U0002ffff"
_SPACE_IN_HAN = re.compile(rf"(?<=[{_HAN}\",;:!?。])\s+(?=[{_HAN}\",;:!?。])")
_SPACES = re.compile(r"\s+")
_REPEATS = re.compile(r"(.)\1{2,}")
_ONLY_PLAIN = re.compile(rf"[{_HAN}a-z0-9,。!?]*\Z")


@lru_cache(maxsize=1)
def _characters() -> dict[int, str]:
    """Traditional → simplified, one character at a time (OpenCC's table), with our punctuation."""
    table = {ord(a): b for a, b in _PUNCTUATION.items()}
    data = files("opencc") / "dictionary" / "TSCharacters.txt"
    for line in data.read_text(encoding="utf-8").splitlines():
        traditional, _, simplified = line.partition("\t")
        if simplified and len(traditional) == 1:
            table[ord(traditional)] = simplified.split()[0]
    return table


@lru_cache(maxsize=1)
def _misspellings() -> tuple[re.Pattern[str], dict[str, str], dict[int, str]]:
    """Wrong words (one pattern), what they stand for, and the wrong single characters."""
    words: dict[str, str] = {}
    chars: dict[int, str] = {}
    for line in read_text(KNOWLEDGE / "homophones.txt").splitlines():
        right, equals, wrong = line.partition("=")
        if not equals or line.startswith("#"):
            continue
        for form in (w.strip().lower() for w in wrong.split(",")):
            if len(form) == 1:
                chars[ord(form)] = right.strip()
            else:
                form = form.translate(_characters()).replace("帐", "账")
                if form != right.strip():
                    words[form] = right.strip()
    longest_first = sorted(words, key=len, reverse=True)
    forms = "|".join(rf"(?<![a-z]){re.escape(w)}(?![a-z])" if w.isascii() else re.escape(w) for w in longest_first)
    heads = "".join(sorted({re.escape(w[0]) for w in words}))
    return re.compile(f"(?=[{heads}])(?:{forms})"), words, chars


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    wrong = _misspellings()[2]
    return {char: right.translate(wrong) for char, right in _characters().items()} | wrong


@lru_cache(maxsize=256)  # half a dozen readers ask it of the same message
def normalise(text: str) -> str:
    """Half-width, simplified, lower case, without emoji and odd spaces, common misspellings righted, repeats cut to two."""
    angry = not ANGRY_FACES.isdisjoint(text)
    text = unicodedata.normalize("NFKC", text).lower().translate(_table())
    if not _ONLY_PLAIN.match(text):
        text = _INVISIBLE.sub("", text)
        text = _EMOJI.sub(" ", text)
        text = _SPACES.sub(" ", _SPACE_IN_HAN.sub("", text)).strip() + (" 怒" if angry else "")
    text = _REPEATS.sub(r"\1\1", text)
    pattern, right, _ = _misspellings()
    return pattern.sub(lambda found: right[found[0]], text)


@lru_cache(maxsize=1)
def ideas() -> dict[str, tuple[str, ...]]:
    """word → the ideas it stands for (`knowledge/dictionary.txt`, one line an idea: `idea = word, word`)."""
    found: dict[str, list[str]] = {}
    for line in read_text(KNOWLEDGE / "dictionary.txt").splitlines():
        idea, equals, words = line.partition("=")
        if equals and not line.startswith("#"):
            for word in words.split(","):
                found.setdefault(normalise(word.strip()), []).append(idea.strip())
    return {word: tuple(dict.fromkeys(codes)) for word, codes in found.items() if word}


def words_of(text: str) -> list[str]:
    """jieba's cut by its own dictionary: the office's words, added to it, changed no score (see the card's ingredients).

    rjieba keeps one dictionary for the process; a second `Jieba()` would cost a tenth of a second and 25 MB for the same words.
    """
    return rjieba.cut(text)


def tokens(text: str) -> list[str]:
    """Words of a normalised text, in order, spaces left out."""
    return [word for word in rjieba.cut(text) if not word.isspace()]


def places(text: str) -> bool:
    """Whether it is names of places and nothing else, as jieba's dictionary has them: 「成都」, 「广东 佛山」."""
    marks = [mark for word, mark in rjieba.tag(text) if not word.isspace()]
    return bool(marks) and all(mark == "ns" for mark in marks)
