"""The staff group's forum topics, one a ticket: made when first needed, made again if deleted, reopened if closed."""

import asyncio

import telegram
from sqlalchemy import select, update

from bot.outbox import Owing
from tickets.db import Store
from tickets.models import Ticket


class Topics:
    """Looks up and makes topics. Each change is its own short commit: the platform has already made the topic."""

    def __init__(self, store: Store, bot: telegram.Bot) -> None:
        self.store, self.bot = store, bot

    async def of(self, owed: Owing, *, fresh: bool = False) -> int | None:
        """The ticket's topic; `fresh` makes a new one because the platform no longer knows the old."""
        number, topic = await asyncio.to_thread(self._known, owed.ticket_id)
        if number is None or (topic is not None and not fresh):
            return topic
        made = await self.bot.create_forum_topic(int(owed.address), name=f"工单 {number}")
        await asyncio.to_thread(self._keep, owed.ticket_id, made.message_thread_id)
        return made.message_thread_id

    async def reopen(self, owed: Owing) -> None:
        _, topic = await asyncio.to_thread(self._known, owed.ticket_id)
        if topic is not None:
            await self.bot.reopen_forum_topic(int(owed.address), topic)

    def _known(self, ticket_id: int) -> tuple[str | None, int | None]:
        with self.store.read() as session:
            row = session.execute(select(Ticket.number, Ticket.topic).where(Ticket.id == ticket_id)).one_or_none()
            return (row.number, row.topic) if row else (None, None)

    def _keep(self, ticket_id: int, topic: int) -> None:
        with self.store.write() as session:
            session.execute(update(Ticket).where(Ticket.id == ticket_id).values(topic=topic))
