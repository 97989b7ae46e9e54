"""Reliability: whether of the answers given with 80 %, 80 % are right."""

from typing import NamedTuple

import numpy as np

from classeur.estimate import Estimate
from classeur.evaluation.sampling import Sampling, student_quantile

# As in Guo et al. (2017); fewer where a bin would have fewer images than this.
_NUM_BINS, _LEAST_IN_BIN = 15, 10


class Reliability(NamedTuple):
    """How far probabilities are from the shares that are right."""

    error: Estimate | None  # root mean square over bins, without what chance adds
    ece: float | None  # expected calibration error as it is usually stated: with what chance adds


def measure_reliability(probabilities: np.ndarray, right: np.ndarray, sampling: Sampling) -> Reliability:
    """Return the calibration error of the probabilities of predicted classes.

    Images are put into 15 bins of about as many by their probability; in each, the mean probability is compared with
    the share that is right. `ece` is the mean distance, to which chance alone adds: of 1,000 images by a perfectly
    calibrated model up to 0.03. `error` is the root of the mean squared distance less its expected share of chance, so
    that its square is right on average; its interval is that of the square.

    Args:
        probabilities: float (n,), of the predicted class of each image.
        right: bool (n,).
        sampling: of the images.

    Source: Naeini, Cooper, Hauskrecht, AAAI (2015) 2901–2907; Guo et al., ICML (2017) 1321–1330; the debiased square:
    Bröcker, Climate Dynamics 39 (2012) 655–667; Kumar, Liang, Ma, NeurIPS (2019), section 4.
    """
    num_images = len(right)
    num_units = sampling.num_units(np.ones(num_images, bool))
    num_bins = min(_NUM_BINS, num_images // _LEAST_IN_BIN)
    if num_units < _LEAST_IN_BIN:
        return Reliability(None, None)
    # By value, so that equal probabilities are together and the order of the images does not matter.
    edges = np.unique(np.quantile(probabilities, np.arange(1, num_bins) / num_bins))
    bins = np.searchsorted(edges, probabilities, side="right")
    counts = np.bincount(bins, minlength=len(edges) + 1)
    kept = counts > 1
    if not kept.any():
        return Reliability(None, None)
    counts = np.maximum(counts, 1)
    hits = np.bincount(bins, right, minlength=len(counts))
    distance = np.bincount(bins, probabilities, minlength=len(counts)) / counts - hits / counts
    weights = np.bincount(bins, minlength=len(counts)) / num_images
    chance, covariance = (
        _by_chance(hits, counts)
        if sampling.clusters is None
        else _by_chance_of_groups(right - probabilities, bins, sampling.clusters, hits, counts)
    )
    judged = np.where(kept, weights, 0.0)
    square = max(0.0, float(judged @ (distance**2 - chance)))
    # The variance of a sum of squares of normal distances grows with it: 4 · slope · square + least. As in Wilson's
    # interval each end is the square from which the measured one is a quantile away, by the variance there.
    left = np.maximum(distance**2 - covariance.diagonal(), 0)
    means, weighted = judged * np.sign(distance) * left**0.5, judged[:, None] * covariance
    slope = float(means @ covariance @ means) / max(float(judged @ left), np.finfo(float).tiny)
    least = 2 * float((weighted * weighted.T).sum())
    quantile = student_quantile(num_units - 1)
    lean = 2 * slope * quantile**2
    reach = (lean**2 + quantile**2 * (4 * slope * square + least)) ** 0.5
    value, low, high = (max(0.0, at) ** 0.5 for at in (square, square + lean - reach, square + lean + reach))
    error = Estimate(
        value=value, low=low, high=min(high, 1.0), method=f"debiased square of {int(kept.sum())} bins{sampling.how}",
        n=num_images,
    )  # fmt: skip
    return Reliability(error, float((weights * np.abs(distance)).sum()))


def _by_chance(hits: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what chance adds to the squared distance of each bin, and the distances' covariance."""
    shares, smooth = hits / counts, (hits + 0.5) / (counts + 1)
    # Half an image right and half one wrong are added: bins without an error are not sure.
    return shares * (1 - shares) / np.maximum(counts - 1, 1), np.diag(smooth * (1 - smooth) / counts)


def _by_chance_of_groups(
    misses: np.ndarray, bins: np.ndarray, clusters: np.ndarray, hits: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the same where images come in groups, of which one may lie in several bins.

    Args:
        misses: float (n,), 1 or 0, whether an image is right, less its probability.
        bins, clusters: int (n,), the bin and the group of each image.
        hits, counts: the right images and the images of each bin.

    Source: Liang, Zeger, Biometrika 73 (1986) 13–22.
    """
    chance, covariance = _by_chance(hits, counts)
    means = np.bincount(bins, misses, minlength=len(counts)) / counts
    influence = np.zeros((int(clusters.max()) + 1, len(counts)))
    np.add.at(influence, (clusters, bins), (misses - means[bins]) / counts[bins])
    units = np.bincount(np.unique(np.stack([bins, clusters]), axis=1)[0], minlength=len(counts))
    factor = (units / np.maximum(units - 1, 1)) ** 0.5
    together = influence.T @ influence * factor[:, None] * factor
    # Never surer than of single images.
    chance = np.maximum(chance, together.diagonal())
    lacking = np.maximum(covariance.diagonal() - together.diagonal(), 0)
    return chance, together + np.diag(lacking)
