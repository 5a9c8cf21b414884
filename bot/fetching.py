"""Photos and documents sent on Telegram are fetched by the worker, checked by their first bytes, and kept outside the web root."""

import asyncio
import logging

import telegram
from sqlalchemy import select
from telegram import error as errors

from bot.channels.uploads import Refused, checked, store
from bot.messages import Reply
from bot.settings import Settings
from knowledge.base import Knowledge
from tickets.db import Store
from tickets.models import Attachment, Chat, Message
from tickets.register import owe

log = logging.getLogger("xiaobao.fetching")

EVERY = 3.0  # seconds


class Fetching:
    """Fetches what the platform announced. Only file ids that Telegram gave us are fetched, never an address from a text."""

    def __init__(self, database: Store, bot: telegram.Bot, settings: Settings, knowledge: Knowledge) -> None:
        self.store, self.bot, self.settings, self.knowledge = database, bot, settings, knowledge

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            for attachment_id, file_id, name, size in await asyncio.to_thread(self._announced):
                await self._fetch(attachment_id, file_id, name, size)
            try:
                await asyncio.wait_for(stop.wait(), EVERY)
            except TimeoutError:
                pass

    def _announced(self) -> list[tuple[int, str, str, int]]:
        with self.store.read() as session:
            rows = session.execute(
                select(Attachment.id, Attachment.platform_file, Attachment.name, Attachment.size)
                .where(Attachment.platform_file.is_not(None), Attachment.stored_as.is_(None), Attachment.refused.is_(None))
                .order_by(Attachment.id).limit(20))
            return [tuple(row) for row in rows]

    async def _fetch(self, attachment_id: int, file_id: str, name: str, size: int) -> None:
        if size > self.settings.upload_limit:
            return await asyncio.to_thread(self._refuse, attachment_id, "文件太大")
        try:
            file = await self.bot.get_file(file_id)
            body = bytes(await file.download_as_bytearray())
        except errors.BadRequest:
            return await asyncio.to_thread(self._refuse, attachment_id, "文件已失效")
        except errors.TelegramError as error:
            log.warning("attachment %d not fetched (%s); trying again", attachment_id, type(error).__name__)
            return None
        try:
            media_type, ending = checked(body, self.settings.upload_limit)
        except Refused as refused:
            return await asyncio.to_thread(self._refuse, attachment_id, str(refused))
        try:
            kept = await asyncio.to_thread(store, body, name, media_type, ending, self.settings)
        except OSError as error:
            log.error("attachment %d not kept (%s); trying again", attachment_id, error.strerror or type(error).__name__)
            return None
        await asyncio.to_thread(self._keep, attachment_id, kept.platform_file.removeprefix("stored:"), media_type, len(body))

    def _keep(self, attachment_id: int, stored_as: str, media_type: str, size: int) -> None:
        with self.store.write() as session:
            row = session.get_one(Attachment, attachment_id)
            row.stored_as, row.media_type, row.size = stored_as, media_type, size

    def _refuse(self, attachment_id: int, reason: str) -> None:
        """Say on the ticket and to the customer why her file was not kept."""
        with self.store.write() as session:
            row = session.get_one(Attachment, attachment_id)
            row.refused = reason
            message = session.get(Message, row.message_id) if row.message_id else None
            chat = session.get(Chat, message.chat_id) if message is not None and message.chat_id else None
            if chat is not None:
                text = self.knowledge.wording("filing.attachment_refused", reason=reason)
                owe(session, channel=chat.channel, address=chat.address, chat_id=chat.id, ticket_id=row.ticket_id,
                    body=Reply(text).plain())
