"""One move while it is being made, and what every effect may need: the refusal, the evidence told by hand, open pauses."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge.clocks import Deadlines
from tickets.models import Pause, Staff, Ticket
from tickets.telling import Say

BY_HAND = ("call", "letter", "counter", "sms")
"""Ways of telling that a person records with evidence: 电话、信函、当面、短信."""


class MoveRefused(Exception):
    """The move was not made; the message is the sentence for the person who asked."""


@dataclass
class Step:
    """One move while it is being made. An effect changes the ticket, may name another state, and adds to the event's data."""

    session: Session
    ticket: Ticket
    staff: Staff | None
    reason: str
    rules: Deadlines
    at: datetime
    asked: dict[str, Any]  # the move's own arguments
    wording: Say | None
    to: str | None = None  # the state afterwards; None = as it is
    event_kind: str = ""
    data: dict[str, Any] = field(default_factory=dict)  # kept on the event: ids and codes
    promised: datetime | None = None  # the law's due moment, for the sentence to the customer
    what: str = ""  # 鉴定 or 调解, for the same
    number: str = ""  # another ticket's number, for the same
    quiet: bool = False  # this once she is not told

    def need(self, name: str, why: str) -> Any:
        value = self.asked.get(name)
        if value is None or value == "":
            raise MoveRefused(why)
        return value


def by_hand(step: Step, how: str) -> None:
    if how not in BY_HAND:
        raise MoveRefused("告知方式只能是电话、信函、当面或短信。")
    step.need("evidence", "请登记告知的凭据，例如通话时间、快递单号、签收记录。")
    step.data |= {"how": how, "evidence": str(step.asked["evidence"])[:200]}


def running(step: Step) -> list[Pause]:
    return list(step.session.scalars(
        select(Pause).where(Pause.ticket_id == step.ticket.id, Pause.ended_at.is_(None)).order_by(Pause.id)))
