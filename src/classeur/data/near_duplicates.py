"""Photographs that are in a folder more than once: equal files, and near-duplicates that show the same."""

from classeur.data.duplicates import equal_groups
from classeur.data.folder import ImageFolder
from classeur.images.pixels import PixelStore


def near_duplicate_groups(folder: ImageFolder, pixels: PixelStore) -> list[list[int]]:
    """Return the rows of usable images that show the same photograph, groups of two or more, each sorted.

    Args:
        folder: as scanned.
        pixels: the store that the scan has filled.
    """
    del pixels  # so far, equal files alone
    return sorted(sorted(group) for group in equal_groups(folder))
