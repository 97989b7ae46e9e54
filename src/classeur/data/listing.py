"""What lies in a folder, a zip or a CSV: every file found, listed under its split and class or left out with a reason.

Only names are looked at here; `folder.scan` opens the files.
"""

import csv
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from classeur.data.archive import is_archive, unpacked
from classeur.errors import DataNotFoundError, LayoutError, TableError
from classeur.images.decoding import IMAGE_ENDINGS

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
}

_SPLIT_ORDER = ("", "train", "validation", "test")

_SYSTEM_NAMES = frozenset(("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "icon\r"))
_NO_ENDING = "no image's ending"
_OUTSIDE = "outside the class folders"
_LINK = "a link to a folder"
_CLOSED = "a folder that cannot be opened"


class Listing(NamedTuple):
    """The files of a data set, by name: columns of one length, and what was left out."""

    root: Path  # the folder that `paths` are relative to
    layout: Literal["classes", "splits", "table", "flat"]
    paths: list[str]  # with `/`
    splits: list[str]  # train, validation, test, or "" where nobody has split them
    labels: list[str]  # class names, or "" in a flat folder
    class_names: list[str]  # sorted as Keras sorts them, by code point; also those without images
    left_out: dict[str, list[str]]  # reason → paths


def list_images(data: Path, *, cache: Path) -> Listing:
    """Return the files of `data`, in a fixed order.

    Args:
        data: `D/class/*`, `D/{train,val|valid|validation,test}/class/*`, a zip of either, or a CSV `path,label[,split]`
            with paths relative to it. Class folders may have folders in them. A folder that holds nothing but one
            folder stands for that one.
        cache: where a zip is unpacked, once.

    Raises:
        DataNotFoundError: if nothing is there.
        LayoutError: if two folders claim one split.
        TableError, ArchiveError: if the CSV or zip is not as it should be.
    """
    if not data.exists():
        raise DataNotFoundError(data)
    if data.is_dir():
        return _list_folder(data)
    if data.suffix.lower() == ".csv":
        return _list_table(data)
    if is_archive(data):
        return _list_folder(unpacked(data, cache))
    raise TableError(f"{data} is no folder, zip or CSV; give a folder of class folders, a zip of one, or a CSV")


def _list_folder(folder: Path) -> Listing:
    root = _descend(folder)
    split_folders = _split_folders(root)
    parents = [root / name for name in split_folders] or [root]
    class_names = sorted({_normal(class_folder.name) for parent in parents for class_folder in _folders(parent)})
    left_out: dict[str, list[str]] = {}
    rows: list[tuple[str, str, str]] = []
    outside: list[str] = []
    for path, reason in _walk(folder, root):
        *folders, _ = path.split("/")
        if reason:
            left_out.setdefault(reason, []).append(path)
        elif split_folders and len(folders) >= 2 and folders[0] in split_folders:
            rows.append((split_folders[folders[0]], _normal(folders[1]), path))
        elif not split_folders and folders and folders[0] != "..":
            rows.append(("", _normal(folders[0]), path))
        else:
            outside.append(path)
    if not class_names and outside:
        return Listing(root, "flat", outside, [""] * len(outside), [""] * len(outside), [], left_out)
    if outside:
        left_out[_OUTSIDE] = outside
    rows.sort(key=lambda row: (_SPLIT_ORDER.index(row[0]), row[1], row[2]))
    splits, labels, paths = ([row[column] for row in rows] for column in range(3))
    return Listing(root, "splits" if split_folders else "classes", paths, splits, labels, class_names, left_out)


def _descend(folder: Path) -> Path:
    """Return the folder that holds the classes or splits: below folders that hold nothing but one folder of folders."""
    while True:
        folders = _folders(folder)
        if len(folders) != 1 or folders[0].name.lower() in SPLIT_NAMES or not _folders(folders[0]):
            return folder
        files = (path for path in (*folder.iterdir(), *folders[0].iterdir()) if path.is_file())
        if any(path.suffix.lower() in IMAGE_ENDINGS for path in files):
            return folder
        folder = folders[0]


def _split_folders(root: Path) -> dict[str, str]:
    """Return {folder name: split} where the root holds splits, else nothing: `train` alone may well be a class."""
    known = [folder.name for folder in _folders(root) if folder.name.lower() in SPLIT_NAMES]
    names = {name: SPLIT_NAMES[name.lower()] for name in known if _folders(root / name)}
    splits = list(names.values())
    for split in set(splits):
        if splits.count(split) > 1:
            rivals = " and ".join(sorted(name for name, its_split in names.items() if its_split == split))
            raise LayoutError(f"{root} has two folders for one split, {rivals}; keep one, or list the files in a CSV")
    return names if "train" in splits or len(names) == len(_folders(root)) else {}


def _folders(folder: Path) -> list[Path]:
    """Return the visible folders in a folder, sorted by code point; links to folders are not followed."""
    return sorted(
        (
            path
            for path in folder.iterdir()
            if path.is_dir() and not path.is_symlink() and not _system_reason(path.name)
        ),
        key=lambda path: path.name,
    )


def _walk(folder: Path, root: Path) -> Iterator[tuple[str, str | None]]:
    """Yield (path relative to the root, why it is left out or None) of every file below the folder, sorted."""
    closed: list[str] = []
    for where, folder_names, file_names in os.walk(folder, onerror=lambda error: closed.append(error.filename)):
        here = Path(where)
        folder_names.sort()
        for name in list(folder_names):
            if (here / name).is_symlink():
                folder_names.remove(name)
                yield _relative(here / name, root), _LINK
        hidden = next(filter(None, map(_system_reason, here.relative_to(folder).parts)), None)
        for name in sorted(file_names):
            reason = hidden or _system_reason(name)
            if reason is None and Path(name).suffix.lower() not in IMAGE_ENDINGS:
                reason = _NO_ENDING
            yield _relative(here / name, root), reason
    for name in closed:
        yield _relative(Path(name), root), _CLOSED


def _system_reason(name: str) -> str | None:
    """Return why a name is never looked at, or None."""
    if name.startswith("."):
        return "hidden"
    return "the system's own" if name.lower() in _SYSTEM_NAMES else None


def _list_table(table: Path) -> Listing:
    root = table.parent
    rows: dict[str, tuple[str, str]] = {}
    left_out: dict[str, list[str]] = {}
    try:
        with open(table, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey="extra")
            columns = reader.fieldnames or []
            if "path" not in columns or "label" not in columns:
                raise TableError(f"{table} has the columns {', '.join(columns) or 'none'}; expected path,label[,split]")
            for row in reader:
                path, label = (row["path"] or "").strip(), _normal((row["label"] or "").strip())
                split = _split_of(row.get("split"), table, reader.line_num)
                if not path or not label:
                    raise TableError(f"{table}, line {reader.line_num}: the path or label is empty")
                if "\0" in path:
                    raise TableError(f"{table}, line {reader.line_num}: the path holds a NUL")
                path = _posix_path(path, table, reader.line_num)
                if path not in rows:
                    rows[path] = (label, split)
                elif rows[path] == (label, split):
                    left_out.setdefault("listed twice", []).append(path)
                else:
                    raise TableError(f"{table}, line {reader.line_num}: {path} is listed twice, and not alike")
    except UnicodeDecodeError as error:
        raise TableError(f"{table} is not in UTF-8; save it as CSV UTF-8") from error
    except OSError as error:
        raise TableError(f"{table} cannot be read ({error.strerror}); make it readable or copy it") from error
    except csv.Error as error:
        raise TableError(f"{table} is not a CSV: {error}") from error
    labels = [label for label, _ in rows.values()]
    splits = [split for _, split in rows.values()]
    if any(splits) and not all(splits):
        raise TableError(f"{table} gives a split for some rows only; give one for each, or for none")
    return Listing(root, "table", list(rows), splits, labels, sorted(set(labels)), left_out)


def _split_of(name: str | None, table: Path, line: int) -> str:
    name = (name or "").strip().lower()
    if name and name not in SPLIT_NAMES:
        raise TableError(f"{table}, line {line}: the split is '{name}'; expected train, validation or test")
    return SPLIT_NAMES[name] if name else ""


def _posix_path(path: str, table: Path, line: int) -> str:
    path = path.replace("\\", "/")
    if path.startswith("/") or path[1:2] == ":":
        raise TableError(f"{table}, line {line}: {path} is absolute; expected a path relative to the CSV")
    return os.path.normpath(path).replace("\\", "/")


def _normal(name: str) -> str:
    """Return a class name in Unicode's composed form: macOS and Linux spell é differently."""
    return unicodedata.normalize("NFC", name)


def _relative(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()
