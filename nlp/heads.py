"""Linear heads over one sparse matrix: fitted here by L-BFGS, served elsewhere as one dense table of weights."""

from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np
import scipy.sparse as sparse
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from nlp.features import features
from nlp.linear import placed, sigmoid, softmax
from nlp.sense import Sense
from nlp.text import normalise

RIDGE = 0.1
# In how many documents a feature must stand to be kept; runs of characters are many and each says little.
RAREST, RAREST_CHARS = 3, 6
STEPS = 40
CURVE = 0.1  # how curved the loss is, about, where a feature stands: the search then takes a third of the steps
# How far rarer labels are lifted: at 1 all weigh the same, and the model sees praise and progress in every other complaint.
BALANCE = 0.5
# How loudly each kind of feature speaks beside plain words.
KIND_WEIGHT = {"i": 2.0, "r": 2.0}


class Vocabulary(msgspec.Struct, frozen=True):
    """Feature name → row, each row's weight (inverse document frequency times the weight of its kind), and the usual sense."""

    rows: dict[str, int]
    weight: np.ndarray
    centre: np.ndarray


class Documents(msgspec.Struct, frozen=True):
    """What each text shows: the names of its features, and its sense (one row a text)."""

    names: list[list[str]]
    sense: np.ndarray

    def only(self, rows: Sequence[int]) -> "Documents":
        return Documents([self.names[row] for row in rows], self.sense[rows])


def documents(texts: Sequence[str], sense: Sense) -> Documents:
    plain = [normalise(text) for text in texts]
    return Documents([features(text) for text in plain], np.stack([sense.of(text) for text in plain]))


def vocabulary(docs: Documents, *, rarest: int | None = None) -> Vocabulary:
    """The features seen often enough (`rarest` times, for a corpus much smaller than ours), and the middle of the senses."""
    seen = Counter(name for doc in docs.names for name in doc)
    names = sorted(name for name, count in seen.items() if count >= (rarest or (RAREST_CHARS if name[0] == "c" else RAREST)))
    weight = [(np.log((1 + len(docs.names)) / (1 + seen[name])) + 1) * KIND_WEIGHT.get(name[0], 1.0) for name in names]
    return Vocabulary({name: row for row, name in enumerate(names)}, np.array(weight, dtype=np.float32), docs.sense.mean(axis=0))


def matrix(docs: Documents, words: Vocabulary) -> sparse.csr_matrix:
    """One row a document: its features, of length one together, then its sense, of length `SENSE_WEIGHT`."""
    columns, ends = [], [0]
    for doc in docs.names:
        columns.extend(row for row in map(words.rows.get, doc) if row is not None)
        ends.append(len(columns))
    values = words.weight[np.array(columns, dtype=np.int64)] if columns else np.zeros(0, dtype=np.float32)
    table = sparse.csr_matrix((values, columns, ends), shape=(len(docs.names), len(words.rows)), dtype=np.float32)
    length = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
    table = sparse.diags(1 / np.maximum(length, 1e-6)).dot(table)
    return sparse.hstack([table, sparse.csr_matrix(placed(docs.sense, words.centre))]).tocsr().astype(np.float32)


def balanced(shares: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """A weight a row, mean one: what the row is worth, lifted where its label is rare."""
    count = (shares * worth[:, None]).sum(axis=0) + 1
    weight = worth * (shares * (count.sum() / count) ** BALANCE).sum(axis=1)
    return weight / weight.mean()


def score(x: sparse.csr_matrix, table: np.ndarray) -> np.ndarray:
    return x @ table[:-1] + table[-1]


def fit(x: sparse.csr_matrix, wanted: np.ndarray, weight: np.ndarray, *, one: bool, ridge: float = RIDGE, steps: int = STEPS,
        tick=lambda: None) -> np.ndarray:
    """Weights, one row a feature and a last row of biases, one column a label.

    `wanted` holds shares (rows sum to one) where exactly `one` label is true, else independent 0/1 columns; `weight` is
    one number a row, or a table of them where labels are independent.
    """
    rows, labels = x.shape[1], wanted.shape[1]
    turned = x.T.tocsr()
    weight = (weight[:, None] if weight.ndim == 1 else weight).astype(np.float32)
    wanted = wanted.astype(np.float32)
    stride = _strides(turned, weight.mean(axis=1), ridge)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        table = flat.reshape(rows + 1, labels).astype(np.float32) * stride
        scores = score(x, table)
        if one:
            shares = softmax(scores)
            cost = -(weight * wanted * np.log(np.maximum(shares, 1e-12))).sum()
        else:
            shares = sigmoid(scores)
            sure = np.where(wanted > 0.5, shares, 1 - shares)
            cost = -(weight * np.log(np.maximum(sure, 1e-12))).sum()
        pull = weight * (shares - wanted)
        slope = np.vstack([turned @ pull + ridge * table[:-1], pull.sum(axis=0)]) * stride
        return float(cost + ridge / 2 * (table[:-1] ** 2).sum()), slope.ravel().astype(np.float64)

    start = np.zeros((rows + 1) * labels)
    with threadpool_limits(1):  # the steps are small: more threads only wait for each other, long where others work too
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps}, callback=lambda _: tick())
    return found.x.reshape(rows + 1, labels).astype(np.float32) * stride


def _strides(turned: sparse.csr_matrix, weight: np.ndarray, ridge: float) -> np.ndarray:
    """How far one step goes along each row of the weights: a rare feature must go far, one that stands everywhere may not."""
    curve = CURVE * np.append(turned.multiply(turned) @ weight, weight.sum())
    curve[:-1] += ridge
    return (1 / np.sqrt(curve))[:, None].astype(np.float32)
