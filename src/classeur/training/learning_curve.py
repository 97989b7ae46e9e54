"""Learning curve: accuracy against the number of training images, and what more of them would bring.

Measured by heads on nested parts of the training images, extrapolated by an inverse power law. Values only; what to say
of them is for `delivery` to say.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from classeur.estimate import Estimate
from classeur.training.folds import Groups, draw_arrivals
from classeur.training.head import Head, fit_head

SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)

# Images × features × classes beyond which a curve is left out: a thousand classes of eight images on 1,280 features.
# Its parts have three times as many images together as one fit, each begun from nothing.
MOST_PRODUCTS = 1e10

_CONFIDENCE = 0.95
_NUM_REPLICATES = 1000

# Exponents of the power law. Above 0.5, the rate of a well-posed estimate, up to 1, the fastest of any; below, what is
# seen of networks: Hestness et al., "Deep Learning Scaling is Predictable, Empirically" (2017), 0.07 to 0.35 and up.
_EXPONENTS = np.geomspace(0.1, 1.0, 24)

# Keeps this use of the seed apart from every other (b"curve").
_STREAM = 0x6375727665


class CurvePoint(NamedTuple):
    """The accuracies of trainings on so many images."""

    num_images: int
    num_draws: int
    train: Estimate  # on the images that each was trained on
    validation: Estimate


class LearningCurve(NamedTuple):
    """Accuracies by number of training images, and the power laws a + b · n^−c that fit them."""

    points: tuple[CurvePoint, ...]  # by number of images, rising
    floors: np.ndarray  # float64 (replicates,): a, the error that no number of images takes away
    factors: np.ndarray  # float64 (replicates,): b
    exponents: np.ndarray  # float64 (replicates,): c
    noise: np.ndarray  # float64 (replicates,): how far one training is from the mean of many

    def error_at(self, num_images: float) -> Estimate:
        """Return the validation error to expect of one training on so many images: median and 95 % interval.

        The interval tells of the validation images, of the images drawn and of the power law's own uncertainty; it is
        for validation images like these, and for more images of the kind that is there already.
        """
        return self._estimate(np.clip(self._means_at(num_images) + self.noise, 0, 1))

    def gain(self, factor: float = 2.0) -> Estimate:
        """Return by how much the error would fall with `factor` times as many images as the curve ends with."""
        now = self.points[-1].num_images
        return self._estimate(self._means_at(now) - self._means_at(factor * now))

    def num_images_for(self, error: float) -> Estimate:
        """Return about how many images would bring the validation error down to `error`; inf where none would."""
        above = error - self.floors
        with np.errstate(over="ignore"):
            counts = (self.factors / np.where(above > 0, above, 1)) ** (1 / self.exponents)
        return self._estimate(np.where(above > 0, counts, np.inf))

    def _estimate(self, replicates: np.ndarray) -> Estimate:
        low, high = _interval(replicates)
        judged = self.points[-1].validation.n
        return Estimate(
            value=float(np.median(replicates)), low=low, high=high, method="power laws of a bootstrap", n=judged
        )

    def _means_at(self, num_images: float) -> np.ndarray:
        return np.asarray(self.floors + self.factors * num_images**-self.exponents)


def is_affordable(num_images: int, num_features: int, num_classes: int) -> bool:
    """Return whether a curve of so many training images is worth its time; beyond `MOST_PRODUCTS` it is left out.

    >>> is_affordable(2000, 1280, 2), is_affordable(12_000, 1280, 1000)
    (True, False)
    """
    return num_images * num_features * num_classes <= MOST_PRODUCTS


def measure_curve(
    features: np.ndarray,
    labels: np.ndarray,
    *,
    validation: tuple[np.ndarray, np.ndarray],
    num_classes: int,
    inverse_penalty: float,
    groups: Groups | None = None,
    weights: np.ndarray | None = None,
    head: Head | None = None,
    shares: Sequence[float] = SHARES,
    num_draws: int = 16,
    seed: int = 0,
) -> LearningCurve:
    """Return the learning curve of heads on parts of the training images, each judged on the same validation images.

    Parts are drawn by class, equal files together, at least one image of a class. The penalty is that of all training
    images: it is a scale of the weights and hardly depends on their number.

    Args:
        features, labels, num_classes, inverse_penalty, weights: as `fit_head` takes them.
        validation: features and labels that none of the heads is trained on.
        groups: (n,), equal values are never separated.
        head: one that is already fitted to all of them with this penalty and these weights; fitted here if None.
        shares: of the training images, in (0, 1], rising; those that make the same part twice count once.
        num_draws: of the smallest part; a part twice as large is drawn half as often, at least three times.
        seed: of the draws and of the intervals.
    """
    draws = [draw_arrivals(labels, groups=groups, seed=seed * 65536 + draw) for draw in range(num_draws)]
    sizes: list[int] = []
    right: list[np.ndarray] = []
    train: list[float] = []
    for share in shares:
        wanted = 1 if share >= 1 else max(3, round(num_draws * shares[0] / share))
        parts = [np.flatnonzero(arrivals < share) for arrivals in draws[:wanted]]
        size = round(float(np.mean([len(part) for part in parts])))
        if sizes and size == sizes[-1]:
            continue
        heads = [
            head
            if head and share >= 1
            else fit_head(
                features[part],
                labels[part],
                num_classes=num_classes,
                inverse_penalty=inverse_penalty,
                weights=None if weights is None else weights[part],
                exact=share >= 1,  # the last point is the head that is kept
            )
            for part in parts
        ]
        sizes.append(size)
        right.append(np.stack([_predicted(each, validation[0]) == validation[1] for each in heads]))
        trained = [
            np.mean(_predicted(each, features[part]) == labels[part]) for each, part in zip(heads, parts, strict=True)
        ]
        train.append(float(np.mean(trained)))
    return fit_curve(sizes, right, train_accuracies=train, seed=seed)


def fit_curve(
    sizes: Sequence[int], right: Sequence[np.ndarray], *, train_accuracies: Sequence[float], seed: int = 0
) -> LearningCurve:
    """Return the learning curve of trainings that were judged on the same validation images.

    The intervals are of a Bayesian bootstrap over the validation images, the same images for all sizes, with half an
    image right and half an image wrong added, so that one draw has Jeffreys' interval and no error is not no doubt;
    and of the differences between draws.

    Args:
        sizes: training images, rising.
        right: for each size bool (draws, validation images), whether each training got each image right.
        train_accuracies: for each size, the mean accuracy on the images trained on.
        seed: of the bootstrap.

    Source: Rubin, Annals of Statistics 9 (1981) 130–134, the bootstrap; Figueroa et al., BMC Medical Informatics and
    Decision Making 12 (2012) 8, the inverse power law.
    """
    generator = np.random.Generator(np.random.Philox(key=np.array([seed % 2**64, _STREAM], np.uint64)))
    wrong = np.stack([1 - each.mean(axis=0) for each in right], axis=1)  # (images, sizes), of the draws
    # Images alike at all sizes are drawn at once: a sum of exponentials is a gamma.
    kinds, counts = np.unique(wrong, axis=0, return_counts=True)
    kinds = np.concatenate([kinds, np.zeros((1, len(sizes))), np.ones((1, len(sizes)))])
    shares = generator.standard_gamma(np.concatenate([counts, [0.5, 0.5]]), (_NUM_REPLICATES, len(kinds)))
    errors = shares @ kinds / shares.sum(axis=1, keepdims=True)
    # A single draw varies as those of the size before it, or a little less.
    spreads: list[float] = []
    for each in right:
        several = len(each) > 1
        spreads.append(float(each.mean(axis=1).std(ddof=1)) if several else (spreads[-1] if spreads else 0.0))
    num_draws = np.array([len(each) for each in right])
    errors = errors + generator.standard_normal(errors.shape) * np.array(spreads) / np.sqrt(num_draws)
    errors = np.clip(errors, 0, 1)
    noise = generator.standard_normal(_NUM_REPLICATES) * spreads[-1]
    points = tuple(
        CurvePoint(
            size,
            len(each),
            _proportion(accuracy, size),
            _bootstrapped(each, 1 - replicates),
        )
        for size, each, accuracy, replicates in zip(sizes, right, train_accuracies, errors.T, strict=True)
    )
    return LearningCurve(points, *_fit_power_laws(np.array(sizes, float), errors), noise)


def _predicted(head: Head, features: np.ndarray) -> np.ndarray:
    """Return the class of each image, int64 (n,), in float32: a third of the time of this curve went into more."""
    kernel, bias = head.fold()
    logits = features @ kernel + bias
    predicted: np.ndarray = logits.argmax(axis=1) if logits.shape[1] > 1 else (logits[:, 0] > 0).astype(np.int64)
    return predicted


def _fit_power_laws(sizes: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a, b ≥ 0 and c of a + b · n^−c for each row of errors (replicates, sizes), by weighted least squares."""
    precision = 1 / (errors.var(axis=0) + 1e-12)
    falls = sizes[:, None] ** -_EXPONENTS  # (sizes, exponents)
    total = precision.sum()
    x = precision @ falls
    xx = precision @ falls**2
    y = errors @ precision
    xy = (errors * precision) @ falls  # (replicates, exponents)
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = (total * xy - x * y[:, None]) / (total * xx - x**2)
    factors = np.where(np.isfinite(factors), np.maximum(factors, 0), 0)
    floors = (y[:, None] - factors * x) / total
    below = floors < 0  # then the best is on the border
    factors = np.where(below, xy / xx, factors)
    floors = np.where(below, 0, floors)
    residuals = errors[:, :, None] - floors[:, None] - factors[:, None] * falls
    misfits = np.einsum("s,rsc->rc", precision, residuals**2)
    chosen = misfits.argmin(axis=1)
    rows = np.arange(len(errors))
    return floors[rows, chosen], factors[rows, chosen], _EXPONENTS[chosen]


def _bootstrapped(right: np.ndarray, replicates: np.ndarray) -> Estimate:
    """Return the accuracy of trainings, bool (draws, images), from its replicates."""
    low, high = _interval(replicates)
    return Estimate(value=float(right.mean()), low=low, high=high, method="Bayesian bootstrap", n=right.shape[1])


def _interval(replicates: np.ndarray) -> tuple[float, float]:
    # Without interpolation, which between finite and infinite is neither.
    tail = (1 - _CONFIDENCE) / 2
    low, high = np.quantile(replicates, (tail, 1 - tail), method="nearest")
    return float(low), float(high)


def _proportion(share: float, num_images: int) -> Estimate:
    """Return a share of images with Jeffreys' interval."""
    from scipy.special import betaincinv  # what only reads runs does without SciPy

    tail = (1 - _CONFIDENCE) / 2
    right, wrong = share * num_images + 0.5, (1 - share) * num_images + 0.5
    low, high = (float(betaincinv(right, wrong, at)) for at in (tail, 1 - tail))
    return Estimate(value=share, low=low, high=high, method="Jeffreys", n=num_images)
