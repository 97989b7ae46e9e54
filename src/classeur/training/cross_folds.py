"""Folds of a cross-validation: which part of the data each image is judged in, with what belongs together in one."""

import re
from collections.abc import Sequence

import numpy as np

from classeur.data.folder import ImageFolder
from classeur.data.splitting import groups_of
from classeur.errors import LayoutError, TableError, UsageError
from classeur.training.folds import assign_folds


def cross_folds(folder: ImageFolder, together: Sequence[Sequence[int]], num_folds: int, *, seed: int) -> list[int]:
    """Return the fold of each row, 1 … num_folds; 0 for one that is never judged, by test, fault or lack of others.

    Where a CSV names folds they are taken; else each class is dealt out evenly, and what belongs together is in one
    fold. It depends on paths, labels and contents, not on the order of the rows.

    Args:
        folder: scanned, without a validation of its own.
        together: its rows that are not to be separated, beside equal files and named groups.
        num_folds: at least 2.
        seed: another seed, another deal.

    Raises:
        UsageError: if the data have a validation of their own, other folds, or too few groups for so many.
        TableError: if a CSV names the folds of some images only.
        LayoutError: if a class would be in one fold alone, as its CSV says.
    """
    if num_folds < 2:
        raise UsageError(f"folds {num_folds} are not possible; expected 2 or more")
    if "validation" in folder.splits:
        raise UsageError(
            f"{folder.data} has a validation of its own, so there is nothing to divide into folds; leave --folds out,"
            " or give the images without it"
        )
    free = [row for row in np.flatnonzero(folder.usable).tolist() if folder.splits[row] in ("", "train")]
    groups = groups_of(folder, free, together)
    numbers = _named_folds(folder, free, num_folds) if folder.folds else _dealt(folder, groups, num_folds, seed=seed)
    empty = [fold for fold in range(1, num_folds + 1) if fold not in numbers]
    if empty:
        raise UsageError(
            f"{num_folds:,} folds are too many for {folder.data}: so many groups of images cannot be held out in turn;"
            " give a smaller number, or group them otherwise"
        )
    return numbers


def _dealt(folder: ImageFolder, groups: Sequence[Sequence[int]], num_folds: int, *, seed: int) -> list[int]:
    numbers = [0] * len(folder.paths)
    rows = [row for group in groups for row in group]  # in an order that is that of no listing
    names = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    dealt = assign_folds(folder.labels[rows], num_folds=num_folds, groups=names, seed=seed)
    for row, fold in zip(rows, dealt.tolist(), strict=True):
        numbers[row] = fold + 1
    return numbers


def _named_folds(folder: ImageFolder, free: Sequence[int], num_folds: int) -> list[int]:
    """Return the folds that a CSV names, in the order of their names."""
    nameless = next((row for row in free if not folder.folds[row]), None)
    if nameless is not None:
        raise TableError(
            f"{folder.data} names no fold for {folder.paths[nameless]}; give one for every row, or for none"
        )
    names = sorted({folder.folds[row] for row in free}, key=lambda name: (int(re.sub(r"\D", "", name) or 0), name))
    if len(names) != num_folds:
        raise UsageError(
            f"the number of folds that {folder.data} names is {len(names)}, not {num_folds}; give --folds {len(names)}"
        )
    numbers = [0] * len(folder.paths)
    for row in free:
        numbers[row] = names.index(folder.folds[row]) + 1
    for label, class_name in enumerate(folder.class_names):
        of_class = {folder.folds[row] for row in free if folder.labels[row] == label}
        if len(of_class) == 1:
            raise LayoutError(
                f"all images of {class_name} are in fold {of_class.pop()} of {folder.data}, so none would be trained on"
                " there; spread them over two folds or more"
            )
    return numbers
