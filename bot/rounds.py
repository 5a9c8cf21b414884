"""The worker's rounds: every minute the clocks of open tickets, once a day the tip and the question for those who asked."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.flows import daily
from bot.flows.campaign import tip_of
from bot.forgetting import forget
from bot.heartbeat import beat
from bot.house import House
from bot.messages import Reply
from nlp.text import normalise, tokens
from tickets import exams, gaps, repeats, signing_in, sweep, warned
from tickets.marks import mark
from tickets.models import Attempt, Chat, Exam, Fact, Staff, now
from tickets.numbers import SHANGHAI
from tickets.register import owe

log = logging.getLogger("xiaobao.rounds")

EVERY, LETTERS_EVERY = 60.0, 5.0  # seconds; a clerk waits on her page for the decision to be told
CROWDS_EVERY = timedelta(minutes=10)
TIP_HOUR = 10  # Shanghai
QUESTION_HOUR, UNTIL_HOUR = 9, 20  # Shanghai: no tip and no question at night, also when the worker was down in the morning
TIPS_AT_ONCE = 500
WARNING_HOUR = 6  # Shanghai: yesterday is whole, and the office has not begun


class Rounds:
    """Each round is one transaction, harmless when two workers make it at once."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.crowds_next = now()

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await asyncio.to_thread(self.once)
            ends = time.monotonic() + EVERY
            while not stop.is_set() and (left := ends - time.monotonic()) > 0:
                try:
                    await asyncio.wait_for(stop.wait(), min(left, LETTERS_EVERY))
                except TimeoutError:
                    await asyncio.to_thread(self.letters)

    def letters(self) -> None:
        """Complete what has been told since the last round; a look without the write lock finds nothing most of the time."""
        with self.house.store.read() as session:
            if not sweep.landed(session):
                return
        self._clocks()

    def once(self) -> None:
        """Warn of deadlines, escalate what is late, find crowds and surges, close exams, send today's tip and question, forget what
        has been kept long enough."""
        self._clocks()
        self._crowds()
        self._early_warning()
        self._teaching()
        self._tip()
        self._daily_question()
        forget(self.house.store, self.house.knowledge.deadlines, self.house.settings.attachment_folder, now())

    def _clocks(self) -> None:
        settings, knowledge = self.house.settings, self.house.knowledge
        with self.house.store.write() as session:
            notices = sweep.sweep(session, knowledge.deadlines, now(), wording=knowledge.wording)
            signing_in.sweep_sessions(session)
            beat(session, now())
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

    def _teaching(self) -> None:
        """Sittings whose time is up are closed, new unanswered questions put beside those that ask the same."""
        with self.house.store.read() as session:
            waiting = exams.any_late(session, now()) or gaps.any_loose(session)
        if not waiting:
            return
        with self.house.store.write() as session:
            for late in exams.close_late(session, now()):
                self._tell_of(session, late)
            gaps.group(session)

    def _tell_of(self, session: Session, late: Attempt) -> None:
        """Whoever sat her exam in a chat hears there that the time was up, and what came of it."""
        exam, chat = session.get(Exam, late.exam_id), session.get(Chat, late.chat_id) if late.chat_id else None
        if exam is not None and chat is not None:
            text = self.house.knowledge.wording("exam.closed_late", title=exam.title, mark=exams.percent(late),
                                                needed=exam.pass_score)
            owe(session, channel=chat.channel, address=chat.address, chat_id=chat.id, body=Reply(text, tone="staff").plain(),
                purpose="alert")

    def _early_warning(self) -> None:
        """Once a day, all days up to yesterday: surges, rising words, a person who comes again and again."""
        local = now().astimezone(SHANGHAI)
        if local.hour < WARNING_HOUR:
            return
        settings, knowledge, store = self.house.settings, self.house.knowledge, self.house.store
        with store.read() as session:
            if not warned.due(session, local.date()):
                return
            found = warned.find(session, local.date() - timedelta(days=1), lambda text: tokens(normalise(text)))
        with store.write() as session:
            made = warned.note(session, found, taxonomy=knowledge.taxonomy, wording=knowledge.wording, at=now())
            loud = [row.text for row in made if row.data["grade"] == "high"]
            if loud and settings.telegram_staff_group:
                text = knowledge.wording("warning.morning", count=len(loud), lines="\n".join(f"· {line}" for line in loud[:10]))
                owe(session, channel="telegram", address=str(settings.telegram_staff_group), body=Reply(text, tone="staff").plain(),
                    purpose="alert")
        if made:
            log.info("%d early warnings", len(made))

    def _tip(self) -> None:
        local = now().astimezone(SHANGHAI)
        tip = tip_of(self.house.knowledge, local.date())
        if TIP_HOUR <= local.hour < UNTIL_HOUR and tip is not None:
            self._once_a_day("tip", Chat.tips, local.date(), lambda chat: Reply(tip))

    def _daily_question(self) -> None:
        local = now().astimezone(SHANGHAI)
        if not QUESTION_HOUR <= local.hour < UNTIL_HOUR:
            return
        knowledge, made = self.house.knowledge, {}

        def question(chat: Chat) -> Reply | None:
            if chat.audience not in made:
                drawn = daily.question_of(knowledge, local.date(), chat.audience)
                made[chat.audience] = daily.message(knowledge, drawn) if drawn else None
            return made[chat.audience]

        self._once_a_day("daily-question", Chat.daily, local.date(), question)

    def _once_a_day(self, name: str, wanted: Any, day: date, body: Callable[[Chat], Reply | None]) -> None:
        """One message today to every chat that wants it, some hundreds a round; the mark says how far the rounds have come."""
        today = day.isoformat()
        with self.house.store.read() as session:
            known = session.get(Fact, name)
            if known is not None and known.value == {"day": today, "after": -1}:
                return
        with self.house.store.write() as session:
            ours = mark(session, name, day="", after=0)
            after = ours.value["after"] if ours.value["day"] == today else 0
            if after < 0:
                return
            chats = list(session.scalars(select(Chat).where(wanted, Chat.unreachable_since.is_(None), Chat.id > after)
                                         .order_by(Chat.id).limit(TIPS_AT_ONCE)))
            for chat in chats:
                reply = body(chat)
                if reply is not None:
                    owe(session, channel=chat.channel, address=chat.address, chat_id=chat.id, body=reply.plain(), purpose="tip")
            ours.value = {"day": today, "after": chats[-1].id if len(chats) == TIPS_AT_ONCE else -1}
            ours.at = now()

