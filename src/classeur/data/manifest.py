"""A split as a file: a CSV that names each image, its class, split, group and content, and is data to every command."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

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
    names = group_names(folder, groups)
    places, base = places_of(folder), os.path.realpath(to.parent)
    rows = split_rows(folder, made)
    used = [row for row, name in enumerate(made.splits) if name]
    cells = [
        (named_beside(places[row], base), label, name, names.get(row, ""), hash_)
        for row, (_, label, name, hash_) in zip(used, rows, strict=True)
    ]
    with written_atomically(to) as temporary:
        # Bytes: a path that is not UTF-8 is found when it is read back.
        temporary.write_bytes(to_csv(_COLUMNS, cells).encode("utf-8", "surrogateescape"))
        table = _read_back(temporary, to, folder, used)
        for number, row in enumerate(used):
            _, label, name, _ = rows[number]
            is_same = len(table.paths) == len(used) and _place(table, number) == os.path.normpath(places[row])
            if not is_same or (table.labels[number], table.splits[number]) != (label, name):
                raise _unwritable(to, folder.paths[row])
        return fingerprint(zip(table.paths, table.labels, table.splits, table.hashes, strict=True))


def read_kept(old: Path, folder: ImageFolder) -> Kept:
    """Return the split that an older manifest gives each image of a folder.

    An image is known by its path, or by its content if it is not at its path any more. A changed file keeps its
    split, unless its new content is that of an image in another.

    Raises:
        TableError: if it is no manifest: it cannot be read, or lacks splits or hashes.
    """
    table = read_table(old)
    if not any(table.splits) or not any(table.hashes):
        lacking = "split" if not any(table.splits) else "hash"
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
    for number, (label, name, hash_) in enumerate(zip(table.labels, table.splits, table.hashes, strict=True)):
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
        if row not in labels and there and len({table.splits[number] for number in there}) == 1:
            splits[row], labels[row] = table.splits[there[0]], table.labels[there[0]]
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
