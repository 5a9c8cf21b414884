"""What a message shows the classifier: words, characters, the office's ideas, and signs."""

from collections.abc import Sequence

from nlp.signs import hear
from nlp.text import ideas, words_of

LONGEST_CHARS = 3
LONGEST_IDEA = 10
PUNCTUATION = frozenset(",.。!?;:\"'()…~[]{}-—·《》<>/\\ ")


def cut(text: str) -> tuple[list[str], str]:
    """The words of a normalised text without punctuation, and the same as one string."""
    words = [word for word in words_of(text) if word not in PUNCTUATION]
    return words, "".join(words)


def features(text: str) -> list[str]:
    """Feature names of a *normalised* text, each once. The first sign is the kind: w word, c chars, i idea, r sign, f rule."""
    words, plain = cut(text)
    found = ["w" + word for word in words]
    lexicon = ideas()
    for size in range(1, LONGEST_IDEA + 1):
        for i in range(len(plain) - size + 1):
            part = plain[i : i + size]
            if size <= LONGEST_CHARS:
                found.append("c" + part)
            found += ["i" + code for code in lexicon.get(part, ())]
    heard = hear(text)
    found += ["r" + sign for sign in heard.signs]
    found += ["f" + flag for flag in sorted(heard.flags)]
    return list(dict.fromkeys(found))


def spans(text: str) -> tuple[list[str], list[tuple[str, Sequence[int]]]]:
    """The words of a normalised text, and for each feature the places of the words it was read from (to explain a verdict)."""
    words, plain = cut(text)
    owner = [place for place, word in enumerate(words) for _ in word]
    found = [("w" + word, (place,)) for place, word in enumerate(words)]
    lexicon = ideas()
    said: dict[str, set[int]] = {}
    for size in range(1, LONGEST_IDEA + 1):
        for i in range(len(plain) - size + 1):
            part = plain[i : i + size]
            if size <= LONGEST_CHARS:
                found.append(("c" + part, range(owner[i], owner[i + size - 1] + 1)))
            if codes := lexicon.get(part):
                for code in codes:
                    said.setdefault(code, set()).update(owner[i : i + size])
    found += [("i" + code, tuple(sorted(places))) for code, places in said.items()]
    return words, found
