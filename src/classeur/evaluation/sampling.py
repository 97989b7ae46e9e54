"""How images came to be judged, and what that makes of a number's uncertainty.

A number that is computed from images changes a little with each of them: its influence. The standard error is that of
the influences' sum over images, or over groups where images come in groups: twenty frames of one scene tell little more
than one. No resampling is drawn, so that the same images give the same interval in any order.
"""

from collections.abc import Hashable, Sequence
from math import exp, inf, log, log1p
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from classeur.estimate import Estimate
from classeur.evaluation.intervals import ALONE, Design, Interval, wilson_interval

CONFIDENCE = 0.95


class Sampling(NamedTuple):
    """Which images were drawn independently of each other.

    >>> alone = Sampling.of(None)
    >>> alone.proportion(np.array([True, True, True, False])).method
    'Wilson'
    """

    clusters: np.ndarray | None  # int64 (n,), groups by number, 0 … groups − 1; None if every image stands alone

    @classmethod
    def of(cls, groups: Sequence[Hashable] | None) -> "Sampling":
        """Return the sampling of images by the group of each; one whose group is "" or None stands alone."""
        if groups is None or not any(groups):
            return cls(None)
        numbers: dict[Hashable, int] = {}
        own = [numbers.setdefault((0, group) if group else (1, at), len(numbers)) for at, group in enumerate(groups)]
        return cls(np.array(own, np.int64) if len(numbers) < len(own) else None)

    def standard_error(self, influence: np.ndarray) -> float:
        """Return the standard error of a number from each image's influence on it, float (n,), which sum to 0.

        Source: Woodruff, JASA 66 (1971) 411–414, linearisation; Wolter, Introduction to Variance Estimation (2007), 6.
        """
        values = self._of_units(influence)
        return float((np.square(values).sum() * len(values) / max(len(values) - 1, 1)) ** 0.5)

    def half_width(self, influence: np.ndarray) -> float:
        """Return how far an interval reaches to each side of a number, on its own scale; of one image or group, inf.

        Student's quantile in place of the normal one tells that the standard error is not certain either.
        """
        quantile = student_quantile(self.freedom(influence))
        return inf if quantile == inf else quantile * self.standard_error(influence)

    def freedom(self, influence: np.ndarray) -> float:
        """Return the degrees of freedom of a standard error: few where a few images have most of the influence.

        These are the errors of a good model, for example.

        Source: Satterthwaite, Biometrics Bulletin 2 (1946) 110–114, with the variance of a variance by the fourth
        moment: Cramér, Mathematical Methods of Statistics (1946), 27.4.
        """
        squares = np.square(self._of_units(influence))
        total, num_units = float(squares.sum()), len(squares)
        doubt = float(np.square(squares).sum()) / total**2 - 1 / num_units if total > 0 else 0.0
        return min(num_units - 1.0, 2 / doubt if doubt > 0 else inf)

    def design(self, values: np.ndarray) -> Design:
        """Return what groups do to the mean of a value of each image, float (n,).

        The variance over groups is freed of the bias that few or unequal groups give it; unequal ones count for fewer.
        It is never taken as less than that of single images, and where all images have one value, each group counts
        as one image: then nobody can tell how alike the images of a group are.

        Source: Bell, McCaffrey, Survey Methodology 28 (2002) 169–181, the variance; Carter, Schnepel, Steigerwald,
        Review of Economics and Statistics 99 (2017) 698–709, the effective number of groups.
        """
        if self.clusters is None:
            return ALONE
        sizes, num_images = np.bincount(self.clusters), len(values)
        freedom = num_images**2 / float(np.square(sizes).sum()) - 1
        apart = np.asarray(values - values.mean(), np.float64)
        alone = float(np.square(apart).sum())
        if len(sizes) < 2 or not alone:
            return Design(num_images / len(sizes), freedom)
        of_groups = float((np.square(np.bincount(self.clusters, apart)) / (1 - sizes / num_images)).sum())
        return Design(max(1.0, of_groups / alone), freedom)

    def num_units(self, among: np.ndarray) -> int:
        """Return how many images, or groups of them, of those in `among`, bool (n,), are independent."""
        return int(among.sum()) if self.clusters is None else len(np.unique(self.clusters[among]))

    @property
    def how(self) -> str:
        """What an interval's name says of groups."""
        return "" if self.clusters is None else _of_groups(int(self.clusters.max()) + 1)

    def proportion(self, hits: np.ndarray, among: np.ndarray | None = None) -> Estimate | None:
        """Return a share of images with Wilson's interval; None if it is a share of none.

        Of groups, an image counts for less, by how much more the share varies between groups than single images would.

        Args:
            hits: bool (n,), the images that are counted.
            among: bool (n,), the images of which the share is; all if None.

        Source: Wilson, JASA 22 (1927) 209–212; of groups: Korn, Graubard, Survey Methodology 24 (1998) 193–201;
        Dean, Pagano, Journal of Survey Statistics and Methodology 3 (2015) 484–503.
        """
        among = np.ones(len(hits), bool) if among is None else among
        count, total = int((hits & among).sum()), int(among.sum())
        if not total:
            return None
        share = count / total
        if self.clusters is None:
            low, high = wilson_interval(count, total)
            return Estimate(value=share, low=low, high=high, method="Wilson", n=total)
        num_units = self.num_units(among)
        error = self.standard_error(among * (hits - share) / total)
        # Where all are alike nobody can tell how alike groups are within: then each group counts as one image.
        counted = min(total, share * (1 - share) / error**2) if error > 0 and 0 < count < total else num_units
        low, high = wilson_of(share, max(counted, 1.0), student_quantile(num_units - 1))
        return Estimate(value=share, low=low, high=high, method=f"Wilson{_of_groups(num_units)}", n=total)

    def mean(self, values: np.ndarray) -> Estimate:
        """Return a mean of values of 0 or more, float (n,), with an interval on the scale of its logarithm."""
        mean = float(values.mean())
        low, high = on_log_scale(mean, self.half_width((values - mean) / len(values)))
        return Estimate(value=mean, low=low, high=high, method=f"delta, logarithm{self.how}", n=len(values))

    def error_within(self, influence: np.ndarray, among: np.ndarray) -> float:
        """Return the standard error that some images, or groups of them, give to a number; of one unit, 0.

        Args:
            influence: of each image on the number, float (n,).
            among: bool (n,), the images that were drawn by themselves, such as those of a class.
        """
        values = influence[among] if self.clusters is None else np.bincount(self.clusters[among], influence[among])
        if self.clusters is not None:
            values = values[np.bincount(self.clusters[among]) > 0]
        return float((len(values) * values.var(ddof=1)) ** 0.5) if len(values) > 1 else 0.0

    def num_effective(self, influence: np.ndarray, among: np.ndarray) -> float:
        """Return how many single images would give a number as much error as those in `among` do.

        Between the number of their groups and their own.
        """
        total, units = int(among.sum()), self.num_units(among)
        alone = Sampling(None).error_within(influence, among)
        effect = (self.error_within(influence, among) / alone) ** 2 if alone > 0 else inf
        return max(float(units), total / max(effect, 1.0))

    def _of_units(self, influence: np.ndarray) -> np.ndarray:
        """Return the influence of each image or group."""
        return influence if self.clusters is None else np.bincount(self.clusters, influence)


def _of_groups(number: int) -> str:
    return f", of {number:,} group{'' if number == 1 else 's'}"


def on_log_scale(value: float, half: float) -> Interval:
    """Return the interval of a number above 0: as wide to both sides on the scale of its logarithm.

    >>> low, high = on_log_scale(0.5, 0.1)
    >>> round(low, 3), round(high, 3)
    (0.409, 0.611)
    """
    if half == inf:
        return Interval(0.0, inf)
    if value <= 0 or half <= 0:
        return Interval(value, value)
    factor = exp(min(half / value, 700.0))
    return Interval(value / factor, value * factor)


def on_logit_scale(value: float, half: float) -> Interval:
    """Return the interval of a number between 0 and 1: as wide to both sides on the scale of log(v / (1 − v)).

    >>> low, high = on_logit_scale(0.9, 0.05)
    >>> round(low, 3), round(high, 3)
    (0.838, 0.94)
    """
    if half == inf:
        return Interval(0.0, 1.0)
    if not 0 < value < 1 or half <= 0:
        return Interval(value, value)
    middle, reach = log(value) - log1p(-value), half / (value * (1 - value))
    return Interval(*(1 / (1 + exp(min(-at, 700.0))) for at in (middle - reach, middle + reach)))


def student_quantile(freedom: float) -> float:
    """Return Student's 97.5 % quantile; that of one degree of freedom or less is taken as infinite.

    Within 4 % of the exact one from 2 degrees on, without SciPy.

    Source: Abramowitz, Stegun, Handbook of Mathematical Functions (1964), 26.7.5.

    >>> round(student_quantile(9), 3), round(student_quantile(100), 3)
    (2.262, 1.984)
    """
    if freedom <= 1:
        return inf
    z, v = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2), freedom
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * v**4)
    )


def wilson_of(share: float, count: float, quantile: float) -> Interval:
    """Return Wilson's interval of a share of so many images, which need not be a whole number.

    >>> low, high = wilson_of(0.75, 40, 2.0)
    >>> round(low, 3), round(high, 3)
    (0.595, 0.86)
    """
    if quantile == inf:
        return Interval(0.0, 1.0)
    square = quantile**2
    centre = (share + square / (2 * count)) / (1 + square / count)
    half = quantile / (1 + square / count) * (share * (1 - share) / count + square / (4 * count**2)) ** 0.5
    return Interval(max(0.0, centre - half) if share > 0 else 0.0, min(1.0, centre + half) if share < 1 else 1.0)
