"""The synthetic year is whole, the same for the same seed, and never beside real complaints."""

import shutil
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from knowledge.base import FOLDER, GROUPS, Taxonomy
from knowledge.tables import read_quiz, read_taxonomy
from tests.tickets.build import complaint
from tickets import assignment, deadlines, rectification, search
from tickets.db import Store
from tickets.demo.year import DemoRefused, fill
from tickets.lifecycle import MOVES
from tickets.models import (
    Attempt,
    Branch,
    Chat,
    Event,
    Exam,
    Fact,
    Gap,
    Message,
    Pause,
    Rating,
    Rectification,
    Route,
    Staff,
    Ticket,
    Training,
)
from tickets.numbers import find_numbers

UNTIL = datetime(2026, 11, 24, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def taxonomy():
    groups = read_taxonomy(FOLDER / "taxonomy.toml")
    return Taxonomy(**{name: groups[name] for name in GROUPS})


def filled(store, taxonomy, rules, **more):
    return fill(store, FOLDER, **{"year": 2026, "taxonomy": taxonomy, "rules": rules, "tickets": 700, "seed": 5, "until": UNTIL,
                                  "surges": 6, **more})


def test_a_year_is_whole_and_lives_by_the_rules(store, taxonomy, rules):
    made = filled(store, taxonomy, rules)
    with store.read() as session:
        tickets = session.scalars(select(Ticket).order_by(Ticket.id)).all()
        assert len(tickets) == made.tickets and sum(t.kind == "complaint" for t in tickets) == 700
        assert max(t.received_at for t in tickets) <= UNTIL and min(t.received_at for t in tickets).year in (2024, 2025)
        assert [t.id for t in tickets if t.kind == "complaint"] == [
            t.id for t in sorted(tickets, key=lambda t: (t.received_at, t.id)) if t.kind == "complaint"]
        assert all(find_numbers(t.number) == [t.number] for t in tickets)
        events, pauses = {}, {}
        for event in session.scalars(select(Event).order_by(Event.id)):
            events.setdefault(event.ticket_id, []).append(event)
        for pause in session.scalars(select(Pause)):
            pauses.setdefault(pause.ticket_id, []).append(pause)
        kinds = {move.event for move in MOVES} | {"received", "breach", "review_asked", "repeat"}
        ends = {"told": "told_at", "decided": "decided_at", "closed": "closed_at"}
        for ticket in tickets:
            mine = events[ticket.id]
            assert {event.kind for event in mine} <= kinds and mine[0].kind == "received"
            assert all(event.at <= UNTIL for event in mine)
            for kind, column in ends.items():
                at = max((event.at for event in mine if event.kind == kind), default=None)
                if getattr(ticket, column) is not None and ticket.status not in ("withdrawn", "not_accepted"):
                    assert getattr(ticket, column) == at, (ticket.number, kind)
            if not pauses.get(ticket.id):
                assert ticket.due_at == deadlines.law_due(rules, ticket, []), ticket.number
            elif all(pause.ended_at for pause in pauses[ticket.id]):
                assert ticket.due_at == deadlines.law_due(rules, ticket, pauses[ticket.id]), ticket.number
            assert ticket.told_at is None or (ticket.decision and ticket.told_how)
        assert {"closed", "investigating", "withdrawn", "merged"} <= {t.status for t in tickets}
        assert any(t.is_repeat and t.repeat_of_id for t in tickets) and any(t.kind == "review" for t in tickets)
        assert any(t.extension for t in tickets) and session.scalar(select(func.count()).select_from(Rating)) > 100
        assert session.scalar(select(func.count()).select_from(Gap)) and session.scalar(select(func.count()).select_from(Message))
        assert set(session.scalars(select(Chat.channel))) == {"web"}, "the worker would send to any other"


def test_what_was_planted_is_told_and_marked(store, taxonomy, rules):
    made = filled(store, taxonomy, rules)
    with store.read() as session:
        fact = session.get_one(Fact, "demo").value
        assert fact["complete"] and fact["surges"] == [surge.plain() for surge in made.planted] and len(made.planted) == 6
        for surge in made.planted:
            rows = session.scalars(select(Ticket).where(Ticket.id.in_(surge.tickets))).all()
            assert len(rows) == len(surge.tickets) > 5
            for column, value in (("branch_id", surge.branch_id), ("category", surge.category), ("cause", surge.cause)):
                assert value is None or {getattr(row, column) for row in rows} == {value}
            assert surge.term is None or all(surge.term in row.summary for row in rows)
        assert "演示" in session.scalars(select(Branch.name).where(Branch.kind == "head")).one()


def test_after_the_year_the_house_goes_on(store, taxonomy, rules):
    filled(store, taxonomy, rules)
    with store.write() as session:
        new = complaint(session, rules, summary="催收电话太多")
        assert new.id > session.scalar(select(func.max(Ticket.id)).where(Ticket.id != new.id))
        found = set(session.scalars(select(Ticket.id).where(search.matching(session, "催收"))))
        assert new.id in found and len(found) > 10
        assert all(one.password_hash == "!" for one in session.scalars(select(Staff)))


def test_the_same_seed_is_the_same_year_and_another_is_not(sqlite_template, tmp_path, taxonomy, rules):
    columns, seen = (Ticket.number, Ticket.summary, Ticket.status, Ticket.due_at, Ticket.branch_id), []
    for nth, seed in enumerate((5, 5, 6)):
        shutil.copy(sqlite_template, tmp_path / f"{nth}.sqlite3")
        store = Store(f"sqlite:///{tmp_path}/{nth}.sqlite3")
        filled(store, taxonomy, rules, tickets=120, seed=seed, surges=0)
        with store.read() as session:
            seen.append(session.execute(select(*columns).order_by(Ticket.id)).all())
        store.close()
    assert seen[0] == seen[1] != seen[2]


def test_a_database_with_real_tickets_is_refused(store, taxonomy, rules):
    with store.write() as session:
        complaint(session, rules)
    with pytest.raises(DemoRefused, match="真实工单"):
        filled(store, taxonomy, rules)
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(Ticket)) == 1 and session.get(Fact, "demo") is None


def test_a_filled_database_is_not_filled_again_and_a_year_ahead_has_nothing(store, taxonomy, rules):
    with pytest.raises(DemoRefused, match="还没有数据"):
        filled(store, taxonomy, rules, year=2027)
    filled(store, taxonomy, rules, tickets=120)
    with pytest.raises(DemoRefused, match="演示数据"):
        filled(store, taxonomy, rules)


def test_the_office_has_more_than_tickets_and_what_is_said_fits_the_matter(store, taxonomy, rules):
    quiz = read_quiz(FOLDER / "quiz", themes=taxonomy.theme, audiences=taxonomy.audience)
    filled(store, taxonomy, rules, quiz=quiz)
    with store.read() as session:
        items = session.scalars(select(Rectification)).all()
        assert {item.state for item in items} == {"open", "doing", "done"} and any(item.tickets for item in items)
        assert any(rectification.is_late(item, UNTIL.date()) for item in items)
        exams = session.scalars(select(Exam).order_by(Exam.opens_at)).all()
        sat = session.scalars(select(Attempt)).all()
        assert len(exams) == 2 and {one.exam_id for one in sat} == {exams[0].id} and len(sat) > 10
        assert all(one.score == sum(part["right"] for part in one.questions) and one.started_at < one.finished_at <= one.ends_at
                   for one in sat)
        lines = session.scalars(select(Training).order_by(Training.on)).all()
        assert len(lines) == 4 and lines[0].attended and {line.held_on is None for line in lines} == {True, False}
        assert all(taxonomy.theme.get(line.theme) for line in lines)
        assert assignment.on_duty(session, UNTIL.replace(hour=13)) and session.scalar(select(func.count()).select_from(Route)) == 3
        tickets = session.scalars(select(Ticket).where(Ticket.kind == "complaint")).all()
        for one in tickets:
            assert one.reading["category_top3"][0] == one.category and len(set(one.reading["cause_top3"])) == 3
            assert one.claim != "停止骚扰" or one.cause == "COLLECT_WAY", one.summary
            assert one.redress != "已恢复账户功能。" or (one.category, one.cause) == ("DEBIT_CARD", "PROCESS"), one.summary
            assert not one.decision_reason.startswith("依据")
        talked = session.execute(select(Message.ticket_id, func.count()).where(Message.ticket_id.is_not(None))
                                 .group_by(Message.ticket_id)).all()
        assert len(talked) == len(tickets) and max(n for _, n in talked) >= 4
        last = select(func.max(Message.id)).where(Message.ticket_id.is_not(None), Message.chat_id.is_not(None)).group_by(
            Message.ticket_id)
        authors = set(session.scalars(select(Message.author).where(Message.id.in_(last))))
        assert authors <= {"bot", "staff"}, "nobody is left waiting"
