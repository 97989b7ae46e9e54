"""Evaluation on other data than a run's own."""

import itertools
import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from classeur.data.folder import ImageFolder
from classeur.data.grouping import group_names, with_group_column
from classeur.data.listing import Listing
from classeur.data.manifest import group_names as names_of_groups
from classeur.data.split_names import split_names
from classeur.data.splitting import groups_of
from classeur.data.table_lines import has_column
from classeur.delivery.progress import Reporter
from classeur.delivery.split_words import grouping_words
from classeur.delivery.wording import counted, listed
from classeur.errors import RunError, UsageError
from classeur.evaluation.classifier import Classifier
from classeur.evaluation.decision import Said
from classeur.evaluation.leaked import leaked
from classeur.evaluation.scoring import Score
from classeur.images.pixels import PixelStore
from classeur.run import Run
from classeur.training.facts import UNLIKE, RunFacts
from classeur.training.logits import softmax
from classeur.workflows.judged import Judged, Row, labels_of, rows_of
from classeur.workflows.looks import with_look
from classeur.workflows.trained_on import trained_on


def evaluate_elsewhere(
    run: Run,
    facts: RunFacts,
    classifier: Classifier,
    data: Path | str,
    folder: ImageFolder,
    store: PixelStore,
    *,
    split: str,
    together: Sequence[Sequence[int]] = (),
    cache: Path | None = None,
    reporter: Reporter,
) -> tuple[Score, Said]:
    """Return the score on other data, without the images that the run was trained on, and what was said of these.

    Args:
        run, facts: of the model.
        classifier: of the run.
        data: as the user typed it.
        folder: the same, scanned, with classes that the run has; they go by name.
        store: pixels of its images.
        split: which of its splits counts, if it is split.
        together: rows of it that show nearly the same, as `kept_together` has them.
        cache: where pixels are kept; the system's cache folder if None.
        reporter: where progress is shown.

    Raises:
        RunError: if it has no image that the run was not trained on.
    """
    is_split = any(folder.splits)
    rows = [row for row in np.flatnonzero(folder.usable).tolist() if not is_split or folder.splits[row] == split]
    if not rows:
        raise RunError(f"{data} has no usable {split if is_split else ''} image".replace("  ", " "))
    num_set_aside = len(folder.set_aside())
    if num_set_aside:
        files = "1 file" if num_set_aside == 1 else f"{num_set_aside:,} files"
        reporter.warn(f"{files} cannot be used; see: classeur inspect {shlex.quote(str(data))}")
    hashes = [folder.hashes[row] for row in rows]
    unseen = ~trained_on(run, facts, folder, rows, store, cache=cache, reporter=reporter)
    if not unseen.any():
        raise RunError(
            f"{run.path} was trained on all of {counted(len(rows), 'image')} of {data}, or on images that belong with"
            " them, so they cannot test it; give other data"
        )
    rows_there = _rows_of(folder, rows, together)
    with reporter.progress("judging images") as progress:
        pixels = store.select(hashes)
        logits, unlike = classifier.judge_answers(pixels, progress=progress)
    # Groups of those that count are named without the others.
    counted_there = _rows_of(folder, list(itertools.compress(rows, unseen)), together)
    labels, counts = labels_of(rows_there, facts.class_names), np.ones(len(counted_there), bool)
    pixels = store.select([row["hash"] for row in counted_there])
    judged = Judged(split, counted_there, labels[unseen], logits[unseen], pixels, counts)
    result = judged.score(facts.class_names)
    own = {row["hash"] for row in rows_of(run, "validation")}
    if (split == "test" or not is_split) and not own.issuperset(row["hash"] for row in judged.rows):
        result = with_look(run, result, judged.rows, reporter)
    if not unseen.all():
        right = softmax(logits).argmax(axis=1) == labels
        groups = [row["group"] for row in rows_there]
        result = result.model_copy(update={"leaked": leaked(right, ~unseen, dropped=True, groups=groups)})
    scores = None if unlike is None else unlike[unseen]
    return result, Said(judged.logits, judged.labels, scores, judged.clusters)


def check_classes(facts: RunFacts, listing: Listing) -> None:
    """Check that the run has every class of the data, before any file is opened.

    Raises:
        RunError: naming the unknown classes, and the known classes that may be meant.
    """
    known = facts.class_names
    strange = sorted(set(listing.class_names) - set(known))
    if not listing.class_names:
        raise RunError(f"{listing.data} has no class folders; the classes of the run are {listed(known)}")
    if strange:
        by_case = {name.casefold(): name for name in known}
        meant = [f"'{by_case[name.casefold()]}' for '{name}'" for name in strange if name.casefold() in by_case]
        missing = sorted(set(known) - set(listing.class_names))
        if set(strange) == set(split_names(strange)):
            raise RunError(
                f"{listing.data} has class folders and, beside them, {listed(strange)}; expected the classes alone, or"
                " inside folders for training, validation and test; remove or move one or the other"
            )
        raise RunError(
            f"{listing.data} has classes that the run does not have: {listed(strange)}; its classes are {listed(known)}"
            + (f"; rename the folders: {', '.join(meant)}" if meant else "")
            + (f"; put what is unlike {known[0]} into a folder {UNLIKE}" if facts.one_class and not meant else "")
            + (f"; not in {listing.data}: {listed(missing)}" if missing and not meant and not facts.one_class else "")
        )


def columns_of_groups(data: Path, columns: Mapping[str, str] | None, facts: RunFacts) -> dict[str, str] | None:
    """Return the names of a CSV's columns, with that of the groups which the run was trained with, if it is there."""
    group_by = facts.recipe.split.group_by
    try:
        named = with_group_column(data, columns, group_by)
    except UsageError:  # a column, and these data are no table
        return dict(columns) if columns else None
    is_column = group_by is not None and named is not None and named.get("group") == group_by
    return (dict(columns) if columns else None) if is_column and not has_column(data, str(group_by)) else named


def grouped_as_trained(
    folder: ImageFolder, facts: RunFacts, columns: Mapping[str, str] | None, *, reporter: Reporter
) -> ImageFolder:
    """Return other data with the groups that the run's `--group-by` names in them, in place of their own.

    Args:
        folder: scanned with the columns of `columns_of_groups`.
        facts: of the run.
        columns: of `columns_of_groups`.
        reporter: where it is said what is not grouped.
    """
    group_by = facts.recipe.split.group_by
    if group_by is None or (columns or {}).get("group") == group_by:
        return folder
    groups: tuple[str, ...] = ()
    with suppress(UsageError):  # a column, which these data do not have
        groups = group_names(folder, group_by)
    found = folder.model_copy(update={"groups": groups})
    if not any(name for name, reason in zip(groups, folder.reasons, strict=False) if not reason):
        reporter.warn(
            f"the run was trained with groups by '{group_by}', which finds none in {folder.data}: each image counts as"
            " if it stood alone, so the intervals may be too narrow"
        )
        return folder
    if missed := grouping_words(found, group_by):
        reporter.warn(missed)
    return found


def _rows_of(folder: ImageFolder, rows: Sequence[int], together: Sequence[Sequence[int]] = ()) -> list[Row]:
    """Return images as rows like those of split.csv, with what is kept together there."""
    names = names_of_groups(folder, groups_of(folder, rows, together))
    return [
        {
            "path": folder.paths[row],
            "label": folder.class_names[folder.labels[row]],
            "hash": folder.hashes[row],
            "group": names.get(row, ""),
            "width": str(folder.widths[row]),
            "height": str(folder.heights[row]),
        }
        for row in rows
    ]
