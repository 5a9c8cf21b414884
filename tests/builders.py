"""Three-line builders with good defaults: settings, a house with stand-in models, and things that customers send."""

import re
from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
from sqlalchemy.exc import OperationalError

from bot.house import House
from bot.intake import Intake
from bot.messages import Incoming
from bot.settings import Settings
from bot.understanding import Understanding
from knowledge.base import Entry, Knowledge, load
from knowledge.clocks import read_deadlines
from nlp import messages_corpus
from nlp.acts import Acts
from nlp.classifier import Reading
from nlp.retrieval import Candidate, Found
from nlp.scam import ScamVerdict
from nlp.talks import ACTS, Before
from tests.conftest import CLOCKS
from tests.fake_telegram import TOKEN
from tickets.db import Store

SECRET_KEY = "a key that only the tests know, never more"
INTENTS = (("complaint", "扣了|态度|恶劣|投诉"), ("progress", "进度|到哪"), ("human", "人工"), ("question", "怎么|什么|吗|？"))
EMERGENCY = "正在被骗|刚转给骗子"
COMPLAINT = "信用卡莫名其妙扣了我 300 块年费，你们客服还态度恶劣"
QUESTION = "刚给骗子转了钱怎么办？"


@cache
def knowledge() -> Knowledge:
    """The office's knowledge with the clocks of `tests/tickets/deadlines.toml`: a rule that is added moves no test."""
    return replace(load(), deadlines=read_deadlines(CLOCKS))


def settings(folder: Path, **changes) -> Settings:
    """Development settings with a token, everything that is written under `folder`."""
    return Settings(**{"var_folder": folder, "secret_key": SECRET_KEY, "telegram_bot_token": TOKEN, **changes})


@cache
def corpus() -> list[messages_corpus.Message]:
    """All our messages, read once by a worker, and only by one that needs them."""
    return messages_corpus.read()


@cache
def acts() -> Acts:
    return Acts.load()


@cache
def word_finder() -> "WordFinder":
    return WordFinder(knowledge().entries.values())


def understanding() -> Understanding:
    return Understanding(WordReader(), copy(word_finder()), WordChecker(), acts())  # a test may change its own


def house(store: Store, folder: Path, *, read: Understanding | None = None, **changes) -> House:
    """A house on this database with models that know a few words."""
    chosen, models = settings(folder, **changes), read or understanding()
    return House(chosen, store, knowledge(), models, Intake(store, knowledge(), models, chosen))


def message(key: str, text: str = QUESTION, *, address: str = "11", **fields) -> Incoming:
    return Incoming("telegram", key, address, text, **fields)


class WordReader:
    """Stands in for the classifier: an intent, a category and an urgency by plain words. It has no vocabulary."""

    def knows(self, word: str) -> bool:
        return False

    def read(self, texts: Iterable[str], *, explain: bool = False) -> list[Reading]:
        return [self._one(text) for text in texts]

    def explain(self, text: str, reading: Reading) -> Reading:
        return reading

    def _one(self, text: str) -> Reading:
        intent = next((name for name, words in INTENTS if re.search(words, text)), "chat")
        urgent = bool(re.search(EMERGENCY, text))
        complaint = intent == "complaint"
        category, cause = ("CREDIT_CARD", "FEE") if complaint else (None, None)
        return Reading(intent, 0.9, category, 0.9, (category,) if complaint else (), cause, 0.9, (cause,) if complaint else (),
                       (), (), "I" if urgent else "none", ("fraud_now",) if urgent else (), False, {}, "words",
                       intents=_mostly(intent, 0.9), alarm=1.0 if urgent else 0.0)


def _mostly(intent: str, share: float) -> tuple[tuple[str, float], ...]:
    """This intent with its share, and the others with what is left."""
    rest = (1 - share) / (len(messages_corpus.INTENTS) - 1)
    return tuple((one, share if one == intent else rest) for one in messages_corpus.INTENTS)


class Taking(WordReader):
    """Takes every text for the same in what is given: fields of a reading."""

    def __init__(self, **changes: Any) -> None:
        self.changes = changes

    def _one(self, text: str) -> Reading:
        taken = msgspec.structs.replace(super()._one(text), **self.changes)
        return msgspec.structs.replace(taken, alarm=float(taken.urgency == "I"),
                                       intents=_mostly(taken.intent, taken.intent_confidence))


class Stumbling(WordReader):
    """Finds the database away whenever a text holds these words, until they are taken back."""

    def __init__(self, over: str) -> None:
        self.over = over

    def _one(self, text: str) -> Reading:
        if self.over and self.over in text:
            raise OperationalError("", {}, OSError())
        return super()._one(text)


class Doing:
    """Every message does the same."""

    def __init__(self, act: str) -> None:
        self.act = act

    def shares(self, text: str, intents: Iterable[tuple[str, float]], before: Before) -> dict[str, float]:
        return dict.fromkeys(ACTS, 0.0) | {self.act: 1.0}


class WordFinder:
    """Stands in for the retrieval: the entry whose question shares most pairs of characters."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = [(entry, _pairs(entry.question)) for entry in entries if not entry.staff_only]
        self.known: dict[str, tuple[Candidate, ...]] = {}  # many tests say the same words

    def prepare(self, texts: Iterable[str]) -> list[SimpleNamespace]:
        return [SimpleNamespace(found=self.ask(text)) for text in texts]

    def ask(self, text: str, *, staff: bool = False) -> Found:
        if text not in self.known:
            self.known[text] = self._nearest(_pairs(text))
        shown = self.known[text]
        top = shown[0]
        return Found(top.entry if top.score > 0.5 else None, top.theme, top.score, shown)

    def _nearest(self, wanted: set[str]) -> tuple[Candidate, ...]:
        scored = sorted(((len(wanted & pairs) / len(wanted | pairs), entry) for entry, pairs in self.entries),
                        key=lambda pair: -pair[0])[:3]
        return tuple(Candidate(entry.id, entry.theme, score) for score, entry in scored)

    def after(self, entry: str, text: str, *, said: str = "", staff: bool = False, asked: object = None) -> Found:
        """What the words alone say, or else the same entry again."""
        found = self.ask(text, staff=staff)
        return found if found.entry else Found(entry, "", 0.9, (Candidate(entry, "", 0.9),))

    def lines(self, entry: str, text: str) -> tuple[list[str], np.ndarray]:
        return [], np.ones(1)


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)} or {text}


class WordChecker:
    """Stands in for the scam checker."""

    def check(self, texts: Iterable[str]) -> list[ScamVerdict]:
        return [ScamVerdict("scam" if "安全账户" in text else "clean", "", 0.9, ()) for text in texts]
