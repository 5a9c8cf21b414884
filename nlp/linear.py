"""The little arithmetic that training and serving must do alike; numpy only, so that serving loads nothing else."""

import numpy as np

# How loudly the sense speaks beside the features, which have length one.
SENSE_WEIGHT = 0.5


def placed(sense: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Senses seen from the usual one, all equally far, as the heads take them."""
    away = sense - centre
    length = np.sqrt(np.einsum("...i,...i->...", away, away))
    return away * (SENSE_WEIGHT / np.maximum(length, 1e-6))[..., None]


def unit(rows: np.ndarray) -> np.ndarray:
    """Every row of length one."""
    return rows / np.maximum(np.sqrt(np.einsum("ij,ij->i", rows, rows)), 1e-9)[:, None]


def softmax(scores: np.ndarray) -> np.ndarray:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def sigmoid(scores: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(scores, -30, 30)))
