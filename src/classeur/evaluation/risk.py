"""Risk: how often a model errs if it may say that it is unsure, and from which probability on it keeps a limit.

Pure functions of how sure a model was of each image (its highest probability) and whether it was wrong. NumPy alone,
so that an installation that only predicts has them.

Where images come in groups, such as persons or bursts, a promise is about other groups, and images of a group may all
be wrong together: they tell as much as one. So numbers of images are divided by `mean_group_size`.
"""

from math import ceil, floor, log, log1p
from typing import NamedTuple

import numpy as np

CONFIDENCE = 0.95
"""Share of draws of the judged images for which a promise holds."""

# Limits that are tried where the one that was asked for cannot be promised.
_ROUND_LIMITS = (
    0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25,
    0.3, 0.4, 0.5,
)  # fmt: skip

# How much smaller each start of the search is than the one before. Simulated, on 1,000 images: with 1.5 about as many
# are answered as with 1.25 and with 2, and with 4 fewer where the surest images are not all right.
_BETWEEN_STARTS = 1.5

# Of a number that is another but for this.
_ROUNDING = 1e-9

# Rows of a curve that is written.
_MOST_POINTS = 1_000


class Point(NamedTuple):
    """A threshold of sureness, and what lies above it."""

    threshold: float  # the model answers where its highest probability is above
    num_answered: int
    num_wrong: int
    num_images: int

    @property
    def coverage(self) -> float:
        """The share of the images that are answered."""
        return self.num_answered / self.num_images

    @property
    def error(self) -> float:
        """The share of the answers that are wrong."""
        return self.num_wrong / self.num_answered if self.num_answered else 0.0


class Promise(NamedTuple):
    """A threshold with which a limit is kept, and what it was found on."""

    limit: float  # of the share of wrong answers
    threshold: float  # the model answers where its highest probability is above
    num_answered: int
    num_wrong: int
    num_images: int
    confidence: float = CONFIDENCE
    num_groups: int | None = None  # of the images; None if each stands alone

    @property
    def coverage(self) -> float:
        """The share of the images that were answered."""
        return self.num_answered / self.num_images


class RecallPromise(NamedTuple):
    """A threshold for one of two classes with which a least recall is kept, and what it was found on."""

    limit: float  # of the recall
    threshold: float  # an image counts as of the class where its probability is at least that
    num_found: int  # images of the class that do
    num_of_class: int
    num_others: int  # images of the other class that do, too
    num_of_others: int
    confidence: float = CONFIDENCE
    num_groups: int | None = None  # of the images of the class; None if each stands alone


def risk_coverage(sureness: np.ndarray, is_wrong: np.ndarray) -> list[Point]:
    """Return error and coverage by threshold, from few answers to all; images that are equally sure go together.

    Args:
        sureness: float (n,), the highest probability of each image.
        is_wrong: bool (n,).

    Source: El-Yaniv, Wiener, Journal of Machine Learning Research 11 (2010) 1605–1641.

    >>> for point in risk_coverage(np.array([0.9, 0.6, 0.8]), np.array([False, True, False])):
    ...     print(f"{point.threshold:.1f} {point.coverage:.2f} {point.error:.2f}")
    0.8 0.33 0.00
    0.6 0.67 0.00
    0.0 1.00 0.33
    """
    sorted_ = _Sorted.of(sureness, is_wrong)
    return [sorted_.point(each) for each in sorted_.ends.tolist()]


def thinned(points: list[Point], most: int = _MOST_POINTS) -> list[Point]:
    """Return at most so many points of a curve, spread evenly, the last among them."""
    if len(points) <= most:
        return points
    return [points[at] for at in np.linspace(0, len(points) - 1, most).astype(int).tolist()]


def area_under_risk(sureness: np.ndarray, is_wrong: np.ndarray) -> float:
    """Return the mean error over all numbers of answers, the surest first: 0 for a model that errs last or never.

    Source: Geifman, Uziel, El-Yaniv, "Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers" (2019).

    >>> area_under_risk(np.array([0.9, 0.8, 0.7, 0.6]), np.array([False, False, False, True]))
    0.0625
    """
    sorted_ = _Sorted.of(sureness, is_wrong)
    return float((sorted_.num_wrong[1:] / np.arange(1, len(sureness) + 1)).mean())


def mean_group_size(groups: np.ndarray | None) -> float:
    """Return how many images the group of an image has, on average over images; 1 where each stands alone.

    It is the design effect of images that are wrong only by whole groups, the largest that there is: as many images as
    it says tell as much as one that stands alone.

    Args:
        groups: of each image, int (n,), as `Sampling.clusters` has them.

    Source: Kish, Survey Sampling (1965): 1 + (size - 1) · correlation, with a correlation of 1, and for groups of
    several sizes an effective number of (Σ size)² / Σ size².

    >>> mean_group_size(np.array([0, 0, 0, 1])), mean_group_size(None)
    (2.5, 1.0)
    """
    if groups is None or not len(groups):
        return 1.0
    sizes = np.unique(groups, return_counts=True)[1]
    return float(np.square(sizes).sum() / sizes.sum())


def least_images(limit: float) -> int:
    """Return how many images, all right and each alone, it takes to promise that a limit of errors is kept.

    >>> least_images(0.01), least_images(0.05)
    (299, 59)
    """
    return ceil(log(1 - CONFIDENCE) / log1p(-limit))


def keep_error(
    sureness: np.ndarray, is_wrong: np.ndarray, limit: float, *, groups: np.ndarray | None = None
) -> Promise | None:
    """Return the threshold that answers most images and keeps the share of wrong answers at or below a limit.

    With a confidence of 95 %, over draws of the judged images, the answers to further images of their kind are wrong at
    most so often. None if no threshold can promise that.

    Of the m surest images, above the next one as a threshold, the number of wrong ones is binomial with the
    error above that threshold. So "the error is above the limit" can be tested exactly, as Clopper and Pearson do, and
    thresholds are tested from sure to unsure until one is not rejected: the search costs no confidence. As the surest
    images may hold an error by chance, there are several starts, among which the 5 % are divided. Where the search
    begins is settled by the limit and the number of images alone.

    Of groups, the test is that of as many images as there would be if each group were one, a part of an error counted
    as a whole one. Of shares between 0 and 1 with the same mean, those that are 0 or 1 vary most, so no kind of groups
    is worse. What is left is simulated: tests/evaluation/test_risk.py.

    Args:
        sureness: float (n,), the highest probability of each image; the model was not fitted to these images.
        is_wrong: bool (n,).
        limit: of the share of wrong answers, in (0, 1).
        groups: of each image, int (n,), as `Sampling.clusters` has them; None if each stands alone.

    Source: fixed sequence testing with several starts, Angelopoulos, Bates, Candès, Jordan, Lei, "Learn then Test"
    (2021); Clopper, Pearson, Biometrika 26 (1934) 404–413. That thresholds between images may be tested as
    if they were fixed is shown in docs/decide.md.

    >>> sureness = np.linspace(0.5, 1, 400)
    >>> keep_error(sureness, sureness < 0.6, 0.02).num_answered
    321
    >>> keep_error(sureness[:100], sureness[:100] < 0.6, 0.01) is None
    True
    """
    sorted_ = _Sorted.of(sureness, is_wrong)
    binomial = _Binomial(limit, mean_group_size(groups))
    starts = _starts(binomial, len(sureness))
    best = 0
    for start in starts:
        best = max(best, sorted_.last_kept(start, binomial, (1 - CONFIDENCE) / len(starts)))
    if not best:
        return None
    point = sorted_.point(best)
    return Promise(
        limit, point.threshold, point.num_answered, point.num_wrong, point.num_images, num_groups=_count(groups)
    )


def least_promise(sureness: np.ndarray, is_wrong: np.ndarray, *, groups: np.ndarray | None = None) -> Promise | None:
    """Return the promise of the smallest round limit that these images allow; None if there is none.

    To choose a limit by what it brings is a further look at the images: it holds for a limit that is chosen before.
    """
    return next(filter(None, (keep_error(sureness, is_wrong, limit, groups=groups) for limit in _ROUND_LIMITS)), None)


def keep_recall(
    probability: np.ndarray, is_of_class: np.ndarray, limit: float, *, groups: np.ndarray | None = None
) -> RecallPromise | None:
    """Return the highest threshold for one of two classes that keeps its recall at or above a limit.

    With a confidence of 95 %, over draws of the judged images, at least such a share of further images of the class has
    a probability of at least the threshold. It is an order statistic of those of the class, so nothing is searched.
    None if they are too few, which is all that keeps it from being promised: `most_recall` says what can be. Of groups,
    as many images as a group has count as one.

    Args:
        probability: float (n,), of the class.
        is_of_class: bool (n,).
        limit: of the recall, in (0, 1).
        groups: as `keep_error` takes them.

    Source: one-sided tolerance limits, Wilks, Annals of Mathematical Statistics 12 (1941) 91–96.

    >>> probability = np.linspace(0, 1, 201)
    >>> keep_recall(probability, probability > 0.25, 0.9).num_found
    142
    >>> keep_recall(probability, probability > 0.9, 0.9) is None
    True
    """
    own = np.sort(probability[is_of_class])
    own_groups = None if groups is None else groups[is_of_class]
    binomial = _Binomial(1 - limit, mean_group_size(own_groups))
    # The number of images of the class below their (1 − limit)-quantile is binomial.
    rank = 0
    while rank < len(own) and binomial.at_most(rank, len(own)) <= (1 - CONFIDENCE) * (1 + _ROUNDING):
        rank += 1
    if not rank:
        return None
    threshold = float(own[rank - 1])
    others = probability[~is_of_class]
    return RecallPromise(
        limit,
        threshold,
        int((own >= threshold).sum()),
        len(own),
        int((others >= threshold).sum()),
        len(others),
        num_groups=_count(own_groups),
    )


def most_recall(num_images: int, *, groups: np.ndarray | None = None) -> float:
    """Return the largest recall that so many images of a class can promise, in whole tenths of a percent; 0 of none.

    Args:
        num_images: of the class.
        groups: of these images, as `keep_error` takes them.

    >>> most_recall(59), most_recall(1), most_recall(0)
    (0.95, 0.05, 0.0)
    """
    if not num_images:
        return 0.0
    most: float = (1 - CONFIDENCE) ** (mean_group_size(groups) / num_images)
    return floor(1000 * most + _ROUNDING) / 1000


def _count(groups: np.ndarray | None) -> int | None:
    return None if groups is None else len(np.unique(groups))


class _Sorted(NamedTuple):
    """Images from sure to unsure, in random order where they are equally sure: it must not depend on who is wrong."""

    sureness: np.ndarray  # float64 (n,), falling
    num_wrong: np.ndarray  # int64 (n + 1,), among the surest 0 … n
    ends: np.ndarray  # int64, the numbers of surest images that a threshold can tell from the rest, rising

    @classmethod
    def of(cls, sureness: np.ndarray, is_wrong: np.ndarray) -> "_Sorted":
        shuffled = np.random.default_rng(0).permutation(len(sureness))
        order = shuffled[np.argsort(-sureness[shuffled], kind="stable")]
        sureness = np.asarray(sureness, np.float64)[order]
        ends = np.append(np.flatnonzero(sureness[:-1] > sureness[1:]) + 1, [len(sureness)] if len(sureness) else [])
        return cls(sureness, np.concatenate([[0], np.cumsum(is_wrong[order])]), ends.astype(np.int64))

    def point(self, num_answered: int) -> Point:
        """Return what lies above the threshold below so many images."""
        all_ = len(self.sureness)
        threshold = float(self.sureness[num_answered]) if num_answered < all_ else 0.0
        return Point(threshold, num_answered, int(self.num_wrong[num_answered]), all_)

    def last_kept(self, start: int, binomial: "_Binomial", level: float) -> int:
        """Return the largest number of answers up to which all are rejected to err too often; 0 if none is.

        Only where an image is wrong can it come to that: right ones make it less likely.
        """
        wrong = np.flatnonzero(np.diff(self.num_wrong)) + 1
        last = len(self.sureness)
        for number in (start, *wrong[wrong > start].tolist()):
            if binomial.at_most(int(self.num_wrong[number]), number) > level:
                last = number - 1
                break
        kept = self.ends[(self.ends >= start) & (self.ends <= last)]
        return int(kept[-1]) if kept.size else 0


class _Binomial(NamedTuple):
    """Numbers of events among trials, of which so many tell as much as one."""

    probability: float
    size: float

    def at_most(self, count: int, trials: int) -> float:
        """Return the probability of at most `count` events among `trials`.

        Divided by the size, trials need not be a whole number: the incomplete beta function, as a sum over the events
        since the number of these is whole: Abramowitz, Stegun, Handbook of Mathematical Functions (1964), 26.5.
        """
        events, alone = ceil(count / self.size - _ROUNDING), trials / self.size
        if events >= alone:
            return 1.0
        others, each = alone - events, np.arange(1, events + 1)
        logs = np.cumsum(np.log((others + each - 1) / each) + log(self.probability))
        start = others * log1p(-self.probability)
        return float(min(1.0, np.exp(start) + np.exp(start + logs).sum()))


def _starts(binomial: _Binomial, num_images: int) -> list[int]:
    """Return with how many of the surest images the search begins, each time anew; none if they are too few.

    All of them are one start, and each of the others is so much smaller than the one before; the smallest could keep
    the limit, if they were all right, with its share of the doubt.
    """
    starts: list[int] = []
    number = float(num_images)
    while int(number) and binomial.at_most(0, int(number)) <= (1 - CONFIDENCE) / (len(starts) + 1):
        starts.append(int(number))
        number /= _BETWEEN_STARTS
    return starts
