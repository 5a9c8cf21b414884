"""All that the worker does with Telegram: sending, polling for development, the webhook and the command menu."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import httpx
import telegram
from telegram import error as errors

from bot.channels import telegram_parse
from bot.channels.telegram_parse import ALLOWED_UPDATES
from bot.channels.telegram_webhook import WEBHOOK_PATH, webhook_secret
from bot.line import Line
from bot.messages import Document, Reply, from_plain
from bot.outbox import Later, Never, Owing
from bot.settings import Settings
from bot.topics import Topics
from knowledge.base import Knowledge

log = logging.getLogger("xiaobao.telegram")

LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024  # characters, Bot API


def make_bot(settings: Settings) -> telegram.Bot:
    """A Bot against the configured API; it connects to nothing until it is used."""
    base = settings.telegram_api_url.rstrip("/")
    return telegram.Bot(settings.telegram_bot_token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot")


class TelegramSender:
    """Sends one owed reply through the Bot API and tells the outbox what to do when that fails."""

    def __init__(self, bot: telegram.Bot, topics: Topics | None = None, *, folder: Path = Path("var/attachments")) -> None:
        self.bot, self.topics, self.folder = bot, topics, folder

    async def send(self, owed: Owing) -> str | None:
        reply = from_plain(owed.body)
        try:
            if reply.document is not None:
                return await self._document(owed, reply, reply.document)
            private = not owed.address.startswith("-")  # a colleague's own telephone has no topics
            if private or self.topics is None or owed.ticket_id is None or owed.purpose not in ("alert", "topic"):
                return await self._message(owed, reply, owed.thread)
            return await self._in_topic(owed, reply)
        except errors.TelegramError as error:
            raise _judged(error) from None

    async def _in_topic(self, owed: Owing, reply: Reply) -> str:
        """Into the ticket's topic: made again if deleted, reopened if closed, and without one where the group has no topics."""
        try:
            thread = await self.topics.of(owed, fresh=False)
        except errors.BadRequest as error:
            log.warning("no topic for ticket %d (%s); sent to the group itself", owed.ticket_id, error)
            thread = None
        try:
            return await self._message(owed, reply, thread)
        except errors.BadRequest as error:
            if "thread not found" in str(error).lower():
                return await self._message(owed, reply, await self.topics.of(owed, fresh=True))
            if "topic_closed" not in str(error).lower():
                raise
        await self.topics.reopen(owed)
        return await self._message(owed, reply, thread)

    async def _document(self, owed: Owing, reply: Reply, document: Document) -> str:
        """A file of ours, read anew at each try: it lies where the desk put it before the commit that owed it."""
        try:
            body = await asyncio.to_thread((self.folder / Path(document.stored_as).name).read_bytes)
        except FileNotFoundError:
            raise Never("the file to send is gone") from None
        sent = await self.bot.send_document(
            chat_id=int(owed.address), document=telegram.InputFile(body, filename=document.name),
            caption=reply.text[:LONGEST_CAPTION], reply_markup=keyboard(reply))
        return str(sent.message_id)

    async def _message(self, owed: Owing, reply: Reply, thread: int | None) -> str:
        sent = await self.bot.send_message(
            chat_id=int(owed.address), text=reply.text[:LONGEST_TEXT], reply_markup=keyboard(reply), message_thread_id=thread,
            link_preview_options=telegram.LinkPreviewOptions(is_disabled=True))
        return str(sent.message_id)


def keyboard(reply: Reply) -> telegram.InlineKeyboardMarkup | None:
    if not reply.buttons:
        return None
    return telegram.InlineKeyboardMarkup(
        [[telegram.InlineKeyboardButton(b.label[:64], callback_data=b.data) for b in row] for row in reply.buttons])


def _judged(error: errors.TelegramError) -> Later | Never:
    """What an error of the Bot API means for the reply: later, or never."""
    match error:
        case errors.RetryAfter():
            seconds = error.retry_after
            return Later("429", seconds=float(seconds.total_seconds() if hasattr(seconds, "total_seconds") else seconds))
        case errors.Forbidden():
            return Never("blocked by the person", unreachable=True)
        case errors.ChatMigrated():
            return Never("group became a supergroup; set XIAOBAO_TELEGRAM_STAFF_GROUP to its new id")
        case errors.BadRequest():
            gone = "not found" in str(error).lower() or "deactivated" in str(error).lower()
            return Never(f"refused: {str(error)[:100]}", unreachable=gone)
        case errors.InvalidToken():
            return Later("the token is refused", seconds=60, everybody=True)
        case errors.NetworkError() if isinstance(error.__cause__, NEVER_LEFT):
            return Later("not connected")
        case errors.TimedOut():
            return Later("timed out", uncertain=True)
        case _:
            return Later(type(error).__name__, uncertain=isinstance(error, errors.NetworkError))


NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Failures before the first byte was sent: trying again cannot repeat a message."""


async def prepare(bot: telegram.Bot, settings: Settings, knowledge: Knowledge) -> None:
    """Set the command menu, and the webhook when we have a public address (else make sure that polling works)."""
    names = [key.removeprefix("command.") for key in knowledge.wording.texts if key.startswith("command.")]
    await bot.initialize()
    await bot.set_my_commands([telegram.BotCommand(name, knowledge.wording(f"command.{name}")) for name in names])
    if settings.public_url:
        await bot.set_webhook(settings.public_url + WEBHOOK_PATH, secret_token=webhook_secret(settings),
                              allowed_updates=ALLOWED_UPDATES, max_connections=40)
    else:
        await bot.delete_webhook()


POLLED_FOR = 20  # seconds that Telegram may keep us waiting for the next update


async def poll(bot: telegram.Bot, line: Line, stop: asyncio.Event) -> None:
    """Long polling for development. The offset moves on only after the commit, so a kill loses nothing."""
    offset = 0
    stopping = asyncio.create_task(stop.wait())
    while not stop.is_set():
        asking = asyncio.create_task(_updates(bot, offset))
        await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():  # told to stop: what is asked for and not yet taken comes again to the next worker
            asking.cancel()
            await asyncio.wait({asking})
            break
        try:
            updates = asking.result()
        except errors.TelegramError as error:
            log.warning("polling failed (%s); trying again", type(error).__name__)
            await asyncio.wait({stopping}, timeout=2)
            continue
        for update in updates:
            if not await _take(bot, line, json.dumps(update).encode()):
                break
            offset = update["update_id"] + 1
    stopping.cancel()


async def _updates(bot: telegram.Bot, offset: int) -> list[dict[str, Any]]:
    """As they came: `get_updates` raises, and writes all of them into the log, where python-telegram-bot cannot read one. Method
    names are case-insensitive; written as it is there, the library warns to use what it has."""
    asked = {"offset": offset, "timeout": POLLED_FOR, "allowed_updates": ALLOWED_UPDATES}
    return await bot.do_api_request("Getupdates", api_kwargs=asked, read_timeout=POLLED_FOR + 5)


async def _take(bot: telegram.Bot, line: Line, update: bytes) -> bool:
    """One polled update through the same parse as the webhook; False when it must come again. What we cannot read is set aside."""
    try:
        incoming, pressed = telegram_parse.parse(update)
    except telegram_parse.Garbage as garbage:
        log.warning("not an update that we can read (%s); passed over", garbage)
        await asyncio.to_thread(line.intake.park_unreadable, "telegram", str(garbage.update_id), str(garbage))
        return True
    if incoming is not None and (await line.receive(incoming)).status == "failed":
        await asyncio.sleep(1)
        return False
    if pressed is not None:
        try:
            await bot.answer_callback_query(pressed)
        except errors.TelegramError as error:
            log.info("callback not answered (%s)", type(error).__name__)
    return True
