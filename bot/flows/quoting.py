"""What of an answer is said to who asks on or tells more: the line that really speaks of her words, and none twice."""

import re
from collections.abc import Sequence

from bot.flows import sought
from bot.turn import Turn
from nlp.days import NUMBER, number
from nlp.finder_lines import UNNAMED, Bar, chosen, pairs_of, shared
from nlp.retrieval import SENTENCE

FULL = 10  # characters; 「不能信。」 alone answers nobody
CERTAINLY, PLAINLY = Bar(alone=0.85, both=0.95), Bar(alone=0.7, both=0.8)
SURELY, PERHAPS = Bar(alone=0.6, both=0.6), Bar(alone=0.5, both=0.5)
"""For who was just asked what she means; whatever her words may do besides; for who asks; for who asks what this entry rather
answers than any other."""
NEARBY, NOTED, MEANT = 0.4, 0.33, 0.3
"""So likely a line is said that is only near, and where it is not all that is said (a colleague will, or nothing was asked): its
share times that of its entry, which counts to this power."""
LONGEST = 80  # characters
ECHO = 0.6
"""A line that holds little besides her own words tells her nothing."""
DENIED = re.compile("(?:不是|没有?|冇)(?:被|人)?(骗|诈|盗|偷|丢|点|填|转|扫|借|交|付|信)")
"""What she says it was not, or that she did not do."""
AGE = re.compile(rf"({NUMBER})(?:周?岁|个?年头)")
YOUNGER, OLDER = re.compile(r"不满 ?(\d+) ?周?岁"), re.compile(r"(?<!不)(?<!不满 )(?:满 ?)?(?<!\d)(\d+) ?周?岁以上")
NEXT = re.compile(r"(?:再?然后|接下来|接着|下一步|下面)(?:呢|[该要]?(?:怎么|咋)(?:办|做|弄)?|[干做](?:什么|啥|嘛))*[?？。!！]*$")
"""She asks what comes after what she has done."""


def best(turn: Turn, slug: str, *, bar: Bar, again: bool = False, text: str = "") -> str | None:
    """The line of the entry that tells her (or this part of her words), or two of which one surely does, in their order; each once
    (`again`: twice)."""
    entry, quoted = turn.knowledge.entries[slug], turn.state.get("quoted", [])
    lines, shares = turn.understood.finder.lines(slug, text) if text else turn.understood.lines(slug)
    fit = _fit(turn, lines, again=again)
    doubtful = turn.state.get("near_gap")  # she was just asked what she means: it may be another matter
    picked = sorted(chosen(shares * [*fit, True], CERTAINLY if doubtful else bar))
    if not picked:
        return None
    turn.remember(quoted=[*quoted, *(lines[n] for n in picked)])
    said = [of_age(turn.text, _to_its_end(lines[n], entry.answer)) for n in picked]
    said = [one for n, one in enumerate(said) if not any(one in other for other in said[:n])]
    if len(said) == 1 and len(said[0]) < FULL:
        said += lines[picked[0] + 1:picked[0] + 2]
    return "\n".join(said)


def nearby(turn: Turn, *, least: float = NEARBY, strange: float = 0.0) -> tuple[str, str] | None:
    """The entry and the line that likeliest tell her, of all entries that she may mean: how likely one is meant counts less than
    how likely the line tells. `strange`: another entry than that of her matter needs so large a share. None: none is near."""
    told = []
    for one in sought.search(turn).candidates:
        meant = one.score**MEANT >= least and (one.score >= strange or one.entry == sought.matter(turn))
        if meant and one.entry in turn.knowledge.entries:  # of the others no line can be near enough
            lines, shares = turn.understood.lines(one.entry)
            fit = _fit(turn, lines)
            told += [(tells * one.score**MEANT, one.entry, line)
                     for line, tells, may in zip(lines, shares, fit, strict=False) if may]
    likely, slug, line = max(told, key=lambda one: one[0], default=(0.0, "", ""))
    if likely < least:
        return None
    turn.remember(quoted=[*turn.state.get("quoted", []), line])
    return slug, of_age(turn.text, _to_its_end(line, turn.knowledge.entries[slug].answer))


def _fit(turn: Turn, lines: Sequence[str], *, again: bool = False) -> list[bool]:
    """Which of the lines may be said: none that she has read here (`again`: twice), that speaks of what she denies or only repeats
    her."""
    quoted, denied = turn.state.get("quoted", []), "" if sought.FORM.search(turn.text) else "".join(DENIED.findall(turn.text))
    if turn.lately(turn.state.get("mistaken", {}).get("at"), sought.SAME_TALK):
        denied += "骗"  # she said so before
    return [quoted.count(line) <= again and not set(denied) & set(line) and not echoes(turn.text, line) for line in lines]


def of_age(text: str, line: str) -> str:
    """A line that tells several ages apart, without what is not of the one she names: 「他才九岁」."""
    named, clauses = AGE.search(text), line.rstrip("。").split("；")
    if not named or len(clauses) < 2:
        return line
    age = number(named[1])
    fits = [all(age < int(least) for least in YOUNGER.findall(one)) and all(age >= int(least) for least in OLDER.findall(one))
            for one in clauses]
    kept = [one for one, fit in zip(clauses, fits, strict=True) if fit]
    return "；".join(kept) + "。" if any(YOUNGER.search(one) or OLDER.search(one) for one in kept) else line


def _to_its_end(clause: str, answer: str) -> str:
    """A clause with what follows it in its sentence, where that is not long: 「没签的，可要求出示合同」."""
    if not clause.endswith("；"):
        return clause
    whole = SENTENCE.split(answer[answer.find(clause):])[0] if clause in answer else clause
    return whole if len(whole) <= LONGEST else clause.rstrip("；") + "。"


def step_after(turn: Turn, slug: str) -> str | None:
    """「锁了，然后呢」: the step after the one that she says is done, or that she was told last; empty after the last of them.
    None: she asks no such thing, or was told no step yet."""
    asked, steps = NEXT.search(turn.text), turn.knowledge.entries[slug].steps
    done, told = turn.text[:asked.start()] if asked else "", turn.state.get("step", {})
    at = told["at"] if told.get("entry") == slug else -1
    if not asked or not steps or (at < 0 and not UNNAMED.sub("", done)):
        return None
    alike = [sum(shared(done, step, beside="")) for step in steps]
    at = max(alike.index(max(alike)) if max(alike) else 0, at) + 1
    turn.remember(step={"entry": slug, "at": at})
    return steps[at] if at < len(steps) else ""


def echoes(text: str, line: str) -> bool:
    """Whether the line holds little besides these words."""
    pairs = pairs_of(line)
    return len(pairs & pairs_of(text)) >= ECHO * len(pairs)
