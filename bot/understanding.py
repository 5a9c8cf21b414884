"""What the house makes of a text before it touches the database: masked, read by the models, looked up in the knowledge."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import msgspec
import numpy as np

from bot.messages import COMMAND_SIGNS, Incoming
from bot.shortening import shortened
from nlp.acts import Acts
from nlp.classifier import Reader, Reading
from nlp.novelty import unknown_share
from nlp.privacy import mask
from nlp.retrieval import Asked, Finder, Found
from nlp.scam import ScamChecker, ScamVerdict
from nlp.urgency import LEVEL_ONE, level

LIKELY = ("question", "chat")  # intents whose words may be looked up; other words are searched for alone when asked for
DOUBTFUL = 0.65  # below this confidence any intent may be a question


@dataclass(frozen=True)
class Searches:
    """Questions that came together are prepared together, as soon as the first of them is asked for."""

    finder: Finder
    likely: tuple[str, ...]

    @cached_property
    def prepared(self) -> dict[str, Asked]:
        return dict(zip(self.likely, self.finder.prepare(self.likely), strict=True))


@dataclass
class Understood:
    """A masked text and what the models say of it; the knowledge is searched only when somebody asks."""

    text: str
    reading: Reading | None  # None for a button, a photo without words, an empty text
    reader: Reader
    finder: Finder
    checker: ScamChecker
    acts: Acts
    searches: Searches | None = None
    calls: dict[str, bool] = field(default_factory=dict)  # by kind of first aid: whether the words call for it

    def again(self, text: str) -> "Understood":
        """The same models on another text, for words that were said before and are taken up now."""
        return Understood(text, self.reader.read([text])[0], self.reader, self.finder, self.checker, self.acts)

    def alarmed(self, flag: str = "fraud_now") -> None:
        """What the models cannot know from these words alone: the swindle, or the despair, they belong to was told before."""
        self.reading = msgspec.structs.replace(self.reading, flags=tuple(sorted({*self.reading.flags, flag})), urgency="I")

    def calmed(self) -> None:
        """A number or an age that the models took for an emergency: the reading without the alarm."""
        flags = tuple(flag for flag in self.reading.flags if flag not in LEVEL_ONE and flag != "group")
        urgency = level(set(flags), intent=self.reading.intent)
        self.reading = msgspec.structs.replace(self.reading, flags=flags, urgency=urgency)

    @cached_property
    def explained(self) -> Reading:
        """The reading with its reasons; only a ticket needs them, so ordinary messages do not pay for them."""
        return self.reader.explain(self.text, self.reading)

    @cached_property
    def unknown(self) -> float:
        """The share of its words that the classifier has never met; kept with a ticket, so that the office sees it drift."""
        return unknown_share(self.reader, self.text)

    @cached_property
    def asked(self) -> Asked:
        """The text made ready for the search, with those that came with it or alone."""
        prepared = self.searches.prepared.get(self.text) if self.searches else None
        return prepared or self.finder.prepare([self.text])[0]

    @property
    def found(self) -> Found:
        return self.asked.found

    @cached_property
    def staff_found(self) -> Found:
        return self.finder.ask(self.text, staff=True)

    def after(self, entry: str, *, said: str, staff: bool) -> Found:
        """What the base has for the text as said after this answer, and after her words of the matter so far: those that she had
        said when it was asked first."""
        kept = self._after.get((entry, staff))
        if kept is None:
            kept = self._after[entry, staff] = self.finder.after(entry, self.text, said=said, staff=staff, asked=self.asked)
        return kept

    def said_of(self, matter: str, *, staff: bool) -> Found:
        """What the base has for the text as said of what she told before."""
        if (matter, staff) not in self._said_of:
            self._said_of[matter, staff] = self.finder.ask(f"{matter}，{self.text}", staff=staff)
        return self._said_of[matter, staff]

    def lines(self, entry: str) -> tuple[list[str], np.ndarray]:
        """This entry's lines, and how likely each tells the text (`Finder.lines`); read once."""
        if entry not in self._lines:
            self._lines[entry] = self.finder.lines(entry, self.text)
        return self._lines[entry]

    @cached_property
    def _lines(self) -> dict[str, tuple[list[str], np.ndarray]]:
        return {}

    @cached_property
    def _said_of(self) -> dict[tuple[str, bool], Found]:
        return {}

    @cached_property
    def _after(self) -> dict[tuple[str, bool], Found]:
        return {}

    @cached_property
    def verdict(self) -> ScamVerdict:
        return self.checker.check([self.text])[0]


def _said(text: str) -> str:
    """A command under its own sign, also where it was typed with the full-width one; 「/投诉」 is none, but words like others."""
    if not text.startswith(COMMAND_SIGNS):
        return text
    return f"/{text[1:]}" if text[1:2].isascii() and not text[1:2].isspace() else text[1:].strip()


@dataclass
class Understanding:
    """The models together, loaded once and shared by all who listen. The finder is another one when the base has changed."""

    reader: Reader
    finder: Finder
    checker: ScamChecker
    acts: Acts

    def of(self, incomings: Sequence[Incoming]) -> list[Understood]:
        """Understand a batch in one call of the reader; the order is kept."""
        finder = self.finder  # the same for the whole batch
        texts = [shortened(mask(_said(one.text.strip())).text) for one in incomings]
        worded = [i for i, text in enumerate(texts) if text and not text.startswith("/")]
        readings = dict(zip(worded, self.reader.read([texts[i] for i in worded]), strict=True)) if worded else {}
        likely = tuple(dict.fromkeys(texts[i] for i, reading in readings.items()
                                     if reading.intent in LIKELY or reading.intent_confidence < DOUBTFUL))
        searches = Searches(finder, likely)
        return [Understood(text, readings.get(i), self.reader, finder, self.checker, self.acts,
                           searches if text in likely else None)
                for i, text in enumerate(texts)]
