"""Reports made by themselves: on the first working day after a period the worker makes what the office would have to ask for."""

import asyncio
import logging
from datetime import datetime

from sqlalchemy import select

from bot.house import House
from bot.messages import Reply
from desk import reports
from nlp.privacy import mask
from tickets import editions
from tickets.db import Store
from tickets.marks import mark
from tickets.models import Ticket, now
from tickets.numbers import SHANGHAI
from tickets.periods import Period, last_whole
from tickets.register import owe

log = logging.getLogger("xiaobao.reports")

EVERY = 300.0  # seconds
HOUR = 7  # Shanghai: ready when the office opens


class Press:
    """Looks every few minutes for a report that is due and not made. A day that was missed is made up for."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await asyncio.to_thread(self.once)
            try:
                await asyncio.wait_for(stop.wait(), EVERY)
            except TimeoutError:
                pass

    def once(self) -> list[str]:
        """Make every report that is due; returns the file names of those made."""
        at = now()
        return [name for kind, period in due(self.house.store, at) if (name := self._make(kind, period, at))]

    def _make(self, kind: reports.Kind, period: Period, at: datetime) -> str | None:
        house, settings = self.house, self.house.settings
        with house.store.read() as session:
            report = reports.make(session, house.knowledge, kind, period, at=at, mask=lambda text: mask(text).text,
                                  bank=settings.bank_name, hotline=settings.bank_hotline)
        body, name = reports.written(report, house.knowledge), reports.file_name(report)
        with house.store.write() as session:
            lock = mark(session, "reports")  # of two workers one makes it
            lock.value, lock.at = {"last": name}, at
            session.flush()
            if made_since(editions.latest(session, kind.name, period.key), period):
                return None
            editions.keep(session, kind=kind.name, period=period.key, said=report.said(), name=name, body=body, at=at)
            if settings.telegram_staff_group:
                text = house.knowledge.wording("reports.ready", title=report.title)
                owe(session, channel="telegram", address=str(settings.telegram_staff_group),
                    body=Reply(text, tone="staff").plain(), purpose="alert")
        log.info("%s of %s made", kind.name, period.key)
        return name


def due(store: Store, at: datetime) -> list[tuple[reports.Kind, Period]]:
    """Reports whose day has come and that nobody has made since; none for a period before the first ticket."""
    local, found = at.astimezone(SHANGHAI), []
    with store.read() as session:
        first = session.scalar(select(Ticket.received_at).order_by(Ticket.received_at).limit(1))
        for kind, rhythm in ((one, rhythm) for one in reports.KINDS.values() for rhythm in one.rhythms):
            period = last_whole(rhythm, local.date())
            if first is None or first >= period.end or (local.date(), local.hour) < (period.report_day(), HOUR):
                continue
            if not made_since(editions.latest(session, kind.name, period.key), period):
                found.append((kind, period))
    return found


def made_since(edition: editions.Edition | None, period: Period) -> bool:
    """Whether it was made on its day or later; one that was drawn before the period was over does not count."""
    return edition is not None and edition.at.astimezone(SHANGHAI).date() >= period.report_day()
