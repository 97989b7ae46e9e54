"""A split as a file: a CSV that names each image, its class, split, group and content, and is data to every command."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from classeur.data.facts import content_hash
from classeur.data.folder import ImageFolder
from classeur.data.splitting import Split
from classeur.data.tables import Table, common_folder, read_table
from classeur.errors import LayoutError, TableError
from classeur.run import to_csv
from classeur.storage import written_atomically

_COLUMNS = ("path", "label", "split", "group", "hash")


def split_rows(folder: ImageFolder, made: Split) -> list[tuple[str, str, str, str]]:
    """Return path, label, split and hash of every image that is in a split."""
    return [
        (folder.paths[row], folder.class_names[folder.labels[row]], name, folder.hashes[row])
        for row, name in enumerate(made.splits)
        if name
    ]


def fingerprint(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """Return a hash of every image's path, label, split and content, in whatever order they are.

    Paths count from the innermost folder that all of them are in, so it is the same wherever the images and a CSV of
    them are.
    """
    rows = list(rows)
    folders = {path.rpartition("/")[0] for path, *_ in rows}
    common = common_folder(PurePosixPath("/", folder) for folder in folders) or PurePosixPath("/")
    length = len(str(common).strip("/")) + 1 if common.name else 0
    lines = "\n".join("\t".join((path[length:], *rest)) for path, *rest in sorted(rows))
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
        try:
            table = _read_back(temporary, header, cells)
        except TableError as error:
            number = _first_unreadable(temporary, header, cells)
            raise _unwritable(to, folder.paths[rows[number][0]], number, cells) from error
        for number, (row, split, fold) in enumerate(rows):
            is_same = len(table.paths) == len(rows) and place_in(table, number) == os.path.normpath(places[row])
            found = (table.labels[number], table.splits[number], table.folds[number]) if is_same else None
            if found != (labels[number], split, fold):
                raise _unwritable(to, folder.paths[row], number, cells)
        parts = [split + fold for split, fold in zip(table.splits, table.folds, strict=True)]
        return fingerprint(zip(table.paths, table.labels, parts, table.hashes, strict=True))


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


def place_in(table: Table, number: int) -> str:
    """Return the absolute path of an image of a table, by its number."""
    return os.path.normpath(os.path.join(os.path.realpath(table.root), table.paths[number]))  # noqa: PTH118


def _read_back(to: Path, header: Sequence[str], cells: Sequence[Sequence[str]]) -> Table:
    """Write a CSV, and return what is read of it."""
    # Bytes: a path that is not UTF-8 is found when it is read back.
    to.write_bytes(to_csv(header, cells).encode("utf-8", "surrogateescape"))
    return read_table(to)


def _first_unreadable(to: Path, header: Sequence[str], cells: Sequence[Sequence[str]]) -> int:
    """Return the number of the first row for which a CSV of these rows cannot be read, by halving."""
    low, high = 0, len(cells)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            _read_back(to, header, cells[low:middle])
            low = middle
        except TableError:
            high = middle
    return low


# What in a path a CSV of these does not give back, and in words.
_NOT_READ_BACK = (
    (re.compile("[\ud800-\udfff]"), "letters that are not UTF-8"),
    (re.compile(r"\\"), r"a \, which is read as /"),
    (re.compile(r"^\s|\s$"), "blanks at its ends"),
    (re.compile("^[A-Za-z]:"), "a drive of Windows at its beginning"),
)


def _unwritable(to: Path, path: str, number: int, cells: Sequence[Sequence[str]]) -> LayoutError:
    """Return the error of the path of a row; it counts the others that are not read back for the same reason."""
    shown, why, num_others = path.encode("utf-8", "replace").decode("utf-8"), "", 0
    for signs, words in _NOT_READ_BACK:
        if signs.search(cells[number][0]):
            num_others = sum(bool(signs.search(each)) for each, *_ in cells) - 1
            others = f", as have {num_others:,} other paths" if num_others > 1 else ", as has another path" * num_others
            why = f": it has {words}{others}"
            break
    what = "the files or their folders" if num_others else "the file or its folder"
    return LayoutError(f"{to} cannot name {shown!r} so that it is read back{why}; rename {what}")
