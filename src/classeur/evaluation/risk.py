"""Risk: how often a model errs if it may say that it is unsure, and from which probability on it keeps a limit.

Pure functions of how sure a model was of each image (its highest probability) and whether it was wrong. NumPy alone,
so that an installation that only predicts has them.
"""

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


def keep_error(sureness: np.ndarray, is_wrong: np.ndarray, limit: float) -> Promise | None:
    """Return the threshold that answers most images and keeps the share of wrong answers at or below a limit.

    With a confidence of 95 %, over draws of the judged images, the answers to further images of their kind are wrong at
    most so often. None if no threshold can promise that.

    Of the m surest images, above the next one as a threshold, the number of wrong ones is binomial with the
    error above that threshold. So "the error is above the limit" can be tested exactly, as Clopper and Pearson do, and
    thresholds are tested from sure to unsure until one is not rejected: the search costs no confidence. As the surest
    images may hold an error by chance, there are several starts, among which the 5 % are divided. Where the search
    begins is settled by the limit and the number of images alone.

    Args:
        sureness: float (n,), the highest probability of each image; the model was not fitted to these images.
        is_wrong: bool (n,).
        limit: of the share of wrong answers, in (0, 1).

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
    starts = _starts(limit, len(sureness))
    binomial = _Binomial(len(sureness), limit)
    best = 0
    for start in starts:
        best = max(best, sorted_.last_kept(start, binomial, (1 - CONFIDENCE) / len(starts)))
    if not best:
        return None
    point = sorted_.point(best)
    return Promise(limit, point.threshold, point.num_answered, point.num_wrong, point.num_images)


def least_promise(sureness: np.ndarray, is_wrong: np.ndarray) -> Promise | None:
    """Return the promise of the smallest round limit that these images allow; None if there is none.

    To choose a limit by what it brings is a further look at the images: it holds for a limit that is chosen before.
    """
    return next(filter(None, (keep_error(sureness, is_wrong, limit) for limit in _ROUND_LIMITS)), None)


def keep_recall(probability: np.ndarray, is_of_class: np.ndarray, limit: float) -> RecallPromise | None:
    """Return the highest threshold for one of two classes that keeps its recall at or above a limit.

    With a confidence of 95 %, over draws of the judged images, at least such a share of further images of the class has
    a probability of at least the threshold. It is an order statistic of those of the class, so nothing is searched.
    None if no threshold above 0 can promise that.

    Args:
        probability: float (n,), of the class.
        is_of_class: bool (n,).
        limit: of the recall, in (0, 1).

    Source: one-sided tolerance limits, Wilks, Annals of Mathematical Statistics 12 (1941) 91–96.

    >>> probability = np.linspace(0, 1, 201)
    >>> keep_recall(probability, probability > 0.25, 0.9).num_found
    142
    >>> keep_recall(probability, probability > 0.9, 0.9) is None
    True
    """
    own = np.sort(probability[is_of_class])
    binomial = _Binomial(len(own), 1 - limit)
    # The number of images of the class below their (1 − limit)-quantile is binomial.
    rank = 0
    while rank < len(own) and binomial.at_most(rank, len(own)) <= 1 - CONFIDENCE:
        rank += 1
    if not rank:
        return None
    threshold = float(own[rank - 1])
    others = probability[~is_of_class]
    return RecallPromise(
        limit, threshold, int((own >= threshold).sum()), len(own), int((others >= threshold).sum()), len(others)
    )


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


class _Binomial:
    """Probabilities of numbers of events among up to so many trials."""

    def __init__(self, most_trials: int, probability: float) -> None:
        self._log_factorials = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most_trials + 1)))])
        self._logs = (np.log(probability), np.log1p(-probability))

    def at_most(self, count: int, trials: int) -> float:
        """Return the probability of at most `count` events among `trials`."""
        if count >= trials:
            return 1.0
        events = np.arange(count + 1)
        factorials = self._log_factorials
        ways = factorials[trials] - factorials[events] - factorials[trials - events]
        return float(min(1.0, np.exp(ways + events * self._logs[0] + (trials - events) * self._logs[1]).sum()))


def _starts(limit: float, num_images: int) -> list[int]:
    """Return with how many of the surest images the search begins, each time anew; none if they are too few.

    All of them are one start, and each of the others is so much smaller than the one before; the smallest could keep
    the limit, if they were all right, with its share of the doubt.
    """
    starts: list[int] = []
    number = float(num_images)
    while int(number) >= np.log((1 - CONFIDENCE) / (len(starts) + 1)) / np.log1p(-limit):
        starts.append(int(number))
        number /= _BETWEEN_STARTS
    return starts
