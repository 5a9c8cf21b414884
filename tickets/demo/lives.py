"""When each complaint of the synthetic year is assigned, decided, told and closed, and which of them go another way."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from knowledge.clocks import Deadlines
from tickets import deadlines

DAY, HOUR, EAST = 86400, 3600, 8 * 3600
NEVER = np.iinfo(np.int64).max
WITHDRAWN, NOT_ACCEPTED, EXTENDED, TWICE, LATE, PAUSED = 0.04, 0.01, 0.06, 0.008, 0.02, 0.012
REOPENED, REVIEWED, REPEATED, MERGED = 0.008, 0.02, 0.06, 0.3
REPEAT_WITHIN = 40 * DAY


@dataclass
class Lives:
    """Moments in seconds since 1970, NEVER where it does not happen; one entry a complaint, in the order of the plan."""

    assigned: np.ndarray
    begun: np.ndarray
    contacted: np.ndarray
    extended: np.ndarray
    asked_again: np.ndarray
    extended_again: np.ndarray
    paused: np.ndarray
    resumed: np.ndarray
    decided: np.ndarray
    told: np.ndarray
    closed: np.ndarray
    withdrawn: np.ndarray
    refused: np.ndarray
    reopened: np.ndarray
    reviewed: np.ndarray
    first_due: np.ndarray
    second_due: np.ndarray  # with the first extension
    due: np.ndarray
    repeat_of: np.ndarray  # index of the earlier complaint of the same person, -1 without
    merged: np.ndarray


def last_seconds(received: np.ndarray, days: np.ndarray | int) -> np.ndarray:
    """The last second, in Shanghai, of the day so many natural days after the one received."""
    return ((received + EAST) // DAY + days) * DAY + DAY - 1 - EAST


def live(received: np.ndarray, surge: np.ndarray, rules: Deadlines, rng: np.random.Generator, *,
         kind: str = "complaint") -> Lives:
    """Draw the lives of complaints (or reviews). The rule of the law in force is looked up once, for the last received."""
    n = len(received)
    at = datetime.fromtimestamp(int(received[-1]) if n else 0, UTC)
    rule = deadlines.rule_for(rules, kind=kind, received_at=at)
    if rule.count != "calendar":
        raise ValueError(f"the synthetic year knows natural days only, {kind} counts {rule.count}")
    luck, way = rng.random(n), rng.random(n)
    extension = np.zeros(n, dtype=np.int64)
    if rule.complex:
        extension[luck < EXTENDED] = 1
        extension[luck < TWICE] = 2
    late, pauses = (luck > 1 - LATE), rule.pauses & (luck > 1 - LATE - PAUSED) & (luck <= 1 - LATE)
    first_due = last_seconds(received, rule.days)
    total = np.choose(extension, [rule.total(0), rule.total(1), rule.total(2)])
    assigned = received + _around(rng, n, 1.5 * HOUR)
    begun = assigned + _around(rng, n, 4 * HOUR)
    contacted = assigned + _around(rng, n, 7 * HOUR)
    span = np.minimum(rng.gamma(2.2, 3.0, n), rule.days - 1.4) * DAY
    span = np.where(extension == 1, (rule.days + 1 + rng.random(n) * max(rule.complex - rule.days - 2, 1)) * DAY, span)
    span = np.where(extension == 2, (rule.complex + 1 + rng.random(n) * max(rule.approved - 3, 1)) * DAY, span)
    paused = np.where(pauses, received + ((3 + 4 * rng.random(n)) * DAY).astype(np.int64), NEVER)
    length = ((5 + 15 * rng.random(n)) * DAY).astype(np.int64)
    resumed = np.where(pauses, np.where(pauses, paused, 0) + length, NEVER)
    stopped = np.where(pauses, (resumed + EAST) // DAY - (paused + EAST) // DAY, 0)
    due = last_seconds(received, total + stopped)
    decided = np.maximum(received + span.astype(np.int64) + np.where(pauses, length, 0), begun + HOUR)
    decided = np.where(pauses, np.maximum(decided, resumed + HOUR), decided)
    told = decided + _around(rng, n, 5 * HOUR)
    in_time = np.minimum(told, np.maximum(due - 60, decided + 60))
    told = np.where(late, due + (rng.random(n) * 5 * DAY).astype(np.int64) + HOUR, in_time)
    decided = np.where(late, told - 30 * 60, decided)
    closed = told + (rng.random(n) * 3 * DAY).astype(np.int64) + HOUR
    withdrawn = np.full(n, NEVER)
    refused = np.full(n, NEVER)
    plain = (extension == 0) & ~late & ~pauses
    gone = plain & (way < WITHDRAWN)
    withdrawn[gone] = (np.minimum(begun, decided) + _around(rng, n, 20 * HOUR))[gone]
    not_ours = plain & (way >= WITHDRAWN) & (way < WITHDRAWN + NOT_ACCEPTED)
    refused[not_ours] = (begun + _around(rng, n, 10 * HOUR))[not_ours]
    for moments in (decided, told, closed):
        moments[gone | not_ours] = NEVER
    lived = told < NEVER
    again = np.where(lived, closed, 0) + (rng.random(n) * 6 * DAY).astype(np.int64) + HOUR
    reopened = np.where(lived & (way > 1 - REOPENED), again, NEVER)
    asks = lived & (kind == "complaint") & (way > 1 - REOPENED - REVIEWED) & (way <= 1 - REOPENED)
    reviewed = np.where(asks, np.where(lived, told, 0) + ((1 + 24 * rng.random(n)) * DAY).astype(np.int64), NEVER)
    repeat_of, merged = _repeats(received, surge, withdrawn, refused, decided, rng, whole=kind == "complaint")
    extended = np.where(extension >= 1, received + ((10 + 3.5 * rng.random(n)) * DAY).astype(np.int64), NEVER)
    asked = np.where(extension == 2, received + (25 * DAY + rng.random(n) * DAY).astype(np.int64), NEVER)
    agreed = np.where(extension == 2, received + (26 * DAY + rng.random(n) * 2 * DAY).astype(np.int64) + HOUR, NEVER)
    joined = merged < NEVER
    for moments in (extended, asked, agreed, paused, resumed, decided, told, closed, reopened, reviewed):
        moments[joined] = NEVER
    due[joined] = first_due[joined]
    return Lives(assigned, begun, contacted, extended, asked, agreed, paused, resumed, decided, told, closed, withdrawn, refused,
                 reopened, reviewed, first_due, last_seconds(received, rule.total(1)), due, repeat_of, merged)


def _around(rng: np.random.Generator, n: int, median: float) -> np.ndarray:
    """Delays around a median, some of them long."""
    return np.minimum(median * np.exp(0.7 * rng.standard_normal(n)), 3 * DAY).astype(np.int64) + 60


def _repeats(received: np.ndarray, surge: np.ndarray, withdrawn: np.ndarray, refused: np.ndarray, decided: np.ndarray,
             rng: np.random.Generator, *, whole: bool) -> tuple[np.ndarray, np.ndarray]:
    """Some come again about the same thing; of those that come while the first is open, some are merged into it."""
    n = len(received)
    repeat_of, merged = np.full(n, -1), np.full(n, NEVER)
    if not whole or n < 10:
        return repeat_of, merged
    again = np.flatnonzero((rng.random(n) < REPEATED) & (surge < 0))
    earliest = np.searchsorted(received, received[again] - REPEAT_WITHIN)
    earlier = earliest + (rng.random(len(again)) * (again - earliest)).astype(np.int64)
    luck = rng.random(len(again))
    for here, before, chance in zip(again, earlier, luck, strict=True):
        if before >= here or merged[before] < NEVER or surge[before] >= 0:
            continue
        repeat_of[here] = before
        ended = min(decided[before], withdrawn[before], refused[before])
        if chance < MERGED and received[here] + 2 * HOUR < ended and withdrawn[here] == NEVER and refused[here] == NEVER:
            merged[here] = received[here] + HOUR
    return repeat_of, merged
