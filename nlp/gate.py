"""Running fifty patterns over every message is slow; how a match may begin is known beforehand, so most need not run at all.

Reads the part of pattern syntax that `knowledge/signs.toml` uses: literals, classes, groups, `.`, `\\d`, `^`, `$`, look-around, and
quantifiers. Anything it is not sure of counts as "may begin with anything", which only costs time.
"""

import re
from collections.abc import Mapping

_DIGITS = frozenset("0123456789")


def _parse(pattern: str, at: int) -> tuple[list[list[tuple]], int]:
    """The alternatives from `at` to the closing bracket.

    A piece is (characters, or None for any, or alternatives; whether it may be missing; whether it may repeat).
    """
    alternatives: list[list[tuple]] = [[]]
    while at < len(pattern) and pattern[at] != ")":
        sign = pattern[at]
        if sign == "|":
            alternatives.append([])
            at += 1
            continue
        if sign in "^$":
            at += 1
            continue
        if sign == "(":
            around = re.compile(r"\?<?[=!]").match(pattern, at + 1)
            start = around.end() if around else at + (3 if pattern.startswith("(?:", at) else 1)
            what, at = _parse(pattern, start)
            at += 1
            if around:
                continue
        elif sign == "[":
            end = pattern.index("]", at + 1)
            what, at = _class(pattern[at + 1 : end]), end + 1
        elif sign == "\\":
            what, at = _DIGITS if pattern[at + 1] == "d" else frozenset(pattern[at + 1]), at + 2
        else:
            what, at = None if sign == "." else frozenset(sign), at + 1
        missing = repeats = False
        quantifier = re.compile(r"[?*+]|\{(\d*)(,?)(\d*)\}").match(pattern, at)
        if quantifier:
            at = quantifier.end()
            missing = quantifier[0] in "?*" or quantifier[0].startswith("{0") or quantifier[0].startswith("{,")
            repeats = quantifier[0] != "?"
        alternatives[-1].append((what, missing, repeats))
    return alternatives, at


def _class(inside: str) -> frozenset[str] | None:
    if inside.startswith("^"):
        return None
    chars: set[str] = set()
    for low, high, single in re.findall(r"(\w)-(\w)|(\\?.)", inside):
        if low:
            chars.update(map(chr, range(ord(low), ord(high) + 1)))
        else:
            chars.update(_DIGITS if single == "\\d" else single[-1])
    return frozenset(chars)


def _begin(pieces: list[tuple], size: int) -> set[str]:
    """How a match may begin, up to `size` characters; a shorter one may be followed by anything."""
    if not size or not pieces:
        return {""}
    (what, missing, repeats), rest = pieces[0], pieces[1:]
    found: set[str] = set()
    if what is None:
        found.add("")
    elif isinstance(what, frozenset):
        after = {""} if repeats else _begin(rest, size - 1)
        found |= {char + more for char in what for more in after}
    else:
        for alternative in what:
            found |= _begin(alternative if repeats else alternative + rest, size)
    return found | _begin(rest, size) if missing else found


def openings(pattern: str) -> set[str]:
    """Strings of one or two characters with one of which every match begins; "" among them where that is not known."""
    return set().union(*(_begin(pieces, 2) for pieces in _parse(pattern, 0)[0]))


class Gate:
    """Several named patterns, of which only those run that a text could match."""

    def __init__(self, patterns: Mapping[str, re.Pattern[str]]):
        self._patterns = list(patterns.items())
        self._always = 0
        self._begins: dict[str, tuple[int, dict[str, int]]] = {}  # first character → what it opens alone, and by the second
        for place, (_, pattern) in enumerate(self._patterns):
            for begin in openings(pattern.pattern):
                if not begin:
                    self._always |= 1 << place
                    continue
                alone, after = self._begins.get(begin[0], (0, {}))
                if begin[1:]:
                    after[begin[1]] = after.get(begin[1], 0) | 1 << place
                else:
                    alone |= 1 << place
                self._begins[begin[0]] = alone, after

    def found(self, text: str) -> list[str]:
        """The names whose pattern is in the text, in the patterns' order. A pattern is tried only where it could begin."""
        begins, patterns = self._begins, self._patterns
        done = 0
        for place in range(len(patterns)) if self._always else ():
            if self._always >> place & 1 and patterns[place][1].search(text):
                done |= 1 << place
        for at, (opened, second) in enumerate(zip(map(begins.get, text), text[1:] + "\0", strict=False)):
            if opened is None:
                continue
            alone, after = opened
            open_ = (alone | after.get(second, 0)) & ~done
            while open_:
                bit = open_ & -open_
                if patterns[bit.bit_length() - 1][1].match(text, at):
                    done |= bit
                open_ ^= bit
        return [name for place, (name, _) in enumerate(patterns) if done >> place & 1] if done else []
