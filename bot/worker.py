"""The worker process: sends what is owed, polls Telegram where there is no webhook, and sweeps the clocks."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from functools import partial
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError

from bot.channels import telegram
from bot.fetching import Fetching
from bot.house import House
from bot.line import Line
from bot.outbox import Outbox, Sender
from bot.rounds import Rounds
from bot.topics import Topics
from bot.undelivered import undelivered
from tickets import migrate

log = logging.getLogger("xiaobao.worker")

LOOKS_EVERY = 2.0  # seconds, for a schema that is being migrated

Loop = Callable[[asyncio.Event], Awaitable[None]]


async def work(house: House, *, stop: asyncio.Event | None = None, beside: Iterable[tuple[str, Loop]] = ()) -> None:
    """Run until `stop` or a signal. A database that is away is waited for; nothing owed is forgotten meanwhile."""
    stop = stop or _on_signal()
    await _migrated(house, stop)
    settings, senders = house.settings, {}
    bot = telegram.make_bot(settings) if settings.telegram_bot_token else None
    tasks = [asyncio.create_task(_forever(name, run, stop)) for name, run in (("rounds", Rounds(house).run), *beside)]
    if house.renewal is not None:
        tasks.append(asyncio.create_task(house.renewal.run(house.understanding, stop)))
    line = Line(house.intake)
    ready = None
    if bot is not None:
        ready = asyncio.create_task(_prepare(bot, house, stop))
        topics = Topics(house.store, bot) if settings.telegram_staff_group else None
        senders: dict[str, Sender] = {"telegram": telegram.TelegramSender(bot, topics, folder=settings.attachment_folder)}
        fetching = Fetching(house.store, bot, settings, house.knowledge)
        tasks.append(asyncio.create_task(_after(ready, _forever("fetching", fetching.run, stop))))
        if not settings.public_url:
            line.open()
            tasks.append(asyncio.create_task(_after(ready, telegram.poll(bot, line, stop))))
    outbox = Outbox(house.store, senders, rate=settings.send_rate, lease=settings.send_lease,
                    undelivered=partial(undelivered, settings=settings, knowledge=house.knowledge))
    tasks.append(asyncio.create_task(_after(ready, _forever("outbox", outbox.run, stop))))
    await asyncio.wait({asyncio.create_task(stop.wait()), *tasks}, return_when=asyncio.FIRST_COMPLETED)
    stop.set()  # a loop that ended by itself had a bug: the others land, then the bug is raised
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.to_thread(line.close)
    if bot is not None:
        await bot.shutdown()
    for error in filter(None, ended):
        raise error


async def _migrated(house: House, stop: asyncio.Event) -> None:
    """Wait for a database whose schema is old or missing, and say so once; one that is away is the loops' own matter."""
    said = ""
    while not stop.is_set():
        try:
            behind = await asyncio.to_thread(migrate.behind, house.store)
        except (OperationalError, InterfaceError):
            return
        if not behind:
            return
        if behind != said:
            log.error("nothing is sent yet: %s", behind)
            said = behind
        await _rest(stop, LOOKS_EVERY)


def _on_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop


async def _after(ready: asyncio.Task[None] | None, loop: Coroutine[Any, Any, None]) -> None:
    """A loop that begins once the platform knows us; clocks, reports and the web page do not wait for that."""
    if ready is not None:
        await ready
    await loop


async def _prepare(bot, house: House, stop: asyncio.Event) -> None:
    """Register webhook and menu; a platform that is away or refuses us at start-up is tried again, not fatal.

    The library's own words are never logged: a refusal quotes the token.
    """
    pause = 1.0
    while not stop.is_set():
        try:
            return await telegram.prepare(bot, house.settings, house.knowledge)
        except telegram.errors.InvalidToken:
            log.error("Telegram refuses XIAOBAO_TELEGRAM_BOT_TOKEN: nothing is sent there; trying again in %.0f s", pause)
        except telegram.errors.TelegramError as error:
            log.warning("Telegram cannot be reached (%s); trying again in %.0f s", type(error).__name__, pause)
        await _rest(stop, pause)
        pause = min(pause * 2, 60)


async def _forever(name: str, run, stop: asyncio.Event) -> None:
    """Run a loop again when the database went away under it; every other error is a bug and ends the worker loudly."""
    while not stop.is_set():
        try:
            await run(stop)
        except (OperationalError, InterfaceError) as error:
            log.error("%s: database away (%s); waiting", name, type(error.orig).__name__)
            await _rest(stop, 2)


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        pass
