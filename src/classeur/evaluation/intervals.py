"""Intervals for proportions: how sure an accuracy is.

Wilson's for one proportion; Newcombe's for the difference of two, of different images or of the same. Pure functions of
counts.
"""

from typing import NamedTuple

from scipy.stats import binomtest, norm

from classeur.errors import ImpossibleCountsError


class Interval(NamedTuple):
    """A closed range of plausible values, both ends in the unit of what was estimated."""

    low: float
    high: float


def wilson_interval(num_correct: int, num_images: int, *, confidence: float = 0.95) -> Interval:
    """Return the Wilson score interval of an accuracy.

    Unlike the textbook's p ± 1.96·s it stays inside [0, 1] and keeps its coverage near 0 and 1 and for few images.

    Args:
        num_correct: images classified correctly, 0 … num_images.
        num_images: images judged, at least 1.
        confidence: share of repetitions whose interval holds the true accuracy, in (0, 1).

    Raises:
        ImpossibleCountsError: if the counts could not have come from judging images.

    Source: Wilson, JASA 22 (1927) 209–212; recommended by Brown, Cai, DasGupta, Statistical Science 16 (2001) 101–133.

    >>> low, high = wilson_interval(683, 1000)
    >>> f"{low:.3f} … {high:.3f}"
    '0.654 … 0.711'
    """
    if not 0 <= num_correct <= num_images or num_images == 0:
        raise ImpossibleCountsError(num_correct, num_images)
    z = float(norm.ppf(0.5 + confidence / 2))
    share = num_correct / num_images
    centre = (share + z * z / (2 * num_images)) / (1 + z * z / num_images)
    half = z / (1 + z * z / num_images) * (share * (1 - share) / num_images + z * z / (4 * num_images**2)) ** 0.5
    # At the ends exactly, where rounding would leave the accuracy itself outside.
    low = centre - half if num_correct > 0 else 0.0
    high = centre + half if num_correct < num_images else 1.0
    return Interval(max(0.0, low), min(1.0, high))


def difference_interval(first: tuple[int, int], second: tuple[int, int], *, confidence: float = 0.95) -> Interval:
    """Return Newcombe's interval of the difference of two accuracies on different images, first minus second.

    Args:
        first, second: (correct, images), each as `wilson_interval` takes them.
        confidence: in (0, 1).

    Raises:
        ImpossibleCountsError: if the counts could not have come from judging images.

    Source: Newcombe, Statistics in Medicine 17 (1998) 873–890, method 10.

    >>> low, high = difference_interval((56, 70), (48, 80))  # the paper's example (a), table II
    >>> f"{low:.4f} … {high:.4f}"
    '0.0524 … 0.3339'
    """
    p, q = first[0] / max(first[1], 1), second[0] / max(second[1], 1)
    one, two = wilson_interval(*first, confidence=confidence), wilson_interval(*second, confidence=confidence)
    low = p - q - ((p - one.low) ** 2 + (two.high - q) ** 2) ** 0.5
    high = p - q + ((one.high - p) ** 2 + (q - two.low) ** 2) ** 0.5
    return Interval(low, high)


def paired_interval(
    both: int, only_first: int, only_second: int, neither: int, *, confidence: float = 0.95
) -> Interval:
    """Return Newcombe's interval of the difference of two accuracies on the same images, first minus second.

    Args:
        both, only_first, only_second, neither: how many images each of two models got right.
        confidence: in (0, 1).

    Raises:
        ImpossibleCountsError: if a count is negative or there is no image.

    Source: Newcombe, Statistics in Medicine 17 (1998) 2635–2650, method 10 (with its correction of φ).

    >>> low, high = paired_interval(36, 12, 2, 0)  # the paper's table I, example (a)
    >>> f"{low:.4f} … {high:.4f}"
    '0.0569 … 0.3404'
    """
    num_images = both + only_first + only_second + neither
    if min(both, only_first, only_second, neither) < 0 or num_images == 0:
        raise ImpossibleCountsError(both, num_images)
    p, q = (both + only_first) / num_images, (both + only_second) / num_images
    one = wilson_interval(both + only_first, num_images, confidence=confidence)
    two = wilson_interval(both + only_second, num_images, confidence=confidence)
    margins = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    product: float = both * neither - only_first * only_second
    if product > num_images / 2:
        product = product - num_images / 2
    elif product >= 0:
        product = 0
    phi = product / margins**0.5 if margins else 0.0
    a, b, c, d = p - one.low, two.high - q, one.high - p, q - two.low
    low = p - q - max(0.0, a * a - 2 * phi * a * b + b * b) ** 0.5
    high = p - q + max(0.0, c * c - 2 * phi * c * d + d * d) ** 0.5
    return Interval(low, high)


def mcnemar_p_value(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p-value of McNemar's test: could two models be equally good on these images?

    Args:
        only_first, only_second: images that one of the models alone got right.

    Source: McNemar, Psychometrika 12 (1947) 153–157, with the exact binomial distribution.

    >>> round(mcnemar_p_value(12, 2), 4)
    0.0129
    """
    num_different = only_first + only_second
    return float(binomtest(only_first, num_different, 0.5).pvalue) if num_different else 1.0
