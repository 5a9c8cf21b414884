"""The synthetic year as rows: each complaint's ticket, events, rating and conversation as they stand at `until`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from knowledge.base import Taxonomy
from tickets.demo.lives import DAY, EAST, HOUR, NEVER, Lives
from tickets.demo.plan import Office, Plan
from tickets.demo.pouring import stamp
from tickets.numbers import ticket_number
from tickets.register import grade_of

MODEL = "demo"  # in model_version: no model has read these
ONLINE = frozenset({"telegram", "web"})
CHAT_CHANNEL = "web"  # never a platform that the worker would really send to
TICKET = (
    "id", "number", "kind", "status", "chat_id", "customer_id", "customer_type", "source", "business_channel", "category", "cause",
    "also", "rights", "primary_right", "urgency", "flags", "grade", "model_version", "reading", "summary", "facts", "branch_named",
    "claim", "contact", "branch_id", "assignee_id", "first_handler_id", "received_at", "clock_from", "due_at", "extension",
    "extension_asked_by", "extension_reason", "contact_due_at", "first_contact_at", "decided_at", "told_at", "closed_at", "warned",
    "contact_warned", "decision", "decision_reason", "redress", "upheld", "told_how", "told_evidence", "is_repeat", "repeat_of_id",
    "merged_into_id", "review_of_id", "version")
EVENT = ("ticket_id", "kind", "actor", "staff_id", "reason", "data", "at")
PAUSE = ("ticket_id", "kind", "reason", "began_at", "ended_at")
RATING = ("ticket_id", "score", "comment", "at")
CHAT = ("id", "channel", "address", "customer_id", "audience", "state", "misses", "tips", "created_at", "seen_at")
CUSTOMER = ("id", "name", "phone_tail", "kind", "created_at")
MESSAGE = ("chat_id", "ticket_id", "author", "staff_id", "kind", "text", "reading", "at")
FLAGS = (("angry", 0.05), ("elderly", 0.035), ("media", 0.008), ("legal", 0.006), ("disabled", 0.004), ("minor", 0.003))
BY_CAUSE = {("DEBIT_CARD", "FUND_SAFETY"): ("stolen", 0.5), ("CREDIT_CARD", "FUND_SAFETY"): ("stolen", 0.6),
            ("LOAN", "FUND_SAFETY"): ("identity_loan", 0.6), ("COLLECTION", "COLLECT_WAY"): ("harsh_collection", 0.12),
            ("PAYMENT", "FUND_SAFETY"): ("fraud_now", 0.12)}
RANK = ("I", "II", "III", "none")
UPHELD = {"SERVICE": 0.6, "FACILITY": 0.65, "FEE": 0.35, "PROCESS": 0.25, "CHOICE": 0.5, "DISCLOSURE": 0.4}
AMOUNTS = (6, 12, 20, 36, 50, 80, 120, 200, 300, 480, 600, 860, 1200, 2000, 3500, 5000, 8000, 20000)
BASES = {"assigned": '{"move":"assign","status":["received","assigned"]}',
         "begun": '{"move":"begin","status":["assigned","investigating"]}',
         "contacted": '{"move":"contact","how":"call"}', "told": '{"move":"tell","how":"%s","status":["decided","told"]}',
         "closed": '{"move":"close","status":["told","closed"]}'}


@dataclass
class Batch:
    """Rows of one stretch of tickets, table by table, each in the order of its columns."""

    customer: list[tuple] = field(default_factory=list)
    chat: list[tuple] = field(default_factory=list)
    ticket: list[tuple] = field(default_factory=list)
    event: list[tuple] = field(default_factory=list)
    pause: list[tuple] = field(default_factory=list)
    rating: list[tuple] = field(default_factory=list)
    message: list[tuple] = field(default_factory=list)
    words: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)  # for the search


@dataclass
class _Person:
    chat: int | None
    customer: int | None
    source: str
    kind: str
    times: int = 1


class Writer:
    """Writes the plan's complaints (and the reviews of some) as rows, in the order received."""

    def __init__(self, plan: Plan, lives: Lives, reviews: Lives, *, book: Mapping[str, Any], taxonomy: Taxonomy, until: int,
                 head: Office, handlers: Mapping[int, list[int]], leads: Mapping[int, int], rng: np.random.Generator) -> None:
        self.plan, self.lives, self.reviews, self.book, self.taxonomy, self.until = plan, lives, reviews, book, taxonomy, until
        self.head, self.handlers, self.leads = head, handlers, leads
        self.persons: dict[int, _Person] = {}
        self.review_at = np.sort(lives.reviewed[lives.reviewed < NEVER])
        self.ids = self._ids()
        self.chats, self.customers = 0, 0
        sources = book["source"]
        self.sources, weights = list(sources), np.array(list(sources.values()), float)
        self.source = rng.choice(len(weights), len(plan.received), p=weights / weights.sum())
        self.dice = rng.integers(0, 2**62, len(plan.received))
        self.luck = rng.random((len(plan.received), 5))
        self.said: list[tuple[int, int]] = []  # (chat, second) of online complaints, for the questions before them

    def _ids(self) -> np.ndarray:
        """A complaint's id leaves room for the reviews that were received before it."""
        order = np.arange(len(self.plan.received))
        return order + 1 + np.searchsorted(self.review_at, self.plan.received)

    def batches(self, size: int) -> Iterator[Batch]:
        """All rows, `size` complaints at a time; reviews stand where they were received."""
        waiting = sorted((int(self.lives.reviewed[n]), int(n)) for n in np.flatnonzero(self.lives.reviewed < NEVER))
        reviews = iter(enumerate(waiting))
        upcoming = next(reviews, None)
        batch = Batch()
        for n in range(len(self.plan.received)):
            received = int(self.plan.received[n])
            while upcoming is not None and upcoming[1][0] < received:
                self._review(batch, upcoming[0], upcoming[1][1])
                upcoming = next(reviews, None)
            self._complaint(batch, n)
            if len(batch.ticket) >= size:
                yield batch
                batch = Batch()
        while upcoming is not None:
            self._review(batch, upcoming[0], upcoming[1][1])
            upcoming = next(reviews, None)
        yield batch

    def _complaint(self, batch: Batch, n: int) -> None:
        lives, plan, dice = self.lives, self.plan, int(self.dice[n])
        matter, office = plan.matters[plan.matter[n]], plan.offices[plan.office[n]]
        ticket_id, received = int(self.ids[n]), int(plan.received[n])
        before = int(lives.repeat_of[n])
        if before >= 0:  # the same person, business and branch as the first time
            matter, office = plan.matters[plan.matter[before]], plan.offices[plan.office[before]]
            plan.matter[n], plan.office[n] = plan.matter[before], plan.office[before]
        person = self._person(batch, n, before, received)
        text = self._text(n, matter, dice, again=before >= 0)
        flags = self._flags(n, matter, person.times)
        rights = [self.taxonomy.cause[matter["cause"]].right] if self.taxonomy.cause[matter["cause"]].right else []
        if before >= 0:
            rights.append("REDRESS")
        surge = int(plan.surge[n])
        if surge >= 0:
            plan.planted[surge].tickets.append(ticket_id)
        channels = matter["channels"]
        channel = _weighted(channels, (dice >> 7) % 1009 / 1009)
        merged = int(self.ids[before]) if lives.merged[n] < NEVER else None
        self._life(batch, ticket_id, n, lives, kind="complaint", person=person, office=office, matter=matter, text=text,
                   flags=flags, rights=rights, channel=channel, dice=dice, luck=self.luck[n], received=received,
                   repeat_of=int(self.ids[before]) if before >= 0 else None, merged_into=merged)

    def _review(self, batch: Batch, nth: int, first: int) -> None:
        received, plan = int(self.lives.reviewed[first]), self.plan
        if received > self.until:
            return
        ticket_id = int(np.searchsorted(plan.received, received, side="right")) + nth + 1
        matter, dice = plan.matters[plan.matter[first]], int(self.dice[first])
        self._life(batch, ticket_id, nth, self.reviews, kind="review", person=self.persons[first], office=self.head,
                   matter=matter, text=self.book["words"]["review"], flags=[], rights=[], channel=None, dice=dice >> 3,
                   luck=self.luck[first][::-1], received=received, review_of=int(self.ids[first]))
        asked = f'{{"review_id":{ticket_id}}}'
        batch.event.append((int(self.ids[first]), "review_asked", "customer", None, "", asked, stamp(received)))

    def _life(self, batch: Batch, ticket_id: int, n: int, lives: Lives, *, kind: str, person: _Person, office: Office,
              matter: dict[str, Any], text: str, flags: list[str], rights: list[str], channel: str | None, dice: int,
              luck: np.ndarray, received: int,
              repeat_of: int | None = None, merged_into: int | None = None, review_of: int | None = None) -> None:
        words, until = self.book["words"], self.until
        handlers = self.handlers[office.id]
        handler, lead = handlers[dice % len(handlers)], self.leads[office.id]
        how = "outbox" if person.chat is not None else ("call", "letter", "counter")[dice % 3]
        steps = [(received, "received", "customer" if person.chat else "staff", None, "",
                  f'{{"source":"{person.source}","category":"{matter["category"]}","cause":"{matter["cause"]}"}}', "received")]
        due, clock_from, extension = int(lives.due[n]), received, 0
        ended = int(min(lives.withdrawn[n], lives.refused[n], lives.merged[n]))
        told_first, reopened = int(lives.told[n]), int(lives.reopened[n])
        upheld = bool(luck[0] < (0.2 if kind == "review" else UPHELD.get(matter["cause"], 0.35)))

        def step(at: Any, name: str, actor: str = "staff", staff: int | None = handler, reason: str = "", data: str = "{}",
                 status: str | None = None) -> None:
            if at <= until and (at < ended or at == ended):
                steps.append((int(at), name, actor, staff, reason, data, status))

        step(lives.assigned[n], "assigned", "bot" if dice % 4 else "staff", lead, data=BASES["assigned"], status="assigned")
        step(lives.begun[n], "investigating", data=BASES["begun"], status="investigating")
        step(lives.contacted[n], "contacted", reason="", data=BASES["contacted"])
        if lives.extended[n] < NEVER:
            if lives.extended[n] <= until:
                extension = 1
            step(lives.extended[n], "extended", reason=words["extension"], data='{"move":"extend"}')
            step(lives.asked_again[n], "extension_asked", reason=words["extension"], data='{"move":"ask_extension"}')
            if lives.extended_again[n] <= until:
                extension = 2
            step(lives.extended_again[n], "extended", staff=lead, reason=words["extension"], data='{"move":"approve_extension"}')
        if extension < (int(lives.extended[n] < NEVER) + int(lives.asked_again[n] < NEVER)):
            due = int(lives.first_due[n]) if extension == 0 else int(lives.second_due[n])
        if lives.paused[n] < NEVER:
            step(lives.paused[n], "paused", data='{"move":"pause_appraisal","what":"appraisal"}', status="appraisal")
            step(lives.resumed[n], "resumed", data='{"move":"resume","what":"appraisal"}', status="investigating")
            if lives.paused[n] <= until:
                done = int(lives.resumed[n])
                ends = stamp(done) if done <= until else None
                batch.pause.append((ticket_id, "appraisal", "", stamp(int(lives.paused[n])), ends))
            if lives.resumed[n] > until:
                due = int(lives.first_due[n])
        self._ending(step, lives, n, how=how, upheld=upheld)
        if told_first > due and due < until and ended == NEVER and kind == "complaint" and lives.paused[n] == NEVER:
            step(due + 1, "breach", "clock", None, data='{"level":4}')
        decided, told, closed = (int(v) for v in (lives.decided[n], lives.told[n], lives.closed[n]))
        if reopened <= until:
            step(reopened, "reopened", staff=lead, reason=words["repeat_head"][2], data='{"move":"reopen"}', status="reopened")
            clock_from, extension = reopened, 0
            due = ((reopened + EAST) // DAY + 15) * DAY + DAY - 1 - EAST
            decided = reopened + (2 + dice % 9) * DAY
            told, closed = decided + 3 * HOUR, decided + 2 * DAY
            self._decide(step, decided, told, closed, how, upheld)
        steps.sort(key=lambda one: one[0])
        status = next(one[6] for one in reversed(steps) if one[6] is not None)
        batch.event.extend((ticket_id, name, actor, staff_id, reason, data, stamp(at))
                           for at, name, actor, staff_id, reason, data, _ in steps)
        decided, told, closed = (at if at <= until and ended == NEVER else None for at in (decided, told, closed))
        if ended <= until:
            closed = ended if status in ("withdrawn", "not_accepted") else None
        contact = min(int(lives.contacted[n]), told or NEVER)
        contact = contact if contact <= min(until, ended) else None
        assigned = lives.assigned[n] <= until
        urgency = min((self.taxonomy.flag[one].level for one in flags), key=RANK.index, default="none")
        level = _warned(due, until) if told is None and status not in ("withdrawn", "not_accepted", "merged") else 0
        number = ticket_number(ticket_id, datetime.fromtimestamp(received, UTC))
        named = office.name if office.kind == "branch" and dice % 5 < 3 else ""
        claim = self._fitting("claims", matter, dice >> 20)
        decision = self._fitting("upheld" if upheld else "not_upheld", matter, dice >> 9) if decided else ""
        batch.ticket.append((
            ticket_id, number, kind, status, person.chat, person.customer, person.kind, person.source, channel, matter["category"],
            matter["cause"], "[]", json.dumps(rights), rights[0] if rights else None, urgency, json.dumps(flags),
            grade_of(urgency, flags, extended=extension > 0), MODEL,
            self._reading(matter, dice) if kind == "complaint" else "{}", text, "", named,
            claim, "", office.id, handler if assigned else None, handler if assigned else None, stamp(received), stamp(clock_from),
            stamp(due), extension, handler if lives.asked_again[n] <= until < lives.extended_again[n] and told is None else None,
            words["extension"] if extension or lives.asked_again[n] <= until else "", stamp(received + DAY), stamp(contact),
            stamp(decided), stamp(told), stamp(closed), level, contact is None and until > received + DAY, decision,
            self._fitting("basis", matter, dice) if decided else "",
            self._fitting("redress", matter, dice >> 13) if decided and upheld else "", upheld if decided else None,
            how if told else None, "演示凭据" if told else "", repeat_of is not None, repeat_of,
            merged_into if status == "merged" else None, review_of, 1))
        batch.words.append((ticket_id, (number, text, named, claim, decision)))
        if closed and told and luck[1] < (0.5 if person.chat else 0.3) and kind == "complaint":
            score = min(5, max(1, round(4.3 - 1.1 * (told > due) - 0.8 * (not upheld) + 1.6 * (luck[2] - 0.5) * 2)))
            said = words["rating_low" if score <= 2 else "rating_high"]
            rated = closed + int(luck[3] * DAY)
            if rated <= until:
                batch.rating.append((ticket_id, score, said[dice % len(said)], stamp(rated)))
        if person.chat is not None and kind == "complaint":
            reading = f'{{"intent":"complaint","confidence":0.9,"urgency":"{urgency}","version":"demo"}}'
            batch.message.append((person.chat, ticket_id, "customer", None, "text", text, reading, stamp(received)))
            filed = f"已登记，工单编号 {number}。"
            batch.message.append((person.chat, ticket_id, "bot", None, "text", filed, None, stamp(received)))
            if contact and contact > received + HOUR:
                asked, answered = (words[name][(dice >> 5) % len(words[name])] for name in ("talk_customer", "talk_staff"))
                batch.message.append((person.chat, ticket_id, "customer", None, "text", asked, None, stamp(contact - 20 * 60)))
                batch.message.append((person.chat, ticket_id, "staff", handler, "text", answered, None, stamp(contact)))
            if told:
                batch.message.append((person.chat, ticket_id, "bot", None, "text", decision, None, stamp(told)))
            self.said.append((person.chat, received))
        elif kind == "complaint":
            batch.message.append((None, ticket_id, "customer", None, "text", text, None, stamp(received)))
            if contact:
                noted = words["talk_note"][(dice >> 5) % len(words["talk_note"])]
                batch.message.append((None, ticket_id, "note", handler, "text", noted, None, stamp(contact)))

    def _ending(self, step: Any, lives: Lives, n: int, *, how: str, upheld: bool) -> None:
        words = self.book["words"]
        step(lives.withdrawn[n], "withdrawn", "customer", None, words["withdrawn"], '{"move":"withdraw"}', "withdrawn")
        step(lives.refused[n], "not_accepted", reason=words["not_accepted"], data='{"move":"not_accept"}', status="not_accepted")
        step(lives.merged[n], "merged", data='{"move":"merge"}', status="merged")
        self._decide(step, lives.decided[n], lives.told[n], lives.closed[n], how, upheld)

    def _decide(self, step: Any, decided: int, told: int, closed: int, how: str, upheld: bool) -> None:
        step(decided, "decided", data=f'{{"move":"decide","upheld":{str(upheld).lower()}}}', status="decided")
        step(told, "told", data=BASES["told"] % how, status="told")
        step(closed, "closed", data=BASES["closed"], status="closed")

    def _person(self, batch: Batch, n: int, before: int, received: int) -> _Person:
        person = self.persons.get(before) if before >= 0 else None
        if person is not None:
            person.times += 1
            self.persons[n] = person
            return person
        dice, source = int(self.dice[n]), self.sources[self.source[n]]
        at, kind = stamp(received), "corp" if dice % 37 == 0 else "person"
        if source in ONLINE:
            self.chats += 1
            batch.chat.append((self.chats, CHAT_CHANNEL, f"demo-{self.chats}", None, "公众", "{}", 0, False, at, at))
            person = _Person(self.chats, None, source, kind)
        else:
            self.customers += 1
            name = self.book["bank"]["surnames"][dice % len(self.book["bank"]["surnames"])] + "*"
            batch.customer.append((self.customers, name, "", kind, at))
            person = _Person(None, self.customers, source, kind)
        self.persons[n] = person
        return person

    def _text(self, n: int, matter: dict[str, Any], dice: int, *, again: bool) -> str:
        words, surge = self.book["words"], int(self.plan.surge[n])
        texts, fields = matter["texts"], {}
        if surge >= 0 and self.plan.planted[surge].term:
            texts, fields = self.book["terms"]["texts"], {"term": self.plan.planted[surge].term}
        text = texts[(dice >> 2) % len(texts)]
        if "{" in text:
            text = text.format(amount=AMOUNTS[(dice >> 5) % len(AMOUNTS)], count=2 + (dice >> 11) % 5,
                               when=words["when"][(dice >> 14) % len(words["when"])], **fields)
        head = words["repeat_head"][dice % 3] if again else ""
        return f"{head}{text}。{self._fitting('tail', matter, dice >> 17)}"

    def _fitting(self, table: str, matter: Mapping[str, Any], dice: int) -> str:
        """Words that go with the matter: of its category and cause, of its cause, or of any."""
        fit = self.book["fit"][table]
        words = fit.get(f"{matter['category']}-{matter['cause']}") or fit.get(matter["cause"]) or fit["any"]
        return words[dice % len(words)]

    def _reading(self, matter: Mapping[str, Any], dice: int) -> str:
        """What a model could have said of it: the code that holds, and two others beside it."""
        made: dict[str, Any] = {"because": {}}
        for head, shift in (("category", 23), ("cause", 29)):
            others = [code for code in getattr(self.taxonomy, head) if code != matter[head]]
            first, step = (dice >> shift) % len(others), 1 + (dice >> (shift + 5)) % (len(others) - 1)
            made[f"{head}_top3"] = [matter[head], others[first], others[(first + step) % len(others)]]
            made[f"{head}_confidence"] = 0.72 + (dice >> shift) % 25 / 100
        return json.dumps(made)

    def _flags(self, n: int, matter: dict[str, Any], times: int) -> list[str]:
        luck, found = float(self.luck[n][4]), []
        for name, share in FLAGS:
            if luck < share:
                found.append(name)
                break
            luck -= share
        name, share = BY_CAUSE.get((matter["category"], matter["cause"]), ("", 0.0))
        if self.luck[n][3] < share:
            found.append(name)
        if times >= 3:
            found.append("repeat")
        return found


def _weighted(table: Mapping[str, int], luck: float) -> str:
    left = luck * sum(table.values())
    for name, weight in table.items():
        left -= weight
        if left < 0:
            return name
    return name


def _warned(due: int, until: int) -> int:
    """What the sweep would have said already, so that the demonstration does not begin with a flood of notices."""
    days = (due + EAST) // DAY - (until + EAST) // DAY
    if due < until:
        return 4 + (days <= -1) + (days <= -3)
    return 3 if days <= 1 else 2 if days <= 3 else 1 if days <= 5 else 0
