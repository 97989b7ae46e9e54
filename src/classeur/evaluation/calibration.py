"""Calibration: one temperature that a network's logits are divided by, so that its probabilities are frequencies.

A network that was trained until it is sure says 99 % and is right 90 % of the times. A temperature above 1 draws all
probabilities towards each other; none changes which class is the most probable. Pure functions of logits and labels.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from classeur.estimate import Estimate
from classeur.evaluation.scoring import score
from classeur.training.folds import Groups, assign_folds
from classeur.training.logits import log_losses, of_each_class, softmax

# Below, a temperature says more of these images than of the network.
_LEAST_IMAGES = 50

# A temperature beyond is no calibration: of a network that knows nothing, or of images that are all told by far.
_COLDEST, _HOTTEST = 0.05, 20.0

# Half the 95 % quantile of χ² with one degree of freedom: how far a log likelihood may lie below its maximum.
_DROP = 1.920729

VALIDATION = "validation images"
"""What a temperature was fitted on, where these images are judged too."""

_NUM_FOLDS = 5
_NUM_HALVINGS = 60


class Temperature(NamedTuple):
    """A temperature of least log loss, with its 95 % interval."""

    value: float
    low: float
    high: float


class Sureness(BaseModel):
    """How far probabilities are from what happens, on images that they were not fitted to."""

    model_config = ConfigDict(frozen=True)

    log_loss: Estimate  # mean, nats
    brier: Estimate  # half the mean squared distance from the right answer
    calibration_error: Estimate | None  # root mean square over bins, without what chance adds


class Calibration(BaseModel):
    """What a network's logits are divided by, how that was found, and what it does; calibration.json."""

    model_config = ConfigDict(frozen=True)

    temperature: float = 1.0  # in the saved model; 1 where none could be told from 1
    fitted: float | None = None  # of least log loss; None if there is none
    low: float | None = None  # 95 % interval of it, by the profile of the likelihood
    high: float | None = None
    fitted_on: str = ""  # which images
    num_images: int = 0  # that it was fitted to
    reason: str = ""  # why the temperature is 1; "" where it is not
    judged_on: str = ""  # which images `before` and `after` are of
    before: Sureness | None = None
    after: Sureness | None = None  # by temperatures that these images were not used for

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.temperature not in (1, self.fitted):
            raise ValueError(f"the temperature {self.temperature:g} is not the one that was fitted")
        return self


def fit_temperature(logits: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None) -> Temperature | None:
    """Return the temperature that logits are divided by for the least log loss; None if there is no least.

    Args:
        logits: float (n, columns), of images that the network was not trained on; one column for two classes.
        labels: int (n,).
        weights: of each image's loss, (n,), 0 or more; all 1 if None.

    Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks" (2017), section 4.2. The interval
    holds what the likelihood ratio does not reject, as the loss is convex in the inverse of the temperature.

    >>> random = np.random.default_rng(0)
    >>> sureness = random.normal(0, 2, (4000, 1))
    >>> labels = (random.random(4000) < 1 / (1 + np.exp(-sureness[:, 0]))).astype(int)
    >>> temperature = fit_temperature(3 * sureness, labels)
    >>> temperature.low < 3 < temperature.high
    True
    """
    weights = np.ones(len(labels)) if weights is None else weights * (len(labels) / weights.sum())
    logits = np.asarray(logits, np.float64)
    is_right = softmax(logits).argmax(axis=1) == labels
    if not weights[~is_right].any():  # the surer, the better: no image says how sure is too sure
        return None

    def loss(inverse: float) -> float:
        return float(weights @ log_losses(logits * inverse, labels))

    def slope(inverse: float) -> float:
        every = np.concatenate([np.zeros_like(logits), logits], axis=1) if logits.shape[1] == 1 else logits
        expected = (softmax(logits * inverse) * every).sum(axis=1)
        return float(weights @ (expected - every[np.arange(len(labels)), labels]))

    coldest, hottest = 1 / _COLDEST, 1 / _HOTTEST
    if slope(hottest) >= 0 or slope(coldest) <= 0:
        return None
    best = _crossing(slope, hottest, coldest)
    most = loss(best) + _DROP
    low = 1 / coldest if loss(coldest) <= most else 1 / _crossing(lambda each: loss(each) - most, best, coldest)
    high = 1 / hottest if loss(hottest) <= most else 1 / _crossing(lambda each: most - loss(each), hottest, best)
    return Temperature(1 / best, low, high)


def choose_temperature(
    logits: np.ndarray, labels: np.ndarray, *, fitted_on: str, weights: np.ndarray | None = None
) -> Calibration:
    """Return the temperature to save a network with: 1, and why, where the images do not tell it from 1.

    Args:
        logits, labels, weights: as `fit_temperature` takes them; images with a NaN are left out.
        fitted_on: which images, in words, such as "validation images".

    >>> choose_temperature(np.zeros((3, 1)), np.array([0, 1, 0]), fitted_on="validation images").reason
    'fewer than 50 images'
    """
    known = np.isfinite(logits).all(axis=1)
    logits, labels = logits[known], labels[known]
    weights = None if weights is None else weights[known]
    found = Calibration(fitted_on=fitted_on, num_images=len(labels))
    if len(labels) < _LEAST_IMAGES:
        return found.model_copy(update={"reason": f"fewer than {_LEAST_IMAGES} images"})
    fitted = fit_temperature(logits, labels, weights)
    if fitted is None:
        return found.model_copy(update={"reason": "no temperature is best for these images"})
    found = found.model_copy(update={"fitted": fitted.value, "low": fitted.low, "high": fitted.high})
    if fitted.low <= 1 <= fitted.high:
        return found.model_copy(update={"reason": "these images do not tell it from 1"})
    return found.model_copy(update={"temperature": fitted.value})


def cross_fitted(logits: np.ndarray, labels: np.ndarray, *, groups: Groups | None = None, seed: int = 0) -> np.ndarray:
    """Return logits, float64 (n, columns), each divided by the temperature that images of other folds choose.

    So their loss is that of images that no temperature was fitted to.

    Args:
        logits: float (n, columns).
        labels: int (n,).
        groups: (n,), images with equal values are in one fold.
        seed: of the folds.
    """
    folds = assign_folds(labels, num_folds=_NUM_FOLDS, groups=groups, seed=seed)
    divided = np.array(logits, np.float64)
    for fold in range(folds.max(initial=-1) + 1):
        others = folds != fold
        divided[~others] /= choose_temperature(logits[others], labels[others], fitted_on="").temperature
    return divided


def measure_sureness(logits: np.ndarray, labels: np.ndarray, *, groups: Sequence[Hashable] | None = None) -> Sureness:
    """Return how far the probabilities of logits are from what happens, as `score` does.

    Args:
        logits: float (n, columns), n at least 1.
        labels: int (n,).
        groups: as `score` takes them.
    """
    logits = of_each_class(logits) if logits.shape[1] == 1 else logits
    found = score(logits, labels, class_names=[str(number) for number in range(logits.shape[1])], groups=groups)
    return Sureness(log_loss=found.loss, brier=found.brier, calibration_error=found.calibration_error)


def _crossing(rising: Callable[[float], float], low: float, high: float) -> float:
    """Return where a rising function of a positive number crosses 0, between two places on its sides, by halving."""
    for _ in range(_NUM_HALVINGS):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return float((low * high) ** 0.5)
