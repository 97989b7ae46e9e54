"""Intervals for proportions: how certain an accuracy is, and an area under the ROC curve.

Wilson's for one proportion; Newcombe's for the difference of two on different images; Tango's, with McNemar's test, for
that of two on the same images. Pure functions of counts.
"""

from math import erfc, inf
from statistics import NormalDist
from typing import NamedTuple

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
        num_images: images in all, at least 1.
        confidence: share of repetitions whose interval holds the true accuracy, in (0, 1).

    Raises:
        ImpossibleCountsError: if no evaluation can give these counts.

    Source: Wilson, JASA 22 (1927) 209–212; recommended by Brown, Cai, DasGupta, Statistical Science 16 (2001) 101–133.

    >>> low, high = wilson_interval(683, 1000)
    >>> f"{low:.3f} … {high:.3f}"
    '0.654 … 0.711'
    """
    if not 0 <= num_correct <= num_images or num_images == 0:
        raise ImpossibleCountsError(num_correct, num_images)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = num_correct / num_images
    centre = (share + z * z / (2 * num_images)) / (1 + z * z / num_images)
    half = z / (1 + z * z / num_images) * (share * (1 - share) / num_images + z * z / (4 * num_images**2)) ** 0.5
    # Exact at the ends, where rounding would leave the accuracy itself outside.
    low = centre - half if num_correct > 0 else 0.0
    high = centre + half if num_correct < num_images else 1.0
    return Interval(max(0.0, low), min(1.0, high))


def difference_interval(first: tuple[int, int], second: tuple[int, int], *, confidence: float = 0.95) -> Interval:
    """Return Newcombe's interval of the difference of two accuracies on different images, first minus second.

    Args:
        first, second: (correct, images), each as `wilson_interval` takes them.
        confidence: in (0, 1).

    Raises:
        ImpossibleCountsError: if no evaluation can give these counts.

    Source: Newcombe, Statistics in Medicine 17 (1998) 873–890, method 10.

    >>> low, high = difference_interval((56, 70), (48, 80))  # the paper's example (a), table II
    >>> f"{low:.4f} … {high:.4f}"
    '0.0524 … 0.3339'
    """
    one, two = wilson_interval(*first, confidence=confidence), wilson_interval(*second, confidence=confidence)
    return interval_between(first[0] / first[1], one, second[0] / second[1], two)


def interval_between(p: float, one: Interval, q: float, two: Interval) -> Interval:
    """Return the interval of p − q, two shares of different images, from the interval of each.

    Source: as `difference_interval`; of any two intervals: Zou, Donner, Statistics in Medicine 27 (2008) 1693–1702.

    >>> low, high = interval_between(0.9, Interval(0.8, 0.95), 0.6, Interval(0.5, 0.7))
    >>> round(low, 3), round(high, 3)
    (0.159, 0.412)
    """
    low = p - q - ((p - one.low) ** 2 + (two.high - q) ** 2) ** 0.5
    high = p - q + ((one.high - p) ** 2 + (q - two.low) ** 2) ** 0.5
    return Interval(low, high)


def auroc_interval(area: float, num_like: float, num_unlike: float, *, confidence: float = 0.95) -> Interval:
    """Return the interval of an area under the ROC curve; it has a width at 1 and for few images, too.

    Args:
        area: the chance that an image of the second set scores above one of the first, 0 … 1.
        num_like, num_unlike: images of the first and the second set, each at least 1; of groups, as many as would vary
            so much, which need not be a whole number.
        confidence: in (0, 1).

    Raises:
        ImpossibleCountsError: if a set is empty.

    Source: Newcombe, Statistics in Medicine 25 (2006) 559–573, method 5.

    >>> low, high = auroc_interval(0.95, 100, 50)
    >>> f"{low:.3f} … {high:.3f}"
    '0.894 … 0.976'
    """
    if min(num_like, num_unlike) < 1:
        raise ImpossibleCountsError(0, int(min(num_like, num_unlike)))
    from scipy.optimize import brentq  # predicting, which states no area, does without SciPy

    z, usual = NormalDist().inv_cdf(0.5 + confidence / 2), (num_like + num_unlike) / 2 - 1

    def refused(true: float) -> float:
        """Return how far the observed area is from what a true one allows; negative if it is allowed."""
        spread = 1 + usual * (1 - true) / (2 - true) + usual * true / (1 + true)
        return (area - true) ** 2 - z * z * true * (1 - true) * spread / (num_like * num_unlike)

    step = 1e-12  # at 0 and 1 themselves there is no variance
    low = 0.0 if area <= 0 else brentq(refused, 0.0, min(area, 1 - step), xtol=1e-13)
    high = 1.0 if area >= 1 else brentq(refused, max(area, step), 1.0, xtol=1e-13)
    return Interval(min(float(low), area), max(float(high), area))


class Design(NamedTuple):
    """What it does to a number that images come in groups, such as the frames of one scene.

    Source: Kish, Survey Sampling (1965), § 8.2, the design effect.
    """

    effect: float = 1.0  # by how much its variance is that of as many single images, at least 1
    freedom: float = inf  # how many degrees of freedom that variance has; at most 0 of one group, which tells nothing

    def quantile(self, confidence: float) -> float:
        """Return how many standard errors an interval reaches to each side: Student's quantile."""
        if self.freedom == inf:
            return NormalDist().inv_cdf(0.5 + confidence / 2)
        from scipy.special import stdtrit  # predicting, which states no difference, does without SciPy

        return float(stdtrit(self.freedom, 0.5 + confidence / 2)) if self.freedom > 0 else inf

    def p_value(self, distance: float) -> float:
        """Return how often chance alone brings a number so many standard errors from what it is, or more."""
        if self.freedom == inf:
            return erfc(abs(distance) / 2**0.5)
        from scipy.special import stdtr

        return 2 * float(stdtr(self.freedom, -abs(distance))) if self.freedom > 0 else 1.0


ALONE = Design()


class PairedDifference(NamedTuple):
    """The difference of two models on the same images, and whether chance explains it, by one method."""

    value: float  # accuracy of the first minus that of the second, −1 … 1
    low: float
    high: float
    p_value: float  # two-sided; below 1 − confidence exactly where 0 lies outside low … high


def paired_difference(
    only_first: int, only_second: int, num_images: int, *, confidence: float = 0.95, design: Design = ALONE
) -> PairedDifference:
    """Return the difference of two accuracies on the same images, with its score interval and McNemar's test.

    The test asks whether the true difference can be 0, and the interval has every difference that the same test does
    not reject, so they never disagree. Images that both models got right, or both wrong, do not tell which is better;
    they count in `num_images` only. Where images come in groups, the variance is larger by the design effect, and
    Student's quantile takes the place of the normal one, in the test and in the interval alike.

    Args:
        only_first, only_second: images that only one of the models got right.
        num_images: images that both models were evaluated on, at least 1.
        confidence: in (0, 1).
        design: of the difference, where images come in groups (`Sampling.design`).

    Raises:
        ImpossibleCountsError: if a count is negative, there is no image, or there are more differences than images.

    Source: Tango, Statistics in Medicine 17 (1998) 891–908, the score interval; at 0 its statistic is McNemar's,
    Psychometrika 12 (1947) 153–157. Both recommended by Fagerland, Lydersen, Laake, Statistics in Medicine 33 (2014)
    2850–2875. Of groups: a score statistic divided by the design effect, Rao, Scott, Biometrics 48 (1992) 577–585.

    >>> found = paired_difference(33, 52, 400)
    >>> f"{found.value:+.4f} ({found.low:+.4f} … {found.high:+.4f}), p = {found.p_value:.3f}"
    '-0.0475 (-0.0933 … -0.0024), p = 0.039'
    >>> round(paired_difference(33, 52, 400, design=Design(effect=3, freedom=19)).p_value, 2)
    0.25
    """
    num_different = only_first + only_second
    if min(only_first, only_second) < 0 or num_images == 0 or num_different > num_images:
        raise ImpossibleCountsError(num_different, num_images)
    value = (only_first - only_second) / num_images
    quantile = design.quantile(confidence)
    if quantile == inf:
        return PairedDifference(value, -1.0, 1.0, 1.0)
    square = quantile**2 * design.effect
    if num_different == 0:
        end = square / (num_images + square)
        return PairedDifference(0.0, -end, end, 1.0)

    from scipy.optimize import brentq  # predicting, which states no difference, does without SciPy

    def refused(difference: float) -> float:
        """Return how far the test is from accepting a difference; negative if it accepts it."""
        variance = _paired_variance(difference, only_first, only_second, num_images)
        return (num_images * (value - difference)) ** 2 - square * variance

    step = 1e-12  # at the difference itself, the variance may be 0
    low = -1.0 if value == -1 else brentq(refused, -1.0, value - step, xtol=1e-13)
    high = 1.0 if value == 1 else brentq(refused, value + step, 1.0, xtol=1e-13)
    p_value = design.p_value((only_first - only_second) / (num_different * design.effect) ** 0.5)
    return PairedDifference(value, float(low), float(high), p_value)


def _paired_variance(difference: float, only_first: int, only_second: int, num_images: int) -> float:
    """Return n² times the variance of the observed difference if this is the true one (Tango's equation 9)."""
    b = -(only_first + only_second) + (2 * num_images - only_first + only_second) * difference
    c = -only_second * difference * (1 - difference)
    share = (max(0.0, b * b - 8 * num_images * c) ** 0.5 - b) / (
        4 * num_images
    )  # of images that only the second gets right
    return float(max(0.0, num_images * (2 * share + difference * (1 - difference))))
