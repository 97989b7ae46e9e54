"""Scan a data set with progress: the first step of every command that takes DATA."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from classeur.data.cache_contents import evict, size_limit
from classeur.data.folder import Changes, ImageFolder
from classeur.data.listing import Listing
from classeur.data.plan import without
from classeur.data.scan import scan
from classeur.data.table_lines import columns_text, parse_columns
from classeur.delivery.progress import Reporter
from classeur.delivery.wording import counted, listed
from classeur.images.pixels import PixelStore
from classeur.images.preparation import Preparation
from classeur.storage import cache_folder

# Names of a CSV's columns by their meaning, or the text that `--columns` takes.
Columns = Mapping[str, str] | str | None


def named_columns(columns: Columns) -> dict[str, str] | None:
    """Return the names of a CSV's columns by their meaning.

    Raises:
        UsageError: if the text names no columns.
    """
    if columns is None:
        return None
    return parse_columns(columns) if isinstance(columns, str) else dict(columns)


def reading_options(columns: Columns, group_by: str | None, exclude: Path | str | None) -> dict[str, Any]:
    """Return the options by which data are read, as an advised command takes them."""
    named = {"columns": columns_text(named_columns(columns)), "group_by": group_by}
    return {**named, "exclude": None if exclude is None else str(exclude)}


def scanned(
    data: Path | str,
    preparation: Preparation,
    *,
    columns: Mapping[str, str] | None = None,
    check: Callable[[Listing], None] | None = None,
    verify: bool = False,
    cache: Path | None = None,
    reporter: Reporter,
) -> tuple[ImageFolder, PixelStore]:
    """Return the facts of a data set and the store with the pixels of its usable images.

    Reports what has changed since the last scan, and keeps the cache within its limit.

    Args:
        data: a folder, a zip or a CSV.
        preparation: how its images are turned into pixels.
        columns: names of a CSV's columns by their meaning.
        check: called with the listing before any file is opened; raises if it cannot be used.
        verify: read and hash every file again.
        cache: where pixels are kept; the system's cache folder if None.
        reporter: where progress is shown.

    Raises:
        DataError: if it cannot be listed, or whatever `check` raises.
        UsageError: if the cache's limit is not a size.
    """
    cache, began, limit = cache_folder(cache), time.time(), size_limit()
    store = PixelStore(cache, **dict(preparation))
    height, width = preparation.image_size
    with reporter.progress(f"reading images at {height}x{width}") as progress:
        folder = scan(data, store, cache=cache, columns=columns, check=check, verify=verify, progress=progress)
    _say_changes(folder.changes, data, reporter)
    if folder.num_decoded:
        removed, num_bytes = evict(cache, limit, used_before=began)
        if removed:
            freed = sum(entry.num_bytes for entry in removed)
            reporter.say(
                f"the cache was over its limit; {freed / 1e9:.1f} GB of the least recently used entries were removed"
            )
        if num_bytes > limit:
            reporter.warn(
                f"the cache takes {num_bytes / 1e9:.1f} GB, over its limit of {limit / 1e9:.1f} GB, but all of it is in"
                " use; raise CLASSEUR_CACHE_SIZE"
            )
    return folder, store


def without_planned(folder: ImageFolder, plan: Path | str | None, reporter: Reporter) -> ImageFolder:
    """Return the folder without the images that a plan leaves out; say how many these are, and what it has in vain.

    Raises:
        TableError: if the plan cannot be read.
    """
    if plan is None:
        return folder
    left, unknown, folders = without(folder, Path(plan))
    number = int(folder.usable.sum()) - int(left.usable.sum())
    reporter.say(f"{counted(number, 'image')} left out by {plan}")
    for name, number_below in folders.items():
        are = "is" if number_below == 1 else "are"
        reporter.warn(f"{name} of {plan} is a folder: {counted(number_below, 'image')} below it {are} left out")
    if unknown:
        are = "is" if len(unknown) == 1 else "are"
        reporter.warn(f"{counted(len(unknown), 'path')} of {plan} {are} not in {folder.data}: {listed(unknown)}")
    return left


def _say_changes(changes: Changes, data: Path | str, reporter: Reporter) -> None:
    if changes.summary:
        reporter.say(f"{data} since it was last read: {changes.summary}")
    if changes.unlike_table:
        number = len(changes.unlike_table)
        reporter.warn(
            f"{counted(number, 'image')} {'has' if number == 1 else 'have'} other bytes than {data} records:"
            f" {listed(changes.unlike_table)}"
        )
    if changes.altered:
        reporter.warn(
            f"{counted(len(changes.altered), 'file')} changed although size and time are the same,"
            f" such as {changes.altered[0]}: the disk may be failing, or a program reset the time"
        )
