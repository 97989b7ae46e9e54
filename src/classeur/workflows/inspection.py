"""`inspect`: counts of the data, and the problems in them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from classeur.data.findings import Change, Command, Finding
from classeur.data.folder import ImageFolder
from classeur.data.grouping import grouped, with_group_column
from classeur.data.inspection import Inspection
from classeur.data.inspection import inspect as inspect_folder
from classeur.data.kept_pairs import known_near_duplicates
from classeur.data.near_duplicates import NearDuplicate
from classeur.data.plan import write_plan
from classeur.data.quality import quality_of
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.delivery.split_words import grouping_words
from classeur.delivery.wording import command_line, counted
from classeur.errors import LayoutError, UsageError
from classeur.images.pixels import PixelStore
from classeur.images.preparation import Preparation
from classeur.options import takes_options
from classeur.storage import cache_folder
from classeur.workflows.findings import list_path, write_findings
from classeur.workflows.places import check_csv_place, check_output_place
from classeur.workflows.scan import Columns, named_columns, reading_options, scanned, without_planned

# Features of so many images take 100 MB.
_MOST_WITH_FEATURES = 20_000


class Examination(NamedTuple):
    """A data set as it was scanned, and what was found in it."""

    folder: ImageFolder
    pixels: PixelStore
    pairs: list[NearDuplicate]
    inspection: Inspection


@takes_options()
def inspect(
    data: Path | str,
    *,
    image_size: str | int | tuple[int, int] = 224,
    fit: str = "squash",
    stretch: bool = False,
    columns: Columns = None,
    group_by: str | None = None,
    out: Path | str | None = None,
    plan: Path | str | None = None,
    exclude: Path | str | None = None,
    overwrite: bool = False,
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
        group_by: what is one group, as for `split`: groups that a split separates are named.
        out: a folder for `inspection.json`, `findings.csv`, a PNG of the pictures of each kind of finding and, of poor
            quality, a CSV that `train` and `split` take as `exclude`, instead of nowhere: a new or empty one, or one of
            an earlier inspection.
        plan: where to write what to leave out and why, a CSV that `train` and `split` take as `exclude`; nowhere if
            None. It has what `exclude` names, too, since a training follows one list.
        exclude: a CSV of images to leave out, as for `train` and `split`: they are counted as left out, and nothing is
            said of them.
        overwrite: replace the plan that is there, edited or not.
        verify: read and hash every file again, even if its size and time are unchanged.
        cache: where pixels are kept; the system's cache folder if None.
        reporter: where progress is shown; standard error if None.

    Raises:
        ClasseurError: a one-line error if the data cannot be listed.
    """
    reporter = reporter or ConsoleReporter()
    check_places(data, out, plan, exclude=exclude, overwrite=overwrite)
    preparation: dict[str, Any] = {"image_size": image_size, "fit": fit, "stretch": stretch}
    examined = examine(
        data,
        preparation,
        columns=columns,
        group_by=group_by,
        out=out,
        exclude=exclude,
        verify=verify,
        cache=cache,
        reporter=reporter,
    )
    save_findings(examined, out, reporter)
    save_plan(examined.folder, examined.pairs, plan, reporter)
    return examined.inspection


def check_places(
    data: Path | str,
    out: Path | str | None,
    plan: Path | str | None,
    *,
    exclude: Path | str | None = None,
    overwrite: bool,
) -> None:
    """Check before the data are read that findings and a plan may be written where they are to be.

    Raises:
        StorageError, UsageError: otherwise.
    """
    if out is not None:
        check_output_place(Path(out))
    if plan is not None:
        if out is not None and Path(plan).resolve().parent == Path(out).resolve():
            raise UsageError(f"{plan} would be among the findings of --out; give the plan a place beside them")
        use = f"leave its images out with --exclude {plan}"
        check_csv_place(Path(plan), Path(data), option="--plan", use=use, overwrite=overwrite, exclude=exclude)


def save_findings(examined: Examination, out: Path | str | None, reporter: Reporter) -> None:
    """Write what was found, and say where; nothing without a place.

    Raises:
        StorageError: if it cannot be written.
    """
    if out is None:
        return
    pictures = write_findings(Path(out), examined.inspection, examined.folder, examined.pixels, reporter)
    reporter.say(f"{out}: inspection.json, findings.csv and {counted(len(pictures), 'picture')}")


def save_plan(folder: ImageFolder, pairs: Sequence[NearDuplicate], plan: Path | str | None, reporter: Reporter) -> None:
    """Write what to leave out of the data, and say how it is used; nothing without a place.

    Raises:
        LayoutError: if the images have no classes.
        StorageError: if it cannot be written.
    """
    if plan is None:
        return
    if not folder.class_names:
        raise LayoutError(f"{folder.data} has no classes to train on, so there is no plan for it; leave out --plan")
    number = write_plan(Path(plan), folder, pairs)
    use = Command(verb="train", arguments=(folder.data,), options={"exclude": str(plan)})
    reporter.say(f"{plan}: {counted(number, 'image')} to leave out; edit it, then: {command_line(use)}")


def examine(
    data: Path | str,
    preparation: dict[str, Any],
    *,
    columns: Columns = None,
    group_by: str | None = None,
    out: Path | str | None = None,
    exclude: Path | str | None = None,
    verify: bool = False,
    cache: Path | None = None,
    reporter: Reporter | None = None,
) -> Examination:
    """Return what `inspect` looks at and finds, for callers that need more; arguments and errors as there."""
    reporter, named = reporter or ConsoleReporter(), with_group_column(Path(data), named_columns(columns), group_by)
    folder, pixels = scanned(
        data, Preparation(**preparation), columns=named, verify=verify, cache=cache, reporter=reporter
    )
    folder = grouped(without_planned(folder, exclude, reporter), group_by, named)
    if missed := grouping_words(folder, group_by):
        reporter.warn(missed)
    pairs = known_near_duplicates(
        folder, cache=cache_folder(cache), pixels=pixels, features=_kept_features(folder, cache_folder(cache))
    )
    found = inspect_folder(folder, pairs, quality_of(folder, pixels))
    found = with_options(found, reading_options(columns, group_by, exclude), out=out)
    return Examination(folder, pixels, pairs, found)


def with_options(inspection: Inspection, given: Mapping[str, Any], *, out: Path | str | None = None) -> Inspection:
    """Return an inspection whose commands read the data as it has read them.

    Args:
        inspection: whose commands have its data alone.
        given: the options by which these were read.
        out: the folder of the lists that a training is to follow, if they are written.
    """

    def completed(finding: Finding, change: Change) -> Change:
        command = change.command
        if command is None or command.arguments != (inspection.data,):
            return change
        if change.code == "look-quality" and out is not None:
            listed = {"exclude": str(list_path(Path(out), finding.code))}
            command = command.model_copy(update={"verb": "train", "options": listed})
        more = {name: value for name, value in given.items() if value is not None}
        return change.model_copy(
            update={"command": command.model_copy(update={"options": {**more, **command.options}})}
        )

    findings = tuple(
        finding.model_copy(update={"changes": tuple(completed(finding, change) for change in finding.changes)})
        for finding in inspection.findings
    )
    return inspection.model_copy(update={"findings": findings})


def _kept_features(folder: ImageFolder, cache: Path) -> np.ndarray | None:
    """Return what a training on the usual network has kept of each row, float32 (n, features); None if it lacks any.

    They find a few pairs more. Only `inspect` takes them: a split must not depend on what was trained before.
    """
    if not (cache / "features").is_dir():  # before anything is loaded
        return None
    from classeur.models.assembly import AUTO_MODEL
    from classeur.models.features import num_features
    from classeur.models.kept_features import FeatureStore, features_folder

    usual = Preparation(stretch=folder.preparation.stretch)
    hashes = [folder.hashes[row] for row in np.flatnonzero(folder.usable)]
    if len(hashes) > _MOST_WITH_FEATURES or not features_folder(cache, AUTO_MODEL, usual).is_dir():
        return None
    store = FeatureStore(cache, AUTO_MODEL, usual)
    if store.missing(hashes):
        return None
    features = np.zeros((len(folder.paths), num_features(AUTO_MODEL)), np.float32)
    features[folder.usable] = store.rows(hashes)
    return features
