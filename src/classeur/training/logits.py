"""Logits: to probabilities and log losses. Apart from heads, since predicting needs no more of these."""

import numpy as np


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities of logits (n, columns), float64 (n, classes); one column z stands for (0, z).

    >>> softmax(np.array([[0.0], [2.0]])).round(3).tolist()
    [[0.5, 0.5], [0.119, 0.881]]
    """
    logits = of_each_class(logits)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def log_losses(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return each image's log loss in nats, float64 (n,), from its logits: exact where a probability would be 0 or 1.

    >>> log_losses(np.array([[40.0], [-40.0]]), np.array([1, 1])).tolist()
    [4.248354255291589e-18, 40.0]
    """
    rows = np.arange(len(labels))
    above = of_each_class(logits)
    above = above - above[rows, labels, None]
    above[rows, labels] = -np.inf
    top = above.max(axis=1)
    losses: np.ndarray = np.logaddexp(0.0, top + np.log(np.exp(above - top[:, None]).sum(axis=1)))
    return losses


def of_each_class(logits: np.ndarray) -> np.ndarray:
    """Return float64 (n, classes): one column z of two classes becomes (0, z)."""
    logits = np.asarray(logits, np.float64)
    return np.concatenate([np.zeros_like(logits), logits], axis=1) if logits.shape[1] == 1 else logits
