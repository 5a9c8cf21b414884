"""Trains the scam checker on our own texts in nlp/corpus/scam/, in seconds and the same way every time."""
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from nlp.scam import FOLDER, ScamAbout, vector
from nlp.scam_text import features, plain

CORPUS = Path(__file__).parent / "corpus"
STRENGTH = 12.0
KIND_STRENGTH = 30.0
RARE = 2
CUSTOMER_WEIGHT = 0.3
# The share of our clean texts, many of them look-alikes on purpose, that may be called a scam by a model that has not met their
# writer. The house allows 0.08; real texts are stranger than ours.
FALSE_ALARMS = 0.06


class Line(NamedTuple):
    scam: bool
    kind: str
    text: str
    weight: float
    writer: str


class Fitted(NamedTuple):
    rows: dict[str, int]
    idf: np.ndarray
    model: LogisticRegression


def read_corpus(folder: Path = CORPUS) -> list[Line]:
    """Scam and clean lines, and a part of the bank's own messages as clean ones that weigh less."""
    lines = []
    for path in sorted((folder / "scam").glob("*.txt")):
        for number, raw in enumerate(path.read_text("utf-8").splitlines(), 1):
            parts = raw.split("|", 2)
            if len(parts) != 3 or parts[0] not in ("scam", "clean") or (
                    (parts[0] == "scam") != bool(parts[1])) or not parts[2].strip():
                raise ValueError(f"{path.name}:{number}: expected scam|kind|text or clean||text")
            lines.append(Line(parts[0] == "scam", parts[1], parts[2], 1.0, path.stem))
    return lines + [Line(False, "", text, CUSTOMER_WEIGHT, writer) for writer, text in _customers(folder)]


def _customers(folder: Path) -> list[tuple[str, str]]:
    """What customers write themselves: every tenth line that neither reports a crime nor is one."""
    texts = []
    for path in sorted(folder.glob("*.txt")):
        for raw in path.read_text("utf-8").splitlines():
            parts = raw.split("|", 4)
            if len(parts) == 5 and parts[0] in ("complaint", "question", "praise", "suggestion", "progress", "human", "chat") and (
                    "fraud_now" not in parts[3]) and not re.search("骗|诈|刷单|贷款", parts[4]):
                texts.append((path.stem, parts[4]))
    return texts[::10]


def fit(lines: list[Line], strength: float = STRENGTH) -> Fitted:
    said = [plain(line.text) for line in lines]
    seen: Counter[str] = Counter()
    for text in said:
        seen.update(features(text).keys())
    words = sorted(word for word, count in seen.items() if count >= RARE)
    rows = {word: row for row, word in enumerate(words)}
    idf = np.array([np.log((1 + len(said)) / (1 + seen[word])) + 1 for word in words], np.float32)
    model = LogisticRegression(C=strength, max_iter=2000, class_weight="balanced")
    model.fit(matrix(said, rows, idf), [line.scam for line in lines], sample_weight=[line.weight for line in lines])
    return Fitted(rows, idf, model)


def matrix(said: list[str], rows: dict[str, int], idf: np.ndarray) -> csr_matrix:
    def find(names: Sequence[str]) -> np.ndarray:
        return np.array([rows.get(name, -1) for name in names], dtype=np.int64)

    vectors = [vector(text, find, idf) for text in said]
    starts = np.concatenate([[0], np.cumsum([len(at) for _, at, _ in vectors])])
    return csr_matrix((np.concatenate([v for *_, v in vectors]), np.concatenate([at for _, at, _ in vectors]), starts),
                      shape=(len(said), len(rows)))


def held_out_scores(lines: list[Line], folds: int = 5, strength: float = STRENGTH) -> np.ndarray:
    """The score of every line by a model that saw nothing of its writer: of strangers is what it will be asked."""
    scores = np.zeros(len(lines))
    labels, writers = np.array([line.scam for line in lines]), [line.writer for line in lines]
    for train, test in StratifiedGroupKFold(folds, shuffle=True, random_state=7).split(labels, labels, writers):
        fitted = fit([lines[i] for i in train], strength)
        scores[test] = fitted.model.decision_function(matrix([plain(lines[i].text) for i in test], fitted.rows, fitted.idf))
    return scores


def calibrate(scores: np.ndarray, lines: list[Line]) -> tuple[float, float, float]:
    """Slope and offset that make the score a probability, and the bar that keeps false alarms at FALSE_ALARMS."""
    labels = np.array([line.scam for line in lines])
    weights = np.array([line.weight for line in lines])
    platt = LogisticRegression(C=1e6).fit(scores[:, None], labels, sample_weight=weights)
    slope, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    chances = 1 / (1 + np.exp(-(slope * scores + offset)))
    ours = ~labels & (weights == 1.0)
    bar = float(np.quantile(chances[ours], 1 - FALSE_ALARMS))
    return slope, offset, round(min(max(bar, 0.3), 0.7), 4)


def train(folder: Path = FOLDER) -> dict[str, float]:
    """Writes scam.npz and scam.json; gives the held-out figures."""
    lines = read_corpus()
    scores = held_out_scores(lines)
    slope, offset, bar = calibrate(scores, lines)
    fitted = fit(lines)
    scams = [line for line in lines if line.scam]
    kinds = sorted({line.kind for line in scams})
    kind_model = LogisticRegression(C=KIND_STRENGTH, max_iter=2000, class_weight="balanced")
    kind_model.fit(matrix([plain(line.text) for line in scams], fitted.rows, fitted.idf), [line.kind for line in scams])
    np.savez_compressed(
        folder / "scam.npz", idf=fitted.idf.astype(np.float16), weight=fitted.model.coef_[0].astype(np.float32),
        bias=fitted.model.intercept_.astype(np.float32), kind_weight=kind_model.coef_.T.astype(np.float16),
        kind_bias=kind_model.intercept_.astype(np.float32))
    about = ScamAbout(1, list(fitted.rows), [str(k) for k in kind_model.classes_], slope, offset, bar)
    (folder / "scam.json").write_bytes(msgspec.json.encode(about))
    return figures(scores, lines, slope, offset, bar) | {"kinds": len(kinds), "features": len(fitted.rows)}


def figures(scores: np.ndarray, lines: list[Line], slope: float, offset: float, bar: float) -> dict[str, float]:
    labels = np.array([line.scam for line in lines])
    ours = np.array([line.weight == 1.0 for line in lines])
    called = 1 / (1 + np.exp(-(slope * scores + offset))) >= bar
    hit = int((called & labels).sum())
    return {
        "lines": int(ours.sum()), "scams": int(labels.sum()), "bar": bar,
        "f1": round(2 * hit / (int((called & ours).sum()) + int(labels.sum())), 4),
        "clean_called_scam": round(float(called[~labels & ours].mean()), 4),
        "customers_called_scam": round(float(called[~ours].mean()), 4) if (~ours).any() else 0.0,
    }


if __name__ == "__main__":
    print(json.dumps(train(), ensure_ascii=False))
