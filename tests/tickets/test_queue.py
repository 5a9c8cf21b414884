"""The queue: every ticket once, in order, in one query; and any two characters find it."""

from datetime import UTC, timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert, select, update
from sqlalchemy.orm import Session

from tests.tickets.build import DAY, MONDAY, chat, complaint, person
from tickets import search
from tickets.assignment import add_branch
from tickets.models import Staff, Ticket
from tickets.queue import QueueFilter, counts, queue, read_filter


@pytest.fixture
def session(store):
    with store.write() as session:
        yield session


@pytest.fixture
def queries(store):
    """How many statements went to the database."""
    seen = []
    event.listen(store.engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    return seen


def every_page(session, staff, filters, *, limit):
    after, rows = None, []
    while True:
        page = queue(session, staff, filters, after=after, limit=limit, at=MONDAY)
        rows += page.rows
        after = page.after
        if after is None:
            return rows


@pytest.mark.parametrize("order", ["due", "urgent", "new"])
def test_turning_the_pages_shows_every_ticket_once_and_in_order(session, rules, order):
    me = person(session)
    for n in range(23):  # many share one due moment, so that only the id tells them apart
        complaint(session, rules, at=MONDAY - (n % 4) * DAY, urgency=("I", "II", "III", "none")[n % 4])
    rows = every_page(session, me, QueueFilter(order=order), limit=5)
    assert len(rows) == len({row.id for row in rows}) == 23
    stretch = {"I": 0, "II": 1}  # nobody has taken any
    keys = {"due": lambda row: (stretch.get(row.urgency, 2), row.due_at, row.id),
            "urgent": lambda row: (row.urgency, row.due_at, row.id),
            "new": lambda row: -row.id}[order]
    assert rows == sorted(rows, key=keys)


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_open_tickets_of_level_one_stand_first_however_late_they_are_due(session, rules, limit):
    me = person(session)
    made = {name: complaint(session, rules, at=MONDAY - days * DAY, **more).id for name, days, more in (
        ("old", 9, {}), ("second", 8, {"urgency": "II", "assignee_id": me.id}),
        ("bridge", 1, {"urgency": "I"}), ("swindle", 0, {"urgency": "I"}), ("over", 20, {"urgency": "I", "status": "closed"}))}
    names = {ticket: name for name, ticket in made.items()}

    def order(**filters):
        return [names[row.id] for row in every_page(session, me, QueueFilter(**filters), limit=limit)]

    assert order() == ["bridge", "swindle", "old", "second"]
    assert order(scope="all") == ["bridge", "swindle", "old", "second", "over"], "what is over no longer goes before others"
    assert order(urgency=("I",)) == ["bridge", "swindle"] and order(scope="closed") == ["over"]


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_level_two_that_nobody_has_taken_stands_before_what_only_runs_and_what_is_over_comes_newest_first(session, rules, limit):
    """regulation.md 6.1: a person within half an hour; of what is closed nobody looks for the oldest."""
    me = person(session)
    made = {name: complaint(session, rules, at=MONDAY - days * DAY, **more).id for name, days, more in (
        ("past", 40, {"status": "closed", "assignee_id": me.id}), ("late", 20, {}),
        ("taken", 5, {"urgency": "II", "assignee_id": me.id}), ("waiting", 3, {"urgency": "II"}), ("fresh", 0, {"urgency": "II"}),
        ("swindle", 0, {"urgency": "I"}), ("stopped", 1, {"urgency": "II", "status": "appraisal"}),
        ("lately", 0, {"status": "told", "urgency": "II"}))}
    names = {ticket: name for name, ticket in made.items()}

    def order(**filters):
        return [names[row.id] for row in every_page(session, me, QueueFilter(**filters), limit=limit)]

    running = ["swindle", "waiting", "fresh", "late", "taken", "stopped"]
    assert order() == running and order(scope="all") == [*running, "lately", "past"]
    assert order(scope="closed") == order(status=("closed", "told")) == ["lately", "past"]


def test_a_ticket_that_arrives_while_pages_are_turned_repeats_none(session, rules):
    me = person(session)
    for _ in range(6):
        complaint(session, rules)
    first = queue(session, me, QueueFilter(order="new"), limit=3, at=MONDAY)
    complaint(session, rules)
    second = queue(session, me, QueueFilter(order="new"), limit=3, after=first.after, at=MONDAY)
    assert not {row.id for row in first.rows} & {row.id for row in second.rows}
    assert len(second.rows) == 3


def test_one_page_is_one_query_however_many_tickets_there_are(session, rules, queries):
    me = person(session, branch=add_branch(session, code="0", name="总行", kind="head"))
    asked = []
    for _ in range(2):
        for _ in range(15):
            complaint(session, rules)
        session.flush()
        for filters in (QueueFilter(), QueueFilter(words="贷款", flag=("elderly",), order="urgent")):
            queries.clear()
            queue(session, me, filters, limit=10, at=MONDAY)
            asked.append(len(queries))
        queries.clear()
        counts(session, me, at=MONDAY, soon=MONDAY + 5 * DAY)
        asked.append(len(queries))
    assert asked == [1] * 6


def test_filters_narrow_and_never_widen(session, rules):
    head = add_branch(session, code="0", name="总行", kind="head")
    east = add_branch(session, code="1", name="城东", parent=head)
    desk = add_branch(session, code="11", name="城东柜台", parent=east)
    me, other = person(session), person(session)
    tickets = {
        "mine": complaint(session, rules, assignee_id=me.id, category="CASH", branch_id=desk.id),
        "other": complaint(session, rules, assignee_id=other.id, urgency="I", source="r12378", branch_id=head.id),
        "late": complaint(session, rules, at=MONDAY - 30 * DAY, flags=["elderly", "media"]),
        "repeat": complaint(session, rules, is_repeat=True, extension_asked_by=me.id, cause="SERVICE"),
        "closed": complaint(session, rules, status="closed"),
        "paused": complaint(session, rules, at=MONDAY - 30 * DAY, status="appraisal"),
    }
    names = {ticket.id: name for name, ticket in tickets.items()}

    def shown(**filters):
        return {names[row.id] for row in queue(session, me, QueueFilter(**filters), at=MONDAY, soon=MONDAY + 20 * DAY).rows}

    assert shown() == {"mine", "other", "late", "repeat", "paused"}
    assert shown(scope="all") == set(tickets) and shown(scope="closed") == {"closed"}
    assert shown(status=("closed", "appraisal")) == {"closed", "paused"}
    assert shown(mine=True) == shown(assignee=me.id) == {"mine"}
    assert shown(unassigned=True) == {"late", "repeat", "paused"}
    assert shown(overdue=True) == {"late"}, "a stopped clock is not overdue"
    assert shown(due_soon=True) == {"mine", "other", "repeat"}
    assert shown(urgency=("I",)) == shown(source=("r12378",)) == {"other"}
    assert shown(category=("CASH",)) == {"mine"} and shown(cause=("SERVICE",)) == {"repeat"}
    assert shown(flag=("media",)) == shown(flag=("media", "angry")) == {"late"}
    assert shown(flag=("medi",)) == shown(flag=('"media"',)) - {"late"} == set()
    assert shown(branch=east.id) == {"mine"} and shown(branch=head.id) == {"mine", "other"}
    assert shown(approval=True) == shown(repeat=True) == {"repeat"}
    assert shown(since=MONDAY) == {"mine", "other", "repeat"} and shown(until=MONDAY) == {"late", "paused"}
    assert shown(mine=True, urgency=("I",)) == set()


def test_the_sidebar_counts_what_the_queue_shows(session, rules):
    head = add_branch(session, code="0", name="总行", kind="head")
    east, west = (add_branch(session, code=code, name=code, parent=head) for code in "EW")
    me = person(session, branch=east)
    for n in range(12):
        complaint(session, rules, at=MONDAY - n * 3 * DAY, branch_id=(east, west)[n % 3 == 0].id, urgency=("I", "none")[n % 2],
                  assignee_id=me.id if n % 4 == 0 else None, status=("received", "appraisal", "closed")[n % 5 % 3])
    soon = MONDAY + 5 * DAY
    made = counts(session, me, at=MONDAY, soon=soon)

    def number(**filters):
        return len(queue(session, me, QueueFilter(**filters), at=MONDAY, soon=soon).rows)

    assert made.open == number() > 0
    assert (made.mine, made.unassigned) == (number(mine=True), number(unassigned=True))
    assert (made.overdue, made.due_soon) == (number(overdue=True), number(due_soon=True))
    assert made.grave == number(urgency=("I",))


def test_a_filter_survives_the_address_bar():
    chosen = QueueFilter(scope="all", urgency=("I", "II"), branch=7, mine=True, words="年费 & 100%", since=MONDAY, order="urgent")
    assert read_filter(chosen.to_query()) == chosen
    assert QueueFilter().to_query() == "" and read_filter("") == QueueFilter()


@given(st.dictionaries(st.sampled_from([*QueueFilter.__dataclass_fields__, "nonsense"]), st.text(max_size=20)))
@settings(suppress_health_check=[HealthCheck.too_slow])
@example({"since": "9999-12-31T23:59:59-12:00"})
@example({"branch": "9" * 30, "assignee": "-5", "since": "2026-11-24", "until": "0001-01-01T00:00:00+23:00"})
def test_whatever_stands_in_the_address_bar_makes_a_filter(query):
    made = read_filter(urlencode(query))
    assert made.scope in ("open", "closed", "all") and made.order in ("due", "urgent", "new")
    assert all(moment is None or moment.astimezone(UTC) for moment in (made.since, made.until))
    assert made.branch is None or 0 < made.branch < 2**63


@pytest.mark.parametrize("after", ["x", "~", "2026-11-24~x", "nonsense~1", "I~2026~1", "9" * 400, "-1",
                                   "2026-11-24T00:00:00~1", "5~2026-11-24T00:00:00+00:00~1",
                                   "0~2026-11-24~1", "I~2026-11-24T00:00:00~1", "'; DROP TABLE ticket; --"])
def test_a_mark_that_is_not_ours_begins_at_the_beginning(session, rules, after):
    me = person(session)
    complaint(session, rules)
    for order in ("due", "urgent", "new"):
        assert len(queue(session, me, QueueFilter(order=order), after=after, at=MONDAY).rows) == 1


def found(session, words):
    condition = search.matching(session, words)
    return set() if condition is None else set(session.scalars(select(Ticket.summary).where(condition)))


def test_any_two_characters_find_a_ticket_and_longer_words_are_exact(session, rules):
    for words in ("贷款利息算错了", "利率调整没人通知", "信用卡年费", "ＡＴＭ 吞卡，atm 坏了", "款利"):
        complaint(session, rules, summary=words)
    assert found(session, "利息") == {"贷款利息算错了"}
    assert found(session, "款利") == {"贷款利息算错了", "款利"}
    assert found(session, "款利息算") == {"贷款利息算错了"}
    assert found(session, "贷款利率") == set(), "both pairs somewhere are not the word"
    assert found(session, "ATM") == found(session, "ａｔｍ") == {"ＡＴＭ 吞卡，atm 坏了"}
    assert found(session, "吞卡 坏了") == {"ＡＴＭ 吞卡，atm 坏了"}
    assert found(session, "吞卡 年费") == set(), "every word must occur"
    assert found(session, "卡坏") == set(), "a comma parts words"
    assert found(session, "费") == {"信用卡年费"}, "one character too, at the end of a word as well"
    assert found(session, "") == found(session, "，。!?'\"*:&|()") == set()


def test_words_in_other_fields_and_later_words_are_found(session, rules):
    ticket = complaint(session, rules, facts="十月三日在柜台", branch_named="城东支行", outer_number="转办2026-88")
    assert found(session, "柜台") == found(session, "城东") == found(session, "转办2026") == {ticket.summary}
    ticket.summary = "改成存款纠纷"
    session.flush()
    assert found(session, "存款纠纷") == {"改成存款纠纷"} and found(session, "利息") == set()
    assert found(session, ticket.number) == found(session, ticket.number.replace("-", "")) == {"改成存款纠纷"}


@pytest.mark.parametrize("number", ["12026110012", "0512202600", "057620260088"])
def test_a_regulators_number_that_looks_like_a_telephones_is_found_whole(session, rules, number):
    ticket, called = complaint(session, rules, outer_number=number), complaint(session, rules, summary=f"请打 尾号{number[-4:]}")
    assert found(session, number) == {ticket.summary, called.summary} and found(session, number[:9]) == {ticket.summary}


def test_a_bulk_statement_is_found_after_reindexing(session, rules):
    ticket = complaint(session, rules)
    session.execute(update(Ticket.__table__).where(Ticket.__table__.c.id == ticket.id).values(summary="冒名担保"))
    assert found(session, "冒名担保") == set()
    last = 0
    while (last := search.reindex(session, after=last, limit=1)):
        pass
    session.expire_all()
    assert found(session, "冒名担保") == {"冒名担保"}


WILD = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30)


@given(words=WILD, query=WILD)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
def test_no_text_and_no_query_breaks_the_search(store, rules, words, query):
    with store.engine.connect() as connection, connection.begin() as transaction:
        with Session(connection) as session:
            ticket = complaint(session, rules, talk=False, summary=words)
            found(session, query)
            runs = search.runs(words)
            if runs:
                condition = search.matching(session, runs[0])
                assert ticket.id in set(session.scalars(select(Ticket.id).where(condition)))
        transaction.rollback()


def test_a_hidden_ticket_is_not_found_by_its_words(session, rules):
    head = add_branch(session, code="0", name="总行", kind="head")
    east, west = (add_branch(session, code=code, name=code, parent=head) for code in "EW")
    complaint(session, rules, branch_id=west.id, summary="西边的秘密")
    assert queue(session, person(session, branch=east), QueueFilter(words="秘密"), at=MONDAY).rows == []
    assert len(queue(session, person(session, branch=west), QueueFilter(words="秘密"), at=MONDAY).rows) == 1


def test_thousands_of_tickets_are_still_one_quick_query(store, rules, queries):
    """A small stand-in for the measured hundred thousand: the plan, not the clock, is what a test can hold on to."""
    with store.write() as session:
        me, talk = person(session).id, chat(session).id
        model = complaint(session, rules)
        columns = {column.name: getattr(model, column.key) for column in Ticket.__table__.columns if column.computed is None}
        del columns["id"]
        session.execute(insert(Ticket), [{**columns, "number": f"t{n}", "chat_id": talk, "due_at": MONDAY + timedelta(minutes=n)}
                                         for n in range(3000)])
    with store.read() as session:
        staff = session.get(Staff, me)
        queries.clear()
        page = queue(session, staff, QueueFilter(), at=MONDAY)
        assert len(queries) == 1 and len(page.rows) == 50 and page.after
        if store.is_sqlite:
            plan = [row[-1] for row in session.connection().exec_driver_sql(
                "EXPLAIN QUERY PLAN SELECT due_at, id FROM ticket WHERE is_open = 1 ORDER BY due_at, id LIMIT 51")]
            assert any("ix_ticket_queue" in line for line in plan) and not any("TEMP B-TREE" in line for line in plan)


def test_what_is_paused_never_stands_above_what_runs_and_pages_keep_that_order(session, rules):
    me = person(session)
    made = [complaint(session, rules, at=MONDAY + n * DAY) for n in range(5)]
    made[0].status, made[1].status, made[2].urgency = "appraisal", "mediation", "I"
    made[1].urgency = "I"
    session.flush()
    wanted = [made[n].number for n in (2, 3, 4, 0, 1)]
    assert [row.number for row in queue(session, me, QueueFilter(), at=MONDAY + 6 * DAY).rows] == wanted
    seen, after = [], None
    while True:
        page = queue(session, me, QueueFilter(), after=after, limit=1, at=MONDAY + 6 * DAY)
        seen += [row.number for row in page.rows]
        after = page.after
        if after is None:
            break
    assert seen == wanted
