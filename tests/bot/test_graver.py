"""What is added to an open complaint is read for how grave it is."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from bot.flows import graver
from tests import builders
from tests.bot.test_asides import say, tickets
from tests.bot.test_while_open import doing
from tickets.models import Event, Ticket

THIRD = "这是第三次投诉了，再没人管我就打12378"


class Threatening(builders.WordReader):
    """Reads a third complaint and a threat from the words for them."""

    intent, flags = "complaint", ("regulator", "repeat")

    def _one(self, text):
        plain = super()._one(text)
        if "12378" not in text:
            return plain
        return builders.msgspec.structs.replace(plain, intent=self.intent, flags=self.flags, urgency="II")


@pytest.fixture
def house(store, tmp_path):
    reader = Threatening()
    made = builders.house(store, tmp_path, read=builders.replace(builders.understanding(), reader=reader))
    say(made, builders.COMPLAINT)
    doing(made, "add")
    return made, reader


def change(made, **fields):
    with made.store.write() as session:
        for name, value in fields.items():
            setattr(session.scalars(select(Ticket)).one(), name, value)


def test_a_threat_and_a_third_time_make_the_ticket_graver(house):
    made, _ = house
    say(made, THIRD)
    (ticket,) = tickets(made)
    assert (ticket.urgency, ticket.is_repeat) == ("II", True)
    assert {"regulator", "repeat"} <= set(ticket.flags)
    with made.store.read() as session:
        assert [one.actor for one in session.scalars(select(Event).where(Event.kind == "urgency"))] == ["bot"]


@pytest.mark.parametrize(("chosen", "grade"), [(None, "复杂"), ("重大", "重大")])
def test_the_grade_follows_the_marks_unless_a_person_chose_it(house, chosen, grade):
    made, reader = house
    reader.flags = ("identity_loan", "regulator")
    if chosen:
        change(made, grade=chosen)
    say(made, THIRD)
    (ticket,) = tickets(made)
    assert "identity_loan" in ticket.flags and ticket.grade == grade


@pytest.mark.parametrize("stands", [{"kind": "praise"}, {"kind": "suggestion"}, {"status": "told"}, {"status": "closed"}])
def test_only_an_open_complaint_becomes_graver(house, stands):
    made, reader = house
    change(made, **stands)
    with made.store.write() as session:
        turn = SimpleNamespace(ticket=session.scalars(select(Ticket)).one(), did="ADD", session=session, at=datetime.now(UTC),
                               understood=SimpleNamespace(reading=reader.read([THIRD])[0]))
        graver.weigh(turn)
    (ticket,) = tickets(made)
    assert (ticket.urgency, ticket.flags) == ("none", [])


def test_a_question_threatens_nobody(house):
    made, reader = house
    reader.intent = "question"
    say(made, THIRD)
    assert tickets(made)[0].urgency == "none"


def test_what_a_colleague_judged_stands(house):
    made, _ = house
    with made.store.write() as session:
        session.add(Event(ticket_id=tickets(made)[0].id, kind="urgency", actor="staff", data={"urgency": ["II", "none"]},
                          at=datetime.now(UTC)))
    say(made, THIRD)
    (ticket,) = tickets(made)
    assert ticket.urgency == "none" and "repeat" in ticket.flags
