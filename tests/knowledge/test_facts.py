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
def finder(entries, finder_folder):
    return Finder(entries.values(), keep=finder_folder)


def test_whoever_reads_slowly_has_short_words_for_every_public_entry(entries):
    told = {entry.id: entry.versions.get("老年", "").splitlines() for entry in entries.values() if not entry.staff_only}
    assert [slug for slug, lines in told.items() if not 2 <= len(lines) <= 7 or max(map(len, lines)) > 30] == []


def lacking(entry, row) -> list[str]:
    return [f"does not say {' / '.join(ways)}" for ways in row.must if not says(shown(entry), ways)]


def forbidden(entry, row) -> list[str]:
    return [f"says {phrase}" for phrase in row.never if promises(everything(entry), phrase)]


def test_the_table_is_large_enough_and_every_fact_has_its_source():
    assert len(ROWS) >= 120 and len(ASKED) >= 60
    assert all(row.must and row.where.rstrip("）").endswith(("[V]", "[S]")) for row in ROWS)
    facts = [fact for row in ROWS for fact in (*row.must, *row.never)]
    assert len(facts) >= 300


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.line}-{row.entry}")
def test_the_entry_says_what_the_law_says(row, entries):
    assert row.entry in entries, f"facts.txt:{row.line}: no entry {row.entry}"
    assert not lacking(entries[row.entry], row) + forbidden(entries[row.entry], row), shown(entries[row.entry])


def test_customers_who_ask_are_told_the_facts_and_nothing_forbidden(entries, finder):
    """The finder is trained anew from time to time: a question may go astray, but few may, and none to a false promise."""
    found = [(row, entries.get(finder.ask(row.question).entry or "")) for row in ASKED]
    promised = [f"{row.question}: {entry.id} {forbidden(entry, row)}" for row, entry in found if entry and forbidden(entry, row)]
    assert not promised
    missed = [f"{row.question}: {entry.id + ' ' + str(lacking(entry, row)) if entry else 'refused'}"
              for row, entry in found if entry is None or lacking(entry, row)]
    assert len(missed) <= 0.05 * len(ASKED), "\n".join(missed)


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
