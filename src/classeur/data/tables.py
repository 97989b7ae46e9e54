"""CSVs that name images and their classes, as spreadsheets, notebooks and competitions write them."""

import os
import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from classeur.data.layout import composed, control_character
from classeur.data.named_files import AmbiguousNameError, NamedFiles
from classeur.data.split_names import split_names
from classeur.data.table_lines import COLUMN_NAMES, EXPECTED, Lines, run_of
from classeur.errors import TableError, address_in

if TYPE_CHECKING:
    pass

TABLE_ENDINGS = frozenset((".csv", ".tsv"))


class Table(NamedTuple):
    """The rows of a CSV, in its order: columns of one length."""

    root: Path  # the folder that `paths` are relative to: that of the CSV, or the common one of files elsewhere
    paths: list[str]  # with `/`
    splits: list[str]  # train, validation, test, or ""
    labels: list[str]
    groups: list[str]  # "" if none is given
    hashes: list[str]  # of the content, as a manifest records it; "" if none is given
    folds: list[str]  # the part of a cross-validation that each is judged in; "" if none is given
    left_out: dict[str, list[str]]  # reason → paths
    path_column: str


def read_table(table: Path, columns: Mapping[str, str] | None = None, *, needs_images: bool = True) -> Table:
    """Return the files that a CSV lists.

    Separators are `,`, `;` or tabs; columns may have any of their usual names (`COLUMN_NAMES`). Paths are
    absolute or relative to the CSV; a missing file is searched with another ending, and in the folders beside
    the CSV. Those of a run's split.csv or folds.csv are relative to its data.

    Args:
        table: the CSV, in UTF-8 or in UTF-16 with its byte order mark; that of a run keeps the bytes of names.
        columns: the header's names of `path`, `label`, `split`, `group`, `hash` and `fold`; others are found by their
            usual names.
        needs_images: whether the data of a run must be where they were.

    Raises:
        TableError: a one-line error if it cannot be used.
        UnknownNameError: if `columns` has another key than these six.
    """
    lines = Lines(table, columns or {})
    base = _base_of(table, needs_images=needs_images)
    files = NamedFiles(base)
    rows: dict[str, tuple[str, str, str, str, str]] = {}
    repeated: list[str] = []
    split_lines: dict[str, int] = {}  # a split's name → the first line that gives it
    for number, cells in lines.rows():
        where = f"{table}, line {number}"
        path, label, split, group, hash_, fold = (cells.get(role, "") for role in COLUMN_NAMES)
        if not path or not label:
            raise TableError(f"{where}: the path or label is empty; fill it in, or remove the line")
        if fault := control_character(label):
            raise TableError(f"{where}: the label {label!r} contains {fault}; remove it")
        _check_path(path, where)
        try:
            place = files.find(path)
        except AmbiguousNameError as error:
            raise TableError(f"{where}: {error}") from error
        row = (composed(label), split, group, hash_, fold)
        if place in rows:
            if rows[place] != row:
                raise TableError(f"{where}: {path} is listed twice, with different values; keep one of the lines")
            repeated.append(place)
        rows[place] = row
        split_lines.setdefault(split, number)
    if not rows:
        raise TableError(f"{table} has a header and no line below it; {EXPECTED}, one line per image")
    known = _known_splits(table, split_lines, is_sure=lines.has_split_column)
    root, prefix = _root_of(table, base, files.folder, rows)
    return Table(
        root=root,
        paths=[_below(path, prefix) for path in rows],
        splits=[known.get(split, "") for _, split, *_ in rows.values()],
        labels=[label for label, *_ in rows.values()],
        groups=[group for _, _, group, *_ in rows.values()],
        hashes=[hash_ for *_, hash_, _ in rows.values()],
        folds=[fold for *_, fold in rows.values()],
        left_out={"listed twice": [_below(path, prefix) for path in repeated]} if repeated else {},
        path_column=lines.roles["path"],
    )


def common_folder(folders: Iterable[PurePath]) -> PurePath | None:
    """Return the innermost folder that contains all of these absolute folders; None if they are on several drives.

    >>> from pathlib import PurePosixPath, PureWindowsPath
    >>> common_folder([PurePosixPath("/data/a/x"), PurePosixPath("/data/ab")])
    PurePosixPath('/data')
    >>> common_folder([PureWindowsPath("C:/a"), PureWindowsPath("D:/a")]) is None
    True
    """
    common: PurePath | None = None
    for folder in folders:
        if common is None:
            common = folder
        elif common.anchor != folder.anchor:
            return None
        while not folder.is_relative_to(common):
            common = common.parent
    return common


def _check_path(path: str, where: str) -> None:
    if "\0" in path:
        raise TableError(f"{where}: the path contains a NUL; remove it")
    if address := address_in(path):
        raise TableError(f"{where}: {address} is an address, not a file; download the images and list their paths")
    if os.name != "nt" and re.match(r"[A-Za-z]:[\\/]|\\\\", path):
        raise TableError(f"{where}: {path} is a Windows path; use paths of this machine, or paths relative to the CSV")


def _known_splits(table: Path, lines: Mapping[str, int], *, is_sure: bool) -> dict[str, str]:
    """Return {a split's name: train, validation or test}; nothing if a column of that name has other values."""
    known = {name: said.split for name, said in split_names(lines).items()}
    strange = next((name for name in lines if name and name not in known), None)
    if strange is not None and is_sure:
        raise TableError(
            f"{table}, line {lines[strange]}: the split is '{strange}'; expected train, validation or test"
        )
    if strange is not None or not known:
        return {}
    if "" in lines:
        raise TableError(f"{table} has a split for some rows only; give one for every row, or for none")
    return known


def _base_of(table: Path, *, needs_images: bool) -> Path:
    """Return the folder that a CSV's paths are relative to: its own, or that of the data for a file of a run.

    Raises:
        TableError: if the run does not know where its data are, or they are not there any more.
    """
    run = run_of(table)
    if run is None:
        return table.parent
    root = run.root
    if not needs_images:
        return table.parent if root is None else root
    if root is None or not root.is_dir():
        where = "it does not say where on this machine" if root is None else f"{root} is not there any more"
        raise TableError(
            f"{table} names the images of a run, and {where}; give their new place: classeur evaluate"
            f" {shlex.quote(str(run.path))} --data DIR; if there are more now: classeur split DIR --keep"
            f" {shlex.quote(str(run.path))}"
        )
    return root


def _root_of(table: Path, base: Path, folder: str, places: Iterable[str]) -> tuple[Path, str]:
    """Return the folder that paths are relative to, as named and as absolute text."""
    folders = {os.path.dirname(place) for place in places}  # noqa: PTH120
    if all(place == folder or place.startswith(folder.rstrip(os.sep) + os.sep) for place in folders):
        return base, folder
    common = common_folder(Path(place) for place in sorted(folders))
    if common is None:
        raise TableError(f"{table} lists files on several drives; copy them to one, or make a CSV for each")
    return Path(common), str(common)


def _below(place: str, prefix: str) -> str:
    return place[len(prefix.rstrip(os.sep)) + 1 :].replace(os.sep, "/")
