"""Who sees what: a branch its own subtree, the head office all, nobody a complaint about herself."""

import pytest
from sqlalchemy import select

from tests.tickets.build import complaint, person
from tickets.assignment import add_branch, is_superior, match_branch, move_branch, must_stay_away, sees, visible
from tickets.models import Branch, Ticket


@pytest.fixture
def session(store):
    with store.write() as session:
        yield session


@pytest.fixture
def tree(session):
    head = add_branch(session, code="0", name="总行", kind="head")
    city = add_branch(session, code="1", name="城区支行", parent=head)
    outlet = add_branch(session, code="11", name="东门网点", parent=city, kind="outlet")
    county = add_branch(session, code="2", name="县域支行", parent=head)
    return {"head": head, "city": city, "outlet": outlet, "county": county}


def test_visible_and_sees_agree_for_everybody(session, rules, tree):
    staff = [person(session, branch=branch) for branch in tree.values()] + [person(session)]
    for branch in (*tree.values(), None):
        for accused in (None, *staff):
            for holder in (None, staff[3]):
                complaint(session, rules, branch_id=branch.id if branch else None, against_staff_id=accused.id if accused else None,
                          assignee_id=holder.id if holder else None)
    tickets = list(session.scalars(select(Ticket)))
    for one in staff:
        shown = set(session.scalars(select(Ticket.id).where(visible(one))))
        assert shown == {ticket.id for ticket in tickets if sees(session, one, ticket)}
        assert not any(ticket.id in shown for ticket in tickets if ticket.against_staff_id == one.id)


def test_a_branch_sees_its_subtree_and_the_head_office_all(session, rules, tree):
    by_place = {name: complaint(session, rules, branch_id=branch.id).id for name, branch in tree.items()}
    by_place["none"] = complaint(session, rules).id
    def seen(branch):
        shown = set(session.scalars(select(Ticket.id).where(visible(person(session, branch=branch)))))
        return {name for name, ticket_id in by_place.items() if ticket_id in shown}
    assert seen(tree["head"]) == seen(None) == set(by_place)
    assert seen(tree["city"]) == {"city", "outlet"}
    assert seen(tree["outlet"]) == {"outlet"}
    assert seen(tree["county"]) == {"county"}


def test_a_branch_with_a_longer_id_is_not_taken_for_a_child(session, rules):
    """`/1/2/` must not match `/1/22/`."""
    head = add_branch(session, code="h", name="总行", kind="head")
    many = [add_branch(session, code=str(n), name=f"支行{n}", parent=head) for n in range(21)]
    outside = complaint(session, rules, branch_id=many[-1].id)
    first = next(branch for branch in many if str(many[-1].id).startswith(str(branch.id)) and branch is not many[-1])
    assert outside.id not in set(session.scalars(select(Ticket.id).where(visible(person(session, branch=first)))))


def test_the_superior_sits_above_and_not_beside(session, tree):
    lead = {name: person(session, "lead", branch=branch) for name, branch in tree.items()}
    outlet = tree["outlet"].id
    assert is_superior(session, lead["city"], outlet) and is_superior(session, lead["head"], outlet)
    assert not is_superior(session, lead["outlet"], outlet)
    assert not is_superior(session, lead["county"], outlet)
    assert is_superior(session, lead["head"], None) and not is_superior(session, lead["city"], None)


def test_moving_a_branch_takes_everything_below_along(session, tree):
    move_branch(session, tree["city"], parent=tree["county"])
    paths = dict(session.execute(select(Branch.code, Branch.path)).all())
    ids = {name: branch.id for name, branch in tree.items()}
    assert paths["11"] == f"/{ids['head']}/{ids['county']}/{ids['city']}/{ids['outlet']}/"
    with pytest.raises(ValueError, match="below itself"):
        move_branch(session, tree["county"], parent=tree["outlet"])


def test_the_longest_name_wins_and_a_tie_is_nobodys(session, tree):
    east = add_branch(session, code="3", name="东门", parent=tree["head"], aliases=("东大门",))
    branches = list(session.scalars(select(Branch)))
    assert match_branch(branches, "", "我在东门网点办的").code == "11"
    assert match_branch(branches, "东 大 门").id == east.id
    assert match_branch(branches, "城区支行和县域支行都去过") is None
    assert match_branch(branches, "手机银行", "东门那边") is east, "the named branch first, then the story"
    assert match_branch(branches, "没说在哪") is None


def test_a_closed_branch_is_not_matched(session, tree):
    tree["county"].active = False
    assert match_branch([tree["county"]], "县域支行") is None


def test_conflict_of_interest_reaches_the_review(session, rules):
    handler, accused = person(session), person(session)
    first = complaint(session, rules, assignee_id=handler.id, against_staff_id=accused.id)
    review = complaint(session, rules, kind="review", review_of_id=first.id)
    assert must_stay_away(session, review, handler.id) and must_stay_away(session, review, accused.id)
    assert not must_stay_away(session, first, handler.id)
