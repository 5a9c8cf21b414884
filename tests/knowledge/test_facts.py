"""Facts of law that an answer must and must not give, each against the entry that gives it and as a customer asks for it."""

import pytest

from knowledge.base import load
from nlp.retrieval import Finder
from tests.knowledge.facts import everything, plain, promises, read_table, says, shown

ROWS = read_table()
ASKED = [row for row in ROWS if row.question]


@pytest.fixture(scope="module")
def entries():
    return load().entries


@pytest.fixture(scope="module")
def finder(entries):
    return Finder(entries.values())


def wrong(entry, row) -> list[str]:
    lacking = [f"does not say {' / '.join(ways)}" for ways in row.must if not says(shown(entry), ways)]
    return lacking + [f"says {phrase}" for phrase in row.never if promises(everything(entry), phrase)]


def test_the_table_is_large_enough_and_every_fact_has_its_source():
    assert len(ROWS) >= 120 and len(ASKED) >= 60
    assert all(row.must and row.where.rstrip("）").endswith(("[V]", "[S]")) for row in ROWS)
    facts = [fact for row in ROWS for fact in (*row.must, *row.never)]
    assert len(facts) >= 300


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.line}-{row.entry}")
def test_the_entry_says_what_the_law_says(row, entries):
    assert row.entry in entries, f"facts.txt:{row.line}: no entry {row.entry}"
    assert not wrong(entries[row.entry], row), shown(entries[row.entry])


@pytest.mark.parametrize("row", ASKED, ids=lambda row: f"{row.line}-{row.question[:12]}")
def test_a_customer_who_asks_is_told_the_fact(row, entries, finder):
    found = finder.ask(row.question)
    assert found.entry, f"refused; nearest {[c.entry for c in found.candidates[:3]]}"
    assert not wrong(entries[found.entry], row), f"{found.entry}: {shown(entries[found.entry])}"


@pytest.mark.parametrize(("text", "phrase"), [
    ("一次发现假币二十张才报警。", "20 张"), ("我们保证一定能追回。", "一定能追回"), ("最长９０日。", "90 日"),
    ("五十万元", "500000 元"), ("先报警，银行一定赔", "一定赔")])
def test_a_forbidden_thing_is_noticed_in_any_notation(text, phrase):
    assert promises(text, phrase)


@pytest.mark.parametrize(("text", "phrase"), [
    ("不能保证一定能追回。", "一定能追回"), ("谁说“包追回”，谁就是骗子。", "包追回"), ("不一定能追回", "一定能追回"),
    ("一次 120 张", "20 张"), ("不承诺一定赔", "一定赔")])
def test_a_denial_is_no_promise(text, phrase):
    assert not promises(text, phrase)


@pytest.mark.parametrize(("text", "fact"), [
    ("三个工作日内书面申请", "3 个工作日"), ("罚违法所得一倍以上十倍以下", "1 至 10 倍"), ("剩余 ¾ 以上", "3/4"),
    ("15 天内答复", "15 日"), ("2024 年 12 月 1 日起", "2024-12-01"), ("合计五十万元以内全额偿付", "50 万元"),
    ("剩四分之三", "3/4")])
def test_a_fact_is_recognised_in_any_notation(text, fact):
    assert says(text, (fact,)), (plain(text), plain(fact))


@pytest.mark.parametrize(("text", "fact"), [("不是自然日", "自然日"), ("15 张", "5 张"), ("不得撤回", "撤回")])
def test_a_denied_or_longer_number_is_not_the_fact(text, fact):
    assert not says(text, (fact,))
