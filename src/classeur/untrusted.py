"""Files that may come from a stranger: read within limits on size, shape and depth, and never as code.

Whatever is outside the limits is a `LimitError`, which says in a few words what was found; the caller adds the file.
"""

import csv
import io
import json
import math
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np

MAX_JSON_BYTES = 64 * 2**20
"""The confusions of 1,000 classes on three splits take 36 MB."""

MAX_ITEMS, MAX_CONTAINERS = 2**22, 2**18
"""Of JSON: these confusions are 3 million numbers, a network of 5,000 layers some 200,000 lists and objects."""

MAX_DEPTH = 64
"""Of lists and objects in each other; a network in a network has 15."""

MAX_TABLE_BYTES = 2**30
MAX_ROW = 2**20  # characters
MAX_CELLS = 50_000_000
"""Of a CSV: the predictions of a million images among 40 classes; some 4 GB of memory."""

MAX_ARCHIVE_BYTES = 2**32 - 2
"""More needs the format's 64-bit records, which may promise anything."""

_END, _END_BYTES = b"PK\5\6", 22  # of a zip without a comment: APPNOTE.TXT, 4.3.16
_LOCATOR, _LOCATOR_BYTES = b"PK\6\7", 20  # of 64-bit records
_MOST_BYTES_A_MEMBER = 46 + 3 * 2**10  # of the directory: its fixed part, a name and what Python adds
_ENCRYPTED = 0x1
_NUMBERS = "biuf"
_HEADER_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


class LimitError(ValueError):
    """A file outside the limits, or not what it is said to be."""


@contextmanager
def opened(path: Path, max_bytes: int) -> Iterator[BinaryIO]:
    """Yield an ordinary file of at most `max_bytes`, open for reading.

    Raises:
        OSError: if it cannot be opened.
        LimitError: if it is larger, or a pipe or device, which might never end.
    """
    status = os.stat(path)
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):  # a pipe would be waited for
        raise LimitError("a pipe or a device, not a file")
    if stat.S_ISREG(status.st_mode) and status.st_size > max_bytes:
        raise LimitError(f"{status.st_size:,} bytes; at most {max_bytes:,} are read")
    with open(path, "rb") as file:  # a folder says here that it is one
        yield file


def read_json(path: Path, *, max_bytes: int | None = None) -> Any:
    """Return what a JSON file holds; text that is not UTF-8 keeps its bytes.

    Args:
        path: of the file.
        max_bytes: of it; `MAX_JSON_BYTES` if None.

    Raises:
        OSError: if it cannot be read.
        ValueError: if it is not JSON, too large or too deep.
    """
    with opened(path, MAX_JSON_BYTES if max_bytes is None else max_bytes) as file:
        return parse_json(file.read().decode("utf-8", "surrogateescape"))


def parse_json(text: str | bytes) -> Any:
    """Return what JSON text holds.

    Raises:
        ValueError: if it is not JSON, too deep, or of too many parts.

    >>> parse_json('{"a": [1, 2]}')
    {'a': [1, 2]}
    """
    # Counted before any is made: an empty list is two characters of the text and 64 bytes of memory.
    opening, between = ("[{", ",") if isinstance(text, str) else ((b"[", b"{"), b",")
    if sum(map(text.count, opening)) > MAX_CONTAINERS or text.count(between) > MAX_ITEMS:  # type: ignore[arg-type]
        raise LimitError(f"JSON of more than {MAX_CONTAINERS:,} lists and objects, or {MAX_ITEMS:,} values")
    try:
        content = json.loads(text)
    except RecursionError as error:
        raise LimitError(f"JSON deeper than {MAX_DEPTH} levels") from error
    level, depth = [content], 0
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        if depth > MAX_DEPTH:
            raise LimitError(f"JSON deeper than {MAX_DEPTH} levels")
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
    return content


def read_csv(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows of a CSV, every row as long as the header.

    Raises:
        OSError: if it cannot be read.
        ValueError, csv.Error: if it is not such a CSV, or too large.
    """
    with opened(path, MAX_TABLE_BYTES) as file:
        lines = _Lines(io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline=""))
        reader = csv.reader(lines)
        header = next(reader, [])
        rows: list[list[str]] = []
        for row in reader:
            lines.num_characters = 0
            if not row:
                continue
            if len(row) != len(header):
                raise LimitError(f"line {reader.line_num:,} has {len(row):,} fields, the header {len(header):,}")
            rows.append(row)
            if len(rows) * len(header) > MAX_CELLS:
                raise LimitError(f"more than {MAX_CELLS:,} fields")
        return header, rows


class _Lines:
    """The lines of a text, for a reader of rows that says when a row has ended."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.num_characters = 0  # of the row so far

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(MAX_ROW):
            self.num_characters += len(line)
            if self.num_characters >= MAX_ROW:
                raise LimitError(f"a row of more than {MAX_ROW:,} characters")
            yield line


@contextmanager
def opened_zip(file: BinaryIO, *, max_members: int, max_bytes: int = MAX_ARCHIVE_BYTES) -> Iterator[ZipFile]:
    """Yield a zip whose members are stored as they are, uncompressed, each once: all that Keras and NumPy write.

    So no member is larger than the file, and there is nothing to expand.

    Args:
        file: the zip, open for reading.
        max_members: of it; looked at before its directory is read.
        max_bytes: of the file.

    Raises:
        LimitError: if it is another kind of zip, or too large.
        BadZipFile, OSError: if it is damaged.
    """
    size = file.seek(0, os.SEEK_END)
    if size > max_bytes:
        raise LimitError(f"{size:,} bytes; at most {max_bytes:,} are read")
    _check_end(file, size, max_members)
    with ZipFile(file) as archive:
        members = archive.infolist()
        names = [member.filename for member in members]
        for member in members:
            if member.flag_bits & _ENCRYPTED or member.compress_type != ZIP_STORED:
                raise LimitError(f"{member.filename!r} in it is compressed or encrypted; it is stored as it is")
            if member.file_size != member.compress_size:
                raise LimitError(f"{member.filename!r} in it states two sizes")
        if len(set(names)) < len(names):
            raise LimitError(f"{max(names, key=names.count)!r} is in it twice")
        if sum(member.file_size for member in members) > size:
            raise LimitError("its members overlap")
        yield archive


def _check_end(file: BinaryIO, size: int, max_members: int) -> None:
    """Check a zip's last record, which says how long its directory is: `ZipFile` reads all of it at once."""
    file.seek(max(size - _END_BYTES - _LOCATOR_BYTES, 0))
    tail = file.read(_END_BYTES + _LOCATOR_BYTES)
    end = tail[-_END_BYTES:]
    if not end.startswith(_END) or len(end) < _END_BYTES or end[-2:] != b"\0\0":
        raise BadZipFile("it does not end as a zip does")
    if len(tail) > _END_BYTES and tail.startswith(_LOCATOR):
        raise LimitError("64-bit records in a file that needs none")
    num_members, num_bytes = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    if num_members > max_members or num_bytes > max_members * _MOST_BYTES_A_MEMBER:
        raise LimitError(f"{num_members:,} members; at most {max_members:,} are expected")


def check_arrays(file: BinaryIO, *, max_members: int, kinds: str = _NUMBERS) -> None:
    """Check that an .npz holds arrays of numbers and no more bytes than their shapes say; `np.load` can then read it.

    Args:
        file: open for reading; at its beginning again afterwards.
        max_members: arrays that it may have.
        kinds: NumPy's letters of the kinds of numbers.

    Raises:
        LimitError: naming the array that is something else.
        ValueError, BadZipFile, OSError: if it is damaged.
    """
    with opened_zip(file, max_members=max_members) as archive:
        for member in archive.infolist():
            if not member.filename.endswith(".npy"):  # `np.load` would hand over its bytes
                raise LimitError(f"{member.filename!r} in it is no array")
            with archive.open(member) as array:
                _check_array(array, member.filename, member.file_size, kinds)
    file.seek(0)


def _check_array(array: IO[bytes], name: str, num_bytes: int, kinds: str) -> None:
    version = np.lib.format.read_magic(array)
    if version not in _HEADER_READERS:
        raise LimitError(f"{name!r} in it is of NumPy's version {version}")
    shape, _, dtype = _HEADER_READERS[version](array)
    if dtype.kind not in kinds:
        raise LimitError(f"{name!r} in it holds {dtype}, not numbers")
    expected = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or array.tell() + expected != num_bytes:
        raise LimitError(f"{name!r} in it holds {num_bytes:,} bytes, its shape {shape} needs {expected:,}")
