"""Seeds: the accuracy of a recipe over several trainings on the same images; what seeds and what images contribute.

Which training gets which image right is a table of seeds by images, both drawn from many. Its analysis of variance
tells apart what a training does to all images, what an image does to all trainings, and the rest.
"""

from math import inf
from typing import NamedTuple

import numpy as np

from classeur.errors import ImpossibleCountsError
from classeur.estimate import Estimate
from classeur.evaluation.intervals import Design
from classeur.evaluation.sampling import Sampling, wilson_of

_ALONE = Sampling(None)


class Spread(NamedTuple):
    """The mean accuracy of several trainings, and the two ways in which it is uncertain."""

    mean: Estimate  # for other seeds and other images of the kind
    # Standard deviation of a training's accuracy, of the seed alone; None where it is less than the rest lets tell.
    seed_deviation: float | None
    image_error: float | None  # standard error of the mean, of the images alone; likewise


class _Squares(NamedTuple):
    """Mean squares of a table (seeds, images)."""

    seeds: float
    images: float
    rest: float


def accuracy_of_seeds(right: np.ndarray, *, sampling: Sampling = _ALONE, confidence: float = 0.95) -> Spread:
    """Return the mean accuracy of trainings that differ in their seed, and its spread.

    What seeds and what images contribute is each multiplied by its own Student's quantile, and the squares are added:
    with normal contributions that holds the mean at least as often as promised, however few the seeds, and whichever
    contributes more. The interval is Wilson's for as many independent images as would be as uncertain: it stays inside
    [0, 1].

    Args:
        right: bool (seeds, images), at least two of each.
        sampling: of the images.
        confidence: share of repetitions, with new seeds and new images, whose interval holds the true mean, in (0, 1).

    Raises:
        ImpossibleCountsError: if there are fewer than two seeds or images.

    Source: Searle, Casella, McCulloch, Variance Components (1992), § 4.3 and 4.4, the two-way crossed model without
    repetition; Banerjee, Sankhyā 22 (1960) 357–358, the sum of squares; Dean, Pagano, Journal of Survey Statistics and
    Methodology 3 (2015) 484–503, Wilson's interval at an effective number.

    >>> table = np.arange(40).reshape(2, 20) % 10 < [[8], [7]]
    >>> spread = accuracy_of_seeds(table)
    >>> spread.mean.value, round(spread.seed_deviation, 2)
    (0.75, 0.05)
    """
    squares = _squares(right)
    (num_seeds, num_images), number = right.shape, right.size
    mean, of_images = float(right.mean()), _variance_of_images(right, squares, sampling)
    seeds, images = squares.seeds / number, max(0.0, of_images - squares.rest / number)
    by_seed, by_image = (_quantile(freedom, confidence) for freedom in (num_seeds - 1, _freedom(sampling, num_images)))
    # Never surer than with these seeds, of which the rest is told as well as of the images.
    square = max(
        by_seed**2 * seeds + (by_image**2 * images if images else 0.0),
        by_image**2 * max(of_images, squares.rest / number),
    )
    count = mean * (1 - mean) * by_image**2 / square if 0 < square < inf else float(num_images)
    low, high = wilson_of(mean, count, by_image if square < inf else inf)
    apart = squares.seeds - squares.rest
    return Spread(
        mean=Estimate(
            value=mean,
            low=low,
            high=high,
            method=f"two-way variance of {num_seeds} seeds, Wilson{sampling.how}",
            n=num_images,
        ),
        seed_deviation=(apart / num_images) ** 0.5 if apart > 0 else None,
        image_error=images**0.5 if images else None,
    )


class SeedDifference(NamedTuple):
    """How far the mean accuracies of two recipes lie apart, for other seeds and images, and whether chance explains it.

    Its interval and its test are of the same t.
    """

    value: float  # first minus second, −1 … 1
    low: float
    high: float
    p_value: float


def difference_of_seeds(
    first: np.ndarray, second: np.ndarray, *, sampling: Sampling = _ALONE, confidence: float = 0.95
) -> SeedDifference:
    """Return the difference of two recipes' mean accuracies, each trained with several seeds, on the same images.

    Images are paired, seeds are not. The variance is that of the difference from image to image, and that which a seed
    adds on all images.

    Args:
        first, second: bool (seeds, images), at least two seeds each, the same images in the same order.
        sampling: of the images.
        confidence: in (0, 1).

    Raises:
        ImpossibleCountsError: if there are fewer than two seeds or images, or other images.

    Source: the variance as in `accuracy_of_seeds`; Satterthwaite, Biometrics Bulletin 2 (1946) 110–114, the degrees of
    freedom.

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
    design, freedom = sampling.design(apart), _freedom(sampling, num_images)
    if freedom <= 0:
        return SeedDifference(value, -1.0, 1.0, 1.0)
    of_images = design.effect * float(apart.var(ddof=1)) / num_images
    parts = [(of_images, freedom)]
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


def _variance_of_images(right: np.ndarray, squares: _Squares, sampling: Sampling) -> float:
    """Return the variance of the mean over images, or groups of them, if the seeds are these."""
    return sampling.design(right.mean(axis=0)).effect * squares.images / right.size


def _freedom(sampling: Sampling, num_images: int) -> float:
    """Return the degrees of freedom of a variance over images or groups."""
    return min(num_images - 1.0, sampling.design(np.zeros(num_images)).freedom)


def _quantile(freedom: float, confidence: float) -> float:
    return Design(freedom=freedom).quantile(confidence)
