"""People mistype, dictate, paste and send faces: how far does the category fall when they do?

    python -m nlp.robustness        exit status 1 when any kind of damage costs more than three points
"""

import random
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.resources import files

from pypinyin import Style, lazy_pinyin
from tqdm import tqdm

from nlp import messages_corpus
from nlp.card import SETS, SHARED
from nlp.classifier import Reader
from nlp.measure import Truth, read_labelled, scores
from nlp.messages_corpus import Message
from nlp.train import truth

ALLOWED = 0.03
FACES = "😡😭🙏😅🤬💢👎😤🙄❓"
ROUNDS = 3


@lru_cache(maxsize=1)
def _alike() -> dict[str, list[str]]:
    """Toneless sound → the common characters said so."""
    found: dict[str, list[str]] = {}
    common: dict[str, int] = {}
    for line in (files("jieba") / "dict.txt").read_text(encoding="utf-8").splitlines():
        word, count, _ = line.split()
        if len(word) == 1:
            common[word] = int(count)
    for char, sound in zip(common, lazy_pinyin(list(common), style=Style.NORMAL), strict=True):
        if common[char] > 3000:
            found.setdefault(sound, []).append(char)
    return found


@lru_cache(maxsize=1)
def _traditional() -> dict[int, str]:
    table = {}
    for line in (files("opencc") / "dictionary" / "STCharacters.txt").read_text(encoding="utf-8").splitlines():
        simplified, _, traditional = line.partition("\t")
        if len(simplified) == 1 and traditional:
            table[ord(simplified)] = traditional.split()[0]
    return table


def _some(text: str, chance: random.Random, share: float, change: Callable[[str], str]) -> str:
    """`change` done to about `share` of the characters, one at least."""
    places = [place for place, char in enumerate(text) if "\u4e00" <= char <= "\u9fff"]
    chosen = set(chance.sample(places, min(len(places), max(1, round(len(places) * share))))) if places else set()
    return "".join(change(char) if place in chosen else char for place, char in enumerate(text))


def homophones(text: str, chance: random.Random) -> str:
    """One character in twelve written as another of the same sound."""
    return _some(text, chance, 1 / 12, lambda char: chance.choice(_alike().get(lazy_pinyin(char, style=Style.NORMAL)[0]) or [char]))


def typos(text: str, chance: random.Random) -> str:
    """One character in twenty lost, doubled or swapped with its neighbour."""
    kept = list(text)
    for _ in range(max(1, len(kept) // 20)):
        place = chance.randrange(len(kept))
        kind = chance.randrange(3)
        if kind == 0 and len(kept) > 4:
            del kept[place]
        elif kind == 1:
            kept.insert(place, kept[place])
        elif place + 1 < len(kept):
            kept[place], kept[place + 1] = kept[place + 1], kept[place]
    return "".join(kept)


def unpunctuated(text: str, chance: random.Random) -> str:
    return "".join(char for char in text if char not in "，。！？；：、,.!?;:“”\"'（）()…~～")


def spaced(text: str, chance: random.Random) -> str:
    return _some(text, chance, 1 / 5, lambda char: char + " ")


def traditional(text: str, chance: random.Random) -> str:
    return text.translate(_traditional())


def faces(text: str, chance: random.Random) -> str:
    return _some(text, chance, 1 / 20, lambda char: char + chance.choice(FACES)) + chance.choice(FACES)


DAMAGE = {
    "typos": typos, "homophones": homophones, "no punctuation": unpunctuated, "inserted spaces": spaced,
    "traditional script": traditional, "emoji": faces,
}


def falls(reader: Reader, truths: Sequence[Truth], texts: Sequence[str], *, tick=lambda: None) -> dict[str, float]:
    """kind of damage → how much of category accuracy it costs, the mean of a few rounds."""
    whole = scores(truths, reader.read(texts))["category"]
    lost = {}
    for name, damage in DAMAGE.items():
        found = []
        for seed in range(ROUNDS):
            chance = random.Random(seed)
            found.append(scores(truths, reader.read([damage(text, chance) for text in texts]))["category"])
            tick()
        lost[name] = whole - sum(found) / len(found)
    return lost


def complaints(messages: Sequence[Message], *, every: int = 4) -> tuple[list[Truth], list[str]]:
    chosen = [m for m in messages if m.intent == "complaint"][::every]
    return [truth(m) for m in chosen], [m.text for m in chosen]


def main() -> int:
    reader = Reader.load()
    sets = {"corpus": complaints(messages_corpus.read())}
    sets |= {name: read_labelled(SHARED / name) for name in SETS if (SHARED / name).is_file()}
    worst = 0.0
    with tqdm(total=len(sets) * len(DAMAGE) * ROUNDS, desc="robustness", disable=None) as bar:
        found = {name: falls(reader, *given, tick=bar.update) for name, given in sets.items()}
    for name, lost in found.items():
        for kind, share in lost.items():
            print(f"{name:<28} {kind:<20} category falls by {share * 100:5.1f} points")
            worst = max(worst, share)
    print(f"worst {worst * 100:.1f} points, {ALLOWED * 100:.0f} allowed")
    return 0 if worst <= ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main())
