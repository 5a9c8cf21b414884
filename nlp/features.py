"""What a message shows the classifier: words, characters, the office's ideas, and signs."""

from collections.abc import Iterator, Sequence
from functools import cache

from nlp.signs import hear
from nlp.text import ideas, words_of

LONGEST_CHARS = 3
PUNCTUATION = frozenset(",.。!?;:\"'()…~[]{}-—·《》<>/\\ ")


def cut(text: str) -> tuple[list[str], str]:
    """The words of a normalised text without punctuation, and the same as one string."""
    words = [word for word in words_of(text) if word not in PUNCTUATION]
    return words, "".join(words)


@cache
def _sizes() -> dict[str, tuple[int, ...]]:
    """How long the phrases of the lexicon are that begin with a character, so that few are tried."""
    found: dict[str, set[int]] = {}
    for phrase in ideas():
        found.setdefault(phrase[0], set()).add(len(phrase))
    return {first: tuple(sizes) for first, sizes in found.items()}


def _ideas_in(plain: str) -> Iterator[tuple[str, int, int]]:
    """Every idea of the lexicon that is named, with where its phrase begins and ends."""
    lexicon, sizes = ideas(), _sizes()
    for start, first in enumerate(plain):
        for size in sizes.get(first, ()):
            for code in lexicon.get(plain[start : start + size], ()):
                yield code, start, start + size


def features(text: str) -> list[str]:
    """Feature names of a *normalised* text, each once. The first sign is the kind: w word, c chars, i idea, r sign."""
    words, plain = cut(text)
    found = ["w" + word for word in words]
    found += ["c" + plain[i : i + size] for size in range(1, LONGEST_CHARS + 1) for i in range(len(plain) - size + 1)]
    found += ["i" + code for code, _, _ in _ideas_in(plain)]
    found += ["r" + sign for sign in hear(text).signs]
    return list(dict.fromkeys(found))


def spans(text: str) -> tuple[list[str], list[tuple[str, Sequence[int]]]]:
    """The words of a normalised text, and for each feature the places of the words it was read from (to explain a verdict)."""
    words, plain = cut(text)
    owner = [place for place, word in enumerate(words) for _ in word]
    found = [("w" + word, (place,)) for place, word in enumerate(words)]
    found += [("c" + plain[i : i + size], range(owner[i], owner[i + size - 1] + 1))
              for size in range(1, LONGEST_CHARS + 1) for i in range(len(plain) - size + 1)]
    said: dict[str, set[int]] = {}
    for code, start, end in _ideas_in(plain):
        said.setdefault(code, set()).update(owner[start:end])
    found += [("i" + code, tuple(sorted(places))) for code, places in said.items()]
    return words, found
