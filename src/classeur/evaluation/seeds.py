"""Seeds: the accuracy of a recipe over several trainings on the same images; what seeds and what images contribute.

Which training gets which image right is a table of seeds by images, both drawn from many. Its analysis of variance
tells apart what a training does to all images, what an image does to all trainings, and the rest.
"""

from typing import NamedTuple

import numpy as np

from classeur.errors import ImpossibleCountsError
from classeur.estimate import Estimate


class Spread(NamedTuple):
    """The mean accuracy of several trainings, and the two ways in which it is uncertain."""

    mean: Estimate  # for other seeds and other images of the kind
    seed_deviation: float  # standard deviation of a training's accuracy, of the seed alone
    image_error: float  # standard error of the mean, of the images alone


class _Squares(NamedTuple):
    """Mean squares of a table (seeds, images)."""

    seeds: float
    images: float
    rest: float


def accuracy_of_seeds(right: np.ndarray, *, confidence: float = 0.95) -> Spread:
    """Return the mean accuracy of trainings that differ in their seed, and its spread.

    The interval is Wilson's for as many independent images as have the same variance, with Student's t in place of the
    normal: it stays inside [0, 1], and is wide for few seeds that differ much.

    Args:
        right: bool (seeds, images), at least two of each.
        confidence: share of repetitions, with new seeds and new images, whose interval holds the true mean, in (0, 1).

    Raises:
        ImpossibleCountsError: if there are fewer than two seeds or images.

    Source: Searle, Casella, McCulloch, Variance Components (1992), § 4.3 and 4.4, the two-way crossed model without
    repetition; Satterthwaite, Biometrics Bulletin 2 (1946) 110–114, the degrees of freedom; Dean, Pagano, Journal of
    Survey Statistics and Methodology 3 (2015) 484–503, Wilson's interval at an effective number.

    >>> table = np.arange(40).reshape(2, 20) % 10 < [[8], [7]]
    >>> spread = accuracy_of_seeds(table)
    >>> spread.mean.value, round(spread.seed_deviation, 2)
    (0.75, 0.05)
    """
    squares = _squares(right)
    num_seeds, num_images = right.shape
    mean = float(right.mean())
    variance = _variance_of_mean(squares, num_seeds, num_images)
    low, high = _effective_wilson(mean, variance, _degrees(squares, num_seeds, num_images), num_images, confidence)
    return Spread(
        mean=Estimate(
            value=mean, low=low, high=high, method=f"two-way variance of {num_seeds} seeds, Wilson", n=num_images
        ),
        seed_deviation=max(0.0, squares.seeds - squares.rest) ** 0.5 / num_images**0.5,
        image_error=max(0.0, squares.images - squares.rest) ** 0.5 / (num_seeds * num_images) ** 0.5,
    )


class SeedDifference(NamedTuple):
    """How far the mean accuracies of two recipes lie apart, for other seeds and images, and whether chance explains it.

    Its interval and its test are of the same t.
    """

    value: float  # first minus second, −1 … 1
    low: float
    high: float
    p_value: float


def difference_of_seeds(first: np.ndarray, second: np.ndarray, *, confidence: float = 0.95) -> SeedDifference:
    """Return the difference of two recipes' mean accuracies, each trained with several seeds, on the same images.

    Images are paired, seeds are not. The variance is that of the difference from image to image, and that which a seed
    adds on all images.

    Args:
        first, second: bool (seeds, images), at least two seeds each, the same images in the same order.
        confidence: in (0, 1).

    Raises:
        ImpossibleCountsError: if there are fewer than two seeds or images, or other images.

    Source: as `accuracy_of_seeds`.

    >>> one, other = np.arange(400).reshape(2, 200) % 10 < 8, np.arange(400).reshape(2, 200) % 10 < 5
    >>> found = difference_of_seeds(one, other)
    >>> round(found.value, 2), found.low > 0
    (0.3, True)
    """
    if first.shape[1] != second.shape[1]:
        raise ImpossibleCountsError(first.shape[1], second.shape[1])
    from scipy.stats import t as student

    num_images = first.shape[1]
    apart = first.mean(axis=0) - second.mean(axis=0)
    value = float(apart.mean())
    of_images = float(apart.var(ddof=1)) / num_images
    parts = [(of_images, num_images - 1)]
    for table in (first, second):
        squares, number = _squares(table), table.size
        # What seeds add to that: their rest is in the differences of the images already.
        parts.append((squares.seeds / number, len(table) - 1))
        parts.append((-squares.rest / number, (len(table) - 1) * (num_images - 1)))
    variance = max(of_images, sum(part for part, _ in parts))
    if not variance:
        return SeedDifference(value, value, value, 1.0 if value == 0 else 0.0)
    degrees = variance**2 / sum(part**2 / freedom for part, freedom in parts)
    half = float(student.ppf(0.5 + confidence / 2, degrees)) * variance**0.5
    p_value = 2 * float(student.sf(abs(value) / variance**0.5, degrees))
    return SeedDifference(value, max(-1.0, value - half), min(1.0, value + half), p_value)


def _squares(right: np.ndarray) -> _Squares:
    """Return the mean squares of a table.

    Raises:
        ImpossibleCountsError: if there are fewer than two seeds or images.
    """
    num_seeds, num_images = right.shape
    if min(num_seeds, num_images) < 2:
        raise ImpossibleCountsError(num_seeds, num_images)
    of_seeds, of_images = right.mean(axis=1), right.mean(axis=0)
    rest = right - of_seeds[:, None] - of_images + right.mean()
    return _Squares(
        seeds=num_images * float(of_seeds.var(ddof=1)),
        images=num_seeds * float(of_images.var(ddof=1)),
        rest=float((rest**2).sum()) / ((num_seeds - 1) * (num_images - 1)),
    )


def _variance_of_mean(squares: _Squares, num_seeds: int, num_images: int) -> float:
    """Return the variance of the mean over seeds and images; never less than that of the images with fixed seeds."""
    return max(squares.seeds + squares.images - squares.rest, squares.images) / (num_seeds * num_images)


def _degrees(squares: _Squares, num_seeds: int, num_images: int) -> float:
    """Return Satterthwaite's degrees of freedom of that variance."""
    parts = (
        (squares.seeds, num_seeds - 1),
        (squares.images, num_images - 1),
        (squares.rest, (num_seeds - 1) * (num_images - 1)),
    )
    below = sum(square**2 / freedom for square, freedom in parts)
    above = max(squares.seeds + squares.images - squares.rest, squares.images) ** 2
    return above / below if below else float(num_images - 1)


def _effective_wilson(
    mean: float, variance: float, degrees: float, num_images: int, confidence: float
) -> tuple[float, float]:
    """Return Wilson's interval for as many images as have this variance, with Student's t."""
    from scipy.stats import t as student

    t = float(student.ppf(0.5 + confidence / 2, degrees))
    number = mean * (1 - mean) / variance if variance else float(num_images)
    centre = (mean + t * t / (2 * number)) / (1 + t * t / number)
    half = t / (1 + t * t / number) * (mean * (1 - mean) / number + t * t / (4 * number**2)) ** 0.5
    return max(0.0, min(centre - half, mean)), min(1.0, max(centre + half, mean))
