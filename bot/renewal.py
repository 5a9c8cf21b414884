"""What the office approves or hides at its desk is told so within a minute, without a restart."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from sqlalchemy.exc import SQLAlchemyError

from bot.settings import Settings
from bot.understanding import Understanding
from knowledge.base import Entry, Knowledge
from knowledge.changes import Change, changed
from nlp.retrieval import MODEL, Finder
from tickets import entry_changes, migrate
from tickets.db import Store

log = logging.getLogger("xiaobao.renewal")

EVERY = 20.0  # seconds


class Renewal:
    """Keeps the entries of one process, and the finder that searches them, at what the files and the office's changes say."""

    def __init__(self, settings: Settings, store: Store, knowledge: Knowledge) -> None:
        self.settings, self.store, self.knowledge = settings, store, knowledge
        self.files: Mapping[str, Entry] = knowledge.entries.written
        self.made: tuple[int, ...] = ()  # the changes that are in

    def at_start(self) -> None:
        """Before the finder is made. A database that is not there or not migrated yet is looked at again by `run`."""
        if not migrate.is_there(self.settings.database_url):
            return
        try:
            self.made = self._renewed() or ()
        except SQLAlchemyError as error:
            log.warning("the office's own entries wait for the database: %s", type(error).__name__)

    def once(self, understanding: Understanding) -> bool:
        """Look for changes; where there are some, a new finder takes the old one's place. Messages are answered meanwhile."""
        mark = self._renewed()
        if mark is None:
            return False
        understanding.finder = Finder(self.knowledge.entries, keep=self.settings.finder_folder, model=MODEL)
        self.made = mark
        log.info("%d entries are told, %d changes of the office among them", len(self.knowledge.entries), len(self.made))
        return True

    async def run(self, understanding: Understanding, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await asyncio.to_thread(self.once, understanding)
            except (SQLAlchemyError, OSError) as error:  # what is told stays as it is, and is looked at again
                log.warning("the office's own entries wait: %s", type(error).__name__)
            try:
                await asyncio.wait_for(stop.wait(), EVERY)
            except TimeoutError:
                pass

    def _renewed(self) -> tuple[int, ...] | None:
        """The changes that the entries now hold; None where they hold them already."""
        with self.store.read() as session:
            mark = entry_changes.mark(session)
            changes = entry_changes.in_force(session) if mark != self.made else None
        if changes is None:
            return None
        self.knowledge.entries.renew(self._entries(changes))
        return mark

    def _entries(self, changes: Sequence[Change]) -> dict[str, Entry]:
        entries, problems = changed(self.files, changes, self.knowledge.taxonomy)
        for problem in problems:
            log.warning("the change of entry %s is not made: %s", problem.slug, problem.why)
        return entries
