"""The lines of a CSV, its columns by their meaning, as spreadsheets, notebooks and competitions write it."""

import csv
import difflib
import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from classeur.cells import unguarded
from classeur.data.encoding import decode_text
from classeur.errors import TableError, UnknownNameError, UsageError
from classeur.run import Run

if TYPE_CHECKING:
    import _csv

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
EXPECTED = "expected path,label[,split]"


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


def has_column(table: Path, name: str, *, errors: str = "strict") -> bool:
    """Return whether a CSV has a column of this name, in any case and spelling.

    Raises:
        TableError: if it cannot be read.
    """
    return "group" in Lines(table, {"group": name}, is_checked=False, errors=errors).roles


def columns_text(columns: Mapping[str, str] | None) -> str | None:
    """Return the columns as `parse_columns` takes them; None where none are named."""
    return ",".join(f"{role}={name}" for role, name in columns.items()) if columns else None


class Lines:
    """The lines of a CSV below its header, their cells by meaning."""

    def __init__(
        self, table: Path, columns: Mapping[str, str], *, is_checked: bool = True, errors: str = "strict"
    ) -> None:
        _check_roles(columns)
        self._table = table
        # A run records names byte by byte; what another program has saved in another encoding would be misread.
        self._text = _text_of(table, "surrogateescape" if run_of(table) else errors)
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
    if {"severity", "beside"} <= set(names):
        raise TableError(
            f"{table} lists what classeur inspect has found, not a data set; give the images themselves, and what to"
            " leave out with --exclude plan.csv, which inspect writes with --plan plan.csv"
        )
    if "path" in roles and "label" in roles:
        return
    what = f"has the columns {', '.join(names) or 'none'}"
    if any(os.path.splitext(name)[1].lower() in (".jpg", ".jpeg", ".png") for name in names):  # noqa: PTH122
        raise TableError(f"{table} begins with {', '.join(names)}; expected a first line path,label[,split]")
    raise TableError(f"{table} {what}; {EXPECTED}; name the columns with --columns path=COLUMN,label=COLUMN")


def run_of(table: Path) -> Run | None:
    """Return the run whose split.csv or folds.csv this is; None if it is another CSV."""
    run = Run(table.parent)
    own = run.fold_table_path if run.holds_folds else run.split_path
    return run if table.name == own.name and (run.holds_folds or run.facts_path.is_file()) else None


def _plain(name: str) -> str:
    """Return a column's name without case, blanks and signs: `Image_ID` and `image id` are one."""
    return re.sub(r"[\W_]+", "", name).lower()
