"""Which judged images are shown: the surest mistakes, the typical of a class, the least sure. Pure functions."""

from typing import NamedTuple

import numpy as np


class Answers(NamedTuple):
    """What a model said of judged images."""

    labels: np.ndarray  # int (n,)
    predicted: np.ndarray  # int (n,)
    probability: np.ndarray  # float (n,), of the predicted class


def surest_mistakes(answers: Answers, count: int) -> list[int]:
    """Return the images that were called another class, those that the model was surest of first.

    >>> answers = Answers(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([0.9, 0.6, 0.8, 0.7]))
    >>> surest_mistakes(answers, 5)
    [2, 1]
    """
    wrong = np.flatnonzero(answers.labels != answers.predicted)
    return _by(-answers.probability, wrong)[:count]


def of_cell(answers: Answers, true: int, predicted: int, count: int) -> list[int]:
    """Return images of one class that were called another, the surest first; right ones, the least sure first."""
    rows = np.flatnonzero((answers.labels == true) & (answers.predicted == predicted))
    return _by(answers.probability if true == predicted else -answers.probability, rows)[:count]


def most_typical(answers: Answers, label: int, count: int) -> list[int]:
    """Return the images of a class that were called so with the highest probability."""
    rows = np.flatnonzero((answers.labels == label) & (answers.predicted == label))
    return _by(-answers.probability, rows)[:count]


def least_sure(answers: Answers, label: int, count: int) -> list[int]:
    """Return the images of a class whose highest probability is lowest, whatever they were called."""
    return _by(answers.probability, np.flatnonzero(answers.labels == label))[:count]


def sample_of_called(answers: Answers, count: int) -> list[int]:
    """Return up to so many images of each predicted class, spread evenly over those called so.

    >>> answers = Answers(np.zeros(6, int), np.array([0, 0, 0, 0, 1, 1]), np.ones(6))
    >>> sample_of_called(answers, 2)
    [0, 3, 4, 5]
    """
    rows = []
    for label in np.unique(answers.predicted):
        called = np.flatnonzero(answers.predicted == label)
        rows += called[np.linspace(0, len(called) - 1, min(count, len(called))).astype(int)].tolist()
    return rows


def _by(key: np.ndarray, rows: np.ndarray) -> list[int]:
    found: list[int] = rows[np.argsort(key[rows], kind="stable")].tolist()
    return found
