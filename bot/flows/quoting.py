"""What of an answer is said to who asks on or tells more: the line that really speaks of her words, and none twice."""

import re

from bot.flows import sought
from bot.turn import Turn
from nlp.retrieval import SENTENCE

FULL = 10  # characters; 「不能信。」 alone answers nobody
FOUND, FOUND_SURE, NEAR_ENOUGH = 0.4, 0.28, 0.6
"""So near is a line that shares something with her words beside the subject; or so near, where the base is sure that this entry
answers; so near one that shares nothing (where the base is sure, as near as `FOUND`)."""
AGAIN = 0.1
"""So much nearer is a line that is quoted once more, where another would fit."""
LEAST = 0.25
PAIR, SIGN = 0.12, 0.05
"""What each pair of signs, and each sign, adds that the line shares with her and that the question above does not name;"""
COUNTED = 3
"""of each so many at most."""
LONGEST = 80  # characters
ECHO = 0.6
"""A line that holds little besides her own words tells her nothing."""
COMMON = set(
    "的了吗呢吧啊呀我你您他她它们是不有没在就都也还要会能可以个这那一到说对给把被跟和上下去来过着得人里后"
    "前么什怎多少好行银钱手机号时下开外打做办话先再天年月日")
DENIED = re.compile("(?:不是|没有?|冇)(?:被|人)?(骗|诈|盗|偷|丢|点|填|转|扫|借|交|付|信)")
"""What she says it was not, or that she did not do."""
NEXT = re.compile(r"(?:再?然后|接下来|接着|下一步|下面)(?:呢|[该要]?(?:怎么|咋)(?:办|做|弄)?|[干做](?:什么|啥|嘛))*[?？。!！]*$")
"""She asks what comes after what she has done."""
UNNAMED = re.compile(r"\W|\d")


def best(turn: Turn, slug: str, *, again: bool = False, sure: bool = False) -> str | None:
    """The line of the entry that speaks of her words, quoted once (`again`: twice). `sure`: the base is, that this
    entry answers."""
    entry = turn.knowledge.entries[slug]
    quoted, chosen = turn.state.get("quoted", []), []
    denied = "" if sought.FORM.search(turn.text) else "".join(DENIED.findall(turn.text))
    for line, near in turn.understood.finder.lines(slug, turn.text, said=sought.of_it(turn), least=LEAST):
        pairs, signs = shared(turn.text, line, beside=entry.question)
        score = near + PAIR * min(pairs, COUNTED) + SIGN * min(signs, COUNTED)
        fits = near >= (FOUND if sure else NEAR_ENOUGH) or (score >= (FOUND_SURE if sure else FOUND) and (pairs or signs))
        fits = fits and not set(denied) & set(line)
        if fits and len(line) >= FULL and quoted.count(line) <= again and not _echo(turn.text, line):
            chosen.append((score - AGAIN * quoted.count(line), line))
    if not chosen:
        return None
    line = max(chosen)[1]
    turn.remember(quoted=[*quoted, line])
    return _to_its_end(line, entry.answer)


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


def shared(text: str, line: str, *, beside: str) -> tuple[int, int]:
    """How many pairs of signs, and how many signs outside them, two texts share `beside` those of the subject."""
    pairs = {one for one in (_pairs(text) & _pairs(line)) - _pairs(beside) if not set(one) <= COMMON}
    within = set("".join(pairs))
    signs = (set(UNNAMED.sub("", text)) & set(line)) - COMMON - set(beside) - within
    return len(pairs), len(signs)


def _echo(text: str, line: str) -> bool:
    pairs = _pairs(line)
    return len(pairs & _pairs(text)) >= ECHO * len(pairs)


def _pairs(text: str) -> set[str]:
    plain = UNNAMED.sub("", text)
    return {plain[n:n + 2] for n in range(len(plain) - 1)}
