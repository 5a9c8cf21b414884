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


def _closing(pattern: str, at: int) -> int:
    """The place behind the bracket that closes the one at `at`."""
    depth = 0
    while True:
        sign = pattern[at]
        if sign == "\\":
            at += 1
        elif sign == "[":
            at = pattern.index("]", at + 1)
        elif sign in "()":
            depth += 1 if sign == "(" else -1
            if not depth:
                return at + 1
        at += 1


def alternatives(pattern: str) -> list[str]:
    """A pattern's outermost alternatives."""
    found, begin, at = [], 0, 0
    while at < len(pattern):
        if pattern[at] == "|":
            found.append(pattern[begin:at])
            begin = at = at + 1
        elif pattern[at] == "(":
            at = _closing(pattern, at)
        elif pattern[at] == "[":
            at = pattern.index("]", at + 1) + 1
        else:
            at += 2 if pattern[at] == "\\" else 1
    return [*found, pattern[begin:]]


def parted(pattern: str) -> tuple[str, str] | None:
    """「^(?!…).*…」 as its conditions at the beginning of a text and what must stand somewhere behind; None for any other shape."""
    if not pattern.startswith("^"):
        return None
    at = 1
    while pattern.startswith(("(?=", "(?!"), at):
        at = _closing(pattern, at)
    return (pattern[:at], pattern[at + 2:]) if pattern.startswith(".*", at) and len(pattern) > at + 2 else None


class Gate:
    """Several named patterns, of which only those run that a text could match. Texts are of one line."""

    def __init__(self, patterns: Mapping[str, re.Pattern[str]]):
        self.names = list(patterns)
        self._patterns: list[tuple[int, re.Pattern[str], re.Pattern[str] | None]] = []  # name, sought, condition
        self._at_first: list[tuple[int, re.Pattern[str]]] = []  # what can only stand at the beginning
        for name, pattern in enumerate(patterns.values()):
            parts = alternatives(pattern.pattern)
            self._patterns += [(name, re.compile(made[1]), re.compile(made[0])) for one in parts if (made := parted(one))]
            first = [one for one in parts if one.startswith("^") and parted(one) is None]
            self._at_first += [(name, re.compile("|".join(first)))] if first else []
            free = [one for one in parts if not one.startswith("^")]
            self._patterns += [(name, re.compile("|".join(free)), None)] if free else []
        self._anywhere: list[int] = []  # may begin with anything
        self._begins: dict[str, tuple[int, dict[str, int]]] = {}  # first character → what it opens alone, and by the second
        for place, (_, pattern, _) in enumerate(self._patterns):
            for begin in openings(pattern.pattern):
                if not begin:
                    self._anywhere.append(place)
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
        done, names = 0, {name for name, pattern in self._at_first if pattern.match(text)}
        for place in self._anywhere:
            if patterns[place][1].search(text):
                done |= 1 << place
                names.add(self._holding(place, text))
        for at, (opened, second) in enumerate(zip(map(begins.get, text), text[1:] + "\0", strict=False)):
            if opened is None:
                continue
            alone, after = opened
            open_ = (alone | after.get(second, 0)) & ~done
            while open_:
                bit = open_ & -open_
                place = bit.bit_length() - 1
                if patterns[place][1].match(text, at):
                    done |= bit
                    names.add(self._holding(place, text))
                open_ ^= bit
        return [self.names[name] for name in sorted(names - {None})] if names else []

    def _holding(self, place: int, text: str) -> int | None:
        """The name of a pattern that was found, if its condition holds."""
        name, _, condition = self._patterns[place]
        return name if condition is None or condition.match(text) else None
