"""The page about the model: what the weeks say is what the tickets say, and what moved is said in words."""

from datetime import timedelta

import pytest

from tests.desk.conftest import words
from tickets import audit, drift
from tickets.models import Correction, Ticket, now
from tickets.numbers import SHANGHAI


def read_by(session, number, *, days, category="LOAN", sure=0.8, unknown=0.1, version="old", corrected=False):
    at = now() - timedelta(days=days)
    ticket = Ticket(number=f"26{number:05d}", source="web", summary="话", category=category, received_at=at, due_at=at,
                    model_version=version, reading={"category_top3": [category, "OTHER"], "category_confidence": sure,
                                                    "needs_human": sure < 0.5, "unknown": unknown})
    session.add(ticket)
    session.flush()
    if corrected:
        session.add(Correction(ticket_id=ticket.id, head="category", text="话", was="OTHER", became=category, by="staff",
                               model_version=version, at=at))


@pytest.fixture
def drifting(house):
    """Calm for weeks; in the last four whole ones another matter, less sure, with unknown words, put right more often."""
    late_days = now().astimezone(SHANGHAI).weekday() + 1 + 7 * drift.RECENT
    with house.store.write() as session:
        for number in range(100):
            late = number < late_days
            read_by(session, number, days=number, category="CASH" if late else "LOAN", sure=0.4 if late else 0.8,
                    unknown=0.3 if late else 0.1, version="new" if late else "old", corrected=late and number % 2 == 0)
        session.add(Ticket(number="x", source="phone", summary="无模型", received_at=now(), due_at=now()))
    return house


def test_the_weeks_say_what_the_tickets_say(drifting):
    with drifting.store.read() as session:
        found = drift.drift(session, at=now())
    assert len(found.weeks) == drift.WEEKS and all(week.first.weekday() == 0 for week in found.weeks)
    whole = found.weeks[-3]
    assert (whole.read, whole.mix, whole.unsure) == (7, {"CASH": 1.0}, 1.0)
    assert whole.confidence == pytest.approx(0.4) and whole.unknown == pytest.approx(0.3)
    assert whole.corrected["category"] in (3 / 7, 4 / 7) and whole.corrected["cause"] == 0
    assert [(one.version, one.corrected) for one in found.versions] == [("new", pytest.approx(0.5, abs=0.03)), ("old", 0.0)]


def test_what_moved_is_said_in_words(drifting):
    with drifting.store.read() as session:
        assert {name for name, _ in drift.drift(session, at=now()).signs} == {"mix", "confidence", "unknown", "corrected"}
    page = words(drifting.as_("lead").page("/desk/model"))
    for said in ("类别构成与之前几周相比变化明显", "把握比之前几周低了 40.0 个百分点", "没见过的词", "可以考虑用更正再训练"):
        assert said in page


def test_a_steady_model_raises_nothing_and_an_empty_house_has_a_page(house):
    assert "还没有学过同事的更正" in house.as_("lead").page("/desk/model")
    with house.store.write() as session:
        for number in range(112):
            read_by(session, number, days=number)
    with house.store.read() as session:
        assert drift.drift(session, at=now()).signs == []


def test_decisions_are_told_with_their_reasons(house):
    with house.store.write() as session:
        audit.record(session, action="model.promote", target="model:aa11", data={"reasons": [], "taught": 252, "held": 248,
                                                                                  "won": 40, "lost": 2})
        audit.record(session, action="model.refuse", target="model:bb22", data={"reasons": ["level_one_recall_falls"]})
        audit.record(session, action="model.rollback", target="model:packaged", data={"from": "aa11"})
    page = words(house.as_("auditor").page("/desk/model"))
    assert "学 252 件，留出 248 件" in page and "I 级识别率会下降" in page and "从 aa11 退回一步" in page
    assert house.as_("handler").get("/desk/model").status_code == 403


def test_of_a_busy_week_every_kth_reading_is_looked_into(house, monkeypatch):
    monkeypatch.setattr(drift, "SAMPLE", 10)
    with house.store.write() as session:
        for number in range(40):
            read_by(session, number, days=8)
    with house.store.read() as session:
        week = next(week for week in drift.drift(session, at=now()).weeks if week.read)
    assert week.read == 40


def test_stability_is_nought_for_the_same_mix_and_large_for_another():
    assert drift.stability({"A": 0.5, "B": 0.5}, {"A": 0.5, "B": 0.5}) == 0
    assert drift.stability({"A": 0.9, "B": 0.1}, {"A": 0.5, "B": 0.5}) > 0.2
