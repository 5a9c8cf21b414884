"""How each Chinese character sounds, from a small table of our own: pypinyin's takes a quarter of a second and 60 MB to open.

`python -m nlp.sounds` writes the table again from pypinyin.
"""

from array import array
from functools import lru_cache
from pathlib import Path

TABLE = Path(__file__).parent / "model" / "sounds.txt"
FIRST, LAST = 0x3400, 0x9FFF  # the characters of the table; rarer ones have no sound here
KNOWN = 20_000  # characters with a sound; a table with fewer was cut off
Table = tuple[array, list[str]]


@lru_cache(maxsize=1)
def _table() -> Table:
    return read(TABLE)


def read(path: Path) -> Table:
    """For each character the place of its syllable (0: none), and the syllables. Raises ValueError where it is no whole table."""
    places, syllables = array("H", bytes(2 * (LAST - FIRST + 1))), [""]
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        syllable, _, chars = line.partition(" ")
        for char in chars:
            if not FIRST <= ord(char) <= LAST:
                raise ValueError(f"line {number}: no Chinese character: {char!r}")
            places[ord(char) - FIRST] = len(syllables)
        syllables.append(syllable)
    if (known := len(places) - places.count(0)) < KNOWN:
        raise ValueError(f"only {known} characters have a sound: the table is cut off")
    return places, syllables


def sounds(text: str) -> list[str]:
    """Toneless pinyin of each character, the usual confusions folded (n/l stays; zh/z, ch/c, sh/s, -ng/-n fold).

    A character that is not Chinese stands for itself.
    """
    places, syllables = _table()
    return [syllables[places[ord(c) - FIRST]] or c if FIRST <= ord(c) <= LAST else c for c in text]


def _said(char: str) -> str:
    from pypinyin import Style, pinyin

    found = pinyin(char, style=Style.NORMAL, errors="ignore")
    if not found:
        return ""
    said = found[0][0]
    for long, short in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if said.startswith(long):
            said = short + said[2:]
    return said[:-1] if said.endswith("ng") else said


def main() -> None:
    by_sound: dict[str, list[str]] = {}
    for char in map(chr, range(FIRST, LAST + 1)):
        if said := _said(char):
            by_sound.setdefault(said, []).append(char)
    TABLE.write_text("".join(f"{said} {''.join(chars)}\n" for said, chars in sorted(by_sound.items())), encoding="utf-8")


if __name__ == "__main__":
    main()
