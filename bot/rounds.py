"""The worker's rounds: every minute the clocks of open tickets, once a day the tip for those who asked for it."""

import asyncio
import logging
from datetime import timedelta

from sqlalchemy import select

from bot.house import House
from bot.messages import Reply
from tickets import repeats, signing_in, sweep
from tickets.models import Chat, Fact, Staff, now
from tickets.numbers import SHANGHAI
from tickets.register import owe

log = logging.getLogger("xiaobao.rounds")

EVERY = 60.0  # seconds
CROWDS_EVERY = timedelta(minutes=10)
TIP_HOUR = 10  # Shanghai
TIPS_AT_ONCE = 500


class Rounds:
    """Each round is one transaction, harmless when two workers make it at once."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.crowds_next = now()

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await asyncio.to_thread(self.once)
            try:
                await asyncio.wait_for(stop.wait(), EVERY)
            except TimeoutError:
                pass

    def once(self) -> None:
        """Warn of deadlines, escalate what is late, send today's tip."""
        self._clocks()
        self._crowds()
        self._tip()

    def _clocks(self) -> None:
        settings, knowledge = self.house.settings, self.house.knowledge
        with self.house.store.write() as session:
            notices = sweep.sweep(session, knowledge.deadlines, now(), wording=knowledge.wording)
            signing_in.sweep_sessions(session)
            for notice in notices:
                text = notice.text(knowledge.wording)
                if settings.telegram_staff_group:
                    owe(session, channel="telegram", address=str(settings.telegram_staff_group), ticket_id=notice.ticket_id,
                        body=Reply(text, tone="staff").plain(), purpose="topic")
                linked = select(Staff.telegram_id).where(Staff.id.in_(notice.staff_ids), Staff.active,
                                                         Staff.telegram_id.is_not(None))
                for telegram_id in session.scalars(linked):
                    owe(session, channel="telegram", address=telegram_id, body=Reply(text, tone="staff").plain(), purpose="alert")
        if notices:
            log.info("%d tickets warned or escalated", len(notices))

    def _crowds(self) -> None:
        """Many persons with one matter: looked for without the write lock, and not every minute."""
        if now() < self.crowds_next:
            return
        self.crowds_next = now() + CROWDS_EVERY
        settings, knowledge = self.house.settings, self.house.knowledge
        with self.house.store.read() as session:
            found = repeats.find_crowds(session, knowledge.deadlines, now(), taxonomy=knowledge.taxonomy)
        if not found:
            return
        with self.house.store.write() as session:
            for warning in repeats.note_crowds(session, found, knowledge.deadlines, now(), wording=knowledge.wording):
                if settings.telegram_staff_group:
                    owe(session, channel="telegram", address=str(settings.telegram_staff_group),
                        body=Reply(warning.text, tone="staff").plain(), purpose="alert")

    def _tip(self) -> None:
        local = now().astimezone(SHANGHAI)
        tips = self._tips(local.date())
        if local.hour < TIP_HOUR or not tips:
            return
        today = local.date().isoformat()
        with self.house.store.write() as session:
            mark = session.get(Fact, "tip", with_for_update=True)
            if mark is None:
                mark = Fact(name="tip", value={"day": "", "after": 0})
                session.add(mark)
            after = mark.value["after"] if mark.value["day"] == today else 0
            if after < 0:
                return
            chats = list(session.scalars(select(Chat).where(Chat.tips, Chat.unreachable_since.is_(None), Chat.id > after)
                                         .order_by(Chat.id).limit(TIPS_AT_ONCE)))
            body = Reply(tips[local.timetuple().tm_yday % len(tips)]).plain()
            for chat in chats:
                owe(session, channel=chat.channel, address=chat.address, chat_id=chat.id, body=body, purpose="tip")
            mark.value = {"day": today, "after": chats[-1].id if len(chats) == TIPS_AT_ONCE else -1}
            mark.at = now()

    def _tips(self, day) -> list[str]:
        """Today's campaigns speak first; outside every campaign all tips take turns."""
        campaigns = self.house.knowledge.campaigns.values()
        on = [tip for c in campaigns if c.on(day) for tip in c.tips]
        return on or [tip for c in campaigns for tip in c.tips]
