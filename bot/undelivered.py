"""An answer that the office's topic called sent, and that cannot arrive: the topic is told."""

from sqlalchemy.orm import Session

from bot.messages import Reply
from bot.outbox import Owing
from bot.settings import Settings
from knowledge.base import Knowledge
from tickets.register import owe


def undelivered(session: Session, owing: Owing, *, settings: Settings, knowledge: Knowledge) -> None:
    """Of a decision the sweep tells (tickets/sweep.py); the answer stands at the desk as 「未送达」 too."""
    if owing.purpose == "answer" and owing.ticket_id is not None and settings.telegram_staff_group:
        owe(session, channel="telegram", address=str(settings.telegram_staff_group), ticket_id=owing.ticket_id, purpose="topic",
            body=Reply(knowledge.wording("staff.undelivered"), tone="staff").plain())
