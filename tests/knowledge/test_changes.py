"""What the office changes at its desk stands beside the files by the same rules, and gives way to them."""

import pytest

from knowledge.base import load
from knowledge.changes import Change, changed

BASE = load()
KNOWN = next(iter(BASE.entries.written.values()))
WAYS = ["退休金卡能免年费吗", "养老金卡年费免不免", "退休工资卡要不要年费", "社保卡收年费吗", "养老金账户年费", "退休卡年费怎么免"]


def section(slug="fees-20261130-g7", question="养老金卡收年费吗？", ways=WAYS, related="") -> str:
    return "\n".join([f"## {slug} | {question}", "audience: 公众", "confidence: S", "checked: 2026-11-30",
                      *([f"related: {related}"] if related else []), "", "### 问法", *(f"- {one}" for one in ways),
                      "### 答", "免收，以本行公示为准。", "### 依据", "- 本行公示 [S]"]) + "\n"


def made(*changes: Change):
    return changed(BASE.entries.written, changes, BASE.taxonomy)


def test_an_entry_more_and_an_entry_less():
    entries, problems = made(Change("fees-20261130-g7", "fees", section()), Change(KNOWN.id, KNOWN.theme, ""))
    assert problems == [] and entries["fees-20261130-g7"].theme == "fees" and KNOWN.id not in entries
    assert len(entries) == len(BASE.entries.written) and KNOWN.id in BASE.entries.written, "the files are as they were"


@pytest.mark.parametrize(("change", "why"), [
    (Change("a", "fees", section(slug=KNOWN.id)), "an entry of this name"),
    (Change("a", "fees", section(question=KNOWN.question)), "asked elsewhere too"),
    (Change("a", "fees", section(ways=WAYS[:2])), "2 ways to ask"),
    (Change("a", "no_theme", section()), "no theme"),
    (Change("a", "fees", "once upon a time"), "outside an entry"),
    (Change("no-such", "fees", ""), "no such entry")])
def test_what_the_base_has_overtaken_is_left_out_and_named(change, why):
    entries, problems = made(change, Change("fees-20261130-g7", "fees", section()))
    assert [problem.slug for problem in problems] == [change.slug] and why in problems[0].why
    assert len(entries) == len(BASE.entries.written) + 1, "and the next one is made all the same"


def test_an_entry_corrected_stands_under_its_name_with_its_own_ways_in_whatever_order_they_come():
    other = next(one for one in BASE.entries.written.values() if one.id != KNOWN.id)
    mended = Change(KNOWN.id, KNOWN.theme, section(slug=KNOWN.id, question=KNOWN.question,
                                                   ways=[*KNOWN.variants[:6], other.variants[0]]))
    for order in ((mended, Change(KNOWN.id, KNOWN.theme, "")), (Change(KNOWN.id, KNOWN.theme, ""), mended)):
        entries, problems = made(*order)
        assert problems == [] and len(entries) == len(BASE.entries.written)
        assert entries[KNOWN.id].answer == "免收，以本行公示为准。" and entries[KNOWN.id].variants == KNOWN.variants[:6]


def test_a_way_to_ask_that_stands_elsewhere_and_a_relation_that_is_gone_are_dropped():
    entries, _ = made(Change(KNOWN.id, KNOWN.theme, ""),
                      Change("x", "fees", section(ways=[*WAYS, next(iter(BASE.entries.written.values())).variants[0]],
                                                  related=f"{KNOWN.id}, cp-channels")))
    added = entries["fees-20261130-g7"]
    assert added.related == ("cp-channels",) and added.variants == tuple(WAYS)
