"""`xiaobao train --with-corrections`: from the desk's corrections to a promoted model on record, and one step back."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.commands import learning as command
from nlp import promotion
from nlp.classifier import Reader
from tests.nlp.lesson_texts import new_product, small_model, write_corpus
from tickets import audit, corrections
from tickets.models import Audit, Correction, Staff, Ticket, now


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def packaged(corpus, tmp_path_factory):
    return small_model(tmp_path_factory.mktemp("packaged"), corpus)


@pytest.fixture
def house(database, tmp_path, packaged, monkeypatch):
    """The command's surroundings: its database, its folder, and a small packaged model."""
    for name, value in (("DATABASE_URL", database), ("XIAOBAO_VAR_FOLDER", str(tmp_path / "var"))):
        monkeypatch.setenv(name, value)
    for function in (promotion.serving, promotion.promote, promotion.rollback):
        monkeypatch.setattr(promotion, function.__name__,
                            lambda *given, function=function: function(*given, packaged=packaged))
    return tmp_path / "var" / "models"


def correct(store, texts, *, became="CASH", by="staff", told=False, **fields):
    """One ticket a text, read as PAYMENT and put right by five colleagues in turn."""
    with store.write() as session:
        staff = [Staff(username=f"s{n}", name=f"员工{n}", role="handler", password_hash="-") for n in range(5)]
        session.add_all(staff)
        session.flush()
        at = now()
        tickets = [Ticket(number=f"2026{n:06d}", source="web", summary=text, category=became, cause="PROCESS", due_at=at,
                          model_version="m1", told_at=at if told else None, assignee_id=staff[n % 5].id, **fields)
                   for n, text in enumerate(texts)]
        session.add_all(tickets)
        session.flush()
        session.add_all(Correction(ticket_id=one.id, head="category", text=one.summary, was="PAYMENT", became=became, by=by,
                                   model_version="m1", staff_id=staff[n % 5].id if by == "staff" else None)
                        for n, one in enumerate(tickets))


@pytest.mark.slow
def test_corrections_become_a_promoted_model_on_record_and_one_step_leads_back(store, house, corpus):
    texts = new_product(120)
    correct(store, texts)
    verdict = command.teach(None, corpus=corpus)
    assert verdict.promoted and verdict.taught + verdict.held == 120
    served = promotion.serving(house)
    assert served.promoted and served.reader.about.version == verdict.challenger
    assert served.reader.read([texts[0]])[0].category == "CASH"
    again = command.teach(None, corpus=corpus)  # nothing new was taught, so nothing is won
    assert not again.promoted and again.reasons == ("nothing_new",)

    said = CliRunner().invoke(main, ["train", "--rollback"])
    assert said.exit_code == 0 and "随包模型" in said.output
    assert not promotion.serving(house).promoted
    assert CliRunner().invoke(main, ["train", "--rollback"]).exit_code == 1

    with store.read() as session:
        rows = session.query(Audit).order_by(Audit.id).all()
        assert [row.action for row in rows] == ["model.promote", "model.refuse", "model.rollback"]
        assert rows[0].data["former"] == verdict.champion and rows[0].data["held"] == verdict.held
        assert audit.verify(session) is None
    files = sorted((house / "decisions").glob("*.json"))
    assert len(files) == 3 and json.loads(files[0].read_text())["won"] == verdict.won
    assert not any(text[:8] in file.read_text() for file in files for text in texts[:20])


def test_a_promoted_model_that_was_tampered_with_is_not_served(house, packaged, tmp_path):
    promotion.promote(house, packaged)
    folder = house / promotion.where(house).version
    (folder / "words.txt").write_text("一个字也没有", encoding="utf-8")
    served = promotion.serving(house)
    assert not served.promoted and "changed since" in served.problem
    assert served.reader.about.version == Reader.load(packaged).about.version


def test_only_one_version_is_kept_behind_the_served_one(house, packaged, tmp_path):
    for number in range(3):
        new = tmp_path / str(number)
        new.mkdir()
        for name in promotion.FILES:
            (new / name).write_bytes((packaged / name).read_bytes())
        about = json.loads((new / "about.json").read_text())
        (new / "about.json").write_text(json.dumps({**about, "version": f"v{number}"}))
        promotion.promote(house, new)
    assert sorted(path.name for path in house.iterdir() if path.is_dir()) == ["v1", "v2"]
    assert promotion.rollback(house).version == "v1"


def test_what_was_changed_back_and_what_only_a_customer_said_is_not_taught(store):
    correct(store, ["手机银行转账一直转圈"] * 3)
    with store.write() as session:
        first, second, third = session.query(Ticket).order_by(Ticket.id).all()
        session.add(Correction(ticket_id=first.id, head="category", text=first.summary, was="CASH", became="PAYMENT", by="staff",
                               staff_id=1))
        first.category = "PAYMENT"
        third.erased_at = now()
        session.query(Correction).filter(Correction.ticket_id == second.id).update({"by": "customer", "staff_id": None})
    with store.read() as session:
        assert corrections.corrected(session) == []
    with store.write() as session:
        session.query(Ticket).filter(Ticket.id == second.id).update({"told_at": now()})
    with store.read() as session:
        one, = corrections.corrected(session)
        assert (one.ticket_id, one.was, one.by) == (second.id, {"category": "PAYMENT"}, second.assignee_id)
        assert corrections.corrected(session, since=now() + timedelta(days=1)) == []


def test_the_choices_of_the_command_exclude_each_other():
    for words in (["--with-corrections", "--rollback"], ["--rollback", "--force"]):
        assert CliRunner().invoke(main, ["train", *words]).exit_code == 2
