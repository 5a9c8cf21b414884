"""「答得不对」: a person on the desk says that the bot's answer missed the question; kept to learn from, and asked for anew."""

from fastapi import Response
from sqlalchemy import select

from desk.ticket_page import answers, find_ticket
from desk.visit import Refused, Visit
from tickets import audit
from tickets.models import Correction, Gap, Message


def wrong(visit: Visit) -> Response:
    """Kept once as a correction of the answer, with the model's version, and as a question that still wants an entry."""
    ticket, number = find_ticket(visit), visit.number("message")
    message = visit.session.scalars(
        select(Message).where(Message.id == number, Message.ticket_id == ticket.id, Message.author == "bot")).one_or_none()
    entry = answers(visit.knowledge, [message]).get(message.id) if message else None
    if message is None or entry is None:
        raise Refused(404, visit.word("desk.not_found"))
    question = visit.session.scalars(
        select(Message).where(Message.chat_id == message.chat_id, Message.author == "customer", Message.id < message.id,
                              Message.text != "").order_by(Message.id.desc()).limit(1)).one_or_none()
    text = question.text if question else ticket.summary
    known = select(Correction.id).where(Correction.ticket_id == ticket.id, Correction.head == "answer", Correction.text == text,
                                        Correction.was == entry)
    if visit.session.scalars(known.limit(1)).first() is None:
        visit.session.add(Correction(ticket_id=ticket.id, head="answer", text=text, was=entry[:80], became="", by="staff",
                                     staff_id=visit.me.id, model_version=ticket.model_version))
        visit.session.add(Gap(chat_id=message.chat_id, text=text, candidates=[[entry, 0.0]]))
        audit.record(visit.session, staff_id=visit.me.id, action="answer.wrong", target=f"ticket:{ticket.id}", data={})
    return visit.go(f"/desk/tickets/{ticket.number}#conversation", "answer_wrong")
