"""The files of a folder, zip or CSV: each is listed with its split and class, or left out with a reason.

Only names are read here; `scan.scan` opens the files.
"""

import os
import shlex
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from classeur.data.archive import is_archive, unpacked
from classeur.data.layout import (
    OUTSIDE,
    UNLABELLED,
    Layout,
    Note,
    composed,
    read_layout,
    relative_to,
)
from classeur.data.split_names import SPLITS, split_names
from classeur.data.tables import TABLE_ENDINGS, read_table
from classeur.data.tree import Folder, Tree, read_tree
from classeur.errors import DataNotFoundError, LayoutError, NothingUsableError, TableError, UsageError

_SPREADSHEET_ENDINGS = frozenset((".ods", ".xls", ".xlsm", ".xlsx"))
_SPLIT_ORDER = {split: number for number, split in enumerate(("", *SPLITS))}


class Listing(NamedTuple):
    """The files of a data set, by name: columns of one length, and what was left out."""

    data: Path  # as the user gave it
    key: str  # identifies this data set on this machine; two CSVs in one folder differ
    root: Path  # the folder that `paths` are relative to
    layout: Literal["classes", "splits", "table", "flat"]
    paths: list[str]  # with `/`
    splits: list[str]  # train, validation, test, or "" if the data are not split
    labels: list[str]  # class names, or "" in a flat folder
    groups: list[str]  # group that must stay in one split, from a CSV; "" if none is given
    folds: list[str]  # part of a cross-validation, from a CSV; "" if none is given
    hashes: list[str]  # of the content, as a CSV records it; "" if none is given
    class_names: list[str]  # sorted by code point, as Keras does; also those without images
    left_out: dict[str, list[str]]  # reason → paths
    notes: list[Note]  # notes about names, for people

    def count_files(self) -> dict[str, Counter[str]]:
        """Return the files of each class by split, before any is opened: {split: {class name: files}}."""
        counts = {split: Counter[str]() for split in dict.fromkeys(self.splits)}
        for split, label in zip(self.splits, self.labels, strict=True):
            counts[split][label] += 1
        return counts


def list_images(data: Path, *, cache: Path, columns: Mapping[str, str] | None = None) -> Listing:
    """Return the files of `data`, in a fixed order.

    Args:
        data: `D/class/*`, `D/{train,val,test}/class/*` under any of the usual names of splits, a zip of either, or a
            CSV of paths and labels. Class folders may have folders in them. A folder that contains only one
            folder stands for that folder. Links to folders count as folders.
        cache: the folder where a zip is unpacked, once.
        columns: names of a CSV's columns, as `tables.read_table` takes them.

    Raises:
        DataNotFoundError: if there is nothing at `data`.
        LayoutError: if two folders stand for the same split or class, a class has an impossible name, the folder cannot
            be opened, or it has no classes but a CSV that lists its images.
        TableError, ArchiveError: if the CSV or zip cannot be used.
    """
    try:
        is_there, is_folder = data.exists(), data.is_dir()
    except OSError:  # a folder around it is closed, or the name is too long
        is_there = is_folder = False
    if not is_there:
        raise DataNotFoundError(data)
    if not is_folder and data.suffix.lower() in TABLE_ENDINGS:
        return _list_table(data, columns)
    if columns:
        raise UsageError(f"{data} is not a CSV, so it has no columns; leave out --columns")
    if is_folder:
        return _list_folder(data, data, cache)
    if data.suffix.lower() in _SPREADSHEET_ENDINGS:  # these files are zips inside
        raise TableError(f"{data} is a spreadsheet; save it as CSV UTF-8, and give the CSV")
    if is_archive(data):
        return _list_folder(unpacked(data, cache), data, cache)
    raise TableError(f"{data} is not a folder, zip or CSV; give a folder of class folders, a zip of one, or a CSV")


def check_listing(listing: Listing, *, several_for: str | None = None) -> None:
    """Check by names alone that a data set can be trained on; no file is opened.

    Args:
        listing: of the data set.
        several_for: the model that needs several classes, by name; None if one is enough.

    Raises:
        LayoutError: if it has no class, one class where several are needed, a class folder that cannot be opened, an
            empty class, or a class without a file for training.
        NothingUsableError: if it has no image.
    """
    data = listing.data
    closed = next((note for note in listing.notes if note.code == "folder-closed" and any(note.values.values())), None)
    if closed is not None:
        raise LayoutError(
            f"{data} has a folder that cannot be opened, {closed.subject}; make it readable, or remove it"
        )
    if not listing.class_names:
        raise _without_classes(listing)
    if len(listing.class_names) == 1 and several_for is not None:
        raise only_one_class(data, listing.class_names[0], several_for)
    if not listing.paths:
        folders = "class folder" if len(listing.class_names) == 1 else f"{len(listing.class_names)} class folders"
        raise NothingUsableError(f"{data} has no image in its {folders}{_archives_in(listing)}")
    counts = listing.count_files()
    train_split = "train" if any(listing.splits) else ""
    for name in listing.class_names:
        if train_split in counts and counts[train_split][name]:
            continue
        elsewhere = sorted(split for split, by_class in counts.items() if by_class[name])
        if elsewhere:
            alike = next(
                (other for other in listing.class_names if other != name and _plain(other) == _plain(name)), ""
            )
            hint = f" ('{alike}' is another class: give both the same name)" if alike else ""
            raise LayoutError(
                f"class '{name}' has images for {' and '.join(elsewhere)} but none for training{hint}; add some to"
                f" train/{name}, or remove the class"
            )
        raise LayoutError(f"class '{name}' is empty; add images to it, or remove its folder")


def only_one_class(data: Path | str, name: str, model: str) -> LayoutError:
    """Return the error of data with one class for a model that needs several."""
    return LayoutError(
        f"{data} has only one class, '{name}'; {model} needs at least two: add another class, or learn what is unlike"
        f" this one: classeur train {shlex.quote(str(data))} --model auto"
    )


def _without_classes(listing: Listing) -> LayoutError:
    data = listing.data
    expected = f"expected one folder per class, such as {data}/cats and {data}/dogs"
    if listing.paths:
        count = f"{len(listing.paths):,} image{'' if len(listing.paths) == 1 else 's'}"
        splits: list[str] = next(
            (note.values["classes"] for note in listing.notes if note.code == "split-like-classes"), []
        )
        if splits:
            inside = f"{data}/{splits[0]}"
            expected = f"its folders are splits ({', '.join(splits)}): {inside}/cats and {inside}/dogs are expected"
        return LayoutError(f"{data} has {count} but no class folder; {expected}")
    output = next((note.subject for note in listing.notes if note.code == "own-output"), "")
    if output:
        return LayoutError(f"{data} contains only output of classeur; if you mean {output}, give that folder itself")
    return LayoutError(f"{data} has no class folder{_archives_in(listing)}; {expected}")


def _archives_in(listing: Listing) -> str:
    archives = [path for note in listing.notes if note.code == "no-images" for path in note.values["archives"]]
    if not archives:
        return ""
    return (
        f", but a zip, {archives[0]}: unpack it, or give the zip itself"
        if len(archives) == 1
        else (f", but {len(archives)} zips, such as {archives[0]}: unpack them, or give one of them")
    )


def _plain(name: str) -> str:
    return name.strip().casefold()


def _list_folder(folder: Path, data: Path, cache: Path) -> Listing:
    tree = read_tree(folder, cache=cache)
    if tree.top.closed:
        raise LayoutError(f"{data} cannot be opened; make it readable, or copy it")
    layout = read_layout(tree, data)
    root = folder / layout.root.path
    rows = [
        (split, label, relative_to(layout.root, path))
        for split, label, class_folder in ((split, composed(found.name), found) for split, found in layout.classes)
        for path in class_folder.below()
    ]
    left_out = {reason: [relative_to(layout.root, path) for path in paths] for reason, paths in tree.left_out.items()}
    for split, unlabelled in layout.unlabelled:
        paths = [relative_to(layout.root, path) for path in unlabelled.below()]
        if paths:
            left_out.setdefault(UNLABELLED.format(split=split), []).extend(sorted(paths))
    outside, notes = _outside(tree, layout)
    notes = [*layout.notes, *notes, *_closed_notes(tree, layout)]
    class_names = sorted({composed(class_folder.name) for _, class_folder in layout.classes})
    if layout.kind == "flat":
        rows = [("", "", path) for path in outside]
    elif outside:
        left_out[OUTSIDE] = outside
    if layout.kind == "flat" or len(class_names) == 1:
        _check_table_beside(data, layout, folder, sorted({*outside, *(path for _, _, path in rows)}))
    if not rows:
        archives = [path for paths in left_out.values() for path in paths if path.lower().endswith(".zip")]
        notes.append(Note("no-images", str(data), {"archives": archives}))
    rows.sort(key=lambda row: (_SPLIT_ORDER[row[0]], row[1], row[2]))
    splits, labels, paths = ([row[column] for row in rows] for column in range(3))
    return Listing(
        data=data,
        key=str(root.resolve()),
        root=root,
        layout=layout.kind,
        paths=paths,
        splits=splits,
        labels=labels,
        groups=[""] * len(rows),
        folds=[""] * len(rows),
        hashes=[""] * len(rows),
        class_names=class_names,
        left_out=left_out,
        notes=notes,
    )


def _outside(tree: Tree, layout: Layout) -> tuple[list[str], list[Note]]:
    """Return the images outside the class folders, and a note on each folder that contains only such images."""
    taken = {folder.path for _, folder in (*layout.classes, *layout.unlabelled)}
    paths: list[str] = []
    pending: list[Folder] = [tree.top]
    while pending:
        folder = pending.pop()
        if folder.path not in taken:
            here = f"{folder.path}/" if folder.path else ""
            paths += (relative_to(layout.root, here + name) for name in folder.images)
            pending += folder.folders
    used = {_first(relative_to(layout.root, path)) for path in taken}
    lost = Counter(_first(path) for path in paths if "/" in path)
    notes = [
        Note("folder-left-out", name, {"num_images": count})
        for name, count in sorted(lost.items())
        if name not in used and layout.kind != "flat"
    ]
    return sorted(paths), notes


def _first(path: str) -> str:
    return path.partition("/")[0]


def _closed_notes(tree: Tree, layout: Layout) -> list[Note]:
    classes = {folder.path: (split, composed(folder.name)) for split, folder in layout.classes}
    splits = {
        name: (said.split, "") for name, said in split_names(folder.name for folder in layout.root.folders).items()
    }
    notes = []
    for folder in tree.closed:
        path = relative_to(layout.root, folder.path)
        split, class_name = classes.get(folder.path) or splits.get(path) or ("", "")
        notes.append(Note("folder-closed", path, {"class_name": class_name, "split": split}))
    return notes


def _check_table_beside(data: Path, layout: Layout, folder: Path, paths: list[str]) -> None:
    """Check that no CSV at the top of a folder without classes lists its images: then the CSV is probably meant.

    Raises:
        LayoutError: if there is one.
    """
    root = folder / layout.root.path
    places = {folder, root, *(root / inner.name for inner in layout.root.folders[:1])}
    tables = sorted(
        path for place in places for path in place.iterdir() if path.suffix.lower() in TABLE_ENDINGS and path.is_file()
    )
    if not tables or not paths:
        return
    images = {os.path.normpath(os.path.join(root.resolve(), path)) for path in paths}  # noqa: PTH118
    naming = [str(table.relative_to(folder)) for table in tables if _names_some(table, images)]
    if not naming:
        return
    count = f"{len(paths):,} image{'' if len(paths) == 1 else 's'}"
    lacking = f"{count} but no class folder" if layout.kind == "flat" else f"{count} in one folder"
    names = "names them" if len(naming) == 1 else "name them"
    given = f"classeur {naming[0]}" if len(naming) == 1 else "classeur one of these"
    if not data.is_dir():
        given = f"{given}, unpacked"
    elif len(naming) == 1:
        given = f"classeur {data / naming[0]}"
    raise LayoutError(f"{data} has {lacking}; {' and '.join(naming)} in it {names}: give {given}")


def _names_some(table: Path, images: set[str]) -> bool:
    try:
        found = read_table(table)
    except TableError:
        return False
    root = found.root.resolve()
    return any(os.path.normpath(os.path.join(root, path)) in images for path in found.paths)  # noqa: PTH118


def _list_table(data: Path, columns: Mapping[str, str] | None) -> Listing:
    table = read_table(data, columns)
    return Listing(
        data=data,
        # With another root or another path column, the rows have other paths.
        key="\0".join((str(data.resolve()), str(table.root.resolve()), table.path_column)),
        root=table.root,
        layout="table",
        paths=table.paths,
        splits=table.splits,
        labels=table.labels,
        groups=table.groups,
        folds=table.folds,
        hashes=table.hashes,
        class_names=sorted(set(table.labels)),
        left_out=table.left_out,
        notes=[],
    )
