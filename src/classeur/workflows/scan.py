"""Scan a data set with progress: what every command that is given DATA begins with."""

import time
from pathlib import Path

from classeur.data.cache_contents import evict, size_limit
from classeur.data.folder import Changes, ImageFolder
from classeur.data.scan import scan
from classeur.delivery.progress import Reporter
from classeur.delivery.wording import counted
from classeur.images.pixels import PixelStore
from classeur.images.resizing import Preparation
from classeur.storage import default_cache


def scanned(
    data: Path | str,
    preparation: Preparation,
    *,
    verify: bool = False,
    cache: Path | None = None,
    reporter: Reporter,
) -> tuple[ImageFolder, PixelStore]:
    """Return the facts of a data set and the store with the pixels of its usable images.

    Says what has changed since the last scan, and keeps the cache within its limit.

    Raises:
        DataError: if it cannot be listed.
        UsageError: if the cache's limit is no size.
    """
    cache, began, limit = cache or default_cache(), time.time(), size_limit()
    store = PixelStore(cache, **dict(preparation))
    height, width = preparation.image_size
    with reporter.progress(f"reading images at {height}x{width}") as progress:
        folder = scan(data, store, cache=cache, verify=verify, progress=progress)
    _say_changes(folder.changes, data, reporter)
    if folder.num_decoded:
        removed, num_bytes = evict(cache, limit, used_before=began)
        if removed:
            freed = sum(entry.num_bytes for entry in removed)
            reporter.say(f"the cache was above its limit: {freed / 1e9:.1f} GB that was used least recently is removed")
        if num_bytes > limit:
            reporter.warn(
                f"the cache holds {num_bytes / 1e9:.1f} GB, all of it in use, above its limit of {limit / 1e9:.1f} GB"
                " (CLASSEUR_CACHE_SIZE)"
            )
    return folder, store


def _say_changes(changes: Changes, data: Path | str, reporter: Reporter) -> None:
    if changes.summary:
        reporter.say(f"{data} since it was last read: {changes.summary}")
    if changes.altered:
        reporter.warn(
            f"other bytes than before, though size and time are the same, in {counted(len(changes.altered), 'file')},"
            f" such as {changes.altered[0]}: the disk may be failing, or a program has put the old time back"
        )
