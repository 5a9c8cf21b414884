"""The same matter again, of one person or of many."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from knowledge.base import FOLDER, GROUPS, Taxonomy
from knowledge.tables import read_taxonomy
from tests.tickets.build import DAY, MONDAY, chat, complaint, person
from tickets import repeats
from tickets.assignment import add_branch
from tickets.models import Alert, Customer, Ticket, Warning_
from tickets.repeats import find_crowds, note_crowds


@pytest.fixture
def session(store):
    with store.write() as session:
        yield session


@pytest.fixture(scope="module")
def taxonomy():
    groups = read_taxonomy(FOLDER / "taxonomy.toml")
    return Taxonomy(**{name: groups[name] for name in GROUPS})


def test_a_repeat_is_linked_to_the_last_of_the_same_kind_and_person(session, rules):
    talk = chat(session)
    first = complaint(session, rules, talk=talk)
    other_business = complaint(session, rules, talk=talk, category="CASH", at=MONDAY + DAY)
    second = complaint(session, rules, talk=talk, at=MONDAY + 2 * DAY)
    assert repeats.link(session, first, rules=rules) is None
    assert repeats.link(session, other_business, rules=rules) is None
    assert repeats.link(session, second, rules=rules).id == first.id
    assert (second.is_repeat, second.repeat_of_id, second.rights) == (True, first.id, ["REDRESS"])
    assert second.urgency == "none"


def test_the_third_time_is_level_two(session, rules):
    talk = chat(session)
    made = [complaint(session, rules, talk=talk, at=MONDAY + n * DAY) for n in range(3)]
    for ticket in made:
        repeats.link(session, ticket, rules=rules)
    assert (made[1].urgency, made[2].urgency, made[2].flags) == ("none", "II", ["repeat"])


def test_repeats_never_cross_customers_but_follow_one_across_channels(session, rules):
    customer = Customer(name="张*", phone_hash="h", phone_tail="0000")
    session.add(customer)
    session.flush()
    strangers = [complaint(session, rules), complaint(session, rules, talk=False), complaint(session, rules, talk=False)]
    assert [repeats.link(session, ticket, rules=rules) for ticket in strangers] == [None] * 3
    by_phone, by_letter = (complaint(session, rules, talk=False, source=source, at=MONDAY + n * DAY)
                           for n, source in enumerate(("phone", "letter")))
    by_phone.customer_id = by_letter.customer_id = customer.id
    assert repeats.link(session, by_letter, rules=rules).id == by_phone.id


def test_what_lies_too_far_back_is_no_repeat(session, rules):
    talk = chat(session)
    complaint(session, rules, talk=talk)
    within = MONDAY + timedelta(days=rules.repeat.days)
    late = complaint(session, rules, talk=talk, at=within + DAY)
    assert repeats.link(session, late, rules=rules) is None


def crowd_of(session, rules, count, *, at=MONDAY, talk=None, **more):
    return [complaint(session, rules, at=at + timedelta(minutes=n), talk=talk, summary=f"第{n}位 {chr(0x4e00 + 97 * n) * 6}",
                      **more) for n in range(count)]


@pytest.mark.parametrize(("people", "warned"), [(19, 0), (20, 1)])
def test_twenty_persons_with_one_business_cause_and_branch_are_a_crowd(session, rules, wording, taxonomy, people, warned):
    branch = add_branch(session, code="E", name="城东支行")
    made = crowd_of(session, rules, people, branch_id=branch.id)
    now = MONDAY + timedelta(hours=1)
    found = find_crowds(session, rules, now, taxonomy=taxonomy)
    new = note_crowds(session, found, rules, now, wording=wording)
    assert len(new) == warned
    if warned:
        assert "城东支行" in new[0].text and "贷款" in new[0].text and "20" in new[0].text
        assert new[0].data == {"tickets": [ticket.id for ticket in made], "people": 20}
        assert set(session.scalars(select(Ticket.crowd_id))) == {new[0].id}
        assert session.scalars(select(Alert.kind)).all() == ["crowd"]


def test_one_person_who_complains_twenty_times_is_no_crowd(session, rules, taxonomy):
    branch = add_branch(session, code="E", name="城东支行")
    crowd_of(session, rules, 25, branch_id=branch.id, talk=chat(session))
    assert find_crowds(session, rules, MONDAY + timedelta(hours=1), taxonomy=taxonomy) == []


def test_twenty_trials_of_a_colleague_are_no_crowd(session, rules, taxonomy):
    crowd_of(session, rules, 25, branch_id=add_branch(session, code="E", name="城东支行").id, source="console")
    assert find_crowds(session, rules, MONDAY + timedelta(hours=1), taxonomy=taxonomy) == []


def test_the_same_words_from_many_are_a_crowd_whatever_their_codes(session, rules, wording, taxonomy):
    words = "本行代销的丰收宝理财产品亏损百分之三十要求全额赔付本金和利息"
    for n in range(20):
        complaint(session, rules, category=("WEALTH", "AGENCY", None)[n % 3], cause=None, summary=f"{words}，我是第{n}个投资人")
    for n in range(30):
        complaint(session, rules, summary=f"{chr(0x4e00 + 131 * n) * 3}{chr(0x5e00 + 77 * n) * 5}不一样", cause=None)
    now = MONDAY + timedelta(hours=1)
    found = find_crowds(session, rules, now, taxonomy=taxonomy)
    assert [crowd.people for crowd in found] == [20]
    assert "丰收宝" in note_crowds(session, found, rules, now, wording=wording)[0].text


def test_complaints_spread_over_more_than_three_days_are_no_crowd(session, rules, taxonomy):
    branch = add_branch(session, code="E", name="城东支行")
    crowd_of(session, rules, 10, branch_id=branch.id)
    crowd_of(session, rules, 10, branch_id=branch.id, at=MONDAY + 3 * DAY)
    assert find_crowds(session, rules, MONDAY + 3 * DAY + timedelta(hours=1), taxonomy=taxonomy) == []


def test_a_crowd_that_is_known_grows_quietly_and_a_dismissed_one_stays_dismissed(session, rules, wording, taxonomy):
    branch = add_branch(session, code="E", name="城东支行")
    crowd_of(session, rules, 20, branch_id=branch.id)

    def look(now):
        return note_crowds(session, find_crowds(session, rules, now, taxonomy=taxonomy), rules, now, wording=wording)

    now = MONDAY + timedelta(hours=1)
    warning = look(now)[0]
    assert look(now) == [], "looked at twice, warned of once"
    warning.judged, warning.judged_reason = "false", "同一活动的咨询"
    before = warning.text
    crowd_of(session, rules, 5, branch_id=branch.id, at=MONDAY + timedelta(hours=2))
    assert look(MONDAY + timedelta(hours=3)) == []
    assert (warning.text, warning.data["people"], len(warning.data["tickets"])) == (before, 25, 25)
    assert [session.scalar(select(func.count()).select_from(table)) for table in (Warning_, Alert)] == [1, 1]


def test_withdrawn_and_merged_complaints_do_not_make_a_crowd(session, rules, taxonomy):
    branch = add_branch(session, code="E", name="城东支行")
    for ticket in crowd_of(session, rules, 20, branch_id=branch.id)[:2]:
        ticket.status = "withdrawn"
    session.flush()
    assert find_crowds(session, rules, MONDAY + timedelta(hours=1), taxonomy=taxonomy) == []


def test_similar_past_tickets_are_those_of_like_words_that_one_may_see(session, rules):
    head = add_branch(session, code="0", name="总行", kind="head")
    east, west = (add_branch(session, code=code, name=code, parent=head) for code in "EW")
    like = complaint(session, rules, summary="提前还款被收违约金", branch_id=east.id)
    complaint(session, rules, summary="提前还款被收违约金不合理", branch_id=west.id)
    complaint(session, rules, summary="柜员骂人", branch_id=east.id)
    complaint(session, rules, summary="提前还款被收违约金", branch_id=east.id, category="CASH")
    mine = complaint(session, rules, summary="提前还款为什么收我违约金", branch_id=east.id)
    assert [ticket.id for ticket, _ in repeats.similar(session, person(session, branch=east), mine)] == [like.id]
