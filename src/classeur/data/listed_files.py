"""The files that a CSV names, whatever else it says of them: a plan, a list of findings, a list by hand."""

import itertools
import os
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from classeur.data.named_files import AmbiguousNameError, NamedFiles
from classeur.data.table_lines import Lines
from classeur.errors import TableError


class Listed(NamedTuple):
    """The files that a CSV names."""

    places: dict[str, str]  # absolute path → path as written
    folders: dict[str, list[str]]  # folder as written → the known files below it, absolute


def listed_places(table: Path, known: Mapping[str, str]) -> Listed:
    """Return the files that a CSV names, whatever else it says of them; a folder stands for the known files below it.

    Paths that are not UTF-8 keep their bytes, and lines without a path are skipped.

    Args:
        table: the CSV, whose paths are absolute, relative to it, or as in `known`.
        known: the files that are looked for first: {name: absolute path}. Others are searched on the disk.

    Raises:
        TableError: if it cannot be read, has no column of paths, or a path may mean several files or a folder.
    """
    lines = Lines(table, {}, is_checked=False, errors="surrogateescape")
    if "path" not in lines.roles:
        raise TableError(f"{table} has no column of paths; expected a first line that begins with path")
    base = os.path.realpath(table.parent)
    files, there, below = NamedFiles(Path(base)), set(known.values()), _Below(known)
    places: dict[str, str] = {}
    folders: dict[str, list[str]] = {}
    for number, cells in lines.rows():
        path = cells["path"]
        beside = os.path.normpath(os.path.join(base, path))  # noqa: PTH118
        if not path:
            continue
        if beside in there:
            places[beside] = path
        elif path in known:
            places[known[path]] = path
        elif inside := below.find(beside, os.path.normpath(path)):
            if inside.namesake and not path.endswith(("/", os.sep)):
                raise TableError(
                    f"{table}, line {number}: '{path}' is a folder, and fits {inside.namesake}; write '{path}/', or the"
                    " file's whole name"
                )
            folders[path] = inside.places
        else:
            try:
                places[files.find(path)] = path
            except AmbiguousNameError as error:
                raise TableError(f"{table}, line {number}: {error}") from error
    return Listed(places, folders)


class _Inside(NamedTuple):
    """The files below a folder."""

    places: list[str]
    namesake: str  # a file beside it that has its name and an ending, or ""


class _Below:
    """The folders around known files."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known

    def find(self, *folders: str) -> _Inside | None:
        """Return what is below the first of these that is a folder; None if none is."""
        folder = next((folder for folder in folders if folder in self._places), None)
        return None if folder is None else _Inside(self._places[folder], self._stems.get(folder, ""))

    @cached_property
    def _places(self) -> dict[str, list[str]]:
        """The absolute paths of the files below each folder, by its absolute path and by its name among the known."""
        below: defaultdict[str, list[str]] = defaultdict(list)
        for name, place in self._known.items():
            for path in {name, place}:
                folder = os.path.dirname(path)  # noqa: PTH120
                while folder:
                    below[folder].append(place)
                    above = os.path.dirname(folder)  # noqa: PTH120
                    folder = "" if above == folder else above
        return below

    @cached_property
    def _stems(self) -> dict[str, str]:
        """A file for each path without ending, absolute and as it is known."""
        names = itertools.chain(self._known, self._known.values())
        return {os.path.splitext(name)[0]: name for name in names}  # noqa: PTH122
