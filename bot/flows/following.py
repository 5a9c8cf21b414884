"""Questions that name no subject (what to bring, how long, may my son go), asked on after an answer (knowledge/followups.toml)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import chain

from knowledge.base import Entry
from knowledge.tables import Followup
from nlp.retrieval import CLAUSE, SENTENCE
from nlp.text import normalise

LONGEST = 24  # characters; a longer question names what it is about
LEFT = 2  # characters that may be left beside the words of the question
MOST_OF_IT = 0.3  # of the message must be the question's words, where it says something besides
ALONE = ("how", "sure", "why", "blame")
"""Kinds whose words stand in many other questions too: they count only where nothing stands besides, and nothing is supposed."""
OF_THE_MATTER = ("sure", "get_back", "blame", "why", "what_if_not", "refused", "credit_record", "safe")
"""Kinds that the answer for her matter tells itself, where she has not read it yet; of the others it often holds nothing."""
OF_TICKET = ("send_file", "leave_number", "together", "settled_itself", "recording")
"""Kinds that are about the complaint she has made here, and not about any answer."""
SUPPOSED = re.compile("要是|万一|如果|假如|不是")
FILLER = re.compile(
    "请问|麻烦|想问|问一下|一下|大概|到底|一般|现在|今天|明天|这个|那个|这样|那样|还是|可以|需要|办理|银行|网点|柜台|"
    "[那这我俺你您他她它们的了呢吗啊呀吧么嘛哦噢就还也都要得去到是有会能办弄个下想再又哈呗啵哎唉嗯,，.。?？!！ ]")
SUBJECT = re.compile(
    "挂失|补卡|销户|存单|存折|盗刷|养老金|孩子|充值|理赔|退保|转错|收款码|来路不明|年费|分期|赎回|测评|盖章|解押|恶意透支|"
    "替别人借|退货|代扣|免密|假病历|拉过人|丢了|坏事|改密码|激活|手机号|冻|工资")
"""Business that a theme's line speaks of, and that is not that of each entry of the theme."""
FIRST = "{first}"
LINES = 2  # sentences of an answer said at once


def asked(text: str, followups: Mapping[str, Followup]) -> Followup | None:
    """What a message asks on, if it is such a question: the kind whose words take most of it, of equals the one written later."""
    plain = normalise(text)
    if len(plain) > LONGEST or not _any(followups).search(plain):
        return None
    spans = {kind: max((len(found[0]) for pattern in patterns(one)[0] if (found := pattern.search(plain))), default=0)
             for kind, one in followups.items()}
    best = max(reversed(spans), key=spans.__getitem__, default=None)
    if best is None or not spans[best]:
        return None
    followup = followups[best]
    if best in ALONE:
        return followup if bare(text, followup) and not SUPPOSED.search(plain) else None
    return followup if bare(text, followup) or spans[best] >= MOST_OF_IT * len(plain) else None


def bare(text: str, followup: Followup) -> bool:
    """Whether a message says nothing besides: it names no subject of its own."""
    left = normalise(text)
    for pattern in patterns(followup)[0]:
        left = pattern.sub("", left)
    return len(FILLER.sub("", left)) <= LEFT


FILES = re.compile("登记(?:成|个)?投诉|「我要投诉」")


def while_filed(said: str) -> str:
    """The line for who has an open complaint: nothing that tells her to file one."""
    return "".join(part for part in SENTENCE.split(said) if not FILES.search(part)).strip()


def line(followup: Followup, entry: Entry | None, answer: str = "", *, brief: bool = False) -> str:
    """What the entry says of it, in its steps, in what it keeps for who asks on, or in its `answer` (that of her audience; `brief`:
    in short words, which go before all others); or else what may be said of any matter of its theme. Without an entry, what may be
    said of any matter; empty where that needs one."""
    if entry is None:
        return "" if FIRST in followup.general else followup.general
    says = patterns(followup)[1]
    shown, kept = ([one for one in some if any(pattern.search(one) for pattern in says)]
                   for some in ((*entry.steps, *SENTENCE.split(answer)), entry.more))
    short = [one for one in answer.splitlines() if any(pattern.search(one) for pattern in says)] if brief else []
    own = short or shown or kept[:1]
    first = next(iter(entry.steps), answer)
    return "\n".join(own[:LINES]) or (fitting(followup.theme.get(entry.theme, ""), entry) or followup.general).replace(FIRST, first)


def fitting(said: str, entry: Entry) -> str:
    """What a theme's line says of this entry: its sentences that name another business of the theme are left out."""
    whole = "".join((entry.question, entry.answer, *entry.steps))
    kept = []
    for part in CLAUSE.split(said):
        named = SUBJECT.findall(part)
        if not named or any(one in whole for one in named):
            kept.append(part)
    fit = "".join(kept)
    return fit.rstrip("；") + "。" if fit.endswith("；") else fit


@lru_cache(maxsize=256)
def _compiled(written: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, written))


def _any(followups: Mapping[str, Followup]) -> re.Pattern[str]:
    """All that is heard as one pattern: most messages ask nothing of the kind. Made once for a base, known by its identity: to hash
    its many lines would cost more than the search."""
    global _kept
    if _kept is None or _kept[0] is not followups:
        _kept = followups, re.compile("|".join(chain.from_iterable(one.heard for one in followups.values())))
    return _kept[1]


_kept: tuple[Mapping[str, Followup], re.Pattern[str]] | None = None


def patterns(followup: Followup) -> tuple[tuple[re.Pattern[str], ...], tuple[re.Pattern[str], ...]]:
    """What is heard in the message, and what says it in an answer."""
    return _compiled(followup.heard), _compiled(followup.says)
