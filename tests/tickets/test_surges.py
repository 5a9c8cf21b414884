"""The early warning: planted surges are found in time, ordinary weeks are left alone, and no storm is warned of seven times."""

from datetime import date, timedelta

import pytest
from scipy import stats
from sqlalchemy import insert, select

from knowledge.base import FOLDER, GROUPS, Taxonomy
from knowledge.tables import read_taxonomy
from tests.bench.surges import score
from tests.tickets.build import DAY, MONDAY, chat, complaint, person
from tickets import warned
from tickets.assignment import add_branch
from tickets.chance import significant, tail
from tickets.demo.pouring import stamp
from tickets.models import Ticket, Warning_, now
from tickets.surges import Counts, Series, Watch

TODAY = date(2026, 11, 24)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture(scope="module")
def taxonomy():
    groups = read_taxonomy(FOLDER / "taxonomy.toml")
    return Taxonomy(**{name: groups[name] for name in GROUPS})


@pytest.mark.parametrize(("count", "mean", "size"), [(3, 0.05, 0.5), (11, 1.35, 9.0), (40, 18.0, 15.0), (5, 10.0, 3.0)])
def test_the_tail_is_that_of_the_textbook(count, mean, size):
    assert tail(count, mean, size) == pytest.approx(stats.nbinom.sf(count - 1, size, size / (size + mean)), rel=1e-9)
    assert tail(count, mean) == pytest.approx(stats.poisson.sf(count - 1, mean), rel=1e-9)
    assert tail(0, mean, size) == 1.0


def test_looking_at_many_asks_for_more():
    assert significant([0.004, 0.2, 0.9], tests=3, share=0.05) == 0.004
    assert significant([0.004, 0.2, 0.9], tests=100, share=0.05) == 0.0
    assert significant([0.01, 0.02, 0.03, 0.9], tests=4, share=0.05) == 0.03, "Benjamini–Hochberg steps up"


def test_planted_surges_are_found_within_three_days_and_ordinary_days_are_left_alone():
    """One spring of a seed that was not used for tuning; `make surges` prints the table over twelve whole years."""
    result, notes = score(301, 5000, surges=6, first=date(2025, 7, 15), until=date(2026, 4, 1))
    assert result.planted.total() == 6 and len(result.planted) == 6, "one of each kind"
    assert result.found.total() / result.planted.total() >= 0.9, notes
    assert result.false.total() / result.months <= 1, notes


def calm(days: int = 100, *, until: date = YESTERDAY) -> Counts:
    """Two complaints a day at one branch, one at another, every day alike."""
    counts = Counts()
    for n in range(days):
        day = until.toordinal() - n
        counts.add(day, Series(1, "LOAN", "FEE"), 1)
        counts.add(day, Series(1, "LOAN", "SERVICE"), 1)
        counts.add(day, Series(2, "DEBIT_CARD", "SERVICE"), 1)
    return counts


def test_nothing_is_warned_of_on_calm_days_or_without_a_history():
    assert Watch(calm(), YESTERDAY).find() == []
    short = calm(20)
    short.add(YESTERDAY.toordinal(), Series(1, "LOAN", "FEE"), 50)
    assert Watch(short, YESTERDAY).find() == []


def test_one_storm_is_one_warning_and_names_the_narrowest_place():
    counts = calm()
    counts.add(YESTERDAY.toordinal(), Series(2, "DEBIT_CARD", "FEE"), 12)
    found = Watch(counts, YESTERDAY).find()
    assert len(found) == 1 and found[0].series.branch_id == 2 and found[0].count >= 12 and found[0].chance < 1e-6
    assert Watch(counts, YESTERDAY).find(standing=[found[0].series]) == [], "warned of already"


def test_three_of_a_cause_at_one_branch_count_only_where_that_is_unusual():
    quiet, busy = Series(3, "CASH", "FEE"), Series(1, "LOAN", "FEE")
    counts = calm()
    for days in (1, 3, 6):
        counts.add(YESTERDAY.toordinal() - days, quiet)
    grades = {surge.series.branch_id: surge.grade for surge in Watch(counts, YESTERDAY).find()}
    assert set(grades) == {3}
    assert Watch(counts, YESTERDAY).measure(Series(1, None, "FEE"), 7).count == 7 and busy.branch_id not in grades


def test_a_part_of_a_storm_is_found_when_the_rest_is_over():
    counts = calm()
    for n in range(10):
        counts.add(YESTERDAY.toordinal() - n, Series(1, "LOAN", "FEE"), 1 if n >= 3 else 0)
    counts.add(YESTERDAY.toordinal(), Series(2, "DEBIT_CARD", "SERVICE"), 9)
    found = Watch(counts, YESTERDAY).find(standing=[Series(cause="SERVICE")])
    assert any(surge.series.branch_id == 2 or surge.series.category == "DEBIT_CARD" for surge in found)


@pytest.fixture
def session(store):
    with store.write() as session:
        yield session


def year_of(session, branches, *, days=90):
    """A complaint a day at the first branch, one every second day at the other; words that say nothing."""
    rows = []
    for n in range(days * 2):
        branch = branches[n % 2]
        if n % 4 == 3:
            continue
        at = MONDAY - timedelta(days=8 + n // 2)
        rows.append({"number": f"t{n}", "source": "phone", "category": "LOAN", "cause": "PROCESS", "also": [], "rights": [],
                     "flags": [], "reading": {}, "summary": "办理时间太长", "branch_id": branch.id, "received_at": at,
                     "clock_from": at, "due_at": at + 15 * DAY})
    session.execute(insert(Ticket), rows)


def storm(session, rules, branch, count=9, *, summary="存款机吞了钱没有人管", at=MONDAY - DAY, **more):
    return [complaint(session, rules, at=at + timedelta(minutes=n), talk=False, branch_id=branch.id, category="DEBIT_CARD",
                      cause="FACILITY", summary=summary, **more) for n in range(count)]


def morning(session, taxonomy, wording, day=TODAY):
    found = warned.find(session, day - timedelta(days=1), lambda text: [text[i:i + 2] for i in range(len(text) - 1)])
    return warned.note(session, found, taxonomy=taxonomy, wording=wording, at=now())


def test_a_warning_explains_itself_and_comes_once(session, rules, taxonomy, wording):
    east, west = (add_branch(session, code=code, name=name) for code, name in (("E", "城东支行"), ("W", "城西支行")))
    year_of(session, (east, west))
    made = storm(session, rules, west)
    assert warned.due(session, TODAY)
    new = morning(session, taxonomy, wording)
    assert [row.kind for row in new] == ["surge"]
    assert new[0].text == "城西支行借记卡设备系统投诉异常增多：2 天 9 件（平常不到 1 件）"
    assert set(new[0].data["tickets"]) == {ticket.id for ticket in made} and new[0].data["grade"] == "high"
    words = new[0].data["words"]
    assert words and all(word in made[0].summary for word in words) and not set(words) & {"没有", "有人"}
    assert not warned.due(session, TODAY) and morning(session, taxonomy, wording) == [], "a second worker on the same day"
    storm(session, rules, west, 3, at=MONDAY)
    assert morning(session, taxonomy, wording, TODAY + timedelta(days=1)) == [], "the next day it only goes on"
    assert session.scalars(select(Warning_)).one().data["last"] == TODAY.isoformat()


@pytest.mark.parametrize(("source", "kinds"), [("phone", {"surge", "person"}), ("console", set())])
def test_what_a_colleague_typed_to_try_the_bot_warns_of_nothing(session, rules, taxonomy, wording, source, kinds):
    branches, talk = [add_branch(session, code=name, name=f"城{name}支行") for name in "东西"], chat(session)
    year_of(session, branches)
    storm(session, rules, branches[1], source=source)
    for n in range(4):
        complaint(session, rules, talk=talk, at=MONDAY - DAY * (5 * n + 1), source=source)
    assert {row.kind for row in morning(session, taxonomy, wording)} == kinds


def test_a_new_word_in_ordinary_complaints_is_warned_of(session, rules, taxonomy, wording):
    branches = [add_branch(session, code=f"B{n}", name=f"第{n}支行") for n in range(2)]
    year_of(session, branches)
    kinds = (("LOAN", "FEE"), ("CASH", "SERVICE"), ("FX", "PROCESS"), ("DEPOSIT", "YIELD"), ("WEALTH", "CHOICE"))
    for n, (category, cause) in enumerate(kinds):
        complaint(session, rules, at=MONDAY - DAY * (n % 3) - DAY, talk=False, branch_id=branches[n % 2].id, category=category,
                  cause=cause, summary=f"{'甲乙丙丁戊'[n]}{'子丑寅卯辰'[n]}都说惠享{'春夏秋冬雪'[n]}")
    new = [row for row in morning(session, taxonomy, wording) if row.kind == "word"]
    assert len(new) == 1 and "惠享" in new[0].text + "".join(new[0].data["words"]) and len(new[0].data["tickets"]) == 5


def test_a_person_who_comes_again_and_again_is_named_by_number_of_times_only(session, rules, taxonomy, wording):
    talk = chat(session)
    for n, category in enumerate(("LOAN", "CASH", "FX", "LOAN")):
        complaint(session, rules, talk=talk, category=category, at=MONDAY - DAY * (5 * n + 1))
    new = morning(session, taxonomy, wording)
    assert [row.kind for row in new] == ["person"] and "4 次" in new[0].text and "贷款" in new[0].text
    complaint(session, rules, talk=talk, at=MONDAY)
    assert morning(session, taxonomy, wording, TODAY + timedelta(days=1)) == []
    assert "5 次" in session.scalars(select(Warning_)).one().text, "it grows, it is not said twice"


def test_precision_counts_what_a_person_has_judged(session, rules):
    judge = person(session, "lead")
    for n, right in enumerate((True, True, False, None)):
        row = Warning_(kind="surge", key=f"surge:{n}", text="…", data={"grade": "high"}, at=MONDAY)
        session.add(row)
        if right is not None:
            warned.judge(row, right, reason="", staff_id=judge.id, at=MONDAY)
    session.add(Warning_(kind="crowd", key="crowd:1", text="…", data={}, at=MONDAY))
    session.flush()
    found = warned.precision(session)
    assert [(one.kind, one.warned, one.confirmed, one.dismissed) for one in found] == [("surge", 4, 2, 1), ("crowd", 1, 0, 0)]
    assert found[0].share == pytest.approx(2 / 3) and found[1].share is None


@pytest.mark.parametrize(("chance", "said"), [
    (0.002, "约 500 次里有 1 次"), (1 / 12345, "约 1 万次里有 1 次"), (1e-9, "一百万次里不到 1 次")])
def test_chances_are_said_as_people_say_them(chance, said):
    assert warned.odds(chance) == said


def test_moments_are_written_as_the_models_write_them(store, rules):
    with store.write() as session:
        ticket = complaint(session, rules)
    with store.read() as session:
        raw = session.connection().exec_driver_sql("SELECT received_at FROM ticket").scalar()
    if store.is_sqlite:
        assert raw == stamp(int(ticket.received_at.timestamp()))
