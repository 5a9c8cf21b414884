"""A reading in the shape that the register keeps: the same for what a customer writes and for what the desk enters by hand."""

from collections.abc import Sequence

from bot.messages import Incoming
from bot.understanding import Understanding, Understood
from tickets.reading import Read, Reads


def kept(understood: Understood) -> Read:
    """The reading with its reasons; for words that nobody could read, nothing."""
    if understood.reading is None:
        return Read()
    reading = understood.explained
    return Read(
        category=reading.category, cause=reading.cause, also=tuple(reading.also), rights=tuple(reading.rights),
        urgency=reading.urgency, flags=tuple(reading.flags), model_version=reading.model_version,
        unsure=reading.needs_human and reading.urgency not in ("I", "II"),
        kept={
            "intent": [reading.intent, round(reading.intent_confidence, 3)], "category_top3": list(reading.category_top3),
            "cause_top3": list(reading.cause_top3), "category_confidence": round(reading.category_confidence or 0, 3),
            "cause_confidence": round(reading.cause_confidence or 0, 3), "needs_human": reading.needs_human,
            "because": {head: list(words) for head, words in (reading.because or {}).items()}, "unknown": understood.unknown,
        })


def reader(understanding: Understanding) -> Reads:
    """What the desk is handed: it reads a complaint taken by telephone exactly as if she had written it on the web page."""
    def read(texts: Sequence[str]) -> list[Read]:
        return [kept(one) for one in understanding.of([Incoming("web", "", "", text) for text in texts])]

    return read
