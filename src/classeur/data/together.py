"""What no split separates, beside equal files and named groups: every split, written or made by a training."""

from classeur.data.bursts import bursts_of
from classeur.data.folder import ImageFolder


def kept_together(folder: ImageFolder, *, long_bursts: bool = False) -> list[list[int]]:
    """Return groups of rows that show nearly the same.

    Args:
        folder: scanned.
        long_bursts: whether bursts that are more than a fifth of a class are among them.
    """
    bursts = bursts_of(folder)
    return [*bursts.joined, *(bursts.long if long_bursts else ())]
