"""What an older split says of the images of a folder as it is now: which stay, have changed or moved, or are lost."""

import itertools
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Literal, NamedTuple

import numpy as np

from classeur.data.folder import ImageFolder
from classeur.data.manifest import place_in, places_of
from classeur.data.split_names import SPLITS
from classeur.data.splitting import Shares, Split
from classeur.data.tables import Table, read_table
from classeur.errors import LayoutError, TableError, UsageError
from classeur.images.decoding import IMAGE_ENDINGS


class Kept(NamedTuple):
    """What an older manifest says of a folder as it is now."""

    splits: list[str]  # of each row of the folder; "" for an image that is new
    changed: tuple[str, ...]  # paths in the folder, whose bytes are others
    relabelled: tuple[str, ...]  # paths in the folder
    lost: tuple[str, ...]  # paths in the manifest
    counts: dict[str, int]  # images of each split in the manifest, or of each fold
    groups: list[str]  # of each row, as the manifest names it; "" for an image that is new, or in none
    named: frozenset[str]  # of the groups, those that a person or an expression has named, not after an image

    @property
    def together(self) -> list[list[int]]:
        """Return the rows of each group of the manifest that is in the folder still."""
        rows: defaultdict[str, list[int]] = defaultdict(list)
        for row, group in enumerate(self.groups):
            if group:
                rows[group].append(row)
        return [group for group in rows.values() if len(group) > 1]


def read_kept(old: Path, folder: ImageFolder, *, column: Literal["split", "fold"] = "split") -> Kept:
    """Return the split that an older manifest gives each image of a folder, or the fold.

    An image is known by its path, or by its content if it is not at its path any more; where images that are known by
    their content show that a folder has another name or place, by its path inside that folder. A changed file keeps
    its split and group, unless its new content is that of an image in another split.

    Raises:
        TableError: if it is no manifest: it cannot be read, or lacks splits or hashes.
        UsageError: if no image of the folder is in it.
    """
    table = read_table(old, needs_images=False)
    names = _names(table, old, column)
    now = {
        os.path.normpath(place): row
        for row, (place, reason) in enumerate(zip(places_of(folder), folder.reasons, strict=True))
        if not reason
    }
    splits, groups = [""] * len(folder.paths), [""] * len(folder.paths)
    by_content: defaultdict[str, set[str]] = defaultdict(set)  # of images that are as they were
    gone: defaultdict[str, list[int]] = defaultdict(list)  # content → rows of the manifest that are not at their paths
    labels: dict[int, str] = {}
    changed: list[tuple[int, str]] = []
    facts = zip(table.labels, names, table.hashes, table.groups, strict=True)
    for number, (label, name, hash_, group) in enumerate(facts):
        row = now.get(place_in(table, number))
        if row is None:
            gone[hash_].append(number)
            continue
        labels[row], groups[row] = label, group
        if folder.hashes[row] == hash_:
            splits[row] = name
            by_content[hash_].add(name)
        else:
            changed.append((row, name))
    moved = _moved(folder, [row for row in now.values() if row not in labels], table, gone)
    for row, number in moved:
        splits[row], labels[row], groups[row] = names[number], table.labels[number], table.groups[number]
        gone[table.hashes[number]].remove(number)
        by_content[folder.hashes[row]].add(names[number])
    for row, number in _renamed(now, [number for numbers in gone.values() for number in numbers], table, moved):
        if row not in labels:
            labels[row], groups[row] = table.labels[number], table.groups[number]
            gone[table.hashes[number]].remove(number)
            changed.append((row, names[number]))
    for row, name in changed:
        splits[row] = name if by_content.get(folder.hashes[row], {name}) == {name} else ""
        groups[row] = groups[row] if splits[row] else ""
    if not labels:
        raise UsageError(
            f"no image of {folder.data} is in {old}, so there is nothing to keep; give the file of these images, or"
            " leave it out"
        )
    return Kept(
        splits=splits,
        changed=tuple(folder.paths[row] for row, _ in sorted(changed)),
        relabelled=tuple(
            folder.paths[row]
            for row, label in sorted(labels.items())
            if folder.class_names[folder.labels[row]] != label
        ),
        lost=tuple(table.paths[number] for number in sorted(number for rows in gone.values() for number in rows)),
        counts=dict(Counter(filter(None, names))),
        groups=groups,
        named=_named_groups(table),
    )


def _names(table: Table, old: Path, column: Literal["split", "fold"]) -> Sequence[str]:
    """Return the split, or the fold, of each image of a manifest.

    Raises:
        TableError, UsageError: if it has none.
    """
    names = table.splits if column == "split" else table.folds
    other = table.folds if column == "split" else table.splits
    if not any(names) and any(other):
        is_of_folds = column == "split"
        has, use = ("folds", "with --folds K") if is_of_folds else ("a split", "without --folds")
        raise UsageError(
            f"{old} has {has}, no {'split' if is_of_folds else 'folds'}; keep it {use}, or give a file of"
            f" {'a split' if is_of_folds else 'folds'}"
        )
    if not any(names) or not any(table.hashes):
        lacking = column if not any(names) else "hash"
        raise TableError(f"{old} has no column {lacking}; expected a file that classeur split has written")
    return names


def with_kept_groups(folder: ImageFolder, kept: Kept, old: Path) -> ImageFolder:
    """Return the folder with the named groups of an older manifest, where it has none of its own.

    Raises:
        UsageError: if nothing says to which of these groups the new images belong.
    """
    if folder.groups or not kept.named:
        return folder
    new = next((row for row in np.flatnonzero(folder.usable).tolist() if not kept.splits[row]), None)
    if new is not None:
        raise UsageError(
            f"{old} has groups, such as {min(kept.named)}, and nothing says which of them new images belong to, such as"
            f" {folder.paths[new]}; give --group-by as for {old}, or a CSV with a column group"
        )
    return folder.model_copy(update={"groups": tuple(name if name in kept.named else "" for name in kept.groups)})


def _named_groups(table: Table) -> frozenset[str]:
    """Return the groups of a manifest that are not named after an image, as `group_names` names those without name."""
    paths: defaultdict[str, list[str]] = defaultdict(list)
    for group, path in zip(table.groups, table.paths, strict=True):
        paths[group].append(path)
    return frozenset(
        group
        for group, its in paths.items()
        # The image itself may be gone, and the manifest may name its path from another folder.
        if group and os.path.splitext(group)[1].lower() not in IMAGE_ENDINGS  # noqa: PTH122
        if not any(path.endswith(group) or group.endswith(path) for path in its)
    )


def kept_shares(kept: Kept, folder: ImageFolder, usual: Shares) -> Shares:
    """Return the shares that an older split has, so that they stay as the data grow; the usual ones if it lacks one."""
    has_test = "test" in folder.splits  # of its own, which is beside what is split
    train, validation, test = (kept.counts.get(name, 0) for name in SPLITS)
    total = train + validation + (0 if has_test else test)
    return Shares(validation / total, 0.0 if has_test else test / total) if train and validation else usual


def check_kept(folder: ImageFolder, made: Split, kept: Kept, old: Path) -> None:
    """Check that a split which keeps an older one can be trained on and judged.

    Raises:
        LayoutError: with what is missing, and why.
    """
    if not len(made.rows("validation")):
        staying = sum(name == "train" for name in kept.splits)
        raise LayoutError(
            f"{folder.data} has no image to use for validation: {staying:,} stay in training as in {old}, and no"
            " new one can be taken without leaving a class with none to train on; add images"
        )
    used = {label for label, name in zip(folder.labels.tolist(), made.splits, strict=True) if name}
    if without := sorted(used - set(folder.labels[made.rows("train")].tolist())):
        raise LayoutError(
            f"{folder.data} has no image of {folder.class_names[without[0]]} to train on: all stay in validation or"
            f" test as in {old}; add images, or split without it"
        )


def _moved(
    folder: ImageFolder, rows: Sequence[int], table: Table, gone: Mapping[str, Sequence[int]]
) -> list[tuple[int, int]]:
    """Return rows whose content the manifest has at paths that are not there, each with the manifest's row.

    Of files with equal bytes the one of the same label and name is meant, then one of the same label. One whose bytes
    were in several splits is new, unless it has label and name of then.
    """
    parts = [split + fold for split, fold in zip(table.splits, table.folds, strict=True)]
    left = {hash_: list(numbers) for hash_, numbers in gone.items()}
    is_sure = {hash_: len({parts[number] for number in numbers}) == 1 for hash_, numbers in gone.items()}
    found: dict[int, int] = {}
    for needs_label, needs_name in ((True, True), (True, False), (False, False)):
        for row in rows:
            hash_ = folder.hashes[row]
            if row in found or not (needs_name or is_sure.get(hash_)):
                continue
            label, name = folder.class_names[folder.labels[row]], _name(folder.paths[row])
            for number in left.get(hash_, ()):
                has_label, has_name = table.labels[number] == label, _name(table.paths[number]) == name
                if (has_label or not needs_label) and (has_name or not needs_name):
                    found[row] = number
                    left[hash_].remove(number)
                    break
    return sorted(found.items())


def _renamed(
    now: Mapping[str, int], left: Iterable[int], table: Table, moved: Iterable[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return rows at the paths of the manifest's rows `left` in folders that have moved, each with the manifest's row.

    Where images that are known by their content lie is what the paths of a folder begin with now. A folder that has
    other images still has not moved: an image of another class may have been put there.
    """
    places = {row: place for place, row in now.items()}
    ends = (_without_common_end(place_in(table, number), places[row]) for row, number in moved)
    beginnings = {
        (old, new)
        for old, new in ends
        if old.endswith(os.sep) and not any(place.startswith(old) and not place.startswith(new) for place in now)
    }
    found = {}
    for number in sorted(left):
        place = place_in(table, number)
        rows = {now.get(new + place[len(old) :]) for old, new in beginnings if place.startswith(old)} - {None}
        if len(rows) == 1:
            found[rows.pop()] = number
    return sorted((row, number) for row, number in found.items() if row is not None)


def _without_common_end(one: str, other: str) -> tuple[str, str]:
    """Return two paths without the folders and names that both end with; each then ends with a separator."""
    ends = zip(reversed(PurePath(one).parts), reversed(PurePath(other).parts), strict=False)
    length = len(os.sep.join(part for part, _ in itertools.takewhile(lambda end: end[0] == end[1], ends)))  # noqa: PTH118
    return one[: len(one) - length], other[: len(other) - length]


def _name(path: str) -> str:
    return path.rpartition("/")[2]
