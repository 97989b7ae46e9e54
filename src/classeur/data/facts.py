"""The facts about one file, and their table on disk: the next command opens only new or changed files."""

import hashlib
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import PIL

from classeur.errors import StorageError
from classeur.images.decoding import DECODING_VERSION, heic_reader
from classeur.rows import CacheWarning
from classeur.storage import mark_used, written_atomically
from classeur.untrusted import MAX_ARCHIVE_BYTES, check_arrays, opened

_TABLE_VERSION = 8


class Facts(NamedTuple):
    """The facts about one file; a row of `ImageFolder`."""

    reason: str = ""
    hash: str = ""
    num_bytes: int = 0
    modified: int = 0
    width: int = 0
    height: int = 0
    mode: str = ""
    format: str = ""
    num_frames: int = 0
    used_range: float = 1.0
    perceptual_hash: str = ""
    camera: str = ""
    taken: float = 0.0
    has_place: int = 0
    profile: str = ""


def content_hash(data: bytes) -> str:
    """Return BLAKE2b-128 of a file's bytes as 32 hexadecimal digits.

    >>> content_hash(b"")
    'cae66941d9efbd404e4d88758ea67670'
    """
    return hashlib.blake2b(data, digest_size=16).hexdigest()


class FactsTable:
    """The facts of a folder's files on disk: one NumPy archive, texts as UTF-8 with NUL between them."""

    def __init__(self, key: str, cache: Path, *, stretch: bool) -> None:
        """Take what identifies a data set, `Listing.key`; nothing is read yet."""
        name = content_hash(os.fsencode(key))
        # Whether a narrow range is reported depends on `stretch`, so each value has its own table.
        self._path = cache / "facts" / f"{name}{'-stretched' if stretch else ''}.npz"
        # What can be read depends on the decoder.
        self._version = f"{_TABLE_VERSION}.{DECODING_VERSION} Pillow {PIL.__version__} pi-heif {heic_reader()}"

    def read(self) -> dict[str, Facts]:
        """Return {path: facts}; empty if there is no table or it is damaged."""
        try:
            with opened(self._path, MAX_ARCHIVE_BYTES) as file:
                check_arrays(file, max_members=len(Facts._fields) + 2, kinds="biufU")
                table = np.load(file, allow_pickle=False)
                if str(table["version"]) != self._version:
                    return {}
                mark_used(self._path)
                paths = _split_texts(table["paths"])
                columns = [
                    _split_texts(table[name]) if isinstance(default, str) else table[name].tolist()
                    for name, default in Facts._field_defaults.items()
                ]
            return dict(zip(paths, map(Facts._make, zip(*columns, strict=True)), strict=True))
        except OSError:  # missing or not readable
            return {}
        except Exception as error:  # a damaged zip raises nearly any error
            warnings.warn(
                f"the cached facts about this folder are damaged ({error}); all files are read again", CacheWarning, 3
            )
            return {}

    def write(self, paths: Sequence[str], rows: Sequence[Facts]) -> None:
        """Save the facts of the files; gives a `CacheWarning` if no file can be written."""
        columns = {
            name: _join_texts([str(row[number]) for row in rows])
            if isinstance(default, str)
            else np.array([row[number] for row in rows], type(default))
            for number, (name, default) in enumerate(Facts._field_defaults.items())
        }
        try:
            with written_atomically(self._path) as temporary, open(temporary, "wb") as file:
                np.savez(file, version=self._version, paths=_join_texts(paths), **columns)  # type: ignore[arg-type]
        except StorageError as error:
            warnings.warn(
                f"{error} with CLASSEUR_CACHE; the next command will read the files again", CacheWarning, stacklevel=3
            )


def _join_texts(texts: Sequence[str]) -> np.ndarray:
    return np.frombuffer("\0".join(texts).encode("utf-8", "surrogateescape"), np.uint8)


def _split_texts(array: np.ndarray) -> list[str]:
    return array.tobytes().decode("utf-8", "surrogateescape").split("\0")
