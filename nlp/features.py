"""What a message shows the classifier: words, characters, the office's ideas, and signs."""

from functools import lru_cache

from nlp.signs import signs
from nlp.text import KNOWLEDGE, normalise, segmenter
from nlp.urgency import rules

LONGEST_CHARS = 3
LONGEST_IDEA = 10
PUNCTUATION = frozenset(",.。!?;:\"'()…~[]{}-—·《》<>/\\ ")


@lru_cache(maxsize=1)
def ideas() -> dict[str, tuple[str, ...]]:
    """word → the ideas it stands for (`knowledge/dictionary.txt`)."""
    found: dict[str, list[str]] = {}
    for line in (KNOWLEDGE / "dictionary.txt").read_text(encoding="utf-8").splitlines():
        idea, equals, words = line.partition("=")
        if equals and not line.startswith("#"):
            for word in words.split(","):
                found.setdefault(normalise(word.strip()), []).append(idea.strip())
    return {word: tuple(dict.fromkeys(codes)) for word, codes in found.items() if word}


def features(text: str) -> list[str]:
    """Feature names of a *normalised* text; the first sign says the kind: w word, c characters, i idea, r sign, f rule of a flag."""
    words = [word for word in segmenter().cut(text) if word not in PUNCTUATION]
    plain = "".join(words)
    found = ["w" + word for word in words]
    lexicon = ideas()
    said: set[str] = set()
    for size in range(1, LONGEST_IDEA + 1):
        for i in range(len(plain) - size + 1):
            part = plain[i : i + size]
            if size <= LONGEST_CHARS:
                found.append("c" + part)
            if codes := lexicon.get(part):
                said.update(codes)
    found += ["i" + code for code in sorted(said)]
    found += ["r" + sign for sign in signs(text)]
    found += ["f" + flag for flag, hit in rules(text).items() if hit]
    return found


def spans(text: str) -> tuple[list[str], list[tuple[str, tuple[int, ...]]]]:
    """The words of a normalised text, and for each feature the places of the words it was read from (to explain a verdict)."""
    words = [word for word in segmenter().cut(text) if word not in PUNCTUATION]
    owner = [place for place, word in enumerate(words) for _ in word]
    plain = "".join(words)
    found = [("w" + word, (place,)) for place, word in enumerate(words)]
    lexicon = ideas()
    said: dict[str, set[int]] = {}
    for size in range(1, LONGEST_IDEA + 1):
        for i in range(len(plain) - size + 1):
            part, places = plain[i : i + size], owner[i : i + size]
            if size <= LONGEST_CHARS:
                found.append(("c" + part, tuple(sorted(set(places)))))
            for code in lexicon.get(part, ()):
                said.setdefault(code, set()).update(places)
    found += [("i" + code, tuple(sorted(places))) for code, places in said.items()]
    return words, found
