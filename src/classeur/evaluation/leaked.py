"""An accuracy with and without the images that belong with images in training."""

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from classeur.estimate import Estimate
from classeur.evaluation.intervals import wilson_interval


class Leaked(BaseModel):
    """What the images that belong with images in training do to an accuracy."""

    model_config = ConfigDict(frozen=True)

    num_leaks: int
    dropped: bool  # whether they are left out of the score
    with_them: Estimate
    without_them: Estimate | None  # None if no image is left


def leaked(correct: Sequence[bool] | np.ndarray, is_leak: Sequence[bool] | np.ndarray, *, dropped: bool) -> Leaked:
    """Return the accuracy with and without leaks.

    Args:
        correct: of each image, whether its prediction is right.
        is_leak: of each, whether it belongs with an image in training.
        dropped: whether these are left out of the score.

    >>> found = leaked([True, True, False], [True, False, False], dropped=False)
    >>> round(found.with_them.value, 2), found.without_them.value
    (0.67, 0.5)
    """
    correct, is_leak = np.asarray(correct, bool), np.asarray(is_leak, bool)
    return Leaked(
        num_leaks=int(is_leak.sum()),
        dropped=dropped,
        with_them=_share(correct),
        without_them=None if is_leak.all() else _share(correct[~is_leak]),
    )


def _share(correct: np.ndarray) -> Estimate:
    low, high = wilson_interval(int(correct.sum()), len(correct))
    return Estimate(value=float(correct.mean()), low=low, high=high, method="Wilson", n=len(correct))
