"""Trains the classifier from our own corpus, judges it on writers it has not seen, and never lets a worse model in."""

import argparse
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import scipy.sparse as sparse
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from knowledge.base import load
from nlp import card, lessons, messages_corpus
from nlp import heads as learn
from nlp.classifier import FOLDER, FORMAT, About, Head, ModelError, Reader
from nlp.finder_texts import questions
from nlp.linear import softmax
from nlp.measure import Truth, scores
from nlp.messages_corpus import CATEGORIES, CAUSES, FLAGS, INTENTS, Message
from nlp.retrieval import ways
from nlp.sense import Sense
from nlp.spelling import Spelling
from nlp.text import normalise
from nlp.urgency import LEVEL_ONE, level, shown

LABELS = {"intent": INTENTS, "category": CATEGORIES, "cause": CAUSES, "flags": FLAGS}
GRAVE = np.array([flag in LEVEL_ONE for flag in FLAGS])
ALSO_SHARE = 0.3
# How much louder a complaint speaks in the intent: two messages in three that reach such an office are one, of the corpus, whose
# writers were asked for every kind, little more than half. Without it the model sees praise and questions in too many complaints.
COMPLAINTS = 1.6
GRAVE_RIDGE = 0.02  # level I has by far the most examples
FLAG_LIFT = 3.0
GRAVE_STEPS = 3  # times as many for level I: after fewer its alarms still depend on where the search happened to stop
# What a message is worth, where the shares of life matter, whose writer wrote of urgency alone.
ONE_SIDED, ONE_SIDED_FLAGS = 0.04, 0.12
# What a plain question is worth beside a message, as one that is no emergency; in these themes it may be one.
CALM = 0.3
ALARMING = ("anti_fraud", "illegal_fundraising", "aml", "elderly_minor")
FOLDS = 3
# A new model may score this much below the one in place before it is refused: the noise of a held-out split.
NOISE = 0.005
ABSTAIN_ACCURACY = 0.5


class WorseModel(RuntimeError):
    """The new model scored below the one in place; `force` replaces it all the same."""


class Fitted(msgspec.Struct, frozen=True):
    words: learn.Vocabulary
    tables: dict[str, np.ndarray]
    spelling: Spelling


def pair_shares(messages: Sequence[Message], place: int, *, also: float = ALSO_SHARE) -> np.ndarray:
    """Shares of belief a label of category (0) or cause (1): most for the first pair, the rest for the others that are right."""
    labels = (CATEGORIES, CAUSES)[place]
    shares = np.zeros((len(messages), len(labels)), dtype=np.float32)
    for row, message in enumerate(messages):
        shares[row, labels.index(message.pair[place])] += 1 - also if message.also else 1
        for other in message.also:
            shares[row, labels.index(other[place])] += also / len(message.also)
    return shares


def calm_questions(sense: Sense, corpus: Path = messages_corpus.FOLDER) -> learn.Documents | None:
    """The ways to ask the entries of the base, and the questions that teach the finder what to answer and what to refuse.

    From plain questions the flags of level I learn what is no alarm. They stand beside our whole corpus only; another would drown.
    """
    if corpus != messages_corpus.FOLDER:
        return None
    entries = [entry for entry in load().entries.values() if not entry.staff_only and entry.theme not in ALARMING]
    asked = [way for entry in entries for way in ways(entry)]
    asked += [text for name in ("answer", "lacking", "refuse") for theme, text in questions(name) if theme not in ALARMING]
    return learn.documents(asked, sense)


def fit(messages: Sequence[Message], docs: learn.Documents, *, calm: learn.Documents | None = None, steps: int = learn.STEPS,
        tick=lambda: None) -> Fitted:
    """All heads, side by side. The flags of level I alone look at `calm` questions. A lesson teaches only what it settles."""
    words = lessons.vocabulary(messages, docs)
    x = learn.matrix(docs, words)
    asked = lessons.settling(messages, "intent")
    worth = np.array([ONE_SIDED if messages_corpus.one_sided(m) else 1.0 for m in messages], dtype=np.float32)
    intent = np.eye(len(INTENTS), dtype=np.float32)[[INTENTS.index(messages[row].intent) for row in asked]]
    weight = learn.balanced(intent, worth[asked]) * np.where(intent[:, INTENTS.index("complaint")] > 0, COMPLAINTS, 1.0)
    judged = lessons.settling(messages, "flags")
    flags = np.array([[flag in messages[row].flags for flag in FLAGS] for row in judged], dtype=np.float32)
    lift = np.where(flags > 0, FLAG_LIFT, 1.0) * lessons.known([messages[row] for row in judged])
    mild = lift * np.where(worth[judged, None] < 1, ONE_SIDED_FLAGS, 1.0)
    seen = x[judged]
    jobs = {
        "grave": partial(_fit_grave, seen, flags[:, GRAVE], lift[:, GRAVE], None if calm is None else learn.matrix(calm, words),
                         steps=steps * GRAVE_STEPS, tick=tick),  # the longest begins first
        "intent": partial(learn.fit, x[asked], intent, weight, one=True, steps=steps, tick=tick),
        "mild": partial(learn.fit, seen, flags[:, ~GRAVE], mild[:, ~GRAVE], one=False, steps=steps, tick=tick),
    }
    named = [row for row, m in enumerate(messages) if m.pair]
    about = [messages[row] for row in named]
    for place, head in enumerate(("category", "cause")):
        shares = pair_shares(about, place)
        jobs[head] = partial(learn.fit, x[named], shares, learn.balanced(shares, worth[named]), one=True, steps=steps, tick=tick)
    with threadpool_limits(1), ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {name: pool.submit(job) for name, job in jobs.items()}
        tables = {name: found.result() for name, found in running.items()}
    tables["flags"] = np.zeros((x.shape[1] + 1, len(FLAGS)), dtype=np.float32)
    tables["flags"][:, GRAVE], tables["flags"][:, ~GRAVE] = tables["grave"], tables["mild"]
    return Fitted(words, {name: tables[name] for name in LABELS},
                  Spelling.of([normalise(m.text) for m in lessons.own(messages)]))


def _fit_grave(seen: sparse.csr_matrix, flags: np.ndarray, lift: np.ndarray, calm: sparse.csr_matrix | None, *, steps: int,
               tick: Callable[[], None]) -> np.ndarray:
    """The flags of level I, beside the calm questions."""
    if calm is not None:
        quiet = np.zeros((calm.shape[0], flags.shape[1]), dtype=np.float32)
        seen, flags, lift = sparse.vstack([seen, calm]).tocsr(), np.vstack([flags, quiet]), np.vstack([lift, quiet + CALM])
    return learn.fit(seen, flags, lift, one=False, ridge=GRAVE_RIDGE, steps=steps, tick=tick)


def columns(temperature: dict[str, float]) -> dict[str, Head]:
    start, found = 0, {}
    for name, labels in LABELS.items():
        found[name] = Head(tuple(labels), start, start + len(labels), temperature.get(name, 1.0))
        start += len(labels)
    return found


def save(folder: Path, fitted: Fitted, about: About) -> None:
    """Plain arrays and text: eight-bit weights with a scale a column, nothing that runs when read."""
    table = np.hstack([fitted.tables[name][:-1] for name in LABELS])
    scale = np.maximum(np.abs(table).max(axis=0), 1e-9) / 127
    folder.mkdir(parents=True, exist_ok=True)
    fitted.spelling.save(folder)
    np.savez_compressed(
        folder / "weights.npz", table=np.round(table / scale).astype(np.int8), scale=scale.astype(np.float32),
        bias=np.hstack([fitted.tables[name][-1] for name in LABELS]).astype(np.float32),
        weight=fitted.words.weight.astype(np.float16), centre=fitted.words.centre,
    )
    (folder / "words.txt").write_text("\n".join(fitted.words.rows), encoding="utf-8")
    (folder / "about.json").write_bytes(msgspec.json.format(msgspec.json.encode(about), indent=1))


def reader(fitted: Fitted, about: About) -> Reader:
    """The reader as it will be loaded: through the files, so that what is judged is what is served."""
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder), fitted, about)
        return Reader.load(Path(folder))


def parts(messages: Sequence[Message], folds: int = FOLDS) -> np.ndarray:
    """The part each message is held out in (-1: never, as lessons are); a writer is never split, parts are about equally long."""
    size = Counter(m.writer for m in lessons.own(messages))
    load, place = [0] * folds, {}
    for writer, count in sorted(size.items(), key=lambda item: (-item[1], item[0])):
        place[writer] = load.index(min(load))
        load[place[writer]] += count
    return np.array([place.get(m.writer, -1) for m in messages])


def truth(message: Message) -> Truth:
    category, cause = message.pair or (None, None)
    return Truth(
        intent=message.intent, category=category, cause=cause, also=message.also,
        urgency=level(set(message.flags), intent=message.intent), flags=frozenset(shown(set(message.flags))),
    )


def temperature(raw: np.ndarray, wanted: np.ndarray) -> float:
    """The temperature under which the confidence of held-out scores is honest: it makes the truth likeliest."""
    grid = np.geomspace(0.3, 3, 25)
    cost = [-(wanted * np.log(np.maximum(softmax(raw / t), 1e-9))).sum() for t in grid]
    return float(grid[int(np.argmin(cost))])


def abstain_below(sure: np.ndarray, right: np.ndarray) -> float:
    """The confidence below which fewer than half of the held-out categories were right: a person decides there."""
    for bar in np.arange(0.95, 0.0, -0.05):
        below = sure < bar
        if below.sum() >= 20 and right[below].mean() < ABSTAIN_ACCURACY:
            return round(float(bar), 2)
    return 0.2


class Judged(msgspec.Struct, frozen=True):
    """Readings of messages whose writers the model had not seen, and the settings fitted on them."""

    about: About
    truths: list[Truth]
    readings: list
    scores: dict[str, float]


def judge(messages: Sequence[Message], docs: learn.Documents, about: About, *, calm: learn.Documents | None = None,
          folds: int = FOLDS, tick=lambda: None) -> Judged:
    """Trains once a part without its writers, reads it, and fits temperatures and the abstain band on what was read."""
    place = parts(messages, folds)
    raw = np.zeros((len(messages), next(reversed(about.heads.values())).stop), dtype=np.float32)
    held: list[tuple[np.ndarray, Fitted]] = []
    for fold in range(folds):
        seen, out = np.flatnonzero(place != fold), np.flatnonzero(place == fold)
        fitted = fit([messages[i] for i in seen], docs.only(seen), calm=calm, tick=tick)
        x = learn.matrix(docs.only(out), fitted.words)
        raw[out] = np.hstack([learn.score(x, fitted.tables[name]) for name in LABELS])
        held.append((out, fitted))
    corpus = lessons.own(messages)  # lessons come last in the list
    messages, raw = corpus, raw[: len(corpus)]
    named = [i for i, m in enumerate(messages) if m.pair and m.intent == "complaint"]
    wanted = {
        "intent": np.eye(len(INTENTS))[[INTENTS.index(m.intent) for m in messages]],
        "category": pair_shares([messages[i] for i in named], 0),
        "cause": pair_shares([messages[i] for i in named], 1),
    }
    warm = {}
    for name, shares in wanted.items():
        rows = raw[named] if name != "intent" else raw
        warm[name] = temperature(rows[:, about.heads[name].start : about.heads[name].stop], shares)
    about = msgspec.structs.replace(about, heads=columns(warm))
    readings: list = [None] * len(messages)
    for out, fitted in held:
        for i, reading in zip(out, reader(fitted, about).read([messages[i].text for i in out]), strict=True):
            readings[i] = reading
    truths = [truth(m) for m in messages]
    sure = np.array([readings[i].category_confidence for i in named])
    right = np.array([readings[i].category in {messages[i].pair[0], *(a for a, _ in messages[i].also)} for i in named])
    found = {name: round(value, 4) for name, value in scores(truths, readings).items() if value == value}
    return Judged(msgspec.structs.replace(about, abstain_below=abstain_below(sure, right), scores=found), truths, readings, found)


def grade(found: dict[str, float]) -> float:
    """One number to compare models by."""
    flags = (found["flags_recall"] + found["flags_precision"]) / 2
    return (found["intent_f1"] + found["category"] + found["cause"] + flags) / 4


def untrained(messages: Sequence[Message], sense: Sense) -> About:
    """What is known of a model before it has been judged."""
    mark = messages_corpus.fingerprint(list(messages))
    return About(format=FORMAT, version=mark[:8], heads=columns({}), abstain_below=0.3, corpus=mark, sense=sense.mark, scores={})


def train(folder: Path = FOLDER, *, force: bool = False, progress: bool = True, corpus: Path = messages_corpus.FOLDER,
          describe: Callable[..., None] = card.write) -> About:
    """Writes model and card to `folder`; raises WorseModel if it scores below the model there, unless forced."""
    messages = messages_corpus.read(corpus)
    sense = Sense.load()
    docs = learn.documents([m.text for m in messages], sense)
    about, calm = untrained(messages, sense), calm_questions(sense, corpus)
    whole = (FOLDS + 1) * (len(LABELS) + GRAVE_STEPS) * learn.STEPS
    with tqdm(total=whole, desc="train", disable=None if progress else True) as bar:
        judged = judge(messages, docs, about, calm=calm, tick=bar.update)
        fitted = fit(messages, docs, calm=calm, tick=bar.update)
    _refuse_worse(folder, judged.scores, force=force)
    with tempfile.TemporaryDirectory() as name:
        new = Path(name)
        save(new, fitted, judged.about)
        describe(new, judged, messages)
        folder.mkdir(parents=True, exist_ok=True)
        for part in new.iterdir():
            shutil.copyfile(part, folder / part.name)
    return judged.about


def _refuse_worse(folder: Path, found: dict[str, float], *, force: bool) -> None:
    try:
        old = Reader.load(folder).about.scores
    except ModelError:
        return
    if old and not force and grade(found) < grade(old) - NOISE:
        raise WorseModel(f"the new model scores {grade(found):.3f}, the one in place {grade(old):.3f}; --force replaces it")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="replace a better model too")
    try:
        about = train(force=parser.parse_args(arguments).force)
    except WorseModel as refusal:
        print(refusal, file=sys.stderr)
        return 1
    print(f"model {about.version} · " + " · ".join(f"{name} {value:.3f}" for name, value in about.scores.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
