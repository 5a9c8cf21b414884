"""Drawing a paper: how many questions each theme gives, and which; to who sits it again such as she has not seen."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from knowledge.tables import Question
from tickets.numbers import SHANGHAI

STAFF, EVEN, BANK = "员工", "even", "bank"
"""The colleagues' own questions; a paper whose themes take turns, and one in which they stand as in the bank."""


def shelves(quiz: Mapping[str, Question], themes: Iterable[str], *, day: datetime, audience: str = STAFF,
            others: bool = True) -> dict[str, list[Question]]:
    """The questions that may be asked, by theme: those for this audience, with `others` those for anybody. No themes mean all."""
    wanted, today = set(themes), day.astimezone(SHANGHAI).date()
    found: dict[str, list[Question]] = {}
    for question in quiz.values():
        holds = not (question.valid_until and question.valid_until < today)
        if holds and (not wanted or question.theme in wanted) and (others or audience in question.audience):
            found.setdefault(question.theme, []).append(question)
    return found


def shares(stock: Mapping[str, Sequence[Question]], count: int, *, how: str = EVEN, audience: str = STAFF) -> dict[str, int]:
    """How many of each theme: the audience's own questions as far as they reach, then the others. Fewer when there are no more."""
    own = {theme: sum(audience in one.audience for one in shelf) for theme, shelf in stock.items()}
    every = {theme: len(shelf) for theme, shelf in stock.items()}
    if how == BANK:
        sizes = own if sum(own.values()) >= count else every
        return _turns(every, min(count, sum(every.values())), _parts(sizes, min(count, sum(sizes.values()))))
    return _turns(every, count, _turns(own, count, {}))


def _parts(sizes: Mapping[str, int], count: int) -> dict[str, int]:
    """In proportion to the sizes; what is left over goes to the largest remainders."""
    whole = sum(sizes.values()) or 1
    made = {theme: count * size // whole for theme, size in sizes.items()}
    rest = sorted(sizes, key=lambda theme: (-(count * sizes[theme] % whole), theme))
    for theme in rest[:count - sum(made.values())]:
        made[theme] += 1
    return made


def _turns(sizes: Mapping[str, int], count: int, given: Mapping[str, int]) -> dict[str, int]:
    """One more of the theme that has fewest, until there are so many."""
    made = {theme: given.get(theme, 0) for theme in sizes}
    for _ in range(count - sum(made.values())):
        open_ = [theme for theme, size in sizes.items() if made[theme] < size]
        if not open_:
            break
        made[min(open_, key=lambda theme: (made[theme], theme))] += 1
    return made


def pick(stock: Mapping[str, Sequence[Question]], wanted: Mapping[str, int], *, audience: str = STAFF,
         seen: Mapping[str, int] | None = None, chance: random.Random | None = None) -> list[str]:
    """So many of each theme: what was seen least often first, among those the audience's own. In an order of chance."""
    dice, often = chance or random.SystemRandom(), seen or {}
    drawn: list[str] = []
    for theme in sorted(wanted):
        shelf = list(stock.get(theme, ()))
        dice.shuffle(shelf)
        shelf.sort(key=lambda one: (often.get(one.id, 0), audience not in one.audience))
        drawn += [one.id for one in shelf[:wanted[theme]]]
    dice.shuffle(drawn)
    return drawn


def draw(quiz: Mapping[str, Question], themes: Iterable[str], count: int, *, day: datetime, how: str = EVEN, audience: str = STAFF,
         others: bool = True, chance: random.Random | None = None) -> list[str]:
    """Question ids for a new paper; fewer than `count` when the bank has no more."""
    stock = shelves(quiz, themes, day=day, audience=audience, others=others)
    return pick(stock, shares(stock, count, how=how, audience=audience), audience=audience, chance=chance)


def alike(quiz: Mapping[str, Question], seen: Sequence[str], drawn: Sequence[str], *, day: datetime, audience: str) -> bool:
    """Could the paper that somebody has seen have been drawn as this one was: as many of each theme, the audience's own first?"""
    stock = {one.id for shelf in shelves(quiz, (), day=day).values() for one in shelf}

    def parts(paper: Sequence[str]) -> Counter[tuple[str, bool]]:
        return Counter((quiz[one].theme, audience in quiz[one].audience) for one in paper)

    return len(set(seen)) == len(seen) and set(seen) <= stock and parts(seen) == parts(drawn)


def again(quiz: Mapping[str, Question], paper: Sequence[str], themes: Iterable[str], *, day: datetime, audience: str, others: bool,
          seen: Mapping[str, int], chance: random.Random | None = None) -> list[str]:
    """Another paper of the same themes and length, with as few questions seen before as the bank allows."""
    stock = shelves(quiz, themes, day=day, audience=audience, others=others)
    wanted = Counter(quiz[one].theme for one in paper if one in quiz)
    sizes = {theme: len(shelf) for theme, shelf in stock.items()}
    for theme, count in wanted.items():  # what has run out of date since the paper was drawn up cannot be asked again
        wanted[theme] = min(count, sizes.get(theme, 0))
    drawn = pick(stock, _turns(sizes, len(paper), wanted), audience=audience, seen=seen, chance=chance)
    return drawn + [one for one in paper if one not in drawn][:len(paper) - len(drawn)]
