"""An accuracy without the images that belong with images in training, which do not count, and with them."""

from collections.abc import Hashable, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from classeur.errors import ImpossibleCountsError
from classeur.estimate import Estimate
from classeur.evaluation.sampling import Sampling


class Leaked(BaseModel):
    """What the images that belong with images in training do to an accuracy."""

    model_config = ConfigDict(frozen=True)

    num_leaks: int
    dropped: bool  # whether they are left out of the score: False where no other image is left
    with_them: Estimate
    without_them: Estimate | None  # None if no image is left


def leaked(
    correct: Sequence[bool] | np.ndarray,
    is_leak: Sequence[bool] | np.ndarray,
    *,
    dropped: bool,
    groups: Sequence[Hashable] | None = None,
) -> Leaked:
    """Return the accuracy with and without leaks, each as the score of these images has it.

    Args:
        correct: of each image, whether its prediction is right.
        is_leak: of each, whether it belongs with an image in training.
        dropped: whether these are left out of the score.
        groups: of each, "" for one that stands alone; None if all do.

    >>> found = leaked([True, True, False], [True, False, False], dropped=False)
    >>> round(found.with_them.value, 2), found.without_them.value
    (0.67, 0.5)
    """
    correct, is_leak = np.asarray(correct, bool), np.asarray(is_leak, bool)
    groups = ("",) * len(correct) if groups is None else groups
    others = [group for group, left_out in zip(groups, is_leak, strict=True) if not left_out]
    with_them = Sampling.of(groups).proportion(correct)
    if with_them is None:
        raise ImpossibleCountsError(0, 0)
    return Leaked(
        num_leaks=int(is_leak.sum()),
        dropped=dropped,
        with_them=with_them,
        without_them=Sampling.of(others).proportion(correct[~is_leak]),
    )
