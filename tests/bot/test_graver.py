"""What is added to an open complaint is read for how grave it is."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from tests import builders
from tests.bot.test_asides import say, tickets
from tests.bot.test_while_open import doing
from tickets.models import Event

THIRD = "这是第三次投诉了，再没人管我就打12378"


class Threatening(builders.WordReader):
    """Reads a third complaint and a threat from the words for them."""

    intent = "complaint"

    def _one(self, text):
        plain = super()._one(text)
        if "12378" not in text:
            return plain
        return builders.msgspec.structs.replace(plain, intent=self.intent, flags=("regulator", "repeat"), urgency="II")


@pytest.fixture
def house(store, tmp_path):
    reader = Threatening()
    made = builders.house(store, tmp_path, read=builders.replace(builders.understanding(), reader=reader))
    say(made, builders.COMPLAINT)
    doing(made, "add")
    return made, reader


def test_a_threat_and_a_third_time_make_the_ticket_graver(house):
    made, _ = house
    say(made, THIRD)
    (ticket,) = tickets(made)
    assert (ticket.urgency, ticket.is_repeat) == ("II", True)
    assert {"regulator", "repeat"} <= set(ticket.flags)
    with made.store.read() as session:
        assert [one.actor for one in session.scalars(select(Event).where(Event.kind == "urgency"))] == ["bot"]


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
