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
    num_bins = min(_NUM_BINS, num_images // _LEAST_IN_BIN)
    if not num_bins:
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
    inflation = _inflation(right - probabilities, sampling)
    chance = inflation * hits / counts * (1 - hits / counts) / np.maximum(counts - 1, 1)
    square = float((weights * (distance**2 - chance))[kept].sum())
    # Half an image right and half one wrong are added: bins without an error are not sure.
    smooth = (hits + 0.5) / (counts + 1)
    spread = inflation * smooth * (1 - smooth) / counts
    variance = 4 * np.maximum(distance**2 - spread, 0) * spread + 2 * spread**2
    quantile = student_quantile(sampling.num_units(np.ones(num_images, bool)) - 1)
    half = quantile * float((weights**2 * variance)[kept].sum()) ** 0.5
    value, low, high = (max(0.0, at) ** 0.5 for at in (square, square - half, square + half))
    error = Estimate(
        value=value, low=low, high=min(high, 1.0), method=f"debiased square of {int(kept.sum())} bins{sampling.how}",
        n=num_images,
    )  # fmt: skip
    return Reliability(error, float((weights * np.abs(distance)).sum()))


def _inflation(values: np.ndarray, sampling: Sampling) -> float:
    """Return by how much more the mean of values varies than that of as many single images; at least 1."""
    if sampling.clusters is None:
        return 1.0
    influence = (values - values.mean()) / len(values)
    alone = Sampling(None).standard_error(influence)
    return max(1.0, (sampling.standard_error(influence) / alone) ** 2) if alone > 0 else 1.0
