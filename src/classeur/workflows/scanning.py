"""Scan a data set with progress: what every command that is given DATA begins with."""

from pathlib import Path

from classeur.data.folder import ImageFolder, scan
from classeur.delivery.progress import Reporter
from classeur.images.pixels import PixelStore
from classeur.images.resizing import Fit
from classeur.storage import default_cache


def scanned(
    data: Path | str,
    *,
    image_size: tuple[int, int] = (150, 150),
    fit: Fit = "squash",
    stretch: bool = False,
    verify: bool = False,
    cache: Path | None = None,
    reporter: Reporter,
) -> tuple[ImageFolder, PixelStore]:
    """Return the facts of a data set and the store with the pixels of its usable images.

    Raises:
        DataError: if it cannot be listed.
    """
    cache = cache or default_cache()
    store = PixelStore(cache, image_size=image_size, fit=fit, stretch=stretch)
    height, width = image_size
    with reporter.progress(f"reading images at {height}x{width}") as progress:
        folder = scan(data, store, cache=cache, verify=verify, progress=progress)
    return folder, store
