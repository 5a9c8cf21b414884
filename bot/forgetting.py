"""What has been kept long enough goes by itself: a little each minute from one in the night on, until nothing is left that day."""

import logging
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from knowledge.clocks import Deadlines
from tickets import retention
from tickets.db import Store
from tickets.marks import mark
from tickets.models import Fact
from tickets.numbers import SHANGHAI

log = logging.getLogger("xiaobao.rounds")

HOUR = 1  # Shanghai
AT_ONCE = 100  # tickets of one commit: a message that comes meanwhile waits for as long as that takes


def forget(store: Store, rules: Deadlines, folder: Path, at: datetime) -> None:
    """One batch, unless today's work is done or its hour has not come. Of two workers one makes it."""
    local = at.astimezone(SHANGHAI)
    today = local.date().isoformat()
    with store.read() as session:
        known = session.get(Fact, "retention")
        if local.hour < HOUR or (known is not None and known.value == {"day": today}):
            return
    with store.write() as session:
        ours = mark(session, "retention")
        if ours.value == {"day": today}:
            return
        done = retention.expire(session, rules, at=at, at_once=AT_ONCE)
        if not done:
            ours.value, ours.at = {"day": today}, at
    remove(folder, done.files)
    if done:
        log.info("kept long enough: %d tickets, %d messages, %d others, %d files erased", done.tickets, done.messages, done.other,
                 len(done.files))


def remove(folder: Path, files: Iterable[str]) -> None:
    """Only after the commit: a file without its row is harmless, a row without its file is not."""
    for name in files:
        try:
            (folder / Path(name).name).unlink(missing_ok=True)
        except OSError as error:
            log.error("a file to be erased stays: %s", type(error).__name__)
