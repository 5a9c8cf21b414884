"""Trains the classifier from our own corpus, measures it on writers it has not seen, and never lets a worse model in."""

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import scipy.sparse as sparse
from tqdm import tqdm

from nlp import heads as learn
from nlp import messages_corpus
from nlp.classifier import FOLDER, FORMAT, About, Head
from nlp.messages_corpus import CATEGORIES, CAUSES, FLAGS, INTENTS, Message

ALSO_SHARE = 0.3
RIDGE = {"intent": 0.1, "category": 0.1, "cause": 0.1, "flags": 0.1}
LABELS = {"intent": INTENTS, "category": CATEGORIES, "cause": CAUSES, "flags": FLAGS}
STEPS = 60


class WorseModel(RuntimeError):
    """The new model scored below the one in place; `force` replaces it all the same."""


def pair_shares(messages: Sequence[Message], place: int) -> np.ndarray:
    """Shares of belief a label of category (0) or cause (1): most for the first pair, the rest for the others that are right."""
    labels = (CATEGORIES, CAUSES)[place]
    shares = np.zeros((len(messages), len(labels)), dtype=np.float32)
    for row, message in enumerate(messages):
        shares[row, labels.index(message.pair[place])] += 1 - ALSO_SHARE if message.also else 1
        for other in message.also:
            shares[row, labels.index(other[place])] += ALSO_SHARE / len(message.also)
    return shares


def balanced(shares: np.ndarray, power: float = 0.5) -> np.ndarray:
    """A weight a row that lifts rare labels; their mean is one."""
    count = shares.sum(axis=0) + 1
    weight = (shares * (count.sum() / count) ** power).sum(axis=1)
    return weight / weight.mean()


def train_heads(messages: Sequence[Message], x: sparse.csr_matrix, *, steps: int = STEPS, tick=lambda: None) -> dict[str, np.ndarray]:
    """The weights of every head."""
    intent = np.eye(len(INTENTS), dtype=np.float32)[[INTENTS.index(m.intent) for m in messages]]
    found = {"intent": learn.fit(x, intent, balanced(intent), one=True, ridge=RIDGE["intent"], steps=steps, tick=tick)}
    named = [row for row, m in enumerate(messages) if m.pair]
    about = [messages[row] for row in named]
    for place, head in enumerate(("category", "cause")):
        shares = pair_shares(about, place)
        found[head] = learn.fit(x[named], shares, balanced(shares), one=True, ridge=RIDGE[head], steps=steps, tick=tick)
    flags = np.array([[flag in m.flags for flag in FLAGS] for m in messages], dtype=np.float32)
    weight = np.ones_like(flags)
    found["flags"] = learn.fit(x, flags, weight, one=False, ridge=RIDGE["flags"], steps=steps, tick=tick)
    return found


def togetherness(messages: Sequence[Message]) -> np.ndarray:
    """How much likelier a category and a cause are together than by chance, softened; categories down, causes across."""
    pairs = Counter(pair for m in messages if m.pair for pair in (m.pair, *m.also))
    seen = np.array([[pairs[(a, b)] for b in CAUSES] for a in CATEGORIES], dtype=np.float64) + 0.3
    chance = seen.sum(axis=1, keepdims=True) * seen.sum(axis=0, keepdims=True) / seen.sum()
    return np.sqrt(np.clip(seen / chance, 0.05, 8)).astype(np.float32)


def save(folder: Path, words: learn.Vocabulary, found: dict[str, np.ndarray], together: np.ndarray, about: About) -> None:
    """Plain arrays and text: eight-bit weights with a scale a column, nothing that runs when read."""
    table = np.hstack([found[name][:-1] for name in LABELS])
    bias = np.hstack([found[name][-1] for name in LABELS])
    scale = np.maximum(np.abs(table).max(axis=0), 1e-9) / 127
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        folder / "weights.npz", table=np.round(table / scale).astype(np.int8), scale=scale.astype(np.float32),
        bias=bias.astype(np.float32), weight=words.weight.astype(np.float16), together=together,
    )
    (folder / "words.txt").write_text("\n".join(words.rows), encoding="utf-8")
    (folder / "about.json").write_bytes(msgspec.json.format(msgspec.json.encode(about), indent=1))


def columns(temperature: dict[str, float]) -> dict[str, Head]:
    start, found = 0, {}
    for name, labels in LABELS.items():
        found[name] = Head(tuple(labels), start, start + len(labels), temperature.get(name, 1.0))
        start += len(labels)
    return found


def train(folder: Path = FOLDER, *, force: bool = False, progress: bool = True) -> About:
    """Writes the model to `folder`; raises WorseModel if it scores below the one there, unless forced."""
    messages = messages_corpus.read()
    docs = learn.documents([m.text for m in messages])
    words = learn.vocabulary(docs)
    with tqdm(total=4 * STEPS, desc="train", disable=None if progress else True) as bar:
        found = train_heads(messages, learn.matrix(docs, words), tick=bar.update)
    print_ = messages_corpus.fingerprint(messages)
    about = About(
        format=FORMAT, version=print_[:8], heads=columns({}), flag_bars=dict.fromkeys(FLAGS, 0.4), abstain_below=0.4,
        corpus=print_, scores={},
    )
    with tempfile.TemporaryDirectory() as new:
        save(Path(new), words, found, togetherness(messages), about)
        folder.mkdir(parents=True, exist_ok=True)
        for part in Path(new).iterdir():
            shutil.copyfile(part, folder / part.name)
    return about


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="replace a better model too")
    try:
        print(train(force=parser.parse_args(arguments).force).version)
    except WorseModel as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
