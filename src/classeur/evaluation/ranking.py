"""Ranking: how well scores put the images of one class before all others, with each image's influence on that."""

from typing import NamedTuple

import numpy as np


class Ranked(NamedTuple):
    """A number that depends on the order of scores alone."""

    value: float  # 0 … 1
    influence: np.ndarray  # float64 (n,): by how much each image changes it, together 0


def log_odds(logits: np.ndarray) -> np.ndarray:
    """Return the log odds of each class against all others, float64 (n, classes): exact where probabilities are 0 or 1.

    >>> log_odds(np.array([[0.0, 60.0]])).tolist()
    [[-60.0, 60.0]]
    """
    logits = np.asarray(logits, np.float64)
    rows, top = np.arange(len(logits)), logits.argmax(axis=1)
    powers = np.exp(logits - logits[rows, top, None])
    # The rest of any class but the top one has the top one in it, so that nothing cancels.
    powers[rows, top] = 0
    rest = logits[rows, top, None] + np.log1p(np.maximum(powers.sum(axis=1, keepdims=True) - powers, 0))
    others = logits.copy()
    others[rows, top] = -np.inf
    second = others.max(axis=1)
    rest[rows, top] = second + np.log(np.exp(others - second[:, None]).sum(axis=1))
    return np.asarray(logits - rest)


def area_under_roc(scores: np.ndarray, is_of: np.ndarray) -> Ranked:
    """Return the area under the ROC curve.

    The probability that an image of the class scores higher than one of another, ties counting half.

    Args:
        scores: float (n,), the higher, the more of the class.
        is_of: bool (n,), some of them and not all.

    Source: Hanley, McNeil, Radiology 143 (1982) 29–36; the influences: DeLong, DeLong, Clarke-Pearson, Biometrics 44
    (1988) 837–845.

    >>> area_under_roc(np.array([0.1, 0.4, 0.3, 0.9]), np.array([False, False, True, True])).value
    0.75
    """
    inside, outside = scores[is_of], scores[~is_of]
    above = _share_below(outside, inside)
    below = 1 - _share_below(inside, outside)
    area = float(above.mean())
    influence = np.empty(len(scores))
    influence[is_of] = (above - area) / len(inside)
    influence[~is_of] = (below - area) / len(outside)
    return Ranked(area, influence)


def average_precision(scores: np.ndarray, is_of: np.ndarray) -> Ranked:
    """Return the average precision: that of the images ranked down to each image of the class, on average.

    Args:
        scores: float (n,), the higher, the more of the class.
        is_of: bool (n,), at least one.

    Source: Boyd, Eng, Page, ECML PKDD (2013) 451–466; ties as in scikit-learn, at the end of their group.

    >>> average_precision(np.array([0.9, 0.8, 0.7]), np.array([True, False, True])).value.__round__(4)
    0.8333
    """
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], is_of[order]
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # the last of each group of equal scores
    group = np.searchsorted(ends, np.arange(len(ranked)))
    found, listed = np.cumsum(hits)[ends], ends + 1.0  # of the class, and in all, down to each group
    of_group = np.diff(found, prepend=0)
    precision, num_inside = found / listed, int(found[-1])
    value = float((of_group * precision).sum() / num_inside)
    # One more image, at its place, changes the precision from there on down.
    gained = _sums_from(of_group * (1 / listed - found / listed**2))
    lost = _sums_from(of_group * found / listed**2)
    influence = np.empty(len(scores))
    influence[order] = np.where(hits, precision[group] - value + gained[group], -lost[group]) / num_inside
    return Ranked(value, influence)


def _share_below(others: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the share of the others that each score is above, ties counting half."""
    others = np.sort(others)
    left, right = (np.searchsorted(others, scores, side=side) for side in ("left", "right"))
    return np.asarray((left + right) / (2 * len(others)))


def _sums_from(values: np.ndarray) -> np.ndarray:
    """Return the sum from each place to the end."""
    return np.asarray(np.cumsum(values[::-1])[::-1])
