"""Everything that listens and answers, put together once: settings, database, knowledge and models."""

import logging
from dataclasses import dataclass
from pathlib import Path

from bot.intake import Intake
from bot.renewal import Renewal
from bot.settings import Settings
from bot.understanding import Understanding
from knowledge.base import FOLDER, Knowledge, KnowledgeError, load
from nlp.acts import Acts
from nlp.classifier import ModelError
from nlp.damage import UNREADABLE
from nlp.promotion import serving
from nlp.retrieval import Finder
from nlp.scam import ScamChecker
from nlp.soundness import broken
from tickets.db import Store

log = logging.getLogger("xiaobao.house")

MODEL = Path(__file__).parent.parent / "nlp" / "model"


@dataclass(frozen=True)
class House:
    """The parts that every process shares. Nothing here talks to a network."""

    settings: Settings
    store: Store
    knowledge: Knowledge
    understanding: Understanding
    intake: Intake
    renewal: Renewal | None = None  # a house of stand-ins has none


def build(settings: Settings) -> House:
    """Load and check everything. Raises KnowledgeError or ModelError with the file at fault: a broken house does not open."""
    knowledge = load()
    if knowledge.missing:
        raise KnowledgeError(FOLDER / knowledge.missing[0], 1, "file is missing")
    store = Store(settings.database_url)
    renewal = Renewal(settings, store, knowledge)
    renewal.at_start()
    try:
        understanding = _models(settings, knowledge)
    except (ModelError, *UNREADABLE) as problem:
        raise ModelError(broken(MODEL) or f"{MODEL}: {type(problem).__name__}: {problem}") from problem
    return House(settings, store, knowledge, understanding, Intake(store, knowledge, understanding, settings), renewal)


def _models(settings: Settings, knowledge: Knowledge) -> Understanding:
    served = serving(settings.model_folder, MODEL)
    if served.problem:
        log.error("the promoted model is not served: %s", served.problem)
    checker = ScamChecker.load(MODEL)
    finder = Finder(knowledge.entries, keep=settings.finder_folder, model=MODEL)
    return Understanding(served.reader, finder, checker, Acts.load(MODEL))
