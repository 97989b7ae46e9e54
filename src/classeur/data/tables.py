"""CSVs that name images and their classes, as spreadsheets, notebooks and competitions write them."""

import csv
import difflib
import io
import itertools
import os
import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from classeur.cells import unguarded
from classeur.data.encoding import decode_text
from classeur.data.layout import composed, control_character
from classeur.data.named_files import AmbiguousNameError, NamedFiles
from classeur.data.split_names import split_names
from classeur.errors import TableError, UnknownNameError, UsageError, address_in
from classeur.run import Run

if TYPE_CHECKING:
    import _csv

TABLE_ENDINGS = frozenset((".csv", ".tsv"))

# Meaning of a column → its usual names, the surest first, as `_plain` returns them.
COLUMN_NAMES: Mapping[str, tuple[str, ...]] = {
    "path": (
        "path", "filepath", "imagepath", "imgpath", "file", "filename", "imagefile", "imagefilename", "image",
        "imagename", "img", "imgname", "imageid", "imgid", "photo", "picture", "fileid", "idcode", "id", "name",
    ),
    "label": (
        "label", "labels", "labelname", "class", "classname", "classlabel", "category", "categoryname", "target",
        "species", "breed", "diagnosis", "y", "labelid", "classid", "categoryid",
    ),
    "split": ("split", "set", "subset", "partition", "dataset", "datasplit", "usage"),
    "group": ("group",),
    "hash": ("hash",),
    "fold": ("fold", "kfold"),
}  # fmt: skip

_SEPARATORS = ",;\t"
_EXPECTED = "expected path,label[,split]"


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


def read_table(table: Path, columns: Mapping[str, str] | None = None) -> Table:
    """Return the files that a CSV lists.

    Separators are `,`, `;` or tabs; columns may have any of their usual names (`COLUMN_NAMES`). Paths are
    absolute or relative to the CSV; a missing file is searched with another ending, and in the folders beside
    the CSV. Those of a run's split.csv are relative to its data.

    Args:
        table: the CSV, in UTF-8 or in UTF-16 with its byte order mark; that of a run may have other names' bytes.
        columns: the header's names of `path`, `label`, `split`, `group`, `hash` and `fold`; others are found by their
            usual names.

    Raises:
        TableError: a one-line error if it cannot be used.
        UnknownNameError: if `columns` has another key than these six.
    """
    lines = _Lines(table, columns or {})
    base = _base_of(table)
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
        raise TableError(f"{table} has a header and no line below it; {_EXPECTED}, one line per image")
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


def parse_columns(text: str) -> dict[str, str]:
    """Return the value of `--columns` as {meaning: name of the column}.

    Raises:
        UsageError: if it is not of the form `path=COLUMN,label=COLUMN`.

    >>> parse_columns("path=image, label=species,group=sender")
    {'path': 'image', 'label': 'species', 'group': 'sender'}
    """
    columns: dict[str, str] = {}
    for part in text.split(","):
        role, sign, name = (piece.strip() for piece in part.partition("="))
        if not (role and sign and name):
            raise UsageError(f"'{text}' names no columns; expected path=COLUMN,label=COLUMN[,split=…][,group=…]")
        if role in columns:
            raise UsageError(f"'{text}' names the column for {role} twice; name it once")
        columns[role] = name
    _check_roles(columns)
    return columns


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
    lines = _Lines(table, {}, is_checked=False, errors="surrogateescape")
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


def has_column(table: Path, name: str, *, errors: str = "strict") -> bool:
    """Return whether a CSV has a column of this name, in any case and spelling.

    Raises:
        TableError: if it cannot be read.
    """
    return "group" in _Lines(table, {"group": name}, is_checked=False, errors=errors).roles


def columns_text(columns: Mapping[str, str] | None) -> str | None:
    """Return the columns as `parse_columns` takes them; None where none are named."""
    return ",".join(f"{role}={name}" for role, name in columns.items()) if columns else None


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


class _Lines:
    """The lines of a CSV below its header, their cells by meaning."""

    def __init__(
        self, table: Path, columns: Mapping[str, str], *, is_checked: bool = True, errors: str = "strict"
    ) -> None:
        _check_roles(columns)
        self._table = table
        # A run records names byte by byte; what another program has saved in another encoding would be misread.
        self._text = _text_of(table, "surrogateescape" if _run_of(table) else errors)
        first, _, rest = self._text.partition("\n")
        self._separator, self._num_skipped = "", 0
        if sign := re.fullmatch(r"sep=(.)\r?", first):  # a line that Excel reads but never writes
            self._separator, self._text, self._num_skipped = sign[1], rest, 1
        try:
            candidates = [(mark, self._header(mark)) for mark in self._separator or _SEPARATORS]
        except csv.Error as error:
            raise TableError(f"{table} is not a CSV: {error}; save it again as CSV") from error
        self._separator, header = max(
            candidates, key=lambda found: (len(_roles(found[1], columns)), len(found[1])), default=("", [])
        )
        self.roles = _roles(header, columns)
        if is_checked:
            _check_columns(table, header, self.roles, columns)
        self.has_split_column = "split" in columns or _plain(self.roles.get("split", "")) == "split"
        self._numbers = {role: header.index(name) for role, name in self.roles.items()}

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield (number of the line, {meaning: cell})."""
        reader = self._reader(self._separator)
        try:
            next(line for line in reader if any(line))
            for line in reader:
                if any(map(str.strip, line)):
                    cells = {
                        role: unguarded(line[column].strip()) if column < len(line) else ""
                        for role, column in self._numbers.items()
                    }
                    yield reader.line_num + self._num_skipped, cells
        except csv.Error as error:
            raise TableError(f"{self._table} is not a CSV: {error}; save it again as CSV") from error

    def _header(self, separator: str) -> list[str]:
        return next((line for line in self._reader(separator) if any(line)), [])

    def _reader(self, separator: str) -> "_csv.Reader":
        return csv.reader(io.StringIO(self._text, newline=""), delimiter=separator, skipinitialspace=True)


def _text_of(table: Path, errors: str) -> str:
    try:
        text = decode_text(table.read_bytes(), errors=errors)
        if "\0" in text.partition("\n")[0]:  # UTF-16 without its mark
            raise TableError(f"{table} is not UTF-8; save it as CSV UTF-8")
        return text
    except UnicodeDecodeError as error:
        raise TableError(f"{table} is not UTF-8; save it as CSV UTF-8") from error
    except OSError as error:
        raise TableError(f"{table} cannot be read ({error.strerror}); make it readable or copy it") from error


def _roles(header: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Return {meaning of a column: its name in the header}."""
    by_name = {_plain(name): name for name in reversed(header) if name.strip()}
    roles = {}
    taken = {_plain(name) for name in columns.values()}
    for role, usual in COLUMN_NAMES.items():
        if role in columns:
            found = columns[role].strip() if columns[role].strip() in header else by_name.get(_plain(columns[role]))
        else:
            found = next((by_name[name] for name in usual if name in by_name and name not in taken), None)
        if found is not None:
            roles[role] = found
    return roles


def _check_roles(columns: Mapping[str, str]) -> None:
    for role in columns:
        if role not in COLUMN_NAMES:
            raise UnknownNameError("part of a CSV", role, COLUMN_NAMES)


def _check_columns(table: Path, header: Sequence[str], roles: Mapping[str, str], columns: Mapping[str, str]) -> None:
    names = [name.strip() for name in header]
    for role, name in columns.items():
        if role not in roles:
            nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
            hint = f"did you mean '{nearest[0]}'? " if nearest else ""
            raise TableError(f"{table} has no column '{name}'; {hint}It has {', '.join(names) or 'none'}")
    if "path" in roles and "label" in roles:
        return
    what = f"has the columns {', '.join(names) or 'none'}"
    if any(os.path.splitext(name)[1].lower() in (".jpg", ".jpeg", ".png") for name in names):  # noqa: PTH122
        raise TableError(f"{table} begins with {', '.join(names)}; expected a first line path,label[,split]")
    raise TableError(f"{table} {what}; {_EXPECTED}; name the columns with --columns path=COLUMN,label=COLUMN")


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


def _run_of(table: Path) -> Run | None:
    """Return the run whose split.csv this is, if it is one's."""
    run = Run(table.parent)
    return run if table.name == run.split_path.name and run.facts_path.is_file() else None


def _base_of(table: Path) -> Path:
    """Return the folder that a CSV's paths are relative to: its own, or that of the data for the split.csv of a run.

    Raises:
        TableError: if the run does not know where its data are, or they are not there any more.
    """
    run = _run_of(table)
    if run is None:
        return table.parent
    root = run.root
    if root is None or not root.is_dir():
        where = "it does not say where on this machine" if root is None else f"{root} is not there any more"
        raise TableError(
            f"{table} names the images of a run, and {where}; give their new place: classeur evaluate"
            f" {shlex.quote(str(run.path))} --data DIR"
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


def _plain(name: str) -> str:
    """Return a column's name without case, blanks and signs: `Image_ID` and `image id` are one."""
    return re.sub(r"[\W_]+", "", name).lower()
