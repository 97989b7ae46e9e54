"""A split as a file: a CSV that names each image, its class, split, group and content, and is data to every command."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from classeur.data.facts import content_hash
from classeur.data.folder import ImageFolder
from classeur.data.splitting import Split
from classeur.data.tables import Table, read_table
from classeur.errors import LayoutError, TableError
from classeur.run import to_csv
from classeur.storage import written_atomically

_COLUMNS = ("path", "label", "split", "group", "hash")


class Kept(NamedTuple):
    """What an older manifest says of a folder as it is now."""

    splits: list[str]  # of each row of the folder; "" for an image that is new
    changed: tuple[str, ...]  # paths in the folder, whose bytes are others
    relabelled: tuple[str, ...]  # paths in the folder
    lost: tuple[str, ...]  # paths in the manifest


def split_rows(folder: ImageFolder, made: Split) -> list[tuple[str, str, str, str]]:
    """Return path, label, split and hash of every image that is in a split."""
    return [
        (folder.paths[row], folder.class_names[folder.labels[row]], name, folder.hashes[row])
        for row, name in enumerate(made.splits)
        if name
    ]


def fingerprint(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """Return a hash of every image's path, label, split and content, in whatever order they are."""
    lines = "\n".join("\t".join(row) for row in sorted(rows))
    return content_hash(lines.encode("utf-8", "surrogateescape"))


def write_manifest(to: Path, folder: ImageFolder, made: Split, groups: Sequence[Sequence[int]]) -> str:
    """Write the images of a split, and return the fingerprint that a training on this file has.

    Paths are relative to the file where the images are in folders beside it, else absolute. The file is read back
    before it is put in its place.

    Args:
        to: the CSV to write.
        folder: of the images.
        made: their split.
        groups: rows that are together in a split; their name is that of the group, or the path of the first.

    Raises:
        LayoutError: naming an image that no CSV can name.
        StorageError: if the file cannot be written.
    """
    rows = [(row, name, "") for row, name in enumerate(made.splits) if name]
    return _write(to, folder, rows, groups)


def write_folds(to: Path, folder: ImageFolder, numbers: Sequence[int], groups: Sequence[Sequence[int]]) -> str:
    """Write the fold of each image of a cross-validation, and return a fingerprint; errors as `write_manifest`.

    Args:
        to, folder, groups: as there.
        numbers: the fold of each row; 0 for an image that is in none, for training or for the test of the data, and
            below for one that is set aside.
    """
    has_test = "test" in folder.splits
    rows = [
        (row, folder.splits[row] if has_test else "", str(numbers[row]) if numbers[row] else "")
        for row in np.flatnonzero(folder.usable).tolist()
        if numbers[row] >= 0
    ]
    return _write(to, folder, rows, groups, has_folds=True)


def _write(
    to: Path,
    folder: ImageFolder,
    rows: Sequence[tuple[int, str, str]],
    groups: Sequence[Sequence[int]],
    *,
    has_folds: bool = False,
) -> str:
    """Write rows with their split and fold, and return the fingerprint of what is read back."""
    names = group_names(folder, groups)
    places, base = places_of(folder), os.path.realpath(to.parent)
    labels = [folder.class_names[folder.labels[row]] for row, *_ in rows]
    cells = [
        (named_beside(places[row], base), label, split, names.get(row, ""), folder.hashes[row], *([fold] * has_folds))
        for (row, split, fold), label in zip(rows, labels, strict=True)
    ]
    with written_atomically(to) as temporary:
        header = (*_COLUMNS, *(["fold"] * has_folds))
        # Bytes: a path that is not UTF-8 is found when it is read back.
        temporary.write_bytes(to_csv(header, cells).encode("utf-8", "surrogateescape"))
        table = _read_back(temporary, to, folder, [row for row, *_ in rows])
        for number, (row, split, fold) in enumerate(rows):
            is_same = len(table.paths) == len(rows) and _place(table, number) == os.path.normpath(places[row])
            found = (table.labels[number], table.splits[number], table.folds[number]) if is_same else None
            if found != (labels[number], split, fold):
                raise _unwritable(to, folder.paths[row])
        parts = [split + fold for split, fold in zip(table.splits, table.folds, strict=True)]
        return fingerprint(zip(table.paths, table.labels, parts, table.hashes, strict=True))


def read_kept(old: Path, folder: ImageFolder, *, column: Literal["split", "fold"] = "split") -> Kept:
    """Return the split that an older manifest gives each image of a folder, or the fold.

    An image is known by its path, or by its content if it is not at its path any more. A changed file keeps its
    split, unless its new content is that of an image in another.

    Raises:
        TableError: if it is no manifest: it cannot be read, or lacks splits or hashes.
    """
    table = read_table(old)
    names = table.splits if column == "split" else table.folds
    if not any(names) or not any(table.hashes):
        lacking = column if not any(names) else "hash"
        raise TableError(f"{old} has no column {lacking}; expected a file that classeur split has written")
    now = {
        os.path.normpath(place): row
        for row, (place, reason) in enumerate(zip(places_of(folder), folder.reasons, strict=True))
        if not reason
    }
    splits = [""] * len(folder.paths)
    by_content: defaultdict[str, set[str]] = defaultdict(set)  # of images that are as they were
    gone: defaultdict[str, list[int]] = defaultdict(list)  # content → rows of the manifest that are not at their paths
    labels: dict[int, str] = {}
    changed: list[tuple[int, str]] = []
    for number, (label, name, hash_) in enumerate(zip(table.labels, names, table.hashes, strict=True)):
        row = now.get(_place(table, number))
        if row is None:
            gone[hash_].append(number)
            continue
        labels[row] = label
        if folder.hashes[row] == hash_:
            splits[row] = name
            by_content[hash_].add(name)
        else:
            changed.append((row, name))
    for row, name in changed:
        splits[row] = name if by_content.get(folder.hashes[row], {name}) == {name} else ""
    for row in now.values():
        there = gone.get(folder.hashes[row], ())
        if row not in labels and there and len({names[number] for number in there}) == 1:
            splits[row], labels[row] = names[there[0]], table.labels[there[0]]
            gone[folder.hashes[row]] = list(there[1:]) or []
    return Kept(
        splits=splits,
        changed=tuple(folder.paths[row] for row, _ in changed),
        relabelled=tuple(
            folder.paths[row]
            for row, label in sorted(labels.items())
            if folder.class_names[folder.labels[row]] != label
        ),
        lost=tuple(table.paths[number] for number in sorted(number for rows in gone.values() for number in rows)),
    )


def places_of(folder: ImageFolder) -> list[str]:
    """Return the absolute path of each row."""
    root = os.path.realpath(folder.root).rstrip(os.sep)
    return [f"{root}{os.sep}{path}" for path in folder.paths]


def named_beside(place: str, base: str) -> str:
    """Return an absolute path as a CSV in the folder `base` names it: relative where the file is below it."""
    inside = base.rstrip(os.sep) + os.sep
    return (place[len(inside) :] if place.startswith(inside) else place).replace(os.sep, "/")


def group_names(folder: ImageFolder, groups: Sequence[Sequence[int]]) -> dict[int, str]:
    """Return the name of the group of each row that is in one."""
    names: dict[int, str] = {}
    for group in groups:
        own = sorted({folder.groups[row] for row in group} - {""}) if folder.groups else []
        if own or len(group) > 1:
            names.update(dict.fromkeys(group, " + ".join(own) or folder.paths[group[0]]))
    return names


def _place(table: Table, number: int) -> str:
    return os.path.normpath(os.path.join(os.path.realpath(table.root), table.paths[number]))  # noqa: PTH118


def _read_back(written: Path, to: Path, folder: ImageFolder, used: Sequence[int]) -> Table:
    try:
        return read_table(written)
    except TableError as error:
        strange = next((row for row in used if not _is_plain(folder.paths[row])), used[0])
        raise _unwritable(to, folder.paths[strange]) from error


def _is_plain(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\\" not in path


def _unwritable(to: Path, path: str) -> LayoutError:
    shown = path.encode("utf-8", "replace").decode("utf-8")
    return LayoutError(
        f"{to} cannot name {shown!r} so that it is read back (blanks at its ends, a \\, or letters that are not UTF-8);"
        " rename the file or its folder"
    )
