"""The little arithmetic that training and serving must do alike; numpy only, so that serving loads nothing else."""

import numpy as np

# How loudly the sense speaks beside the features, which have length one.
SENSE_WEIGHT = 0.5


def placed(sense: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Senses seen from the usual one, all equally far, as the heads take them."""
    away = sense - centre
    return SENSE_WEIGHT * away / np.maximum(np.linalg.norm(away, axis=-1, keepdims=True), 1e-6)


def unit(rows: np.ndarray) -> np.ndarray:
    """Every row of length one."""
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def softmax(scores: np.ndarray) -> np.ndarray:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def sigmoid(scores: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(scores, -30, 30)))
