"""One turn of a conversation: what came in, whose chat it is, what is said and filed in answer."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.messages import Button, Incoming, Reply, parts
from bot.settings import Settings
from bot.understanding import Understood
from knowledge.base import Knowledge
from knowledge.tables import FOR_THE_OLD
from tickets.models import Chat, Ticket

EVERYBODY, OLD = "公众", "老年"
"""The audience of who asked for no other, and the one that reads short words."""


@dataclass
class Push:
    """Something to tell somebody else than the writer: the staff group, a person on duty."""

    channel: str
    address: str
    reply: Reply
    purpose: str
    ticket_id: int | None = None
    thread: int | None = None


@dataclass
class Turn:
    """The conversation's workbench for one delivery. It speaks through `say`, remembers through `state`, never commits."""

    session: Session
    chat: Chat
    incoming: Incoming
    understood: Understood
    knowledge: Knowledge
    settings: Settings
    at: datetime
    replies: list[Reply] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)
    ticket: Ticket | None = None  # the ticket that this message belongs to
    amid: Ticket | None = None  # the alarm in whose course she asks something else
    heard: dict[str, float] = field(default_factory=dict)  # how likely the message does each of nlp.talks.ACTS
    survivor: Ticket | None = None  # where the ticket went that she was being asked about
    spoken: dict[int, bool] = field(default_factory=dict)  # by ticket: whether a colleague wrote to her lately
    overheard: bool = False  # said in a group that is none of ours: not kept
    did: str = ""  # what was done with it (nlp.talks.LABELS): the next message is heard in its light

    @property
    def text(self) -> str:
        return self.understood.text

    @property
    def act(self) -> str:
        """What the message likeliest does."""
        return max(self.heard, key=self.heard.__getitem__)

    def word(self, key: str, **fields: Any) -> str:
        """The sentence; in the short words for the old, where she reads those and it has them."""
        short = f"{FOR_THE_OLD}.{key}"
        own = self.chat.audience == OLD and short in self.knowledge.wording
        return self.knowledge.wording(short if own else key, **fields)

    def button(self, key: str, data: str) -> Button:
        return Button(self.word(key), data)

    @property
    def hotline(self) -> str:
        """The bank's own number in brackets, to stand behind its name; empty where none is set."""
        return f"（{self.settings.bank_hotline}）" if self.settings.bank_hotline else ""

    def say(self, text: str, *, buttons: tuple[tuple[Button, ...], ...] = (), tone: str = "plain",
            ticket: Ticket | None = None) -> None:
        self.replies += parts(Reply(text, buttons, tone, ticket.number if ticket else None))

    def say_before_question(self, text: str, *, buttons: tuple[tuple[Button, ...], ...] = ()) -> None:
        """`say`, but before the question of a filing, which stands last among the replies."""
        at = len(self.replies) - bool(self.state.get("filing") and self.replies)
        later, self.replies = self.replies[at:], self.replies[:at]
        self.say(text, buttons=buttons)
        self.replies += later

    @property
    def state(self) -> dict[str, Any]:
        return self.chat.state or {}

    def lately(self, moment: str | None, within: timedelta) -> bool:
        """Whether a moment kept in the state (ISO 8601) lies no longer back than this."""
        return moment is not None and self.at - datetime.fromisoformat(moment) <= within

    def remember(self, **changes: Any) -> None:
        """Change the chat's state; None forgets a name. The column is replaced so that the ORM sees the change."""
        state = {**self.state, **changes}
        self.chat.state = {name: value for name, value in state.items() if value is not None}
