"""Chance: the accuracy of a classifier that never looks at an image."""

from collections.abc import Sequence

from classeur.errors import ImpossibleCountsError


def chance_accuracy(counts: Sequence[int]) -> float:
    """Return the accuracy of always predicting the most frequent class.

    Args:
        counts: images of each class, 0 or more; at least one image in all.

    Raises:
        ImpossibleCountsError: if there is no image.

    >>> chance_accuracy([600, 300, 100])
    0.6
    """
    num_images = sum(map(int, counts))
    if num_images == 0:
        raise ImpossibleCountsError(0, 0)
    return int(max(counts)) / num_images
