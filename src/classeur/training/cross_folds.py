"""Folds of a cross-validation: which part of the data each image is judged in, with what belongs together in one."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from classeur.data.duplicates import SERIOUS_SHARE
from classeur.data.findings import Finding, Severity
from classeur.data.folder import ImageFolder
from classeur.data.leaks import find_leaks, surest_pairs
from classeur.data.near_duplicates import NearDuplicate
from classeur.data.splitting import Split, anew, count_whole, dividing_words, groups_of, without_given
from classeur.errors import LayoutError, TableError, UsageError
from classeur.training.folds import assign_folds

# What stands in the place of a fold: never judged, for want of others or as a test; set aside, as it would join two.
NONE, ASIDE = 0, -1


def cross_folds(
    folder: ImageFolder,
    together: Sequence[Sequence[int]],
    num_folds: int,
    *,
    seed: int,
    kept: Sequence[int] | None = None,
) -> list[int]:
    """Return the fold of each row, 1 … num_folds, or `NONE` or `ASIDE`.

    Where a CSV names folds they are taken; else each class is dealt out evenly, and what belongs together is in one
    fold. It depends on paths, labels and contents, not on the order of the rows.

    Args:
        folder: scanned, without a validation of its own.
        together: its rows that are not to be separated, beside equal files and named groups.
        num_folds: at least 2.
        seed: another seed, another deal.
        kept: the fold that each row keeps, 0 for a new one, which goes where the images are that it belongs to, and is
            set aside if they are in several folds. None keeps one if None.

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
            f" or divide all images into folds: {dividing_words(anew('divide-anew', folder.data, folds=num_folds))}"
        )
    free = [row for row in np.flatnonzero(folder.usable).tolist() if folder.splits[row] in ("", "train")]
    groups = groups_of(folder, free, together)
    numbers = (
        _named_folds(folder, free, num_folds)
        if folder.folds and kept is None
        else _dealt(folder, groups, num_folds, seed=seed, kept=kept)
    )
    empty = [fold for fold in range(1, num_folds + 1) if fold not in numbers]
    if empty and kept is not None and max(kept) < num_folds:
        raise UsageError(f"the older file has {max(kept):,} folds, not {num_folds:,}; give that number with --folds")
    if empty:
        raise UsageError(
            f"{num_folds:,} folds are too many for {folder.data}: so many groups of images cannot be held out in turn;"
            " give a smaller number, or group them otherwise"
        )
    return numbers


def split_of_fold(folder: ImageFolder, numbers: Sequence[int], fold: int, *, seed: int) -> Split:
    """Return the split of a fold: its images validate, the others train."""
    splits = [
        "" if reason or number == ASIDE else "test" if split == "test" else "validation" if number == fold else "train"
        for number, split, reason in zip(numbers, folder.splits, folder.reasons, strict=True)
    ]
    return Split(splits=tuple(splits), made_here=False, seed=seed)


def find_fold_leaks(
    folder: ImageFolder,
    numbers: Sequence[int],
    pairs: Sequence[NearDuplicate],
    together: Sequence[Sequence[int]],
    *,
    reading: Mapping[str, Any] = MappingProxyType({}),
) -> list[Finding]:
    """Return which share of the images belongs with images in other folds, if any does.

    Args:
        folder: as scanned.
        numbers: the fold of each row.
        pairs, together, reading: as `find_leaks` and `leak_findings` take them.
    """
    _, num_apart = count_whole(groups_of(folder, np.flatnonzero(folder.usable).tolist(), together), _sides(numbers))
    leaks = [
        leak
        for fold in range(1, (max(numbers) if num_apart else NONE) + 1)
        for leak in find_leaks(folder.split_as(split_of_fold(folder, numbers, fold, seed=0).splits), pairs, together)[
            "validation"
        ]
    ]
    if not leaks:
        return []
    num_images = sum(number > NONE for number in numbers)
    values = {
        "num_leaks": len(leaks),
        "num_images": num_images,
        "share": len(leaks) / num_images,
        "kinds": dict(Counter(leak.kind for leak in leaks).most_common()),
        "pairs": surest_pairs(folder, leaks),
    }
    severity: Severity = "error" if len(leaks) >= SERIOUS_SHARE * num_images else "warning"
    change = (
        anew("divide-anew", folder.data, folds=max(numbers), **reading)
        if folder.folds
        else without_given(folder.data, folds=max(numbers), **reading)
    )
    return [Finding(code="fold-leaks", severity=severity, subject=folder.data, values=values, changes=(change,))]


def _sides(numbers: Sequence[int]) -> list[str]:
    return [str(number) if number > NONE else "" for number in numbers]


def check_groups_whole(folder: ImageFolder, numbers: Sequence[int], group_by: str | None) -> None:
    """Check that folds which a CSV names separate no group that is asked for.

    Raises:
        UsageError: naming a group that they separate.
    """
    if group_by is None or not folder.folds:
        return
    folds: defaultdict[str, set[int]] = defaultdict(set)
    for group, number in zip(folder.groups, numbers, strict=False):
        if group and number > NONE:
            folds[group].add(number)
    apart = [group for group, theirs in folds.items() if len(theirs) > 1]
    if apart:
        more = f" and {len(apart) - 1:,} more" if len(apart) > 1 else ""
        raise UsageError(
            f"--group-by {group_by} cannot be followed: the folds that {folder.data} names separate group"
            f" {apart[0]}{more}; leave --group-by out, or give the images without their folds"
        )


def _dealt(
    folder: ImageFolder,
    groups: Sequence[Sequence[int]],
    num_folds: int,
    *,
    seed: int,
    kept: Sequence[int] | None,
) -> list[int]:
    numbers = [NONE] * len(folder.paths)
    parts: list[tuple[Sequence[int], int]] = []  # groups, in an order that is that of no listing, and the fold of each
    for group in groups:
        folds = sorted({kept[row] for row in group} - {NONE}) if kept else []
        if len(folds) < 2:
            parts.append((group, folds[0] if folds else NONE))
            continue
        assert kept
        parts += ([[row for row in group if kept[row] == fold], fold] for fold in folds)  # type: ignore[misc]
        for row in group:
            if not kept[row]:
                numbers[row] = ASIDE
    rows = [row for part, _ in parts for row in part]
    sizes = [len(part) for part, _ in parts]
    dealt = assign_folds(
        folder.labels[rows],
        num_folds=num_folds,
        groups=np.repeat(np.arange(len(parts)), sizes),
        kept=np.repeat(np.array([fold - 1 for _, fold in parts], np.int64), sizes),
        seed=seed,
    )
    for row, fold, theirs in zip(
        rows, dealt.tolist(), np.repeat([fold for _, fold in parts], sizes).tolist(), strict=True
    ):
        # Where a new class has images in this group alone, it is the new image that gives way.
        numbers[row] = fold + 1 if fold >= 0 or not theirs else kept[row] or ASIDE if kept else NONE
    _check_trainable(folder, rows, numbers)
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
    _check_trainable(folder, free, numbers)
    return numbers


def _check_trainable(folder: ImageFolder, rows: Iterable[int], numbers: Sequence[int]) -> None:
    """Check that no class is in one fold alone.

    Raises:
        LayoutError: naming the class.
    """
    folds: defaultdict[int, set[int]] = defaultdict(set)
    for row in rows:
        if numbers[row] != ASIDE:
            folds[int(folder.labels[row])].add(numbers[row])
    for label, theirs in folds.items():
        if len(theirs) == 1 and theirs != {NONE}:
            raise LayoutError(
                f"all images of {folder.class_names[label]} in {folder.data} are in fold {theirs.pop()}, so none would"
                " be trained on there; spread them over two folds or more"
            )
