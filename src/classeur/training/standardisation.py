"""Standardised features: mean 0 and variance 1 over the training images."""

from typing import NamedTuple

import numpy as np

# Features that are nearly constant are not blown up: none has less spread than this share of the usual one.
_LEAST_SPREAD = 0.01


class Standardisation(NamedTuple):
    """What is taken off each feature, and what it is divided by then."""

    mean: np.ndarray  # float64 (features,)
    spread: np.ndarray  # float64 (features,): the standard deviation, kept off 0

    def standardise(self, features: np.ndarray) -> np.ndarray:
        """Return standardised features, float64 (n, features)."""
        standardised: np.ndarray = (np.asarray(features, np.float64) - self.mean) / self.spread
        return standardised


def measure_spread(features: np.ndarray) -> Standardisation:
    """Return the standardisation of features (n, features).

    A feature that is 0 on all training images but one, and there almost, would weigh a thousandfold in a new image that
    has it: spreads are at least a hundredth of the usual one.

    Raises:
        ValueError: if a feature is not finite.

    >>> measure_spread(np.array([[1.0, 5.0], [3.0, 5.0]])).spread.round(4).tolist()
    [1.0, 0.0071]
    """
    mean = features.mean(axis=0, dtype=np.float64)
    if not np.isfinite(mean).all():
        count = np.count_nonzero(~np.isfinite(mean))
        raise ValueError(f"received features of which {count} of {len(mean)} are not finite; expected numbers")
    variance = np.square(features - mean).mean(axis=0)
    usual = float(variance.mean()) ** 0.5
    return Standardisation(mean, np.maximum(np.sqrt(variance), _LEAST_SPREAD * usual if usual else 1.0))
