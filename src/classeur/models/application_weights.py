"""The weight files of keras.applications: where Keras keeps them, fetched if they are not there, never replaced.

They are Keras' own: the same folder, the same names, the same checksums, so that what Keras has downloaded is used, and
what is downloaded here serves Keras. The folder only has to be readable where the file is there.
"""

import functools
import hashlib
import http.client
import os
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from classeur.errors import WeightsError
from classeur.models.applications import Application, application
from classeur.storage import written_atomically

_TIMEOUT_SECONDS = 30.0
_CHUNK_BYTES = 2**20

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


def models_folder() -> Path:
    """Return the folder in which Keras keeps weight files: models in `KERAS_HOME`, else in ~/.keras.

    Source: keras 3.15, keras/src/backend/config.py.
    """
    home = os.environ.get("KERAS_HOME")
    if home is None:
        user = os.path.expanduser("~")  # noqa: PTH111  (Path.home() fails where there is none)
        home = os.path.join(user if os.access(user, os.W_OK) else "/tmp", ".keras")  # noqa: PTH118
    return Path(home).expanduser() / "models"


def find_weights(kind: str, *, progress: Progress | None = None) -> Path:
    """Return the weight file of a backbone, downloaded if it is not there; Keras is not imported.

    Args:
        kind: a key of `APPLICATIONS`.
        progress: called during a download.

    Raises:
        UnknownNameError: if there is no such backbone; suggests the nearest.
        WeightsError: if the file is not there and cannot be downloaded; says which, and where to put it.
        StorageError: if the folder cannot be written.
    """
    chosen = application(kind)
    path = models_folder() / chosen.file_name
    if not path.is_file():
        _download(kind, chosen, path, progress)
    return path


def checked_weights(kind: str) -> Path:
    """Return the weight file of a backbone after comparing it with the checksum that Keras states, if it states one.

    Raises:
        WeightsError: if it is missing or another; see `find_weights`.
    """
    chosen, path = application(kind), find_weights(kind)
    if chosen.checksum and _checksum(path, _algorithm(chosen.checksum)) != chosen.checksum:
        raise WeightsError(
            f"{path}, the weights of {kind}, is damaged or another file (its {_algorithm(chosen.checksum).upper()} is"
            f" not {chosen.checksum[:16]}…); remove it, then it is downloaded again from {chosen.address}"
        )
    return path


def weights_sha256(kind: str) -> str:
    """Return the SHA-256 of the weight file of a backbone, 64 hex digits.

    Raises:
        WeightsError: if it is missing; see `find_weights`.
    """
    return _checksum(find_weights(kind), "sha256")


def _checksum(path: Path, algorithm: str) -> str:
    """Return the checksum of a file, which is read once as long as it does not change."""
    try:
        found = path.stat()
        return _checksum_of(path, algorithm, found.st_size, found.st_mtime_ns)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror or error}); give a file that can be") from error


@functools.lru_cache
def _checksum_of(path: Path, algorithm: str, _num_bytes: int, _modified: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _algorithm(checksum: str) -> str:
    return "md5" if len(checksum) == 32 else "sha256"


def _download(kind: str, chosen: Application, path: Path, progress: Progress | None) -> None:
    """Write the weight file as a whole or not at all."""
    advice = f"download {chosen.address} elsewhere and put it there as {chosen.file_name}"
    request = urllib.request.Request(chosen.address, headers={"User-Agent": "classeur"})
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise WeightsError(
            f"the weights of {kind} are not in {path.parent} and cannot be downloaded ({reason}); {advice}"
        ) from error
    with response, written_atomically(path) as temporary, temporary.open("wb") as file:
        fault = _receive(response, file, progress)
        if not fault and chosen.checksum:
            file.flush()
            is_known = _checksum(temporary, _algorithm(chosen.checksum)) == chosen.checksum
            fault = "" if is_known else "another file was sent than Keras knows"
        if fault:
            raise WeightsError(f"the download of the weights of {kind} failed ({fault}); try again, or {advice}")


def _receive(response: http.client.HTTPResponse, file: BinaryIO, progress: Progress | None) -> str:
    """Write what is sent; return why it is not whole, "" if it is."""
    num_bytes, total = 0, response.length
    while True:
        try:
            chunk = response.read(_CHUNK_BYTES)
        except (OSError, http.client.HTTPException) as error:
            return str(error) or type(error).__name__
        if not chunk:
            break
        file.write(chunk)
        num_bytes += len(chunk)
        if progress and total:
            progress(num_bytes, total)
    return "" if total in (None, num_bytes) else f"{num_bytes:,} of {total:,} bytes came"
