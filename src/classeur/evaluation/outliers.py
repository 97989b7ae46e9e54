"""Outliers: how unlike the training images an image is, told without one example of what is unlike.

The Mahalanobis distance of a backbone's features to the nearest class, with a shrunken covariance that the classes
share. Features are brought to unit length before, since their length tells more of the light than of the object. One
class ("only good parts at hand") and several ("none of these") are the same function. It is a normalisation, a matrix
and a sum of squares, so a saved network can hold it.
"""

from typing import NamedTuple

import numpy as np

from classeur.training.folds import Groups, assign_folds
from classeur.training.logits import softmax

# Where nothing varies, anything else is unlike: what is added to the variance of vectors of unit length, all features
# together.
_LEAST_VARIANCE = 1e-6

# Rounding is no difference: of images that do not vary, a threshold of 0 would call themselves unlike.
_LEAST_THRESHOLD = 1e-3

# The probability of being unlike that the median of the held-out images gets.
_USUAL_PROBABILITY = 0.05

# Held-out scores that hardly vary would make the probability a step, which a network in float32 would not repeat.
_LEAST_SPREAD = 0.2

# Of the search for the directions in which images vary most: more of them than are kept, and passes.
_SPARE_DIRECTIONS, _NUM_ITERATIONS = 16, 4


# Kernel and bias.
Layer = tuple[np.ndarray, np.ndarray]


class Unlikeness(NamedTuple):
    """A fitted score: squared distance of features to the nearest class, per feature."""

    whitening: np.ndarray  # float64 (features, features): features of unit length to uncorrelated ones of variance 1
    centres: np.ndarray  # float64 (classes, features), whitened

    def score(self, features: np.ndarray) -> np.ndarray:
        """Return how unlike the training images each image is, from features (n, features): float64 (n,), 0 or more."""
        whitened = of_unit_length(features) @ self.whitening
        nearest = np.full(len(whitened), np.inf)
        for centre in self.centres:
            np.minimum(nearest, np.square(whitened - centre).sum(axis=1), out=nearest)
        return np.asarray(nearest / whitened.shape[1])

    def fold(self) -> tuple[np.ndarray, np.ndarray]:
        """Return kernel and biases of Dense layers that follow a `UnitNormalization` of raw features.

        The score is the least, over the rows of biases, of `mean((normalised @ kernel + bias) ** 2)`.

        Returns:
            float32 (features, features), and (classes, features).
        """
        return self.whitening.astype(np.float32), (-self.centres).astype(np.float32)


class CompactUnlikeness(NamedTuple):
    """A fitted score in a tenth of the numbers: the distance in the few directions in which images vary most.

    In all other directions they are taken to vary alike. With the squared length of a unit vector, 1, the distance to a
    class is a product and a constant, beside what the directions take away.
    """

    directions: np.ndarray  # float32 (features, rank), scaled
    kernel: np.ndarray  # float32 (features, classes)
    bias: np.ndarray  # float32 (classes,)

    def score(self, features: np.ndarray) -> np.ndarray:
        """Return how unlike the training images each image is, from features (n, features): float64 (n,)."""
        rows = of_unit_length(features)
        near = (rows @ self.kernel.astype(np.float64) + self.bias).max(axis=1)
        return np.asarray(-near - np.square(rows @ self.directions.astype(np.float64)).sum(axis=1))


class OutlierTest(NamedTuple):
    """A score with the threshold beyond which an image counts as unlike."""

    unlikeness: Unlikeness
    threshold: float
    false_alarms: float  # the share of images like the training images to expect to be called unlike
    held_out: np.ndarray  # float64, rising: scores of training images by a score that never saw them

    def is_unlike(self, features: np.ndarray) -> np.ndarray:
        """Return which images are unlike the training images, bool (n,)."""
        return self.unlikeness.score(features) > self.threshold

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Return the logits of being unlike, float64 (n, 1): above 0 where an image is called unlike.

        They rise with the score, so that the median of the held-out images has a probability of 5 %, the threshold one
        of 50 %, and what lies as far beyond one of 95 %. A convention, not a frequency: without one example of what is
        unlike, none can be known.
        """
        logits: np.ndarray = (self.unlikeness.score(features)[:, None] - self.threshold) * self._steepness
        return logits

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return the probabilities of being like the training images and unlike them, float64 (n, 2)."""
        return softmax(self.logits(features))

    def fold(self) -> tuple[Layer, Layer]:
        """Return two Dense layers that give the logits, of one class, as `folded_logits` says.

        Returns:
            kernel and bias of each, float32: (features, features) and (features,); (features, 1) and (1,).
        """
        kernel, (bias,) = self.unlikeness.fold()
        last = np.full((len(bias), 1), self._steepness / len(bias), np.float32)
        return (kernel, bias), (last, np.array([-self._steepness * self.threshold], np.float32))

    @property
    def _steepness(self) -> float:
        usual, rare = np.quantile(self.held_out, [0.5, 1 - _USUAL_PROBABILITY])
        # A low threshold, for many false alarms, may be at the median.
        spread = max(self.threshold - usual, rare - usual, _LEAST_SPREAD * self.threshold)
        return float(np.log(1 / _USUAL_PROBABILITY - 1) / spread)

    def p_values(self, features: np.ndarray) -> np.ndarray:
        """Return the share of images like the training images that would seem as unlike, float64 (n,), in (0, 1].

        Source: Bates et al., Annals of Statistics 51 (2023) 149–178, conformal p-values.
        """
        below = np.searchsorted(self.held_out, self.unlikeness.score(features), side="left")
        return (len(self.held_out) - below + 1) / (len(self.held_out) + 1)


def fit_outlier_test(
    features: np.ndarray,
    *,
    labels: np.ndarray | None = None,
    groups: Groups | None = None,
    false_alarms: float = 0.05,
    num_folds: int = 10,
    seed: int = 0,
) -> OutlierTest:
    """Return a test of whether an image is unlike all that the training images show.

    Its threshold comes from images that were held out: so many of them lie above it that a new image like them is
    called unlike with a probability of about `false_alarms`. It would be at most that, were the held-out images' scores
    not fitted to a tenth fewer images: of a few hundred images a percent more was seen. With n images no share below 1
    in n + 1 can be promised: then that is what it says.

    Args:
        features: float (n, features), finite, n at least 2.
        labels: int (n,), class indices, for the distance to the nearest class; all are one class if None.
        groups: (n,), images with equal values are held out together.
        false_alarms: in (0, 1).
        num_folds: at least 2.
        seed: of the folds.

    Raises:
        ValueError: if there are fewer than two groups of images, or the share is not in (0, 1).

    >>> good = np.random.default_rng(0).normal([5, 5, 1], 0.3, size=(200, 3))
    >>> fit_outlier_test(good).is_unlike(np.array([[5.1, 4.9, 1.2], [5.0, 1.0, 1.0]])).tolist()
    [False, True]
    """
    if not 0 < false_alarms < 1:
        raise ValueError(
            f"a share of false alarms of {false_alarms} is not possible; expected more than 0, less than 1"
        )
    labels = np.zeros(len(features), np.int64) if labels is None else labels
    # All as one class: one of a single image may be held out too, as long as others of it, or other classes, remain.
    folds = assign_folds(np.zeros_like(labels), num_folds=num_folds, groups=groups, seed=seed)
    if folds.max(initial=0) < 1:
        raise ValueError(f"received {len(features)} images, none but equal ones; expected two that differ at least")
    scores = [
        fit_unlikeness(features[folds != fold], labels[folds != fold]).score(features[folds == fold])
        for fold in range(folds.max() + 1)
    ]
    held_out = np.sort(np.concatenate(scores))
    # Conformal: the smallest rank that as many new images as asked for may exceed.
    rank = min(int(np.ceil((len(held_out) + 1) * (1 - false_alarms))), len(held_out))
    promised = max(false_alarms, 1 / (len(held_out) + 1))
    threshold = max(float(held_out[rank - 1]), _LEAST_THRESHOLD)
    return OutlierTest(fit_unlikeness(features, labels), threshold, promised, held_out)


def fit_unlikeness(features: np.ndarray, labels: np.ndarray) -> Unlikeness:
    """Return the score of features (n, features) with class indices (n,); classes without an image have no centre.

    Source: Lee et al., "A Simple Unified Framework for Detecting Out-of-Distribution Samples" (2018); the covariance:
    Ledoit, Wolf, Journal of Multivariate Analysis 88 (2004) 365–411.
    """
    from scipy.linalg import cholesky, solve_triangular  # a score is fitted with SciPy, and computed without

    centres, deviations = _centred(features, labels)
    lower = cholesky(shrunk_covariance(deviations), lower=True)
    whitening = solve_triangular(lower, np.eye(len(lower)), lower=True).T
    return Unlikeness(whitening, centres @ whitening)


def fit_compact_unlikeness(features: np.ndarray, labels: np.ndarray, *, rank: int = 128) -> CompactUnlikeness:
    """Return the score of `fit_unlikeness` with the covariance of few directions, and one variance for all others.

    On photographs it tells as well as the whole, and takes 0.7 MB in place of 6.6 (docs/results.md).

    Args:
        features: float (n, features), n at least 2.
        labels: int (n,), class indices; classes without an image have no centre.
        rank: how many directions, at least 1; at most as many as there are features, less one.

    Source: probabilistic principal components, Tipping, Bishop, Journal of the Royal Statistical Society B 61 (1999)
    611–622, whose inverse covariance is I / σ² less the directions of the largest eigenvalues.

    >>> random = np.random.default_rng(0)
    >>> good = random.normal([5, 5, 1, 0], 0.3, size=(200, 4))
    >>> score = fit_compact_unlikeness(good, np.zeros(200, int), rank=3)
    >>> bool(score.score(np.array([[5.0, 1, 1, 0]])) > score.score(good).max())
    True
    """
    centres, deviations = _centred(features, labels)
    covariance = shrunk_covariance(deviations)
    num_features = len(covariance)
    rank = min(rank, num_features - 1)
    largest, directions = _largest_eigenvectors(covariance, rank)
    rest = max((float(np.trace(covariance)) - float(largest.sum())) / (num_features - rank), np.finfo(np.float64).tiny)
    # The shares of the directions in the squared length; none is below the rest's.
    scaled = directions * np.sqrt(np.maximum(1 / rest - 1 / largest, 0.0) / num_features)
    among = centres @ scaled
    kernel = 2 * (centres.T / (rest * num_features) - scaled @ among.T)
    constants = (1 + np.square(centres).sum(axis=1)) / (rest * num_features) - np.square(among).sum(axis=1)
    return CompactUnlikeness(scaled.astype(np.float32), kernel.astype(np.float32), -constants.astype(np.float32))


def threshold_for(held_out: np.ndarray, share: float) -> float | None:
    """Return the score above which so few images like the held-out ones lie; None if these are too few to say.

    A new image like them lies above it with a probability of at most the share, over draws of them and of it.

    Args:
        held_out: float (n,), scores of images that the score was not fitted to.
        share: in (0, 1).

    Source: split conformal prediction, Lei et al., Journal of the American Statistical Association 113 (2018)
    1094–1111.

    >>> threshold_for(np.arange(99.0), 0.05), threshold_for(np.arange(10.0), 0.05)
    (94.0, None)
    """
    rank = int(np.ceil((len(held_out) + 1) * (1 - share) - 1e-9))  # 0.95 · 100 is more than 95 in floating point
    return float(np.sort(held_out)[rank - 1]) if rank <= len(held_out) else None


def folded_logits(features: np.ndarray, whitening: Layer, last: Layer) -> np.ndarray:
    """Return the logits of being unlike, float64 (n, 1), from what `OutlierTest.fold` returned, as a network does.

    Features of unit length go through a Dense layer, are squared, and go through another.
    """
    squares = np.square(of_unit_length(features) @ whitening[0] + whitening[1])
    return np.asarray(squares @ last[0] + last[1])


def shrunk_covariance(deviations: np.ndarray) -> np.ndarray:
    """Return the covariance of deviations (n, features) from their mean, drawn towards a multiple of the identity.

    As far as lowers the expected error most, by the formula of Ledoit and Wolf; so it can be inverted for fewer images
    than features.

    Source: Ledoit, Wolf, Journal of Multivariate Analysis 88 (2004) 365–411, lemma 3.2 to 3.4.

    >>> shrunk_covariance(np.array([[1.0, 1.0], [-1.0, -1.0], [0.0, 0.0]])).round(3).tolist()
    [[0.667, 0.444], [0.444, 0.667]]
    """
    num_images, num_features = deviations.shape
    covariance = deviations.T @ deviations / num_images
    usual = float(np.trace(covariance)) / num_features
    spread = float(np.square(covariance).sum()) / num_features - usual**2  # of the eigenvalues
    norms = np.square(deviations).sum(axis=1)
    doubt = (float(np.square(norms).mean()) - float(np.square(covariance).sum())) / (num_features * num_images)
    share = min(1.0, max(0.0, doubt / spread)) if spread > 0 else 0.0
    covariance *= 1 - share
    covariance[np.diag_indices(num_features)] += share * usual + _LEAST_VARIANCE / num_features
    return np.asarray(covariance)


def auroc(like: np.ndarray, unlike: np.ndarray) -> float:
    """Return how well scores tell two sets of images apart: 1 for perfectly, 0.5 for not at all.

    The probability that an image of the second set has the higher score than one of the first, ties counting half.

    Args:
        like, unlike: scores, (n,) and (m,), each at least one.

    Source: Hanley, McNeil, Radiology 143 (1982) 29–36: the statistic of Mann and Whitney.

    >>> auroc(np.array([0.1, 0.4]), np.array([0.3, 0.9]))
    0.75
    """
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([like, unlike]))[len(like) :]
    return float((ranks.sum() - len(unlike) * (len(unlike) + 1) / 2) / (len(like) * len(unlike)))


def _largest_eigenvectors(covariance: np.ndarray, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest eigenvalues, (rank,), and their eigenvectors, (features, rank), of a covariance.

    By subspace iteration: a fifth of the time of LAPACK's, which also fails where many are equal, as of few images.

    Source: Halko, Martinsson, Tropp, SIAM Review 53 (2011) 217–288, algorithm 4.4.
    """
    num_features = len(covariance)
    start = np.random.default_rng(0).normal(size=(num_features, min(rank + _SPARE_DIRECTIONS, num_features)))
    basis = np.linalg.qr(start)[0]
    for _ in range(_NUM_ITERATIONS):
        basis = np.linalg.qr(covariance @ basis)[0]
    values, vectors = np.linalg.eigh(basis.T @ covariance @ basis)
    return values[-rank:], basis @ vectors[:, -rank:]


def _centred(features: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the centres of classes, (classes, features), and each image's deviation from its own, of unit features."""
    rows = of_unit_length(features)
    classes, numbers = np.unique(labels, return_inverse=True)
    sums = np.zeros((len(classes), rows.shape[1]))
    np.add.at(sums, numbers, rows)
    centres = sums / np.bincount(numbers)[:, None]
    return centres, rows - centres[numbers]


def of_unit_length(features: np.ndarray) -> np.ndarray:
    """Return features (n, features) of length 1, float64; those of length 0 stay so."""
    features = np.asarray(features, np.float64)
    return np.asarray(features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), np.finfo(np.float64).tiny))
