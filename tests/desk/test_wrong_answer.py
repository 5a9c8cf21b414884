"""What a person on the desk says was wrong is kept with the model's version: the kind of matter, and the answer given."""

from sqlalchemy import update

from tickets.models import Audit, Correction, Gap, Message, Ticket

QUESTION = "被收走的假币还能拿回来吗"


def answered(house):
    """A ticket whose conversation holds a question and the bot's answer to it (another one)."""
    ticket = house.ticket()
    entry = next(iter(house.knowledge.entries.values()))
    with house.store.write() as session:
        chat = session.get(Ticket, ticket.id).chat_id
        session.add(Message(chat_id=chat, ticket_id=ticket.id, author="customer", text=QUESTION))
        session.flush()
        reply = Message(chat_id=chat, ticket_id=ticket.id, author="bot", text=f"{entry.question}\n\n{entry.answer}")
        session.add_all([reply, Message(chat_id=chat, ticket_id=ticket.id, author="bot", text="已登记。")])
        session.flush()
        return ticket, entry, reply.id


def test_a_wrong_answer_is_one_press_kept_once_and_waits_for_an_entry(house):
    ticket, entry, message = answered(house)
    desk = house.as_("handler")
    assert desk.page(f"/desk/tickets/{ticket.number}").count("答得不对") == 1
    for _ in range(2):
        assert desk.post(f"/desk/tickets/{ticket.number}/wrong-answer", {"message": message}).status_code == 303
    kept, = house.rows(Correction)
    assert (kept.head, kept.text, kept.was, kept.by, kept.model_version) == ("answer", QUESTION, entry.id, "staff", "m1")
    gap, = house.rows(Gap)
    assert gap.text == QUESTION and gap.candidates == [[entry.id, 0.0]]
    assert [one.action for one in house.rows(Audit)] == ["answer.wrong"]
    assert QUESTION in desk.page("/desk/gaps")


def test_only_an_answer_of_this_ticket_can_be_wrong(house):
    ticket, _, message = answered(house)
    other = house.ticket("房贷利率")
    desk = house.as_("handler")
    for number, wrong in ((other.number, message), (ticket.number, message - 1), (ticket.number, message + 1)):
        assert desk.post(f"/desk/tickets/{number}/wrong-answer", {"message": wrong}).status_code == 404
    assert house.rows(Correction) == []
    assert "答得不对" not in house.as_("auditor").page(f"/desk/tickets/{ticket.number}")


def test_another_kind_of_matter_is_a_corrected_intent(house):
    ticket = house.ticket()
    desk = house.as_("handler")
    form = {"customer_type": "person", "grade": "普通", "version": ticket.version}
    desk.post(f"/desk/tickets/{ticket.number}/details", {**form, "kind": "suggestion"})
    kept, = house.rows(Correction)
    assert (kept.head, kept.was, kept.became, kept.model_version) == ("intent", "complaint", "suggestion", "m1")
    with house.store.write() as session:
        session.execute(update(Ticket).values(kind="complaint"))
    version = house.ticket_now(ticket).version
    desk.post(f"/desk/tickets/{ticket.number}/details", {**form, "version": version, "kind": "fraud_appeal"})
    assert len(house.rows(Correction)) == 1  # an appeal is a complaint to the reader
