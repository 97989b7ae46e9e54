"""`inspect`: counts of the data, and the problems in them."""

from pathlib import Path
from typing import Any

from classeur.data.findings import Command
from classeur.data.folder import ImageFolder
from classeur.data.inspection import Inspection
from classeur.data.inspection import inspect as inspect_folder
from classeur.data.near_duplicates import near_duplicates
from classeur.data.plan import write_plan
from classeur.data.quality import quality_of
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.delivery.wording import command_line, counted
from classeur.errors import LayoutError
from classeur.images.pixels import PixelStore
from classeur.images.preparation import Preparation
from classeur.options import takes_options
from classeur.workflows.scan import Columns, named_columns, scanned


@takes_options()
def inspect(
    data: Path | str,
    *,
    image_size: str | int | tuple[int, int] = 224,
    fit: str = "squash",
    stretch: bool = False,
    columns: Columns = None,
    plan: Path | str | None = None,
    verify: bool = False,
    cache: Path | None = None,
    reporter: Reporter | None = None,
) -> Inspection:
    """Return the counts of a data set and all its problems.

    The pixels are cached at `image_size`, so that a training at that size does not read the files again.

    Args:
        data: a folder of class folders, split or not, a zip of one, or a CSV. A folder without classes is listed too.
        image_size, fit, stretch: as for `train`.
        columns: names of the columns of a CSV, as for `train`.
        plan: where to write what to leave out and why, a CSV that `train` and `split` take as `exclude`; nowhere if
            None.
        verify: read and hash every file again, even if its size and time are unchanged.
        cache: where pixels are kept; the system's cache folder if None.
        reporter: where progress is shown; standard error if None.

    Raises:
        ClasseurError: a one-line error if the data cannot be listed.
    """
    preparation: dict[str, Any] = {"image_size": image_size, "fit": fit, "stretch": stretch}
    folder, store = scan_for_inspection(
        data, preparation, columns=columns, verify=verify, cache=cache, reporter=reporter
    )
    save_plan(folder, plan, reporter or ConsoleReporter())
    return inspect_folder(folder, near_duplicates(folder, store), quality_of(folder, store))


def save_plan(folder: ImageFolder, plan: Path | str | None, reporter: Reporter) -> None:
    """Write what to leave out of the data, and say how it is used; nothing without a place.

    Raises:
        LayoutError: if the images have no classes.
        StorageError: if it cannot be written.
    """
    if plan is None:
        return
    if not folder.class_names:
        raise LayoutError(f"{folder.data} has no classes to train on, so there is no plan for it; leave out --plan")
    number = write_plan(Path(plan), folder)
    use = Command(verb="train", arguments=(folder.data,), options={"exclude": str(plan)})
    reporter.say(f"{plan}: {counted(number, 'image')} to leave out; edit it, then: {command_line(use)}")


def scan_for_inspection(
    data: Path | str,
    preparation: dict[str, Any],
    *,
    columns: Columns = None,
    verify: bool = False,
    cache: Path | None = None,
    reporter: Reporter | None = None,
) -> tuple[ImageFolder, PixelStore]:
    """Return the scan behind `inspect`, and its pixels, for callers that need more; arguments and errors as there."""
    reporter = reporter or ConsoleReporter()
    named = named_columns(columns)
    return scanned(data, Preparation(**preparation), columns=named, verify=verify, cache=cache, reporter=reporter)
