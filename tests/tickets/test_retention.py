"""What the law makes us keep is kept; what it does not is forgotten, and the figures remain."""

from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text

from bot.cli import main
from tests.tickets.build import DAY, MONDAY, chat, complaint, person
from tickets import lifecycle, search, statistics
from tickets.models import Attachment, Audit, Base, Event, Gap, Message, Owed, Parked, Rating, Ticket
from tickets.numbers import SHANGHAI
from tickets.periods import read_period
from tickets.register import answer_customer, owe
from tickets.retention import chat_holdings, due_for_erasure, erase_chat, expire

SECRET = "王女士的房贷利息"


@pytest.fixture
def session(store):
    with store.write() as session:
        yield session


def years_later(at, years, days=0):
    return at.replace(year=at.year + years) + timedelta(days=days)


def handled(session, rules, wording, *, talk=None, close=True, flags=(), at=MONDAY):
    """A complaint with everything that can hang on one, told and closed."""
    talk, staff = talk or chat(session), person(session)
    ticket = complaint(session, rules, talk=talk, summary=SECRET, flags=flags, at=at, facts=SECRET, contact=SECRET, claim=SECRET,
                       branch_named=SECRET, reading={"because": {"category": [SECRET]}})
    session.add_all([Message(chat_id=talk.id, ticket_id=ticket.id, author="customer", text=SECRET, at=at),
                     Attachment(ticket_id=ticket.id, name="照片.jpg", media_type="image/jpeg", stored_as="a1.jpg"),
                     Rating(ticket_id=ticket.id, score=5, comment=SECRET)])
    answer_customer(session, ticket, SECRET, staff_id=staff.id, body={"text": SECRET})
    moves = [("take", {}), ("begin", {}), ("extend", {"reason": SECRET}),
             ("decide", {"reason": SECRET, "decision": SECRET, "upheld": True}), ("tell", {"how": "call", "evidence": SECRET})]
    for name, more in [*moves, *([("close", {})] if close else [])]:
        lifecycle.move(session, ticket, name, actor="staff", staff=staff, rules=rules, wording=wording, at=at, **more)
    return ticket


def everything(session):
    """Every text that the database holds, in one string."""
    found = []
    for table in Base.metadata.sorted_tables:
        found += [str(row) for row in session.execute(select(table))]
    found += [str(row) for row in session.execute(text("SELECT * FROM ticket_text"))]
    return "\n".join(found)


def test_after_its_years_a_ticket_keeps_its_codes_and_loses_every_word(session, rules, wording):
    ticket = handled(session, rules, wording)
    assert SECRET in everything(session)
    assert expire(session, rules, at=years_later(MONDAY, 5)).tickets == 0, "not on the last day"
    done = expire(session, rules, at=years_later(MONDAY, 5, 1))
    session.expire_all()
    assert (done.tickets, done.files) == (1, ["a1.jpg"])
    assert session.scalars(select(Owed).where(Owed.status == "owed")).all() == [], "an answer without its words is not sent"
    assert SECRET not in everything(session) and "王女" not in everything(session)
    assert (ticket.category, ticket.cause, ticket.status, ticket.upheld) == ("LOAN", "FEE", "closed", True)
    assert ticket.chat_id is None and ticket.customer_id is None and ticket.erased_at is not None
    assert session.scalars(select(Rating.score)).one() == 5
    assert session.scalars(select(Event.kind).order_by(Event.id.desc()).limit(1)).one() == "erased"
    assert session.scalar(select(func.count()).select_from(Audit)) > 0, "the audit chain is never touched"
    assert session.scalars(select(Ticket.id).where(search.matching(session, "房贷"))).all() == []
    assert expire(session, rules, at=years_later(MONDAY, 6)).tickets == 0


def test_the_figures_of_a_ticket_handled_anew_are_the_same_after_its_words_are_gone(session, rules, wording):
    ticket = handled(session, rules, wording)
    ticket.extension, ticket.told_at, staff = 1, ticket.due_at + DAY, person(session, "admin")
    for name, more in (("reopen", {"reason": SECRET}), ("begin", {}),
                       ("decide", {"reason": SECRET, "decision": SECRET, "upheld": True}),
                       ("tell", {"how": "call", "evidence": SECRET}), ("close", {})):
        lifecycle.move(session, ticket, name, actor="staff", staff=staff, rules=rules, wording=wording, at=MONDAY + 60 * DAY,
                       **more)
    figures = statistics.figures(read_period("2026-11"), regulators=("r12378",), at=years_later(MONDAY, 1))
    counts = statistics.counted(session, figures)
    assert (counts["overdue"], counts["on_time"], counts["extended"]) == (1, 0, 1)
    assert expire(session, rules, at=years_later(MONDAY, 6)).tickets == 1
    assert SECRET not in everything(session) and statistics.counted(session, figures) == counts


def test_open_tickets_and_those_before_a_court_stay(session, rules, wording):
    handled(session, rules, wording, flags=["legal"])
    complaint(session, rules, summary=SECRET)
    with_review = handled(session, rules, wording)
    lifecycle.ask_review(session, with_review, rules=rules, at=MONDAY)
    done = expire(session, rules, at=years_later(MONDAY, 9))
    assert (done.tickets, done.kept) == (0, 1)
    assert with_review.summary == SECRET


def test_told_and_never_formally_closed_counts_from_the_telling(session, rules, wording):
    handled(session, rules, wording, close=False)
    assert due_for_erasure(session, rules, at=years_later(MONDAY, 5, 1)).tickets == 1
    assert expire(session, rules, at=years_later(MONDAY, 5, 1)).tickets == 1
    assert due_for_erasure(session, rules, at=years_later(MONDAY, 5, 1)).tickets == 0


def test_a_ticket_closed_on_leap_day_has_its_years_too(session, rules, wording):
    leap = datetime(2028, 2, 29, 10, tzinfo=SHANGHAI)
    handled(session, rules, wording, at=leap)
    assert expire(session, rules, at=datetime(2033, 2, 28, 11, tzinfo=SHANGHAI)).tickets == 0
    assert expire(session, rules, at=datetime(2033, 3, 2, 11, tzinfo=SHANGHAI)).tickets == 1
    assert expire(session, rules, at=datetime(2036, 2, 29, 11, tzinfo=SHANGHAI)).tickets == 0


def test_words_of_no_ticket_go_after_half_a_year(session, rules, wording):
    talk = chat(session)
    ticket = handled(session, rules, wording, talk=talk)
    session.add_all([Message(chat_id=talk.id, author="customer", text="闲话", at=MONDAY + DAY * n) for n in (0, 100)])
    sent = owe(session, channel="telegram", address="1", body={"text": "闲话"}, at=MONDAY)
    sent.status = "sent"
    owe(session, channel="telegram", address="1", body={"text": "还没发出"}, at=MONDAY)
    for n in (0, 100):
        session.add_all([Gap(chat_id=talk.id, text=f"问题 {n}", at=MONDAY + DAY * n),
                         Parked(channel="telegram", key=f"{n}", address="1", text=f"我叫张三 {n}", at=MONDAY + DAY * n)])
    other = chat(session)
    talk.state, other.state, other.seen_at = {"last": "闲话"}, {"last": "闲话"}, MONDAY
    talk.seen_at = MONDAY + 100 * DAY
    owe(session, channel="web", address="2", body={"text": "没来看的话"}, at=MONDAY)
    owe(session, channel="web", address="2", body={"text": "还没来看"}, at=MONDAY + 100 * DAY)
    session.flush()
    due = due_for_erasure(session, rules, at=MONDAY + 181 * DAY)
    done = expire(session, rules, at=MONDAY + 181 * DAY)
    session.expire_all()
    assert done == due and done.other == 6
    assert done.messages == 1 and (talk.state, other.state) == ({"last": "闲话"}, {})
    assert session.scalars(select(Message.text).where(Message.text == "闲话")).all() == ["闲话"]
    left = [row.body["text"] for row in session.scalars(select(Owed).where(Owed.ticket_id.is_(None)))]
    assert left == ["还没来看"], "what could not be sent or was not looked at in half a year is forgotten, too"
    assert expire(session, rules, at=MONDAY + 181 * DAY).other == 0
    assert (session.scalars(select(Gap.text)).all(), session.scalars(select(Parked.text)).all()) == (["问题 100"], ["我叫张三 100"])
    assert ticket.summary == SECRET


def test_who_asks_to_be_forgotten_keeps_only_what_the_law_keeps(session, rules, wording):
    talk, other = chat(session), chat(session)
    old = handled(session, rules, wording, talk=talk)
    now = years_later(MONDAY, 6)
    young = handled(session, rules, wording, talk=talk, at=now - 30 * DAY)
    session.add_all([Message(chat_id=one.id, author="customer", text="闲话", at=now) for one in (talk, other)])
    session.add_all([Gap(chat_id=one.id, text="问题") for one in (talk, other)])
    for one in (talk, other):
        owe(session, channel="web", address=one.address, chat_id=one.id, body={"text": "没来看的话"})
    session.add_all([Parked(channel=one.channel, key=one.address, address=one.address, text="我叫张三") for one in (talk, other)])
    talk.state, talk.tips, talk.daily = {"last": SECRET}, True, True
    session.flush()
    would = chat_holdings(session, talk, rules, at=now)
    assert (would.tickets, would.kept, would.messages) == (1, 1, 1) and old.summary == SECRET, "a look touches nothing"
    done = erase_chat(session, talk, rules, at=now)
    session.expire_all()
    assert (done.tickets, done.kept, done.messages) == (1, 1, 1)
    assert old.summary == "" and young.summary == SECRET
    assert talk.state == {} and session.scalars(select(Gap)).one().chat_id == other.id
    assert session.scalars(select(Parked)).one().address == other.address
    unread = select(Owed.chat_id).where(Owed.ticket_id.is_(None))
    assert session.scalars(unread).all() == [other.id]
    assert not talk.tips and not talk.daily, "no tip and no daily question any more"
    assert session.scalars(select(Message.chat_id).where(Message.text == "闲话")).all() == [other.id]


def test_an_erased_ticket_can_be_looked_at_but_says_nothing(session, rules, wording):
    ticket = handled(session, rules, wording)
    expire(session, rules, at=years_later(MONDAY, 5, 1))
    assert lifecycle.moves_for(ticket, person(session, "auditor")) == []
    assert session.scalars(select(Ticket).where(Ticket.number == ticket.number)).one().decision == ""


@pytest.fixture
def run(database, monkeypatch, tmp_path):
    """`run("audit", "verify")` as on the command line."""
    monkeypatch.setenv("XIAOBAO_DATABASE_URL", database)
    monkeypatch.setenv("XIAOBAO_VAR_FOLDER", str(tmp_path))
    return lambda *words: CliRunner().invoke(main, words)


def _small(session, talk, at):
    """A reply that nobody looked at, a question without an answer, and what we failed to read."""
    owe(session, channel=talk.channel, address=talk.address, chat_id=talk.id, body={"text": "没来看的话"}, at=at)
    session.add_all([Gap(chat_id=talk.id, text="问题", at=at), Parked(channel=talk.channel, key=talk.address, address=talk.address,
                                                                    text="我叫张三", at=at)])


def test_the_command_counts_first_and_erases_only_when_told_to(store, rules, wording, run, tmp_path):
    with store.write() as session:
        long_ago = years_later(datetime.now(SHANGHAI).replace(month=1, day=15), -7)
        ticket_id = handled(session, rules, wording, at=long_ago).id
        handled(session, rules, wording, at=long_ago, flags=["legal"])
        for at in (long_ago, long_ago, datetime.now(SHANGHAI)):
            said = Message(chat_id=chat(session).id, author="customer", text="闲话", at=at)
            session.add(said)
            session.flush()
            session.add(Attachment(message_id=said.id, name="照片.jpg", media_type="image/jpeg", stored_as="a2.jpg"))
        _small(session, chat(session), long_ago)
        _small(session, chat(session), datetime.now(SHANGHAI))
    (tmp_path / "attachments").mkdir()
    (tmp_path / "attachments" / "a1.jpg").write_bytes(b"x")
    counted = "清除工单 1 张、无工单的消息 2 条、附件 3 个、其他（没人看的回复、没答上的问题等）3 条；依法仍须保存 1 张。"
    assert "可" + counted in run("erase").output and (tmp_path / "attachments" / "a1.jpg").exists()
    with store.read() as session:
        assert session.get(Ticket, ticket_id).summary == SECRET
    assert "已" + counted in run("erase", "--yes").output
    assert not (tmp_path / "attachments" / "a1.jpg").exists()
    with store.read() as session:
        assert session.get(Ticket, ticket_id).summary == ""
        recorded = session.scalars(select(Audit.data).where(Audit.action == "erase.due")).one()
    assert recorded == {"tickets": 1, "messages": 2, "other": 3}
    assert "可清除工单 0 张" in run("erase").output


def test_the_command_forgets_one_chat_and_knows_no_other(store, rules, wording, run):
    with store.write() as session:
        talk = chat(session)
        session.add(Message(chat_id=talk.id, author="customer", text="闲话"))
        number = handled(session, rules, wording, talk=talk).number
        who = f"telegram:{talk.address}"
        _small(session, talk, MONDAY)
        said = Message(chat_id=talk.id, author="customer", text="闲话")
        session.add(said)
        session.flush()
        session.add(Attachment(message_id=said.id, name="照片.jpg", media_type="image/jpeg", stored_as="a2.jpg"))
    counted = "清除工单 0 张、无工单的消息 2 条、附件 1 个、其他（没人看的回复、没答上的问题等）3 条；依法仍须保存 1 张。"
    assert "可" + counted in run("erase", "--chat", who).output
    assert run("erase", "--chat", number).output == run("erase", "--chat", who).output, "her ticket's number names the talk, too"
    assert "已" + counted in run("erase", "--chat", who, "--yes").output
    for nobody in ("telegram:nobody", "990101-000000", "nobody"):
        assert run("erase", "--chat", nobody, "--yes").exit_code == 1


def test_the_command_tells_a_whole_chain_from_a_broken_one(store, rules, wording, run):
    with store.write() as session:
        handled(session, rules, wording)
    assert run("audit", "verify").exit_code == 0
    with store.write() as session:
        session.add(Audit(action="x", previous="0" * 64, digest="0" * 64))
    told = run("audit", "verify")
    assert told.exit_code == 1 and "断开" in told.output
