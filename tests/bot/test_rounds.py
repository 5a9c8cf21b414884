"""The worker's rounds between the minutes: a clerk does not wait long on her page for a decision to be told."""

from datetime import datetime, timedelta

import pytest
import time_machine

from bot.rounds import Rounds
from tests import builders
from tickets.models import Chat, Owed, Ticket, now


def decided(store, *, status: str) -> int:
    """A ticket whose letter has this state in the outbox."""
    with store.write() as session:
        chat = Chat(channel="web", address="a" * 40)
        session.add(chat)
        session.flush()
        ticket = Ticket(number="260101-000017", source="web", status="decided", decision="已退还。", decided_at=now(),
                        chat_id=chat.id, due_at=now() + timedelta(days=9), told_how="outbox")
        session.add(ticket)
        session.flush()
        owed = Owed(channel="web", address=chat.address, ticket_id=ticket.id, chat_id=chat.id, purpose="told", body={"text": "x"},
                    status=status, sent_at=now() if status == "sent" else None)
        session.add(owed)
        session.flush()
        ticket.told_owed_id = owed.id
        return ticket.id


@pytest.mark.parametrize(("status", "becomes"), [("sent", "told"), ("owed", "decided"), ("sending", "decided")])
def test_a_letter_that_has_arrived_is_told_without_waiting_for_the_minute(store, tmp_path, status, becomes):
    ticket_id = decided(store, status=status)
    Rounds(builders.house(store, tmp_path)).letters()
    with store.read() as session:
        assert session.get_one(Ticket, ticket_id).status == becomes


def test_a_letter_that_cannot_arrive_is_said_at_once(store, tmp_path):
    ticket_id = decided(store, status="dead")
    rounds = Rounds(builders.house(store, tmp_path))
    rounds.letters()
    with store.read() as session:
        ticket = session.get_one(Ticket, ticket_id)
        assert (ticket.status, ticket.told_owed_id) == ("decided", None)
    rounds.letters()


@pytest.mark.parametrize(("hour", "tips"), [("09:59", 0), ("10:00", 1), ("19:59", 1), ("20:00", 0), ("23:50", 0)])
def test_the_tip_of_the_day_comes_at_a_decent_hour(store, tmp_path, hour, tips):
    with store.write() as session:
        session.add(Chat(channel="telegram", address="7", tips=True))
    with time_machine.travel(datetime.fromisoformat(f"2026-11-24T{hour}:00+08:00"), tick=False):
        Rounds(builders.house(store, tmp_path)).once()
    with store.read() as session:
        assert session.query(Owed).filter(Owed.purpose == "tip").count() == tips
